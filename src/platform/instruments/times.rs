//! A histogram of times: one addition a place, no lock.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, MetricEncoder};

/// Places of a histogram, the one without a bound included.
const PLACES: usize = 16;

/// No label at all, for the exemplars that we do not keep.
type Bare = [(&'static str, &'static str); 0];

/// How many times fell below each bound, and their sum.
#[derive(Debug)]
pub struct Times {
    /// Upper bounds, in microseconds.
    bounds: &'static [u64],
    counts: [AtomicU64; PLACES],
    nanos: AtomicU64,
}

impl Times {
    /// An empty one; `bounds` are in microseconds, in order, fewer than [`PLACES`].
    pub const fn new(bounds: &'static [u64]) -> Self {
        assert!(bounds.len() < PLACES, "one place is for what no bound holds");
        Self { bounds, counts: [const { AtomicU64::new(0) }; PLACES], nanos: AtomicU64::new(0) }
    }

    /// Notes one time.
    pub fn observe(&self, time: Duration) {
        let nanos = nanos(time);
        let place = self.bounds.iter().position(|bound| nanos <= bound * 1_000).unwrap_or(self.bounds.len());
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// How many were noted.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Writes it under `labels`.
    ///
    /// # Errors
    /// The text could not be written.
    pub fn write(&self, encoder: &mut MetricEncoder<'_>, labels: &impl EncodeLabelSet) -> fmt::Result {
        let upper = self.bounds.iter().map(|bound| seconds(bound * 1_000)).chain([f64::INFINITY]);
        let places: Vec<(f64, u64)> = upper.zip(&self.counts).map(|(bound, count)| (bound, count.load(Ordering::Relaxed))).collect();
        // Its count is that of its places, as they were read: one that is noted meanwhile is in both or in none.
        let count = places.iter().map(|(_, count)| count).sum();
        encoder.encode_family(labels)?.encode_histogram::<Bare>(seconds(self.nanos.load(Ordering::Relaxed)), count, &places, None)
    }
}

/// A time in nanoseconds.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds as Prometheus tells times.
#[allow(clippy::cast_precision_loss)] // a time, told as Prometheus keeps everything
pub fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_first_place_that_holds_it() {
        static BOUNDS: [u64; 3] = [1_000, 5_000, 1_000_000];
        let times = Times::new(&BOUNDS);
        for micros in [0, 1_000, 1_001, 5_000, 999_999, 1_000_001] {
            times.observe(Duration::from_micros(micros));
        }
        let counts: Vec<u64> = times.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        assert_eq!((&counts[..4], times.count()), (&[2, 2, 1, 1][..], 6));
        assert!(counts[4..].iter().all(|count| *count == 0));
        assert!((seconds(times.nanos.load(Ordering::Relaxed)) - 2.007_001).abs() < 1e-9);
    }
}
