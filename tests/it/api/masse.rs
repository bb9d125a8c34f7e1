//! An action on all the rows of a question, by a program that says how many it expects.

use rocket::http::Method;
use serde_json::{Value, json};

use super::ecriture::body;
use crate::support::App;
use crate::support::app::{LE_GOSIER, REJECTED};
use crate::support::programme::problem;

const QUESTION: &str = "/api/v1/sejours?statut=a_verifier&nuits_min=3&nuits_max=3";
const ROWS: &str = "SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier' AND nb_nuits = 3";

#[rocket::async_test]
async fn what_was_counted_is_changed_and_can_be_taken_back() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let count: i64 = app.one(ROWS).await;
    assert!((2..500).contains(&count), "{count}");
    let validated: i64 = app.one("SELECT count(*) FROM sejour WHERE statut = 'valide'").await;
    let read = programme.read(&format!("{QUESTION}&compte=exact&taille=1")).await;
    assert_eq!(read["compte"], json!({"nombre": count, "exact": true}));
    let order = json!({"action": "valider"});
    // Another number than what there is: nothing is done, and the number is told.
    for wrong in [count - 1, count + 1, 0] {
        let told =
            problem(&programme.send(Method::Patch, &format!("{QUESTION}&attendu={wrong}"), &order, &[]).await, 409, "compte", "rien n'a été changé");
        assert_eq!(told["nombre"], count);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action").await, 0);
    let done = programme.send(Method::Patch, &format!("{QUESTION}&attendu={count}"), &order, &[]).await;
    assert_eq!(done.status.code, 200, "{}", done.text());
    let told = body(&done);
    let id: i64 = app.one("SELECT id FROM action").await;
    let address = format!("http://localhost/api/v1/actions/{id}");
    let wanted = json!({"action": {"id": id, "nom": "valider", "url": address}, "attendues": count, "modifiees": count, "deja": 0, "laissees": 0, "modifiees_entre_temps": 0});
    assert_eq!((told, done.header("Location")), (wanted, Some(address.clone())));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE statut = 'valide'").await, validated + count);
    assert_eq!(app.one::<i64>(ROWS).await, 0);
    assert_eq!(programme.read(&address).await["modifiees"], count);
    let line: (String, Value) =
        sqlx::query_as("SELECT acteur, detail FROM journal WHERE objet = 'action'").fetch_one(app.pool()).await.expect("its line");
    assert!(line.0.contains("jeton «\u{a0}Essai\u{a0}»") && line.1["modifiees"] == json!(count), "{line:?}");
    // By its page, as any other.
    agent.post(&format!("/actions/{id}/annulation"), &[]).await;
    assert_eq!(app.one::<i64>(ROWS).await, count);
}

