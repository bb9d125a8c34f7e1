//! The fragment cache: memory or Redis behind one interface, one computation at a time per key,
//! early recomputation before expiry. A cache that fails costs time, never a byte.

mod memory;
mod redis;

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex as AsyncMutex;

use super::config::Config;
use super::instruments::cached;
use super::token::{SigningKey, hexadecimal};

/// How long a fragment may be kept. Keys hold the versions of the data, so this bounds space, not truth.
const TTL: Duration = Duration::from_secs(600);
/// XFetch's β: above 1 recomputes earlier.
const EARLINESS: f64 = 1.0;

/// A key: what is shown, to whom, and of which data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The key of fragment `name` (with its own version, bumped when its markup changes) for
    /// `parameters` (normalised), the reader's `rights` and the `versions` of the data it shows.
    pub fn new(name: &str, parameters: &str, rights: &str, versions: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [env!("CARGO_PKG_VERSION"), name, parameters, rights, versions] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        Self(format!("{name}:{}", hexadecimal(&digest.finalize()[..16])))
    }

    /// The key as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The first half of the SHA-256 of a body: nobody makes two that share it.
pub type Digest = [u8; 16];

/// Names a body by its bytes.
pub fn digest(body: &[u8]) -> Digest {
    let whole: [u8; 32] = Sha256::digest(body).into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

/// Markup as it is kept, with its digest: what is served again is not read again to be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The markup, in UTF-8.
    pub body: Bytes,
    /// The name of these bytes.
    pub digest: Digest,
}

/// What was made for the cache to keep.
pub struct Made {
    /// The fragment.
    pub body: Bytes,
    /// Whether it says what the data are. One that says that there was no time to look (a count cut short, an order
    /// refused) serves those who wait for it, and nobody after them.
    pub lasting: bool,
}

impl From<Bytes> for Made {
    fn from(body: Bytes) -> Self {
        Self { body, lasting: true }
    }
}

impl Fragment {
    /// Names `body`, which is markup in UTF-8.
    pub fn new(body: Bytes) -> Self {
        Self { digest: digest(&body), body }
    }

    /// The markup as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// A fragment with what decides its early recomputation.
#[derive(Clone, Debug)]
struct Entry {
    fragment: Fragment,
    /// Milliseconds since 1970 at which it ends.
    expires_ms: u64,
    /// Milliseconds it took to make.
    cost_ms: u32,
}

impl Entry {
    /// Whether chance says to make it anew a little before its end, so that a popular fragment never
    /// ends for everybody at once (XFetch, VLDB 2015).
    fn ends_early(&self) -> bool {
        let left = self.expires_ms.saturating_sub(now_ms()) as f64;
        let chance = rand::random::<f64>().max(f64::MIN_POSITIVE);
        -f64::from(self.cost_ms) * EARLINESS * chance.ln() >= left
    }
}

enum Store {
    Memory(memory::Memory),
    Redis(Box<redis::Redis>),
}

/// A computation under way; under its lock, when the last one ended, and its fragment or its error.
type Flight = AsyncMutex<Option<(Instant, Result<Fragment, Box<dyn Any + Send>>)>>;

/// The cache of a process.
pub struct Cache {
    store: Store,
    /// Computations under way: a second asker of the same key waits for the first.
    flights: Mutex<HashMap<String, Weak<Flight>>>,
    hits: AtomicU64,
    misses: AtomicU64,
    enabled: bool,
    /// Before every key: two installations may share a Redis.
    namespace: String,
}

impl Cache {
    /// The cache that the settings ask for, for the installation of `key`, which also says what comes back from Redis
    /// from what somebody else wrote there. Redis is not contacted here: it may be absent.
    ///
    /// # Errors
    /// The Redis address cannot be read.
    pub fn new(config: &Config, key: &SigningKey) -> Result<Self, String> {
        let store = match &config.redis_url {
            None => Store::Memory(memory::Memory::new(config.cache_mio * 1024 * 1024, TTL)),
            Some(url) => Store::Redis(Box::new(redis::Redis::new(url, key.clone())?)),
        };
        Ok(Self {
            store,
            flights: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            enabled: true,
            namespace: format!("gardel:{}", key.installation()),
        })
    }

    /// A cache that keeps nothing: each asking computes.
    pub fn disabled() -> Self {
        Self {
            store: Store::Memory(memory::Memory::new(0, TTL)),
            flights: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            enabled: false,
            namespace: String::new(),
        }
    }

