//! Saved views: a question that everybody opens with their own rights, and a state with an address.

use gardel::listing::{Density, Opened, Query};
use gardel::platform::token::SigningKey;
use gardel::taxe::SEJOURS;
use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA, instant};
use crate::support::{App, Browser, Page};

fn place(page: &Page) -> String {
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    page.header("Location").expect("an address")
}

/// Saves a view; returns its number.
async fn save(browser: &Browser<'_>, name: &str, state: &str, shared_with: Option<i32>) -> i64 {
    let shared = shared_with.map(|id| id.to_string()).unwrap_or_default();
    let page = browser.post("/vues", &[("liste", "sejours"), ("etat", state), ("nom", name), ("partage", &shared)]).await;
    let address = place(&page);
    let (_, view) = address.split_once("vue=").expect("the state names its view");
    view.split('.').next().expect("a number").parse().expect("a number")
}

async fn collectivite(app: &App, siren: &str) -> i32 {
    sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(siren).fetch_one(app.pool()).await.expect("a collectivité")
}

/// The panel that the page of the list asks for in the state of `address`.
async fn panel(browser: &Browser<'_>, address: &str) -> Page {
    let list = browser.get(address).await.ok();
    let panel = list.attributes("#vues", "hx-get").pop().expect("a view is open");
    browser.fragment(&panel).await.ok()
}

#[rocket::async_test]
async fn a_view_opens_the_list_as_it_was() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let state = "statut=a_verifier&periode=mois_dernier&tri=debut&taille=100&colonnes=reference.debut.montant&densite=aeree";
    let id = save(&browser, "  À vérifier   le mois dernier ", state, None).await;

    let address = place(&browser.get(&format!("/vues/{id}")).await);
    assert_eq!(
        address,
        format!("/sejours?periode=mois_dernier&statut=a_verifier&tri=debut&taille=100&colonnes=reference.debut.montant&densite=aeree&vue={id}.1")
    );
    assert_eq!(place(&browser.get(&format!("/sejours?vue={id}")).await), format!("/vues/{id}"), "the short address");
    let page = browser.get(&address).await.ok();
    assert_eq!(page.texts("thead th").len(), 3);
    assert_eq!(page.attributes("table.aeree", "class").len(), 1, "density is a class");
    let expected: i64 = app
        .one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier' AND date_debut BETWEEN '2026-10-01' AND '2026-10-31'")
        .await;
    assert_eq!(page.rows().len() as i64, expected.min(100));
    for href in page.attributes("#liste a.tri, .tailles a", "href") {
        assert!(href.contains(&format!("vue={id}.1")) && href.contains("densite=aeree"), "{href}");
    }
    let fields = page.attributes("input[name=vue]", "value");
    assert!(fields.len() >= 2 && fields.iter().all(|value| *value == format!("{id}.1")), "the forms carry it: {fields:?}");

    let panel = panel(&browser, &address).await;
    assert_eq!(panel.texts("summary"), ["Vue : À vérifier le mois dernier"]);
    assert!(!panel.text().contains("modifiée"), "{}", panel.text());
    let journal: i64 =
        app.one("SELECT count(*) FROM journal WHERE objet = 'vue' AND action = 'creation' AND detail->>'nom' = 'À vérifier le mois dernier'").await;
    assert_eq!(journal, 1);
}

#[rocket::async_test]
async fn relative_periods_stay_relative() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let id = save(&browser, "Mois dernier", "periode=mois_dernier", None).await;
    let stored: String = app.one("SELECT requete FROM vue").await;
    assert!(stored.contains("periode=mois_dernier") && !stored.contains("2026"), "{stored}");
    for (now, first, last) in [("2026-11-23T14:00:00Z", "2026-10-01", "2026-10-31"), ("2026-12-02T14:00:00Z", "2026-11-01", "2026-11-30")] {
        app.context.clock.set(instant(now));
        let address = place(&browser.get(&format!("/vues/{id}")).await);
        let count = browser.fragment(&address.replacen("/sejours?", "/sejours/compte?", 1)).await.ok().texts("#compte strong").join("");
        let digits: i64 = count.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
        let expected: i64 = sqlx::query_scalar("SELECT count(*) FROM sejour WHERE date_debut BETWEEN $1::text::date AND $2::text::date")
            .bind(first)
            .bind(last)
            .fetch_one(app.pool())
            .await
            .expect("a count");
        assert_eq!(digits, expected, "{now}");
    }
}

