//! A session that ends while somebody works: they are told, nothing is saved by itself, and what they
//! typed comes back to them and to nobody else.

use rocket::http::Status;

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

const PASSWORD: &str = "colibri trempé sur la véranda";

async fn end_sessions(app: &App) {
    app.run_sql("UPDATE session SET vue_le = now() - interval '5 hours'").await;
}

/// The number under which a form was kept, from where its sender was led.
fn kept(page: &Page) -> i64 {
    let place = page.header("Location").or(page.header("HX-Redirect")).expect("the sign-in page");
    let number = place.strip_prefix("/connexion?retour=%2Freprise%2F").and_then(|rest| rest.strip_suffix("&fin=gardee"));
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{place} gives nothing back"))
}

async fn lodging(app: &App) -> (i64, i32, i32) {
    sqlx::query_as("SELECT id, version, capacite FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1")
        .fetch_one(app.pool())
        .await
        .expect("one")
}

async fn again<'a>(app: &'a App, before: &Browser<'_>) -> Browser<'a> {
    app.signed_in(before.user_id).await
}

#[rocket::async_test]
async fn a_form_comes_back_to_be_confirmed() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let (id, version, before) = lodging(&app).await;
    let (path, version) = (format!("/logements/{id}/champs/capacite"), version.to_string());
    end_sessions(&app).await;
    let typed = [("valeur", "4321"), ("version", version.as_str()), ("retour", "/logements")];
    let headers = [("Sec-Fetch-Site", "same-origin"), ("Referer", "http://localhost/logements?q=mer")];
    let sent = agent.post_with(&path, &typed, &headers).await;
    assert_eq!(sent.status, Status::SeeOther);
    let number = kept(&sent);
    let door = app.anonymous().get(&sent.header("Location").expect("a place")).await.ok();
    assert!(door.text().contains("n’a pas été enregistrée") && door.text().contains("gardé un jour"), "{}", door.text());
    assert_eq!(door.attributes("input[name=retour]", "value"), [format!("/reprise/{number}")]);
    assert_eq!(door.attributes("input[name=fin]", "value"), ["gardee"], "told again after a wrong password");

    let agent = again(&app, &agent).await;
    let led = agent.get(&format!("/reprise/{number}")).await;
    let page = agent.get(&led.header("Location").expect("the page of the field")).await.ok();
    assert!(page.text().contains("Rien n’a encore été enregistré"));
    assert_eq!(page.attributes("input[name=valeur]", "value"), ["4321"]);
    assert_eq!(page.attributes("input[name=retour]", "value"), ["/logements?q=mer"]);
    assert_eq!(lodging(&app).await.2, before, "nothing is sent by itself");
    let confirmed = [("valeur", "4321"), ("version", &page.attributes("input[name=version]", "value")[0]), ("retour", "/logements")];
    assert_eq!(agent.post(&path, &confirmed).await.status, Status::SeeOther);
    assert_eq!(lodging(&app).await.2, 4321);
}

/// The forms kept of somebody.
async fn kept_of(app: &App, user: i64) -> Vec<i64> {
    sqlx::query_scalar("SELECT id FROM saisie_gardee WHERE utilisateur_id = $1 ORDER BY id").bind(user).fetch_all(app.pool()).await.expect("forms")
}

