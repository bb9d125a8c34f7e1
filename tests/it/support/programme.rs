//! A program that calls by a token. The token is made here, by its own rule, and written into the base as a page would.

use gardel::platform::token;
use rocket::http::{Header, Method};
use rocket::local::asynchronous::Client;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::app::App;
use super::page::Page;

/// A token, and where it calls.
pub struct Programme<'a> {
    pub app: &'a App,
    pub jeton: String,
    pub id: i64,
}

/// What a token is given.
pub struct Donne<'d> {
    pub droits: Value,
    pub personnel: bool,
    pub collectivites: Option<&'d [i32]>,
}

impl Default for Donne<'_> {
    fn default() -> Self {
        Self { droits: json!({"taxe": 2, "administration": 1, "labo": 2}), personnel: true, collectivites: None }
    }
}

fn hexadecimal(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A token of the form that they have: 64 digits, then the first 8 of what they hash to.
pub fn text() -> String {
    let secret = hexadecimal(&token::random().expect("randomness"));
    format!("gardel_{secret}{}", &hexadecimal(&format!("gardel_{secret}"))[..8])
}

impl App {
    /// A token of `user_id` that may all that they may on the tax, where they may.
    pub async fn programme(&self, user_id: i64) -> Programme<'_> {
        self.programme_of(user_id, Donne::default()).await
    }

    pub async fn programme_of(&self, user_id: i64, donne: Donne<'_>) -> Programme<'_> {
        let jeton = text();
        let id = sqlx::query_scalar(
            "INSERT INTO jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, personnel, expire_le, appels_minute, simultanes)
             SELECT $1, lieu_du_compte($1), 'Essai', 'personnel', $2, left($3, 13), $4,
                 coalesce($5, ARRAY(SELECT collectivite_id FROM utilisateur_collectivite WHERE utilisateur_id = $1)), $6, ((now() AT TIME ZONE 'America/Guadeloupe')::date + 2)::timestamp AT TIME ZONE 'America/Guadeloupe', 60000, 100
             RETURNING id",
        )
        .bind(user_id)
        .bind(Sha256::digest(jeton.as_bytes()).to_vec())
        .bind(&jeton)
        .bind(donne.droits)
        .bind(donne.collectivites.map(<[i32]>::to_vec))
        .bind(donne.personnel)
        .fetch_one(self.pool())
        .await
        .expect("a token");
        Programme { app: self, jeton, id }
    }
}

impl Programme<'_> {
    pub async fn get(&self, path: &str) -> Page {
        self.call(Method::Get, path, None, &[]).await
    }

    /// The body of an answer that must be a success.
    pub async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await.ok();
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{path}: {error}: {}", answer.text()))
    }

    pub async fn send(&self, method: Method, path: &str, body: &Value, headers: &[(&'static str, &str)]) -> Page {
        self.call(method, path, Some(body.to_string().into_bytes()), headers).await
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Vec<u8>>, headers: &[(&'static str, &str)]) -> Page {
        call(&self.app.client, Some(&self.jeton), method, path, body, headers).await
    }
}

/// A call as a program makes it: no cookie, JSON unless another type is said.
pub async fn call(client: &Client, jeton: Option<&str>, method: Method, path: &str, body: Option<Vec<u8>>, headers: &[(&'static str, &str)]) -> Page {
    let path = path.strip_prefix("http://localhost").unwrap_or(path);
    let mut request = client.req(method, path.to_string());
    request.add_header(Header::new("Host", "localhost"));
    if let Some(jeton) = jeton {
        request.add_header(Header::new("Authorization", format!("Bearer {jeton}")));
    }
    if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
        request.add_header(Header::new("Content-Type", "application/json"));
    }
    for (name, value) in headers {
        request.replace_header(Header::new(*name, value.to_string()));
    }
    if let Some(body) = body {
        request.set_body(body);
    }
    Page::read(request.dispatch().await).await
}

/// A refusal as RFC 9457 tells it: its status in the answer and in the body, its kind, and words of its sentence.
pub fn problem(answer: &Page, status: u16, kind: &str, words: &str) -> Value {
    assert_eq!(answer.status.code, status, "{}", answer.text());
    assert_eq!(answer.header("Content-Type").as_deref(), Some("application/problem+json"));
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(body["status"], status);
    assert!(body["type"].as_str().is_some_and(|text| text.ends_with(&format!("#probleme-{kind}"))), "{body}");
    assert!(!body["title"].as_str().expect("a title").is_empty());
    let detail = super::page::plain(body["detail"].as_str().expect("a sentence"));
    assert!(detail.contains(&super::page::plain(words)), "« {words} » is not in {detail}");
    body
}
