//! A body whose last byte comes after its sender lost the right to send it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::ecriture::{app, lodging, stay};
use crate::envoi::serve;
use crate::support::app::LE_GOSIER;

#[rocket::async_test]
async fn who_may_no_more_at_the_last_byte_writes_nothing() {
    let app = app().await;
    let port = serve(&app).await;
    let body = stay(lodging(&app).await).to_string();
    for (change, expected) in [
        ("SELECT 1", 201),
        ("UPDATE jeton_api SET revoque_le = now() WHERE id = {jeton}", 401),
        ("UPDATE jeton_api SET droits = '{\"taxe\": 1}' WHERE id = {jeton}", 403),
        ("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {who}", 403),
    ] {
        app.run_sql("DELETE FROM sejour WHERE calcul IS NOT NULL").await;
        let agent = app.agent(LE_GOSIER).await;
        let programme = app.programme(agent.user_id).await;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
        let before = app.context.db.statements();
        let (first, rest) = body.split_at(body.len() - 3);
        let head = format!(
            "POST /api/v1/sejours HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{first}",
            programme.jeton,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        // The token and its owner have been looked for.
        while app.context.db.statements() < before + 2 {
            tokio::task::yield_now().await;
        }
        app.run_sql(&change.replace("{jeton}", &programme.id.to_string()).replace("{who}", &agent.user_id.to_string())).await;
        stream.write_all(rest.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{change}: {answer}");
        assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE calcul IS NOT NULL").await, i64::from(expected == 201), "{change}");
    }
}
