//! Schedules: one run per due time whatever the number of workers, missed times, what an operator
//! sets, and who may.

use gardel::platform::jobs::schedules::{self, Missed, NewSchedule};
use gardel::platform::jobs::{Requester, table};
use gardel::travaux::Upkeep;
use gardel::worker;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

fn names() -> Vec<String> {
    worker::registry().names()
}

fn schedule(name: &str, expression: &str) -> NewSchedule {
    NewSchedule::of(name, expression, &Upkeep::default()).expect("a cron expression")
}

async fn add(app: &App, new: &NewSchedule) -> i64 {
    let mut write = app.context.db.write().await.expect("a transaction");
    let id = schedules::insert(&mut write, new).await.expect("a schedule");
    write.commit().await.expect("commits");
    id
}

/// Makes every schedule due since `late`.
async fn due(app: &App, late: &str) {
    app.run_sql(&format!("UPDATE planification SET prochaine_le = now() - interval '{late}'")).await;
}

async fn jobs(app: &App) -> i64 {
    app.one("SELECT count(*) FROM job").await
}

#[rocket::async_test]
async fn one_run_per_due_time_under_four_tickers() {
    let app = App::new().await;
    for number in 0..20 {
        add(&app, &schedule(&format!("essai:{number}"), "0 3 * * *")).await;
    }
    for round in 1..=5 {
        due(&app, "1 second").await;
        let (db, names) = (&app.work.db, &names());
        let served = futures::future::join_all((0..4).map(|_| async move { schedules::tick(db, names).await.expect("a tick") })).await;
        assert_eq!(served.iter().sum::<usize>(), 20, "each due time is served once: {served:?}");
        assert_eq!(jobs(&app).await, round * 20);
        app.run_sql("UPDATE job SET state = 'done', finished_at = now() WHERE state = 'ready'").await;
    }
    assert_eq!(schedules::tick(&app.work.db, &names()).await.expect("a tick"), 0, "nothing is due any more");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM planification WHERE prochaine_le > now() AND derniere_issue = 'lancee'").await, 20);
}

#[rocket::async_test]
async fn missed_times_are_made_up_for_once_or_not_at_all() {
    let app = App::new().await;
    add(&app, &schedule("rattrapee", "*/10 * * * *")).await;
    add(&app, &schedule("ignoree", "*/10 * * * *").missed(Missed::Skip)).await;
    due(&app, "3 days").await;
    assert_eq!(schedules::tick(&app.work.db, &names()).await.expect("a tick"), 2);
    assert_eq!(jobs(&app).await, 1, "hundreds of missed times are one run");
    assert_eq!(app.one::<String>("SELECT derniere_issue FROM planification WHERE nom = 'rattrapee'").await, "lancee");
    assert_eq!(app.one::<String>("SELECT derniere_issue FROM planification WHERE nom = 'ignoree'").await, "ignoree");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM planification WHERE prochaine_le > now()").await, 2);
    // A little late is not missed: workers do not look every second.
    due(&app, "1 minute").await;
    schedules::tick(&app.work.db, &names()).await.expect("a tick");
    assert_eq!(app.one::<String>("SELECT derniere_issue FROM planification WHERE nom = 'ignoree'").await, "lancee");
    // The run of « rattrapee » still waits: its next time is skipped, not piled up.
    assert_eq!(app.one::<String>("SELECT derniere_issue FROM planification WHERE nom = 'rattrapee'").await, "sautee");
    assert_eq!(jobs(&app).await, 2);
}

#[rocket::async_test]
async fn kinds_of_a_newer_version_wait_and_paused_ones_sleep() {
    let app = App::new().await;
    let id = add(&app, &schedule("pause", "*/10 * * * *")).await;
    add(&app, &schedule("future", "*/10 * * * *")).await;
    app.run_sql("UPDATE planification SET travail = 'futur' WHERE nom = 'future'").await;
    due(&app, "1 second").await;
    let mut write = app.context.db.write().await.expect("a transaction");
    assert!(schedules::set_active(&mut write, id, false).await.expect("paused"));
    write.commit().await.expect("commits");
    assert_eq!(schedules::next_seconds(app.pool(), &names()).await.expect("asked"), None);
    assert_eq!(schedules::tick(&app.work.db, &names()).await.expect("a tick"), 0);
    let mut write = app.context.db.write().await.expect("a transaction");
    assert!(schedules::set_active(&mut write, id, true).await.expect("resumed"));
    write.commit().await.expect("commits");
    let wait = schedules::next_seconds(app.pool(), &names()).await.expect("asked").expect("one is planned");
    assert!((0.0..=600.0).contains(&wait), "{wait}");
    assert_eq!(jobs(&app).await, 0, "what passed during a pause is not made up for");
}

