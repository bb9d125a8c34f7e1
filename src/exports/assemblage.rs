//! From pieces to a file: read back from the store, dressed in the format, hashed and sent to the store,
//! all at once and in constant memory. The dressing is plain blocking code on a thread of its own,
//! between two bounded channels: it never holds the threads of the worker, nor its heartbeats.

use std::io::{self, BufRead, Read, Write};

use bytes::{Buf, Bytes, BytesMut};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::queries::Piece;
use super::tableur::Book;
use super::{ods, parquet, xlsx};
use crate::listing::Format;
use crate::platform::jobs::{JobError, Run};
use crate::platform::store::{Files, FilesError, Upload};
use crate::platform::token::hexadecimal;

/// Bytes read back at once from a piece.
const READ_BYTES: u64 = 1024 * 1024;
/// Bytes of the file handed over at once.
const WRITE_BYTES: usize = 256 * 1024;
/// Blocks that may wait between two steps.
const BLOCKS: usize = 2;

/// A file that stands whole in the store.
pub struct Assembled {
    /// Its bytes.
    pub bytes: i64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// Puts `pieces` together under `path`. Concatenated when the format allows it, dressed by `book` else.
///
/// # Errors
/// The store failed, the run is no longer wanted, or the pieces do not hold what was noted.
pub async fn assemble(files: &Files, run: &Run, path: &str, format: Format, pieces: &[Piece], book: Book) -> Result<Assembled, JobError> {
    let mut upload = files.begin(path).await?;
    let sent = if format.is_text() {
        let mut file = Hashed::default();
        concatenate(files, run, pieces, &mut upload, &mut file).await.map(|()| file)
    } else {
        dress(files, run, pieces, &mut upload, format, book).await
    };
    match sent {
        Ok(file) => {
            upload.finish().await?;
            Ok(file.end())
        }
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

/// What went into the file so far.
#[derive(Default)]
struct Hashed {
    digest: Sha256,
    bytes: i64,
}

impl Hashed {
    async fn push(&mut self, upload: &mut Upload, part: Bytes) -> Result<(), FilesError> {
        self.digest.update(&part);
        self.bytes += i64::try_from(part.len()).unwrap_or(0);
        upload.push(part).await
    }

    fn end(self) -> Assembled {
        Assembled { bytes: self.bytes, sha256: hexadecimal(&self.digest.finalize()) }
    }
}

async fn concatenate(files: &Files, run: &Run, pieces: &[Piece], upload: &mut Upload, file: &mut Hashed) -> Result<(), JobError> {
    for piece in pieces {
        let (size, mut from) = (size(piece), 0);
        while from < size {
            run.still_wanted()?;
            let part = range(files, piece, from, size).await?;
            from += part.len() as u64;
            file.push(upload, part).await?;
        }
    }
    Ok(())
}

async fn dress(files: &Files, run: &Run, pieces: &[Piece], upload: &mut Upload, format: Format, book: Book) -> Result<Hashed, JobError> {
    let (feed, fed) = channel::<Bytes>(BLOCKS);
    let (made, mut taken) = channel::<Bytes>(BLOCKS);
    let work = tokio::task::spawn_blocking(move || {
        let mut source = Source { blocks: fed, block: Bytes::new() };
        let sink = Sink { blocks: made, block: BytesMut::with_capacity(WRITE_BYTES) };
        let mut sink = match format {
            Format::Xlsx => xlsx::write(&book, &mut source, sink),
            Format::Ods => ods::write(&book, &mut source, sink),
            _ => parquet::write(&book, &mut source, sink),
        }?;
        sink.flush()?;
        if source.fill_buf()?.is_empty() { Ok(()) } else { Err(io::Error::other("plus de lignes que prévu dans les morceaux")) }
    });
    let feeding = async {
        // Dropped at its end: the writer then sees the end of the rows.
        let feed = feed;
        for piece in pieces {
            let (size, mut from) = (size(piece), 0);
            while from < size {
                run.still_wanted()?;
                let part = range(files, piece, from, size).await?;
                from += part.len() as u64;
                if feed.send(part).await.is_err() {
                    // The writer has stopped: it says why below.
                    return Ok(());
                }
            }
        }
        Ok::<_, JobError>(())
    };
    let taking = async {
        let mut file = Hashed::default();
        while let Some(part) = taken.recv().await {
            run.still_wanted()?;
            file.push(upload, part).await?;
        }
        Ok(file)
    };
    // When one fails the other is dropped with its channel, and the writer ends by itself.
    let fed_and_taken = tokio::try_join!(feeding, taking);
    let written = match fed_and_taken {
        Ok(((), file)) => file,
        Err(error) => {
            drop(taken);
            return Err(error);
        }
    };
    match work.await {
        Ok(Ok(())) => Ok(written),
        Ok(Err(error)) => Err(JobError::Retry(format!("Le fichier n’a pas pu être écrit : {error}."))),
        Err(error) => Err(JobError::Retry(format!("L’écriture du fichier s’est interrompue : {error}."))),
    }
}

fn size(piece: &Piece) -> u64 {
    u64::try_from(piece.octets).unwrap_or(0)
}

async fn range(files: &Files, piece: &Piece, from: u64, size: u64) -> Result<Bytes, JobError> {
    let part = files.get_range(&piece.cle, from..(from + READ_BYTES).min(size)).await?;
    if part.is_empty() {
        return Err(FilesError::Missing.into());
    }
    Ok(part)
}

/// The pieces, as a blocking reader.
struct Source {
    blocks: Receiver<Bytes>,
    block: Bytes,
}

impl Read for Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.len().min(bytes.len());
        self.block.copy_to_slice(&mut bytes[..count]);
        Ok(count)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.block.is_empty() {
            match self.blocks.blocking_recv() {
                Some(block) => self.block = block,
                None => break,
            }
        }
        Ok(&self.block)
    }

    fn consume(&mut self, count: usize) {
        self.block.advance(count.min(self.block.len()));
    }
}

/// The file, as a blocking writer.
struct Sink {
    blocks: Sender<Bytes>,
    block: BytesMut,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= WRITE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.block, BytesMut::with_capacity(WRITE_BYTES));
        self.blocks.blocking_send(full.freeze()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
