//! The work of an export, in steps that can each be the last one of a killed worker.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection};

use super::assemblage::assemble;
use super::etats::{ANNULE, ECHOUE, PRODUIT};
use super::model::{Manifest, Request};
use super::notes::{self, Notes};
use super::queries::{self, Finished, Piece};
use super::tableur::{Book, Limits};
use super::{csv, jsonl, lignes};
use crate::context::Context;
use crate::listing::{Choices, Column, Count, Format, Keys, List, Narrowed, Query, Reader, decode_row, rows_statement};
use crate::platform::clock;
use crate::platform::db::Db;
use crate::platform::error::Error;
use crate::platform::jobs::{GaveUp, Job, JobError, Outcome, Run, table};
use crate::platform::store::FilesError;

/// Rows of a piece: between two checkpoints at most these are done again.
const LOT_ROWS: i64 = 10_000;
/// Lots read at once, ahead of the one that is put in the store.
const READ_AHEAD: usize = 2;
/// Stagings before a difference with the witness is believed: words are looked up just before the statement, and a lodging may be
/// named meanwhile.
pub(super) const STAGINGS: usize = 2;
/// Rows from which an export is a heavy reading: about a second of work.
const HEAVY_ROWS: i64 = 50_000;

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

impl Job for Export {
    type Context = Context;
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

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let Some(request) = queries::request(&context.db, self.export).await? else {
            return Ok(Outcome::Cancel("La demande d’export n’existe plus.".into()));
        };
        if request.etat == PRODUIT.to {
            return Ok(Outcome::Done);
        }
        // Rights are those of now, not those of the click.
        let Some(reader) = crate::comptes::reader_of(&context.db, request.demandeur_id).await? else {
            return Ok(Outcome::Cancel("Le compte du demandeur est désactivé.".into()));
        };
        let Some(list) = context.catalogue.exportable(&request.liste).filter(|list| reader.may(list.access)) else {
            return Ok(Outcome::Cancel("Le demandeur n’a plus accès à cette liste.".into()));
        };
        let query = match stored_query(list, &request.requete, request.cree_le) {
            Ok(query) => query,
            Err(error) => return Ok(Outcome::Cancel(format!("Les filtres de cet export n’existent plus : {error}"))),
        };
        let Some(format) = Format::from_code(&request.format) else {
            return Ok(Outcome::Cancel("Ce format de fichier n’existe plus. Refaites l’export depuis la liste.".into()));
        };
        let export = Exporter { context, run, request: &request, reader: &reader, query: &query, format };
        export.make().await
    }

    async fn gave_up(&self, context: &Context, end: GaveUp, cause: &str) {
        let (passage, state) = if end == GaveUp::Failed { (&ECHOUE, "failed") } else { (&ANNULE, "cancelled") };
        if let Ok(Some(request)) = queries::request(&context.db, self.export).await {
            context.metrics.export_ended((&request.liste, &request.format), state);
        }
        let result = async {
            let mut write = context.db.write().await?;
            queries::give_up(&mut write.tx, self.export, passage, cause).await?;
            ended(context, &mut write.tx, self.export, End::Without(passage.to, cause)).await?;
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

/// How an export ended.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// Its file is ready, with so many rows.
    Ready(i64),
    /// Without a file: the state (`echec` or `annule`), and why.
    Without(&'a str, &'a str),
}

/// Who waits for the end of exports, as the catalogue knows them: told of every end, once, in the transaction that makes it.
pub struct Followup(pub for<'a> fn(&'a mut PgConnection, i64, End<'a>) -> BoxFuture<'a, Result<(), sqlx::Error>>);

/// Tells those who wait that `export` ended.
async fn ended(context: &Context, connection: &mut PgConnection, export: i64, end: End<'_>) -> Result<(), sqlx::Error> {
    for followup in context.catalogue.all::<Followup>() {
        (followup.0)(connection, export, end).await?;
    }
    Ok(())
}

/// The stored question, with the calendar of the day it was asked.
pub(super) fn stored_query(list: &'static List, question: &str, asked_at: DateTime<Utc>) -> Result<Query, Error> {
    Query::parse_stored(list, question, clock::local(asked_at).date_naive())
}

struct Exporter<'a> {
    context: &'a Context,
    run: &'a Run,
    request: &'a Request,
    reader: &'a Reader,
    query: &'a Query,
    format: Format,
}

