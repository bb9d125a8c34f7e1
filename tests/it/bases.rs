//! The machinery of the bases: what a killed run leaves, what a run beside this one owns, and a template
//! that two want at once.

use sqlx::{AssertSqlSafe, Connection};

use crate::support::App;
use crate::support::base::{connect, hold, make, release, sweep, template};

/// No process of Linux has such a number.
const DEAD: u32 = 2_000_000_001;
const ELSEWHERE: u32 = 2_000_000_002;

async fn exists(name: &str) -> bool {
    let mut connection = connect().await;
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)").bind(name).fetch_one(&mut connection).await;
    connection.close().await.expect("closes");
    found.expect("the databases")
}

async fn run(sql: &str) {
    let mut connection = connect().await;
    sqlx::query(AssertSqlSafe(sql.to_string())).execute(&mut connection).await.expect("a statement");
    connection.close().await.expect("closes");
}

#[rocket::async_test]
async fn a_test_leaves_nothing() {
    let app = App::new().await;
    let name: String = app.one("SELECT current_database()::text").await;
    assert!(exists(&name).await);
    // Its pool is open, and somebody else is connected too.
    let beside = sqlx::PgConnection::connect(&app.url).await.expect("a connection");
    drop(app);
    assert!(!exists(&name).await, "{name} is still there");
    drop(beside);
}

#[rocket::async_test]
async fn what_a_killed_run_left_is_dropped_and_what_another_uses_stays() {
    // What this process sweeps when it starts is over: nobody else drops what follows.
    let ours = App::new().await;
    let (left, used) = (format!("gardel_t_{DEAD}_7"), format!("gardel_t_{ELSEWHERE}_7"));
    let stale = format!("gardel_modele_{DEAD}_10");
    // A run beside this one: its lock lives with its connection, and no connection to its base is needed.
    let mut other = connect().await;
    hold(&mut other, ELSEWHERE).await;
    for name in [&left, &used, &stale] {
        run(&format!("DROP DATABASE IF EXISTS {name}")).await;
        run(&format!("CREATE DATABASE {name}")).await;
    }
    run(&format!("COMMENT ON DATABASE {stale} IS '2026-01-01 00:00:00+00'")).await;
    let mut connection = connect().await;
    sweep(&mut connection).await;
    assert!(!exists(&left).await, "left behind");
    assert!(exists(&used).await, "another run's");
    assert!(!exists(&stale).await, "a template of another day");
    assert!(exists(&ours.one::<String>("SELECT current_database()::text").await).await, "ours");
    other.close().await.expect("closes");
    // The server lets go of its lock a moment after it is told goodbye: waited for, then given back.
    let mut after = connect().await;
    hold(&mut after, ELSEWHERE).await;
    release(&mut after, ELSEWHERE).await;
    sweep(&mut connection).await;
    assert!(!exists(&used).await, "its run is over");
}

#[rocket::async_test]
async fn a_template_wanted_twice_at_once_is_made_once() {
    let digest = format!("essai{}", std::process::id());
    let both = rocket::futures::future::join(make(11, &digest), make(11, &digest)).await;
    assert_eq!(both.0, both.1);
    assert!(exists(&both.0).await);
    assert_eq!(template(crate::support::app::SEJOURS).await, template(crate::support::app::SEJOURS).await);
    run(&format!("DROP DATABASE {}", both.0)).await;
}
