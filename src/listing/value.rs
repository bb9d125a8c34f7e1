//! A value on its way from a row of SQL to a cell of HTML or of a file.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// Text, codes, choices.
    Text(String),
    /// A number, by its mantissa: integers, cents, minutes.
    Int(i64),
    /// A day; the first one of a month.
    Date(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Yes or no.
    Bool(bool),
}

impl Value {
    /// The mantissa of a number.
    pub fn number(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// A day.
    pub fn day(&self) -> Option<NaiveDate> {
        if let Self::Date(day) = self { Some(*day) } else { None }
    }

    /// An instant.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        if let Self::Instant(instant) = self { Some(*instant) } else { None }
    }

    /// Yes or no.
    pub fn yes(&self) -> Option<bool> {
        if let Self::Bool(yes) = self { Some(*yes) } else { None }
    }

    /// A text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The text that SQL casts to the type of its column.
    pub fn stored(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Instant(instant) => instant.to_rfc3339_opts(SecondsFormat::Micros, true),
            Self::Bool(yes) => yes.to_string(),
        }
    }
}
