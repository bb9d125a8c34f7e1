//! What the measures of a queue say of the time one waits.

use crate::platform::jobs::table::bucket_seconds;
use crate::ui::format;

/// Fewer jobs than this say nothing of the next one.
const JOBS_MIN: i64 = 20;
/// Share of the jobs that the sentence speaks for, in hundredths.
const SHARE: i64 = 95;

/// « moins de 40 s »: the bound under which 95 % of the jobs of these buckets were; `None` when they
/// are too few to tell.
pub fn bound_words(buckets: &[i64]) -> Option<String> {
    let total: i64 = buckets.iter().sum();
    if total < JOBS_MIN {
        return None;
    }
    let mut seen = 0;
    let index = buckets.iter().position(|count| {
        seen += count;
        seen * 100 >= total * SHARE
    })?;
    Some(match bucket_seconds(index) {
        Some(seconds) if seconds <= 1.0 => "moins d’une seconde".into(),
        // Whole seconds from here on.
        Some(seconds) => format!("moins de {}", format::duration(seconds as i64)),
        None => "plus de 4 h".into(),
    })
}

/// What a person may expect of a queue, in a sentence.
pub fn expectation(starts: &[i64], ends: &[i64]) -> String {
    match (bound_words(starts), bound_words(ends)) {
        (Some(start), Some(end)) => format!("commencé en {start}, fini en {end} dans 95 % des cas"),
        (Some(start), None) => format!("commencé en {start} dans 95 % des cas"),
        _ => "trop peu de travaux récents pour le dire".into(),
    }
}

/// Jobs a minute over fifteen minutes, with one decimal when they are few.
pub fn per_minute(count: i64) -> String {
    if count >= 150 || count % 15 == 0 {
        return format::integer(count / 15);
    }
    let tenths = (count * 10 + 7) / 15;
    format!("{},{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(at: &[(usize, i64)]) -> Vec<i64> {
        let mut buckets = vec![0; 22];
        at.iter().for_each(|(index, count)| buckets[*index] = *count);
        buckets
    }

    #[test]
    fn a_promise_is_kept_by_ninety_five_of_a_hundred() {
        assert_eq!(bound_words(&buckets(&[(0, 19)])), None);
        assert_eq!(bound_words(&buckets(&[(0, 95), (12, 5)])).as_deref(), Some("moins d’une seconde"));
        assert_eq!(bound_words(&buckets(&[(0, 94), (12, 6)])).as_deref(), Some("moins de 40\u{202f}s"));
        assert_eq!(bound_words(&buckets(&[(21, 20)])).as_deref(), Some("plus de 4 h"));
        assert_eq!(bound_words(&[]), None);
        assert_eq!(expectation(&buckets(&[(12, 20)]), &[]), "commencé en moins de 40\u{202f}s dans 95 % des cas");
        assert_eq!(expectation(&[], &[]), "trop peu de travaux récents pour le dire");
    }

    #[test]
    fn rates_are_short() {
        assert_eq!((per_minute(0), per_minute(1), per_minute(30)), ("0".into(), "0,1".into(), "2".into()));
        assert_eq!((per_minute(14), per_minute(100), per_minute(1_500)), ("0,9".into(), "6,7".into(), "100".into()));
    }
}
