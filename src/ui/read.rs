//! Dates, amounts and numbers as people type them or paste them. One reader for every field: what can be read one
//! way only is read, what could mean two things is refused with both, what does not exist with the reason.

use chrono::{Datelike, NaiveDate};

use super::format;
use super::number::{bare, digits, fold};
pub use super::number::{integer, money, number};

/// Names of months without accents, in the order of the year; three letters and more of one are enough, once they
/// tell it from the others.
const MONTHS: [&str; 12] = ["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"];
/// What PostgreSQL can hold, and what a tax can be about.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;
/// Years written with two figures: from here on they are of the last century.
const LAST_CENTURY: u32 = 80;
/// Longest text worth reading.
const CHARS_MAX: usize = 60;

/// A day: `01/10/2026`, `1.10.26`, `01102026`, `1er octobre 2026`, `2026-10-01`…
///
/// # Errors
/// Why it is none, as the end of a sentence: « n’est pas une date : … ».
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let folded = fold(text);
    if folded.chars().count() > CHARS_MAX {
        return Err("est trop long pour une date. Écrivez par exemple 31/12/2026.".into());
    }
    let parts = date_parts(&folded);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [whole] if digits(whole) => run_together(whole),
        [first, month, day] if digits(first) && first.len() == 4 => day_of(day, month, first),
        [day, month, year] => day_of(day, month, year),
        [month, year] if month_named(month).is_some() && digits(year) => {
            Err(format!("n’est pas une date : il manque le jour, par exemple 1 {month} {year}."))
        }
        [month, year] if digits(month) && digits(year) && year.len() == 4 => {
            Err(format!("n’est pas une date : il manque le jour, par exemple 01/{month:0>2}/{year}."))
        }
        [day, month] if figures(day).is_some() && digits(month) => {
            Err(format!("n’est pas une date : il manque l’année, par exemple {day}/{month}/2026."))
        }
        [day, month] if figures(day).is_some() && month_named(month).is_some() => {
            Err(format!("n’est pas une date : il manque l’année, par exemple {day} {month} 2026."))
        }
        _ => Err("n’est pas une date. Écrivez par exemple 31/12/2026, 31122026 ou 31 décembre 2026.".into()),
    }
}

/// A month, as its first day: `03/2026`, `mars 2026`, `2026-03`.
///
/// # Errors
/// Why it is none, as the end of a sentence: « n’est pas un mois. … ».
pub fn month(text: &str) -> Result<NaiveDate, String> {
    let not_one = || "n’est pas un mois. Écrivez par exemple 03/2026 ou mars 2026.".to_string();
    let folded = fold(text);
    if folded.chars().count() > CHARS_MAX {
        return Err(not_one());
    }
    let parts = date_parts(&folded);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (month, year) = match parts.as_slice() {
        [year, month] | [year, month, "01" | "1"] if digits(year) && year.len() == 4 => (*month, *year),
        [month, year] | ["01" | "1", month, year] => (*month, *year),
        [_, _, _] => return Err("n’est pas un mois : il a un jour. Écrivez le mois seul, par exemple 03/2026 ou mars 2026.".into()),
        _ => return Err(not_one()),
    };
    let months = if digits(month) { figures(month) } else { month_named(month) }.ok_or_else(not_one)?;
    if !(1..=12).contains(&months) {
        return Err(format!("n’est pas un mois : il n’y a pas de mois {months}. Écrivez par exemple 03/2026 ou mars 2026."));
    }
    let year = year_of(year).map_err(|why| format!("n’est pas un mois : {why}"))?;
    NaiveDate::from_ymd_opt(year, months, 1).ok_or_else(not_one)
}

/// A duration in whole minutes: `1:05`, `1 h 05`, `65 min`, `2 h`.
///
/// # Errors
/// Why it is none, as the end of a sentence: « n’est pas une durée. … ».
pub fn minutes(text: &str) -> Result<i64, String> {
    let not_one = || "n’est pas une durée. Écrivez par exemple 1 h 05, 1:05 ou 65 min.".to_string();
    let text = bare(&fold(text));
    if text.len() > CHARS_MAX {
        return Err(not_one());
    }
    if digits(&text) {
        return Err(format!("peut se lire de deux façons : en minutes ou en heures. Écrivez {text} min ou {text} h."));
    }
    let text =
        text.replace("heures", "h").replace("heure", "h").replace("minutes", "m").replace("minute", "m").replace("min", "m").replace("mn", "m");
    let whole = |part: &str| figures(part).map(i64::from);
    match text.split_once(['h', ':']) {
        Some((hours, "")) => whole(hours).map(|hours| hours * 60).ok_or_else(not_one),
        Some((hours, rest)) => match (whole(hours), whole(rest.strip_suffix('m').unwrap_or(rest))) {
            (Some(hours), Some(minutes @ 0..60)) => Ok(hours * 60 + minutes),
            (Some(_), Some(_)) => Err("n’est pas une durée : après des heures, les minutes vont de 0 à 59.".into()),
            _ => Err(not_one()),
        },
        None => text.strip_suffix('m').and_then(whole).ok_or_else(not_one),
    }
}

