//! The allocator, told to give back to the system what a process no longer uses.

/// Bytes from which a block of memory is a mapping of its own, returned to the system when freed.
///
/// Left alone, glibc raises this threshold to the size of the largest block freed so far, up to 32 MiB:
/// after a few buffers of a megabyte such blocks come from the heap, in whose holes they stay. Set once,
/// it stays where it is.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_BYTES_MIN: libc::c_int = 128 * 1024;

/// Heaps that the threads share. By default glibc makes up to eight per core, each with its own holes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS_MAX: libc::c_int = 2;

/// Keeps the memory of this process close to what it uses. To call first, while there is one thread.
/// Elsewhere than with glibc the allocator is left as it is.
pub fn keep_small() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "mallopt has no safe form")]
    // SAFETY: `mallopt` changes two numbers of the allocator, and no other thread runs yet. A refusal
    // (it then answers 0) leaves the default, which is correct too.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_BYTES_MIN);
        libc::mallopt(libc::M_ARENA_MAX, HEAPS_MAX);
    }
}
