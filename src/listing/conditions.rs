//! From the rights and the filters of a question to conditions, each of which always holds. Then only comes the
//! way: which of them are the branches, which ones an index serves together with the order, and which ones are
//! left to be checked row by row, in a walk of bounded length.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::builder::Builder;
use super::filter::{EMPTY, FILLED};
use super::kind::Shape;
use super::query::Query;
use super::relative;
use super::resolved::{Search, Terms, leads};
use super::spec::{Branching, COMMUNE, Filter, FilterKind, Kind, Look, References};
use super::statement::{Arg, Statement};
use super::suivi::SUIVI;
use super::value::Value;
use crate::platform::error::{Error, Result};

/// Keeps an EXISTS to the row that asks. PostgreSQL would else work it out once for every lodging of the base, a
/// tenth of a second for a page that meets five hundred rows.
const ALONE: &str = "OFFSET 0";

/// Keeps a perimeter, beside keys that were found, to the rows that the keys lead to: PostgreSQL would else read every
/// entry that an index has of its communes, which may be all of them, to combine both. Its statistics are kept.
const UNINDEXED: &str = "IS TRUE";

/// The rows wanted, before the order. Every right and every filter is here once: as a condition, or as the branches,
/// each of which is a condition on its column.
pub(super) struct Rows {
    /// The way to the rows: one ordered range of an index for each value. `All` when no order is wanted.
    pub(super) branching: Branching,
    /// What the index that gives the order serves too, or what throws few rows away.
    pub(super) served: Vec<String>,
    /// What is checked on each row met.
    pub(super) checked: Vec<String>,
}

impl Rows {
    /// All conditions but the branches, as one.
    pub(super) fn condition(&self) -> String {
        let all: Vec<&str> = self.served.iter().chain(&self.checked).map(String::as_str).collect();
        if all.is_empty() { "true".into() } else { all.join(" AND ") }
    }

    /// The conditions that an index serves, as one.
    pub(super) fn served(&self) -> String {
        if self.served.is_empty() { "true".into() } else { self.served.join(" AND ") }
    }

    fn add(&mut self, served: bool, condition: String) {
        if served { self.served.push(condition) } else { self.checked.push(condition) }
    }
}

/// That a column holds something, or nothing.
fn is_filled(sql: &str, presence: &str) -> String {
    if presence == FILLED { format!("{sql} IS NOT NULL") } else { format!("{sql} IS NULL") }
}

/// Columns that may have some values only: rights, communes, the key of a parent, the keys of a search. What is asked
/// of one column twice is what both allow, so that the order in which it is asked cannot matter.
#[derive(Default)]
struct Held {
    columns: Vec<Branching>,
    /// Columns whose values are keys found by a filter.
    found: Vec<&'static str>,
    /// Those that lead to rows in the order wanted: to fewer of them than a perimeter does.
    leading: Vec<&'static str>,
    /// Communes that are not wanted.
    except: Vec<String>,
}

impl Held {
    fn add(&mut self, rows: &mut Rows, statement: &mut Statement, asked: Branching) {
        for known in &mut self.columns {
            match (known, &asked) {
                (Branching::Texts(column, values), Branching::Texts(other, kept)) if column == other => {
                    return values.retain(|value| kept.contains(value));
                }
                (Branching::Ints(column, values), Branching::Ints(other, kept)) if column == other => {
                    let kept: HashSet<i64> = kept.iter().copied().collect();
                    return values.retain(|value| kept.contains(value));
                }
                _ => {}
            }
        }
        match asked {
            Branching::All => {}
            Branching::Where(..) => rows.served.push(statement.condition(&asked)),
            Branching::Both(first, condition, values) => {
                rows.served.push(statement.meeting(condition, &values));
                self.add(rows, statement, *first);
            }
            Branching::Texts(..) | Branching::Ints(..) => self.columns.push(asked),
        }
    }

    /// The communes that `filter` asks for, or does not want.
    fn ask(&mut self, query: &Query, filter: &Filter, rows: &mut Rows, statement: &mut Statement, communes: Vec<String>) {
        if query.is_except(filter) {
            self.except.extend(communes);
        } else {
            self.add(rows, statement, Branching::Texts(COMMUNE, communes));
        }
    }

