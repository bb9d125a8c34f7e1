//! What is read at the moment `/metrics` is asked for. Nothing is kept from one reading to the next: what could not be read is not
//! said, so that a base that is away never looks like the one of before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use sqlx::{FromRow, PgPool};

use super::cache::Cache;
use super::db::{Db, Fallback, Replicas, Standing};
use super::instruments::statements;
use super::jobs::table::{self, QueueState};
use super::refusals::Refusal;
use super::store::Files;
use super::telemetry::{JobLabels, KindLabel, OperationLabel, QueueLabel, ReplicaLabel, StateLabel, TableLabel};

/// Time that the base has to say how it stands.
const PATIENCE: Duration = Duration::from_secs(2);
/// Tables of fewer rows, dead ones included, are not named: what they hold does not slow anybody.
const TOLD_FROM_ROWS: i64 = 10_000;

/// What this program was built with.
const FEATURES: [(&str, bool); 3] = [("s3", cfg!(feature = "s3")), ("oidc", cfg!(feature = "oidc")), ("jemalloc", cfg!(feature = "jemalloc"))];

/// What this program was built with, as metrics and the operator's page say it.
pub fn features() -> Vec<&'static str> {
    FEATURES.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect()
}

type Level = Gauge<f64, std::sync::atomic::AtomicU64>;

/// How everything stands.
pub struct Reading {
    base: Option<Base>,
    /// Whether Redis answers, when the settings name one.
    redis: Option<bool>,
    /// Whether it is set aside at this moment.
    set_aside: Option<bool>,
    statements: u64,
    cache: (u64, u64),
    cache_errors: Vec<(&'static str, u64)>,
    /// Bytes of the disk of the store, whole and free.
    disk: Option<(u64, u64)>,
    connections: (u32, u32),
    replicas: Option<Arc<Replicas>>,
}

/// What the base says.
struct Base {
    failed: HashMap<String, i64>,
    queues: Vec<QueueState>,
    workers: i64,
    heavy: i64,
    server: Server,
    dead: Vec<(String, i64, i64)>,
}

/// What PostgreSQL says of itself.
#[derive(FromRow)]
struct Server {
    /// Bytes of the database.
    octets: i64,
    /// Connections to the whole server, and the most that it takes.
    connexions: i64,
    connexions_max: i64,
    /// Age of the oldest snapshot that keeps dead rows from being removed, in seconds.
    instantane: f64,
    /// Transactions before the one that must freeze everything.
    age: i64,
}

impl Reading {
    /// Asks everybody, each in a bounded time.
    pub async fn take(db: &Db, cache: &Cache, files: Option<&Files>) -> Self {
        let apart = db.apart();
        let asked = apart.statement();
        let (base, redis, disk) = futures::join!(
            tokio::time::timeout(PATIENCE, Base::read(&asked)),
            cache.ping(),
            tokio::time::timeout(PATIENCE, async { files?.disk().await })
        );
        let base = match base {
            Ok(Ok(base)) => Some(base),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the figures of the base could not be read");
                None
            }
            Err(_) => {
                tracing::warn!("the figures of the base could not be read in time");
                None
            }
        };
        Self {
            base,
            redis,
            set_aside: cache.redis_open(),
            statements: statements(),
            cache: cache.counts(),
            cache_errors: cache.errors(),
            disk: disk.ok().flatten(),
            connections: db.connections(),
            replicas: db.replicas().cloned(),
        }
    }

    /// As Prometheus reads it.
    pub fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("gardel");
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        let build = vec![("version", env!("CARGO_PKG_VERSION").to_string()), ("profile", profile.into()), ("features", features().join(","))];
        registry.register("build", "What this program is", Info::new(build));
        level(&mut registry, "database_up", "1 when PostgreSQL answers in time", f64::from(u8::from(self.base.is_some())));
        if let Some(up) = self.redis {
            level(&mut registry, "redis_up", "1 when Redis answers in time", f64::from(u8::from(up)));
        }
        if let Some(cut) = self.set_aside {
            level(&mut registry, "redis_set_aside", "1 when Redis failed so often that it is not asked for some seconds", f64::from(u8::from(cut)));
        }
        if let Some((size, free)) = self.disk {
            level(&mut registry, "store_size_bytes", "Size of the disk that holds the store", told(size));
            level(&mut registry, "store_free_bytes", "What may still be written there", told(free));
        }
        count(&mut registry, "sql_statements", "SQL statements sent", self.statements);
        count(&mut registry, "cache_hits", "Fragments found in the cache", self.cache.0);
        count(&mut registry, "cache_misses", "Fragments that had to be made", self.cache.1);
        let errors = Family::<OperationLabel, Counter>::default();
        for (operation, number) in &self.cache_errors {
            errors.get_or_create(&OperationLabel { operation: (*operation).into() }).inc_by(*number);
        }
        registry.register("cache_errors", "Times that Redis did not answer as it should", errors);
        let connections = Family::<StateLabel, Gauge>::default();
        let (open, idle) = self.connections;
        for (state, number) in [("idle", idle), ("used", open.saturating_sub(idle))] {
            connections.get_or_create(&StateLabel { state: state.into() }).set(number.into());
        }
        registry.register("pool_connections", "Connections that pages share", connections);
        let refusals = Family::<KindLabel, Counter>::default();
        for refusal in Refusal::ALL {
            refusals.get_or_create(&KindLabel { kind: refusal.label().into() }).inc_by(refusal.count());
        }
        registry.register("sql_refusals", "What PostgreSQL refused, by kind", refusals);
        if let Some(replicas) = &self.replicas {
            register_replicas(replicas, &mut registry);
        }
        if let Some(base) = &self.base {
            base.register(&mut registry);
        }
        registry
    }
}

