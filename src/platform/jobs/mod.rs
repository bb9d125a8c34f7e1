//! The job queue: a table, `FOR UPDATE SKIP LOCKED`, and a numbered lease that every write of a
//! running job compares. `table` is the only SQL of the queue; `runner` the loop of the worker.

mod alive;
mod cron;
mod execute;
mod held;
mod registry;
mod runner;
pub mod schedules;
mod settings;
pub mod states;
pub mod table;

pub use cron::{Cron, DAYS};
pub use held::Runner;
pub use registry::{Known, Registry};
pub use settings::{QueueSetting, RunnerSettings, machine, served};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use super::db::{Db, Write};
use super::instruments::happened;

/// The queues, with what they are for.
pub const QUEUES: &[(&str, &str)] = &[
    ("high_priority", "Prioritaire"),
    ("exports", "Exports"),
    ("etl_heavy", "Imports lourds"),
    ("notifications", "Notifications"),
    ("maintenance", "Entretien"),
];

/// « un export », for « un export est déjà en cours »: what a queue runs.
fn noun_of(queue: &str) -> &'static str {
    match queue {
        "exports" => "un export",
        "etl_heavy" => "un import",
        _ => "une grande lecture",
    }
}

/// A kind of work. The struct is the payload: it only ever grows optional fields, so that
/// yesterday's jobs meet today's worker.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The environment it runs in.
    type Context: Send + Sync + 'static;
    /// Its name in the table; never changes.
    const NAME: &'static str;
    /// The queue it waits in.
    const QUEUE: &'static str;
    /// Lower runs first.
    const PRIORITY: i16 = 100;
    /// Runs after which it has failed for good; a rescue after a lost lease counts as one.
    const MAX_ATTEMPTS: i32 = 5;

    /// What people read on the jobs page.
    fn title(&self) -> String;

    /// Two living jobs never have the same key.
    fn unique_key(&self) -> Option<String> {
        None
    }

    /// Does the work. No transaction may stay open between two calls to `run`.
    fn run(&self, context: &Self::Context, run: &Run) -> impl Future<Output = Result<Outcome, JobError>> + Send;

    /// Called once when the job will not run again (failed for good, or cancelled).
    fn gave_up(&self, _context: &Self::Context, _end: GaveUp, _cause: &str) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// How a run ended, when it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done.
    Done,
    /// It must not be done, and why.
    Cancel(String),
}

/// Why a job will not run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveUp {
    /// All its attempts failed.
    Failed,
    /// Somebody, or itself, called it off.
    Cancelled,
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The lease went to another worker: nothing more may be written.
    #[error("le bail est passé à un autre ouvrier")]
    LostLease,
    /// Somebody asked to stop.
    #[error("annulé")]
    Cancelled,
    /// The worker is shutting down; the job goes back as it stands, without counting an attempt.
    #[error("interrompu par l’arrêt de l’ouvrier")]
    Interrupted,
    /// A heavy reading that may not begin yet, and why; it keeps its place, without counting an attempt.
    #[error("{0}")]
    Wait(String),
    /// It may work next time.
    #[error("{0}")]
    Retry(String),
    /// Other rows stood in its way, which may be gone: it is tried once more, and no further.
    #[error("{0}")]
    Met(String),
    /// It would not work next time either.
    #[error("{0}")]
    Refused(String),
}

/// What PostgreSQL answered goes to the log; what people read of it is French.
impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|cause| cause.code()).map(String::from);
        match (super::error::Error::from(error), code) {
            (super::error::Error::Internal(cause), Some(code)) => {
                tracing::warn!(%cause, %code, "la base de données a refusé une requête");
                Self::Retry(format!("La base de données a refusé une requête (code {code}). Le détail est dans les traces de l’ouvrier."))
            }
            (error, _) => Self::from(error),
        }
    }
}

impl From<super::error::Error> for JobError {
    fn from(error: super::error::Error) -> Self {
        use super::error::Error;
        tracing::warn!(cause = %error, "un travail s’arrête");
        if let Error::Refused { code, rule, .. } = error {
            let rule = rule.map_or(String::new(), |rule| format!(", règle «\u{a0}{rule}\u{a0}»"));
            let said = format!(
                "La base de données refuse ce que ce travail lui demande (code {code}{rule})\u{a0}: recommencer n’y changerait rien. Prévenez l’exploitant\u{a0}; le détail est dans les traces de l’ouvrier."
            );
            // A value that another row has, a row that another one needs: both move.
            return if ["23503", "23505"].contains(&code.as_str()) { Self::Met(said) } else { Self::Refused(said) };
        }
        // What makes no sense now makes none later.
        if let Error::Invalid(sentence) = error {
            return Self::Refused(sentence.into_owned());
        }
        Self::Retry(match error {
            Error::Unavailable(_) => "La base de données ne répond pas.".into(),
            Error::Held(_) => "Une autre opération tient ces données.".into(),
            Error::Crowded => "La base de données n’a plus de connexion libre.".into(),
            Error::NoRoom(_) => "La base de données n’a plus de place.".into(),
            Error::TooHeavy => "La base de données a arrêté une requête trop longue.".into(),
            Error::Internal(_) => "Une erreur est survenue de notre côté. Le détail est dans les traces de l’ouvrier.".into(),
            other => other.sentence().into_owned(),
        })
    }
}

impl From<super::store::FilesError> for JobError {
    fn from(error: super::store::FilesError) -> Self {
        Self::Retry(error.to_string())
    }
}

/// Who asked for a job.
#[derive(Debug, Clone, Copy, Default)]
pub struct Requester {
    /// User, `None` for the house itself.
    pub user_id: Option<i64>,
    /// Collectivité whose administrateurs may see it.
    pub collectivite_id: Option<i32>,
}

