//! E-mails, against a real mail server (npm smtp-server) that the test starts, with the faults that mail servers have.

mod chemin;
mod envoi;
mod oubli;

use gardel::platform::config::Config;
use gardel::platform::password;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::App;
use crate::support::jar::PASSWORD;
use crate::support::node::Node;

pub const SENDER: &str = "ne-pas-repondre@ville.gp";

/// A mail server, and the desk where a test gives its orders.
pub struct Post {
    _process: Node,
    pub port: u16,
    desk: u16,
}

/// A message that it took.
#[derive(Deserialize)]
pub struct Taken {
    pub de: String,
    pub a: Vec<String>,
    pub chiffre: bool,
    pub brut: String,
}

impl Post {
    pub fn open(arguments: &[&str]) -> Self {
        let (process, line) = Node::start("messagerie/messagerie.mjs", arguments);
        let mut ports = line.split_whitespace().map(|port| port.parse().expect("a port"));
        let mut next = || ports.next().expect("two ports");
        Self { port: next(), desk: next(), _process: process }
    }

    /// What the desk answers.
    async fn asked(&self, method: &str, path: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.desk)).await.expect("the mail server of the tests");
        let request = format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer.split_once("\r\n\r\n").expect("a body").1.to_string()
    }

    pub async fn order(&self, order: &str) {
        self.asked("POST", &format!("/essai/{order}")).await;
    }

    pub async fn taken(&self) -> Vec<Taken> {
        serde_json::from_str(&self.asked("GET", "/recus").await).expect("JSON")
    }

    /// The address of this server, on this machine and in clear.
    pub fn plain(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=aucun", self.port)
    }

    pub async fn app(&self) -> App {
        app_of(&self.plain(), |_| {}).await
    }
}

pub async fn app_of(url: &str, change: impl FnOnce(&mut Config)) -> App {
    let smtp = serde_json::json!({"url": url, "expediteur": format!("Gardel <{SENDER}>"), "delai_secondes": 20});
    App::with(|config| {
        config.mandataires = 1;
        config.adresse_publique = Some("http://localhost".into());
        config.smtp = Some(serde_json::from_value(smtp).expect("settings"));
        change(config);
    })
    .await
}

impl Taken {
    fn head(&self) -> &str {
        self.brut.split_once("\r\n\r\n").expect("a head and a body").0
    }

    /// The value of a header, on one line; it stands there once.
    pub fn header(&self, name: &str) -> String {
        let unfolded = self.head().replace("\r\n ", " ").replace("\r\n\t", " ");
        let found: Vec<&str> = unfolded.split("\r\n").filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect();
        assert_eq!(found.len(), 1, "{name} in {unfolded}");
        found[0].to_string()
    }

    pub fn headers(&self) -> Vec<&str> {
        self.head().split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| line.split(':').next()).collect()
    }

    /// The text, decoded here apart from the library that wrote it.
    pub fn text(&self) -> String {
        let body = self.brut.split_once("\r\n\r\n").expect("a head and a body").1;
        match self.header("Content-Transfer-Encoding").as_str() {
            "quoted-printable" => {
                let joined = body.replace("=\r\n", "");
                let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
                while let Some((first, after)) = rest.split_first() {
                    let escaped = (*first == b'=').then(|| u8::from_str_radix(std::str::from_utf8(&after[..2]).expect("ASCII"), 16).expect("a byte"));
                    bytes.push(escaped.unwrap_or(*first));
                    rest = if escaped.is_some() { &after[2..] } else { after };
                }
                String::from_utf8(bytes).expect("UTF-8")
            }
            "7bit" | "8bit" => body.into(),
            other => panic!("an encoding that this test does not read: {other}"),
        }
    }

    /// The address of the link, after the host.
    pub fn link(&self) -> String {
        let text = self.text();
        let places: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("http://localhost")).filter(|path| path.starts_with("/invitation/")).collect();
        assert_eq!(places.len(), 1, "{text}");
        places[0].trim_end().to_string()
    }
}

/// An account with a password.
pub async fn account(app: &App, role: &str, siren: &str, courriel: &str) -> i64 {
    let id = app.person(role, &[siren]).await.user_id;
    let phc = password::hash_now(PASSWORD).expect("a hash");
    let set = sqlx::query("UPDATE utilisateur SET courriel = $2, mot_de_passe = $3, nom = 'Marlène' WHERE id = $1").bind(id).bind(courriel).bind(phc);
    set.execute(app.pool()).await.expect("a password");
    id
}

/// Runs the jobs that wait for another try too.
pub async fn run_all(app: &App) {
    app.run_sql("UPDATE job SET run_at = now() WHERE state = 'ready'").await;
    app.run_jobs().await;
}

/// State and answer of the last demand.
pub async fn last(app: &App) -> (String, Option<String>) {
    sqlx::query_as("SELECT etat, reponse FROM courriel_envoi ORDER BY id DESC LIMIT 1").fetch_one(app.pool()).await.expect("a demand")
}

/// How many rows of the base hold `text` anywhere, as they are.
pub async fn rows_with(app: &App, text: &str) -> i64 {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
    )
    .fetch_all(app.pool())
    .await
    .expect("the tables");
    assert!(tables.len() > 40, "{tables:?}");
    let mut count = 0;
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} t WHERE position($1 IN t::text) > 0");
        count += sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql)).bind(text).fetch_one(app.pool()).await.expect("a count");
    }
    count
}

/// What waits of the brakes waits for long: the time that a request takes decides of nothing.
pub async fn hold_brakes(app: &App) {
    app.run_sql("UPDATE frein_connexion SET libre_le = libre_le + interval '1 hour' WHERE libre_le > '-infinity' AND libre_le < now() + interval '30 minutes'").await;
}