#[rocket::async_test]
async fn what_an_operator_sets_outlives_a_new_version() {
    let app = App::new().await;
    let declare = async |list: &[NewSchedule]| schedules::declare(&app.work.db, list, &names()).await.expect("declared");
    declare(&worker::planned().expect("the expressions of the program")).await;
    declare(&[schedule("nuit", "40 2 * * *"), schedule("jour", "0 12 * * *")]).await;
    let read = |name: &str| format!("SELECT expression || ' ' || active::text FROM planification WHERE nom = '{name}'");
    let of = async |name: &str| sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(read(name))).fetch_optional(app.pool()).await.expect("asked");
    assert_eq!(of("entretien").await, None, "no longer declared");
    let id: i64 = app.one("SELECT id FROM planification WHERE nom = 'nuit'").await;
    let mut write = app.context.db.write().await.expect("a transaction");
    assert!(schedules::set_times(&mut write, id, "0 4 * * *", Missed::Skip, 600).await.expect("set"));
    write.commit().await.expect("commits");
    let next: chrono::DateTime<chrono::Utc> = app.one("SELECT prochaine_le FROM planification WHERE nom = 'nuit'").await;
    declare(&[schedule("nuit", "10 1 * * *"), schedule("jour", "30 12 * * *")]).await;
    assert_eq!(of("nuit").await.as_deref(), Some("0 4 * * * true"), "set by an operator");
    assert_eq!(app.one::<chrono::DateTime<chrono::Utc>>("SELECT prochaine_le FROM planification WHERE nom = 'nuit'").await, next);
    assert_eq!(of("jour").await.as_deref(), Some("30 12 * * * true"), "changed by the program");
    let mut write = app.context.db.write().await.expect("a transaction");
    assert!(schedules::reset(&mut write, id).await.expect("reset"));
    write.commit().await.expect("commits");
    declare(&[schedule("nuit", "10 1 * * *")]).await;
    assert_eq!(of("nuit").await.as_deref(), Some("10 1 * * * true"));
    // A schedule of a newer version, whose kind is unknown here, stays.
    app.run_sql("UPDATE planification SET nom = 'autre', travail = 'futur'").await;
    declare(&[]).await;
    assert_eq!(of("autre").await.as_deref(), Some("10 1 * * * true"));
}

#[rocket::async_test]
async fn people_own_schedules() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let owner = Requester { user_id: Some(agent.user_id), collectivite_id: None };
    let id = add(&app, &schedule("export-programme:1", "0 6 * * 1").titled("Séjours du lundi").owned_by(owner).spread(3600)).await;
    let mut write = app.context.db.write().await.expect("a transaction");
    let twice = schedules::insert(&mut write, &schedule("export-programme:1", "0 6 * * 1")).await;
    assert!(twice.is_err_and(|error| error.to_string().contains("Donnez-lui un autre nom")));
    drop(write);
    let own = schedules::for_owner(app.pool(), agent.user_id).await.expect("asked");
    assert_eq!(own.iter().map(|one| (one.id, one.titre.as_str())).collect::<Vec<_>>(), [(id, "Séjours du lundi")]);
    due(&app, "1 second").await;
    schedules::tick(&app.work.db, &names()).await.expect("a tick");
    assert_eq!(app.one::<i64>("SELECT requested_by FROM job WHERE title = 'Séjours du lundi'").await, agent.user_id);
    let taken = table::claim(app.pool(), "maintenance", &names(), "o", 5).await.expect("a claim");
    assert_eq!((taken.len(), taken[0].requested_by), (1, Some(agent.user_id)));

    let mut write = app.context.db.write().await.expect("a transaction");
    assert!(schedules::update(&mut write, id, &schedule("export-programme:1", "0 7 1 * *")).await.expect("changed"));
    assert!(schedules::remove(&mut write, id).await.expect("removed"));
    assert!(!schedules::remove(&mut write, id).await.expect("asked"), "gone already");
    write.commit().await.expect("commits");
    add(&app, &schedule("export-programme:2", "0 6 * * 1").owned_by(owner)).await;
    app.run_sql(&format!("DELETE FROM utilisateur WHERE id = {}", agent.user_id)).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM planification").await, 0, "gone with their account");
}

