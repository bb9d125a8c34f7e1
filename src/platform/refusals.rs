//! What PostgreSQL refused to this process: how often, and when last.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A kind of refusal, as metrics call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No answer, or a connection that broke.
    Away,
    /// No free connection in time.
    Crowded,
    /// No disk or memory left.
    NoRoom,
    /// Held by another transaction.
    Held,
    /// Longer than a page may take.
    TooHeavy,
    /// Anything else that is no answer to a person: a fault of ours.
    Fault,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Away, Self::Crowded, Self::NoRoom, Self::Held, Self::TooHeavy, Self::Fault];

    /// Its label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Crowded => "crowded",
            Self::NoRoom => "no_room",
            Self::Held => "held",
            Self::TooHeavy => "too_heavy",
            Self::Fault => "fault",
        }
    }

    fn kept(self) -> &'static Kept {
        &KEPT[self as usize]
    }

    /// How many there were since the process started.
    pub fn count(self) -> u64 {
        self.kept().count.load(Ordering::Relaxed)
    }

    /// How long ago the last one was.
    pub fn since(self) -> Option<Duration> {
        let last = self.kept().last_ms.load(Ordering::Relaxed);
        (last > 0).then(|| EPOCH.elapsed().saturating_sub(Duration::from_millis(last)))
    }
}

struct Kept {
    count: AtomicU64,
    /// Milliseconds from [`EPOCH`] to the last one, 0 for never.
    last_ms: AtomicU64,
}

static KEPT: [Kept; Refusal::ALL.len()] = [const { Kept { count: AtomicU64::new(0), last_ms: AtomicU64::new(0) } }; Refusal::ALL.len()];
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Notes one.
pub fn note(refusal: Refusal) {
    let now = u64::try_from(EPOCH.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    refusal.kept().count.fetch_add(1, Ordering::Relaxed);
    refusal.kept().last_ms.store(now, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_apart_and_dated() {
        assert_eq!((Refusal::Held.count(), Refusal::Held.since()), (0, None));
        note(Refusal::Held);
        note(Refusal::Held);
        assert_eq!((Refusal::Held.count(), Refusal::Crowded.count()), (2, 0));
        assert!(Refusal::Held.since().is_some() && Refusal::Crowded.since().is_none());
        let labels: std::collections::BTreeSet<&str> = Refusal::ALL.into_iter().map(Refusal::label).collect();
        assert_eq!(labels.len(), Refusal::ALL.len(), "two kinds share a label");
    }
}
