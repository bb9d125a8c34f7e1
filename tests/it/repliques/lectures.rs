//! What goes to a replica, and what never does before the replica has what its reader must find.

use gardel::platform::db::{Fallback, Position, Standing};
use rocket::http::{Method, Status};
use serde_json::{Value, json};

use super::{SEJOURS, mishaps, over, replicas, standing, statut};
use crate::exports::sha256;
use crate::support::app::{GRAND_SUD, LE_GOSIER, REJECTED};
use crate::support::cluster::{BASE, Cluster, until};
use crate::support::{App, Browser};

/// Reads `path` until a replica has served it: its reader is first found when something of theirs may still be on its way.
async fn read_there(app: &App, (primary, standby): (&Cluster, &Cluster), browser: &Browser<'_>, path: &str) {
    until(path, async || {
        standby.catches_up(primary).await;
        let before = replicas(app).served();
        browser.get(path).await.ok();
        replicas(app).served() > before
    })
    .await;
}

/// The stay that stands first in the list of its commune, and the version of its row.
async fn top_stay(app: &App) -> (i64, i32) {
    sqlx::query_as("SELECT id, version FROM sejour WHERE code_insee = '97113' ORDER BY date_debut DESC, id DESC LIMIT 1")
        .fetch_one(app.pool())
        .await
        .expect("a stay")
}

