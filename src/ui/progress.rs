//! Progress of long work.

use maud::{Markup, html};

use super::format;

/// Jobs counted before one's own at most, as `job_devant` counts.
const BEFORE_MAX: i64 = 1_000;

/// How far a piece of work is.
pub struct Progress {
    /// Units done.
    pub done: i64,
    /// Units in all, when known.
    pub total: Option<i64>,
    /// Seconds since the work began.
    pub seconds: Option<i64>,
    /// Units done in those seconds, when others were done before.
    pub here: Option<i64>,
    /// What is counted: « lignes ».
    pub unit: &'static str,
}

/// A bar with its figures in words: done, total, rate, time left.
pub fn bar(label: &str, progress: &Progress) -> Markup {
    html! {
        div class="avancement" {
            progress aria-label=(label) max=[progress.total.map(|total| total.max(1))] value=[progress.total.map(|_| progress.done)] {}
            p { (in_words(progress)) }
        }
    }
}

/// « 120 000 sur 1 000 000 lignes · 45 000 par seconde · reste environ 20 s ».
pub fn in_words(progress: &Progress) -> String {
    let done = format::integer(progress.done);
    let mut text = match progress.total {
        Some(total) => format!("{done} sur {} {}", format::integer(total), progress.unit),
        None => format!("{done} {}", progress.unit),
    };
    if let (Some(seconds @ 1..), 1..) = (progress.seconds, progress.done) {
        let rate = progress.here.unwrap_or(progress.done) / seconds;
        if rate > 0 {
            text.push_str(&format!(" · {} par seconde", format::integer(rate)));
            if let Some(left) = progress.total.map(|total| (total - progress.done).max(0) / rate) {
                text.push_str(&format!(" · reste environ {}", format::duration(left)));
            }
        }
    }
    text
}

/// Why a ready job waits and how many pass before it: « En attente : un export est déjà en cours. 2 travaux
/// passent avant celui-ci. » Nothing when a free worker is all it lacks.
pub fn waiting(reason: Option<&str>, before: Option<i64>) -> Option<String> {
    let place = match before.unwrap_or(0) {
        0 => None,
        1 => Some("1 travail passe avant celui-ci.".to_string()),
        count @ ..BEFORE_MAX => Some(format!("{} travaux passent avant celui-ci.", format::integer(count))),
        _ => Some(format!("Plus de {} travaux passent avant celui-ci.", format::integer(BEFORE_MAX))),
    };
    match (reason, place) {
        (Some(reason), Some(place)) => Some(format!("En attente : {reason}. {place}")),
        (Some(reason), None) => Some(format!("En attente : {reason}.")),
        (None, place) => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let progress = |done, total, seconds| in_words(&Progress { done, total, seconds, here: None, unit: "lignes" });
        assert_eq!(progress(0, None, None), "0 lignes");
        assert_eq!(progress(500, Some(1_000), Some(5)), "500 sur 1\u{202f}000 lignes · 100 par seconde · reste environ 5\u{202f}s");
        assert_eq!(progress(0, Some(10), Some(5)), "0 sur 10 lignes");
        let again = Progress { done: 900, total: Some(1_000), seconds: Some(2), here: Some(100), unit: "lignes" };
        assert_eq!(in_words(&again), "900 sur 1\u{202f}000 lignes · 50 par seconde · reste environ 2\u{202f}s");
    }
}
