//! Bad input: each its status, its kind, its field, its code and a French sentence, and nothing written.

use rocket::http::Method;
use serde_json::{Value, json};

use super::ecriture::{app, lodging, stay};
use crate::support::app::LE_GOSIER;
use crate::support::programme::problem;

/// The stay of `base` with these values instead.
fn with(base: &Value, changes: &Value) -> Value {
    let mut stay = base.clone();
    for (name, value) in changes.as_object().expect("an object") {
        stay[name] = value.clone();
    }
    stay
}

#[rocket::async_test]
async fn a_value_that_does_not_fit_is_told_by_its_field() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let lodging = lodging(&app).await;
    let base = stay(lodging);
    let elsewhere: i64 = app.one("SELECT id FROM logement WHERE reference = 'LOG-900012'").await;
    let (address, _, tag) = programme.create("sejours", &base).await;
    let count = app.one::<i64>("SELECT count(*) FROM sejour").await;
    let cases = [
        (json!({"nom": "A"}), "nom", "inconnu", "nb_personnes"),
        (json!({"\u{0}x": 1}), "x", "inconnu", "n'est pas un champ"),
        (json!({"statut": "valide"}), "statut", "inconnu", "n'est pas un champ"),
        (json!({"date_debut": null}), "date_debut", "obligatoire", "obligatoire"),
        (json!({"date_debut": "  "}), "date_debut", "obligatoire", "obligatoire"),
        (json!({"date_debut": "0000-01-01"}), "date_debut", "valeur", "de 1900 à 2200"),
        (json!({"date_debut": "9999-12-31"}), "date_debut", "valeur", "de 1900 à 2200"),
        (json!({"date_debut": "2026-02-31"}), "date_debut", "valeur", "va du 1er au 28"),
        (json!({"date_debut": "01/03/2026"}), "date_debut", "valeur", "2026-03-01"),
        (json!({"date_debut": "2026-03-01T00:00:00Z"}), "date_debut", "valeur", "2026-03-01"),
        (json!({"date_debut": 20_260_301}), "date_debut", "type", "un nombre"),
        (json!({"date_fin": "2026-03-01"}), "date_fin", "valeur", "d'une nuit au moins"),
        (json!({"date_perception": "2026-11-24"}), "date_perception", "valeur", "pas encore passé"),
        (json!({"reference": 12}), "reference", "type", "un nombre"),
        (json!({"reference": true}), "reference", "type", "un booléen"),
        (json!({"reference": ["a"]}), "reference", "type", "un tableau"),
        (json!({"reference": {"code": "a"}}), "reference", "type", "un objet"),
        (json!({"reference": "a\u{0}b"}), "reference", "valeur", "signes illisibles"),
        (json!({"reference": "x".repeat(61)}), "reference", "valeur", "60 caractères"),
        (json!({"nb_personnes": "3"}), "nb_personnes", "type", "un texte"),
        (json!({"nb_personnes": 3.5}), "nb_personnes", "valeur", "nombre entier"),
        (json!({"nb_personnes": 0}), "nb_personnes", "valeur", "de 1 à 5 000"),
        (json!({"nb_personnes": -1}), "nb_personnes", "valeur", "de 1 à 5 000"),
        (json!({"nb_personnes": 99_999_999_999_i64}), "nb_personnes", "valeur", "de 1 à 5 000"),
        (json!({"nb_mineurs": 4}), "nb_mineurs", "valeur", "plus de personnes exemptées"),
        (json!({"prix_nuit": 85.5}), "prix_nuit", "type", "85.05"),
        (json!({"prix_nuit": 85}), "prix_nuit", "type", "85.05"),
        (json!({"prix_nuit": "85.505"}), "prix_nuit", "valeur", "2 décimales"),
        (json!({"prix_nuit": "85,50"}), "prix_nuit", "valeur", "un point"),
        (json!({"prix_nuit": "1e3"}), "prix_nuit", "valeur", "un point"),
        (json!({"prix_nuit": "-1.00"}), "prix_nuit", "valeur", "un montant de"),
        (json!({"prix_nuit": "99999999999999999999.00"}), "prix_nuit", "valeur", "un point"),
        (json!({"collecteur": "personne"}), "collecteur", "valeur", "hote"),
        (json!({"collecteur": false}), "collecteur", "type", "un booléen"),
        (json!({"logement_id": null}), "logement_id", "obligatoire", "obligatoire"),
        (json!({"logement_id": 0}), "logement_id", "valeur", "n'a le numéro 0"),
        (json!({"logement_id": elsewhere}), "logement_id", "valeur", "de votre périmètre"),
        (json!({"logement_id": 1.5}), "logement_id", "type", "un nombre"),
        (json!({"logement_id": {"id": lodging}}), "logement_id", "type", "un objet"),
        (json!({"logement_id": "LOG-900012"}), "logement_id", "valeur", "ne répond à"),
    ];
    for (change, field, code, words) in cases {
        let answer = programme.send(Method::Post, "/api/v1/sejours", &with(&base, &change), &[]).await;
        let told = problem(&answer, 422, "saisie", words);
        let first = &told["erreurs"][0];
        assert_eq!(
            (&first["champ"], &first["code"], told["erreurs"].as_array().map(Vec::len)),
            (&json!(field), &json!(code), Some(1)),
            "{change}: {told}"
        );
        assert!(told["detail"].as_str().is_some_and(|text| text.ends_with("Rien n’a été enregistré.")), "{told}");
    }
    // Several faults are told together, each by its field.
    let told =
        problem(&programme.send(Method::Post, "/api/v1/sejours", &json!({"nb_personnes": "x", "autre": 1}), &[]).await, 422, "saisie", "erreurs");
    let fields: Vec<&str> = told["erreurs"].as_array().expect("faults").iter().filter_map(|one| one["champ"].as_str()).collect();
    assert_eq!(fields, ["autre", "nb_personnes", "logement_id", "date_debut", "date_fin", "collecteur"]);
    // What is given once does not change.
    for (change, words) in [
        (json!({"logement_id": elsewhere}), "périmètre"),
        (json!({"collecteur": "airbnb"}), "ne change plus"),
        (json!({"reference": null}), "ne change plus"),
    ] {
        problem(&programme.correct(&address, &tag, &change).await, 422, "saisie", words);
    }
    let told = problem(&programme.correct(&address, &tag, &json!({"nb_personnes": null, "nom": 1})).await, 422, "saisie", "n'est pas un champ");
    assert_eq!(told["erreurs"].as_array().map(Vec::len), Some(1), "{told}");
    let rows: (i64, i64) = sqlx::query_as("SELECT count(*), max(version)::bigint FROM sejour").fetch_one(app.pool()).await.expect("stays");
    assert_eq!((rows.0, rows.1 >= 1), (count, true));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'séjour'").await, 1);
    assert_eq!(app.one::<i64>("SELECT version::bigint FROM sejour WHERE calcul IS NOT NULL").await, 1);
}

