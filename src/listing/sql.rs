//! From a question to SQL. Only constants of the declarations enter the text; every value of a
//! person is bound. A page is a merge of ordered index scans, one per branch (commune, lodging):
//! the planner makes it a Merge Append that reads about as many rows as it returns.

use std::fmt::Write as _;

use chrono::NaiveDate;
use sqlx::Arguments;
use sqlx::postgres::PgArguments;

use super::cursor::Cursor;
use super::query::{Position, Query};
use super::relative;
use super::search::Resolved;
use super::spec::{Branching, FilterKind, Kind, Reader};
use crate::platform::error::{Error, Result};
use crate::ui::format::parse_money;

/// Branches written one by one; beyond, they are gone through by a lateral join.
const BRANCHES_MAX: usize = 64;

/// A bound value.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Text.
    Text(String),
    /// Integer.
    Int(i64),
    /// Day.
    Date(NaiveDate),
    /// Texts.
    Texts(Vec<String>),
    /// Integers.
    Ints(Vec<i64>),
}

/// A statement with its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The text, with `$1`…
    pub sql: String,
    /// The values.
    pub args: Vec<Arg>,
}

impl Statement {
    /// Binds a value, returns its placeholder.
    pub fn bind(&mut self, arg: Arg) -> String {
        if let Some(known) = self.args.iter().position(|bound| *bound == arg) {
            return format!("${}", known + 1);
        }
        self.args.push(arg);
        format!("${}", self.args.len())
    }

    /// Rights as one condition on `b`.
    pub(super) fn condition(&mut self, branching: &Branching) -> String {
        match branching {
            Branching::All => "true".into(),
            Branching::Texts(column, values) => format!("{column} = ANY({}::text[])", self.bind(Arg::Texts(values.clone()))),
            Branching::Ints(column, values) => format!("{column} = ANY({}::bigint[])", self.bind(Arg::Ints(values.clone()))),
            Branching::Where(condition, values) => condition.replace("{}", &format!("{}::bigint[]", self.bind(Arg::Ints(values.clone())))),
        }
    }

    /// The values as sqlx takes them.
    ///
    /// # Errors
    /// A value cannot be encoded.
    pub fn arguments(&self) -> Result<PgArguments> {
        let mut arguments = PgArguments::default();
        for arg in &self.args {
            let added = match arg {
                Arg::Text(text) => arguments.add(text),
                Arg::Int(number) => arguments.add(number),
                Arg::Date(day) => arguments.add(day),
                Arg::Texts(texts) => arguments.add(texts),
                Arg::Ints(numbers) => arguments.add(numbers),
            };
            added.map_err(|error| Error::Internal(error.to_string()))?;
        }
        Ok(arguments)
    }
}

/// How the rows are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// From the end to the start.
    pub(super) backwards: bool,
    /// Rows wanted; `None` for all.
    pub(super) limit: Option<usize>,
}

/// Builds the statements of one question for one reader.
pub(super) struct Builder<'a> {
    pub(super) query: &'a Query,
    pub(super) reader: &'a Reader,
    pub(super) resolved: &'a Resolved,
    pub(super) statement: Statement,
}

/// The rows wanted, before the order: branches and the condition common to all of them.
struct Rows {
    branching: Branching,
    condition: String,
}

impl<'a> Builder<'a> {
    pub(super) fn new(query: &'a Query, reader: &'a Reader, resolved: &'a Resolved) -> Self {
        Self { query, reader, resolved, statement: Statement::default() }
    }

