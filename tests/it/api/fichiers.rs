//! Files, for a program: asked for, followed, proved, read by ranges; and nothing of what its token does not read.

use rocket::http::{Header, Method};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::programme::{Donne, problem};

#[rocket::async_test]
async fn a_file_is_asked_for_followed_and_read() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let address = "/api/v1/sejours/exports?format=csv_rfc4180&statut=valide&champs=reference,debut,montant&tri=-montant";
    let asked = programme.call(Method::Post, address, None, &[]).await;
    assert_eq!(asked.status.code, 202, "{}", asked.text());
    let place = asked.header("Location").expect("an address");
    let waiting = programme.read(&place).await;
    assert_eq!((&waiting["etat"], &waiting["fichier"]), (&json!("en_attente"), &Value::Null));
    problem(&programme.get(&format!("{place}/fichier")).await, 404, "absent", "pas encore prêt");
    // The same one, asked for again.
    let again = programme.call(Method::Post, address, None, &[]).await;
    assert_eq!(again.header("Location"), Some(place.clone()));
    assert_eq!(app.run_jobs().await, 1);
    let ready = programme.read(&place).await;
    assert_eq!(ready["etat"], "pret");
    let file = programme.get(ready["fichier"].as_str().expect("an address")).await.ok();
    let wanted: Vec<(String, String)> = sqlx::query_as(
        "SELECT reference, to_char(montant / 100.0, 'FM999999990.00') FROM sejour WHERE code_insee = '97113' AND statut = 'valide' ORDER BY montant DESC, id DESC",
    )
    .fetch_all(app.pool())
    .await
    .expect("stays");
    let mut reader = csv::Reader::from_reader(file.body.as_slice());
    let found: Vec<(String, String)> = reader.records().map(|row| row.expect("a row")).map(|row| (row[0].to_string(), row[2].to_string())).collect();
    assert_eq!(found, wanted);
    let digest: String = Sha256::digest(&file.body).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(ready["sha256"], json!(digest));
    let manifest = programme.read(ready["manifeste"].as_str().expect("an address")).await;
    assert_eq!((&manifest["sha256"], &manifest["lignes_ecrites"]), (&json!(digest), &json!(wanted.len())));
    let part = programme.call(Method::Get, &format!("{place}/fichier"), None, &[("Range", "bytes=5-14")]).await;
    assert_eq!((part.status.code, part.body.as_slice()), (206, &file.body[5..15]));

    for (question, field, words) in [
        ("", "format", "xlsx"),
        ("format=doc", "format", "xlsx"),
        ("format=xlsx&taille=3", "taille", "toutes les lignes"),
        ("format=xlsx&statut=rien", "statut", "a_verifier"),
    ] {
        let body = problem(&programme.call(Method::Post, &format!("/api/v1/sejours/exports?{question}"), None, &[]).await, 400, "demande", words);
        assert_eq!(body["erreurs"][0]["champ"], field);
    }
    let wrong = programme.get("/api/v1/sejours/exports").await;
    problem(&wrong, 405, "methode", "POST");
    assert_eq!(wrong.header("Allow").as_deref(), Some("POST"));
}

#[rocket::async_test]
async fn a_file_that_names_people_asks_for_the_right_to_read_them() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let named = agent.export("sejours", "colonnes=reference.hebergeur", "csv_fr").await;
    app.run_jobs().await;
    let plain = app.programme_of(agent.user_id, Donne { personnel: false, ..Donne::default() }).await;
    let full = app.programme(agent.user_id).await;
    full.get(&format!("/api/v1{named}/fichier")).await.ok();
    for end in ["", "/manifeste", "/fichier"] {
        problem(&plain.get(&format!("/api/v1{named}{end}")).await, 403, "droits", "nomme des personnes");
    }
    // By its filters and its order too: the file of the stays of somebody says who.
    let host: i64 = app.one("SELECT l.hebergeur_id FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE s.code_insee = '97113' LIMIT 1").await;
    for question in [format!("hebergeur={host}"), "q=mangrove".into(), "tri=hebergeur".into()] {
        let asked = full.call(Method::Post, &format!("/api/v1/sejours/exports?format=csv_fr&champs=reference,montant&{question}"), None, &[]).await;
        let place = asked.header("Location").unwrap_or_else(|| panic!("{question}: {}", asked.text()));
        app.run_jobs().await;
        for end in ["", "/manifeste", "/fichier"] {
            problem(&plain.get(&format!("{place}{end}")).await, 403, "droits", "nomme des personnes");
        }
    }
    problem(&plain.call(Method::Post, "/api/v1/hebergeurs/exports?format=xlsx", None, &[]).await, 403, "droits", "nomme des personnes");
    problem(
        &plain.call(Method::Post, "/api/v1/sejours/exports?format=xlsx&champs=hebergeur", None, &[]).await,
        403,
        "droits",
        "données personnelles",
    );
    // By default, what names people is left out of the file.
    let asked = plain.call(Method::Post, "/api/v1/sejours/exports?format=jsonl", None, &[]).await;
    assert_eq!(asked.status.code, 202, "{}", asked.text());
    app.run_jobs().await;
    let place = asked.header("Location").expect("an address");
    assert!(plain.read(&format!("{place}/manifeste")).await.get("demandeur").is_none());
    let file = plain.get(&format!("{place}/fichier")).await.ok();
    let first: Value = serde_json::from_str(file.text().lines().next().expect("a row")).expect("an object");
    assert!(first.get("hebergeur").is_none() && first.get("logement").is_some(), "{first}");
    // Somebody else's file is no file.
    let chief = app.administrateur(RIVIERA).await;
    let other = app.programme(chief.user_id).await;
    for end in ["", "/manifeste", "/fichier"] {
        problem(&other.get(&format!("/api/v1{named}{end}")).await, 404, "absent", "n'existe pas");
    }
}

#[rocket::async_test]
async fn a_file_that_is_read_takes_the_place_of_a_call() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    app.run_sql(&format!("UPDATE jeton_api SET simultanes = 1 WHERE id = {}", programme.id)).await;
    let asked = programme.call(Method::Post, "/api/v1/sejours/exports?format=csv_rfc4180", None, &[]).await;
    let place = asked.header("Location").expect("an address");
    app.run_jobs().await;
    let path = format!("{}/fichier", place.strip_prefix("http://localhost").expect("an address of this site"));
    let mut request = app.client.get(path);
    request.add_header(Header::new("Host", "localhost"));
    request.add_header(Header::new("Authorization", format!("Bearer {}", programme.jeton)));
    // Its headers are here, and nobody reads its bytes.
    let file = request.dispatch().await;
    assert_eq!(file.status().code, 200);
    problem(&programme.get("/api/v1/communes").await, 429, "limite", "déjà 1 appel en cours");
    drop(file);
    programme.get("/api/v1/communes").await.ok();
}
