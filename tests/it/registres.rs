//! The register: many stays entered at once are those that thirty forms would have given, all of them or none, and nothing
//! typed is lost.

use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::{App, Browser, Page};

const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900030', 'Hélène Zandronis', 'particulier', '2024-01-01');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT v.reference, h.id, v.code, v.nom, '1 rue des Flamboyants', 4, v.categorie, 4 FROM hebergeur h,
        (VALUES ('LOG-900030', '97113', 'Kaz Wobli', 4), ('LOG-900031', '97105', 'Kaz Lwen', 4)) v (reference, code, nom, categorie)
        WHERE h.numero = 'HEB-900030'";

async fn app() -> App {
    let app = App::new().await;
    for statement in OWN.split(";\n") {
        app.run_sql(statement).await;
    }
    app
}

type Form = Vec<(String, String)>;

/// What the page holds: every field with its value.
fn fields(page: &Page) -> Form {
    let mut form: Form = Vec::new();
    for name in page.attributes("form.registre input", "name") {
        let value = page.attributes(&format!("form.registre input[name='{name}']"), "value").first().cloned().unwrap_or_default();
        form.push((name, value));
    }
    for name in page.attributes("form.registre select", "name") {
        let chosen = page.attributes(&format!("form.registre select[name='{name}'] option[selected]"), "value");
        form.push((name, chosen.first().cloned().unwrap_or_default()));
    }
    form
}

fn set(form: &mut Form, name: &str, value: &str) {
    form.retain(|(known, _)| known != name);
    form.push((name.into(), value.into()));
}

/// The form of a new register of `lodging`, with lines of (arrival, departure, persons, minors).
async fn register(browser: &Browser<'_>, lodging: &str, lines: &[[&str; 4]]) -> Form {
    let mut form = fields(&browser.get(&format!("/sejours/registre?logement_id={lodging}")).await.ok());
    for (place, line) in lines.iter().enumerate() {
        for (column, value) in ["date_debut", "date_fin", "nb_personnes", "nb_mineurs"].into_iter().zip(line) {
            set(&mut form, &format!("{column}.{place}"), value);
        }
    }
    form
}

async fn send(browser: &Browser<'_>, form: &Form, wanted: &str) -> Page {
    let mut form = form.clone();
    set(&mut form, "faire", wanted);
    browser.post("/sejours/registre", &form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>()).await
}

const COUNT: &str = "SELECT count(*) FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference = 'LOG-900030'";
/// The tariff that Le Gosier is under in 2026, with the additional tax, by plain SQL.
const TARIF: &str =
    "SELECT t.valeur::bigint FROM tarif t JOIN deliberation d ON d.id = t.deliberation_id JOIN deliberation_commune c ON c.deliberation_id = d.id
    WHERE c.code_insee = '97113' AND d.annee = 2026 AND t.categorie_id = 4";

#[rocket::async_test]
async fn a_register_is_entered_at_once_with_its_tax() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let mut form = register(
        &browser,
        "LOG-900030",
        &[["01/03/2026", "04/03/2026", "3", "1"], ["5 mars 2026", "2026-03-07", "2", ""], ["", "", "", ""], ["10/03/2026", "11/03/2026", "4", "2"]],
    )
    .await;
    // Looked at first: nothing is written, what was typed stands, the total is told.
    let page = send(&browser, &form, "verifier").await.ok();
    assert_eq!(app.one::<i64>(COUNT).await, 0);
    assert!(page.text().contains("3 séjours sans erreur"), "{}", page.text());
    assert_eq!(page.attributes("input[name='date_debut.1']", "value"), ["5 mars 2026"]);
    let page = send(&browser, &form, "enregistrer").await;
    assert_eq!(page.status, Status::SeeOther, "{:?}", page.texts(".erreur-champ"));
    let lodging: i64 = app.one("SELECT id FROM logement WHERE reference = 'LOG-900030'").await;
    assert_eq!(page.header("Location"), Some(format!("/sejours?logement={lodging}")));
    // Two adults for three nights, two for two, two for one: twelve nights of persons who pay.
    let tariff: i64 = app.one(TARIF).await;
    let base: i64 =
        app.one("SELECT sum(s.montant_base)::bigint FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference = 'LOG-900030'").await;
    assert_eq!(base, 12 * tariff);
    let rows: String = app
        .one("SELECT string_agg(concat_ws(' ', date_debut, date_fin, nb_personnes, nb_mineurs, statut, collecteur, left(s.reference, 4)), ', ' ORDER BY date_debut)
              FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference = 'LOG-900030'")
        .await;
    assert_eq!(
        rows,
        "2026-03-01 2026-03-04 3 1 a_verifier hote SAI-, 2026-03-05 2026-03-07 2 0 a_verifier hote SAI-, 2026-03-10 2026-03-11 4 2 a_verifier hote SAI-"
    );
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'creation' AND objet = 'séjour'").await, 3);
    let total: i64 =
        app.one("SELECT sum(s.montant)::bigint FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference = 'LOG-900030'").await;
    let told = browser.get("/sejours").await.ok().text();
    assert!(told.contains(format!("3 séjours, {},{:02} €", total / 100, total % 100)));
    // Sent twice, it is there once.
    assert_eq!(send(&browser, &form, "enregistrer").await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>(COUNT).await, 3);
    assert!(browser.get("/sejours").await.ok().text().contains("a déjà été enregistré"));
    // Under another form, its lines look like what is there: shown, then passed over.
    let fresh = register(&browser, "LOG-900030", &[]).await;
    let token = fresh.iter().find(|(name, _)| name == "jeton").map(|(_, value)| value.clone()).expect("a token");
    set(&mut form, "jeton", &token);
    let page = send(&browser, &form, "enregistrer").await;
    assert_eq!(page.status, Status::Conflict);
    assert!(page.text().contains("le même logement, les mêmes dates"));
    let shown = fields(&page);
    assert_eq!(send(&browser, &shown, "enregistrer").await.status, Status::Conflict, "only who says so passes over it");
    assert_eq!(app.one::<i64>(COUNT).await, 3);
    assert_eq!(send(&browser, &shown, "confirmer").await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>(COUNT).await, 6);
}

