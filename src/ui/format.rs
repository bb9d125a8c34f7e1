//! How things are written in French: amounts, integers, dates, instants. The only place; `read.rs` reads them.

use chrono::{DateTime, NaiveDate, Utc};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::platform::clock;

/// Narrow no-break space: between thousands, before € and %.
const THIN: char = '\u{202f}';

const MONTHS: [&str; 12] = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];

/// « 1 nuit », « 12 345 nuits »: French counts several from two.
pub fn counted(count: i64, one: &str, several: &str) -> String {
    format!("{} {}", integer(count), if count.unsigned_abs() < 2 { one } else { several })
}

/// « 12 345 ».
pub fn integer(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * THIN.len_utf8() + 3);
    if number < 0 {
        text.push('\u{2212}');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// Without accents nor case: « Établissement » is found by « etablissement ».
pub fn fold(text: &str) -> String {
    text.nfd().filter(|one| !is_combining_mark(*one)).flat_map(char::to_lowercase).collect()
}

/// Cents as « 1 234,56 € ».
pub fn money(cents: i64) -> String {
    number(cents, 2, "€")
}

/// A mantissa of `scale` decimals with its unit: « 12,34 °Brix », « 1 234,56 € », « 12 ».
pub fn number(mantissa: i64, scale: u8, unit: &str) -> String {
    let figures = if scale == 0 {
        integer(mantissa)
    } else {
        let (whole, decimals) = split(mantissa, scale);
        let sign = if mantissa < 0 { "\u{2212}" } else { "" };
        // Divided by ten at least, it holds.
        format!("{sign}{},{decimals:0width$}", integer(i64::try_from(whole).unwrap_or(i64::MAX)), width = usize::from(scale))
    };
    match unit {
        "" => figures,
        "€" | "%" => format!("{figures}{THIN}{unit}"),
        _ => format!("{figures}\u{a0}{unit}"),
    }
}

/// The same for files, without unit nor space: « 1234,56 » (`,`) or « 1234.56 » (`.`).
pub fn number_plain(mantissa: i64, scale: u8, separator: char) -> String {
    if scale == 0 {
        return mantissa.to_string();
    }
    let (whole, decimals) = split(mantissa, scale);
    format!("{}{whole}{separator}{decimals:0width$}", if mantissa < 0 { "-" } else { "" }, width = usize::from(scale))
}

/// What stands before and after the decimal mark.
fn split(mantissa: i64, scale: u8) -> (u64, u64) {
    let one = 10_u64.pow(scale.into());
    (mantissa.unsigned_abs() / one, mantissa.unsigned_abs() % one)
}

/// Minutes as « 45 min », « 1 h 05 », « 26 h 00 ».
pub fn minutes(count: i64) -> String {
    let (hours, rest) = (count.unsigned_abs() / 60, count.unsigned_abs() % 60);
    let sign = if count < 0 { "\u{2212}" } else { "" };
    if hours == 0 {
        return format!("{sign}{rest}{THIN}min");
    }
    format!("{sign}{}{THIN}h{THIN}{rest:02}", integer(i64::try_from(hours).unwrap_or(i64::MAX)))
}

/// The same in one plain form: « 1:05 ».
pub fn minutes_plain(count: i64) -> String {
    format!("{}{}:{:02}", if count < 0 { "-" } else { "" }, count.unsigned_abs() / 60, count.unsigned_abs() % 60)
}

/// Hundredths of a percent as « 5 % » or « 2,75 % ».
pub fn rate(hundredths: i64) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    if rest == 0 { format!("{whole}{THIN}%") } else { format!("{whole},{rest:02}{THIN}%") }
}

