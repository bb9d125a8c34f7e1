//! What one request, or one run of a job, spends: it goes with the task that does the work, so that a statement is counted where
//! it is asked for and no function has to carry it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::times::{Times, nanos};
use super::trail::Trail;

/// Bounds of the times of statements, in microseconds.
const STATEMENT_BOUNDS: &[u64] =
    &[500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];
/// Bounds of the waits for a connection, in microseconds.
const WAIT_BOUNDS: &[u64] = &[100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 2_500_000, 5_000_000];

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
}

impl Spent {
    /// Nothing yet, under `number`, at its place in a trace if it has one.
    pub fn new(origin: Origin, number: String, trail: Option<Trail>) -> Self {
        Self {
            origin,
            number,
            trail,
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

/// The number of the request that is being answered, or that asked for the job that runs, and its place in a trace.
pub fn current() -> (Option<String>, Option<String>) {
    let said = SPENT.try_with(|spent| (Some(spent.number.clone()), spent.trail().map(Trail::traceparent)));
    let (number, trail) = said.unwrap_or_default();
    (number.filter(|number| !number.is_empty()), trail)
}

/// Notes that the cache had a fragment, or had not.
pub fn cached(hit: bool) {
    // Outside of a request there is nobody to tell.
    let _beside = SPENT.try_with(|spent| {
        let count = if hit { &spent.hits } else { &spent.misses };
        count.fetch_add(1, Ordering::Relaxed);
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
        spent.origin
    });
    WAITS[origin.unwrap_or(Origin::Other) as usize].observe(time);
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
    Ok(())
}
