//! Traces as a collector receives them, from the two programs: a request, its job and their statements are one tree; nothing of anybody is in it; a
//! collector that is away, slow or refuses costs spans and nothing else; nothing is sent that the settings or the caller do not want.

mod collecteur;

use std::collections::BTreeSet;

use collecteur::{Collecteur, Manner, Seen};
use rustix::process::Signal;

use crate::support::App;
use crate::support::app::LE_GOSIER;
use crate::support::program::{GARDEL, WORKER, program, said};
use crate::support::running::Running;

/// What opens the collector of the tests.
const OPENS: &str = "Authorization=Bearer%20zqxjeton";
/// A place in a trace of somebody else.
const ELSEWHERE: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

/// The settings that send to a collector at once.
fn settings(address: &str) -> Vec<(&str, &str)> {
    vec![("OTEL_EXPORTER_OTLP_ENDPOINT", address), ("OTEL_EXPORTER_OTLP_HEADERS", OPENS), ("OTEL_BSP_SCHEDULE_DELAY", "20")]
}

/// The one span that is as `wanted`.
fn one(spans: &[Seen], wanted: impl Fn(&Seen) -> bool) -> &Seen {
    let found: Vec<&Seen> = spans.iter().filter(|span| wanted(span)).collect();
    assert_eq!(found.len(), 1, "{found:#?} of {spans:#?}");
    found[0]
}

/// The spans that are a part of `whole`.
fn parts<'s>(spans: &'s [Seen], whole: &Seen) -> Vec<&'s Seen> {
    spans.iter().filter(|span| span.parent == whole.id).collect()
}

/// The names of some spans.
fn names<'s>(spans: &[&'s Seen]) -> BTreeSet<&'s str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

#[rocket::async_test]
async fn a_request_its_job_and_their_statements_are_one_tree() {
    let (app, collecteur) = (App::new().await, Collecteur::new(Manner::Takes).await);
    let cookie = app.agent(LE_GOSIER).await.cookie();
    let settings = settings(&collecteur.address);
    let (server, worker) = (Running::server_with(&app, &settings).await, Running::worker_with(&app, &settings).await);
    let answer = server.post("/sejours/exports", &[("requete", ""), ("format", "csv_fr")], Some(&cookie)).await;
    assert_eq!(answer.status, 303);
    collecteur.spans_once(|span| span.name == "POST /<liste>/exports").await;
    let spans = collecteur.spans_once(|span| span.name == "run export" && span.attributes["gardel.job.outcome"] == "done").await;

    let request = one(&spans, |span| span.name == "POST /<liste>/exports");
    assert_eq!((request.service.as_str(), request.kind, request.parent.as_str(), request.flags), ("gardel", 2, "", 0x101));
    assert_eq!(request.attributes["gardel.request"], answer.header("X-Request-Id").expect("its number"));
    assert_eq!((&*request.attributes["http.request.method"], &*request.attributes["http.response.status_code"]), ("POST", "303"));
    assert_eq!(request.attributes["http.route"], "/<liste>/exports");
    let kept: String = app.one("SELECT traceparent FROM job WHERE name = 'export'").await;
    assert_eq!(kept, format!("00-{}-{}-01", request.trace, request.id), "the job row holds the place of its request");

    let run = one(&spans, |span| span.name == "run export");
    assert_eq!((run.service.as_str(), run.kind, &run.parent, &run.trace), ("gardel-worker", 5, &request.id, &request.trace));
    assert_eq!(run.flags, 0x301, "its parent is another program's");
    assert_eq!(run.attributes["messaging.destination.name"], "exports");
    assert_eq!(run.attributes["gardel.request"], request.attributes["gardel.request"]);
    assert!(run.events.iter().any(|(name, _, numbers)| name == "checkpoint" && numbers["gardel.rows.done"] != "0"), "{:?}", run.events);
    assert!(run.events.iter().all(|(_, at, _)| (run.start..=run.end).contains(at)));

    for (whole, statement) in [(request, "INSERT job"), (run, "UPDATE job")] {
        let parts = parts(&spans, whole).into_iter().filter(|span| span.service == whole.service).collect::<Vec<_>>();
        assert!(names(&parts).contains(statement), "{:?}", names(&parts));
        let statements: Vec<_> = parts.iter().filter(|span| span.attributes.get("db.system.name").is_some_and(|name| name == "postgresql")).collect();
        assert_eq!(whole.attributes["gardel.sql.statements"], statements.len().to_string(), "each of them is a part");
        for part in &parts {
            assert_eq!((&part.trace, part.flags, part.status), (&whole.trace, 0x101, 0), "nothing failed");
            assert!(whole.start <= part.start && part.start <= part.end && part.end <= whole.end, "{part:?} of {whole:?}");
        }
        for statement in statements {
            assert_eq!(statement.kind, 3);
            assert!(statement.name.starts_with(&statement.attributes["db.operation.name"]), "{statement:?}");
        }
    }
    assert!(names(&parts(&spans, run)).iter().any(|name| name.starts_with("store ")), "{spans:#?}");
    // Rows come with the statements that read them.
    assert!(parts(&spans, run).iter().any(|span| span.attributes.contains_key("db.response.returned_rows")));
    for message in collecteur.messages() {
        let head = message.head.to_ascii_lowercase();
        assert!(head.starts_with("post /v1/traces http/1.1") && head.contains("content-type: application/x-protobuf"), "{head}");
        assert!(message.head.contains("Bearer zqxjeton"), "{head}");
    }
    for (program, name) in [(server, "server"), (worker, "worker")] {
        let figures = program.figures_once("gardel_trace_spans_total{state=\"sent\"}", 1.0).await;
        assert_eq!(figures.of("gardel_trace_spans_total{state=\"dropped\"}") + figures.of("gardel_trace_spans_total{state=\"failed\"}"), 0.0);
        let text = program.text();
        assert!(text.contains("traces are sent") && !text.contains("zqxjeton"), "{name}: {text}");
        program.stopped().await;
    }
    if let Ok(folder) = std::env::var("ESSAI_TRACES") {
        for (place, message) in collecteur.messages().iter().enumerate() {
            std::fs::write(format!("{folder}/{place}.otlp"), &message.body).expect("written");
        }
    }
}

