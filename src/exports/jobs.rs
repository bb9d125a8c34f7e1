//! The work of an export, in steps that can each be the last one of a killed worker.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Connection;

use super::csv::{CsvWriter, Format};
use super::model::{Manifest, Request};
use super::queries::{self, Finished, Piece};
use crate::context::Context;
use crate::listing::{Choices, Count, List, Query, Reader, decode_row, key_statement, rows_statement};
use crate::platform::clock;
use crate::platform::error::Error;
use crate::platform::files::FilesError;
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Run};
use crate::programmes;

/// Rows of a piece: between two checkpoints at most these are done again.
const LOT_ROWS: i64 = 10_000;
/// Rows from which an export is a heavy reading: about a second of work.
const HEAVY_ROWS: i64 = 50_000;
/// Bytes read back at once when the pieces are put together.
const COPY_BYTES: u64 = 4 * 1024 * 1024;

/// Makes the file of an export.
#[derive(Debug, Serialize, Deserialize)]
pub struct Export {
    /// The request.
    pub export: i64,
    /// Title for the jobs page.
    pub titre: String,
    /// Two living jobs never make the same file for the same person.
    pub cle: String,
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl Job for Export {
    type Context = WorkContext;
    const NAME: &'static str = "export";
    const QUEUE: &'static str = "exports";
    /// The waits between them add up to over an hour: time to make room on a full disk.
    const MAX_ATTEMPTS: i32 = 10;

    fn title(&self) -> String {
        self.titre.clone()
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.cle.clone())
    }

    async fn run(&self, work: &WorkContext, run: &Run) -> Result<Outcome, JobError> {
        let context = &work.context;
        let Some(request) = queries::request(&context.db, self.export).await? else {
            return Ok(Outcome::Cancel("La demande d'export n'existe plus.".into()));
        };
        if request.etat == "pret" {
            return Ok(Outcome::Done);
        }
        // Rights are those of now, not those of the click.
        let Some(reader) = crate::comptes::reader_of(&context.db, request.demandeur_id).await? else {
            return Ok(Outcome::Cancel("Le compte du demandeur est désactivé.".into()));
        };
        let Some(list) = work.lists.find(&request.liste).filter(|list| list.roles.contains(&reader.role)) else {
            return Ok(Outcome::Cancel("Le demandeur n'a plus accès à cette liste.".into()));
        };
        let query = match stored_query(list, &request) {
            Ok(query) => query,
            Err(error) => return Ok(Outcome::Cancel(format!("Les filtres de cet export n'existent plus : {error}"))),
        };
        let export = Exporter { context, run, request: &request, reader: &reader, query: &query };
        export.make().await
    }

    async fn gave_up(&self, work: &WorkContext, end: GaveUp, cause: &str) {
        let context = &work.context;
        let state = if end == GaveUp::Failed { "echec" } else { "annule" };
        let result = async {
            let mut write = context.db.write().await?;
            queries::give_up(&mut write.tx, self.export, state, cause).await?;
            programmes::ended(&mut write.tx, self.export, state, cause).await?;
            if end == GaveUp::Cancelled {
                queries::forget(&mut write.tx, self.export).await?;
            }
            write.commit().await?;
            Ok::<_, sqlx::Error>(())
        };
        match result.await {
            // A failed export keeps its pieces: tried again, it goes on from there.
            Ok(()) if end == GaveUp::Cancelled => remove_pieces(context, self.export).await,
            Ok(()) => {}
            Err(error) => tracing::error!(%error, export = self.export, "the end of an export could not be written"),
        }
    }
}

/// The surroundings of jobs: the context, and the lists known to this worker.
pub struct WorkContext {
    /// What any room uses.
    pub context: Context,
    /// The lists that may be exported.
    pub lists: super::Lists,
    /// The actions on many rows.
    pub actions: crate::actions::Actions,
}

/// The stored question, with the calendar of the day it was asked.
fn stored_query(list: &'static List, request: &Request) -> Result<Query, Error> {
    Query::parse_stored(list, &request.requete, clock::local(request.cree_le).date_naive())
}

struct Exporter<'a> {
    context: &'a Context,
    run: &'a Run,
    request: &'a Request,
    reader: &'a Reader,
    query: &'a Query,
}

