//! Asking for an export: the row, its job and their tie, in the transaction of whoever asks.

use super::jobs::Export;
use super::queries::{self, NewExport};
use crate::journal;
use crate::listing::{Format, Query};
use crate::platform::db::Write;
use crate::platform::jobs::{self, Requester};

/// What is asked, by whom.
pub struct ToExport<'a> {
    /// The question.
    pub query: &'a Query,
    /// Its filters and sort, in words.
    pub words: &'a str,
    /// Format of the file.
    pub format: Format,
    /// The person.
    pub requester: Requester,
    /// The communes that the question speaks of: the export, its job and its lines belong to their collectivité.
    pub communes: &'a [String],
    /// Two living exports never have the same key, which holds the state of the data.
    pub key: String,
}

/// The export that was added, or the one of the same key that lives or was made a moment ago, to which nothing was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// A new one.
    New(i64),
    /// One that is already on its way or just made: the caller's transaction must not commit.
    Known(i64),
}

/// Adds an export.
///
/// # Errors
/// PostgreSQL refused; the caller's transaction must not commit.
pub async fn ask(write: &mut Write, asked: ToExport<'_>) -> Result<Asking, sqlx::Error> {
    if let Some(id) = queries::just_made(&mut write.tx, asked.requester.user_id, &asked.key).await? {
        return Ok(Asking::Known(id));
    }
    let place = journal::place(&mut *write.tx, asked.communes, asked.requester.collectivite_id).await?;
    let requester = Requester { collectivite_id: place, ..asked.requester };
    let list = asked.query.list;
    let question = asked.query.canonical();
    let new = NewExport {
        liste: list.name,
        requete: &question,
        colonnes: asked.query.columns.iter().map(|column| column.name).collect(),
        format: asked.format.code(),
        filtres: asked.words,
        demandeur_id: requester.user_id.unwrap_or_default(),
        collectivite_id: place,
        communes: asked.communes,
    };
    let id = queries::insert(&mut write.tx, &new).await?;
    let job = Export { export: id, titre: format!("Export de la liste « {} »", list.title), cle: asked.key };
    let job_id = jobs::enqueue(write, &job, requester).await?;
    let of_job = queries::attach(&mut write.tx, id, job_id).await?;
    Ok(if of_job == id { Asking::New(id) } else { Asking::Known(of_job) })
}
