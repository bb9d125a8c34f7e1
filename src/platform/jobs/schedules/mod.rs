//! Schedules: a job added at each due time, once whatever the number of workers. A tick locks the
//! rows that are due, adds their jobs and advances their due times in one transaction; PostgreSQL's
//! clock decides, so that a worker whose clock is wrong does no harm.

mod tick;

pub use tick::{next_seconds, reset, run_now, set_active, set_times, tick};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, PgPool};

use super::cron::Cron;
use super::{Job, Requester};
use crate::platform::db::{Db, Write};

/// Zone in which expressions are lived unless said otherwise.
pub const ZONE: &str = "America/Guadeloupe";
/// Schedules served by one tick.
const TICK_MAX: i64 = 100;
/// Seconds by which a due time may be late and still run although missed ones are skipped.
const LATE_SECONDS: i64 = 300;
/// Longest spread.
pub const SPREAD_SECONDS_MAX: i32 = 86_400;

/// What becomes of the due times that passed while no worker was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Run once, however many were missed.
    CatchUpOne,
    /// Wait for the next.
    Skip,
}

impl Missed {
    /// Code and label of each.
    pub const ALL: [(Self, &'static str, &'static str); 2] =
        [(Self::CatchUpOne, "rattraper_une", "En rattraper une seule"), (Self::Skip, "ignorer", "Les ignorer")];

    /// The code kept in the table.
    pub fn code(self) -> &'static str {
        if self == Self::CatchUpOne { "rattraper_une" } else { "ignorer" }
    }

    /// Reads a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == code).map(|(missed, ..)| *missed)
    }
}

/// Why a schedule was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// What was asked makes no sense; the French sentence says what to write.
    #[error("{0}")]
    Invalid(String),
    /// PostgreSQL refused.
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
}

/// A schedule of the program, as a room declares it: when one of its jobs comes back. An operator may pause or move it, and a
/// person may add others ([`insert`]).
pub struct Regular(pub fn() -> Result<NewSchedule, ScheduleError>);

/// A schedule to keep.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    name: String,
    title: String,
    cron: Cron,
    kind: &'static str,
    payload: Value,
    queue: &'static str,
    priority: i16,
    max_attempts: i32,
    missed: Missed,
    spread_seconds: i32,
    owner: Requester,
}

impl NewSchedule {
    /// `job` at each time of `expression`, in Guadeloupe; missed times are caught up by one run, no spread.
    /// `name` is unique for ever: `entretien`, `export-programme:42`.
    ///
    /// # Errors
    /// [`ScheduleError::Invalid`] with a sentence when the expression is not one.
    pub fn of<J: Job>(name: impl Into<String>, expression: &str, job: &J) -> Result<Self, ScheduleError> {
        let payload = serde_json::to_value(job).map_err(|error| ScheduleError::Invalid(error.to_string()))?;
        Ok(Self {
            name: name.into(),
            title: job.title(),
            cron: Cron::parse(expression, ZONE).map_err(ScheduleError::Invalid)?,
            kind: J::NAME,
            payload,
            queue: J::QUEUE,
            priority: J::PRIORITY,
            max_attempts: J::MAX_ATTEMPTS,
            missed: Missed::CatchUpOne,
            spread_seconds: 0,
            owner: Requester::default(),
        })
    }

    /// With this title instead of the job's.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// With this rule for missed times.
    #[must_use]
    pub fn missed(mut self, missed: Missed) -> Self {
        self.missed = missed;
        self
    }

    /// Starts within so many seconds after the time, always at the same one for a name.
    #[must_use]
    pub fn spread(mut self, seconds: i32) -> Self {
        self.spread_seconds = seconds.clamp(0, SPREAD_SECONDS_MAX);
        self
    }

    /// For somebody: their jobs, on their jobs page, and gone with their account.
    #[must_use]
    pub fn owned_by(mut self, owner: Requester) -> Self {
        self.owner = owner;
        self
    }
}

