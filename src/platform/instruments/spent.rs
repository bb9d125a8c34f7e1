//! What one request, or one run of a job, spends: it goes with the task that does the work, so that a statement is counted where
//! it is asked for and no function has to carry it.

use std::borrow::Cow;
use std::future::Future;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::spans::{Attributes, Moment, Span, SpanKind, emit};
use super::times::{Times, nanos};
use super::trail::{Trail, drawn};
use crate::platform::clock::Clock;

/// Bounds of the times of statements, in microseconds.
const STATEMENT_BOUNDS: &[u64] =
    &[500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];
/// Bounds of the waits for a connection, in microseconds.
const WAIT_BOUNDS: &[u64] = &[100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 2_500_000, 5_000_000];

/// Spans of one request or run, its own left out: of those that come after, the number alone is told.
const PARTS_MAX: u32 = 256;
/// Moments of one request or run that are kept.
const MOMENTS_MAX: usize = 128;
/// A shorter wait for a connection is told by its sum alone.
const WAIT_TOLD: Duration = Duration::from_millis(1);

/// For what a statement is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The answer to a request.
    Request,
    /// The run of a job.
    Job,
    /// What goes on beside: probes, upkeep, heartbeats.
    Other,
}

impl Origin {
    const ALL: [Self; 3] = [Self::Request, Self::Job, Self::Other];

    fn label(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Job => "job",
            Self::Other => "other",
        }
    }
}

/// Times of the statements of this process, by origin.
static STATEMENTS: [Times; Origin::ALL.len()] = [const { Times::new(STATEMENT_BOUNDS) }; Origin::ALL.len()];
/// Waits of this process for a connection, by origin.
static WAITS: [Times; Origin::ALL.len()] = [const { Times::new(WAIT_BOUNDS) }; Origin::ALL.len()];
/// Waits of requests for a place among those of their room.
static PLACES: Times = Times::new(WAIT_BOUNDS);

tokio::task_local! {
    static SPENT: Arc<Spent>;
}

/// What is spent for one request or one run of a job.
#[derive(Debug)]
pub struct Spent {
    origin: Origin,
    /// Number of the request, or of the one that asked for the job.
    number: String,
    trail: Option<Trail>,
    statements: AtomicU32,
    sql_nanos: AtomicU64,
    waited_nanos: AtomicU64,
    busy_nanos: AtomicU64,
    hits: AtomicU32,
    misses: AtomicU32,
    /// What its spans are made of, when its trace is sent.
    account: Option<Account>,
}

/// What is kept of a request or a run until its span is sent.
#[derive(Debug)]
struct Account {
    /// The same instant by the two clocks: within a trace no span begins before the one that it is a part of.
    began: (Instant, u64),
    /// Spans that were sent, and would have been.
    parts: AtomicU32,
    moments: Mutex<Vec<Moment>>,
    moments_left: AtomicU32,
}

impl Account {
    fn new() -> Self {
        let wall = Clock::System.now().timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or(0);
        Self { began: (Instant::now(), wall), parts: AtomicU32::new(0), moments: Mutex::default(), moments_left: AtomicU32::new(0) }
    }

    /// Nanoseconds since 1970.
    fn now(&self) -> u64 {
        self.began.1.saturating_add(nanos(self.began.0.elapsed()))
    }
}

impl Spent {
    /// Nothing yet, under `number`, at its place in a trace if it has one.
    pub fn new(origin: Origin, number: String, trail: Option<Trail>) -> Self {
        let account = trail.as_ref().is_some_and(Trail::is_sent).then(Account::new);
        Self {
            origin,
            number,
            trail,
            account,
            statements: AtomicU32::new(0),
            sql_nanos: AtomicU64::new(0),
            waited_nanos: AtomicU64::new(0),
            busy_nanos: AtomicU64::new(0),
            hits: AtomicU32::new(0),
            misses: AtomicU32::new(0),
        }
    }

    /// Does `work`, whose statements are counted here.
    pub fn during<F: Future>(self: &Arc<Self>, work: F) -> impl Future<Output = F::Output> + use<F> {
        SPENT.scope(Arc::clone(self), work)
    }

    /// Number of the request; of the one that asked for the job; empty when nobody did.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Its place in a trace.
    pub fn trail(&self) -> Option<&Trail> {
        self.trail.as_ref()
    }

    /// Statements sent, and the nanoseconds that they took.
    pub fn sql(&self) -> (u32, u64) {
        (self.statements.load(Ordering::Relaxed), self.sql_nanos.load(Ordering::Relaxed))
    }

    /// Nanoseconds of waiting for a connection.
    pub fn waited(&self) -> u64 {
        self.waited_nanos.load(Ordering::Relaxed)
    }

    /// Nanoseconds during which the work itself ran, waits left out.
    pub fn busy(&self) -> u64 {
        self.busy_nanos.load(Ordering::Relaxed)
    }

    /// Fragments found in the cache, and made.
    pub fn cache(&self) -> (u32, u32) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }

    /// Notes that the work itself ran.
    pub fn ran(&self, time: Duration) {
        self.busy_nanos.fetch_add(nanos(time), Ordering::Relaxed);
    }
}

