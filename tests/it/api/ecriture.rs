//! What a program writes is what a form writes: the same checks, the same journal, the same counters, and nobody written over.
//!
//! Longer than 400 lines: one form after another, beside what the same form sends from a page.

use rocket::http::Method;
use serde_json::{Value, json};

use crate::support::app::{GRAND_SUD, LE_GOSIER, REJECTED};
use crate::support::programme::{Donne, Programme, problem};
use crate::support::{App, Page};

/// A lodging of Le Gosier of category 4, one without classification, one of Basse-Terre; with their host.
const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900010', 'Hélène Zandronis', 'particulier', '2024-01-01');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT v.reference, h.id, v.code, v.nom, '1 rue des Flamboyants', 4, v.categorie, 4 FROM hebergeur h,
        (VALUES ('LOG-900010', '97113', 'Kaz Wobli', 4), ('LOG-900011', '97113', 'Kaz Zayann', 9), ('LOG-900012', '97105', 'Kaz Lwen', 4)) v (reference, code, nom, categorie)
        WHERE h.numero = 'HEB-900010'";

pub async fn app() -> App {
    let app = App::new().await;
    for statement in OWN.split(';') {
        app.run_sql(statement).await;
    }
    app
}

/// The number of the lodging of Le Gosier.
pub async fn lodging(app: &App) -> i64 {
    app.one("SELECT id FROM logement WHERE reference = 'LOG-900010'").await
}

/// A stay of three nights there.
pub fn stay(lodging: i64) -> Value {
    json!({"logement_id": lodging, "date_debut": "2026-03-01", "date_fin": "2026-03-04", "collecteur": "hote", "nb_personnes": 3, "nb_mineurs": 1})
}

pub fn body(answer: &Page) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}

/// The answer, which must be of this status, its body and its tag.
pub fn done(answer: &Page, status: u16) -> (Value, String) {
    assert_eq!(answer.status.code, status, "{}", answer.text());
    (body(answer), answer.header("ETag").expect("a tag"))
}

impl Programme<'_> {
    /// Creates a row; gives its address, its body and its tag.
    pub async fn create(&self, list: &str, value: &Value) -> (String, Value, String) {
        let answer = self.send(Method::Post, &format!("/api/v1/{list}"), value, &[]).await;
        let (body, tag) = done(&answer, 201);
        (answer.header("Location").expect("its address"), body, tag)
    }

    /// Corrects a row over the version of `tag`.
    pub async fn correct(&self, address: &str, tag: &str, value: &Value) -> Page {
        self.send(Method::Patch, address, value, &[("If-Match", tag)]).await
    }
}

