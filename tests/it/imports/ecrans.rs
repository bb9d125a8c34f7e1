//! What the pages of an import say: what a trusted profile lets happen, what is counted at its end, what an undoing would do, how a stop
//! is told, which lines a page shows.

use rocket::http::Status;

use super::{checked, confirm, loaded, read, sent, state, undone};
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

async fn number(app: &App, sql: String) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a number")
}

fn words(page: &Page) -> String {
    page.text().replace(['\u{a0}', '\u{202f}'], " ")
}

/// The numbers of the table whose caption begins so, by the first word of each of its lines.
fn told(page: &Page, line: &str) -> i64 {
    let heads: Vec<String> = page.texts("table.liste th[data-libelle=Lignes]");
    let counts: Vec<String> = page.texts("table.liste td[data-libelle=Nombre]");
    let place = heads.iter().position(|head| head == line).unwrap_or_else(|| panic!("no « {line} »: {heads:?}"));
    counts[place].chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}

/// A file of `count` hosts.
fn hosts(word: &str, count: usize) -> String {
    let lines: String = (0..count).map(|place| format!("{word} {place};97113\n")).collect();
    format!("nom;commune\n{lines}")
}

async fn trusted(app: &App, browser: &Browser<'_>) {
    let id = sent(browser, "hebergeurs", "modele.csv", "Appellation|Bourg\nModèle|97113\n").await;
    assert_eq!(read(app, browser, id, &[("separateur", "|"), ("faire", "voir")]).await.status, Status::SeeOther);
    let mapped = [("colonne-0", "nom"), ("colonne-1", "commune"), ("mode", "remplacer"), ("profil-nom", "De confiance"), ("faire", "garder")];
    assert_eq!(read(app, browser, id, &mapped).await.status, Status::SeeOther);
    assert_eq!(browser.post(&format!("/imports/{id}/abandon"), &[]).await.status, Status::SeeOther);
    app.run_sql(&format!(
        "UPDATE import_profil SET confiance = true, confiance_par = 'x', refus_max = 30, changements_max = 0, lignes_min = 1, lignes_max = 500,
             collectivite_id = (SELECT id FROM collectivite WHERE siren = '{LE_GOSIER}')"
    ))
    .await;
}

