//! What watches the installation (`supervision/`): dashboards that parse, measures that the program has, an alert with its page, its
//! test and its accident. promtool and the accidents themselves are for `just alertes`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use gardel::platform::http::serve_management;
use gardel::platform::jobs::table::bucket_seconds;
use rocket::http::Method;
use rocket::local::asynchronous::Client;
use serde_json::{Value, json};

use crate::support::app::LE_GOSIER;
use crate::support::{App, Page};

/// Measures of Prometheus itself, of Debian's exporters, and of what is recorded by our own rules.
const OTHERS: [&str; 6] = ["up", "ALERTS", "probe_", "node_", "objectif:", "gardel_backup_success_timestamp_seconds"];
/// Functions that may stand around a counter.
const GROWTH: [&str; 4] = ["rate(", "increase(", "sum_over_time(", "irate("];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files of a folder of `supervision/` with this end.
fn named(folder: &str, end: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder of supervision");
    let mut names: Vec<String> = entries.flatten().map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy())).collect();
    names.retain(|name| name.ends_with(end));
    names.sort();
    names
}

fn dashboards() -> Vec<(String, Value)> {
    let of = |name: String| (name.clone(), serde_json::from_str(&read(&name)).unwrap_or_else(|error| panic!("{name}: {error}")));
    named("supervision/grafana", ".json").into_iter().map(of).collect()
}

/// A rule of the files of rules: its name, and its lines.
struct Rule {
    name: String,
    alert: bool,
    lines: Vec<String>,
}

impl Rule {
    fn field(&self, name: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "))
    }

    /// Its expression, on one line or on those that follow.
    fn expression(&self) -> String {
        let Some(start) = self.lines.iter().position(|line| line.trim_start().starts_with("expr:")) else { return String::new() };
        let first = self.lines[start].trim().trim_start_matches("expr:").trim().trim_start_matches('|').to_string();
        let deep = |line: &&String| line.starts_with("          ") && !line.trim_start().starts_with("labels:");
        let more = self.lines[start + 1..].iter().take_while(deep).map(|line| line.trim());
        std::iter::once(first.as_str()).chain(more).collect::<Vec<_>>().join(" ")
    }
}

fn rules() -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    for file in named("supervision/prometheus/regles", ".yml") {
        for line in read(&file).lines().filter(|line| !line.trim_start().starts_with('#')) {
            let opens = line.trim_start().strip_prefix("- ");
            if let Some((kind, name)) = opens.and_then(|rest| rest.split_once(": ")).filter(|(kind, _)| ["alert", "record"].contains(kind)) {
                found.push(Rule { name: name.into(), alert: kind == "alert", lines: Vec::new() });
            } else if opens.is_none()
                && let Some(rule) = found.last_mut()
            {
                rule.lines.push(line.into());
            }
        }
    }
    found
}

/// Every expression: of the rules, of the panels, of what the variables offer.
fn expressions() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = rules().iter().map(|rule| (rule.name.clone(), rule.expression())).collect();
    for (file, dashboard) in dashboards() {
        for panel in dashboard["panels"].as_array().expect("panels") {
            for target in panel["targets"].as_array().expect("targets") {
                all.push((format!("{file}: {}", panel["title"]), target["expr"].as_str().expect("an expression").into()));
            }
        }
        for variable in dashboard["templating"]["list"].as_array().expect("variables") {
            if let Some(query) = variable["query"]["query"].as_str() {
                let series = query.strip_prefix("label_values(").and_then(|rest| rest.rsplit_once(", ")).expect("label_values").0;
                all.push((format!("{file}: variable"), series.into()));
            }
        }
    }
    all
}

/// The series that an expression names, each with the labels that it chooses by, and their values.
fn series(expression: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found = Vec::new();
    let (mut rest, mut quoted) = (expression, false);
    while let Some(start) = rest.find(|one: char| one == '"' || one.is_ascii_alphabetic()) {
        if rest[start..].starts_with('"') {
            quoted = !quoted;
            rest = &rest[start + 1..];
            continue;
        }
        let end = rest[start..].find(|one: char| !one.is_ascii_alphanumeric() && one != '_' && one != ':').map_or(rest.len(), |end| start + end);
        let (name, after) = (&rest[start..end], &rest[end..]);
        rest = after;
        if quoted || !(name.starts_with("gardel_") || name.starts_with("process_")) {
            continue;
        }
        let chosen = after.strip_prefix('{').and_then(|inside| inside.split_once('}')).map_or("", |(inside, _)| inside);
        found.push((name.to_string(), selectors(chosen)));
    }
    found
}

/// `queue=~"exports|x",state="failed"` as names and values.
fn selectors(text: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = text.split('"').collect();
    parts
        .chunks(2)
        .filter_map(|pair| {
            Some((pair.first()?.trim_matches(|one: char| !one.is_ascii_alphanumeric() && one != '_').to_string(), (*pair.get(1)?).to_string()))
        })
        .collect()
}

