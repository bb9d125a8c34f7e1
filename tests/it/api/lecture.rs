//! What a program reads is what plain SQL reads: every list to its end, in both directions, in every form.

use rocket::http::Method;
use serde_json::{Value, json};

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::programme::Donne;

/// The rows of a question, page by page, and how many pages there were.
async fn walk(programme: &crate::support::programme::Programme<'_>, address: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut pages, mut next) = (Vec::new(), 0, Some(address.to_string()));
    while let Some(place) = next {
        let page = programme.read(&place).await;
        rows.extend(page["donnees"].as_array().expect("rows").iter().cloned());
        next = page["suivante"].as_str().map(str::to_string);
        pages += 1;
        assert!(pages < 500, "{address} never ends");
    }
    (rows, pages)
}

fn keys(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().expect("a number")).collect()
}

#[rocket::async_test]
async fn a_list_is_read_to_its_end_and_back() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let wanted: Vec<i64> =
        sqlx::query_scalar("SELECT s.id FROM sejour s WHERE s.code_insee = '97113' AND s.statut = 'valide' ORDER BY s.montant DESC, s.id DESC")
            .fetch_all(app.pool())
            .await
            .expect("stays");
    assert!(wanted.len() > 60);
    let (rows, pages) = walk(&programme, "/api/v1/sejours?statut=valide&tri=-montant&taille=17").await;
    assert_eq!((keys(&rows), pages), (wanted.clone(), wanted.len().div_ceil(17)));
    // Back from the end, by « precedente ».
    let mut place = Some("/api/v1/sejours?statut=valide&tri=-montant&taille=17&fin=1".to_string());
    let mut back = Vec::new();
    while let Some(address) = place {
        let page = programme.read(&address).await;
        let mut these = keys(page["donnees"].as_array().expect("rows"));
        these.extend(back);
        back = these;
        place = page["precedente"].as_str().map(str::to_string);
    }
    assert_eq!(back, wanted);
}

#[rocket::async_test]
async fn every_list_of_a_token_holds_the_rows_of_the_base() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let programme = app.programme(chief.user_id).await;
    let communes =
        "code_insee IN (SELECT code_insee FROM collectivite_commune cc JOIN collectivite c ON c.id = cc.collectivite_id WHERE c.siren = '200041507')";
    for (list, sql) in [
        ("sejours", format!("SELECT count(*) FROM sejour WHERE {communes}")),
        ("logements", format!("SELECT count(*) FROM logement WHERE {communes}")),
        ("hebergeurs", format!("SELECT count(DISTINCT hebergeur_id) FROM hebergeur_commune WHERE {communes}")),
        ("communes", "SELECT count(*) FROM commune".to_string()),
    ] {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a count");
        let (rows, _) = walk(&programme, &format!("/api/v1/{list}?taille=200")).await;
        assert_eq!(i64::try_from(rows.len()).expect("few"), count, "{list}");
        let mut ids: Vec<String> = rows.iter().map(|row| row["id"].to_string()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rows.len(), "{list}: a row came twice");
        let counted = programme.read(&format!("/api/v1/{list}?taille=1&compte=exact")).await;
        assert_eq!(counted["compte"], json!({"nombre": count, "exact": true}), "{list}");
    }
    let summary = programme.read("/api/v1").await;
    let named: Vec<&str> = summary["listes"].as_array().expect("lists").iter().map(|list| list["nom"].as_str().expect("a name")).collect();
    assert_eq!(summary["jeton"]["droits"], json!({"taxe": "ecrire", "administration": "lire", "labo": "ecrire"}));
    assert!(named.contains(&"sejours") && named.contains(&"journal") && named.contains(&"utilisateurs"), "{named:?}");
}

#[rocket::async_test]
async fn values_are_those_of_the_base_typed() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let wanted: Value = app
        .one(
            "SELECT jsonb_build_object('id', s.id, 'reference', s.reference, 'debut', s.date_debut, 'nuits', s.nb_nuits,
                'montant', to_char(s.montant / 100.0, 'FM999999990.00'), 'statut', s.statut, 'logement', s.logement_id, 'nom', l.nom, 'commune', s.code_insee)
             FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE s.code_insee = '97113' ORDER BY s.id LIMIT 1",
        )
        .await;
    let id = &wanted["id"];
    let row = programme.read(&format!("/api/v1/sejours/{id}")).await;
    for field in ["id", "reference", "debut", "nuits", "montant"] {
        assert_eq!(row[field], wanted[field], "{field}");
    }
    assert_eq!(row["statut"]["code"], wanted["statut"]);
    let lodging = wanted["logement"].as_i64().expect("a number");
    assert_eq!(row["logement"], json!({"id": lodging, "libelle": wanted["nom"], "url": format!("http://localhost/api/v1/logements/{lodging}")}));
    assert_eq!(row["commune"]["id"], wanted["commune"]);
    let followed = programme.read(row["logement"]["url"].as_str().expect("an address")).await;
    assert_eq!((&followed["id"], &followed["nom"]), (&json!(lodging), &wanted["nom"]));
    let coded = programme.read(&format!("/api/v1/sejours/{id}?choix=code&champs=statut,montant")).await;
    assert_eq!(
        coded,
        json!({"id": id, "url": format!("http://localhost/api/v1/sejours/{id}"), "montant": wanted["montant"], "statut": wanted["statut"]})
    );
}

