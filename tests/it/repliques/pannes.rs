//! A replica that is away, late, killed, frozen, promoted, or somebody else's: it costs latency, and is told.

use std::time::{Duration, Instant};

use gardel::platform::db::{Fallback, Position, Standing, Why};
use gardel::platform::error::Error;
use gardel::platform::http::serve_management;
use rocket::http::Status;
use rocket::local::asynchronous::Client;

use super::{SEJOURS, again, over, replicas, standing};
use crate::support::app::{LE_GOSIER, as_role};
use crate::support::cluster::{BASE, Cluster, until};
use crate::support::program::{GARDEL, program, said};
use crate::support::{App, Page};

/// Says which server answers; on a replica, after a while.
const SLOW: &str = "SELECT CASE WHEN pg_is_in_recovery() THEN 'réplica' || pg_sleep(30)::text ELSE 'principale' END";

/// Who answers a reading for which any replica of `line` does.
async fn who(app: &App, line: i32) -> String {
    let db = app.context.db.up_to(Some(Position { line, at: 0 }));
    sqlx::query_scalar(SLOW).fetch_one(db.reading()).await.expect("somebody answers")
}

async fn told(app: &App) -> (String, String) {
    let context = &app.context;
    let address = "127.0.0.1:0".parse().expect("an address");
    let server = serve_management(address, context.db.clone(), context.cache.clone(), context.metrics.clone());
    let client = Client::untracked(server).await.expect("the management server");
    let ready = Page::read(client.get("/readyz").dispatch().await).await;
    assert_eq!(ready.status, Status::Ok, "the primary answers: {}", ready.text());
    let metrics = Page::read(client.get("/metrics").dispatch().await).await.ok();
    (String::from_utf8_lossy(&ready.body).into_owned(), String::from_utf8_lossy(&metrics.body).into_owned())
}

async fn line_of(app: &App) -> i32 {
    app.one("SELECT ligne_d_ecriture()").await
}

#[rocket::async_test]
async fn what_breaks_on_a_replica_is_asked_of_the_primary() {
    let primary = Cluster::primary(SEJOURS).await;
    let mut standby = primary.standby().await;
    let app = over(&primary, &[standby.url(BASE)], |_| {}).await;
    let line = line_of(&app).await;
    assert_eq!(standing(&app).await, Standing::Serves(line));
    let (ready, metrics) = told(&app).await;
    assert!(ready.contains("réplica 1 (") && ready.contains("en service, retard 0 s"), "{ready}");
    assert!(metrics.contains("gardel_replica_up{replica=\"1\"} 1") && metrics.contains("gardel_replica_lag_seconds{replica=\"1\"} 0.0"), "{metrics}");

    // Its time over, a statement is not asked twice.
    let db = app.context.db.up_to(Some(Position { line, at: 0 }));
    db.be_patient(1);
    let hurried = sqlx::query_scalar::<_, String>(SLOW).fetch_one(db.hurried(Duration::from_millis(50))).await.map_err(Error::from);
    assert!(matches!(hurried, Err(Error::TooHeavy)), "{hurried:?}");
    let (quick, longer): (bool, String) =
        sqlx::query_as("SELECT pg_is_in_recovery(), current_setting('statement_timeout')").fetch_one(db.reading()).await.expect("it");
    assert_eq!((quick, longer.as_str()), (true, "10s"), "the next reading has its own time");

    // A recovery conflict: rows that the reading may need are removed on the primary.
    standby.run("postgres", "ALTER SYSTEM SET max_standby_streaming_delay = '100ms'").await;
    standby.run("postgres", "SELECT pg_reload_conf()").await;
    app.run_sql("CREATE TABLE balaye AS SELECT generate_series(1, 1000) AS n").await;
    standby.catches_up(&primary).await;
    let vacuum = async {
        until("the reading runs on the replica", async || {
            let pool = standby.pool(BASE).await;
            let running = sqlx::query_scalar(
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()",
            )
            .fetch_one(&pool)
            .await
            .expect("activity");
            pool.close().await;
            running
        })
        .await;
        app.run_sql("DELETE FROM balaye").await;
        app.run_sql("VACUUM balaye").await;
    };
    let (answer, ()) = futures::join!(who(&app, line), vacuum);
    assert_eq!((answer.as_str(), replicas(&app).fallbacks(Fallback::Conflict)), ("principale", 1));
    assert_eq!(standing(&app).await, Standing::Serves(line), "it is not set aside for that");

    // What it may not do is done by the primary.
    let asked: i64 = sqlx::query_scalar("SELECT nextval('numero_essai')").fetch_one(db.reading()).await.map_or(-1, |number| number);
    assert_eq!((asked, replicas(&app).fallbacks(Fallback::Refused)), (-1, 1), "no such sequence: the primary says so too");

    // Killed in the middle of a statement.
    let kill = async {
        rocket::tokio::time::sleep(Duration::from_millis(300)).await;
        standby.kill();
    };
    let (answer, ()) = futures::join!(who(&app, line), kill);
    assert_eq!((answer.as_str(), replicas(&app).fallbacks(Fallback::Cut)), ("principale", 1));
    let begun = Instant::now();
    let agent = app.agent(LE_GOSIER).await;
    agent.get("/sejours").await.ok();
    assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits for it");
    let (ready, metrics) = told(&app).await;
    assert!(ready.contains("dégradé, réplica 1") && ready.contains("injoignable"), "{ready}");
    assert!(
        metrics.contains("gardel_replica_up{replica=\"1\"} 0") && metrics.contains("gardel_replica_fallbacks_total{kind=\"cut\"} 1"),
        "{metrics}"
    );
    assert!(!metrics.contains("gardel_replica_lag_seconds{replica"), "its lateness is not known any more: {metrics}");

    // It comes back by itself: the dead connections cost nobody anything.
    standby.start().await;
    assert_eq!(again(&app).await, Standing::Serves(line));
    let back: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(db.reading()).await.expect("it");
    assert!(back);

    // Frozen in the middle: the probe finds out.
    let freeze = async {
        rocket::tokio::time::sleep(Duration::from_millis(300)).await;
        standby.freezes(true);
    };
    let (answer, ()) = futures::join!(who(&app, line), freeze);
    assert_eq!(answer, "principale");
    standby.freezes(false);
}

