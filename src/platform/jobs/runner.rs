//! The loop of a worker: claim, run, stop cleanly. `execute` is one run from its start to its end;
//! `alive` what goes on beside: leases, lost workers, schedules, announcements.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use super::execute::Finished;
use super::settings::{QueueSetting, RunnerSettings};
use super::store::{self, Claimed, Measures};
use super::{Registry, Signals};
use crate::platform::db::Db;
use crate::platform::telemetry::{Metrics, QueueLabel};

/// Time after which a queue that is always full is looked at for a heavy reading that waits.
const HEAVY_LOOK: Duration = Duration::from_secs(1);
/// Ends that may wait to be written together.
const ENDS_WAITING_MAX: usize = 1_000;

/// What runs now: signals by job and lease. A run that lost its lease may still be ending here when
/// this same worker takes the job again: neither may hide the other.
pub(super) type Running = HashMap<(i64, i64), Arc<Signals>>;

/// A worker.
pub struct Runner<C> {
    pub(super) db: Db,
    pub(super) context: Arc<C>,
    pub(super) registry: Registry<C>,
    pub(super) settings: RunnerSettings,
    pub(super) metrics: Arc<Metrics>,
    pub(super) ends: OnceLock<mpsc::Sender<Finished>>,
    running: Mutex<Running>,
    measures: Mutex<HashMap<String, Measures>>,
    /// One bell per queue: a job wakes the queue it came to.
    bells: HashMap<String, Arc<Notify>>,
}

impl<C: Send + Sync + 'static> Runner<C> {
    /// Prepares a worker.
    pub fn new(db: Db, context: Arc<C>, registry: Registry<C>, settings: RunnerSettings, metrics: Arc<Metrics>) -> Arc<Self> {
        let bells = settings.queues.iter().map(|setting| (setting.queue.clone(), Arc::new(Notify::new()))).collect();
        let (running, measures, ends) = (Mutex::default(), Mutex::default(), OnceLock::new());
        Arc::new(Self { db, context, registry, settings, metrics, ends, running, measures, bells })
    }

    /// Works until `stop` turns true, then lets what runs finish or checkpoint, gives the rest back.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut helpers = JoinSet::new();
        let (sender, ends) = mpsc::channel(ENDS_WAITING_MAX);
        if self.ends.set(sender).is_ok() {
            helpers.spawn(self.clone().write_ends(ends));
        }
        self.say_here().await;
        helpers.spawn(self.clone().listen());
        helpers.spawn(self.clone().keep_alive());
        helpers.spawn(self.clone().rescue_loop());
        helpers.spawn(self.clone().schedule_loop());
        let mut loops = JoinSet::new();
        for queue in self.settings.queues.clone() {
            loops.spawn(self.clone().work(queue, stop.clone()));
        }
        // An error means the sender is gone: the process is ending, which is a stop too.
        let _stopping = stop.wait_for(|stop| *stop).await.is_ok();
        self.signal_all(|signals| signals.raise(&signals.stopping));
        let drained = tokio::time::timeout(self.settings.grace, async { while loops.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::warn!("jobs still run after the grace time: their leases will end by themselves");
        }
        helpers.shutdown().await;
        self.say_gone().await;
    }

    /// Takes and runs every job that is ready now, one after the other; for tests and tools.
    pub async fn run_until_idle(self: &Arc<Self>) -> Result<usize, sqlx::Error> {
        let mut count = 0;
        loop {
            let mut taken = Vec::new();
            for setting in &self.settings.queues {
                taken.extend(self.claim(&setting.queue, 1).await?);
            }
            if taken.is_empty() {
                return Ok(count);
            }
            for job in taken {
                count += 1;
                self.clone().execute(job).await;
            }
        }
    }

    async fn claim(&self, queue: &str, limit: usize) -> Result<Vec<Claimed>, sqlx::Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        store::claim(self.db.statement(), queue, &self.registry.names(), &self.settings.worker, limit).await
    }

    /// A heavy reading, if one waits and may begin.
    async fn claim_heavy(&self, queue: &str) -> Result<Vec<Claimed>, sqlx::Error> {
        if !store::heavy_waits(self.db.statement(), queue).await? {
            return Ok(Vec::new());
        }
        store::claim_heavy(self.db.statement(), queue, &self.registry.names(), &self.settings.worker).await
    }

    /// One queue: fills its places, sleeps until woken, a poll, or the next due job.
    async fn work(self: Arc<Self>, setting: QueueSetting, mut stop: watch::Receiver<bool>) {
        // Every queue of the settings has its bell; one that had none would only be slower to wake.
        let bell = self.bells.get(&setting.queue).cloned().unwrap_or_default();
        let mut jobs = JoinSet::new();
        let mut heavy_seen = Instant::now();
        loop {
            // Armed before the claim: an announcement that comes between the two is not missed.
            let mut announced = std::pin::pin!(bell.notified());
            announced.as_mut().enable();
            while jobs.try_join_next().is_some() {}
            let free = setting.concurrency.saturating_sub(jobs.len());
            let mut taken = 0;
            if free > 0 && !*stop.borrow() {
                // The claim below looks at heavy readings only when the others leave places: with jobs
                // always ready they would wait for ever.
                let claimed = if heavy_seen.elapsed() >= HEAVY_LOOK {
                    heavy_seen = Instant::now();
                    self.claim_heavy(&setting.queue).await
                } else {
                    Ok(Vec::new())
                };
                let claimed = match claimed {
                    Ok(heavy) if heavy.is_empty() => self.claim(&setting.queue, free).await,
                    other => other,
                };
                match claimed {
                    Ok(claimed) => {
                        taken = claimed.len();
                        for job in claimed {
                            jobs.spawn(self.clone().execute(job));
                        }
                    }
                    Err(error) => tracing::warn!(%error, queue = setting.queue, "claim failed; trying again"),
                }
            }
            if *stop.borrow() {
                while jobs.join_next().await.is_some() {}
                return;
            }
            if taken > 0 {
                if taken == free {
                    // Full: nothing to look for until a place is free; those that ended together are filled together.
                    tokio::select! { _ = jobs.join_next() => {}, _ = stop.changed() => {} }
                }
                continue;
            }
            let wait = self.poll_delay(&setting.queue).await;
            tokio::select! {
                () = announced => {}
                _ = jobs.join_next(), if !jobs.is_empty() => {}
                () = tokio::time::sleep(wait) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// The poll interval or up to two fifths less, so that workers do not look together and nobody waits
    /// longer than what is said; cut short by the next job that becomes due.
    async fn poll_delay(&self, queue: &str) -> Duration {
        let jittered = self.settings.poll.mul_f64(1.0 - 0.4 * rand::random::<f64>());
        match store::next_due_seconds(self.db.statement(), queue).await {
            Ok(Some(due)) => jittered.min(Duration::from_secs_f64(due.clamp(0.0, 86_400.0) + 0.01)),
            _ => jittered,
        }
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
        self.metrics.job_wait_seconds.get_or_create(&QueueLabel { queue: job.queue.clone() }).observe(job.waited);
    }

    pub(super) fn signal(&self, run: (i64, i64), set: impl Fn(&Signals)) {
        if let Some(signals) = self.lock_running().get(&run) {
            set(signals);
        }
    }

    fn signal_all(&self, set: impl Fn(&Signals)) {
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
