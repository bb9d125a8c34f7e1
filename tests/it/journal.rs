//! The journal speaks French: what happened in words, things by their names, nothing of the base.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rocket::http::Status;

use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};

/// Keys put in a `json!` beside the journal, which no line of it holds: letters.
const ELSEWHERE: &[&str] = &["courriel", "renouvellement", "validite_jours"];

#[test]
fn every_key_of_every_detail_has_words() {
    let known: BTreeSet<&str> = gardel::journal::known_keys().collect();
    let mut unknown = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (path, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        if !text.contains("journal::") || path.contains("/journal/") {
            continue;
        }
        for block in text.split("json!(").skip(1).map(block) {
            for key in keys(block) {
                seen.insert(key.to_string());
                if !known.contains(key) && !ELSEWHERE.contains(&key) {
                    unknown.push(format!("{path}: {key}"));
                }
            }
        }
    }
    assert!(seen.len() > 30, "only {} keys were read", seen.len());
    assert!(unknown.is_empty(), "give these keys words in src/journal/mots.rs:\n{}", unknown.join("\n"));
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the project").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|one| one == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let end = text.find("#[cfg(test)]").unwrap_or(text.len());
            found.push((path.display().to_string(), text[..end].to_string()));
        }
    }
    found
}

/// The text up to the parenthesis that closes the macro.
fn block(rest: &str) -> &str {
    let mut depth = 1;
    for (place, one) in rest.char_indices() {
        match one {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &rest[..place];
        }
    }
    rest
}

