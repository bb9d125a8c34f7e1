//! How much a token may ask: calls in a minute, calls at the same time, rows in a day.
//!
//! Minutes are those of the clock, the same for every server: whoever spends all of one at its end may begin the next at once, and
//! no more. Each process counts what it sees itself; with Redis, all of them count together, in one round trip as a call begins.
//! A Redis that is away refuses nobody: each process then goes by its own count. What was asked is added up here and written
//! down once a minute at most, so that a call costs no statement of its own.

mod connus;
mod trop;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use self::connus::Connus;
pub use self::trop::Trop;
use self::trop::{Past, Quotas};
use super::model::{Jeton, Tally};
use super::queries;
use crate::platform::cache::Cache;
use crate::platform::clock::Clock;
use crate::platform::db::Db;

/// Seconds of a window.
const WINDOW_SECONDS: i64 = 60;
/// How often what a token was asked is written down, at most.
const WRITTEN_EVERY: TimeDelta = TimeDelta::seconds(60);
/// How long a call holds its place among those of all servers: one that died gives its own back after that.
const PLACE_MILLIS: i64 = 600_000;

/// How long a refusal waits before it goes.
const HELD_FOR: Duration = Duration::from_millis(500);

/// Asks the servers together: 0 enter, 1 too many calls, 2 too many at the same time, 3 too many rows; then the calls of this minute.
const ENTER: &str = "local calls = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(redis.call('GET', KEYS[3]) or '0') >= tonumber(ARGV[5]) then return {3, calls} end
if calls >= tonumber(ARGV[2]) then return {1, calls} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return {2, calls} end
redis.call('ZADD', KEYS[2], ARGV[1] + ARGV[4], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
calls = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], 120000)
return {0, calls}";
/// Gives a place back, and tells the rows that were read.
const LEAVE: &str = "redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('INCRBY', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[2], 172800000)
return {0}";

/// What was asked of a token in a day, not written down yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    appels: i64,
    refus: i64,
    lignes: i64,
}

/// What this process knows of a token.
#[derive(Debug, Default)]
struct Account {
    /// The minute that is counted, since 1970.
    minute: i64,
    /// Its calls.
    calls: i64,
    /// Calls under way.
    places: i64,
    /// Rows that the other servers were not told of.
    untold: i64,
    /// The day of the last call.
    jour: NaiveDate,
    pending: BTreeMap<NaiveDate, Counts>,
    last: Option<DateTime<Utc>>,
    ip: Option<IpAddr>,
    written: Option<DateTime<Utc>>,
}

impl Account {
    fn counts(&mut self) -> &mut Counts {
        self.pending.entry(self.jour).or_default()
    }

    /// What is to be written down, taken from here.
    fn due(&mut self, now: DateTime<Utc>) -> Vec<Tally> {
        self.written = Some(now);
        let (dernier_le, ip) = (self.last.unwrap_or(now), self.ip);
        let told = |(jour, Counts { appels, refus, lignes })| Tally { jour, appels, refus, lignes, dernier_le, ip };
        std::mem::take(&mut self.pending).into_iter().map(told).collect()
    }

    fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.written.is_none_or(|written| now - written >= WRITTEN_EVERY)
    }
}

struct Shared {
    clock: Clock,
    cache: Arc<Cache>,
    accounts: Mutex<HashMap<i64, Account>>,
    connus: Connus,
    /// Tells the places of this process from those of others.
    process: u64,
    number: AtomicU64,
}

/// The limits of the tokens, as this process holds them.
#[derive(Clone)]
pub struct Limites(Arc<Shared>);

/// A call that may be answered. Its place is given back with it.
pub struct Passage {
    shared: Arc<Shared>,
    jeton_id: i64,
    jour: NaiveDate,
    /// Its name among the places of all servers, when they count together.
    ticket: Option<String>,
    /// Calls of a minute.
    pub limite: i64,
    /// Calls left in this one.
    pub reste: i64,
    /// Seconds to its end.
    pub secondes: u64,
}