/// « 31/12/2026 ».
pub fn date(day: NaiveDate) -> String {
    use chrono::Datelike;
    // Written for each row of a page or of a file: reading a pattern again for each would be half its time.
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

/// « 14 mars 2026 », « 1er mai 2026 ».
pub fn date_long(day: NaiveDate) -> String {
    use chrono::Datelike;
    let number = if day.day() == 1 { "1er".to_string() } else { day.day().to_string() };
    format!("{number} {} {}", MONTHS[day.month0() as usize % 12], day.year())
}

/// « mars 2026 ».
pub fn month(day: NaiveDate) -> String {
    use chrono::Datelike;
    format!("{} {}", MONTHS[day.month0() as usize % 12], day.year())
}

/// « 31/12/2026 à 14:05 », in Guadeloupe.
pub fn instant(instant: DateTime<Utc>) -> String {
    clock::local(instant).format("%d/%m/%Y à %H:%M").to_string()
}

/// « 31/12/2026 à 14:05:09 », in Guadeloupe: where two things of the same minute are told apart.
pub fn instant_seconds(instant: DateTime<Utc>) -> String {
    clock::local(instant).format("%d/%m/%Y à %H:%M:%S").to_string()
}

/// « 31/12/2026 14:05:09 », in Guadeloupe, for files.
pub fn instant_plain(instant: DateTime<Utc>) -> String {
    clock::local(instant).format("%d/%m/%Y %H:%M:%S").to_string()
}

/// « 34 s », « 12 min », « 2 h 05 », « 3 j ».
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..60 => format!("{seconds}{THIN}s"),
        seconds @ 60..3_600 => format!("{}{THIN}min", seconds / 60),
        seconds @ 3_600..86_400 => format!("{}{THIN}h{THIN}{:02}", seconds / 3_600, seconds % 3_600 / 60),
        seconds => format!("{}{THIN}j", seconds / 86_400),
    }
}

/// « il y a 3 min », then the date after a day.
pub fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (now - then).num_seconds() {
        ..5 => "à l’instant".into(),
        seconds @ 5..86_400 => format!("il y a {}", duration(seconds)),
        _ => instant(then),
    }
}

/// « 120,5 Mo ».
pub fn bytes(count: i64) -> String {
    let units = [(1_000_000_000, "Go"), (1_000_000, "Mo"), (1_000, "ko")];
    match units.iter().find(|(size, _)| count >= *size) {
        Some((size, unit)) => format!("{},{}{THIN}{unit}", integer(count / size), count % size * 10 / size),
        None => format!("{}{THIN}octets", integer(count)),
    }
}

/// « octobre », for 1 to 12.
pub fn month_name(number: u32) -> &'static str {
    MONTHS[number.wrapping_sub(1) as usize % 12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing() {
        assert_eq!(integer(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(integer(-999), "\u{2212}999");
        assert_eq!(integer(i64::MIN), "\u{2212}9\u{202f}223\u{202f}372\u{202f}036\u{202f}854\u{202f}775\u{202f}808");
        assert_eq!(money(123_456), "1\u{202f}234,56\u{202f}€");
        assert_eq!(money(-1_250), "\u{2212}12,50\u{202f}€");
        assert_eq!(number_plain(-1_250, 2, ','), "-12,50");
        assert_eq!(number_plain(i64::MIN, 3, '.'), "-9223372036854775.808");
        assert_eq!(number(-5, 2, "°Brix"), "\u{2212}0,05\u{a0}°Brix");
        assert_eq!(number(123_456, 1, "%"), "12\u{202f}345,6\u{202f}%");
        assert_eq!((number(1_234, 0, "t"), number(7, 0, "")), ("1\u{202f}234\u{a0}t".to_string(), "7".to_string()));
        assert_eq!([minutes(65), minutes(45), minutes(1_560)], ["1\u{202f}h\u{202f}05", "45\u{202f}min", "26\u{202f}h\u{202f}00"]);
        assert_eq!(rate(500), "5\u{202f}%");
        assert_eq!(rate(275), "2,75\u{202f}%");
        let day = NaiveDate::from_ymd_opt(2026, 5, 1).expect("a real day");
        assert_eq!(date(day), "01/05/2026");
        assert_eq!(date_long(day), "1er mai 2026");
        assert_eq!(duration(7_500), "2\u{202f}h\u{202f}05");
        assert_eq!(bytes(134_567_890), "134,5\u{202f}Mo");
    }

    #[test]
    fn instants_are_shown_in_guadeloupe() {
        let midnight_utc = DateTime::from_timestamp(1_767_225_600, 0).expect("a real instant");
        assert_eq!(instant(midnight_utc), "31/12/2025 à 20:00");
    }
}
