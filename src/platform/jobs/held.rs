//! What a worker holds: its settings, what runs now, what it measured since its last heartbeat.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, oneshot};

use super::Signals;
use super::registry::Registry;
use super::settings::RunnerSettings;
use super::table::{Claimed, Measures};
use crate::platform::db::Db;
use crate::platform::incidents::Incidents;
use crate::platform::telemetry::Metrics;

/// What runs now: signals by job and lease. A run that lost its lease may still be ending here when
/// this same worker takes the job again: neither may hide the other.
pub(super) type Running = HashMap<(i64, i64), Arc<Signals>>;

/// A run whose work is done, waiting for its end to be written with others.
pub(super) struct Finished {
    pub(super) id: i64,
    pub(super) lease: i64,
    pub(super) answer: oneshot::Sender<bool>,
}

/// A worker.
pub struct Runner<C> {
    pub(super) db: Db,
    pub(super) context: Arc<C>,
    pub(super) registry: Registry<C>,
    pub(super) settings: RunnerSettings,
    pub(super) metrics: Arc<Metrics>,
    pub(super) incidents: Incidents,
    pub(super) ends: OnceLock<mpsc::Sender<Finished>>,
    running: Mutex<Running>,
    measures: Mutex<HashMap<String, Measures>>,
    started: Instant,
    /// Milliseconds from its start to the last time that it went round its heartbeats.
    turned_ms: AtomicU64,
    /// One bell per queue: a job wakes the queue it came to.
    pub(super) bells: HashMap<String, Arc<Notify>>,
}

impl<C: Send + Sync + 'static> Runner<C> {
    /// Prepares a worker, which tells what it does and what ends badly.
    pub fn new(
        db: Db,
        context: Arc<C>,
        registry: Registry<C>,
        settings: RunnerSettings,
        (metrics, incidents): (Arc<Metrics>, Incidents),
    ) -> Arc<Self> {
        let bells = settings.queues.iter().map(|setting| (setting.queue.clone(), Arc::new(Notify::new()))).collect();
        let (running, measures, ends) = (Mutex::default(), Mutex::default(), OnceLock::new());
        let (started, turned_ms) = (Instant::now(), AtomicU64::new(0));
        Arc::new(Self { db, context, registry, settings, metrics, incidents, ends, running, measures, started, turned_ms, bells })
    }

    fn since_start_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that it goes round its heartbeats.
    pub(super) fn turns(&self) {
        self.turned_ms.store(self.since_start_ms(), Ordering::Relaxed);
    }

    /// For how long it has not gone round its heartbeats: beyond a lease, it holds nothing any more and does not know it.
    pub fn still_for(&self) -> Duration {
        Duration::from_millis(self.since_start_ms().saturating_sub(self.turned_ms.load(Ordering::Relaxed)))
    }

    /// Wakes a queue, or all of them when `queue` is empty.
    pub(super) fn wake(&self, queue: &str) {
        self.bells.iter().filter(|(name, _)| queue.is_empty() || *name == queue).for_each(|(_, bell)| bell.notify_waiters());
    }

    /// Adds to what this worker says of a queue at its next heartbeat.
    pub(super) fn measure(&self, queue: &str, add: impl FnOnce(&mut Measures)) {
        // Poisoned only if a holder panicked while adding a count: the counts are still right.
        let mut measures = self.measures.lock().unwrap_or_else(PoisonError::into_inner);
        match measures.get_mut(queue) {
            Some(seen) => add(seen),
            None => add(measures.entry(queue.into()).or_default()),
        }
    }

    /// What was measured since the last time, which is forgotten.
    pub(super) fn take_measures(&self) -> HashMap<String, Measures> {
        // As above.
        std::mem::take(&mut *self.measures.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that a job began.
    pub(super) fn began(&self, job: &Claimed) {
        self.measure(&job.queue, |seen| seen.started(job.waited));
        self.metrics.began((&job.queue, &job.name), job.waited);
    }

    pub(super) fn signal(&self, run: (i64, i64), set: impl Fn(&Signals)) {
        if let Some(signals) = self.lock_running().get(&run) {
            set(signals);
        }
    }

    pub(super) fn signal_all(&self, set: impl Fn(&Signals)) {
        self.lock_running().values().for_each(|signals| set(signals));
    }

    pub(super) fn lock_running(&self) -> std::sync::MutexGuard<'_, Running> {
        // Poisoned only if a holder panicked between two map operations: the map is still right.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signals {
    /// Raises one of the signals and tells whoever watches the run.
    pub(super) fn raise(&self, which: &std::sync::atomic::AtomicBool) {
        which.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }
}
