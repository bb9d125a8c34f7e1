//! Periods of a year, from a day to another: how files write them, how they are kept (MM-JJ), whether two share a day.

use crate::ui::format::fold;

/// The months.
const MOIS: [&str; 12] = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
/// Days of each, of a year that has most.
const JOURS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// MM-JJ of « 01 janvier », « 1er janvier » or « 01/01 ».
pub fn jour(text: &str) -> Option<String> {
    let folded = fold(text);
    let parts: Vec<&str> = folded.split(|sign: char| sign.is_whitespace() || sign == '/').filter(|part| !part.is_empty()).collect();
    let [day, month] = parts.as_slice() else { return None };
    let day: u32 = day.strip_suffix("er").unwrap_or(day).parse().ok()?;
    let month = match month.parse::<usize>() {
        Ok(number) => number.checked_sub(1).filter(|_| folded.contains('/'))?,
        Err(_) => MOIS.iter().position(|known| fold(known) == *month)?,
    };
    let days = *JOURS.get(month)?;
    (1..=days).contains(&day).then(|| format!("{:02}-{day:02}", month + 1))
}

/// « du 1er juillet au 31 décembre ».
pub fn mots(from: &str, to: &str) -> String {
    let day = |text: &str| {
        let (month, day) = text.split_once('-')?;
        let name = MOIS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        let day: u32 = day.parse().ok()?;
        Some(if day == 1 { format!("1er {name}") } else { format!("{day} {name}") })
    };
    format!("du {} au {}", day(from).unwrap_or_default(), day(to).unwrap_or_default())
}

/// Whether two periods share a day; one may go over the end of the year.
pub fn croise(one: (&str, &str), other: (&str, &str)) -> bool {
    let parts = |(from, to): (&'_ str, &'_ str)| -> Vec<(String, String)> {
        let part = |from: &str, to: &str| (from.to_string(), to.to_string());
        if from <= to { vec![part(from, to)] } else { vec![part(from, "12-31"), part("01-01", to)] }
    };
    let others = parts(other);
    parts(one).iter().any(|(from, to)| others.iter().any(|(start, end)| from <= end && start <= to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_files_write_them() {
        for (text, stored) in [
            ("01 janvier", "01-01"),
            ("31 décembre", "12-31"),
            ("1er août", "08-01"),
            (" 29  Février ", "02-29"),
            ("30/04", "04-30"),
            ("15 AOUT", "08-15"),
        ] {
            assert_eq!(jour(text).as_deref(), Some(stored), "{text}");
        }
        for text in ["", "janvier", "31 avril", "0 mai", "32/01", "01-01", "1 13", "01/13", "1 janvier 2026", "30 février"] {
            assert_eq!(jour(text), None, "{text}");
        }
        assert_eq!(mots("07-01", "12-31"), "du 1er juillet au 31 décembre");
    }

    #[test]
    fn periods_share_a_day_or_do_not() {
        assert!(
            croise(("01-01", "12-31"), ("07-01", "07-01"))
                && croise(("12-20", "04-15"), ("04-15", "05-01"))
                && croise(("11-01", "02-01"), ("12-15", "01-15"))
        );
        assert!(!croise(("01-01", "06-30"), ("07-01", "12-31")) && !croise(("12-20", "04-15"), ("04-16", "12-19")));
    }
}
