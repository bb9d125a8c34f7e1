//! What PostgreSQL itself refuses while an import writes: for good, it ends at the first attempt and says so; for a while, it is tried
//! again.

use super::{asked, base, checked, state, undone};
use crate::support::App;
use crate::support::app::LE_GOSIER;

const FILE: &str = "nom;commune\nRefusé par la base;97113\n";

/// The job of the writing: its state, its attempts, what it says.
async fn job(app: &App) -> (String, i32, String) {
    app.one("SELECT (j.state, j.attempts, coalesce(j.error, '')) FROM job j JOIN import i ON i.job_id = j.id").await
}

/// Has every new host raise what `body` says.
async fn raises(app: &App, body: &str) {
    app.run_sql(&format!("CREATE OR REPLACE FUNCTION essai_refus() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$")).await;
    app.run_sql("CREATE OR REPLACE TRIGGER essai_refus BEFORE INSERT ON hebergeur FOR EACH ROW EXECUTE FUNCTION essai_refus()").await;
}

#[rocket::async_test]
async fn what_is_refused_for_good_is_tried_once() {
    for (body, code) in [
        ("NEW.inscrit_le := 'jamais'::text::date", "22007"),
        ("NEW.version := 1 / (NEW.version - NEW.version)", "22012"),
        ("NEW.nom := NULL", "23502"),
        ("PERFORM 1 FROM table_qui_manque", "42P01"),
        ("RAISE EXCEPTION 'x' USING ERRCODE = '42501'", "42501"),
    ] {
        let app = App::new().await;
        let browser = app.agent(LE_GOSIER).await;
        let before = base(&app).await;
        let id = checked(&app, &browser, ("hebergeurs", "refus.csv", FILE), "completer").await;
        raises(&app, body).await;
        asked(&browser, id).await;
        app.run_jobs().await;
        let (ended, attempts, said) = job(&app).await;
        assert_eq!((ended.as_str(), attempts), ("failed", 1), "{code}: {said}");
        assert!(said.contains(&format!("code {code}")) && said.contains("recommencer n’y changerait rien"), "{said}");
        assert_eq!(state(&app, id).await, "ecriture_arretee");
        let page = browser.get(&format!("/imports/{id}")).await.ok();
        assert!(page.text().contains(format!("code {code}")), "{}", page.text());
        assert_eq!(base(&app).await, before);
        // Mended, it goes on where it stopped, and may be taken back.
        app.run_sql("DROP TRIGGER essai_refus ON hebergeur").await;
        browser.post(&format!("/imports/{id}/reprise"), &[]).await;
        app.run_jobs().await;
        assert_eq!(state(&app, id).await, "termine", "{code}");
        undone(&app, &browser, id).await;
        assert_eq!(base(&app).await, before);
    }
}

#[rocket::async_test]
async fn a_rule_that_a_row_does_not_satisfy_is_named() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = checked(&app, &browser, ("hebergeurs", "regle.csv", FILE), "completer").await;
    app.run_sql("ALTER TABLE hebergeur ADD CONSTRAINT regle_d_essai CHECK (nom <> 'Refusé par la base')").await;
    asked(&browser, id).await;
    app.run_jobs().await;
    let (ended, attempts, said) = job(&app).await;
    assert_eq!((ended.as_str(), attempts), ("failed", 1), "{said}");
    assert!(said.contains("code 23514, règle «\u{a0}regle_d_essai\u{a0}»"), "{said}");
}

#[rocket::async_test]
async fn what_other_rows_decide_is_tried_once_more() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = checked(&app, &browser, ("hebergeurs", "pris.csv", FILE), "completer").await;
    raises(&app, "NEW.numero := (SELECT numero FROM hebergeur ORDER BY id LIMIT 1)").await;
    asked(&browser, id).await;
    for expected in [("ready", 1), ("failed", 2)] {
        app.run_sql("UPDATE job SET run_at = now() WHERE state = 'ready'").await;
        app.run_jobs().await;
        let (ended, attempts, said) = job(&app).await;
        assert_eq!((ended.as_str(), attempts), expected, "{said}");
        assert!(said.contains("code 23505"), "{said}");
    }
    assert_eq!(state(&app, id).await, "ecriture_arretee");
}

#[rocket::async_test]
async fn what_passes_is_tried_again() {
    for code in ["08006", "40001", "40P01", "53100", "53300", "55P03", "57P03"] {
        let app = App::new().await;
        let browser = app.agent(LE_GOSIER).await;
        let id = checked(&app, &browser, ("hebergeurs", "passe.csv", FILE), "completer").await;
        raises(&app, &format!("RAISE EXCEPTION 'x' USING ERRCODE = '{code}'")).await;
        asked(&browser, id).await;
        app.run_jobs().await;
        let (ended, attempts, said) = job(&app).await;
        assert_eq!((ended.as_str(), attempts), ("ready", 1), "{code}: {said}");
        assert_eq!(state(&app, id).await, "ecriture");
        app.run_sql("DROP TRIGGER essai_refus ON hebergeur").await;
        app.run_sql("UPDATE job SET run_at = now()").await;
        app.run_jobs().await;
        assert_eq!(state(&app, id).await, "termine", "{code}");
    }
}
