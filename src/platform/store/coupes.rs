//! What a writing that was cut leaves in a folder store.

use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use super::{Files, FilesError};

impl Files {
    /// Removes what a writing that was cut left under `folder`, when the store is a folder and it was last written before
    /// `instant`: its library writes beside the name, under `name#1`, and lists no such file. Gives their count.
    ///
    /// # Errors
    /// See [`FilesError`]: the first of those that stay.
    pub async fn sweep_cut(&self, folder: &str, instant: DateTime<Utc>) -> Result<u64, FilesError> {
        let Some(root) = &self.folder else { return Ok(0) };
        let place = root.join(folder);
        let sweeping = tokio::task::spawn_blocking(move || swept(&place, instant.into()));
        sweeping.await.map_err(|error| FilesError::Away(error.to_string()))?.map_err(|error| FilesError::Away(error.to_string()))
    }
}

/// Removes the cut files of a folder and of those in it.
fn swept(folder: &Path, before: SystemTime) -> std::io::Result<u64> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let (mut count, mut fault) = (0, None);
    for entry in entries {
        let entry = entry?;
        let known = entry.metadata()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let cut = name.rsplit_once('#').is_some_and(|(_, end)| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit()));
        let removed = if known.is_dir() {
            swept(&entry.path(), before)
        } else if known.is_file() && cut && known.modified()? < before {
            std::fs::remove_file(entry.path()).map(|()| 1)
        } else {
            Ok(0)
        };
        match removed {
            Ok(more) => count += more,
            Err(error) => drop(fault.get_or_insert(error)),
        }
    }
    fault.map_or(Ok(count), Err)
}
