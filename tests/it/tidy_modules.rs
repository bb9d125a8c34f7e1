//! The rules of the house about modules: names that mean one thing.

use std::collections::BTreeMap;

use crate::tidy::{code, sources};

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