/// Sent again from the page that gave it back, with success, it is forgotten: it, and nothing else.
#[rocket::async_test]
async fn what_was_sent_again_is_forgotten() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let (id, version, _) = lodging(&app).await;
    let path = format!("/logements/{id}/champs/capacite");
    end_sessions(&app).await;
    let mut numbers = Vec::new();
    for value in ["11", "12", "13"] {
        let typed = [("valeur", value), ("version", &version.to_string()), ("retour", "/logements")];
        numbers.push(kept(&agent.post(&path, &typed).await));
    }
    let (agent, colleague) = (again(&app, &agent).await, app.agent(LE_GOSIER).await);
    let from = |number: i64| format!("http://localhost/logements/{id}/champs/capacite?reprise={number}");
    let send = async |browser: &Browser<'_>, number: i64, value: &str, part: bool| {
        let version = lodging(&app).await.1.to_string();
        let referer = from(number);
        let mut headers = vec![("Sec-Fetch-Site", "same-origin"), ("Referer", referer.as_str())];
        if part {
            headers.extend([("HX-Request", "true"), ("HX-Request-Type", "partial")]);
        }
        browser.post_with(&path, &[("valeur", value), ("version", &version), ("retour", "/logements")], &headers).await.status
    };
    // Read, refused, sent by somebody else: it is still there.
    agent.get_with("/logements", &[("Referer", &from(numbers[0]))]).await.ok();
    assert!(send(&agent, numbers[0], "beaucoup", false).await.code >= 400);
    assert_eq!(send(&colleague, numbers[0], "21", false).await, Status::SeeOther);
    assert_eq!(kept_of(&app, agent.user_id).await, numbers);
    assert_eq!(send(&agent, numbers[0], "22", false).await, Status::SeeOther);
    assert_eq!(kept_of(&app, agent.user_id).await, numbers[1..]);
    assert_eq!(send(&agent, numbers[1], "23", true).await, Status::Ok);
    assert_eq!(kept_of(&app, agent.user_id).await, numbers[2..]);
    assert_eq!(lodging(&app).await.2, 23);
}

/// Led to a proof of who they are, somebody has sent nothing yet.
#[rocket::async_test]
async fn what_waits_for_a_proof_was_not_sent() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let account = app.agent(RIVIERA).await.user_id;
    let kept = "INSERT INTO saisie_gardee (utilisateur_id, chemin, retour, corps) VALUES ($1, $2, '', 'nom=Autre') RETURNING id";
    let number: i64 =
        sqlx::query_scalar(kept).bind(chief.user_id).bind(format!("/utilisateurs/{account}")).fetch_one(app.pool()).await.expect("a form");
    app.run_sql("UPDATE session SET confirmee_le = '-infinity'").await;
    let referer = format!("http://localhost/utilisateurs/{account}?reprise={number}");
    let headers = [("Sec-Fetch-Site", "same-origin"), ("Referer", referer.as_str())];
    let led = chief.post_with(&format!("/utilisateurs/{account}"), &[("nom", "Autre"), ("version", "1")], &headers).await;
    assert!(led.header("Location").is_some_and(|place| place.starts_with("/compte/confirmation")), "{:?}", led.headers);
    assert!(kept_of(&app, chief.user_id).await.contains(&number));
}

#[rocket::async_test]
async fn somebody_who_wrote_meanwhile_is_not_written_over() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let (id, version, _) = lodging(&app).await;
    let (path, version) = (format!("/logements/{id}/champs/capacite"), version.to_string());
    end_sessions(&app).await;
    let number = kept(&agent.post(&path, &[("valeur", "4321"), ("version", &version)]).await);
    app.run_sql(&format!("UPDATE logement SET capacite = 7, version = version + 1 WHERE id = {id}")).await;
    let agent = again(&app, &agent).await;
    let page = agent.get(&format!("{path}?reprise={number}")).await.ok();
    let version = page.attributes("input[name=version]", "value")[0].clone();
    agent.post(&path, &[("valeur", "4321"), ("version", &version)]).await.refused(Status::Conflict, "4");
    assert_eq!(lodging(&app).await.2, 7);
}