/// Spans.
impl Spent {
    /// Whether what is done here is told by spans.
    pub fn is_told(&self) -> bool {
        self.account.is_some()
    }

    /// Sends the span of something that took `time` and just ended. After [`PARTS_MAX`] of them it is counted.
    pub(super) fn part(&self, (kind, name): (SpanKind, Cow<'static, str>), time: Duration, failed: bool, attributes: Attributes) {
        let (Some(account), Some(trail)) = (&self.account, &self.trail) else { return };
        if account.parts.fetch_add(1, Ordering::Relaxed) >= PARTS_MAX {
            return;
        }
        let ((trace, id, _), end) = (trail.places(), account.now());
        let start = end.saturating_sub(nanos(time)).max(account.began.1);
        let span =
            Span { trace, id: drawn(), parent: Some((id, false)), name, kind, start, end, attributes, moments: Vec::new(), moments_left: 0, failed };
        emit(span);
    }

    /// Keeps something that happens now for the span of the whole.
    fn moment(&self, name: &'static str, attributes: Attributes) {
        let Some(account) = &self.account else { return };
        // A poisoned lock: another task panicked beside it, what is kept is whole.
        let mut moments = account.moments.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if moments.len() < MOMENTS_MAX {
            moments.push(Moment { at: account.now(), name, attributes });
        } else {
            account.moments_left.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends the span of the whole, which ends now, with what was spent.
    pub fn tell(&self, (kind, name): (SpanKind, String), failed: bool, mut attributes: Attributes) {
        let (Some(account), Some(trail)) = (&self.account, &self.trail) else { return };
        let ((trace, id, parent), (statements, sql), (hits, misses)) = (trail.places(), self.sql(), self.cache());
        if !self.number.is_empty() {
            attributes.push(("gardel.request", self.number.clone().into()));
        }
        let sums = [
            ("gardel.sql.statements", u64::from(statements)),
            ("gardel.sql.microseconds", sql / 1_000),
            ("gardel.pool.wait_microseconds", self.waited() / 1_000),
            ("gardel.cache.hits", hits.into()),
            ("gardel.cache.misses", misses.into()),
            ("gardel.spans_left", account.parts.load(Ordering::Relaxed).saturating_sub(PARTS_MAX).into()),
        ];
        attributes.extend(sums.into_iter().filter(|(_, sum)| *sum > 0).map(|(name, sum)| (name, sum.into())));
        // See `moment`.
        let moments = std::mem::take(&mut *account.moments.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let moments_left = account.moments_left.load(Ordering::Relaxed);
        let (start, end) = (account.began.1, account.now());
        let parent = parent.map(|parent| (parent, true));
        emit(Span { trace, id, parent, name: name.into(), kind, start, end, attributes, moments, moments_left, failed });
    }
}

/// What is spent by the task at work, when that is told by spans.
pub(super) fn told() -> Option<Arc<Spent>> {
    SPENT.try_with(|spent| spent.is_told().then(|| Arc::clone(spent))).ok().flatten()
}

/// Notes in the trace, if there is one, that something happened, with its numbers.
pub fn happened(name: &'static str, numbers: &[(&'static str, i64)]) {
    if let Some(spent) = told() {
        spent.moment(name, numbers.iter().map(|(name, number)| (*name, (*number).into())).collect());
    }
}

/// The number of the request that is being answered, or that asked for the job that runs, and its place in a trace.
pub fn current() -> (Option<String>, Option<String>) {
    let said = SPENT.try_with(|spent| (Some(spent.number.clone()), spent.trail().map(Trail::traceparent)));
    let (number, trail) = said.unwrap_or_default();
    (number.filter(|number| !number.is_empty()), trail)
}

/// The number of the request that is being answered, or that asked for the job that runs; empty when nobody did.
pub fn number() -> String {
    SPENT.try_with(|spent| spent.number.clone()).unwrap_or_default()
}

/// Notes that the cache had a fragment, or had not.
pub fn cached(hit: bool) {
    // Outside of a request there is nobody to tell.
    let _beside = SPENT.try_with(|spent| {
        let count = if hit { &spent.hits } else { &spent.misses };
        count.fetch_add(1, Ordering::Relaxed);
        spent.moment(if hit { "cache hit" } else { "cache miss" }, Vec::new());
    });
}

/// Notes one statement.
pub(super) fn sent(time: Duration) {
    let origin = SPENT.try_with(|spent| {
        spent.statements.fetch_add(1, Ordering::Relaxed);
        spent.sql_nanos.fetch_add(nanos(time), Ordering::Relaxed);
        spent.origin
    });
    STATEMENTS[origin.unwrap_or(Origin::Other) as usize].observe(time);
}

/// Notes one wait for a connection.
pub(super) fn had(time: Duration) {
    let origin = SPENT.try_with(|spent| {
        spent.waited_nanos.fetch_add(nanos(time), Ordering::Relaxed);
        if time >= WAIT_TOLD {
            spent.part((SpanKind::Internal, "pool wait".into()), time, false, Vec::new());
        }
        spent.origin
    });
    WAITS[origin.unwrap_or(Origin::Other) as usize].observe(time);
}

/// Notes that a request waited for a place in its room, which it got or not.
pub fn seated(time: Duration) {
    // Outside of a request nobody has a place.
    let _beside = SPENT.try_with(|spent| spent.waited_nanos.fetch_add(nanos(time), Ordering::Relaxed));
    PLACES.observe(time);
}

/// Statements that this process sent since its start.
pub fn statements() -> u64 {
    STATEMENTS.iter().map(Times::count).sum()
}

/// Writes the times of the statements and of the waits.
///
/// # Errors
/// The text could not be written.
pub fn write_spent(encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
    let told = [
        ("sql_duration", "Time of each SQL statement.", &STATEMENTS),
        ("pool_wait", "Time to get a connection of the pool, for those who got one.", &WAITS),
    ];
    for (name, help, all) in told {
        let mut metric = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for origin in Origin::ALL {
            all[origin as usize].write(&mut metric, &[("origin", origin.label())])?;
        }
    }
    let help = "Time that a request waited for a place among those of its room, got or not.";
    let mut metric = encoder.encode_descriptor("place_wait", help, Some(&Unit::Seconds), MetricType::Histogram)?;
    PLACES.write(&mut metric, &[] as &[(&str, &str); 0])
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::SubscriberExt;

    use super::super::ears::{Ears, Heard};
    use super::super::sampling::Sampler;
    use super::super::spans::{Told, essai};
    use super::*;

    fn sampler(word: &str) -> Sampler {
        Sampler::read(Some(word), None).expect(word)
    }

    /// What is sent of `work`, done for a request.
    fn sent(word: &str, work: impl FnOnce(&Arc<Spent>)) -> Vec<Span> {
        essai::sent(sampler(word), || {
            let spent = Arc::new(Spent::new(Origin::Request, "n".into(), Trail::after(None)));
            SPENT.sync_scope(Arc::clone(&spent), || work(&spent));
            spent.tell((SpanKind::Server, "GET /x".into()), false, Vec::new());
        })
    }

    fn told<'s>(span: &'s Span, name: &str) -> Option<&'s Told> {
        span.attributes.iter().find_map(|(known, value)| (*known == name).then_some(value))
    }

