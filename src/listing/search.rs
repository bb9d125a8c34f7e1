//! What must be known of the base before a page is asked for. Text search in bounded time: rare words
//! give few keys, found by the trigram index; common ones are met soon by walking the list in its
//! order. Several choices together: the rarest leads, by the index that serves it with the order.

use sqlx::Row;

use super::options::Choices;
use super::query::Query;
use super::spec::{FilterKind, Reader};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// Rows above which words count as common, when the rows found are those listed.
const CANDIDATES_MAX: usize = 5_000;
/// The same when each one found brings rows of its own (the stays of a lodging): a page of each is read.
const PARENTS_MAX: usize = 500;

/// What the filters of a question amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The words.
    pub search: Search,
    /// The choice that an index serves; any other is checked row by row.
    pub leading: Option<&'static str>,
}

/// What the words of a search amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// No search was asked.
    #[default]
    Nothing,
    /// These keys match, and no other.
    Keys(Vec<i64>),
    /// Too many to list: checked row by row.
    Common,
}

impl Resolved {
    /// Looks the words of `query` up, in the perimeter of `reader`, and finds its rarest choice.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn look_up(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let search = Search::look_up(db, query, reader).await?;
        let keyed = matches!(search, Search::Keys(_)) || query.active().any(|filter| matches!(filter.kind, FilterKind::Parent { .. }));
        let leading = if keyed { None } else { leading(db, choices, query).await? };
        Ok(Self { search, leading })
    }
}

impl Search {
    async fn look_up(db: &Db, query: &Query, reader: &Reader) -> Result<Self> {
        let search = query.active().find_map(|filter| match &filter.kind {
            FilterKind::Search { candidates, on, .. } => {
                let most = if *on == query.list.id.0 { CANDIDATES_MAX } else { PARENTS_MAX };
                query.value(filter.name).map(|words| (*candidates, words, most))
            }
            _ => None,
        });
        let Some((candidates, words, most)) = search else { return Ok(Self::Nothing) };
        // `candidates` is a constant of the declaration.
        let sql = format!("SELECT k.id::bigint FROM ({candidates}) k (id) LIMIT {}", most + 1);
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(words).bind(&reader.communes).fetch_all(db.statement()).await?;
        if rows.len() > most {
            return Ok(Self::Common);
        }
        Ok(Self::Keys(rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?))
    }
}

/// The choice to lead: the only one, else the rarest as far as the statistics of the base tell.
async fn leading(db: &Db, choices: &Choices, query: &Query) -> Result<Option<&'static str>> {
    let mut asked = Vec::new();
    for filter in query.active() {
        if let (FilterKind::Choice { sql, .. }, Some(value)) = (&filter.kind, query.value(filter.name)) {
            asked.push((filter.name, *sql, value));
        }
    }
    if let [] | [_] = asked.as_slice() {
        return Ok(asked.first().map(|(name, ..)| *name));
    }
    let frequencies = choices.frequencies(db, query.list.table).await?;
    let mut rarest: Option<(&'static str, f32)> = None;
    for (name, sql, value) in asked {
        let column = sql.rsplit('.').next().unwrap_or(sql);
        let share = frequencies.get(&(column.to_string(), value.to_string())).copied().unwrap_or(0.0);
        if rarest.is_none_or(|(_, least)| share < least) {
            rarest = Some((name, share));
        }
    }
    Ok(rarest.map(|(name, _)| name))
}
