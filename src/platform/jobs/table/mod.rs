//! The only SQL of the queue. Leases are counted and timed by PostgreSQL, so that a worker whose
//! clock is wrong does no harm.

mod care;
mod claim;
mod failures;
mod heavy;
mod queues;

pub use care::{Rescued, prune, release_worker, rescue};
pub use claim::{Claimed, claim, claim_heavy, heavy_waits, next_due_seconds};
pub use failures::{FailureGroup, cause_of, discard, failure_groups, retry_many};
pub use heavy::{Entry, enter_heavy};
pub use queues::{
    COUNTED_MAX, HeavyLimits, Measures, QueueState, RunningJob, WorkerCard, alive_and_heavy, bucket_seconds, failed_by_queue, forget, gone,
    heavy_limits, here, measure, measured, now, queue_states, running_jobs, set_heavy_limits, set_limits, set_paused, workers,
};

use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};

use super::Requester;
use super::states::{AGAIN, DONE, FAILED, GIVEN_BACK, STOPPED};
use crate::platform::instruments::current;

/// Seconds a lease lasts without a heartbeat.
pub const LEASE_SECONDS: i32 = 30;

/// A job to add.
pub struct NewJob {
    /// Queue.
    pub queue: &'static str,
    /// Kind.
    pub name: &'static str,
    /// The struct of the job.
    pub payload: Value,
    /// Lower runs first.
    pub priority: i16,
    /// Runs allowed.
    pub max_attempts: i32,
    /// What people read.
    pub title: String,
    /// Key that two living jobs never share.
    pub unique_key: Option<String>,
    /// Who asked.
    pub requester: Requester,
}

/// Adds a job, or finds the living one with the same key.
pub async fn insert(connection: &mut PgConnection, job: &NewJob) -> Result<i64, sqlx::Error> {
    let (number, trail) = current();
    // The update that changes nothing makes RETURNING give the row that is already there.
    sqlx::query_scalar(
        "INSERT INTO job (queue, name, payload, priority, max_attempts, title, unique_key, requested_by, collectivite_id, demande, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (unique_key) WHERE state IN ('ready', 'running') DO UPDATE SET unique_key = excluded.unique_key
         RETURNING id",
    )
    .bind(job.queue)
    .bind(job.name)
    .bind(&job.payload)
    .bind(job.priority)
    .bind(job.max_attempts)
    .bind(&job.title)
    .bind(&job.unique_key)
    .bind(job.requester.user_id)
    .bind(job.requester.collectivite_id)
    .bind(number)
    .bind(trail)
    .fetch_one(connection)
    .await
}

/// Adds jobs of one kind that no key makes one, in one statement: each with its payload.
pub async fn insert_many(connection: &mut PgConnection, model: &NewJob, payloads: &[Json<Value>]) -> Result<(), sqlx::Error> {
    let (number, trail) = current();
    sqlx::query(
        "INSERT INTO job (queue, name, payload, priority, max_attempts, title, requested_by, collectivite_id, demande, traceparent)
         SELECT $1, $2, p.payload, $4, $5, $6, $7, $8, $9, $10 FROM unnest($3::jsonb[]) WITH ORDINALITY p (payload, rang) ORDER BY p.rang",
    )
    .bind(model.queue)
    .bind(model.name)
    .bind(payloads)
    .bind(model.priority)
    .bind(model.max_attempts)
    .bind(&model.title)
    .bind(model.requester.user_id)
    .bind(model.requester.collectivite_id)
    .bind(number)
    .bind(trail)
    .execute(connection)
    .await?;
    Ok(())
}

/// Prolongs the leases `(ids, leases)`; returns those still held (job, lease), with whether to cancel them.
pub async fn heartbeat(pool: &PgPool, ids: &[i64], leases: &[i64]) -> Result<Vec<(i64, i64, bool)>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE job SET lease_until = now() + make_interval(secs => $3)
         FROM unnest($1::bigint[], $2::bigint[]) AS tenu (id, lease)
         WHERE job.id = tenu.id AND job.lease = tenu.lease AND state = 'running'
         RETURNING job.id, job.lease, cancel_requested",
    )
    .bind(ids)
    .bind(leases)
    .bind(f64::from(LEASE_SECONDS))
    .fetch_all(pool)
    .await
}

/// Which of `ids` somebody asked to cancel: cheap, asked more often than the heartbeat.
pub async fn cancelled(pool: &PgPool, ids: &[i64]) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM job WHERE id = ANY($1) AND cancel_requested").bind(ids).fetch_all(pool).await
}

