//! The look at the beginning of a file.

use std::path::PathBuf;

use super::depot::{self, Panne};
use super::genre::Genre;
use super::model::Import;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::sources::{self, Examen, Nature, Refus, Voulu};

/// Looks at the beginning of a file, on a thread that may wait for the disk.
///
/// # Errors
/// The thread was lost.
pub async fn examine(path: PathBuf, voulu: Voulu, genre: &'static Genre) -> Result<std::result::Result<Examen, Refus>> {
    let looked = tokio::task::spawn_blocking(move || sources::examiner(&path, &voulu, &|mot| genre.connait(mot)));
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
        Panne::Depot(error) => Error::StoreAway(error),
        Panne::Disque(error) => Error::Internal(error.to_string()),
    }
}
