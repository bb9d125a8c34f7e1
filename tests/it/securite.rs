//! The security document: what it names exists, every requirement has one row, and its summary is the sum of its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Requirements of the standard at levels 1 and 2.
const REQUIREMENTS: usize = 253;
/// States of a requirement, in the order of the summary.
const STATES: [&str; 4] = ["tenu", "partiel", "non tenu", "sans objet"];
/// Levels that are looked at.
const LEVELS: [&str; 2] = ["1", "2"];
/// Beginnings of what is a place of the project, between backquotes.
const FOLDERS: [&str; 7] = ["src/", "tests/", "docs/", "migrations/", "static/", "templates/", "bin/"];
/// Ends of the files that stand at the root.
const AT_ROOT: [&str; 4] = ["md", "toml", "lock", "json"];

/// A requirement, as its row tells it.
struct Row<'a> {
    number: &'a str,
    level: &'a str,
    state: &'a str,
    proof: &'a str,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    fs::read_to_string(root().join("docs/securite.md")).expect("the security document")
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').map(str::trim).collect())
}

/// Three numbers between points: `6.2.12`.
fn is_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

fn rows(document: &str) -> Vec<Row<'_>> {
    let lines = document.lines().filter_map(cells).filter(|cells| is_number(cells[0]));
    lines
        .map(|cells| match cells.as_slice() {
            &[number, _, level, state, proof] => Row { number, level, state, proof },
            other => panic!("a row of {} cells: {other:?}", other.len()),
        })
        .collect()
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The path that `name` is, and what it must hold; nothing when it is no place of the project.
fn place(name: &str) -> Option<(&str, Option<&str>)> {
    let (path, item) = name.split_once("::").map_or((name, None), |(path, item)| (path, Some(item)));
    let at_root = |(stem, end): (&str, &str)| !stem.is_empty() && !stem.contains(['/', ' ']) && AT_ROOT.contains(&end);
    let ours = FOLDERS.iter().any(|folder| path.starts_with(folder)) || path.rsplit_once('.').is_some_and(at_root);
    ours.then_some((path, item))
}

/// Whether a source holds `item`: a constant when it is in capitals, else a function that is a test.
fn holds(source: &str, item: &str) -> bool {
    if !item.contains(|one: char| one.is_ascii_lowercase()) {
        return source.contains(&format!("const {item}:"));
    }
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let opens = |line: &str| line.starts_with(&format!("fn {item}(")) || line.starts_with(&format!("async fn {item}("));
    let is_test = |place: usize| lines[..place].iter().rev().take_while(|line| line.starts_with("#[")).any(|line| line.ends_with("test]"));
    lines.iter().copied().enumerate().any(|(place, line)| opens(line) && is_test(place))
}

/// The numbers of the summary, by chapter and in all.
fn summary(document: &str) -> BTreeMap<String, Vec<usize>> {
    let lines = document.lines().filter_map(cells).filter(|cells| cells.len() == STATES.len() + 2);
    lines
        .filter_map(|cells| {
            let name = cells[0].split_whitespace().next()?;
            let chapter = name.strip_prefix('V').is_some_and(|number| number.parse::<u32>().is_ok());
            let counts: Option<Vec<usize>> = cells[1..].iter().map(|cell| cell.parse().ok()).collect();
            counts.filter(|_| chapter || name == "Total").map(|counts| (name.to_string(), counts))
        })
        .collect()
}

/// The anchor of a heading, as readers of Markdown make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|one| one.is_alphanumeric() || " -".contains(*one)).map(|one| if one == ' ' { '-' } else { one }).collect()
}

#[test]
fn every_requirement_has_one_row_and_one_state() {
    let document = document();
    let rows = rows(&document);
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for Row { number, level, state, proof } in &rows {
        let mut fault = |what: &str| faults.push(format!("{number}: {what}"));
        if !seen.insert(*number) {
            fault("told twice");
        }
        if !LEVELS.contains(level) {
            fault("no level");
        }
        if !STATES.contains(state) {
            fault(&format!("« {state} » is no state"));
        }
        if proof.is_empty() {
            fault("neither proof nor reason");
        }
        // A place of the project, or a part of this document.
        if *state == "tenu" && !proof.contains("](#") && !quoted(proof).any(|name| place(name).is_some()) {
            fault("held by nothing that is named");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(rows.len(), REQUIREMENTS);
}

#[test]
fn the_summary_is_the_sum_of_the_rows() {
    let document = document();
    let mut counted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in rows(&document) {
        let chapter = format!("V{}", row.number.split('.').next().unwrap_or_default());
        let state = STATES.iter().position(|state| *state == row.state).expect("a state");
        for name in [chapter, "Total".to_string()] {
            let counts = counted.entry(name).or_insert_with(|| vec![0; STATES.len() + 1]);
            counts[0] += 1;
            counts[state + 1] += 1;
        }
    }
    assert_eq!(summary(&document), counted);
}

#[test]
fn what_the_document_names_exists() {
    let document = document();
    let mut faults: Vec<String> =
        document.lines().filter(|line| line.matches('`').count() % 2 == 1).map(|line| format!("a backquote is alone: {line}")).collect();
    let mut named = 0;
    for (path, item) in quoted(&document).filter_map(place) {
        named += 1;
        let file = root().join(path);
        if !file.exists() {
            faults.push(format!("{path} does not exist"));
        } else if let Some(item) = item
            && !holds(&fs::read_to_string(&file).expect("UTF-8"), item)
        {
            faults.push(format!("{path} holds no {item}"));
        }
    }
    assert!(named > 300, "only {named} places were found");
    let anchors: BTreeSet<String> = document.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    let links = document.split("](#").skip(1).filter_map(|rest| rest.split(')').next());
    faults.extend(links.filter(|link| !anchors.contains(*link)).map(|link| format!("no heading is #{link}")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
