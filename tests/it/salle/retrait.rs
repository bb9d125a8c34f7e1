//! A column that goes away is told, by every answer that holds it and by no other.

use chrono::{Months, NaiveDate};
use gardel::web;
use rocket::http::Method;
use serde_json::json;

use super::{GARDEL, LIVRAISONS, salle, texts, works_at};
use crate::support::programme::Donne;

#[rocket::async_test]
async fn a_column_that_goes_away_is_told() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    let programme = app.programme_of(browser.user_id, Donne { droits: json!({"production": 1}), ..Donne::default() }).await;
    let (since, until) = LIVRAISONS.column("siret").and_then(|column| column.withdrawn).expect("one that goes away");
    let sql = format!(
        "SELECT unnest(ARRAY['@' || extract(epoch FROM timestamptz '{since} 00:00Z')::bigint, to_char(date '{until}', 'Dy, DD Mon YYYY') || ' 00:00:00 GMT'])"
    );
    let wanted = texts(&app, &sql).await;
    let id = texts(&app, "SELECT id::text FROM essai_livraison WHERE reference = 'L0001'").await.concat();
    let (page, row) = ("/api/v1/livraisons?champs=reference,siret", format!("/api/v1/livraisons/{id}"));
    for (method, address, accept) in [
        (Method::Get, page, "application/json"),
        (Method::Get, page, "text/csv"),
        (Method::Get, row.as_str(), "*/*"),
        (Method::Post, "/api/v1/livraisons/exports?format=jsonl&champs=siret", "*/*"),
    ] {
        let answer = programme.call(method, address, None, &[("Accept", accept)]).await;
        assert!(answer.status.class().is_success(), "{address}: {}", answer.text());
        let told: Vec<String> = ["Deprecation", "Sunset"].iter().filter_map(|name| answer.header(name)).collect();
        assert_eq!(told, wanted, "{address} {accept}");
    }
    for address in ["/api/v1/livraisons?champs=reference,brix".to_string(), format!("{row}?champs=reference")] {
        let answer = programme.get(&address).await.ok();
        assert_eq!((answer.header("Deprecation"), answer.header("Sunset")), (None, None), "{address}");
    }
    let document = programme.read("/api/v1/openapi.json").await;
    let fields = document["components"]["schemas"]["livraisons"]["properties"].as_object().expect("fields");
    let going: Vec<&String> = fields.iter().filter(|(_, schema)| schema["deprecated"] == true).map(|(name, _)| name).collect();
    assert_eq!(going, ["siret"]);
    let said = browser.get("/api/documentation").await.ok().texts("#liste-livraisons td");
    assert!(said.iter().any(|cell| cell.contains("ne sera plus là le 01/07/2027")), "{said:?}");
}

/// Half a year between the day when it is told and the day when it is gone, for every column of the program.
#[test]
fn whoever_programs_has_half_a_year() {
    let declared = web::declared().list(&LIVRAISONS);
    let mut seen = 0;
    for list in declared.lists() {
        for (column, (since, until)) in list.columns.iter().filter_map(|column| Some((column, column.withdrawn?))) {
            let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_else(|_| panic!("{}.{}: {text} is no day", list.name, column.name));
            assert!(day(since).checked_add_months(Months::new(6)).is_some_and(|least| least <= day(until)), "{}.{}", list.name, column.name);
            seen += 1;
        }
    }
    assert!(seen > 0);
}