#[rocket::async_test]
async fn words_that_stand_for_a_code_come_with_it() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let wanted: Value = app
        .one(
            "SELECT jsonb_build_object('id', s.id, 'nature', jsonb_build_object('code', s.nature_id::text, 'libelle', n.libelle),
                 'collecteur', jsonb_build_object('code', s.collecteur, 'libelle', p.nom))
             FROM sejour s JOIN nature n ON n.id = s.nature_id JOIN plateforme p ON p.code = s.collecteur WHERE s.code_insee = '97113' ORDER BY s.id LIMIT 1",
        )
        .await;
    let (id, place) = (&wanted["id"], format!("/api/v1/sejours/{}", wanted["id"]));
    let row = programme.read(&place).await;
    assert_eq!((&row["nature"], &row["collecteur"]), (&wanted["nature"], &wanted["collecteur"]));
    let row = programme.read(&format!("{place}?choix=code")).await;
    assert_eq!((&row["nature"], &row["collecteur"]), (&wanted["nature"]["code"], &wanted["collecteur"]["code"]));
    let code = wanted["nature"]["code"].as_str().expect("a code");
    let page = programme.read(&format!("/api/v1/sejours?nature={code}&champs=nature&taille=200")).await;
    let rows = page["donnees"].as_array().expect("rows");
    assert!(
        rows.iter().all(|row| row["nature"] == wanted["nature"]) && rows.iter().any(|row| &row["id"] == id),
        "the filter takes what the row says"
    );
    app.run_sql("SELECT suivi_recale()").await;
    let copied = programme.read("/api/v1/sejours?modifie_depuis=debut&champs=nature&taille=1000").await;
    let row = copied["donnees"].as_array().expect("rows").iter().find(|row| &row["id"] == id).expect("the row").clone();
    assert_eq!(row["nature"], json!({"code": code}), "the words of a code change without the row");
    let sheet = programme.call(Method::Get, "/api/v1/sejours?champs=nature,montant&taille=1", None, &[("Accept", "text/csv")]).await.ok();
    assert_eq!(sheet.text().lines().next(), Some("id,nature_code,nature,montant"));
}

#[rocket::async_test]
async fn the_same_page_in_three_forms() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let address = "/api/v1/sejours?taille=9&champs=reference,logement,montant,perception";
    let page = programme.read(address).await;
    let rows = page["donnees"].as_array().expect("rows");
    let lines = programme.call(Method::Get, address, None, &[("Accept", "application/x-ndjson")]).await.ok();
    assert_eq!(lines.header("Content-Type").as_deref(), Some("application/x-ndjson"));
    let told: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(&told, rows);
    let next = page["suivante"].as_str().expect("more");
    assert_eq!(lines.header("Link"), Some(format!("<{next}>; rel=\"next\"")));
    let sheet = programme.call(Method::Get, address, None, &[("Accept", "text/csv, application/json;q=0.5")]).await.ok();
    assert_eq!(sheet.header("Content-Type").as_deref(), Some("text/csv"));
    let mut reader = csv::Reader::from_reader(sheet.body.as_slice());
    assert_eq!(reader.headers().expect("a header"), vec!["id", "reference", "logement_id", "logement", "montant", "perception"]);
    let cells: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(cells.len(), rows.len());
    for (cells, row) in cells.iter().zip(rows) {
        let text = |value: &Value| value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_string);
        let wanted = [&row["id"], &row["reference"], &row["logement"]["id"], &row["logement"]["libelle"], &row["montant"], &row["perception"]];
        assert_eq!(cells.iter().collect::<Vec<_>>(), wanted.iter().map(|value| text(value)).collect::<Vec<_>>());
    }
    crate::support::programme::problem(&programme.call(Method::Get, address, None, &[("Accept", "image/png")]).await, 406, "forme", "text/csv");
}

