//! Rows counted beforehand. A list whose table may hold millions can declare a table of cells, which triggers keep: how many rows,
//! and what they make, for each place, month and choice. A question that asks of nothing else is answered by adding cells up, to the
//! same figures as its rows: its rights and its filters are the same conditions, on columns of the same names. The days of its first
//! and last months, when it does not ask for the whole of them, are read from the rows.

use chrono::{Datelike, Months, NaiveDate};

use super::builder::Builder;
use super::cells::Rollup;
use super::narrowed::Narrowed;
use super::spec::{Branching, COMMUNE, FilterKind};
use super::spread::by_each;
use super::statement::{Arg, Statement};
use crate::platform::error::Result;

/// The month of a cell, over `b`.
pub(super) const MONTH: &str = "b.mois";

/// From one day on, and before another; without one, as far as there are rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// First day.
    pub(super) first: Option<NaiveDate>,
    /// The day after the last.
    pub(super) end: Option<NaiveDate>,
}

impl Span {
    /// The whole months that it covers, when there are some, and the days that are left.
    fn parts(self) -> (Option<Self>, Vec<Self>) {
        let start = |day: NaiveDate| day.with_day(1).unwrap_or(day);
        let first = self.first.map(|day| if day.day() == 1 { day } else { start(day).checked_add_months(Months::new(1)).unwrap_or(day) });
        let end = self.end.map(start);
        if first.zip(end).is_some_and(|(first, end)| first >= end) {
            return (None, vec![self]);
        }
        let around = [Self { first: self.first, end: first }, Self { first: end, end: self.end }];
        let days = around.into_iter().filter(|part| part.first.zip(part.end).is_some_and(|(first, end)| first < end));
        (Some(Self { first, end }), days.collect())
    }

    /// The condition that `day` is in it.
    fn condition(self, day: &str, statement: &mut Statement) -> String {
        let mut bound = |operator: &str, bound: NaiveDate| format!(" AND {day} {operator} {}::date", statement.bind(Arg::Date(bound)));
        let first = self.first.map(|first| bound(">=", first)).unwrap_or_default();
        let end = self.end.map(|end| bound("<", end)).unwrap_or_default();
        format!("true{first}{end}")
    }
}

impl Rollup {
    /// What stands for the rows of `span` in a statement, under the alias `b`: cells, and rows that are cells of one.
    fn source(&self, table: &str, span: Span, statement: &mut Statement) -> String {
        let (cells, columns, day, amount) = (self.table, self.by.join(", "), self.day, self.amount);
        if span == Span::default() {
            return format!("(SELECT {columns}, b.mois, b.nombre, b.montant FROM {cells} b WHERE b.mois = 'infinity') b");
        }
        let (whole, days) = span.parts();
        let mut parts = Vec::new();
        if let Some(whole) = whole {
            let months = whole.condition(MONTH, statement);
            parts.push(format!("SELECT {columns}, b.mois, b.nombre, b.montant FROM {cells} b WHERE b.mois < 'infinity' AND {months}"));
        }
        for part in days {
            let kept = part.condition(day, statement);
            let month = format!("{day} - (extract(day FROM {day})::integer - 1)");
            parts.push(format!("SELECT {columns}, {month} AS mois, 1::bigint AS nombre, {amount} AS montant FROM {table} b WHERE {kept}"));
        }
        format!("({}) b", parts.join(" UNION ALL "))
    }
}

