//! The queues: ageing, limits over all workers and per person, pauses, heavy readings one at a time,
//! cancellation, failures by cause, measures.

use std::sync::Arc;
use std::time::Duration;

use gardel::platform::jobs::table::{self, Claimed, Ending, Entry, NewJob};
use gardel::platform::jobs::{Job, JobError, Known, Outcome, QueueSetting, Registry, Requester, Run, Runner, RunnerSettings, enqueue};
use gardel::platform::telemetry::Metrics;
use rocket::tokio;
use serde::{Deserialize, Serialize};

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

fn job() -> NewJob {
    NewJob {
        queue: "exports",
        name: "export",
        payload: serde_json::json!({"export": 0, "titre": "Essai", "cle": "x"}),
        priority: 100,
        max_attempts: 2,
        title: "Essai".into(),
        unique_key: None,
        requester: Requester::default(),
    }
}

async fn add(app: &App, new: &NewJob) -> i64 {
    let mut connection = app.pool().acquire().await.expect("a connection");
    table::insert(&mut connection, new).await.expect("a job")
}

async fn take(app: &App, worker: &str, limit: i64) -> Vec<Claimed> {
    table::claim(app.pool(), "exports", &["export".to_string()], worker, limit).await.expect("a claim")
}

async fn end(app: &App, job: &Claimed, ending: &Ending<'_>) {
    let mut connection = app.pool().acquire().await.expect("a connection");
    assert!(table::end(&mut connection, job.id, job.lease, ending).await.expect("ends"));
}

fn ids(jobs: &[Claimed]) -> Vec<i64> {
    jobs.iter().map(|job| job.id).collect()
}

#[rocket::async_test]
async fn priorities_age_so_that_nobody_starves() {
    let app = App::new().await;
    let old = add(&app, &NewJob { priority: 200, ..job() }).await;
    let urgent = add(&app, &NewJob { priority: 0, ..job() }).await;
    let usual = add(&app, &job()).await;
    let wait = |id: i64, minutes: i64| format!("UPDATE job SET run_at = now() - interval '{minutes} minutes' WHERE id = {id}");
    app.run_sql(&wait(old, 9)).await;
    let first = take(&app, "o", 1).await;
    assert_eq!(ids(&first), [urgent]);
    end(&app, &first[0], &Ending::GiveBack).await;
    // Ten minutes make up for a hundred points: it passes before the usual ones that come now, then before the urgent ones.
    app.run_sql(&wait(old, 11)).await;
    assert_eq!((ids(&take(&app, "o", 1).await), ids(&take(&app, "o", 1).await)), (vec![urgent], vec![old]));
    app.run_sql(&format!("UPDATE job SET state = 'ready', lease_until = NULL WHERE id IN ({old}, {urgent})")).await;
    app.run_sql(&wait(old, 21)).await;
    app.run_sql(&wait(urgent, 0)).await;
    for expected in [old, urgent, usual] {
        assert_eq!(ids(&take(&app, "o", 1).await), [expected]);
    }
}

