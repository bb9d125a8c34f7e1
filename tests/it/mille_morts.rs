//! SIGKILL at random moments over exports of every format, real processes against a real base: each file
//! is the one that an undisturbed worker writes, byte for byte, and each job ends once. A few kills by
//! default; `just kills` runs a thousand and prints the table.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gardel::listing::Format;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::exports::{many_rows, sha256};
use crate::interruptions::Worker;
use crate::support::App;
use crate::support::app::LE_GOSIER;
use crate::support::dice::setting;

/// Kills when nothing is asked: two by format.
const KILLS_DEFAULT: usize = 12;
/// Rows beside those of the demo: three lots, so that there is something to resume.
const ROWS: i64 = 25_000;
/// A broken run ends here instead of never.
const LIMIT: Duration = Duration::from_secs(600);

/// What happened to the exports of one format.
#[derive(Default)]
struct Tally {
    kills: usize,
    by_stage: BTreeMap<&'static str, usize>,
    files: usize,
    identical: usize,
    ended_twice: i64,
    reference: Duration,
}

/// Where the export stands when its worker dies.
async fn stage(app: &App) -> &'static str {
    let (job, expected, pieces): (String, Option<i64>, i64) = sqlx::query_as(
        "SELECT j.state, e.lignes_prevues, (SELECT count(*) FROM export_morceau) FROM job j JOIN export e ON e.job_id = j.id WHERE j.state <> 'done'",
    )
    .fetch_optional(app.pool())
    .await
    .expect("the job")
    .unwrap_or_else(|| ("done".into(), None, 0));
    match (job.as_str(), expected) {
        ("done", _) => "après la fin",
        ("ready", _) => "avant la prise",
        (_, None) => "mise de côté",
        (_, Some(expected)) if pieces * 10_000 < expected => "lecture",
        _ => "assemblage",
    }
}

