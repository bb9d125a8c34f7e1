//! Dates, amounts and numbers as people type them or paste them. One reader for every field: what can be read one
//! way only is read, what could mean two things is refused with both, what does not exist with the reason.

use chrono::{Datelike, NaiveDate};

/// Names of months without accents, in the order of the year; three letters and more of one are enough, once they
/// tell it from the others.
const MONTHS: [&str; 12] = ["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"];
/// What PostgreSQL can hold, and what a tax can be about.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;
/// Years written with two figures: from here on they are of the last century.
const LAST_CENTURY: u32 = 80;
/// Longest text worth reading.
const CHARS_MAX: usize = 60;
/// Figures of the euros of an amount at most.
const EUROS_MAX: usize = 12;

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
        [day, month] if number(day).is_some() && digits(month) => {
            Err(format!("n’est pas une date : il manque l’année, par exemple {day}/{month}/2026."))
        }
        [day, month] if number(day).is_some() && month_named(month).is_some() => {
            Err(format!("n’est pas une date : il manque l’année, par exemple {day} {month} 2026."))
        }
        _ => Err("n’est pas une date. Écrivez par exemple 31/12/2026, 31122026 ou 31 décembre 2026.".into()),
    }
}

/// An amount in cents: `1 234,56`, `1234.5`, `1.234,56 €`…
///
/// # Errors
/// Why it is none, as the end of a sentence: « n’est pas un montant. … ».
pub fn money(text: &str) -> Result<i64, String> {
    let not_one = || Err("n’est pas un montant. Écrivez par exemple 1 234,56.".to_string());
    let text = bare(&fold(text));
    // « 12€50 », as on a label.
    let text = match text.split_once('€') {
        Some((euros, cents)) if !cents.is_empty() && !euros.is_empty() && digits(cents) => format!("{euros},{cents}"),
        _ => text.replace('€', ""),
    };
    let text = text.strip_suffix("euros").or(text.strip_suffix("euro")).or(text.strip_suffix("eur")).unwrap_or(&text);
    let (negative, unsigned) = text.strip_prefix(['-', '\u{2212}']).map_or((false, text), |rest| (true, rest));
    if !unsigned.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.') || !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return not_one();
    }
    let (euros, cents) = euros_and_cents(unsigned)?;
    if euros.len() > EUROS_MAX {
        return Err(format!("dépasse ce qu’un montant peut être : {EUROS_MAX} chiffres avant la virgule au plus."));
    }
    let (Ok(euros), Ok(cents)) = (euros.parse::<i64>(), format!("{cents:0<2}").parse::<i64>()) else { return not_one() };
    let amount = euros * 100 + cents;
    Ok(if negative { -amount } else { amount })
}

/// A whole number, spaces of every kind between its figures.
pub fn integer(text: &str) -> Option<i64> {
    bare(text).replace('\u{2212}', "-").parse().ok()
}

