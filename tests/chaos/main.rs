//! The chaos matrix: each misfortune, in the middle of each kind of job, with real processes; what was
//! lost, what was done twice, and how long until the work went on. `just chaos` runs it on servers of
//! its own (`bin/chaos`) and writes the table into `docs/exploitation.md`; under `cargo test` alone it
//! does nothing.

#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports)] // the harness of the other tests, of which this uses a part
mod support;

mod malheurs;
mod tableau;
mod travaux;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gardel::platform::store::Files;
use rocket::tokio;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::App;
use support::app::{server_url, url_of};

use malheurs::{Malheur, Place};
use travaux::Travail;

/// Rows of the exports and of the bulk action: enough that the blow falls in the middle.
const ROWS: i64 = 150_000;
/// Longest wait for the end of a job; beyond, it is lost.
const PATIENCE: Duration = Duration::from_secs(300);

/// What one cell found.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Cellule {
    pub malheur: String,
    pub travail: String,
    pub joue: bool,
    pub perdus: i64,
    pub doubles: i64,
    /// Seconds from the blow (or from its end, for a full disk) to the next progress.
    pub reprise_s: f64,
    /// Seconds to the end of the job.
    pub fin_s: f64,
    pub essais: i32,
    pub remarque: String,
}

/// A worker process, killed when dropped.
pub struct Ouvrier(Child);

impl Ouvrier {
    pub fn start(app: &App, name: &str, queue: &str, place: &Place) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gardel-worker"));
        command
            .args(["--queue", queue, "--seulement", "--nom", name])
            .current_dir(app.folder.path())
            .env("DATABASE_URL", &app.url)
            .env("STORAGE_URL", app.folder.path())
            .env("GARDEL_ENVIRONNEMENT", "demo")
            .env_remove("REDIS_URL")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        place.dress(&mut command);
        Self(command.spawn().expect("the worker starts"))
    }

    /// Whether it still runs: one that does not start would be waited for in vain.
    pub fn lives(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|ended| ended.is_none())
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status().expect("kill runs");
        assert!(sent.success(), "kill -{name}");
    }
}

impl Drop for Ouvrier {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// The job as the base tells it; `None` while the base is away.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Etat {
    pub state: String,
    pub done: i64,
    pub attempts: i32,
    pub lease: i64,
    pub worker: Option<String>,
}

async fn state(app: &App, travail: Travail) -> Option<Etat> {
    sqlx::query_as("SELECT state, done, attempts, lease, worker FROM job WHERE name = $1 ORDER BY id DESC LIMIT 1")
        .bind(travail.job())
        .fetch_optional(app.pool())
        .await
        .ok()
        .flatten()
}

pub async fn admin(sql: &str) {
    let mut connection = PgConnection::connect(&server_url()).await.expect("the server answers");
    sqlx::query(AssertSqlSafe(sql.to_string())).execute(&mut connection).await.expect("a statement of the matrix");
    connection.close().await.expect("closes");
}

/// The base that every cell copies.
async fn make_base() -> String {
    let app = App::new().await;
    let mut tx = app.pool().begin().await.expect("a transaction");
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await.expect("no limit");
    sqlx::query(
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
         SELECT 'hote', 'n' || g, l.id, l.code_insee, '2020-01-01'::date + (g % 2000)::int, '2020-01-02'::date + (g % 2000)::int, 1, 4, 4, 100, g % 977
         FROM generate_series(1, $1) g, (SELECT id, code_insee FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1) l",
    )
    .bind(ROWS)
    .execute(&mut *tx)
    .await
    .expect("rows");
    tx.commit().await.expect("commits");
    travaux::prepare(&app).await;
    let name: String = app.one("SELECT current_database()::text").await;
    app.pool().close().await;
    name
}