/// Waits for the file at most `limit`; whether it came.
async fn ready_within(app: &App, limit: Duration) -> bool {
    let start = Instant::now();
    loop {
        if app.one::<bool>("SELECT bool_and(state = 'done') FROM job WHERE name = 'export'").await {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        rocket::tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Puts the only export back to its start, as if it had just been asked for.
async fn start_again(app: &App) {
    app.run_sql("UPDATE export SET etat = 'en_attente', lignes_prevues = NULL, lignes_comptees = NULL, fichier = NULL, manifeste = NULL").await;
    app.run_sql("DELETE FROM fins").await;
    app.run_sql("UPDATE job SET state = 'ready', attempts = 0, lease_until = NULL, done = 0, total = NULL, run_at = now(), finished_at = NULL WHERE name = 'export'").await;
}

/// The digest of the file that stands in the store, its counts checked against the base.
async fn digest(app: &App, expected: i64) -> String {
    let (path, written, counted): (String, i64, i64) =
        sqlx::query_as("SELECT fichier, lignes_ecrites, lignes_comptees FROM export").fetch_one(app.pool()).await.expect("the export");
    assert_eq!((written, counted), (expected, expected), "nothing missing, nothing twice");
    sha256(&std::fs::read(app.folder.path().join(path)).expect("the file"))
}

/// Kills the workers of one export until `wanted` have died.
async fn kill(app: &App, format: Format, wanted: usize, random: &mut StdRng, expected: i64) -> Tally {
    let mut tally = Tally::default();
    let started = Instant::now();
    let worker = Worker::start(app, "seul");
    assert!(ready_within(app, LIMIT).await, "{format:?}: the undisturbed export ends");
    tally.reference = started.elapsed();
    drop(worker);
    let straight = digest(app, expected).await;
    let mut scale = 1.0;
    while tally.kills < wanted {
        start_again(app).await;
        loop {
            let last = tally.kills >= wanted;
            let name = format!("{}-{}-{}", format.code(), tally.files, random.random::<u32>());
            let mut victim = Worker::start(app, &name);
            let delay = if last { LIMIT } else { tally.reference.mul_f64(random.random_range(0.0..1.0) * scale) };
            if ready_within(app, delay).await {
                break;
            }
            assert!(!last, "{format:?}: the last worker ends the export");
            victim.0.kill().expect("SIGKILL");
            victim.0.wait().expect("dead");
            tally.kills += 1;
            *tally.by_stage.entry(stage(app).await).or_default() += 1;
            // On a machine that slows down, workers must still come further than the one before.
            scale *= 1.05;
            // What thirty seconds would do; a thousand deaths would use up the attempts.
            app.run_sql("UPDATE job SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
            app.run_sql("UPDATE job SET attempts = 0, run_at = now() WHERE state <> 'done' AND name = 'export'").await;
        }
        scale = 1.0;
        tally.files += 1;
        let found = digest(app, expected).await;
        assert_eq!(found, straight, "{format:?}: the file of killed workers differs");
        tally.identical += 1;
        tally.ended_twice += app.one::<i64>("SELECT count(*) - 1 FROM fins").await;
    }
    tally
}

#[rocket::async_test]
async fn workers_killed_at_random_change_no_byte_of_any_format() {
    let wanted = setting("ESSAI_TUES", KILLS_DEFAULT as u64) as usize;
    let seed = setting("ESSAI_GRAINE", 971);
    let mut random = StdRng::seed_from_u64(seed);
    let app = App::new().await;
    many_rows(&app, ROWS).await;
    // The instant is part of a workbook: the same one each time, so that bytes can be compared.
    app.run_sql("CREATE FUNCTION instant() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.lu_le := ''2026-11-23T14:00:00Z''; RETURN NEW; END'").await;
    app.run_sql("CREATE TRIGGER instant BEFORE UPDATE ON export FOR EACH ROW EXECUTE FUNCTION instant()").await;
    // Each end of a job is noted: one by file.
    app.run_sql("CREATE TABLE fins (job_id bigint, lease bigint)").await;
    // Written by the trigger under the rights of the worker, which knows the tables of the program only.
    app.run_sql("GRANT SELECT, INSERT ON fins TO PUBLIC").await;
    app.run_sql("CREATE FUNCTION fin() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO fins VALUES (NEW.id, NEW.lease); RETURN NEW; END'")
        .await;
    app.run_sql("CREATE TRIGGER fin AFTER UPDATE ON job FOR EACH ROW WHEN (NEW.name = 'export' AND NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION fin()").await;
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    let browser = app.agent(LE_GOSIER).await;
    println!("{wanted} SIGKILL, graine {seed}, {expected} lignes par fichier");
    println!("{:<12} {:>6} {:>8} {:>10} {:>8} {:>9}  moments", "format", "tués", "fichiers", "identiques", "doublés", "sans mort");
    let mut identical = 0;
    for (place, format) in Format::ALL.into_iter().enumerate() {
        browser.export("sejours", "tri=-montant", format.code()).await;
        let share = wanted / Format::ALL.len() + usize::from(place < wanted % Format::ALL.len());
        let tally = kill(&app, format, share.max(1), &mut random, expected).await;
        let moments: Vec<String> = tally.by_stage.iter().map(|(stage, count)| format!("{stage} {count}")).collect();
        println!(
            "{:<12} {:>6} {:>8} {:>10} {:>8} {:>6} ms  {}",
            format.code(),
            tally.kills,
            tally.files,
            tally.identical,
            tally.ended_twice,
            tally.reference.as_millis(),
            moments.join(", ")
        );
        assert_eq!(tally.ended_twice, 0, "{format:?}: a job ends once");
        identical += tally.identical;
        // One export at a time in this base.
        app.run_sql("DELETE FROM export").await;
        app.run_sql("DELETE FROM job").await;
    }
    assert!(identical >= Format::ALL.len());
}