#[rocket::async_test]
async fn a_stay_is_created_and_corrected_as_by_a_form() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let lodging = lodging(&app).await;
    // Kept by the caches before it is there.
    let page = format!("/sejours?logement={lodging}");
    assert!(agent.get(&page).await.ok().rows().is_empty());
    let none = programme.read("/api/v1/sejours?champs=reference&compte=exact&statut=a_verifier").await;
    let (address, created, tag) = programme.create("sejours", &stay(lodging)).await;
    let (id, reference, base): (i64, String, i64) =
        sqlx::query_as("SELECT id, reference, montant_base FROM sejour WHERE calcul IS NOT NULL").fetch_one(app.pool()).await.expect("one stay");
    let tarif: i64 = app
        .one(
            "SELECT t.valeur::bigint FROM tarif t JOIN deliberation d ON d.id = t.deliberation_id JOIN deliberation_commune c ON c.deliberation_id = d.id
             WHERE c.code_insee = '97113' AND d.annee = 2026 AND t.categorie_id = 4",
        )
        .await;
    assert_eq!(base, tarif * 2 * 3);
    assert_eq!(address, format!("http://localhost/api/v1/sejours/{id}"));
    assert_eq!((created["id"].as_i64(), created["version"].as_i64(), tag.as_str()), (Some(id), Some(1), format!("\"sejours-{id}-v1\"").as_str()));
    let wanted = json!({
        "logement_id": lodging, "date_debut": "2026-03-01", "date_fin": "2026-03-04", "collecteur": "hote", "reference": reference,
        "date_perception": null, "nb_personnes": 3, "nb_mineurs": 1, "nb_saisonniers": 0, "nb_urgence": 0, "nb_loyer_modique": 0, "prix_nuit": null,
    });
    assert_eq!(created["champs"], wanted);
    assert_eq!(created["a_part"]["statut"], json!({"valeur": "a_verifier", "motif_id": null, "motif_precision": null}));
    let line: (String, i64, i64) = sqlx::query_as(
        "SELECT acteur, acteur_id, (SELECT count(*) FROM journal WHERE objet = 'séjour') FROM journal WHERE action = 'creation' AND objet = 'séjour' AND objet_id = $1::text",
    )
    .bind(id)
    .fetch_one(app.pool())
    .await
    .expect("its line");
    assert_eq!((line.0.as_str(), line.1, line.2), ("Personne agent (jeton «\u{a0}Essai\u{a0}»)", agent.user_id, 1));
    // Fresh at once, for people and for programs.
    assert_eq!(agent.get(&page).await.ok().rows(), [id.to_string()]);
    let now = programme.read("/api/v1/sejours?champs=reference&compte=exact&statut=a_verifier").await;
    assert_eq!(now["compte"]["nombre"].as_i64(), none["compte"]["nombre"].as_i64().map(|count| count + 1));

    let form = programme.get(&format!("{address}/saisie")).await.ok();
    assert_eq!((body(&form)["champs"].clone(), form.header("ETag")), (wanted, Some(tag.clone())));
    assert_eq!(form.header("Content-Location"), Some(format!("{address}/saisie")));
    let kept = programme.call(Method::Get, &format!("{address}/saisie"), None, &[("If-None-Match", &tag)]).await;
    assert_eq!((kept.status.code, kept.body.len()), (304, 0));

    // The same values are no change.
    let (same, again) =
        done(&programme.correct(&address, &tag, &json!({"nb_mineurs": 1, "date_debut": "2026-03-01", "collecteur": "hote"})).await, 200);
    assert_eq!((same["version"].as_i64(), &again), (Some(1), &tag));
    let (corrected, second) = done(&programme.correct(&address, &tag, &json!({"nb_mineurs": 0, "prix_nuit": "85.50"})).await, 200);
    assert_eq!(
        (&corrected["champs"]["nb_mineurs"], &corrected["champs"]["prix_nuit"], second.as_str()),
        (&json!(0), &json!("85.50"), format!("\"sejours-{id}-v2\"").as_str())
    );
    let row: (i64, i16, i64, i32, i64) = sqlx::query_as("SELECT montant_base, nb_mineurs, prix_nuit, version, modifie_par FROM sejour WHERE id = $1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .expect("it");
    assert_eq!(row, (tarif * 3 * 3, 0, 8_550, 2, agent.user_id));
    let told: Value = app.one("SELECT detail FROM journal WHERE action = 'modification' AND objet = 'séjour'").await;
    assert_eq!((&told["nb_mineurs"], &told["prix_nuit"]), (&json!({"avant": "1", "apres": "0"}), &json!({"avant": null, "apres": "8550"})));
    // `null` empties what may be empty.
    let (emptied, third) = done(&programme.correct(&address, &second, &json!({"prix_nuit": null})).await, 200);
    assert_eq!(emptied["champs"]["prix_nuit"], Value::Null);
    let merge = [("If-Match", third.as_str()), ("Content-Type", "application/merge-patch+json; charset=UTF-8")];
    done(&programme.send(Method::Patch, &address, &json!({"nb_urgence": 1}), &merge).await, 200);
    // The page of the row tells it, as it tells what a form did.
    assert!(agent.get(&format!("/sejours/{id}")).await.ok().text().contains("jeton « Essai »"));
}

