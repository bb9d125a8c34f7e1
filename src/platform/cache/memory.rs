//! Fragments in the memory of this process: bounded by bytes, least used leave first (moka).

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::Entry;

pub(super) struct Memory(Cache<Arc<str>, Entry>);

impl Memory {
    pub(super) fn new(bytes: u64, ttl: Duration) -> Self {
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(|key: &Arc<str>, entry: &Entry| u32::try_from(key.len() + entry.fragment.body.len() + 112).unwrap_or(u32::MAX))
            .time_to_live(ttl)
            .build();
        Self(cache)
    }

    pub(super) fn get(&self, key: &str) -> Option<Entry> {
        self.0.get(key)
    }

    /// Fragments that are kept, and their bytes.
    pub(super) fn held(&self) -> (u64, u64) {
        // Counts are settled from time to time: now.
        self.0.run_pending_tasks();
        (self.0.entry_count(), self.0.weighted_size())
    }

    pub(super) fn put(&self, key: &str, entry: Entry) {
        self.0.insert(key.into(), entry);
    }
}
