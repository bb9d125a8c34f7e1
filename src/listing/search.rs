//! Text search in bounded time. Rare words give few keys, found by the trigram index; common ones
//! are met soon by walking the list in its order. One statement tells which case this is.

use sqlx::Row;

use super::query::Query;
use super::spec::{FilterKind, Reader};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// Keys above which words count as common.
pub const CANDIDATES_MAX: usize = 500;

/// What the words of a search amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// No search was asked.
    Nothing,
    /// These keys match, and no other.
    Keys(Vec<i64>),
    /// Too many to list: checked row by row.
    Common,
}

impl Resolved {
    /// Looks the words of `query` up, in the perimeter of `reader`.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn look_up(db: &Db, query: &Query, reader: &Reader) -> Result<Self> {
        let search = query.active().find_map(|filter| match &filter.kind {
            FilterKind::Search { candidates, .. } => query.value(filter.name).map(|words| (*candidates, words)),
            _ => None,
        });
        let Some((candidates, words)) = search else { return Ok(Self::Nothing) };
        // `candidates` is a constant of the declaration.
        let sql = format!("SELECT k.id::bigint FROM ({candidates}) k (id) LIMIT {}", CANDIDATES_MAX + 1);
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(words).bind(&reader.communes).fetch_all(db.statement()).await?;
        if rows.len() > CANDIDATES_MAX {
            return Ok(Self::Common);
        }
        Ok(Self::Keys(rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?))
    }
}
