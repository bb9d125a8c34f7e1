//! The model against the code: paths of the model, chosen at random, are walked on the functions of `store` themselves, in a base. After
//! each step the row is what the model says, and each function answered what the model says. A model of another protocol is told apart.
//! One step is left to the model: a lease that runs out under an open transaction, which no other connection can bring about.
//!
//! `ESSAI_MODELE_GRAINE` chooses other paths, `ESSAI_MODELE_CHEMINS` how many.

use std::collections::{BTreeMap, HashMap};

use gardel::platform::jobs::Requester;
use gardel::platform::jobs::store::{self, Ending as Written, NewJob};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Postgres, Transaction};

use super::pas::Bounds;
use super::protocole::{Action, Ending, Row, State, Step, Task, Variant, World};
use crate::support::App;
use crate::support::dice::{Dice, setting};

/// Steps of a path at most.
const STEPS: usize = 60;
const KIND: &str = "essai_modele";

/// A base and its processes, beside the world of the model.
struct Replay<'a> {
    pool: &'a PgPool,
    owner: &'a PgPool,
    /// Pieces of work before it is published.
    pieces: u8,
    /// The key of each job that is there.
    ids: Vec<Option<i64>>,
    /// Transactions under way, by worker and run.
    open: HashMap<(u8, u8), Transaction<'static, Postgres>>,
    /// How often each function gave each answer.
    seen: &'a mut BTreeMap<String, u32>,
}

fn job() -> NewJob {
    NewJob {
        queue: KIND,
        name: KIND,
        payload: serde_json::json!({}),
        priority: 100,
        max_attempts: 2,
        title: "Essai".into(),
        unique_key: Some(KIND.into()),
        requester: Requester::default(),
    }
}

fn name(worker: u8) -> String {
    format!("w{worker}")
}

/// Both agree, or the sentence that says what does not.
fn agree<T: PartialEq + std::fmt::Debug>(what: &str, real: &T, model: &T) -> Result<(), String> {
    if real == model { Ok(()) } else { Err(format!("{what}: the base says {real:?}, the model {model:?}")) }
}

