//! One replica: its connections, how it stands, and a connection lent once it is known to be far enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::sync::watch;

use super::position::Position;
use super::statement::{Rows, Statement};

/// Time to have a connection of a replica, opening it included: the primary answers after that.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(300);
/// Time that it has to say how far it is.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(300);
/// A connection idle for longer is checked before it is used.
const CHECK_AFTER_IDLE: Duration = Duration::from_millis(500);
/// Between two looks at how far it is.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// After a wait for nothing, nobody waits for this long: a replica that is late costs its wait to few.
const NO_WAIT_AFTER_VAIN_MS: u64 = 500;

/// Why a replica is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody has looked at it yet, or the primary has not said what it is.
    Unknown,
    /// No answer, or a connection that broke.
    Unreachable,
    /// It follows nobody any more.
    Promoted,
    /// It is of another cluster than the primary.
    OtherCluster,
    /// It is of the same cluster, and its address names another database.
    OtherDatabase,
    /// It follows another timeline than the one where the primary writes.
    OtherTimeline,
    /// It has replayed what the primary has not written: it follows another one.
    Ahead,
    /// It is late beyond the bound of the settings.
    Late,
}

impl Why {
    /// In words, for whoever runs the installation.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "pas encore examiné",
            Self::Unreachable => "injoignable",
            Self::Promoted => "promu\u{a0}: il ne suit plus la base principale",
            Self::OtherCluster => "il n’est pas une copie de la base principale (autre grappe)",
            Self::OtherDatabase => "son adresse nomme une autre base",
            Self::OtherTimeline => "il suit une autre ligne de temps que la base principale",
            Self::Ahead => "il a rejoué ce que la base principale n’a pas écrit\u{a0}: il en suit une autre",
            Self::Late => "trop en retard",
        }
    }
}

/// How a replica stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It answers to those who write on this timeline.
    Serves(i32),
    /// It is set aside.
    Aside(Why),
}

/// Why a reading that could have gone to a replica went to the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Every replica is set aside.
    Aside,
    /// None had replayed far enough in time.
    Behind,
    /// No free connection in time.
    Busy,
    /// It could not be reached, or its connection broke.
    Cut,
    /// It cancelled the statement to go on replaying.
    Conflict,
    /// It refused the statement: a right that its role has not, something that only the primary does.
    Refused,
}

impl Fallback {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Aside, Self::Behind, Self::Busy, Self::Cut, Self::Conflict, Self::Refused];

    /// As metrics call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Aside => "aside",
            Self::Behind => "behind",
            Self::Busy => "busy",
            Self::Cut => "cut",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
        }
    }
}

/// A replica.
pub(super) struct Replica {
    /// From 1, in the order of the settings.
    pub(super) number: usize,
    /// Where it is, without who connects.
    pub(super) place: String,
    pool: PgPool,
    /// A connection apart, for the probe: readers never take it.
    pub(super) apart: PgPool,
    standing: watch::Sender<Standing>,
    /// How late it is, in milliseconds; `u64::MAX` while that is not known.
    lag_ms: AtomicU64,
    /// The furthest that it was seen.
    reached: AtomicI64,
    /// Until when nobody waits for it, in milliseconds from `since`.
    hasty_until_ms: AtomicU64,
    since: Instant,
    /// Time that a statement may take when the reading says nothing of it.
    limit: Option<Duration>,
}

