//! Files that programs load: by the doors of the pages, with their checks, their sentences and their journal.

use rocket::http::Method;
use serde_json::{Value, json};

use super::ecriture::body;
use crate::imports::{base, state};
use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::programme::{Donne, Programme, problem};
use crate::support::{App, Page};

const FILE: &str = "nom;commune\nHôte programmé;97113\nSans commune;Atlantide\n";

async fn sent(programme: &Programme<'_>, query: &str, file: &[u8], key: Option<&str>) -> Page {
    let mut headers = vec![("Content-Type", "text/csv")];
    headers.extend(key.map(|key| ("Idempotency-Key", key)));
    programme.call(Method::Post, &format!("/api/v1/imports?{query}"), Some(file.to_vec()), &headers).await
}

async fn act(programme: &Programme<'_>, id: i64, act: &str, value: Option<Value>) -> Page {
    let body = value.map(|value| value.to_string().into_bytes());
    programme.call(Method::Post, &format!("/api/v1/imports/{id}/{act}"), body, &[]).await
}

#[rocket::async_test]
async fn a_file_is_loaded_followed_confirmed_and_taken_back() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let before = base(&app).await;
    let answer = sent(&programme, "genre=hebergeurs&nom=h%C3%B4tes.csv", FILE.as_bytes(), Some("une")).await;
    assert_eq!(answer.status.code, 201, "{}", answer.text());
    let told = body(&answer);
    let id = told["id"].as_i64().expect("a number");
    assert!(answer.header("Location").is_some_and(|place| place.ends_with(&format!("/api/v1/imports/{id}/suivi"))));
    assert_eq!((told["nom"].as_str(), told["etat"].as_str(), told["en_cours"].as_bool()), (Some("hôtes.csv"), Some("verification"), Some(true)));
    // The same call again has the same answer; another one with the same file is refused with the number of the first.
    assert_eq!(body(&sent(&programme, "genre=hebergeurs&nom=h%C3%B4tes.csv", FILE.as_bytes(), Some("une")).await)["id"], id);
    problem(&sent(&programme, "genre=hebergeurs&nom=h%C3%B4tes.csv", b"autre", Some("une")).await, 422, "cle", "autre appel");
    assert_eq!(problem(&sent(&programme, "genre=hebergeurs&nom=b.csv", FILE.as_bytes(), None).await, 409, "pris", "a déjà été chargé")["import"], id);
    app.run_jobs().await;
    let state_of = async || programme.read(&format!("/api/v1/imports/{id}/suivi")).await;
    let told = state_of().await;
    let counts: (i64, i64) = sqlx::query_as("SELECT nouvelles, refusees FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("it");
    assert_eq!((told["nouvelles"].as_i64(), told["refusees"].as_i64(), counts), (Some(1), Some(1), (1, 1)));
    assert_eq!(told["peut"], json!({"confirmer": true, "annuler": false, "abandonner": true}));
    // Its lines, and what is said of them, by their lists.
    assert_eq!(programme.read(&format!("/api/v1/lignes?import={id}")).await["donnees"].as_array().map(Vec::len), Some(2));
    let said = programme.read(&format!("/api/v1/anomalies?import={id}")).await;
    assert!(said.to_string().contains("Atlantide"), "{said}");
    let refused = programme.get(&format!("/api/v1/imports/{id}/refusees")).await.ok();
    assert!(refused.header("Content-Type").is_some_and(|kind| kind.starts_with("text/csv")) && refused.text().contains("Atlantide"));
    // What is confirmed is what was read.
    let seen = json!({"revision": told["revision"], "lignes": 1});
    problem(&act(&programme, id, "confirmation", Some(json!({"revision": 99, "lignes": 1}))).await, 409, "conflit", "a changé depuis");
    problem(&act(&programme, id, "confirmation", Some(json!({"revision": "1", "lignes": 1, "x": 1}))).await, 422, "saisie", "ne conviennent pas");
    problem(&act(&programme, id, "confirmation", Some(json!({}))).await, 422, "saisie", "revision et lignes");
    problem(&act(&programme, id, "annulation", None).await, 409, "conflit", "ne s’annule pas");
    for _ in 0..2 {
        let asked = act(&programme, id, "confirmation", Some(seen.clone())).await;
        assert_eq!(asked.status.code, 202, "{}", asked.text());
    }
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte programmé'").await), ("termine".into(), 1));
    let noted: i64 = app.one("SELECT count(*) FROM journal WHERE objet = 'import' AND acteur LIKE '%Essai%'").await;
    assert!(noted >= 1, "the journal says which program");
    problem(&act(&programme, id, "abandon", None).await, 409, "conflit", "ne s’abandonne plus");
    assert_eq!(act(&programme, id, "annulation", None).await.status.code, 202);
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, base(&app).await), ("annule".into(), before));
    // The file may come again, and be given up.
    let again = body(&sent(&programme, "genre=hebergeurs&nom=b.csv", FILE.as_bytes(), None).await)["id"].as_i64().expect("a number");
    app.run_jobs().await;
    assert_eq!(body(&act(&programme, again, "abandon", None).await)["etat"], "abandonne");
}

