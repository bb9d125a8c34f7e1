//! Fragments in Redis, for several web servers. Short time-outs and a circuit breaker: a dead, slow
//! or lying Redis is a miss. What servers count together goes the same way.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use super::{Entry, Fragment, now_ms};
use crate::platform::instruments::{Step, step};
use crate::platform::token::{Purpose, SigningKey};

/// Time to open a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(80);
/// Time for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(60);
/// Failures in a row that cut the circuit.
const FAILURES_MAX: u32 = 3;
/// Time during which a cut circuit asks nothing.
const CUT_MS: u64 = 3_000;
/// Marks a value as ours, in this layout: anything else found under a key is a miss.
const MAGIC: u32 = 0x4752_4434;
/// Magic, expiry, cost, length of the body, length of the seal.
const HEADER_BYTES: usize = 4 + 8 + 4 + 4 + 2;

/// What Redis is asked.
#[derive(Clone, Copy)]
enum Operation {
    Get,
    Put,
    Script,
}

/// Their names, in their order.
const OPERATIONS: [&str; 3] = ["get", "put", "script"];
/// As traces tell them, in the same order: never a key, which is made of what people ask.
const STEPS: [Step; OPERATIONS.len()] = [
    Step::asked("redis get", &[("db.system.name", "redis"), ("db.operation.name", "GET")]),
    Step::asked("redis set", &[("db.system.name", "redis"), ("db.operation.name", "SET")]),
    Step::asked("redis eval", &[("db.system.name", "redis"), ("db.operation.name", "EVAL")]),
];

pub(super) struct Redis {
    manager: ConnectionManager,
    failures: AtomicU32,
    /// Failures since the start, by operation.
    errors: [AtomicU64; OPERATIONS.len()],
    cut_until_ms: AtomicU64,
    key: SigningKey,
}

