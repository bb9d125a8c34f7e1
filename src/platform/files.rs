//! The object store: a folder by default, S3 for several machines. Paths are ours, never a person's.

use std::path::Path as FsPath;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};

use super::config::Config;

/// Bytes sent at once when a file is put together: the least that S3 takes, to spare the memory.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Where files are kept.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
}

/// The store failed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// No space is left.
    #[error("Le disque du dépôt de fichiers est plein. Libérez de la place : le travail reprendra où il s'est arrêté.")]
    Full,
    /// The file is not there.
    #[error("Le fichier n'existe plus dans le dépôt.")]
    Missing,
    /// Anything else.
    #[error("Le dépôt de fichiers ne répond pas : {0}")]
    Other(String),
}

impl From<object_store::Error> for FilesError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::Missing;
        }
        if is_full(&error) {
            return Self::Full;
        }
        Self::Other(error.to_string())
    }
}

/// Whether the system said "no space left" or "quota exceeded" somewhere in the chain of causes.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

impl Files {
    /// Opens the store of the settings, making its folder when there is none.
    ///
    /// # Errors
    /// One sentence: the folder cannot be written, or the S3 settings are wrong.
    pub fn new(config: &Config) -> Result<Self, String> {
        let store: Arc<dyn ObjectStore> = match config.storage_url.strip_prefix("s3://") {
            None => Arc::new(local(FsPath::new(&config.storage_url))?),
            Some(place) => s3(place)?,
        };
        Ok(Self { store })
    }

    /// A store made elsewhere (tests: one that fails on purpose).
    pub fn from_store(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// See [`FilesError`]; what was there before is still there.
    pub async fn put(&self, path: &str, body: Bytes) -> Result<(), FilesError> {
        self.store.put(&Path::from(path), body.into()).await?;
        Ok(())
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn get(&self, path: &str) -> Result<Bytes, FilesError> {
        Ok(self.store.get(&Path::from(path)).await?.bytes().await?)
    }

    /// Reads `range` of a file.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn get_range(&self, path: &str, range: std::ops::Range<u64>) -> Result<Bytes, FilesError> {
        Ok(self.store.get_range(&Path::from(path), range).await?)
    }

    /// Bytes in the file.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn size(&self, path: &str) -> Result<u64, FilesError> {
        Ok(self.store.head(&Path::from(path)).await?.size)
    }

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn delete(&self, path: &str) -> Result<(), FilesError> {
        match self.store.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes every file under `folder`.
    ///
    /// # Errors
    /// See [`FilesError`]; what was removed before stays removed.
    pub async fn delete_folder(&self, folder: &str) -> Result<(), FilesError> {
        let mut files = self.store.list(Some(&Path::from(folder)));
        while let Some(file) = files.try_next().await? {
            self.store.delete(&file.location).await?;
        }
        Ok(())
    }

    /// Asks the store for anything, to know that it answers.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn probe(&self) -> Result<(), FilesError> {
        self.store.list_with_delimiter(None).await?;
        Ok(())
    }

    /// Starts a large file, shown under its name only once it is whole.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn begin(&self, path: &str) -> Result<Upload, FilesError> {
        let upload = self.store.put_multipart(&Path::from(path)).await?;
        Ok(Upload(WriteMultipart::new_with_chunk_size(upload, PART_BYTES)))
    }
}

/// A large file being written.
pub struct Upload(WriteMultipart);

impl Upload {
    /// Adds bytes; waits when two parts are already on their way.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn push(&mut self, body: Bytes) -> Result<(), FilesError> {
        self.0.wait_for_capacity(2).await?;
        self.0.put(body);
        Ok(())
    }

    /// Ends the file: it now exists, whole.
    ///
    /// # Errors
    /// See [`FilesError`]; nothing is left under the name.
    pub async fn finish(self) -> Result<(), FilesError> {
        self.0.finish().await?;
        Ok(())
    }

    /// Gives the file up.
    pub async fn abort(self) {
        // Nothing was shown under the name; what the store keeps of the parts is its own to sweep.
        let _given_up = self.0.abort().await;
    }
}

fn local(folder: &FsPath) -> Result<LocalFileSystem, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("Le dossier de fichiers « {} » ne peut pas être créé : {error}.", folder.display()))?;
    let probe = folder.join(".gardel-essai");
    std::fs::write(&probe, b"")
        .map_err(|error| format!("Le dossier de fichiers « {} » n'est pas accessible en écriture : {error}.", folder.display()))?;
    let _removed = std::fs::remove_file(&probe);
    LocalFileSystem::new_with_prefix(folder).map_err(|error| format!("STORAGE_URL : {error}."))
}

/// `bucket/prefix`; keys, region and endpoint come from the usual `AWS_*` variables.
fn s3(place: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(|error| {
        format!("STORAGE_URL (s3) : {error}. Donnez AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION et, hors d'Amazon, AWS_ENDPOINT.")
    })?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}