/// Whether Prometheus or somebody else tells it.
fn is_of_others(name: &str) -> bool {
    OTHERS.iter().any(|other| name == *other || (other.ends_with(['_', ':']) && name.starts_with(other)))
}

#[test]
fn expressions_are_read() {
    let text = "max by (queue) (gardel_jobs{state=\"failed\",queue=~\"a|b\"}) > 3 and on () rate(gardel_x_total[5m]) or probe_y{job=\"gardel_z\"}";
    let read = series(text);
    assert_eq!(read.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["gardel_jobs", "gardel_x_total"]);
    assert_eq!(read[0].1, [("state".into(), "failed".into()), ("queue".into(), "a|b".into())]);
    assert!(rules().len() > 80 && rules().iter().filter(|rule| rule.alert).count() > 30, "too few rules are read");
    assert!(rules().iter().all(|rule| !rule.expression().is_empty()), "an expression is not read");
    assert!(expressions().len() > 170, "{} expressions", expressions().len());
}

#[test]
fn panels_say_what_they_show() {
    let all = dashboards();
    assert_eq!(all.len(), 6);
    for (file, dashboard) in &all {
        assert!(dashboard["schemaVersion"].as_i64() >= Some(42) && dashboard["uid"].as_str().is_some_and(|uid| uid.starts_with("gardel-")), "{file}");
        let mut ids = BTreeSet::new();
        for panel in dashboard["panels"].as_array().expect("panels") {
            let title = panel["title"].as_str().unwrap_or_default();
            let said = |place: &Value| place.as_str().is_some_and(|text| !text.trim().is_empty());
            assert!(said(&panel["title"]) && said(&panel["description"]) && said(&panel["fieldConfig"]["defaults"]["unit"]), "{file}: {title}");
            assert!(ids.insert(panel["id"].as_i64().expect("a number")), "{file}: {title}: its number is that of another");
            let targets = panel["targets"].as_array().expect("targets");
            assert!(!targets.is_empty(), "{file}: {title}");
            for place in std::iter::once(panel).chain(targets) {
                assert_eq!(place["datasource"]["uid"], "${source}", "{file}: {title}");
            }
            for expr in targets.iter().filter_map(|target| target["expr"].as_str()) {
                counters_grow(&format!("{file}: {title}"), expr);
                assert!(!expr.contains("rate(") || expr.contains("[$__rate_interval]"), "{file}: {title}: {expr}");
            }
        }
    }
}

/// A counter is only read through what it grew.
fn counters_grow(place: &str, expr: &str) {
    for (name, _) in series(expr).into_iter().filter(|(name, _)| name.ends_with("_total") || name.ends_with("_bucket")) {
        let whole = expr.match_indices(&name).all(|(at, _)| GROWTH.iter().any(|function| expr[..at].ends_with(function)));
        assert!(whole, "{place}: {name} outside rate() or increase(): {expr}");
    }
}

