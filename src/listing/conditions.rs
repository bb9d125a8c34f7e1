//! From the filters of a question to conditions: which one an index serves together with the order,
//! and which ones are left to be checked row by row, in a walk of bounded length.

use chrono::NaiveDate;

use super::relative;
use super::search::Search;
use super::spec::{Branching, FilterKind};
use super::sql::{Arg, Builder};
use crate::platform::error::{Error, Result};
use crate::ui::format::parse_money;

/// Keeps an EXISTS to the row that asks. PostgreSQL would else work it out once for every lodging of the base, a
/// tenth of a second for a page that meets five hundred rows.
const ALONE: &str = "OFFSET 0";

/// The rows wanted, before the order.
pub(super) struct Rows {
    /// One ordered range of an index each.
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
}

impl Builder<'_> {
    /// The filters of the question as branches and conditions; `walked` when a page meets a few of the
    /// rows, and not all of them.
    pub(super) fn rows(&mut self, walked: bool) -> Result<Rows> {
        let branching = (self.query.list.scope)(self.reader);
        let mut rows = Rows { branching, served: Vec::new(), checked: Vec::new() };
        let query = self.query;
        let sort = query.sort.column;
        for filter in query.active() {
            let value = |name: &str| query.value(name).map(ToString::to_string);
            match &filter.kind {
                FilterKind::Commune => narrow(&mut rows.branching, &[value(filter.name).unwrap_or_default()]),
                // The communes of the EPCI were put in the reader's perimeter by the caller (see `fetch`).
                FilterKind::Epci => {}
                FilterKind::Choice { sql, cast, .. } => {
                    let bound = self.statement.bind(Arg::Text(value(filter.name).unwrap_or_default()));
                    // An index leads to one choice in the order of the sort; the others are checked.
                    let leads = self.resolved.leading == Some(filter.name);
                    rows.add(leads, format!("{sql} = {bound}::text::{cast}"));
                }
                FilterKind::Dates { sql, relative } => {
                    for (operator, day) in self.days(filter.name, relative)? {
                        let bound = self.statement.bind(Arg::Date(day));
                        rows.add(*sql == sort, format!("{sql} {operator} {bound}::date"));
                    }
                }
                FilterKind::Money { sql } => {
                    for (operator, suffix) in [(">=", "min"), ("<=", "max")] {
                        if let Some(cents) = value(&format!("{}_{suffix}", filter.name)).and_then(|text| parse_money(&text)) {
                            let bound = self.statement.bind(Arg::Int(cents));
                            rows.add(*sql == sort, format!("{sql} {operator} {bound}::bigint"));
                        }
                    }
                }
                FilterKind::Search { on, residual, .. } => match &self.resolved.search {
                    Search::Keys(keys) => self.within(&mut rows, on, keys.clone()),
                    Search::Common(Some(question)) => {
                        let bound = self.statement.bind(Arg::Text(question.clone()));
                        let condition = residual.replace("{}", &format!("{bound}::text::tsquery"));
                        rows.checked.push(condition.replace("{seul}", if walked { ALONE } else { "" }));
                    }
                    Search::Common(None) | Search::Nothing => {
                        let bound = self.statement.bind(Arg::Text(value(filter.name).unwrap_or_default()));
                        rows.checked.push(residual.replace("{}", &format!("{bound}::text")).replace("{seul}", ""));
                    }
                },
                FilterKind::Parent { sql, .. } => {
                    let id = value(filter.name).and_then(|text| text.parse().ok()).unwrap_or(0);
                    self.within(&mut rows, sql, vec![id]);
                }
            }
        }
        Ok(rows)
    }

    /// Keys become the branches; the rights that were the branches stay as a condition.
    fn within(&mut self, rows: &mut Rows, column: &'static str, keys: Vec<i64>) {
        let before = std::mem::replace(&mut rows.branching, Branching::Ints(column, keys));
        if before != Branching::All {
            let rights = self.as_condition(&before);
            rows.served.push(rights);
        }
    }

    fn days(&self, name: &str, parameter: &str) -> Result<Vec<(&'static str, NaiveDate)>> {
        if let Some(code) = self.query.value(parameter) {
            let (first, last) = relative::bounds(code, self.query.today).ok_or_else(|| Error::invalid("Période inconnue."))?;
            return Ok(vec![(">=", first), ("<=", last)]);
        }
        let bounds = [(">=", "min"), ("<=", "max")];
        Ok(bounds.iter().filter_map(|(operator, suffix)| Some((*operator, self.query.value(&format!("{name}_{suffix}"))?.parse().ok()?))).collect())
    }
}

impl Rows {
    fn add(&mut self, served: bool, condition: String) {
        if served { self.served.push(condition) } else { self.checked.push(condition) }
    }
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
}
