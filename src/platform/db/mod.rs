//! PostgreSQL: the pools, the count of statements, and the one way to write.

mod away;
mod counted;
mod lookup;
mod place;
mod position;
mod replica;
mod replicas;
mod road;
mod statement;
mod write;

pub use away::DbError;
pub use counted::Counted;
pub use lookup::Lookup;
pub use place::{Held, NoPlace, Seat, enter};
pub use position::{Position, Positions};
pub use replica::{Fallback, Standing, Why};
pub use replicas::{ReplicaState, Replicas};
pub use road::{Road, road, roads_to_replicas};
pub use write::{CANCEL_PREFIX, EVERYWHERE, JOB_CHANNEL, Write};

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use log::LevelFilter;
use rocket::figment::Figment;
use rocket_db_pools::Database;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool, Postgres};

use super::config::Config;

/// Time a web request may spend in one statement.
const WEB_STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time a web request may wait for what another transaction holds: shorter than [`ACQUIRE_TIMEOUT`], so that whoever waits for a
/// connection behind it gets one.
const WEB_LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// What a web request may wait for.
pub const WEB: Limits = Limits { statement: WEB_STATEMENT_TIMEOUT, lock: WEB_LOCK_TIMEOUT };
/// Connections of a web server that no page of a list may take: who signs in, who is asked who they are, the probes.
const APART: u32 = 2;
/// Fewer connections than this are not divided.
const DIVIDED_FROM: u32 = 6;
/// Time a transaction may stay open with nothing asked. Shorter than a job's lease: a worker frozen
/// between two statements of a transaction holds its job's row, and nobody could take the job back.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(15);
/// Time to wait for a free connection before saying that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared. The plan of a page over all communes weighs near a
/// megabyte in the memory of PostgreSQL.
const PREPARED_MAX: usize = 100;
/// A connection idle for longer is checked before it is used, so that a restarted server shows as
/// little as possible; a busy one is not, and pays nothing.
const CHECK_AFTER_IDLE: Duration = Duration::from_millis(500);

/// How long a page waits for a replica that is behind, before the primary answers.
const WEB_PATIENCE: Duration = Duration::from_millis(20);
/// The same of a job, which nobody watches.
const JOB_PATIENCE: Duration = Duration::from_secs(2);

/// See [`cut_lately`].
const LATELY: Duration = Duration::from_secs(30);

/// Milliseconds from [`EPOCH`] to the last time a connection of this process was found dead, 0 for
/// never. One cut rarely comes alone: connections older than it are checked before they are used.
static LAST_CUT_MS: AtomicU64 = AtomicU64::new(0);
/// Where that time starts: the first use of this module.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Remembers that a connection died under a statement, so that the next ones are checked first.
pub fn note_cut() {
    let since_start = u64::try_from(EPOCH.elapsed().as_millis()).unwrap_or(u64::MAX);
    LAST_CUT_MS.store(since_start.max(1), Ordering::Relaxed);
}

/// Whether a connection was found dead less than half a minute ago: what is not had then is the base, not a place in line.
pub fn cut_lately() -> bool {
    let cut = LAST_CUT_MS.load(Ordering::Relaxed);
    cut > 0 && EPOCH.elapsed().saturating_sub(Duration::from_millis(cut)) < LATELY
}

/// Says whether a connection may have died unnoticed: unused for a while, or older than the last cut.
fn is_doubtful(meta: &PoolConnectionMetadata) -> bool {
    let cut = LAST_CUT_MS.load(Ordering::Relaxed);
    let older_than_cut = || cut > 0 && meta.age >= EPOCH.elapsed().saturating_sub(Duration::from_millis(cut));
    meta.idle_for > CHECK_AFTER_IDLE || older_than_cut()
}

/// What a statement may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time in all.
    pub statement: Duration,
    /// Time to wait for what another transaction holds.
    pub lock: Duration,
}

/// The database as Rocket attaches it.
#[derive(Database)]
#[database("gardel")]
pub struct GardelDb(Db);

/// What is to be written before the pool closes.
type Parting = Box<dyn FnOnce() -> futures::future::BoxFuture<'static, ()> + Send>;

/// The pool, with a count of the statements sent through it.
#[derive(Clone)]
pub struct Db {
    pool: PgPool,
    apart: PgPool,
    parting: Arc<Mutex<Option<Parting>>>,
    statements: Arc<AtomicU64>,
    patience: Arc<AtomicU32>,
    readers: Option<Readers>,
}

/// The replicas, and how far one must be for whoever holds this.
#[derive(Clone)]
struct Readers {
    replicas: Arc<Replicas>,
    position: Option<Position>,
}

#[rocket::async_trait]
impl rocket_db_pools::Pool for Db {
    type Connection = sqlx::pool::PoolConnection<Postgres>;
    type Error = DbError;

