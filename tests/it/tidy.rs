//! The rules of the house that a compiler does not know: arrows between rooms, sizes, words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gardel::platform::config::Config;
use rocket::figment::Figment;
use rocket::figment::providers::Serialized;

/// Lines of a file at most; longer ones say why at their top.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function at most.
const FUNCTION_LINES_MAX: usize = 70;

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the project").flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The Rust files of `src`, each with its path from the root.
pub fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found.iter().map(|path| (path.strip_prefix(root).expect("inside").display().to_string(), fs::read_to_string(path).expect("UTF-8"))).collect()
}

/// The lines of a file with their numbers, without the items that only the tests compile, wherever they stand.
fn delivered(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(place, line)| (place + 1, line));
    let mut kept = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push((number, line));
            continue;
        }
        // The item that follows: a declaration of one line, or a block that ends where it began.
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let Some((_, item)) = lines.find(|(_, line)| !line.trim_start().starts_with("#[") && !line.trim_start().starts_with("//")) else { break };
        if !item.ends_with(';') {
            lines.find(|(_, line)| *line == end);
        }
    }
    kept
}

/// Files that belong to what is delivered: not those declared `#[cfg(test)] mod name;`.
pub fn product() -> Vec<(String, String)> {
    let sources = sources();
    let tests: Vec<String> = sources
        .iter()
        .flat_map(|(path, text)| {
            // The folder of `mod.rs` and `lib.rs`, that of its own name beside any other file.
            let folder =
                ["/mod.rs", "/lib.rs"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or_else(|| path.trim_end_matches(".rs")).to_string();
            let lines: Vec<&str> = text.lines().collect();
            let named =
                |pair: &[&str]| (pair[0] == "#[cfg(test)]").then(|| pair[1].strip_prefix("mod ")?.strip_suffix(';').map(str::to_string)).flatten();
            lines.windows(2).filter_map(named).map(|name| format!("{folder}/{name}.rs")).collect::<Vec<_>>()
        })
        .collect();
    sources.into_iter().filter(|(path, _)| !tests.contains(path)).collect()
}

/// The code of a file without its tests and comments.
pub fn code(text: &str) -> String {
    delivered(text).into_iter().map(|(_, line)| line).filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Line and length of each function, its signature included, on however many lines that is.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| {
            word.starts_with("pub") || ["const", "async", "unsafe", "extern", "\"C\"", "in"].contains(word) || word.ends_with(')')
        });
        words.next() == Some("fn")
    };
    let mut found = Vec::new();
    for (from, line) in lines.iter().enumerate().filter(|(_, line)| opens(line)) {
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        // The body opens at the end of a line; a declaration, or a function of one line, has none.
        let Some(body) = lines[from..].iter().position(|line| line.ends_with(['{', '}', ';'])) else { continue };
        if lines[from + body].ends_with('{')
            && let Some(length) = lines[from..].iter().position(|line| *line == end)
        {
            found.push((from + 1, length));
        }
    }
    found
}

#[test]
fn whole_files_and_long_signatures_are_read() {
    let text =
        "use a;\n#[cfg(test)]\nuse b;\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod c;\n#[cfg(test)]\nmod tests {\n    fn d() {\n    }\n}\nfn e() {}\n";
    assert_eq!(delivered(text), [(1, "use a;"), (12, "fn e() {}")]);
    let text = "    pub(super) async fn long(\n        a: u8,\n        b: u8,\n    ) -> u8 {\n        a + b\n    }\nfn short() {}\ntrait T {\n    fn f(\n        &self,\n    );\n}\npub(in crate::x) const fn g() {\n}\n";
    assert_eq!(functions(text), [(1, 5), (13, 1)]);
}