#[rocket::async_test]
async fn a_reason_goes_with_what_asks_for_one_and_large_ones_are_followed() {
    let app = App::new().await;
    let agent = app.everywhere().await;
    let programme = app.programme(agent.user_id).await;
    let motif: i64 = REJECTED.parse().expect("a number");
    let all: i64 = app.one("SELECT count(*) FROM sejour").await;
    assert!(all > 500);
    let question = format!("/api/v1/sejours?attendu={all}");
    problem(&programme.send(Method::Patch, &question, &json!({"action": "rejeter", "motif_id": motif}), &[]).await, 400, "demande", "tout=1");
    let question = format!("{question}&tout=1");
    for (order, field, code, words) in [
        (json!({"action": "rejeter"}), "motif_id", "obligatoire", "Choisissez un motif"),
        (json!({"action": "rejeter", "motif_id": 999_999}), "motif_id", "valeur", "n'est pas proposé"),
        (json!({"action": "rejeter", "motif_id": "x"}), "motif_id", "type", "un texte"),
        (json!({"action": "rejeter", "motif_id": motif, "motif_precision": "x".repeat(301)}), "motif_precision", "valeur", "300"),
        (json!({"action": "valider", "motif_id": motif}), "motif_id", "valeur", "ne prend pas de motif"),
        (json!({}), "action", "obligatoire", "valider"),
        (json!({"action": "retirer"}), "action", "valeur", "valider"),
        (json!({"action": 3}), "action", "type", "un nombre"),
        (json!({"action": "valider", "statut": "valide"}), "statut", "inconnu", "n'est pas un champ"),
    ] {
        let told = problem(&programme.send(Method::Patch, &question, &order, &[]).await, 422, "saisie", words);
        assert_eq!((&told["erreurs"][0]["champ"], &told["erreurs"][0]["code"]), (&json!(field), &json!(code)), "{order}: {told}");
    }
    for (parameters, field, words) in [
        ("statut=a_verifier", "attendu", "compte=exact"),
        ("statut=a_verifier&attendu=x", "attendu", "un nombre"),
        ("statut=a_verifier&attendu=-1", "attendu", "un nombre"),
        ("statut=a_verifier&attendu=1&attendu=2", "attendu", "une fois"),
        ("statut=a_verifier&attendu=1&taille=1", "taille", "n'est pas un paramètre"),
        ("statut=a_verifier&attendu=1&champs=reference", "champs", "n'est pas un paramètre"),
        ("statut=rien&attendu=1", "statut", "a_verifier"),
        ("attendu=1&tout=oui", "tout", "vaut 1"),
    ] {
        let told = problem(
            &programme.send(Method::Patch, &format!("/api/v1/sejours?{parameters}"), &json!({"action": "valider"}), &[]).await,
            400,
            "demande",
            words,
        );
        assert_eq!(told["erreurs"][0]["champ"], field, "{parameters}");
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action").await, 0);
    let to_reject: i64 = app.one("SELECT count(*) FROM sejour WHERE statut = 'a_verifier'").await;
    let asked = programme.send(Method::Patch, &question, &json!({"action": "rejeter", "motif_id": motif, "motif_precision": "essai"}), &[]).await;
    assert_eq!(asked.status.code, 202, "{}", asked.text());
    let address = asked.header("Location").expect("its address");
    assert_eq!(body(&asked)["action"]["url"], json!(address));
    assert_eq!(programme.read(&address).await["etat"]["code"], "en_attente");
    app.run_jobs().await;
    let row = programme.read(&address).await;
    assert_eq!((&row["etat"]["code"], &row["modifiees"]), (&json!("appliquee"), &json!(to_reject)), "{row}");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE motif_precision = 'essai' AND statut = 'rejete'").await, to_reject);
}

#[rocket::async_test]
async fn who_does_not_read_of_people_does_not_count_them() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let blind = app.programme_of(agent.user_id, crate::support::programme::Donne { personnel: false, ..Default::default() }).await;
    let answer = blind.send(Method::Patch, "/api/v1/sejours?q=jean&attendu=1", &json!({"action": "valider"}), &[]).await;
    problem(&answer, 403, "droits", "données personnelles");
}

#[rocket::async_test]
async fn two_at_once_change_their_rows_once() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let count: i64 = app.one(ROWS).await;
    let (question, order) = (format!("{QUESTION}&attendu={count}"), json!({"action": "valider"}));
    let (one, two) =
        rocket::tokio::join!(programme.send(Method::Patch, &question, &order, &[]), programme.send(Method::Patch, &question, &order, &[]));
    let mut statuses = [one.status.code, two.status.code];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text(), two.text());
    assert_eq!((app.one::<i64>(ROWS).await, app.one::<i64>("SELECT sum(modifiees)::bigint FROM action").await), (0, count));
}

#[rocket::async_test]
async fn the_bound_of_a_person_holds_for_their_programs() {
    let app = App::with(|config| config.actions_par_jour = 1).await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let count: i64 = app.one(ROWS).await;
    let act = async |action: &str, statut: &str, expected: i64| {
        let question = format!("/api/v1/sejours?statut={statut}&nuits_min=3&nuits_max=3&attendu={expected}");
        programme.send(Method::Patch, &question, &json!({"action": action}), &[("Idempotency-Key", &format!("{action}-{expected}"))]).await
    };
    assert_eq!(act("valider", "a_verifier", count).await.status.code, 200);
    let validated: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'valide' AND nb_nuits = 3").await;
    let refused = act("a_verifier", "valide", validated).await;
    problem(&refused, 429, "limite", "actions groupées");
    assert!(refused.header("Retry-After").is_some());
    // Not the answer of a key: the same call may be made again later.
    assert_eq!(app.one::<String>("SELECT string_agg(cle, ',') FROM api_reponse").await, format!("valider-{count}"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM action").await, 1);
}

#[rocket::async_test]
async fn nothing_to_change_is_no_fault() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    app.run_sql("UPDATE sejour SET statut = 'valide' WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let answer = programme.send(Method::Patch, "/api/v1/sejours?statut=a_verifier&attendu=0", &json!({"action": "valider"}), &[]).await.ok();
    let told: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((&told["modifiees"], &told["action"]), (&json!(0), &Value::Null));
}