#[rocket::async_test]
async fn a_body_that_is_none_is_told_why() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let whole = stay(lodging(&app).await).to_string();
    let utf16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_marked: Vec<u8> = std::iter::once(0xfeff).chain(whole.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let latin: Vec<u8> = "{\"reference\": \"é\"}".chars().map(|sign| u8::try_from(u32::from(sign)).expect("latin")).collect();
    let deep = format!("{{\"reference\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for (bytes, words) in [
        (Vec::new(), "vide"),
        (b"   ".to_vec(), "vide"),
        (whole.as_bytes()[..whole.len() - 1].to_vec(), "trop tôt"),
        (b"{\"a\": 1,}".to_vec(), "ligne 1, colonne 9"),
        (b"{\"a\": 1}{".to_vec(), "ligne 1"),
        (b"nom=Zandronis".to_vec(), "un objet JSON"),
        (b"[{}]".to_vec(), "un objet JSON"),
        (b"\"texte\"".to_vec(), "un objet JSON"),
        (b"{\"a\": NaN}".to_vec(), "comme du JSON"),
        (b"{\"reference\": \"\\ud800\"}".to_vec(), "illisibles"),
        (b"{\"reference\": \"a\nb\"}".to_vec(), "comme du JSON"),
        (format!("{{\"nb_personnes\": 1, {}", &whole[1..]).into_bytes(), "plusieurs fois : nb_personnes"),
        (b"{\"nb_personnes\": 1, \"nb_\\u0070ersonnes\": 1}".to_vec(), "plusieurs fois : nb_personnes"),
        (utf16, "UTF-16"),
        (utf16_marked, "UTF-16"),
        (latin, "UTF-8"),
        ("[".repeat(200_000).into_bytes(), "un objet JSON"),
        (format!("{{\"reference\": {}", "[".repeat(200_000)).into_bytes(), "trop tôt"),
    ] {
        let shown = String::from_utf8_lossy(&bytes).chars().take(60).collect::<String>();
        let answer = programme.call(Method::Post, "/api/v1/sejours", Some(bytes), &[]).await;
        assert_eq!(answer.status.code, 400, "{shown}: {}", answer.text());
        problem(&answer, 400, "demande", words);
    }
    let told = problem(&programme.call(Method::Post, "/api/v1/sejours", Some(deep.into_bytes()), &[]).await, 422, "saisie", "erreurs");
    assert!(told["erreurs"].as_array().expect("faults").iter().any(|one| one["champ"] == "reference" && one["code"] == "type"), "{told}");
    let crowd = |count: usize| (0..count).map(|n| format!("\"a{n}\":1,")).collect::<String>();
    let send =
        async |count: usize| programme.call(Method::Post, "/api/v1/sejours", Some(format!("{{{}\"b\":1}}", crowd(count)).into_bytes()), &[]).await;
    problem(&send(20_000).await, 400, "demande", "plus de 200 champs");
    let told = problem(&send(199).await, 422, "saisie", "erreurs");
    assert!(told["erreurs"].as_array().is_some_and(|all| (20..30).contains(&all.len())), "an answer is not ten times what was sent");
    // A mark of order in front of UTF-8 is no fault.
    let marked = [b"\xef\xbb\xbf".as_slice(), whole.as_bytes()].concat();
    assert_eq!(
        programme.call(Method::Post, "/api/v1/sejours", Some(marked), &[("Content-Type", "Application/JSON; Charset=\"UTF-8\"")]).await.status.code,
        201
    );
}

