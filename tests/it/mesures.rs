//! What `/metrics` tells: each request, job, import and export moves its figures by what it did, names follow Prometheus' conventions, and
//! no label comes from a person. The programs are the real ones, each with a process of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use gardel::platform::jobs::{QUEUES, table};
use gardel::web::all_routes;
use gardel::worker;

use crate::imports::{asked, read, sent, state};
use crate::support::App;
use crate::support::app::LE_GOSIER;
use crate::support::programme::call;
use crate::support::running::{Figures, Running};

/// The labels of a page of the séjours.
const LIST: &[&str] = &["route=\"/sejours\"", "method=\"GET\"", "class=\"list\""];

#[rocket::async_test]
async fn a_request_moves_its_figures_by_what_it_did() {
    let app = App::new().await;
    let cookie = app.agent(LE_GOSIER).await.cookie();
    let server = Running::server(&app).await;
    // What a process reads once.
    assert_eq!(server.get("/sejours", Some(&cookie)).await.status, 200);
    let before = server.figures().await;
    for _ in 0..2 {
        assert_eq!(server.get("/sejours?statut=a_verifier&commune=97113", Some(&cookie)).await.status, 200);
    }
    assert_eq!(server.get("/sejours?statut=zzz", Some(&cookie)).await.status, 400);
    let after = server.figures().await;
    let moved = |name: &str, more: &[&str]| after.since(&before, name, &[LIST, more].concat());
    assert_eq!(moved("gardel_http_requests_total", &["status=\"200\""]), 2.0);
    assert_eq!(moved("gardel_http_requests_total", &["status=\"400\""]), 1.0);
    assert_eq!(moved("gardel_http_requests_total", &[]), 3.0);
    assert_eq!(moved("gardel_http_request_duration_seconds_count", &["status_class=\"2xx\""]), 2.0);
    assert_eq!(moved("gardel_http_request_duration_seconds_count", &["status_class=\"4xx\""]), 1.0);
    assert_eq!(moved("gardel_http_request_duration_seconds_bucket", &["le=\"+Inf\""]), 3.0);
    // A page that no cache serves is two statements, the same from the cache the session alone, a question that is refused too.
    assert_eq!(moved("gardel_http_sql_statements_total", &[]), 4.0);
    let (sql, time) = (moved("gardel_http_sql_seconds_total", &[]), moved("gardel_http_request_duration_seconds_sum", &[]));
    assert!(sql > 0.0 && sql < time, "{sql} s of SQL in {time} s");
    // Nothing else was asked: the process counted the same statements, each with a connection of its own.
    let asked = |name: &str| after.since(&before, name, &["origin=\"request\""]);
    assert_eq!((asked("gardel_sql_duration_seconds_count"), asked("gardel_pool_wait_seconds_count")), (4.0, 4.0));
    // The page that no cache serves takes a place; the session, the cache and a refusal take none.
    assert_eq!(after.since(&before, "gardel_place_wait_seconds_count", &[]), 1.0);
    assert!((asked("gardel_sql_duration_seconds_sum") - sql).abs() < 1e-6);
    assert_eq!(after.sum("gardel_sql_statements_total", &[]), after.sum("gardel_sql_duration_seconds_count", &[]));
    assert_eq!(after.since(&before, "gardel_cache_hits_total", &[]), 1.0);
    assert_eq!(after.since(&before, "gardel_cache_misses_total", &[]), 1.0);
    assert_eq!(after.of("gardel_http_requests_in_flight"), 0.0);
    assert!(after.of("gardel_store_size_bytes") > after.of("gardel_store_free_bytes") && after.of("gardel_store_free_bytes") > 0.0);
    nothing_typed_is_a_label(&server, &cookie).await;
    holds_to_the_conventions(&server.told().await);
    server.stopped().await;
}

