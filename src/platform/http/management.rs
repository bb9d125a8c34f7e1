//! `/metrics`, `/livez` and `/readyz`, on an address of their own that is never public.

use std::net::SocketAddr;
use std::sync::Arc;

use rocket::http::{ContentType, Status};
use rocket::{Build, Rocket, State, get, routes};

use crate::platform::cache::Cache;
use crate::platform::db::{Db, DbError};
use crate::platform::jobs::store;
use crate::platform::telemetry::{JobLabels, Metrics, QueueLabel};

struct Watched {
    db: Db,
    cache: Arc<Cache>,
    metrics: Arc<Metrics>,
}

/// The management server. Liveness asks nothing of anybody; readiness asks PostgreSQL whether it is
/// there and migrated; a cut cache is said, but is no reason to be unready.
pub fn serve(address: SocketAddr, db: Db, cache: Arc<Cache>, metrics: Arc<Metrics>) -> Rocket<Build> {
    let figment = rocket::Config::figment()
        .merge(("address", address.ip()))
        .merge(("port", address.port()))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.signals", Vec::<String>::new()))
        .merge(("workers", 1));
    rocket::custom(figment).manage(Watched { db, cache, metrics }).mount("/", routes![livez, readyz, metrics])
}

#[get("/livez")]
fn livez() -> &'static str {
    "vivant\n"
}

#[get("/readyz")]
async fn readyz(watched: &State<Watched>) -> (Status, String) {
    let cache = match watched.cache.redis_open() {
        Some(true) => "cache : Redis ne répond pas (pages servies sans lui)\n",
        _ => "cache : en service\n",
    };
    match watched.db.check_migrated().await {
        // Pages are served all the same: what no worker serves is said, and is no reason to be unready.
        Ok(()) => (Status::Ok, format!("prêt\n{cache}{}", unserved(&watched.db).await)),
        Err(DbError::NotMigrated) => (Status::ServiceUnavailable, format!("migrations à appliquer : gardel migrate\n{cache}")),
        Err(_) => (Status::ServiceUnavailable, format!("base de données injoignable\n{cache}")),
    }
}

/// « files sans ouvrier », with what waits in each; nothing when all are served.
async fn unserved(db: &Db) -> String {
    let states = match store::queue_states(db.statement()).await {
        Ok(states) => states,
        Err(error) => {
            tracing::warn!(%error, "the workers of the queues could not be read");
            return "files : illisibles\n".into();
        }
    };
    let queues: Vec<String> =
        states.iter().filter(|state| state.ouvriers == 0).map(|state| format!("{} ({} prêts)", state.queue, state.prets)).collect();
    if queues.is_empty() { "files : toutes servies\n".into() } else { format!("dégradé, files sans ouvrier : {}\n", queues.join(", ")) }
}

#[get("/metrics")]
async fn metrics(watched: &State<Watched>) -> (ContentType, String) {
    let metrics = &watched.metrics;
    if let Err(error) = read_jobs(watched).await {
        tracing::warn!(%error, "the figures of the jobs could not be read");
    }
    let (hits, misses) = watched.cache.counts();
    metrics.statements.set(i64::try_from(watched.db.statements()).unwrap_or(i64::MAX));
    metrics.cache_hits.set(i64::try_from(hits).unwrap_or(i64::MAX));
    metrics.cache_misses.set(i64::try_from(misses).unwrap_or(i64::MAX));
    (ContentType::new("application", "openmetrics-text"), metrics.render())
}

/// What the database knows of queues and workers: an empty queue still reports.
async fn read_jobs(watched: &Watched) -> Result<(), sqlx::Error> {
    let metrics = &watched.metrics;
    let pool = watched.db.statement();
    let failed = store::failed_by_queue(pool).await?;
    for state in store::queue_states(pool).await? {
        let label = QueueLabel { queue: state.queue.clone() };
        let counts = [("ready", state.prets), ("running", state.en_cours), ("failed", failed.get(&state.queue).copied().unwrap_or(0))];
        for (name, count) in counts {
            metrics.jobs.get_or_create(&JobLabels { queue: state.queue.clone(), state: name.into() }).set(count);
        }
        metrics.oldest_ready_seconds.get_or_create(&label).set(state.plus_vieux.unwrap_or(0.0));
        metrics.queue_paused.get_or_create(&label).set(i64::from(state.en_pause));
        metrics.queue_workers.get_or_create(&label).set(state.ouvriers);
    }
    let (alive, heavy) = store::alive_and_heavy(pool).await?;
    metrics.workers.set(alive);
    metrics.heavy_waiting.set(heavy);
    Ok(())
}