#[rocket::async_test]
async fn a_body_has_a_type_and_a_size() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let whole = stay(lodging(&app).await).to_string().into_bytes();
    for (name, value, words) in [
        ("Content-Type", "text/plain", "text/plain"),
        ("Content-Type", "application/x-www-form-urlencoded", "n'est pas lu ici"),
        ("Content-Type", "multipart/form-data; boundary=x", "n'est pas lu ici"),
        ("Content-Type", "application/merge-patch+json", "n'est pas lu ici"),
        ("Content-Type", "application/json; charset=utf-16", "utf-16"),
        ("Content-Type", "application/json; charset=ISO-8859-1", "iso-8859-1"),
        ("Content-Type", "", "n'est pas lu ici"),
        ("Content-Encoding", "gzip", "sans compression"),
    ] {
        let answer = programme.call(Method::Post, "/api/v1/sejours", Some(whole.clone()), &[(name, value)]).await;
        let told = problem(&answer, 415, "type", words);
        assert_eq!(answer.header("Accept-Post").as_deref(), (name == "Content-Type").then_some("application/json"));
        assert_eq!(told["erreurs"][0]["champ"], name, "{value}");
    }
    problem(&programme.call(Method::Post, "/api/v1/sejours", None, &[]).await, 415, "type", "n'est pas dit");
    let patch = programme.call(Method::Patch, "/api/v1/sejours/1", Some(whole.clone()), &[("Content-Type", "application/json-patch+json")]).await;
    problem(&patch, 415, "type", "n'est pas lu ici");
    assert_eq!(patch.header("Accept-Patch").as_deref(), Some("application/json, application/merge-patch+json"));
    for size in [262_145, 10_000_000] {
        for bytes in ["[".repeat(size), format!("{{\"reference\": \"{}", "x".repeat(size))] {
            let answer = programme.call(Method::Post, "/api/v1/sejours", Some(bytes.into_bytes()), &[]).await;
            problem(&answer, 413, "taille", "256 Kio");
        }
    }
    // Of just the size that is read.
    let padded = format!("{}{}", String::from_utf8_lossy(&whole), " ".repeat(262_144 - whole.len()));
    assert_eq!(programme.call(Method::Post, "/api/v1/sejours", Some(padded.into_bytes()), &[]).await.status.code, 201);
    // Rights come first: who may not is not told what is wrong with a body.
    let reads = app.programme_of(agent.user_id, crate::support::programme::Donne { droits: json!({"taxe": 1}), ..Default::default() }).await;
    problem(
        &reads.call(Method::Post, "/api/v1/sejours", Some(b"{".to_vec()), &[("Content-Type", "text/plain")]).await,
        403,
        "droits",
        "n'y écrit pas",
    );
    for parameter in ["?a=1", "?champs=reference"] {
        problem(
            &programme.call(Method::Patch, &format!("/api/v1/sejours/1{parameter}"), Some(b"{}".to_vec()), &[]).await,
            400,
            "demande",
            "n'est pas un paramètre",
        );
    }
    for key in ["0", "x", "99999999999999999999", "1.5", "-1"] {
        let answer = programme.correct(&format!("/api/v1/sejours/{key}"), "\"x\"", &json!({"nb_mineurs": 1})).await;
        problem(&answer, 404, "absent", "périmètre");
    }
}