/// Whatever is asked, the routes that are told are those that are mounted.
async fn nothing_typed_is_a_label(server: &Running, cookie: &(String, String)) {
    let before = server.figures().await;
    for number in 0..40 {
        let path = format!("/zqx{number}/y/z/w/v/u?q=zqx{number}");
        assert_eq!(server.get(&path, Some(cookie)).await.status, 404);
        server.get(&format!("/sejours/zqx{number}"), Some(cookie)).await;
    }
    let after = server.figures().await;
    assert_eq!(after.since(&before, "gardel_http_requests_total", &["route=\"autre\"", "class=\"other\"", "status=\"404\""]), 40.0);
    let told: Vec<&String> = after.0.keys().filter(|series| series.contains("zqx")).collect();
    assert!(told.is_empty(), "{told:?}");
    let more: BTreeSet<&str> = after.0.keys().filter(|series| !before.0.contains_key(*series)).flat_map(|series| label(series, "route")).collect();
    assert!(more.len() <= 3, "{more:?}");
}

/// The value of a label of a series.
fn label<'a>(series: &'a str, name: &str) -> Option<&'a str> {
    let from = series.find(&format!("{name}=\""))? + name.len() + 2;
    series[from..].split_once('"').map(|(value, _)| value)
}

#[rocket::async_test]
async fn jobs_exports_and_imports_move_their_figures_by_what_they_did() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    // Of a worker that is lost, and of a version that knows more.
    for (name, attempts) in [("export", 1), ("futur", 5)] {
        app.run_sql(&format!(
            "INSERT INTO job (queue, name, payload, title, state, worker, attempts, max_attempts, lease, lease_until, started_at)
             VALUES ('exports', '{name}', '{{\"export\": 0, \"titre\": \"x\", \"cle\": \"{name}\"}}', 'x', 'running', 'mort', {attempts}, 5, 1, now() - interval '1 minute', now())"
        ))
        .await;
    }
    let worker = Running::worker(&app).await;
    let figures = worker.figures_once("gardel_job_rescues_total{queue=\"exports\",job=\"export\",state=\"ready\"}", 1.0).await;
    assert_eq!(figures.of("gardel_job_rescues_total{queue=\"exports\",job=\"autre\",state=\"failed\"}"), 1.0);
    // Its request is none: it calls itself off.
    worker.figures_once("gardel_job_runs_total{queue=\"exports\",job=\"export\",state=\"cancelled\"}", 1.0).await;

    let before = worker.figures().await;
    browser.export("sejours", "", "csv_fr").await;
    let after = worker.figures_once("gardel_job_runs_total{queue=\"exports\",job=\"export\",state=\"done\"}", 1.0).await;
    let (rows, bytes): (i64, i64) =
        sqlx::query_as("SELECT lignes_ecrites, octets FROM export WHERE etat = 'pret'").fetch_one(app.pool()).await.expect("a file");
    let (list, job) = (["list=\"sejours\"", "format=\"csv_fr\""], ["queue=\"exports\"", "job=\"export\""]);
    let moved = |name: &str, labels: &[&str]| after.since(&before, name, labels);
    assert_eq!(moved("gardel_exports_total", &[&list[..], &["state=\"ready\""]].concat()), 1.0);
    #[allow(clippy::cast_precision_loss)] // a file of a test
    let made = (rows as f64, bytes as f64);
    assert_eq!((moved("gardel_export_rows_total", &list), moved("gardel_export_bytes_total", &list)), made);
    assert_eq!(moved("gardel_export_duration_seconds_count", &list), 1.0);
    assert_eq!((moved("gardel_job_wait_seconds_count", &job), moved("gardel_job_run_duration_seconds_count", &job)), (1.0, 1.0));
    let (sql, time) = (moved("gardel_job_sql_seconds_total", &job), moved("gardel_export_duration_seconds_sum", &list));
    assert!(sql > 0.0 && time > 0.0 && moved("gardel_job_sql_statements_total", &job) > 5.0);
    assert!((moved("gardel_sql_duration_seconds_sum", &["origin=\"job\""]) - sql).abs() < 1e-6, "an export sends none in another task");

    let id = sent(&browser, "hebergeurs", "h.csv", "nom;commune;courriel\nMesure Un;97113;un@exemple.gp\nMesure Deux;97113;\n;97113;\n").await;
    read(&app, &browser, id, &[("faire", "verifier")]).await;
    let step = |name: &str| format!("kind=\"hebergeurs\",step=\"{name}\"");
    worker.figures_once(&format!("gardel_imports_total{{{},state=\"done\"}}", step("verification")), 1.0).await;
    assert_eq!(state(&app, id).await, "a_confirmer");
    asked(&browser, id).await;
    let figures = worker.figures_once(&format!("gardel_imports_total{{{},state=\"done\"}}", step("ecriture")), 1.0).await;
    assert_eq!(state(&app, id).await, "termine");
    for name in ["verification", "ecriture"] {
        assert_eq!(figures.of(&format!("gardel_import_rows_total{{{}}}", step(name))), 3.0, "{name}");
        assert_eq!(figures.of(&format!("gardel_import_duration_seconds_count{{{}}}", step(name))), 1.0, "{name}");
    }
    let (told, server) = (worker.told().await, Running::server(&app).await);
    holds_to_the_conventions(&told);
    are_those_of_the_guide(&[told, server.told().await]);
    worker.stopped().await;
    server.stopped().await;
}

