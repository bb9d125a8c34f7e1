//! Read replicas: a primary and the servers that stream from it, of the test's own, so that replay can be held back, the replica killed,
//! frozen or promoted.

mod lectures;
mod oracle;
mod pannes;

use gardel::platform::config::Config;
use gardel::platform::db::{Fallback, Replicas, Standing};

use crate::support::cluster::{BASE, Cluster};
use crate::support::{App, Browser};

/// Séjours in the base of these tests.
const SEJOURS: u64 = 2_000;

/// An application over `primary`, whose replicas are `urls`.
async fn over(primary: &Cluster, urls: &[String], change: impl FnOnce(&mut Config)) -> App {
    App::over(BASE, |config| {
        config.database_url = primary.url(BASE);
        config.database_replica_url = Some(urls.join(" ")).filter(|urls| !urls.is_empty());
        // No lateness of this machine sets a replica aside, but in the test of that.
        config.replique_retard_secondes = 3_600;
        config.base_connexions = 6;
        change(config);
    })
    .await
}

/// The replicas of its web server.
fn replicas(app: &App) -> &Replicas {
    app.context.db.replicas().expect("replicas")
}

/// How the first of them stands, looked at now.
async fn standing(app: &App) -> Standing {
    app.context.db.probe_replicas().await;
    replicas(app).states()[0].standing
}

/// The same of one that comes back: it is probed until it serves, or for as many times as it takes to be sure that it does not.
async fn again(app: &App) -> Standing {
    for _ in 0..150 {
        let standing = standing(app).await;
        if matches!(standing, Standing::Serves(_)) {
            return standing;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    standing(app).await
}

/// What the primary did in their place, for whatever reason but that they were behind.
fn mishaps(app: &App) -> u64 {
    Fallback::ALL.into_iter().filter(|why| *why != Fallback::Behind).map(|why| replicas(app).fallbacks(why)).sum()
}

/// The statut that the list shows of a stay.
async fn statut(browser: &Browser<'_>, id: i64) -> Option<String> {
    let page = browser.get("/sejours?colonnes=statut").await.ok();
    let place = page.rows().iter().position(|row| *row == id.to_string())?;
    Some(page.texts(&format!("tbody tr:nth-child({}) td", place + 1)).remove(0))
}
