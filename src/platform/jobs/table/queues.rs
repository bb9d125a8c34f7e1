//! What an operator sees and sets: queues, their limits and their pauses; workers; measures. Nothing
//! here reads the finished jobs: what they came to was added up, minute by minute, as they ended.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, PgPool};

use crate::platform::jobs::QUEUES;

/// Waiting jobs counted at most, per queue.
pub const COUNTED_MAX: i64 = 10_000;
/// Running jobs shown at most.
const RUNNING_MAX: i64 = 200;
/// Days a measure is kept.
const MEASURE_DAYS: i32 = 2;
/// Days a lost worker stays on the page.
const LOST_DAYS: i32 = 1;
/// The instant of PostgreSQL.
pub async fn now(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar("SELECT now()").fetch_one(pool).await
}

/// Upper bounds of the buckets of the measures, in seconds; one more holds the rest.
const BOUNDS: [f64; 21] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 3_600.0, 7_200.0, 14_400.0];

/// The upper bound of bucket `index`; `None` for the last, which has none.
pub fn bucket_seconds(index: usize) -> Option<f64> {
    BOUNDS.get(index).copied()
}

/// What a worker saw end in a queue since it last said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Jobs done.
    pub done: i32,
    /// Jobs failed for good.
    pub failed: i32,
    starts: [i32; BOUNDS.len() + 1],
    ends: [i32; BOUNDS.len() + 1],
}

impl Measures {
    /// A job began so many seconds after it could.
    pub fn started(&mut self, seconds: f64) {
        self.starts[bucket(seconds)] += 1;
    }

    /// A job was done so many seconds after it was asked for.
    pub fn ended(&mut self, seconds: f64) {
        self.done += 1;
        self.ends[bucket(seconds)] += 1;
    }
}

fn bucket(seconds: f64) -> usize {
    BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len())
}

/// Adds measures to those of this minute.
pub async fn measure(pool: &PgPool, queue: &str, seen: &Measures) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO file_mesure AS m (queue, minute, reussis, echoues, debuts, fins) VALUES ($1, date_trunc('minute', now()), $2, $3, $4, $5)
         ON CONFLICT (queue, minute) DO UPDATE SET reussis = m.reussis + excluded.reussis, echoues = m.echoues + excluded.echoues,
             debuts = (SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY i) FROM unnest(m.debuts, excluded.debuts) WITH ORDINALITY t (a, b, i)),
             fins = (SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY i) FROM unnest(m.fins, excluded.fins) WITH ORDINALITY t (a, b, i))",
    )
    .bind(queue)
    .bind(seen.done)
    .bind(seen.failed)
    .bind(seen.starts.as_slice())
    .bind(seen.ends.as_slice())
    .execute(pool)
    .await?;
    Ok(())
}

/// Starts and ends by bucket of every queue, over the last two hours.
pub async fn measured(pool: &PgPool) -> Result<Vec<(String, Vec<i64>, Vec<i64>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT queue, array_agg(debuts ORDER BY i), array_agg(fins ORDER BY i) FROM (
             SELECT queue, i, sum(coalesce(a, 0))::bigint AS debuts, sum(coalesce(b, 0))::bigint AS fins
             FROM file_mesure, unnest(debuts, fins) WITH ORDINALITY t (a, b, i)
             WHERE minute > now() - interval '2 hours' GROUP BY queue, i) par_tranche GROUP BY queue",
    )
    .fetch_all(pool)
    .await
}

/// A queue, its settings and how it stands.
#[derive(Debug, FromRow)]
pub struct QueueState {
    /// Queue.
    pub queue: String,
    /// Jobs that could run now, [`COUNTED_MAX`] + 1 for more.
    pub prets: i64,
    /// Jobs whose time comes later, the same.
    pub plus_tard: i64,
    /// Jobs that run.
    pub en_cours: i64,
    /// Seconds since the oldest ready job could run.
    pub plus_vieux: Option<f64>,
    /// Most jobs at once, over all workers.
    pub limite_globale: Option<i32>,
    /// Most jobs at once for one person.
    pub limite_par_personne: Option<i32>,
    /// Paused.
    pub en_pause: bool,
    /// Who paused it.
    pub pause_par: Option<String>,
    /// When.
    pub pause_le: Option<DateTime<Utc>>,
    /// Jobs done in the last fifteen minutes.
    pub reussis: i64,
    /// Jobs failed in the last fifteen minutes.
    pub echoues: i64,
    /// Workers alive that serve it.
    pub ouvriers: i64,
}

