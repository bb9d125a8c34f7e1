//! The units of `deploiement/systemd`, as systemd itself reads them: nothing that it does not know, and little to be exposed to.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What `systemd-analyze security` may find of each service, of ten.
const EXPOSURE_MAX: f64 = 2.0;

/// The units, each under a name that systemd may start, with a program that is there.
fn units(into: &Path) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploiement/systemd");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("the units").flatten().filter(|entry| entry.path().is_file()) {
        let name = entry.file_name().to_string_lossy().replace("@.", "@8001.");
        let text = fs::read_to_string(entry.path()).expect("a unit");
        let there = |line: &str| match line.strip_prefix("ExecStart=").and_then(|command| command.split_once(' ')) {
            Some((_, arguments)) => format!("ExecStart=/bin/true {arguments}\n"),
            None => format!("{line}\n"),
        };
        fs::write(into.join(&name), text.lines().map(there).collect::<String>()).expect("written");
        names.push(name);
    }
    names.sort();
    names
}

fn analyze(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .current_dir(folder)
        // Ours first, then those of the system.
        .env("SYSTEMD_UNIT_PATH", format!("{}:", folder.display()))
        .output()
        .expect("systemd-analyze runs");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn systemd_reads_the_units_and_finds_them_closed() {
    if Command::new("systemd-analyze").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("systemd-analyze is not on this machine: the units were not read (apt-get install systemd)");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let names = units(folder.path());
    assert!(names.iter().filter(|name| name.ends_with(".service")).count() >= 4 && names.iter().any(|name| name.ends_with(".socket")), "{names:?}");
    let arguments: Vec<&str> = ["verify", "--man=no"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let (well, words) = analyze(folder.path(), &arguments);
    assert!(well && !words.contains("gardel"), "{words}");
    for name in names.iter().filter(|name| name.ends_with(".service")) {
        let (_, words) = analyze(folder.path(), &["security", "--offline=yes", "--no-pager", name]);
        let level = words
            .lines()
            .find_map(|line| line.split("Overall exposure level for ").nth(1)?.split_once(": ")?.1.split(' ').next()?.parse::<f64>().ok());
        assert!(level.is_some_and(|level| level <= EXPOSURE_MAX), "{name}: {words}");
    }
}

/// What a unit says of time and of places is what the programs do.
#[test]
fn the_units_leave_the_programs_the_time_that_they_take() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let unit = |name: &str| fs::read_to_string(root.join("deploiement/systemd").join(name)).expect("a unit");
    let seconds = |text: &str, setting: &str| -> u64 {
        let value = text.lines().find_map(|line| line.strip_prefix(setting)).expect("a setting");
        value.trim().parse().expect("seconds")
    };
    let settings = fs::read_to_string(root.join("Rocket.toml")).expect("the settings");
    let server = seconds(&settings, "grace =") + seconds(&settings, "mercy =");
    for name in ["gardel.service", "gardel@.service"] {
        // The connections that were taken, then Rocket's two times and its last second.
        assert!(seconds(&unit(name), "TimeoutStopSec=") > 3 + server + 1, "{name}");
    }
    let worker = gardel::platform::jobs::RunnerSettings::default().grace.as_secs();
    assert!(seconds(&unit("gardel-worker@.service"), "TimeoutStopSec=") > worker);
}
