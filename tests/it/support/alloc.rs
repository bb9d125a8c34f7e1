//! Counts the allocations of each thread, for the guard of `garde.rs`, and the bytes that it holds, for that of `sources`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// Bytes taken and not given back by this thread, and the most that they were.
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

/// Allocations and growths made by this thread since it began.
pub fn count() -> u64 {
    COUNT.with(Cell::get)
}

/// What `work` gives, and the most bytes that this thread held meanwhile beyond those that it held before.
pub fn peak<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = HELD.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    let done = work();
    (done, u64::try_from(PEAK.with(Cell::get) - before).unwrap_or(0))
}

fn add() {
    // A thread that is ending has no counter any more.
    let _gone = COUNT.try_with(|count| count.set(count.get() + 1));
}

fn hold(bytes: usize, sign: i64) {
    let _gone = HELD.try_with(|held| {
        held.set(held.get() + sign * i64::try_from(bytes).unwrap_or(i64::MAX));
        let _gone = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: everything is handed to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add();
        hold(layout.size(), 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(layout.size(), -1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add();
        hold(layout.size(), -1);
        hold(size, 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
