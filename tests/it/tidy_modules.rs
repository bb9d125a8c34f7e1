//! The rules of the house about modules: names that mean one thing, files that make no circle, addresses that are made in one
//! place.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{code, product, sources};

/// Words that say little of what they name: one thing at most has such a name, so that it means that thing.
const GENERAL: &[&str] = &[
    "ACTIONS",
    "Answer",
    "Asked",
    "Data",
    "Desk",
    "Helper",
    "HxRedirect",
    "Info",
    "Item",
    "Manager",
    "Object",
    "OrForm",
    "Query",
    "Reader",
    "Reply",
    "Request",
    "Response",
    "Thing",
    "Visit",
];

/// The types and the constants that a file defines, by name.
fn defined(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in code.lines() {
        let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "crate" || word.ends_with(')'));
        if let Some("struct" | "enum" | "type" | "trait" | "union" | "const" | "static") = words.next()
            && let Some(name) = words.find(|word| *word != "mut")
        {
            found.push(name.chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect());
        }
    }
    found
}

#[test]
fn definitions_are_read() {
    let text =
        "struct A;\npub(in crate::a) enum B<T> {}\n    pub type C = u8;\nuse d::D;\nfn e() {}\npub static mut F: u8 = 1;\nconst G: &str = \"\";";
    assert_eq!(defined(text), ["A", "B", "C", "F", "G"]);
}

#[test]
fn a_general_word_names_one_thing() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources() {
        for name in defined(&code(&text)) {
            places.entry(name).or_default().push(path.clone());
        }
    }
    assert!(places.len() > 1_000, "only {} names were read", places.len());
    let several: Vec<_> = places.iter().filter(|(name, files)| GENERAL.contains(&name.as_str()) && files.len() > 1).collect();
    assert!(several.is_empty(), "say what each of these is: {several:#?}");
}

/// Circles between the files of one folder, its own folders each counted as one, and why each is there. The list may only shrink.
const CIRCLES: &[(&str, &[&str], &str)] = &[
    (
        "comptes",
        &[
            "apparence",
            "commande",
            "connexion",
            "courriels",
            "envoi",
            "externe",
            "facteur",
            "fiche",
            "guard",
            "invitations",
            "memoire",
            "mon_compte",
            "ouverture",
            "queries",
            "reprise",
            "utilisateurs",
        ],
        "the guard leads to the second factor, to the provider and to what was kept of a form, whose pages take the guard",
    ),
    ("sources/parquet", &["pied", "valeur"], "the footer says of what type a value is, and holds values: the least and the most of a column"),
    (
        "taxe",
        &["changement", "declarations", "fusion", "hebergeurs", "historique", "logements", "modifications", "periodes", "records", "sejours"],
        "declarations name each other: a list the record of its rows, a record its fields, a file the histories of what it holds",
    ),
];

/// One file as a module: the folder that holds it, and its place from the crate (`listing`, `query`).
struct Module {
    place: Vec<String>,
    code: String,
}

impl Module {
    fn read((path, text): &(String, String)) -> Self {
        let names = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        Self { place: names.split('/').map(str::to_string).collect(), code: code(text) }
    }
}

/// The names that stand before each comma of `text`, which ends where its first brace is closed.
fn listed(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (place, sign) in text.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&text[from..place]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[from..place]);
                from = place + 1;
            }
            _ => {}
        }
    }
    found
}

/// The word that begins a text.
fn word(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(text.len())]
}

/// The paths that begin in `text`, just after their `crate::` or their last `super::`; braces are opened.
fn paths(text: &str) -> Vec<Vec<String>> {
    if let Some(inside) = text.strip_prefix('{') {
        return listed(inside).into_iter().flat_map(|one| paths(one.trim_start())).collect();
    }
    let first = word(text).to_string();
    match text.trim_start()[first.len()..].strip_prefix("::") {
        _ if first.is_empty() => Vec::new(),
        Some(rest) => {
            let below: Vec<Vec<String>> = paths(rest).into_iter().map(|below| [vec![first.clone()], below].concat()).collect();
            // `a::*`, `a::<T>`: what is named is `a`.
            if below.is_empty() { vec![vec![first]] } else { below }
        }
        None => vec![vec![first]],
    }
}

/// Everything that a module names, from the crate.
fn named(module: &Module) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for part in module.code.split("crate::").skip(1) {
        found.extend(paths(part));
    }
    let mut rest = module.code.as_str();
    while let Some(place) = rest.find("super::") {
        let mut up = 0;
        rest = &rest[place..];
        while let Some(after) = rest.strip_prefix("super::") {
            (up, rest) = (up + 1, after);
        }
        let above = &module.place[..module.place.len().saturating_sub(up)];
        found.extend(paths(rest).into_iter().map(|below| [above.to_vec(), below].concat()));
    }
    found
}

/// What the front desk of a folder gives under each name: the file that it comes from.
fn front_desk(desk: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for part in desk.split("use ").skip(1).filter(|part| !part.starts_with("super::") && !part.starts_with("crate::")) {
        let part = part.split(';').next().unwrap_or_default();
        let Some((file, given)) = part.trim_start_matches("self::").split_once("::") else { continue };
        let all = if let Some(inside) = given.strip_prefix('{') { listed(inside) } else { vec![given] };
        for one in all {
            let name = one.rsplit("::").next().unwrap_or_default().rsplit(" as ").next().unwrap_or_default().trim();
            found.insert(name.to_string(), file.to_string());
        }
    }
    found
}

