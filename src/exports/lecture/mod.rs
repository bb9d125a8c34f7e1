//! Reading the files back: the other way of every format, with the same columns, as a stream. The nightly
//! control counts rows with it. What was neutralised for spreadsheets comes back as it was.

mod classeur;
mod csv;
mod json;
mod parquet;
mod source;

pub use source::Distant;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};

use crate::listing::kind::Shape;
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

/// « -12,50 », « 12.5 », « 12 » as a mantissa of `scale` decimals, without a float.
fn mantissa(text: &str, scale: u8) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, decimals) = digits.split_once([',', '.']).unwrap_or((digits, ""));
    let (plain, width) = (|part: &str| part.bytes().all(|byte| byte.is_ascii_digit()), usize::from(scale));
    if whole.is_empty() || decimals.len() > width || !plain(whole) || !plain(decimals) || (width == 0 && digits != whole) {
        return None;
    }
    let mantissa = format!("{whole}{decimals:0<width$}").parse::<i128>().ok()?;
    i64::try_from(if negative { -mantissa } else { mantissa }).ok()
}

/// An instant of Guadeloupe's clock.
fn local(naive: NaiveDateTime) -> Option<DateTime<Utc>> {
    clock::ZONE.from_local_datetime(&naive).earliest().map(|moment| moment.with_timezone(&Utc))
}

/// The value of a text in a file for machines: points, ISO days, codes.
fn plain(kind: Kind, text: &str) -> Option<Value> {
    Some(match kind.shape() {
        Shape::Text => Value::Text(text.to_string()),
        Shape::Number(scale) => Value::Int(mantissa(text, scale)?),
        Shape::Day => Value::Date(text.parse::<NaiveDate>().ok()?),
        Shape::Instant => Value::Instant(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc)),
        Shape::Bool => Value::Bool(text.parse().ok()?),
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
        assert_eq!(mantissa("-12,50", 2), Some(-1_250));
        assert_eq!((mantissa("0.5", 2), mantissa("0.5", 3), mantissa("12", 1)), (Some(50), Some(500), Some(120)));
        assert_eq!(mantissa("-92233720368547758.08", 2), Some(i64::MIN));
        for wrong in ["", "-", "1,234", "1 2", "1e3", "99999999999999999999"] {
            assert_eq!(mantissa(wrong, 2), None, "{wrong}");
        }
        assert_eq!((mantissa("12", 0), mantissa("12,0", 0), mantissa("12,", 0)), (Some(12), None, None));
    }
}