/// Figures before and after the decimal mark. A comma and a point together: the last one is the mark, and the others
/// stand between thousands. One alone before three figures could be either.
fn euros_and_cents(text: &str) -> Result<(String, String), String> {
    let Some(last) = text.rfind([',', '.']) else { return Ok((text.to_string(), String::new())) };
    let (before, after) = (&text[..last], &text[last + 1..]);
    let mark = &text[last..=last];
    let thousands = if mark == "," { "." } else { "," };
    let grouped = |text: &str, by: &str| {
        let groups: Vec<&str> = text.split(by).collect();
        let first = groups[0];
        digits(first) && first.len() <= 3 && !first.starts_with('0') && groups[1..].iter().all(|group| digits(group) && group.len() == 3)
    };
    let joined = |text: &str| text.replace([',', '.'], "");
    let not_one = || Err("n’est pas un montant. Écrivez par exemple 1 234,56.".to_string());
    if before.contains(mark) {
        // « 1.234.567 »: the same mark several times only stands between thousands.
        return if grouped(text, mark) { Ok((joined(text), String::new())) } else { not_one() };
    }
    if before.contains(thousands) {
        return if grouped(before, thousands) && after.len() <= 2 && digits(after) { Ok((joined(before), after.into())) } else { not_one() };
    }
    match after.len() {
        0 => Ok((before.into(), String::new())),
        1 | 2 => Ok((before.into(), after.into())),
        3 if grouped(text, mark) => Err(format!(
            "peut se lire de deux façons : {before}\u{202f}{after} euros, ou {before},{after} avec des millièmes. \
             Écrivez {before}{after}, ou deux chiffres au plus après la virgule."
        )),
        _ => Err("a plus de deux chiffres après la virgule. Un montant s’écrit au centime près, par exemple 1 234,56.".into()),
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
    let figures = number(day).ok_or_else(not_one)?;
    let months = if digits(month) { number(month) } else { month_named(month) }.ok_or_else(not_one)?;
    let year = match (year.len(), number(year)) {
        (4, Some(year)) => i32::try_from(year).unwrap_or(0),
        (2, Some(year)) => i32::try_from(year).unwrap_or(0) + if year >= LAST_CENTURY { 1900 } else { 2000 },
        _ => return Err("n’est pas une date : l’année s’écrit avec quatre chiffres, ou deux.".into()),
    };
    if !YEARS.contains(&year) {
        return Err(format!("n’est pas une date : l’année va de {} à {}.", YEARS.start(), YEARS.end()));
    }
    if !(1..=12).contains(&months) {
        return Err(match figures {
            1..=12 => format!("n’est pas une date : il n’y a pas de mois {months}. Écrivez le jour avant le mois : {months:02}/{figures:02}/{year}."),
            _ => format!("n’est pas une date : il n’y a pas de mois {months}."),
        });
    }
    NaiveDate::from_ymd_opt(year, months, figures).ok_or_else(|| {
        let last = last_day(year, months);
        let name = super::format::month_name(months);
        format!("n’est pas une date : {name} {year} va du 1er au {last}.")
    })
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

fn digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn number(text: &str) -> Option<u32> {
    digits(text).then(|| text.parse().ok()).flatten()
}

/// Small letters without accents, trimmed; what pasting brings unseen is left out.
fn fold(text: &str) -> String {
    let unseen = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{300}'..='\u{36f}');
    let plain = |c: char| match c {
        'é' | 'è' | 'ê' => 'e',
        'û' | 'ù' => 'u',
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        other => other,
    };
    text.trim().chars().flat_map(char::to_lowercase).filter(unseen).map(plain).collect()
}

/// Without spaces of any kind, nor the apostrophe that the Swiss put between thousands.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '\u{200b}' | '\u{feff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::format;
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
    fn amounts_as_people_write_them() {
        let cases = [
            ("1234", 123_400),
            ("1 234", 123_400),
            ("1\u{a0}234,5", 123_450),
            ("1\u{202f}234.5", 123_450),
            ("1 234,56 €", 123_456),
            ("1234 €", 123_400),
            ("€ 1234", 123_400),
            ("1234 euros", 123_400),
            ("12€50", 1_250),
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("1.234.567", 123_456_700),
            ("1.234.567,8", 123_456_780),
            ("1'234.50", 123_450),
            ("0,05", 5),
            ("12,", 1_200),
            ("-12,50", -1_250),
            ("\u{2212}12,50", -1_250),
        ];
        for (typed, cents) in cases {
            assert_eq!(money(typed), Ok(cents), "{typed}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_reason() {
        let cases = [
            ("1.234", "1\u{202f}234 euros, ou 1,234 avec des millièmes. Écrivez 1234, ou"),
            ("12,345", "12\u{202f}345 euros, ou 12,345 avec des millièmes. Écrivez 12345, ou"),
            ("0,125", "au centime près"),
            ("1234.567", "au centime près"),
            ("1,2345", "au centime près"),
            ("1,234,5", "n’est pas un montant"),
            ("1.2.3", "n’est pas un montant"),
            ("1.23,45", "n’est pas un montant"),
            ("abc", "n’est pas un montant"),
            ("12 à 15", "n’est pas un montant"),
            ("€", "n’est pas un montant"),
            (",5", "n’est pas un montant"),
            ("", "n’est pas un montant"),
            ("9999999999999", "12 chiffres"),
        ];
        for (typed, reason) in cases {
            let refused = money(typed).expect_err(typed);
            assert!(refused.contains(reason), "{typed}: {refused}");
        }
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(integer(" 12\u{202f}345 "), Some(12_345));
        assert_eq!(integer("\u{2212}4"), Some(-4));
        assert_eq!(integer("4,5"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(cents in -99_999_999_999_999i64..99_999_999_999_999, days in 0i32..100_000) {
            prop_assert_eq!(money(&format::money(cents)), Ok(cents));
            prop_assert_eq!(money(&format::money_plain(cents, ',')), Ok(cents));
            prop_assert_eq!(money(&format::money_plain(cents, '.')), Ok(cents));
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).and_then(|first| first.checked_add_days(chrono::Days::new(days.unsigned_abs().into())));
            let day = day.expect("a day of three centuries");
            for written in [format::date(day), format::date_long(day), day.to_string(), day.format("%d%m%Y").to_string()] {
                prop_assert_eq!(date(&written), Ok(day), "{}", written);
            }
        }

        #[test]
        fn nothing_typed_panics(text in ".*", digits in "[0-9./, -]{0,12}") {
            let _ = (money(&text), date(&text), integer(&text), money(&digits), date(&digits), integer(&digits));
        }
    }
}