    /// Takes the communes that are not wanted out of those that are held; what no right nor filter holds is a condition.
    fn leave_out(&mut self, rows: &mut Rows, statement: &mut Statement) {
        if self.except.is_empty() {
            return;
        }
        for known in &mut self.columns {
            if let Branching::Texts(COMMUNE, values) = known {
                return values.retain(|value| !self.except.contains(value));
            }
        }
        let bound = statement.bind(Arg::Texts(std::mem::take(&mut self.except)));
        rows.served.push(format!("{COMMUNE} <> ALL({bound}::text[])"));
    }

    /// Notes that `filter` found the keys of `column`.
    fn found(&mut self, query: &Query, filter: &Filter, column: &'static str) {
        self.found.push(column);
        if leads(query, filter, column) {
            self.leading.push(column);
        }
    }

    /// Takes out the column whose values are the best branches: keys that lead before a perimeter, few before many.
    /// Keys that do not lead are no branches: no index has them in the order wanted.
    fn take_way(&mut self) -> Branching {
        let rank = |one: &Branching| match one {
            Branching::Texts(column, values) => (!self.leading.contains(column), values.len(), *column),
            Branching::Ints(column, values) => (!self.leading.contains(column), values.len(), *column),
            Branching::All | Branching::Where(..) | Branching::Both(..) => (true, usize::MAX, ""),
        };
        let possible = |one: &Branching| {
            let (behind, _, column) = rank(one);
            !behind || !self.found.contains(&column)
        };
        let best = (0..self.columns.len()).filter(|place| possible(&self.columns[*place])).min_by_key(|place| rank(&self.columns[*place]));
        best.map_or(Branching::All, |place| self.columns.swap_remove(place))
    }
}

