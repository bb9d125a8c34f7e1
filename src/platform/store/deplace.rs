//! Files that are moved or removed together, and those that lie under a folder.

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;

use super::{Files, FilesError, at};

/// A file of the store, as it is listed.
#[derive(Clone, Debug)]
pub struct Vu {
    /// Its path.
    pub path: String,
    /// Its size.
    pub octets: u64,
    /// When it was last written.
    pub modifie: DateTime<Utc>,
}

impl Files {
    /// Gives a file another path; what was there is replaced.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), FilesError> {
        Ok(self.store.rename(&at(from), &at(to)).await?)
    }

    /// Removes every file under `folder`.
    ///
    /// # Errors
    /// See [`FilesError`]; what was removed before stays removed.
    pub async fn delete_folder(&self, folder: &str) -> Result<(), FilesError> {
        let mut files = self.store.list(Some(&at(folder)));
        while let Some(file) = files.try_next().await? {
            self.store.delete(&file.location).await?;
        }
        if let Some(root) = &self.folder {
            // A folder that something was written into meanwhile stays.
            let _empty = tokio::fs::remove_dir(root.join(folder)).await;
        }
        Ok(())
    }

    /// The files right under `folder`, `most` at most: those of folders inside it are not among them.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn under(&self, folder: &str, most: usize) -> Result<Vec<Vu>, FilesError> {
        let folder = at(folder);
        let listed = self.store.list_with_delimiter(Some(&folder)).await?;
        let seen = listed.objects.into_iter().take(most);
        Ok(seen.map(|file| Vu { path: file.location.to_string(), octets: file.size, modifie: file.last_modified }).collect())
    }

    /// Every file, as the store lists them: in no order.
    pub fn all(&self) -> impl Stream<Item = Result<Vu, FilesError>> + '_ {
        self.store.list(None).map(|file| {
            let file = file?;
            Ok(Vu { path: file.location.to_string(), octets: file.size, modifie: file.last_modified })
        })
    }

    /// The numbers that name the folders of `folder`.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn numbered(&self, folder: &str) -> Result<Vec<i64>, FilesError> {
        let listed = self.store.list_with_delimiter(Some(&at(folder))).await?;
        Ok(listed.common_prefixes.iter().filter_map(|path| path.filename()?.parse().ok()).collect())
    }
}
