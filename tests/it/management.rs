//! `/metrics`, `/livez`, `/readyz`: on their own server, never among the public routes.

use gardel::platform::error::Error;
use gardel::platform::http::serve_management;
use gardel::web::all_routes;
use rocket::http::Status;
use rocket::local::asynchronous::Client;
use rocket_db_pools::Pool;

use crate::cache::redis_url;
use crate::support::app::LE_GOSIER;
use crate::support::proxy::{Manner, Proxy};
use crate::support::{App, Page};

async fn management(app: &App) -> Client {
    let context = &app.context;
    let address = "127.0.0.1:0".parse().expect("an address");
    let rocket = serve_management(address, context.db.clone(), context.cache.clone(), context.metrics.clone());
    Client::untracked(rocket).await.expect("the management server")
}

#[rocket::async_test]
async fn metrics_tell_requests_jobs_and_cache() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    browser.get("/sejours").await.ok();
    browser.get("/sejours").await.ok();
    browser.get("/sejours?statut=zzz").await;
    browser.export("sejours", "", "csv_fr").await;
    let client = management(&app).await;
    let text = Page::read(client.get("/metrics").dispatch().await).await.ok().text();
    for line in [
        "gardel_http_requests_total{route=\"/sejours\",method=\"GET\",class=\"list\",status=\"200\"} 2",
        "gardel_http_requests_total{route=\"/sejours\",method=\"GET\",class=\"list\",status=\"400\"} 1",
        "gardel_jobs{queue=\"exports\",state=\"ready\"} 1",
        "gardel_jobs{queue=\"etl_heavy\",state=\"ready\"} 0",
        "gardel_cache_hits_total 1",
        "gardel_http_request_duration_seconds_bucket",
        "gardel_job_oldest_ready_seconds{queue=\"exports\"}",
        "gardel_sql_statements_total ",
        "gardel_build_info{version=",
        "gardel_database_up 1.0",
        "gardel_database_size_bytes ",
        "gardel_database_connections_max ",
        "gardel_database_oldest_snapshot_seconds ",
        "gardel_pool_connections{state=\"idle\"}",
        "gardel_sql_refusals_total{kind=\"no_room\"}",
        "gardel_queue_workers{queue=\"exports\"} 0",
        "gardel_workers 0.0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("\"97113\"") && !text.contains("Personne"), "no data of people in the metrics");
    app.run_jobs().await;
    let text = Page::read(client.get("/metrics").dispatch().await).await.ok().text();
    assert!(text.contains("gardel_job_runs_total{queue=\"exports\",job=\"export\",state=\"done\"} 1"), "{text}");
}

#[rocket::async_test]
async fn readiness_follows_the_base_and_liveness_does_not() {
    let app = App::new().await;
    let client = management(&app).await;
    assert_eq!(client.get("/livez").dispatch().await.status(), Status::Ok);
    assert_eq!(client.get("/readyz").dispatch().await.status(), Status::Ok);
    app.run_sql("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)").await;
    let page = Page::read(client.get("/readyz").dispatch().await).await;
    assert_eq!(page.status, Status::ServiceUnavailable);
    assert!(page.text().contains("gardel migrate"));
    app.context.db.close().await;
    let page = Page::read(client.get("/readyz").dispatch().await).await;
    assert_eq!(page.status, Status::ServiceUnavailable);
    assert!(page.text().contains("injoignable"), "{}", page.text());
    assert_eq!(client.get("/livez").dispatch().await.status(), Status::Ok);
}

/// What is read from the base is not said any more when the base is away: two workers alive, or none, would be a lie.
#[rocket::async_test]
async fn figures_of_a_base_that_is_away_are_not_those_of_before() {
    let app = App::new().await;
    let client = management(&app).await;
    let from_the_base = [
        "gardel_workers ",
        "gardel_jobs{",
        "gardel_queue_workers{",
        "gardel_queue_paused{",
        "gardel_job_oldest_ready_seconds{",
        "gardel_database_size_bytes ",
    ];
    let text = Page::read(client.get("/metrics").dispatch().await).await.ok().text();
    for line in from_the_base {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    app.context.db.close().await;
    let text = Page::read(client.get("/metrics").dispatch().await).await.ok().text();
    assert!(text.contains("gardel_database_up 0.0"), "{text}");
    for line in from_the_base {
        assert!(!text.contains(line), "{line} is still in\n{text}");
    }
    assert!(text.contains("gardel_build_info{version=") && text.ends_with("# EOF\n"), "{text}");
}

/// Redis is asked when the probe is: what it did a while ago says nothing of now.
#[rocket::async_test]
async fn a_probe_asks_redis_now() {
    let app = App::new().await;
    let proxy = Proxy::redis(&redis_url()).await;
    let name: String = app.one("SELECT current_database()::text").await;
    let other = App::over(&name, |config| config.redis_url = Some(proxy.url.clone())).await;
    let client = management(&other).await;
    let told = async || {
        let ready = Page::read(client.get("/readyz").dispatch().await).await;
        assert_eq!(ready.status, Status::Ok, "pages are made without it: {}", ready.text());
        let metrics = Page::read(client.get("/metrics").dispatch().await).await.ok().text().to_string();
        (ready.text(), metrics)
    };
    let (ready, metrics) = told().await;
    assert!(ready.contains("cache : Redis en service") && metrics.contains("gardel_redis_up 1.0"), "{ready}{metrics}");
    // Those that spoil a connection without closing it come last.
    for manner in [Manner::Closed, Manner::Http, Manner::Mute] {
        proxy.behave(manner);
        let (ready, metrics) = told().await;
        assert!(ready.contains("Redis ne répond pas") && metrics.contains("gardel_redis_up 0.0"), "{manner:?}: {ready}{metrics}");
        if manner != Manner::Closed {
            continue;
        }
        proxy.behave(Manner::Faithful);
        // The connection that was spoilt is made anew by the first question that finds it so.
        let mut again = told().await;
        for _ in 0..20 {
            if again.0.contains("en service") {
                break;
            }
            again = told().await;
        }
        assert!(again.0.contains("cache : Redis en service") && again.1.contains("gardel_redis_up 1.0"), "{manner:?}: {}", again.0);
    }
    let memory = Page::read(management(&app).await.get("/readyz").dispatch().await).await;
    assert!(memory.text().contains("cache : en mémoire"), "{}", memory.text());
}

/// A write that had no room is told for a while, and the pages go on.
#[rocket::async_test]
async fn a_base_without_room_is_told() {
    let app = App::new().await;
    let client = management(&app).await;
    let raised = sqlx::query("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$").execute(app.pool()).await;
    let _told = Error::from(raised.expect_err("it is raised"));
    let page = Page::read(client.get("/readyz").dispatch().await).await;
    assert_eq!(page.status, Status::Ok);
    assert!(page.text().contains("la base n’a plus de place"), "{}", page.text());
    let text = Page::read(client.get("/metrics").dispatch().await).await.ok().text().to_string();
    let refused = text.lines().find_map(|line| line.strip_prefix("gardel_sql_refusals_total{kind=\"no_room\"} ")).expect("its count");
    assert_ne!(refused, "0");
}

#[test]
fn they_are_not_public() {
    for route in all_routes() {
        assert!(!["/metrics", "/livez", "/readyz"].contains(&route.uri.path()), "{}", route.uri);
    }
}
