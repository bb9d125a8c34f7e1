//! What is declared is what is offered: a list of the tests alone has its page, its count and its export, where its catalogue is.

use gardel::catalogue::Catalogue;
use gardel::listing::List;
use gardel::taxe::{CHAMPS, RECORDS, SEJOURS};
use gardel::web::declared;

use crate::support::App;
use crate::support::app::LE_GOSIER;

static AUTRES: List = List { name: "autres", title: "Autres séjours", ..SEJOURS };

#[rocket::async_test]
async fn a_list_is_offered_where_it_is_declared() {
    let app = App::declaring(declared().list(&AUTRES)).await;
    let browser = app.agent(LE_GOSIER).await;
    let page = browser.get("/autres").await.ok();
    assert_eq!(page.texts("h1"), ["Autres séjours"]);
    let export = browser.export("autres", "", "csv_rfc4180").await;
    app.run_jobs().await;
    let file = browser.get(&format!("{export}/fichier")).await.ok();
    let rows: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert_eq!(i64::try_from(file.text().lines().count()).expect("few lines"), rows + 1, "as the list that it is made of");
    assert_eq!(App::new().await.agent(LE_GOSIER).await.get("/autres").await.status.code, 404, "the program does not declare it");
}

#[rocket::async_test]
async fn what_is_not_declared_is_nowhere() {
    let app = App::declaring(Catalogue::of(&[&SEJOURS]).with(CHAMPS)).await;
    let browser = app.agent(LE_GOSIER).await;
    browser.get("/sejours").await.ok();
    for path in ["/logements", "/sejours/nouveau"] {
        assert_eq!(browser.get(path).await.status.code, 404, "{path}");
    }
    assert_eq!(declared().all::<gardel::records::Record>().count(), RECORDS.len() + gardel::annuaire::RECORDS.len() + gardel::lettres::RECORDS.len());
}
