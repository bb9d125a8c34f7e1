//! Fields changed where they are read: the form in its cell or on a page, the version in every path,
//! both values shown when two people meet, and the way back.

use gardel::taxe::{BULK_ACTIONS, CHAMPS};
use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, REJECTED, RIVIERA};
use crate::support::{App, Browser, Page};

const PARTIAL: &[(&str, &str)] =
    &[("Sec-Fetch-Site", "same-origin"), ("HX-Request-Type", "partial"), ("HX-Current-URL", "http://localhost/logements?tri=-capacite")];

async fn lodging(app: &App) -> i64 {
    app.one("SELECT min(id) FROM logement WHERE code_insee = '97113'").await
}

/// Changes a field as htmx does from a list.
async fn in_cell(browser: &Browser<'_>, path: &str, value: &str, version: &str) -> Page {
    browser.post_with(path, &[("valeur", value), ("version", version)], PARTIAL).await
}

#[test]
fn declarations_hold_together() {
    for champ in CHAMPS {
        let column = champ.list.column(champ.column).unwrap_or_else(|| panic!("{}.{} is no column", champ.list.name, champ.column));
        assert!(column.editable.is_some(), "{}.{} is declared but not offered", champ.list.name, champ.column);
        assert!(!champ.list.domains.is_empty() && champ.list.domains.contains(&champ.domain), "{}: its readers would see it late", champ.column);
    }
    for list in gardel::web::LISTS {
        for column in list.columns.iter().filter(|column| column.editable.is_some()) {
            assert!(CHAMPS.iter().any(|champ| champ.list.name == list.name && champ.column == column.name), "{}.{}", list.name, column.name);
        }
    }
    for action in BULK_ACTIONS {
        assert_eq!(action.champ.list.table, action.champ.table, "an action reads and writes the same table");
        assert!(!action.champ.list.distinct);
        assert!(action.from.iter().all(|from| *from != action.value));
        assert!(action.takes(action.from.first().copied().or(Some("x"))), "{}", action.name);
    }
}

#[rocket::async_test]
async fn a_cell_becomes_a_form_and_a_cell_again() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = lodging(&app).await;
    let path = format!("/logements/{id}/champs/capacite");
    let form = browser.fragment(&path).await.ok();
    assert!(form.text().starts_with(&format!("<div id=\"c-logements-{id}-capacite\"")), "{}", form.text());
    assert_eq!(form.attributes("input[name=version]", "value"), ["1"]);
    browser.get("/logements?tri=-capacite").await.ok();

    let wrong = in_cell(&browser, &path, "5001 lits", "1").await;
    assert_eq!(wrong.status, Status::UnprocessableEntity);
    assert_eq!(wrong.attributes("input[name=valeur]", "value"), ["5001 lits"], "what was typed is kept");
    assert!(wrong.texts(".erreur-champ")[0].contains("de 1 à 5 000"), "{}", wrong.texts(".erreur-champ")[0]);
    let saved = in_cell(&browser, &path, "4 999", "1").await.ok();
    assert!(saved.text().contains("hx-swap-oob") && saved.text().contains("Annuler cette modification"), "{}", saved.text());
    assert!(saved.texts(".modifiable")[0].starts_with("4 999"), "{}", saved.text());
    let list = browser.get("/logements?tri=-capacite").await.ok();
    assert_eq!(list.rows()[0], id.to_string(), "no stale list after it");
    let detail: serde_json::Value = app.one("SELECT detail FROM journal WHERE action = 'modification' AND objet = 'logement'").await;
    assert_eq!(detail["capacite"]["apres"], "4999");

    // Back: signed, once, and for who did it.
    let token = saved.attributes("input[name=jeton]", "value")[0].clone();
    let other = app.agent(LE_GOSIER).await;
    other.post(&format!("{path}/retour"), &[("jeton", &token)]).await.refused(Status::BadRequest, "pas valable");
    let back = browser.post(&format!("{path}/retour"), &[("jeton", &token), ("retour", "/logements?tri=-capacite")]).await;
    assert_eq!((back.status, back.header("Location").as_deref()), (Status::SeeOther, Some("/logements?tri=-capacite")));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'modification' AND objet = 'logement'").await, 2);
    assert_eq!(app.one::<i32>("SELECT max(version) FROM logement").await, 3);
    // Asked again, there is nothing left to put back.
    assert_eq!(browser.post(&format!("{path}/retour"), &[("jeton", &token)]).await.status, Status::SeeOther);
    assert_eq!(app.one::<i32>("SELECT max(version) FROM logement").await, 3);
}

#[rocket::async_test]
async fn without_javascript_a_small_page_does_the_same() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = lodging(&app).await;
    let path = format!("/logements/{id}/champs/nature");
    let page = browser.get_with(&path, &[("Referer", "http://localhost/logements?nature=4")]).await.ok();
    assert_eq!(page.attributes("input[name=retour]", "value"), ["/logements?nature=4"], "back to the list as it was");
    let elsewhere = browser.get_with(&path, &[("Referer", "http://localhost/compte")]).await.ok();
    assert_eq!(elsewhere.attributes("input[name=retour]", "value"), [format!("/logements/{id}")]);
    let form = |back: &'static str| [("valeur", "2"), ("version", "1"), ("retour", back)];
    let saved = browser.post(&path, &form("//ailleurs.example")).await;
    assert_eq!(saved.header("Location"), Some(format!("/logements/{id}")), "only to a page of this list");
    let late = browser.post(&path, &[("valeur", "3"), ("version", "1"), ("retour", "/logements?nature=4")]).await;
    late.refused(Status::Conflict, "modifié entre-temps");
    // The same value as what is there is no conflict.
    assert_eq!(browser.post(&path, &form("/logements")).await.status, Status::SeeOther);
    assert_eq!(app.one::<i32>("SELECT max(version) FROM logement").await, 2);
    browser.post(&path, &[("valeur", "99"), ("version", "2")]).await.refused(Status::UnprocessableEntity, "n'existe pas");
    browser.post(&path, &[("valeur", ""), ("version", "2")]).await.refused(Status::UnprocessableEntity, "obligatoire");
}