/// A request that says where it stands goes on from there, and what the caller decided of the trace holds to the run of its job.
#[rocket::async_test]
async fn what_the_caller_decided_of_its_trace_holds() {
    let (app, collecteur) = (App::new().await, Collecteur::new(Manner::Takes).await);
    let cookie = app.agent(LE_GOSIER).await.cookie();
    let server = Running::server_with(&app, &settings(&collecteur.address)).await;
    let place = |flags: &str| format!("00-{ELSEWHERE}-{flags}");
    let silent = server.get_with("/sejours?statut=valide", Some(&cookie), &[("traceparent", &place("00"))]).await;
    let heard = server.get_with("/sejours", Some(&cookie), &[("traceparent", &place("01"))]).await;
    let spans = collecteur.spans_once(|span| span.name == "GET /sejours").await;
    let request = one(&spans, |span| span.kind == 2);
    assert_eq!(request.attributes["gardel.request"], heard.header("X-Request-Id").expect("its number"));
    assert_eq!(format!("{}-{}", request.trace, request.parent), ELSEWHERE);
    assert_eq!(request.flags, 0x301);
    assert!(request.events.iter().any(|(name, ..)| name.starts_with("cache ")), "{request:?}");
    let silent = silent.header("X-Request-Id").expect("its number");
    assert!(!spans.iter().any(|span| span.attributes.values().any(|value| value == silent)), "{spans:#?}");
    server.stopped().await;
}

