//! What ended badly: requests that could not be answered, jobs that failed for good. Noted where it happens without a wait, written in the base
//! beside, so that it is still told after a restart, whichever server it happened on. Nothing of a person goes there: a pattern instead of an
//! address, a code instead of what PostgreSQL said.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tokio::sync::Notify;

use super::db::Db;

/// Incidents kept in the base, and for how many days: what the upkeep leaves.
pub const KEPT_MAX: i64 = 1_000;
/// See [`KEPT_MAX`].
pub const KEPT_DAYS: i32 = 90;
/// Different ones that wait to be written, at most: those that come then are told by the log alone.
const WAITING_MAX: usize = 200;
/// Time during which the same incident is one row, however often it happens.
const GATHERED: Duration = Duration::from_secs(5);
/// Time after which a base that was away is tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// Characters of a place and of a code at most, as their columns hold them.
const PLACE_CHARS: usize = 200;
const CODE_CHARS: usize = 120;

/// Which program it happened in, as the base says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `gardel serve`.
    Server,
    /// `gardel-worker`.
    Worker,
}

impl Program {
    fn code(self) -> &'static str {
        match self {
            Self::Server => "serveur",
            Self::Worker => "ouvrier",
        }
    }
}

/// One thing that ended badly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its kind: the code of an error ([`super::error::Error::trouble`]), or [`JOB`].
    pub kind: &'static str,
    /// Method and pattern of the route, or name of the job.
    pub place: String,
    /// What PostgreSQL gave as a code, and the constraint.
    pub code: Option<String>,
    /// Number of the request.
    pub request: Option<String>,
    /// The job.
    pub job: Option<i64>,
}

/// The kind of a job that failed for good.
pub const JOB: &str = "travail";

/// One that waits to be written: how often it happened, and when last.
struct Waiting {
    incident: Incident,
    times: i32,
    last: Instant,
}

/// Those of a process.
#[derive(Clone)]
pub struct Incidents(Arc<Inner>);

struct Inner {
    program: Program,
    machine: String,
    waiting: Mutex<Vec<Waiting>>,
    bell: Notify,
}

impl Incidents {
    /// Those of `program` on `machine`.
    pub fn new(program: Program, machine: &str) -> Self {
        let machine = machine.chars().take(100).collect();
        Self(Arc::new(Inner { program, machine, waiting: Mutex::default(), bell: Notify::new() }))
    }

    /// Notes one, without waiting for anybody. The same one again before it is written counts with the first.
    pub fn note(&self, mut incident: Incident) {
        incident.place = incident.place.chars().take(PLACE_CHARS).collect();
        incident.code = incident.code.map(|code| code.chars().take(CODE_CHARS).collect());
        self.add(Waiting { incident, times: 1, last: Instant::now() });
        self.0.bell.notify_one();
    }

    fn add(&self, one: Waiting) {
        // Poisoned only if a holder panicked between two pushes: the list is still right.
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let key = |other: &Incident| (other.kind, other.place.clone(), other.code.clone());
        let room = waiting.len() < WAITING_MAX;
        match waiting.iter_mut().find(|known| key(&known.incident) == key(&one.incident)) {
            Some(known) => {
                known.times = known.times.saturating_add(one.times);
                if one.last >= known.last {
                    (known.incident, known.last) = (one.incident, one.last);
                }
            }
            None if room => waiting.push(one),
            None => {}
        }
    }

    /// Writes what was noted. What could not be written is kept for the next time.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn write(&self, pool: &PgPool) -> Result<usize, sqlx::Error> {
        // As above.
        let taken = std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return Ok(0);
        }
        let column = |of: fn(&Waiting) -> Option<&str>| taken.iter().map(|one| of(one).map(str::to_string)).collect::<Vec<_>>();
        let written = sqlx::query(
            "INSERT INTO incident (moment, genre, programme, machine, version, lieu, code, demande, travail, nombre)
             SELECT now() - make_interval(secs => age), genre, $1, $2, $3, lieu, code, demande, travail, nombre
             FROM unnest($4::float8[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::integer[])
                  t (age, genre, lieu, code, demande, travail, nombre)",
        )
        .bind(self.0.program.code())
        .bind(&self.0.machine)
        .bind(env!("CARGO_PKG_VERSION"))
        .bind(taken.iter().map(|one| one.last.elapsed().as_secs_f64()).collect::<Vec<_>>())
        .bind(column(|one| Some(one.incident.kind)))
        .bind(column(|one| Some(&one.incident.place)))
        .bind(column(|one| one.incident.code.as_deref()))
        .bind(column(|one| one.incident.request.as_deref()))
        .bind(taken.iter().map(|one| one.incident.job).collect::<Vec<_>>())
        .bind(taken.iter().map(|one| one.times).collect::<Vec<_>>())
        .execute(pool)
        .await;
        match written {
            Ok(_) => Ok(taken.len()),
            Err(error) => {
                taken.into_iter().for_each(|one| self.add(one));
                Err(error)
            }
        }
    }

    /// Writes what is noted while this process runs, a few seconds after it happened: a trouble that lasts is some rows, not thousands.
    pub async fn follow(self, db: Db) {
        loop {
            self.0.bell.notified().await;
            tokio::time::sleep(GATHERED).await;
            while let Err(error) = self.write(db.pool()).await {
                tracing::warn!(%error, "incidents could not be written; it is tried again");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// Takes away what is over its number or its time.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM incident WHERE moment < now() - make_interval(days => $1)
            OR id <= (SELECT id FROM incident ORDER BY id DESC OFFSET $2 LIMIT 1)",
    )
    .bind(KEPT_DAYS)
    .bind(KEPT_MAX)
    .execute(pool)
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(place: &str, request: &str) -> Incident {
        Incident { kind: "defaut", place: place.into(), code: None, request: Some(request.into()), job: None }
    }

    #[test]
    fn the_same_again_is_one_and_their_number_is_bounded() {
        let incidents = Incidents::new(Program::Server, "m");
        for number in 0..5 {
            incidents.note(incident("GET /sejours", &number.to_string()));
        }
        for place in 0..1_000 {
            incidents.note(incident(&place.to_string(), "x"));
        }
        incidents.note(incident(&"é".repeat(500), "x"));
        let waiting = incidents.0.waiting.lock().expect("nobody panicked");
        assert_eq!(waiting.len(), WAITING_MAX);
        assert_eq!((waiting[0].times, waiting[0].incident.request.as_deref()), (5, Some("4")), "the last one is named");
    }
}
