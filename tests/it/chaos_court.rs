//! The short form of the chaos matrix (`just chaos` plays it whole), with `interruptions`: real
//! workers, struck in the middle of a scheduled job and of an export. Leases are ended by hand in place of
//! their thirty seconds; nothing here depends on a watch.

use gardel::platform::jobs::table;
use serde_json::Value;

use crate::exports::{many_rows, sha256};
use crate::interruptions::{Worker, until};
use crate::support::App;
use crate::support::app::LE_GOSIER;

/// What thirty seconds do to the lease of a worker that is gone.
async fn lease_ends(app: &App) {
    app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
}

async fn pause(ms: u64) {
    rocket::tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
}

#[rocket::async_test]
async fn a_scheduled_job_whose_worker_is_killed_runs_once() {
    let app = App::new().await;
    many_rows(&app, 40_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "tri=-montant", "csv_fr").await;
    let payload: Value = app.one("SELECT payload FROM job WHERE name = 'export'").await;
    app.run_sql("UPDATE export SET job_id = NULL").await;
    app.run_sql("DELETE FROM job").await;
    sqlx::query(
        "INSERT INTO planification (nom, titre, origine, expression, travail, contenu, file, essais_max, proprietaire_id, prochaine_le)
         VALUES ('essai', 'Export programmé', 'personne', '0 3 1 1 *', 'export', $1, 'exports', 10, $2, now())",
    )
    .bind(payload)
    .bind(browser.user_id)
    .execute(app.pool())
    .await
    .expect("a schedule");
    let victim = Worker::start(&app, "victime");
    until(&app, "a piece", "SELECT EXISTS (SELECT 1 FROM export_morceau WHERE numero >= 1)").await;
    victim.kill();
    lease_ends(&app).await;
    // Two at once: neither adds the due time a second time.
    let relief = (Worker::start(&app, "releve-1"), Worker::start(&app, "releve-2"));
    until(&app, "the end of the export", "SELECT EXISTS (SELECT 1 FROM export WHERE etat = 'pret')").await;
    until(&app, "the end of the job", "SELECT EXISTS (SELECT 1 FROM job WHERE name = 'export' AND state = 'done')").await;
    drop(relief);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE name = 'export'").await, 1);
    let file = browser.get(&format!("{export}/fichier")).await.ok();
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert_eq!(file.text().lines().count() as i64, expected + 1);
}

/// Frozen past its lease, replaced, woken: it finds its lease gone and changes nothing.
#[rocket::async_test]
async fn a_worker_that_wakes_after_its_lease_writes_nothing() {
    let app = App::new().await;
    many_rows(&app, 80_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "tri=-montant", "csv_fr").await;
    let mut victim = Worker::start(&app, "figé");
    until(&app, "a piece", "SELECT EXISTS (SELECT 1 FROM export_morceau WHERE numero >= 1)").await;
    // Not in the middle of a transaction: PostgreSQL would end it after a minute, a test does not wait.
    let calm = "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND backend_type = 'client backend' AND state <> 'idle')";
    loop {
        victim.signal("STOP");
        let mut quiet = 0;
        // Twice: what it sent last may only just be read.
        while quiet < 2 && app.one::<bool>(calm).await {
            quiet += 1;
            pause(200).await;
        }
        if quiet == 2 {
            break;
        }
        victim.signal("CONT");
        pause(5).await;
    }
    assert_eq!(app.one::<String>("SELECT state FROM job WHERE name = 'export'").await, "running", "frozen in the middle");
    lease_ends(&app).await;
    let rescued = table::rescue(app.pool()).await.expect("a rescue");
    assert_eq!((rescued.len(), rescued[0].state.as_str()), (1, "ready"));
    app.run_jobs().await;
    let before = browser.get(&format!("{export}/fichier")).await.ok();
    let row = "SELECT row_to_json(j)::text FROM job j WHERE name = 'export'";
    let job: String = app.one(row).await;
    victim.signal("CONT");
    // It ends what it was doing, which it may not keep, before it stops.
    victim.signal("TERM");
    assert!(victim.0.wait().expect("ends").success(), "a clean exit");
    assert_eq!(app.one::<String>(row).await, job, "nothing was written after the rescue");
    let after = browser.get(&format!("{export}/fichier")).await.ok();
    assert_eq!(sha256(&before.body), sha256(&after.body));
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert_eq!(after.text().lines().count() as i64, expected + 1);
}
