//! What is read beside the value of a column: where it leads, or the code that its words stand for.

use super::Kind;
use super::query::Query;
use super::spec::{Column, FilterKind, List, Options};

impl List {
    /// What gives the code behind the words of `column`: its list of values is a table, and the filter of the same name chooses by it.
    pub fn code_of(&self, column: &Column) -> Option<&'static str> {
        match &self.filter(column.name)?.kind {
            FilterKind::Choice { sql, options: Options::Sql(_), .. } if matches!(column.kind, Kind::Text) && column.link.is_none() => Some(sql),
            _ => None,
        }
    }
}

impl Query {
    /// What is read beside the value of `column`: the end of the address where it leads, or its code.
    pub(super) fn beside(&self, column: &Column) -> Option<&'static str> {
        column.link.map(|link| link.sql).or_else(|| self.list.code_of(column).filter(|_| self.coded))
    }
}
