//! The object store: a folder by default, S3 for several machines. Paths are ours, never a person's.

mod coupes;
mod deplace;
mod nommes;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "s3")]
use s3::s3;

pub use deplace::Vu;
pub use nommes::Nommes;

use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::config::Config;
use super::instruments::{Step, number, step};

/// Bytes sent at once when a file is put together: the least that S3 takes, to spare the memory.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Longest wait of a person for a store that stays mute, before they are told.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time between two askings of a store that does not answer.
const PAUSE: Duration = Duration::from_millis(500);

/// What is asked of the store, as traces tell it: never the path of a file.
const PUT: Step = Step::asked("store put", &[]);
const GET: Step = Step::asked("store get", &[]);
const HEAD: Step = Step::asked("store head", &[]);
const DELETE: Step = Step::asked("store delete", &[]);
const BEGIN: Step = Step::asked("store begin", &[]);
const FINISH: Step = Step::asked("store finish", &[]);

/// Where files are kept.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    patience: Duration,
    /// Where they lie, when that is a folder.
    folder: Option<PathBuf>,
}

/// The store failed. The sentences are for people: what the store said, with its address, is for the log and
/// for the operator ([`FilesError::detail`]).
#[derive(Clone, Debug, thiserror::Error)]
pub enum FilesError {
    /// No space is left.
    #[error("Le disque du dépôt de fichiers est plein. Libérez de la place : le travail reprendra où il s’est arrêté.")]
    Full,
    /// The file is not there.
    #[error("Le fichier n’est plus dans le dépôt.")]
    Missing,
    /// The file is there with another size than the one that was noted.
    #[error("Le fichier du dépôt n’a plus la taille qu’il avait.")]
    Altered,
    /// The store will not let us.
    #[error("Le dépôt de fichiers refuse l’accès. Prévenez l’exploitant.")]
    Refused(String),
    /// No answer in time.
    #[error("Le dépôt de fichiers n’a pas répondu à temps.")]
    Silent,
    /// Anything else.
    #[error("Le dépôt de fichiers ne répond pas.")]
    Away(String),
}

impl FilesError {
    /// What the store said, for the operator.
    pub fn detail(&self) -> &str {
        match self {
            Self::Refused(detail) | Self::Away(detail) => detail,
            _ => "",
        }
    }
}

impl From<object_store::Error> for FilesError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::Missing;
        }
        use std::io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, StorageFull};
        if is(&error, &[StorageFull, QuotaExceeded, FileTooLarge]) {
            return Self::Full;
        }
        let detail = error.to_string();
        tracing::warn!(error = detail, request = number(), "the file store failed");
        let refused = matches!(error, object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. });
        if refused || is(&error, &[PermissionDenied]) { Self::Refused(detail) } else { Self::Away(detail) }
    }
}

/// Whether the system said one of `kinds` somewhere in the chain of causes.
fn is(error: &(dyn std::error::Error + 'static), kinds: &[std::io::ErrorKind]) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|io| kinds.contains(&io.kind())) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A place by its name as it is: what somebody else put in a watched place under an accent is looked for under that accent. A name that
/// no store holds as it is, is written as this library writes it.
fn at(path: &str) -> Path {
    Path::parse(path).unwrap_or_else(|_| Path::from(path))
}

impl Files {
    /// Opens the store of the settings, making its folder when there is none.
    ///
    /// # Errors
    /// One sentence: the folder cannot be written, or the S3 settings are wrong.
    pub fn new(config: &Config) -> Result<Self, String> {
        match config.storage_url.strip_prefix("s3://") {
            None => {
                Ok(Self { folder: Some(PathBuf::from(&config.storage_url)), ..Self::from_store(Arc::new(local(FsPath::new(&config.storage_url))?)) })
            }
            Some(place) => Ok(Self::from_store(s3(place)?)),
        }
    }

    /// Opens the store of the settings as it is, for who only looks: a folder that is not there is made by nobody.
    ///
    /// # Errors
    /// One sentence: there is no such folder, it cannot be written, or the S3 settings are wrong.
    pub fn there(config: &Config) -> Result<Self, String> {
        let folder = (!config.storage_url.starts_with("s3://")).then(|| FsPath::new(&config.storage_url));
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(format!(
                "Le dossier de fichiers « {} » n’existe pas ({}). Le serveur et l’ouvrier le feront à leur départ, si ce nom est le bon et que leur compte le peut.",
                folder.display(),
                if config.storage_url.is_empty() { "STORAGE_URL est vide" } else { "STORAGE_URL" }
            ));
        }
        Self::new(config)
    }

    /// A store made elsewhere (tests: one that fails on purpose).
    pub fn from_store(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, patience: PATIENCE, folder: None }
    }

    /// The same, for people who wait less or longer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Bytes of the disk that holds the files, and those of them that we may still use, when that is a folder.
    pub async fn disk(&self) -> Option<(u64, u64)> {
        let folder = self.folder.clone()?;
        // A disk of the network may be mute.
        let read = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&folder)).await.ok()?;
        let disk = read.inspect_err(|error| tracing::warn!(%error, "the disk of the store could not be read")).ok()?;
        Some((disk.f_blocks.saturating_mul(disk.f_frsize), disk.f_bavail.saturating_mul(disk.f_frsize)))
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// See [`FilesError`]; what was there before is still there.
    pub async fn put(&self, path: &str, body: Bytes) -> Result<(), FilesError> {
        step(PUT, Result::is_err, self.store.put(&at(path), body.into())).await?;
        Ok(())
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn get(&self, path: &str) -> Result<Bytes, FilesError> {
        let read = async { self.store.get(&at(path)).await?.bytes().await };
        Ok(step(GET, Result::is_err, read).await?)
    }

    /// Reads `range` of a file.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn get_range(&self, path: &str, range: std::ops::Range<u64>) -> Result<Bytes, FilesError> {
        Ok(step(GET, Result::is_err, self.store.get_range(&at(path), range)).await?)
    }

    /// The bytes of `range` of a file of `size` bytes, for a person who waits: an answer or a refusal in a bounded time.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn open(&self, path: &str, size: u64, range: std::ops::Range<u64>) -> Result<Bytes, FilesError> {
        let opening = || async {
            if self.size(path).await? != size {
                return Err(FilesError::Altered);
            }
            if range.is_empty() { Ok(Bytes::new()) } else { self.get_range(path, range.clone()).await }
        };
        insist(self.patience, opening).await
    }

    /// The next bytes of a file that was opened: the start was sent, so that the wait may be three times as long.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn next(&self, path: &str, range: std::ops::Range<u64>) -> Result<Bytes, FilesError> {
        insist(self.patience * 3, || self.get_range(path, range.clone())).await
    }

    /// Bytes in the file.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn size(&self, path: &str) -> Result<u64, FilesError> {
        Ok(step(HEAD, Result::is_err, self.store.head(&at(path))).await?.size)
    }

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn delete(&self, path: &str) -> Result<(), FilesError> {
        match step(DELETE, Result::is_err, self.store.delete(&at(path))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The files under `folder` that come after `from` in the order of their names, and were last written before `instant`.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn older(&self, folder: &str, from: &str, instant: DateTime<Utc>) -> Result<Vec<String>, FilesError> {
        let files = self.store.list_with_offset(Some(&at(folder)), &at(from));
        let old = files.try_filter_map(|file| async move { Ok((file.last_modified < instant).then(|| file.location.to_string())) });
        Ok(old.try_collect().await?)
    }

    /// Writes a small file, reads it back and removes it, to know that the store serves.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn probe(&self) -> Result<(), FilesError> {
        let trying = async {
            let (path, body) = ("essai/gardel-check", Bytes::from_static(b"gardel"));
            self.put(path, body.clone()).await?;
            let read = self.get(path).await?;
            self.delete(path).await?;
            if read == body { Ok(()) } else { Err(FilesError::Altered) }
        };
        timeout(self.patience, trying).await.unwrap_or(Err(FilesError::Silent))
    }

    /// Starts a large file, shown under its name only once it is whole.
    ///
    /// # Errors
    /// See [`FilesError`].
    pub async fn begin(&self, path: &str) -> Result<Upload, FilesError> {
        let upload = step(BEGIN, Result::is_err, self.store.put_multipart(&at(path))).await?;
        Ok(Upload(WriteMultipart::new_with_chunk_size(upload, PART_BYTES)))
    }
}