#[rocket::async_test]
async fn what_differs_is_told_and_can_be_kept() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = save(&browser, "Validés", "statut=valide", None).await;
    let changed = format!("/sejours?statut=conteste&vue={id}.1");
    let shown = panel(&browser, &changed).await;
    assert_eq!(shown.texts(".badge"), ["Vue modifiée"]);
    assert!(shown.text().contains("Revenir à la vue"));
    // Sort, columns, size and density count too; a page further on does not.
    for (state, differs) in [
        ("statut=valide", false),
        ("statut=valide&tri=montant", true),
        ("statut=valide&taille=100", true),
        ("statut=valide&densite=aeree", true),
        ("statut=valide&colonnes=debut", true),
        ("", true),
    ] {
        let shown = panel(&browser, &format!("/sejours?{state}&vue={id}.1")).await;
        assert_eq!(shown.text().contains("Vue modifiée"), differs, "{state}");
    }
    let form = [("etat", shown.attributes("form[action$=etat] input[name=etat]", "value").pop().expect("the state")), ("version", "1".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(place(&browser.post(&format!("/vues/{id}/etat"), &form).await), format!("/sejours?statut=conteste&vue={id}.2"));
    assert!(!panel(&browser, &format!("/sejours?statut=conteste&vue={id}.2")).await.text().contains("modifiée"));

    // The same version again: somebody was faster. Both are shown, nothing is replaced.
    let late = browser.post(&format!("/vues/{id}/etat"), &[("etat", "statut=rejete"), ("version", "1")]).await;
    late.refused(Status::Conflict, "Contesté");
    assert!(late.text().contains("Rejeté"), "both values");
    let stored: String = app.one("SELECT requete FROM vue").await;
    assert!(stored.contains("statut=conteste"), "{stored}");
    assert_eq!(late.attributes("form[action$=etat] input[name=version]", "value"), ["2"], "and the choice to replace");
    assert_eq!(
        place(&browser.post(&format!("/vues/{id}/etat"), &[("etat", "statut=rejete"), ("version", "2")]).await),
        format!("/sejours?statut=rejete&vue={id}.3")
    );
    let lines: i64 = app.one("SELECT count(*) FROM journal WHERE objet = 'vue' AND action = 'modification'").await;
    assert_eq!(lines, 2);
}

#[rocket::async_test]
async fn a_view_shows_the_rows_of_whoever_opens_it() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let agent = app.agent(RIVIERA).await;
    let elsewhere = app.administrateur(GRAND_SUD).await;
    let shared = save(&chief, "Le Gosier à vérifier", "commune=97113&statut=a_verifier", Some(collectivite(&app, RIVIERA).await)).await;
    let personal = save(&chief, "À moi", "statut=rejete", None).await;

    let address = place(&agent.get(&format!("/vues/{shared}")).await);
    let rows = agent.get(&address).await.ok().rows();
    assert!(!rows.is_empty());
    for (browser, id) in [(&agent, personal), (&elsewhere, shared), (&elsewhere, personal)] {
        for path in [format!("/vues/{id}"), format!("/vues/{id}/modifier")] {
            browser.get(&path).await.refused(Status::NotFound, "partagée");
        }
        for (path, form) in [
            (format!("/vues/{id}"), vec![("nom", "x"), ("partage", ""), ("version", "1")]),
            (format!("/vues/{id}/etat"), vec![("etat", ""), ("version", "1")]),
            (format!("/vues/{id}/defaut"), vec![("defaut", "true")]),
            (format!("/vues/{id}/suppression"), vec![("version", "1")]),
            (format!("/vues/{id}/retablissement"), vec![("version", "1")]),
        ] {
            assert_eq!(browser.post(&path, &form).await.status, Status::NotFound, "{path}");
        }
    }
    for path in ["/vues", "/vues?liste=sejours&etat="] {
        let text = elsewhere.get(path).await.ok().text();
        assert!(!text.contains("À moi") && !text.contains("Le Gosier à vérifier"), "{path}");
    }
    // Somebody else's state with its view: the rows are the reader's, the view is unknown to them.
    let stranger = elsewhere.get(&address).await.ok();
    assert!(stranger.rows().is_empty());
    assert!(stranger.text().contains("La commune 97113 n'est pas dans votre périmètre"), "why nothing is shown");
    assert!(panel(&elsewhere, &address).await.text().contains("n'est plus partagée avec vous"));
    // A colleague opens a shared view and does not change it.
    agent.post(&format!("/vues/{shared}/etat"), &[("etat", ""), ("version", "1")]).await.refused(Status::Forbidden, "auteur");
    agent.post(&format!("/vues/{shared}/suppression"), &[("version", "1")]).await.refused(Status::Forbidden, "auteur");
    assert!(panel(&agent, &format!("/sejours?vue={shared}.1")).await.attributes("form[action$=etat]", "action").is_empty());
}

