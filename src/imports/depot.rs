//! The file of an import: in the store under its digest before anything is read of it, and back on the disk of whoever reads it.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::context::Context;
use crate::platform::error::Error;
use crate::platform::jobs::JobError;
use crate::platform::store::FilesError;
use crate::platform::token::hexadecimal;

/// Bytes sent to, or asked of, the store at once.
const PART: usize = 4 * 1024 * 1024;
/// Bytes of a text that are enough to look at its beginning.
pub const DEBUT: u64 = 8 * 1024 * 1024;

/// Where the file of this digest lies.
pub fn chemin(sha256: &str) -> String {
    format!("imports/{sha256}")
}

/// Why a file could not be kept.
pub enum Panne {
    /// The store.
    Depot(FilesError),
    /// The disk of this server.
    Disque(std::io::Error),
}

/// A failure of the disk where this program works, as a request tells it: full, it is waited for as the store is.
pub fn disque(error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::StoreAway(FilesError::Full),
        _ => Error::Internal(error.to_string()),
    }
}

/// Puts a file in the store, once: the same bytes lie there once, whatever they are loaded for.
///
/// # Errors
/// The store, or the disk, failed.
pub async fn garde(context: &Context, file: &File, octets: u64, sha256: &str) -> Result<String, Panne> {
    let path = chemin(sha256);
    if context.files.size(&path).await.is_ok_and(|size| size == octets) {
        return Ok(path);
    }
    let mut file = file.try_clone().map_err(Panne::Disque)?;
    file.seek(SeekFrom::Start(0)).map_err(Panne::Disque)?;
    let mut upload = context.files.begin(&path).await.map_err(Panne::Depot)?;
    loop {
        let reader = file.try_clone().map_err(Panne::Disque)?;
        let read = tokio::task::spawn_blocking(move || {
            let mut part = Vec::with_capacity(PART);
            reader.take(PART as u64).read_to_end(&mut part).map(|_| part)
        });
        let part = match read.await.map_err(std::io::Error::other).and_then(|read| read) {
            Ok(part) => part,
            Err(error) => {
                upload.abort().await;
                return Err(Panne::Disque(error));
            }
        };
        if part.is_empty() {
            break;
        }
        if let Err(error) = upload.push(Bytes::from(part)).await {
            upload.abort().await;
            return Err(Panne::Depot(error));
        }
    }
    upload.finish().await.map_err(Panne::Depot)?;
    Ok(path)
}

/// Brings `octets` of a file from the store to the disk; what was read of it, digested.
async fn apporte(context: &Context, path: &str, octets: u64) -> Result<(NamedTempFile, String), Panne> {
    let mut file = NamedTempFile::new().map_err(Panne::Disque)?;
    let (mut at, mut digest) = (0, Sha256::new());
    while at < octets {
        let part = context.files.get_range(path, at..(at + PART as u64).min(octets)).await.map_err(Panne::Depot)?;
        if part.is_empty() {
            break;
        }
        digest.update(&part);
        at += part.len() as u64;
        file.write_all(&part).map_err(Panne::Disque)?;
    }
    file.flush().map_err(Panne::Disque)?;
    Ok((file, hexadecimal(&digest.finalize())))
}

/// The whole file, as it was received; a sentence when it is not there any more, or is another.
///
/// # Errors
/// The store, or the disk, failed: it may work next time.
pub async fn local(context: &Context, path: &str, sha256: &str) -> Result<Result<NamedTempFile, String>, JobError> {
    let size = match context.files.size(path).await {
        Ok(size) => size,
        Err(FilesError::Missing) => return Ok(Err("Le fichier n’est plus dans le dépôt. Prévenez l’exploitant, ou chargez-le de nouveau.".into())),
        Err(error) => return Err(error.into()),
    };
    match apporte(context, path, size).await {
        Ok((file, found)) if found == sha256 => Ok(Ok(file)),
        Ok(_) => Ok(Err("Le fichier du dépôt n’est plus celui qui a été reçu. Prévenez l’exploitant, et chargez-le de nouveau.".into())),
        Err(Panne::Depot(error)) => Err(error.into()),
        Err(Panne::Disque(error)) => Err(JobError::Retry(match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "Le disque de travail de l’ouvrier est plein. Libérez de la place\u{a0}: le travail reprendra où il s’est arrêté.".into()
            }
            _ => format!("Le disque de l’ouvrier a failli\u{a0}: {error}"),
        })),
    }
}

/// The beginning of a file, when that is enough to look at it; all of it otherwise.
///
/// # Errors
/// The store, or the disk, failed.
pub async fn debut(context: &Context, path: &str, entier: bool) -> Result<NamedTempFile, Panne> {
    let size = context.files.size(path).await.map_err(Panne::Depot)?;
    apporte(context, path, if entier { size } else { size.min(DEBUT) }).await.map(|(file, _)| file)
}