#[rocket::async_test]
async fn a_trace_that_is_not_chosen_sends_nothing_from_either_program() {
    let (app, collecteur) = (App::new().await, Collecteur::new(Manner::Takes).await);
    let cookie = app.agent(LE_GOSIER).await.cookie();
    let settings = settings(&collecteur.address);
    let none = [&settings[..], &[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")]].concat();
    // The worker sends all that nobody decided: the job row says what was.
    let (server, worker) = (Running::server_with(&app, &none).await, Running::worker_with(&app, &settings).await);
    let answer = server.post("/sejours/exports", &[("requete", ""), ("format", "csv_fr")], Some(&cookie)).await;
    assert_eq!(answer.status, 303);
    let kept: String = app.one("SELECT traceparent FROM job WHERE name = 'export'").await;
    assert!(kept.ends_with("-00"), "{kept}");
    let trace = kept.split('-').nth(1).expect("a trace");
    worker.says(trace).await;
    let lines = [server.stopped().await, worker.stopped().await].concat();
    assert_eq!(lines.iter().filter(|line| line["trace"] == trace).count(), 2, "the log tells it all the same: {lines:#?}");
    let sent: Vec<Seen> = collecteur.spans().into_iter().filter(|span| span.trace == trace || span.service == "gardel").collect();
    assert!(sent.is_empty(), "{sent:#?}");
}

/// Names, addresses, values, cookies and what opens the collector: planted everywhere a request may hold them, looked for in every byte.
#[rocket::async_test]
async fn nothing_of_anybody_is_in_a_trace() {
    let (app, collecteur) = (App::new().await, Collecteur::new(Manner::Takes).await);
    let browser = app.agent(LE_GOSIER).await;
    let cookie = browser.cookie();
    app.run_sql("UPDATE hebergeur SET nom = 'Zqxdupont ' || id, courriel = 'zqx' || id || '@exemple.gp'").await;
    let settings = settings(&collecteur.address);
    let (server, worker) = (Running::server_with(&app, &settings).await, Running::worker_with(&app, &settings).await);
    let planted = [("tracestate", "zqx=zqx"), ("User-Agent", "zqxagent"), ("Referer", "http://localhost/zqx"), ("X-Forwarded-For", "zqx")];
    for (path, status) in [
        ("/hebergeurs", 200),
        ("/hebergeurs?q=zqxdupont&commune=97113", 200),
        ("/recherche?q=zqxdupont", 200),
        ("/nulle/part/zqxdupont?nom=zqxdupont", 404),
        ("/sejours/zqx?nom=zqxdupont", 404),
        ("/invitation/zqxjeton", 410),
        ("/sejours?statut=zqx", 400),
        ("/static/zqxdupont.css", 404),
    ] {
        assert_eq!(server.get_with(path, Some(&cookie), &planted).await.status, status, "{path}");
    }
    server.post("/connexion", &[("courriel", "zqxdupont@exemple.gp"), ("mot_de_passe", "zqxsecret-et-long")], None).await;
    server.post("/zqxdupont/exports", &[("requete", "q=zqxdupont"), ("format", "zqx")], Some(&cookie)).await;
    let asked = server.post("/hebergeurs/exports", &[("requete", "q=zqxdupont"), ("format", "csv_fr")], Some(&cookie)).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let last = server.get("/hebergeurs?q=zqxdernier", Some(&cookie)).await.header("X-Request-Id").expect("its number").to_string();
    collecteur.spans_once(|span| span.name == "run export").await;
    let spans = collecteur.spans_once(|span| span.kind == 2 && span.attributes.get("gardel.request") == Some(&last)).await;
    assert!(spans.iter().filter(|span| span.kind == 2).count() >= 12 && spans.len() > 30, "{}", spans.len());
    let bytes: Vec<u8> = collecteur.messages().into_iter().flat_map(|message| message.body).collect();
    let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let session = cookie.1.to_ascii_lowercase();
    for secret in ["zqx", session.as_str(), "exemple.gp", "csv_fr", "97113"] {
        assert!(!text.contains(secret), "{secret}");
    }
    // Of what no route answers, the method alone.
    assert!(spans.iter().any(|span| span.name == "GET" && span.attributes["http.response.status_code"] == "404"), "{spans:#?}");
    // Every attribute has a name that the guide or the conventions give.
    let known = ["db.", "http.", "messaging.", "error.type", "gardel.", "network.protocol.name"];
    let strange: BTreeSet<_> =
        spans.iter().flat_map(|span| span.attributes.keys()).filter(|name| !known.iter().any(|start| name.starts_with(start))).collect();
    assert!(strange.is_empty(), "{strange:?}");
    server.stopped().await;
    worker.stopped().await;
}

#[rocket::async_test]
async fn a_collector_in_trouble_costs_spans_that_are_counted() {
    let app = App::new().await;
    let cookie = app.agent(LE_GOSIER).await.cookie();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let (broken, mute, partial) =
        (Collecteur::new(Manner::Status(500)).await, Collecteur::new(Manner::Mute).await, Collecteur::new(Manner::TakesBut(1)).await);
    let gone = format!("http://{gone}");
    for (address, state, said) in [
        (&gone, "dropped", "traces are not taken"),
        (&mute.address, "dropped", ""),
        (&broken.address, "failed", "status 500"),
        (&partial.address, "failed", "taken but for 1"),
    ] {
        let little = [&settings(address)[..], &[("OTEL_BSP_MAX_QUEUE_SIZE", "4"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")]].concat();
        let server = Running::server_with(&app, &little).await;
        let before = server.figures().await;
        for _ in 0..20 {
            // Every answer is what it is without a collector.
            let answer = server.get("/sejours", Some(&cookie)).await;
            assert_eq!(answer.status, 200, "{address}: {}", answer.body);
        }
        let after = server.figures_once(&format!("gardel_trace_spans_total{{state=\"{state}\"}}"), 1.0).await;
        assert_eq!(after.since(&before, "gardel_http_requests_total", &["route=\"/sejours\"", "status=\"200\""]), 20.0);
        server.says(said).await;
        assert_eq!(server.text().matches("traces are not taken").count(), usize::from(!said.is_empty()), "told once: {}", server.text());
        let lines = server.stopped().await;
        let left = lines.iter().any(|line| line["message"].as_str().is_some_and(|text| text.contains("stay behind")));
        assert!(left || address != &mute.address, "{lines:#?}");
    }
}

/// What waits for company leaves when the program ends.
#[rocket::async_test]
async fn the_last_spans_leave_with_the_program() {
    let (app, collecteur) = (App::new().await, Collecteur::new(Manner::Takes).await);
    let cookie = app.agent(LE_GOSIER).await.cookie();
    let patient =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", collecteur.address.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "60000"), ("OTEL_SERVICE_NAME", "essai")];
    let server = Running::server_with(&app, &patient).await;
    assert_eq!(server.get("/sejours", Some(&cookie)).await.status, 200);
    assert!(collecteur.messages().is_empty());
    server.signal(Signal::TERM);
    server.stopped().await;
    let spans = collecteur.spans();
    let request = one(&spans, |span| span.name == "GET /sejours");
    assert_eq!((request.service.as_str(), names(&parts(&spans, request)).is_empty()), ("essai", false));
}

#[rocket::async_test]
async fn a_wrong_setting_is_a_sentence_and_check_asks_the_collector() {
    let app = App::new().await;
    let run = |path: &str, arguments: &[&str], settings: &[(&str, &str)]| {
        said(program(path, app.folder.path(), &app.url).args(arguments).envs(settings.iter().copied()))
    };
    for (settings, words) in [
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "collecteur:4317")][..], "OTEL_EXPORTER_OTLP_ENDPOINT doit commencer par http:// ou https://"),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:zqxsecret@b:4318")][..], "OTEL_EXPORTER_OTLP_HEADERS"),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://10.0.0.1:4318"), ("OTEL_EXPORTER_OTLP_HEADERS", "cle=zqxsecret")][..], "passerait en clair"),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"), ("OTEL_TRACES_SAMPLER", "parfois")][..], "OTEL_TRACES_SAMPLER"),
        (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")][..], "http/protobuf"),
    ] {
        for (path, arguments) in [(GARDEL, &["serve"][..]), (GARDEL, &["check"][..]), (WORKER, &[][..])] {
            let (well, told) = run(path, arguments, settings);
            assert!(!well && told.contains(words) && !told.contains("zqxsecret"), "{settings:?}: {told}");
        }
    }
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let (takes, closed) = (Collecteur::new(Manner::Takes).await, Collecteur::new(Manner::Status(401)).await);
    for (address, words) in [
        (format!("http://{gone}"), "ne répond pas"),
        (takes.address, "le collecteur répond."),
        (closed.address, "refuse l’accès (401)"),
        (String::new(), "aucun collecteur"),
    ] {
        let check = [("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()), ("OTEL_EXPORTER_OTLP_HEADERS", "cle=zqxsecret")];
        let (well, told) = run(GARDEL, &["check"], &check);
        assert!(well && told.contains(words) && !told.contains("zqxsecret"), "{address}: {told}");
    }
}