impl Exporter<'_> {
    async fn make(&self) -> Result<Outcome, JobError> {
        let format = self.format;
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
        // The rows put aside are looked for where they all are.
        let source = self.context.db.up_to(self.context.db.position().await?);
        let mut pieces = queries::pieces(&self.context.db, self.request.id).await?;
        // Counted: a version that made lots of another size may have put them aside.
        let lots = queries::lots(&self.context.db, self.request.id).await?.max(1);
        // Even an empty export has its header. The next lots are read while the one before is put in the store.
        let first = i32::try_from(pieces.len()).unwrap_or(i32::MAX);
        let mut read = std::pin::pin!(stream::iter(first..lots).map(|number| self.read(&source, format, number)).buffered(READ_AHEAD));
        let (mut number, mut lot) = (first, read.next().await.transpose()?);
        while let Some(one) = lot {
            self.run.still_wanted()?;
            let (kept, next) = tokio::join!(self.keep(number, lots, total, one), read.next());
            pieces.push(kept?);
            lot = next.transpose()?;
            number += 1;
        }
        self.run.still_wanted()?;
        self.assemble(format, total, &pieces).await?;
        remove_pieces(self.context, self.request.id).await;
        Ok(Outcome::Done)
    }

    /// A large export waits for its turn among the heavy readings.
    async fn enter(&self, rows: i64) -> Result<(), JobError> {
        if rows >= HEAVY_ROWS { self.run.heavy().await } else { Ok(()) }
    }

    /// Puts the keys aside, and asks the witness for the same rows: an export that would hold others is not made.
    async fn stage(&self) -> Result<i64, JobError> {
        let mut tries = STAGINGS;
        loop {
            // Nothing remembered: the communes of an EPCI are those of now.
            let (keys, counted) = Narrowed::look_up(&self.context.db, &Choices::default(), self.query, self.reader).await?.counted_keys()?;
            let mut connection = self.context.db.statement().acquire().await?;
            let mut tx = connection.begin().await?;
            let staged = queries::stage(&mut tx, self.request.id, (self.query.list, keys, &counted), LOT_ROWS, self.reader).await?;
            tries -= 1;
            if staged.same() {
                self.run.checkpoint(&mut tx, 0, Some(staged.mises)).await?;
                tx.commit().await?;
                return Ok(staged.mises);
            }
            tx.rollback().await?;
            if tries == 0 {
                tracing::error!(
                    export = self.request.id,
                    staged = staged.mises,
                    counted = staged.comptees,
                    "an export does not hold what its filters say"
                );
                return Err(JobError::Retry(format!("{} Le fichier n’est pas produit. Prévenez l’exploitant.", staged.difference())));
            }
        }
    }

    /// Keeps one lot in the store, notes the checkpoint. The name holds the lease: a worker that lost
    /// its own cannot overwrite what the next one wrote.
    async fn keep(&self, number: i32, lots: i32, total: i64, lot: Lot) -> Result<Piece, JobError> {
        let path = format!("exports/{}/morceaux/{number:06}-{}", self.request.id, self.run.lease);
        let octets = i64::try_from(lot.body.len()).unwrap_or(i64::MAX);
        self.context.files.put(&path, Bytes::from(lot.body)).await?;
        let notes = serde_json::to_value(lot.notes.closed()).map_err(|error| JobError::Retry(error.to_string()))?;
        let piece = Piece { numero: number, cle: path, lignes: lot.rows, octets, notes: Some(notes) };
        let mut connection = self.context.db.statement().acquire().await?;
        let mut tx = connection.begin().await?;
        let done = total.saturating_mul(i64::from(number) + 1) / i64::from(lots.max(1));
        self.run.checkpoint(&mut tx, done, Some(total)).await?;
        queries::add_piece(&mut tx, self.request.id, &piece).await?;
        tx.commit().await?;
        Ok(piece)
    }

    /// Reads one lot in the form of its format. The plan is made for these keys, not for any keys: with ten
    /// thousand of them known, PostgreSQL reads the small tables once instead of once a row.
    async fn read(&self, source: &Db, format: Format, number: i32) -> Result<Lot, JobError> {
        let none = if self.query.list.is_numbered() { Keys::Ids(Vec::new()) } else { Keys::Texts(Vec::new()) };
        let keys = queries::lot(&self.context.db, self.request.id, number).await?.unwrap_or(none);
        let columns = &self.query.columns;
        let mut lot = Lot { body: Vec::with_capacity(1 << 20), rows: 0, notes: Notes::new(columns) };
        if number == 0 && matches!(format, Format::CsvFr | Format::CsvRfc4180) {
            csv::header(&mut lot.body, format, columns);
        }
        let (mut cells, mut text) = (Vec::with_capacity(columns.len()), String::new());
        let statement = rows_statement(self.query, self.reader, keys)?;
        let arguments = statement.arguments()?;
        let query = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).persistent(false);
        let moment = OnceLock::new();
        let mut stream = query.fetch(source.reading().telling(&moment));
        while let Some(row) = stream.try_next().await? {
            decode_row(self.query, &row, &mut cells)?;
            lot.notes.row(format, columns, &mut cells);
            match format {
                Format::CsvFr | Format::CsvRfc4180 => csv::row(&mut lot.body, format, columns, &cells, &mut text),
                Format::JsonLines => jsonl::row(&mut lot.body, columns, &cells),
                Format::Xlsx | Format::Ods | Format::Parquet => lignes::write(&mut lot.body, &cells),
            }
            lot.rows += 1;
        }
        lot.notes.read_from_a_replica(moment.get().copied());
        Ok(lot)
    }

    /// Puts the pieces together, reading back what the store really holds for the digest, and writes
    /// the manifest beside the file.
    async fn assemble(&self, format: Format, total: i64, pieces: &[Piece]) -> Result<(), JobError> {
        // Staged in this run or before: the base knows the instant.
        let Some(request) = queries::request(&self.context.db, self.request.id).await? else { return Err(JobError::Cancelled) };
        let read_at = request.lu_le.unwrap_or(request.cree_le);
        let rows: i64 = pieces.iter().map(|piece| piece.lignes).sum();
        let notes = Notes::of_pieces(&self.query.columns, pieces.iter().map(|piece| (piece.notes.as_ref(), piece.lignes)));
        let book = self.book(format, read_at, (total, rows), pieces, notes.clone());
        let (classeurs, feuilles) = if format.is_workbook() { (book.files(), book.sheet_count()) } else { (1, 1) };
        let name = match classeurs {
            1 => format!("{}.{}", book.stem, format.extension()),
            _ => format!("{}-{}.zip", book.stem, format.extension()),
        };
        let path = format!("exports/{}/{name}", self.request.id);
        let file = assemble(&self.context.files, self.run, &path, format, pieces, book).await?;
        let manifest = Manifest {
            export: self.request.id,
            liste: &self.request.liste,
            fichier: &name,
            format: &self.request.format,
            colonnes: self.query.columns.iter().map(|column| column.name).collect(),
            filtres: &self.request.filtres,
            requete: &self.request.requete,
            demandeur: &self.request.demandeur,
            lu_le: request.lu_le,
            replica_au: notes.replica(),
            produit_le: table::now(&self.context.db.statement()).await?,
            lignes_prevues: total,
            lignes_comptees: request.lignes_comptees,
            lignes_ecrites: rows,
            lignes_disparues: total - rows,
            totaux: totals(&self.query.columns, &notes),
            cellules_adaptees: notes.adapted(),
            adaptations: notes.cells(),
            classeurs,
            feuilles,
            octets: file.bytes,
            sha256: &file.sha256,
            gardel: env!("CARGO_PKG_VERSION"),
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(|error| JobError::Retry(error.to_string()))?;
        self.context.files.put(&format!("{path}.manifeste.json"), text.into()).await?;
        let manifest = serde_json::to_value(&manifest).map_err(|error| JobError::Retry(error.to_string()))?;
        let mut connection = self.context.db.statement().acquire().await?;
        let mut tx = connection.begin().await?;
        self.run.hold(&mut tx).await?;
        let days = self.context.config.export_conservation_jours;
        let finished = Finished { rows, bytes: file.bytes, sha256: &file.sha256, path: &path, name: &name, manifest, days };
        queries::finish(&mut tx, self.request.id, &finished).await?;
        ended(self.context, &mut tx, self.request.id, End::Ready(rows)).await?;
        tx.commit().await?;
        self.context.metrics.exported((&self.request.liste, format.code()), self.run.age(), (rows, file.bytes));
        Ok(())
    }

    fn book(&self, format: Format, read_at: DateTime<Utc>, (expected, written): (i64, i64), pieces: &[Piece], notes: Notes) -> Book {
        Book {
            export: self.request.id,
            list: self.query.list.title,
            stem: file_stem(&self.request.liste, self.request.id, read_at),
            filters: self.request.filtres.clone(),
            requester: self.request.demandeur.clone(),
            read_at,
            expected,
            written,
            bytes: pieces.iter().map(|piece| piece.octets).sum(),
            columns: self.query.columns.clone(),
            limits: Limits::of(format),
            notes,
        }
    }
}

