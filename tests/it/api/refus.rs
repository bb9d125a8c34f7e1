//! What a program may not, or does not ask as it should: each its status, its kind, its sentence.

use rocket::http::Method;

use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::programme::{Donne, call, problem, text};

const ADDRESSES: [&str; 6] = ["/api", "/api/v1", "/api/v1/sejours", "/api/v1/sejours/1", "/api/v1/nulle", "/api/v2/sejours"];

#[rocket::async_test]
async fn nobody_is_let_in_without_a_living_token() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let good = app.programme(agent.user_id).await;
    good.get("/api/v1/sejours").await.ok();
    for method in [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete] {
        for address in ADDRESSES {
            for (jeton, words) in [(None, "Il manque le jeton"), (Some("gardel_0123"), "tronqué"), (Some(text().as_str()), "n'existe pas")] {
                let answer = call(&app.client, jeton, method, address, None, &[]).await;
                problem(&answer, 401, "jeton", words);
                assert_eq!(answer.header("WWW-Authenticate").as_deref(), Some("Bearer realm=\"Gardel\""));
            }
        }
    }
    // A session opens nothing here, and a token nothing elsewhere.
    problem(&agent.get("/api/v1/sejours").await, 401, "jeton", "Il manque le jeton");
    let page = call(&app.client, Some(&good.jeton), Method::Get, "/sejours", None, &[]).await;
    assert_eq!(page.status.code, 303);
    let basic = call(&app.client, None, Method::Get, "/api/v1/sejours", None, &[("Authorization", "Basic YTpi")]).await;
    problem(&basic, 401, "jeton", "Bearer");

    for (change, status, kind, words) in [
        ("expire_le = now() - interval '1 second', cree_le = now() - interval '2 days'", 401, "jeton", "date de fin"),
        ("revoque_le = now()", 401, "jeton", "révoqué"),
        ("adresses = '{10.0.0.0/8,2001:db8::/32}'", 403, "reseau", "depuis cette adresse"),
    ] {
        let one = app.programme(agent.user_id).await;
        app.run_sql(&format!("UPDATE jeton_api SET {change} WHERE id = {}", one.id)).await;
        problem(&one.get("/api/v1/sejours").await, status, kind, words);
    }
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", agent.user_id)).await;
    problem(&good.get("/api/v1/sejours").await, 401, "jeton", "désactivé");
}

#[rocket::async_test]
async fn a_token_in_an_address_is_refused_and_said_why() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    problem(&programme.get(&format!("/api/v1/sejours/{}", programme.jeton)).await, 400, "demande", "ne se met pas dans l'adresse");
    for question in [format!("access_token={}", programme.jeton), "token=x".into(), format!("q={}", programme.jeton), "Api_Key=1".into()] {
        problem(&programme.get(&format!("/api/v1/sejours?{question}")).await, 400, "demande", "ne se met pas dans l'adresse");
    }
}

#[rocket::async_test]
async fn a_token_reads_where_it_was_given_and_no_further() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let elsewhere: i64 = app.one("SELECT id FROM sejour WHERE code_insee = '97101' ORDER BY id LIMIT 1").await;
    let here: i64 = app.one("SELECT id FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 1").await;
    let programme = app.programme(chief.user_id).await;
    programme.read(&format!("/api/v1/sejours/{here}")).await;
    for key in [elsewhere.to_string(), "0".into(), "x".into(), "99999999999999999999".into()] {
        problem(&programme.get(&format!("/api/v1/sejours/{key}")).await, 404, "absent", "périmètre");
    }
    let silent = app.programme_of(chief.user_id, Donne { droits: serde_json::json!({"labo": 1}), ..Donne::default() }).await;
    problem(&silent.get("/api/v1/sejours").await, 403, "droits", "Séjours");
    problem(&silent.get(&format!("/api/v1/sejours/{here}")).await, 403, "droits", "Séjours");
    // A collectivité that is no more the owner's gives nothing, though the token names it.
    let south: i32 = app.one("SELECT id FROM collectivite WHERE siren = '249710070'").await;
    let borrowed = app.programme_of(chief.user_id, Donne { collectivites: Some(&[south]), ..Donne::default() }).await;
    problem(&borrowed.get("/api/v1/sejours").await, 403, "droits", "Séjours");
    let agent = app.agent(GRAND_SUD).await;
    let theirs = app.programme(agent.user_id).await;
    problem(&theirs.get(&format!("/api/v1/sejours/{here}")).await, 404, "absent", "périmètre");
    // What is taken from the owner is taken from the token, at once.
    app.run_sql(&format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {}", agent.user_id)).await;
    problem(&theirs.get("/api/v1/sejours").await, 403, "droits", "Séjours");
}