#[test]
fn each_alert_has_its_page_its_test_and_its_accident() {
    let (page, accidents) = (read("docs/astreinte.md"), read("tests/supervision/accidents.sh"));
    let tests: String = named("supervision/prometheus/essais", ".yml").iter().map(|file| read(file)).collect();
    let alerts: Vec<Rule> = rules().into_iter().filter(|rule| rule.alert).collect();
    let mut faults = Vec::new();
    for alert in &alerts {
        let name = &alert.name;
        let mut must = |holds: bool, what: &str| {
            if !holds {
                faults.push(format!("{name}: {what}"));
            }
        };
        must(page.lines().any(|line| line == format!("## {name}")), "no title in docs/astreinte.md");
        must(alert.field("runbook") == Some(&format!("docs/astreinte.md#{}", name.to_lowercase())), "its runbook is another");
        must(alert.field("summary").is_some() && alert.field("description").is_some(), "no words");
        must(matches!(alert.field("labels"), Some("{severity: page}" | "{severity: ticket}")), "no severity");
        must(accidents.lines().any(|line| line.contains("epreuve ") && line.split_whitespace().any(|word| word == name)), "no accident");
        let expected = |outcome: &str| {
            let mut lines = tests.lines();
            std::iter::from_fn(|| {
                lines.find(|line| line.contains(&format!("alertname=\"{name}\""))).map(|_| lines.nth(1).unwrap_or_default().to_string())
            })
            .any(|line| line.contains(outcome))
        };
        must(expected("value: 1"), "no test in which it fires");
        must(expected("[]"), "no test in which it is silent");
    }
    for title in page.lines().filter_map(|line| line.strip_prefix("## ")) {
        if !alerts.iter().any(|alert| alert.name == title) {
            faults.push(format!("docs/astreinte.md: {title} is no alert"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What a process tells, with the labels of each measure and the values that it gave them.
fn told(text: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut all: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap_or(line.len()));
        let labels = rest.strip_prefix('{').and_then(|inside| inside.split_once('}')).map_or_else(Vec::new, |(inside, _)| selectors(inside));
        all.entry(name.into()).or_default().extend(labels);
    }
    all
}

/// A server and a worker that have done a little of everything.
async fn measures() -> BTreeMap<String, Vec<(String, String)>> {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    browser.get("/sejours").await.ok();
    browser.export("sejours", "", "csv_fr").await;
    let programme = app.programme(browser.user_id).await;
    let file = Some("nom;commune\nHôte suivi;97113\n".into());
    let sent = programme.call(Method::Post, "/api/v1/imports?genre=hebergeurs&nom=s.csv", file, &[("Content-Type", "text/csv")]).await;
    let id = serde_json::from_str::<Value>(&sent.text()).expect("JSON")["id"].as_i64().expect("a number");
    app.run_jobs().await;
    let state = programme.read(&format!("/api/v1/imports/{id}/suivi")).await;
    let seen = json!({"revision": state["revision"], "lignes": state["a_ecrire"]}).to_string().into_bytes();
    programme.call(Method::Post, &format!("/api/v1/imports/{id}/confirmation"), Some(seen), &[]).await;
    app.run_jobs().await;
    let context = &app.context;
    let address = "127.0.0.1:0".parse().expect("an address");
    let rocket = serve_management(address, context.db.clone(), context.cache.clone(), context.metrics.clone());
    let client = Client::untracked(rocket).await.expect("the management server");
    told(&Page::read(client.get("/metrics").dispatch().await).await.ok().text())
}

/// Whether the program registers it: one that nothing has counted yet is not told. Registered names leave out the prefix, the unit
/// and the end that their kind gives them.
fn is_registered(name: &str, source: &str) -> bool {
    let bare = name.trim_start_matches("gardel_");
    let mut ends = vec![bare];
    for end in ["_total", "_bucket", "_count", "_sum", "_info", "_seconds", "_bytes"] {
        let shorter: Vec<&str> = ends.iter().filter_map(|one| one.strip_suffix(end)).collect();
        ends.extend(shorter);
    }
    ends.iter().any(|one| source.contains(&format!("\"{one}\"")))
}

/// Prometheus would say nothing of a name or a label that does not exist: the panel would be empty, and the alert silent for ever.
#[rocket::async_test]
async fn rules_and_panels_ask_for_measures_that_exist() {
    let told = measures().await;
    let source: String = crate::tidy::sources().into_iter().filter(|(path, _)| path.starts_with("src/platform/")).map(|(_, text)| text).collect();
    let replicas = source.contains("database_replica_url");
    let added_by_prometheus = ["job", "instance", "commune", "le"];
    let mut faults = Vec::new();
    for (place, expression) in expressions() {
        for (name, chosen) in series(&expression) {
            if is_of_others(&name) || (name.starts_with("gardel_replica_") && !replicas) {
                continue;
            }
            let Some(labels) = told.get(&name) else {
                if !is_registered(&name, &source) {
                    faults.push(format!("{place}: the program has no {name}"));
                }
                continue;
            };
            for (label, value) in chosen {
                if !added_by_prometheus.contains(&label.as_str()) && !labels.iter().any(|(one, _)| *one == label) {
                    faults.push(format!("{place}: {name} has no label {label}"));
                }
                // Nothing is interpolated: a promise is a bound of the histogram.
                if label == "le" && !labels.contains(&("le".into(), value.clone())) {
                    faults.push(format!("{place}: {name} has no bound {value}"));
                }
            }
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for seen in ["gardel_http_request_duration_seconds_bucket", "gardel_job_wait_seconds_bucket", "gardel_jobs"] {
        assert!(told.contains_key(seen), "{seen} was not looked at");
    }
}

/// « Commencé en moins de 5 s, fini en moins de 40 s dans 95 % des cas »: what people read is what is promised.
#[test]
fn what_people_read_is_what_is_promised() {
    let promised: Value = serde_json::from_str(&read("supervision/objectifs.json")).expect("JSON");
    let page = read("src/travaux/queues/model.rs");
    let share = page
        .lines()
        .find_map(|line| line.strip_prefix("const SHARE: i64 = ")?.strip_suffix(';')?.parse::<f64>().ok())
        .expect("the share of the page");
    let bounds: Vec<f64> = (0..).map_while(bucket_seconds).collect();
    for name in ["travaux_commences", "exports_prets", "imports_verifies"] {
        let one = promised["objectifs"].as_array().expect("objectives").iter().find(|one| one["nom"] == name).expect("an objective of that name");
        assert!((one["cible"].as_f64().expect("a share") * 100.0 - share).abs() < 1e-9, "{name}: {} and {share} %", one["cible"]);
        let seconds = one["secondes"].as_f64().expect("a time");
        assert!(bounds.iter().any(|bound| (bound - seconds).abs() < 1e-9), "{name}: the page has no bound of {seconds} s");
        assert!(read("docs/slo.md").contains(&format!("| `{name}` |")));
    }
}

/// Rules, tests, dashboards and tables that follow from what is declared are those of the repository.
#[test]
fn what_is_generated_was() {
    let answer = Command::new("node").arg(root().join("supervision/engendre.mjs")).arg("--verifie").output().expect("node is there for the tests");
    assert!(answer.status.success(), "{}{}", String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
}