#[rocket::async_test]
async fn an_operator_sees_sets_and_runs_them() {
    let app = App::new().await;
    schedules::declare(&app.work.db, &worker::planned().expect("the expressions of the program"), &names()).await.expect("declared");
    let exploitant = app.exploitant().await;
    let list = exploitant.get("/travaux/planifications").await.ok();
    assert!(list.texts("tbody th a").contains(&"Entretien".to_string()), "{:?}", list.texts("tbody th"));
    assert_eq!(list.texts("nav [aria-current=page]")[0], "Planifications");
    let id: i64 = app.one("SELECT id FROM planification WHERE nom = 'entretien'").await;
    let address = format!("/travaux/planifications/{id}");
    assert_eq!(exploitant.get(&address).await.ok().texts("main ol li").len(), 5);

    let wrong = exploitant.post(&format!("{address}/echeances"), &[("expression", "demain"), ("rattrapage", "ignorer"), ("etalement", "5")]).await;
    assert_eq!(wrong.status, Status::UnprocessableEntity);
    assert_eq!(wrong.attributes("#expression", "value"), ["demain"]);
    assert!(wrong.texts("#expression-erreur")[0].contains("cinq champs"));
    for (field, form) in [
        ("#etalement-erreur", [("expression", "0 3 * * *"), ("rattrapage", "ignorer"), ("etalement", "beaucoup")]),
        ("#etalement-erreur", [("expression", "0 3 * * *"), ("rattrapage", "ignorer"), ("etalement", "-1")]),
    ] {
        assert_eq!(exploitant.post(&format!("{address}/echeances"), &form).await.texts(field).len(), 1);
    }
    let set = exploitant.post(&format!("{address}/echeances"), &[("expression", "0 3 * * *"), ("rattrapage", "ignorer"), ("etalement", "5")]).await;
    assert_eq!(set.status, Status::SeeOther);
    assert_eq!(exploitant.post(&format!("{address}/pause"), &[]).await.status, Status::SeeOther);
    assert!(exploitant.get(&address).await.ok().text().contains("En pause"));
    exploitant.post(&format!("{address}/origine"), &[]).await.refused(Status::Conflict, "reprenez-la");
    assert_eq!(exploitant.post(&format!("{address}/reprise"), &[]).await.status, Status::SeeOther);
    let run = exploitant.post(&format!("{address}/lancement"), &[]).await;
    assert!(run.header("Location").is_some_and(|place| place.starts_with("/travaux/")));
    exploitant.post(&format!("{address}/lancement"), &[]).await.refused(Status::Conflict, "n'est pas fini");
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(exploitant.post(&format!("{address}/lancement"), &[]).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'planification'").await, 5);
    exploitant.get("/travaux/planifications/999").await.refused(Status::NotFound, "n'existe");

    for other in [app.agent(LE_GOSIER).await, app.administrateur(RIVIERA).await] {
        other.get("/travaux/planifications").await.refused(Status::Forbidden, "droits ne donnent pas accès");
        other.get(&address).await.refused(Status::Forbidden, "droits ne donnent pas accès");
        for verb in ["/echeances", "/pause", "/reprise", "/lancement", "/origine"] {
            let form = [("expression", "0 3 * * *"), ("rattrapage", "ignorer"), ("etalement", "5")];
            other.post(&format!("{address}{verb}"), &form).await.refused(Status::Forbidden, "droits ne donnent pas accès");
        }
    }
}
