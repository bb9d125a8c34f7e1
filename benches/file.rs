//! The bench of the queue: jobs a second, claimed one by one, by batches, by a whole worker, and the
//! time from enqueue to start. In a database of its own on the server of `DATABASE_URL`, dropped at
//! the end. One JSON object on the standard output, a table on the error output.
//!
//!   bin/avec-base --tests cargo bench --bench file -- --jobs 50000 --lot 1000 --ouvriers 8 --mesures 500

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use gardel::platform::config::Config;
use gardel::platform::db::{Db, MIGRATIONS};
use gardel::platform::incidents::{Incidents, Program};
use gardel::platform::jobs::table::{self, Ending};
use gardel::platform::jobs::{Job, JobError, Known, Outcome, QueueSetting, Registry, Requester, Run, Runner, RunnerSettings, enqueue};
use gardel::platform::telemetry::Metrics;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::watch;

const QUEUE: &str = "notifications";

/// The start of the bench, from which payloads count.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What jobs leave behind.
#[derive(Default)]
struct Seen {
    runs: AtomicU64,
    waits: Mutex<Vec<Duration>>,
}

/// A job that does nothing but say when it began.
#[derive(Serialize, Deserialize)]
struct Nothing {
    /// Nanoseconds from [`EPOCH`] to the moment it was asked for; 0 when that is not measured.
    #[serde(default)]
    asked: u64,
}

impl Job for Nothing {
    type Context = Seen;
    const NAME: &'static str = "rien";
    const QUEUE: &'static str = QUEUE;

    fn title(&self) -> String {
        "Rien".into()
    }

    async fn run(&self, seen: &Seen, _run: &Run) -> Result<Outcome, JobError> {
        if self.asked > 0 {
            let wait = EPOCH.elapsed().saturating_sub(Duration::from_nanos(self.asked));
            seen.waits.lock().expect("no run panics").push(wait);
        }
        seen.runs.fetch_add(1, Ordering::Relaxed);
        Ok(Outcome::Done)
    }
}

/// The value of `--name`, or `default`.
fn option(name: &str, default: usize) -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    let value = arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    value.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} {text}: a number is expected")))
}

async fn fill(db: &Db, jobs: usize) -> Duration {
    sqlx::query("TRUNCATE job CASCADE").execute(db.pool()).await.expect("emptied");
    let started = Instant::now();
    sqlx::query("INSERT INTO job (queue, name, title) SELECT $1, 'rien', 'Rien' FROM generate_series(1, $2)")
        .bind(QUEUE)
        .bind(i64::try_from(jobs).expect("a number of jobs"))
        .execute(db.pool())
        .await
        .expect("jobs");
    let time = started.elapsed();
    sqlx::query("ANALYZE job").execute(db.pool()).await.expect("analysed");
    time
}

/// Every job claimed and ended by `workers` connections, `lot` at a time.
async fn drain(db: &Db, workers: usize, lot: usize) -> (usize, Duration) {
    let names = ["rien".to_string()];
    let started = Instant::now();
    let counts = futures::future::join_all((0..workers).map(|number| {
        let (db, names) = (db.clone(), names.clone());
        tokio::spawn(async move {
            let (worker, mut count) = (format!("banc-{number}"), 0);
            loop {
                let taken = table::claim(&db.statement(), QUEUE, &names, &worker, i64::try_from(lot).expect("a lot")).await.expect("a claim");
                if taken.is_empty() {
                    return count;
                }
                count += taken.len();
                if lot == 1 {
                    let mut connection = db.pool().acquire().await.expect("a connection");
                    assert!(table::end(&mut connection, taken[0].id, taken[0].lease, &Ending::Done).await.expect("ends"));
                } else {
                    let (ids, leases): (Vec<i64>, Vec<i64>) = taken.iter().map(|job| (job.id, job.lease)).unzip();
                    assert_eq!(table::end_many(db.pool(), &ids, &leases).await.expect("ends").len(), taken.len());
                }
            }
        })
    }))
    .await;
    (counts.into_iter().map(|count| count.expect("no panic")).sum(), started.elapsed())
}