impl Replay<'_> {
    fn id(&self, job: u8) -> i64 {
        self.ids[usize::from(job)].expect("a job that the model knows to be there")
    }

    fn noted(&mut self, function: &str, answer: impl std::fmt::Debug) {
        *self.seen.entry(format!("{function} {answer:?}")).or_default() += 1;
    }

    async fn insert(&mut self, job_at: usize) {
        let mut connection = self.pool.acquire().await.expect("a connection");
        let id = store::insert(&mut connection, &job()).await.expect("inserted");
        // A second one with the same key is the same job.
        assert_eq!(store::insert(&mut connection, &job()).await.expect("found"), id);
        self.ids[job_at] = Some(id);
    }

    /// Does for real what the model does from `before` to `after`.
    async fn step(&mut self, action: Action, (before, after): (&World, &World)) -> Result<(), String> {
        use Action::*;
        let task = |w: u8, t: u8| before.workers[usize::from(w)].tasks[usize::from(t)].clone();
        match action {
            Insert => {
                let at = before.jobs.iter().position(|row| row.state == State::Absent).expect("the model inserted it");
                self.insert(at).await;
            }
            Claim { w, j } | ClaimUnheard { w, j } => {
                let taken = store::claim(self.pool, KIND, &[KIND.to_string()], &name(w), 1).await.expect("claims");
                let taken: Vec<(i64, i64, i32)> = taken.iter().map(|one| (one.id, one.lease, one.attempts)).collect();
                let row = &after.jobs[usize::from(j)];
                self.noted("claim", taken.len());
                agree("claim", &taken, &vec![(self.id(j), i64::from(row.lease), i32::from(row.attempts))])?;
            }
            Heartbeat { w } | LookForCancel { w } => self.signals(w, matches!(action, Heartbeat { .. }), (before, after)).await?,
            Begin { w, t } => self.begin(w, &task(w, t), after).await?,
            Commit { w, t } | CommitUnheard { w, t } => {
                let run = task(w, t).run;
                self.open.remove(&(w, run)).expect("an open transaction").commit().await.expect("commits");
            }
            Cut { w, t } | DropTransaction { w, t } => {
                let run = task(w, t).run;
                self.open.remove(&(w, run)).expect("an open transaction").rollback().await.expect("rolls back");
            }
            End { w, t } | EndUnheard { w, t } => self.end(&task(w, t), before).await?,
            Expire { j } => self.run(&format!("UPDATE job SET lease_until = now() - interval '1 second' WHERE id = {}", self.id(j))).await,
            Rescue { j } => {
                let rescued = store::rescue(self.pool).await.expect("rescues");
                let rescued: Vec<(i64, State)> = rescued.iter().map(|one| (one.id, state(&one.state))).collect();
                self.noted("rescue", rescued[0].1);
                agree("rescue", &rescued, &vec![(self.id(j), after.jobs[usize::from(j)].state)])?;
            }
            Restart { w } => {
                let released = store::release_worker(self.pool, &name(w)).await.expect("releases");
                let mine = before.jobs.iter().filter(|row| row.state == State::Running && row.worker == w).count();
                self.noted("release_worker", released);
                agree("release_worker", &released, &(mine as u64))?;
            }
            Cancel { j } => {
                let mut connection = self.pool.acquire().await.expect("a connection");
                let at_once = store::request_cancel(&mut connection, self.id(j)).await.expect("asks").is_some();
                self.noted("request_cancel", at_once);
                agree("request_cancel", &at_once, &(before.jobs[usize::from(j)].state == State::Ready))?;
            }
            Retry { j } => {
                let mut connection = self.pool.acquire().await.expect("a connection");
                agree("retry", &store::retry(&mut connection, self.id(j)).await.expect("puts back"), &true)?;
                self.noted("retry", true);
            }
            // What a process does by itself: nothing is asked of the base.
            Obey { .. } | Fail { .. } | Wait { .. } | AbandonEnd { .. } | Freeze { .. } | Resume { .. } | Kill { .. } | Term { .. } | Exit { .. } => {
            }
            CancelRunning => unreachable!("of a protocol that is not ours"),
        }
        for (j, row) in (0..).zip(&after.jobs) {
            self.compare(j, row).await.map_err(|error| format!("{action:?}, job {j}: {error}"))?;
        }
        Ok(())
    }

    async fn run(&self, sql: &str) {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(self.owner).await.expect("done");
    }

    /// A heartbeat, or a look at what was called off: what each run hears.
    async fn signals(&mut self, w: u8, heartbeat: bool, (before, after): (&World, &World)) -> Result<(), String> {
        let tasks = |world: &World| world.workers[usize::from(w)].tasks.clone();
        let known: Vec<Task> = tasks(before).into_iter().filter(|task| task.known).collect();
        let ids: Vec<i64> = known.iter().map(|task| self.id(task.job)).collect();
        let leases: Vec<i64> = known.iter().map(|task| i64::from(task.lease)).collect();
        let (held, called_off) = if heartbeat {
            let answer = store::heartbeat(self.pool, &ids, &leases).await.expect("beats");
            let held: Vec<(i64, i64)> = answer.iter().map(|(id, lease, _)| (*id, *lease)).collect();
            (Some(held), answer.iter().filter(|(.., off)| *off).map(|(id, lease, _)| (*id, Some(*lease))).collect::<Vec<_>>())
        } else {
            (None, store::cancelled(self.pool, &ids).await.expect("looks").into_iter().map(|id| (id, None)).collect())
        };
        for task in known {
            let (id, lease) = (self.id(task.job), i64::from(task.lease));
            let lost = task.lost || held.as_ref().is_some_and(|held| !held.contains(&(id, lease)));
            let off = task.cancelled || called_off.iter().any(|(one, of)| *one == id && of.is_none_or(|of| of == lease));
            let model = tasks(after).into_iter().find(|one| one.run == task.run && one.job == task.job).expect("a run stays known");
            self.noted(if heartbeat { "heartbeat" } else { "cancelled" }, (lost, off));
            agree("what a run hears (lost, called off)", &(lost, off), &(model.lost, model.cancelled))?;
        }
        Ok(())
    }

    async fn begin(&mut self, w: u8, task: &Task, after: &World) -> Result<(), String> {
        let step = after.workers[usize::from(w)].tasks.iter().find(|one| one.run == task.run).map(|one| one.step);
        let mut tx = self.pool.begin().await.expect("a transaction");
        let (id, lease) = (self.id(task.job), i64::from(task.lease));
        let publishes = task.at >= self.pieces;
        let held = if publishes {
            store::hold(&mut tx, id, lease).await.expect("asks")
        } else {
            store::progress(&mut tx, id, lease, i64::from(task.at) + 1, None).await.expect("writes")
        };
        self.noted(if publishes { "hold" } else { "progress" }, held);
        agree("whether the lease is held", &held, &step.is_some())?;
        if held {
            self.open.insert((w, task.run), tx);
        } else {
            tx.rollback().await.expect("rolls back");
        }
        Ok(())
    }

    async fn end(&mut self, task: &Task, before: &World) -> Result<(), String> {
        let Step::End(ending) = task.step else { return Err("the model ends what does not end".into()) };
        let written = match ending {
            Ending::Done => Written::Done,
            Ending::Failed => Written::Failed("essai"),
            Ending::Cancelled => Written::Cancelled("essai"),
            Ending::Retry => Written::Retry("essai", 0.0),
            Ending::GiveBack => Written::GiveBack,
        };
        let mut connection = self.pool.acquire().await.expect("a connection");
        let held = store::end(&mut connection, self.id(task.job), i64::from(task.lease), &written).await.expect("writes");
        self.noted("end", (ending, held));
        agree("whether an end is written", &held, &before.jobs[usize::from(task.job)].passes(Variant::Sound, task))
    }

    async fn compare(&self, j: u8, row: &Row) -> Result<(), String> {
        let Some(id) = self.ids[usize::from(j)] else { return agree("state", &State::Absent, &row.state) };
        let told: (String, i64, i32, bool, bool, i64, Option<String>) = sqlx::query_as(
            "SELECT state, lease, attempts, cancel_requested, coalesce(lease_until < now(), false), done, worker FROM job WHERE id = $1",
        )
        .bind(id)
        .fetch_one(self.owner)
        .await
        .expect("the job");
        let real = (state(&told.0), told.1, told.2, told.3, told.4, told.5);
        let model = (row.state, i64::from(row.lease), i32::from(row.attempts), row.cancel_requested, row.overdue, i64::from(row.checkpoint));
        agree("state, lease, attempts, called off, overdue, checkpoint", &real, &model)?;
        if row.state == State::Running { agree("worker", &told.6, &Some(name(row.worker))) } else { Ok(()) }
    }
}