#[rocket::async_test]
async fn a_trusted_profile_is_said_before_anything_is_checked_and_set_aside_for_one_import() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    trusted(&app, &browser).await;
    let file = |name: &str| format!("Appellation|Bourg\n{name}|97113\n");
    let id = sent(&browser, "hebergeurs", "vu.csv", &file("Hôte vu")).await;
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    let text = words(&page);
    for said in [
        "Ce profil est de confiance",
        "30 % au plus de lignes refusées",
        "aucune ligne qui change une fiche",
        "1 ligne au moins",
        "500 lignes au plus",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("La vérification ne change aucune fiche"), "that is not so");
    assert_eq!(page.attributes("button[value^=verifier]", "value"), ["verifier-sans-ecrire", "verifier"]);
    // Set aside: it waits, and says why; the writing is the person's.
    assert_eq!(read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier-sans-ecrire")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, number(&app, "SELECT count(*) FROM hebergeur WHERE nom = 'Hôte vu'".into()).await), ("a_confirmer".into(), 0));
    assert!(words(&browser.get(&format!("/imports/{id}")).await.ok()).contains("demandé de vérifier sans écrire"));
    // Replayed, nobody has seen what it would write: it waits too.
    assert_eq!(browser.post(&format!("/imports/{id}/abandon"), &[]).await.status, Status::SeeOther);
    assert_eq!(browser.post(&format!("/imports/{id}/rejeu"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    let again = number(&app, "SELECT max(id) FROM import".into()).await;
    assert!(again > id && state(&app, again).await == "a_confirmer");
    // Not set aside, it is written, and the page tells by whom with the counts.
    let other = sent(&browser, "hebergeurs", "confie.csv", &file("Hôte confié")).await;
    assert_eq!(read(&app, &browser, other, &[("mode", "remplacer"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(state(&app, other).await, "termine");
    let end = browser.get(&format!("/imports/{other}")).await.ok();
    let card = end.texts("#suivi").join(" ").replace('\u{a0}', " ");
    assert!(card.contains("Confirmé par le profil") && card.contains("1 hébergeur créé"), "{card}");
    // A reading that was corrected is nobody's to trust: the usual words.
    let third = sent(&browser, "hebergeurs", "corrige.csv", &file("Hôte corrigé")).await;
    assert_eq!(read(&app, &browser, third, &[("mode", "ajouter"), ("faire", "voir")]).await.status, Status::SeeOther);
    let page = browser.get(&format!("/imports/{third}/lecture")).await.ok();
    assert_eq!(page.attributes("button[value^=verifier]", "value"), ["verifier"]);
    assert!(words(&page).contains("La vérification ne change aucune fiche"));
}

#[rocket::async_test]
async fn every_kind_has_a_title_of_its_own_on_each_screen() {
    let app = App::with(|config| config.deposes = Some("/tmp/nulle-part".into())).await;
    let chief = app.administrateur(RIVIERA).await;
    let mut kinds = chief.get("/imports/nouveau").await.ok().texts("fieldset .au-choix label");
    assert!(kinds.len() >= 5, "{kinds:?}");
    let mut watched = chief.get("/imports/dossiers").await.ok().texts("#genre option");
    // Accounts give rights: a person answers for them.
    kinds.retain(|kind| kind != "Utilisateurs");
    kinds.sort();
    watched.sort();
    assert_eq!(kinds, watched, "what an administrateur may load is what they may have watched");
    let count = kinds.len();
    kinds.dedup();
    assert_eq!(kinds.len(), count, "{kinds:?}");
    // The words of the filter of the list are the same.
    let options = chief.get("/imports").await.ok().texts("#filtres label, #filtres option");
    assert!(kinds.iter().all(|kind| options.iter().any(|option| option.contains(kind.as_str()))), "{kinds:?} {options:?}");
}

#[rocket::async_test]
async fn no_form_pretends_where_no_place_is_watched() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let page = chief.get("/imports/dossiers").await.ok();
    assert!(page.text().contains("GARDEL_DEPOSES") && page.texts("form[action='/imports/dossiers']").is_empty(), "{}", page.text());
}

#[rocket::async_test]
async fn the_report_counts_every_line_and_says_which_ones_it_shows() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = format!("{}Refusé;Atlantide\n", hosts("Hôte du rapport", 120));
    let id = checked(&app, &browser, ("hebergeurs", "rapport.csv", &file), "completer").await;
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert!(words(&page).contains("Lignes à écrire (1 à 50 sur 120)"), "{}", words(&page));
    assert!(page.attributes("a.bouton[href*=apres]", "href").len() == 1, "the next ones, none before");
    let next = page.attributes("a.bouton[href*=apres]", "href")[0].clone();
    let second = browser.get(&next).await.ok();
    assert!(words(&second).contains("(51 à 100 sur 120)"));
    let third = browser.get(&second.attributes("a.bouton[href*=apres]", "href")[0].clone()).await.ok();
    assert!(words(&third).contains("(101 à 120 sur 120)"));
    assert_eq!(third.attributes("a.bouton[href*=apres]", "href"), [next.as_str()], "the ones before");
    assert_eq!(second.attributes("a.bouton[href*=apres]", "href").len(), 1, "the first ones have the address of the page");
    // A line left out on the second page leads back to it, and is no longer counted as new.
    let rank = second.attributes("input[name=apres]", "value")[0].clone();
    let line = second.attributes("input[name=ligne]", "value")[0].clone();
    let out = browser.post(&format!("/imports/{id}/exclusion"), &[("ligne", &line), ("faire", "exclure"), ("apres", &rank)]).await;
    assert_eq!(out.header("Location").as_deref(), Some(next.as_str()));
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert_eq!((told(&page, "Nouvelles"), told(&page, "Exclues par vous"), told(&page, "Refusées")), (119, 1, 1));
    confirm(&app, &browser, id).await;
    let end = browser.get(&format!("/imports/{id}")).await.ok();
    let of = |condition: &str| format!("SELECT count(*) FROM import_ligne WHERE import_id = {id} AND {condition}");
    for (head, condition) in [
        ("Nouvelles", "verdict = 'nouvelle' AND etat = 'ecrite'"),
        ("Changées", "verdict = 'changee' AND etat = 'ecrite'"),
        ("Sans changement", "verdict IN ('identique', 'laissee')"),
        ("Refusées", "verdict = 'refusee'"),
        ("Exclues", "etat = 'exclue'"),
    ] {
        assert_eq!(told(&end, head), number(&app, of(condition)).await, "{head}");
    }
    // A refused line awaits nothing.
    let lines = browser.get(&format!("/lignes?import={id}&verdict=refusee")).await.ok();
    assert!(lines.text().contains("Rien à écrire") && !lines.texts("#liste tbody").join(" ").contains("Prévue"), "{}", lines.text());
    assert_eq!(lines.attributes("nav.menu a[aria-current=page]", "href").first().map(String::as_str), Some("/imports"));
}

#[rocket::async_test]
async fn an_undoing_is_counted_before_it_is_confirmed() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (numero, name, _, _) = super::host(&app, 3).await;
    let file =
        format!("numero;nom;commune;telephone\n;Hôte ôté;97113;\n;Hôte touché;97113;\n;Autre ôté;97113;\n{numero};{name};97113;0590 84 11 22\n");
    let id = loaded(&app, &browser, ("hebergeurs", "annule.csv", &file), "remplacer").await;
    app.run_sql("UPDATE hebergeur SET version = version + 1, telephone = '0590841133' WHERE nom = 'Hôte touché'").await;
    let link = browser.get(&format!("/imports/{id}")).await.ok();
    assert_eq!(link.attributes("a.bouton.danger", "href"), [format!("/imports/{id}/annulation")]);
    let page = browser.get(&format!("/imports/{id}/annulation")).await.ok();
    let items = page.texts("#contenu section li").join(" / ").replace('\u{a0}', " ");
    assert!(items.contains("Retire 2 fiches créées par lui"), "{items}");
    assert!(items.contains("Remet comme avant 1 fiche changée par lui"), "{items}");
    assert!(items.contains("1 fiche touchée depuis"), "{items}");
    assert_eq!(state(&app, id).await, "termine", "nothing is done by looking");
    undone(&app, &browser, id).await;
    assert_eq!(number(&app, format!("SELECT defaites * 100 + gardees FROM import WHERE id = {id}")).await, 301, "as it was said");
    // What was kept may be taken back later: it is counted alone.
    let over = browser.get(&format!("/imports/{id}/annulation")).await.ok();
    let items = over.texts("#contenu section li").join(" / ").replace('\u{a0}', " ");
    assert!(items.contains("1 fiche touchée depuis") && !items.contains("retirée"), "{items}");
    // One that nothing was written by leads back to where it stands.
    let nothing = sent(&browser, "hebergeurs", "rien.csv", "nom;commune\nRien;97113\n").await;
    let over = browser.get(&format!("/imports/{nothing}/annulation")).await;
    assert_eq!(over.header("Location"), Some(format!("/imports/{nothing}")));
}

#[rocket::async_test]
async fn a_stop_comes_back_to_the_import_which_says_what_is_kept() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = checked(&app, &browser, ("hebergeurs", "arret.csv", &hosts("Hôte arrêté", 30)), "completer").await;
    assert_eq!(super::asked(&browser, id).await.status, Status::SeeOther);
    let job = number(&app, format!("SELECT job_id FROM import WHERE id = {id}")).await;
    let place = format!("/imports/{id}");
    let moving = browser.get(&place).await.ok();
    assert_eq!(moving.attributes("#suivi", "hx-get"), [format!("{place}?vu=ecriture")]);
    assert!(browser.get(&format!("/travaux/{job}")).await.ok().attributes("#contenu a.bouton", "href").contains(&place), "the job leads back");
    let stop = browser.post(&format!("/travaux/{job}/annulation"), &[("retour", &place)]).await;
    assert_eq!(stop.header("Location").as_deref(), Some(place.as_str()));
    app.run_jobs().await;
    let page = browser.get(&place).await.ok();
    let card = page.texts("#suivi").join(" ").replace('\u{a0}', " ");
    assert!(card.contains("Écriture arrêtée") && card.contains("Rien n'est écrit") && !card.contains("annulé"), "{card}");
    assert_eq!(
        told(&page, "Pas encore écrites"),
        number(&app, format!("SELECT count(*) FROM import_ligne WHERE import_id = {id} AND etat = 'prevue'")).await
    );
    // The page that showed the writing is told, and asks for all of it.
    let passed = browser.fragment(&format!("{place}?vu=ecriture")).await.ok();
    assert_eq!(passed.attributes("#suivi", "hx-get"), [format!("{place}?entier=true")]);
    assert_eq!(passed.attributes("#suivi", "hx-target"), ["#contenu"]);
    let whole = browser.fragment(&format!("{place}?entier=true")).await.ok();
    assert!(!whole.text().contains("<html") && whole.texts("h1").len() == 1 && whole.attributes("#suivi", "hx-get").is_empty());
}

#[rocket::async_test]
async fn rows_put_away_are_told_apart_from_rows_that_change() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    loaded(&app, &chief, ("hebergeurs", "avant.csv", &hosts("Hôte ancien", 3)), "completer").await;
    let file = format!("{}Hôte neuf;97113\n", "nom;commune\n");
    let id = sent(&chief, "hebergeurs", "complet.csv", &file).await;
    assert_eq!(read(&app, &chief, id, &[("mode", "completer"), ("complet", "97113"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    let absent = async |condition: &str| {
        number(&app, format!("SELECT count(*) FROM import_ligne WHERE import_id = {id} AND verdict = 'absente' AND {condition}")).await
    };
    let asked = absent("motif IS NULL").await;
    assert!(asked >= 3, "{asked}");
    let page = chief.get(&format!("/imports/{id}")).await.ok();
    let button = page.texts("form[action$=ecriture] button").join("");
    assert!(button.contains("Écrire 1 hébergeur") && button.contains(&format!("et archiver {asked}")), "{button}");
    let shown = |name: &str| page.attributes(&format!("input[name={name}]"), "value").first().cloned().expect("a value");
    let confirmed = [("lignes", shown("lignes")), ("revision", shown("revision")), ("retirer", "true".into())];
    let form: Vec<(&str, &str)> = confirmed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(chief.post(&format!("/imports/{id}/ecriture"), &form).await.status, Status::SeeOther);
    app.run_jobs().await;
    let card = chief.get(&format!("/imports/{id}")).await.ok().texts("#suivi").join(" ").replace('\u{a0}', " ");
    let done = absent("etat = 'ecrite'").await;
    assert!(card.contains(&format!("1 hébergeur créé ; 0 hébergeur modifié ; {done} hébergeurs archivés")), "{card}");
}

#[rocket::async_test]
async fn what_waits_is_told_on_the_home_page() {
    let app = App::new().await;
    let (browser, other) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let id = checked(&app, &browser, ("hebergeurs", "attend.csv", &hosts("Hôte en attente", 2)), "completer").await;
    let leads =
        async |who: &Browser<'_>| who.fragment("/accueil/suite").await.ok().attributes("section li a", "href").contains(&format!("/imports/{id}"));
    assert!(leads(&browser).await && !leads(&other).await, "one's own");
    confirm(&app, &browser, id).await;
    let rest = browser.fragment("/accueil/suite").await.ok();
    assert!(!rest.texts("section:nth-of-type(1) li").join(" ").contains("attend.csv"), "nothing waits any more");
    assert!(!rest.text().contains("SHA-256") && rest.text().contains("Fiches créées"), "{}", rest.text());
}
