//! The worker.

/// See « The allocator » in ARCHITECTURE.md.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Settings of the allocator over those of `.cargo/config.toml`: what is freed goes back to the system
/// at once. An export is long and alone: it may take a twentieth more time, not twice the memory.
// SAFETY: jemalloc looks for this name when it starts, and reads a text that ends with a zero.
#[cfg(feature = "jemalloc")]
#[unsafe(export_name = "_rjem_malloc_conf")]
static MALLOC_CONF: &[u8; 34] = b"dirty_decay_ms:0,muzzy_decay_ms:0\0";

fn main() -> std::process::ExitCode {
    gardel::cli::gardel_worker()
}
