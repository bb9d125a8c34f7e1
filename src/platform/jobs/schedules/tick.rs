//! What moves a schedule: its due time, an operator.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, PgConnection, PgPool};

use super::super::cron::Cron;
use super::{LATE_SECONDS, Missed, ScheduleError, TICK_MAX, now};
use crate::platform::db::{Db, Write};

#[derive(FromRow)]
struct Due {
    id: i64,
    nom: String,
    expression: String,
    fuseau: String,
    rattrapage: String,
    etalement_s: i32,
    prochaine_le: DateTime<Utc>,
    maintenant: DateTime<Utc>,
    dure: bool,
}

impl Due {
    /// Strictly after now: times missed meanwhile are made up for by this one, or not at all.
    fn next(&self) -> Option<DateTime<Utc>> {
        Cron::parse(&self.expression, &self.fuseau).ok()?.next_due(&self.nom, self.etalement_s, self.maintenant)
    }

    /// What this due time comes to.
    fn outcome(&self) -> &'static str {
        let late = self.maintenant - self.prochaine_le > TimeDelta::seconds(LATE_SECONDS);
        if late && self.rattrapage == Missed::Skip.code() {
            "ignoree"
        } else if self.dure {
            "sautee"
        } else {
            "lancee"
        }
    }
}

/// Serves the schedules that are due, of the kinds in `names`; returns how many. Two ticks at once
/// never serve the same due time: the row is locked, and advanced in the same transaction.
///
/// # Errors
/// PostgreSQL refused; nothing was served.
pub async fn tick(db: &Db, names: &[String]) -> Result<usize, sqlx::Error> {
    let mut write = db.write().await?;
    let due: Vec<Due> = sqlx::query_as(
        "SELECT p.id, nom, expression, fuseau, rattrapage, etalement_s, prochaine_le, now() AS maintenant,
             EXISTS (SELECT 1 FROM job j WHERE j.id = p.dernier_job_id AND j.state IN ('ready', 'running')) AS dure
         FROM planification p WHERE active AND prochaine_le <= now() AND travail = ANY($1)
         ORDER BY prochaine_le LIMIT $2 FOR UPDATE OF p SKIP LOCKED",
    )
    .bind(names)
    .bind(TICK_MAX)
    .fetch_all(&mut *write.tx)
    .await?;
    for one in &due {
        let outcome = one.outcome();
        let job = match outcome {
            "lancee" => add_job(&mut write.tx, one.id, &format!("planification:{}:{}", one.id, one.prochaine_le.timestamp())).await?,
            _ => None,
        };
        advance(&mut write.tx, one, outcome, job).await?;
        tracing::info!(schedule = one.nom, outcome, job, "schedule due");
    }
    if due.is_empty() {
        write.rollback().await?;
    } else {
        write.wake_workers();
        write.commit().await?;
    }
    Ok(due.len())
}

async fn advance(connection: &mut PgConnection, due: &Due, outcome: &str, job: Option<i64>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE planification SET prochaine_le = $2, derniere_le = $3, derniere_issue = $4, dernier_job_id = coalesce($5, dernier_job_id) WHERE id = $1",
    )
    .bind(due.id)
    .bind(due.next())
    .bind(due.prochaine_le)
    .bind(outcome)
    .bind(job)
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the job of schedule `id`; `None` when a living one has the same key.
async fn add_job(connection: &mut PgConnection, id: i64, key: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO job (queue, name, payload, priority, max_attempts, title, unique_key, requested_by, collectivite_id)
         SELECT file, travail, contenu, priorite, essais_max, titre, $2, proprietaire_id, collectivite_id FROM planification WHERE id = $1
         ON CONFLICT (unique_key) WHERE state IN ('ready', 'running') DO NOTHING RETURNING id",
    )
    .bind(id)
    .bind(key)
    .fetch_optional(connection)
    .await
}