impl Narrowed<'_> {
    /// The rows and their sum by each of `keys`, from cells: columns of [`Rollup::by`], or [`MONTH`]. Only those of `months`, in place
    /// of the days that are asked for, when some are given. `None` when cells do not tell what is asked.
    ///
    /// # Errors
    /// As [`Narrowed::page`].
    pub(super) fn rolled(&self, keys: &[&str], months: Option<Span>) -> Result<Option<Statement>> {
        let Some(rollup) = self.query.list.rollup.filter(|rollup| self.is_told_by(rollup, keys)) else { return Ok(None) };
        let (mut span, mut undated) = (Span::default(), None);
        for filter in self.query.active() {
            let FilterKind::Dates { relative, .. } = &filter.kind else { continue };
            for (operator, day) in self.builder().days(filter.name, relative)? {
                match operator {
                    ">=" => span.first = Some(day),
                    _ => span.end = day.succ_opt(),
                }
            }
            undated = Some(self.query.without(filter));
        }
        let mut builder = Builder::new(undated.as_ref().unwrap_or(self.query), self.reader, &self.resolved);
        let condition = builder.rows(false)?.condition();
        let source = rollup.source(self.query.list.table, months.unwrap_or(span), &mut builder.statement);
        let (select, sets) = by_each(keys);
        Ok(Some(builder.statement.saying(format!(
            "SELECT {select}, sum(b.nombre)::bigint, sum(b.montant)::bigint FROM {source} WHERE {condition} GROUP BY GROUPING SETS ({sets})"
        ))))
    }

    /// Whether cells tell what is asked, by `keys`: rights and filters are on what tells one cell from another.
    fn is_told_by(&self, rollup: &Rollup, keys: &[&str]) -> bool {
        let query = self.query;
        let known = |column: &str| rollup.by.contains(&column);
        let scoped = match query.list.branches(self.reader) {
            Branching::All => true,
            Branching::Texts(column, _) => known(column),
            Branching::Ints(..) | Branching::Where(..) | Branching::Both(..) => false,
        };
        let filtered = query.active().all(|filter| match filter.kind {
            FilterKind::Commune | FilterKind::Epci => known(COMMUNE),
            FilterKind::Choice { sql, nullable, .. } => known(sql) && !nullable,
            FilterKind::Dates { sql, .. } => sql == rollup.day,
            FilterKind::Search { .. } | FilterKind::Parent { .. } | FilterKind::Range { .. } | FilterKind::Presence { .. } => false,
        });
        let dated = query.active().filter(|filter| matches!(filter.kind, FilterKind::Dates { .. })).count();
        scoped && filtered && dated <= 1 && query.horizon.is_none() && keys.iter().all(|key| *key == MONTH || known(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        (!text.is_empty()).then(|| text.parse().expect("a day"))
    }

    fn span(first: &str, end: &str) -> Span {
        Span { first: day(first), end: day(end) }
    }

    #[test]
    fn a_span_is_whole_months_and_the_days_around_them() {
        let cases = [
            (span("2026-01-01", "2026-03-01"), Some(span("2026-01-01", "2026-03-01")), vec![]),
            (span("2026-01-15", "2026-03-01"), Some(span("2026-02-01", "2026-03-01")), vec![span("2026-01-15", "2026-02-01")]),
            (
                span("2025-12-31", "2026-03-02"),
                Some(span("2026-01-01", "2026-03-01")),
                vec![span("2025-12-31", "2026-01-01"), span("2026-03-01", "2026-03-02")],
            ),
            (span("2026-01-15", "2026-02-15"), None, vec![span("2026-01-15", "2026-02-15")]),
            (span("2026-01-05", "2026-01-06"), None, vec![span("2026-01-05", "2026-01-06")]),
            (span("2026-05-05", "2026-01-06"), None, vec![span("2026-05-05", "2026-01-06")]),
            (span("2026-01-15", ""), Some(span("2026-02-01", "")), vec![span("2026-01-15", "2026-02-01")]),
            (span("", "2026-01-15"), Some(span("", "2026-01-01")), vec![span("2026-01-01", "2026-01-15")]),
            (span("", "2026-01-01"), Some(span("", "2026-01-01")), vec![]),
        ];
        for (asked, whole, days) in cases {
            assert_eq!(asked.parts(), (whole, days), "{asked:?}");
        }
    }
}