fn state(code: &str) -> State {
    match code {
        "ready" => State::Ready,
        "running" => State::Running,
        "done" => State::Done,
        "failed" => State::Failed,
        "cancelled" => State::Cancelled,
        other => panic!("{other} is no state"),
    }
}

/// Whether a test can bring it about.
fn can_be_made(world: &World, action: Action) -> bool {
    !matches!(action, Action::Expire { j } if !world.jobs[usize::from(j)].free())
}

/// A path from the start, chosen by `dice`: the ordinary course most often, so that misfortunes come at every depth.
async fn walk(app: &App, pool: &PgPool, bounds: Bounds, dice: &mut Dice, seen: &mut BTreeMap<String, u32>) -> Result<(), String> {
    let mut replay = Replay { pool, owner: app.pool(), pieces: bounds.pieces, ids: vec![None; usize::from(bounds.jobs)], open: HashMap::new(), seen };
    replay.insert(0).await;
    let mut world = bounds.start();
    let mut path = Vec::new();
    for _ in 0..STEPS {
        let possible: Vec<(Action, World)> = bounds
            .candidates(&world)
            .into_iter()
            .filter(|action| can_be_made(&world, *action))
            .filter_map(|action| Some((action, bounds.after(&world, action)?)))
            .collect();
        let (costly, ordinary): (Vec<_>, Vec<_>) = possible.into_iter().partition(|(action, _)| action.is_misfortune());
        let among = if costly.is_empty() || (!ordinary.is_empty() && !dice.falls(25)) { ordinary } else { costly };
        if among.is_empty() {
            break;
        }
        let (action, next) = dice.pick(&among).clone();
        path.push(action);
        replay.step(action, (&world, &next)).await.map_err(|error| format!("{error}\nafter {path:?}"))?;
        world = next;
    }
    for (_, tx) in replay.open.drain() {
        tx.rollback().await.expect("rolls back");
    }
    replay.run(&format!("DELETE FROM job WHERE name = '{KIND}'")).await;
    Ok(())
}

