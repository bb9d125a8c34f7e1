//! Interruptions of a real worker in the middle of an export: whatever the blow, the file is the one
//! that an undisturbed worker writes.

use std::process::{Child, Command};
use std::time::Duration;

use rocket::http::Status;

use crate::exports::{many_rows, sha256};
use crate::support::app::{LE_GOSIER, ROLES};
use crate::support::program::{WORKER, program_of};
use crate::support::{App, Browser};

/// A worker in a process of its own, killed with the test.
pub struct Worker(pub Child);

impl Worker {
    /// Starts one. `ESSAI_OUVRIER` names another program than the one built with the tests.
    pub fn start(app: &App, name: &str) -> Self {
        Self::with(app, &["--queue", "exports=1", "--queue", "high_priority=1", "--seulement", "--nom", name])
    }

    /// The same with the arguments of a command line.
    pub fn with(app: &App, arguments: &[&str]) -> Self {
        let path = std::env::var("ESSAI_OUVRIER").unwrap_or_else(|_| WORKER.into());
        let child = program_of(app, &path, ROLES[1]).args(arguments).spawn().expect("the worker starts");
        Self(child)
    }
}

impl Worker {
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status().expect("kill runs");
        assert!(sent.success(), "kill -{name}");
    }

    /// SIGKILL, and no process left.
    pub fn kill(mut self) {
        self.0.kill().expect("SIGKILL");
        self.0.wait().expect("dead");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Waits for a condition of the base; the limit only ends a broken run.
pub async fn until(app: &App, what: &str, sql: &'static str) {
    for _ in 0..6_000 {
        if app.one::<bool>(sql).await {
            return;
        }
        rocket::tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

#[rocket::async_test]
async fn a_worker_killed_with_sigkill_changes_no_byte() {
    let app = App::new().await;
    many_rows(&app, 120_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "tri=-montant", "csv_fr").await;
    for round in 0..3 {
        let mut victim = Worker::start(&app, &format!("victime-{round}"));
        let sql: &'static str = match round {
            0 => "SELECT EXISTS (SELECT 1 FROM export_morceau)",
            1 => "SELECT EXISTS (SELECT 1 FROM export_morceau WHERE numero >= 2)",
            _ => "SELECT EXISTS (SELECT 1 FROM export_morceau WHERE numero >= 4)",
        };
        until(&app, "a checkpoint", sql).await;
        victim.0.kill().expect("SIGKILL");
        victim.0.wait().expect("dead");
        assert_eq!(app.one::<String>("SELECT state FROM job WHERE name = 'export'").await, "running", "its lease still holds");
        // What thirty seconds would do.
        app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
    }
    let last = Worker::start(&app, "releve");
    until(&app, "the end of the export", "SELECT EXISTS (SELECT 1 FROM export WHERE etat = 'pret')").await;
    let interrupted = browser.get(&format!("{export}/fichier")).await.ok();
    assert_eq!(app.one::<i32>("SELECT attempts FROM job WHERE name = 'export'").await, 4, "each rescue counts as an attempt");

    drop(last);
    let again = browser.export("sejours", "tri=-montant", "csv_fr").await;
    app.run_jobs().await;
    let straight = browser.get(&format!("{again}/fichier")).await.ok();
    assert_eq!(sha256(&interrupted.body), sha256(&straight.body));
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert_eq!(interrupted.text().lines().count() as i64, expected + 1);
}

/// The file of `export` is the one that a fresh export of the same question gives.
async fn assert_undisturbed(app: &App, browser: &Browser<'_>, export: &str) {
    let disturbed = browser.get(&format!("{export}/fichier")).await.ok();
    let again = browser.export("sejours", "tri=-montant", "csv_fr").await;
    app.run_jobs().await;
    let straight = browser.get(&format!("{again}/fichier")).await.ok();
    assert_eq!(sha256(&disturbed.body), sha256(&straight.body));
}

#[rocket::async_test]
async fn a_worker_stopped_by_sigterm_gives_its_job_back() {
    let app = App::new().await;
    many_rows(&app, 120_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "tri=-montant", "csv_fr").await;
    let mut worker = Worker::start(&app, "poli");
    until(&app, "a checkpoint", "SELECT EXISTS (SELECT 1 FROM export_morceau WHERE numero >= 2)").await;
    let asked = Command::new("kill").args(["-TERM", &worker.0.id().to_string()]).status().expect("kill runs");
    assert!(asked.success());
    assert!(worker.0.wait().expect("ends").success(), "a clean exit");
    let (state, attempts): (String, i32) =
        sqlx::query_as("SELECT state, attempts FROM job WHERE name = 'export'").fetch_one(app.pool()).await.expect("the job");
    assert!((state.as_str(), attempts) == ("ready", 0) || state == "done", "given back without an attempt, or finished: {state} {attempts}");
    app.run_jobs().await;
    assert_undisturbed(&app, &browser, &export).await;
}

#[rocket::async_test]
async fn postgresql_cut_in_the_middle_of_an_export() {
    let app = App::new().await;
    many_rows(&app, 120_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "tri=-montant", "csv_fr").await;
    let worker = Worker::start(&app, "coupe");
    for number in [2, 6] {
        let reached =
            format!("SELECT EXISTS (SELECT 1 FROM export_morceau WHERE numero >= {number}) OR EXISTS (SELECT 1 FROM export WHERE etat = 'pret')");
        until(&app, "a checkpoint", Box::leak(reached.into_boxed_str())).await;
        // Every connection of the worker and of the web server, as a restart would.
        app.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").await;
        rocket::tokio::time::sleep(Duration::from_millis(200)).await;
        // What its delay before the next attempt, or its lease, would come to.
        let back = "UPDATE job SET run_at = now() WHERE state = 'ready'";
        for _ in 0..3 {
            if sqlx::query(back).execute(app.pool()).await.is_ok() {
                break;
            }
        }
    }
    for _ in 0..600 {
        if app.one::<bool>("SELECT EXISTS (SELECT 1 FROM export WHERE etat = 'pret')").await {
            break;
        }
        app.run_sql("UPDATE job SET run_at = now() WHERE state = 'ready'").await;
        app.run_sql(
            "UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running' AND lease_until < now() + interval '15 seconds'",
        )
        .await;
        rocket::tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(worker);
    assert_eq!(browser.get(&export).await.status, Status::Ok);
    assert_undisturbed(&app, &browser, &export).await;
}

/// The action or its undoing, from the page that was asked to the place where it is followed.
async fn ask_for_everything(browser: &Browser<'_>) -> String {
    let page = browser.post("/sejours/actions", &[("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")]).await.ok();
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
    let answer = browser.post("/actions", &[("jeton", &token)]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    answer.header("Location").expect("the action")
}

const EVERY_STATUT: &str = "SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour";

/// Lets a worker reach `rank`, then kills it, as many times as there are ranks; the last one finishes.
async fn kill_at(app: &App, name: &str, column: &str, ranks: &[i64], end: &'static str) {
    for rank in ranks {
        let mut victim = Worker::start(app, &format!("{name}-{rank}"));
        let sql = format!("SELECT EXISTS (SELECT 1 FROM action WHERE {column} >= {rank})");
        until(app, "a checkpoint", Box::leak(sql.into_boxed_str())).await;
        victim.0.kill().expect("SIGKILL");
        victim.0.wait().expect("dead");
        // What thirty seconds would do.
        app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
    }
    let _last = Worker::start(app, &format!("{name}-releve"));
    until(app, "the end", end).await;
}

#[rocket::async_test]
async fn a_bulk_action_killed_with_sigkill_changes_each_row_once() {
    let app = App::new().await;
    many_rows(&app, 30_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let before: String = app.one(EVERY_STATUT).await;
    let waiting: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let action = ask_for_everything(&browser).await;
    kill_at(&app, "victime", "avancement", &[1_000, 8_000, 20_000], "SELECT EXISTS (SELECT 1 FROM action WHERE etat = 'appliquee')").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version = 2").await, waiting, "each row once");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version > 2").await, 0, "none twice");
    assert_eq!(app.one::<i64>("SELECT modifiees FROM action").await, waiting);

    assert_eq!(browser.post(&format!("{action}/annulation"), &[]).await.status, Status::SeeOther);
    kill_at(&app, "defaite", "annule_avancement", &[2_000, 15_000], "SELECT EXISTS (SELECT 1 FROM action WHERE etat = 'annulee')").await;
    assert_eq!(before, app.one::<String>(EVERY_STATUT).await, "as it was");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version = 3").await, waiting, "each row put back once");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version > 3").await, 0);
}
