//! Tokens that called in this minute, by what they hash to: one that asks for more than it may is then refused before the base is asked.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::model::Jeton;
use super::Account;
use super::trop::{Past, Quotas};

/// Tokens remembered at once; what is more is forgotten together, and asks the base again.
const KNOWN_MAX: usize = 10_000;

/// What a token may ask, as its last call of a minute found it.
#[derive(Clone, Copy, Debug)]
pub struct Connu {
    minute: i64,
    /// Its number.
    pub id: i64,
    /// What it may ask.
    pub quotas: Quotas,
    /// Why the servers together refused it for the rest of the minute, and the calls that they had counted.
    refuse: Option<(Past, i64)>,
}

impl Connu {
    /// Which limit one more call goes past, after what `account` counted; and the calls of this minute.
    pub fn past(&self, account: &Account) -> Option<(Past, i64)> {
        if account.minute != self.minute {
            return None;
        }
        if self.refuse.is_some() {
            return self.refuse;
        }
        let past = if account.calls >= self.quotas.appels {
            Past::Calls
        } else if account.places >= self.quotas.simultanes {
            Past::Places
        } else {
            return None;
        };
        Some((past, account.calls))
    }
}

/// By what a token hashes to, and from where it calls: another place may not be one of its networks.
type Who = (Vec<u8>, Option<IpAddr>);

/// Those of this process.
#[derive(Debug, Default)]
pub struct Connus(Mutex<HashMap<Who, Connu>>);

impl Connus {
    fn all(&self) -> MutexGuard<'_, HashMap<Who, Connu>> {
        // A poisoned lock only means that another call panicked: what is known is still known.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers `jeton`, which called in `minute`.
    pub fn remember(&self, who: Who, jeton: &Jeton, minute: i64) {
        let mut all = self.all();
        if all.len() >= KNOWN_MAX && !all.contains_key(&who) {
            all.clear();
        }
        let refuse = all.get(&who).filter(|known| known.minute == minute).and_then(|known| known.refuse);
        all.insert(who, Connu { minute, id: jeton.id, quotas: Quotas::of(jeton), refuse });
    }

    /// Nothing more is asked of the base for token `id` in `minute`.
    pub fn refuse(&self, id: i64, minute: i64, past: Past, calls: i64) {
        for known in self.all().values_mut().filter(|known| known.id == id && known.minute == minute) {
            known.refuse = Some((past, calls));
        }
    }

    /// What is known of a token since the beginning of `minute`.
    pub fn get(&self, who: &Who, minute: i64) -> Option<Connu> {
        self.all().get(who).filter(|known| known.minute == minute).copied()
    }
}