#[rocket::async_test]
async fn a_body_is_kept_and_not_sent_again() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let address = "/api/v1/sejours?statut=valide&champs=reference,debut,montant";
    let first = programme.get(address).await.ok();
    let tag = first.header("ETag").expect("a tag");
    let before = app.context.db.statements();
    let again = programme.get(address).await.ok();
    assert_eq!((again.body.clone(), app.context.db.statements() - before), (first.body.clone(), 1), "the token alone");
    let kept = programme.call(Method::Get, address, None, &[("If-None-Match", &tag)]).await;
    assert_eq!((kept.status.code, kept.body.len()), (304, 0));
    assert_eq!(first.header("Cache-Control").as_deref(), Some("private, no-cache"));
    assert!(first.header("Vary").is_some_and(|vary| vary.contains("Authorization") && vary.contains("Accept")));
    for (coding, named) in [("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip")] {
        let small = programme.call(Method::Get, address, None, &[("Accept-Encoding", coding)]).await;
        assert_eq!(small.header("Content-Encoding").as_deref(), Some(named), "{coding}");
        assert!(small.body.len() < first.body.len() / 3);
    }
    // A page that is not in the cache: the token, the rows.
    let before = app.context.db.statements();
    programme.get("/api/v1/sejours?statut=a_verifier&taille=200&champs=reference,logement,statut").await.ok();
    assert_eq!(app.context.db.statements() - before, 2);
    // Another token of another place meets nothing of what this one was answered.
    let other = app.agent(crate::support::app::GRAND_SUD).await;
    let other = app.programme(other.user_id).await;
    let answer = other.call(Method::Get, address, None, &[("If-None-Match", &tag)]).await.ok();
    assert_ne!(answer.body, first.body);
}

#[rocket::async_test]
async fn what_speaks_of_people_asks_for_its_own_right_and_leaves_a_line() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let plain = app.programme_of(agent.user_id, Donne { personnel: false, ..Donne::default() }).await;
    let page = plain.read("/api/v1/hebergeurs?taille=5").await;
    let names: Vec<&String> = page["donnees"][0].as_object().expect("a row").keys().collect();
    assert!(names.iter().all(|name| !["nom", "courriel", "telephone", "ville", "adresse_postale"].contains(&name.as_str())), "{names:?}");
    for question in ["champs=nom", "q=jean", "tri=nom", "courriel=renseigne", "tri=telephone"] {
        let answer = plain.get(&format!("/api/v1/hebergeurs?{question}")).await;
        crate::support::programme::problem(&answer, 403, "droits", "données personnelles");
    }
    crate::support::programme::problem(&plain.get("/api/v1/sejours?q=jean").await, 403, "droits", "données personnelles");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'appel'").await, 0);
    let full = app.programme(agent.user_id).await;
    for _ in 0..2 {
        full.read("/api/v1/hebergeurs?taille=50&champs=nom,courriel").await;
    }
    full.read("/api/v1/sejours?champs=reference,montant").await;
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'appel' AND objet_id = 'hebergeurs' AND detail->>'jeton' = 'Essai'").await,
        2,
        "a line a call"
    );
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'appel'").await, 2);
}

/// A filter called as something that programs ask otherwise would be out of their reach.
#[test]
fn no_filter_has_the_name_of_what_only_programs_ask() {
    let taken = [
        "champs",
        "compte",
        "choix",
        "modifie_depuis",
        "mesures",
        "axes",
        "format",
        "attendu",
        "tout",
        "vus",
        "tri",
        "taille",
        "apres",
        "avant",
        "vers",
        "fin",
        "jeton",
        "token",
    ];
    for list in gardel::web::LISTS {
        let named = list.filters.iter().flat_map(gardel::listing::parameters);
        assert!(named.clone().all(|name| !taken.contains(&name.as_str())), "{}: {:?}", list.name, named.collect::<Vec<_>>());
        assert!(list.columns.iter().all(|column| !["id", "url"].contains(&column.name)), "{}", list.name);
    }
}

#[rocket::async_test]
async fn the_codes_of_a_list_are_those_of_the_base() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let told = programme.read("/api/v1/sejours/codes").await;
    let natures: Value = app.one("SELECT jsonb_object_agg(id::text, libelle) FROM nature").await;
    let found: serde_json::Map<String, Value> = told["nature"]
        .as_array()
        .expect("natures")
        .iter()
        .map(|one| (one["code"].as_str().expect("a code").to_string(), one["libelle"].clone()))
        .collect();
    assert_eq!(Value::Object(found), natures);
    assert_eq!(told["commune"], json!([{"code": "97113", "libelle": "Le Gosier"}]));
    let motifs: i64 = app.one("SELECT count(*) FROM motif WHERE actif AND collectivite_id IS NULL").await;
    assert_eq!(told["motif"].as_array().map(Vec::len), usize::try_from(motifs).ok());
    assert!(told["collecteur"].as_array().expect("collectors").contains(&json!({"code": "airbnb", "libelle": "Airbnb"})));
}
