//! The loop of a worker: claim, run, keep the leases alive, rescue what others lost, stop cleanly.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::registry::GaveUpFn;
use super::schedules;
use super::settings::{QueueSetting, RunnerSettings};
use super::store::{self, Claimed, Ending};
use super::{GaveUp, JobError, Outcome, Registry, Requester, Run, Signals};
use crate::platform::db::{Db, JOB_CHANNEL};
use crate::platform::telemetry::Metrics;

/// Longest error text kept.
const ERROR_CHARS: usize = 2_000;
/// First delay before a retry; doubles each time.
const BACKOFF_FIRST: Duration = Duration::from_secs(5);
/// First and last delay before the end of a run is written again.
const END_RETRY_FIRST: Duration = Duration::from_millis(100);
const END_RETRY_LAST: Duration = Duration::from_millis(6_400);
/// Longest time between two looks at the schedules, and shortest.
const SCHEDULE_LOOK: Duration = Duration::from_secs(5);
const SCHEDULE_PAUSE: Duration = Duration::from_millis(100);
/// Longest delay before a retry.
const BACKOFF_MAX: Duration = Duration::from_secs(3_600);

/// A worker.
pub struct Runner<C> {
    db: Db,
    context: Arc<C>,
    registry: Registry<C>,
    settings: RunnerSettings,
    metrics: Arc<Metrics>,
    /// What runs now: signals by job and lease. A run that lost its lease may still be ending here
    /// when this same worker takes the job again: neither may hide the other.
    running: Mutex<HashMap<(i64, i64), Arc<Signals>>>,
    wake: Notify,
}

