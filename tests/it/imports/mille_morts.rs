//! SIGKILL at random moments over the checking, the writing and the undoing of imports, real processes against a real base: each time
//! the base is the one that an undisturbed worker leaves. A few kills by default; `just kills` runs hundreds and prints the table.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::lots::drawn;
use super::{asked, base, content, counts, read, sent, state};
use crate::interruptions::Worker;
use crate::support::App;
use crate::support::app::LE_GOSIER;
use crate::support::dice::setting;

/// Kills when nothing is asked: two by step.
const KILLS_DEFAULT: u64 = 6;
const LINES: usize = 600;
/// A broken run ends here instead of never.
const LIMIT: Duration = Duration::from_secs(300);

/// The three steps: the state that each ends in, and where it stands meanwhile.
const STEPS: [(&str, &str, &str); 3] =
    [("vérification", "a_confirmer", "lues"), ("écriture", "termine", "avancement"), ("annulation", "annule", "annule_avancement")];

#[derive(Default)]
struct Tally {
    kills: usize,
    by_progress: BTreeMap<&'static str, usize>,
    ends: usize,
    reference: Duration,
}

fn worker(app: &App, name: &str) -> Worker {
    Worker::with(app, &["--queue", "etl_heavy=1", "--seulement", "--nom", name])
}

/// Waits for `end` at most `limit`; whether it came.
async fn ended_within(app: &App, id: i64, end: &str, limit: Duration) -> bool {
    let start = Instant::now();
    loop {
        if state(app, id).await == end && app.one::<bool>("SELECT bool_and(state = 'done') FROM job WHERE name = 'import'").await {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        rocket::tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Where the step stands when its worker dies.
async fn progress(app: &App, id: i64, column: &str) -> &'static str {
    let (job, done): (String, i64) =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT j.state, a.{column} FROM import a JOIN job j ON j.id = a.job_id WHERE a.id = $1")))
            .bind(id)
            .fetch_one(app.pool())
            .await
            .expect("the import");
    match (job.as_str(), done) {
        ("ready", _) => "avant la prise",
        ("done", _) => "après la fin",
        (_, 0) => "avant le premier lot",
        _ => "entre deux lots",
    }
}

/// Works one step, its workers killed until `wanted` have died in all of the runs of this step.
async fn step(app: &App, id: i64, (_, end, column): (&str, &str, &str), wanted: usize, tally: &mut Tally, random: &mut StdRng) {
    let mut scale = 1.0;
    loop {
        let last = tally.kills >= wanted;
        let name = format!("{end}-{}", random.random::<u32>());
        let victim = worker(app, &name);
        let began = Instant::now();
        let delay = if last { LIMIT } else { tally.reference.mul_f64(random.random_range(0.0..1.0) * scale) };
        if ended_within(app, id, end, delay).await {
            if tally.reference.is_zero() {
                tally.reference = began.elapsed();
            }
            tally.ends += 1;
            return;
        }
        assert!(!last, "{end}: the last worker ends the step");
        victim.kill();
        tally.kills += 1;
        *tally.by_progress.entry(progress(app, id, column).await).or_default() += 1;
        // On a machine that slows down, workers must still come further than the one before.
        scale *= 1.05;
        // What thirty seconds would do; hundreds of deaths would use up the attempts.
        app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
        app.run_sql("UPDATE job SET attempts = 0, run_at = now() WHERE state <> 'done' AND name = 'import'").await;
    }
}

#[rocket::async_test]
async fn workers_killed_at_random_leave_the_base_of_an_undisturbed_one() {
    let wanted = setting("ESSAI_TUES_IMPORTS", KILLS_DEFAULT) as usize;
    let seed = setting("ESSAI_GRAINE", 971);
    let mut random = StdRng::seed_from_u64(seed);
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = drawn(&app, seed, LINES).await;
    let before = base(&app).await;
    let mut tallies: [Tally; 3] = Default::default();
    let mut straight = None;
    println!("{wanted} SIGKILL, graine {seed}, {LINES} lignes");
    for round in 0.. {
        let share = |place: usize| wanted / 3 + usize::from(place < wanted % 3);
        // The first round is the undisturbed one.
        let wanted = |place: usize| if round == 0 { 0 } else { share(place).min(tallies[place].kills + 12) };
        let wanted = [wanted(0), wanted(1), wanted(2)];
        let id = sent(&browser, "hebergeurs", "tire.csv", &file).await;
        app.run_sql("UPDATE import SET lot = 20").await;
        read(&app, &browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
        step(&app, id, STEPS[0], wanted[0], &mut tallies[0], &mut random).await;
        asked(&browser, id).await;
        step(&app, id, STEPS[1], wanted[1], &mut tallies[1], &mut random).await;
        let found = (counts(&app, id).await, content(&app).await);
        assert_eq!(straight.get_or_insert_with(|| found.clone()), &found, "round {round}: written as by an undisturbed worker");
        let twice = "SELECT count(*) FROM hebergeur h JOIN import_ligne l ON l.cle = h.id AND l.etat = 'ecrite' WHERE h.version <> coalesce(l.version, 0) + 1";
        assert_eq!(app.one::<i64>(twice).await, 0, "round {round}: each row once");
        browser.post(&format!("/imports/{id}/annulation"), &[]).await;
        step(&app, id, STEPS[2], wanted[2], &mut tallies[2], &mut random).await;
        assert_eq!(base(&app).await, before, "round {round}: as it was");
        app.run_sql("DELETE FROM import").await;
        app.run_sql("DELETE FROM job").await;
        if round > 0 && (0..3).all(|place| tallies[place].kills >= share(place)) {
            break;
        }
    }
    println!("{:<14} {:>6} {:>8} {:>9}  moments", "étape", "tués", "finies", "sans mort");
    for ((name, ..), tally) in STEPS.iter().zip(&tallies) {
        let moments: Vec<String> = tally.by_progress.iter().map(|(stage, count)| format!("{stage} {count}")).collect();
        println!("{name:<14} {:>6} {:>8} {:>6} ms  {}", tally.kills, tally.ends, tally.reference.as_millis(), moments.join(", "));
    }
}
