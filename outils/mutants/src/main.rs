//! Puts faults into what decides which rows a person gets, all of them in one program, one of which is on when it runs, and tells
//! which ones no quick test sees. See « Mutants » in CONTRIBUTING.md.
//!
//!   mutants DOSSIER FICHIERS… [--reprendre | --vivantes] [--court]
//!
//! DOSSIER holds `arbre`, a copy of the project that may be written to, and gets `fautes.tsv`, `tests.tsv` and `resultats.tsv`; what it keeps beside
//! them (`ecrits`, `refusees.txt`) spares a compilation the next time.

mod arbre;
mod essais;
mod faute;
mod noeuds;
mod recherche;
mod reponses;
mod textes;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;
use std::{env, fs, io};

use essais::{Bench, End, Known};
use faute::Fault;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("Erreur : {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every fault was seen or is explained.
fn run() -> io::Result<bool> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (options, names): (Vec<String>, Vec<String>) = arguments.into_iter().partition(|one| one.starts_with("--"));
    let [folder, files @ ..] = names.as_slice() else { return Err(io::Error::other("il manque le dossier")) };
    let folder = PathBuf::from(folder).canonicalize()?;
    let has = |option: &str| options.iter().any(|one| one == option);
    let results = folder.join("resultats.tsv");
    let before = read_results(&results)?;

    let refused = folder.join("refusees.txt");
    let known = if refused.exists() { fs::read_to_string(&refused)?.lines().map(ToString::to_string).collect() } else { HashSet::new() };
    let tree = arbre::Tree::new(&folder, files)?;
    let root = tree.root.clone();
    let compiled = tree.compile(&known)?;
    fs::write(&refused, compiled.unviable.iter().map(|one| one.key() + "\n").collect::<String>())?;
    let list = compiled.faults.iter().map(|one| format!("{}\t{}:{}\t{}\n", one.id, one.file, one.line, one.what)).collect::<String>();
    let (listed, measured) = (folder.join("fautes.tsv"), folder.join("tests.tsv"));
    let same = has("--reprendre") && fs::read_to_string(&listed).is_ok_and(|known| known == list);
    let known = if same { read_tests(&measured)? } else { Known::new() };
    fs::write(&listed, list)?;

    let workers = std::thread::available_parallelism()?.get();
    let bench = Bench { root: &root, scratch: &folder, workers, short: has("--court") };
    eprintln!("   Ce que chaque test atteint…");
    let tests = bench.tests(&compiled, &known)?;
    let mut told = String::new();
    for test in &tests {
        let reached: Vec<String> = test.reached.iter().map(ToString::to_string).collect();
        let _ = writeln!(told, "{}\t{:.2}\t{}", test.name, test.time.as_secs_f64(), reached.join(" "));
    }
    fs::write(&measured, told)?;
    eprintln!(
        "   {} tests de moins de dix secondes, dont {} atteignent une faute",
        tests.len(),
        tests.iter().filter(|test| !test.reached.is_empty()).count()
    );

    // What was seen stays seen when it is asked so; with --reprendre, what lived is not tried again either.
    let kept = |state: &str| (has("--vivantes") && state.starts_with("vue")) || has("--reprendre");
    let known = |fault: &Fault| before.get(&fault.key()).is_some_and(|state| kept(state));
    let left: Vec<Fault> = compiled.faults.iter().filter(|fault| !known(fault)).cloned().collect();
    // The files that this run is not about keep what is known of them.
    let elsewhere = |key: &str| key.split_once('|').is_some_and(|(file, _)| !files.iter().any(|one| one == file));
    let keys: HashSet<String> = compiled.faults.iter().filter(|fault| known(fault)).map(Fault::key).collect();
    let kept: HashMap<String, String> =
        before.iter().filter(|(key, _)| keys.contains(*key) || elsewhere(key)).map(|(key, state)| (key.clone(), state.clone())).collect();
    let mut file = fs::File::create(&results)?;
    for (key, state) in &kept {
        writeln!(file, "{key}\t{state}")?;
    }
    let (ends, file) = (Mutex::new(kept), Mutex::new(file));
    let total = compiled.faults.len();
    let seen = before.iter().filter_map(|(key, state)| Some((key.split_once('|')?.0.to_string(), state.strip_prefix("vue\t")?.to_string())));
    bench.trials(&left, &tests, &seen.collect::<Vec<_>>(), &|fault, end| {
        let state = match end {
            End::Unreached => "pas atteinte\t".to_string(),
            End::Lives(count) => format!("vit\t{count} tests"),
            End::Seen(name) => format!("vue\t{name}"),
        };
        let done = ends.lock().map(|mut ends| {
            ends.insert(fault.key(), state.clone());
            compiled.faults.iter().filter(|one| ends.contains_key(&one.key())).count()
        });
        if let Ok(mut file) = file.lock() {
            let _lost = writeln!(file, "{}\t{state}", fault.key());
        }
        if !matches!(end, End::Seen(_)) {
            eprintln!("   {}:{} {} : {}", fault.file, fault.line, fault.what, state.replace('\t', " "));
        } else if let Ok(done) = done
            && done % 50 == 0
        {
            eprintln!("   … {done} sur {total}");
        }
    })?;
    let ends = ends.into_inner().map_err(|_| io::Error::other("a worker fell"))?;
    report(&root, &compiled, &ends)
}