impl Builder<'_> {
    /// The rights and the filters of the question as conditions. `walked` when a page meets a few of the rows in
    /// their order, and not all of them: some conditions are then the branches.
    pub(super) fn rows(&mut self, walked: bool) -> Result<Rows> {
        let mut rows = Rows { branching: Branching::All, served: Vec::new(), checked: Vec::new() };
        let mut held = Held::default();
        held.add(&mut rows, &mut self.statement, self.query.list.branches(self.reader));
        for filter in self.query.active() {
            self.filter(filter, &mut rows, &mut held, walked)?;
        }
        if let Some(horizon) = self.query.horizon {
            rows.served.push(format!("{} < {}::bigint", SUIVI.column, self.statement.bind(Arg::Int(horizon))));
        }
        held.leave_out(&mut rows, &mut self.statement);
        if walked {
            rows.branching = held.take_way();
        }
        let by_key = |one: &Branching| match one {
            Branching::Texts(column, _) | Branching::Ints(column, _) => held.found.contains(column),
            Branching::All | Branching::Where(..) | Branching::Both(..) => false,
        };
        // Keys that do not lead throw most rows of a perimeter away; beside other keys, there are few rows.
        let wide = walked && !by_key(&rows.branching);
        let keyed = by_key(&rows.branching) || held.columns.iter().any(by_key);
        for one in &held.columns {
            let condition = self.statement.condition(one);
            let condition = if keyed && !by_key(one) { format!("({condition}) {UNINDEXED}") } else { condition };
            rows.add(!(wide && by_key(one)), condition);
        }
        Ok(rows)
    }

    fn filter(&mut self, filter: &'static Filter, rows: &mut Rows, held: &mut Held, walked: bool) -> Result<()> {
        let query = self.query;
        let sort = query.sort.column;
        let value = |name: &str| query.value(name).map(ToString::to_string);
        match &filter.kind {
            FilterKind::Commune => held.ask(query, filter, rows, &mut self.statement, query.values(filter.name).to_vec()),
            // Not looked up: no commune, rather than all of them.
            FilterKind::Epci => held.ask(query, filter, rows, &mut self.statement, self.resolved.epci.clone()),
            FilterKind::Choice { sql, cast, .. } => {
                let (condition, single) = self.one_of(filter, sql, cast);
                // An index leads to one choice in the order of the sort; the others are checked.
                rows.add(single && self.resolved.leading == Some(filter.name), condition);
            }
            FilterKind::Dates { sql, relative } => {
                for (operator, day) in self.days(filter.name, relative)? {
                    let bound = self.statement.bind(Arg::Date(day));
                    rows.add(*sql == sort, format!("{sql} {operator} {bound}::date"));
                }
            }
            FilterKind::Range { sql, kind, .. } => {
                if let Some(presence) = query.value(filter.name) {
                    rows.add(*sql == sort, is_filled(sql, presence));
                }
                self.range(filter, sql, *kind, rows);
            }
            FilterKind::Presence { sql } => rows.checked.push(is_filled(sql, query.value(filter.name).unwrap_or_default())),
            FilterKind::Search { on, look, references } => match &self.resolved.search {
                Search::Keys(keys) => {
                    held.found(query, filter, on);
                    held.add(rows, &mut self.statement, Branching::Ints(on, keys.clone()));
                }
                Search::Rows(keys) => {
                    let id = query.list.id.0;
                    held.found(query, filter, id);
                    held.add(rows, &mut self.statement, Branching::Ints(id, keys.clone()));
                }
                Search::Common(Some(asked)) => {
                    let condition = self.words(asked, (look, on), *references, if walked { ALONE } else { "" });
                    rows.checked.push(condition);
                }
                Search::Common(None) | Search::Nothing => {
                    let bound = self.statement.bind(Arg::Text(value(filter.name).unwrap_or_default()));
                    rows.checked.push(look.of_row(on, &format!("{bound}::text"), ""));
                }
            },
            FilterKind::Parent { sql, among: Some(among), .. } => {
                let id = value(filter.name).and_then(|text| text.parse().ok()).unwrap_or(0);
                let bound = format!("{}::bigint", self.statement.bind(Arg::Int(id)));
                rows.checked.extend([among.replace("{}", &bound), format!("{sql} = {bound}")]);
            }
            FilterKind::Parent { sql, among: None, .. } => {
                held.found(query, filter, sql);
                let id = value(filter.name).and_then(|text| text.parse().ok()).unwrap_or(0);
                held.add(rows, &mut self.statement, Branching::Ints(sql, vec![id]));
            }
        }
        Ok(())
    }

    /// Words asked of one row: those of its parents, or its own reference.
    fn words(&mut self, asked: &Terms, (look, on): (&Look, &str), references: Option<References>, alone: &str) -> String {
        let bound = self.statement.bind(Arg::Text(asked.question.clone()));
        let words = look.of_row(on, &format!("{bound}::text::tsquery"), alone);
        let Some((references, reference)) = references.zip(asked.reference.clone()) else { return words };
        let bound = self.statement.bind(Arg::Text(reference));
        format!("({words} OR {})", references.of_row(&format!("{bound}::text")))
    }

    /// The condition of a choice, and whether it is one value, which an index can lead to.
    fn one_of(&mut self, filter: &Filter, sql: &str, cast: &str) -> (String, bool) {
        let (empty, values): (Vec<&String>, Vec<&String>) =
            self.query.values(filter.name).iter().partition(|value| filter.is_nullable() && value.as_str() == EMPTY);
        let except = self.query.is_except(filter);
        let found = match values.as_slice() {
            [] => None,
            [one] => Some(format!("{sql} = {}::text::{cast}", self.statement.bind(Arg::Text((*one).clone())))),
            several => {
                let bound = self.statement.bind(Arg::Texts(several.iter().map(ToString::to_string).collect()));
                Some(format!("{sql} = ANY({bound}::text[]::{cast}[])"))
            }
        };
        let condition = match (found, empty.is_empty()) {
            (Some(found), true) => found,
            (Some(found), false) => format!("({found} OR {sql} IS NULL)"),
            (None, _) => format!("{sql} IS NULL"),
        };
        // A row without a value is none of the values.
        if except { (format!("({condition}) IS NOT TRUE"), false) } else { (condition, values.len() == 1 && empty.is_empty()) }
    }

    /// The bounds of a range, served by the index of the sort when they are on its column.
    fn range(&mut self, filter: &Filter, sql: &str, kind: Kind, rows: &mut Rows) {
        for (operator, end) in [(">=", "min"), ("<=", "max")] {
            let Some(text) = self.query.value(&format!("{}_{end}", filter.name)) else { continue };
            let condition = match (kind.shape(), kind.typed(text)) {
                (Shape::Number(_), Ok(Value::Int(number))) => Some(format!("{sql} {operator} {}::bigint", self.statement.bind(Arg::Int(number)))),
                (Shape::Day, Ok(Value::Date(day))) => Some(format!("{sql} {operator} {}::date", self.statement.bind(Arg::Date(day)))),
                // A day of Guadeloupe, whole.
                (Shape::Instant, Ok(Value::Date(day))) => {
                    let bound = self.statement.bind(Arg::Date(day));
                    Some(match end {
                        "min" => format!("{sql} >= ({bound}::date::timestamp AT TIME ZONE 'America/Guadeloupe')"),
                        _ => format!("{sql} < (({bound}::date + 1)::timestamp AT TIME ZONE 'America/Guadeloupe')"),
                    })
                }
                // Texts and truth values have no range: `the_declarations_agree` of `tests/it/lists.rs` holds the lists to it.
                (Shape::Number(_) | Shape::Day | Shape::Instant | Shape::Text | Shape::Bool, _) => None,
            };
            // Read again as it was written by `parse`; what cannot be is no row, rather than all of them.
            rows.add(sql == self.query.sort.column, condition.unwrap_or_else(|| "false".into()));
        }
    }

    /// The bounds of a range of days, both of them in it, each with its operator.
    pub(super) fn days(&self, name: &str, parameter: &str) -> Result<Vec<(&'static str, NaiveDate)>> {
        if let Some(code) = self.query.value(parameter) {
            let (first, last) = relative::bounds(code, self.query.today).ok_or_else(|| Error::invalid("Période inconnue."))?;
            return Ok(vec![(">=", first), ("<=", last)]);
        }
        let bounds = [(">=", "min"), ("<=", "max")];
        Ok(bounds.iter().filter_map(|(operator, suffix)| Some((*operator, self.query.value(&format!("{name}_{suffix}"))?.parse().ok()?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the order in which rights and filters come, what is left is what all of them allow.
    #[test]
    fn what_is_held_only_narrows_in_any_order() {
        let texts = |values: &[&str]| Branching::Texts(COMMUNE, values.iter().map(ToString::to_string).collect());
        let asked = [
            texts(&["97101", "97113", "97125"]),
            Branching::Ints("b.logement_id", vec![3, 5, 8]),
            texts(&["97113", "97125", "97105"]),
            Branching::Ints("b.logement_id", vec![5, 8, 13]),
            texts(&["97125", "97113"]),
        ];
        for turn in 0..asked.len() {
            for backwards in [false, true] {
                let mut order: Vec<usize> = (0..asked.len()).map(|place| (place + turn) % asked.len()).collect();
                if backwards {
                    order.reverse();
                }
                let mut rows = Rows { branching: Branching::All, served: Vec::new(), checked: Vec::new() };
                let mut held = Held { found: vec!["b.logement_id"], leading: vec!["b.logement_id"], ..Held::default() };
                for place in order {
                    held.add(&mut rows, &mut Statement::default(), asked[place].clone());
                }
                assert_eq!(sorted(held.take_way()), Branching::Ints("b.logement_id", vec![5, 8]), "keys are the branches");
                assert_eq!(held.columns.into_iter().map(sorted).collect::<Vec<_>>(), [texts(&["97113", "97125"])], "the communes stay a condition");
            }
        }
    }

    /// What is asked of one column says nothing of another.
    #[test]
    fn each_column_is_held_apart() {
        let texts = |column, value: &str| Branching::Texts(column, vec![value.to_string()]);
        let asked =
            [texts(COMMUNE, "97113"), texts("b.autre", "x"), Branching::Ints("b.logement_id", vec![3]), Branching::Ints("b.hebergeur_id", vec![5])];
        let (mut rows, mut held) = (Rows { branching: Branching::All, served: Vec::new(), checked: Vec::new() }, Held::default());
        for one in asked.clone() {
            held.add(&mut rows, &mut Statement::default(), one);
        }
        assert_eq!(held.columns, asked);
    }

    /// Communes that are not wanted are a condition where no right nor filter holds the communes.
    #[test]
    fn what_is_left_out_of_nothing_held_is_a_condition() {
        let (mut rows, mut statement) = (Rows { branching: Branching::All, served: Vec::new(), checked: Vec::new() }, Statement::default());
        let mut held = Held { columns: vec![Branching::Ints("b.logement_id", vec![3])], except: vec!["97113".into()], ..Held::default() };
        held.leave_out(&mut rows, &mut statement);
        assert_eq!(rows.served, ["b.code_insee <> ALL($1::text[])"]);
        assert_eq!(statement.args, [Arg::Texts(vec!["97113".into()])]);
    }

    fn sorted(branching: Branching) -> Branching {
        match branching {
            Branching::Texts(column, mut values) => {
                values.sort();
                Branching::Texts(column, values)
            }
            Branching::Ints(column, mut values) => {
                values.sort_unstable();
                Branching::Ints(column, values)
            }
            other => other,
        }
    }
}