    async fn init(figment: &Figment) -> Result<Self, DbError> {
        // `figment` is focused on `databases.gardel`; our settings are at its root.
        let config = Config::from_figment(&figment.clone().focus(""))?;
        Self::connect(&config, Some(WEB)).await?.with_replicas(&config, Some(WEB))
    }

    async fn get(&self) -> Result<Self::Connection, DbError> {
        Ok(self.pool.acquire().await?)
    }

    async fn close(&self) {
        // Taken out of the lock first: it asks the pool.
        let parting = self.parting.lock().ok().and_then(|mut parting| parting.take());
        if let Some(parting) = parting {
            parting().await;
        }
        self.pool.close().await;
        self.apart.close().await;
        if let Some(readers) = &self.readers {
            readers.replicas.close().await;
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// What the settings of a connection to `address` are.
fn options(address: PgConnectOptions, limits: Option<Limits>) -> PgConnectOptions {
    let millis = |limit: Option<Duration>| limit.map_or(0, |limit| limit.as_millis()).to_string();
    address
        .application_name("gardel")
        .statement_cache_capacity(PREPARED_MAX)
        .options([
            ("statement_timeout", millis(limits.map(|limits| limits.statement))),
            ("lock_timeout", millis(limits.map(|limits| limits.lock))),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION.as_millis().to_string()),
            ("timezone", "UTC".to_string()),
            // Pages read a few rows by index from a base that fits in memory or on an SSD: no just-in-time
            // compilation, no helpers, and random reads at their real price.
            ("jit", "off".to_string()),
            ("max_parallel_workers_per_gather", "0".to_string()),
            ("random_page_cost", "1.1".to_string()),
            // Names are short and looked for with their typos: half of the trigrams must agree.
            ("pg_trgm.word_similarity_threshold", "0.5".to_string()),
        ])
        // Said to `instruments::Ears`, which count them; no line of the log.
        .log_statements(LevelFilter::Info)
        .log_slow_statements(LevelFilter::Off, Duration::MAX)
}

/// A pool of `connections`, whose doubtful connections are looked at before they are used.
fn pool_options(connections: u32) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).acquire_time_level(LevelFilter::Info);
    options.test_before_acquire(false).before_acquire(|connection, meta| {
        Box::pin(async move {
            if is_doubtful(&meta)
                && let Err(error) = sqlx::Connection::ping(connection).await
            {
                note_cut();
                return Err(error);
            }
            Ok(true)
        })
    })
}

impl Db {
    /// What this process still has to write when it ends, with the pool open: Rocket closes it while its other fairings end.
    pub fn before_closing(&self, parting: impl FnOnce() -> futures::future::BoxFuture<'static, ()> + Send + 'static) {
        if let Ok(mut kept) = self.parting.lock() {
            *kept = Some(Box::new(parting));
        }
    }

    /// Opens the pools. `limits` bound each statement of a web server, whose connections are divided; the worker passes `None`.
    ///
    /// # Errors
    /// A wrong address, or a server that does not answer.
    pub async fn connect(config: &Config, limits: Option<Limits>) -> Result<Self, DbError> {
        if !config.plain_http() && road(config)? == Road::Open {
            tracing::warn!("PostgreSQL is reached over the network without a checked certificate: add sslmode=verify-full to DATABASE_URL");
        }
        let total = config.base_connexions;
        let apart = if limits.is_some() && total >= DIVIDED_FROM { APART } else { 0 };
        let options = options(road::address(config)?, limits);
        let pool = pool_options(total - apart).connect_with(options.clone()).await?;
        if apart == 0 {
            return Ok(Self::from_pool(pool));
        }
        let apart = pool_options(apart).connect_with(options).await?;
        Ok(Self { apart, ..Self::from_pool(pool) })
    }

    /// Wraps a pool that exists already.
    pub fn from_pool(pool: PgPool) -> Self {
        let (apart, patience) = (pool.clone(), Arc::new(AtomicU32::new(1)));
        Self { apart, pool, parting: Arc::default(), statements: Arc::default(), patience, readers: None }
    }

    /// The same with the replicas of the settings, if they name any, which are probed from now on. Nothing is asked of them here: one that
    /// is away keeps nobody from starting.
    ///
    /// # Errors
    /// A wrong address.
    pub fn with_replicas(self, config: &Config, limits: Option<Limits>) -> Result<Self, DbError> {
        let addresses = road::replicas(config)?;
        if addresses.is_empty() {
            return Ok(self);
        }
        if !config.plain_http() && addresses.iter().any(|address| road::road_of(address) == Road::Open) {
            tracing::warn!("a replica is reached over the network without a checked certificate: add sslmode=verify-full to DATABASE_REPLICA_URL");
        }
        // Read committed, so that what is read comes after the look at how far the replica is; read only, should it be promoted.
        let only = [("default_transaction_isolation", "read committed"), ("default_transaction_read_only", "on")];
        let replicas = Arc::new(Replicas::new(replicas::Opening {
            options: addresses.into_iter().map(|address| options(address, limits).options(only)).collect(),
            connections: config.base_connexions,
            limit: limits.map(|limits| limits.statement),
            patience: if limits.is_some() { WEB_PATIENCE } else { JOB_PATIENCE },
            bound: Duration::from_secs(config.replique_retard_secondes),
        }));
        replicas.watch(self.apart.clone());
        Ok(Self { readers: Some(Readers { replicas, position: None }), ..self })
    }

