//! `/metrics`, `/livez`, `/readyz`: on their own server, never among the public routes.

use gardel::platform::http::serve_management;
use gardel::web::all_routes;
use rocket::http::Status;
use rocket::local::asynchronous::Client;

use crate::support::app::LE_GOSIER;
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
        "gardel_http_requests_total{route=\"sejours.liste\",status=\"200\"} 2",
        "gardel_http_requests_total{route=\"sejours.liste\",status=\"400\"} 1",
        "gardel_jobs{queue=\"exports\",state=\"ready\"} 1",
        "gardel_jobs{queue=\"etl_heavy\",state=\"ready\"} 0",
        "gardel_cache_hits 1",
        "gardel_http_request_duration_seconds_bucket",
        "gardel_job_oldest_ready_seconds{queue=\"exports\"}",
        "gardel_sql_statements ",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("97113") && !text.contains("Personne"), "no data of people in the metrics");
    app.run_jobs().await;
    let text = Page::read(client.get("/metrics").dispatch().await).await.ok().text();
    assert!(text.contains("gardel_job_runs_total{queue=\"exports\",state=\"done\"} 1"), "{text}");
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
    app.pool().close().await;
    assert_eq!(client.get("/readyz").dispatch().await.status(), Status::ServiceUnavailable);
    assert_eq!(client.get("/livez").dispatch().await.status(), Status::Ok);
}

#[test]
fn they_are_not_public() {
    for route in all_routes() {
        assert!(!["/metrics", "/livez", "/readyz"].contains(&route.uri.path()), "{}", route.uri);
    }
}
