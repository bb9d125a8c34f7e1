//! The web server and the operator's commands.

fn main() -> std::process::ExitCode {
    gardel::cli::gardel()
}
