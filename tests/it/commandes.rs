//! The commands that the guides and the units give: the programs understand each of them, and what they start serves
//! every queue. A job that nobody serves says so wherever somebody looks.

use gardel::cli::{gardel_command, worker_queues};
use gardel::demo;
use gardel::platform::http::serve_management;
use gardel::platform::jobs::QUEUES;
use gardel::platform::jobs::table;
use rocket::http::Status;
use rocket::local::asynchronous::Client;

use crate::exports::many_rows;
use crate::interruptions::{Worker, until};
use crate::support::app::LE_GOSIER;
use crate::support::program::{self, GARDEL, PRODUCTION, said};
use crate::support::{App, Browser, Page};

const GUIDES: [&str; 7] = [
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "docs/exploitation.md",
    "docs/guide-administrateur.md",
    "docs/guide-agent.md",
    "docs/performance.md",
];

/// Every command of a guide, or of a unit of systemd, that starts one of our programs: the name of the program, then its arguments.
fn commands() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for guide in GUIDES {
        let text = std::fs::read_to_string(format!("{}/{guide}", env!("CARGO_MANIFEST_DIR"))).expect("a guide");
        let mut fenced = false;
        for line in text.replace("\\\n", " ").lines() {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if fenced && let Some(command) = program(line) {
                found.push((guide.to_string(), command));
            }
        }
    }
    let folder = format!("{}/deploiement/systemd", env!("CARGO_MANIFEST_DIR"));
    for unit in std::fs::read_dir(folder).expect("the units").flatten().filter(|entry| entry.path().extension().is_some_and(|end| end == "service")) {
        let text = std::fs::read_to_string(unit.path()).expect("a unit");
        let options = text.lines().find_map(|line| line.strip_prefix("Environment=\"OPTIONS=")).unwrap_or_default().trim_end_matches('"');
        let command = text.lines().find(|line| line.starts_with("ExecStart=")).expect("what it starts").replace("$OPTIONS", options);
        found.extend(program(&command).map(|command| (unit.file_name().to_string_lossy().into_owned(), command)));
    }
    found
}

/// The command of a line, without what stands before the program: `ExecStart=`. `OPTIONS=` is the rest of that of a worker.
fn program(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next().unwrap_or_default().trim().trim_start_matches("ExecStart=");
    let worker = line.strip_prefix("OPTIONS=").map(|options| format!("gardel-worker --nom %H-%i {options}"));
    let line = worker.as_deref().unwrap_or(line);
    let words: Vec<String> = words(line);
    let first = words.first()?.rsplit('/').next()?.to_string();
    let ours = matches!(first.as_str(), "gardel" | "gardel-worker") && words.len() > 1;
    ours.then(|| std::iter::once(first).chain(words[1..].iter().cloned()).collect())
}

/// As a shell cuts them, with simple quotes; systemd's names are filled in.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_string());
        } else {
            words.extend(part.replace("%H", "machine").replace("%i", "1").split_whitespace().map(String::from));
        }
    }
    words
}

fn sorted(mut queues: Vec<String>) -> Vec<String> {
    queues.sort();
    queues
}

fn every_queue() -> Vec<String> {
    sorted(QUEUES.iter().map(|(queue, _)| (*queue).to_string()).collect())
}

#[test]
fn the_programs_understand_the_commands_of_the_guides() {
    let all = commands();
    let of = |name: &str| all.iter().filter(|(_, command)| command[0] == name).count();
    assert!(of("gardel") >= 8 && of("gardel-worker") >= 2, "too few commands found: {all:?}");
    for (guide, command) in &all {
        let arguments = command.iter().map(String::as_str);
        if command[0] == "gardel" {
            assert!(gardel_command().try_get_matches_from(arguments).is_ok(), "{guide}: {command:?}");
        } else {
            let served = worker_queues(arguments).unwrap_or_else(|error| panic!("{guide}: {command:?}: {error}"));
            assert_eq!(sorted(served.into_iter().map(|setting| setting.queue).collect()), every_queue(), "{guide}: {command:?}");
        }
    }
}

#[test]
fn a_queue_named_twice_or_alone_is_refused_in_words() {
    for wrong in [&["--queue", "exports=2", "--queue", "exports=1"][..], &["--seulement"], &["--queue", "export=2"]] {
        assert!(worker_queues(std::iter::once("gardel-worker").chain(wrong.iter().copied())).is_err(), "{wrong:?}");
    }
}

