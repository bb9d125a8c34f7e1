//! `/metrics`, `/livez` and `/readyz`, on an address of their own that is never public.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rocket::http::{ContentType, Status};
use rocket::{Build, Rocket, State, get, routes};

use crate::platform::cache::Cache;
use crate::platform::db::{Db, DbError, ReplicaState, Standing, Why};
use crate::platform::jobs::table;
use crate::platform::readings::Reading;
use crate::platform::refusals::Refusal;
use crate::platform::telemetry::Metrics;

/// Time that PostgreSQL has to answer a probe.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a write refused for want of room is told.
const RECENT: Duration = Duration::from_secs(120);

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
    let db = watched.db.apart();
    let (base, redis) = futures::join!(tokio::time::timeout(PATIENCE, db.check_migrated()), watched.cache.ping());
    let cache = match redis {
        None => "cache : en mémoire\n",
        Some(true) => "cache : Redis en service\n",
        Some(false) => "cache : Redis ne répond pas (pages servies sans lui)\n",
    };
    let (status, sentence) = match base {
        // Pages are served all the same: what no worker serves, and what had no room, is said, and is no reason to be unready.
        Ok(Ok(())) => (Status::Ok, format!("prêt\n{}{}", no_room(), unserved(&db).await)),
        Ok(Err(DbError::NotMigrated)) => (Status::ServiceUnavailable, "migrations à appliquer : gardel migrate\n".into()),
        Ok(Err(_)) => (Status::ServiceUnavailable, "base de données injoignable\n".into()),
        Err(_) => (Status::ServiceUnavailable, format!("base de données sans réponse depuis {} secondes\n", PATIENCE.as_secs())),
    };
    (status, format!("{sentence}{cache}{}", replicas(&watched.db)))
}

/// How each replica is, when there are any; the primary answers for those that are set aside.
fn replicas(db: &Db) -> String {
    let Some(replicas) = db.replicas() else { return String::new() };
    replicas.states().iter().map(|state| format!("{}\n", replica(state))).collect()
}

fn replica(ReplicaState { number, place, standing, lag }: &ReplicaState) -> String {
    let lag = lag.map_or_else(String::new, |lag| format!(", retard {} s", lag.as_secs()));
    match standing {
        Standing::Serves(_) => format!("réplica {number} ({place})\u{a0}: en service{lag}"),
        Standing::Aside(Why::Unknown) => format!("réplica {number} ({place})\u{a0}: {}", Why::Unknown.words()),
        Standing::Aside(why) => format!("dégradé, réplica {number} ({place}) écarté\u{a0}: {}{lag}", why.words()),
    }
}

/// That writes were refused for want of room, as long as that is recent.
fn no_room() -> String {
    match Refusal::NoRoom.since().filter(|since| *since < RECENT) {
        Some(since) => format!("dégradé, la base n’a plus de place : dernier refus il y a {} s\n", since.as_secs()),
        None => String::new(),
    }
}

/// « files sans ouvrier », with what waits in each; nothing when all are served.
async fn unserved(db: &Db) -> String {
    let states = match tokio::time::timeout(PATIENCE, table::queue_states(&db.statement())).await {
        Ok(Ok(states)) => states,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the workers of the queues could not be read");
            return "files : illisibles\n".into();
        }
        Err(_) => return "files : illisibles à temps\n".into(),
    };
    let queues: Vec<String> =
        states.iter().filter(|state| state.ouvriers == 0).map(|state| format!("{} ({} prêts)", state.queue, state.prets)).collect();
    if queues.is_empty() { "files : toutes servies\n".into() } else { format!("dégradé, files sans ouvrier : {}\n", queues.join(", ")) }
}

#[get("/metrics")]
async fn metrics(watched: &State<Watched>) -> (ContentType, String) {
    let reading = Reading::take(&watched.db, &watched.cache, watched.metrics.files()).await;
    let text = ContentType::new("application", "openmetrics-text").with_params([("version", "1.0.0"), ("charset", "utf-8")]);
    (text, watched.metrics.render(&reading.registry()))
}