/// Asks again a store that does not answer, as one that restarts does not, until `patience` is over: what it said last is what is
/// told.
async fn insist<T, F: Future<Output = Result<T, FilesError>>>(patience: Duration, ask: impl Fn() -> F) -> Result<T, FilesError> {
    let end = Instant::now() + patience;
    let mut last = FilesError::Silent;
    loop {
        match timeout_at(end, ask()).await {
            Err(_) => return Err(last),
            Ok(Err(error @ FilesError::Away(_))) if Instant::now() + PAUSE < end => last = error,
            Ok(answer) => return answer,
        }
        sleep(PAUSE).await;
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
        step(FINISH, Result::is_err, self.0.finish()).await?;
        Ok(())
    }

    /// Gives the file up.
    pub async fn abort(self) {
        // Nothing was shown under the name; what the store keeps of the parts is its own to sweep.
        let _given_up = self.0.abort().await;
    }
}

/// From here on, what this process writes is closed to everybody but its user and its group, whatever mask it was started
/// with: the files of a folder are rows of people.
pub fn close_to_others() {
    use rustix::fs::Mode;
    use rustix::process::umask;
    // The mask can only be read by giving another one.
    let before = umask(Mode::RWXO);
    umask(before | Mode::RWXO);
}

fn local(folder: &FsPath) -> Result<LocalFileSystem, String> {
    if folder.as_os_str().is_empty() {
        return Err("STORAGE_URL est vide : donnez un dossier, ou s3://….".into());
    }
    let why = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => "ce compte n’en a pas le droit".to_string(),
        std::io::ErrorKind::NotADirectory | std::io::ErrorKind::AlreadyExists => "un fichier porte ce nom".into(),
        std::io::ErrorKind::ReadOnlyFilesystem => "ce disque est en lecture seule".into(),
        std::io::ErrorKind::StorageFull => "le disque est plein".into(),
        _ => error.to_string(),
    };
    let told = |what: &str, error| format!("Le dossier de fichiers « {} » {what} : {}.", folder.display(), why(error));
    if !folder.is_dir() {
        std::fs::create_dir_all(folder).map_err(|error| told("ne peut pas être créé", error))?;
    }
    let probe = folder.join(".gardel-essai");
    std::fs::write(&probe, b"").map_err(|error| told("n’est pas accessible en écriture", error))?;
    let _removed = std::fs::remove_file(&probe);
    LocalFileSystem::new_with_prefix(folder).map_err(|error| format!("STORAGE_URL : {error}."))
}

/// This program was compiled for folders alone.
#[cfg(not(feature = "s3"))]
fn s3(_: &str) -> Result<Arc<dyn ObjectStore>, String> {
    Err("STORAGE_URL (s3) : ce programme a été compilé sans S3, comme celui de la démonstration. Compilez-le avec la fonction « s3 », ou donnez un dossier.".into())
}
