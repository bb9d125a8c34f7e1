//! The look at the beginning of a file.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::depot::{self, Panne};
use super::genre::Genre;
use super::model::Import;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::store::FilesError;
use crate::sources::{self, Examen, Nature, Refus, Voulu};

/// Looks that one process has at once: each may take a core for a while.
static REGARDS: Semaphore = Semaphore::const_new(2);
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(120);

/// Looks at the beginning of a file, on a thread that may wait for the disk.
///
/// # Errors
/// Too many files are looked at, or the thread was lost.
pub async fn examine(path: PathBuf, voulu: Voulu, genre: &'static Genre) -> Result<std::result::Result<Examen, Refus>> {
    let turn = match timeout(PATIENCE, REGARDS.acquire()).await {
        Ok(turn) => turn.map_err(|error| Error::Internal(error.to_string()))?,
        Err(_) => return Ok(Err(Refus::new("FIC-ATTENTE", "Trop de fichiers sont examinés au même moment. Attendez une minute, puis renvoyez-le."))),
    };
    let looked = tokio::task::spawn_blocking(move || {
        // Until it is over, whoever waits for it.
        let _turn = turn;
        sources::examiner(&path, &voulu, &|mot| genre.connait(mot))
    });
    looked.await.map_err(|error| Error::Internal(error.to_string()))
}

/// Looks again at the file of an import, as `voulu` says.
///
/// # Errors
/// The store or the disk failed.
pub async fn de_nouveau(context: &Context, import: &Import, voulu: Voulu, genre: &'static Genre) -> Result<std::result::Result<Examen, Refus>> {
    let whole = import.examen.lecture.nature != Nature::Texte;
    let file = depot::debut(context, &import.chemin, whole).await.map_err(panne)?;
    examine(file.path().to_path_buf(), voulu, genre).await
}

/// A failure of the store or of the disk, as a request tells it.
pub fn panne(panne: Panne) -> Error {
    match panne {
        Panne::Depot(FilesError::Missing) => {
            Error::Gone("Le fichier de cet import n’est plus dans le dépôt\u{a0}: il ne se relit pas. Chargez-le de nouveau.".into())
        }
        Panne::Depot(error) => Error::StoreAway(error),
        Panne::Disque(error) => depot::disque(&error),
    }
}