/// What the guide says of figures, and the figures: none is left out, none is invented.
fn are_those_of_the_guide(texts: &[String]) {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/exploitation.md")).expect("the guide");
    let rows = guide.lines().filter(|line| line.starts_with("| `gardel_") || line.starts_with("| `process_"));
    let named = rows.flat_map(|row| row.split(" | ").next().unwrap_or_default().split('`').skip(1).step_by(2));
    let written: BTreeSet<&str> = named.filter_map(|name| name.split('{').next()).collect();
    let ends = |kind: &str| match kind {
        "counter" => "_total",
        "info" => "_info",
        _ => "",
    };
    let declared = texts.iter().flat_map(|text| families(text).into_iter().map(|(family, (kind, _))| format!("{family}{}", ends(&kind))));
    let told: BTreeSet<String> = declared.collect();
    // Told of a process that has a Redis or replicas, and of tables that hold many rows.
    let apart = [
        "gardel_redis_up",
        "gardel_redis_set_aside",
        "gardel_cache_errors_total",
        "gardel_table_dead_rows",
        "gardel_table_live_rows",
        "gardel_replica_up",
        "gardel_replica_lag_seconds",
        "gardel_replica_readings_total",
        "gardel_replica_fallbacks_total",
    ];
    let unwritten: Vec<&String> = told.iter().filter(|name| !written.contains(name.as_str())).collect();
    let invented: Vec<&&str> = written.iter().filter(|name| !told.contains(**name) && !apart.contains(name)).collect();
    assert!(unwritten.is_empty() && invented.is_empty(), "not in the guide: {unwritten:?}; only in the guide: {invented:?}");
    assert!(apart.iter().all(|name| written.contains(name)), "{written:?}");
}

/// Depth of the queues, by state: what waits for its time is apart.
#[rocket::async_test]
async fn the_depth_of_a_queue_is_that_of_its_table() {
    let app = App::new().await;
    app.run_sql(
        "INSERT INTO job (queue, name, payload, title, run_at) SELECT 'notifications', 'futur', '{}', 'x', now() + CASE WHEN g > 3 THEN interval '1 hour' ELSE interval '-90 s' END
         FROM generate_series(1, 5) g",
    )
    .await;
    let server = Running::server(&app).await;
    let figures = server.figures().await;
    for (state, expected) in [("ready", 3.0), ("later", 2.0), ("running", 0.0), ("failed", 0.0)] {
        assert_eq!(figures.of(&format!("gardel_jobs{{queue=\"notifications\",state=\"{state}\"}}")), expected, "{state}");
    }
    assert!(figures.of("gardel_job_oldest_ready_seconds{queue=\"notifications\"}") >= 90.0);
    let states = table::queue_states(app.pool()).await.expect("the queues");
    let later: i64 = states.iter().map(|state| state.plus_tard).sum();
    #[allow(clippy::cast_precision_loss)] // a few jobs
    let later = later as f64;
    assert_eq!(figures.sum("gardel_jobs", &["state=\"later\""]), later);
}

