//! The nightly control: files that are ready are read back from the store, compared with their manifest,
//! and their rows counted by a reader. A file that differs is told: journal, metric, pages, and it can no
//! longer be downloaded.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::conforme::Kept;
use super::jobs::{STAGINGS, stored_query};
use super::lecture::{self, Distant};
use super::queries::{self, Ready};
use super::temoin;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::listing::{Choices, Column, Format, Narrowed};
use crate::platform::files::FilesError;
use crate::platform::jobs::{Job, JobError, Outcome, Run};
use crate::platform::token::hexadecimal;

/// When it should run: every night at 2:40, in Guadeloupe.
pub const CRON_CONTROLE: &str = "40 2 * * *";
/// Files read back in one control at most.
const FILES_MAX: i64 = 50;
/// Bytes after which a control begins no other file.
const BYTES_MAX: i64 = 20 * 1024 * 1024 * 1024;
/// A file is not read back twice in this time.
const AGAIN_AFTER: Duration = Duration::from_secs(12 * 3600);
/// Rows of a file beyond which its question is not asked once more: a control stays a light reading.
const AGAIN_ROWS_MAX: i64 = 200_000;
/// Bytes read at once.
const READ_BYTES: u64 = 1024 * 1024;

/// Reads a sample of the ready files back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct AutoControle {}

impl Job for AutoControle {
    type Context = Context;
    const NAME: &'static str = "controle_exports";
    const QUEUE: &'static str = "maintenance";
    const PRIORITY: i16 = 150;

    fn title(&self) -> String {
        "Contrôle des fichiers d’export".into()
    }

    fn unique_key(&self) -> Option<String> {
        Some("controle_exports".into())
    }

    async fn run(&self, context: &Context, run: &Run) -> Result<Outcome, JobError> {
        let before = context.clock.now() - AGAIN_AFTER;
        let files = queries::to_control(&context.db, before, FILES_MAX).await?;
        let (total, mut bytes) = (i64::try_from(files.len()).unwrap_or(i64::MAX), 0);
        for (done, file) in (0..).zip(&files) {
            run.still_wanted()?;
            if bytes > BYTES_MAX {
                break;
            }
            bytes += file.octets;
            let fault = control(context, run, file).await?;
            note(context, file, fault.as_deref()).await?;
            run.progress(done + 1, Some(total)).await?;
        }
        count_faults(context).await?;
        Ok(Outcome::Done)
    }
}

/// Sets the metric of the files that the last controls found wrong.
///
/// # Errors
/// PostgreSQL failed.
pub async fn count_faults(context: &Context) -> Result<i64, sqlx::Error> {
    let faulty = queries::faulty(&context.db).await?;
    context.metrics.export_faults.set(faulty);
    Ok(faulty)
}

/// What is wrong with a file, in one sentence; nothing when it is what its manifest says. An error means
/// that the store or the base failed: that proves nothing against the file.
async fn control(context: &Context, run: &Run, file: &Ready) -> Result<Option<String>, JobError> {
    if file.lignes_comptees.is_some_and(|counted| Some(counted) != file.lignes_prevues) {
        return Ok(Some("Le compte indépendant et la mise de côté diffèrent.".into()));
    }
    let files = &context.files;
    match files.size(&file.fichier).await {
        Ok(size) if i64::try_from(size) == Ok(file.octets) => {}
        Ok(size) => return Ok(Some(format!("Le fichier fait {size} octets ; le manifeste en annonce {}.", file.octets))),
        Err(FilesError::Missing) => return Ok(Some("Le fichier n’est plus dans le dépôt.".into())),
        Err(error) => return Err(error.into()),
    }
    let size = u64::try_from(file.octets).unwrap_or(0);
    let (mut digest, mut from) = (Sha256::new(), 0);
    while from < size {
        run.still_wanted()?;
        let part = files.get_range(&file.fichier, from..(from + READ_BYTES).min(size)).await?;
        if part.is_empty() {
            return Err(FilesError::Missing.into());
        }
        from += part.len() as u64;
        digest.update(&part);
    }
    if hexadecimal(&digest.finalize()) != file.sha256 {
        return Ok(Some("L’empreinte SHA-256 du fichier n’est plus celle du manifeste.".into()));
    }
    match count(context, file).await? {
        None => asked_again(context, file).await,
        fault => Ok(fault),
    }
}

