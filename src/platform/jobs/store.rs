//! The only SQL of the queue. Leases are counted and timed by PostgreSQL, so that a worker whose
//! clock is wrong does no harm.

use serde_json::Value;
use sqlx::{FromRow, PgConnection, PgPool};

use super::Requester;

/// Seconds a lease lasts without a heartbeat.
pub const LEASE_SECONDS: i32 = 30;
/// Finished jobs removed in one statement.
const PRUNE_BATCH: i64 = 1_000;

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

/// A job that was taken.
#[derive(Debug, FromRow)]
pub struct Claimed {
    /// Id.
    pub id: i64,
    /// Kind.
    pub name: String,
    /// Queue.
    pub queue: String,
    /// The struct of the job.
    pub payload: Value,
    /// Number of the lease.
    pub lease: i64,
    /// Attempt, from 1.
    pub attempts: i32,
    /// Attempts allowed.
    pub max_attempts: i32,
    /// Where the last run stood.
    pub checkpoint: Option<Value>,
    /// User who asked.
    pub requested_by: Option<i64>,
    /// Collectivité it belongs to.
    pub collectivite_id: Option<i32>,
}

/// Adds a job, or finds the living one with the same key.
///
/// # Errors
/// PostgreSQL refused.
pub async fn insert(connection: &mut PgConnection, job: &NewJob) -> Result<i64, sqlx::Error> {
    // The update that changes nothing makes RETURNING give the row that is already there.
    sqlx::query_scalar(
        "INSERT INTO job (queue, name, payload, priority, max_attempts, title, unique_key, requested_by, collectivite_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
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
    .fetch_one(connection)
    .await
}

/// Takes up to `limit` ready jobs of `queue` among the `names` this worker knows.
///
/// # Errors
/// PostgreSQL refused.
pub async fn claim(pool: &PgPool, queue: &str, names: &[String], worker: &str, limit: i64) -> Result<Vec<Claimed>, sqlx::Error> {
    sqlx::query_as(
        "WITH pris AS MATERIALIZED (
             SELECT id FROM job
             WHERE state = 'ready' AND queue = $1 AND run_at <= now() AND name = ANY($2)
             ORDER BY priority, run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
         UPDATE job SET state = 'running', lease = lease + 1, lease_until = now() + make_interval(secs => $5),
             worker = $3, attempts = attempts + 1, started_at = now(), error = NULL
         FROM pris WHERE job.id = pris.id
         RETURNING job.id, name, queue, payload, lease, attempts, max_attempts, checkpoint, requested_by, collectivite_id",
    )
    .bind(queue)
    .bind(names)
    .bind(worker)
    .bind(limit)
    .bind(f64::from(LEASE_SECONDS))
    .fetch_all(pool)
    .await
}

/// Seconds until the next job of `queue` becomes ready, if any waits.
///
/// # Errors
/// PostgreSQL refused.
pub async fn next_due_seconds(pool: &PgPool, queue: &str) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT extract(epoch FROM run_at - now())::float8 FROM job WHERE state = 'ready' AND queue = $1 AND run_at > now() ORDER BY run_at LIMIT 1",
    )
    .bind(queue)
    .fetch_optional(pool)
    .await
}

/// Prolongs the leases `(ids, leases)`; returns those still held (job, lease), with whether to cancel them.
///
/// # Errors
/// PostgreSQL refused.
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
///
/// # Errors
/// PostgreSQL refused.
pub async fn cancelled(pool: &PgPool, ids: &[i64]) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM job WHERE id = ANY($1) AND cancel_requested").bind(ids).fetch_all(pool).await
}

/// Writes progress, and a checkpoint when one is given; false when the lease is lost.
///
/// # Errors
/// PostgreSQL refused.
pub async fn progress(
    connection: &mut PgConnection,
    id: i64,
    lease: i64,
    done: i64,
    total: Option<i64>,
    checkpoint: Option<&Value>,
) -> Result<bool, sqlx::Error> {
    let written = sqlx::query(
        "UPDATE job SET done = $3, total = coalesce($4, total), checkpoint = coalesce($5, checkpoint)
         WHERE id = $1 AND lease = $2 AND state = 'running'",
    )
    .bind(id)
    .bind(lease)
    .bind(done)
    .bind(total)
    .bind(checkpoint)
    .execute(connection)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Locks the row of a job whose lease is held; false when it is lost.
///
/// # Errors
/// PostgreSQL refused.
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
    /// Again after so many seconds, as if it had not been taken.
    GiveBack(f64),
}