    /// The fragment under `key`, computed with `make` when it is not there. Those who wait for a
    /// computation get its fragment, or its error: neither a Redis that is away nor a base in trouble
    /// is asked once for each of them. A computation that is dropped leaves its turn to the next.
    ///
    /// # Errors
    /// Only those of `make`: a broken cache is a miss.
    pub async fn get_or<M, E, F>(&self, key: &Key, make: F) -> Result<Fragment, E>
    where
        F: AsyncFnOnce() -> Result<M, E>,
        M: Into<Made>,
        E: Clone + Send + 'static,
    {
        if !self.enabled {
            return make().await.map(|made| Fragment::new(made.into().body));
        }
        let found = self.read(key).await;
        let early = found.as_ref().is_some_and(Entry::ends_early);
        if let Some(entry) = found.filter(|_| !early) {
            return Ok(self.hit(entry));
        }
        let arrived = Instant::now();
        let flight = self.flight(key);
        let mut last = flight.lock().await;
        if let Some((when, outcome)) = &*last
            && *when >= arrived
        {
            match outcome {
                Ok(fragment) => {
                    self.counted(true);
                    return Ok(fragment.clone());
                }
                Err(error) => {
                    if let Some(error) = error.downcast_ref::<E>() {
                        return Err(error.clone());
                    }
                }
            }
        }
        // The last one may have landed between our look and our turn.
        if !early && let Some(entry) = self.read(key).await {
            return Ok(self.hit(entry));
        }
        self.counted(false);
        let started = Instant::now();
        // Copied to its size: a text that grew holds up to twice what it says, for as long as it is kept.
        let made = make().await.map(Into::into);
        let lasting = made.as_ref().is_ok_and(|made| made.lasting);
        let made = made.map(|made| Fragment::new(Bytes::copy_from_slice(&made.body)));
        if let (Ok(fragment), true) = (&made, lasting) {
            let cost_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX).max(1);
            let entry = Entry { fragment: fragment.clone(), expires_ms: now_ms() + TTL.as_millis() as u64, cost_ms };
            self.write(key, entry).await;
        }
        let outcome = made.clone().map_err(|error| Box::new(error) as Box<dyn Any + Send>);
        *last = Some((Instant::now(), outcome));
        self.land(key, &flight);
        made
    }

    /// How many wait for the fragment under `key`, whoever computes it included.
    pub fn askers(&self, key: &Key) -> usize {
        let flights = self.flights.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        flights.get(key.as_str()).map_or(0, Weak::strong_count)
    }

    /// Hits and misses since the start.
    pub fn counts(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }

    /// How often Redis did not answer as it should, by operation; nothing for memory.
    pub fn errors(&self) -> Vec<(&'static str, u64)> {
        match &self.store {
            Store::Memory(_) => Vec::new(),
            Store::Redis(redis) => redis.errors().to_vec(),
        }
    }

    /// Whether the cache answers: `None` for memory, else the state of the circuit to Redis.
    pub fn redis_open(&self) -> Option<bool> {
        match &self.store {
            Store::Memory(_) => None,
            Store::Redis(redis) => Some(redis.is_cut()),
        }
    }

    /// Whether Redis answers at this moment, whatever the circuit says: `None` for memory.
    pub async fn ping(&self) -> Option<bool> {
        match &self.store {
            Store::Memory(_) => None,
            Store::Redis(redis) => Some(redis.ping().await),
        }
    }

    /// What is kept, and its bytes: fragments of this process, or all that the Redis of the settings holds, of others too. Nothing when it does
    /// not say.
    pub async fn held(&self) -> Option<(u64, u64)> {
        match &self.store {
            Store::Memory(memory) => Some(memory.held()),
            Store::Redis(redis) => redis.held().await,
        }
    }

    /// Writes a word, reads it back and removes it: `None` for memory, else what is wrong, in words for the operator.
    pub async fn probe(&self) -> Option<Result<(), &'static str>> {
        match &self.store {
            Store::Memory(_) => None,
            Store::Redis(redis) => Some(redis.probe(&format!("{}:essai", self.namespace)).await),
        }
    }

    /// Runs `script` in the Redis that servers share, over keys of this installation: what they count together. Nothing when there is
    /// none, or when it did not answer in time.
    pub async fn together(&self, script: &'static str, keys: &[String], arguments: &[String]) -> Option<Vec<i64>> {
        let Store::Redis(redis) = &self.store else { return None };
        let keys: Vec<String> = keys.iter().map(|key| format!("{}:{key}", self.namespace)).collect();
        redis.script(script, &keys, arguments).await
    }

    fn hit(&self, entry: Entry) -> Fragment {
        self.counted(true);
        entry.fragment
    }

    fn counted(&self, hit: bool) {
        let count = if hit { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        cached(hit);
    }

    async fn read(&self, key: &Key) -> Option<Entry> {
        match &self.store {
            Store::Memory(memory) => memory.get(key.as_str()),
            Store::Redis(redis) => redis.get(&format!("{}:{}", self.namespace, key.as_str())).await,
        }
    }

    async fn write(&self, key: &Key, entry: Entry) {
        match &self.store {
            Store::Memory(memory) => memory.put(key.as_str(), entry),
            Store::Redis(redis) => redis.put(&format!("{}:{}", self.namespace, key.as_str()), entry, TTL).await,
        }
    }

    fn flight(&self, key: &Key) -> Arc<Flight> {
        // A poisoned lock only means that another request panicked: the map is still right.
        let mut flights = self.flights.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(flight) = flights.get(key.as_str()).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Flight::default());
        flights.insert(key.0.clone(), Arc::downgrade(&flight));
        flight
    }

    fn land(&self, key: &Key, flight: &Arc<Flight>) {
        let mut flights = self.flights.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if Arc::strong_count(flight) == 1 {
            flights.remove(key.as_str());
        }
        // Askers that gave up leave dead entries behind: swept when there are many.
        if flights.len() > 10_000 {
            flights.retain(|_, flight| flight.strong_count() > 0);
        }
    }
}

/// Milliseconds since 1970: cache ages are shared between servers through Redis.
#[allow(clippy::disallowed_methods)] // ages of cached bytes, not business time
fn now_ms() -> u64 {
    u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
