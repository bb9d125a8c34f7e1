//! The programs of the project as somebody else starts them: nothing of the environment of the tests reaches them.

use std::path::Path;
use std::process::{Command, Stdio};

use super::App;
use super::app::as_role;

/// The server and the command line.
pub const GARDEL: &str = env!("CARGO_BIN_EXE_gardel");
/// The sidecar.
pub const WORKER: &str = env!("CARGO_BIN_EXE_gardel-worker");

/// A program that works in `folder` and knows of one base, in the demo and with nothing that listens to it.
pub fn program(path: &str, folder: &Path, url: &str) -> Command {
    let mut command = Command::new(path);
    std::env::vars_os().map(|(name, _)| name).filter(|name| is_setting(&name.to_string_lossy())).for_each(|name| {
        command.env_remove(name);
    });
    command
        .current_dir(folder)
        .envs([("DATABASE_URL", url), ("GARDEL_ENVIRONNEMENT", "demo")])
        .env("STORAGE_URL", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The same in the folder and the base of `app`, connected as `role`.
pub fn program_of(app: &App, path: &str, role: &str) -> Command {
    program(path, app.folder.path(), &as_role(&app.url, role))
}

/// What a program says until it ends, and whether it went well.
pub fn said(command: &mut Command) -> (bool, String) {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("the program runs");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The settings of a place where people work.
pub const PRODUCTION: [(&str, &str); 2] = [("GARDEL_ENVIRONNEMENT", "production"), ("GARDEL_ADRESSE_PUBLIQUE", "https://gardel.ville.gp")];

/// Whether a variable is read by the programs, or by what they are made of.
fn is_setting(name: &str) -> bool {
    let begins = ["GARDEL_", "ROCKET_", "PG", "AWS_", "OTEL_"].iter().any(|start| name.starts_with(start));
    begins || ["DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "STORAGE_URL", "RUST_LOG"].contains(&name)
}
