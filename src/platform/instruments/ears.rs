//! The ears: sqlx says each statement and each connection had, with its time, as events of `tracing`; they are counted here and are no lines of
//! the log. Errors and warnings of the log are counted on the way.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::field::{Field, Visit as Fields};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter, Layer};

use super::spans::SpanKind;
use super::spent;
use super::summary::Summary;

/// What sqlx calls a statement that ended, and a connection that was had.
const STATEMENT: &str = "sqlx::query";
const CONNECTION: &str = "sqlx::pool::acquire";

static ERRORS: AtomicU64 = AtomicU64::new(0);
static WARNINGS: AtomicU64 = AtomicU64::new(0);

/// Errors and warnings of the log of this process so far.
pub fn log_events() -> [(&'static str, u64); 2] {
    [("error", ERRORS.load(Ordering::Relaxed)), ("warn", WARNINGS.load(Ordering::Relaxed))]
}

/// Whether sqlx says what it did.
fn is_of_sqlx(metadata: &Metadata<'_>) -> bool {
    [STATEMENT, CONNECTION].contains(&metadata.target())
}

/// Whether an event is for the ears alone: no line of the log. A connection that was had late is a warning, which is one.
pub fn is_measure(metadata: &Metadata<'_>) -> bool {
    is_of_sqlx(metadata) && *metadata.level() > Level::WARN
}

/// What is listened to.
pub struct Heard;

impl Heard {
    fn of(metadata: &Metadata<'_>) -> bool {
        // What Rocket says of an address that does not exist is no fault.
        let fault = *metadata.level() <= Level::WARN && !metadata.target().starts_with("rocket");
        metadata.is_event() && (fault || is_of_sqlx(metadata))
    }
}

impl<S> Filter<S> for Heard {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::of(metadata)
    }

    /// « Sometimes », never « always »: what a look (`enabled!`, which sqlx takes before it speaks) leaves behind in the filters is then looked at
    /// anew before each event, and no line of the log is lost to it.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::of(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(tracing::level_filters::LevelFilter::INFO)
    }
}

/// The layer that counts.
pub struct Ears;

impl<S: Subscriber> Layer<S> for Ears {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        match *metadata.level() {
            Level::ERROR => {
                ERRORS.fetch_add(1, Ordering::Relaxed);
            }
            Level::WARN => {
                WARNINGS.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        if !is_of_sqlx(metadata) {
            return;
        }
        let trace = if metadata.target() == STATEMENT { spent::told() } else { None };
        let mut read = Said { named: trace.is_some(), ..Said::default() };
        event.record(&mut read);
        let Some(time) = read.seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) else { return };
        if metadata.target() != STATEMENT {
            return spent::had(time);
        }
        spent::sent(time);
        if let (Some(trace), Some(summary)) = (trace, read.summary) {
            let name = summary.text();
            let mut attributes = vec![
                ("db.system.name", "postgresql".into()),
                ("db.operation.name", summary.operation.into()),
                ("db.query.summary", name.clone().into()),
            ];
            let counts = [("db.response.returned_rows", read.returned), ("gardel.affected_rows", read.affected)];
            attributes.extend(counts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name, count.into())));
            trace.part((SpanKind::Client, name.into()), time, false, attributes);
        }
    }
}

/// What an event of sqlx says: its time, and where a trace is told, what the statement was.
#[derive(Default)]
struct Said {
    named: bool,
    seconds: Option<f64>,
    summary: Option<Summary>,
    returned: u64,
    affected: u64,
}

impl Fields for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if ["elapsed_secs", "acquired_after_secs"].contains(&field.name()) {
            self.seconds = Some(value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "rows_returned" => self.returned = value,
            "rows_affected" => self.affected = value,
            _ => {}
        }
    }

    /// The first words of the statement, then the whole of it when there is more.
    fn record_str(&mut self, field: &Field, value: &str) {
        if self.named && ["summary", "db.statement"].contains(&field.name()) && !value.is_empty() {
            self.summary = Some(Summary::of(value));
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
