//! From a question to SQL. Only constants of the declarations enter the text; every value of a
//! person is bound. A page is a merge of ordered index scans, one per branch (commune, lodging):
//! the planner makes it a Merge Append that reads about as many rows as it returns.

use super::builder::Builder;
use super::conditions::Rows;
use super::cursor::Cursor;
use super::query::Position;
use super::resolved::Search;
use super::spec::{Branching, Kind};
use super::statement::Arg;
use crate::platform::error::Result;

/// Branches written one by one; beyond, they are gone through by a lateral join.
const BRANCHES_MAX: usize = 64;
/// Rows of each branch that tell how far a page of all of them goes.
const HEADS: usize = 2;
/// Rows that one page may walk through when no index serves all its filters: it shows what it found
/// there, and goes on from there when asked.
const WALK_ROWS: usize = 20_000;
/// The same for words, compared with each row: some ten times slower.
const WALK_WORDS_ROWS: usize = 4_000;
/// Rows of one branch at least, and when words are compared.
const WALK_BRANCH_ROWS: usize = 500;
const WALK_WORDS_BRANCH_ROWS: usize = 125;

/// How the rows are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// From the end to the start.
    pub(super) backwards: bool,
    /// Rows wanted.
    pub(super) limit: usize,
    /// Rows that each branch may walk through to find them; `None` without end.
    pub(super) reach: Option<usize>,
}