/// The sum of each summed column by its name, as a decimal text.
fn totals(columns: &[&'static Column], notes: &Notes) -> BTreeMap<&'static str, String> {
    let one = |(place, column): (usize, &&'static Column)| Some((column.name, notes::plain(column.kind, notes.total(place)?)));
    columns.iter().enumerate().filter_map(one).collect()
}

/// Rows of a lot in the form of their format.
struct Lot {
    body: Vec<u8>,
    rows: i64,
    /// Their sums, and the cells that were adapted.
    notes: Notes,
}

/// `sejours-2026-11-23-42`: the list, the day in Guadeloupe, the number of the export.
fn file_stem(list: &str, id: i64, moment: DateTime<Utc>) -> String {
    format!("{list}-{}-{id}", clock::local(moment).format("%Y-%m-%d"))
}

/// Removes the pieces, those of workers that died before noting them included.
async fn remove_pieces(context: &Context, id: i64) {
    if let Err(error) = context.files.delete_folder(&format!("exports/{id}/morceaux")).await {
        tracing::warn!(%error, export = id, "pieces of an export stay until its files expire");
    }
}

/// Files that `gardel check` looks for.
const LOOKED_FOR: i64 = 50;

/// Which of the last files announced to people the store does not hold as they were noted, and why.
///
/// # Errors
/// PostgreSQL or the store failed.
pub async fn absent(context: &Context) -> Result<Vec<(i64, FilesError)>, Error> {
    let mut absent = Vec::new();
    for (id, path, bytes) in queries::announced(&context.db, LOOKED_FOR).await? {
        match context.files.open(&path, u64::try_from(bytes).unwrap_or(0), 0..1.min(u64::try_from(bytes).unwrap_or(0))).await {
            Ok(_) => {}
            Err(error @ (FilesError::Missing | FilesError::Altered | FilesError::Refused(_))) => absent.push((id, error)),
            Err(error) => return Err(Error::StoreAway(error)),
        }
    }
    Ok(absent)
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