/// A schedule as pages show it.
#[derive(Clone, Debug, FromRow)]
pub struct Schedule {
    /// Id.
    pub id: i64,
    /// Unique name.
    pub nom: String,
    /// What people read.
    pub titre: String,
    /// `programme` or `personne`.
    pub origine: String,
    /// Cron expression.
    pub expression: String,
    /// Zone.
    pub fuseau: String,
    /// Kind of job.
    pub travail: String,
    /// Queue.
    pub file: String,
    /// Code of [`Missed`].
    pub rattrapage: String,
    /// Spread in seconds.
    pub etalement_s: i32,
    /// False when paused.
    pub active: bool,
    /// An operator changed it.
    pub reglee: bool,
    /// Owner.
    pub proprietaire_id: Option<i64>,
    /// Name of the owner.
    pub proprietaire: Option<String>,
    /// Next due time.
    pub prochaine_le: Option<DateTime<Utc>>,
    /// Last due time that was served.
    pub derniere_le: Option<DateTime<Utc>>,
    /// `lancee`, `sautee` or `ignoree`.
    pub derniere_issue: Option<String>,
    /// Last job.
    pub dernier_job_id: Option<i64>,
    /// State of the last job.
    pub dernier_etat: Option<String>,
}

const SELECT: &str = "SELECT p.id, p.nom, p.titre, origine, expression, fuseau, travail, file, rattrapage, etalement_s, active, reglee,
         proprietaire_id, u.nom AS proprietaire, prochaine_le, derniere_le, derniere_issue, dernier_job_id, j.state AS dernier_etat
     FROM planification p LEFT JOIN utilisateur u ON u.id = p.proprietaire_id LEFT JOIN job j ON j.id = p.dernier_job_id";

/// The first `limit` schedules, the next due first.
pub async fn all(pool: &PgPool, limit: i64) -> Result<Vec<Schedule>, sqlx::Error> {
    let sql = format!("{SELECT} ORDER BY p.prochaine_le NULLS LAST, p.id LIMIT $1");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(pool).await
}

/// Number, title and due time of the first `limit` schedules that should have run already: no worker came, or none could.
pub async fn late(pool: &PgPool, limit: i64) -> Result<Vec<(i64, String, DateTime<Utc>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, titre, prochaine_le FROM planification WHERE active AND prochaine_le < now() - make_interval(secs => $1)
         ORDER BY prochaine_le, id LIMIT $2",
    )
    .bind(LATE_SECONDS as f64)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Schedule `id`.
pub async fn find(pool: &PgPool, id: i64) -> Result<Option<Schedule>, sqlx::Error> {
    let sql = format!("{SELECT} WHERE p.id = $1");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await
}

/// The schedules of a person, oldest first.
pub async fn for_owner(pool: &PgPool, user_id: i64) -> Result<Vec<Schedule>, sqlx::Error> {
    let sql = format!("{SELECT} WHERE p.proprietaire_id = $1 ORDER BY p.id");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(user_id).fetch_all(pool).await
}

/// The instant of PostgreSQL.
pub async fn now(connection: &mut PgConnection) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar("SELECT now()").fetch_one(connection).await
}

const INSERT: &str = "INSERT INTO planification AS p (nom, titre, origine, expression, travail, contenu, file, priorite, essais_max, rattrapage,
         etalement_s, proprietaire_id, collectivite_id, prochaine_le)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
/// A changed declaration reaches its row, except for what an operator has set.
const REDECLARE: &str = " ON CONFLICT (nom) DO UPDATE SET titre = excluded.titre, travail = excluded.travail, contenu = excluded.contenu,
         file = excluded.file, priorite = excluded.priorite, essais_max = excluded.essais_max,
         prochaine_le = CASE WHEN p.reglee OR (p.expression, p.etalement_s) = (excluded.expression, excluded.etalement_s)
                             THEN p.prochaine_le ELSE excluded.prochaine_le END,
         expression = CASE WHEN p.reglee THEN p.expression ELSE excluded.expression END,
         rattrapage = CASE WHEN p.reglee THEN p.rattrapage ELSE excluded.rattrapage END,
         etalement_s = CASE WHEN p.reglee THEN p.etalement_s ELSE excluded.etalement_s END
     WHERE p.origine = 'programme'";