/// `RateLimit-Policy` and `RateLimit`, as the draft of the IETF writes them.
fn headers(limite: i64, reste: i64, seconds: u64) -> [(&'static str, String); 2] {
    [("RateLimit-Policy", format!("\"minute\";q={limite};w={WINDOW_SECONDS}")), ("RateLimit", format!("\"minute\";r={};t={seconds}", reste.max(0)))]
}

impl Passage {
    /// What an answer says of what is left.
    pub fn headers(&self) -> [(&'static str, String); 2] {
        headers(self.limite, self.reste, self.secondes)
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let rows = self.shared.leave(self.jeton_id, self.ticket.is_some());
        // Without a runtime, the process ends: its places are given back in their time.
        let (Some(ticket), Ok(runtime)) = (self.ticket.take(), tokio::runtime::Handle::try_current()) else { return };
        let (shared, id, jour) = (Arc::clone(&self.shared), self.jeton_id, self.jour);
        runtime.spawn(async move {
            let keys = [format!("jeton:{id}:places"), format!("jeton:{id}:lignes:{jour}")];
            let _told = shared.cache.together(LEAVE, &keys, &[ticket, rows.to_string()]).await;
        });
    }
}

/// The instant `now` as windows see it: the minute since 1970, and the seconds to its end.
fn window(now: DateTime<Utc>) -> (i64, u64) {
    let seconds = now.timestamp();
    (seconds.div_euclid(WINDOW_SECONDS), (WINDOW_SECONDS - seconds.rem_euclid(WINDOW_SECONDS)).unsigned_abs())
}

impl Shared {
    fn accounts(&self) -> MutexGuard<'_, HashMap<i64, Account>> {
        // A poisoned lock only means that another call panicked: numbers are still numbers.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call in by what this process has seen; gives the calls of this minute, that one included. Else, what it goes past and the
    /// calls that were counted.
    fn take(&self, jeton: &Jeton, now: DateTime<Utc>) -> Result<i64, (Past, i64)> {
        let mut accounts = self.accounts();
        let account = accounts.entry(jeton.id).or_default();
        let (minute, _) = window(now);
        if account.minute != minute {
            (account.minute, account.calls) = (minute, 0);
        }
        (account.jour, account.last) = (jeton.jour, Some(now));
        account.counts().appels += 1;
        let past = if jeton.lignes + account.counts().lignes >= jeton.lignes_jour {
            Past::Rows
        } else if account.calls >= i64::from(jeton.appels_minute) {
            Past::Calls
        } else if account.places >= i64::from(jeton.simultanes) {
            Past::Places
        } else {
            account.calls += 1;
            account.places += 1;
            return Ok(account.calls);
        };
        account.counts().refus += 1;
        Err((past, account.calls))
    }

    /// Takes back what [`Self::take`] counted of a call that the servers together refuse. Its place goes with its passage.
    fn refuse(&self, jeton_id: i64) {
        if let Some(account) = self.accounts().get_mut(&jeton_id) {
            account.calls -= 1;
            account.counts().refus += 1;
        }
    }

    /// Gives a place back; the rows to tell the others, when they are told.
    fn leave(&self, jeton_id: i64, told: bool) -> i64 {
        let mut accounts = self.accounts();
        let Some(account) = accounts.get_mut(&jeton_id) else { return 0 };
        account.places -= 1;
        if told { std::mem::take(&mut account.untold) } else { 0 }
    }

    async fn write(&self, db: &Db, jeton_id: i64, due: Vec<Tally>) {
        for tally in due {
            let Err(error) = queries::tally(db, jeton_id, &tally).await else { continue };
            tracing::warn!(jeton_id, %error, "what a token was asked could not be written down; it will be tried again");
            let mut accounts = self.accounts();
            let counts = accounts.entry(jeton_id).or_default().pending.entry(tally.jour).or_default();
            counts.appels += tally.appels;
            counts.refus += tally.refus;
            counts.lignes += tally.lignes;
        }
    }
}

impl Limites {
    /// Nobody has called yet. What `cache` keeps in Redis, if it does, is where servers count together.
    pub fn new(clock: Clock, cache: Arc<Cache>) -> Self {
        Self(Arc::new(Shared {
            clock,
            cache,
            accounts: Mutex::default(),
            connus: Connus::default(),
            process: rand::random(),
            number: AtomicU64::new(0),
        }))
    }

    /// Lets a call of `jeton` in, for as long as what is given back lives.
    ///
    /// # Errors
    /// It asks for more than it may: 429.
    pub async fn enter(&self, jeton: &Jeton) -> Result<Passage, Trop> {
        let now = self.0.clock.now();
        let quotas = Quotas::of(jeton);
        let (limite, (minute, secondes)) = (quotas.appels, window(now));
        let calls = self.0.take(jeton, now).map_err(|(past, calls)| {
            if past == Past::Rows {
                self.0.connus.refuse(jeton.id, minute, past, calls);
            }
            past.told(quotas, now, calls)
        })?;
        // From here on the place is given back, even by a call that is dropped while the others are asked.
        let mut passage =
            Passage { shared: Arc::clone(&self.0), jeton_id: jeton.id, jour: jeton.jour, ticket: None, limite, reste: limite - calls, secondes };
        if self.0.cache.redis_open().is_none() {
            return Ok(passage);
        }
        let ticket = format!("{:x}-{}", self.0.process, self.0.number.fetch_add(1, Ordering::Relaxed));
        passage.ticket = Some(ticket.clone());
        let name = format!("jeton:{}", jeton.id);
        let keys = [format!("{name}:appels:{minute}"), format!("{name}:places"), format!("{name}:lignes:{}", jeton.jour)];
        let arguments = [now.timestamp_millis(), limite, jeton.simultanes.into(), PLACE_MILLIS, jeton.lignes_jour];
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).chain([ticket]).collect();
        let past = match self.0.cache.together(ENTER, &keys, &arguments).await.as_deref() {
            Some([0, calls]) => {
                passage.reste = limite - calls;
                return Ok(passage);
            }
            Some([1, calls]) => (Past::Calls, *calls),
            Some([2, calls]) => (Past::Places, *calls),
            Some([3, calls]) => (Past::Rows, *calls),
            // Nothing was heard: by our own count.
            _ => return Ok(passage),
        };
        self.0.refuse(jeton.id);
        if past.0 != Past::Places {
            self.0.connus.refuse(jeton.id, minute, past.0, past.1);
        }
        Err(past.0.told(quotas, now, past.1))
    }

    /// Remembers that a token of this `empreinte` is `jeton`, until the end of the minute: see [`Self::spent`].
    pub fn know(&self, empreinte: &[u8], ip: Option<IpAddr>, jeton: &Jeton) {
        self.0.connus.remember((empreinte.to_vec(), ip), jeton, window(self.0.clock.now()).0);
    }

    /// Why a token of this `empreinte` that calls from `ip` is refused before the base is asked: it called in this minute and has nothing
    /// left. That it was revoked since is told when the minute is over.
    pub fn spent(&self, empreinte: &[u8], ip: Option<IpAddr>) -> Option<Trop> {
        let now = self.0.clock.now();
        let known = self.0.connus.get(&(empreinte.to_vec(), ip), window(now).0)?;
        let mut accounts = self.0.accounts();
        let account = accounts.get_mut(&known.id)?;
        let (past, calls) = known.past(account)?;
        (account.last, account.ip) = (Some(now), ip);
        account.counts().appels += 1;
        account.counts().refus += 1;
        Some(past.told(known.quotas, now, calls))
    }

    /// How long a refusal is kept back: whoever does not wait as told is refused a few times a second, and slows nobody.
    pub async fn hold() {
        tokio::time::sleep(HELD_FOR).await;
    }

    /// Adds rows that a call of token `jeton_id` was given.
    pub fn read(&self, jeton_id: i64, rows: i64) {
        if let Some(account) = self.0.accounts().get_mut(&jeton_id) {
            account.counts().lignes += rows;
            account.untold += rows;
        }
    }

    /// Adds a call of token `jeton_id` that was let in, and refused for another reason than its limits.
    pub fn refused(&self, jeton_id: i64) {
        if let Some(account) = self.0.accounts().get_mut(&jeton_id) {
            account.counts().refus += 1;
        }
    }

    /// Once a call is over, refused or not: says where it came from, and writes down what its token was asked unless that was done less
    /// than a minute ago. A base that refuses is told to the log: the next time writes it all.
    pub async fn settle(&self, db: &Db, jeton_id: i64, ip: Option<IpAddr>) {
        let now = self.0.clock.now();
        let due = match self.0.accounts().get_mut(&jeton_id) {
            None => return,
            Some(account) => {
                account.ip = ip;
                if account.is_late(now) { account.due(now) } else { Vec::new() }
            }
        };
        self.0.write(db, jeton_id, due).await;
    }

    /// Writes down what every token was asked, and forgets those that call no more. Called each minute, and as the process ends.
    pub async fn settle_all(&self, db: &Db) {
        let now = self.0.clock.now();
        let due: Vec<(i64, Vec<Tally>)> = {
            let mut accounts = self.0.accounts();
            let due = accounts.iter_mut().filter(|(_, account)| !account.pending.is_empty()).map(|(id, account)| (*id, account.due(now))).collect();
            accounts.retain(|_, account| account.places > 0 || account.minute == window(now).0);
            due
        };
        for (jeton_id, due) in due {
            self.0.write(db, jeton_id, due).await;
        }
    }
}

#[cfg(test)]
mod tests;
