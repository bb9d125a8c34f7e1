//! Logs and metrics. One line per request and per job through a writer that never blocks it; metrics in base units, labelled by what is
//! declared (a route, a queue, a job, a list) and never by a person.

mod labels;
mod lines;

pub use labels::{
    ExportEndLabels, ExportLabels, ImportEndLabels, ImportLabels, JobLabels, KindLabel, OperationLabel, OutcomeLabels, QueueLabel, ReplicaLabel,
    RunLabels, StateLabel, TableLabel,
};
pub use lines::{Log, start_command_log, start_log, tell_failure};

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::instruments::{OfSystem, Spent, log_events, seconds, span_fates, write_spent};
use super::store::Files;

/// A sum of seconds.
type Total = Counter<f64, std::sync::atomic::AtomicU64>;

/// Everything a process counts as it goes; what is read when somebody asks is in [`super::readings`].
pub struct Metrics {
    registry: Registry,
    /// Under names of their own, which every program has.
    system: Registry,
    /// What is counted above this floor: the routes of a server.
    also: Arc<OnceLock<Arc<dyn Collector>>>,
    /// The store, whose disk is looked at when somebody asks.
    files: Option<Files>,
    /// Runs of jobs by queue, job and outcome.
    job_runs: Family<OutcomeLabels, Counter>,
    /// Time of a run.
    job_seconds: Family<RunLabels, Histogram>,
    /// Time between the moment a job could run and its start.
    job_wait_seconds: Family<RunLabels, Histogram>,
    /// Jobs of lost workers taken back, by what became of them.
    job_rescues: Family<OutcomeLabels, Counter>,
    job_statements: Family<RunLabels, Counter>,
    job_sql_seconds: Family<RunLabels, Total>,
    export_seconds: Family<ExportLabels, Histogram>,
    exports: Family<ExportEndLabels, Counter>,
    export_rows: Family<ExportLabels, Counter>,
    export_bytes: Family<ExportLabels, Counter>,
    import_seconds: Family<ImportLabels, Histogram>,
    imports: Family<ImportEndLabels, Counter>,
    import_rows: Family<ImportLabels, Counter>,
    /// Ready export files that the last controls found wrong.
    pub export_faults: Gauge,
}

fn job_waits() -> Histogram {
    Histogram::new([0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0])
}

fn job_times() -> Histogram {
    Histogram::new([0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0])
}

/// Times that somebody waits for a file: 40 s is what is promised of most of them.
fn file_times() -> Histogram {
    Histogram::new([1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0])
}

/// Times by labels `L`.
fn times<L: Clone + std::hash::Hash + Eq>(make: fn() -> Histogram) -> Family<L, Histogram> {
    Family::new_with_constructor(make)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut system = Registry::default();
        system.register_collector(Box::new(OfSystem));
        let metrics = Self {
            registry: Registry::with_prefix("gardel"),
            system,
            also: Arc::default(),
            files: None,
            job_runs: Family::default(),
            job_seconds: times(job_times),
            job_wait_seconds: times(job_waits),
            job_rescues: Family::default(),
            job_statements: Family::default(),
            job_sql_seconds: Family::default(),
            export_seconds: times(file_times),
            exports: Family::default(),
            export_rows: Family::default(),
            export_bytes: Family::default(),
            import_seconds: times(file_times),
            imports: Family::default(),
            import_rows: Family::default(),
            export_faults: Gauge::default(),
        };
        metrics.declared()
    }
}

impl Metrics {
    /// The counts of a process whose files are `files`.
    pub fn over(files: Files) -> Self {
        Self { files: Some(files), ..Self::default() }
    }

    fn declared(mut self) -> Self {
        let mut registry = std::mem::take(&mut self.registry);
        registry.register_collector(Box::new(Later(Arc::clone(&self.also))));
        registry.register_collector(Box::new(OfProcess));
        registry.register("job_runs", "Runs of jobs by queue, job and outcome", self.job_runs.clone());
        registry.register_with_unit("job_run_duration", "Time of a run", Unit::Seconds, self.job_seconds.clone());
        registry.register_with_unit(
            "job_wait",
            "Time between the moment a job could run and its start",
            Unit::Seconds,
            self.job_wait_seconds.clone(),
        );
        registry.register("job_rescues", "Jobs of lost workers that this one took back", self.job_rescues.clone());
        registry.register("job_sql_statements", "SQL statements of the runs", self.job_statements.clone());
        registry.register_with_unit("job_sql", "Time of the SQL statements of the runs", Unit::Seconds, self.job_sql_seconds.clone());
        registry.register_with_unit("export_duration", "Time from the request of a file to the file", Unit::Seconds, self.export_seconds.clone());
        registry.register("exports", "Ends of exports", self.exports.clone());
        registry.register("export_rows", "Rows of the files made", self.export_rows.clone());
        registry.register_with_unit("export", "Bytes of the files made", Unit::Bytes, self.export_bytes.clone());
        registry.register_with_unit("import_duration", "Time from the request of a step to its end", Unit::Seconds, self.import_seconds.clone());
        registry.register("imports", "Ends of the steps of imports", self.imports.clone());
        registry.register("import_rows", "Rows that the steps of imports went through", self.import_rows.clone());
        registry.register("export_controle_echecs", "Ready export files that the nightly control found wrong", self.export_faults.clone());
        Self { registry, ..self }
    }

