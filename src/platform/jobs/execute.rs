//! One run, from the claim to its end: the task, what may stop it, how its end is written.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::held::{Finished, Runner};
use super::registry::GaveUpFn;
use super::table::{self, Claimed, Ending};
use super::{GaveUp, JobError, Outcome, Requester, Run, Signals};
use crate::platform::db::JOB_CHANNEL;
use crate::platform::incidents::{self, Incident};
use crate::platform::instruments::{Origin, SpanKind, Spent, Trail};

/// Longest error text kept.
const ERROR_CHARS: usize = 2_000;
/// First delay before a retry; doubles each time.
const BACKOFF_FIRST: Duration = Duration::from_secs(5);
/// Longest delay before a retry.
const BACKOFF_MAX: Duration = Duration::from_secs(3_600);
/// First and last delay before the end of a run is written again.
const END_RETRY_FIRST: Duration = Duration::from_millis(100);
const END_RETRY_LAST: Duration = Duration::from_millis(6_400);
/// Ends written by one statement.
const ENDS_MAX: usize = 500;
/// Time that a cancelled job has to stop by itself before it is dropped where it stands.
const CANCEL_GRACE: Duration = Duration::from_millis(1_000);

impl<C: Send + Sync + 'static> Runner<C> {
    /// Runs one job and writes how it ended, if the lease is still ours.
    pub(super) async fn execute(self: Arc<Self>, job: Claimed) {
        let Some(entry) = self.registry.get(&job.name) else { return };
        self.began(&job);
        let signals = Arc::new(Signals::default());
        signals.heavy.store(job.lourd, Ordering::Relaxed);
        self.lock_running().insert((job.id, job.lease), signals.clone());
        let started = Instant::now();
        let run = Arc::new(Run {
            id: job.id,
            lease: job.lease,
            attempt: job.attempts,
            requester: Requester { user_id: job.requested_by, collectivite_id: job.collectivite_id },
            asked: (Duration::try_from_secs_f64(job.age).unwrap_or_default(), started),
            db: self.db.clone(),
            signals: signals.clone(),
        });
        let spent = Arc::new(Spent::new(Origin::Job, job.demande.clone().unwrap_or_default(), Trail::after(job.traceparent.as_deref())));
        // A task of its own: a panic in a job is a failed attempt, not the end of the worker.
        let task = tokio::spawn(spent.during((entry.run)(job.payload.clone(), self.context.clone(), run)));
        let result = followed(task, &signals).await;
        self.lock_running().remove(&(job.id, job.lease));
        let outcome = self.conclude(&job, entry.gave_up, result).await;
        let time = started.elapsed();
        match outcome {
            "done" => self.measure(&job.queue, |seen| seen.ended(job.age + time.as_secs_f64())),
            "failed" => {
                self.measure(&job.queue, |seen| seen.failed += 1);
                self.incidents.note(Incident {
                    kind: incidents::JOB,
                    place: job.name.clone(),
                    code: None,
                    request: job.demande.clone(),
                    job: Some(job.id),
                });
            }
            _ => {}
        }
        if job.limited || signals.heavy.load(Ordering::Relaxed) {
            self.tell_place_free(&job).await;
        }
        self.metrics.ran((&job.queue, &job.name), outcome, time, &spent);
        trace(&job, outcome, &spent);
        let (ms, request, trace) = (time.as_millis() as u64, job.demande.as_deref(), spent.trail().map(Trail::trace));
        tracing::info!(job = job.id, request, trace, name = job.name, queue = job.queue, attempt = job.attempts, outcome, ms, "job ended");
    }

    /// A limit let this job in: other workers may hold the next one back.
    async fn tell_place_free(&self, job: &Claimed) {
        // A heavy reading may wait in any queue.
        let queue = if job.limited { job.queue.as_str() } else { "" };
        if let Err(error) = sqlx::query("SELECT pg_notify($1, $2)").bind(JOB_CHANNEL).bind(queue).execute(self.db.statement()).await {
            tracing::warn!(%error, "wake-up of the other workers failed; their poll backs it up");
        }
    }

    async fn conclude(&self, job: &Claimed, gave_up: GaveUpFn<C>, result: Result<Outcome, JobError>) -> &'static str {
        let cause: String = match &result {
            Err(error) => error.to_string().chars().take(ERROR_CHARS).collect(),
            Ok(Outcome::Cancel(reason)) => reason.chars().take(ERROR_CHARS).collect(),
            Ok(Outcome::Done) => String::new(),
        };
        let last = job.attempts >= job.max_attempts;
        let (ending, outcome, end) = match result {
            Ok(Outcome::Done) => (Ending::Done, "done", None),
            Ok(Outcome::Cancel(_)) | Err(JobError::Cancelled) => (Ending::Cancelled(&cause), "cancelled", Some(GaveUp::Cancelled)),
            Err(JobError::Interrupted) => (Ending::GiveBack, "interrupted", None),
            Err(JobError::Wait(_)) => (Ending::Wait(&cause), "waiting", None),
            Err(JobError::LostLease) => return "lost",
            Err(JobError::Met(_)) if job.attempts > 1 => (Ending::Failed(&cause), "failed", Some(GaveUp::Failed)),
            Err(JobError::Refused(_)) => (Ending::Failed(&cause), "failed", Some(GaveUp::Failed)),
            Err(JobError::Retry(_) | JobError::Met(_)) if last => (Ending::Failed(&cause), "failed", Some(GaveUp::Failed)),
            Err(JobError::Retry(_) | JobError::Met(_)) => (Ending::Retry(&cause, backoff(job.attempts).as_secs_f64()), "retried", None),
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
        if let (Ending::Done, Some(ends)) = (ending, self.ends.get()) {
            let (answer, written) = oneshot::channel();
            if ends.send(Finished { id: job.id, lease: job.lease, answer }).await.is_ok()
                && let Ok(held) = written.await
            {
                return Ok(held);
            }
            // Not written with the others: alone, with its own tries.
        }
        let mut wait = END_RETRY_FIRST;
        loop {
            let written = async {
                let mut connection = self.db.statement().acquire().await?;
                table::end(&mut connection, job.id, job.lease, ending).await
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

    /// Writes the ends that came while the last ones were being written, together: nobody waits for
    /// company, and a flood of small jobs costs one commit for many.
    pub(super) async fn write_ends(self: Arc<Self>, mut inbox: mpsc::Receiver<Finished>) {
        while let Some(first) = inbox.recv().await {
            let mut batch = vec![first];
            while batch.len() < ENDS_MAX
                && let Ok(next) = inbox.try_recv()
            {
                batch.push(next);
            }
            let (ids, leases): (Vec<i64>, Vec<i64>) = batch.iter().map(|one| (one.id, one.lease)).unzip();
            match table::end_many(&self.db.statement(), &ids, &leases).await {
                Ok(held) => {
                    let held: std::collections::HashSet<i64> = held.into_iter().collect();
                    for one in batch {
                        // Nobody listens only when the worker is going: the end is written all the same.
                        let _gone = one.answer.send(held.contains(&one.id));
                    }
                }
                // Dropped answers: each run writes its own end.
                Err(error) => tracing::warn!(%error, count = ids.len(), "ends could not be written together"),
            }
        }
    }
}

/// Tells the trace of the job, if it has one, of a run of it: the next step after the request that asked for it.
fn trace(job: &Claimed, outcome: &'static str, spent: &Spent) {
    if !spent.is_told() {
        return;
    }
    let failed = ["failed", "retried", "lost"].contains(&outcome);
    let mut attributes = vec![
        ("messaging.system", "gardel".into()),
        ("messaging.operation.type", "process".into()),
        ("messaging.operation.name", "run".into()),
        ("messaging.destination.name", job.queue.clone().into()),
        ("messaging.message.id", job.id.to_string().into()),
        ("gardel.job.name", job.name.clone().into()),
        ("gardel.job.attempt", i64::from(job.attempts).into()),
        ("gardel.job.outcome", outcome.into()),
    ];
    if failed {
        attributes.push(("error.type", outcome.into()));
    }
    spent.tell((SpanKind::Consumer, format!("run {}", job.name)), failed, attributes);
}

/// Waits for a run; stops it when its lease is lost, or when it does not heed its cancellation.
async fn followed(mut task: tokio::task::JoinHandle<Result<Outcome, JobError>>, signals: &Signals) -> Result<Outcome, JobError> {
    let mut deadline = None;
    loop {
        let overdue = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = &mut task => return ended.unwrap_or_else(|panic| {
                // What a panic says is for whoever reads the logs: it may quote what the program was holding.
                tracing::error!(%panic, "a job stopped by itself");
                Err(JobError::Retry("Le travail s’est arrêté de lui-même. L’exploitant en trouve la cause dans les journaux.".into()))
            }),
            () = signals.changed.notified() => {
                if signals.lost.load(Ordering::Relaxed) {
                    task.abort();
                    return Err(JobError::LostLease);
                }
                if signals.cancelled.load(Ordering::Relaxed) && deadline.is_none() {
                    deadline = Some(tokio::time::Instant::now() + CANCEL_GRACE);
                }
            }
            () = overdue => {
                // In the middle of a long step: what it wrote since its checkpoint is not committed.
                task.abort();
                return Err(JobError::Cancelled);
            }
        }
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