impl Redis {
    pub(super) fn new(url: &str, key: SigningKey) -> Result<Self, String> {
        let client = redis::Client::open(url).map_err(|error| format!("REDIS_URL n’est pas une adresse valable : {error}."))?;
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(5))
            .set_max_delay(Duration::from_millis(20));
        let manager = ConnectionManager::new_lazy_with_config(client, settings).map_err(|error| format!("Redis : {error}."))?;
        Ok(Self { manager, failures: AtomicU32::new(0), errors: Default::default(), cut_until_ms: AtomicU64::new(0), key })
    }

    /// Failures since the start, by operation.
    pub(super) fn errors(&self) -> [(&'static str, u64); OPERATIONS.len()] {
        std::array::from_fn(|which| (OPERATIONS[which], self.errors[which].load(Ordering::Relaxed)))
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut_until_ms.load(Ordering::Relaxed) > now_ms()
    }

    pub(super) async fn get(&self, key: &str) -> Option<Entry> {
        let mut get = redis::cmd("GET");
        get.arg(key);
        let found: Option<Vec<u8>> = self.ask(Operation::Get, &get).await?;
        decode(&self.key, key, Bytes::from(found?)).filter(|entry| entry.expires_ms > now_ms())
    }

    pub(super) async fn put(&self, key: &str, entry: Entry, ttl: Duration) {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(encode(&self.key, key, &entry).as_ref()).arg("PX").arg(ttl.as_millis() as u64);
        let _stored: Option<()> = self.ask(Operation::Put, &set).await;
    }

    pub(super) async fn script(&self, script: &str, keys: &[String], arguments: &[String]) -> Option<Vec<i64>> {
        let mut eval = redis::cmd("EVAL");
        eval.arg(script).arg(keys.len()).arg(keys).arg(arguments);
        self.ask(Operation::Script, &eval).await
    }

    /// Runs a command inside the time allowed. `None` on any failure; a few in a row cut the circuit,
    /// after which one asker at a time tries again.
    async fn ask<T: redis::FromRedisValue>(&self, operation: Operation, command: &redis::Cmd) -> Option<T> {
        if self.is_cut() {
            return None;
        }
        let answer = step(STEPS[operation as usize], Option::is_none, self.send(command)).await;
        if answer.is_none() {
            self.errors[operation as usize].fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// Asks Redis for a word, even while the circuit is cut.
    pub(super) async fn ping(&self) -> bool {
        self.send::<String>(&redis::cmd("PING")).await.is_some()
    }

    /// Keys that it holds, and the bytes of its memory.
    pub(super) async fn held(&self) -> Option<(u64, u64)> {
        let keys = self.send(&redis::cmd("DBSIZE")).await?;
        let mut asked = redis::cmd("INFO");
        asked.arg("memory");
        let told: String = self.send(&asked).await?;
        let bytes = told.lines().find_map(|line| line.strip_prefix("used_memory:"))?.trim().parse().ok()?;
        Some((keys, bytes))
    }

    /// Writes a word under `key`, reads it back and removes it; what is wrong, in words for the operator.
    pub(super) async fn probe(&self, key: &str) -> Result<(), &'static str> {
        const WORD: &str = "gardel";
        let (mut set, mut get, mut delete) = (redis::cmd("SET"), redis::cmd("GET"), redis::cmd("DEL"));
        set.arg(key).arg(WORD).arg("PX").arg(10_000);
        get.arg(key);
        delete.arg(key);
        if !self.ping().await {
            return Err("Redis ne répond pas, ou refuse le mot de passe de REDIS_URL");
        }
        self.send::<()>(&set).await.ok_or("Redis répond, mais refuse d’écrire (mémoire pleine, réplica, ou droits du compte)")?;
        let read: Option<String> = self.send(&get).await.ok_or("Redis ne rend pas ce qu’il a reçu")?;
        self.send::<()>(&delete).await.ok_or("Redis refuse d’effacer")?;
        if read.as_deref() == Some(WORD) { Ok(()) } else { Err("Redis rend autre chose que ce qu’il a reçu") }
    }

    async fn send<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Option<T> {
        let mut connection = self.manager.clone();
        // The manager's own limits do not cover a reconnection that hangs: one more, around all of it.
        let limit = CONNECT_TIMEOUT.max(ANSWER_TIMEOUT) + Duration::from_millis(10);
        match tokio::time::timeout(limit, command.query_async(&mut connection)).await {
            Ok(Ok(value)) => {
                self.failures.store(0, Ordering::Relaxed);
                Some(value)
            }
            Ok(Err(error)) => self.failed(&error.to_string()),
            Err(_) => self.failed("pas de réponse à temps"),
        }
    }

    fn failed<T>(&self, cause: &str) -> Option<T> {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_MAX {
            self.cut_until_ms.store(now_ms() + CUT_MS, Ordering::Relaxed);
            tracing::warn!(cause, "Redis set aside for {CUT_MS} ms; pages are made without it");
        }
        None
    }
}

/// The header, the seal, the body. The seal is over the header and the digest of the body, which a fragment has anyway.
fn encode(signing: &SigningKey, key: &str, entry: &Entry) -> Bytes {
    let body = &entry.fragment.body;
    let content = sealed(entry.expires_ms, entry.cost_ms, &entry.fragment);
    let seal = signing.seal(Purpose::Fragment, key.as_bytes(), &content);
    let mut bytes = BytesMut::with_capacity(HEADER_BYTES + seal.len() + body.len());
    bytes.put_u32(MAGIC);
    bytes.put_u64(entry.expires_ms);
    bytes.put_u32(entry.cost_ms);
    bytes.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    bytes.put_u16(u16::try_from(seal.len()).unwrap_or(u16::MAX));
    bytes.put_slice(&seal);
    bytes.put_slice(body);
    bytes.freeze()
}

/// The entry in `bytes`, or `None` when it was cut, altered, written by somebody else or for another key than `key`: whoever
/// can write in Redis must not write in our pages.
fn decode(signing: &SigningKey, key: &str, mut bytes: Bytes) -> Option<Entry> {
    if bytes.len() < HEADER_BYTES || bytes.get_u32() != MAGIC {
        return None;
    }
    let expires_ms = bytes.get_u64();
    let cost_ms = bytes.get_u32();
    let length = bytes.get_u32() as usize;
    let seal_length = usize::from(bytes.get_u16());
    if bytes.len() != seal_length.checked_add(length)? {
        return None;
    }
    let seal = bytes.split_to(seal_length);
    let fragment = Fragment::new(bytes);
    let content = signing.open(Purpose::Fragment, key.as_bytes(), &seal)?;
    (content == sealed(expires_ms, cost_ms, &fragment)).then_some(Entry { fragment, expires_ms, cost_ms })
}

/// What the seal is about.
fn sealed(expires_ms: u64, cost_ms: u32, fragment: &Fragment) -> Vec<u8> {
    [&expires_ms.to_le_bytes()[..], &cost_ms.to_le_bytes(), &(fragment.body.len() as u64).to_le_bytes(), &fragment.digest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_whole_entries_are_read() {
        let entry = Entry { fragment: Fragment::new(Bytes::from_static(b"<tr>\xc3\xa9t\xc3\xa9</tr>")), expires_ms: 12, cost_ms: 3 };
        let key = SigningKey::from_bytes(b"ours");
        let stored = encode(&key, "a", &entry);
        let decode = |name: &str, bytes: Bytes| decode(&key, name, bytes);
        let read = decode("a", stored.clone()).expect("whole");
        assert_eq!((read.fragment, read.expires_ms, read.cost_ms), (entry.fragment.clone(), 12, 3));
        assert!(decode("a", stored.slice(..stored.len() - 1)).is_none());
        assert!(decode("a", Bytes::from_static(b"garbage of another program, long enough to be read")).is_none());
        assert!(decode("b", stored.clone()).is_none(), "the value of another key");
        assert!(decode("a", encode(&SigningKey::from_bytes(b"theirs"), "a", &entry)).is_none(), "written by somebody else");
        for place in 4..stored.len() {
            let mut altered = stored.to_vec();
            altered[place] ^= 1;
            assert!(decode("a", altered.into()).is_none(), "byte {place}");
        }
    }
}
