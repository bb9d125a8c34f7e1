//! What a file leaves open, or makes impossible to read: it is asked, or told where it stands.

use rocket::http::Status;

use super::{checked, counts, read, sent, state};
use crate::support::app::LE_GOSIER;
use crate::support::{App, Browser};

/// A stay of a lodging that is there, its arrival and its departure as they are given.
async fn stay(app: &App, arrival: &str, departure: &str) -> String {
    let reference: String = app.one("SELECT min(reference) FROM logement WHERE code_insee = '97113' AND actif AND categorie_id <> 9").await;
    format!("reference;logement;arrivée;départ;collecteur;personnes\nDATES-1;{reference};{arrival};{departure};Airbnb;2\n")
}

/// Asks for the checking of what is read, with these answers; whether the question of opposite orders stands on the page.
async fn answered(app: &App, browser: &Browser<'_>, id: i64, changes: &[(&str, &str)]) -> (Status, String, bool) {
    let answer = read(app, browser, id, &[changes, &[("faire", "verifier")]].concat()).await;
    let asked = answer.status != Status::SeeOther && !answer.attributes("input[name=ordres-opposes]", "value").is_empty();
    (answer.status, answer.text().into(), asked)
}

const OPPOSITE: &str = "le jour en premier, et «\u{a0}Départ\u{a0}» le mois en premier";

#[rocket::async_test]
async fn opposite_answers_for_two_columns_are_asked_again() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "sejours", "deux.csv", &stay(&app, "03/02/2026", "04/05/2026").await).await;
    let (one, other) = ([("dates-2", "jour_mois")], [("dates-2", "jour_mois"), ("dates-3", "mois_jour")]);
    let (status, text, asked) = answered(&app, &browser, id, &one).await;
    assert!(status == Status::UnprocessableEntity && text.contains("se lit de deux façons") && !asked, "{text}");
    let (status, text, asked) = answered(&app, &browser, id, &other).await;
    assert!(status == Status::UnprocessableEntity && text.contains(OPPOSITE) && asked, "{text}");
    assert_eq!(state(&app, id).await, "lecture", "nothing goes on");
    // Said, it is so; the same order needs no word.
    let (status, ..) = answered(&app, &browser, id, &[&other[..], &[("ordres-opposes", "oui")]].concat()).await;
    assert_eq!(status, Status::SeeOther);
    app.run_jobs().await;
    let line: String = app.one("SELECT concat_ws(' ', verdict, valeurs->>'date_debut', valeurs->>'date_fin') FROM import_ligne").await;
    assert_eq!(line, "nouvelle 2026-02-03 2026-04-05");
    let same = sent(&browser, "sejours", "meme.csv", &stay(&app, "03/02/2026", "04/06/2026").await).await;
    let (status, ..) = answered(&app, &browser, same, &[("dates-2", "jour_mois"), ("dates-3", "jour_mois")]).await;
    assert_eq!(status, Status::SeeOther);
}

#[rocket::async_test]
async fn columns_that_say_opposite_orders_are_asked_too() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "sejours", "dites.csv", &stay(&app, "25/02/2026", "02/28/2026").await).await;
    let (status, text, asked) = answered(&app, &browser, id, &[]).await;
    assert!(status == Status::UnprocessableEntity && text.contains(OPPOSITE) && asked, "{text}");
    let (status, ..) = answered(&app, &browser, id, &[("ordres-opposes", "oui")]).await;
    assert_eq!(status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 0));
    // Years first are in no order: nothing is asked.
    let id = sent(&browser, "sejours", "iso.csv", &stay(&app, "2026-03-05", "03/28/2026").await).await;
    let (status, text, _) = answered(&app, &browser, id, &[]).await;
    assert_eq!(status, Status::SeeOther, "{text}");
}

#[rocket::async_test]
async fn a_cell_too_long_is_told_with_its_line_and_its_column() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let told = |id: i64| {
        let sql = "SELECT ligne, code, colonne, message FROM import_anomalie WHERE import_id = $1 AND gravite = 'refus' ORDER BY rang, id";
        sqlx::query_as::<_, (i64, String, String, String)>(sql).bind(id).fetch_all(app.pool())
    };
    let long = "é".repeat(40_000);
    let lines = format!("{{\"nom\":\"Court\",\"commune\":\"97113\"}}\n{{\"nom\":\"Long\",\"commune\":\"97113\",\"adresse\":\"{long}\"}}\n");
    // The second line has the column: the first has not.
    let id = checked(&app, &browser, ("hebergeurs", "longue.jsonl", &lines), "completer").await;
    let found = told(id).await.expect("anomalies");
    assert_eq!(counts(&app, id).await, (1, 0, 0, 1));
    assert_eq!(found, [(2, "VAL-06".to_string(), "Adresse".to_string(), "Adresse\u{a0}: cette cellule est trop longue pour être lue.".to_string())]);
    assert!(app.one::<i64>("SELECT max(octet_length(contenu))::bigint FROM import_anomalie").await < 1_000, "it is not quoted whole");
    // Of a text it is the line: no reader could say where its cell ends.
    let id = checked(
        &app,
        &browser,
        ("hebergeurs", "longue.csv", &format!("nom;commune;adresse\nCourt bis;97113;1 rue\nLong;97113;{long}\n")),
        "completer",
    )
    .await;
    let found = told(id).await.expect("anomalies");
    assert_eq!(counts(&app, id).await, (1, 0, 0, 1));
    assert_eq!(found, [(3, "STR-04".to_string(), String::new(), "Cette ligne dépasse 64 Kio\u{a0}: elle n’est pas lue.".to_string())]);
}
