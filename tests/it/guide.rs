//! The commands of the operator's guides: each can be read by a shell, and each of those that install, add, watch and restore is played by
//! `bin/paquet --essai` as it is written.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const GUIDES: [&str; 2] = ["docs/exploitation.md", "supervision/README.md"];
/// Sections whose commands are all played, in machines of their own.
const PLAYED: [&str; 7] = [
    "## Installer",
    "## Plusieurs serveurs",
    "## Réplicas de lecture",
    "### Installer les sauvegardes",
    "### Chiffrer",
    "### Restaurer",
    "## De zéro à une alerte",
];
/// Commands that need what those machines cannot have: a compiler, a program that is not in Debian.
const ELSEWHERE: [(&str, usize); 2] = [("### 2. Le paquet", 1), ("## De zéro à une alerte", 8)];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file of the project")
}

/// The commands of the guides: the section, the nearest heading, their rank under it, their text.
fn commands() -> Vec<(String, String, usize, String)> {
    GUIDES.into_iter().flat_map(commands_of).collect()
}

fn commands_of(guide: &str) -> Vec<(String, String, usize, String)> {
    let (mut section, mut heading, mut rank) = (String::new(), String::new(), 0);
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in read(guide).lines() {
        match &mut open {
            Some(text) if line == "```" => {
                found.push((section.clone(), heading.clone(), rank, std::mem::take(text)));
                open = None;
            }
            Some(text) => *text += &format!("{line}\n"),
            None if line == "```sh" => {
                rank += 1;
                open = Some(String::new());
            }
            None if line.starts_with("## ") || line.starts_with("### ") => {
                if line.starts_with("## ") {
                    section = line.to_string();
                }
                (heading, rank) = (line.to_string(), 0);
            }
            None => {}
        }
    }
    found
}

#[test]
fn every_command_of_the_guide_can_be_read_by_a_shell() {
    let all = commands();
    assert!(all.len() > 15, "{} blocks of commands", all.len());
    for (_, heading, rank, text) in all {
        let mut shell = Command::new("bash").args(["-n"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash runs");
        shell.stdin.take().expect("its entry").write_all(text.as_bytes()).expect("written");
        let output = shell.wait_with_output().expect("bash ends");
        assert!(output.status.success(), "{heading}, {rank}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_command_that_installs_is_played() {
    let trial = read("tests/paquet/dedans") + &read("tests/paquet/replica");
    let mut played = 0;
    let within = |(section, heading, ..): &(String, String, usize, String)| PLAYED.contains(&section.as_str()) || PLAYED.contains(&heading.as_str());
    for (section, heading, rank, _) in commands().into_iter().filter(within) {
        if !ELSEWHERE.contains(&(heading.as_str(), rank)) {
            let told = |end| trial.contains(&format!("joue '{heading}' {rank}{end}"));
            assert!(told("\n") || told(" |"), "{section}: {heading}, {rank} is not played by tests/paquet");
            played += 1;
        }
    }
    let all = trial.matches("\njoue '").count() + trial.matches("| joue '").count();
    assert_eq!(all, played, "what is played is in a guide");
}