/// The cell of a table, by htmx: no page ends up in the cell.
#[rocket::async_test]
async fn a_cell_comes_back_too() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let (id, version, _) = lodging(&app).await;
    end_sessions(&app).await;
    let headers = [
        ("Sec-Fetch-Site", "same-origin"),
        ("HX-Request", "true"),
        ("HX-Request-Type", "partial"),
        ("HX-Current-URL", "http://localhost/logements?tri=nom"),
    ];
    let sent = agent.post_with(&format!("/logements/{id}/champs/capacite"), &[("valeur", "12"), ("version", &version.to_string())], &headers).await;
    assert_eq!((sent.status, sent.body.len(), sent.header("Location")), (Status::Unauthorized, 0, None));
    let number = kept(&sent);
    let agent = again(&app, &agent).await;
    let led = agent.get(&format!("/reprise/{number}")).await.header("Location").expect("the page of the field");
    assert_eq!(agent.get(&led).await.ok().attributes("input[name=retour]", "value"), ["/logements?tri=nom"]);
}

/// Every form of every room that writes: kept whole, shown, and the page that shows it sends the same.
#[rocket::async_test]
async fn forms_of_every_room_come_back() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    let place = place.to_string();
    let forms: &[(&str, &[(&str, &str)])] = &[
        ("/vues", &[("liste", "sejours"), ("etat", "statut=valide"), ("nom", "Ma « vue » <b>"), ("partage", "")]),
        ("/programmes", &[("vue", "3"), ("format", "csv_fr"), ("quand", "jour"), ("heure", "7"), ("garder", "5")]),
        ("/sejours/actions", &[("requete", "statut=valide"), ("action", "valider"), ("etendue", "page"), ("coche", "0"), ("coche", "3")]),
        ("/sejours/exports", &[("requete", "q=mer&statut=valide"), ("format", "xlsx")]),
        ("/utilisateurs", &[("courriel", "n@ville.gp"), ("nom", "Née"), ("role", "agent"), ("collectivites", &place)]),
        ("/avis", &[("dernier", "12")]),
    ];
    end_sessions(&app).await;
    for (path, fields) in forms {
        let number = kept(&chief.post(path, fields).await);
        let chief = again(&app, &chief).await;
        let mut page = chief.get(&format!("/reprise/{number}")).await;
        if let Some(place) = page.header("Location") {
            page = chief.get(&place).await;
        }
        let page = page.ok();
        assert!(page.text().contains("Rien n’a encore été enregistré"), "{path}");
        let form = format!("form[action='{path}']");
        assert_eq!(page.attributes(&form, "method"), ["post"], "{path}");
        for (name, text) in *fields {
            let typed = page.attributes(&format!("{form} input[name='{name}']:not([type=checkbox])"), "value");
            let chosen = page.attributes(&format!("{form} option[selected], {form} input[name='{name}'][checked]"), "value");
            assert!(
                typed.iter().chain(&chosen).any(|found| found == text) || text.is_empty(),
                "{path}: {name} = {text} is not in {typed:?} {chosen:?}"
            );
        }
    }
}