impl Exporter<'_> {
    async fn make(&self) -> Result<Outcome, JobError> {
        let format = Format::from_code(&self.request.format).ok_or_else(|| JobError::Retry("format inconnu".into()))?;
        let total = match self.request.lignes_prevues {
            Some(total) => {
                self.enter(total).await?;
                total
            }
            None => {
                let (Count::Exact(rows) | Count::About(rows)) =
                    Count::fetch(&self.context.db, &self.context.choices, self.query, self.reader, false).await?;
                self.enter(rows).await?;
                self.stage().await?
            }
        };
        let mut pieces = queries::pieces(&self.context.db, self.request.id).await?;
        let lots = i32::try_from((total + LOT_ROWS - 1) / LOT_ROWS).map_err(|error| JobError::Retry(error.to_string()))?;
        // Even an empty export has its header.
        for number in i32::try_from(pieces.len()).unwrap_or(i32::MAX)..lots.max(1) {
            self.run.still_wanted()?;
            pieces.push(self.write_piece(format, number, total, &pieces).await?);
        }
        self.run.still_wanted()?;
        self.assemble(total, &pieces).await?;
        remove_pieces(self.context, self.request.id).await;
        Ok(Outcome::Done)
    }

    /// A large export waits for its turn among the heavy readings.
    async fn enter(&self, rows: i64) -> Result<(), JobError> {
        if rows >= HEAVY_ROWS { self.run.heavy().await } else { Ok(()) }
    }

    /// Puts the keys aside.
    async fn stage(&self) -> Result<i64, JobError> {
        // Nothing remembered: the communes of an EPCI are those of now.
        let keys = key_statement(&self.context.db, &Choices::default(), self.query, self.reader).await?;
        let mut connection = self.context.db.statement().acquire().await?;
        let mut tx = connection.begin().await?;
        let total = queries::stage(&mut tx, self.request.id, keys, LOT_ROWS, self.reader).await?;
        self.run.checkpoint(&mut tx, 0, Some(total), &serde_json::json!({"etape": "lecture"})).await?;
        tx.commit().await?;
        Ok(total)
    }

    /// Reads one lot, keeps it in the store, notes the checkpoint. The name holds the lease: a worker
    /// that lost its own cannot overwrite what the next one wrote.
    async fn write_piece(&self, format: Format, number: i32, total: i64, before: &[Piece]) -> Result<Piece, JobError> {
        let keys = queries::lot(&self.context.db, self.request.id, number).await?.unwrap_or_default();
        let (body, rows) = self.read(format, keys, number == 0).await?;
        let path = format!("exports/{}/morceaux/{number:06}-{}", self.request.id, self.run.lease);
        let octets = i64::try_from(body.len()).unwrap_or(i64::MAX);
        self.context.files.put(&path, Bytes::from(body)).await?;
        let piece = Piece { numero: number, cle: path, lignes: rows, octets };
        let mut connection = self.context.db.statement().acquire().await?;
        let mut tx = connection.begin().await?;
        let done = (i64::from(number) + 1).saturating_mul(LOT_ROWS).min(total);
        self.run.checkpoint(&mut tx, done, Some(total), &serde_json::json!({"morceaux": before.len() + 1})).await?;
        queries::add_piece(&mut tx, self.request.id, &piece).await?;
        tx.commit().await?;
        Ok(piece)
    }

    async fn read(&self, format: Format, keys: Vec<String>, first: bool) -> Result<(Vec<u8>, i64), JobError> {
        use futures::TryStreamExt;
        let columns = &self.query.columns;
        let broken = |error: csv::Error| JobError::Retry(error.to_string());
        let mut writer = CsvWriter::new(format, first.then_some(columns.as_slice())).map_err(broken)?;
        let mut rows = 0;
        let mut cells = Vec::with_capacity(columns.len());
        let statement = rows_statement(self.query, self.reader, keys)?;
        let arguments = statement.arguments()?;
        let mut stream = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch(self.context.db.statement());
        while let Some(row) = stream.try_next().await? {
            decode_row(self.query, &row, &mut cells)?;
            writer.row(columns, &cells).map_err(broken)?;
            rows += 1;
        }
        Ok((writer.finish().map_err(JobError::Retry)?, rows))
    }

    /// Puts the pieces together, reading back what the store really holds for the digest, and writes
    /// the manifest beside the file.
    async fn assemble(&self, total: i64, pieces: &[Piece]) -> Result<(), JobError> {
        let name = file_name(&self.request.liste, self.request.id, self.request.lu_le.unwrap_or_else(|| self.context.clock.now()));
        let path = format!("exports/{}/{name}", self.request.id);
        let (bytes, sha256) = self.copy(&path, pieces).await?;
        let rows: i64 = pieces.iter().map(|piece| piece.lignes).sum();
        let manifest = Manifest {
            export: self.request.id,
            liste: &self.request.liste,
            fichier: &name,
            format: &self.request.format,
            colonnes: self.query.columns.iter().map(|column| column.name).collect(),
            filtres: &self.request.filtres,
            requete: &self.request.requete,
            demandeur: &self.request.demandeur,
            lu_le: queries::request(&self.context.db, self.request.id).await?.and_then(|request| request.lu_le),
            produit_le: self.context.clock.now(),
            lignes_prevues: total,
            lignes_ecrites: rows,
            lignes_disparues: total - rows,
            octets: bytes,
            sha256: &sha256,
            gardel: env!("CARGO_PKG_VERSION"),
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(|error| JobError::Retry(error.to_string()))?;
        self.context.files.put(&format!("{path}.manifeste.json"), text.into()).await?;
        let manifest = serde_json::to_value(&manifest).map_err(|error| JobError::Retry(error.to_string()))?;
        let mut connection = self.context.db.statement().acquire().await?;
        let mut tx = connection.begin().await?;
        self.run.hold(&mut tx).await?;
        let days = self.context.config.export_conservation_jours;
        let file = Finished { rows, bytes, sha256: &sha256, path: &path, name: &name, manifest, days };
        queries::finish(&mut tx, self.request.id, &file).await?;
        programmes::finished(&mut tx, self.request.id, rows).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn copy(&self, path: &str, pieces: &[Piece]) -> Result<(i64, String), JobError> {
        let mut upload = self.context.files.begin(path).await?;
        let mut digest = Sha256::new();
        let mut bytes = 0;
        for piece in pieces {
            let size = u64::try_from(piece.octets).unwrap_or(0);
            let mut from = 0;
            while from < size {
                if let Err(error) = self.run.still_wanted() {
                    upload.abort().await;
                    return Err(error);
                }
                let part = self.context.files.get_range(&piece.cle, from..(from + COPY_BYTES).min(size)).await?;
                from += part.len() as u64;
                if part.is_empty() {
                    return Err(FilesError::Missing.into());
                }
                digest.update(&part);
                bytes += i64::try_from(part.len()).unwrap_or(0);
                upload.push(part).await?;
            }
        }
        upload.finish().await?;
        let sha256 = digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Ok((bytes, sha256))
    }
}

/// `sejours-2026-11-23-42.csv`: the list, the day in Guadeloupe, the number of the export.
fn file_name(list: &str, id: i64, moment: DateTime<Utc>) -> String {
    format!("{list}-{}-{id}.csv", clock::local(moment).format("%Y-%m-%d"))
}

/// Removes the pieces, those of workers that died before noting them included.
async fn remove_pieces(context: &Context, id: i64) {
    if let Err(error) = context.files.delete_folder(&format!("exports/{id}/morceaux")).await {
        tracing::warn!(%error, export = id, "pieces of an export stay until its files expire");
    }
}

/// Removes the files whose time is over, and what unfinished exports left.
///
/// # Errors
/// PostgreSQL or the store failed.
pub async fn expire(context: &Context) -> Result<(), JobError> {
    let now = context.clock.now();
    for id in queries::expired(context.db.pool(), now, context.config.export_conservation_jours).await? {
        context.files.delete_folder(&format!("exports/{id}")).await?;
        let mut write = context.db.write().await?;
        queries::set_expired(&mut write.tx, id).await?;
        write.commit().await?;
    }
    queries::purge(context.db.pool(), now, context.config.journal_conservation_mois).await?;
    Ok(())
}
