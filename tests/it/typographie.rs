//! French typography: one rule over every text that people read, in the sources, the script and
//! the templates. `just typographie` writes what this asks for.
//!
//! It knows the standard library alone, so that the recipe compiles it by itself in a second.

#[path = "../../src/ui/typographie.rs"]
mod typographie_regle;

use std::fs;
use std::path::{Path, PathBuf};

use typographie_regle::{NBSP, THIN, mend};

/// A literal that no person reads: a statement, a pattern, a word of a program.
fn is_code(text: &str) -> bool {
    let signs =
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", " WHERE ", " FROM ", "ORDER BY", "CASE ", "CREATE ", "ALTER ", " AND b.", "::text", "unnest("];
    signs.iter().any(|sign| text.contains(sign)) || !text.contains(|one: char| one.is_alphabetic() || "«»:;?!%€".contains(one))
}

/// Where the literals of a source begin and end, quotes left out. `quotes` are those of its language.
fn literals(source: &str, quotes: &[char]) -> Vec<(usize, usize)> {
    let bytes: Vec<(usize, char)> = source.char_indices().collect();
    let mut found = Vec::new();
    let mut place = 0;
    let is = |place: usize, wanted: char| bytes.get(place).is_some_and(|(_, one)| *one == wanted);
    while place < bytes.len() {
        let (start, one) = bytes[place];
        let before = place.checked_sub(1).map(|at| bytes[at].1);
        if one == '/' && is(place + 1, '/') && before != Some(':') {
            place += bytes[place..].iter().take_while(|(_, one)| *one != '\n').count();
        } else if one == '/' && is(place + 1, '*') {
            place += 2;
            while place < bytes.len() && !(is(place, '*') && is(place + 1, '/')) {
                place += 1;
            }
            place += 2;
        } else if one == 'r' && (is(place + 1, '#') || is(place + 1, '"')) && !before.is_some_and(|one| one.is_alphanumeric() || one == '_') {
            place = after_raw(&bytes, place);
        } else if one == '\'' && !quotes.contains(&'\'') {
            // A character, or a lifetime.
            place += if is(place + 1, '\\') {
                3 + usize::from(is(place + 2, 'u')) * 5
            } else if is(place + 2, '\'') {
                3
            } else {
                1
            };
        } else if one == '`' && quotes.contains(&one) {
            place = after_template(&bytes, place, source.len(), &mut found);
        } else if quotes.contains(&one) {
            let end = end_of(&bytes, place);
            found.push((start + one.len_utf8(), bytes.get(end).map_or(source.len(), |(at, _)| *at)));
            place = end + 1;
        } else {
            place += 1;
        }
    }
    found
}

fn end_of(bytes: &[(usize, char)], start: usize) -> usize {
    let quote = bytes[start].1;
    let mut place = start + 1;
    while place < bytes.len() && bytes[place].1 != quote {
        place += if bytes[place].1 == '\\' { 2 } else { 1 };
    }
    place.min(bytes.len())
}

/// The parts of a template literal that are text; what it computes is code, whose own texts are left as they are.
fn after_template(bytes: &[(usize, char)], start: usize, end: usize, found: &mut Vec<(usize, usize)>) -> usize {
    let at = |place: usize| bytes.get(place).map_or(end, |(at, _)| *at);
    let is = |place: usize, wanted: char| bytes.get(place).is_some_and(|(_, one)| *one == wanted);
    let (mut place, mut from) = (start + 1, start + 1);
    while place < bytes.len() && !is(place, '`') {
        if is(place, '$') && is(place + 1, '{') {
            found.push((at(from), at(place)));
            let mut depth = 0;
            while place < bytes.len() {
                depth += i32::from(is(place, '{')) - i32::from(is(place, '}'));
                place += 1;
                if depth == 0 && is(place - 1, '}') {
                    break;
                }
            }
            from = place;
        } else {
            place += if is(place, '\\') { 2 } else { 1 };
        }
    }
    found.push((at(from), at(place)));
    place + 1
}

fn after_raw(bytes: &[(usize, char)], start: usize) -> usize {
    let hashes = bytes[start + 1..].iter().take_while(|(_, one)| *one == '#').count();
    if bytes.get(start + 1 + hashes).is_none_or(|(_, one)| *one != '"') {
        return start + 1;
    }
    let mut place = start + 2 + hashes;
    while place < bytes.len() {
        if bytes[place].1 == '"' && bytes[place + 1..].iter().take(hashes).filter(|(_, one)| *one == '#').count() == hashes {
            return place + 1 + hashes;
        }
        place += 1;
    }
    place
}

/// The text of a template or of a guide: what stands outside tags and code.
fn prose(source: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut start, mut place) = (0, 0);
    let closing = [("```", "```"), ("`", "`"), ("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("](", ")"), ("<", ">")];
    while place < source.len() {
        if !source.is_char_boundary(place) {
            place += 1;
            continue;
        }
        let rest = &source[place..];
        match closing.iter().find(|(open, _)| rest.starts_with(open)) {
            Some((open, close)) => {
                found.push((start, place));
                let inside = &rest[open.len()..];
                place += open.len() + inside.find(close).map_or(inside.len(), |end| end + close.len());
                start = place;
            }
            None => place += 1,
        }
    }
    found.push((start, source.len()));
    found
}

/// The same source with its texts mended.
fn mend_source(path: &Path, source: &str) -> String {
    let extension = path.extension().and_then(|one| one.to_str()).unwrap_or_default();
    let ranges = match extension {
        "rs" => literals(source, &['"']),
        "js" | "mjs" => literals(source, &['"', '\'', '`']),
        _ => prose(source),
    };
    let mut mended = String::with_capacity(source.len() + 64);
    let mut done = 0;
    for (start, end) in ranges {
        mended.push_str(&source[done..start]);
        let text = &source[start..end];
        mended.push_str(&if is_code(text) { text.to_string() } else { mend(text) });
        done = end;
    }
    mended.push_str(&source[done..]);
    mended
}

/// Files whose texts people read.
fn read_by_people(root: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["src", "templates", "static/js", "static/pages"] {
        walk(&root.join(folder), &mut found);
    }
    found.push(root.join("static/app.js"));
    // Invented names are data: they are written as people write them. Causes of failures are patterns.
    found.retain(|path| !path.starts_with(root.join("src/demo")) && !path.ends_with("jobs/table/failures.rs"));
    found.sort();
    found
}

#[test]
fn every_text_is_set_as_in_french() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = std::env::var_os("CORRIGER").is_some();
    let mut faults = Vec::new();
    let mut looked = 0;
    for path in read_by_people(root) {
        let Ok(source) = fs::read_to_string(&path) else { continue };
        looked += 1;
        let mended = mend_source(&path, &source);
        if mended == source {
            continue;
        }
        if write {
            fs::write(&path, &mended).expect("a file of the project");
        }
        for (number, (had, wants)) in source.lines().zip(mended.lines()).enumerate().filter(|(_, (had, wants))| had != wants) {
            let place = path.strip_prefix(root).expect("inside").display();
            faults.push(format!("{place}:{}: {}\n    {}", number + 1, had.trim(), wants.trim().replace([NBSP, THIN], "⍽")));
        }
    }
    assert!(looked > 150, "only {looked} files were read");
    assert!(write || faults.is_empty(), "{} lines, that `just typographie` mends:\n{}", faults.len(), faults.join("\n"));
    println!("{} lines", faults.len());
}