/// The names before a colon: `"nom": …`.
fn keys(block: &str) -> impl Iterator<Item = &str> {
    let quotes: Vec<usize> = block.match_indices('"').map(|(place, _)| place).collect();
    quotes
        .windows(2)
        .filter(|pair| block[pair[1] + 1..].starts_with(':'))
        .map(|pair| &block[pair[0] + 1..pair[1]])
        .filter(|key| !key.is_empty() && key.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_'))
        .collect::<Vec<_>>()
        .into_iter()
}

/// What a person of Le Gosier did, and their administrateur reads.
async fn a_day_of_work(app: &App) -> (i64, i64) {
    let agent = app.agent(LE_GOSIER).await;
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
    let stay_form = [("statut", "valide"), ("version", "1")];
    assert_eq!(agent.post(&format!("/sejours/{stay}/statut"), &stay_form).await.status, Status::SeeOther);
    let lodging: i64 = app.one("SELECT min(id) FROM logement WHERE code_insee = '97113' AND nature_id <> 4").await;
    let changed = agent.post(&format!("/logements/{lodging}/champs/nature"), &[("valeur", "4"), ("version", "1")]).await;
    assert_eq!(changed.status, Status::SeeOther, "{}", changed.text());
    let host: i64 = app.one("SELECT min(hebergeur_id) FROM hebergeur_commune WHERE code_insee = '97113'").await;
    agent.get(&format!("/hebergeurs/{host}")).await.ok();
    agent.export("sejours", "statut=a_verifier&commune=97113", "csv_fr").await;
    let name = app.anonymous();
    sqlx::query("UPDATE utilisateur SET nom = 'Régine d’Alizé' WHERE id = $1").bind(agent.user_id).execute(app.pool()).await.expect("a name");
    name.post("/connexion", &[("courriel", "personne@ailleurs.gp"), ("mot_de_passe", "x")]).await;
    (agent.user_id, stay)
}

#[rocket::async_test]
async fn a_line_says_what_happened_in_words() {
    let app = App::new().await;
    let (_, stay) = a_day_of_work(&app).await;
    let chief = app.administrateur(LE_GOSIER).await;
    let page = chief.get("/journal").await.ok();
    let rows = page.texts("#liste tbody tr").join("\n");
    let reference: String = sqlx::query_scalar("SELECT reference FROM sejour WHERE id = $1").bind(stay).fetch_one(app.pool()).await.expect("a stay");
    for words in [
        "Statut : « À vérifier » devient « Validé »",
        "» devient « ",
        "Fiche consultée",
        "Liste : Séjours ; Filtres : ",
        &format!("Séjour {reference} (Le Gosier)"),
        "Export : Séjours",
    ] {
        assert!(rows.contains(words), "« {words} » is not in\n{rows}");
    }
    // To the second, and no code of ours.
    let moments = page.texts("#liste tbody time");
    assert!(!moments.is_empty() && moments.iter().all(|moment| moment.matches(':').count() == 2), "{moments:?}");
    for code in ["a_verifier", "csv_fr", "{", "\"", "nature_id", "sejour"] {
        assert!(!rows.contains(code), "« {code} » is in\n{rows}");
    }
    assert!(page.attributes("#liste tbody a", "href").contains(&format!("/sejours/{stay}")), "the stay is one click away");
    for row in page.rows() {
        let file = chief.get(&format!("/journal/{row}")).await.ok();
        // The number of the request is made of any signs.
        let text = file.texts("main h1, main dd:not(:has(.code)), main li").join(" ");
        assert!(!text.contains('{') && !text.contains('_') && !text.contains("null"), "{text}");
        assert!(file.texts("h1")[0].contains(" : "), "{text}");
    }
}

#[rocket::async_test]
async fn the_journal_is_filtered_by_person_period_object_and_action() {
    let app = App::new().await;
    let (agent, _) = a_day_of_work(&app).await;
    let chief = app.administrateur(LE_GOSIER).await;
    // What nobody may do, the owner undoes for this test.
    app.run_sql("ALTER TABLE journal DISABLE TRIGGER journal_fige").await;
    app.run_sql("UPDATE journal SET moment = '2026-11-22T03:59:59Z' WHERE objet = 'export'").await;
    app.run_sql("UPDATE journal SET moment = '2026-11-22T04:00:00Z' WHERE objet = 'logement'").await;
    let place: i32 = sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(LE_GOSIER).fetch_one(app.pool()).await.expect("a place");
    let acteur = format!("acteur_id = {agent}");
    for (question, condition) in [
        (format!("acteur={agent}"), acteur.as_str()),
        ("q=regine+alize".into(), &acteur),
        ("objet=s%C3%A9jour".into(), "objet = 'séjour'"),
        ("action=modification".into(), "action = 'modification'"),
        ("action=modification&objet=logement".into(), "action = 'modification' AND objet = 'logement'"),
        // Midnight of Guadeloupe is four o'clock in Greenwich.
        ("moment_min=22/11/2026&moment_max=22/11/2026".into(), "objet = 'logement'"),
        ("moment_max=21/11/2026".into(), "objet = 'export'"),
        (format!("acteur={agent}&objet=export&moment_max=21/11/2026"), "objet = 'export'"),
    ] {
        let found = chief.get(&format!("/journal?{question}")).await.ok();
        let sql = format!("SELECT id::text FROM journal WHERE collectivite_id = {place} AND {condition} ORDER BY moment DESC, id DESC");
        let wanted: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(app.pool()).await.expect("lines");
        assert!(!wanted.is_empty(), "{question}");
        assert_eq!(found.rows(), wanted, "{question}");
    }
    assert!(chief.get(&format!("/journal?acteur={agent}")).await.ok().text().contains("Régine d’Alizé"), "the person is named");
    // Their own collectivités, whoever is asked for; the name of somebody of elsewhere is not told.
    let elsewhere = app.administrateur(GRAND_SUD).await;
    let page = elsewhere.get(&format!("/journal?acteur={agent}")).await.ok();
    assert!(page.rows().is_empty() && !page.text().contains("Alizé"));
}

#[rocket::async_test]
async fn the_history_of_a_thing_is_told_the_last_first() {
    let app = App::new().await;
    let (_, stay) = a_day_of_work(&app).await;
    let agent = app.agent(RIVIERA).await;
    let form = [("statut", "a_verifier"), ("version", "2")];
    assert_eq!(agent.post(&format!("/sejours/{stay}/statut"), &form).await.status, Status::SeeOther);
    let lines = gardel::journal::history(app.pool(), "séjour", &stay.to_string(), 10).await.expect("a history");
    let told: Vec<String> = lines.iter().map(|line| gardel::journal::phrase(line).replace(['\u{a0}', '\u{202f}'], " ")).collect();
    assert_eq!(told, ["Statut : « Validé » devient « À vérifier »", "Statut : « À vérifier » devient « Validé »"]);
    assert_eq!(lines[1].acteur, "Personne agent", "by the name they had");
}