#[rocket::async_test]
async fn nobody_is_written_over() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let (address, first, tag) = programme.create("sejours", &stay(lodging(&app).await)).await;
    let id = first["id"].as_i64().expect("a number");
    for (given, words) in [(None, "Il manque la version"), (Some("*"), "écraserait")] {
        let headers: Vec<(&'static str, &str)> = given.map(|text| ("If-Match", text)).into_iter().collect();
        let refused = programme.send(Method::Patch, &address, &json!({"nb_mineurs": 2}), &headers).await;
        assert_eq!(problem(&refused, 428, "precondition", words)["erreurs"][0]["champ"], "If-Match");
    }
    let other = app.one::<i64>("SELECT min(id) FROM sejour WHERE code_insee = '97113'").await;
    for strange in
        [format!("\"sejours-{other}-v1\""), format!("\"logements-{id}-v1\""), "\"x\"".into(), "W/\"00000000000000000000000000000000\"".into()]
    {
        let refused = programme.correct(&address, &strange, &json!({"nb_mineurs": 2})).await;
        assert_eq!(problem(&refused, 412, "perime", "n'est pas celui de cette fiche")["erreurs"][0]["code"], "autre", "{strange}");
    }
    assert_eq!(app.one::<i64>("SELECT version::bigint FROM sejour WHERE calcul IS NOT NULL").await, 1);
    // Two at once over the same version: one wins, the other is told both values.
    let mine = json!({"nb_mineurs": 2, "nb_saisonniers": 0, "date_fin": "2026-03-05"});
    let theirs = json!({"nb_mineurs": 0});
    let (one, two) = rocket::tokio::join!(programme.correct(&address, &tag, &mine), programme.correct(&address, &tag, &theirs));
    let mut statuses = [one.status.code, two.status.code];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text(), two.text());
    let lost = if one.status.code == 412 { &one } else { &two };
    let told = problem(lost, 412, "perime", "depuis votre lecture");
    let now = format!("\"sejours-{id}-v2\"");
    assert_eq!(lost.header("ETag"), Some(now.clone()));
    let wanted = if one.status.code == 412 {
        json!({"nb_mineurs": {"votre": 2, "actuelle": 0}, "date_fin": {"votre": "2026-03-05", "actuelle": "2026-03-04"}})
    } else {
        json!({"nb_mineurs": {"votre": 0, "actuelle": 2}})
    };
    assert_eq!(told["valeurs"], wanted);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'modification' AND objet = 'séjour'").await, 1);
    // The tag that it gives is the one to go on with.
    done(&programme.correct(&address, &now, &json!({"nb_mineurs": 1})).await, 200);
    // What a person writes by a form is seen in the same way.
    agent.post(&format!("/sejours/{id}/champs/perception"), &[("valeur", "01/04/2026"), ("version", "3")]).await;
    let told = problem(
        &programme.correct(&address, &format!("\"sejours-{id}-v3\""), &json!({"date_perception": "2026-04-02"})).await,
        412,
        "perime",
        "rien n'a été enregistré",
    );
    assert_eq!(told["valeurs"], json!({"date_perception": {"votre": "2026-04-02", "actuelle": "2026-04-01"}}));
}