impl QueueState {
    /// Whether jobs could run now and nobody takes them: no worker alive serves the queue, which is open.
    pub fn is_stuck(&self) -> bool {
        self.ouvriers == 0 && !self.en_pause && self.prets > 0
    }
}

/// How the queues stand, in the order of [`QUEUES`].
pub async fn queue_states(pool: &PgPool) -> Result<Vec<QueueState>, sqlx::Error> {
    let queues: Vec<&str> = QUEUES.iter().map(|(queue, _)| *queue).collect();
    sqlx::query_as(
        "SELECT q.queue,
             (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'ready' AND queue = q.queue AND run_at <= now() LIMIT $2 + 1) t) AS prets,
             (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'ready' AND queue = q.queue AND run_at > now() LIMIT $2 + 1) t) AS plus_tard,
             (SELECT count(*) FROM job WHERE state = 'running' AND queue = q.queue) AS en_cours,
             (SELECT extract(epoch FROM now() - run_at)::float8 FROM job WHERE state = 'ready' AND queue = q.queue AND run_at <= now()
              ORDER BY run_at LIMIT 1) AS plus_vieux,
             limite_globale, limite_par_personne, coalesce(en_pause, false) AS en_pause, pause_par, pause_le,
             coalesce(m.reussis, 0) AS reussis, coalesce(m.echoues, 0) AS echoues,
             ouvriers_de(q.queue) AS ouvriers
         FROM unnest($1::text[]) WITH ORDINALITY AS q (queue, rang) LEFT JOIN file_attente f ON f.queue = q.queue
         LEFT JOIN LATERAL (SELECT sum(reussis) AS reussis, sum(echoues) AS echoues FROM file_mesure m
                            WHERE m.queue = q.queue AND minute > now() - interval '15 minutes') m ON true
         ORDER BY q.rang",
    )
    .bind(queues)
    .bind(COUNTED_MAX)
    .fetch_all(pool)
    .await
}

/// Pauses a queue, or opens it again.
pub async fn set_paused(connection: &mut PgConnection, queue: &str, paused: bool, by: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO file_attente (queue, en_pause, pause_par, pause_le) VALUES ($1, $2, $3, now())
         ON CONFLICT (queue) DO UPDATE SET en_pause = excluded.en_pause, pause_par = excluded.pause_par, pause_le = excluded.pause_le",
    )
    .bind(queue)
    .bind(paused)
    .bind(by)
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets the limits of a queue, `None` for no limit.
pub async fn set_limits(connection: &mut PgConnection, queue: &str, global: Option<i32>, per_user: Option<i32>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO file_attente (queue, limite_globale, limite_par_personne) VALUES ($1, $2, $3)
         ON CONFLICT (queue) DO UPDATE SET limite_globale = excluded.limite_globale, limite_par_personne = excluded.limite_par_personne",
    )
    .bind(queue)
    .bind(global)
    .bind(per_user)
    .execute(connection)
    .await?;
    Ok(())
}

/// The guard of the heavy readings.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub struct HeavyLimits {
    /// How many at once.
    pub simultanees: i32,
    /// Age of the oldest transaction beyond which none begins, in seconds.
    pub age_max_s: i32,
    /// Dead rows of a hot table beyond which none begins.
    pub lignes_mortes_max: i64,
}

/// The guard of the heavy readings.
pub async fn heavy_limits(pool: &PgPool) -> Result<HeavyLimits, sqlx::Error> {
    sqlx::query_as("SELECT simultanees, age_max_s, lignes_mortes_max FROM lecture_lourde").fetch_one(pool).await
}

/// Sets how many heavy readings go at once, and beyond what they wait.
pub async fn set_heavy_limits(connection: &mut PgConnection, limits: &HeavyLimits) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE lecture_lourde SET simultanees = $1, age_max_s = $2, lignes_mortes_max = $3")
        .bind(limits.simultanees)
        .bind(limits.age_max_s)
        .bind(limits.lignes_mortes_max)
        .execute(connection)
        .await?;
    Ok(())
}

