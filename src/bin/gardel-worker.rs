//! The worker.

fn main() -> std::process::ExitCode {
    gardel::cli::gardel_worker()
}
