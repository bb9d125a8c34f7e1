//! Taking jobs. A queue without limits is served by one statement; a limited one under the lock of
//! its settings, so that its limits hold for all workers together.

use serde_json::Value;
use sqlx::{FromRow, PgConnection, PgPool};

use super::LEASE_SECONDS;
use super::heavy::{self, Gate};

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
    /// User who asked.
    pub requested_by: Option<i64>,
    /// Collectivité it belongs to.
    pub collectivite_id: Option<i32>,
    /// Number of the request that asked for it.
    pub demande: Option<String>,
    /// Its place in a trace.
    pub traceparent: Option<String>,
    /// A heavy reading.
    pub lourd: bool,
    /// Seconds since it could have run.
    pub waited: f64,
    /// Seconds since it was asked for.
    pub age: f64,
    /// Taken from a queue that has limits: its end frees a place that others wait for.
    #[sqlx(default)]
    pub limited: bool,
}

/// What a claim writes, and gives.
const TAKE: &str = "UPDATE job SET state = 'running', lease = lease + 1, lease_until = now() + make_interval(secs => $4),
         worker = $3, attempts = attempts + 1, started_at = now(), error = NULL, attente = NULL
     FROM pris WHERE job.id = pris.id AND job.state = 'ready'
     RETURNING job.id, name, queue, payload, lease, attempts, max_attempts, requested_by, collectivite_id, demande, traceparent, lourd,
         greatest(extract(epoch FROM now() - run_at), 0)::float8 AS waited, extract(epoch FROM now() - created_at)::float8 AS age";

/// The first jobs of a queue, in the order of their rank. The limit is written in: bound, PostgreSQL
/// would plan each claim anew rather than trust a plan that knows nothing of it.
fn first(condition: &str, limit: i64) -> String {
    format!(
        "WITH pris AS MATERIALIZED (SELECT id FROM job
         WHERE {condition} state = 'ready' AND NOT lourd AND queue = $1 AND run_at <= now() AND name = ANY($2)
         ORDER BY job_rang(run_at, priority), id LIMIT {limit} FOR UPDATE SKIP LOCKED) "
    )
}

/// A queue that an operator has neither paused nor limited.
const FREE: &str =
    "NOT EXISTS (SELECT 1 FROM file_attente WHERE queue = $1 AND (en_pause OR limite_globale IS NOT NULL OR limite_par_personne IS NOT NULL)) AND";

/// Who asks of a worker: queue, kinds it knows, its name.
#[derive(Clone, Copy)]
struct Claimant<'a> {
    queue: &'a str,
    names: &'a [String],
    worker: &'a str,
}

/// What a choice may use beyond queue (`$1`), kinds (`$2`), worker (`$3`) and seconds of a lease (`$4`).
#[derive(Clone, Copy, Default)]
struct More {
    /// `$5`: most jobs at once for one person.
    per_user: Option<Option<i32>>,
    /// `$6`: seconds that a job must have waited.
    least_age: Option<i64>,
}

async fn take<'e, E>(executor: E, chosen: &str, asked: Claimant<'_>, more: More) -> Result<Vec<Claimed>, sqlx::Error>
where
    E: sqlx::Executor<'e, Database = sqlx::Postgres>,
{
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(format!("{chosen} {TAKE}")))
        .bind(asked.queue)
        .bind(asked.names)
        .bind(asked.worker)
        .bind(f64::from(LEASE_SECONDS));
    if let Some(per_user) = more.per_user {
        query = query.bind(per_user);
    }
    if let Some(least_age) = more.least_age {
        query = query.bind(least_age);
    }
    query.fetch_all(executor).await
}

/// Takes up to `limit` ready jobs of `queue` among the `names` this worker knows, the smallest rank
/// first, within the limits that an operator set; none of a paused queue.
pub async fn claim(pool: &PgPool, queue: &str, names: &[String], worker: &str, limit: i64) -> Result<Vec<Claimed>, sqlx::Error> {
    let asked = Claimant { queue, names, worker };
    let mut taken = take(pool, &first(FREE, limit), asked, More::default()).await?;
    let left = limit - i64::try_from(taken.len()).unwrap_or(limit);
    if left > 0 {
        // Only a queue that had less to give than was asked is looked at twice.
        let (limited, heavy): (bool, bool) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM file_attente WHERE queue = $1 AND NOT en_pause AND (limite_globale IS NOT NULL OR limite_par_personne IS NOT NULL)),
                 EXISTS (SELECT 1 FROM job WHERE state = 'ready' AND lourd AND queue = $1 AND run_at <= now())",
        )
        .bind(queue)
        .fetch_one(pool)
        .await?;
        if limited {
            taken.extend(claim_limited(pool, asked, left).await?);
        }
        if heavy && i64::try_from(taken.len()).is_ok_and(|count| count < limit) {
            taken.extend(claim_heavy(pool, queue, names, worker).await?);
        }
    }
    Ok(taken)
}

#[derive(Default, FromRow)]
struct Limits {
    limite_globale: Option<i32>,
    limite_par_personne: Option<i32>,
    en_pause: bool,
}

