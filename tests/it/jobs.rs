//! The queue: a lease that fences, rescues that count, cancellation, unique keys, a clean stop.

use gardel::platform::jobs::table::{self, Ending, NewJob};
use gardel::platform::jobs::{Requester, RunnerSettings};
use gardel::worker;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

fn job(unique_key: Option<&str>) -> NewJob {
    NewJob {
        queue: "exports",
        name: "export",
        payload: serde_json::json!({"export": 0, "titre": "Essai", "cle": "x"}),
        priority: 100,
        max_attempts: 2,
        title: "Essai".into(),
        unique_key: unique_key.map(Into::into),
        requester: Requester::default(),
    }
}

async fn add(app: &App, new: &NewJob) -> i64 {
    let mut connection = app.pool().acquire().await.expect("a connection");
    table::insert(&mut connection, new).await.expect("a job")
}

async fn take(app: &App, worker: &str) -> Vec<table::Claimed> {
    table::claim(app.pool(), "exports", &["export".to_string()], worker, 10).await.expect("a claim")
}

#[rocket::async_test]
async fn a_job_goes_to_one_worker() {
    let app = App::new().await;
    for _ in 0..40 {
        add(&app, &job(None)).await;
    }
    let claims = futures::future::join_all((0..8).map(|number| {
        let app = &app;
        async move { take(app, &format!("o{number}")).await }
    }))
    .await;
    let mut ids: Vec<i64> = claims.into_iter().flatten().map(|job| job.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), count), (40, 40));
}

#[rocket::async_test]
async fn the_stale_lease_can_write_nothing() {
    let app = App::new().await;
    let id = add(&app, &job(None)).await;
    let first = take(&app, "ancien").await.remove(0);
    app.run_sql("UPDATE job SET lease_until = now() - interval '1 second'").await;
    let rescued = table::rescue(app.pool()).await.expect("a rescue");
    assert_eq!((rescued.len(), rescued[0].state.as_str()), (1, "ready"));
    let second = take(&app, "nouveau").await.remove(0);
    assert_eq!((second.id, second.lease, second.attempts), (id, first.lease + 1, 2));

    let mut connection = app.pool().acquire().await.expect("a connection");
    assert!(!table::progress(&mut connection, id, first.lease, 5, None).await.expect("asked"));
    assert!(!table::hold(&mut connection, id, first.lease).await.expect("asked"));
    assert!(!table::end(&mut connection, id, first.lease, &Ending::Done).await.expect("asked"));
    assert!(table::heartbeat(app.pool(), &[id], &[first.lease]).await.expect("asked").is_empty());
    // The same worker may hold the lost lease and the new one: each is told apart.
    let kept = table::heartbeat(app.pool(), &[id, id], &[first.lease, second.lease]).await.expect("asked");
    assert_eq!(kept, [(id, second.lease, false)]);
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "running");

    assert!(table::end(&mut connection, id, second.lease, &Ending::Done).await.expect("asked"));
    assert!(!table::end(&mut connection, id, second.lease, &Ending::Done).await.expect("asked"), "done once");
}

#[rocket::async_test]
async fn a_job_that_kills_its_workers_is_set_aside() {
    let app = App::new().await;
    add(&app, &job(None)).await;
    for expected in ["ready", "failed"] {
        take(&app, "victime").await;
        app.run_sql("UPDATE job SET lease_until = now() - interval '1 second'").await;
        assert_eq!(table::rescue(app.pool()).await.expect("a rescue")[0].state, expected);
    }
    assert!(take(&app, "suivant").await.is_empty());
    assert!(app.one::<String>("SELECT error FROM job").await.contains("ne répond plus"));
}

#[rocket::async_test]
async fn two_living_jobs_never_share_a_key() {
    let app = App::new().await;
    let first = add(&app, &job(Some("clef"))).await;
    assert_eq!(add(&app, &job(Some("clef"))).await, first, "waiting");
    let taken = take(&app, "o").await.remove(0);
    assert_eq!(add(&app, &job(Some("clef"))).await, first, "running");
    let mut connection = app.pool().acquire().await.expect("a connection");
    table::end(&mut connection, first, taken.lease, &Ending::Done).await.expect("ends");
    assert_ne!(add(&app, &job(Some("clef"))).await, first, "done");
}