/// A worker, as it says it is.
#[derive(Debug, FromRow)]
pub struct WorkerCard {
    /// Name.
    pub nom: String,
    /// Machine.
    pub machine: String,
    /// Process.
    pub pid: i32,
    /// Version.
    pub version: String,
    /// Queues it serves, with how many jobs at once.
    pub files: Vec<String>,
    /// Start.
    pub demarre_le: DateTime<Utc>,
    /// Last sign.
    pub vu_le: DateTime<Utc>,
    /// Seen less than a lease ago.
    pub vivant: bool,
}

/// Says that a worker is there.
pub async fn here(pool: &PgPool, name: &str, machine: &str, version: &str, queues: &[String]) -> Result<(), sqlx::Error> {
    let pid = i32::try_from(std::process::id()).unwrap_or(0);
    sqlx::query(
        "INSERT INTO ouvrier (nom, machine, pid, version, files) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (nom) DO UPDATE SET machine = excluded.machine, pid = excluded.pid, version = excluded.version, files = excluded.files, vu_le = now(),
             demarre_le = CASE WHEN ouvrier.pid = excluded.pid AND ouvrier.machine = excluded.machine THEN ouvrier.demarre_le ELSE now() END",
    )
    .bind(name)
    .bind(machine)
    .bind(pid)
    .bind(version)
    .bind(queues)
    .execute(pool)
    .await?;
    Ok(())
}

/// Says that a worker is leaving; forgets those lost long ago, and old measures.
pub async fn gone(pool: &PgPool, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM ouvrier WHERE nom = $1").bind(name).execute(pool).await?;
    Ok(())
}

/// Forgets workers lost long ago, and old measures.
pub async fn forget(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM ouvrier WHERE vu_le < now() - make_interval(days => $1)").bind(LOST_DAYS).execute(pool).await?;
    sqlx::query("DELETE FROM file_mesure WHERE minute < now() - make_interval(days => $1)").bind(MEASURE_DAYS).execute(pool).await?;
    Ok(())
}

/// The workers, those alive first.
pub async fn workers(pool: &PgPool) -> Result<Vec<WorkerCard>, sqlx::Error> {
    sqlx::query_as(
        "SELECT nom, machine, pid, version, files, demarre_le, vu_le, vu_le > now() - make_interval(secs => $1) AS vivant
         FROM ouvrier ORDER BY vivant DESC, nom LIMIT $2",
    )
    .bind(f64::from(super::LEASE_SECONDS))
    .bind(RUNNING_MAX)
    .fetch_all(pool)
    .await
}

/// A running job, for the operator.
#[derive(Debug, FromRow)]
pub struct RunningJob {
    /// Id.
    pub id: i64,
    /// Title.
    pub title: String,
    /// Worker.
    pub worker: Option<String>,
    /// Seconds since it began.
    pub secondes: i64,
    /// A heavy reading.
    pub lourd: bool,
}

/// The running jobs, oldest first.
pub async fn running_jobs(pool: &PgPool) -> Result<Vec<RunningJob>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, title, worker, extract(epoch FROM now() - started_at)::bigint AS secondes, lourd FROM job WHERE state = 'running' ORDER BY started_at LIMIT $1",
    )
    .bind(RUNNING_MAX)
    .fetch_all(pool)
    .await
}

/// The last failed jobs by queue, 10,000 in all at most.
pub async fn failed_by_queue(pool: &PgPool) -> Result<HashMap<String, i64>, sqlx::Error> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT queue, count(*) FROM (SELECT queue FROM job WHERE state = 'failed' ORDER BY id DESC LIMIT $1) echecs GROUP BY 1")
            .bind(COUNTED_MAX)
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().collect())
}

/// Workers alive, and heavy readings that wait.
pub async fn alive_and_heavy(pool: &PgPool) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM ouvrier WHERE vu_le > now() - make_interval(secs => $1)),
             (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 'ready' AND lourd AND run_at <= now() LIMIT $2) t)",
    )
    .bind(f64::from(super::LEASE_SECONDS))
    .bind(COUNTED_MAX)
    .fetch_one(pool)
    .await
}
