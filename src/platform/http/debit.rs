//! How far a form with files is read ahead of what is made of it. Its reader keeps in memory all that comes at once, and the
//! headers of a part until they end: here it stops, takes what it has, and comes back.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes read at once: then what came is looked at.
const STEP: usize = 32 * 1024;
/// Bytes read without anything to give out of them, at most: the headers of a part are much shorter.
const AHEAD_MAX: usize = 64 * 1024;

/// Bytes read since something was given out.
#[derive(Debug, Default)]
pub struct Avance(AtomicUsize);

impl Avance {
    /// A part begins, or some of its bytes were given out.
    pub fn given(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A stream that is read by steps, and no further than [`AHEAD_MAX`] while nothing is given out of it.
pub struct Debit<R> {
    stream: R,
    avance: Arc<Avance>,
    /// Bytes of this step.
    step: usize,
}

impl<R> Debit<R> {
    /// Reads `stream`; who gives out tells `avance`.
    pub fn new(stream: R, avance: Arc<Avance>) -> Self {
        Self { stream, avance, step: 0 }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Debit<R> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.step >= STEP {
            self.step = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.step == 0 && self.avance.0.load(Ordering::Relaxed) >= AHEAD_MAX {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the headers of a part do not end")));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        self.step += count;
        self.avance.0.fetch_add(count, Ordering::Relaxed);
        read
    }
}
