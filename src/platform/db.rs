//! PostgreSQL: the pool, the count of statements, and the one way to write.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use rocket::figment::Figment;
use rocket_db_pools::Database;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, PgPool, Postgres, Transaction};

use super::config::{Config, ConfigError};

/// Time a web request may spend in one statement.
pub const WEB_STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
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

/// Says whether a connection may have died unnoticed: unused for a while, or older than the last cut.
fn is_doubtful(meta: &PoolConnectionMetadata) -> bool {
    let cut = LAST_CUT_MS.load(Ordering::Relaxed);
    let older_than_cut = || cut > 0 && meta.age >= EPOCH.elapsed().saturating_sub(Duration::from_millis(cut));
    meta.idle_for > CHECK_AFTER_IDLE || older_than_cut()
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
        Self::connect(&config, Some(WEB_STATEMENT_TIMEOUT)).await
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

/// How what goes to PostgreSQL travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Road {
    /// Inside the machine: a socket, or its own address.
    Machine,
    /// On the network, under TLS whose certificate is checked.
    Verified,
    /// On the network, in clear or to whoever answers: passwords of the base and names of people could be read.
    Open,
}

/// How the connections of `config` travel.
///
/// # Errors
/// A wrong address.
pub fn road(config: &Config) -> Result<Road, ConfigError> {
    let options = address(config)?;
    let host = options.get_host();
    let here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    Ok(match options.get_ssl_mode() {
        _ if here => Road::Machine,
        PgSslMode::VerifyFull => Road::Verified,
        _ => Road::Open,
    })
}

fn address(config: &Config) -> Result<PgConnectOptions, ConfigError> {
    PgConnectOptions::from_str(&config.database_url).map_err(|error| ConfigError(format!("DATABASE_URL n’est pas une adresse valable : {error}.")))
}

impl Db {
    /// What this process still has to write when it ends, with the pool open: Rocket closes it while its other fairings end.
    pub fn before_closing(&self, parting: impl FnOnce() -> futures::future::BoxFuture<'static, ()> + Send + 'static) {
        if let Ok(mut kept) = self.parting.lock() {
            *kept = Some(Box::new(parting));
        }
    }

    /// Opens a pool. `statement_timeout` bounds each statement; the worker passes `None`.
    ///
    /// # Errors
    /// A wrong address, or a server that does not answer.
    pub async fn connect(config: &Config, statement_timeout: Option<Duration>) -> Result<Self, DbError> {
        let timeout = statement_timeout.map_or(0, |limit| limit.as_millis());
        if !config.plain_http() && road(config)? == Road::Open {
            tracing::warn!("PostgreSQL is reached over the network without a checked certificate: add sslmode=verify-full to DATABASE_URL");
        }
        let options = address(config)?
            .application_name("gardel")
            .statement_cache_capacity(PREPARED_MAX)
            .options([
                ("statement_timeout", timeout.to_string()),
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
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(config.base_connexions)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if is_doubtful(&meta) {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self::from_pool(pool))
    }

    /// Wraps a pool that exists already.
    pub fn from_pool(pool: PgPool) -> Self {
        Self { pool, parting: Arc::default(), statements: Arc::default(), patience: Arc::new(AtomicU32::new(1)) }
    }

    /// The pool, for one statement, which is counted.
    pub fn statement(&self) -> &PgPool {
        self.statements.fetch_add(1, Ordering::Relaxed);
        &self.pool
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
        Ok(Write { tx: self.pool.begin().await?, touched: BTreeSet::new(), notices: BTreeSet::new(), pool: self.pool.clone() })
    }
}

/// A transaction that changes data. It remembers which data it touched, bumps their versions last,
/// so that no fragment older than the commit can be served after it, and wakes the workers once the
/// commit is done (a NOTIFY inside would serialise commits).
pub struct Write {
    /// The transaction, for the statements of the rooms.
    pub tx: Transaction<'static, Postgres>,
    touched: BTreeSet<(&'static str, String)>,
    notices: BTreeSet<String>,
    pool: PgPool,
}

/// In place of a commune: data that every reader may see changed (see [`Write::touch`]).
pub const EVERYWHERE: &str = "";

/// Channel on which workers hear of new jobs: a message is the queue they came to, or nothing for
/// all queues; or [`CANCEL_PREFIX`] and the number of a job to stop.
pub const JOB_CHANNEL: &str = "gardel_job";
/// Before the number of a job to stop.
pub const CANCEL_PREFIX: &str = "annuler:";

impl Write {
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

/// The migrations of the project, embedded.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_road_to_the_base_is_known() {
        let road_of = |url: &str| {
            let config: Config = serde_json::from_value(serde_json::json!({ "database_url": url })).expect("settings");
            road(&config).expect("an address")
        };
        for here in [
            "postgres://g@localhost/g",
            "postgres://g@127.0.0.1/g?sslmode=disable",
            "postgres://g@[::1]/g",
            "postgres://g@x/g?host=/var/run/postgresql",
        ] {
            assert_eq!(road_of(here), Road::Machine, "{here}");
        }
        assert_eq!(road_of("postgres://g@base.ville.gp/g?sslmode=verify-full"), Road::Verified);
        for open in ["postgres://g@base.ville.gp/g", "postgres://g@10.0.0.3/g?sslmode=require", "postgres://g@base.ville.gp/g?sslmode=verify-ca"] {
            assert_eq!(road_of(open), Road::Open, "{open}");
        }
    }
}
