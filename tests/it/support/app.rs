//! One application, one database, one folder of files, one clock, for one test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use gardel::catalogue::Catalogue;
use gardel::context::Context;
use gardel::platform::clock::Clock;
use gardel::platform::config::Config;
use gardel::platform::db::{Db, Limits, WEB};
use gardel::platform::jobs::RunnerSettings;
use gardel::platform::store::Files;
use gardel::platform::token;
use gardel::platform::vault::Vault;
use gardel::{web, worker};
use rocket::figment::Figment;
use rocket::figment::providers::Serialized;
use rocket::http::{ContentType, Cookie, Header, Status};
use rocket::local::asynchronous::{Client, LocalRequest};
use sqlx::{AssertSqlSafe, PgPool};

use super::Page;
pub use super::base::fill;
use super::base::{self, Base};

/// Séjours in the database that every test starts from.
pub const SEJOURS: u64 = 2_000;
/// Many tests run at once: what a page has no time for is the subject of those that say so, with a patience of 1.
const PATIENCE: u32 = 20;

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// SIREN of collectivités used by the tests.
pub const LE_GOSIER: &str = "219711132";
pub const RIVIERA: &str = "200041507";
pub const GRAND_SUD: &str = "249710070";

/// Common reasons that ask for no words, in the order of their migration.
pub const CONTESTED: &str = "1";
pub const REJECTED: &str = "7";

/// Roles of the tests on their server: the web application connects as the first, jobs run as the second, and the tests
/// themselves speak to the base as its owner. What a page or a job does without the right to is a test that fails.
pub const ROLES: [&str; 2] = ["gardel_essai_sert", "gardel_essai_travaille"];

pub struct App {
    /// What the web server holds.
    pub context: Context,
    /// What the worker holds: other rights in the base, the same files and clock.
    pub work: Context,
    /// The owner of the tables.
    pub owner: Db,
    pub client: Client,
    pub url: String,
    pub folder: tempfile::TempDir,
    /// Its base, when it is its own: the last to go.
    _base: Option<Base>,
}

/// A browser signed in as somebody, or as nobody.
pub struct Browser<'a> {
    app: &'a App,
    cookie: Option<Cookie<'static>>,
    pub user_id: i64,
}

/// A lock that is waited for longer: the machine of the tests may be busy.
const UNHURRIED: Limits = Limits { lock: Duration::from_secs(60), ..WEB };