#[rocket::async_test]
async fn a_shared_view_stays_when_its_author_leaves() {
    let app = App::new().await;
    let author = app.agent(LE_GOSIER).await;
    let chief = app.administrateur(LE_GOSIER).await;
    let place_id = collectivite(&app, LE_GOSIER).await;
    let id = save(&author, "Partagée", "statut=valide", Some(place_id)).await;
    // The author loses the right: the view is no longer theirs, the administrateur answers for it.
    app.run_sql(&format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {}", author.user_id)).await;
    assert_eq!(author.get(&format!("/vues/{id}")).await.status, Status::NotFound);
    let page = chief.get(&format!("/vues/{id}/modifier")).await.ok();
    assert!(page.text().contains("administrateurs en ont la charge"));
    // It cannot be made personal by somebody who is not its author.
    chief.post(&format!("/vues/{id}"), &[("nom", "À moi"), ("partage", ""), ("version", "1")]).await.refused(Status::Forbidden, "auteur");
    let renamed = chief.post(&format!("/vues/{id}"), &[("nom", "Reprise"), ("partage", &place_id.to_string()), ("version", "1")]).await;
    place(&renamed);
    assert!(chief.get("/vues").await.ok().text().contains("Reprise"));
    // A disabled author: the same.
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", author.user_id)).await;
    assert_eq!(place(&chief.get(&format!("/vues/{id}")).await), format!("/sejours?statut=valide&vue={id}.2"));
}

#[rocket::async_test]
async fn the_default_view_opens_with_the_list() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let other = app.agent(LE_GOSIER).await;
    let id = save(&browser, "Validés", "statut=valide&tri=debut", None).await;
    browser.get("/sejours").await.ok();
    place(&browser.post(&format!("/vues/{id}/defaut"), &[("defaut", "true")]).await);
    assert_eq!(place(&browser.get("/sejours").await), format!("/sejours?statut=valide&tri=debut&vue={id}.1"));
    other.get("/sejours").await.ok();
    browser.get("/logements").await.ok();
    // The plain list keeps an address of its own, from page to page.
    let whole = browser.get("/sejours?vue=aucune").await.ok();
    assert!(whole.attributes("#liste a.tri", "href").iter().all(|href| href.contains("vue=aucune")));
    let from_elsewhere = browser.get("/sejours?statut=valide").await.ok();
    assert_eq!(from_elsewhere.attributes("#puces a", "href"), ["/sejours?vue=aucune"], "taking the filter off does not open the view");
    // What another page had to say is not lost on the way.
    let undone = browser.post(&format!("/vues/{id}/defaut"), &[("defaut", "false")]).await;
    assert_eq!(place(&undone), "/vues");
    browser.get("/sejours").await.ok();

    // A default view that is no longer open to the person is not opened.
    let shared = save(&other, "Partagée", "statut=conteste", Some(collectivite(&app, LE_GOSIER).await)).await;
    place(&browser.post(&format!("/vues/{shared}/defaut"), &[("defaut", "true")]).await);
    assert_eq!(place(&browser.get("/sejours").await), format!("/sejours?statut=conteste&vue={shared}.1"));
    place(&other.post(&format!("/vues/{shared}/suppression"), &[("version", "1")]).await);
    browser.get("/sejours").await.ok();
}