/// Writes progress; false when the lease is lost.
pub async fn progress(connection: &mut PgConnection, id: i64, lease: i64, done: i64, total: Option<i64>) -> Result<bool, sqlx::Error> {
    let written = sqlx::query("UPDATE job SET done = $3, total = coalesce($4, total) WHERE id = $1 AND lease = $2 AND state = 'running'")
        .bind(id)
        .bind(lease)
        .bind(done)
        .bind(total)
        .execute(connection)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Locks the row of a job whose lease is held; false when it is lost.
pub async fn hold(connection: &mut PgConnection, id: i64, lease: i64) -> Result<bool, sqlx::Error> {
    let held: Option<i64> = sqlx::query_scalar("SELECT id FROM job WHERE id = $1 AND lease = $2 AND state = 'running' FOR UPDATE")
        .bind(id)
        .bind(lease)
        .fetch_optional(connection)
        .await?;
    Ok(held.is_some())
}

/// How a run left its job.
pub enum Ending<'a> {
    /// The work is done.
    Done,
    /// Failed for good.
    Failed(&'a str),
    /// Called off.
    Cancelled(&'a str),
    /// Again after so many seconds; the attempt counts.
    Retry(&'a str, f64),
    /// Again at once, as if it had not been taken.
    GiveBack,
    /// A heavy reading that must wait, and why: keeps its place, costs no attempt.
    Wait(&'a str),
}

/// Ends a run; false when the lease was lost and nothing was written.
pub async fn end(connection: &mut PgConnection, id: i64, lease: i64, ending: &Ending<'_>) -> Result<bool, sqlx::Error> {
    let (state, error, delay, refund) = match ending {
        Ending::Done => (DONE.to, None, 0.0, 0),
        Ending::Failed(cause) => (FAILED.to, Some(*cause), 0.0, 0),
        Ending::Cancelled(cause) => (STOPPED.to, Some(*cause), 0.0, 0),
        Ending::Retry(cause, delay) => (GIVEN_BACK.to, Some(*cause), *delay, 0),
        Ending::GiveBack => (GIVEN_BACK.to, None, 0.0, 1),
        Ending::Wait(_) => (GIVEN_BACK.to, None, -1.0, 1),
    };
    let waits = if let Ending::Wait(reason) = ending { Some(*reason) } else { None };
    let cause = if let Ending::Failed(cause) = ending { Some(cause_of(cause)) } else { None };
    // A negative delay keeps the moment at which the job became ready, and so its place.
    let written = sqlx::query(
        "UPDATE job SET state = $3, error = $4, lease_until = NULL, attempts = attempts - $6,
             run_at = CASE WHEN $3 = 'ready' AND $5 >= 0 THEN now() + make_interval(secs => $5) ELSE run_at END,
             finished_at = CASE WHEN $3 = 'ready' THEN NULL ELSE now() END,
             done = CASE WHEN $3 = 'done' THEN coalesce(total, done) ELSE done END,
             lourd = lourd OR $7::text IS NOT NULL, attente = $7, cause = $8
         WHERE id = $1 AND lease = $2 AND state = 'running'",
    )
    .bind(id)
    .bind(lease)
    .bind(state)
    .bind(error)
    .bind(delay)
    .bind(refund)
    .bind(waits)
    .bind(cause)
    .execute(connection)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Ends as done the runs `(ids, leases)` in one statement; returns the ids whose lease was still
/// held. Each row compares its own lease, as [`end`] does.
///
/// # Errors
/// PostgreSQL refused; none was ended.
pub async fn end_many(pool: &PgPool, ids: &[i64], leases: &[i64]) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "UPDATE job SET state = 'done', error = NULL, lease_until = NULL, finished_at = now(), done = coalesce(total, done), attente = NULL
         FROM unnest($1::bigint[], $2::bigint[]) AS fini (id, lease)
         WHERE job.id = fini.id AND job.lease = fini.lease AND state = 'running' RETURNING job.id",
    )
    .bind(ids)
    .bind(leases)
    .fetch_all(pool)
    .await
}

/// Asks to stop job `id`: a waiting one is cancelled at once, a running one is told. Returns the job
/// when it was waiting (its kind may want to know), `None` otherwise. One statement: a job that goes
/// back to its queue between a look at the waiting and a look at the running would not hear of it.
pub async fn request_cancel(connection: &mut PgConnection, id: i64) -> Result<Option<(String, Value)>, sqlx::Error> {
    let told: Option<(String, String, Value)> = sqlx::query_as(
        "UPDATE job SET cancel_requested = true,
             state = CASE WHEN state = 'ready' THEN 'cancelled' ELSE state END,
             finished_at = CASE WHEN state = 'ready' THEN now() END,
             error = CASE WHEN state = 'ready' THEN 'Annulé avant son début.' ELSE error END
         WHERE id = $1 AND state IN ('ready', 'running') RETURNING state, name, payload",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(told.filter(|(state, ..)| state == "cancelled").map(|(_, name, payload)| (name, payload)))
}

/// Puts a failed or cancelled job back in its queue, with fresh attempts; what it has done so far is kept.
///
/// # Errors
/// PostgreSQL refused, or a living job has the same unique key.
pub async fn retry(connection: &mut PgConnection, id: i64) -> Result<bool, sqlx::Error> {
    let put_back = sqlx::query(
        "UPDATE job SET state = 'ready', attempts = 0, run_at = now(), cancel_requested = false, finished_at = NULL, cause = NULL
         WHERE id = $1 AND state = ANY($2)",
    )
    .bind(id)
    .bind(AGAIN.from)
    .execute(connection)
    .await?;
    Ok(put_back.rows_affected() == 1)
}
