//! What rights refuse to somebody signed in is told in the journal, to those who read what that person does.

use std::time::Duration;

use futures::future::join_all;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{GRAND_SUD, LE_GOSIER};

/// Looks before a line that was written apart from its answer is given up.
const LOOKS_MAX: usize = 600;

/// Whose, which page and which answer, the oldest first.
async fn lines(app: &App, least: usize) -> Vec<(i64, String, String)> {
    let sql = "SELECT acteur_id, detail->>'page', detail->>'reponse' FROM journal WHERE action = 'refus' ORDER BY id";
    for _ in 0..LOOKS_MAX {
        let found: Vec<(i64, String, String)> = sqlx::query_as(sql).fetch_all(app.pool()).await.expect("lines");
        if found.len() >= least {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("less than {least} refusals were noted");
}

#[rocket::async_test]
async fn what_is_refused_to_somebody_is_in_the_journal() {
    let app = App::new().await;
    let (agent, elsewhere) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113'").await;
    let (stay, change) = (format!("/sejours/{stay}"), format!("/sejours/{stay}/statut"));
    // Refused by no right: words mistyped, what is public, what is theirs, what is not ready yet.
    let export = agent.export("sejours", "", "csv_fr").await;
    for path in
        ["/sejour", "/sejours/abc", "/static/rien.js", "/sejours?tri=inconnu", &format!("{stay}/champs/inconnu"), &format!("{export}/fichier"), &stay]
    {
        let status = agent.get(path).await.status;
        assert!([Status::Ok, Status::NotFound, Status::BadRequest].contains(&status), "{path}: {status}");
    }
    let mut expected = Vec::new();
    for (who, path, answer) in [
        (&agent, "/utilisateurs", "interdit"),
        (&agent, "/travaux/files", "interdit"),
        (&elsewhere, stay.as_str(), "introuvable"),
        (&elsewhere, "/hebergeurs/999999", "introuvable"),
        (&elsewhere, &export, "introuvable"),
    ] {
        // The name that is searched stays out of it; of several at the same moment, one is told.
        let asked = format!("{path}?q=Marl%C3%A8ne");
        let pages = join_all((0..4).map(|_| who.get(&asked))).await;
        assert!(pages.iter().all(|page| [403, 404].contains(&page.status.code)), "{path}");
        who.fragment(path).await;
        expected.push((who.user_id, path.to_string(), answer.to_string()));
        assert_eq!(lines(&app, expected.len()).await, expected, "{path}");
    }
    elsewhere.post(&change, &[("statut", "valide"), ("version", "1")]).await.refused(Status::NotFound, "périmètre");
    expected.push((elsewhere.user_id, change.clone(), "introuvable".into()));
    assert_eq!(lines(&app, expected.len()).await, expected);
    // Nobody is signed in; then somebody else, so that whatever was on its way is there.
    app.anonymous().get(&stay).await;
    let last = app.agent(GRAND_SUD).await;
    last.get(&stay).await;
    expected.push((last.user_id, stay.clone(), "introuvable".into()));
    assert_eq!(lines(&app, expected.len()).await, expected);
    read_by_their_own(&app).await;
}

/// Whoever manages an account reads what was refused to it; others do not.
async fn read_by_their_own(app: &App) {
    let south = app.administrateur(GRAND_SUD).await.get("/journal?action=refus").await.ok().texts("#liste tbody tr");
    assert_eq!(south.len(), 5, "{south:?}");
    assert!(south.iter().all(|line| line.contains("Accès refusé") && line.contains("introuvable, ou hors de son périmètre")), "{south:?}");
    let gosier = app.administrateur(LE_GOSIER).await.get("/journal?action=refus").await.ok().texts("#liste tbody tr");
    assert_eq!(gosier.len(), 2, "{gosier:?}");
    assert!(gosier.iter().any(|line| line.contains("/travaux/files") && line.contains("ses droits n'y suffisent pas")), "{gosier:?}");
}