#[rocket::async_test]
async fn what_an_answer_took_is_said_to_whoever_keeps_the_installation() {
    let app = App::new().await;
    let (agent, chief, operator) = (app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await, app.exploitant().await);
    for path in ["/", "/sejours", "/compte", "/nulle/part/du/tout/x"] {
        for page in [app.anonymous().get(path).await, agent.get(path).await] {
            assert_eq!(page.header("Server-Timing"), None, "{path}");
        }
        for page in [chief.get(path).await, operator.get(path).await] {
            assert!(page.header("Server-Timing").is_some(), "{path}");
        }
    }
    let programme = app.programme(agent.user_id).await;
    let answer = call(&app.client, Some(&programme.jeton), rocket::http::Method::Get, "/api/v1/sejours", None, &[]).await.ok();
    assert_eq!(answer.header("Server-Timing"), None);
    assert_eq!(app.anonymous().get("/connexion").await.ok().header("Server-Timing"), None);

    let cookie = chief.cookie();
    let server = Running::server(&app).await;
    assert_eq!(server.get("/sejours", Some(&cookie)).await.status, 200);
    // Two statements and a fragment to make, then the session alone and a fragment that is there.
    for (statements, cache) in [(2, "0 hit, 1 miss"), (1, "1 hit, 0 miss")] {
        let page = server.get("/sejours?statut=a_verifier&commune=97113", Some(&cookie)).await;
        let told = page.header("Server-Timing").expect("what it took").to_string();
        let part = |name: &str| told.split(", ").find(|part| part.starts_with(name)).unwrap_or_else(|| panic!("{name} is not in {told}")).to_string();
        let time = |name: &str| -> f64 {
            let part = part(name);
            part.split(';').find_map(|one| one.strip_prefix("dur=")).and_then(|text| text.parse().ok()).expect("milliseconds")
        };
        assert!(part("sql").contains(&format!("desc=\"{statements} SQL\"")), "{told}");
        assert!(told.contains(&format!("desc=\"{cache}\"")), "{told}");
        assert!(time("total") > time("sql") && time("sql") > 0.0 && time("render") > 0.0 && time("total") > time("render"), "{told}");
    }
    server.stopped().await;
}

/// What the text of a process declares: kind of each family, and its words.
fn families(text: &str) -> BTreeMap<String, (String, bool)> {
    let mut found: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("TYPE"), Some(name), Some(kind)) => found.entry(name.into()).or_default().0 = kind.into(),
            (Some("#"), Some("HELP"), Some(name), Some(help)) => found.entry(name.into()).or_default().1 = !help.trim().is_empty(),
            _ => {}
        }
    }
    found
}

/// The family of a series, with the end of its name.
fn family_of<'a>(families: &'a BTreeMap<String, (String, bool)>, name: &str) -> Option<(&'a str, String)> {
    families
        .keys()
        .filter(|family| name.starts_with(family.as_str()))
        .max_by_key(|family| family.len())
        .map(|family| (family.as_str(), name[family.len()..].into()))
}

/// Each family is declared with its kind and its words, and named as Prometheus asks; each label is one that we declare, with values that we do.
fn holds_to_the_conventions(text: &str) {
    let families = families(text);
    assert!(families.len() > 30 && text.ends_with("# EOF\n"), "{text}");
    let mut faults = Vec::new();
    for (family, (kind, helped)) in &families {
        let ours = family.starts_with("gardel_") || family.starts_with("process_");
        let plain = family.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let base = !["_ms", "_milliseconds", "_minutes", "_kilobytes", "_mib", "_percent"].iter().any(|unit| family.ends_with(unit));
        let known = ["counter", "gauge", "histogram", "info"].contains(&kind.as_str());
        let end = !["_total", "_count", "_sum", "_bucket"].iter().any(|end| family.ends_with(end));
        // A time is in seconds and says so.
        let unit = kind != "histogram" || family.ends_with("_seconds");
        if !(ours && plain && base && known && end && unit && *helped) {
            faults.push(format!("{family} {kind}"));
        }
    }
    let series = Figures::read(text).0;
    for one in series.keys() {
        let name = one.split('{').next().expect("a name");
        let ends: &[&str] = match family_of(&families, name).map(|(family, end)| (families[family].0.as_str(), end)) {
            Some(("counter", end)) if end == "_total" => &[],
            Some(("gauge", end)) if end.is_empty() => &[],
            Some(("info", end)) if end == "_info" => &[],
            Some(("histogram", end)) if ["_sum", "_count", "_bucket"].contains(&end.as_str()) => &[],
            _ => &["no family"],
        };
        faults.extend(ends.iter().map(|fault| format!("{one}: {fault}")));
    }
    faults.extend(unbounded(&series));
    assert!(faults.is_empty(), "{faults:#?}");
    promtool(text);
}

