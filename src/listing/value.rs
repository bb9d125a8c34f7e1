//! A value on its way from a row of SQL to a cell of HTML or of a file.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::spec::{Column, Kind};

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// Text, codes, choices.
    Text(String),
    /// Integers, and cents.
    Int(i64),
    /// A day.
    Date(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Yes or no.
    Bool(bool),
}

impl Kind {
    /// The type to which a column of this kind is cast in the select list.
    pub fn cast(self) -> &'static str {
        match self {
            Self::Text | Self::Code | Self::Choice(_) | Self::Progress => "text",
            Self::Int | Self::Money => "bigint",
            Self::Date => "date",
            Self::Instant => "timestamptz",
            Self::Bool => "boolean",
        }
    }

    /// Reads column `index` of `row`.
    ///
    /// # Errors
    /// The statement did not cast the column as [`Kind::cast`] says.
    pub fn read(self, row: &PgRow, index: usize) -> Result<Value, sqlx::Error> {
        Ok(match self {
            Self::Text | Self::Code | Self::Choice(_) | Self::Progress => row.try_get::<Option<String>, _>(index)?.map(Value::Text),
            Self::Int | Self::Money => row.try_get::<Option<i64>, _>(index)?.map(Value::Int),
            Self::Date => row.try_get::<Option<NaiveDate>, _>(index)?.map(Value::Date),
            Self::Instant => row.try_get::<Option<DateTime<Utc>>, _>(index)?.map(Value::Instant),
            Self::Bool => row.try_get::<Option<bool>, _>(index)?.map(Value::Bool),
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
