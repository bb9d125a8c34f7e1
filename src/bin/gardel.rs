//! The web server and the operator's commands.

/// See « The allocator » in ARCHITECTURE.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gardel::cli::gardel()
}