#[rocket::async_test]
async fn what_looks_like_it_is_looked_at_first() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let stay = stay(lodging(&app).await);
    let (address, first, _) = programme.create("sejours", &stay).await;
    let id = first["id"].as_i64().expect("a number");
    let again = programme.send(Method::Post, "/api/v1/sejours", &stay, &[]).await;
    let told = problem(&again, 409, "ressemblance", &format!("?vus={id}"));
    assert_eq!((&told["ressemblances"][0]["id"], &told["ressemblances"][0]["url"]), (&json!(id), &json!(address)));
    assert!(told["ressemblances"][0]["raison"].as_str().is_some_and(|why| why.contains("le même logement")));
    problem(&programme.send(Method::Post, "/api/v1/sejours?vus=1,2", &stay, &[]).await, 409, "ressemblance", "ressemblent");
    problem(&programme.send(Method::Post, "/api/v1/sejours?vus=x", &stay, &[]).await, 400, "demande", "séparés par des virgules");
    problem(&programme.send(Method::Post, "/api/v1/sejours?autre=1", &stay, &[]).await, 400, "demande", "n'est pas un paramètre");
    let second = programme.send(Method::Post, &format!("/api/v1/sejours?vus=0,{id}"), &stay, &[]).await;
    let (second, _) = done(&second, 201);
    // The overlap is told, and stops nothing.
    assert!(
        second["avertissements"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one.as_str().is_some_and(|text| text.contains("un autre séjour")))),
        "{second}"
    );
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE calcul IS NOT NULL").await, 2);
}

#[rocket::async_test]
async fn a_decision_is_given_alone_with_its_reason() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let (address, first, tag) = programme.create("sejours", &stay(lodging(&app).await)).await;
    let id = first["id"].as_i64().expect("a number");
    let motif: i64 = REJECTED.parse().expect("a number");
    for (value, field, code, words) in [
        (json!({"statut": "rejete"}), "motif_id", "obligatoire", "Choisissez un motif"),
        (json!({"statut": "rejete", "motif_id": 999_999}), "motif_id", "valeur", "n'est pas proposé"),
        (json!({"statut": "rejete", "motif_id": "7"}), "motif_id", "type", "un texte"),
        (json!({"statut": "rejete", "motif_id": motif, "motif_precision": 3}), "motif_precision", "type", "un nombre"),
        (json!({"statut": "rejete", "motif_id": motif, "motif_precision": "x".repeat(301)}), "motif_precision", "valeur", "300"),
        (json!({"statut": "autre"}), "statut", "valeur", "a_verifier"),
        (json!({"statut": null}), "statut", "obligatoire", "obligatoire"),
        (json!({"statut": 1}), "statut", "type", "un nombre"),
        (json!({"statut": "valide", "motif_id": motif}), "motif_id", "valeur", "ne prend pas de motif"),
        (json!({"statut": "valide", "nb_mineurs": 2}), "statut", "seul", "se change seul"),
        (json!({"motif_id": motif}), "statut", "obligatoire", "accompagne"),
    ] {
        let told = problem(&programme.correct(&address, &tag, &value).await, 422, "saisie", words);
        assert_eq!((&told["erreurs"][0]["champ"], &told["erreurs"][0]["code"]), (&json!(field), &json!(code)), "{value}: {told}");
    }
    problem(&programme.send(Method::Patch, &address, &json!({"statut": "valide"}), &[]).await, 428, "precondition", "Il manque la version");
    let given = json!({"statut": "rejete", "motif_id": motif, "motif_precision": " vu  avec lui "});
    let (rejected, second) = done(&programme.correct(&address, &tag, &given).await, 200);
    assert_eq!(rejected["a_part"]["statut"], json!({"valeur": "rejete", "motif_id": motif, "motif_precision": "vu avec lui"}));
    let row: (String, i32, String, i32) = sqlx::query_as("SELECT statut, motif_id, motif_precision, version FROM sejour WHERE id = $1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .expect("it");
    assert_eq!(row, ("rejete".into(), i32::try_from(motif).expect("small"), "vu avec lui".into(), 2));
    let line: (Value, String) = sqlx::query_as("SELECT detail, acteur FROM journal WHERE action = 'modification' AND objet = 'séjour'")
        .fetch_one(app.pool())
        .await
        .expect("its line");
    assert_eq!(line.0["statut"], json!({"avant": "a_verifier", "apres": "rejete"}));
    assert!(line.1.contains("jeton"));
    let told = problem(&programme.correct(&address, &tag, &json!({"statut": "valide"})).await, 412, "perime", "depuis votre lecture");
    assert_eq!(told["valeurs"]["statut"], json!({"votre": "valide", "actuelle": "rejete"}));
    assert_eq!(told["valeurs"]["motif_id"], json!({"votre": null, "actuelle": motif}));
    done(&programme.correct(&address, &second, &json!({"statut": "a_verifier"})).await, 200);
    // Where two persons are asked for, a program is the person whose token it is.
    app.run_sql("INSERT INTO deux_personnes (collectivite_id, module) SELECT id, 'taxe' FROM collectivite WHERE siren = '219711132'").await;
    let third = programme.get(&format!("{address}/saisie")).await.ok().header("ETag").expect("a tag");
    problem(&programme.correct(&address, &third, &json!({"statut": "valide"})).await, 409, "etat", "deux personnes");
    let colleague = app.agent(LE_GOSIER).await;
    let colleague = app.programme(colleague.user_id).await;
    done(&colleague.correct(&address, &third, &json!({"statut": "valide"})).await, 200);
    // A correction of what was decided is to be decided again, and says so.
    let fourth = programme.get(&format!("{address}/saisie")).await.ok().header("ETag").expect("a tag");
    let (moved, _) = done(&colleague.correct(&address, &fourth, &json!({"nb_mineurs": 0})).await, 200);
    assert_eq!(moved["a_part"]["statut"]["valeur"], "a_verifier", "{moved}");
    assert!(moved["avertissements"].as_array().is_some_and(|all| !all.is_empty()), "{moved}");
}

