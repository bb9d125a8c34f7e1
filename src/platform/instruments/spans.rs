//! What traces are made of: spans, each the time that one thing took, at its place in a trace. They are put in a queue that never makes anybody
//! wait; `platform/otlp` takes them from there. Where nobody asked for traces there is no queue, and nothing is made.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::sampling::Sampler;

/// What a span is of, by its number in OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// Something done in the program itself.
    Internal = 1,
    /// The answer to a request.
    Server = 2,
    /// Something asked of another program.
    Client = 3,
    /// The run of a job.
    Consumer = 5,
}

/// A value that a span tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A word of the program, or a pattern that it declares: never something that a person typed.
    Word(Cow<'static, str>),
    /// A number.
    Number(i64),
}

impl From<&'static str> for Told {
    fn from(word: &'static str) -> Self {
        Self::Word(Cow::Borrowed(word))
    }
}

impl From<String> for Told {
    fn from(word: String) -> Self {
        Self::Word(Cow::Owned(word))
    }
}

impl From<u64> for Told {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Told {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u16> for Told {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<i64> for Told {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Values under their names, which follow the semantic conventions of OpenTelemetry, or begin with `gardel.`.
pub type Attributes = Vec<(&'static str, Told)>;

/// Something that happened at an instant of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds since 1970.
    pub at: u64,
    /// What happened.
    pub name: &'static str,
    /// More of it.
    pub attributes: Attributes,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Number of its trace.
    pub trace: u128,
    /// Its own number.
    pub id: u64,
    /// Number of the span that it is a part of, and whether that is another program's.
    pub parent: Option<(u64, bool)>,
    /// What took that time.
    pub name: Cow<'static, str>,
    /// See [`SpanKind`].
    pub kind: SpanKind,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// See [`Span::start`].
    pub end: u64,
    /// What is told of it.
    pub attributes: Attributes,
    /// What happened meanwhile.
    pub moments: Vec<Moment>,
    /// Moments that were not kept.
    pub moments_left: u32,
    /// Whether it failed.
    pub failed: bool,
}

/// Where spans go.
struct Outlet {
    sampler: Sampler,
    queue: Sender<Span>,
}

static OUTLET: OnceLock<Outlet> = OnceLock::new();
/// Spans that a collector took, that found the queue full, and that no collector took.
static SENT: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicU64 = AtomicU64::new(0);

/// Has spans put in a queue of `length`, from which the caller takes them. Once in the life of a process: nothing the second time.
pub fn open_outlet(sampler: Sampler, length: usize) -> Option<Receiver<Span>> {
    let (queue, spans) = mpsc::channel(length);
    OUTLET.set(Outlet { sampler, queue }).is_ok().then_some(spans)
}

/// Who decides which traces are sent; nothing where none is.
pub(super) fn sampler() -> Option<Sampler> {
    #[cfg(test)]
    if let Some(sampler) = essai::sampler() {
        return Some(sampler);
    }
    OUTLET.get().map(|outlet| outlet.sampler)
}

/// Puts a span in the queue. One that finds it full is lost, and counted.
pub(super) fn emit(span: Span) {
    #[cfg(test)]
    let Some(span) = essai::kept(span) else { return };
    if let Some(outlet) = OUTLET.get()
        && outlet.queue.try_send(span).is_err()
    {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Notes spans that a collector took.
pub fn note_sent(count: u64) {
    SENT.fetch_add(count, Ordering::Relaxed);
}

/// Notes spans that no collector took.
pub fn note_failed(count: u64) {
    FAILED.fetch_add(count, Ordering::Relaxed);
}

/// What became of the spans of this process.
pub fn span_fates() -> [(&'static str, u64); 3] {
    [("sent", &SENT), ("dropped", &DROPPED), ("failed", &FAILED)].map(|(state, count)| (state, count.load(Ordering::Relaxed)))
}

/// An outlet of one thread, for the tests: that of the process would be everybody's.
#[cfg(test)]
pub(super) mod essai {
    use std::cell::RefCell;

    use super::{Sampler, Span};

    thread_local! {
        static KEPT: RefCell<Option<(Sampler, Vec<Span>)>> = const { RefCell::new(None) };
    }

    pub(in crate::platform::instruments) fn sampler() -> Option<Sampler> {
        KEPT.with_borrow(|kept| kept.as_ref().map(|(sampler, _)| *sampler))
    }

    /// Keeps a span, or gives it back where nobody listens.
    pub(super) fn kept(span: Span) -> Option<Span> {
        KEPT.with_borrow_mut(|kept| match kept {
            Some((_, spans)) => {
                spans.push(span);
                None
            }
            None => Some(span),
        })
    }

    /// What `work` sends on this thread.
    pub(in crate::platform::instruments) fn sent(sampler: Sampler, work: impl FnOnce()) -> Vec<Span> {
        KEPT.set(Some((sampler, Vec::new())));
        work();
        KEPT.take().map(|(_, spans)| spans).unwrap_or_default()
    }
}