impl<C: Send + Sync + 'static> Runner<C> {
    /// Prepares a worker.
    pub fn new(db: Db, context: Arc<C>, registry: Registry<C>, settings: RunnerSettings, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { db, context, registry, settings, metrics, running: Mutex::default(), wake: Notify::new() })
    }

    /// Works until `stop` turns true, then lets what runs finish or checkpoint, gives the rest back.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut helpers = JoinSet::new();
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
        self.signal_all(|signals| signals.stopping.store(true, Ordering::Relaxed));
        let drained = tokio::time::timeout(self.settings.grace, async { while loops.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::warn!("jobs still run after the grace time: their leases will end by themselves");
        }
        helpers.shutdown().await;
    }

    /// Takes and runs every job that is ready now, one after the other; for tests and tools.
    ///
    /// # Errors
    /// PostgreSQL refused.
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

    /// One queue: fills its places, sleeps until woken, a poll, or the next due job.
    async fn work(self: Arc<Self>, setting: QueueSetting, mut stop: watch::Receiver<bool>) {
        let mut jobs = JoinSet::new();
        loop {
            // Armed before the claim: an announcement that comes between the two is not missed.
            let mut announced = std::pin::pin!(self.wake.notified());
            announced.as_mut().enable();
            let free = setting.concurrency.saturating_sub(jobs.len());
            let mut taken = 0;
            if free > 0 && !*stop.borrow() {
                match self.claim(&setting.queue, free).await {
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
            if taken > 0 && taken == free {
                // Full: nothing to look for until a place is free.
                tokio::select! { _ = jobs.join_next() => {}, _ = stop.changed() => {} }
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

    /// The poll interval, jittered by a quarter so that workers do not look together, cut short by
    /// the next job that becomes due.
    async fn poll_delay(&self, queue: &str) -> Duration {
        let jittered = self.settings.poll.mul_f64(0.75 + rand::random::<f64>() / 2.0);
        match store::next_due_seconds(self.db.statement(), queue).await {
            Ok(Some(due)) => jittered.min(Duration::from_secs_f64(due.clamp(0.0, 86_400.0) + 0.01)),
            _ => jittered,
        }
    }

    /// Runs one job and writes how it ended, if the lease is still ours.
    async fn execute(self: Arc<Self>, job: Claimed) {
        let Some(entry) = self.registry.get(&job.name) else { return };
        let signals = Arc::new(Signals::default());
        self.lock_running().insert((job.id, job.lease), signals.clone());
        let run = Arc::new(Run {
            id: job.id,
            lease: job.lease,
            attempt: job.attempts,
            requester: Requester { user_id: job.requested_by, collectivite_id: job.collectivite_id },
            checkpoint: job.checkpoint.clone(),
            db: self.db.clone(),
            signals: signals.clone(),
        });
        let started = Instant::now();
        // A task of its own: a panic in a job is a failed attempt, not the end of the worker.
        let mut task = tokio::spawn((entry.run)(job.payload.clone(), self.context.clone(), run.clone()));
        let result = loop {
            tokio::select! {
                ended = &mut task => break ended.unwrap_or_else(|panic| Err(JobError::Retry(format!("panique : {panic}")))),
                () = tokio::time::sleep(Duration::from_millis(500)) => {
                    if signals.lost.load(Ordering::Relaxed) {
                        task.abort();
                        break Err(JobError::LostLease);
                    }
                }
            }
        };
        self.lock_running().remove(&(job.id, job.lease));
        let outcome = self.conclude(&job, entry.gave_up, result).await;
        self.metrics.ran(&job.queue, outcome, started.elapsed());
        tracing::info!(
            job = job.id,
            name = job.name,
            queue = job.queue,
            attempt = job.attempts,
            outcome,
            ms = started.elapsed().as_millis() as u64,
            "job ended"
        );
    }

    async fn conclude(&self, job: &Claimed, gave_up: GaveUpFn<C>, result: Result<Outcome, JobError>) -> &'static str {
        let cause: String = match &result {
            Err(error) => error.to_string().chars().take(ERROR_CHARS).collect(),
            Ok(Outcome::Cancel(reason)) => reason.chars().take(ERROR_CHARS).collect(),
            Ok(_) => String::new(),
        };
        let last = job.attempts >= job.max_attempts;
        let (ending, outcome, end) = match result {
            Ok(Outcome::Done) => (Ending::Done, "done", None),
            Ok(Outcome::Snooze(delay)) => (Ending::GiveBack(delay.as_secs_f64()), "snoozed", None),
            Ok(Outcome::Cancel(_)) | Err(JobError::Cancelled) => (Ending::Cancelled(&cause), "cancelled", Some(GaveUp::Cancelled)),
            Err(JobError::Interrupted) => (Ending::GiveBack(0.0), "interrupted", None),
            Err(JobError::LostLease) => return "lost",
            Err(JobError::Retry(_)) if last => (Ending::Failed(&cause), "failed", Some(GaveUp::Failed)),
            Err(JobError::Retry(_)) => (Ending::Retry(&cause, backoff(job.attempts).as_secs_f64()), "retried", None),
        };
        match self.write_end(job, &ending).await {
            Ok(true) => {}
            Ok(false) => return "lost",
            Err(error) => {
                // The lease will run out and the job be rescued: done twice at worst, never lost.
                tracing::error!(%error, job = job.id, "the end of a job could not be written");
                return "lost";
            }
        }
        if let Some(end) = end {
            gave_up(job.payload.clone(), self.context.clone(), end, cause).await;
        }
        outcome
    }

    /// Writes the end of a run, trying again when PostgreSQL just went away: a few seconds here spare
    /// the half minute of a lease that runs out.
    async fn write_end(&self, job: &Claimed, ending: &Ending<'_>) -> Result<bool, sqlx::Error> {
        let mut wait = END_RETRY_FIRST;
        loop {
            let written = async {
                let mut connection = self.db.statement().acquire().await?;
                store::end(&mut connection, job.id, job.lease, ending).await
            };
            match written.await {
                Err(error) if wait <= END_RETRY_LAST => {
                    tracing::warn!(%error, job = job.id, "the end of a job is tried again");
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                answer => return answer,
            }
        }
    }

    /// Prolongs the leases of what runs; a lease that is gone stops its job at once. Cancellations
    /// are looked for every second, between heartbeats.
    async fn keep_alive(self: Arc<Self>) {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_secs(1).min(self.settings.heartbeat)).await;
            let held: Vec<(i64, i64)> = self.lock_running().keys().copied().collect();
            if held.is_empty() {
                continue;
            }
            let (ids, leases): (Vec<i64>, Vec<i64>) = held.iter().copied().unzip();
            if last.elapsed() < self.settings.heartbeat {
                if let Ok(cancelled) = store::cancelled(self.db.statement(), &ids).await {
                    for run in held.iter().filter(|(id, _)| cancelled.contains(id)) {
                        self.signal(*run, |signals| signals.cancelled.store(true, Ordering::Relaxed));
                    }
                }
                continue;
            }
            match store::heartbeat(self.db.statement(), &ids, &leases).await {
                Ok(alive) => {
                    last = Instant::now();
                    let alive: HashMap<(i64, i64), bool> = alive.into_iter().map(|(id, lease, cancel)| ((id, lease), cancel)).collect();
                    for run in held {
                        match alive.get(&run) {
                            None => self.signal(run, |signals| signals.lost.store(true, Ordering::Relaxed)),
                            Some(true) => self.signal(run, |signals| signals.cancelled.store(true, Ordering::Relaxed)),
                            Some(false) => {}
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "heartbeat failed; trying again"),
            }
        }
    }

    /// Looks for the jobs of lost workers, jittered between workers.
    async fn rescue_loop(self: Arc<Self>) {
        loop {
            match store::rescue(self.db.statement()).await {
                Ok(rescued) => {
                    for job in rescued {
                        tracing::warn!(job = job.id, name = job.name, state = job.state, "job of a lost worker taken back");
                        let end = match job.state.as_str() {
                            "failed" => GaveUp::Failed,
                            "cancelled" => GaveUp::Cancelled,
                            _ => {
                                self.wake.notify_waiters();
                                continue;
                            }
                        };
                        if let Some(entry) = self.registry.get(&job.name) {
                            (entry.gave_up)(job.payload, self.context.clone(), end, "l'ouvrier ne répond plus".into()).await;
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "rescue failed; trying again"),
            }
            tokio::time::sleep(self.settings.heartbeat.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
        }
    }

    /// Serves the schedules that are due. Every worker does; the lock of the row lets one win.
    async fn schedule_loop(self: Arc<Self>) {
        let names = self.registry.names();
        loop {
            let wait = match schedules::next_seconds(self.db.statement(), &names).await {
                Ok(Some(seconds)) if seconds <= 0.0 => {
                    if let Err(error) = schedules::tick(&self.db, &names).await {
                        tracing::warn!(%error, "schedules could not be served; trying again");
                    }
                    SCHEDULE_PAUSE
                }
                Ok(Some(seconds)) => Duration::from_secs_f64(seconds.min(SCHEDULE_LOOK.as_secs_f64())),
                Ok(None) => SCHEDULE_LOOK,
                Err(error) => {
                    tracing::warn!(%error, "schedules could not be read; trying again");
                    SCHEDULE_LOOK
                }
            };
            tokio::time::sleep(wait.max(SCHEDULE_PAUSE)).await;
        }
    }

    /// Wakes the queues when a job is announced; listens again after a lost connection, and looks at
    /// once, since announcements may have been missed.
    async fn listen(self: Arc<Self>) {
        loop {
            let listener = async {
                let mut listener = PgListener::connect_with(self.db.pool()).await?;
                listener.listen(JOB_CHANNEL).await?;
                Ok::<_, sqlx::Error>(listener)
            };
            if let Ok(mut listener) = listener.await {
                self.wake.notify_waiters();
                while let Ok(Some(_)) = listener.try_recv().await {
                    self.wake.notify_waiters();
                }
            }
            tokio::time::sleep(self.settings.poll).await;
        }
    }

    fn signal(&self, run: (i64, i64), set: impl Fn(&Signals)) {
        if let Some(signals) = self.lock_running().get(&run) {
            set(signals);
        }
    }

    fn signal_all(&self, set: impl Fn(&Signals)) {
        self.lock_running().values().for_each(|signals| set(signals));
    }

    fn lock_running(&self) -> std::sync::MutexGuard<'_, HashMap<(i64, i64), Arc<Signals>>> {
        // Poisoned only if a holder panicked between two map operations: the map is still right.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 5 s, 10 s, 20 s … an hour at most, spread by a quarter either way.
fn backoff(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
    BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX).mul_f64(0.75 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_and_is_bounded() {
        for attempt in 1..40 {
            let delay = backoff(attempt);
            assert!(delay <= BACKOFF_MAX.mul_f64(1.25), "{attempt}: {delay:?}");
        }
        assert!(backoff(1) < BACKOFF_FIRST.mul_f64(1.3));
        assert!(backoff(5) > BACKOFF_FIRST.mul_f64(11.0));
    }
}