#[rocket::async_test]
async fn a_host_is_put_away_and_taken_back() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let host = json!({"nom": "Zoé Zandronis", "commune": "97113", "courriel": "Zoe@Exemple.GP", "telephone": "+590 690 12 34 56", "adresse": "", "type": "particulier"});
    let (address, created, tag) = programme.create("hebergeurs", &host).await;
    assert_eq!(
        (&created["champs"]["courriel"], &created["champs"]["telephone"], &created["champs"]["adresse"]),
        (&json!("zoe@exemple.gp"), &json!("06 90 12 34 56"), &Value::Null)
    );
    assert_eq!((&created["champs"]["inscrit_le"], &created["archive"]), (&json!("2026-11-23"), &Value::Null));
    let refused = programme.call(Method::Delete, &address, None, &[]).await;
    problem(&refused, 428, "precondition", "Il manque la version");
    problem(&programme.call(Method::Delete, &address, None, &[("If-Match", "\"hebergeurs-1-v1\"")]).await, 412, "perime", "n'est pas celui");
    let gone = programme.call(Method::Delete, &address, None, &[("If-Match", &tag)]).await;
    assert_eq!((gone.status.code, gone.body.len(), gone.header("Content-Type")), (204, 0, None));
    let (away, second) = done(&programme.get(&format!("{address}/saisie")).await, 200);
    assert_eq!((&away["archive"], away["version"].as_i64()), (&json!("2026-11-23"), Some(2)));
    assert_eq!(app.one::<String>("SELECT archive_le::text FROM hebergeur WHERE nom = 'Zoé Zandronis'").await, "2026-11-23");
    // A lodging given to them is refused, as by the form.
    let lodging = json!({"hebergeur_id": created["id"], "nom": "Kaz", "adresse": "2 rue", "code_insee": "97113", "capacite": 2, "actif": true, "nature_id": 4, "categorie_id": 4});
    let told = problem(&programme.send(Method::Post, "/api/v1/logements", &lodging, &[]).await, 422, "saisie", "archivée");
    assert_eq!(told["erreurs"][0]["champ"], "hebergeur_id");
    problem(
        &programme.call(Method::Post, &format!("{address}/restauration"), None, &[("If-Match", &tag)]).await,
        412,
        "perime",
        "depuis votre lecture",
    );
    let (back, third) = done(&programme.call(Method::Post, &format!("{address}/restauration"), None, &[("If-Match", &second)]).await, 200);
    assert_eq!((&back["archive"], back["version"].as_i64()), (&Value::Null, Some(3)));
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'hébergeur' AND action = 'modification' AND detail ? 'archive_le'").await,
        2
    );
    // One who lets is kept, and why is said.
    let mut lodging = lodging;
    lodging["numero_enregistrement"] = json!("97113 000123 ab");
    let (let_at, kaz, kaz_tag) = programme.create("logements", &lodging).await;
    assert_eq!(
        (&kaz["champs"]["actif"], &kaz["champs"]["numero_enregistrement"], &kaz["champs"]["nature_id"]),
        (&json!(true), &json!("97113000123AB"), &json!(4))
    );
    problem(&programme.call(Method::Delete, &address, None, &[("If-Match", &third)]).await, 409, "etat", "1 logement en location");
    // What another row has is taken.
    let mut other = lodging.clone();
    (other["nom"], other["adresse"]) = (json!("Autre"), json!("Ailleurs"));
    let told = problem(&programme.send(Method::Post, "/api/v1/logements", &other, &[]).await, 409, "pris", "le porte déjà");
    assert_eq!(told["erreurs"][0]["champ"], "numero_enregistrement");
    let (retired, _) = done(&programme.correct(&let_at, &kaz_tag, &json!({"actif": false})).await, 200);
    assert_eq!(retired["champs"]["actif"], json!(false));
    let gone = programme.call(Method::Delete, &address, None, &[("If-Match", &third)]).await;
    assert_eq!(gone.status.code, 204, "{}", gone.text());
}