/// Figures without any separator: JJMMAAAA, JJMMAA, AAAAMMJJ.
fn run_together(text: &str) -> Result<NaiveDate, String> {
    let year_last = || text[4..].parse().is_ok_and(|year: i32| YEARS.contains(&year));
    match text.len() {
        6 => day_of(&text[..2], &text[2..4], &text[4..]),
        8 if year_last() => day_of(&text[..2], &text[2..4], &text[4..]),
        8 => day_of(&text[6..], &text[4..6], &text[..4]),
        _ => Err("n’est pas une date. Sans barres, écrivez huit chiffres : 31122026 pour le 31/12/2026.".into()),
    }
}

fn day_of(day: &str, month: &str, year: &str) -> Result<NaiveDate, String> {
    let not_one = || "n’est pas une date. Écrivez par exemple 31/12/2026, 31122026 ou 31 décembre 2026.".to_string();
    let days = figures(day).ok_or_else(not_one)?;
    let months = if digits(month) { figures(month) } else { month_named(month) }.ok_or_else(not_one)?;
    let year = year_of(year).map_err(|why| format!("n’est pas une date : {why}"))?;
    if !(1..=12).contains(&months) {
        return Err(match days {
            1..=12 => format!("n’est pas une date : il n’y a pas de mois {months}. Écrivez le jour avant le mois : {months:02}/{days:02}/{year}."),
            _ => format!("n’est pas une date : il n’y a pas de mois {months}."),
        });
    }
    NaiveDate::from_ymd_opt(year, months, days).ok_or_else(|| {
        let last = last_day(year, months);
        let name = format::month_name(months);
        format!("n’est pas une date : {name} {year} va du 1er au {last}.")
    })
}

/// A year of four figures, or of two.
fn year_of(text: &str) -> Result<i32, String> {
    let year = match (text.len(), figures(text)) {
        (4, Some(year)) => i32::try_from(year).unwrap_or(0),
        (2, Some(year)) => i32::try_from(year).unwrap_or(0) + if year >= LAST_CENTURY { 1900 } else { 2000 },
        _ => return Err("l’année s’écrit avec quatre chiffres, ou deux.".into()),
    };
    if YEARS.contains(&year) { Ok(year) } else { Err(format!("l’année va de {} à {}.", YEARS.start(), YEARS.end())) }
}

fn last_day(year: i32, month: u32) -> u32 {
    let next = if month == 12 { NaiveDate::from_ymd_opt(year + 1, 1, 1) } else { NaiveDate::from_ymd_opt(year, month + 1, 1) };
    next.and_then(|day| day.pred_opt()).map_or(31, |day| day.day())
}

/// Numbers and words of a date, without « le », « 1er » as 1, and without a comma or a point after a short month.
fn date_parts(folded: &str) -> Vec<String> {
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty() && *part != "le");
    words.map(|part| if part == "1er" { "1".to_string() } else { part.to_string() }).collect()
}

fn month_named(text: &str) -> Option<u32> {
    if text.len() < 3 {
        return None;
    }
    let mut found = MONTHS.iter().zip(1..).filter(|(name, _)| name.starts_with(text));
    let (_, month) = found.next()?;
    // « jui » is June as well as July.
    found.next().is_none().then_some(month)
}

