//! The one door by which a record is written: its version, its line of the journal, the counters of those who see it.

use serde_json::{Value, json};

use super::hooks::Values;
use super::model::Record;
use super::queries;
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::db::Write;
use crate::platform::error::Result;
use crate::platform::token::Purpose;
use crate::ui::message::Next;

/// Says to whom a row shows that it changed.
pub fn touch(write: &mut Write, record: &Record, communes: &[String]) {
    for domain in record.domains {
        communes.iter().for_each(|commune| write.touch(domain, commune));
    }
}

/// What became of a write.
pub enum Written {
    /// It is written; whether something else moved with it (see [`super::Hooks::moved`]).
    Done(bool),
    /// A value is taken: the constraint that says so.
    Taken(String),
    /// Somebody came in between.
    Meanwhile,
    /// It cannot be put away, or taken back, and why.
    Kept(String),
}

/// Writes, notes what changed from what to what, and says to whom it shows.
pub async fn write(
    context: &Context,
    personne: &Personne,
    record: &Record,
    (id, version): (i64, i32),
    before: &Values,
    changed: &Values,
) -> Result<Written> {
    let detail = told(context, record, before, changed).await?;
    let mut write = context.db.write().await?;
    let written = within(&mut write, personne, record, (id, version), detail, changed).await?;
    match written {
        Written::Done(_) => write.commit().await?,
        _ => write.rollback().await?,
    }
    Ok(written)
}

/// What the journal says of a change: from what to what. Asked before the transaction that writes it.
pub async fn told(context: &Context, record: &Record, before: &Values, changed: &Values) -> Result<Value> {
    let mut detail = json!({});
    for (column, value) in changed {
        let Some((_, saisie)) = record.told(column) else { continue };
        // The numbers of a reference table say nothing to whoever reads the journal.
        let options = match saisie {
            Saisie::Reference(sql) => context.choices.of(&context.db, sql).await?.to_vec(),
            _ => Vec::new(),
        };
        let side = |value: Option<&str>| match saisie {
            Saisie::Reference(_) => value.map(|value| saisie.in_words(Some(value), &options)),
            _ => value.map(str::to_string),
        };
        detail[*column] = json!({"avant": side(before.get(column).cloned().flatten().as_deref()), "apres": side(value.as_deref())});
    }
    Ok(detail)
}

/// The same as [`write`], in a transaction that whoever opened it ends: nothing of it may stay unless it is done.
pub async fn within(
    write: &mut Write,
    personne: &Personne,
    record: &Record,
    (id, version): (i64, i32),
    mut detail: Value,
    changed: &Values,
) -> Result<Written> {
    record.hooks.writing(&mut write.tx, personne, id).await?;
    if let Some(value) = record.archive.and_then(|column| changed.get(column)) {
        // Held first: what would keep it from being put away cannot come in between.
        queries::hold(&mut write.tx, record, id).await?;
        if let Some(why) = record.hooks.kept(&mut write.tx, personne, id, value.is_some()).await? {
            return Ok(Written::Kept(why));
        }
    }
    let (stood, mut moved) = (record.hooks.moved(&mut write.tx, id).await?, false);
    match queries::update(&mut write.tx, record, &personne.reader, (id, version), changed).await? {
        Ok(true) => {}
        Ok(false) => return Ok(Written::Meanwhile),
        Err(constraint) => return Ok(Written::Taken(constraint)),
    }
    if let (Some((column, before)), Some((_, after))) = (stood, record.hooks.moved(&mut write.tx, id).await?)
        && before != after
    {
        detail[column] = json!({"avant": before, "apres": after});
        moved = true;
    }
    record.hooks.written(&mut write.tx, personne, id, changed).await?;
    let communes = queries::communes(&mut write.tx, record, id).await?;
    journal::note_at(&mut write.tx, &personne.actor, Action::Change, (record.object, &id.to_string()), &detail, &communes).await?;
    touch(write, record, &communes);
    Ok(Written::Done(moved))
}

/// What undoes a change: the values before, while the version is still the one just written.
pub fn way_back(context: &Context, personne: &Personne, record: &Record, (id, written): (i64, i32), was: &Values) -> Next {
    let content = (record.list.name, id, was, written, personne.reader.user_id);
    // Texts and numbers always serialise.
    let token = context.key.sign(Purpose::Undoing, &serde_json::to_vec(&content).unwrap_or_default());
    let file = format!("/{}/{id}", record.list.name);
    Next::Undo { address: format!("{file}/modifier/retour"), token, back: file }
}