fn register_replicas(replicas: &Replicas, registry: &mut Registry) {
    let (up, lag) = (Family::<ReplicaLabel, Gauge>::default(), Family::<ReplicaLabel, Level>::default());
    for state in replicas.states() {
        let label = ReplicaLabel { replica: state.number.to_string() };
        up.get_or_create(&label).set(i64::from(matches!(state.standing, Standing::Serves(_))));
        // Not said of one whose lateness is not known: the last one that was would look like now's.
        if let Some(late) = state.lag {
            lag.get_or_create(&label).set(late.as_secs_f64());
        }
    }
    registry.register("replica_up", "1 for a replica that may be asked", up);
    registry.register_with_unit("replica_lag", "How late a replica is", Unit::Seconds, lag);
    count(registry, "replica_readings", "Readings that replicas served", replicas.served());
    let fallbacks = Family::<KindLabel, Counter>::default();
    for why in Fallback::ALL {
        fallbacks.get_or_create(&KindLabel { kind: why.label().into() }).inc_by(replicas.fallbacks(why));
    }
    registry.register("replica_fallbacks", "Readings that the primary served in place of a replica, by reason", fallbacks);
}

fn level(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Level::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn count(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let counter: Counter = Counter::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

#[allow(clippy::cast_precision_loss)] // bytes and rows, told as Prometheus keeps everything
fn told(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or(0) as f64
}

impl Base {
    async fn read(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let failed = table::failed_by_queue(pool).await?;
        let queues = table::queue_states(pool).await?;
        let (workers, heavy) = table::alive_and_heavy(pool).await?;
        let server = sqlx::query_as(
            "SELECT pg_database_size(current_database()) AS octets,
                    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connexions,
                    current_setting('max_connections')::bigint AS connexions_max,
                    coalesce((SELECT extract(epoch FROM max(now() - xact_start)) FROM pg_stat_activity
                               WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()), 0)::float8 AS instantane,
                    (SELECT age(datfrozenxid)::bigint FROM pg_database WHERE datname = current_database()) AS age",
        )
        .fetch_one(pool)
        .await?;
        let dead =
            sqlx::query_as("SELECT relname::text, n_dead_tup, n_live_tup FROM pg_stat_user_tables WHERE n_live_tup + n_dead_tup > $1 ORDER BY 1")
                .bind(TOLD_FROM_ROWS)
                .fetch_all(pool)
                .await?;
        Ok(Self { failed, queues, workers, heavy, server, dead })
    }

    fn register(&self, registry: &mut Registry) {
        let (jobs, paused, served) =
            (Family::<JobLabels, Gauge>::default(), Family::<QueueLabel, Gauge>::default(), Family::<QueueLabel, Gauge>::default());
        let oldest = Family::<QueueLabel, Level>::default();
        for state in &self.queues {
            let label = QueueLabel { queue: state.queue.clone() };
            let failed = self.failed.get(&state.queue).copied().unwrap_or(0);
            for (name, number) in [("ready", state.prets), ("later", state.plus_tard), ("running", state.en_cours), ("failed", failed)] {
                jobs.get_or_create(&JobLabels { queue: state.queue.clone(), state: name.into() }).set(number);
            }
            oldest.get_or_create(&label).set(state.plus_vieux.unwrap_or(0.0));
            paused.get_or_create(&label).set(i64::from(state.en_pause));
            served.get_or_create(&label).set(state.ouvriers);
        }
        registry.register("jobs", "Jobs by queue and state", jobs);
        registry.register_with_unit("job_oldest_ready", "Age of the oldest job that could run now", Unit::Seconds, oldest);
        registry.register("queue_paused", "1 for a paused queue", paused);
        registry.register("queue_workers", "Workers alive that serve a queue", served);
        level(registry, "workers", "Workers alive", told(self.workers));
        level(registry, "job_heavy_waiting", "Heavy readings that wait for their turn", told(self.heavy));
        let server = &self.server;
        level(registry, "database_size_bytes", "Size of the database", told(server.octets));
        level(registry, "database_connections", "Connections to the whole PostgreSQL server", told(server.connexions));
        level(registry, "database_connections_max", "Most connections that it takes", told(server.connexions_max));
        level(registry, "database_oldest_snapshot_seconds", "Age of the oldest snapshot that keeps dead rows", server.instantane);
        level(registry, "database_transaction_age", "Transactions since the last freeze of the database", told(server.age));
        let (dead, living) = (Family::<TableLabel, Gauge>::default(), Family::<TableLabel, Gauge>::default());
        for (table, gone, there) in &self.dead {
            dead.get_or_create(&TableLabel { table: table.clone() }).set(*gone);
            living.get_or_create(&TableLabel { table: table.clone() }).set(*there);
        }
        registry.register("table_dead_rows", "Dead rows of the tables that hold many rows", dead);
        registry.register("table_live_rows", "Living rows of the same tables", living);
    }
}