#[rocket::async_test]
async fn what_a_list_does_not_offer_is_refused_by_name() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    for (question, field, words) in [
        ("inconnu=1", "inconnu", "n'est pas un paramètre"),
        ("colonnes=reference", "colonnes", "n'est pas un paramètre"),
        ("densite=aeree", "densite", "n'est pas un paramètre"),
        ("selection=1", "selection", "n'est pas un paramètre"),
        ("champs=reference,rien", "champs", "n'existe pas"),
        ("champs=%2C", "champs", "aucun champ"),
        ("champs=reference&champs=debut", "champs", "plusieurs fois"),
        ("tri=rien", "tri", "n'existe pas"),
        ("taille=0", "taille", "de 1 à 200"),
        ("taille=201", "taille", "de 1 à 200"),
        ("taille=x", "taille", "de 1 à 200"),
        ("statut=rien", "statut", "a_verifier"),
        ("debut_min=31/02/2026", "debut_min", "n'est pas une date"),
        ("debut_min=0000-01-01", "debut_min", "date"),
        ("montant_min=12,345", "montant_min", "de deux façons"),
        ("nature=99", "nature", "n'existe pas"),
        ("collecteur=Airbnb", "collecteur", "airbnb"),
        ("commune=99999", "commune", "n'existe pas"),
        ("statut=", "statut", "n'a pas de valeur"),
        ("q=%20", "q", "n'a pas de valeur"),
        ("compte=oui", "compte", "borne"),
        ("choix=oui", "choix", "objet"),
        ("apres=xxxx", "curseur", "curseur"),
    ] {
        let body = problem(&programme.get(&format!("/api/v1/sejours?{question}")).await, 400, "demande", words);
        assert_eq!(body["erreurs"][0]["champ"], field, "{question}");
    }
    // A cursor is of its list and of its sort.
    let page = programme.read("/api/v1/logements?taille=1").await;
    let cursor = page["suivante"].as_str().expect("more").split("apres=").nth(1).expect("a cursor").to_string();
    problem(&programme.get(&format!("/api/v1/sejours?apres={cursor}")).await, 400, "demande", "curseur");
    problem(&programme.get(&format!("/api/v1/logements?tri=-nom&apres={cursor}")).await, 400, "demande", "curseur");
    problem(&programme.get("/api/v1/sejours/1?statut=valide").await, 400, "demande", "champs, choix");
    problem(&programme.get("/api/v1/nulle").await, 404, "absent", "sejours");
    problem(&programme.get("/api/autre").await, 404, "absent", "/api/v1");
    for (method, address, allowed) in
        [(Method::Delete, "/api/v1/sejours", "GET"), (Method::Put, "/api/v1/sejours/1", "GET"), (Method::Post, "/api/v1", "GET")]
    {
        let answer = programme.call(method, address, None, &[]).await;
        problem(&answer, 405, "methode", "répond à");
        assert!(answer.header("Allow").is_some_and(|header| header.contains(allowed)));
    }
}

#[rocket::async_test]
async fn a_spent_token_costs_no_statement() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    app.run_sql(&format!("UPDATE jeton_api SET appels_minute = 1 WHERE id = {}", programme.id)).await;
    // The call and what refuses the next are of one minute, whenever this runs.
    app.context.clock.set("2026-11-29T14:00:10Z".parse().expect("an instant"));
    programme.get("/api/v1/communes").await.ok();
    let before = app.context.db.statements();
    for _ in 0..2 {
        let refused = programme.get("/api/v1/communes").await;
        problem(&refused, 429, "limite", "fait l’appel de cette minute");
        assert_eq!(refused.header("Retry-After").as_deref(), Some("50"));
        assert!(refused.header("RateLimit").is_some_and(|left| left.contains("r=0")));
    }
    assert_eq!(app.context.db.statements() - before, 0);
}