/// Asks the question of the file once more, of the list and of the witness, in one statement: a list that forgets a filter today
/// is told the same night, whoever asked, even when the count of its file agreed.
async fn asked_again(context: &Context, file: &Ready) -> Result<Option<String>, JobError> {
    let reader = crate::comptes::reader_of(&context.db, file.demandeur_id).await?;
    let list = context.catalogue.exportable(&file.liste);
    let (Some(reader), Some(list), true) = (reader, list, file.lignes_ecrites <= AGAIN_ROWS_MAX) else { return Ok(None) };
    // A question that the list no longer offers is not asked.
    let Ok(query) = stored_query(list, &file.requete, file.cree_le) else { return Ok(None) };
    let mut staged = None;
    for _ in 0..STAGINGS {
        let (keys, counted) = Narrowed::look_up(&context.db, &Choices::default(), &query, &reader).await?.counted_keys()?;
        let found = temoin::compare(&context.db, list, keys, &counted).await?;
        if found.same() {
            return Ok(None);
        }
        staged = Some(found);
    }
    Ok(staged.map(|staged| format!("Sa question, posée de nouveau, ne donne plus les lignes que ses filtres disent. {}", staged.difference())))
}

/// Reads the rows with the reader of the format, and compares their cells with the filters of the file.
async fn count(context: &Context, file: &Ready) -> Result<Option<String>, JobError> {
    let list = context.catalogue.exportable(&file.liste);
    let columns: Option<Vec<&'static Column>> = list.and_then(|list| file.colonnes.iter().map(|name| list.column(name)).collect());
    // A list that changed since cannot read its old files: their bytes are proved all the same.
    let (Some(columns), Some(format)) = (columns, Format::from_code(&file.format)) else { return Ok(None) };
    let source = Distant::open(&context.files, &file.fichier).await?;
    let kept = Kept::of(context, file, &columns).await?;
    let read = tokio::task::spawn_blocking(move || {
        let mut outside = None;
        let rows = lecture::read(format, &columns, source, &mut |cells| {
            outside = kept.outside(cells);
            outside.clone().map_or(Ok(()), Err)
        });
        (rows, outside)
    });
    Ok(match read.await.map_err(|error| JobError::Retry(error.to_string()))? {
        (_, Some(words)) => Some(format!("Le fichier contient ce que ses filtres ou ses droits excluent : {words}.")),
        (Ok(rows), _) if rows == file.lignes_ecrites => None,
        (Ok(rows), _) => Some(format!("Le fichier contient {rows} lignes ; le manifeste en annonce {}.", file.lignes_ecrites)),
        (Err(fault), _) => Some(format!("Le fichier ne se relit pas : {fault}.")),
    })
}

/// Writes what the control found; a fault also in the journal and in the log.
async fn note(context: &Context, file: &Ready, fault: Option<&str>) -> Result<(), JobError> {
    let mut write = context.db.write().await?;
    let there = queries::controlled(&mut write.tx, file.id, context.clock.now(), fault).await?;
    if let Some(fault) = fault.filter(|_| there) {
        tracing::error!(export = file.id, fault, "a ready file is not what its manifest says");
        let actor = Actor { name: "Contrôle de nuit".into(), collectivite_id: file.collectivite_id, ..Actor::default() };
        let detail = json!({"liste": file.liste, "ecart": fault, "demandeur_id": file.demandeur_id});
        journal::note(&mut write.tx, &actor, Action::Check, "export", &file.id.to_string(), &detail).await?;
    }
    write.commit().await?;
    Ok(())
}
