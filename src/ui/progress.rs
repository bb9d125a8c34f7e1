//! Progress of long work.

use maud::{Markup, html};

use super::format;

/// How far a piece of work is.
pub struct Progress {
    /// Units done.
    pub done: i64,
    /// Units in all, when known.
    pub total: Option<i64>,
    /// Seconds since the work began.
    pub seconds: Option<i64>,
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
        let rate = progress.done / seconds;
        if rate > 0 {
            text.push_str(&format!(" · {} par seconde", format::integer(rate)));
            if let Some(left) = progress.total.map(|total| (total - progress.done).max(0) / rate) {
                text.push_str(&format!(" · reste environ {}", format::duration(left)));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let progress = |done, total, seconds| in_words(&Progress { done, total, seconds, unit: "lignes" });
        assert_eq!(progress(0, None, None), "0 lignes");
        assert_eq!(progress(500, Some(1_000), Some(5)), "500 sur 1\u{202f}000 lignes · 100 par seconde · reste environ 5\u{202f}s");
        assert_eq!(progress(0, Some(10), Some(5)), "0 sur 10 lignes");
    }
}