fn figures(text: &str) -> Option<u32> {
    digits(text).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_as_people_write_them() {
        let cases = [
            ("01/10/2026", "2026-10-01"),
            ("1/10/26", "2026-10-01"),
            ("01-10-2026", "2026-10-01"),
            ("01.10.2026", "2026-10-01"),
            ("1 10 2026", "2026-10-01"),
            ("01\u{a0}10\u{202f}2026", "2026-10-01"),
            ("01102026", "2026-10-01"),
            ("011026", "2026-10-01"),
            ("20261001", "2026-10-01"),
            ("2026-10-01", "2026-10-01"),
            ("2026/10/1", "2026-10-01"),
            ("1 octobre 2026", "2026-10-01"),
            ("1er octobre 2026", "2026-10-01"),
            ("le 1er Octobre 2026", "2026-10-01"),
            ("1 oct. 2026", "2026-10-01"),
            ("1-oct-26", "2026-10-01"),
            ("15 AOÛT 2026", "2026-08-15"),
            ("15 aou\u{302}t 2026", "2026-08-15"),
            ("3 févr. 2026", "2026-02-03"),
            ("3 déc 99", "1999-12-03"),
            ("29/02/2028", "2028-02-29"),
            ("31/12/79", "2079-12-31"),
            ("31/12/80", "1980-12-31"),
            ("20112011", "2011-11-20"),
            ("20121012", "2012-10-12"),
            (" 31/12/2026\u{feff} ", "2026-12-31"),
            ("３１/１２/２０２６", "2026-12-31"),
        ];
        for (typed, day) in cases {
            assert_eq!(date(typed).map(|day| day.to_string()), Ok(day.to_string()), "{typed}");
        }
    }

    #[test]
    fn what_is_no_day_is_refused_with_the_reason() {
        let cases = [
            ("31/02/2026", "février 2026 va du 1er au 28"),
            ("29/02/2026", "février 2026 va du 1er au 28"),
            ("31 avril 2026", "avril 2026 va du 1er au 30"),
            ("00/10/2026", "octobre 2026 va du 1er au 31"),
            ("12/31/2026", "Écrivez le jour avant le mois : 31/12/2026"),
            ("31/13/2026", "il n’y a pas de mois 13"),
            ("10/2026", "il manque le jour, par exemple 01/10/2026"),
            ("octobre 2026", "il manque le jour, par exemple 1 octobre 2026"),
            ("1 octobre", "il manque l’année, par exemple 1 octobre 2026"),
            ("1/10", "il manque l’année, par exemple 1/10/2026"),
            ("1/10/226", "l’année s’écrit avec quatre chiffres, ou deux"),
            ("01/01/0001", "l’année va de 1900 à 2200"),
            ("99999-01-01", "n’est pas une date"),
            ("1 jui 2026", "n’est pas une date"),
            ("hier", "n’est pas une date"),
            ("", "n’est pas une date"),
            ("102026", "il n’y a pas de mois 20"),
            ("1234567", "huit chiffres"),
        ];
        for (typed, reason) in cases {
            let refused = date(typed).expect_err(typed);
            assert!(refused.contains(reason), "{typed}: {refused}");
        }
    }

    #[test]
    fn months_as_people_write_them() {
        for typed in ["03/2026", "3/2026", "3/26", "mars 2026", "Mars 2026", "mar 2026", "2026-03", "2026-03-01", "01/03/2026", "03.2026"] {
            assert_eq!(month(typed).map(|day| day.to_string()), Ok("2026-03-01".to_string()), "{typed}");
        }
        for (typed, reason) in [
            ("13/2026", "pas de mois 13"),
            ("15/03/2026", "il a un jour"),
            ("jui 2026", "n’est pas un mois"),
            ("03/1026", "de 1900 à 2200"),
            ("032026", "n’est pas un mois"),
            ("mars", "n’est pas un mois"),
            ("", "n’est pas un mois"),
        ] {
            let refused = month(typed).expect_err(typed);
            assert!(refused.contains(reason), "{typed}: {refused}");
        }
    }

    #[test]
    fn durations_as_people_write_them() {
        for typed in ["1:05", "1h05", "1 h 05", "1\u{202f}h\u{202f}05", "65 min", "65 mn", "65 minutes", "1 heure 5", "1 h 5 min", "01:05"] {
            assert_eq!(minutes(typed), Ok(65), "{typed}");
        }
        assert_eq!((minutes("2 h"), minutes("2 heures"), minutes("0 min"), minutes("100:00")), (Ok(120), Ok(120), Ok(0), Ok(6_000)));
        for (typed, reason) in [
            ("65", "deux façons : en minutes ou en heures. Écrivez 65 min ou 65 h"),
            ("1:65", "de 0 à 59"),
            ("-1:05", "n’est pas une durée"),
            ("1,5 h", "n’est pas une durée"),
            ("h", "n’est pas une durée"),
            ("min", "n’est pas une durée"),
            ("99999999999 h", "n’est pas une durée"),
            ("", "n’est pas une durée"),
        ] {
            let refused = minutes(typed).expect_err(typed);
            assert!(refused.contains(reason), "{typed}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(count in 0i64..100_000_000, days in 0i32..100_000) {
            prop_assert_eq!(minutes(&format::minutes(count)), Ok(count));
            prop_assert_eq!(minutes(&format::minutes_plain(count)), Ok(count));
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).and_then(|first| first.checked_add_days(chrono::Days::new(days.unsigned_abs().into())));
            let day = day.expect("a day of three centuries");
            for written in [format::date(day), format::date_long(day), day.to_string(), day.format("%d%m%Y").to_string()] {
                prop_assert_eq!(date(&written), Ok(day), "{}", written);
            }
            let first = day.with_day(1).expect("every month has one");
            for written in [format::month(first), first.to_string(), first.format("%m/%Y").to_string()] {
                prop_assert_eq!(month(&written), Ok(first), "{}", written);
            }
        }

        #[test]
        fn nothing_typed_panics(text in ".*", digits in "[0-9./, -]{0,12}") {
            for text in [&text, &digits] {
                let _ = (date(text), month(text), minutes(text));
            }
        }
    }
}