/// The labels whose values are not declared somewhere.
fn unbounded(series: &BTreeMap<String, f64>) -> Vec<String> {
    let mut routes: BTreeSet<String> = all_routes().iter().map(|route| route.uri.path().to_string()).collect();
    routes.insert("autre".into());
    let mut jobs: BTreeSet<String> = worker::registry().names().into_iter().collect();
    jobs.insert("autre".into());
    let words = |list: &[&str]| -> BTreeSet<String> { list.iter().map(ToString::to_string).collect() };
    let known: BTreeMap<&str, BTreeSet<String>> = BTreeMap::from([
        ("route", routes),
        ("job", jobs),
        ("queue", QUEUES.iter().map(|(queue, _)| (*queue).to_string()).collect()),
        ("method", words(&["GET", "POST", "PUT", "PATCH", "DELETE", "other"])),
        ("class", words(&["list", "fragment", "page", "search", "write", "upload", "session", "file", "api", "asset", "other"])),
        ("status_class", words(&["2xx", "3xx", "4xx", "5xx"])),
        ("origin", words(&["request", "job", "other"])),
        ("level", words(&["error", "warn"])),
        ("list", gardel::web::LISTS.iter().map(|list| list.name.to_string()).collect()),
        ("step", words(&["verification", "ecriture", "annulation"])),
        ("operation", words(&["get", "put", "script"])),
    ]);
    // Their values are few by what they are: a status, a bound, a state, a format, a table of the base, what the program is.
    let few = ["status", "le", "state", "format", "kind", "table", "version", "profile", "features"];
    let mut faults = Vec::new();
    for one in series.keys() {
        let Some((_, labels)) = one.split_once('{') else { continue };
        for pair in labels.trim_end_matches('}').split("\",").filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once("=\"").expect("a label");
            let value = value.trim_end_matches('"');
            match known.get(name) {
                Some(values) if values.contains(value) => {}
                None if few.contains(&name) => {}
                _ => faults.push(format!("{one}: {name}=\"{value}\" is declared nowhere")),
            }
        }
    }
    faults
}

/// The same text in the older form that promtool checks, where a counter bears its end in its declaration.
fn older(text: &str) -> String {
    let families = families(text);
    let declared = |line: &str| -> Option<String> {
        let mut words = line.splitn(4, ' ');
        let (_, what, name, rest) = (words.next()?, words.next()?, words.next()?, words.next()?);
        Some(match families.get(name)?.0.as_str() {
            "counter" => format!("# {what} {name}_total {rest}"),
            "info" => format!("# {what} {name}_info {}", if what == "TYPE" { "gauge" } else { rest }),
            _ => line.to_string(),
        })
    };
    let kept = text.lines().filter(|line| !line.starts_with("# UNIT") && *line != "# EOF");
    kept.map(|line| if line.starts_with('#') { declared(line).expect("a declaration") } else { line.to_string() } + "\n").collect()
}

/// What promtool says of the text, where it is installed (Debian: prometheus).
fn promtool(text: &str) {
    let started = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        println!("promtool n’est pas installé : ses vérifications sont laissées de côté.");
        return;
    };
    child.stdin.take().expect("its input").write_all(older(text).as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && told.trim().is_empty(), "{told}");
}

#[test]
fn the_older_form_names_counters_by_their_end() {
    let text = "# HELP a b.\n# TYPE a counter\n# UNIT a_seconds seconds\na_total{x=\"1\"} 2\n# HELP c d.\n# TYPE c info\nc_info{v=\"1\"} 1\n# EOF\n";
    assert_eq!(
        older(text),
        "# HELP a_total b.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n# HELP c_info d.\n# TYPE c_info gauge\nc_info{v=\"1\"} 1\n"
    );
}

#[test]
fn what_is_wrong_is_found() {
    let series = |text: &str| unbounded(&Figures::read(text).0);
    assert_eq!(series("gardel_x_total{route=\"/sejours\",status=\"200\"} 1\n"), Vec::<String>::new());
    assert_eq!(series("gardel_x_total{route=\"/sejours/17\"} 1\n").len(), 1);
    assert_eq!(series("gardel_x_total{courriel=\"a@b\"} 1\n").len(), 1);
}