#[rocket::async_test]
async fn all_of_it_is_written_or_nothing() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let good = ["01/03/2026", "04/03/2026", "3", "1"];
    for (bad, words) in [
        (["31/02/2026", "04/03/2026", "2", ""], "Ligne 2, arrivée"),
        (["04/03/2026", "01/03/2026", "2", ""], "Ligne 2, départ : il doit venir après"),
        (["04/03/2026", "05/03/2026", "", ""], "Ligne 2, ont séjourné : donnez une valeur"),
        (["04/03/2026", "05/03/2026", "2", "3"], "plus de personnes exemptées"),
        (["04/03/2026", "05/03/2026", "deux", ""], "Ligne 2, ont séjourné"),
        (["04/03/1999", "05/03/1999", "2", ""], "Ligne 2,"),
    ] {
        let form = register(&browser, "LOG-900030", &[good, bad]).await;
        let page = send(&browser, &form, "enregistrer").await;
        page.refused(Status::UnprocessableEntity, words);
        assert_eq!(page.attributes("input[name='date_debut.1']", "value"), [bad[0]], "what was typed stays");
        assert_eq!(app.one::<i64>(COUNT).await, 0, "{bad:?}");
    }
    // Nothing at all; no lodging; somebody else's; two lines that say the same; a reference twice.
    let empty = register(&browser, "LOG-900030", &[]).await;
    send(&browser, &empty, "enregistrer").await.refused(Status::UnprocessableEntity, "Aucune ligne n’est remplie");
    send(&browser, &register(&browser, "", &[good]).await, "enregistrer").await.refused(Status::UnprocessableEntity, "Logement : donnez une valeur");
    send(&browser, &register(&browser, "LOG-900031", &[good]).await, "enregistrer")
        .await
        .refused(Status::UnprocessableEntity, "aucun logement de votre périmètre");
    let page = send(&browser, &register(&browser, "LOG-900030", &[good, good]).await, "enregistrer").await;
    page.refused(Status::Conflict, "les mêmes dates, autant de personnes");
    let mut twice = register(&browser, "LOG-900030", &[good, ["05/03/2026", "06/03/2026", "1", ""]]).await;
    set(&mut twice, "reference.0", "CAHIER-7");
    set(&mut twice, "reference.1", "CAHIER-7");
    send(&browser, &twice, "enregistrer").await.refused(Status::Conflict, "Ligne 2, référence");
    assert_eq!(app.one::<i64>(COUNT).await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM creation").await, 0);
    // One line corrected, all of them go in.
    set(&mut twice, "reference.1", "CAHIER-8");
    assert_eq!(send(&browser, &twice, "enregistrer").await.status, Status::SeeOther);
    assert_eq!(app.one::<i64>(COUNT).await, 2);
}

