//! The log of the two programs: one line per request and per job, linked by the number of the request, all of them objects, with nothing of
//! anybody; and what its level becomes while they run.

use rustix::process::Signal;
use serde_json::Value;

use crate::support::App;
use crate::support::app::{LE_GOSIER, ROLES};
use crate::support::program::{GARDEL, program_of};
use crate::support::running::{Running, lines};

/// The lines that tell an answer.
fn answered(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["message"] == "answered").collect()
}

#[rocket::async_test]
async fn each_answer_is_one_line_and_each_line_an_object() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let cookie = browser.cookie();
    let server = Running::server(&app).await;
    let mut numbers = Vec::new();
    for (path, status) in [
        ("/sejours", 200),
        ("/sejours?q=zqxdupont&commune=97113", 200),
        ("/recherche?q=zqxdupont", 200),
        ("/nulle/part/du/tout/x?nom=zqxdupont", 404),
        ("/sejours/zqx?nom=zqxdupont", 404),
        ("/invitation/zqxjeton", 410),
        ("/sejours?statut=zqx", 400),
    ] {
        let answer = server.get(path, Some(&cookie)).await;
        assert_eq!(answer.status, status, "{path}");
        numbers.push((answer.header("X-Request-Id").expect("its number").to_string(), i64::from(status)));
    }
    let form = [("courriel", "zqxdupont@exemple.gp"), ("mot_de_passe", "zqxsecret-et-long")];
    let refused = server.post("/connexion", &form, None).await;
    numbers.push((refused.header("X-Request-Id").expect("its number").to_string(), refused.status.into()));
    let lines = server.stopped().await;
    for (number, status) in numbers {
        let told: Vec<&Value> = answered(&lines).into_iter().filter(|line| line["request"] == number).collect();
        assert_eq!(told.len(), 1, "{number}: {lines:#?}");
        assert_eq!(told[0]["status"], status);
        assert!(told[0]["us"].as_u64().is_some_and(|time| time > 0) && told[0]["path"].is_string() && told[0]["route"].is_string());
    }
    let text = serde_json::to_string(&lines).expect("JSON");
    for secret in ["zqxdupont", "zqxjeton", "zqxsecret", cookie.1.as_str(), "exemple.gp"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(lines.iter().any(|line| line["message"] == "web server started"), "the first line is there: {lines:#?}");
    assert!(!lines.iter().any(|line| line["target"].as_str().is_some_and(|target| target.starts_with("rocket"))), "{lines:#?}");
}

#[rocket::async_test]
async fn a_request_leads_to_its_job_and_to_the_line_of_its_run() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let cookie = browser.cookie();
    let (server, worker) = (Running::server(&app).await, Running::worker(&app).await);
    let answer = server.post("/sejours/exports", &[("requete", ""), ("format", "csv_fr")], Some(&cookie)).await;
    assert_eq!(answer.status, 303);
    let number = answer.header("X-Request-Id").expect("its number").to_string();
    let (job, kept): (i64, Option<String>) =
        sqlx::query_as("SELECT id, demande FROM job WHERE name = 'export'").fetch_one(app.pool()).await.expect("a job");
    assert_eq!(kept.as_deref(), Some(number.as_str()));
    worker.says("job ended").await;
    // One that is a step of a trace: its job is the next one.
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let headers = [("Sec-Fetch-Site", "same-origin"), ("traceparent", &*format!("00-{trace}-00f067aa0ba902b7-01"))];
    let answer = browser.post_with("/sejours/exports", &[("requete", "statut=valide"), ("format", "csv_fr")], &headers).await;
    let traced = answer.header("X-Request-Id").expect("its number");
    let kept: String = app.one("SELECT traceparent FROM job WHERE traceparent IS NOT NULL").await;
    assert!(kept.starts_with(&format!("00-{trace}-")) && !kept.contains("00f067aa0ba902b7"), "{kept}");
    worker.says(trace).await;
    let (server, worker) = (server.stopped().await, worker.stopped().await);
    let ends = |number: &str| -> Vec<&Value> { worker.iter().filter(|line| line["message"] == "job ended" && line["request"] == number).collect() };
    let runs = ends(&number);
    assert_eq!(runs.len(), 1, "{worker:#?}");
    assert_eq!((&runs[0]["job"], &runs[0]["outcome"], &runs[0]["trace"]), (&Value::from(job), &Value::from("done"), &Value::Null));
    assert_eq!(ends(&traced)[0]["trace"], trace);
    assert_eq!(answered(&server).iter().filter(|line| line["request"] == number).count(), 1);
}

#[rocket::async_test]
async fn what_the_log_shows_changes_while_the_program_runs() {
    let app = App::new().await;
    let cookie = app.agent(LE_GOSIER).await.cookie();
    let server = Running::server(&app).await;
    server.get("/sejours", Some(&cookie)).await;
    assert!(!server.text().contains("sqlx::query"), "{}", server.text());
    server.signal(Signal::USR1);
    server.says("the log shows more").await;
    let shown = server.get("/sejours?q=zqxdupont", Some(&cookie)).await.header("X-Request-Id").expect("its number").to_string();
    server.says(&shown).await;
    server.signal(Signal::USR2);
    server.says("what the settings say").await;
    let last = server.get("/sejours?statut=valide", Some(&cookie)).await.header("X-Request-Id").expect("its number").to_string();
    server.says(&last).await;
    let lines = server.stopped().await;
    let place = |words: &str| lines.iter().position(|line| line["message"].as_str().is_some_and(|text| text.contains(words))).expect("said");
    let (more, back) = (place("shows more"), place("settings say"));
    let statements: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| line["target"] == "sqlx::query").map(|(place, _)| place).collect();
    assert!(statements.iter().any(|at| (more..back).contains(at)), "{lines:#?}");
    assert!(statements.iter().all(|at| (more..back).contains(at)), "{lines:#?}");
    assert!(!serde_json::to_string(&lines).expect("JSON").contains("zqxdupont"), "a value in a statement");
}

#[rocket::async_test]
async fn a_start_that_fails_is_told_in_the_form_of_the_log() {
    let app = App::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let output = program_of(&app, GARDEL, ROLES[0])
        .arg("serve")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .envs([("ROCKET_ADDRESS", "127.0.0.1"), ("ROCKET_LOG_LEVEL", "normal"), ("GARDEL_JOURNAUX", "json")])
        .env("ROCKET_PORT", taken.local_addr().expect("its address").port().to_string())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .output()
        .expect("gardel runs");
    assert!(!output.status.success());
    let lines = lines(&String::from_utf8([output.stdout, output.stderr].concat()).expect("text"));
    let why: Vec<&Value> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert!(why.iter().any(|line| line["message"].as_str().is_some_and(|text| text.contains("port d’écoute est refusé"))), "{lines:#?}");
}
