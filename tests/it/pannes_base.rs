//! What people read when PostgreSQL refuses, and what goes on working while one table is held.

use std::sync::Arc;

use futures::future::join_all;
use gardel::context::Context;
use gardel::platform::config::Config;
use gardel::platform::db::{Db, WEB};
use gardel::platform::error::Error;
use gardel::platform::http::serve_management;
use gardel::platform::password;
use rocket::http::{ContentType, Status};
use rocket::local::asynchronous::Client;

use crate::support::app::{LE_GOSIER, client};
use crate::support::{App, Page};

const PASSWORD: &str = "colibri trempé sur la véranda";

/// What PostgreSQL itself says, raised by PostgreSQL: its code, the status and some words of the sentence.
#[rocket::async_test]
async fn each_family_of_refusals_has_its_status_and_its_sentence() {
    let app = App::new().await;
    let said = [
        ("53100", 503, "n’a plus de place"),
        ("53200", 503, "n’a plus de place"),
        ("53400", 503, "n’a plus de place"),
        ("58030", 503, "n’a plus de place"),
        ("53300", 503, "ne répond pas"),
        ("57P01", 503, "ne répond pas"),
        ("57P02", 503, "ne répond pas"),
        ("57P03", 503, "ne répond pas"),
        ("57P05", 503, "ne répond pas"),
        ("25006", 503, "ne répond pas"),
        ("08006", 503, "ne répond pas"),
        ("28P01", 503, "ne répond pas"),
        ("3D000", 503, "ne répond pas"),
        ("55000", 503, "ne répond pas"),
        ("55P03", 503, "tient ces données"),
        ("40P01", 503, "tient ces données"),
        ("40001", 503, "tient ces données"),
        ("57014", 503, "demande trop de temps"),
        ("22021", 400, "caractères illisibles"),
        ("42P01", 500, "de notre côté"),
        ("XX000", 500, "de notre côté"),
    ];
    for (code, status, words) in said {
        let raised = sqlx::query(sqlx::AssertSqlSafe(format!("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")))
            .execute(app.pool())
            .await
            .expect_err("it is raised");
        let told = Error::from(raised);
        assert_eq!(told.status().code, status, "{code}: {told}");
        assert!(told.sentence().contains(words), "{code}: {}", told.sentence());
    }
}

/// A table is held, more people ask for it than there are connections: they are told, and the others feel nothing.
#[rocket::async_test]
async fn a_held_table_is_the_trouble_of_those_who_look_at_it() {
    let app = App::with(|config| config.base_connexions = 8).await;
    let agent = app.agent(LE_GOSIER).await;
    let phc = password::hash_now(PASSWORD).expect("a hash");
    sqlx::query("UPDATE utilisateur SET courriel = 'tenu@test.gardel', mot_de_passe = $2 WHERE id = $1")
        .bind(agent.user_id)
        .bind(phc)
        .execute(app.pool())
        .await
        .expect("an account");
    // A server whose locks are waited for as long as in production.
    let config = Config::clone(&app.context.config);
    let db = Db::connect(&config, Some(WEB)).await.expect("the test server answers");
    let context = Context::new(config, db, app.context.clock.clone(), Arc::clone(&app.context.catalogue)).await.expect("a context");
    let server = client(&context).await;
    let mut holder = app.pool().begin().await.expect("a connection");
    // Held for as long as the test takes, on any machine.
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut *holder).await.expect("set");
    sqlx::query("LOCK TABLE sejour IN ACCESS EXCLUSIVE MODE").execute(&mut *holder).await.expect("held");

    // A base that was cut a moment ago, as this program remembers: a crowd is a crowd all the same.
    let cut = Error::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()));
    assert!(matches!(cut, Error::Unavailable(_)) && gardel::platform::db::cut_lately());
    let crowd = join_all((0..22).map(|number| {
        let path = format!("/sejours?q=mot{number}");
        let (agent, server) = (&agent, &server);
        async move { agent.get_from(server, &path, &[]).await }
    }));
    let others = async {
        let mut pages = Vec::new();
        for _ in 0..3 {
            pages.push(Page::read(server.get("/connexion").dispatch().await).await.status);
            let typed = form_urlencoded::Serializer::new(String::new())
                .append_pair("courriel", "tenu@test.gardel")
                .append_pair("mot_de_passe", PASSWORD)
                .finish();
            let signed = Page::read(server.post("/connexion").header(ContentType::Form).body(typed).dispatch().await).await;
            assert_eq!(signed.header("location").as_deref(), Some("/"), "{}", signed.text());
            pages.push(agent.get_from(&server, "/compte", &[]).await.status);
            pages.push(agent.get_from(&server, "/communes", &[]).await.status);
            let management =
                serve_management("127.0.0.1:0".parse().expect("an address"), context.db.clone(), context.cache.clone(), context.metrics.clone());
            let management = Client::untracked(management).await.expect("the management server");
            let ready = Page::read(management.get("/readyz").dispatch().await).await;
            assert!(ready.text().contains("prêt"), "{}", ready.text());
            pages.push(ready.status);
        }
        pages
    };
    let (crowd, others) = futures::join!(crowd, others);
    assert!(others.iter().all(|status| *status == Status::Ok), "{others:?}");
    for page in crowd {
        assert_eq!(page.status, Status::ServiceUnavailable, "{}", page.text());
        let text = page.text();
        assert!(text.contains("tient ces données") || text.contains("tenu par une autre opération"), "{text}");
        assert!(!text.contains("ne répond pas"), "the base answers: {text}");
        assert!(page.header("retry-after").is_some());
    }
    holder.rollback().await.expect("given back");
    agent.get_from(&server, "/sejours", &[]).await.ok();
}