/// The workers of the guides, really started: each says that it serves every queue, and runs a job of each kind.
#[rocket::async_test]
async fn the_workers_of_the_guides_run_what_is_asked() {
    let mut commands: Vec<Vec<String>> = commands().into_iter().map(|(_, command)| command).filter(|command| command[0] == "gardel-worker").collect();
    commands.sort();
    commands.dedup();
    for command in commands {
        let app = App::new().await;
        many_rows(&app, 600).await;
        let browser = app.agent(LE_GOSIER).await;
        // An export, and an action of more rows than a request changes: each on the queue of its own.
        let export = browser.export("sejours", "", "csv_fr").await;
        app.run_sql(
            "INSERT INTO job (queue, name, payload, title) VALUES ('notifications', 'export_programme', '{\"programme\": 0, \"titre\": \"x\"}', 'x')",
        )
        .await;
        let action = large_action(&app, &browser).await;
        let arguments: Vec<&str> = command[1..].iter().map(String::as_str).filter(|word| !word.starts_with("910")).collect();
        let port = arguments.iter().position(|word| *word == "--gestion-port");
        let arguments: Vec<&str> = arguments.iter().enumerate().filter(|(place, _)| Some(*place) != port).map(|(_, word)| *word).collect();
        let worker = Worker::with(&app, &arguments);
        until(&app, "the worker's card", "SELECT EXISTS (SELECT 1 FROM ouvrier)").await;
        let served: Vec<String> = app.one("SELECT array_agg(split_part(f, '=', 1)) FROM ouvrier, unnest(files) f").await;
        assert_eq!(sorted(served), every_queue(), "{command:?}");
        until(&app, "the notification", "SELECT EXISTS (SELECT 1 FROM job WHERE queue = 'notifications' AND state = 'cancelled')").await;
        until(&app, "the action", "SELECT EXISTS (SELECT 1 FROM action WHERE etat = 'appliquee')").await;
        assert_eq!(browser.get(&action).await.ok().texts("#suivi-titre"), ["Appliquée"]);
        until(&app, "the file", "SELECT EXISTS (SELECT 1 FROM export WHERE etat = 'pret')").await;
        browser.get(&format!("{export}/fichier")).await.ok();
        worker.kill();
    }
}

/// Asks for an action of more rows than a request changes; gives its page.
async fn large_action(app: &App, browser: &Browser<'_>) -> String {
    app.run_sql("UPDATE sejour SET statut = 'a_verifier' WHERE reference LIKE 'n%'").await;
    let form = [("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")];
    let page = browser.post("/sejours/actions", &form).await.ok();
    let token = page.attributes("input[name=jeton]", "value").remove(0);
    browser.post("/actions", &[("jeton", &token)]).await.header("Location").expect("the action")
}

/// A card as a worker of these queues would keep it.
async fn worker(app: &App, queues: &[&str]) {
    let queues: Vec<String> = queues.iter().map(|queue| format!("{queue}=1")).collect();
    table::here(app.pool(), "seul", "machine", "1", &queues).await.expect("a card");
}

async fn ready(app: &App) -> (Status, String, String) {
    let context = &app.context;
    let address = "127.0.0.1:0".parse().expect("an address");
    let rocket = serve_management(address, context.db.clone(), context.cache.clone(), context.metrics.clone());
    let client = Client::untracked(rocket).await.expect("the management server");
    let page = Page::read(client.get("/readyz").dispatch().await).await;
    (page.status, page.text().into(), Page::read(client.get("/metrics").dispatch().await).await.ok().text().into())
}

