//! The replicas of a process: which one answers, what the primary says of them, and what they did.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::Mutex as AsyncMutex;

use super::position::Position;
use super::replica::{Fallback, Lent, Replica, Standing, Why};
use super::statement::{Rows, Statement};

/// Time between two probes.
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// Time that the primary and each replica have to answer a probe.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Places of the primary that are remembered, to tell how late a replica is.
const REMEMBERED: usize = 600;

/// What all the replicas of a process are opened with.
pub(super) struct Opening {
    /// Address and settings of each.
    pub(super) options: Vec<PgConnectOptions>,
    /// Connections to each.
    pub(super) connections: u32,
    /// Time that a statement may take.
    pub(super) limit: Option<Duration>,
    /// How long one that is behind is waited for.
    pub(super) patience: Duration,
    /// Lateness beyond which none is asked.
    pub(super) bound: Duration,
}

/// The replicas of a process.
pub struct Replicas {
    all: Vec<Arc<Replica>>,
    patience: Duration,
    bound: Duration,
    turn: AtomicUsize,
    /// What the primary was last.
    primary: Mutex<Option<Primary>>,
    /// Places of the primary, and when it was last seen there.
    trail: Mutex<VecDeque<(i64, Instant)>>,
    probing: AsyncMutex<()>,
    served: AtomicU64,
    fallbacks: [AtomicU64; Fallback::ALL.len()],
}

/// How a replica is, for probes and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaState {
    /// From 1, in the order of the settings.
    pub number: usize,
    /// Where it is, without who connects.
    pub place: String,
    /// How it stands.
    pub standing: Standing,
    /// How late it is, when that is known.
    pub lag: Option<Duration>,
}

/// What the primary says of itself.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Primary {
    grappe: String,
    base: i64,
    ligne: i32,
    octet: i64,
}

/// What a replica says of itself.
#[derive(sqlx::FromRow)]
struct Told {
    suit: bool,
    grappe: String,
    base: i64,
    ligne: i32,
    octet: i64,
    /// Seconds since the last transaction that it has replayed, by its own clock.
    depuis: f64,
}

impl Replicas {
    pub(super) fn new(opening: Opening) -> Self {
        let Opening { options, connections, limit, patience, bound } = opening;
        let all = options.into_iter().enumerate();
        Self {
            all: all.map(|(place, options)| Arc::new(Replica::new(place + 1, options, connections, limit))).collect(),
            patience,
            bound,
            turn: AtomicUsize::new(0),
            primary: Mutex::default(),
            trail: Mutex::default(),
            probing: AsyncMutex::default(),
            served: AtomicU64::new(0),
            fallbacks: Default::default(),
        }
    }

    /// Probes them until nobody holds them any more.
    pub(super) fn watch(self: &Arc<Self>, primary: PgPool) {
        let watched = Arc::downgrade(self);
        tokio::spawn(async move {
            while let Some(replicas) = watched.upgrade() {
                if primary.is_closed() {
                    return;
                }
                replicas.probe(&primary).await;
                drop(replicas);
                tokio::time::sleep(PROBE_EVERY).await;
            }
        });
    }

    /// The rows of `statement` from a replica that has replayed up to `position`, and the moment that it is at; nothing when the primary
    /// must answer.
    pub(super) async fn ask(
        &self,
        position: Position,
        budget: Option<Duration>,
        statement: &Statement,
    ) -> Option<Result<(Rows, Option<DateTime<Utc>>), sqlx::Error>> {
        let mut lent = match self.lend(position, budget).await {
            Ok(lent) => lent,
            Err(why) => {
                self.note(why);
                return None;
            }
        };
        let begun = Instant::now();
        match lent.run(statement).await {
            Ok(rows) => {
                self.served.fetch_add(1, Ordering::Relaxed);
                Some(Ok((rows, lent.moment)))
            }
            Err(error) => match lent.failed(&error, begun.elapsed()) {
                Some(why) => {
                    self.note(why);
                    None
                }
                None => Some(Err(error)),
            },
        }
    }

