//! The loop of a worker: claim, run, stop cleanly. `execute` is one run from its start to its end;
//! `alive` what goes on beside: leases, lost workers, schedules, announcements.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::held::Runner;
use super::settings::QueueSetting;
use super::table::{self, Claimed};

/// Time after which a queue that is always full is looked at for a heavy reading that waits.
const HEAVY_LOOK: Duration = Duration::from_secs(1);
/// Ends that may wait to be written together.
const ENDS_WAITING_MAX: usize = 1_000;

impl<C: Send + Sync + 'static> Runner<C> {
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
        table::claim(&self.db.statement(), queue, &self.registry.names(), &self.settings.worker, limit).await
    }

    /// A heavy reading, if one waits and may begin.
    async fn claim_heavy(&self, queue: &str) -> Result<Vec<Claimed>, sqlx::Error> {
        if !table::heavy_waits(&self.db.statement(), queue).await? {
            return Ok(Vec::new());
        }
        table::claim_heavy(&self.db.statement(), queue, &self.registry.names(), &self.settings.worker).await
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
        match table::next_due_seconds(&self.db.statement(), queue).await {
            Ok(Some(due)) => jittered.min(Duration::from_secs_f64(due.clamp(0.0, 86_400.0) + 0.01)),
            _ => jittered,
        }
    }
}
