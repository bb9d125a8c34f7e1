//! PostgreSQL: the pools, the count of statements, and the one way to write.

mod road;
mod write;

pub use road::{Road, road};
pub use write::{CANCEL_PREFIX, EVERYWHERE, JOB_CHANNEL, Write};

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use log::LevelFilter;
use rocket::figment::Figment;
use rocket_db_pools::Database;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool, Postgres, Transaction};

use super::config::{Config, ConfigError};

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
}

#[rocket::async_trait]
impl rocket_db_pools::Pool for Db {
    type Connection = sqlx::pool::PoolConnection<Postgres>;
    type Error = DbError;

    async fn init(figment: &Figment) -> Result<Self, DbError> {
        // `figment` is focused on `databases.gardel`; our settings are at its root.
        let config = Config::from_figment(&figment.clone().focus(""))?;
        Self::connect(&config, Some(WEB)).await
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
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// Why the database could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A setting is wrong.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The tables are missing or older than this version.
    #[error("La base n’est pas à jour pour cette version. Lancez « gardel migrate », puis recommencez.")]
    NotMigrated,
    /// PostgreSQL refused or did not answer.
    #[error("La base de données ne répond pas ({0}). Vérifiez DATABASE_URL et que PostgreSQL est démarré.")]
    Sqlx(#[from] sqlx::Error),
}

/// What the settings of a connection are.
fn options(config: &Config, limits: Option<Limits>) -> Result<PgConnectOptions, DbError> {
    let millis = |limit: Option<Duration>| limit.map_or(0, |limit| limit.as_millis()).to_string();
    Ok(road::address(config)?
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
        .log_slow_statements(LevelFilter::Off, Duration::MAX))
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
        let pool = pool_options(total - apart).connect_with(options(config, limits)?).await?;
        if apart == 0 {
            return Ok(Self::from_pool(pool));
        }
        let apart = pool_options(apart).connect_with(options(config, limits)?).await?;
        Ok(Self { apart, ..Self::from_pool(pool) })
    }

    /// Wraps a pool that exists already.
    pub fn from_pool(pool: PgPool) -> Self {
        Self { apart: pool.clone(), pool, parting: Arc::default(), statements: Arc::default(), patience: Arc::new(AtomicU32::new(1)) }
    }

    /// The pool, for one statement, which is counted.
    pub fn statement(&self) -> &PgPool {
        self.statements.fetch_add(1, Ordering::Relaxed);
        &self.pool
    }

    /// The same base by the connections that no page of a list takes: to know who asks, to let people in, to probe.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { pool: self.apart.clone(), ..self.clone() }
    }

    /// Requests of one room that may read at once: two connections are left to the others.
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

    /// Opens a transaction for a read whose statements may take `budget` each, and no more.
    ///
    /// # Errors
    /// No connection could be had.
    pub async fn hurried(&self, budget: Duration) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let mut tx = self.pool.begin().await?;
        let budget = budget * self.patience.load(Ordering::Relaxed);
        sqlx::query("SELECT set_config('statement_timeout', $1, true)").bind(budget.as_millis().to_string()).execute(&mut *tx).await?;
        Ok(tx)
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
        Ok(Write::new(self.pool.begin().await?, self.pool.clone()))
    }
}

/// The migrations of the project, embedded.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
