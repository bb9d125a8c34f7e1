//! The value of a column, read from a row of SQL.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::kind::{Kind, Shape};
use super::spec::Column;
use super::value::Value;

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