#[rocket::async_test]
async fn a_token_writes_where_its_owner_does_and_no_further() {
    let app = app().await;
    let agent = app.agent(LE_GOSIER).await;
    let writer = app.programme(agent.user_id).await;
    let lodging = lodging(&app).await;
    let (address, created, tag) = writer.create("sejours", &stay(lodging)).await;
    let id = created["id"].as_i64().expect("a number");
    let tries = async |programme: &Programme<'_>, status: u16, kind: &str, words: &str| {
        let post = programme.send(Method::Post, "/api/v1/sejours", &stay(lodging), &[]).await;
        let patch = programme.correct(&address, &tag, &json!({"nb_mineurs": 2})).await;
        let statut = programme.correct(&address, &tag, &json!({"statut": "valide"})).await;
        for answer in [&post, &patch, &statut] {
            problem(answer, status, kind, words);
        }
    };
    let reads = app.programme_of(agent.user_id, Donne { droits: json!({"taxe": 1}), ..Donne::default() }).await;
    tries(&reads, 403, "droits", "n'y écrit pas").await;
    done(&reads.get(&format!("{address}/saisie")).await, 200);
    let bulk = reads.send(Method::Patch, "/api/v1/sejours?statut=a_verifier&attendu=1", &json!({"action": "valider"}), &[]).await;
    problem(&bulk, 403, "droits", "n'y écrit pas");
    // An owner who only reads gives a token that only reads, whatever it says.
    let auditor = app.person("sur_mesure", &[LE_GOSIER]).await;
    app.run_sql(&format!(
        "INSERT INTO droit SELECT utilisateur_id, collectivite_id, 'taxe', 1 FROM utilisateur_collectivite WHERE utilisateur_id = {}",
        auditor.user_id
    ))
    .await;
    let audits = app.programme(auditor.user_id).await;
    tries(&audits, 403, "droits", "ne permettent pas").await;
    // Who enters does not decide.
    app.run_sql(&format!("UPDATE droit SET niveau = 2 WHERE utilisateur_id = {}", auditor.user_id)).await;
    let enters = app.programme(auditor.user_id).await;
    problem(&enters.correct(&address, &tag, &json!({"statut": "valide"})).await, 403, "droits", "ne permettent pas");
    problem(
        &enters.call(Method::Delete, "/api/v1/hebergeurs/1", None, &[("If-Match", "\"hebergeurs-1-v1\"")]).await,
        403,
        "droits",
        "ne permettent pas",
    );
    // Somebody of elsewhere is told nothing of the row, nor of the lodging by its number.
    let south = app.agent(GRAND_SUD).await;
    let south = app.programme(south.user_id).await;
    problem(&south.get(&format!("{address}/saisie")).await, 404, "absent", "périmètre");
    problem(&south.correct(&address, &tag, &json!({"nb_mineurs": 2})).await, 404, "absent", "périmètre");
    problem(&south.correct(&address, &tag, &json!({"statut": "valide"})).await, 404, "absent", "périmètre");
    let told = problem(&south.send(Method::Post, "/api/v1/sejours", &stay(lodging), &[]).await, 422, "saisie", "n'a le numéro");
    assert!(!told.to_string().contains("Wobli") && !told.to_string().contains("LOG-900010"), "{told}");
    // What speaks of people is written by who reads it.
    let blind = app.programme_of(agent.user_id, Donne { personnel: false, ..Donne::default() }).await;
    for answer in [
        blind.send(Method::Post, "/api/v1/hebergeurs", &json!({"nom": "A"}), &[]).await,
        blind.get("/api/v1/hebergeurs/1/saisie").await,
        blind.correct("/api/v1/hebergeurs/1", "\"hebergeurs-1-v1\"", &json!({"nom": "A"})).await,
    ] {
        problem(&answer, 403, "droits", "données personnelles");
    }
    done(&blind.correct(&address, &tag, &json!({"nb_mineurs": 2})).await, 200);
    // A host is named by their number, and their name is neither found nor told.
    let kaz = |host: Value| json!({"hebergeur_id": host, "nom": "Kaz", "adresse": "2 rue", "code_insee": "97113", "capacite": 2, "actif": true, "nature_id": 4, "categorie_id": 4});
    // The form of a lodging has its address, which speaks of people.
    problem(&blind.send(Method::Post, "/api/v1/logements", &kaz(json!("HEB-900010")), &[]).await, 403, "droits", "données personnelles");
    let sighted = app.programme(agent.user_id).await;
    for name in ["Hélène Zandronis", "Zandronis", "HEB-900011"] {
        let told = problem(&sighted.send(Method::Post, "/api/v1/logements", &kaz(json!(name)), &[]).await, 422, "saisie", "n'a la référence");
        assert!(!told.to_string().contains("HEB-900010"), "{told}");
    }
    let (_, lodged, _) = sighted.create("logements", &kaz(json!("heb-900010"))).await;
    assert_eq!(lodged["champs"]["hebergeur_id"].as_i64(), Some(app.one::<i64>("SELECT id FROM hebergeur WHERE numero = 'HEB-900010'").await));
    // Who reads there and enters here is told so, without the name of what they may not write.
    let both = app.person("sur_mesure", &[LE_GOSIER, GRAND_SUD]).await;
    app.run_sql(&format!(
        "INSERT INTO droit SELECT {}, id, 'taxe', CASE WHEN siren = '219711132' THEN 2 ELSE 1 END FROM collectivite WHERE siren IN ('219711132', '249710070')",
        both.user_id
    ))
    .await;
    let both = app.programme(both.user_id).await;
    let south_lodging: i64 = app.one("SELECT id FROM logement WHERE reference = 'LOG-900012'").await;
    let told = problem(&both.send(Method::Post, "/api/v1/sejours", &stay(south_lodging), &[]).await, 422, "saisie", "sans pouvoir y saisir");
    assert!(!told.to_string().contains("Lwen"), "{told}");
    // Reading the form of a person leaves its line.
    let host: i64 = app.one("SELECT h.hebergeur_id FROM hebergeur_commune h WHERE h.code_insee = '97113' ORDER BY 1 LIMIT 1").await;
    for _ in 0..2 {
        done(&writer.get(&format!("/api/v1/hebergeurs/{host}/saisie")).await, 200);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'appel' AND objet_id = 'hebergeurs'").await, 2);
    // So does what is sent and changes nothing, for its answer tells the row.
    let (_, tag) = done(&writer.get(&format!("/api/v1/hebergeurs/{host}/saisie")).await, 200);
    done(&writer.correct(&format!("/api/v1/hebergeurs/{host}"), &tag, &json!({})).await, 200);
    problem(
        &writer.correct(&format!("/api/v1/hebergeurs/{host}"), &format!("\"hebergeurs-{host}-v999\""), &json!({"nom": "A"})).await,
        412,
        "perime",
        "depuis",
    );
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'appel' AND objet_id = 'hebergeurs'").await, 5);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'modification' AND objet = 'séjour'").await, 1, "{id}");
}