impl App {
    /// An application over a copy of the demo data, at a fixed instant.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same, with settings changed.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::of_size(SEJOURS, change).await
    }

    /// The same over demo data of `sejours` séjours.
    pub async fn of_size(sejours: u64, change: impl FnOnce(&mut Config)) -> Self {
        let base = base::copy(sejours, &NUMBER.fetch_add(1, Ordering::Relaxed).to_string()).await;
        let app = Self::over(&base.name, change).await;
        Self { _base: Some(base), ..app }
    }

    /// An application over the database `name`.
    pub async fn over(name: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::under(name, ROLES, change).await
    }

    /// The same under roles of its own.
    pub async fn under(name: &str, roles: [&str; 2], change: impl FnOnce(&mut Config)) -> Self {
        Self::built(name, roles, web::declared(), change).await
    }

    /// An application that declares more than the program: `catalogue` is all that it offers.
    pub async fn declaring(catalogue: Catalogue) -> Self {
        let base = base::copy(SEJOURS, &NUMBER.fetch_add(1, Ordering::Relaxed).to_string()).await;
        let app = Self::built(&base.name, ROLES, catalogue, |_| {}).await;
        Self { _base: Some(base), ..app }
    }

    async fn built(name: &str, [serve, work]: [&str; 2], catalogue: Catalogue, change: impl FnOnce(&mut Config)) -> Self {
        let catalogue = Arc::new(catalogue);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = url_of(name);
        let mut config = config(&url, folder.path());
        change(&mut config);
        let url = config.database_url.clone();
        let as_role = |role: &str| Config {
            database_url: as_role(&config.database_url, role),
            database_replica_url: config
                .database_replica_url
                .as_deref()
                .map(|urls| urls.split_whitespace().map(|url| as_role(url, role)).collect::<Vec<_>>().join(" ")),
            ..config.clone()
        };
        let connect = async |config: &Config, limit| {
            let db = Db::connect(config, limit).await.expect("the test server answers");
            db.with_replicas(config, limit).expect("addresses of replicas")
        };
        let owner = Db::connect(&config, Some(UNHURRIED)).await.expect("the test server answers");
        // As `gardel migrate` does: the server may not.
        token::SigningKey::load(owner.pool(), &Vault::read(config.cle_secrets.as_deref()).expect("its keys")).await.expect("the keys");
        let (serve, work) = (as_role(serve), as_role(work));
        let db = connect(&serve, Some(UNHURRIED)).await;
        db.be_patient(PATIENCE);
        let clock = Clock::fixed(instant("2026-11-23T14:00:00Z"));
        let context = Context::new(serve, db, clock.clone(), Arc::clone(&catalogue)).await.expect("a context");
        let db = connect(&work, None).await;
        let work = Context::of_worker(work, db, clock, catalogue).expect("a context");
        let work = Context { files: context.files.clone(), metrics: context.metrics.clone(), ..work };
        let client = client(&context).await;
        Self { context, work, owner, client, url, folder, _base: None }
    }

    /// The same application as a second server would be: same base, same files, a cache of its own.
    pub async fn twin(&self) -> Client {
        let config = Config::clone(&self.context.config);
        let db = Db::connect(&config, Some(UNHURRIED)).await.expect("the test server answers");
        let db = db.with_replicas(&config, Some(UNHURRIED)).expect("addresses of replicas");
        let context = Context::new(config, db, self.context.clock.clone(), Arc::clone(&self.context.catalogue)).await.expect("a context");
        client(&context).await
    }

    /// The base under the rights of its owner.
    pub fn pool(&self) -> &PgPool {
        self.owner.pool()
    }

    /// Runs every job that is ready.
    pub async fn run_jobs(&self) -> usize {
        let runner = worker::runner(self.work.clone(), RunnerSettings { worker: "test".into(), ..RunnerSettings::default() });
        runner.run_until_idle().await.expect("the queue answers")
    }

    /// The same application whose files go through `files`.
    pub fn with_files(&self, files: Files) -> Context {
        Context { files, ..self.context.clone() }
    }

    /// Its worker, whose files go through `files`.
    pub fn work_with_files(&self, files: Files) -> Context {
        Context { files, ..self.work.clone() }
    }

    pub fn anonymous(&self) -> Browser<'_> {
        Browser { app: self, cookie: None, user_id: 0 }
    }

    pub async fn agent(&self, siren: &str) -> Browser<'_> {
        self.person("agent", &[siren]).await
    }

    pub async fn administrateur(&self, siren: &str) -> Browser<'_> {
        self.person("administrateur", &[siren]).await
    }

    pub async fn exploitant(&self) -> Browser<'_> {
        self.person("exploitant", &[RIVIERA]).await
    }

    /// An administrateur of every commune.
    pub async fn everywhere(&self) -> Browser<'_> {
        let sirens: Vec<String> = sqlx::query_scalar("SELECT siren FROM epci").fetch_all(self.pool()).await.expect("epci");
        let sirens: Vec<&str> = sirens.iter().map(String::as_str).collect();
        self.person("administrateur", &sirens).await
    }

    /// Somebody new, signed in.
    pub async fn person(&self, role: &str, sirens: &[&str]) -> Browser<'_> {
        let courriel = format!("{role}.{}@test.gardel", NUMBER.fetch_add(1, Ordering::Relaxed));
        let id: i64 = sqlx::query_scalar("INSERT INTO utilisateur (courriel, nom, role) VALUES ($1, $2, $3) RETURNING id")
            .bind(&courriel)
            .bind(format!("Personne {role}"))
            .bind(role)
            .fetch_one(self.pool())
            .await
            .expect("a user");
        sqlx::query("INSERT INTO utilisateur_collectivite SELECT $1, id FROM collectivite WHERE siren = ANY($2)")
            .bind(id)
            .bind(sirens)
            .execute(self.pool())
            .await
            .expect("rights");
        self.signed_in(id).await
    }

    /// A session of an existing user.
    pub async fn signed_in(&self, id: i64) -> Browser<'_> {
        let token = token::random().expect("randomness");
        sqlx::query("INSERT INTO session (empreinte, utilisateur_id, expire_le) VALUES ($1, $2, now() + interval '1 hour')")
            .bind(token::hash(&token))
            .bind(id)
            .execute(self.pool())
            .await
            .expect("a session");
        Browser { app: self, cookie: Some(Cookie::new("gardel", token)), user_id: id }
    }

    /// The value of a statement.
    pub async fn one<T>(&self, sql: &'static str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(sql).fetch_one(self.pool()).await.expect("a value")
    }

    pub async fn run_sql(&self, sql: &str) {
        sqlx::query(AssertSqlSafe(sql.to_string())).execute(self.pool()).await.expect("a statement");
    }
}