/// Seconds until the next due time of the kinds in `names`; negative when it is late.
pub async fn next_seconds(pool: &PgPool, names: &[String]) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT extract(epoch FROM prochaine_le - now())::float8 FROM planification
         WHERE active AND prochaine_le IS NOT NULL AND travail = ANY($1) ORDER BY prochaine_le LIMIT 1",
    )
    .bind(names)
    .fetch_optional(pool)
    .await
}

/// Runs schedule `id` now, without changing its due times; `None` when its last job still lives.
pub async fn run_now(write: &mut Write, id: i64) -> Result<Option<i64>, sqlx::Error> {
    let free: Option<bool> = sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT 1 FROM job j WHERE j.id = p.dernier_job_id AND j.state IN ('ready', 'running'))
         FROM planification p WHERE id = $1 FOR UPDATE OF p",
    )
    .bind(id)
    .fetch_optional(&mut *write.tx)
    .await?;
    if free != Some(true) {
        return Ok(None);
    }
    let job = add_job(&mut write.tx, id, &format!("planification:{id}:maintenant")).await?;
    if job.is_some() {
        sqlx::query("UPDATE planification SET derniere_le = now(), derniere_issue = 'lancee', dernier_job_id = $2 WHERE id = $1")
            .bind(id)
            .bind(job)
            .execute(&mut *write.tx)
            .await?;
        write.wake_workers();
    }
    Ok(job)
}

/// Pauses schedule `id`, or lets it go on from its next time: what passed meanwhile is not made up for.
pub async fn set_active(write: &mut Write, id: i64, active: bool) -> Result<bool, ScheduleError> {
    let Some((name, expression, zone, spread)) = times(&mut write.tx, id).await? else { return Ok(false) };
    let cron = Cron::parse(&expression, &zone).map_err(ScheduleError::Invalid)?;
    let next = cron.next_due(&name, spread, now(&mut write.tx).await?);
    sqlx::query(
        "UPDATE planification SET active = $2, reglee = reglee OR origine = 'programme', prochaine_le = CASE WHEN $2 THEN $3 END WHERE id = $1",
    )
    .bind(id)
    .bind(active)
    .bind(next)
    .execute(&mut *write.tx)
    .await?;
    Ok(true)
}

/// Gives schedule `id` other times: what an operator sets stays when a new version declares others.
///
/// # Errors
/// [`ScheduleError::Invalid`] with a sentence when the expression is not one.
pub async fn set_times(write: &mut Write, id: i64, expression: &str, missed: Missed, spread_seconds: i32) -> Result<bool, ScheduleError> {
    let Some((name, _, zone, _)) = times(&mut write.tx, id).await? else { return Ok(false) };
    let cron = Cron::parse(expression, &zone).map_err(ScheduleError::Invalid)?;
    let next = cron.next_due(&name, spread_seconds, now(&mut write.tx).await?);
    sqlx::query(
        "UPDATE planification SET expression = $2, rattrapage = $3, etalement_s = $4, reglee = reglee OR origine = 'programme',
             prochaine_le = CASE WHEN active THEN $5 END WHERE id = $1",
    )
    .bind(id)
    .bind(cron.expression())
    .bind(missed.code())
    .bind(spread_seconds)
    .bind(next)
    .execute(&mut *write.tx)
    .await?;
    Ok(true)
}

/// Gives a schedule of the program back to it: what it declares applies when a worker next starts.
pub async fn reset(write: &mut Write, id: i64) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query("UPDATE planification SET reglee = false WHERE id = $1 AND origine = 'programme' AND reglee AND active")
        .bind(id)
        .execute(&mut *write.tx)
        .await?;
    Ok(changed.rows_affected() == 1)
}

async fn times(connection: &mut PgConnection, id: i64) -> Result<Option<(String, String, String, i32)>, sqlx::Error> {
    sqlx::query_as("SELECT nom, expression, fuseau, etalement_s FROM planification WHERE id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(connection)
        .await
}