#[rocket::async_test]
async fn every_address_says_what_it_answers() {
    let app = app().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let programme = app.programme(chief.user_id).await;
    let methods = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
    for (address, allowed) in [
        ("/api/v1", "GET"),
        ("/api/v1/sejours", "GET, POST, PATCH"),
        ("/api/v1/sejours/1", "GET, PATCH"),
        ("/api/v1/sejours/1/saisie", "GET"),
        ("/api/v1/logements", "GET, POST, PATCH"),
        ("/api/v1/logements/1", "GET, PATCH"),
        ("/api/v1/hebergeurs", "GET, POST"),
        ("/api/v1/hebergeurs/1", "GET, PATCH, DELETE"),
        ("/api/v1/hebergeurs/1/restauration", "POST"),
        // Whoever writes an account proves again who they are: no token does.
        ("/api/v1/utilisateurs", "GET"),
        ("/api/v1/utilisateurs/1", "GET"),
        ("/api/v1/communes", "GET"),
        ("/api/v1/actions", "GET"),
        ("/api/v1/journal/1", "GET"),
    ] {
        for method in methods {
            let answer = programme.call(method, address, Some(b"{}".to_vec()), &[]).await;
            if allowed.split(", ").any(|known| known == method.as_str()) {
                assert_ne!(answer.status.code, 405, "{method} {address}: {}", answer.text());
            } else {
                problem(&answer, 405, "methode", allowed);
                assert_eq!(answer.header("Allow").as_deref(), Some(allowed), "{method} {address}");
            }
        }
    }
    for nowhere in ["/api/v1/communes/97113/saisie", "/api/v1/sejours/1/restauration", "/api/v1/nulle/1/saisie", "/api/v1/sejours/1/autre"] {
        for method in methods {
            problem(&programme.call(method, nowhere, Some(b"{}".to_vec()), &[]).await, 404, "absent", "n'existe pas");
        }
    }
}

/// What a form says of people asks for the right to read them, whatever its record says of itself; and reading it leaves a line.
#[rocket::async_test]
async fn a_form_that_names_people_asks_for_the_right_to_read_them() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let id: i64 = app.one("SELECT id FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1").await;
    let plain = app.programme_of(agent.user_id, Donne { personnel: false, ..Donne::default() }).await;
    let tag = format!("\"logements-{id}-v1\"");
    problem(&plain.get(&format!("/api/v1/logements/{id}/saisie")).await, 403, "droits", "données personnelles");
    let changed = plain.send(Method::Patch, &format!("/api/v1/logements/{id}"), &json!({"adresse": "x"}), &[("If-Match", &tag)]).await;
    problem(&changed, 403, "droits", "données personnelles");
    let full = app.programme(agent.user_id).await;
    full.read(&format!("/api/v1/logements/{id}/saisie")).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'appel' AND objet_id = 'logements'").await, 1);
}