/// Who names whom among what a folder holds: its files, and its folders, each as one.
fn arrows_within(folder: &[String], modules: &[Module]) -> BTreeMap<String, BTreeSet<String>> {
    let below = |module: &Module| module.place.strip_prefix(folder).and_then(|rest| rest.first()).cloned();
    let nodes: BTreeSet<String> = modules.iter().filter_map(below).collect();
    let desk = modules.iter().find(|module| module.place == folder).map(|module| front_desk(&module.code)).unwrap_or_default();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in modules {
        let Some(from) = below(module) else { continue };
        for path in named(module) {
            let Some(name) = path.strip_prefix(folder).and_then(|rest| rest.first()) else { continue };
            // A file and what the front desk gives may have the same name: the path then goes on inside the file, or not.
            let file = nodes.get(name).or_else(|| desk.get(name)).filter(|file| nodes.contains(*file) && **file != from);
            arrows.entry(from.clone()).or_default().extend(file.cloned());
        }
    }
    arrows
}

/// The circles: names that lead to each other.
fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached = |from: &String| {
        let (mut found, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(one) = next.pop() {
            next.extend(arrows.get(one).into_iter().flatten().filter(|other| found.insert((*other).clone())));
        }
        found
    };
    let all: BTreeMap<&String, BTreeSet<String>> = arrows.keys().map(|from| (from, reached(from))).collect();
    let together = |one: &String, other: &String| all[one].contains(other) && all.get(other).is_some_and(|back| back.contains(one));
    all.keys()
        .map(|one| all[one].iter().filter(|other| together(one, other)).cloned().collect())
        .filter(|circle: &Vec<String>| circle.len() > 1)
        .collect()
}

#[test]
fn what_a_file_names_is_read() {
    let text =
        "use super::query::{Filters, Query as Asked};\nuse crate::listing::{sql::Walk, Arg};\nfn f() { super::super::ui::g::<u8>(); crate::a::b }";
    let module = Module { place: vec!["listing".into(), "fetch".into()], code: text.into() };
    let mut named: Vec<String> = named(&module).iter().map(|path| path.join("::")).collect();
    named.sort_unstable();
    assert_eq!(named, ["a::b", "listing::Arg", "listing::query::Filters", "listing::query::Query", "listing::sql::Walk", "ui::g"]);
    let desk = front_desk("mod sql;\npub use sql::{Arg, walk as ordered};\npub(super) use self::way::Way;\nuse crate::ui::icon;");
    let given: Vec<(&str, &str)> = desk.iter().map(|(name, file)| (name.as_str(), file.as_str())).collect();
    assert_eq!(given, [("Arg", "sql"), ("Way", "way"), ("ordered", "sql")]);
    let arrows = |all: &[(&str, &str)]| {
        let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        all.iter().for_each(|(from, to)| _ = arrows.entry((*from).into()).or_default().insert((*to).into()));
        arrows
    };
    assert!(circles(&arrows(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let two = circles(&arrows(&[("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "c")]));
    assert_eq!(two.into_iter().collect::<Vec<_>>(), [vec!["a", "b"], vec!["c", "d", "e"]]);
}

#[test]
fn files_of_a_folder_use_each_other_in_no_circle_but_the_known_ones() {
    let modules: Vec<Module> = sources().iter().map(Module::read).collect();
    let folders: BTreeSet<&[String]> =
        modules.iter().map(|module| &module.place[..module.place.len() - 1]).filter(|folder| !folder.is_empty()).collect();
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut read = 0;
    for folder in folders {
        let arrows = arrows_within(folder, &modules);
        read += arrows.values().map(BTreeSet::len).sum::<usize>();
        found.extend(circles(&arrows).into_iter().map(|circle| (folder.join("/"), circle)));
    }
    assert!(read > 500, "only {read} arrows were read");
    let known: Vec<(String, Vec<String>)> =
        CIRCLES.iter().map(|(folder, names, _)| ((*folder).into(), names.iter().map(ToString::to_string).collect())).collect();
    for (folder, circle) in &found {
        let held = known.iter().any(|(of, names)| of == folder && circle.iter().all(|name| names.contains(name)));
        assert!(held, "src/{folder}: these lead to each other: {circle:?}");
    }
    for one in &known {
        assert!(found.contains(one), "src/{}: this circle is smaller than the list says; today: {found:?}", one.0);
    }
}

/// Where parameters are written one after the other: `Address`, a question, what is said to a provider, what was typed and is kept.
const WRITERS: [&str; 4] = ["src/platform/http/address.rs", "src/listing/query.rs", "src/platform/oidc/client.rs", "src/comptes/reprise/mod.rs"];

/// Whether a literal is an address with a parameter whose value is put in, or comes after: `/a?b={c}`, `?b=`.
fn is_patched(literal: &str) -> bool {
    let Some((_, question)) = literal.split_once('?').filter(|(page, _)| page.is_empty() || page.starts_with('/')) else { return false };
    let named = word(question);
    !named.is_empty() && question[named.len()..].starts_with('=') && (question.contains('{') || question.ends_with('='))
}

/// A value put into an address by hand is one that nobody encodes, under a name that nobody checks.
#[test]
fn addresses_are_made_of_named_parts() {
    assert!(["/a?b={c}", "?b=", "/a/{b}?c=d&e={f}"].into_iter().all(is_patched));
    assert!(!["/a?b=c", "b?", "/a/{b}", "Que faire ?"].into_iter().any(is_patched));
    let mut faults = Vec::new();
    for (path, text) in product() {
        for line in code(&text).lines() {
            // A column says where its cells lead by the beginning of an address, which its own value ends.
            let patched = line.split('"').skip(1).step_by(2).any(is_patched) && !line.contains(".linked(");
            let written = line.contains("Serializer::new") && !WRITERS.contains(&path.as_str());
            faults.extend((patched || written).then(|| format!("{path}: {}", line.trim())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