#[rocket::async_test]
async fn a_line_is_computed_as_one_types_and_lines_are_added() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let mut form = register(&browser, "LOG-900030", &[["01/03/2026", "04/03/2026", "2", ""]]).await;
    let pairs = |form: &Form| form.clone();
    let line = async |form: &Form, n: &str| {
        let form = pairs(form);
        browser.post(&format!("/sejours/registre/ligne?n={n}"), &form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>()).await
    };
    let tariff: i64 = app.one(TARIF).await;
    let told = line(&form, "0").await.ok().texts(".montant").join("");
    let whole: i64 = told.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("an amount");
    assert!(whole >= 6 * tariff && whole <= 6 * tariff * 11 / 10 + 1, "{told} for {tariff}");
    assert!(line(&form, "1").await.ok().texts("span").is_empty(), "an empty line says nothing");
    // What is not typed yet is no fault; what is wrong is.
    set(&mut form, "date_debut.1", "05/03/2026");
    assert!(line(&form, "1").await.ok().texts(".erreur-champ").is_empty());
    set(&mut form, "date_fin.1", "04/03/2026");
    assert!(line(&form, "1").await.ok().texts(".erreur-champ")[0].contains("il doit venir après"));
    assert_eq!(line(&form, "100").await.status, Status::BadRequest);
    assert!(line(&form, "-1").await.status.code >= 400);
    let page = send(&browser, &form, "lignes").await.ok();
    assert_eq!(page.attributes(".grille tbody tr", "id").len(), 40);
    assert_eq!(page.attributes("input[name='date_debut.1']", "value"), ["05/03/2026"]);
    // Never more than a hundred, whatever is asked.
    set(&mut form, "lignes", "100000");
    assert_eq!(send(&browser, &form, "verifier").await.ok().attributes(".grille tbody tr", "id").len(), 100);
    // Not of a record that has no such page, nor for who has no tax.
    assert_eq!(browser.get("/logements/registre").await.status, Status::NotFound);
    assert_eq!(app.exploitant().await.get("/sejours/registre").await.status, Status::Forbidden);
    let elsewhere = app.agent(GRAND_SUD).await;
    let sound = register(&browser, "LOG-900030", &[["01/03/2026", "04/03/2026", "2", ""]]).await;
    send(&elsewhere, &sound, "enregistrer").await.refused(Status::UnprocessableEntity, "aucun logement de votre périmètre");
}

#[rocket::async_test]
async fn a_session_that_ended_loses_no_line() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let form = register(&browser, "LOG-900030", &[["01/03/2026", "04/03/2026", "3", "1"], ["05/03/2026", "", "2", ""]]).await;
    app.run_sql("UPDATE session SET expire_le = now() - interval '1 minute'").await;
    // Looking keeps nothing and leads nowhere: the lines are on the screen.
    let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for path in ["/sejours/registre/ligne?n=0", "/sejours/calcul"] {
        let page =
            browser.post_with(path, &pairs, &[("Sec-Fetch-Site", "same-origin"), ("HX-Request", "true"), ("HX-Request-Type", "partial")]).await;
        page.refused(Status::Unauthorized, "garde ce que vous avez tapé");
        assert!(page.header("HX-Redirect").is_none());
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM saisie_gardee").await, 0);
    let page = send(&browser, &form, "enregistrer").await;
    assert!(page.header("Location").is_some_and(|place| place.starts_with("/connexion")), "{:?}", page.header("Location"));
    let kept: i64 = app.one("SELECT max(id) FROM saisie_gardee").await;
    let back = app.signed_in(browser.user_id).await;
    let place = back.get(&format!("/reprise/{kept}")).await.header("Location").expect("its page");
    assert_eq!(place, format!("/sejours/registre?reprise={kept}"));
    let page = back.get(&place).await.ok();
    for (name, value) in [
        ("date_debut.0", "01/03/2026"),
        ("nb_mineurs.0", "1"),
        ("date_debut.1", "05/03/2026"),
        ("nb_personnes.1", "2"),
        ("logement_id", "LOG-900030"),
    ] {
        assert!(page.attributes(&format!("input[name='{name}']"), "value")[0].starts_with(value), "{name}");
    }
    assert_eq!(app.one::<i64>(COUNT).await, 0);
}

#[rocket::async_test]
async fn what_deserves_a_look_is_told_line_by_line() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let form = register(&browser, "LOG-900030", &[["01/03/2026", "04/03/2026", "3", ""], ["02/04/2026", "04/04/2026", "9", ""]]).await;
    assert_eq!(send(&browser, &form, "enregistrer").await.status, Status::SeeOther);
    let told = browser.get("/sejours").await.ok();
    assert!(told.texts(".message.alerte")[0].contains("Ligne 2"), "{:?}", told.texts(".message"));
    assert!(told.text().contains("9 personnes, et le logement en accueille 4"));
    // The total is that of the lines that are right.
    let form = register(&browser, "LOG-900030", &[["01/05/2026", "04/05/2026", "2", ""], ["02/06/2026", "04/06/2026", "2", "3"]]).await;
    let page = send(&browser, &form, "verifier").await.ok();
    let one: String = page.texts(".montant").join("");
    assert!(page.text().contains(format!("1 séjour sans erreur, {}", one.trim())), "{one}");
}