/// One cell: its own base, two workers, one blow.
async fn play(base: Arc<String>, malheur: Malheur, travail: Travail, strike: Arc<tokio::sync::Barrier>, number: usize) -> Cellule {
    let name = format!("chaos_{}_{number}", std::process::id());
    admin(&format!("CREATE DATABASE {name} TEMPLATE {base}")).await;
    let app = App::over(&name, |_| {}).await;
    let mut place = Place::prepare(malheur, &app, &url_of(&name)).await;
    let mut cell = Cellule {
        malheur: malheur.label().into(),
        travail: travail.label().into(),
        joue: place.possible(),
        perdus: 0,
        doubles: 0,
        reprise_s: 0.0,
        fin_s: 0.0,
        essais: 0,
        remarque: place.remark(),
    };
    if !cell.joue {
        strike.wait().await;
        return cell;
    }
    let asked = travail.ask(&app).await;
    let mut victim = Ouvrier::start(&app, "victime", travail.queues(), &place);
    let under_way = |state: &Etat| state.state == "running" && state.done > 0;
    wait(&app, travail, under_way).await.expect("the job begins");
    let mut relief = Ouvrier::start(&app, "releve", travail.queues(), &Place::default());
    // The relief must be there before the blow: its start is not what is measured.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(victim.lives() && relief.lives(), "both workers run");
    let leader = strike.wait().await.is_leader();
    let before = state(&app, travail).await.expect("the job");
    assert!(before.state == "running" && before.worker.as_deref() == Some("victime"), "the blow must fall in the middle: {before:?}");
    let mut since = Instant::now();
    place.strike(&app, &victim, leader).await;
    if let Some(freed) = place.heal_before_measure().await {
        since = freed;
    }
    let before = if malheur == Malheur::DisquePlein { state(&app, travail).await.unwrap_or(before) } else { before };
    let resumed = wait(&app, travail, |now| now.done > before.done || now.state == "done").await;
    cell.reprise_s = since.elapsed().as_secs_f64();
    let ended = wait(&app, travail, |now| now.state == "done").await;
    cell.fin_s = since.elapsed().as_secs_f64();
    cell.essais = ended.as_ref().or(resumed.as_ref()).map_or(0, |state| state.attempts);
    place.end(&victim, since).await;
    (cell.perdus, cell.doubles) = asked.verify(&app).await;
    drop((victim, relief));
    place.clear();
    app.pool().close().await;
    admin(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    println!("{cell:?}");
    cell
}

async fn wait(app: &App, travail: Travail, enough: impl Fn(&Etat) -> bool) -> Option<Etat> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(state) = state(app, travail).await
            && enough(&state)
        {
            return Some(state);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("jamais : {:?}", state(app, travail).await);
    None
}

#[rocket::main]
async fn main() {
    let Ok(folder) = std::env::var("CHAOS_DOSSIER") else {
        println!("Matrice de chaos : lancez « just chaos ».");
        return;
    };
    let only = std::env::var("CHAOS_SEULEMENT").unwrap_or_default();
    let base = Arc::new(make_base().await);
    let mut cells = Vec::new();
    let mut number = 0;
    for malheur in Malheur::ALL.into_iter().filter(|one| only.is_empty() || one.label().contains(&only)) {
        println!("== {}", malheur.label());
        let strike = Arc::new(tokio::sync::Barrier::new(Travail::ALL.len()));
        let mut round = Vec::new();
        for travail in Travail::ALL {
            number += 1;
            round.push(tokio::spawn(play(base.clone(), malheur, travail, strike.clone(), number)));
        }
        for cell in round {
            cells.push(cell.await.expect("a cell does not panic"));
        }
    }
    let lost = cells.iter().any(|cell| cell.perdus > 0 || cell.doubles > 0);
    tableau::write(&PathBuf::from(folder), cells);
    assert!(!lost, "something was lost or done twice");
}

/// The bytes of the finished export of `app`.
pub async fn file_of(app: &App, path: &str) -> Vec<u8> {
    let files: Files = app.context.files.clone();
    let mut bytes = Vec::new();
    let size = std::fs::metadata(app.folder.path().join(path)).expect("the file is there").len();
    let mut from = 0;
    while from < size {
        let part = files.get_range(path, from..(from + 8 * 1024 * 1024).min(size)).await.expect("a range");
        from += part.len() as u64;
        bytes.extend_from_slice(&part);
    }
    bytes
}
