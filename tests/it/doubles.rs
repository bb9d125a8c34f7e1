//! A form that is posted twice makes one thing, and the second post leads to it: at once (a double click), or once
//! the first is done (« Actualiser »). And what was asked before a change is not what is asked after it.

use rocket::http::Status;

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

/// What a form makes, counted before and after.
struct Made<'a> {
    name: &'a str,
    path: String,
    form: Vec<(&'a str, String)>,
    count: &'static str,
}

async fn post(browser: &Browser<'_>, made: &Made<'_>) -> Page {
    let form: Vec<(&str, &str)> = made.form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&made.path, &form).await
}

/// Where an answer leads: an address, or the thing itself, shown once.
fn leads(page: &Page) -> Option<String> {
    assert!(page.status == Status::SeeOther || page.status == Status::Ok, "{}: {}", page.status, page.text());
    page.header("Location")
}

async fn view(app: &App, browser: &Browser<'_>) -> i64 {
    browser.post("/vues", &[("liste", "sejours"), ("etat", "statut=valide"), ("nom", "À exporter")]).await;
    app.one("SELECT max(id) FROM vue").await
}

#[rocket::async_test]
async fn every_form_that_creates_makes_one_thing() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    let view = view(&app, &chief).await.to_string();
    app.run_sql("UPDATE sejour SET statut = 'a_verifier' WHERE id IN (SELECT id FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 20)").await;
    let confirm = chief.post("/sejours/actions", &[("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")]).await.ok();
    let token = confirm.attributes("input[name=jeton]", "value").remove(0);
    let text = |text: &str| text.to_string();
    let own: i32 = app.one("SELECT id FROM collectivite WHERE siren = '200041507'").await;
    let end: String = app.one("SELECT to_char(now() + interval '30 days', 'DD/MM/YYYY')").await;
    let forms = [
        Made {
            name: "export",
            path: text("/sejours/exports"),
            form: vec![("requete", text("statut=valide")), ("format", text("xlsx"))],
            count: "SELECT count(*) FROM export",
        },
        Made {
            name: "view",
            path: text("/vues"),
            form: vec![("liste", text("sejours")), ("etat", text("statut=valide&taille=100")), ("nom", text("Deux fois"))],
            count: "SELECT count(*) FROM vue",
        },
        Made {
            name: "scheduled export",
            path: text("/programmes"),
            form: vec![("vue", view), ("format", text("ods")), ("quand", text("s1")), ("heure", text("6")), ("garder", text("4"))],
            count: "SELECT count(*) + (SELECT count(*) FROM planification WHERE origine = 'personne') FROM export_programme",
        },
        Made { name: "action", path: text("/actions"), form: vec![("jeton", token)], count: "SELECT count(*) FROM action" },
        Made {
            name: "user",
            path: text("/utilisateurs"),
            form: vec![
                ("courriel", text("deux@ville.gp")),
                ("nom", text("Deux Fois")),
                ("role", text("agent")),
                ("collectivites", place.to_string()),
            ],
            count: "SELECT count(*) + (SELECT count(*) FROM invitation) FROM utilisateur",
        },
        Made {
            name: "token",
            path: text("/jetons"),
            form: vec![
                ("nom", text("Deux fois")),
                ("droits", text("taxe.1")),
                ("collectivites", own.to_string()),
                ("expire_le", end),
                ("appels_minute", text("600")),
                ("simultanes", text("4")),
                ("lignes_jour", text("1000")),
            ],
            count: "SELECT count(*) FROM jeton_api",
        },
        Made {
            name: "control",
            path: text("/exports/controle"),
            form: Vec::new(),
            count: "SELECT count(*) FROM job WHERE name = 'controle_exports'",
        },
    ];
    for made in &forms {
        let before: i64 = app.one(made.count).await;
        let lines: i64 = app.one("SELECT count(*) FROM journal WHERE action IN ('creation', 'export')").await;
        let (one, other) = tokio::join!(post(&chief, made), post(&chief, made));
        let after: i64 = app.one(made.count).await;
        let places: Vec<String> = [leads(&one), leads(&other)].into_iter().flatten().collect();
        // A small action that is done leads back to its list, and posted again to its page.
        let same = made.name == "action" || places.windows(2).all(|pair| pair[0] == pair[1]);
        assert!(same, "{}: {places:?}", made.name);
        assert!(after > before && after - before <= 2, "{}: {before} then {after}", made.name);
        app.run_jobs().await;
        // Once the first is done: nothing more, and the same place.
        let last = leads(&post(&chief, made).await);
        if made.name != "control" {
            assert_eq!(app.one::<i64>(made.count).await, after, "{}", made.name);
            assert!(
                made.name == "action" || last.is_none() || places.is_empty() || last == places.first().cloned(),
                "{}: {last:?} {places:?}",
                made.name
            );
            let told: i64 = app.one("SELECT count(*) FROM journal WHERE action IN ('creation', 'export')").await;
            assert!(told - lines <= 1, "{}: told once", made.name);
        }
        if let Some(place) = last {
            chief.get(&place).await.ok();
        }
    }
}