/// Tests by name, with their time and the faults that they reach.
fn read_tests(path: &Path) -> io::Result<Known> {
    let text = if path.exists() { fs::read_to_string(path)? } else { String::new() };
    let read = |line: &str| {
        let [name, time, reached] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
        let reached = reached.split(' ').filter_map(|id| id.parse().ok()).collect();
        Some((name.to_string(), (Duration::from_secs_f64(time.parse().ok()?), reached)))
    };
    Ok(text.lines().filter_map(read).collect())
}

fn read_results(path: &Path) -> io::Result<HashMap<String, String>> {
    let text = if path.exists() { fs::read_to_string(path)? } else { String::new() };
    Ok(text.lines().filter_map(|line| line.split_once('\t')).map(|(key, state)| (key.to_string(), state.to_string())).collect())
}

/// The figures of each file, then what lives and is not explained.
fn report(root: &Path, compiled: &arbre::Compiled, ends: &HashMap<String, String>) -> io::Result<bool> {
    let explained = fs::read_to_string(root.join("docs/mutants.md"))?;
    let mut figures: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
    let mut unknown = Vec::new();
    for fault in &compiled.unviable {
        figures.entry(&fault.file).or_default()[1] += 1;
    }
    for fault in &compiled.faults {
        let row = figures.entry(&fault.file).or_default();
        row[0] += 1;
        let state = ends.get(&fault.key()).map_or("", String::as_str);
        if state.starts_with("vue") {
            row[2] += 1;
            continue;
        }
        row[if state.starts_with("pas atteinte") { 3 } else { 4 }] += 1;
        if explains(&explained, fault) {
            row[5] += 1;
        } else {
            unknown.push(format!("{}:{} {} : {}", fault.file, fault.line, fault.what, state.replace('\t', " ")));
        }
    }
    println!("| Fichier | Fautes | Non compilables | Vues | Pas atteintes | Vivantes | dont expliquées |\n|---|---:|---:|---:|---:|---:|---:|");
    for (file, row) in &figures {
        println!("| {file} | {} |", row.map(|one| one.to_string()).join(" | "));
    }
    let sum = |place: usize| figures.values().map(|row| row[place]).sum::<usize>().to_string();
    println!("| Ensemble | {} |", [0, 1, 2, 3, 4, 5].map(sum).join(" | "));
    for one in &unknown {
        println!("{one}");
    }
    println!("{} sans test ni explication", unknown.len());
    Ok(unknown.is_empty())
}

/// Whether the table of docs/mutants.md holds this fault: its file and its words, as they are printed.
fn explains(table: &str, fault: &Fault) -> bool {
    let name = fault.file.strip_prefix("src/").unwrap_or(&fault.file);
    let words = format!("`{}`", fault.what.replace('|', "\\|"));
    table.lines().any(|line| line.starts_with(&format!("| {name} |")) && line.contains(&words))
}
