//! The oracle of the cache over a replica whose replay stops and goes on: what is kept under a version is never older than it says.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use gardel::context::Context;
use gardel::platform::config::Config;
use gardel::platform::db::{Db, WEB};

use super::{SEJOURS, over, replicas};
use crate::cache_oracle::play;
use crate::support::cluster::{BASE, Cluster};
use crate::support::dice::setting;
use crate::support::oracle::Oracle;

/// Between a pause of the replay and its end, and until the next one.
const PAUSE: Duration = Duration::from_millis(120);

#[rocket::async_test]
async fn fragments_made_from_a_replica_never_serve_the_past() {
    let primary = Cluster::primary(SEJOURS).await;
    let standby = primary.standby().await;
    let app = over(&primary, &[standby.url(BASE)], |_| {}).await;
    // The oracle knows of no replica: what it says is the primary's.
    let alone = Config { database_replica_url: None, ..Config::clone(&app.context.config) };
    let db = Db::connect(&alone, Some(WEB)).await.expect("the primary answers");
    let alone = Context::new(alone, db, app.context.clock.clone(), Arc::clone(&app.context.catalogue)).await.expect("a context");
    let oracle = Oracle::over(&alone);
    app.context.db.probe_replicas().await;
    let over = Cell::new(false);
    let played = async {
        play(&app, &oracle, setting("ESSAI_ORACLE_TOURS", 8), setting("ESSAI_ORACLE_GRAINE", 3412)).await;
        over.set(true);
    };
    let stopped = async {
        let (mut pauses, pool) = (0, standby.pool(BASE).await);
        while !over.get() {
            sqlx::query("SELECT pg_wal_replay_pause()").execute(&pool).await.expect("paused");
            rocket::tokio::time::sleep(PAUSE).await;
            sqlx::query("SELECT pg_wal_replay_resume()").execute(&pool).await.expect("resumed");
            rocket::tokio::time::sleep(PAUSE).await;
            pauses += 1;
        }
        pauses
    };
    let ((), pauses) = futures::join!(played, stopped);
    let (served, behind) = (replicas(&app).served(), replicas(&app).fallbacks(gardel::platform::db::Fallback::Behind));
    println!("{pauses} arrêts du rejeu ; {served} lectures d’un réplica, {behind} de la base principale parce qu’il était en retard");
    assert!(served > 0 && behind > 0, "both ways were taken: {served}, {behind}");
}
