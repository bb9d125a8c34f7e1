//! Every kind of value, written by a program and read back the same.

use rocket::http::Method;
use serde_json::{Value, json};

use super::{GARDEL, MONTAGNE, salle, works_at};
use crate::support::programme::{Donne, problem};

#[rocket::async_test]
async fn a_value_of_each_kind_is_written_and_read_back() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    let programme = app.programme_of(browser.user_id, Donne { droits: json!({"production": 2}), ..Donne::default() }).await;
    let mill: i32 = app.one("SELECT id FROM collectivite WHERE siren = '900000001'").await;
    let given = json!({
        "collectivite_id": mill, "reference": "L9001", "nom": "Zénon", "observations": "Ligne 1\r\nligne 2", "brix": "12.34", "tonnage": "0.005",
        "camions": 3, "montant": "85.5", "jour": "2026-03-01", "campagne": "2026-03", "duree": 65, "etat": "payee",
        "courriel": "A.B@Exemple.GP", "telephone": "+590 690 12 34 56", "siret": "130 025 265 00013",
    });
    let answer = programme.send(Method::Post, "/api/v1/livraisons", &given, &[]).await;
    assert_eq!(answer.status.code, 201, "{}", answer.text());
    let created: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let row: Value = app
        .one(
            "SELECT to_jsonb(t) - ARRAY['id', 'version', 'modifie_le', 'modifie_par', 'pesee_le', 'bio', 'faites', 'total', 'bon'] FROM essai_livraison t WHERE reference = 'L9001'",
        )
        .await;
    let stored = json!({
        "collectivite_id": mill, "reference": "L9001", "nom": "Zénon", "observations": "Ligne 1\nligne 2", "brix": 1_234, "tonnage": 5, "camions": 3,
        "montant": 8_550, "jour": "2026-03-01", "campagne": "2026-03-01", "duree": 65, "etat": "payee", "courriel": "a.b@exemple.gp",
        "telephone": "06 90 12 34 56", "siret": "13002526500013",
    });
    assert_eq!(row, stored);
    let mut wanted = given.clone();
    for (field, value) in [
        ("observations", "Ligne 1\nligne 2"),
        ("montant", "85.50"),
        ("courriel", "a.b@exemple.gp"),
        ("telephone", "06 90 12 34 56"),
        ("siret", "13002526500013"),
    ] {
        wanted[field] = json!(value);
    }
    assert_eq!(created["champs"], wanted);
    // All of it sent back is no change; each emptied in turn is empty.
    let (address, tag) = (answer.header("Location").expect("its address"), answer.header("ETag").expect("a tag"));
    let same = programme.correct(&address, &tag, &created["champs"]).await;
    assert_eq!((same.status.code, same.header("ETag")), (200, Some(tag.clone())), "{}", same.text());
    let emptied = json!({"observations": null, "brix": null, "tonnage": "", "camions": null, "montant": null, "campagne": null, "duree": null, "etat": "", "courriel": null, "telephone": null, "siret": " "});
    let empty = programme.correct(&address, &tag, &emptied).await;
    assert_eq!(empty.status.code, 200, "{}", empty.text());
    let left: Value = app
        .one("SELECT jsonb_strip_nulls(to_jsonb(t)) - ARRAY['id', 'modifie_le', 'modifie_par'] FROM essai_livraison t WHERE reference = 'L9001'")
        .await;
    assert_eq!(left, json!({"collectivite_id": mill, "reference": "L9001", "nom": "Zénon", "jour": "2026-03-01", "version": 2}));
    let (taken, tag) = (json!({"reference": "L0001"}), empty.header("ETag").expect("a tag"));
    problem(&programme.correct(&address, &tag, &taken).await, 409, "pris", "est prise");
    // A row of another mill is not there, and none is made for it.
    let theirs: i64 = app.one("SELECT min(id) FROM essai_livraison WHERE reference = 'L0200'").await;
    problem(&programme.correct(&format!("/api/v1/livraisons/{theirs}"), "\"x\"", &json!({"nom": "A"})).await, 404, "absent", "périmètre");
    let other: i32 = sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(MONTAGNE).fetch_one(app.pool()).await.expect("a mill");
    let mut elsewhere = given;
    (elsewhere["collectivite_id"], elsewhere["reference"]) = (json!(other), json!("L9002"));
    let told = problem(&programme.send(Method::Post, "/api/v1/livraisons", &elsewhere, &[]).await, 422, "saisie", "Usine");
    assert_eq!(told["erreurs"][0]["champ"], "collectivite_id");
}
