//! Time comes from outside: a page, a job or a test is handed a [`Clock`] and never reads the
//! machine's own (see the bans of `clippy.toml`). Instants are UTC; days are Guadeloupe's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// The zone in which days begin and instants are shown.
pub const ZONE: Tz = chrono_tz::America::Guadeloupe;

/// A source of instants: the machine's, or one that a test sets.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Milliseconds since 1970, moved by hand.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock stopped at `instant`; [`Clock::set`] moves it.
    pub fn fixed(instant: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(instant.timestamp_millis())))
    }

    /// Moves a fixed clock. The machine's clock is left alone.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Self::Fixed(millis) = self {
            millis.store(instant.timestamp_millis(), Ordering::Relaxed);
        }
    }

    /// The present instant, UTC.
    #[allow(clippy::disallowed_methods)] // the one place that reads the machine's clock
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Fixed(millis) => DateTime::from_timestamp_millis(millis.load(Ordering::Relaxed)).unwrap_or_default(),
        }
    }

    /// Today in Guadeloupe.
    pub fn today(&self) -> NaiveDate {
        local(self.now()).date_naive()
    }
}

/// An instant as seen in Guadeloupe.
pub fn local(instant: DateTime<Utc>) -> DateTime<Tz> {
    instant.with_timezone(&ZONE)
}
