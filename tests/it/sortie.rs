//! What leaves the journal for the log of the worker: every line that was committed, once, and no other.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use gardel::journal::tell_new;
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::App;
use crate::support::app::LE_GOSIER;
use crate::support::program::{WORKER, program_of};

const LINE: &str =
    "INSERT INTO journal (action, objet, detail) VALUES ('modification', 'essai', '{\"téléphone\": [\"0690\", \"0691\"], \"a\": 1.50}')";

/// What leaves now. Any transaction of the server that is older, be it of another base, makes later lines wait for the next time.
async fn told(app: &App) -> Vec<i64> {
    let mut ids = Vec::new();
    tell_new(&app.work.db, |line| ids.push(line.id)).await.expect("the base answers");
    ids
}

/// Asks until `id` has left.
async fn told_with(app: &App, id: i64) -> Vec<i64> {
    let mut ids = told(app).await;
    while !ids.contains(&id) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        ids.extend(told(app).await);
    }
    ids
}

async fn last(app: &App) -> i64 {
    app.one("SELECT max(id) FROM journal").await
}

async fn ids(app: &App, after: i64) -> BTreeSet<i64> {
    let sql = AssertSqlSafe(format!("SELECT id FROM journal WHERE id > {after}"));
    sqlx::query_scalar(sql).fetch_all(app.pool()).await.expect("lines").into_iter().collect()
}

#[rocket::async_test]
async fn every_committed_line_leaves_once_whatever_was_open_meanwhile() {
    let app = App::new().await;
    told(&app).await;
    app.run_sql(LINE).await;
    let before = last(&app).await;
    told_with(&app, before).await;

    app.run_sql(LINE).await;
    let mut all = told_with(&app, last(&app).await).await;
    assert_eq!((all.len(), told(&app).await.len()), (1, 0), "once");

    // Older by its number and its instant, committed after: not lost, and those that followed come once too.
    let mut slow = PgConnection::connect(&app.url).await.expect("the test server answers");
    let mut open = slow.begin().await.expect("a transaction");
    let held: i64 = sqlx::query_scalar(AssertSqlSafe(format!("{LINE} RETURNING id"))).fetch_one(&mut *open).await.expect("a line");
    for _ in 0..2 {
        app.run_sql(LINE).await;
        all.extend(told(&app).await);
    }
    assert!(!all.contains(&held), "not committed");
    open.commit().await.expect("commits");
    all.extend(told_with(&app, last(&app).await).await);
    assert!(all.contains(&held), "lost");

    // What was undone never happened.
    let mut open = slow.begin().await.expect("a transaction");
    sqlx::query(LINE).execute(&mut *open).await.expect("a line");
    open.rollback().await.expect("rolls back");
    app.run_sql(LINE).await;
    all.extend(told_with(&app, last(&app).await).await);
    // As old as a transaction may be long, or a clock wrong.
    app.run_sql("INSERT INTO journal (moment, action, objet) VALUES (now() - interval '3 days', 'modification', 'essai'), (now() + interval '2 days', 'modification', 'essai')").await;
    app.run_sql(LINE).await;
    all.extend(told_with(&app, last(&app).await).await);
    assert_eq!(all.len(), 8, "{all:?}");
    assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), ids(&app, before).await);
}

#[rocket::async_test]
async fn a_line_tells_what_was_done_and_no_detail() {
    let app = App::new().await;
    told(&app).await;
    let person = app.agent(LE_GOSIER).await;
    let host: i64 = app.one("SELECT hebergeur_id FROM hebergeur_commune WHERE code_insee = '97113' ORDER BY 1 LIMIT 1").await;
    person.get(&format!("/hebergeurs/{host}")).await.ok();
    app.run_sql(LINE).await;
    let (mut lines, mut seen) = (Vec::new(), last(&app).await);
    while seen > 0 {
        tell_new(&app.work.db, |line| lines.push(line.clone())).await.expect("the base answers");
        seen = if lines.iter().any(|line| line.id == seen) { 0 } else { seen };
    }
    let read = lines.iter().find(|line| line.action == "consultation").expect("a reading");
    assert_eq!((read.acteur_id, read.objet_id.as_str()), (Some(person.user_id), host.to_string().as_str()));
    assert!(!read.requete.is_empty() && read.collectivite_id.is_some());
    let changed = lines.iter().find(|line| line.objet == "essai").expect("a line");
    // As jsonb writes it: keys by length, then by letters.
    let digest = Sha256::digest("{\"a\": 1.50, \"téléphone\": [\"0690\", \"0691\"]}");
    assert_eq!(changed.empreinte, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

/// The program itself, in the form of its log.
#[rocket::async_test]
async fn the_worker_writes_them_in_its_log_until_it_stops() {
    let app = App::new().await;
    let mut command = program_of(&app, WORKER, "gardel_essai_travaille");
    let mut worker =
        command.env("GARDEL_JOURNAL_SORTIE", "1").env("GARDEL_BASE_CONNEXIONS", "4").stderr(Stdio::piped()).spawn().expect("the worker starts");
    while app.one::<i64>("SELECT count(*) FROM journal_sortie").await == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    app.run_sql(LINE).await;
    let id = last(&app).await;
    // As long as an older transaction of the server runs, the line waits for the next time.
    while app.one::<bool>("SELECT transaction >= pg_snapshot_xmin(pg_current_snapshot()) FROM journal ORDER BY id DESC LIMIT 1").await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    kill_process(Pid::from_child(&worker), Signal::TERM).expect("a signal");
    let mut log = String::new();
    worker.stderr.take().expect("its log").read_to_string(&mut log).expect("text");
    assert!(worker.wait().expect("it ends").success(), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let told: Vec<_> = lines.iter().filter(|line| line["target"] == "gardel::journal").collect();
    assert_eq!(told.iter().filter(|line| line["id"] == id).count(), 1, "{log}");
    // Not its numbers: an hour of the log may have the same digits.
    assert!(!log.contains("téléphone") && !log.contains("t\\u00e9l"), "a detail in the log");
}