/// Locks the settings of a queue against other limited claims; says how many jobs it may still start.
async fn room(connection: &mut PgConnection, queue: &str, limit: i64) -> Result<(i64, Limits), sqlx::Error> {
    let limits: Limits = sqlx::query_as("SELECT limite_globale, limite_par_personne, en_pause FROM file_attente WHERE queue = $1 FOR UPDATE")
        .bind(queue)
        .fetch_optional(&mut *connection)
        .await?
        .unwrap_or_default();
    if limits.en_pause {
        return Ok((0, limits));
    }
    let Some(most) = limits.limite_globale else { return Ok((limit, limits)) };
    // A statement of its own, after the lock: it sees what the claims before it took.
    let running: i64 =
        sqlx::query_scalar("SELECT count(*) FROM job WHERE state = 'running' AND queue = $1").bind(queue).fetch_one(connection).await?;
    Ok((limit.min(i64::from(most) - running), limits))
}

/// The first job of each person who is under their limit, found by one step of the index per person,
/// however many jobs they have waiting; then the first of these.
const FIRST_OF_EACH: &str = "WITH RECURSIVE gens AS (
         (SELECT coalesce(requested_by, 0) AS qui FROM job WHERE state = 'ready' AND NOT lourd AND queue = $1 ORDER BY 1 LIMIT 1)
         UNION ALL
         SELECT (SELECT coalesce(requested_by, 0) FROM job
                 WHERE state = 'ready' AND NOT lourd AND queue = $1 AND coalesce(requested_by, 0) > gens.qui ORDER BY 1 LIMIT 1)
         FROM gens WHERE gens.qui IS NOT NULL),
     pris AS MATERIALIZED (
         SELECT premier.id FROM gens CROSS JOIN LATERAL (
             SELECT id, job_rang(run_at, priority) AS rang FROM job
             WHERE state = 'ready' AND NOT lourd AND queue = $1 AND coalesce(requested_by, 0) = gens.qui AND run_at <= now() AND name = ANY($2)
             ORDER BY job_rang(run_at, priority), id LIMIT 1) premier
         WHERE gens.qui = 0 OR (SELECT count(*) FROM job r WHERE r.state = 'running' AND r.queue = $1 AND r.requested_by = gens.qui) < $5
         ORDER BY premier.rang, premier.id LIMIT 1) ";

async fn claim_limited(pool: &PgPool, asked: Claimant<'_>, limit: i64) -> Result<Vec<Claimed>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let (room, limits) = room(&mut tx, asked.queue, limit).await?;
    let mut taken = Vec::new();
    match limits.limite_par_personne {
        _ if room <= 0 => {}
        None => taken = take(&mut *tx, &first("", room), asked, More::default()).await?,
        limit => {
            // One at a time: each changes what its person may still start.
            for _ in 0..room {
                let one = take(&mut *tx, FIRST_OF_EACH, asked, More { per_user: Some(limit), least_age: None }).await?;
                if one.is_empty() {
                    break;
                }
                taken.extend(one);
            }
        }
    }
    tx.commit().await?;
    taken.iter_mut().for_each(|job| job.limited = true);
    Ok(taken)
}

/// Whether a heavy reading waits in `queue`.
pub async fn heavy_waits(pool: &PgPool, queue: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM job WHERE state = 'ready' AND lourd AND queue = $1 AND run_at <= now())")
        .bind(queue)
        .fetch_one(pool)
        .await
}

/// The first heavy reading whose person is under their limit, among those that have waited `$6` seconds.
const FIRST_HEAVY: &str = "WITH pris AS MATERIALIZED (
         SELECT id FROM job j WHERE state = 'ready' AND lourd AND queue = $1 AND run_at <= now() - make_interval(secs => $6) AND name = ANY($2)
             AND ($5::integer IS NULL OR requested_by IS NULL OR
                 (SELECT count(*) FROM job r WHERE r.state = 'running' AND r.queue = $1 AND r.requested_by = j.requested_by) < $5)
         ORDER BY job_rang(run_at, priority), id LIMIT 1 FOR UPDATE SKIP LOCKED) ";

/// Takes the first heavy reading of `queue` when the house allows one more, else writes on those
/// that wait why they do.
pub async fn claim_heavy(pool: &PgPool, queue: &str, names: &[String], worker: &str) -> Result<Vec<Claimed>, sqlx::Error> {
    let asked = Claimant { queue, names, worker };
    let mut tx = pool.begin().await?;
    let (room, limits) = room(&mut tx, queue, 1).await?;
    let mut taken = Vec::new();
    if room > 0 {
        let gate = heavy::gate(&mut tx).await?;
        if !matches!(gate, Gate::Full(_)) {
            let least_age = if matches!(gate, Gate::Open) { 0 } else { heavy::WAIT_MAX_SECONDS };
            taken = take(&mut *tx, FIRST_HEAVY, asked, More { per_user: Some(limits.limite_par_personne), least_age: Some(least_age) }).await?;
        }
        if let (true, Gate::Full(reason) | Gate::Busy(reason)) = (taken.is_empty(), gate) {
            heavy::tell(&mut tx, queue, &reason).await?;
        }
    }
    tx.commit().await?;
    Ok(taken)
}

/// Seconds until the next job of `queue` becomes ready, if any waits.
pub async fn next_due_seconds(pool: &PgPool, queue: &str) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT extract(epoch FROM run_at - now())::float8 FROM job WHERE state = 'ready' AND queue = $1 AND run_at > now() ORDER BY run_at LIMIT 1",
    )
    .bind(queue)
    .fetch_optional(pool)
    .await
}
