//! What keeps the queue healthy: the jobs of lost workers, those that ended long ago.

use serde_json::Value;
use sqlx::{FromRow, PgPool};

/// Finished jobs removed in one statement.
const PRUNE_BATCH: i64 = 1_000;

/// A job whose lease ran out.
#[derive(Debug, FromRow)]
pub struct Rescued {
    /// Id.
    pub id: i64,
    /// Kind.
    pub name: String,
    /// Queue.
    pub queue: String,
    /// The struct of the job.
    pub payload: Value,
    /// `ready` to run again, `failed` after too many attempts, `cancelled` when that was asked.
    pub state: String,
}

/// Takes back the jobs whose worker is lost. The attempt counted when they were taken, so a job that
/// kills its workers ends as failed.
pub async fn rescue(pool: &PgPool) -> Result<Vec<Rescued>, sqlx::Error> {
    sqlx::query_as(
        "WITH perdu AS MATERIALIZED (
             SELECT id FROM job WHERE state = 'running' AND lease_until < now() ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED)
         UPDATE job SET lease_until = NULL,
             state = CASE WHEN cancel_requested THEN 'cancelled' WHEN attempts >= max_attempts THEN 'failed' ELSE 'ready' END,
             finished_at = CASE WHEN cancel_requested OR attempts >= max_attempts THEN now() END,
             cause = CASE WHEN NOT cancel_requested AND attempts >= max_attempts THEN 'L''ouvrier … ne répond plus (essai N).' END,
             error = 'L''ouvrier ' || coalesce(worker, '?') || ' ne répond plus (essai ' || attempts || ').'
         FROM perdu WHERE job.id = perdu.id RETURNING job.id, name, queue, payload, state",
    )
    .fetch_all(pool)
    .await
}

/// Gives back at once what a worker of this name left running (it restarts after a crash).
pub async fn release_worker(pool: &PgPool, worker: &str) -> Result<u64, sqlx::Error> {
    let released = sqlx::query("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running' AND worker = $1")
        .bind(worker)
        .execute(pool)
        .await?;
    Ok(released.rows_affected())
}

/// Removes finished jobs older than `days`, one bounded batch; returns how many.
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