/// What is kept belongs to the person of the ended session.
#[rocket::async_test]
async fn nobody_else_reads_it() {
    let app = App::new().await;
    let (agent, other) = (app.agent(LE_GOSIER).await, app.administrateur(RIVIERA).await);
    let (id, version, _) = lodging(&app).await;
    app.run_sql(&format!("UPDATE session SET vue_le = now() - interval '5 hours' WHERE utilisateur_id = {}", agent.user_id)).await;
    let path = format!("/logements/{id}/champs/capacite");
    let number = kept(&agent.post(&path, &[("valeur", "4321"), ("version", &version.to_string())]).await);
    let page = other.get(&format!("/reprise/{number}")).await;
    assert_eq!((page.status, page.header("Location").as_deref()), (Status::SeeOther, Some("/")));
    assert_ne!(other.get(&format!("{path}?reprise={number}")).await.ok().attributes("input[name=valeur]", "value"), ["4321"]);
    other.post(&format!("/reprise/{number}/abandon"), &[]).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM saisie_gardee").await, 1, "not theirs to forget");
    assert_eq!(app.anonymous().get(&format!("/reprise/{number}")).await.status, Status::SeeOther);
    let agent = again(&app, &agent).await;
    assert_eq!(agent.get(&format!("/reprise/{number}")).await.status, Status::SeeOther);
    assert_eq!(agent.post(&format!("/reprise/{number}/abandon"), &[]).await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM saisie_gardee").await, 0);
}

/// Secrets, what is too long, and what is nobody's: told as lost, and nothing is stored.
#[rocket::async_test]
async fn what_must_not_be_kept_is_not() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    end_sessions(&app).await;
    let long = "é".repeat(40_000);
    let lost: &[(&str, &[(&str, &str)])] = &[
        ("/compte/mot-de-passe", &[("actuel", PASSWORD), ("mot_de_passe", "x"), ("confirmation", "x")]),
        ("/vues", &[("nom", &long)]),
        ("/deconnexion", &[]),
    ];
    for (path, fields) in lost {
        let sent = agent.post(path, fields).await;
        assert!(sent.header("Location").is_some_and(|place| place.starts_with("/connexion") && place.ends_with("fin=perdue")), "{path}");
    }
    // Nobody, or a session that nobody knows any more.
    let stranger = app.anonymous().post("/vues", &[("nom", "x")]).await;
    assert_eq!(stranger.header("Location").as_deref(), Some("/connexion?fin=perdue"));
    assert!(app.anonymous().get("/connexion?fin=perdue").await.ok().text().contains("n’a pas été enregistrée"));
    app.run_sql("DELETE FROM session").await;
    assert_eq!(agent.post("/vues", &[("nom", "x")]).await.header("Location").as_deref(), Some("/connexion?fin=perdue"));
    // Another site is refused before anything is read.
    agent.post_with("/vues", &[("nom", "x")], &[("Sec-Fetch-Site", "cross-site")]).await.refused(Status::Forbidden, "autre site");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM saisie_gardee").await, 0);
    // Addresses that do not exist are still told so.
    assert_eq!(app.anonymous().post("/nulle-part", &[("a", "b")]).await.status, Status::NotFound);
}

/// Few are kept, for a day; the passwords of every form are known by their names.
#[rocket::async_test]
async fn what_is_kept_is_bounded() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    end_sessions(&app).await;
    let mut last = 0;
    for round in 0..8 {
        last = kept(&agent.post("/vues", &[("nom", &round.to_string())]).await);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM saisie_gardee").await, 5);
    assert_eq!(app.one::<i64>("SELECT max(id) FROM saisie_gardee").await, last, "the oldest go");
    app.run_sql("UPDATE saisie_gardee SET cree_le = now() - interval '25 hours'").await;
    let agent = again(&app, &agent).await;
    assert_eq!(agent.get(&format!("/reprise/{last}")).await.header("Location").as_deref(), Some("/"));
    gardel::comptes::sweep(app.pool()).await.expect("swept");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM saisie_gardee").await, 0);
}

/// A field of a secret that is added to a form must be named in `SECRETS`, or it would be kept.
#[test]
fn every_field_of_a_secret_is_known() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let known = std::fs::read_to_string(root.join("ui/typed.rs")).expect("the list of secrets");
    let secrets = known.lines().find(|line| line.contains("const SECRETS")).expect("the list of secrets");
    let mut folders = vec![root];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            // A field as it is written, on one line or on several: a password, or a code that serves once.
            for field in text.split("Field {").skip(1).map(|rest| rest.split("..Field").next().unwrap_or_default()) {
                let secret = ["kind: \"password\"", "autocomplete: \"one-time-code\""].iter().any(|mark| field.contains(mark));
                let Some(name) = field.split("name: \"").nth(1).filter(|_| secret).and_then(|rest| rest.split('"').next()) else { continue };
                assert!(secrets.contains(&format!("\"{name}\"")), "{name} would be kept");
                seen += 1;
            }
        }
    }
    assert!(seen >= 6, "only {seen} fields of a secret were found");
}