#[test]
fn arrows_point_down() {
    // Every folder but the lower floors is a room.
    let floors = ["bin", "platform", "ui", "listing"];
    let mut rooms: Vec<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .expect("the sources")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().to_string())
        .filter(|name| !floors.contains(&name.as_str()))
        .collect();
    assert!(rooms.contains(&"records".to_string()) && rooms.len() > 15, "{rooms:?}");
    rooms.extend(["web", "worker", "cli", "context", "catalogue"].map(String::from));
    let mut faults = Vec::new();
    for (path, text) in product() {
        let code = code(&text);
        let mut ban = |what: &str| {
            if code.contains(what) {
                faults.push(format!("{path} mentions {what}"));
            }
        };
        if path.starts_with("src/platform/") {
            rooms.iter().for_each(|room| ban(&format!("crate::{room}")));
            ["crate::ui", "crate::listing", "maud::"].iter().for_each(|what| ban(what));
        }
        if path.starts_with("src/ui/") {
            rooms.iter().for_each(|room| ban(&format!("crate::{room}")));
            ["crate::listing", "sqlx", "async fn", ".await"].iter().for_each(|what| ban(what));
        }
        // Files from outside are read by what knows bytes alone.
        if path.starts_with("src/sources/") {
            rooms.iter().filter(|room| *room != "sources").for_each(|room| ban(&format!("crate::{room}")));
            ["crate::platform", "crate::listing", "crate::ui", "sqlx", "rocket", "maud::", "async fn", ".await", "calamine::"]
                .iter()
                .for_each(|what| ban(what));
        }
        if path.starts_with("src/listing/") {
            rooms.iter().for_each(|room| ban(&format!("crate::{room}")));
        }
        if ["src/context.rs", "src/catalogue.rs"].contains(&path.as_str()) {
            rooms.iter().filter(|room| !["context", "catalogue"].contains(&room.as_str())).for_each(|room| ban(&format!("crate::{room}")));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        match name {
            "model.rs" | "calcul.rs" => ["sqlx::query", "maud", "rocket", "tokio"].iter().for_each(|what| ban(what)),
            "queries.rs" => ["maud", "rocket::", "redis"].iter().for_each(|what| ban(what)),
            "list.rs" => ["rocket", "maud"].iter().for_each(|what| ban(what)),
            "jobs.rs" => ["rocket", "maud"].iter().for_each(|what| ban(what)),
            "views.rs" => ["sqlx::query", "async fn", "redis", ".await"].iter().for_each(|what| ban(what)),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Arrows between rooms that close a circle, and why each is there. The others make none: without these, a room can be read with
/// those that it uses and nothing else. The list may only shrink.
const KNOTS: &[(&str, &str, &str)] = &[
    ("avis", "comptes", "its pages take the guard of who is signed in; comptes tells people of what became of their account"),
    ("journal", "comptes", "its page takes the guard; every sign-in is noted"),
    ("journal", "actions", "puts their state in words, of which a column of its list is made without any context"),
    ("journal", "champs", "the same, of the change of a field"),
    ("journal", "taxe", "the same: the labels of the fields of its records"),
    ("journal", "lettres", "the same: the labels of the fields of its records"),
    ("journal", "territoire", "the same: the title of its list"),
    ("journal", "travaux", "the same: the title of its list"),
];

/// The rooms: what stands above the context, but for the maps.
fn rooms() -> BTreeSet<String> {
    let below = ["bin", "platform", "ui", "listing", "lib.rs", "context.rs", "catalogue.rs", "web.rs", "web", "worker.rs", "cli.rs", "cli"];
    let names = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("the sources").flatten();
    names.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| !below.contains(&name.as_str())).collect()
}

/// Who uses whom: what follows `crate::`, alone or between braces.
fn arrows() -> BTreeSet<(String, String)> {
    let rooms = rooms();
    let mut arrows = BTreeSet::new();
    for (path, text) in sources() {
        let room = path.split('/').nth(1).unwrap_or_default().to_string();
        let code = code(&text);
        for part in code.split("crate::").skip(1).filter(|_| rooms.contains(&room)) {
            let word = |text: &str| text.trim().chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect::<String>();
            let several = part.strip_prefix('{').and_then(|rest| rest.split_once("};")).map(|(inside, _)| inside);
            let named: Vec<String> = several.map_or_else(|| vec![word(part)], |inside| inside.split(',').map(word).collect());
            arrows.extend(named.into_iter().filter(|other| *other != room && rooms.contains(other)).map(|other| (room.clone(), other)));
        }
    }
    arrows
}

#[test]
fn rooms_use_each_other_in_no_circle_but_the_known_ones() {
    let mut arrows = arrows();
    assert!(arrows.len() > 40 && arrows.contains(&("records".into(), "champs".into())), "the sources are read: {arrows:?}");
    for (from, to, _) in KNOTS {
        assert!(arrows.remove(&(from.to_string(), to.to_string())), "{from} no longer uses {to}: take it off the list");
    }
    // A room that uses none of those left is taken out with the arrows that lead to it, until none is.
    loop {
        let users: BTreeSet<String> = arrows.iter().map(|(from, _)| from.clone()).collect();
        let before = arrows.len();
        arrows.retain(|(_, to)| users.contains(to));
        if arrows.len() == before {
            break;
        }
    }
    assert!(arrows.is_empty(), "these arrows close a circle: {arrows:?}");
}

#[test]
fn a_file_is_read_in_one_sitting() {
    let mut faults = Vec::new();
    let mut read = 0;
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX && !text.lines().take(12).any(|line| line.contains("Longer than")) {
            faults.push(format!("{path}: {lines} lines"));
        }
        let functions = functions(&text);
        read += functions.len();
        faults.extend(
            functions
                .iter()
                .filter(|(_, length)| *length > FUNCTION_LINES_MAX)
                .map(|(number, length)| format!("{path}:{number}: a function of {length} lines")),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(read > 2_000, "only {read} functions were read");
}

/// Whoever looks for something begins there: every room and every part of the platform is named.
#[test]
fn architecture_names_every_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("the map");
    let names = |folder: &str| -> Vec<String> {
        fs::read_dir(root.join(folder))
            .expect("a folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().trim_end_matches(".rs").to_string())
            .collect()
    };
    let mut missing: Vec<String> =
        names("src").into_iter().filter(|name| !["bin", "lib"].contains(&name.as_str()) && !text.contains(&format!("`{name}"))).collect();
    for name in names("src/platform").into_iter().filter(|name| name != "mod") {
        let named =
            text.lines().any(|line| line.starts_with("| `platform/") && line.split(['/', '{', ',', '}', '.', '`', '|']).any(|word| word == name));
        missing.extend((!named).then(|| format!("platform/{name}")));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// Guards are asked before a body is there: what somebody signed in sends is read by `Envoi` or `Paires`, which ask once more
/// after its last byte. These routes have nobody signed in yet.
#[test]
fn forms_are_read_while_their_sender_still_may() {
    let open = [
        "src/comptes/connexion.rs",
        "src/comptes/invitations.rs",
        "src/comptes/facteur/attente.rs",
        "src/comptes/envoi.rs",
        "src/comptes/courriels/oubli.rs",
    ];
    let reads = [": Form<", ": Data<", ": Json<", ": TempFile<", ": Capped<", ": LenientForm<", ": Strict<", ": String,"];
    let mut faults = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| !open.contains(&path.as_str())) {
        let code = code(&text);
        for route in code.split("data = \"<").skip(1) {
            // From the attribute to the body of the handler.
            let signature = route.split_once("{\n").map_or(route, |(signature, _)| signature);
            let name = route.split('>').next().unwrap_or_default();
            if reads.iter().any(|read| signature.contains(&format!("{name}{read}"))) {
                faults.push(format!("{path}: {name}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Where numbers go by, from what is typed to a cell or a file.
const NUMBERS: &[&str] = &[
    "taxe/",
    "ui/format",
    "ui/number",
    "listing/kind",
    "listing/value",
    "exports/csv",
    "exports/jsonl",
    "exports/xlsx",
    "exports/ods",
    "exports/parquet",
    "exports/lecture",
    "exports/notes",
    "exports/tableur",
];

#[test]
fn no_money_in_floats_and_no_unexplained_unwrap() {
    let mut faults = Vec::new();
    for (path, text) in product() {
        let mut before = "";
        for (number, line) in delivered(&text) {
            if (line.contains(".unwrap()") || line.contains(".expect(")) && !line.contains("//") && !before.trim_start().starts_with("//") {
                faults.push(format!("{path}:{number}: says not why it cannot fail"));
            }
            if NUMBERS.iter().any(|part| path.contains(part)) && (line.contains("f64") || line.contains("f32")) {
                faults.push(format!("{path}:{number}: a float near money"));
            }
            before = line;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "Rocket.toml", "justfile"] {
        assert!(root.join(file).exists(), "{file} is missing");
    }
    let lock = fs::read_to_string(root.join("package-lock.json")).expect("the lock of the browser files");
    assert!(!lock.contains("\"resolved\""), "the lock holds no address");
}

/// The programs refuse a setting that they do not know: what is for the tests alone is called `ESSAI_…`, and programs are
/// started by `support/program.rs`, which gives them nothing of the environment of the tests.
#[test]
fn what_is_called_a_setting_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Of which the question itself must be known to say no.
    assert!(is_setting("cache_mio") && is_setting("oidc_client") && !is_setting("inexistant") && !is_setting("oidc_inexistant"));
    assert!(is_setting("smtp_url") && !is_setting("smtp_inexistant"));
    let mut paths = vec![root.join("justfile")];
    for folder in ["tests", "bin"] {
        files(&root.join(folder), &mut paths);
    }
    let mut faults = Vec::new();
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let at = path.strip_prefix(root).expect("inside").display().to_string();
        for part in text.split("GARDEL_").skip(1) {
            let name: String = part.chars().take_while(|letter| letter.is_ascii_uppercase() || *letter == '_').collect();
            if !name.is_empty() && !is_setting(&name.to_lowercase()) {
                faults.push(format!("{at}: GARDEL_{name}"));
            }
        }
        if text.contains(concat!("CARGO_BIN_", "EXE")) && !["tests/it/support/program.rs", "tests/chaos/main.rs"].contains(&at.as_str()) {
            faults.push(format!("{at}: starts a program by itself"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether the programs would know it, by asking them: their refusal of an unknown one is a sentence of its own.
fn is_setting(name: &str) -> bool {
    // Read before the others, by `telemetry`.
    if name == "log" {
        return true;
    }
    let part = ["oidc", "smtp"].into_iter().find_map(|part| Some((part, name.strip_prefix(part)?.strip_prefix('_')?)));
    let key = part.map_or_else(|| format!("gardel.{name}"), |(part, name)| format!("gardel.{part}.{name}"));
    let figment =
        Figment::new().merge(Serialized::global("gardel.database_url", "postgres://gardel@localhost/gardel")).merge(Serialized::global(&key, 1));
    let leaf = key.rsplit('.').next().unwrap_or_default();
    Config::from_figment(&figment).err().is_none_or(|error| !error.to_string().contains(&format!("Le réglage «\u{a0}{leaf}\u{a0}» n’existe pas")))
}
