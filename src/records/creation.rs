//! A new row: once for each form that asks for it, after what looks like it was seen.

use serde_json::json;

use super::access::unknown;
use super::hooks::{Draft, Similar};
use super::model::Record;
use super::queries;
use super::writing::touch;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::error::{Error, Result};
use crate::platform::token;

/// What became of a creation.
pub enum Creation {
    /// The row is there: its key, its name.
    Done(i64, String, Draft),
    /// The same form had created it.
    Already(i64),
    /// These look like it, and were not shown.
    Alike(Draft, Vec<Similar>),
    /// A value is taken, or became wrong meanwhile: its draft says which.
    Refused(Draft),
}

/// What says that two forms are one.
///
/// # Errors
/// The machine has no randomness left.
pub fn fresh() -> Result<String> {
    token::random().map_err(|error| Error::Internal(error.to_string()))
}

/// Creates the row of `draft`, which has no fault; `seen` tells those that look like it and were shown.
///
/// # Errors
/// It would be out of the reach of whoever creates it, or PostgreSQL failed.
pub async fn create(
    context: &Context,
    personne: &Personne,
    record: &Record,
    mut draft: Draft,
    (token, seen): (&str, &(dyn Fn(&Similar) -> bool + Send + Sync)),
) -> Result<Creation> {
    // A second post of what is done leads there, before anything is found to look like it.
    let mut write = context.db.write().await?;
    queries::one_at_a_time(&mut write.tx, record).await?;
    if let Some(id) = queries::created(&mut write.tx, record, token).await? {
        write.rollback().await?;
        return Ok(Creation::Already(id));
    }
    let similar = record.hooks.similar(&mut write.tx, personne, &draft).await?;
    if similar.iter().any(|one| !seen(one)) {
        write.rollback().await?;
        return Ok(Creation::Alike(draft, similar));
    }
    record.hooks.number(&mut write.tx, &mut draft).await?;
    if !draft.faults.is_empty() {
        write.rollback().await?;
        return Ok(Creation::Refused(draft));
    }
    let id = match queries::insert(&mut write.tx, record, &personne.reader, &draft).await? {
        Ok(id) => id,
        Err(constraint) => {
            write.rollback().await?;
            return Ok(Creation::Refused(taken(record, draft, &constraint)));
        }
    };
    queries::keep_creation(&mut write.tx, record, token, id).await?;
    record.hooks.created(&mut write.tx, id, &draft).await?;
    // Whoever creates it must be able to open it: the rights are those of the list, asked of the row itself.
    let held = queries::held(&mut write.tx, record, &personne.reader, id).await?.ok_or_else(|| unknown(record))?;
    let communes = queries::communes(&mut write.tx, record, id).await?;
    journal::note_at(&mut write.tx, &personne.actor, Action::Create, (record.object, &id.to_string()), &json!({}), &communes).await?;
    touch(&mut write, record, &communes);
    write.commit().await?;
    Ok(Creation::Done(id, held.name, draft))
}

/// Says of a draft which of its values is taken.
pub fn taken(record: &Record, mut draft: Draft, constraint: &str) -> Draft {
    match record.uniques.iter().find(|unique| unique.constraint == constraint) {
        Some(unique) => draft.wrong(unique.field, unique.sentence),
        None => draft.faults.push((record.sections[0].fields[0].name, "Une autre fiche a déjà cette valeur.".into())),
    }
    draft
}