    /// Tells what `collector` counts too. A process serves one set of routes: the first one stays.
    pub fn also(&self, collector: Arc<dyn Collector>) {
        let _first = self.also.set(collector);
    }

    /// The store of the process.
    pub fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    /// Notes that a job began, so many seconds after it could.
    pub fn began(&self, (queue, job): (&str, &str), waited: f64) {
        self.job_wait_seconds.get_or_create(&RunLabels { queue: queue.into(), job: job.into() }).observe(waited);
    }

    /// Notes one run of `job`, and what it spent.
    pub fn ran(&self, (queue, job): (&str, &str), outcome: &str, time: Duration, spent: &Spent) {
        let labels = RunLabels { queue: queue.into(), job: job.into() };
        self.job_runs.get_or_create(&OutcomeLabels { queue: queue.into(), job: job.into(), state: outcome.into() }).inc();
        self.job_seconds.get_or_create(&labels).observe(time.as_secs_f64());
        let (statements, nanos) = spent.sql();
        self.job_statements.get_or_create(&labels).inc_by(statements.into());
        self.job_sql_seconds.get_or_create(&labels).inc_by(seconds(nanos));
    }

    /// Notes that a job of a lost worker was taken back, and what became of it.
    pub fn rescued(&self, (queue, job): (&str, &str), state: &str) {
        self.job_rescues.get_or_create(&OutcomeLabels { queue: queue.into(), job: job.into(), state: state.into() }).inc();
    }

    /// Notes that the file of `list` is ready, `time` after it was asked for.
    pub fn exported(&self, (list, format): (&str, &str), time: Duration, (rows, bytes): (i64, i64)) {
        let labels = ExportLabels { list: list.into(), format: format.into() };
        self.export_seconds.get_or_create(&labels).observe(time.as_secs_f64());
        self.export_rows.get_or_create(&labels).inc_by(u64::try_from(rows).unwrap_or(0));
        self.export_bytes.get_or_create(&labels).inc_by(u64::try_from(bytes).unwrap_or(0));
        self.export_ended((list, format), "ready");
    }

    /// Notes how an export ended.
    pub fn export_ended(&self, (list, format): (&str, &str), state: &str) {
        self.exports.get_or_create(&ExportEndLabels { list: list.into(), format: format.into(), state: state.into() }).inc();
    }

    /// Notes rows that a step of an import went through.
    pub fn import_rows(&self, (kind, step): (&str, &str), rows: i64) {
        self.import_rows.get_or_create(&ImportLabels { kind: kind.into(), step: step.into() }).inc_by(u64::try_from(rows).unwrap_or(0));
    }

    /// Notes that a step of an import is done, `time` after it was asked for.
    pub fn imported(&self, (kind, step): (&str, &str), time: Duration) {
        self.import_seconds.get_or_create(&ImportLabels { kind: kind.into(), step: step.into() }).observe(time.as_secs_f64());
        self.import_ended((kind, step), "done");
    }

    /// Notes how a step of an import ended.
    pub fn import_ended(&self, (kind, step): (&str, &str), state: &str) {
        self.imports.get_or_create(&ImportEndLabels { kind: kind.into(), step: step.into(), state: state.into() }).inc();
    }

    /// The text that Prometheus reads: what this process counted, then `reading`.
    pub fn render(&self, reading: &Registry) -> String {
        let mut body = String::new();
        let written = text::encode_registry(&mut body, &self.registry)
            .and_then(|()| text::encode_registry(&mut body, reading))
            .and_then(|()| text::encode_registry(&mut body, &self.system))
            .and_then(|()| text::encode_eof(&mut body));
        match written {
            Ok(()) => body,
            Err(error) => format!("# {error}\n"),
        }
    }
}

/// What is counted by whoever comes later; nothing until then.
#[derive(Debug)]
struct Later(Arc<OnceLock<Arc<dyn Collector>>>);

impl Collector for Later {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.get().map_or(Ok(()), |collector| collector.encode(encoder))
    }
}

/// What the whole process counts, whatever it serves.
#[derive(Debug)]
struct OfProcess;

impl Collector for OfProcess {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        write_spent(&mut encoder)?;
        let mut metric = encoder.encode_descriptor("log_events", "Lines of the log of that level.", None, MetricType::Counter)?;
        for (level, count) in log_events() {
            metric.encode_family(&[("level", level)])?.encode_counter::<[(&str, &str); 0], u64, f64>(&count, None)?;
        }
        let mut metric = encoder.encode_descriptor("trace_spans", "Spans of traces by what became of them.", None, MetricType::Counter)?;
        for (state, count) in span_fates() {
            metric.encode_family(&[("state", state)])?.encode_counter::<[(&str, &str); 0], u64, f64>(&count, None)?;
        }
        Ok(())
    }
}
