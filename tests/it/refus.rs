//! What is refused: to somebody signed in, and told in the journal; to an installation whose accounts everybody can open.

use std::process::Stdio;

use gardel::demo;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::program::{GARDEL, program};

/// Address and answer of the lines of refusals, the oldest first.
async fn lines(app: &App) -> Vec<(i64, String, String)> {
    let sql = "SELECT acteur_id, detail->>'adresse', detail->>'reponse' FROM journal WHERE action = 'refus' ORDER BY id";
    sqlx::query_as(sql).fetch_all(app.pool()).await.expect("lines")
}

/// As if a minute had gone by.
async fn later(app: &App) {
    app.run_sql("UPDATE journal SET moment = moment - interval '2 minutes' WHERE action = 'refus'").await;
}

#[rocket::async_test]
async fn what_is_refused_to_somebody_is_in_the_journal() {
    let app = App::new().await;
    app.run_sql("ALTER TABLE journal DISABLE TRIGGER journal_fige").await;
    let (agent, elsewhere) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113'").await;
    let stay = format!("/sejours/{stay}");
    let mut expected = Vec::new();
    let status = |page: crate::support::Page| page.status;
    for (who, path, refused) in [
        (&agent, "/utilisateurs", Some("interdit")),
        (&agent, "/travaux/files", Some("interdit")),
        (&elsewhere, stay.as_str(), Some("introuvable")),
        (&elsewhere, "/hebergeurs/999999", Some("introuvable")),
        // A word mistyped, what is public, what is theirs.
        (&agent, "/sejour", None),
        (&agent, "/static/rien.js", None),
        (&agent, stay.as_str(), None),
    ] {
        later(&app).await;
        // The name that is searched stays out of it; three times at once is one line.
        let found = status(who.get(&format!("{path}?q=Marl%C3%A8ne")).await);
        assert_eq!(found == Status::Ok, refused.is_none() && path == stay, "{path}");
        status(who.fragment(path).await);
        expected.extend(refused.map(|answer| (who.user_id, path.to_string(), answer.to_string())));
        assert_eq!(lines(&app).await, expected, "{path}");
    }
    later(&app).await;
    let form = [("statut", "valide"), ("version", "1")];
    elsewhere.post(&format!("{stay}/statut"), &form).await.refused(Status::NotFound, "périmètre");
    expected.push((elsewhere.user_id, format!("{stay}/statut"), "introuvable".into()));
    assert_eq!(lines(&app).await, expected);
    app.anonymous().get(&stay).await;
    assert_eq!(lines(&app).await.len(), expected.len(), "nobody is signed in");
    read_by_their_own(&app).await;
}

/// Whoever manages an account reads what was refused to it; others do not.
async fn read_by_their_own(app: &App) {
    let south = app.administrateur(GRAND_SUD).await.get("/journal?action=refus").await.ok().texts("#liste tbody tr");
    assert_eq!(south.len(), 3, "{south:?}");
    assert!(south.iter().all(|line| line.contains("Accès refusé") && line.contains("introuvable, ou hors du périmètre")), "{south:?}");
    let gosier = app.administrateur(LE_GOSIER).await.get("/journal?action=refus").await.ok().texts("#liste tbody tr");
    assert_eq!(gosier.len(), 2, "{gosier:?}");
    assert!(gosier.iter().any(|line| line.contains("/travaux/files") && line.contains("le rôle n'y donne pas accès")), "{gosier:?}");
}

/// What a program says under the settings of a place where people work, and whether it went well.
fn told(app: &App, argument: &str) -> (bool, String) {
    let output = program(GARDEL, app.folder.path(), &app.url)
        .arg(argument)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .envs([("GARDEL_ENVIRONNEMENT", "production"), ("GARDEL_ADRESSE_PUBLIQUE", "https://gardel.ville.gp"), ("ROCKET_PORT", "0")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .expect("gardel runs");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[rocket::async_test]
async fn no_demo_account_opens_where_people_work() {
    let app = App::new().await;
    let mut connection = app.pool().acquire().await.expect("a connection");
    demo::comptes::creer(&mut connection, "x").await.expect("the accounts");
    drop(connection);
    for command in ["check", "serve"] {
        let (well, words) = told(&app, command);
        assert!(!well && words.contains("comptes de démonstration") && words.contains("agent.gosier@demo.gardel"), "{command}: {words}");
    }
    let (well, words) = told(&app, "demo");
    assert!(!well && words.contains("GARDEL_ENVIRONNEMENT=demo"), "{words}");
    app.run_sql("UPDATE utilisateur SET actif = false WHERE courriel LIKE '%@demo.gardel' AND courriel <> 'exploitant@demo.gardel'").await;
    let (well, words) = told(&app, "check");
    assert!(!well && words.contains("exploitant@demo.gardel") && !words.contains("agent.gosier"), "one is enough: {words}");
    app.run_sql("UPDATE utilisateur SET actif = false WHERE courriel LIKE '%@demo.gardel'").await;
    let (_, words) = told(&app, "check");
    assert!(!words.contains("comptes de démonstration"), "{words}");
}