#[test]
fn the_rule_itself() {
    let shown = |text: &str| mend(text).replace(NBSP, "_").replace(THIN, "~");
    assert_eq!(shown("Filtre « Statut » : n'existe pas !"), "Filtre «_Statut_»_: n’existe pas~!");
    assert_eq!(shown("Qu'est-ce ? L'un ; l'autre"), "Qu’est-ce~? L’un~; l’autre");
    assert_eq!(shown("« "), "«_");
    assert_eq!(shown(" : "), "_: ");
    assert_eq!(shown("«mot»"), "«_mot_»");
    assert_eq!(shown("5 000 lignes, 12 %, 3 Mo, n° 4"), "5~000 lignes, 12~%, 3~Mo, n°_4");
    assert_eq!(shown("{} % de {} €"), "{}~% de {}~€");
    for kept in ["0690 12 34 56", "+590 690 12 34 56", "x :: y", "it's", "14:05", "max-width: 3px", "97113 000123 AB", "HTTP/1.1 400 Bad"] {
        assert_eq!(mend(kept), kept);
    }
    assert_eq!(mend(&mend("Voilà : « l'été » !")), mend("Voilà : « l'été » !"), "mended once, mended for good");
}

#[test]
fn literals_are_found_and_comments_are_not() {
    let source = "/// l'un : deux\nlet a = \"l'un \\\" : \"; // \"d'autre : \"\nlet b = '\"'; let c = r#\"l'un : \"#; f::<'a>(\"fin : \")";
    let found: Vec<&str> = literals(source, &['"']).into_iter().map(|(start, end)| &source[start..end]).collect();
    assert_eq!(found, ["l'un \\\" : ", "fin : "]);
    let script = "`a : ${b ? `c : ` : 'd : '} e : `";
    let found: Vec<&str> = literals(script, &['"', '\'', '`']).into_iter().map(|(start, end)| &script[start..end]).collect();
    assert_eq!(found, ["a : ", " e : "]);
    let page = "<p title=\"a : b\">c'est : d'ici</p> `e : f` {{ g : h }}";
    let read: String = prose(page).into_iter().map(|(start, end)| &page[start..end]).collect();
    assert_eq!(read, "c'est : d'ici  ");
}
