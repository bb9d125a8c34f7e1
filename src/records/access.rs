//! Which record, which of its rows, and how far the person may go.

use serde_json::json;

use super::model::Record;
use super::queries::{self, Held};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action, Borne};
use crate::listing::Niveau;
use crate::platform::error::{Error, Result};

/// What is said to whoever sees a row and asks to change it without the right to.
pub const READ_ONLY: &str = "Vous lisez cette fiche, sans pouvoir la modifier\u{a0}: vos droits ne vont pas jusque-là pour cette commune. Voyez un administrateur de votre collectivité.";

/// The record of the list called `liste`, and the person where they may write its rows: every statement of this room is asked
/// of the latter.
///
/// # Errors
/// 404 when there is none, 403 for whoever may nowhere.
pub fn known(context: &Context, liste: &str, personne: &Personne, niveau: Niveau) -> Result<(&'static Record, Personne)> {
    let record = Record::find(&context.catalogue, liste).ok_or_else(|| Error::not_found("Cette page n’existe pas."))?;
    if !personne.reader.may(record.list.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès à ces données."));
    }
    Ok((record, personne.at(record.list.access, niveau)?))
}

/// Said of a row that is not there, or is somebody else's.
pub(super) fn unknown(record: &Record) -> Error {
    Error::out_of_reach(format!("Cette fiche n’existe pas ou n’est pas dans votre périmètre ({}).", record.object))
}

/// The same, for a new row: some are created by another form.
///
/// # Errors
/// The same.
pub fn creatable(context: &Context, liste: &str, personne: &Personne) -> Result<(&'static Record, Personne)> {
    let (record, personne) = known(context, liste, personne, Niveau::Saisir)?;
    if record.creation.is_empty() { Err(Error::not_found("Cette page n’existe pas.")) } else { Ok((record, personne)) }
}

/// Row `id` as it is.
///
/// # Errors
/// 404 when it is none of the person's.
pub async fn held(context: &Context, personne: &Personne, record: &Record, id: i64) -> Result<Held> {
    let mut connection = context.db.statement().acquire().await?;
    if let Some(held) = queries::held(&mut connection, record, &personne.reader, id).await? {
        return Ok(held);
    }
    let readable = queries::held(&mut connection, record, &personne.reader.reading(), id).await?.is_some();
    Err(if readable { Error::forbidden(READ_ONLY) } else { unknown(record) })
}

/// What somebody reads here of a person is noted, and bounded, as the file of that person is.
///
/// # Errors
/// More than a person reads in an hour.
pub async fn note_reading(context: &Context, personne: &Personne, record: &Record, id: i64) -> Result<()> {
    if !record.personal {
        return Ok(());
    }
    let mut write = context.db.write().await?;
    journal::within(context, &mut write.tx, &personne.actor, Borne::Consultations).await?;
    let communes = queries::communes(&mut write.tx, record, id).await?;
    journal::note_at(&mut write.tx, &personne.actor, Action::Read, (record.object, &id.to_string()), &json!({}), &communes).await?;
    Ok(write.commit().await?)
}