#[rocket::async_test]
async fn two_people_meet_in_a_cell_and_one_chooses() {
    let app = App::new().await;
    let (mine, theirs) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let id = lodging(&app).await;
    let path = format!("/logements/{id}/champs/capacite");
    in_cell(&theirs, &path, "77", "1").await.ok();
    let clash = in_cell(&mine, &path, "88", "1").await;
    assert_eq!(clash.status, Status::Conflict);
    let text = clash.texts(".saisie").join(" ");
    assert!(text.contains("88") && text.contains("77") && text.contains("Personne agent"), "both values, and who: {text}");
    assert_eq!(clash.attributes("input[name=version]", "value"), ["2"]);
    // Keep theirs.
    let kept = mine.fragment(&format!("{path}?vue=valeur")).await.ok();
    assert!(kept.texts(".modifiable")[0].starts_with("77"));
    // Or write over it, knowing.
    in_cell(&mine, &path, "88", "2").await.ok();
    assert_eq!(
        sqlx::query_scalar::<_, i32>("SELECT capacite FROM logement WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("a value"),
        88
    );
    // Many at once: only one of those who saw the same version wins.
    let path = format!("/logements/{id}/champs/capacite");
    let tries = futures::future::join_all((0..4).map(|n| {
        let (browser, path) = (&mine, path.clone());
        async move { in_cell(browser, &path, &(100 + n).to_string(), "3").await.status }
    }))
    .await;
    assert_eq!(tries.iter().filter(|status| **status == Status::Ok).count(), 1, "{tries:?}");
    assert_eq!(app.one::<i32>("SELECT max(version) FROM logement").await, 4);
}

#[rocket::async_test]
async fn a_bulk_action_and_a_cell_respect_each_other() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let page = browser.post("/sejours/actions", &[("requete", ""), ("action", "valider"), ("etendue", "filtre")]).await.ok();
    let token = page.attributes("input[name=jeton]", "value")[0].clone();
    assert_eq!(browser.post("/actions", &[("jeton", &token)]).await.status, Status::SeeOther);
    // The form was opened before the action.
    let late = browser.post(&format!("/sejours/{stay}/statut"), &[("statut", "rejete"), ("motif", REJECTED), ("version", "1")]).await;
    late.refused(Status::Conflict, "modifié entre-temps");
    assert!(late.text().contains("Rejeté") && late.text().contains("Validé"));
    // Somebody decides after it: the undoing leaves that stay.
    assert_eq!(
        browser.post(&format!("/sejours/{stay}/statut"), &[("statut", "rejete"), ("motif", REJECTED), ("version", "2")]).await.status,
        Status::SeeOther
    );
    let action: i64 = app.one("SELECT max(id) FROM action").await;
    browser.post(&format!("/actions/{action}/annulation"), &[]).await;
    let statut: String = sqlx::query_scalar("SELECT statut FROM sejour WHERE id = $1").bind(stay).fetch_one(app.pool()).await.expect("a statut");
    assert_eq!(statut, "rejete");
    let page = browser.get(&format!("/actions/{action}")).await.ok();
    assert!(page.text().contains("1 séjour modifié depuis : laissé") && page.text().contains(format!("/sejours/{stay}\"")), "{}", page.text());
}

#[rocket::async_test]
async fn rights_of_a_field_are_those_of_its_list() {
    let app = App::new().await;
    let (here, elsewhere, exploitant) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await, app.exploitant().await);
    let id = lodging(&app).await;
    let path = format!("/logements/{id}/champs/capacite");
    let form = [("valeur", "9"), ("version", "1")];
    assert_eq!(elsewhere.get(&path).await.status, Status::NotFound);
    elsewhere.post(&path, &form).await.refused(Status::NotFound, "périmètre");
    exploitant.post(&path, &form).await.refused(Status::Forbidden, "droits");
    here.get(&format!("/logements/{id}/champs/recherche")).await.refused(Status::NotFound, "ne se modifie pas");
    assert_eq!(app.one::<i32>("SELECT max(version) FROM logement").await, 1);

    // A host is seen from every commune where they have a lodging: all those readers see the change.
    let host: i64 = app.one("SELECT min(hebergeur_id) FROM logement WHERE code_insee = '97113'").await;
    let chief = app.administrateur(RIVIERA).await;
    let path = format!("/hebergeurs/{host}/champs/courriel");
    chief.get("/hebergeurs").await.ok();
    here.post(&path, &[("valeur", "pas un courriel"), ("version", "1")]).await.refused(Status::UnprocessableEntity, "courriel complet");
    assert_eq!(here.post(&path, &[("valeur", "Nouveau@Exemple.GP"), ("version", "1")]).await.status, Status::SeeOther);
    let page = chief.get("/hebergeurs?taille=200").await.ok();
    assert!(page.text().contains("nouveau@exemple.gp") || page.rows().len() == 200);
    chief.get(&format!("/hebergeurs/{host}")).await.ok().texts("main").iter().for_each(|text| assert!(text.contains("nouveau@exemple.gp")));
    elsewhere.post(&path, &[("valeur", "a@b.gp"), ("version", "2")]).await.refused(Status::NotFound, "périmètre");
}
