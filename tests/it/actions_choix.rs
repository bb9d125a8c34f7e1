//! An action on a whole filter changes the rows that its confirmation counted, and no other: neither those that
//! another object brings into the filter, nor those that wider rights do.

use rocket::http::Status;

use crate::exports::many_rows;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

/// Asks for an action on a whole filter; its token.
async fn asked(browser: &Browser<'_>, question: &str) -> String {
    let page = browser.post("/sejours/actions", &[("requete", question), ("action", "valider"), ("etendue", "filtre")]).await.ok();
    page.attributes("input[name=jeton]", "value").remove(0)
}

async fn confirmed(app: &App, browser: &Browser<'_>, token: &str) -> i64 {
    let answer = browser.post("/actions", &[("jeton", token)]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    app.one("SELECT max(id) FROM action").await
}

/// Keys of the stays that meet `condition`, from a statement of the test.
async fn keys(app: &App, condition: &str) -> Vec<i64> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT id FROM sejour WHERE {condition} ORDER BY id"))).fetch_all(app.pool()).await.expect("keys")
}

/// What action `id` changed.
async fn changed(app: &App, id: i64) -> Vec<i64> {
    keys(app, &format!("id IN (SELECT cle FROM action_ligne WHERE action_id = {id} AND etat = 'prevue')")).await
}

#[rocket::async_test]
async fn a_row_that_another_object_brings_in_is_left() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let hosts: Vec<i64> = sqlx::query_scalar(
        "SELECT l.hebergeur_id FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE s.code_insee = '97113' AND s.statut = 'a_verifier' GROUP BY 1 HAVING count(*) BETWEEN 1 AND 200 ORDER BY 1 LIMIT 2",
    )
    .fetch_all(app.pool())
    .await
    .expect("hosts");
    let give = |host: i64| format!("UPDATE hebergeur SET courriel = 'contact@zorglub77.fr' WHERE id = {host}");
    let of = |host: i64| format!("logement_id IN (SELECT id FROM logement WHERE hebergeur_id = {host})");
    app.run_sql(&give(hosts[0])).await;
    let seen = keys(&app, &format!("code_insee = '97113' AND statut = 'a_verifier' AND {}", of(hosts[0]))).await;
    let token = asked(&browser, "q=contact@zorglub77.fr&statut=a_verifier").await;
    app.run_sql(&give(hosts[1])).await;
    let action = confirmed(&app, &browser, &token).await;
    assert_eq!(changed(&app, action).await, seen);
    assert!(!keys(&app, &format!("{} AND statut = 'a_verifier'", of(hosts[1]))).await.is_empty(), "those of the other host");
    let page = browser.get(&format!("/actions/{action}")).await.ok();
    assert!(page.text().contains("arrivé"), "{}", page.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action_choix").await, 0, "what was kept has served");
}

#[rocket::async_test]
async fn wider_rights_widen_nothing_that_was_confirmed() {
    let app = App::new().await;
    many_rows(&app, 700).await;
    let browser = app.agent(LE_GOSIER).await;
    let person: i64 = app.one("SELECT max(id) FROM utilisateur").await;
    for (question, condition) in [("statut=a_verifier&personnes_min=3", "nb_personnes >= 3"), ("statut=a_verifier", "true")] {
        let seen = keys(&app, &format!("code_insee = '97113' AND statut = 'a_verifier' AND {condition}")).await;
        let token = asked(&browser, question).await;
        app.run_sql(&format!(
            "INSERT INTO utilisateur_collectivite (utilisateur_id, collectivite_id) SELECT {person}, id FROM collectivite WHERE siren = '{RIVIERA}' ON CONFLICT DO NOTHING"
        ))
        .await;
        let action = confirmed(&app, &browser, &token).await;
        assert_eq!(changed(&app, action).await, seen, "{question}");
        app.run_sql(&format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {person} AND collectivite_id IN (SELECT id FROM collectivite WHERE siren = '{RIVIERA}')")).await;
    }
}

#[rocket::async_test]
async fn a_confirmation_whose_rows_are_forgotten_changes_nothing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let token = asked(&browser, "statut=a_verifier").await;
    app.run_sql("UPDATE action_choix SET cree_le = now() - interval '25 hours'").await;
    gardel::actions::forget(&app.work).await.expect("the upkeep");
    let before = keys(&app, "statut = 'valide'").await;
    browser.post("/actions", &[("jeton", token.as_str())]).await.refused(Status::Conflict, "Recommencez depuis la liste");
    assert_eq!(keys(&app, "statut = 'valide'").await, before);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action").await, 0);
}

/// While the version before serves: its confirmations keep no keys, and what is written since is still left.
#[rocket::async_test]
async fn an_action_that_waits_from_the_version_before_is_done() {
    let app = App::new().await;
    many_rows(&app, 700).await;
    let browser = app.agent(LE_GOSIER).await;
    let seen = keys(&app, "code_insee = '97113' AND statut = 'a_verifier'").await;
    let token = asked(&browser, "statut=a_verifier").await;
    let answer = browser.post("/actions", &[("jeton", token.as_str())]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_sql("DELETE FROM action_choix").await;
    app.run_jobs().await;
    let action: i64 = app.one("SELECT max(id) FROM action").await;
    assert_eq!(changed(&app, action).await, seen);
}
