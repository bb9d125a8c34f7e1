//! A form whose last byte comes after its sender lost the right to send it: guards are asked before a body is there, and
/// whoever sends it chooses when it ends.
use gardel::platform::token;
use rocket::figment::Figment;
use rocket::figment::providers::Serialized;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

/// The application behind a port of this machine.
pub async fn serve(app: &App) -> u16 {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|door| door.local_addr()).expect("a port").port();
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(Serialized::default("log_level", "off"))
        .merge(Serialized::default("address", "127.0.0.1"))
        .merge(Serialized::default("port", port))
        .merge(Serialized::default("template_dir", concat!(env!("CARGO_MANIFEST_DIR"), "/templates")));
    tokio::spawn(gardel::web::rocket_with(figment, app.context.clone()).launch());
    loop {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
        tokio::task::yield_now().await;
    }
}

/// A session of an account, not seen for five minutes.
async fn session(app: &App, user: i64) -> String {
    let token = token::random().expect("randomness");
    let made = sqlx::query(
        "INSERT INTO session (empreinte, utilisateur_id, expire_le, vue_le) VALUES ($1, $2, now() + interval '1 hour', now() - interval '5 minutes')",
    );
    made.bind(token::hash(&token)).bind(user).execute(app.pool()).await.expect("a session");
    token
}

/// Sends the beginning of a form of `user`; `meanwhile` happens once the server waits for the rest; gives the status.
async fn slowly(app: &App, port: u16, user: i64, (path, body): (&str, &str), meanwhile: &str) -> u16 {
    let cookie = session(app, user).await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
    // More than what is looked at of a form before the guards are asked.
    let body = format!("{body}&fin={}", "x".repeat(300));
    let (first, rest) = body.split_at(body.len() - 3);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: gardel={cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{first}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    // The guards have asked once the session is noted as seen.
    let seen = "SELECT vue_le > now() - interval '1 minute' FROM session WHERE empreinte = $1";
    while !sqlx::query_scalar::<_, bool>(seen).bind(token::hash(&cookie)).fetch_one(app.pool()).await.expect("a session") {
        tokio::task::yield_now().await;
    }
    app.run_sql(meanwhile).await;
    stream.write_all(rest.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

/// The legal texts have a reader of their own, for they are long.
#[rocket::async_test]
async fn long_texts_that_end_after_their_right_do_nothing() {
    let app = App::new().await;
    let port = serve(&app).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    for (meanwhile, expected) in [("SELECT 1".to_string(), 303), ("UPDATE utilisateur SET role = 'agent' WHERE id = ".to_string(), 409)] {
        let user = app.person("administrateur", &[LE_GOSIER]).await.user_id;
        sqlx::query("DELETE FROM session WHERE utilisateur_id = $1").bind(user).execute(app.pool()).await.expect("none");
        let meanwhile = if expected == 409 { format!("{meanwhile}{user}") } else { meanwhile };
        let before: i64 = app.one("SELECT count(*) FROM journal WHERE objet = 'textes'").await;
        let version: i32 = app.one("SELECT coalesce(max(version), 0) FROM textes_legaux").await;
        let form = format!("version={version}&directeur=Ville+{expected}");
        assert_eq!(slowly(&app, port, user, (&format!("/textes/{place}"), &form), &meanwhile).await, expected, "{form}");
        let after: i64 = app.one("SELECT count(*) FROM journal WHERE objet = 'textes'").await;
        assert_eq!(after - before, i64::from(expected == 303));
    }
}

#[rocket::async_test]
async fn a_form_that_ends_after_its_right_does_nothing() {
    let app = App::new().await;
    let port = serve(&app).await;
    let changes = |user: i64| {
        [
            ("nothing", String::from("SELECT 1"), 303),
            ("signed out", format!("DELETE FROM session WHERE utilisateur_id = {user}"), 303),
            ("disabled", format!("UPDATE utilisateur SET actif = false WHERE id = {user}"), 303),
            ("moved", format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {user}"), 409),
            ("demoted", format!("UPDATE utilisateur SET role = 'exploitant' WHERE id = {user}"), 409),
        ]
    };
    for rank in 0..5 {
        let user = app.person("agent", &[LE_GOSIER, RIVIERA]).await.user_id;
        sqlx::query("DELETE FROM session WHERE utilisateur_id = $1").bind(user).execute(app.pool()).await.expect("none");
        let (name, meanwhile, expected) = &changes(user)[rank];
        let form = format!("liste=sejours&etat=statut%3Dvalide&nom=Lent+{rank}&partage=");
        let status = slowly(&app, port, user, ("/vues", &form), meanwhile).await;
        assert_eq!(status, *expected, "{name}");
        let made: i64 =
            sqlx::query_scalar("SELECT count(*) FROM vue WHERE nom = $1").bind(format!("Lent {rank}")).fetch_one(app.pool()).await.expect("a count");
        assert_eq!(made, i64::from(rank == 0), "{name}");
    }
}