fn worker(db: &Db, seen: &Arc<Seen>, concurrency: usize) -> (watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let settings =
        RunnerSettings { worker: "banc".into(), queues: vec![QueueSetting { queue: QUEUE.into(), concurrency }], ..RunnerSettings::default() };
    let runner = Runner::new(
        db.clone(),
        seen.clone(),
        Registry::of(&[Known::of::<Nothing>()]),
        settings,
        (Arc::new(Metrics::default()), Incidents::new(Program::Worker, "banc")),
    );
    let (stop, stopped) = watch::channel(false);
    (stop, tokio::spawn(runner.run(stopped)))
}

async fn until(seen: &Seen, runs: u64) {
    while seen.runs.load(Ordering::Relaxed) < runs {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Every job done by one worker with 64 places.
async fn whole_worker(db: &Db, jobs: usize) -> Duration {
    let seen = Arc::new(Seen::default());
    let started = Instant::now();
    let (stop, running) = worker(db, &seen, 64);
    until(&seen, u64::try_from(jobs).expect("a number of jobs")).await;
    stop.send(true).expect("the worker listens");
    running.await.expect("a clean stop");
    started.elapsed()
}

/// From just before the transaction that adds a job to its first line, one job after the other.
async fn latency(db: &Db, measures: usize) -> Vec<Duration> {
    let seen = Arc::new(Seen::default());
    let (stop, running) = worker(db, &seen, 8);
    for number in 0..=measures {
        let asked = u64::try_from(EPOCH.elapsed().as_nanos()).expect("a short bench");
        let mut write = db.write().await.expect("a transaction");
        enqueue(&mut write, &Nothing { asked }, Requester::default()).await.expect("a job");
        write.commit().await.expect("commits");
        until(&seen, u64::try_from(number + 1).expect("a count")).await;
    }
    stop.send(true).expect("the worker listens");
    running.await.expect("a clean stop");
    // The first one waits for the worker to open its connections.
    let mut waits = seen.waits.lock().expect("no run panics")[1..].to_vec();
    waits.sort_unstable();
    waits
}

async fn run(url: &str) -> BTreeMap<&'static str, f64> {
    let (jobs, lot, workers, measures) = (option("--jobs", 50_000), option("--lot", 1_000), option("--ouvriers", 8), option("--mesures", 500));
    let settings =
        serde_json::json!({ "database_url": url, "storage_url": "/nonexistent", "environnement": "demo", "base_connexions": workers.max(8) + 2 });
    let config: Config = serde_json::from_value(settings).expect("settings");
    let db = Db::connect(&config, None).await.expect("the server answers");
    MIGRATIONS.run(db.pool()).await.expect("the migrations");
    let rate = |count: usize, time: Duration| count as f64 / time.as_secs_f64();
    let mut results = BTreeMap::new();
    results.insert("ajout_par_s", rate(jobs, fill(&db, jobs).await));
    let (count, time) = drain(&db, workers, 1).await;
    assert_eq!(count, jobs, "each job once");
    results.insert("un_par_un_par_s", rate(count, time));
    fill(&db, jobs * 4).await;
    let (count, time) = drain(&db, workers.min(4), lot).await;
    assert_eq!(count, jobs * 4, "each job once");
    results.insert("par_lots_par_s", rate(count, time));
    fill(&db, jobs).await;
    results.insert("un_ouvrier_64_places_par_s", rate(jobs, whole_worker(&db, jobs).await));
    fill(&db, 0).await;
    let waits = latency(&db, measures).await;
    let at = |share: usize| waits[(waits.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    results.insert("ajout_au_debut_p50_ms", at(50));
    results.insert("ajout_au_debut_p99_ms", at(99));
    db.pool().close().await;
    results
}

fn main() {
    // `cargo test --benches` runs this too, without a server: there is nothing to measure then.
    let Ok(server) = std::env::var("DATABASE_URL") else {
        eprintln!("DATABASE_URL manque : lancez le banc par bin/avec-base.");
        return;
    };
    LazyLock::force(&EPOCH);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let name = format!("gardel_banc_{}", std::process::id());
        let mut admin = PgConnection::connect(&server).await.expect("the server answers");
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.expect("a database");
        let (base, options) = server.split_once('?').map_or((server.as_str(), String::new()), |(base, options)| (base, format!("?{options}")));
        let host = base.rfind('/').map_or(base, |slash| &base[..slash]);
        let results = run(&format!("{host}/{name}{options}")).await;
        sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await.expect("dropped");
        results.iter().for_each(|(what, figure)| eprintln!("{what:<28} {figure:>12.1}"));
        println!("{}", serde_json::to_string(&results).expect("figures"));
    });
}
