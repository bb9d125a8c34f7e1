//! Help and menu: guides that are found and led to, what waits as numbers, titles that name the filters.

use gardel::ui::aide::SECTIONS;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

#[rocket::async_test]
async fn every_screen_leads_to_its_part_of_the_guides() {
    let app = App::new().await;
    let (chief, exploitant) = (app.administrateur(RIVIERA).await, app.exploitant().await);
    for (start, address) in SECTIONS {
        let (page, anchor) = address.split_once('#').expect("a section");
        let reader = if page.ends_with("exploitation") { &exploitant } else { &chief };
        let guide = reader.get(page).await.ok();
        assert!(guide.attributes("h1, h2, h3", "id").iter().any(|id| id == anchor), "{start} leads to {address}, which is nowhere");
    }
    let links = chief.get("/journal").await.ok().attributes(".pied a", "href");
    assert!(links.contains(&"/aide/administrateur#le-journal".to_string()), "{links:?}");
}

#[rocket::async_test]
async fn guides_are_searched_without_script_and_by_role() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let found = agent.get("/aide?q=garder+AFFICHAGE").await.ok();
    let links = found.attributes("main .trouvailles a", "href");
    assert!(!links.is_empty() && links.iter().all(|link| link.starts_with("/aide/agent#")), "{links:?}");
    let nothing = agent.get("/aide?q=mandataire+inverse").await.ok();
    assert!(nothing.text().contains("Rien trouvé") && nothing.attributes(".trouvailles a", "href").is_empty(), "a guide of others is not searched");
    assert_eq!(agent.get("/aide/exploitation").await.status, Status::NotFound);
    assert_eq!(agent.get("/aide/administrateur").await.status, Status::NotFound);
    assert_eq!(app.exploitant().await.get("/aide/exploitation").await.status, Status::Ok);
    app.administrateur(LE_GOSIER).await.get("/aide/administrateur").await.ok();
    // Who cannot sign in reads how to.
    app.anonymous().get("/aide/agent").await.ok();
    let text = agent.get("/aide?q=%3Cscript%3E").await.ok().text();
    assert!(!text.contains("<script>"), "what was typed is text");
}

#[rocket::async_test]
async fn what_waits_is_told_once_the_page_is_there() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let page = agent.get("/sejours").await.ok();
    assert_eq!(page.attributes("[hx-get='/attente']", "hx-trigger"), ["load"]);
    let waiting: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    assert!(waiting > 0);
    let told = agent.fragment("/attente").await.ok();
    assert_eq!(told.texts("#attente-large-sejours")[0], format!("{waiting}, {waiting} à vérifier"));
    assert_eq!(told.texts("#attente-etroit-sejours"), told.texts("#attente-large-sejours"), "both menus say the same");
    assert_eq!(told.texts("#attente-large-travaux"), [""], "nothing waits, nothing is said");
    agent.export("sejours", "", "csv_fr").await;
    assert_eq!(agent.fragment("/attente").await.ok().texts("#attente-large-travaux"), ["1, 1 en cours"]);
    app.run_sql("UPDATE sejour SET statut = 'valide' WHERE id = (SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier')")
        .await;
    app.run_sql("UPDATE version_donnees SET version = version + 1 WHERE domaine = 'sejours' AND code_insee = '97113'").await;
    assert!(agent.fragment("/attente").await.ok().texts("#attente-large-sejours")[0].starts_with(&(waiting - 1).to_string()));
    app.run_sql("INSERT INTO job (queue, name, title, state, finished_at) SELECT 'maintenance', 'essai', 'Essai', 'failed', now() FROM generate_series(1, 1200)").await;
    let exploitant = app.exploitant().await;
    let told = exploitant.fragment("/attente").await.ok();
    assert_eq!(told.texts("#attente-large-travaux"), ["999+, plus de 999 en échec"]);
    assert!(told.texts("#attente-large-sejours").is_empty(), "no tax data for who runs the installation");
}

#[rocket::async_test]
async fn the_title_of_a_list_names_its_filters() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    let title = async |path: &str| browser.get(path).await.ok().texts("title")[0].clone();
    assert_eq!(title("/sejours").await, "Séjours – Gardel");
    assert_eq!(title("/sejours?statut=a_verifier&commune=97113").await, "Séjours : Le Gosier, À vérifier – Gardel");
    let fragment = browser.fragment("/sejours?statut=a_verifier&commune=97113").await.ok();
    let kept: Vec<String> = fragment.attributes("#liste", "data-titre").iter().map(|text| text.replace('\u{a0}', " ")).collect();
    assert_eq!(kept, ["Séjours : Le Gosier, À vérifier – Gardel"], "a swap keeps it");
}
