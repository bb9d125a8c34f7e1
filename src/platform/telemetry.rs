//! Logs and metrics. One line per request through a writer that never blocks it; metrics in base
//! units, labelled by the name of the route and never by a person.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use super::config::LogFormat;

/// Starts the log of the process; keep the guard until the end, it flushes the last lines.
pub fn start_log(format: LogFormat) -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let filter = EnvFilter::try_from_env("GARDEL_LOG").unwrap_or_else(|_| EnvFilter::new("warn,gardel=info,rocket=off"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(true);
    // A second start (tests) keeps the first log.
    let _already_started = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Texte => builder.compact().try_init(),
    };
    guard
}

/// Labels of a request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct RequestLabels {
    /// Name of the route, `autre` when none matched.
    pub route: String,
    /// HTTP status.
    pub status: u16,
}

/// Labels of a time by route.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct RouteLabel {
    /// Name of the route.
    pub route: String,
}

/// Labels of a count of jobs.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct JobLabels {
    /// Queue.
    pub queue: String,
    /// State of the job, or outcome of a run.
    pub state: String,
}

/// Labels of one queue.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct QueueLabel {
    /// Queue.
    pub queue: String,
}

/// Everything a process counts.
pub struct Metrics {
    registry: Registry,
    /// Requests by route and status.
    pub requests: Family<RequestLabels, Counter>,
    /// Time to answer.
    pub request_seconds: Family<RouteLabel, Histogram>,
    /// Runs of jobs by queue and outcome.
    pub job_runs: Family<JobLabels, Counter>,
    /// Time of a run.
    pub job_seconds: Family<QueueLabel, Histogram>,
    /// Time between the moment a job could run and its start.
    pub job_wait_seconds: Family<QueueLabel, Histogram>,
    /// Workers seen less than a lease ago, read from the database when asked for.
    pub workers: Gauge,
    /// 1 for a paused queue, read the same way.
    pub queue_paused: Family<QueueLabel, Gauge>,
    /// Workers alive that serve a queue, read the same way.
    pub queue_workers: Family<QueueLabel, Gauge>,
    /// Heavy readings that wait, read the same way.
    pub heavy_waiting: Gauge,
    /// Jobs by queue and state, read from the database when asked for.
    pub jobs: Family<JobLabels, Gauge>,
    /// Age of the oldest job that could run now.
    pub oldest_ready_seconds: Family<QueueLabel, Gauge<f64, AtomicU64>>,
    /// SQL statements.
    pub statements: Gauge,
    /// Fragments found in the cache.
    pub cache_hits: Gauge,
    /// Fragments that had to be made.
    pub cache_misses: Gauge,
    /// Ready export files that the last controls found wrong.
    pub export_faults: Gauge,
}

fn request_times() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

fn job_waits() -> Histogram {
    Histogram::new([0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0])
}

fn job_times() -> Histogram {
    Histogram::new([0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("gardel");
        let requests = Family::default();
        registry.register("http_requests", "Requests by route and status", requests.clone());
        let request_seconds = Family::new_with_constructor(request_times as fn() -> Histogram);
        registry.register_with_unit("http_request_duration", "Time to answer", Unit::Seconds, request_seconds.clone());
        let job_runs = Family::default();
        registry.register("job_runs", "Runs of jobs by queue and outcome", job_runs.clone());
        let job_seconds = Family::new_with_constructor(job_times as fn() -> Histogram);
        registry.register_with_unit("job_run_duration", "Time of a run", Unit::Seconds, job_seconds.clone());
        let job_wait_seconds = Family::new_with_constructor(job_waits as fn() -> Histogram);
        registry.register_with_unit("job_wait", "Time between the moment a job could run and its start", Unit::Seconds, job_wait_seconds.clone());
        let (workers, queue_paused, queue_workers, heavy_waiting) = (Gauge::default(), Family::default(), Family::default(), Gauge::default());
        registry.register("workers", "Workers alive", workers.clone());
        registry.register("queue_paused", "1 for a paused queue", queue_paused.clone());
        registry.register("queue_workers", "Workers alive that serve a queue", queue_workers.clone());
        registry.register("job_heavy_waiting", "Heavy readings that wait for their turn", heavy_waiting.clone());
        let jobs = Family::default();
        registry.register("jobs", "Jobs by queue and state", jobs.clone());
        let oldest_ready_seconds = Family::default();
        registry.register_with_unit("job_oldest_ready", "Age of the oldest job that could run now", Unit::Seconds, oldest_ready_seconds.clone());
        let (statements, cache_hits, cache_misses) = (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("sql_statements", "SQL statements sent since the start", statements.clone());
        registry.register("cache_hits", "Fragments found in the cache since the start", cache_hits.clone());
        registry.register("cache_misses", "Fragments made since the start", cache_misses.clone());
        let export_faults = Gauge::default();
        registry.register("export_controle_echecs", "Ready export files that the nightly control found wrong", export_faults.clone());
        Self {
            registry,
            requests,
            request_seconds,
            job_runs,
            job_seconds,
            job_wait_seconds,
            workers,
            queue_paused,
            queue_workers,
            heavy_waiting,
            jobs,
            oldest_ready_seconds,
            statements,
            cache_hits,
            cache_misses,
            export_faults,
        }
    }
}

impl Metrics {
    /// Notes one answer.
    pub fn answered(&self, route: &str, status: u16, time: Duration) {
        self.requests.get_or_create(&RequestLabels { route: route.into(), status }).inc();
        self.request_seconds.get_or_create(&RouteLabel { route: route.into() }).observe(time.as_secs_f64());
    }

    /// Notes one run of a job.
    pub fn ran(&self, queue: &str, outcome: &str, time: Duration) {
        self.job_runs.get_or_create(&JobLabels { queue: queue.into(), state: outcome.into() }).inc();
        self.job_seconds.get_or_create(&QueueLabel { queue: queue.into() }).observe(time.as_secs_f64());
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        let mut body = String::new();
        match text::encode(&mut body, &self.registry) {
            Ok(()) => body,
            Err(error) => format!("# {error}\n"),
        }
    }
}