#[rocket::async_test]
async fn priorities_delays_and_returns() {
    let app = App::new().await;
    let slow = add(&app, &NewJob { priority: 200, ..job(None) }).await;
    let urgent = add(&app, &NewJob { priority: 1, ..job(None) }).await;
    let one = table::claim(app.pool(), "exports", &["export".to_string()], "o", 1).await.expect("a claim").remove(0);
    assert_eq!(one.id, urgent);
    let mut connection = app.pool().acquire().await.expect("a connection");
    table::end(&mut connection, one.id, one.lease, &Ending::GiveBack).await.expect("given back");
    assert_eq!(app.one::<i32>("SELECT attempts FROM job WHERE priority = 1").await, 0, "an interruption is no attempt");
    let again = take(&app, "o").await;
    assert_eq!(again.iter().map(|job| job.id).collect::<Vec<_>>().len(), 2);
    for job in &again {
        table::end(&mut connection, job.id, job.lease, &Ending::Retry("cause", 3600.0)).await.expect("put off");
    }
    assert!(take(&app, "o").await.is_empty(), "not before its time");
    assert!(table::next_due_seconds(app.pool(), "exports").await.expect("asked").is_some_and(|seconds| seconds > 3000.0));
    assert!(slow > 0);
}

#[rocket::async_test]
async fn unknown_kinds_wait_for_a_newer_worker() {
    let app = App::new().await;
    add(&app, &NewJob { name: "futur", ..job(None) }).await;
    assert_eq!(app.run_jobs().await, 0);
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "ready");
}

#[rocket::async_test]
async fn an_unreadable_payload_fails_and_says_so() {
    let app = App::new().await;
    add(&app, &NewJob { payload: serde_json::json!({"rien": 1}), max_attempts: 1, ..job(None) }).await;
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "failed");
    assert!(app.one::<String>("SELECT error FROM job").await.contains("illisible"));
}

#[rocket::async_test]
async fn finished_jobs_are_pruned_in_batches() {
    let app = App::new().await;
    app.run_sql("INSERT INTO job (queue, name, title, state, finished_at) SELECT 'exports', 'essai', 'Essai', 'done', now() - g * interval '1 day' + interval '1 hour' FROM generate_series(1, 60) g").await;
    add(&app, &job(None)).await;
    assert_eq!(table::prune(app.pool(), 30).await.expect("pruned"), 30);
    assert_eq!(table::prune(app.pool(), 30).await.expect("pruned"), 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job").await, 31);
}

#[rocket::async_test]
async fn upkeep_runs_and_keeps_what_is_alive() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    app.run_sql("INSERT INTO session (empreinte, utilisateur_id, expire_le) SELECT sha256('x'), min(id), now() - interval '8 days' FROM utilisateur")
        .await;
    let mut write = app.context.db.write().await.expect("a transaction");
    gardel::platform::jobs::enqueue(&mut write, &gardel::travaux::Upkeep::default(), Requester::default()).await.expect("a job");
    write.commit().await.expect("commits");
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "done", "{:?}", app.one::<Option<String>>("SELECT error FROM job").await);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM session").await, 1);
    browser.get("/").await.ok();
    let months: i64 = app.one("SELECT count(*) FROM pg_inherits WHERE inhparent = 'journal'::regclass").await;
    assert!(months >= 4, "{months}");
}

/// A real worker: woken by NOTIFY, stopped cleanly, its running job given back without an attempt.
#[rocket::async_test]
async fn a_worker_hears_stops_and_gives_back() {
    let app = App::new().await;
    let settings = RunnerSettings { worker: "vivant".into(), ..RunnerSettings::default() };
    let (stop, stopped) = rocket::tokio::sync::watch::channel(false);
    let running = rocket::tokio::spawn(worker::runner(app.work.clone(), settings).run(stopped));
    let browser = app.agent(RIVIERA).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    let mut ready = false;
    for _ in 0..3_000 {
        ready = browser.fragment(&export).await.ok().texts("#suivi-titre") == ["Votre fichier est prêt"];
        if ready {
            break;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(ready, "the worker heard of the export");
    stop.send(true).expect("the worker listens");
    running.await.expect("a clean stop");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE state = 'running'").await, 0);
}

#[rocket::async_test]
async fn people_follow_and_operators_act() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let exploitant = app.exploitant().await;
    agent.export("sejours", "", "csv_fr").await;
    let id: i64 = app.one("SELECT id FROM job").await;
    app.run_sql("UPDATE job SET state = 'failed', error = 'Panne', attempts = 5, finished_at = now()").await;
    let page = exploitant.get(&format!("/travaux/{id}")).await.ok();
    assert!(page.text().contains("Relancer ce travail") && page.text().contains("Panne"));
    assert!(!agent.get(&format!("/travaux/{id}")).await.ok().text().contains("Relancer ce travail"));
    agent.post(&format!("/travaux/{id}/reprise"), &[]).await.refused(Status::Forbidden, "réservé");
    assert_eq!(exploitant.post(&format!("/travaux/{id}/reprise"), &[]).await.status, Status::SeeOther);
    exploitant.post(&format!("/travaux/{id}/reprise"), &[]).await.refused(Status::Conflict, "déjà en route");
    assert_eq!(app.one::<i32>("SELECT attempts FROM job").await, 0);
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "done");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'travail'").await, 1);
}
