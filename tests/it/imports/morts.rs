//! Workers killed with SIGKILL in the middle of each step: the base is the one that an undisturbed worker leaves.

use super::lots::drawn;
use super::{asked, base, content, counts, read, sent};
use crate::interruptions::{Worker, until};
use crate::support::app::LE_GOSIER;
use crate::support::{App, Browser};

const LINES: usize = 1_500;

/// Lets a worker reach each rank of `column`, then kills it; the last one finishes.
pub(super) async fn kill_at(app: &App, name: &str, column: &str, ranks: &[i64], end: &str) {
    let arguments = |name: &str| ["--queue".to_string(), "etl_heavy=1".into(), "--seulement".into(), "--nom".into(), name.to_string()];
    let started = |name: String| {
        let arguments = arguments(&name);
        let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Worker::with(app, &all)
    };
    for rank in ranks {
        let victim = started(format!("{name}-{rank}"));
        until(app, "a lot", Box::leak(format!("SELECT {column} >= {rank} FROM import").into_boxed_str())).await;
        victim.kill();
        // What thirty seconds would do.
        app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
    }
    let _last = started(format!("{name}-releve"));
    until(app, "the end", Box::leak(format!("SELECT etat = '{end}' FROM import").into_boxed_str())).await;
}

/// Checks and writes a file in small lots, by workers of which some are killed where `deaths` says.
async fn worked(app: &App, browser: &Browser<'_>, file: &str, deaths: [&[i64]; 2]) -> i64 {
    let id = sent(browser, "hebergeurs", "tire.csv", file).await;
    app.run_sql("UPDATE import SET lot = 20").await;
    read(app, browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
    kill_at(app, "verifie", "lues", deaths[0], "a_confirmer").await;
    asked(browser, id).await;
    kill_at(app, "ecrit", "avancement", deaths[1], "termine").await;
    id
}

#[rocket::async_test]
async fn killed_workers_leave_what_an_undisturbed_one_does() {
    let quiet = App::new().await;
    let file = drawn(&quiet, 7, LINES).await;
    let browser = quiet.agent(LE_GOSIER).await;
    let id = worked(&quiet, &browser, &file, [&[], &[]]).await;
    let expected = (counts(&quiet, id).await, content(&quiet).await);

    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let before = base(&app).await;
    let id = worked(&app, &browser, &file, [&[100, 700], &[60, 600, 1_100]]).await;
    assert_eq!((counts(&app, id).await, content(&app).await), expected);
    assert!(app.one::<bool>("SELECT creees > 100 AND modifiees > 5 AND refusees > 100 FROM import").await, "the draw has some of each");
    assert_eq!(
        app.one::<i64>("SELECT count(*) - count(DISTINCT (nom, adresse)) FROM hebergeur WHERE nom LIKE 'Nouvel hôte %'").await,
        0,
        "none twice"
    );
    assert_eq!(
        app.one::<i64>(
            "SELECT count(*) FROM hebergeur h JOIN import_ligne l ON l.cle = h.id AND l.etat = 'ecrite' WHERE h.version <> coalesce(l.version, 0) + 1"
        )
        .await,
        0,
        "each row once"
    );

    browser.post(&format!("/imports/{id}/annulation"), &[]).await;
    kill_at(&app, "defait", "annule_avancement", &[200, 900], "annule").await;
    assert_eq!(base(&app).await, before, "as it was");
}