/// Ends a run; false when the lease was lost and nothing was written.
///
/// # Errors
/// PostgreSQL refused.
pub async fn end(connection: &mut PgConnection, id: i64, lease: i64, ending: &Ending<'_>) -> Result<bool, sqlx::Error> {
    let (state, error, delay, refund) = match ending {
        Ending::Done => ("done", None, 0.0, 0),
        Ending::Failed(cause) => ("failed", Some(*cause), 0.0, 0),
        Ending::Cancelled(cause) => ("cancelled", Some(*cause), 0.0, 0),
        Ending::Retry(cause, delay) => ("ready", Some(*cause), *delay, 0),
        Ending::GiveBack(delay) => ("ready", None, *delay, 1),
    };
    let written = sqlx::query(
        "UPDATE job SET state = $3, error = $4, lease_until = NULL, attempts = attempts - $6,
             run_at = CASE WHEN $3 = 'ready' THEN now() + make_interval(secs => $5) ELSE run_at END,
             finished_at = CASE WHEN $3 = 'ready' THEN NULL ELSE now() END,
             done = CASE WHEN $3 = 'done' THEN coalesce(total, done) ELSE done END
         WHERE id = $1 AND lease = $2 AND state = 'running'",
    )
    .bind(id)
    .bind(lease)
    .bind(state)
    .bind(error)
    .bind(delay)
    .bind(refund)
    .execute(connection)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// A job whose lease ran out.
#[derive(Debug, FromRow)]
pub struct Rescued {
    /// Id.
    pub id: i64,
    /// Kind.
    pub name: String,
    /// The struct of the job.
    pub payload: Value,
    /// `ready` to run again, `failed` after too many attempts, `cancelled` when that was asked.
    pub state: String,
}

/// Takes back the jobs whose worker is lost. The attempt counted when they were taken, so a job that
/// kills its workers ends as failed.
///
/// # Errors
/// PostgreSQL refused.
pub async fn rescue(pool: &PgPool) -> Result<Vec<Rescued>, sqlx::Error> {
    sqlx::query_as(
        "WITH perdu AS MATERIALIZED (
             SELECT id FROM job WHERE state = 'running' AND lease_until < now() ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED)
         UPDATE job SET lease_until = NULL, run_at = now(),
             state = CASE WHEN cancel_requested THEN 'cancelled' WHEN attempts >= max_attempts THEN 'failed' ELSE 'ready' END,
             finished_at = CASE WHEN cancel_requested OR attempts >= max_attempts THEN now() END,
             error = 'L''ouvrier ' || coalesce(worker, '?') || ' ne répond plus (essai ' || attempts || ').'
         FROM perdu WHERE job.id = perdu.id RETURNING job.id, name, payload, state",
    )
    .fetch_all(pool)
    .await
}

/// Gives back at once what a worker of this name left running (it restarts after a crash).
///
/// # Errors
/// PostgreSQL refused.
pub async fn release_worker(pool: &PgPool, worker: &str) -> Result<u64, sqlx::Error> {
    let released = sqlx::query("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running' AND worker = $1")
        .bind(worker)
        .execute(pool)
        .await?;
    Ok(released.rows_affected())
}

/// Removes finished jobs older than `days`, one bounded batch; returns how many.
///
/// # Errors
/// PostgreSQL refused.
pub async fn prune(pool: &PgPool, days: i32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query(
        "DELETE FROM job WHERE id IN (
             SELECT id FROM job WHERE state IN ('done', 'failed', 'cancelled') AND finished_at < now() - make_interval(days => $1)
             ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(days)
    .bind(PRUNE_BATCH)
    .execute(pool)
    .await?;
    Ok(removed.rows_affected())
}

/// Asks to stop job `id`: a waiting one is cancelled at once, a running one is told. Returns the job
/// when it was waiting (its kind may want to know), `None` otherwise. One statement: a job that goes
/// back to its queue between a look at the waiting and a look at the running would not hear of it.
///
/// # Errors
/// PostgreSQL refused.
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

/// Puts a failed or cancelled job back in its queue, with fresh attempts and its checkpoint kept.
///
/// # Errors
/// PostgreSQL refused, or a living job has the same unique key.
pub async fn retry(connection: &mut PgConnection, id: i64) -> Result<bool, sqlx::Error> {
    let put_back = sqlx::query(
        "UPDATE job SET state = 'ready', attempts = 0, run_at = now(), cancel_requested = false, finished_at = NULL
         WHERE id = $1 AND state IN ('failed', 'cancelled')",
    )
    .bind(id)
    .execute(connection)
    .await?;
    Ok(put_back.rows_affected() == 1)
}

/// A line of the metrics: queue, state, how many, age in seconds of the oldest that could run.
pub type Depth = (String, String, i64, Option<f64>);

/// Jobs by queue and state. Living ones are counted by their small partial indexes; finished ones,
/// kept a few days, up to 10,000.
///
/// # Errors
/// PostgreSQL refused.
pub async fn depths(pool: &PgPool) -> Result<Vec<Depth>, sqlx::Error> {
    sqlx::query_as(
        "SELECT queue, state, count(*), extract(epoch FROM max(now() - run_at))::float8 FROM job
         WHERE state = 'ready' AND run_at <= now() GROUP BY 1, 2
         UNION ALL SELECT queue, state, count(*), NULL FROM job WHERE state = 'running' GROUP BY 1, 2
         UNION ALL SELECT queue, state, count(*), NULL FROM
             (SELECT queue, state FROM job WHERE state = 'failed' ORDER BY id DESC LIMIT 10000) echecs GROUP BY 1, 2",
    )
    .fetch_all(pool)
    .await
}
