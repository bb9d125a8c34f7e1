//! The documentation is that of the lists that its reader may open, and every problem leads to its line.

use std::fs;

use gardel::listing::parameters;
use rocket::http::{Method, Status};
use serde_json::Value;

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::programme::{call, problem};
use crate::support::{App, Browser};

const PLACE: &str = "/api/documentation";

/// The page, after its lists were compared with the pages that open.
async fn read(app: &App, browser: &Browser<'_>) -> crate::support::Page {
    let page = browser.get(PLACE).await.ok();
    let mut open = Vec::new();
    for list in app.context.catalogue.lists() {
        if browser.get(&format!("/{}", list.name)).await.status == Status::Ok {
            open.push(format!("liste-{}", list.name));
        }
    }
    assert!(!open.is_empty());
    assert_eq!(page.attributes("article > details", "id"), open);
    page
}

#[rocket::async_test]
async fn it_tells_every_list_that_its_reader_opens_and_no_other() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let page = read(&app, &chief).await;
    let open = page.attributes("article > details", "id");
    for list in app.context.catalogue.lists().iter().filter(|list| open.contains(&format!("liste-{}", list.name))) {
        let told = page.texts(&format!("#liste-{} td:first-child code", list.name));
        let columns = list.columns.iter().map(|column| column.name.to_string());
        let asked = list.filters.iter().flat_map(parameters).chain(["tri", "taille", "champs", "choix", "compte"].map(String::from));
        for name in columns.chain(asked) {
            assert!(told.contains(&name), "{}: {name} is not told", list.name);
        }
        assert_eq!(told.contains(&"modifie_depuis".to_string()), !list.suivis.is_empty(), "{}", list.name);
        let calls = page.texts(&format!("#liste-{} td:nth-child(2) code", list.name));
        assert!(calls.contains(&format!("/api/v1/{}/{{id}}", list.name)), "{calls:?}");
    }
    let agent = read(&app, &app.agent(LE_GOSIER).await).await;
    assert!(agent.attributes("#liste-utilisateurs", "id").is_empty() && !agent.attributes("#liste-sejours", "id").is_empty());
    let exploitant = read(&app, &app.exploitant().await).await;
    assert!(exploitant.attributes("#liste-sejours", "id").is_empty(), "who runs the installation reads nobody's data");
    for forbidden in [" style=\"", " onclick=", "<style", "javascript:"] {
        assert!(!page.text().contains(forbidden), "{forbidden}");
    }
}

#[rocket::async_test]
async fn every_kind_of_problem_has_its_line() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let programme = app.programme(chief.user_id).await;
    let page = chief.get(PLACE).await.ok();
    let lines = page.attributes("[id^='probleme-']", "id");
    let document = programme.read("/api/v1/openapi.json").await;
    let told = document["components"]["schemas"]["Probleme"]["description"].as_str().expect("the kinds").replace(['\u{a0}', '\u{202f}'], " ");
    let (_, kinds) = told.split_once("Types : ").expect("the kinds");
    let kinds: Vec<String> = kinds.split(" ; ").filter_map(|kind| Some(format!("probleme-{}", kind.split_once(" (")?.0))).collect();
    assert!(kinds.len() >= 13, "{told}");
    assert_eq!(lines, kinds);
    for address in ["/api/v1/sejours?taille=0", "/api/v1/nulle", "/api/v1/sejours/0"] {
        let answer = programme.get(address).await;
        let body: Value = serde_json::from_slice(&answer.body).expect("a problem");
        let (place, anchor) = body["type"].as_str().expect("a type").split_once('#').expect("an anchor");
        assert_eq!((place, lines.contains(&anchor.to_string())), (PLACE, true), "{address}");
    }
}

#[rocket::async_test]
async fn a_session_reads_it_and_the_description_and_nothing_else() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let led = app.anonymous().get(PLACE).await;
    assert_eq!((led.status, led.header("Location").as_deref()), (Status::SeeOther, Some("/connexion?retour=%2Fapi%2Fdocumentation")));
    assert_eq!(programme.get(PLACE).await.status, Status::SeeOther, "a token opens no page");
    let described = agent.get("/api/v1/openapi.json").await.ok();
    let by_token = programme.get("/api/v1/openapi.json").await.ok();
    assert_eq!(described.body, by_token.body);
    problem(&app.anonymous().get("/api/v1/openapi.json").await, 401, "jeton", "Il manque le jeton");
    let posted = call(&app.client, None, Method::Post, "/api/v1/openapi.json", None, &[]).await;
    problem(&posted, 401, "jeton", "Il manque le jeton");
    for address in ["/api/v1", "/api/v1/sejours", "/api/v1/openapi.json/x"] {
        problem(&agent.get(address).await, 401, "jeton", "Il manque le jeton");
    }
    for address in ["/aide", "/aide/api"] {
        let links = agent.get(address).await.ok().attributes("main a", "href");
        assert!(links.contains(&PLACE.to_string()), "{address}");
    }
}

#[test]
fn the_guide_holds_the_program_that_it_explains() {
    let root = env!("CARGO_MANIFEST_DIR");
    let text = |path: &str| fs::read_to_string(format!("{root}/{path}")).expect("a file of the project");
    let program = text("docs/exemples/copie.py");
    assert!(text("docs/guide-api.md").contains(&format!("```python\n{program}```")), "docs/guide-api.md and docs/exemples/copie.py differ");
    assert!(program.lines().count() <= 45, "it is read in one go");
}
