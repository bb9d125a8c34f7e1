//! The queue with jobs that do nothing: delay from the request to the start, and jobs per second.
//! Workers are those of `gardel-worker`, with their leases, heartbeats and history.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gardel::platform::config::Config;
use gardel::platform::db::Db;
use gardel::platform::incidents::{Incidents, Program};
use gardel::platform::jobs::{self, Job, JobError, Known, Outcome, QueueSetting, Registry, Requester, Run, Runner, RunnerSettings};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;

use crate::Faute;

/// Queue of the measure, otherwise empty.
const QUEUE: &str = "high_priority";
/// Time between two requests whose delay is measured: each finds the worker asleep.
const PACE: Duration = Duration::from_millis(10);
/// Requests without an announcement, found by the poll.
const POLLED: usize = 6;
/// Workers that take one job at a time; and workers that take many, with their places.
const ONE_BY_ONE: (usize, usize) = (16, 1);
const BATCHES: (usize, usize) = (2, 64);
/// Longest wait for the end of a measure.
const PATIENCE: Duration = Duration::from_secs(120);

/// When each job of the delays began.
#[derive(Default)]
struct Starts(Mutex<HashMap<usize, Instant>>);

impl Starts {
    fn note(&self, number: usize) {
        // A poisoned lock only means that another task panicked: the map is still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(number, Instant::now());
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn of(&self, number: usize) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&number).copied()
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {
    #[serde(default)]
    number: Option<usize>,
}

impl Job for Nothing {
    type Context = Starts;
    const NAME: &'static str = "banc";
    const QUEUE: &'static str = QUEUE;

    fn title(&self) -> String {
        "Mesure de la file".into()
    }

    async fn run(&self, starts: &Starts, _: &Run) -> Result<Outcome, JobError> {
        if let Some(number) = self.number {
            starts.note(number);
        }
        Ok(Outcome::Done)
    }
}

/// Workers under way.
struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    starts: Arc<Starts>,
}

impl Workers {
    fn start(db: &Db, (workers, places): (usize, usize)) -> Self {
        let (stop, stopped) = watch::channel(false);
        let starts = Arc::new(Starts::default());
        let tasks = (0..workers).map(|number| {
            let queues = vec![QueueSetting { queue: QUEUE.into(), concurrency: places }];
            let settings = RunnerSettings { worker: format!("banc-{number}"), queues, ..RunnerSettings::default() };
            let runner = Runner::new(
                db.clone(),
                starts.clone(),
                Registry::of(&[Known::of::<Nothing>()]),
                settings,
                (Arc::default(), Incidents::new(Program::Worker, "banc")),
            );
            tokio::spawn(runner.run(stopped.clone()))
        });
        Self { tasks: tasks.collect(), stop, starts }
    }

    async fn stop(self) {
        // Workers that are gone already need no telling.
        let _told = self.stop.send(true);
        for task in self.tasks {
            let _ended = task.await;
        }
    }
}

/// Prints one JSON line with everything.
pub async fn measure(count: i64, delays: usize) -> Result<(), Faute> {
    let config = Config { base_connexions: 48, ..Config::from_figment(&rocket::Config::figment())? };
    let db = Db::connect(&config, None).await?;
    db.check_migrated().await?;
    let clean = "DELETE FROM job WHERE name = 'banc'";
    sqlx::query(clean).execute(db.pool()).await?;
    let announced = announced(&db, delays).await?;
    let polled = polled(&db).await?;
    let single = rate(&db, count, ONE_BY_ONE).await?;
    let batches = rate(&db, count, BATCHES).await?;
    sqlx::query(clean).execute(db.pool()).await?;
    let line = json!({
        "delai_ms": {"p50": quantile(&announced, 0.5), "p99": quantile(&announced, 0.99)},
        "delai_sans_annonce_ms": {"max": quantile(&polled, 1.0), "intervalle": RunnerSettings::default().poll.as_millis()},
        "un_par_un_par_s": single, "par_lots_par_s": batches, "travaux": count,
    });
    println!("{line}");
    Ok(())
}

/// Milliseconds from just before the commit of a request to the start of its job, in order.
async fn announced(db: &Db, count: usize) -> Result<Vec<f64>, Faute> {
    let workers = Workers::start(db, (1, 4));
    let mut asked = Vec::with_capacity(count);
    for number in 0..count {
        tokio::time::sleep(PACE).await;
        let mut write = db.write().await?;
        jobs::enqueue(&mut write, &Nothing { number: Some(number) }, Requester::default()).await?;
        asked.push(Instant::now());
        write.commit().await?;
    }
    let delays = delays(&workers, &asked).await;
    workers.stop().await;
    delays
}

/// The same without NOTIFY: as when the announcement is lost, the poll finds the job.
async fn polled(db: &Db) -> Result<Vec<f64>, Faute> {
    let workers = Workers::start(db, (1, 4));
    let mut asked = Vec::with_capacity(POLLED);
    for number in 0..POLLED {
        asked.push(Instant::now());
        sqlx::query("INSERT INTO job (queue, name, payload, title) VALUES ($1, 'banc', $2, 'Mesure de la file')")
            .bind(QUEUE)
            .bind(json!({"number": number}))
            .execute(db.pool())
            .await?;
        wait(|| workers.starts.len() > number).await?;
    }
    let delays = delays(&workers, &asked).await;
    workers.stop().await;
    delays
}

async fn delays(workers: &Workers, asked: &[Instant]) -> Result<Vec<f64>, Faute> {
    wait(|| workers.starts.len() >= asked.len()).await?;
    let times = asked.iter().enumerate().filter_map(|(number, asked)| Some(workers.starts.of(number)?.saturating_duration_since(*asked)));
    let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Jobs per second, from the first start to the last end, as PostgreSQL noted them.
async fn rate(db: &Db, count: i64, workers: (usize, usize)) -> Result<f64, Faute> {
    sqlx::query("DELETE FROM job WHERE name = 'banc'").execute(db.pool()).await?;
    sqlx::query("INSERT INTO job (queue, name, title) SELECT $1, 'banc', 'Mesure de la file' FROM generate_series(1, $2)")
        .bind(QUEUE)
        .bind(count)
        .execute(db.pool())
        .await?;
    sqlx::query("VACUUM ANALYZE job").execute(db.pool()).await?;
    let workers = Workers::start(db, workers);
    let started = Instant::now();
    loop {
        let left: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM job WHERE name = 'banc' AND state IN ('ready', 'running'))")
            .fetch_one(db.pool())
            .await?;
        if !left {
            break;
        }
        if started.elapsed() > PATIENCE {
            return Err("la file ne se vide pas".into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    workers.stop().await;
    let (done, seconds): (i64, f64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE state = 'done'), extract(epoch FROM max(finished_at) - min(started_at))::float8 FROM job WHERE name = 'banc'",
    )
    .fetch_one(db.pool())
    .await?;
    if done != count {
        return Err(format!("{done} travaux faits sur {count}").into());
    }
    Ok(done as f64 / seconds)
}

async fn wait(until: impl Fn() -> bool) -> Result<(), Faute> {
    let started = Instant::now();
    while !until() {
        if started.elapsed() > PATIENCE {
            return Err("des travaux n'ont pas commencé".into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// The value below which the share `part` of the ordered `values` lies.
fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let place = ((values.len() as f64 * part).ceil() as usize).clamp(1, values.len().max(1)) - 1;
    values.get(place).copied()
}