    /// The replicas, when the settings name any.
    pub fn replicas(&self) -> Option<&Arc<Replicas>> {
        self.readers.as_ref().map(|readers| &readers.replicas)
    }

    /// Looks at the primary and at the replicas now, without waiting for the next probe.
    pub async fn probe_replicas(&self) {
        if let Some(readers) = &self.readers {
            readers.replicas.probe(&self.apart).await;
        }
    }

    /// The same base for readings that any replica may answer which is at `position`; of the primary alone when that is not known.
    #[must_use]
    pub fn up_to(&self, position: Option<Position>) -> Self {
        let mut up_to = self.clone();
        if let Some(readers) = &mut up_to.readers {
            readers.position = position;
        }
        up_to
    }

    /// How far the primary is now: a replica that has replayed up to there holds all that was seen until then. Nothing without replicas.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn position(&self) -> Result<Option<Position>, sqlx::Error> {
        if self.readers.is_none() {
            return Ok(None);
        }
        let (line, at) = sqlx::query_as("SELECT ligne_d_ecriture(), position_d_ecriture()").fetch_one(self.statement()).await?;
        Ok(Some(Position { line, at }))
    }

    /// For one reading, which is counted: from a replica when this was opened [`up_to`](Self::up_to) somewhere, else from the primary.
    pub fn reading(&self) -> Lookup<'_> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let replicas = self.readers.as_ref().and_then(|readers| Some((&readers.replicas, readers.position?)));
        Lookup { primary: &self.pool, replicas, budget: None, told: None }
    }

    /// For one statement, which is counted, or for a connection; within the places of the room that the request is in.
    pub fn statement(&self) -> Counted<'_> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        Counted(&self.pool)
    }

    /// The same base by the connections that no page of a list takes: to know who asks, to let people in, to probe.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { pool: self.apart.clone(), ..self.clone() }
    }

    /// Connections that requests of one room may hold at once: two are left to the others.
    pub fn places_of_a_room(config: &Config) -> usize {
        let shared = if config.base_connexions >= DIVIDED_FROM { config.base_connexions - APART } else { config.base_connexions };
        usize::try_from(shared.saturating_sub(2)).unwrap_or(1).max(1)
    }

    /// Connections of the pool that are open, and those of them that nobody uses.
    pub fn connections(&self) -> (u32, u32) {
        (self.pool.size(), u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX))
    }

    /// The pool itself, for migrations, listeners and bulk work that count nothing.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// How many statements have been sent since the start.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Says whether the tables are those of this version.
    ///
    /// # Errors
    /// [`DbError::NotMigrated`], or PostgreSQL failed.
    pub async fn check_migrated(&self) -> Result<(), DbError> {
        // Each of them: a step may be released after one that bears a greater number.
        let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        let missing: Result<bool, _> = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM unnest($1::bigint[]) n (version) WHERE NOT EXISTS (SELECT 1 FROM _sqlx_migrations m WHERE m.version = n.version AND m.success))",
        )
        .bind(known)
        .fetch_one(&self.pool)
        .await;
        match missing {
            Ok(false) => Ok(()),
            Ok(_) => Err(DbError::NotMigrated),
            Err(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some("42P01") => Err(DbError::NotMigrated),
            Err(error) => Err(error.into()),
        }
    }

    /// For one reading that may take `budget`, and no more: see [`reading`](Self::reading).
    pub fn hurried(&self, budget: Duration) -> Lookup<'_> {
        Lookup { budget: Some(budget * self.patience.load(Ordering::Relaxed)), ..self.reading() }
    }

    /// Lets what is [`hurried`](Self::hurried) take `times` its budget, here and in every clone: what a page says must
    /// be provable on a machine that is busy.
    pub fn be_patient(&self, times: u32) {
        self.patience.store(times, Ordering::Relaxed);
    }

    /// Opens a transaction for a write.
    ///
    /// # Errors
    /// No connection could be had.
    pub async fn write(&self) -> Result<Write, sqlx::Error> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let place = place::place().await?;
        Ok(Write::new(self.pool.begin().await?, self.pool.clone(), place))
    }
}

/// The migrations of the project, embedded.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
