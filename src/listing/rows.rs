//! Rows of a list by their keys, and a row as a page shows it.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::builder::Builder;
use super::query::Query;
use super::resolved::Resolved;
use super::spec::Reader;
use super::statement::{Arg, Statement};
use super::value::Value;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};

/// A row ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowData {
    /// Key, as text.
    pub id: String,
    /// Sort value, as text.
    pub sort_value: Option<String>,
    /// Cells in the order of the asked columns, each with the address it leads to.
    pub cells: Vec<(Value, Option<String>)>,
}

/// What a row is called: its first cell.
pub fn row_name(row: &RowData) -> &str {
    match row.cells.first() {
        Some((Value::Text(text), _)) => text,
        _ => &row.id,
    }
}

/// Keys of rows, in the type that their list has them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Numbers.
    Ids(Vec<i64>),
    /// Anything else, as text.
    Texts(Vec<String>),
}

/// The statement that gives the asked columns of the rows of `keys`, in their order, as far as `reader`
/// may see them: what [`decode_row`] reads.
///
/// # Errors
/// None that a stored question has not met before.
pub fn rows_statement(query: &Query, reader: &Reader, keys: Keys) -> Result<Statement> {
    keyed(query, reader, keys, |builder| builder.cells())
}

/// `select` of the rows of `keys`, in their order.
fn keyed(query: &Query, reader: &Reader, keys: Keys, select: impl FnOnce(&Builder<'_>) -> String) -> Result<Statement> {
    let list = query.list;
    let nothing = Resolved::default();
    let mut builder = Builder::new(query, reader, &nothing);
    builder.by = query.sort.column;
    let rights = builder.as_condition(&list.branches(reader));
    let (keys, cast) = match keys {
        Keys::Ids(ids) => (format!("{}::bigint[]", builder.statement.bind(Arg::Ints(ids))), String::new()),
        Keys::Texts(texts) => (format!("{}::text[]", builder.statement.bind(Arg::Texts(texts))), format!("::{}", list.id.1)),
    };
    let select = select(&builder);
    let mut statement = builder.statement;
    let distinct = if list.distinct { "DISTINCT ON (lot.rang) " } else { "" };
    statement.sql = format!(
        "SELECT {distinct}{select} FROM unnest({keys}) WITH ORDINALITY lot (cle, rang) JOIN {} b ON {} = lot.cle{cast} {} WHERE {rights} ORDER BY lot.rang",
        list.table, list.id.0, list.joins
    );
    Ok(statement)
}

/// The row of `key` as the list shows it, if it is one of the reader's.
///
/// # Errors
/// PostgreSQL failed.
pub async fn one_row(db: &Db, query: &Query, reader: &Reader, key: i64) -> Result<Option<RowData>> {
    Ok(rows_of(db, query, reader, vec![key]).await?.pop())
}

/// The rows of `keys` as the list shows them, in their order, as far as they are the reader's.
///
/// # Errors
/// PostgreSQL failed.
pub async fn rows_of(db: &Db, query: &Query, reader: &Reader, keys: Vec<i64>) -> Result<Vec<RowData>> {
    rows_by(db, query, reader, Keys::Ids(keys)).await
}

/// The same, of keys of any type.
///
/// # Errors
/// PostgreSQL failed.
pub async fn rows_by(db: &Db, query: &Query, reader: &Reader, keys: Keys) -> Result<Vec<RowData>> {
    let statement = keyed(query, reader, keys, |builder| builder.select())?;
    let found = statement.query()?.fetch_all(db.reading()).await?;
    found.iter().map(|row| read_row(query, row)).collect()
}

/// Reads the values of the asked columns, as an export writes them.
///
/// # Errors
/// The row does not come from [`rows_statement`] for the same question.
pub fn decode_row(query: &Query, row: &PgRow, cells: &mut Vec<Value>) -> Result<()> {
    cells.clear();
    for (place, column) in query.columns.iter().enumerate() {
        cells.push(column.read(row, place)?);
    }
    Ok(())
}

/// Reads a row of `Builder::select`.
pub(super) fn read_row(query: &Query, row: &PgRow) -> Result<RowData> {
    let mut cells = Vec::with_capacity(query.columns.len());
    let mut place = 2;
    for column in &query.columns {
        let value = column.read(row, place)?;
        let address = match query.beside(column) {
            None => None,
            Some(_) => {
                place += 1;
                let prefix = column.link.map_or("", |link| link.prefix);
                row.try_get::<Option<String>, _>(place).map_err(Error::from)?.map(|end| format!("{prefix}{end}"))
            }
        };
        place += 1;
        cells.push((value, address));
    }
    let id = row.try_get(0).map_err(Error::from)?;
    Ok(RowData { id, sort_value: row.try_get(1).map_err(Error::from)?, cells })
}