impl Replica {
    pub(super) fn new(number: usize, options: PgConnectOptions, connections: u32, limit: Option<Duration>) -> Self {
        let pool = |connections: u32| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move {
                        if meta.idle_for > CHECK_AFTER_IDLE {
                            sqlx::Connection::ping(connection).await?;
                        }
                        Ok(true)
                    })
                })
                .connect_lazy_with(options.clone())
        };
        let place = match options.get_socket() {
            Some(socket) => format!("{}:{}", socket.display(), options.get_port()),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        let (pool, apart) = (pool(connections), pool(1));
        let standing = watch::Sender::new(Standing::Aside(Why::Unknown));
        let (lag_ms, reached, hasty_until_ms) = (AtomicU64::new(u64::MAX), AtomicI64::new(0), AtomicU64::new(0));
        Self { number, place, pool, apart, standing, lag_ms, reached, hasty_until_ms, since: Instant::now(), limit }
    }

    pub(super) fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// Notes how it stands, and says so when that changes.
    pub(super) fn stands(&self, now: Standing) {
        let changed = self.standing.send_if_modified(|before| {
            let changed = *before != now;
            *before = now;
            changed
        });
        match now {
            Standing::Serves(_) if changed => tracing::info!(replica = self.number, place = self.place, "replica in service"),
            Standing::Aside(why) if changed && why != Why::Unknown => {
                tracing::warn!(replica = self.number, place = self.place, ?why, "replica set aside: the primary answers for it");
            }
            _ => {}
        }
    }

    /// How late it is, when that is known.
    pub(super) fn lag(&self) -> Option<Duration> {
        let lag = self.lag_ms.load(Ordering::Relaxed);
        (lag != u64::MAX).then(|| Duration::from_millis(lag))
    }

    pub(super) fn is_late_by(&self, lag: Option<Duration>) {
        let lag = lag.map_or(u64::MAX, |lag| u64::try_from(lag.as_millis()).unwrap_or(u64::MAX - 1));
        self.lag_ms.store(lag, Ordering::Relaxed);
    }

    /// Whether it was seen as far as `at` already.
    pub(super) fn has_reached(&self, at: i64) -> bool {
        self.reached.load(Ordering::Relaxed) >= at
    }

    /// Closes its connections.
    pub(super) async fn close(&self) {
        self.pool.close().await;
        self.apart.close().await;
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A connection that has replayed up to `position`, on which the reading is then done: never another one, which another server may
    /// hold behind the same address. It is waited for during `patience`.
    pub(super) async fn lend(self: &Arc<Self>, position: Position, budget: Option<Duration>, patience: Duration) -> Result<Lent, Fallback> {
        let connection = match self.pool.acquire().await {
            Ok(connection) => connection,
            // All of them in use: it is not its fault.
            Err(sqlx::Error::PoolTimedOut) if self.pool.size() >= self.pool.options().get_max_connections() && self.pool.num_idle() == 0 => {
                return Err(Fallback::Busy);
            }
            Err(_) => return Err(self.cut()),
        };
        let mut lent = Lent { connection: Some(connection), replica: Arc::clone(self), moment: None, limit: budget.or(self.limit) };
        let patience = if self.now_ms() < self.hasty_until_ms.load(Ordering::Relaxed) { Duration::ZERO } else { patience };
        let begun = Instant::now();
        loop {
            let told = match tokio::time::timeout(ANSWER_TIMEOUT, lent.look()).await {
                Ok(Ok(told)) => told,
                _ => {
                    lent.throw_away();
                    return Err(self.cut());
                }
            };
            if !told.suit {
                lent.throw_away();
                self.stands(Standing::Aside(Why::Promoted));
                return Err(Fallback::Aside);
            }
            self.reached.fetch_max(told.octet, Ordering::Relaxed);
            if told.octet >= position.at {
                lent.moment = told.moment;
                return Ok(lent);
            }
            if begun.elapsed() + LOOK_AGAIN > patience {
                if !patience.is_zero() {
                    self.hasty_until_ms.store(self.now_ms() + NO_WAIT_AFTER_VAIN_MS, Ordering::Relaxed);
                }
                return Err(Fallback::Behind);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Sets it aside until the next probe that finds it well.
    fn cut(&self) -> Fallback {
        self.is_late_by(None);
        self.stands(Standing::Aside(Why::Unreachable));
        Fallback::Cut
    }
}

/// What a connection says before it is used.
#[derive(sqlx::FromRow)]
struct Look {
    suit: bool,
    octet: i64,
    moment: Option<DateTime<Utc>>,
}

/// A connection of a replica that has replayed what was asked.
pub(super) struct Lent {
    connection: Option<PoolConnection<Postgres>>,
    replica: Arc<Replica>,
    /// When the last transaction that it has replayed was committed.
    pub(super) moment: Option<DateTime<Utc>>,
    limit: Option<Duration>,
}

impl Lent {
    /// How far it is. A statement of its own: within the reading, the snapshot would be taken before this is looked at, and what is
    /// replayed between the two would be told as read.
    async fn look(&mut self) -> Result<Look, sqlx::Error> {
        let limit = self.limit.map_or(0, |limit| limit.as_millis()).to_string();
        let connection = self.connection()?;
        sqlx::query_as(
            "SELECT pg_is_in_recovery() AS suit, coalesce((pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, 0) AS octet,
                 pg_last_xact_replay_timestamp() AS moment, set_config('statement_timeout', $1, false)",
        )
        .bind(limit)
        .fetch_one(connection)
        .await
    }

    fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// The rows of `statement`; it is given up when the replica falls meanwhile.
    pub(super) async fn run(&mut self, statement: &Statement) -> Result<Rows, sqlx::Error> {
        let mut standing = self.replica.standing.subscribe();
        let fallen = async {
            // The sender lives as long as the replica, which this holds.
            let _gone = standing.wait_for(|standing| *standing == Standing::Aside(Why::Unreachable)).await;
        };
        let done = statement.rows(self.connection()?);
        tokio::select! {
            done = done => done,
            () = fallen => Err(sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))),
        }
    }

    /// Whether `error`, met after `spent`, is the replica's and not the statement's: the primary is then asked, for the reason given.
    pub(super) fn failed(mut self, error: &sqlx::Error, spent: Duration) -> Option<Fallback> {
        let code = error.as_database_error().and_then(|cause| cause.code().map(|code| code.to_string()));
        let reason = match code.as_deref() {
            // Its time was over: the primary would spend as long. Before that, something else cancelled it.
            Some("57014") if self.limit.is_some_and(|limit| spent >= limit) => return None,
            Some("57014" | "40001" | "40P01" | "55P03") => Fallback::Conflict,
            Some(code) if code.starts_with("57P") || code.starts_with("08") || code.starts_with("53") => Fallback::Cut,
            Some(code) => {
                tracing::warn!(replica = self.replica.number, code, %error, "a replica refused a statement: the primary is asked");
                Fallback::Refused
            }
            None if matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Encode(_)) => return None,
            None => Fallback::Cut,
        };
        self.throw_away();
        if reason == Fallback::Cut { Some(self.replica.cut()) } else { Some(reason) }
    }

    /// Closes the connection without a word: what is left in it belongs to a statement that nobody waits for.
    fn throw_away(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}
