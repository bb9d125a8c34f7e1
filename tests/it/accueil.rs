//! The home page: what waits is what the lists count, what was done is told to whom it may be, and who runs the installation
//! is told what needs a hand.

use rocket::http::Status;
use sqlx::AssertSqlSafe;

use crate::support::app::{Browser, GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Page};

async fn number(app: &App, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn rest(browser: &Browser<'_>) -> Page {
    browser.fragment("/accueil/suite").await.ok()
}

/// The lines of the part called `title`, and where they lead.
fn part(page: &Page, title: &str) -> Vec<(String, String)> {
    let place =
        page.texts("section h2").iter().position(|known| known == title).unwrap_or_else(|| panic!("no « {title} »: {:?}", page.texts("section h2")));
    let selector = format!("section:nth-of-type({}) li", place + 1);
    page.texts(&selector).into_iter().zip(page.attributes(&format!("{selector} > a:first-child"), "href")).collect()
}

fn leading(lines: &[(String, String)], address: &str) -> Option<i64> {
    let (words, _) = lines.iter().find(|(_, href)| href.starts_with(address))?;
    words.chars().take_while(|sign| !sign.is_alphabetic()).filter(char::is_ascii_digit).collect::<String>().parse().ok()
}

#[rocket::async_test]
async fn what_waits_is_what_plain_sql_counts() {
    let app = App::new().await;
    for (browser, codes) in [
        (app.agent(LE_GOSIER).await, "'97113'"),
        (app.administrateur(RIVIERA).await, "'97113','97125','97128','97110'"),
        (app.agent(GRAND_SUD).await, "'97104','97105','97106','97107','97109','97124','97130','97131','97132','97133','97134'"),
    ] {
        let home = browser.get("/").await.ok();
        assert_eq!(home.attributes("[hx-get='/accueil/suite']", "hx-trigger"), ["load"], "after the page");
        let lines = part(&rest(&browser).await, "Ce qui vous attend");
        for (address, sql) in [
            ("/sejours?statut=a_verifier", format!("SELECT count(*) FROM sejour WHERE code_insee IN ({codes}) AND statut = 'a_verifier'")),
            ("/sejours?statut=conteste", format!("SELECT count(*) FROM sejour WHERE code_insee IN ({codes}) AND statut = 'conteste'")),
            (
                "/logements?",
                format!(
                    "SELECT count(*) FROM logement WHERE code_insee IN ({codes}) AND actif AND classe_jusqu_au BETWEEN '2026-11-23' AND date '2026-11-23' + 90"
                ),
            ),
        ] {
            let expected = number(&app, &sql).await;
            assert_eq!(leading(&lines, address), (expected > 0).then_some(expected), "{address} {codes}: {lines:?}");
        }
        // The number is that of the list which it opens.
        for (words, href) in lines.iter().filter(|(_, href)| href.contains('?')) {
            let told: String = words.chars().take_while(|sign| !sign.is_alphabetic()).filter(char::is_ascii_digit).collect();
            let counted = browser.fragment(&href.replacen('?', "/compte?", 1)).await.ok().texts("#compte strong").join("");
            let digits: String = counted.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(digits, told, "{href}");
        }
    }
}

#[rocket::async_test]
async fn an_administrateur_is_told_of_accounts_and_an_agent_is_not() {
    let app = App::new().await;
    let (chief, agent) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    app.run_sql(&format!("UPDATE utilisateur SET connecte_le = now() WHERE id IN ({}, {})", chief.user_id, agent.user_id)).await;
    let waiting = |page: &Page| leading(&part(page, "Ce qui vous attend"), "/utilisateurs").unwrap_or(0);
    let before = waiting(&rest(&chief).await);
    app.agent(LE_GOSIER).await;
    app.agent(GRAND_SUD).await;
    assert_eq!(waiting(&rest(&chief).await), before + 1, "one of theirs, none of elsewhere");
    assert_eq!(waiting(&rest(&agent).await), 0);
    // A scheduled export is its own person's.
    let form = [("liste", "sejours"), ("etat", "statut=valide"), ("nom", "Mes validés"), ("partage", "")];
    agent.post("/vues", &form).await;
    let view = number(&app, "SELECT max(id) FROM vue").await.to_string();
    agent.post("/programmes", &[("vue", view.as_str()), ("format", "csv_fr"), ("quand", "q"), ("heure", "6"), ("garder", "4")]).await;
    let troubled = |page: &Page| leading(&part(page, "Ce qui vous attend"), "/programmes");
    assert_eq!(troubled(&rest(&agent).await), None, "nothing is wrong with it");
    app.run_sql("UPDATE export_programme SET pause_motif = 'La vue n’existe plus.'").await;
    assert_eq!(troubled(&rest(&agent).await), Some(1));
    assert_eq!(troubled(&rest(&chief).await), None, "nor is it told to others");
    let views = part(&rest(&agent).await, "Vos vues");
    assert_eq!(views, [("Mes validés Séjours".to_string(), format!("/vues/{view}"))]);
    assert!(part(&rest(&chief).await, "Vos vues").iter().all(|(words, _)| !words.contains("Mes validés")), "a personal view");
}

#[rocket::async_test]
async fn what_was_done_is_told_to_whom_it_may_be() {
    let app = App::new().await;
    let (agent, colleague) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let (chief, south) = (app.administrateur(RIVIERA).await, app.administrateur(GRAND_SUD).await);
    let stay = number(&app, "SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let reference: String =
        app.one("SELECT reference FROM sejour WHERE id = (SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier')").await;
    agent.post(&format!("/sejours/{stay}/statut"), &[("statut", "valide"), ("version", "1")]).await;
    let told = |page: &Page, title: &str| part(page, title).iter().any(|(words, _)| words.contains(&reference));
    let own = part(&rest(&agent).await, "Ce que vous avez fait");
    assert!(own.iter().any(|(words, href)| words.contains(&reference) && words.contains("Validé") && *href == format!("/sejours/{stay}")), "{own:?}");
    assert!(!told(&rest(&colleague).await, "Ce que vous avez fait"), "an agent is told of nobody else");
    assert!(told(&rest(&chief).await, "Activité de votre collectivité"));
    assert!(!told(&rest(&south).await, "Activité de votre collectivité"), "nor is elsewhere");
    // What a person did elsewhere before they left is no longer theirs to read.
    app.run_sql(&format!(
        "UPDATE utilisateur_collectivite SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '{GRAND_SUD}') WHERE utilisateur_id = {}",
        agent.user_id
    ))
    .await;
    assert!(!told(&rest(&agent).await, "Ce que vous avez fait"));
}

#[rocket::async_test]
async fn who_runs_the_installation_is_told_what_needs_a_hand() {
    let app = App::new().await;
    let exploitant = app.exploitant().await;
    let title = "Ce qui demande un geste";
    let page = rest(&exploitant).await;
    assert!(part(&page, title).is_empty() && page.text().contains("aucune file en pause"), "{:?}", part(&page, title));
    app.run_sql(
        "INSERT INTO job (queue, name, title, state, finished_at) SELECT 'maintenance', 'essai', 'Essai', 'failed', now() FROM generate_series(1, 3)",
    )
    .await;
    app.run_sql("INSERT INTO file_attente (queue, en_pause, pause_par, pause_le) VALUES ('exports', true, 'Nadège', now()) ON CONFLICT (queue) DO UPDATE SET en_pause = true, pause_par = 'Nadège'").await;
    app.run_sql("INSERT INTO job (queue, name, title, state) VALUES ('notifications', 'essai', 'Essai', 'ready')").await;
    app.run_sql("INSERT INTO ouvrier (nom, machine, pid, version, files, vu_le) VALUES ('perdu', 'm', 1, '0', '{}', now() - interval '1 hour'), ('la', 'm', 2, '0', '{}', now())").await;
    app.run_sql(
        "INSERT INTO planification (nom, titre, origine, expression, travail, contenu, file, priorite, essais_max, rattrapage, etalement_s, prochaine_le)
         VALUES ('essai-tard', 'Essai en retard', 'programme', '0 0 * * *', 'entretien', '{}', 'maintenance', 100, 1, 'ignorer', 0, now() - interval '1 hour'),
                ('essai-heure', 'Essai à l’heure', 'programme', '0 0 * * *', 'entretien', '{}', 'maintenance', 100, 1, 'ignorer', 0, now() + interval '1 hour')",
    )
    .await;
    let lines = part(&rest(&exploitant).await, title);
    assert_eq!(leading(&lines, "/travaux?etat=failed"), Some(3), "{lines:?}");
    let late = number(&app, "SELECT id FROM planification WHERE nom = 'essai-tard'").await;
    for (address, words) in [
        ("/travaux/files/exports".to_string(), "mise en pause par Nadège"),
        ("/travaux/files/notifications".into(), "aucun ouvrier ne la sert"),
        ("/travaux/files".into(), "L'ouvrier perdu ne répond plus"),
        (format!("/travaux/planifications/{late}"), "Essai en retard"),
    ] {
        assert!(lines.iter().any(|(told, href)| *href == address && told.contains(words)), "{words}: {lines:?}");
    }
    assert_eq!(lines.len(), 5, "{lines:?}");
    for (_, href) in &lines {
        assert_eq!(exploitant.get(href).await.status, Status::Ok, "{href}");
    }
    // Nothing of the tax, and nothing of the installation to others.
    assert_eq!(rest(&exploitant).await.texts("section h2"), [title, "Vos vues"]);
    assert!(!rest(&app.administrateur(RIVIERA).await).await.text().contains("perdu"));
}