/// How far behind the others of their kind the jobs of a lot come: an hour, by `job_rang` of the base.
const LOT_BEHIND: i16 = 600;

fn new_job<J: Job>(job: &J, requester: Requester) -> Result<table::NewJob, sqlx::Error> {
    Ok(table::NewJob {
        queue: J::QUEUE,
        name: J::NAME,
        payload: serde_json::to_value(job).map_err(|error| sqlx::Error::Encode(Box::new(error)))?,
        priority: J::PRIORITY,
        max_attempts: J::MAX_ATTEMPTS,
        title: job.title(),
        unique_key: job.unique_key(),
        requester,
    })
}

/// Adds a job in the caller's transaction; workers are woken after its commit. Returns the id, that
/// of the living job when one has the same unique key.
pub async fn enqueue<J: Job>(write: &mut Write, job: &J, requester: Requester) -> Result<i64, sqlx::Error> {
    let id = table::insert(&mut write.tx, &new_job(job, requester)?).await?;
    write.wake_queue(J::QUEUE);
    Ok(id)
}

/// The same for many jobs that have one title and no unique key, in one statement. They come after what somebody waits for: a
/// lot keeps nobody's turn.
///
/// # Errors
/// PostgreSQL refused.
pub async fn enqueue_many<J: Job>(write: &mut Write, jobs: &[J], requester: Requester) -> Result<(), sqlx::Error> {
    let Some(first) = jobs.first() else { return Ok(()) };
    let payloads: Result<Vec<_>, _> = jobs.iter().map(|job| serde_json::to_value(job).map(sqlx::types::Json)).collect();
    let payloads = payloads.map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let new = new_job(first, requester)?;
    table::insert_many(&mut write.tx, &table::NewJob { priority: new.priority + LOT_BEHIND, ..new }, &payloads).await?;
    write.wake_queue(J::QUEUE);
    Ok(())
}

/// A run under way: what the work may tell the house. Every write compares the lease.
pub struct Run {
    /// The job.
    pub id: i64,
    /// The number of this lease.
    pub lease: i64,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// Who asked.
    pub requester: Requester,
    /// How long ago it was asked for when it was taken, and when that was.
    asked: (Duration, Instant),
    db: Db,
    signals: Arc<Signals>,
}

#[derive(Default)]
struct Signals {
    lost: AtomicBool,
    cancelled: AtomicBool,
    stopping: AtomicBool,
    /// The run reads heavily: others wait for its end.
    heavy: AtomicBool,
    /// Rings when one of the others changed.
    changed: Notify,
}

impl Run {
    /// How long ago the job was asked for.
    pub fn age(&self) -> Duration {
        self.asked.0 + self.asked.1.elapsed()
    }

    /// Between two steps: may the work go on?
    ///
    /// # Errors
    /// The lease was lost, a cancellation was asked for, or the worker is stopping.
    pub fn still_wanted(&self) -> Result<(), JobError> {
        if self.signals.lost.load(Ordering::Relaxed) {
            return Err(JobError::LostLease);
        }
        if self.signals.cancelled.load(Ordering::Relaxed) {
            return Err(JobError::Cancelled);
        }
        if self.signals.stopping.load(Ordering::Relaxed) {
            return Err(JobError::Interrupted);
        }
        Ok(())
    }

    /// Before a long reading: waits for no other to go on, and for the database to be at ease. To call
    /// before the first long statement, with `?`: the job is given back when it must wait, and taken
    /// again when it may begin.
    ///
    /// # Errors
    /// [`JobError::Wait`] with the reason, the lease was lost, or PostgreSQL failed.
    pub async fn heavy(&self) -> Result<(), JobError> {
        match table::enter_heavy(&self.db.statement(), self.id, self.lease).await? {
            table::Entry::In => {
                self.signals.heavy.store(true, Ordering::Relaxed);
                Ok(())
            }
            table::Entry::Lost => Err(JobError::LostLease),
            table::Entry::Wait(reason) => Err(JobError::Wait(reason)),
        }
    }

    /// Tells how far the work is.
    ///
    /// # Errors
    /// The lease was lost or PostgreSQL failed.
    pub async fn progress(&self, done: i64, total: Option<i64>) -> Result<(), JobError> {
        let mut connection = self.db.statement().acquire().await?;
        happened("progress", &[("gardel.rows.done", done), ("gardel.rows.total", total.unwrap_or(0))]);
        self.held(table::progress(&mut connection, self.id, self.lease, done, total).await?)
    }

    /// Tells how far the work is in the transaction that keeps it: neither is there without the other, nor without the lease.
    /// Where to resume is what that transaction wrote.
    ///
    /// # Errors
    /// The lease was lost or PostgreSQL failed.
    pub async fn checkpoint(&self, connection: &mut sqlx::PgConnection, done: i64, total: Option<i64>) -> Result<(), JobError> {
        happened("checkpoint", &[("gardel.rows.done", done), ("gardel.rows.total", total.unwrap_or(0))]);
        self.held(table::progress(connection, self.id, self.lease, done, total).await?)
    }

    /// Locks the job's row against a rescue until the transaction ends, and proves the lease.
    ///
    /// # Errors
    /// The lease was lost or PostgreSQL failed.
    pub async fn hold(&self, connection: &mut sqlx::PgConnection) -> Result<(), JobError> {
        self.held(table::hold(connection, self.id, self.lease).await?)
    }

    fn held(&self, held: bool) -> Result<(), JobError> {
        if held { Ok(()) } else { Err(JobError::LostLease) }
    }
}