impl Builder<'_> {
    /// `(SELECT … ) b`-able text: the rows of `b` from `position`, in the order of the walk. A limited
    /// walk that no index serves is given a reach (see [`Self::branch`]), which is returned.
    pub(super) fn ordered(&mut self, position: &Position, mut walk: Walk) -> Result<(String, Option<usize>)> {
        let rows = self.rows(true)?;
        let words = matches!(self.resolved.search, Search::Common(_));
        walk.reach = self.reach(&rows, words);
        let parts = self.parts(position, walk.backwards);
        let texts: Vec<String> = parts.iter().map(|part| self.part(&rows, part, walk)).collect();
        let text = match texts.as_slice() {
            [one] => one.clone(),
            several => {
                let joined = several.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" UNION ALL ");
                format!("SELECT * FROM ({joined}) b ORDER BY {}{}", self.order(walk.backwards), limit(walk))
            }
        };
        Ok((text, walk.reach))
    }

    /// Every row of the question once, in no order: one sort of all of them costs half of a merge of the
    /// branches that serve pages.
    pub(super) fn every(&mut self) -> Result<String> {
        if !self.query.sort.indexed {
            return self.computed(None);
        }
        let rows = self.rows(false)?;
        let kept = rows.condition();
        let unique = self.unique();
        let order = if self.query.list.distinct { format!(" ORDER BY {}", self.order_within(false)) } else { String::new() };
        let (row, table) = (self.query.list.row, self.query.list.table);
        Ok(format!("SELECT {unique}{row} FROM {table} b WHERE {kept}{order}"))
    }

    /// Every row of the question once, in no order, with the value that it will be sorted by.
    pub(super) fn computed(&mut self, limit: Option<usize>) -> Result<String> {
        let list = self.query.list;
        let rows = self.rows(false)?;
        let unique = if list.distinct { format!("DISTINCT ON ({}) ", list.id.0) } else { String::new() };
        let (value, joins) = if self.query.sort.indexed { (String::new(), "") } else { (format!(", {} AS tri", self.query.sort.column), list.joins) };
        let limit = limit.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default();
        Ok(format!("SELECT {unique}{}{value} FROM {} b {joins} WHERE {}{limit}", list.row, list.table, rows.condition()))
    }

    /// All rows of the question up to `limit`, in no order.
    pub(super) fn unordered(&mut self, limit: Option<i64>) -> Result<String> {
        self.unordered_of("1 AS id", limit)
    }

    /// The same with `columns`, where each row comes once.
    pub(super) fn unordered_of(&mut self, columns: &str, limit: Option<i64>) -> Result<String> {
        let rows = self.rows(false)?;
        let select = if self.query.list.distinct { format!("DISTINCT {} AS id", self.query.list.id.0) } else { columns.into() };
        let limit = limit.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default();
        let list = self.query.list;
        let condition = rows.condition();
        Ok(format!("SELECT {select} FROM {} b WHERE {condition}{limit}", list.table))
    }

    /// The rows of the question that also meet `condition`, by the values of the expressions of `select` that `by` numbers.
    pub(super) fn grouped(&mut self, (select, by): (&str, &str), condition: &str) -> Result<String> {
        let rows = self.rows(false)?;
        let table = self.query.list.table;
        let kept = rows.condition();
        Ok(format!("SELECT {select} FROM {table} b WHERE {kept} AND {condition} GROUP BY {by}"))
    }

    /// Rows of the question that also meet `condition`, up to `limit`, to be counted; with `columns`, where
    /// each row comes once.
    pub(super) fn matching(&mut self, columns: &str, condition: &str, limit: i64) -> Result<String> {
        let rows = self.rows(false)?;
        let list = self.query.list;
        let select = if list.distinct { format!("DISTINCT {}", list.id.0) } else { columns.into() };
        let kept = rows.condition();
        Ok(format!("SELECT {select} FROM {} b WHERE {kept} AND {condition} LIMIT {limit}", list.table))
    }

    /// ORDER BY of the walk, on `b`.
    pub(super) fn order(&self, backwards: bool) -> String {
        let sort = self.query.sort;
        let nulls = match (sort.nullable, backwards) {
            (false, _) => String::new(),
            // Rows without a value come last, whatever the direction.
            (true, false) => format!("({} IS NULL), ", self.by),
            (true, true) => format!("({} IS NULL) DESC, ", self.by),
        };
        format!("{nulls}{}", self.order_within(backwards))
    }

    /// ORDER BY inside one part, whose rows all have a sort value, or none has: the index's own order.
    fn order_within(&self, backwards: bool) -> String {
        let direction = if self.query.descending != backwards { "DESC" } else { "ASC" };
        let (sort, id) = (self.by, self.query.list.id.0);
        if sort == id { format!("{id} {direction}") } else { format!("{sort} {direction}, {id} {direction}") }
    }

    /// Rows without a sort value form a part of their own, after the others; each part is one range
    /// of an index. In the order of the walk.
    pub(super) fn parts(&mut self, position: &Position, backwards: bool) -> Vec<String> {
        let sort = self.query.sort;
        let seek = self.seek(position, backwards);
        if !sort.nullable {
            return vec![seek.unwrap_or_else(|| "true".into())];
        }
        let from_null = matches!(position, Position::After(Cursor { value: None, .. }) | Position::Before(Cursor { value: None, .. }));
        let (filled, empty) = (format!("{} IS NOT NULL", self.by), format!("{} IS NULL", self.by));
        let with = |part: &str, seek: &Option<String>| seek.as_ref().map_or(part.to_string(), |seek| format!("{part} AND {seek}"));
        match (backwards, from_null) {
            (false, false) => vec![with(&filled, &seek), empty],
            (false, true) => vec![with(&empty, &seek)],
            (true, false) if seek.is_some() => vec![with(&filled, &seek)],
            (true, _) => vec![with(&empty, &seek), filled],
        }
    }

    fn seek(&mut self, position: &Position, backwards: bool) -> Option<String> {
        let (sort, id, by) = (self.query.sort, self.query.list.id, self.by);
        let descending = self.query.descending != backwards;
        let operator = if descending { "<" } else { ">" };
        match position {
            Position::First | Position::Last => None,
            Position::At(value) => {
                let bound = self.statement.bind(Arg::Text(value.clone()));
                Some(match sort.kind {
                    // A day typed by a person is Guadeloupe's; going down, the whole day is wanted.
                    Kind::Instant if descending => {
                        format!("{by} < (({bound}::text::date + 1)::timestamp AT TIME ZONE 'America/Guadeloupe')")
                    }
                    Kind::Instant => format!("{by} >= ({bound}::text::date::timestamp AT TIME ZONE 'America/Guadeloupe')"),
                    _ => format!("{by} {operator}= {bound}::text::{}", sort.cast),
                })
            }
            Position::After(row) | Position::Before(row) => {
                let key = self.statement.bind(Arg::Text(row.id.clone()));
                let key = format!("{key}::text::{}", id.1);
                Some(match &row.value {
                    None => format!("{} {operator} {key}", id.0),
                    Some(value) => {
                        let bound = self.statement.bind(Arg::Text(value.clone()));
                        format!("({by}, {}) {operator} ({bound}::text::{}, {key})", id.0, sort.cast)
                    }
                })
            }
        }
    }

    /// One part over all its branches, ordered and limited.
    fn part(&mut self, rows: &Rows, part: &str, walk: Walk) -> String {
        let (order, limit) = (self.order_within(walk.backwards), limit(walk));
        let values = match &rows.branching {
            Branching::All | Branching::Where(..) | Branching::Both(..) => vec!["true".to_string()],
            Branching::Texts(_, values) if values.is_empty() => vec!["false".to_string()],
            Branching::Ints(_, values) if values.is_empty() => vec!["false".to_string()],
            Branching::Texts(column, values) if values.len() <= BRANCHES_MAX => {
                values.iter().map(|value| format!("{column} = {}::text", self.statement.bind(Arg::Text(value.clone())))).collect()
            }
            Branching::Ints(column, values) if values.len() <= BRANCHES_MAX => {
                values.iter().map(|value| format!("{column} = {}::bigint", self.statement.bind(Arg::Int(*value)))).collect()
            }
            Branching::Texts(column, values) => return self.lateral(column, "text", Arg::Texts(values.clone()), rows, part, walk),
            Branching::Ints(column, values) => return self.lateral(column, "bigint", Arg::Ints(values.clone()), rows, part, walk),
        };
        let unique = self.unique();
        if let [only] = values.as_slice() {
            return self.branch(rows, &format!("{only} AND {part}"), walk, &unique);
        }
        // Ordered and limited inside too: without it the planner sorts all branches instead of merging them.
        let union = values.iter().map(|value| format!("({})", self.branch(rows, &format!("{value} AND {part}"), walk, ""))).collect::<Vec<_>>();
        format!("SELECT {unique}b.* FROM ({}) b ORDER BY {order}{}{limit}", union.join(" UNION ALL "), self.ends_first(walk))
    }

    /// Many branches: a page at most of each, gone through by a lateral join. Of most of them no row is
    /// shown: two rows of each tell a value that the last row of the page cannot be beyond, and the page
    /// is looked for among the rows up to there.
    fn lateral(&mut self, column: &str, cast: &str, values: Arg, rows: &Rows, part: &str, walk: Walk) -> String {
        let (order, limit, unique) = (self.order_within(walk.backwards), limit(walk), self.unique());
        let place = format!("{column} = v.v AND {part}");
        let each = format!("unnest({}::{cast}[]) v (v) CROSS JOIN LATERAL", self.statement.bind(values));
        let whole = self.branch(rows, &place, walk, "");
        let ends_first = self.ends_first(walk);
        let (sort, id) = (self.query.sort, self.query.list.id.0);
        if walk.reach.is_some() || self.query.list.distinct || column == id || sort.nullable {
            return format!("SELECT {unique}b.* FROM {each} ({whole}) b ORDER BY {order}{ends_first}{limit}");
        }
        let (table, condition) = (self.query.list.table, rows.condition());
        let (direction, operator) = if self.query.descending != walk.backwards { ("DESC", ">=") } else { ("ASC", "<=") };
        let near = self.branch(rows, &format!("{place} AND {} {operator} seuil.valeur", sort.column), walk, "");
        format!(
            "WITH seuil AS MATERIALIZED (SELECT t.valeur FROM {each} (SELECT {} AS valeur FROM {table} b WHERE {place} AND {condition} ORDER BY {order} LIMIT {HEADS}) t \
             ORDER BY t.valeur {direction} OFFSET {} LIMIT 1) \
             SELECT b.* FROM (SELECT b.* FROM seuil CROSS JOIN {each} ({near}) b \
             UNION ALL SELECT b.* FROM {each} ({whole}) b WHERE NOT EXISTS (SELECT FROM seuil)) b ORDER BY {order}{limit}",
            sort.column,
            walk.limit.saturating_sub(1)
        )
    }

    /// One branch. Within a reach, `trouve` tells the rows that meet what no index serves (a row without a value meets
    /// nothing that is asked of it), and
    /// `borne` the last row walked through, beyond which this branch knows nothing.
    fn branch(&self, rows: &Rows, place: &str, walk: Walk, unique: &str) -> String {
        let (table, row, order, limit) = (self.query.list.table, self.query.list.row, self.order_within(walk.backwards), limit(walk));
        let Some(reach) = walk.reach else {
            let condition = rows.condition();
            return format!("SELECT {unique}{row} FROM {table} b WHERE {place} AND {condition} ORDER BY {order}{limit}");
        };
        let (served, checked) = (rows.served(), rows.checked.join(" AND "));
        format!(
            "SELECT {unique}b.*, ({checked}) IS TRUE AS trouve, b.marche = {reach} AS borne FROM (SELECT {row}, row_number() OVER (ORDER BY {order}) AS marche \
             FROM {table} b WHERE {place} AND {served} ORDER BY {order} LIMIT {reach}) b WHERE ({checked}) OR b.marche = {reach} ORDER BY {order}{limit}"
        )
    }

    /// How far each branch may walk to find a page of `rows`: as far as it takes when an index serves
    /// every condition.
    fn reach(&self, rows: &Rows, words: bool) -> Option<usize> {
        let branches = match &rows.branching {
            Branching::All | Branching::Where(..) | Branching::Both(..) => 1,
            Branching::Texts(_, values) => values.len(),
            Branching::Ints(_, values) => values.len(),
        };
        let (whole, least) = if words { (WALK_WORDS_ROWS, WALK_WORDS_BRANCH_ROWS) } else { (WALK_ROWS, WALK_BRANCH_ROWS) };
        let usual = (whole / branches.max(1)).max(least);
        (!rows.checked.is_empty()).then(|| self.query.reach.unwrap_or(usual))
    }

    fn unique(&self) -> String {
        if self.query.list.distinct { format!("DISTINCT ON ({}, {}) ", self.query.sort.column, self.query.list.id.0) } else { String::new() }
    }

    /// Of two copies of a row, the one that ends a walk is kept.
    fn ends_first(&self, walk: Walk) -> &'static str {
        if self.query.list.distinct && walk.reach.is_some() { ", borne DESC" } else { "" }
    }
}

fn limit(walk: Walk) -> String {
    format!(" LIMIT {}", walk.limit)
}