#[rocket::async_test]
async fn the_store_does_what_the_model_says() {
    let app = App::new().await;
    let options = app.work.db.pool().connect_options();
    let pool = PgPoolOptions::new().max_connections(8).connect_with((*options).clone()).await.expect("connections of a worker");
    let paths = setting("ESSAI_MODELE_CHEMINS", 60);
    let seed = setting("ESSAI_MODELE_GRAINE", 1);
    let mut seen = BTreeMap::new();
    for path in 0..paths {
        let mut dice = Dice(seed.wrapping_mul(1_000).wrapping_add(path));
        let bounds = Bounds { variant: Variant::Sound, workers: 2, jobs: 1 + u8::from(path % 3 == 0), pieces: 2, attempts: 2, misfortunes: 12 };
        if let Err(error) = walk(&app, &pool, bounds, &mut dice, &mut seen).await {
            panic!("seed {seed}, path {path}: {error}");
        }
    }
    println!("{seen:#?}");
    // Walked or not: what a model of something else would not do. Each answer that matters was given.
    for answer in [
        "claim 1",
        "progress true",
        "progress false",
        "hold true",
        "end (Done, true)",
        "end (Retry, true)",
        "end (GiveBack, true)",
        "rescue Ready",
        "release_worker 1",
        "request_cancel true",
        "request_cancel false",
        "retry true",
    ] {
        assert!(seen.contains_key(answer), "no path had « {answer} »");
    }
    let starting = |words: &str| seen.keys().any(|answer| answer.starts_with(words));
    assert!(
        starting("heartbeat (true")
            && starting("heartbeat (false")
            && seen.keys().any(|answer| answer.ends_with(", false)") && answer.starts_with("end"))
    );
}

/// A model that lacks one thing is not the store: some path tells them apart.
#[rocket::async_test]
async fn another_protocol_is_told_apart() {
    for variant in [Variant::NoFencing, Variant::AttemptNumber, Variant::CheckpointUnfenced, Variant::RescueKeepsNumber, Variant::StateUnchecked] {
        let app = App::new().await;
        let mut seen = BTreeMap::new();
        let mut told = None;
        for path in 0..400 {
            let bounds = Bounds { variant, workers: 2, jobs: 1, pieces: 2, attempts: 2, misfortunes: 12 };
            // A base of its own each time that they part: what the other protocol leaves behind is not cleared away.
            if let Err(error) = walk(&app, app.work.db.pool(), bounds, &mut Dice(path), &mut seen).await {
                told = Some(error);
                break;
            }
        }
        assert!(told.is_some(), "{variant:?} cannot be told from the store");
    }
}