    /// `(SELECT … ) b`-able text: the rows of `b` from `position`, in the order of the walk.
    pub(super) fn ordered(&mut self, position: &Position, walk: Walk) -> Result<String> {
        let rows = self.rows()?;
        let parts = self.parts(position, walk);
        let texts: Vec<String> = parts.iter().map(|part| self.part(&rows, part, walk)).collect();
        Ok(match texts.as_slice() {
            [one] => one.clone(),
            several => {
                let joined = several.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" UNION ALL ");
                format!("SELECT * FROM ({joined}) b ORDER BY {}{}", self.order(walk), limit(walk))
            }
        })
    }

    /// All rows of the question up to `limit`, in no order.
    pub(super) fn unordered(&mut self, limit: Option<i64>) -> Result<String> {
        let rows = self.rows()?;
        let select = if self.query.list.distinct { format!("DISTINCT {} AS id", self.query.list.id.0) } else { "1 AS id".into() };
        let limit = limit.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default();
        let list = self.query.list;
        let condition = self.with_branches(&rows);
        Ok(format!("SELECT {select} FROM {} b WHERE {condition}{limit}", list.table))
    }

    /// How many rows of the question have each value of `expression`.
    pub(super) fn grouped(&mut self, expression: &str) -> Result<String> {
        let rows = self.rows()?;
        let table = self.query.list.table;
        let kept = self.with_branches(&rows);
        Ok(format!("SELECT {expression} AS groupe, count(*) AS nombre FROM {table} b WHERE {kept} GROUP BY 1"))
    }

    /// Rows of the question that also meet `condition`, up to `limit`, to be counted.
    pub(super) fn matching(&mut self, condition: &str, limit: i64) -> Result<String> {
        let rows = self.rows()?;
        let list = self.query.list;
        let select = if list.distinct { format!("DISTINCT {}", list.id.0) } else { "1".into() };
        let kept = self.with_branches(&rows);
        Ok(format!("SELECT {select} FROM {} b WHERE {kept} AND {condition} LIMIT {limit}", list.table))
    }

    /// ORDER BY of the walk, on `b`.
    pub(super) fn order(&self, walk: Walk) -> String {
        let sort = self.query.sort;
        let nulls = match (sort.nullable, walk.backwards) {
            (false, _) => String::new(),
            // Rows without a value come last, whatever the direction.
            (true, false) => format!("({} IS NULL), ", sort.column),
            (true, true) => format!("({} IS NULL) DESC, ", sort.column),
        };
        format!("{nulls}{}", self.order_within(walk))
    }

    /// ORDER BY inside one part, whose rows all have a sort value, or none has: the index's own order.
    fn order_within(&self, walk: Walk) -> String {
        let direction = if self.query.descending != walk.backwards { "DESC" } else { "ASC" };
        let (sort, id) = (self.query.sort.column, self.query.list.id.0);
        if sort == id { format!("{id} {direction}") } else { format!("{sort} {direction}, {id} {direction}") }
    }

    fn rows(&mut self) -> Result<Rows> {
        let mut branching = (self.query.list.scope)(self.reader);
        let mut conditions = Vec::new();
        let query = self.query;
        for filter in query.active() {
            let value = |name: &str| query.value(name).map(ToString::to_string);
            match &filter.kind {
                FilterKind::Commune => narrow(&mut branching, &[value(filter.name).unwrap_or_default()]),
                // The communes of the EPCI were put in the reader's perimeter by the caller (see `fetch`).
                FilterKind::Epci => {}
                FilterKind::Choice { sql, cast, .. } => {
                    let bound = self.statement.bind(Arg::Text(value(filter.name).unwrap_or_default()));
                    conditions.push(format!("{sql} = {bound}::text::{cast}"));
                }
                FilterKind::Dates { sql, relative } => {
                    for (operator, day) in self.days(filter.name, relative)? {
                        let bound = self.statement.bind(Arg::Date(day));
                        conditions.push(format!("{sql} {operator} {bound}::date"));
                    }
                }
                FilterKind::Money { sql } => {
                    for (operator, suffix) in [(">=", "min"), ("<=", "max")] {
                        if let Some(cents) = value(&format!("{}_{suffix}", filter.name)).and_then(|text| parse_money(&text)) {
                            let bound = self.statement.bind(Arg::Int(cents));
                            conditions.push(format!("{sql} {operator} {bound}::bigint"));
                        }
                    }
                }
                FilterKind::Search { on, residual, .. } => match self.resolved {
                    Resolved::Keys(keys) => branching = self.within(branching, on, keys.clone(), &mut conditions),
                    _ => {
                        let bound = self.statement.bind(Arg::Text(value(filter.name).unwrap_or_default()));
                        conditions.push(residual.replace("{}", &format!("{bound}::text")));
                    }
                },
                FilterKind::Parent { sql, .. } => {
                    let id = value(filter.name).and_then(|text| text.parse().ok()).unwrap_or(0);
                    branching = self.within(branching, sql, vec![id], &mut conditions);
                }
            }
        }
        let condition = if conditions.is_empty() { "true".into() } else { conditions.join(" AND ") };
        Ok(Rows { branching, condition })
    }

    /// Keys become the branches; the rights that were the branches stay as a condition.
    fn within(&mut self, rights: Branching, column: &'static str, keys: Vec<i64>, conditions: &mut Vec<String>) -> Branching {
        if rights != Branching::All {
            let kept = self.as_condition(&rights);
            conditions.push(kept);
        }
        Branching::Ints(column, keys)
    }

    fn days(&self, name: &str, parameter: &str) -> Result<Vec<(&'static str, NaiveDate)>> {
        if let Some(code) = self.query.value(parameter) {
            let (first, last) = relative::bounds(code, self.query.today).ok_or_else(|| Error::invalid("Période inconnue."))?;
            return Ok(vec![(">=", first), ("<=", last)]);
        }
        let bounds = [(">=", "min"), ("<=", "max")];
        Ok(bounds.iter().filter_map(|(operator, suffix)| Some((*operator, self.query.value(&format!("{name}_{suffix}"))?.parse().ok()?))).collect())
    }

    /// Rows without a sort value form a part of their own, after the others; each part is one range
    /// of an index. In the order of the walk.
    fn parts(&mut self, position: &Position, walk: Walk) -> Vec<String> {
        let sort = self.query.sort;
        let seek = self.seek(position, walk);
        if !sort.nullable {
            return vec![seek.unwrap_or_else(|| "true".into())];
        }
        let from_null = matches!(position, Position::After(Cursor { value: None, .. }) | Position::Before(Cursor { value: None, .. }));
        let (filled, empty) = (format!("{} IS NOT NULL", sort.column), format!("{} IS NULL", sort.column));
        let with = |part: &str, seek: &Option<String>| seek.as_ref().map_or(part.to_string(), |seek| format!("{part} AND {seek}"));
        match (walk.backwards, from_null) {
            (false, false) => vec![with(&filled, &seek), empty],
            (false, true) => vec![with(&empty, &seek)],
            (true, false) if seek.is_some() => vec![with(&filled, &seek)],
            (true, _) => vec![with(&empty, &seek), filled],
        }
    }

    fn seek(&mut self, position: &Position, walk: Walk) -> Option<String> {
        let (sort, id) = (self.query.sort, self.query.list.id);
        let descending = self.query.descending != walk.backwards;
        let operator = if descending { "<" } else { ">" };
        match position {
            Position::First | Position::Last => None,
            Position::At(value) => {
                let bound = self.statement.bind(Arg::Text(value.clone()));
                Some(match sort.kind {
                    // A day typed by a person is Guadeloupe's; going down, the whole day is wanted.
                    Kind::Instant if descending => {
                        format!("{} < (({bound}::text::date + 1)::timestamp AT TIME ZONE 'America/Guadeloupe')", sort.column)
                    }
                    Kind::Instant => format!("{} >= ({bound}::text::date::timestamp AT TIME ZONE 'America/Guadeloupe')", sort.column),
                    _ => format!("{} {operator}= {bound}::text::{}", sort.column, sort.cast),
                })
            }
            Position::After(row) | Position::Before(row) => {
                let key = self.statement.bind(Arg::Text(row.id.clone()));
                let key = format!("{key}::text::{}", id.1);
                Some(match &row.value {
                    None => format!("{} {operator} {key}", id.0),
                    Some(value) => {
                        let bound = self.statement.bind(Arg::Text(value.clone()));
                        format!("({}, {}) {operator} ({bound}::text::{}, {key})", sort.column, id.0, sort.cast)
                    }
                })
            }
        }
    }

    /// One part over all its branches, ordered and limited.
    fn part(&mut self, rows: &Rows, part: &str, walk: Walk) -> String {
        let list = self.query.list;
        let (order, limit) = (self.order_within(walk), limit(walk));
        let distinct = if list.distinct { format!("DISTINCT ON ({}, {}) ", self.query.sort.column, list.id.0) } else { String::new() };
        let from = |branch: &str| format!("SELECT b.* FROM {} b WHERE {branch} AND {} AND {part}", list.table, rows.condition);
        let values = match &rows.branching {
            Branching::All => vec!["true".to_string()],
            Branching::Where(..) => vec![self.as_condition(&rows.branching)],
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
        if let [only] = values.as_slice() {
            let text = from(only).replacen("SELECT ", &format!("SELECT {distinct}"), 1);
            return format!("{text} ORDER BY {order}{limit}");
        }
        // Ordered and limited inside too: without it the planner sorts all branches instead of merging them.
        let union = values.iter().map(|value| format!("({} ORDER BY {order}{limit})", from(value))).collect::<Vec<_>>().join(" UNION ALL ");
        format!("SELECT {distinct}b.* FROM ({union}) b ORDER BY {order}{limit}")
    }

    /// Many branches: a page at most of each, gone through by a lateral join.
    fn lateral(&mut self, column: &str, cast: &str, values: Arg, rows: &Rows, part: &str, walk: Walk) -> String {
        let list = self.query.list;
        let (order, limit) = (self.order_within(walk), limit(walk));
        let bound = self.statement.bind(values);
        let distinct = if list.distinct { format!("DISTINCT ON ({}, {}) ", self.query.sort.column, list.id.0) } else { String::new() };
        format!(
            "SELECT {distinct}b.* FROM unnest({bound}::{cast}[]) v (v) CROSS JOIN LATERAL (SELECT b.* FROM {} b WHERE {column} = v.v AND {} AND {part} ORDER BY {order}{limit}) b ORDER BY {order}{limit}",
            list.table, rows.condition
        )
    }

    fn with_branches(&mut self, rows: &Rows) -> String {
        let rights = match &rows.branching {
            Branching::All => "true".to_string(),
            branching => self.as_condition(branching),
        };
        format!("{rights} AND {}", rows.condition)
    }

    /// The rights as one condition.
    pub(super) fn as_condition(&mut self, branching: &Branching) -> String {
        self.statement.condition(branching)
    }

    /// `SELECT`-able columns of the question: `id`, the sort value as text (exact for every kind; the
    /// pool sets the zone to UTC, so that an instant's text is the same everywhere), then for each column its
    /// value and, when it leads somewhere, the end of the address.
    pub(super) fn select(&self) -> String {
        let mut text = format!("{}::text, {}::text", self.query.list.id.0, self.query.sort.column);
        for column in &self.query.columns {
            // Writing to a String cannot fail.
            let _ = write!(text, ", ({})::{}", column.sql, column.kind.cast());
            if let Some(link) = &column.link {
                let _ = write!(text, ", ({})::text", link.sql);
            }
        }
        text
    }
}

fn limit(walk: Walk) -> String {
    walk.limit.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default()
}

/// Keeps only the given communes among the branches.
fn narrow(branching: &mut Branching, kept: &[String]) {
    if let Branching::Texts(_, values) = branching {
        values.retain(|value| kept.contains(value));
    } else if *branching == Branching::All {
        // A list open to all that has a commune filter branches on its key.
        *branching = Branching::Texts("b.code_insee", kept.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_never_widens() {
        let mut rights = Branching::Texts("b.code_insee", vec!["97113".into(), "97125".into()]);
        narrow(&mut rights, &["97125".into(), "97101".into()]);
        assert_eq!(rights, Branching::Texts("b.code_insee", vec!["97125".into()]));
    }

    #[test]
    fn equal_values_share_a_placeholder() {
        let mut statement = Statement::default();
        assert_eq!(statement.bind(Arg::Int(1)), "$1");
        assert_eq!(statement.bind(Arg::Text("a".into())), "$2");
        assert_eq!(statement.bind(Arg::Int(1)), "$1");
    }
}
