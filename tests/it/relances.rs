//! A job acts in the name of whoever asked for it, with their rights of then: who may stop it, who may put it back in its queue.

use rocket::http::Status;

use crate::imports::loaded;
use crate::support::app::LE_GOSIER;
use crate::support::{App, Browser};

const AGAIN: &str = "Relancer ce travail";

async fn again(browser: &Browser<'_>, job: i64) -> (bool, Status) {
    let shown = browser.get(&format!("/travaux/{job}")).await.ok().text().contains(AGAIN);
    (shown, browser.post(&format!("/travaux/{job}/reprise"), &[]).await.status)
}

#[rocket::async_test]
async fn what_somebody_called_off_is_put_back_by_nobody_else() {
    let app = App::new().await;
    let (agent, chief, operator) = (app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await, app.exploitant().await);
    agent.export("sejours", "", "csv_fr").await;
    let job: i64 = app.one("SELECT id FROM job").await;
    assert_eq!(agent.post(&format!("/travaux/{job}/annulation"), &[]).await.status, Status::SeeOther);
    for other in [&chief, &operator] {
        assert_eq!(again(other, job).await, (false, Status::Forbidden));
    }
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "cancelled", "it made no file in their name");
    // One's own may be asked for again by whoever may ask it of the queue.
    chief.export("sejours", "", "csv_fr").await;
    let job: i64 = app.one("SELECT max(id) FROM job").await;
    assert_eq!(chief.post(&format!("/travaux/{job}/annulation"), &[]).await.status, Status::SeeOther);
    assert_eq!(again(&operator, job).await.1, Status::Forbidden);
    assert_eq!(again(&chief, job).await, (true, Status::SeeOther));
}

#[rocket::async_test]
async fn what_failed_goes_on_with_the_rights_of_now() {
    let app = App::new().await;
    let (agent, chief) = (app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await);
    agent.export("sejours", "", "csv_fr").await;
    let job: i64 = app.one("SELECT id FROM job").await;
    app.run_sql("UPDATE job SET state = 'failed', error = 'Panne', finished_at = now()").await;
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", agent.user_id)).await;
    assert_eq!(again(&chief, job).await, (true, Status::SeeOther), "it stopped by itself");
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "cancelled");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export WHERE etat = 'pret'").await, 0, "whoever asked for it may not any more");
}

#[rocket::async_test]
async fn an_import_goes_on_from_its_own_page() {
    let app = App::new().await;
    let (agent, chief, operator) = (app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await, app.exploitant().await);
    loaded(&app, &agent, ("hebergeurs", "relance.csv", "nom;commune\nRelancé;97113\n"), "completer").await;
    let job: i64 = app.one("SELECT job_id FROM import").await;
    for state in ["failed", "cancelled"] {
        app.run_sql(&format!("UPDATE job SET state = '{state}' WHERE id = {job}")).await;
        for anybody in [&chief, &operator] {
            assert_eq!(again(anybody, job).await, (false, Status::Forbidden), "{state}");
        }
    }
}

#[rocket::async_test]
async fn an_undoing_is_the_work_of_whoever_asked_for_it() {
    let app = App::new().await;
    let (agent, colleague) = (app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await);
    let id = loaded(&app, &agent, ("hebergeurs", "defait.csv", "nom;commune\nDéfait;97113\n"), "completer").await;
    assert_eq!(colleague.post(&format!("/imports/{id}/annulation"), &[]).await.status, Status::SeeOther);
    let (job, asked): (i64, i64) = app.one("SELECT (j.id, j.requested_by) FROM import i JOIN job j ON j.id = i.job_id").await;
    assert_eq!(asked, colleague.user_id);
    let stop = format!("form[action=\"/travaux/{job}/annulation\"]");
    let page = format!("/imports/{id}");
    assert!(agent.get(&page).await.ok().attributes(&stop, "action").is_empty(), "nothing is offered that would be refused");
    assert_eq!(agent.post(&format!("/travaux/{job}/annulation"), &[]).await.status, Status::NotFound);
    assert_eq!(colleague.get(&page).await.ok().attributes(&stop, "action").len(), 1);
    assert_eq!(colleague.post(&format!("/travaux/{job}/annulation"), &[]).await.status, Status::SeeOther);
}