#[rocket::async_test]
async fn a_one_time_link_posted_twice_leads_to_the_sign_in() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let id = app.agent(LE_GOSIER).await.user_id;
    let sheet = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let link = sheet.attributes(".lettre a", "href")[0].clone();
    let path = link.split_once("localhost").map_or(link.as_str(), |(_, path)| path).to_string();
    let form = [("mot_de_passe", "trois mangues vertes au marché"), ("confirmation", "trois mangues vertes au marché")];
    let nobody = app.anonymous();
    let (one, other) = tokio::join!(nobody.post(&path, &form), nobody.post(&path, &form));
    let mut led = [leads(&one).expect("a place"), leads(&other).expect("a place")];
    led.sort();
    assert_eq!(led, ["/connexion?fin=choisi", "/connexion?fin=servi"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'mot de passe'").await, 1);
    // A link that a newer one replaced says nothing else than before.
    let old = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok().attributes(".lettre a", "href")[0].clone();
    chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let old = old.split_once("localhost").map_or(old.as_str(), |(_, path)| path).to_string();
    nobody.post(&old, &form).await.refused(Status::Gone, "déjà servi");
}

/// A scheduled export of another time, format or number of files is another one.
#[rocket::async_test]
async fn scheduled_exports_that_differ_are_several() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let view = view(&app, &browser).await.to_string();
    for (format, quand, heure, garder) in [
        ("xlsx", "s1", "6", "4"),
        ("ods", "s1", "6", "4"),
        ("xlsx", "s2", "6", "4"),
        ("xlsx", "s1", "7", "4"),
        ("xlsx", "s1", "6", "5"),
        ("xlsx", "q", "6", "4"),
    ] {
        let form = [("vue", view.as_str()), ("format", format), ("quand", quand), ("heure", heure), ("garder", garder)];
        assert_eq!(browser.post("/programmes", &form).await.status, Status::SeeOther);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export_programme").await, 6);
}

/// Every kind of change that a file shows, made while the same export is on its way: asked again, it is another
/// file, with the change in it. A change elsewhere is none.
#[rocket::async_test]
async fn an_export_asked_again_after_a_change_holds_it() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let elsewhere = app.agent("219711249").await;
    let form = [("requete", "colonnes=reference.statut"), ("format", "csv_rfc4180")];
    let ask = async || browser.post("/sejours/exports", &form).await.header("Location").expect("an export");
    let first = ask().await;
    assert_eq!(ask().await, first, "a double click");
    let (id, version): (i64, i32) =
        sqlx::query_as("SELECT id, version FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier' ORDER BY id LIMIT 1")
            .fetch_one(app.pool())
            .await
            .expect("a row");
    let form_of = |version: i32| [("statut", "valide".to_string()), ("version", version.to_string())];
    let change = form_of(version);
    let change: Vec<(&str, &str)> = change.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let changed = browser.post(&format!("/sejours/{id}/statut"), &change).await;
    assert!(matches!(changed.status, Status::SeeOther | Status::Ok), "{}", changed.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version > 1").await, 1, "the change is made");
    let second = ask().await;
    assert_ne!(second, first, "after a change, another file");
    assert_eq!(ask().await, second);
    // Somebody else's change, in a commune that this person does not see.
    let (other, version): (i64, i32) =
        sqlx::query_as("SELECT id, version FROM sejour WHERE code_insee = '97124' AND statut = 'a_verifier' ORDER BY id LIMIT 1")
            .fetch_one(app.pool())
            .await
            .expect("a row");
    let change = form_of(version);
    let change: Vec<(&str, &str)> = change.iter().map(|(name, value)| (*name, value.as_str())).collect();
    elsewhere.post(&format!("/sejours/{other}/statut"), &change).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE version > 1").await, 2, "the change is made");
    assert_eq!(ask().await, second, "a change elsewhere is none of theirs");
    // Another day: « ce mois » may be another month.
    app.context.clock.set(crate::support::app::instant("2026-11-24T14:00:00Z"));
    assert_ne!(ask().await, second, "another day");
    app.run_jobs().await;
    let reference: String = app.one("SELECT reference FROM sejour WHERE version > 1 AND code_insee = '97113'").await;
    let text = browser.get(&format!("{second}/fichier")).await.ok().text();
    assert!(text.contains(format!("{reference},valide")), "{reference}");
}
