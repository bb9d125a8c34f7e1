//! What a question amounts to once the base was asked: the keys that its words found, the choice that leads, the communes of
//! its EPCI, the way of a page to its rows.

use super::query::Query;
use super::spec::Filter;

/// Rows that a page may collect and sort.
pub const COLLECTED_MAX: usize = 10_000;

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
    /// The parents with these keys match, and no other.
    Keys(Vec<i64>),
    /// The rows with these keys match, and no other: some by their own reference.
    Rows(Vec<i64>),
    /// Too many to list: checked row by row.
    Common(Option<Terms>),
}

/// What was typed, as PostgreSQL made it a question; for lists that have a column of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// A `tsquery` on the words.
    pub question: String,
    /// The beginning of a reference, when the text can be one.
    pub reference: Option<String>,
}

/// How a page gets to its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Along the index that gives the order.
    #[default]
    Walk,
    /// All of them at once, then sorted: ten thousand at most.
    Collect,
}

/// Whether the keys in `column`, found by `filter`, lead to rows in the order of `query`: an index says so, or each
/// key is a row.
pub(super) fn leads(query: &Query, filter: &Filter, column: &str) -> bool {
    column == query.list.id.0 || query.sort.led_by.contains(&filter.name)
}