    fn note(&self, why: Fallback) {
        self.fallbacks[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A connection of the first that is far enough: they take turns, those that were seen as far go first, and only the last one is
    /// waited for.
    async fn lend(&self, position: Position, budget: Option<Duration>) -> Result<Lent, Fallback> {
        let mut serving: Vec<&Arc<Replica>> = self.all.iter().filter(|replica| replica.standing() == Standing::Serves(position.line)).collect();
        let Some(last) = serving.len().checked_sub(1) else { return Err(Fallback::Aside) };
        serving.rotate_left(self.turn.fetch_add(1, Ordering::Relaxed) % (last + 1));
        serving.sort_by_key(|replica| !replica.has_reached(position.at));
        let mut why = Fallback::Aside;
        for (place, replica) in serving.into_iter().enumerate() {
            let patience = if place == last { self.patience } else { Duration::ZERO };
            match replica.lend(position, budget, patience).await {
                Ok(lent) => return Ok(lent),
                Err(missed) => why = missed,
            }
        }
        Err(why)
    }

    /// Looks at the primary and at each replica, and says which ones serve.
    pub(super) async fn probe(&self, primary: &PgPool) {
        let _one_at_a_time = self.probing.lock().await;
        if let Some(seen) = self.see(primary).await {
            *held(&self.primary) = Some(seen);
        }
        // What it was, when it does not answer: replicas are still its own.
        let known = held(&self.primary).clone();
        futures::future::join_all(self.all.iter().map(|replica| self.examine(replica, known.as_ref(), primary))).await;
    }

    /// What the primary is, if it answers.
    async fn see(&self, primary: &PgPool) -> Option<Primary> {
        let asked = sqlx::query_as(
            "SELECT (SELECT system_identifier::text FROM pg_control_system()) AS grappe,
                 (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS base,
                 ligne_d_ecriture() AS ligne, (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint AS octet",
        )
        .fetch_one(primary);
        let seen: Primary = match tokio::time::timeout(PROBE_TIMEOUT, asked).await {
            Ok(Ok(seen)) => seen,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the primary could not be looked at");
                return None;
            }
            Err(_) => return None,
        };
        let mut trail = held(&self.trail);
        match trail.back_mut() {
            Some((place, when)) if *place == seen.octet => *when = Instant::now(),
            _ => trail.push_back((seen.octet, Instant::now())),
        }
        if trail.len() > REMEMBERED {
            trail.pop_front();
        }
        Some(seen)
    }

    async fn examine(&self, replica: &Replica, primary: Option<&Primary>, pool: &PgPool) {
        // The timeline of what was replayed: that of the last checkpoint, or of the last page written since.
        let asked = sqlx::query_as(
            "SELECT pg_is_in_recovery() AS suit, (SELECT system_identifier::text FROM pg_control_system()) AS grappe,
                 (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS base,
                 (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline) FROM pg_control_checkpoint() c, pg_control_recovery() r) AS ligne,
                 coalesce((pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, 0) AS octet,
                 coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0)::float8 AS depuis",
        )
        .fetch_one(&replica.apart);
        let told: Told = match tokio::time::timeout(PROBE_TIMEOUT, asked).await {
            Ok(Ok(told)) => told,
            Ok(Err(error)) => {
                tracing::debug!(replica = replica.number, %error, "a replica could not be looked at");
                replica.is_late_by(None);
                return replica.stands(Standing::Aside(Why::Unreachable));
            }
            Err(_) => {
                replica.is_late_by(None);
                return replica.stands(Standing::Aside(Why::Unreachable));
            }
        };
        let Some(primary) = primary else { return replica.stands(Standing::Aside(Why::Unknown)) };
        // Looked at again: a replica may only have been quicker than we were.
        let ahead = told.octet > primary.octet && self.see(pool).await.is_some_and(|now| told.octet > now.octet);
        let stranger = match () {
            () if told.grappe != primary.grappe => Some(Why::OtherCluster),
            () if told.base != primary.base => Some(Why::OtherDatabase),
            () if !told.suit => Some(Why::Promoted),
            () if told.ligne != primary.ligne => Some(Why::OtherTimeline),
            () if ahead => Some(Why::Ahead),
            () => None,
        };
        if let Some(why) = stranger {
            replica.is_late_by(None);
            return replica.stands(Standing::Aside(why));
        }
        let lag = self.lag(told.octet).unwrap_or_else(|| Duration::try_from_secs_f64(told.depuis).unwrap_or(Duration::MAX));
        replica.is_late_by(Some(lag));
        replica.stands(if lag > self.bound { Standing::Aside(Why::Late) } else { Standing::Serves(told.ligne) });
    }

    /// How long ago the primary was last where a replica is, by the clock of this process alone; nothing when that was before it looked.
    fn lag(&self, octet: i64) -> Option<Duration> {
        let trail = held(&self.trail);
        let last = trail.back()?;
        if octet >= last.0 {
            return Some(Duration::ZERO);
        }
        trail.iter().rev().find(|(place, _)| *place <= octet).map(|(_, when)| when.elapsed())
    }

    /// How each of them is.
    pub fn states(&self) -> Vec<ReplicaState> {
        let state = |replica: &Arc<Replica>| ReplicaState {
            number: replica.number,
            place: replica.place.clone(),
            standing: replica.standing(),
            lag: replica.lag(),
        };
        self.all.iter().map(state).collect()
    }

    /// Readings that they served since the start.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Readings that the primary served in their place for this reason.
    pub fn fallbacks(&self, why: Fallback) -> u64 {
        self.fallbacks[why as usize].load(Ordering::Relaxed)
    }

    /// The pool of each, which nobody else waits for: for whoever examines them one by one.
    pub fn apart(&self) -> impl Iterator<Item = (usize, &PgPool)> {
        self.all.iter().map(|replica| (replica.number, &replica.apart))
    }

    pub(super) async fn close(&self) {
        futures::future::join_all(self.all.iter().map(|replica| replica.close())).await;
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Poisoned only if somebody panicked between two operations: what is held is still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
