//! Files that were accepted: to the store, then to the base.

use std::fs::File;
use std::io::{Read, Seek};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::time::timeout;

use super::fiche::Fiche;
use super::menage::FOLDER;
use super::nature::Nature;
use super::queries::{Added, Stored};
use super::reception::{FICHIER_MIO_MAX, Fichier};
use crate::journal::Action;
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::store::{Files, FilesError};
use crate::platform::token;

/// A file that is accepted: what it is, and its name.
pub struct Accepted {
    pub file: Fichier,
    pub nature: Nature,
    pub nom: String,
}

/// How long the store is given for a send: less than a proxy waits for an answer.
const PATIENCE: Duration = Duration::from_secs(25);
/// What became of files that were accepted.
pub enum Kept {
    Done,
    Already,
    Other,
    Full(String),
    Away(FilesError),
}

impl From<Added> for Kept {
    fn from(added: Added) -> Self {
        match added {
            Added::Done => Self::Done,
            Added::Already => Self::Already,
            Added::Other => Self::Other,
            Added::Full(why) => Self::Full(why),
        }
    }
}

/// Puts files in the store, then in the base. What the base does not take leaves the store at once; what a crash leaves goes
/// with the upkeep.
pub async fn keep(fiche: &Fiche<'_>, accepted: Vec<Accepted>, jeton: &str) -> Result<Kept> {
    let (place, files) = (fiche.place(), &fiche.context.files);
    let sum = |all: &[Accepted]| all.iter().map(|one| i64::try_from(one.file.octets).unwrap_or(i64::MAX)).sum::<i64>();
    let asked = (i64::try_from(accepted.len()).unwrap_or(i64::MAX), sum(&accepted));
    let mut connection = fiche.context.db.statement().acquire().await?;
    if let Some(known) = place.attached(&mut connection, jeton, &digests(accepted.iter().map(|one| &one.file.sha256))).await? {
        return Ok(Kept::from(known));
    }
    if let Some(why) = place.room(&mut connection, asked).await? {
        return Ok(Kept::Full(why));
    }
    drop(connection);
    let mut stored: Vec<Stored> = Vec::new();
    let sent = timeout(PATIENCE, store_all(fiche, accepted, &mut stored)).await;
    if let Err(error) = sent.unwrap_or(Ok(Err(FilesError::Silent)))? {
        drop_all(files, &stored).await;
        return Ok(Kept::Away(error));
    }
    let written = match fiche.context.db.write().await {
        Ok(mut write) => match written(fiche, &mut write, &stored, asked, jeton).await {
            // A commit whose answer is lost may have been done: no file is removed, and the upkeep takes those without a row.
            Ok(Kept::Done) => return Ok(write.commit().await.map(|()| Kept::Done)?),
            refused => {
                // What is said is why, not that the base went away after it.
                let _gone = write.rollback().await;
                refused
            }
        },
        Err(error) => Err(error.into()),
    };
    drop_all(files, &stored).await;
    written
}

fn digests<'a>(of: impl Iterator<Item = &'a String>) -> Vec<String> {
    of.cloned().collect()
}

/// Puts files in the store, each under a path of ours. What was begun is in `stored`, whole or not.
async fn store_all(fiche: &Fiche<'_>, accepted: Vec<Accepted>, stored: &mut Vec<Stored>) -> Result<std::result::Result<(), FilesError>> {
    for (rang, one) in accepted.into_iter().enumerate() {
        let random = token::random().map_err(|error| Error::Internal(error.to_string()))?;
        let chemin = format!("{FOLDER}/{}/{random}", fiche.context.clock.today());
        let octets = i64::try_from(one.file.octets).unwrap_or(i64::MAX);
        let file = Stored {
            nom: one.nom,
            nature: one.nature.code(),
            octets,
            sha256: one.file.sha256,
            chemin,
            rang: i16::try_from(rang).unwrap_or(i16::MAX),
        };
        let path = file.chemin.clone();
        stored.push(file);
        if let Err(error) = store(&fiche.context.files, &path, one.file.contenu).await {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Removes from the store what has no row.
async fn drop_all(files: &Files, stored: &[Stored]) {
    for file in stored {
        if let Err(error) = files.delete(&file.chemin).await {
            tracing::warn!(%error, path = file.chemin, "a file without a row waits for the upkeep");
        }
    }
}

/// Writes the rows of files, without ending the transaction.
async fn written(fiche: &Fiche<'_>, write: &mut Write, stored: &[Stored], asked: (i64, i64), jeton: &str) -> Result<Kept> {
    let place = fiche.place();
    let row = fiche.adding(write).await?;
    if let Some(known) = place.attached(&mut write.tx, jeton, &digests(stored.iter().map(|file| &file.sha256))).await? {
        return Ok(Kept::from(known));
    }
    if let Some(why) = place.room(&mut write.tx, asked).await? {
        return Ok(Kept::Full(why));
    }
    for file in stored {
        place.attach(&mut write.tx, file, jeton).await?;
        let detail = json!({"piece": "ajout", "fichier": file.nom, "sha256": file.sha256});
        fiche.note_of(&row, write, Action::Change, &detail).await?;
    }
    Ok(Kept::Done)
}

/// Sends a file from the disk to the store, in one piece: nothing of it stays there when it is cut. Twenty mebibytes of memory
/// for each send, of which there are few at once.
async fn store(files: &Files, path: &str, mut file: File) -> std::result::Result<(), FilesError> {
    let disk = |error: std::io::Error| FilesError::Away(error.to_string());
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.take(FICHIER_MIO_MAX * 1024 * 1024).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = reading.await.map_err(std::io::Error::other).flatten().map_err(disk)?;
    files.put(path, Bytes::from(bytes)).await
}