#[rocket::async_test]
async fn what_is_not_right_or_not_theirs_is_refused() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    for (query, words) in [
        ("nom=a.csv", "genre"),
        ("genre=planetes&nom=a.csv", "hebergeurs"),
        ("genre=hebergeurs", "nom"),
        ("genre=hebergeurs&nom=a&nom=b", "une fois"),
        ("genre=hebergeurs&nom=a&x=1", "n’est pas un paramètre"),
    ] {
        problem(&sent(&programme, query, FILE.as_bytes(), None).await, 400, "demande", words);
    }
    problem(&sent(&programme, "genre=hebergeurs&nom=a.csv", b"", None).await, 422, "saisie", "vide");
    problem(&sent(&programme, "genre=hebergeurs&nom=photo.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None).await, 422, "saisie", "photo.csv");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0);
    // A token that only reads, one that reads nothing of people, one of elsewhere.
    let reads = app.programme_of(agent.user_id, Donne { droits: json!({"taxe": 1}), ..Donne::default() }).await;
    problem(&sent(&reads, "genre=hebergeurs&nom=a.csv", FILE.as_bytes(), None).await, 403, "droits", "n’y écrit pas");
    let blind = app.programme_of(agent.user_id, Donne { personnel: false, ..Donne::default() }).await;
    problem(&sent(&blind, "genre=hebergeurs&nom=a.csv", FILE.as_bytes(), None).await, 403, "droits", "données personnelles");
    let id = body(&sent(&programme, "genre=hebergeurs&nom=a.csv", FILE.as_bytes(), None).await)["id"].as_i64().expect("a number");
    app.run_jobs().await;
    let south = app.agent(GRAND_SUD).await;
    let other = app.programme(south.user_id).await;
    for place in ["suivi", "refusees"] {
        problem(&other.get(&format!("/api/v1/imports/{id}/{place}")).await, 404, "absent", "périmètre");
        problem(&blind.get(&format!("/api/v1/imports/{id}/{place}")).await, 403, "droits", "données personnelles");
    }
    for place in ["confirmation", "annulation", "abandon"] {
        let given = (place == "confirmation").then(|| json!({"revision": 1, "lignes": 1}));
        problem(&act(&other, id, place, given.clone()).await, 404, "absent", "périmètre");
        problem(&act(&reads, id, place, given).await, 403, "droits", "n’y écrit pas");
    }
    for (method, place) in [(Method::Get, "confirmation"), (Method::Post, "suivi"), (Method::Delete, "abandon")] {
        problem(&programme.call(method, &format!("/api/v1/imports/{id}/{place}"), None, &[]).await, 405, "methode", "ne répond pas");
    }
    problem(&programme.get("/api/v1/imports/x/suivi").await, 404, "absent", "");
    assert_eq!(state(&app, id).await, "a_confirmer");
}