/// Gives a stay a statut, as an agent does.
async fn decide(app: &App, browser: &Browser<'_>, id: i64, code: &str) {
    let (_, version) = top_stay(app).await;
    let answer = browser.post(&format!("/sejours/{id}/statut"), &[("statut", code), ("motif", REJECTED), ("version", &version.to_string())]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
}

#[rocket::async_test]
async fn a_replica_serves_and_nobody_reads_before_what_they_wrote() {
    let primary = Cluster::primary(SEJOURS).await;
    let standby = primary.standby().await;
    let app = over(&primary, &[standby.url(BASE)], |config| config.cache_mio = 0).await;
    let pair = (&primary, &standby);
    let (agent, neighbour, mover) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await, app.agent(LE_GOSIER).await);
    let programme = app.programme(agent.user_id).await;
    assert!(matches!(standing(&app).await, Standing::Serves(_)), "{:?}", replicas(&app).states());

    // Lists, counts, facets, the figures, the search and what hangs from a row are read there.
    let lodging: i64 = app.one("SELECT min(id) FROM logement WHERE code_insee = '97113'").await;
    for path in [
        "/sejours?tri=-montant",
        "/sejours/compte",
        "/sejours/compte?exact=1",
        "/sejours/facettes",
        "/logements?q=kaz",
        "/hebergeurs",
        "/communes",
        "/tuiles",
        "/attente",
        "/recherche?q=gosier",
        &format!("/sejours?logement={lodging}"),
    ] {
        read_there(&app, pair, &agent, path).await;
    }
    for path in ["/api/v1/sejours?compte=exact", "/api/v1/sejours/synthese?axes=statut", &format!("/api/v1/logements/{lodging}")] {
        until(path, async || {
            standby.catches_up(&primary).await;
            let before = replicas(&app).served();
            programme.read(path).await;
            replicas(&app).served() > before
        })
        .await;
    }
    read_there(&app, pair, &neighbour, "/sejours").await;
    // What nothing counts, sign-in, and forms: the primary's.
    let served = replicas(&app).served();
    for path in ["/exports", "/vues", "/travaux", "/compte"] {
        agent.get(path).await.ok();
    }
    assert_eq!((replicas(&app).served(), mishaps(&app)), (served, 0));

    // Replay is held back: each write is read by who made it, from a page and by a program.
    standby.catches_up(&primary).await;
    standby.replays(false).await;
    let (id, _) = top_stay(&app).await;
    let mut stale = 0;
    for round in 0..12 {
        let (code, label) = [("valide", "Validé"), ("a_verifier", "À vérifier")][round % 2];
        decide(&app, &agent, id, code).await;
        stale += usize::from(statut(&agent, id).await.as_deref() != Some(label));
        let told = programme.read(&format!("/api/v1/sejours/{id}?champs=statut&choix=code")).await;
        stale += usize::from(told["statut"] != code && told["donnees"]["statut"] != code);
    }
    assert_eq!(stale, 0, "stale readings");
    assert!(replicas(&app).fallbacks(Fallback::Behind) >= 24, "the primary answered them");
    // The replica is late indeed: asked for nothing in particular, it says what was before.
    let Standing::Serves(line) = standing(&app).await else { panic!("{:?}", replicas(&app).states()) };
    let read = async |position| -> String {
        let db = app.context.db.up_to(position);
        sqlx::query_scalar("SELECT statut FROM sejour WHERE id = $1").bind(id).fetch_one(db.reading()).await.expect("it")
    };
    decide(&app, &agent, id, "rejete").await;
    assert_ne!(read(Some(Position { line, at: 0 })).await, "rejete");
    assert_eq!((read(app.context.db.position().await.expect("a place")).await.as_str(), read(None).await.as_str()), ("rejete", "rejete"));

    // Somebody whose data nobody wrote goes on reading there, and what they find is theirs.
    let served = replicas(&app).served();
    assert!(!neighbour.get("/sejours").await.ok().rows().is_empty());
    assert!(replicas(&app).served() > served, "what moved elsewhere sends nobody to the primary");

    // A right withdrawn on the primary is not one that the late replica still gives.
    mover.get("/sejours").await.ok();
    app.run_sql(&format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {}", mover.user_id)).await;
    app.run_sql(&format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '{GRAND_SUD}'", mover.user_id)).await;
    let (there, expected) = (mover.get("/sejours").await.ok().rows(), neighbour.get("/sejours").await.ok().rows());
    assert_eq!(there, expected, "the rows of their rights of now");

    // It goes on, and serves again.
    standby.replays(true).await;
    read_there(&app, pair, &agent, "/sejours").await;
    assert_eq!(statut(&agent, id).await.as_deref(), Some("Rejeté"));
    assert_eq!(mishaps(&app), 0, "nothing was asked of it that it cannot do");
}

#[rocket::async_test]
async fn a_write_leaves_its_place_with_the_session_and_the_token() {
    let primary = Cluster::primary(SEJOURS).await;
    let standby = primary.standby().await;
    let app = over(&primary, &[standby.url(BASE)], |_| {}).await;
    let agent = app.agent(LE_GOSIER).await;
    let programme = app.programme(agent.user_id).await;
    let marks = "SELECT (SELECT count(*) FROM session WHERE ecrit_position IS NOT NULL AND ecrit_ligne = ligne_d_ecriture() AND ecrit_position <= position_d_ecriture())
                      + 10 * (SELECT count(*) FROM jeton_api WHERE ecrit_position IS NOT NULL)";
    agent.get("/sejours").await.ok();
    assert_eq!(app.one::<i64>(marks).await, 0, "who only reads leaves nothing");
    // Whatever it changed, and whatever it was answered.
    assert_eq!(agent.post("/sejours/0/statut", &[("statut", "valide"), ("version", "1")]).await.status, Status::NotFound);
    assert_eq!(app.one::<i64>(marks).await, 1);
    programme.send(Method::Post, "/api/v1/sejours", &json!({}), &[]).await;
    assert_eq!(app.one::<i64>(marks).await, 11);
    // Without replicas, nobody asks where the primary is.
    let alone = over(&primary, &[], |_| {}).await;
    let other = alone.agent(LE_GOSIER).await;
    other.post("/sejours/0/statut", &[("statut", "valide"), ("version", "1")]).await;
    assert_eq!(alone.one::<i64>(marks).await, 11);
}

#[rocket::async_test]
async fn an_export_read_from_a_replica_says_its_moment_and_is_the_same() {
    let primary = Cluster::primary(SEJOURS).await;
    let standby = primary.standby().await;
    let app = over(&primary, &[standby.url(BASE)], |_| {}).await;
    let alone = over(&primary, &[], |_| {}).await;
    let agent = app.agent(LE_GOSIER).await;
    let mut made = Vec::new();
    for work in [&app, &alone] {
        work.work.db.probe_replicas().await;
        let export = agent.export("sejours", "tri=-debut", "csv_fr").await;
        standby.catches_up(&primary).await;
        assert_eq!(work.run_jobs().await, 1);
        let manifest: Value = serde_json::from_slice(&sent(work, &agent, &format!("{export}/manifeste")).await).expect("JSON");
        made.push((sha256(&sent(work, &agent, &format!("{export}/fichier")).await), manifest));
    }
    let [(there, told), (here, silent)] = made.as_slice() else { panic!("two files") };
    assert_eq!(there, here, "the same bytes");
    let moment =
        |manifest: &Value, name: &str| manifest[name].as_str().map(|text| text.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant"));
    let (read, replayed) = (moment(told, "lu_le").expect("read"), moment(told, "replica_au").expect("the moment of the replica"));
    assert!(replayed >= read, "it had replayed the choice of the rows: {replayed} for {read}");
    assert!(silent.get("replica_au").is_none(), "{silent}");
    assert!(app.work.db.replicas().expect("replicas").served() > 0 && alone.work.db.replicas().is_none());
}

/// What an agent downloads from the server beside the worker that made it.
async fn sent(of: &App, agent: &Browser<'_>, path: &str) -> Vec<u8> {
    agent.get_from(&of.client, path, &[]).await.ok().body
}
