//! The one way to write.

use std::collections::BTreeSet;

use sqlx::{PgPool, Postgres, Transaction};

use super::place::Place;

/// A transaction that changes data. It remembers which data it touched, bumps their versions last,
/// so that no fragment older than the commit can be served after it, and wakes the workers once the
/// commit is done (a NOTIFY inside would serialise commits).
pub struct Write {
    /// The transaction, for the statements of the rooms.
    pub tx: Transaction<'static, Postgres>,
    touched: BTreeSet<(&'static str, String)>,
    notices: BTreeSet<String>,
    pool: PgPool,
    /// Given back once the connection is.
    _place: Place,
}

/// In place of a commune: data that every reader may see changed (see [`Write::touch`]).
pub const EVERYWHERE: &str = "";

/// Channel on which workers hear of new jobs: a message is the queue they came to, or nothing for
/// all queues; or [`CANCEL_PREFIX`] and the number of a job to stop.
pub const JOB_CHANNEL: &str = "gardel_job";
/// Before the number of a job to stop.
pub const CANCEL_PREFIX: &str = "annuler:";

impl Write {
    pub(super) fn new(tx: Transaction<'static, Postgres>, pool: PgPool, place: Place) -> Self {
        Self { tx, touched: BTreeSet::new(), notices: BTreeSet::new(), pool, _place: place }
    }

    /// Says that rows of `domain` changed in the commune `code_insee`, or [`EVERYWHERE`].
    pub fn touch(&mut self, domain: &'static str, code_insee: &str) {
        self.touched.insert((domain, code_insee.to_string()));
    }

    /// Says that jobs were added somewhere; workers are woken after the commit.
    pub fn wake_workers(&mut self) {
        self.notices.insert(String::new());
    }

    /// Says that a job was added to `queue`; its workers are woken after the commit.
    pub fn wake_queue(&mut self, queue: &str) {
        self.notices.insert(queue.into());
    }

    /// Says that running job `id` must stop; its worker hears it after the commit.
    pub fn tell_cancelled(&mut self, id: i64) {
        self.notices.insert(format!("{CANCEL_PREFIX}{id}"));
    }

    /// Gives everything up, and the connection back, before anything else is asked of the pool.
    ///
    /// # Errors
    /// PostgreSQL went away; nothing was written either.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.tx.rollback().await
    }

    /// Bumps the versions of what was touched, then commits.
    ///
    /// # Errors
    /// PostgreSQL refused; nothing was written.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        if !self.touched.is_empty() {
            // Sorted (BTreeSet): two writers take the counters in the same order, so none waits for the other in a ring.
            let (domains, communes): (Vec<&str>, Vec<String>) = self.touched.iter().cloned().unzip();
            sqlx::query(
                "INSERT INTO version_donnees (domaine, code_insee) SELECT * FROM unnest($1::text[], $2::text[])
                 ON CONFLICT (domaine, code_insee) DO UPDATE SET version = version_donnees.version + 1",
            )
            .bind(domains)
            .bind(communes)
            .execute(&mut *self.tx)
            .await?;
        }
        self.tx.commit().await?;
        if !self.notices.is_empty() {
            let notices: Vec<String> = self.notices.into_iter().collect();
            let sent = sqlx::query("SELECT pg_notify($1, avis) FROM unnest($2::text[]) avis").bind(JOB_CHANNEL).bind(notices).execute(&self.pool);
            // The poll of the workers backs this up: a lost wake-up costs seconds, not a job.
            if let Err(error) = sent.await {
                tracing::warn!(%error, "wake-up of the workers failed");
            }
        }
        Ok(())
    }
}
