//! What must be known of the base before a page is asked for. Text search in bounded time: rare words
//! give few keys, found by the index of words; common ones are met soon by walking the list in its
//! order. Several choices together: the rarest leads, by the index that serves it with the order.

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
        let search = Search::look_up(db, choices, query, reader).await?;
        let keyed = matches!(search, Search::Keys(_)) || query.active().any(|filter| matches!(filter.kind, FilterKind::Parent { .. }));
        let leading = if keyed { None } else { leading(db, choices, query).await? };
        Ok(Self { search, leading })
    }
}

/// What leads a search: the words that few rows hold. Several words of which none is rare are asked for
/// together. One common word alone leads nowhere: its only row has no key.
const QUESTION: &str = "WITH question AS MATERIALIZED (
    SELECT mots, mots_cherches(coalesce(rares, CASE WHEN mots > 1 THEN tous END)) AS rares FROM (
        SELECT count(*) AS mots, string_agg(mot, ' ') AS tous, string_agg(mot, ' ') FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM unnest($3::text[]) AS commun
            WHERE starts_with(commun, mot) OR (length(mot) >= 4 AND mot !~ '[0-9]' AND similarity(commun, mot) >= 0.4))) AS rares
        FROM regexp_split_to_table(sans_accents($1) COLLATE \"C\", '[^a-z0-9]+') AS mot WHERE mot <> '') m)
    SELECT NULL::bigint AS id FROM question WHERE rares IS NULL AND mots > 0 UNION ALL ";

impl Search {
    async fn look_up(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let search = query.active().find_map(|filter| match &filter.kind {
            FilterKind::Search { candidates, tables, on, .. } => {
                let most = if *on == query.list.id.0 { CANDIDATES_MAX } else { PARENTS_MAX };
                query.value(filter.name).map(|words| (*candidates, *tables, words, most))
            }
            _ => None,
        });
        let Some((candidates, tables, words, most)) = search else { return Ok(Self::Nothing) };
        // `candidates` is a constant of the declaration.
        let found =
            format!("(SELECT k.id::bigint FROM ({}) k (id) LIMIT {})", candidates.replace("{rares}", "(SELECT rares FROM question)"), most + 1);
        let keys: Vec<Option<i64>> = if tables.is_empty() {
            sqlx::query_scalar(sqlx::AssertSqlSafe(found)).bind(words).bind(&reader.communes).fetch_all(db.statement()).await?
        } else {
            let common = choices.common_words(db, tables, most).await?;
            let sql = format!("{QUESTION}{found}");
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(words).bind(&reader.communes).bind(common).fetch_all(db.statement()).await?
        };
        if keys.len() > most {
            return Ok(Self::Common);
        }
        // A row without a key: a common word alone.
        Ok(keys.into_iter().collect::<Option<_>>().map_or(Self::Common, Self::Keys))
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
