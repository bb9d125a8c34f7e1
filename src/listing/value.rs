//! A value on its way from a row of SQL to a cell of HTML or of a file.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::kind::Shape;
use super::spec::{Column, Kind};

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

impl Kind {
    /// The type to which a column of this kind is cast in the select list.
    pub fn cast(self) -> &'static str {
        match self.shape() {
            Shape::Text => "text",
            Shape::Number(_) => "bigint",
            Shape::Day => "date",
            Shape::Instant => "timestamptz",
            Shape::Bool => "boolean",
        }
    }

    /// Reads column `index` of `row`.
    ///
    /// # Errors
    /// The statement did not cast the column as [`Kind::cast`] says.
    pub fn read(self, row: &PgRow, index: usize) -> Result<Value, sqlx::Error> {
        Ok(match self.shape() {
            Shape::Text => row.try_get::<Option<String>, _>(index)?.map(Value::Text),
            Shape::Number(_) => row.try_get::<Option<i64>, _>(index)?.map(Value::Int),
            Shape::Day => row.try_get::<Option<NaiveDate>, _>(index)?.map(Value::Date),
            Shape::Instant => row.try_get::<Option<DateTime<Utc>>, _>(index)?.map(Value::Instant),
            Shape::Bool => row.try_get::<Option<bool>, _>(index)?.map(Value::Bool),
        }
        .unwrap_or(Value::Null))
    }
}

impl Column {
    /// Reads its value at `index` of `row`, in words when it has some.
    ///
    /// # Errors
    /// See [`Kind::read`].
    pub fn read(&self, row: &PgRow, index: usize) -> Result<Value, sqlx::Error> {
        let value = self.kind.read(row, index)?;
        Ok(match (self.told, value) {
            (Some(words), Value::Text(text)) => Value::Text(words(&text)),
            (_, value) => value,
        })
    }
}
