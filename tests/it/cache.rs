//! The cache costs or saves time, never a byte: whoever reads after a commit sees it, on any server.

use rocket::http::Status;

use crate::support::App;
use crate::support::app::{CONTESTED, GRAND_SUD, LE_GOSIER, REJECTED};

pub fn redis_url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL names the Redis of the tests; bin/test starts one")
}

/// A change made on one server is seen at once on the other, through memory and through Redis.
#[rocket::async_test]
async fn a_commit_is_seen_by_every_server() {
    for redis in [None, Some(redis_url())] {
        let app = App::with(|config| config.redis_url = redis.clone()).await;
        let twin = app.twin().await;
        let browser = app.agent(LE_GOSIER).await;
        for round in 0..6 {
            let page = browser.get_from(&twin, "/sejours?colonnes=statut", &[]).await.ok();
            let (id, version): (i64, i32) =
                sqlx::query_as("SELECT id, version FROM sejour WHERE code_insee = '97113' ORDER BY date_debut DESC, id DESC LIMIT 1")
                    .fetch_one(app.pool())
                    .await
                    .expect("a stay");
            assert_eq!(page.rows()[0], id.to_string());
            let (statut, label, motif) = if round % 2 == 0 { ("conteste", "Contesté", CONTESTED) } else { ("rejete", "Rejeté", REJECTED) };
            let changed =
                browser.post(&format!("/sejours/{id}/statut"), &[("statut", statut), ("motif", motif), ("version", &version.to_string())]).await;
            assert_eq!(changed.status, Status::SeeOther);
            for client in [&twin, &app.client] {
                let page = browser.get_from(client, "/sejours?colonnes=statut", &[]).await.ok();
                assert_eq!(page.texts("tbody tr:first-child td")[0], label, "round {round}, redis {redis:?}");
            }
        }
    }
}

/// A write in one commune leaves the fragments of the others alone.
#[rocket::async_test]
async fn a_write_elsewhere_costs_nothing_here() {
    let app = App::new().await;
    let (here, there) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    here.get("/sejours").await.ok();
    there.get("/sejours").await.ok();
    let stay: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97105'").await;
    assert_eq!(
        there.post(&format!("/sejours/{stay}/statut"), &[("statut", "rejete"), ("motif", REJECTED), ("version", "1")]).await.status,
        Status::SeeOther
    );
    let (hits, misses) = app.context.cache.counts();
    here.get("/sejours").await.ok();
    assert_eq!(app.context.cache.counts(), (hits + 1, misses));
    there.get("/sejours").await.ok();
    assert_eq!(app.context.cache.counts(), (hits + 1, misses + 1));
}

/// The same bytes with memory, with Redis, with a Redis full of garbage, and with none.
#[rocket::async_test]
async fn redis_changes_no_byte() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let pages = ["/sejours", "/logements?tri=capacite", "/hebergeurs", "/communes", "/sejours/compte", "/tuiles"];
    let mut expected = Vec::new();
    for path in pages {
        expected.push(browser.get(path).await.ok().body);
    }
    let dead = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("redis://{}", listener.local_addr().expect("bound"))
    };
    let name: String = app.one("SELECT current_database()::text").await;
    for url in [redis_url(), dead] {
        let other = App::over(&name, |config| config.redis_url = Some(url.clone())).await;
        for (path, bytes) in pages.iter().zip(&expected) {
            for round in 0..2 {
                assert_eq!(
                    browser.get_from(&other.client, path, &[]).await.ok().text(),
                    String::from_utf8_lossy(bytes),
                    "{path}, {url}, round {round}"
                );
            }
        }
    }
    // Everything that was stored is replaced by garbage.
    let client = redis::Client::open(redis_url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("the Redis of the tests");
    let keys: Vec<String> = redis::cmd("KEYS").arg("gardel:*").query_async(&mut connection).await.expect("keys");
    assert!(!keys.is_empty());
    for key in keys {
        let _: () = redis::cmd("SET").arg(key).arg("déchets".repeat(50)).query_async(&mut connection).await.expect("set");
    }
    let other = App::over(&name, |config| config.redis_url = Some(redis_url())).await;
    for (path, bytes) in pages.iter().zip(&expected) {
        assert_eq!(&browser.get_from(&other.client, path, &[]).await.ok().body, bytes, "{path}, garbage");
    }
}

#[rocket::async_test]
async fn readers_of_different_rights_share_no_fragment() {
    let app = App::with(|config| config.redis_url = Some(redis_url())).await;
    let (here, there) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    let rows = here.get("/sejours").await.ok().rows();
    let others = there.get("/sejours").await.ok().rows();
    assert!(rows.iter().all(|id| !others.contains(id)));
}

/// Reference data belong to nobody's perimeter: a new name is seen by every reader at once.
#[rocket::async_test]
async fn reference_data_are_seen_by_everybody() {
    let app = App::new().await;
    for browser in [app.agent(LE_GOSIER).await, app.exploitant().await, app.person("exploitant", &[]).await] {
        let name = format!("Baillif-{}", browser.user_id);
        assert!(!browser.get("/communes").await.ok().text().contains(&name));
        let mut write = app.owner.write().await.expect("a transaction");
        sqlx::query("UPDATE commune SET nom = $1 WHERE code_insee = '97104'").bind(&name).execute(&mut *write.tx).await.expect("renamed");
        write.touch("communes", gardel::platform::db::EVERYWHERE);
        write.commit().await.expect("commits");
        assert!(browser.get("/communes").await.ok().text().contains(&name));
    }
}