#[rocket::async_test]
async fn views_add_no_statement_to_a_list_page() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = save(&browser, "Validés", "statut=valide", None).await;
    browser.post(&format!("/vues/{id}/defaut"), &[("defaut", "true")]).await;
    let cost = async |path: &str, expected: Status| {
        let before = app.context.db.statements();
        assert_eq!(browser.get(path).await.status, expected, "{path}");
        app.context.db.statements() - before
    };
    browser.get("/sejours?vue=aucune").await.ok();
    let state = format!("/sejours?statut=valide&vue={id}.1");
    assert!(cost(&state, Status::Ok).await <= 3);
    assert_eq!(cost(&state, Status::Ok).await, 1, "cached: the session only");
    assert_eq!(cost("/sejours", Status::SeeOther).await, 1, "the default view comes with the session");
    assert_eq!(cost(&format!("/vues/{id}"), Status::SeeOther).await, 2);
    let fragment = app.context.db.statements();
    browser.fragment(&format!("/vues?liste=sejours&etat=statut%3Dvalide%26vue%3D{id}.1")).await.ok();
    assert_eq!(app.context.db.statements() - fragment, 2);
}

#[rocket::async_test]
async fn names_are_bounded_unique_and_kept_when_refused() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let save_as =
        async |name: &str, list: &str| browser.post("/vues", &[("liste", list), ("etat", "taille=100"), ("nom", name), ("partage", "")]).await;
    place(&save_as("Ma vue", "sejours").await);
    place(&save_as("Ma vue", "logements").await);
    let refused = save_as("ma VUE", "sejours").await;
    refused.refused(Status::UnprocessableEntity, "déjà une vue de ce nom");
    assert_eq!(refused.attributes("#nom", "value"), ["ma VUE"], "what was typed stays");
    assert_eq!(refused.attributes("section form input[name=etat]", "value").iter().filter(|state| state.contains("taille=100")).count(), 1);
    save_as("  ", "sejours").await.refused(Status::UnprocessableEntity, "Donnez un nom");
    save_as(&"x".repeat(81), "sejours").await.refused(Status::UnprocessableEntity, "80");
    let outside = collectivite(&app, GRAND_SUD).await.to_string();
    let refused = browser.post("/vues", &[("liste", "sejours"), ("etat", ""), ("nom", "x"), ("partage", &outside)]).await;
    refused.refused(Status::UnprocessableEntity, "où vous avez des droits");
    browser.post("/vues", &[("liste", "rien"), ("etat", ""), ("nom", "x")]).await.refused(Status::NotFound, "liste");
    browser.post("/vues", &[("liste", "utilisateurs"), ("etat", ""), ("nom", "x")]).await.refused(Status::Forbidden, "droits");
    browser.post("/vues", &[("liste", "sejours"), ("etat", "couleur=bleu"), ("nom", "x")]).await.refused(Status::BadRequest, "Filtre inconnu");
    browser.get("/sejours?vue=tout").await.refused(Status::BadRequest, "vue");
    browser.get("/sejours?densite=large").await.refused(Status::BadRequest, "Densité inconnue");

    app.run_sql(&format!(
        "INSERT INTO vue (liste, nom, requete, auteur_id) SELECT 'sejours', 'n' || g, '', {} FROM generate_series(1, 98) g",
        browser.user_id
    ))
    .await;
    save_as("Une de trop", "sejours").await.refused(Status::UnprocessableEntity, "déjà 100 vues");
}

#[rocket::async_test]
async fn a_deleted_view_comes_back() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = save(&browser, "Éphémère", "statut=valide", None).await;
    browser.post(&format!("/vues/{id}/suppression"), &[("version", "7")]).await.refused(Status::Conflict, "entre-temps");
    place(&browser.post(&format!("/vues/{id}/suppression"), &[("version", "1")]).await);
    assert_eq!(browser.get(&format!("/vues/{id}")).await.status, Status::NotFound);
    let page = browser.get("/vues").await.ok();
    let form = page.attributes("form[action$=retablissement]", "action");
    assert_eq!(form, [format!("/vues/{id}/retablissement")]);
    // Its name was taken meanwhile.
    let other = save(&browser, "Éphémère", "", None).await;
    browser.post(&form[0], &[("version", "2")]).await.refused(Status::Conflict, "ce nom");
    place(&browser.post(&format!("/vues/{other}"), &[("nom", "Autre"), ("partage", ""), ("version", "1")]).await);
    place(&browser.post(&form[0], &[("version", "2")]).await);
    assert_eq!(place(&browser.get(&format!("/vues/{id}")).await), format!("/sejours?statut=valide&vue={id}.3"));
    // Long deleted: gone for good.
    place(&browser.post(&format!("/vues/{id}/suppression"), &[("version", "3")]).await);
    app.run_sql("UPDATE vue SET supprime_le = supprime_le - interval '31 days' WHERE supprime_le IS NOT NULL").await;
    gardel::vues::sweep(app.pool()).await.expect("the sweep");
    let left: i64 = app.one("SELECT count(*) FROM vue").await;
    assert_eq!(left, 1);
}

