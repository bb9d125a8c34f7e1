//! What goes on beside the work: leases prolonged, cancellations heard, lost workers' jobs taken
//! back, schedules served, announcements listened to, the worker's own card kept fresh.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgListener;

use super::{GaveUp, Runner, schedules, table};
use crate::platform::db::{CANCEL_PREFIX, JOB_CHANNEL};
use crate::platform::incidents::{self, Incident};

/// Time between two looks for cancellations that no announcement told of.
const CANCEL_LOOK: Duration = Duration::from_secs(1);
/// Longest time between two looks at the schedules, and shortest.
const SCHEDULE_LOOK: Duration = Duration::from_secs(5);
const SCHEDULE_PAUSE: Duration = Duration::from_millis(100);

impl<C: Send + Sync + 'static> Runner<C> {
    /// Prolongs the leases of what runs; a lease that is gone stops its job at once. Cancellations
    /// are looked for every second, between heartbeats.
    pub(super) async fn keep_alive(self: Arc<Self>) {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(CANCEL_LOOK.min(self.settings.heartbeat)).await;
            self.turns();
            let held: Vec<(i64, i64)> = self.lock_running().keys().copied().collect();
            if last.elapsed() < self.settings.heartbeat {
                self.hear_cancelled(&held).await;
                continue;
            }
            if held.is_empty() || self.beat(&held).await {
                last = Instant::now();
                self.say_here().await;
                self.say_measures().await;
            }
        }
    }

    async fn beat(&self, held: &[(i64, i64)]) -> bool {
        let (ids, leases): (Vec<i64>, Vec<i64>) = held.iter().copied().unzip();
        match table::heartbeat(&self.db.statement(), &ids, &leases).await {
            Ok(alive) => {
                let alive: HashMap<(i64, i64), bool> = alive.into_iter().map(|(id, lease, cancel)| ((id, lease), cancel)).collect();
                for run in held {
                    match alive.get(run) {
                        None => self.signal(*run, |signals| signals.raise(&signals.lost)),
                        Some(true) => self.signal(*run, |signals| signals.raise(&signals.cancelled)),
                        Some(false) => {}
                    }
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "heartbeat failed; trying again");
                false
            }
        }
    }

    /// Tells those of the runs `held` that somebody asked to cancel.
    async fn hear_cancelled(&self, held: &[(i64, i64)]) {
        if held.is_empty() {
            return;
        }
        let ids: Vec<i64> = held.iter().map(|(id, _)| *id).collect();
        if let Ok(cancelled) = table::cancelled(&self.db.statement(), &ids).await {
            let told = held.iter().filter(|(id, _)| cancelled.contains(id));
            told.for_each(|run| self.signal(*run, |signals| signals.raise(&signals.cancelled)));
        }
    }

    /// Looks for the jobs of lost workers, jittered between workers.
    pub(super) async fn rescue_loop(self: Arc<Self>) {
        loop {
            match table::rescue(&self.db.statement()).await {
                Ok(rescued) => {
                    for job in rescued {
                        tracing::warn!(job = job.id, name = job.name, state = job.state, "job of a lost worker taken back");
                        // One that this version does not know is counted too, and under no name of its own.
                        let name = if self.registry.get(&job.name).is_some() { job.name.as_str() } else { "autre" };
                        self.metrics.rescued((&job.queue, name), &job.state);
                        if job.state == "failed" {
                            self.incidents.note(Incident { kind: incidents::JOB, place: name.into(), code: None, request: None, job: Some(job.id) });
                        }
                        let end = match job.state.as_str() {
                            "failed" => GaveUp::Failed,
                            "cancelled" => GaveUp::Cancelled,
                            _ => {
                                self.wake("");
                                continue;
                            }
                        };
                        if let Some(entry) = self.registry.get(&job.name) {
                            (entry.gave_up)(job.payload, self.context.clone(), end, "l’ouvrier ne répond plus".into()).await;
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "rescue failed; trying again"),
            }
            tokio::time::sleep(self.settings.heartbeat.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
        }
    }

    /// Serves the schedules that are due. Every worker does; the lock of the row lets one win.
    pub(super) async fn schedule_loop(self: Arc<Self>) {
        let names = self.registry.names();
        loop {
            let wait = match schedules::next_seconds(&self.db.statement(), &names).await {
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

    /// Wakes the queues when a job is announced, hears of cancellations; listens again after a lost
    /// connection, and looks at once, since announcements may have been missed.
    pub(super) async fn listen(self: Arc<Self>) {
        loop {
            let listener = async {
                let mut listener = PgListener::connect_with(self.db.pool()).await?;
                listener.listen(JOB_CHANNEL).await?;
                Ok::<_, sqlx::Error>(listener)
            };
            if let Ok(mut listener) = listener.await {
                self.wake("");
                while let Ok(Some(notice)) = listener.try_recv().await {
                    match notice.payload().strip_prefix(CANCEL_PREFIX).map(str::parse::<i64>) {
                        None => self.wake(notice.payload()),
                        Some(Ok(id)) => {
                            let held: Vec<(i64, i64)> = self.lock_running().keys().filter(|(job, _)| *job == id).copied().collect();
                            self.hear_cancelled(&held).await;
                        }
                        Some(Err(_)) => {}
                    }
                }
            }
            tokio::time::sleep(self.settings.poll).await;
        }
    }

    /// Keeps the card of this worker fresh.
    pub(super) async fn say_here(&self) {
        let settings = &self.settings;
        let queues: Vec<String> = settings.queues.iter().map(|setting| format!("{}={}", setting.queue, setting.concurrency)).collect();
        let said = table::here(&self.db.statement(), &settings.worker, &settings.machine, env!("CARGO_PKG_VERSION"), &queues).await;
        if let Err(error) = said {
            tracing::warn!(%error, "this worker could not say that it is alive; trying again");
        }
    }

    /// Adds up what was measured since the last heartbeat. Lost with the process at worst: figures, not jobs.
    async fn say_measures(&self) {
        for (queue, seen) in self.take_measures() {
            if let Err(error) = table::measure(&self.db.statement(), &queue, &seen).await {
                tracing::warn!(%error, queue, "measures could not be written");
            }
        }
    }

    /// Says the last figures and leaves.
    pub(super) async fn say_gone(&self) {
        self.say_measures().await;
        if let Err(error) = table::gone(&self.db.statement(), &self.settings.worker).await {
            tracing::warn!(%error, "this worker could not say that it stops");
        }
    }
}