fn binds<'q>(
    sql: &'static str,
    tail: &'static str,
    new: &'q NewSchedule,
    origin: &'static str,
    next: Option<DateTime<Utc>>,
) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
    sqlx::query(sqlx::AssertSqlSafe(format!("{sql}{tail}")))
        .bind(&new.name)
        .bind(&new.title)
        .bind(origin)
        .bind(new.cron.expression())
        .bind(new.kind)
        .bind(&new.payload)
        .bind(new.queue)
        .bind(new.priority)
        .bind(new.max_attempts)
        .bind(new.missed.code())
        .bind(new.spread_seconds)
        .bind(new.owner.user_id)
        .bind(new.owner.collectivite_id)
        .bind(next)
}

/// Declares the schedules of the program; those it no longer declares are removed, as far as this
/// version knows their kind of job (`names`): those of a newer version stay.
pub async fn declare(db: &Db, schedules: &[NewSchedule], names: &[String]) -> Result<(), sqlx::Error> {
    let mut write = db.write().await?;
    let moment = now(&mut write.tx).await?;
    for new in schedules {
        let next = new.cron.next_due(&new.name, new.spread_seconds, moment);
        binds(INSERT, REDECLARE, new, "programme", next).execute(&mut *write.tx).await?;
    }
    let kept: Vec<&str> = schedules.iter().map(|new| new.name.as_str()).collect();
    sqlx::query("DELETE FROM planification WHERE origine = 'programme' AND nom <> ALL($1) AND travail = ANY($2)")
        .bind(kept)
        .bind(names)
        .execute(&mut *write.tx)
        .await?;
    write.commit().await
}

/// Adds the schedule of a person; returns its id.
///
/// # Errors
/// The name is taken, or PostgreSQL refused.
pub async fn insert(write: &mut Write, new: &NewSchedule) -> Result<i64, ScheduleError> {
    let next = new.cron.next_due(&new.name, new.spread_seconds, now(&mut write.tx).await?);
    let row = binds(INSERT, " ON CONFLICT (nom) DO NOTHING RETURNING id", new, "personne", next).fetch_optional(&mut *write.tx).await?;
    match row {
        Some(row) => Ok(sqlx::Row::try_get(&row, 0)?),
        None => Err(ScheduleError::Invalid(format!("Une planification s’appelle déjà « {} ». Donnez-lui un autre nom.", new.name))),
    }
}

/// Gives schedule `id` of a person a new content and new times; false when it is gone.
pub async fn update(write: &mut Write, id: i64, new: &NewSchedule) -> Result<bool, ScheduleError> {
    let next = new.cron.next_due(&new.name, new.spread_seconds, now(&mut write.tx).await?);
    let changed = sqlx::query(
        "UPDATE planification SET titre = $2, expression = $3, travail = $4, contenu = $5, file = $6, rattrapage = $7, etalement_s = $8,
             prochaine_le = CASE WHEN active THEN $9 END, collectivite_id = $10
         WHERE id = $1 AND origine = 'personne'",
    )
    .bind(id)
    .bind(&new.title)
    .bind(new.cron.expression())
    .bind(new.kind)
    .bind(&new.payload)
    .bind(new.queue)
    .bind(new.missed.code())
    .bind(new.spread_seconds)
    .bind(next)
    .bind(new.owner.collectivite_id)
    .execute(&mut *write.tx)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Removes schedule `id` of a person; false when it is gone. Its last job, if it runs, goes on.
pub async fn remove(write: &mut Write, id: i64) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM planification WHERE id = $1 AND origine = 'personne'").bind(id).execute(&mut *write.tx).await?;
    Ok(removed.rows_affected() == 1)
}