#[rocket::async_test]
async fn a_view_of_another_version_opens_with_what_remains() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    app.run_sql(&format!(
        "INSERT INTO vue (liste, nom, requete, auteur_id)
         VALUES ('sejours', 'Ancienne', 'couleur=bleu&statut=valide&nature=palace&tri=-couleur&taille=9999&colonnes=reference.couleur.debut&densite=serree', {})",
        browser.user_id
    ))
    .await;
    let id: i64 = app.one("SELECT id FROM vue").await;
    let address = place(&browser.get(&format!("/vues/{id}")).await);
    assert_eq!(address, format!("/sejours?statut=valide&colonnes=reference.debut&vue={id}.1"));
    let page = browser.get(&format!("/vues/{id}/modifier")).await.ok();
    let text = page.texts(".message").join(" ");
    for word in ["filtre « couleur »", "filtre « Nature » (valeur « palace »)", "tri « couleur »", "colonne « couleur »"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(panel(&browser, &address).await.text().contains("laissés de côté"));
    app.run_sql(&format!("INSERT INTO vue_par_defaut VALUES ({}, 'sejours', {id})", browser.user_id)).await;
    assert_eq!(place(&browser.get("/sejours").await), address);
    // A list that is gone takes its views along, without a trace on the pages.
    app.run_sql("UPDATE vue SET liste = 'disparue'").await;
    browser.get("/vues").await.ok();
    assert_eq!(browser.get(&format!("/vues/{id}")).await.status, Status::NotFound);
}

#[test]
fn a_kept_question_reads_the_same_again() {
    let key = SigningKey::from_bytes(b"test");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
    for raw in [
        "",
        "periode=mois_dernier",
        "statut=valide&tri=-montant&taille=200&densite=aeree",
        "q=%C3%A9t%C3%A9&colonnes=montant",
        "montant_min=12,5&vue=4.2",
        "logement=3&vers=01/01/2026",
    ] {
        let query = Query::parse(&SEJOURS, raw, today, &key).expect(raw);
        let again = Query::reopen(&SEJOURS, &query.to_keep(), today);
        assert!(again.dropped.is_empty(), "{raw}: {:?}", again.dropped);
        assert_eq!(again.query.to_keep(), query.to_keep(), "{raw}");
        let parsed = Query::parse(&SEJOURS, &query.to_keep(), today, &key).expect("what we keep we can read");
        assert_eq!(parsed.to_keep(), query.to_keep(), "{raw}");
        assert_eq!((parsed.opened, query.canonical().contains("vue=")), (Opened::Unsaid, false), "{raw}: a view is no part of a question");
        assert!(Density::ALL.iter().any(|(density, ..)| *density == parsed.density));
    }
}

mod fuzz {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a view holds, kept by another version or damaged, it opens: what remains of it is a
        /// question that the list answers.
        #[test]
        fn any_kept_question_opens(raw in "(([a-z_]{1,12}|tri|taille|densite|vue|debut_min|debut_max|montant_min|montant_max|periode|statut|nature|commune|colonnes)=([ -~]{0,24}|[0-9/.,-]{0,12}|valide|mois|montant|-debut|%[0-9A-F]{2}){0,3}&?){0,6}") {
            let key = SigningKey::from_bytes(b"test");
            let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
            for list in gardel::web::LISTS {
                let kept = Query::reopen(list, &raw, today).query.to_keep();
                let read = Query::parse(list, &kept, today, &key).expect("a question that the list answers");
                prop_assert_eq!(&read.to_keep(), &kept);
                let again = Query::reopen(list, &kept, today);
                prop_assert!(again.dropped.is_empty(), "{:?}", again.dropped);
                prop_assert_eq!(again.query.to_keep(), kept);
            }
        }
    }
}