impl Browser<'_> {
    /// Its session cookie: name and value.
    pub fn cookie(&self) -> (String, String) {
        let cookie = self.cookie.as_ref().expect("a session");
        (cookie.name().to_string(), cookie.value().to_string())
    }

    pub async fn get(&self, path: &str) -> Page {
        self.get_with(path, &[]).await
    }

    /// As htmx asks for a part of a page.
    pub async fn fragment(&self, path: &str) -> Page {
        self.get_with(path, &[("HX-Request", "true"), ("HX-Request-Type", "partial"), ("HX-Current-URL", "http://localhost/sejours?statut=valide")])
            .await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Page {
        self.get_from(&self.app.client, path, headers).await
    }

    /// A request of this browser.
    pub fn signed<'c>(&self, request: LocalRequest<'c>) -> LocalRequest<'c> {
        match &self.cookie {
            Some(cookie) => request.cookie(cookie.clone()),
            None => request,
        }
    }

    pub async fn get_from(&self, client: &Client, path: &str, headers: &[(&'static str, &str)]) -> Page {
        let mut request = client.get(path.to_string());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Host")) {
            request.add_header(Header::new("Host", "localhost"));
        }
        for (name, value) in headers {
            request.add_header(Header::new(*name, value.to_string()));
        }
        if let Some(cookie) = &self.cookie {
            request = request.cookie(cookie.clone());
        }
        Page::read(request.dispatch().await).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        self.post_with(path, form, &[("Sec-Fetch-Site", "same-origin")]).await
    }

    pub async fn post_with(&self, path: &str, form: &[(&str, &str)], headers: &[(&'static str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = self.app.client.post(path.to_string()).header(ContentType::Form).header(Header::new("Host", "localhost")).body(body);
        for (name, value) in headers {
            request.add_header(Header::new(*name, value.to_string()));
        }
        if let Some(cookie) = &self.cookie {
            request = request.cookie(cookie.clone());
        }
        Page::read(request.dispatch().await).await
    }

    /// Sends a form with files: fields, then the name and the bytes of each file.
    pub async fn send_files(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Page {
        const BOUNDARY: &str = "----essai7MA4YWxkTrZu0gW";
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").bytes());
        let kind = Header::new("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"));
        let mut request = self.app.client.post(path.to_string()).header(kind).header(Header::new("Host", "localhost")).body(body);
        request.add_header(Header::new("Sec-Fetch-Site", "same-origin"));
        Page::read(self.signed(request).dispatch().await).await
    }

    /// Asks for an export; returns its address.
    pub async fn export(&self, list: &str, question: &str, format: &str) -> String {
        // Asked again on purpose: files made a moment ago are not those of the same click.
        self.app.run_sql("UPDATE export SET cree_le = cree_le - interval '1 minute' WHERE etat = 'pret'").await;
        let answer = self.post(&format!("/{list}/exports"), &[("requete", question), ("format", format)]).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
        answer.header("Location").expect("the address of the export")
    }
}

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant written in a test")
}

/// The server of the tests.
pub fn server_url() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL names the PostgreSQL server of the tests; bin/test sets it")
}

/// Address of database `name` on the server of the tests.
pub fn url_of(name: &str) -> String {
    let url = server_url();
    let (base, options) = url.split_once('?').map_or((url.as_str(), String::new()), |(base, options)| (base, format!("?{options}")));
    let host = base.rfind('/').map_or(base, |slash| &base[..slash]);
    format!("{host}/{name}{options}")
}

/// The address `url` for another role.
pub fn as_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("an address");
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    format!("{scheme}://{role}@{rest}")
}

pub fn config(url: &str, folder: &std::path::Path) -> Config {
    let settings = serde_json::json!({
        "database_url": url, "storage_url": folder.display().to_string(), "environnement": "demo", "base_connexions": 4,
    });
    serde_json::from_value(settings).expect("settings")
}

pub async fn client(context: &Context) -> Client {
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(Serialized::default("log_level", "off"))
        .merge(Serialized::default("template_dir", templates));
    Client::untracked(web::rocket_with(figment, context.clone())).await.expect("the routes do not collide")
}
