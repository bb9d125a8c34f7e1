//! Versions: one for each day of publication, told by `CHANGELOG.md`, tagged, the same everywhere.

use std::fs;
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a command says, run in `folder`: whether it went well, its output, its complaint.
fn run(folder: &Path, program: &str, arguments: &[&str], day: &str) -> (bool, String, String) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .envs([("PUBLIE_LE", day), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
        .envs(["AUTHOR", "COMMITTER"].iter().flat_map(|who| [(format!("GIT_{who}_NAME"), "essai"), (format!("GIT_{who}_EMAIL"), "essai@ville.gp")]))
        .output()
        .expect("a program that is there");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_version_is_that_of_its_day_and_is_published_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::create_dir(here.join("bin")).expect("a folder");
    for file in ["Cargo.toml", "Cargo.lock", "bin/publier"] {
        fs::copy(Path::new(ROOT).join(file), here.join(file)).expect("copied");
    }
    let changes = |text: &str| fs::write(here.join("CHANGELOG.md"), format!("# Journal\n\n## À venir\n\n{text}")).expect("written");
    changes("- Une nouveauté.\n\n## 2026.11.1 (2 novembre 2026)\n\n- Une ancienne.\n");
    let git = |arguments: &[&str]| {
        let (well, said, complaint) = run(here, "git", arguments, "");
        assert!(well, "{complaint}");
        said
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "Un début"]);
    let publish = |arguments: &[&str], day| run(here, "bin/publier", arguments, day);

    // A day that is not ours: what is written in the files is not there yet.
    assert_eq!(publish(&["--verifie"], "2041-12-01"), (true, "2041.12.1".into(), String::new()));
    assert_eq!(git(&["status", "--porcelain"]), "", "asking changes nothing");
    let (well, said, complaint) = publish(&[], "2041-12-01");
    assert!(well && said.contains("2041.12.1"), "{said} {complaint}");
    assert_eq!(git(&["tag", "-l", "-n1"]).split_whitespace().collect::<Vec<_>>().join(" "), "v2041.12.1 Gardel 2041.12.1, 1er décembre 2041");
    assert!(git(&["tag", "-l", "--format=%(contents)"]).contains("- Une nouveauté."), "the tag tells what changes");
    assert_eq!(git(&["status", "--porcelain"]), "");
    let said = |file: &str| fs::read_to_string(here.join(file)).expect("a file");
    assert!(said("Cargo.toml").contains("\nversion = \"2041.12.1\"\n"));
    assert!(said("Cargo.lock").contains("name = \"gardel\"\nversion = \"2041.12.1\"\n"), "the lock is that of the version");
    assert!(said("CHANGELOG.md").contains("## À venir\n\n## 2041.12.1 (1er décembre 2041)\n\n- Une nouveauté.\n"));

    // Nothing is new: nothing to publish. Something is: the second of the month, the first of another.
    let (well, _, complaint) = publish(&[], "2041-12-01");
    assert!(!well && complaint.contains("rien à publier"), "{complaint}");
    changes("- Une autre.\n\n## 2041.12.1 (1er décembre 2041)\n\n- Une nouveauté.\n");
    let (well, _, complaint) = publish(&[], "2041-12-15");
    assert!(!well && complaint.contains("ne sont pas validés"), "{complaint}");
    git(&["commit", "-qam", "Une autre"]);
    assert_eq!(publish(&["--verifie"], "2041-12-15").1, "2041.12.2");
    assert_eq!(publish(&["--verifie"], "2042-01-03").1, "2042.1.1");
    assert!(!publish(&["--verifie"], "hier").0);
}

/// Whatever is published here is told, and only once.
#[test]
fn the_version_of_the_program_is_in_the_journal_of_versions() {
    let journal = fs::read_to_string(Path::new(ROOT).join("CHANGELOG.md")).expect("the journal of versions");
    let told: Vec<&str> = journal.lines().filter_map(|line| line.strip_prefix("## ")?.split(' ').next()).collect();
    assert_eq!(told.first(), Some(&"À"), "what comes is said first");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(told.get(1), Some(&version), "{told:?}");
}