#[rocket::async_test]
async fn a_job_that_nobody_serves_says_so_everywhere() {
    let app = App::new().await;
    let (browser, operator) = (app.agent(LE_GOSIER).await, app.exploitant().await);
    let export = browser.export("sejours", "", "csv_fr").await;
    let job: i64 = app.one("SELECT id FROM job WHERE name = 'export'").await;
    let told = "aucun ouvrier ne sert la file «\u{a0}Exports\u{a0}»";
    for queues in [&[][..], &["maintenance", "high_priority"]] {
        worker(&app, queues).await;
        assert!(browser.get(&export).await.ok().text().contains(told), "{queues:?}");
        assert!(browser.get(&format!("/travaux/{job}")).await.ok().text().contains(told), "{queues:?}");
        let board = operator.get("/travaux/files").await.ok().text();
        assert!(board.contains("Sans ouvrier") && board.contains("qu’aucun ouvrier ne sert : Exports"), "{queues:?}");
        let (status, text, metrics) = ready(&app).await;
        assert_eq!(status, Status::Ok, "the pages are served");
        assert!(text.contains("dégradé") && text.contains("exports (1 prêts)"), "{text}");
        assert!(metrics.contains("gardel_queue_workers{queue=\"exports\"} 0"), "{metrics}");
        let (success, said) = check(&app);
        assert!(!success && said.contains("exports"), "{said}");
    }
    // Every queue by its name, as people read it.
    for (queue, label) in QUEUES {
        app.run_sql(&format!("UPDATE job SET queue = '{queue}' WHERE id = {job}")).await;
        table::gone(app.pool(), "seul").await.expect("gone");
        let told: String = app.one::<Option<String>>("SELECT job_motif(id) FROM job WHERE name = 'export'").await.expect("a reason");
        assert!(told.contains(label), "{told}");
    }
    app.run_sql(&format!("UPDATE job SET queue = 'exports' WHERE id = {job}")).await;
    // One that was lost serves nothing; one that lives does.
    let all: Vec<&str> = QUEUES.iter().map(|(queue, _)| *queue).collect();
    worker(&app, &all).await;
    app.run_sql("UPDATE ouvrier SET vu_le = now() - interval '31 seconds'").await;
    assert!(browser.get(&export).await.ok().text().contains(told));
    worker(&app, &all).await;
    assert!(!browser.get(&export).await.ok().text().contains("aucun ouvrier"));
    let (_, text, metrics) = ready(&app).await;
    assert!(text.contains("toutes servies") && metrics.contains("gardel_queue_workers{queue=\"exports\"} 1"), "{text}\n{metrics}");
    let (success, said) = check(&app);
    assert!(success && said.contains("toutes les files sont servies"), "{said}");
}

#[rocket::async_test]
async fn an_action_that_nobody_serves_says_so() {
    let app = App::new().await;
    many_rows(&app, 600).await;
    let browser = app.agent(LE_GOSIER).await;
    let page = large_action(&app, &browser).await;
    assert!(browser.get(&page).await.ok().text().contains("aucun ouvrier ne sert la file «\u{a0}Prioritaire\u{a0}»"));
    // A scheduled export that was started and has not left.
    browser.post("/vues", &[("liste", "sejours"), ("etat", "statut=valide"), ("nom", "À exporter")]).await;
    let view = app.one::<i64>("SELECT max(id) FROM vue").await.to_string();
    let form = [("vue", view.as_str()), ("format", "xlsx"), ("quand", "s1"), ("heure", "6"), ("garder", "4")];
    let page = browser.post("/programmes", &form).await.header("Location").expect("a scheduled export");
    browser.post(&format!("{page}/lancement"), &[]).await;
    assert!(browser.get(&page).await.ok().text().contains("aucun ouvrier ne sert la file «\u{a0}Notifications\u{a0}»"));
}

/// `gardel check` as an operator runs it.
fn check(app: &App) -> (bool, String) {
    said(program::program(GARDEL, app.folder.path(), &app.url).arg("check"))
}

/// What a program says under the settings of a place where people work, and whether it went well.
fn in_production(app: &App, argument: &str) -> (bool, String) {
    // Ended by itself when it does not refuse, as a server would not.
    let mut command = program::program("timeout", app.folder.path(), &app.url);
    said(command.args(["60", GARDEL, argument]).current_dir(env!("CARGO_MANIFEST_DIR")).envs(PRODUCTION).env("ROCKET_PORT", "0"))
}

#[rocket::async_test]
async fn no_demo_account_opens_where_people_work() {
    let app = App::new().await;
    let mut connection = app.pool().acquire().await.expect("a connection");
    demo::comptes::creer(&mut connection, "x").await.expect("the accounts");
    drop(connection);
    for command in ["check", "serve"] {
        let (well, words) = in_production(&app, command);
        assert!(!well && words.contains("comptes de démonstration") && words.contains("agent.gosier@demo.gardel"), "{command}: {words}");
    }
    let (well, words) = in_production(&app, "demo");
    assert!(!well && words.contains("GARDEL_ENVIRONNEMENT=demo"), "{words}");
    app.run_sql("UPDATE utilisateur SET actif = false WHERE courriel LIKE '%@demo.gardel' AND courriel <> 'exploitant@demo.gardel'").await;
    let (well, words) = in_production(&app, "check");
    assert!(!well && words.contains("exploitant@demo.gardel") && !words.contains("agent.gosier"), "one is enough: {words}");
    app.run_sql("UPDATE utilisateur SET actif = false WHERE courriel LIKE '%@demo.gardel'").await;
    let (_, words) = in_production(&app, "check");
    assert!(!words.contains("comptes de démonstration") && words.contains("Le reste est en ordre"), "nothing of it is left: {words}");
}
