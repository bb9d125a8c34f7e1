//! Logs and metrics. One line per request through a writer that never blocks it; metrics in base
//! units, labelled by the name of the route and never by a person.

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

/// Labels of what is in one state or another.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct StateLabel {
    /// State.
    pub state: String,
}

/// Labels of one kind.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct KindLabel {
    /// Kind.
    pub kind: String,
}

/// Labels of one table.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct TableLabel {
    /// Table.
    pub table: String,
}

/// Labels of one replica.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ReplicaLabel {
    /// Its number in the settings.
    pub replica: String,
}

/// Labels of the runs of one kind of job.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct RunLabels {
    /// Queue.
    pub queue: String,
    /// Name of the job.
    pub job: String,
}

/// Labels of how runs of one kind of job ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// Queue.
    pub queue: String,
    /// Name of the job.
    pub job: String,
    /// How it ended.
    pub state: String,
}

/// Everything a process counts as it goes; what is read when somebody asks is in [`super::readings`].
pub struct Metrics {
    registry: Registry,
    /// Requests by route and status.
    pub requests: Family<RequestLabels, Counter>,
    /// Time to answer.
    pub request_seconds: Family<RouteLabel, Histogram>,
    /// Runs of jobs by queue, job and outcome.
    pub job_runs: Family<OutcomeLabels, Counter>,
    /// Time of a run.
    pub job_seconds: Family<RunLabels, Histogram>,
    /// Time between the moment a job could run and its start.
    pub job_wait_seconds: Family<QueueLabel, Histogram>,
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
        registry.register("job_runs", "Runs of jobs by queue, job and outcome", job_runs.clone());
        let job_seconds = Family::new_with_constructor(job_times as fn() -> Histogram);
        registry.register_with_unit("job_run_duration", "Time of a run", Unit::Seconds, job_seconds.clone());
        let job_wait_seconds = Family::new_with_constructor(job_waits as fn() -> Histogram);
        registry.register_with_unit("job_wait", "Time between the moment a job could run and its start", Unit::Seconds, job_wait_seconds.clone());
        let export_faults = Gauge::default();
        registry.register("export_controle_echecs", "Ready export files that the nightly control found wrong", export_faults.clone());
        Self { registry, requests, request_seconds, job_runs, job_seconds, job_wait_seconds, export_faults }
    }
}

impl Metrics {
    /// Notes one answer.
    pub fn answered(&self, route: &str, status: u16, time: Duration) {
        self.requests.get_or_create(&RequestLabels { route: route.into(), status }).inc();
        self.request_seconds.get_or_create(&RouteLabel { route: route.into() }).observe(time.as_secs_f64());
    }

    /// Notes one run of `job`.
    pub fn ran(&self, (queue, job): (&str, &str), outcome: &str, time: Duration) {
        self.job_runs.get_or_create(&OutcomeLabels { queue: queue.into(), job: job.into(), state: outcome.into() }).inc();
        self.job_seconds.get_or_create(&RunLabels { queue: queue.into(), job: job.into() }).observe(time.as_secs_f64());
    }

    /// The text that Prometheus reads: what this process counted, then `reading`.
    pub fn render(&self, reading: &Registry) -> String {
        let mut body = String::new();
        let written = text::encode_registry(&mut body, &self.registry)
            .and_then(|()| text::encode_registry(&mut body, reading))
            .and_then(|()| text::encode_eof(&mut body));
        match written {
            Ok(()) => body,
            Err(error) => format!("# {error}\n"),
        }
    }
}