#[rocket::async_test]
async fn strangers_are_set_aside_and_check_says_what_to_do() {
    let primary = Cluster::primary(SEJOURS).await;
    let standby = primary.standby().await;
    let foreign = Cluster::empty().await;
    let urls =
        [standby.url(BASE), foreign.url("postgres"), standby.url("postgres"), "postgres://gardel@localhost/gardel?host=/nulle-part".to_string()];
    let app = over(&primary, &urls, |_| {}).await;
    let line = line_of(&app).await;
    app.context.db.probe_replicas().await;
    let standings: Vec<Standing> = replicas(&app).states().iter().map(|state| state.standing).collect();
    let aside = |why| Standing::Aside(why);
    assert_eq!(standings, [Standing::Serves(line), aside(Why::OtherCluster), aside(Why::OtherDatabase), aside(Why::Unreachable)]);
    let db = app.context.db.up_to(Some(Position { line, at: 0 }));
    let there: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(db.reading()).await.expect("it");
    assert!(there, "the one that is well serves");
    let other = app.context.db.up_to(Some(Position { line: line + 1, at: 0 }));
    let there: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(other.reading()).await.expect("it");
    assert!(!there, "nobody follows that timeline");

    // The command line, over each.
    let folder = tempfile::tempdir().expect("a folder");
    standby.catches_up(&primary).await;
    let check = |url: &str| said(program(GARDEL, folder.path(), &primary.url(BASE)).arg("check").env("DATABASE_REPLICA_URL", url));
    let (well, text) = check(&urls[0]);
    assert!(well && text.contains("Réplica 1 (") && text.contains("en service, retard 0 s."), "{text}");
    for (url, words) in [(&urls[1], "autre grappe"), (&urls[2], "même nom de base"), (&urls[3], "pg_hba.conf")] {
        let (well, text) = check(url);
        assert!(!well && text.contains(words), "{text}");
    }
    app.run_sql("CREATE ROLE gardel_essai_lit LOGIN").await;
    app.run_sql("GRANT CONNECT ON DATABASE gardel TO gardel_essai_lit").await;
    app.run_sql("GRANT USAGE ON SCHEMA public TO gardel_essai_lit").await;
    standby.catches_up(&primary).await;
    let (well, text) = check(&as_role(&urls[0], "gardel_essai_lit"));
    assert!(!well && text.contains("n’y lit pas") && text.contains("sejour"), "an account without rights: {text}");

    // Promoted: it is asked nothing, though it holds what was asked for.
    standby.promote().await;
    assert_eq!(standing(&app).await, aside(Why::Promoted));
    assert_eq!(who(&app, line).await, "principale");
    let (well, text) = check(&urls[0]);
    assert!(!well && text.contains("promu"), "{text}");
    let (ready, _) = told(&app).await;
    assert!(ready.contains("promu") && ready.contains("autre grappe"), "{ready}");
}

#[rocket::async_test]
async fn one_that_is_late_beyond_the_bound_is_not_asked() {
    let primary = Cluster::primary(SEJOURS).await;
    let standby = primary.standby().await;
    let app = over(&primary, &[standby.url(BASE)], |config| config.replique_retard_secondes = 1).await;
    let line = line_of(&app).await;
    standby.catches_up(&primary).await;
    assert_eq!(standing(&app).await, Standing::Serves(line));
    standby.replays(false).await;
    app.run_sql("UPDATE sejour SET version = version + 1").await;
    until("it is late", async || standing(&app).await == Standing::Aside(Why::Late)).await;
    // Told in whole milliseconds.
    assert!(replicas(&app).states()[0].lag.is_some_and(|lag| lag >= Duration::from_secs(1)));
    assert_eq!((who(&app, line).await.as_str(), replicas(&app).fallbacks(Fallback::Aside)), ("principale", 1));
    standby.replays(true).await;
    until("it serves again", async || standing(&app).await == Standing::Serves(line)).await;
}
