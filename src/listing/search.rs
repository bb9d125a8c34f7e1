//! What must be known of the base before a page is asked for. Text search in bounded time: rare words
//! give few keys, found by the index of words; common ones are met soon by walking the list in its
//! order. Several choices together: the rarest leads, by the index that serves it with the order.

use super::options::Choices;
use super::query::Query;
use super::spec::{FilterKind, Reader};
use super::way::Way;
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
    /// Communes of the EPCI asked for.
    pub epci: Vec<String>,
    /// How a page gets to its rows.
    pub way: Way,
}

/// What the words of a search amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// No search was asked.
    #[default]
    Nothing,
    /// These keys match, and no other.
    Keys(Vec<i64>),
    /// Too many to list: checked row by row, against the question that PostgreSQL made of the words
    /// when their list has a column of words.
    Common(Option<String>),
}

impl Resolved {
    /// Looks the words of `query` up, in the perimeter of `reader`, and finds its rarest choice.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn look_up(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let epci = communes_of_epci(db, choices, query).await?;
        let search = Search::look_up(db, choices, query, &perimeter(query, reader, &epci)).await?;
        let mut resolved = Self { search, epci, ..Self::default() };
        resolved.lead(db, choices, query).await?;
        Ok(resolved)
    }

    /// The same, with the way that a page takes. An order for which there is no way is left to the caller.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn for_page(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let mut resolved = Self::look_up(db, choices, query, reader).await?;
        resolved.way = Way::choose(db, query, reader, &resolved).await?.unwrap_or_default();
        Ok(resolved)
    }

    /// Finds the choice that leads in the order of `query`: the rarest of those that have an index in this order.
    pub(super) async fn lead(&mut self, db: &Db, choices: &Choices, query: &Query) -> Result<()> {
        let by_key = |filter: &super::Filter| match filter.kind {
            FilterKind::Search { on, .. } => matches!(self.search, Search::Keys(_)) && leads(query, filter, on),
            FilterKind::Parent { sql, .. } => leads(query, filter, sql),
            _ => false,
        };
        let keyed = query.active().any(by_key);
        self.leading = if keyed { None } else { leading(db, choices, query).await? };
        Ok(())
    }
}

/// Whether the keys in `column`, found by `filter`, lead to rows in the order of `query`: an index says so, or each
/// key is a row.
pub(super) fn leads(query: &Query, filter: &super::Filter, column: &str) -> bool {
    column == query.list.id.0 || query.sort.led_by.contains(&filter.name)
}

/// The communes of the EPCI that `query` asks for.
async fn communes_of_epci(db: &Db, choices: &Choices, query: &Query) -> Result<Vec<String>> {
    let Some(filter) = query.active().find(|filter| matches!(filter.kind, FilterKind::Epci)) else { return Ok(Vec::new()) };
    let asked = query.values(filter.name);
    let communes = choices.communes(db).await?;
    let of_one = |siren: Option<&str>| siren.is_some_and(|siren| asked.iter().any(|one| one == siren));
    Ok(communes.iter().filter(|commune| of_one(commune.epci.as_deref())).map(|commune| commune.code.clone()).collect())
}

/// The communes in which words are looked up: those of the reader that the other filters keep. The page checks them
/// again: this only makes words rarer.
fn perimeter(query: &Query, reader: &Reader, epci: &[String]) -> Vec<String> {
    let kept = |code: &str| {
        query.active().all(|filter| match filter.kind {
            FilterKind::Commune => query.values(filter.name).iter().any(|known| known == code) != query.is_except(filter),
            FilterKind::Epci => epci.iter().any(|known| known == code) != query.is_except(filter),
            _ => true,
        })
    };
    reader.communes.iter().filter(|code| kept(code)).cloned().collect()
}

/// What leads a search: the words that few rows hold. Several words of which none is rare are asked for
/// together. One common word alone leads nowhere. The vocabulary is looked up once for each question, and
/// the whole question is given first: a page that compares it with its rows must not make it anew.
const QUESTION: &str = "WITH question AS MATERIALIZED (
    SELECT toutes, CASE WHEN meneurs = tous THEN toutes ELSE mots_cherches(meneurs) END AS rares FROM (
        SELECT tous, coalesce(rares, CASE WHEN mots > 1 THEN tous END) AS meneurs, mots_cherches(tous) AS toutes FROM (
            SELECT count(*) AS mots, string_agg(mot, ' ') AS tous, string_agg(mot, ' ') FILTER (WHERE NOT EXISTS (
                SELECT 1 FROM unnest($3::text[]) AS commun
                WHERE starts_with(commun, mot) OR (length(mot) >= 4 AND mot !~ '[0-9]' AND similarity(commun, mot) >= 0.4))) AS rares
            FROM regexp_split_to_table(sans_accents($1) COLLATE \"C\", '[^a-z0-9]+') AS mot WHERE mot <> '' OFFSET 0) m OFFSET 0) n)
    SELECT NULL::bigint AS id, toutes::text AS question, rares IS NULL AS commune FROM question WHERE toutes IS NOT NULL UNION ALL ";

/// A row of [`QUESTION`]: first the question, then the keys.
#[derive(sqlx::FromRow)]
struct Found {
    id: Option<i64>,
    question: Option<String>,
    commune: Option<bool>,
}

impl Search {
    async fn look_up(db: &Db, choices: &Choices, query: &Query, communes: &[String]) -> Result<Self> {
        let search = query.active().find_map(|filter| match &filter.kind {
            FilterKind::Search { candidates, tables, on, .. } => {
                let most = if *on == query.list.id.0 { CANDIDATES_MAX } else { PARENTS_MAX };
                query.value(filter.name).map(|words| (*candidates, *tables, words, most))
            }
            _ => None,
        });
        let Some((candidates, tables, words, most)) = search else { return Ok(Self::Nothing) };
        // `candidates` is a constant of the declaration.
        let candidates = candidates.replace("{rares}", "(SELECT rares FROM question)").replace("{toutes}", "(SELECT toutes FROM question)");
        let keys =
            format!("(SELECT k.id::bigint AS id, NULL::text AS question, NULL::boolean AS commune FROM ({candidates}) k (id) LIMIT {})", most + 1);
        let rows: Vec<Found> = if tables.is_empty() {
            sqlx::query_as(sqlx::AssertSqlSafe(keys)).bind(words).bind(communes).fetch_all(db.statement()).await?
        } else {
            let common = choices.common_words(db, tables, most).await?;
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{QUESTION}{keys}"))).bind(words).bind(communes).bind(common).fetch_all(db.statement()).await?
        };
        let asked = rows.iter().find(|row| row.id.is_none());
        if asked.is_some_and(|row| row.commune == Some(true)) || rows.len() > most + usize::from(asked.is_some()) {
            return Ok(Self::Common(asked.and_then(|row| row.question.clone())));
        }
        Ok(Self::Keys(rows.into_iter().filter_map(|row| row.id).collect()))
    }
}

/// The choice to lead: the only one, else the rarest as far as the statistics of the base tell.
async fn leading(db: &Db, choices: &Choices, query: &Query) -> Result<Option<&'static str>> {
    let mut asked = Vec::new();
    for filter in query.active().filter(|filter| query.sort.led_by.contains(&filter.name) && !query.is_except(filter)) {
        if let (FilterKind::Choice { sql, .. }, [value]) = (&filter.kind, query.values(filter.name)) {
            asked.push((filter.name, *sql, value.as_str()));
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
