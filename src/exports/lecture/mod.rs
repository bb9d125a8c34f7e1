//! Reading the files back: the other way of every format, with the same columns, as a stream. The nightly
//! control counts rows with it. What was neutralised for spreadsheets comes back as it was.

mod classeur;
mod csv;
mod json;
mod parquet;
mod source;

pub use source::Distant;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};

use crate::listing::{Column, Format, Kind, Value};
use crate::platform::clock;

/// What is done with each row.
pub type Each<'a> = dyn FnMut(&[Value]) -> Result<(), String> + 'a;

/// Reads every row of a file that was exported with `columns`; gives how many there are. Blocking.
///
/// # Errors
/// The file is not what its format says, in one French sentence; or `each` refused a row.
pub fn read(format: Format, columns: &[&'static Column], source: Distant, each: &mut Each<'_>) -> Result<i64, String> {
    match format {
        Format::CsvFr | Format::CsvRfc4180 => csv::read(format, columns, source, each),
        Format::JsonLines => json::read(columns, source, each),
        Format::Xlsx | Format::Ods => classeur::read(format, columns, source, each),
        Format::Parquet => parquet::read(columns, source, each),
    }
}

/// What is wrong, and in which row.
fn fault(row: i64, column: &Column, what: &str) -> String {
    format!("ligne {row}, colonne « {} » : {what}", column.label)
}

/// « -12,50 », « 12.5 », « 12 » as cents, without a float.
fn cents(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (euros, cents) = digits.split_once([',', '.']).unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if euros.is_empty() || cents.len() > 2 || !plain(euros) || !plain(cents) {
        return None;
    }
    let amount = euros.parse::<i128>().ok()? * 100 + format!("{cents:0<2}").parse::<i128>().ok()?;
    i64::try_from(if negative { -amount } else { amount }).ok()
}

/// An instant of Guadeloupe's clock.
fn local(naive: NaiveDateTime) -> Option<DateTime<Utc>> {
    clock::ZONE.from_local_datetime(&naive).earliest().map(|moment| moment.with_timezone(&Utc))
}

/// The value of a text in a file for machines: points, ISO days, codes.
fn plain(kind: Kind, text: &str) -> Option<Value> {
    Some(match kind {
        Kind::Text | Kind::Code | Kind::Progress | Kind::Choice(_) => Value::Text(text.to_string()),
        Kind::Int => Value::Int(text.parse().ok()?),
        Kind::Money => Value::Int(cents(text)?),
        Kind::Date => Value::Date(text.parse::<NaiveDate>().ok()?),
        Kind::Instant => Value::Instant(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc)),
        Kind::Bool => Value::Bool(text.parse().ok()?),
    })
}

/// The code of a label; a text that is no label stays as it is.
fn code(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Choice(options) => options.iter().find(|(_, label, _)| *label == text).map_or(text, |(code, ..)| code).to_string(),
        _ => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_cent() {
        assert_eq!(cents("-12,50"), Some(-1_250));
        assert_eq!(cents("0.5"), Some(50));
        assert_eq!(cents("-92233720368547758.08"), Some(i64::MIN));
        for wrong in ["", "-", "1,234", "1 2", "1e3", "99999999999999999999"] {
            assert_eq!(cents(wrong), None, "{wrong}");
        }
    }
}