    #[test]
    fn what_is_sent_of_one_request_is_bounded_and_the_rest_is_counted() {
        let spans = sent("always_on", |spent| {
            had(Duration::from_micros(999));
            had(Duration::from_millis(2));
            (0..300).for_each(|_| spent.part((SpanKind::Client, "x".into()), Duration::from_secs(9), false, Vec::new()));
            (0..200).for_each(|step| happened("checkpoint", &[("gardel.rows.done", step)]));
            cached(true);
        });
        let (whole, parts) = spans.split_last().expect("spans");
        assert_eq!((parts.len(), whole.parent), (256, None));
        assert_eq!(parts.iter().filter(|span| span.name == "pool wait").count(), 1, "the shorter one is in the sum alone");
        assert_eq!(told(whole, "gardel.pool.wait_microseconds"), Some(&Told::Number(2_999)));
        assert_eq!((told(whole, "gardel.spans_left"), told(whole, "gardel.cache.hits")), (Some(&Told::Number(45)), Some(&Told::Number(1))));
        assert_eq!((whole.moments.len(), whole.moments_left), (128, 73));
        for part in parts {
            assert_eq!((part.trace, part.parent), (whole.trace, Some((whole.id, false))));
            assert!(whole.start <= part.start && part.start <= part.end && part.end <= whole.end, "{part:?}");
        }
    }

    #[test]
    fn what_is_not_sent_makes_nothing() {
        let spans = sent("always_off", |spent| {
            assert!(!spent.is_told() && super::told().is_none());
            assert!(current().1.is_some_and(|trail| trail.ends_with("-00")), "its job will know");
            had(Duration::from_secs(1));
            cached(false);
        });
        assert!(spans.is_empty(), "{spans:?}");
    }

    /// A statement is told by its name and its rows: of its text, nothing.
    #[test]
    fn a_statement_that_sqlx_tells_is_a_part() {
        let said = |sql: &str| {
            let (summary, whole) = ("SELECT a".to_string(), sql.to_string());
            tracing::info!(target: "sqlx::query", summary, db.statement = whole, rows_affected = 0_u64, rows_returned = 7_u64, elapsed_secs = 0.001);
        };
        let spans = tracing::subscriber::with_default(tracing_subscriber::registry().with(Ears.with_filter(Heard)), || {
            sent("always_on", |_| {
                said("\n\nSELECT a FROM sejour WHERE nom = 'dupont' AND x = $1\n");
                said("");
            })
        });
        assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["SELECT sejour", "SELECT", "GET /x"]);
        assert_eq!(told(&spans[0], "db.response.returned_rows"), Some(&Told::Number(7)));
        assert_eq!(told(&spans[2], "gardel.sql.statements"), Some(&Told::Number(2)));
        assert!(!format!("{spans:?}").contains("dupont"));
    }
}
