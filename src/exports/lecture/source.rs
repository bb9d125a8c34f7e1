//! A file of the object store as a blocking, seekable reader: nothing is copied to a disk.

use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use tokio::runtime::Handle;

use crate::platform::store::{Files, FilesError};

/// Bytes read at once.
const BLOCK_BYTES: u64 = 256 * 1024;

/// A file of the store, at a position. Only for threads that may block.
#[derive(Clone)]
pub struct Distant {
    files: Files,
    path: String,
    size: u64,
    position: u64,
    handle: Handle,
    /// Bytes already there, and where they begin.
    block: Bytes,
    block_start: u64,
}

impl Distant {
    /// Opens a file. Called where the runtime is; read on a thread that may block.
    ///
    /// # Errors
    /// The file is not there, or the store failed.
    pub async fn open(files: &Files, path: &str) -> Result<Self, FilesError> {
        let size = files.size(path).await?;
        Ok(Self { files: files.clone(), path: path.into(), size, position: 0, handle: Handle::current(), block: Bytes::new(), block_start: 0 })
    }

    fn fetch(&self, start: u64, end: u64) -> io::Result<Bytes> {
        self.handle.block_on(self.files.get_range(&self.path, start..end)).map_err(io::Error::other)
    }
}

impl Read for Distant {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || bytes.is_empty() {
            return Ok(0);
        }
        let inside = self.position >= self.block_start && self.position < self.block_start + self.block.len() as u64;
        if !inside {
            self.block = self.fetch(self.position, (self.position + BLOCK_BYTES).min(self.size))?;
            self.block_start = self.position;
        }
        let from = usize::try_from(self.position - self.block_start).map_err(io::Error::other)?;
        let count = bytes.len().min(self.block.len().saturating_sub(from));
        bytes[..count].copy_from_slice(&self.block[from..from + count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Distant {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(back) => self.size.checked_add_signed(back),
            SeekFrom::Current(step) => self.position.checked_add_signed(step),
        };
        self.position = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl Length for Distant {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Distant {
    type T = Self;

    fn get_read(&self, start: u64) -> Result<Self, ParquetError> {
        Ok(Self { position: start, ..self.clone() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.saturating_add(length as u64).min(self.size);
        self.fetch(start, end).map_err(|error| ParquetError::General(error.to_string()))
    }
}
