//! What the statements of one question for one reader are made with: the values bound so far, and what is selected.

use std::fmt::Write as _;

use super::query::Query;
use super::resolved::Resolved;
use super::spec::{Branching, Reader};
use super::statement::Statement;

/// Where a collection puts the value that its rows are sorted by, when it is no column of the table.
pub(super) const COMPUTED: &str = "b.tri";

/// Builds the statements of one question for one reader.
pub(super) struct Builder<'a> {
    pub(super) query: &'a Query,
    pub(super) reader: &'a Reader,
    pub(super) resolved: &'a Resolved,
    pub(super) statement: Statement,
    /// What the rows are sorted by, over `b`: the column of the sort, or the value that a collection computed.
    pub(super) by: &'static str,
}

impl<'a> Builder<'a> {
    pub(super) fn new(query: &'a Query, reader: &'a Reader, resolved: &'a Resolved) -> Self {
        let by = if query.sort.indexed { query.sort.column } else { COMPUTED };
        Self { query, reader, resolved, statement: Statement::default(), by }
    }

    /// The rights as one condition.
    pub(super) fn as_condition(&mut self, branching: &Branching) -> String {
        self.statement.condition(branching)
    }

    /// `SELECT`-able columns of the question: `id`, the sort value as text (exact for every kind; the
    /// pool sets the zone to UTC, so that an instant's text is the same everywhere), then for each column its
    /// value and what goes beside it: the end of its address, or its code.
    pub(super) fn select(&self) -> String {
        let mut text = format!("{}::text, {}::text", self.query.list.id.0, self.by);
        for column in &self.query.columns {
            // Writing to a String cannot fail.
            let _ = write!(text, ", ({})::{}", column.sql, column.kind.cast());
            if let Some(beside) = self.query.beside(column) {
                let _ = write!(text, ", ({beside})::text");
            }
        }
        text
    }

    /// The columns alone, for those who show neither links nor pages.
    pub(super) fn cells(&self) -> String {
        self.query.columns.iter().map(|column| format!("({})::{}", column.sql, column.kind.cast())).collect::<Vec<_>>().join(", ")
    }
}
