//! The oracle of the cache: beside each page that may come from it, the same page made without it,
//! and the two compared. In tests, and on demand with `GARDEL_CACHE_ORACLE=1`: it doubles the work.
//!
//! What a cached page may legitimately show, and when two pages may be compared:
//!
//! - A request reads the versions of its data at an instant S, in the statement of its session. The
//!   entry under these versions was made from the data of some instant M.
//! - Every commit that changes data changes a version in the same transaction. If the versions of
//!   the reader's perimeter are the same before S and after the page was made without the cache, no
//!   commit touched these data in between, and M saw the same data: either M is in between, or M came
//!   before S, and then no commit lies between M and S, or the versions of S would be newer than those
//!   of the key. So the two pages must be equal, byte for byte. A difference is a fault: a write
//!   that did not touch its domains, a key that leaves out something the page depends on, a memory of
//!   the process that lags behind.
//! - If the versions moved in between, the cached page may show S or anything later, and the page
//!   without the cache the state of its own statements: the two may differ and both be right. The
//!   comparison is made again, with the versions of now; after some tries it is counted as undecided.
//! - The versions that the request used must never be older than those read before it began, nor
//!   newer than those read after it: a request that begins after a commit sees it. That is checked
//!   each time, whether versions moved or not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::platform::db::Db;

/// Comparisons tried before one is given up as undecided.
pub const TRIES: usize = 5;
/// Differences kept in memory, with their words, for whoever looks for the cause.
const GAPS_KEPT: usize = 20;
/// Characters kept around the first difference.
const EXCERPT_CHARS: usize = 120;

/// What was compared since the start.
#[derive(Debug, Default)]
pub struct Oracle {
    compared: AtomicU64,
    undecided: AtomicU64,
    gaps: AtomicU64,
    kept: Mutex<Vec<String>>,
}

/// The versions of all data at one instant.
#[derive(Clone, Debug)]
pub struct Versions(BTreeMap<(String, String), i64>);

impl Versions {
    /// Those of now.
    pub async fn read(db: &Db) -> Result<Self, sqlx::Error> {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT domaine, code_insee, version FROM version_donnees").fetch_all(db.pool()).await?;
        Ok(Self(rows.into_iter().map(|(domain, commune, version)| ((domain, commune), version)).collect()))
    }

    /// Those of `domains` for a reader of `places` (communes, and collectivités), as a key holds them.
    pub fn of(&self, places: &[String], domains: &[&str]) -> String {
        let seen = |place: &String| place.is_empty() || places.contains(place);
        let sum =
            |domain: &str| -> i64 { self.0.iter().filter(|((one, commune), _)| one == domain && seen(commune)).map(|(_, version)| version).sum() };
        domains.iter().map(|domain| format!("{domain}={} ", sum(domain))).collect()
    }

    /// The state of the reference, as sessions read it.
    pub fn reference(&self) -> i64 {
        self.0.iter().filter(|((domain, commune), _)| commune.is_empty() && domain != "droits").map(|(_, version)| version).sum()
    }
}

/// Whether each version of `first` is at most that of `second`.
fn in_order(first: &str, second: &str) -> bool {
    let values = |text: &str| -> Vec<i64> { text.split_whitespace().filter_map(|part| part.split_once('=')?.1.parse().ok()).collect() };
    values(first).iter().zip(values(second)).all(|(first, second)| *first <= second)
}

/// One comparison: what was served, what is shown without the cache, and the versions around them.
pub struct Comparison<'a> {
    /// Name of what is shown, without anything a person typed.
    pub what: &'a str,
    /// Versions read before the request began, for its reader.
    pub before: &'a str,
    /// Versions that the request used.
    pub used: &'a str,
    /// Versions read after both were made.
    pub after: &'a str,
    /// What was served.
    pub served: &'a str,
    /// The same, made without the cache.
    pub anew: &'a str,
    /// What it shows is not a function of the data alone (an estimate, a time that was spent).
    pub inexact: bool,
}

impl Oracle {
    /// Judges `one`; false when versions moved, and it should be made again.
    pub fn judge(&self, one: &Comparison<'_>) -> bool {
        if !in_order(one.before, one.used) || !in_order(one.used, one.after) {
            self.gap(one.what, &format!("versions {} outside [{}, {}]", one.used, one.before, one.after), 0);
            return true;
        }
        if one.before != one.after {
            return false;
        }
        if one.served == one.anew {
            self.compared.fetch_add(1, Ordering::Relaxed);
        } else if one.inexact {
            self.undecided.fetch_add(1, Ordering::Relaxed);
        } else {
            let place = one.served.bytes().zip(one.anew.bytes()).take_while(|(served, anew)| served == anew).count();
            self.gap(one.what, &format!("served « {} », data say « {} »", excerpt(one.served, place), excerpt(one.anew, place)), place);
        }
        true
    }

    /// Every try met a change.
    pub fn give_up(&self) {
        self.undecided.fetch_add(1, Ordering::Relaxed);
    }

    /// Pages found equal, left undecided, and found different.
    pub fn counts(&self) -> (u64, u64, u64) {
        (self.compared.load(Ordering::Relaxed), self.undecided.load(Ordering::Relaxed), self.gaps.load(Ordering::Relaxed))
    }

    /// The first differences, in words: they hold what pages hold, and stay in memory.
    pub fn gaps(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn gap(&self, what: &str, words: &str, place: usize) {
        self.gaps.fetch_add(1, Ordering::Relaxed);
        // Not the words: they may hold a name.
        tracing::error!(what, place, "cache oracle: what was served is not what the data say");
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < GAPS_KEPT {
            kept.push(format!("{what}, byte {place}: {words}"));
        }
    }
}

fn excerpt(text: &str, place: usize) -> String {
    let from = place.saturating_sub(EXCERPT_CHARS / 2);
    String::from_utf8_lossy(&text.as_bytes()[from.min(text.len())..(from + EXCERPT_CHARS).min(text.len())]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_compared_is_judged() {
        let oracle = Oracle::default();
        let base = Comparison { what: "essai", before: "a=1 b=2 ", used: "a=1 b=2 ", after: "a=1 b=2 ", served: "<p>", anew: "<p>", inexact: false };
        assert!(oracle.judge(&base));
        assert!(!oracle.judge(&Comparison { after: "a=1 b=3 ", anew: "<b>", ..base }), "moved: to be made again");
        assert_eq!(oracle.counts(), (1, 0, 0));
        assert!(oracle.judge(&Comparison { anew: "<b>", ..base }));
        assert!(oracle.judge(&Comparison { used: "a=1 b=1 ", ..base }), "older than what was there before the request");
        assert_eq!(oracle.counts(), (1, 0, 2));
        assert!(oracle.judge(&Comparison { anew: "<b>", inexact: true, ..base }));
        assert_eq!(oracle.counts(), (1, 1, 2));
    }
}
