//! What a token may ask, and what a call that asks for more is told.

use chrono::{DateTime, Timelike, Utc};

use super::super::model::Jeton;
use super::{headers, window};
use crate::platform::clock::local;
use crate::ui::format;

/// Seconds of a day of Guadeloupe, which never changes its hour.
const DAY_SECONDS: u64 = 86_400;

/// What a token may ask.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// Calls of a minute.
    pub appels: i64,
    /// Calls at the same time.
    pub simultanes: i64,
    /// Rows of a day.
    pub lignes: i64,
}

impl Quotas {
    /// Those of `jeton`.
    pub fn of(jeton: &Jeton) -> Self {
        Self { appels: jeton.appels_minute.into(), simultanes: jeton.simultanes.into(), lignes: jeton.lignes_jour }
    }
}

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trop {
    /// What to tell whoever calls.
    pub sentence: String,
    /// Seconds after which it is worth calling again.
    pub seconds: u64,
    /// Calls of a minute.
    pub limite: i64,
    /// Calls left in this one.
    pub reste: i64,
    /// Seconds to its end.
    pub fin: u64,
}

impl Trop {
    /// What a refusal says of it: when to come back, and what is left.
    pub fn headers(&self) -> [(&'static str, String); 3] {
        let [policy, left] = headers(self.limite, self.reste, self.fin);
        [("Retry-After", self.seconds.to_string()), policy, left]
    }
}

/// Which limit a call goes past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Calls of a minute.
    Calls,
    /// Calls at the same time.
    Places,
    /// Rows of a day.
    Rows,
}

impl Past {
    /// The refusal of a call that comes at `now`, after `calls` in its minute.
    pub fn told(self, quotas: Quotas, now: DateTime<Utc>, calls: i64) -> Trop {
        let fin = window(now).1;
        let limite = quotas.appels;
        let (sentence, seconds) = match self {
            Self::Calls => {
                let calls = if limite == 1 { "l’appel".to_string() } else { format!("ses {} appels", format::integer(limite)) };
                (format!("Ce jeton a fait {calls} de cette minute. Attendez {fin}\u{a0}s, puis recommencez."), fin)
            }
            Self::Places => (
                format!(
                    "Ce jeton a déjà {} en cours. Attendez la fin de l’un d’eux, puis recommencez.",
                    format::counted(quotas.simultanes, "appel", "appels")
                ),
                1,
            ),
            Self::Rows => (
                format!(
                    "Ce jeton a lu les {} lignes qu’il peut lire en un jour. Recommencez après minuit, heure de la Guadeloupe.",
                    format::integer(quotas.lignes)
                ),
                DAY_SECONDS - u64::from(local(now).num_seconds_from_midnight()),
            ),
        };
        Trop { sentence, seconds, limite, reste: limite - calls, fin }
    }
}