#[rocket::async_test]
async fn the_claim_reads_its_index_and_not_the_backlog() {
    let app = App::new().await;
    app.run_sql(
        "INSERT INTO job (queue, name, title, state, finished_at) SELECT 'exports', 'export', 't', 'done', now() FROM generate_series(1, 20000)",
    )
    .await;
    app.run_sql("INSERT INTO job (queue, name, title, run_at) SELECT 'exports', 'export', 't', now() - g * interval '1 second' FROM generate_series(1, 20000) g")
        .await;
    app.run_sql("INSERT INTO job (queue, name, title, run_at) SELECT 'exports', 'export', 't', now() + g * interval '1 second' FROM generate_series(1, 5000) g")
        .await;
    app.run_sql("ANALYZE job").await;
    let plan: Vec<String> = sqlx::query_scalar(
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT id FROM job WHERE state = 'ready' AND NOT lourd AND queue = 'exports'
             AND run_at <= now() AND name = ANY('{export}') ORDER BY job_rang(run_at, priority), id LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .fetch_all(app.pool())
    .await
    .expect("a plan");
    let plan = plan.join("\n");
    assert!(plan.contains("Index Scan using job_rang") && !plan.contains("Sort"), "{plan}");
    assert!(!plan.contains("Rows Removed"), "{plan}");
    assert_eq!(take(&app, "o", 5).await.len(), 5);
}

#[rocket::async_test]
async fn a_global_limit_holds_for_all_workers_together() {
    let app = App::new().await;
    for _ in 0..20 {
        add(&app, &job()).await;
    }
    let mut connection = app.pool().acquire().await.expect("a connection");
    table::set_limits(&mut connection, "exports", Some(3), None).await.expect("set");
    drop(connection);
    let app = &app;
    for round in 0..5 {
        let claims = futures::future::join_all((0..4).map(|number| async move { take(app, &format!("o{number}"), 2).await })).await;
        let taken: Vec<Claimed> = claims.into_iter().flatten().collect();
        assert_eq!(taken.len(), 3, "round {round}");
        assert!(taken.iter().all(|job| job.limited));
        assert!(take(app, "o", 5).await.is_empty(), "full");
        end(app, &taken[0], &Ending::Done).await;
        assert_eq!(take(app, "o", 5).await.len(), 1, "one place was freed");
        app.run_sql("UPDATE job SET state = 'done', lease_until = NULL, finished_at = now() WHERE state = 'running'").await;
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE state = 'done'").await, 20);
}

#[rocket::async_test]
async fn one_person_cannot_block_the_others() {
    let app = App::new().await;
    let (first, second) = (app.agent(LE_GOSIER).await.user_id, app.agent(LE_GOSIER).await.user_id);
    let of = |user_id: i64| NewJob { requester: Requester { user_id: Some(user_id), collectivite_id: None }, ..job() };
    for _ in 0..10 {
        add(&app, &of(first)).await;
    }
    let (other, house) = (add(&app, &of(second)).await, add(&app, &job()).await);
    let mut connection = app.pool().acquire().await.expect("a connection");
    table::set_limits(&mut connection, "exports", None, Some(2)).await.expect("set");
    drop(connection);
    let taken = take(&app, "o", 8).await;
    assert_eq!(taken.iter().filter(|job| job.requested_by == Some(first)).count(), 2);
    assert!(ids(&taken).contains(&other) && ids(&taken).contains(&house), "{:?}", ids(&taken));
    assert_eq!(taken.len(), 4);
    assert!(take(&app, "p", 8).await.is_empty());
    let one = taken.iter().find(|job| job.requested_by == Some(first)).expect("one of theirs");
    end(&app, one, &Ending::Done).await;
    assert_eq!(take(&app, "p", 8).await.len(), 1);
    // Both limits together, four workers at once.
    app.run_sql("UPDATE job SET state = 'ready', lease_until = NULL").await;
    let mut connection = app.pool().acquire().await.expect("a connection");
    table::set_limits(&mut connection, "exports", Some(3), Some(2)).await.expect("set");
    drop(connection);
    let app = &app;
    let claims = futures::future::join_all((0..4).map(|number| async move { take(app, &format!("o{number}"), 3).await })).await;
    let taken: Vec<Claimed> = claims.into_iter().flatten().collect();
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().filter(|job| job.requested_by == Some(first)).count() <= 2);
}

#[rocket::async_test]
async fn a_paused_queue_gives_nothing_until_it_opens() {
    let app = App::new().await;
    add(&app, &job()).await;
    let id = add(&app, &NewJob { queue: "maintenance", name: "entretien", payload: serde_json::json!({}), ..job() }).await;
    let pause = async |paused: bool| {
        let mut connection = app.pool().acquire().await.expect("a connection");
        table::set_paused(&mut connection, "exports", paused, "Nadège").await.expect("set");
    };
    pause(true).await;
    assert!(take(&app, "o", 5).await.is_empty());
    assert_eq!(app.one::<Option<String>>("SELECT job_motif(id) FROM job WHERE queue = 'exports'").await.as_deref(), Some("la file est en pause"));
    assert_eq!(app.run_jobs().await, 1, "other queues go on");
    assert_eq!(app.one::<i64>("SELECT id FROM job WHERE state = 'done'").await, id);
    pause(false).await;
    assert_eq!(take(&app, "o", 5).await.len(), 1);
}

#[rocket::async_test]
async fn heavy_readings_go_one_at_a_time_and_say_why_they_wait() {
    let app = App::new().await;
    for _ in 0..3 {
        add(&app, &job()).await;
    }
    let taken = take(&app, "o", 3).await;
    assert_eq!(table::enter_heavy(app.pool(), taken[0].id, taken[0].lease).await.expect("asked"), Entry::In);
    assert_eq!(table::enter_heavy(app.pool(), taken[0].id, taken[0].lease).await.expect("asked"), Entry::In, "once in, in");
    assert_eq!(table::enter_heavy(app.pool(), taken[0].id, taken[0].lease + 1).await.expect("asked"), Entry::Lost);
    for job in &taken[1..] {
        let Entry::Wait(reason) = table::enter_heavy(app.pool(), job.id, job.lease).await.expect("asked") else { panic!("two at once") };
        assert_eq!(reason, "un export est déjà en cours");
        end(&app, job, &Ending::Wait(&reason)).await;
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE state = 'ready' AND lourd AND attempts = 0 AND attente LIKE 'un export%'").await, 2);
    // Small ones pass meanwhile; heavy ones stay where they are.
    let small = add(&app, &job()).await;
    assert_eq!(ids(&take(&app, "o", 5).await), [small]);
    assert!(take(&app, "o", 5).await.is_empty());
    let devant = async |id: i64| sqlx::query_scalar::<_, Option<i64>>("SELECT job_devant($1)").bind(id).fetch_one(app.pool()).await.expect("asked");
    assert_eq!((devant(taken[1].id).await, devant(taken[2].id).await, devant(small).await), (Some(1), Some(2), None));
    // Its end lets the next one in, the oldest.
    end(&app, &taken[0], &Ending::Done).await;
    let next = take(&app, "o", 5).await;
    assert_eq!(ids(&next), [taken[1].id]);
    assert!(next[0].lourd);
    assert_eq!(table::enter_heavy(app.pool(), next[0].id, next[0].lease).await.expect("asked"), Entry::In);
    // Lost with its worker, its place is free again.
    app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running' AND lourd").await;
    table::rescue(app.pool()).await.expect("a rescue");
    assert_eq!(ids(&take(&app, "o", 5).await), [taken[1].id], "taken back, it is again the oldest of those that wait");
}

#[rocket::async_test]
async fn a_heavy_reading_waits_for_the_database() {
    let app = App::new().await;
    add(&app, &job()).await;
    let first = take(&app, "o", 1).await.remove(0);
    // Somebody's transaction, with a snapshot, older than the guard allows.
    let mut other = app.pool().begin().await.expect("a transaction");
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *other).await.expect("set");
    sqlx::query("SELECT count(*) FROM commune").execute(&mut *other).await.expect("a snapshot");
    app.run_sql("ALTER TABLE lecture_lourde DROP CONSTRAINT lecture_lourde_age_max_s_check").await;
    app.run_sql("UPDATE lecture_lourde SET age_max_s = -1").await;
    let Entry::Wait(reason) = table::enter_heavy(app.pool(), first.id, first.lease).await.expect("asked") else { panic!("the house is busy") };
    assert!(reason.starts_with("une opération longue occupe la base depuis"), "{reason}");
    end(&app, &first, &Ending::Wait("autre")).await;
    assert!(take(&app, "o", 1).await.is_empty());
    assert!(app.one::<String>("SELECT attente FROM job").await.starts_with("une opération longue"));
    // Late, not never.
    app.run_sql("UPDATE job SET run_at = now() - interval '31 minutes'").await;
    assert_eq!(take(&app, "o", 1).await.len(), 1);
    other.rollback().await.expect("ends");
}

/// A job that never ends by itself, and heeds nothing.
#[derive(Serialize, Deserialize)]
struct Deaf {}

impl Job for Deaf {
    type Context = ();
    const NAME: &'static str = "sourd";
    const QUEUE: &'static str = "etl_heavy";

    fn title(&self) -> String {
        "Sourd".into()
    }

    async fn run(&self, _context: &(), _run: &Run) -> Result<Outcome, JobError> {
        std::future::pending().await
    }
}

async fn until(app: &App, what: &str, sql: &'static str) {
    for _ in 0..6_000 {
        if app.one::<bool>(sql).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// The announcement alone stops the job: heartbeats and polls are hours away.
#[rocket::async_test]
async fn a_running_job_is_cancelled_though_it_heeds_nothing() {
    let app = App::with(|config| config.base_connexions = 8).await;
    let settings = RunnerSettings {
        worker: "vivant".into(),
        machine: "ici".into(),
        queues: vec![QueueSetting { queue: "etl_heavy".into(), concurrency: 1 }],
        poll: Duration::from_secs(3_600),
        ..RunnerSettings::default()
    };
    let runner = Runner::new(
        app.work.db.clone(),
        Arc::new(()),
        Registry::of(&[Known::of::<Deaf>()]),
        settings,
        (Arc::new(Metrics::default()), app.work.incidents.clone()),
    );
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(runner.run(stopped));
    until(&app, "the worker says that it is there", "SELECT EXISTS (SELECT 1 FROM ouvrier WHERE nom = 'vivant' AND machine = 'ici')").await;
    let mut write = app.context.db.write().await.expect("a transaction");
    let id = enqueue(&mut write, &Deaf {}, Requester::default()).await.expect("a job");
    write.commit().await.expect("commits");
    until(&app, "the job runs", "SELECT EXISTS (SELECT 1 FROM job WHERE state = 'running')").await;
    let exploitant = app.exploitant().await;
    exploitant.post(&format!("/travaux/{id}/annulation"), &[]).await;
    until(&app, "the job is cancelled", "SELECT EXISTS (SELECT 1 FROM job WHERE state = 'cancelled')").await;
    assert_eq!(app.one::<String>("SELECT error FROM job").await, "annulé");
    stop.send(true).expect("the worker listens");
    running.await.expect("a clean stop");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM ouvrier").await, 0, "it says that it leaves");
    assert_eq!(app.one::<i64>("SELECT sum((SELECT sum(x) FROM unnest(debuts) x))::bigint FROM file_mesure").await, 1);
}

#[rocket::async_test]
async fn ends_written_together_compare_each_lease() {
    let app = App::new().await;
    for _ in 0..4 {
        add(&app, &job()).await;
    }
    let taken = take(&app, "o", 4).await;
    app.run_sql(&format!("UPDATE job SET lease = lease + 1 WHERE id = {}", taken[1].id)).await;
    end(&app, &taken[2], &Ending::Done).await;
    let leases: Vec<i64> = taken.iter().map(|job| job.lease).collect();
    let mut ended = table::end_many(app.pool(), &ids(&taken), &leases).await.expect("ends");
    ended.sort_unstable();
    assert_eq!(ended, [taken[0].id, taken[3].id]);
    assert_eq!(app.one::<String>(Box::leak(format!("SELECT state FROM job WHERE id = {}", taken[1].id).into_boxed_str())).await, "running");
}

#[rocket::async_test]
async fn failures_are_grouped_put_back_and_set_aside() {
    let app = App::new().await;
    for number in 0..12 {
        add(&app, &NewJob { max_attempts: 1, unique_key: (number < 4).then(|| format!("clef:{}", number / 2)), ..job() }).await;
        let one = take(&app, "o", 1).await.remove(0);
        let error = if number % 3 == 0 { format!("disque plein après {number} octets") } else { format!("délai de {number} s dépassé") };
        end(&app, &one, &Ending::Failed(&error)).await;
    }
    let groups = table::failure_groups(app.pool()).await.expect("groups");
    let seen: Vec<(&str, i64)> = groups.iter().map(|group| (group.cause.as_str(), group.nombre)).collect();
    assert_eq!(seen, [("délai de N s dépassé", 8), ("disque plein après N octets", 4)]);

    let exploitant = app.exploitant().await;
    let page = exploitant.get("/travaux/files").await.ok();
    assert!(page.text().contains("délai de N s dépassé"), "{}", page.text());
    let form = [("travail", "export"), ("cause", "délai de N s dépassé")];
    for other in [app.agent(LE_GOSIER).await, app.administrateur(RIVIERA).await] {
        other.get("/travaux/files").await.refused(rocket::http::Status::Forbidden, "droits");
        other.post("/travaux/echecs/reprise", &form).await.refused(rocket::http::Status::Forbidden, "droits");
        other.post("/travaux/echecs/ecart", &form).await.refused(rocket::http::Status::Forbidden, "droits");
    }
    let answer = exploitant.post("/travaux/echecs/reprise", &form).await;
    assert_eq!(answer.status, rocket::http::Status::SeeOther, "{}", answer.text());
    // Numbers 1, 2 and 4, 5, 7, 8, 10, 11: 1 has the key of 0 and 2 that of 3, which stay failed with another cause.
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE state = 'ready' AND attempts = 0").await, 8);
    let form = [("travail", "export"), ("cause", "disque plein après N octets")];
    exploitant.post("/travaux/echecs/reprise", &form).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE state = 'failed'").await, 2, "two have the key of a living job");
    exploitant.post("/travaux/echecs/ecart", &form).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE state = 'failed'").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE state = 'cancelled' AND error LIKE 'Écarté%disque plein%'").await, 2);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'travail' AND objet = 'échecs'").await, 3);
}

#[rocket::async_test]
async fn an_operator_pauses_limits_and_guards() {
    use rocket::http::Status;
    let app = App::new().await;
    let exploitant = app.exploitant().await;
    let page = exploitant.get("/travaux/files").await.ok();
    assert!(page.text().contains("Aucun ouvrier n&apos;est en vie") || page.text().contains("Aucun ouvrier n'est en vie"));
    assert!(page.text().contains("trop peu de travaux récents pour le dire"));
    exploitant.fragment("/travaux/files").await.ok();
    exploitant.get("/travaux/files/nulle").await.refused(Status::NotFound, "Cette file n'existe pas");

    exploitant.post("/travaux/files/exports/reprise", &[]).await.refused(Status::Conflict, "déjà ouverte");
    assert_eq!(exploitant.post("/travaux/files/exports/pause", &[]).await.status, Status::SeeOther);
    exploitant.post("/travaux/files/exports/pause", &[]).await.refused(Status::Conflict, "déjà en pause");
    assert!(exploitant.get("/travaux/files/exports").await.ok().text().contains("En pause, par Personne exploitant"));
    let agent = app.agent(LE_GOSIER).await;
    let export = agent.export("sejours", "", "csv_fr").await;
    assert!(agent.get(&export).await.ok().text().contains("En attente : la file est en pause."));
    assert_eq!(app.run_jobs().await, 0);
    assert_eq!(exploitant.post("/travaux/files/exports/reprise", &[]).await.status, Status::SeeOther);

    let wrong = exploitant.post("/travaux/files/exports/limites", &[("globale", "zéro"), ("par_personne", "0")]).await;
    assert_eq!((wrong.status, wrong.texts(".erreur-champ").len()), (Status::UnprocessableEntity, 2));
    assert_eq!(wrong.attributes("#globale", "value"), ["zéro"]);
    let set = exploitant.post("/travaux/files/exports/limites", &[("globale", "1"), ("par_personne", " ")]).await;
    assert_eq!(set.status, Status::SeeOther);
    add(&app, &job()).await;
    table::here(app.pool(), "o", "machine", "1", &["exports=1".to_string()]).await.expect("a card");
    let first = take(&app, "o", 5).await;
    assert_eq!(first.len(), 1);
    let waiting: i64 = app.one("SELECT id FROM job WHERE state = 'ready'").await;
    let text = exploitant.get(&format!("/travaux/{waiting}")).await.ok().text();
    assert!(text.contains("En attente : la file est pleine."), "{text}");

    let wrong = exploitant.post("/travaux/lectures", &[("simultanees", "0"), ("age_max", "x"), ("lignes_mortes", "1")]).await;
    assert_eq!((wrong.status, wrong.texts(".erreur-champ").len()), (Status::UnprocessableEntity, 3));
    let set = exploitant.post("/travaux/lectures", &[("simultanees", "2"), ("age_max", "15"), ("lignes_mortes", "50000")]).await;
    assert_eq!(set.status, Status::SeeOther);
    assert_eq!(app.one::<i32>("SELECT simultanees * 10000 + age_max_s FROM lecture_lourde").await, 20_900);
    assert_eq!(exploitant.get("/travaux/lectures").await.ok().attributes("#age_max", "value"), ["15"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet IN ('file', 'grandes lectures')").await, 4);

    for other in [agent, app.administrateur(RIVIERA).await] {
        for place in ["/travaux/files", "/travaux/files/exports", "/travaux/lectures"] {
            other.get(place).await.refused(Status::Forbidden, "droits");
        }
        let form = [("globale", "1"), ("par_personne", ""), ("simultanees", "2"), ("age_max", "15"), ("lignes_mortes", "50000")];
        for place in ["/travaux/files/exports/pause", "/travaux/files/exports/reprise", "/travaux/files/exports/limites", "/travaux/lectures"] {
            other.post(place, &form).await.refused(Status::Forbidden, "droits");
        }
    }
}
