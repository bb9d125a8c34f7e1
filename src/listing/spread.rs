//! How many rows there are, and what they make, by the values of several columns at once: the rows are gone through once, whatever
//! the number of columns.

use super::narrowed::Narrowed;
use super::spec::Column;
use super::statement::Statement;
use crate::platform::error::Result;

/// A row of such a statement: which column, as a number from 0 (none: all rows together), its value as text (none: NULL), how many
/// rows, what they make.
pub(super) type Part = (Option<i32>, Option<String>, i64, Option<i64>);

/// What is selected first, by each of `keys`, and the sets to group by. A key is given as it stands in the statement.
pub(super) fn by_each(keys: &[&str]) -> (String, String) {
    let which: Vec<String> = keys.iter().enumerate().map(|(place, key)| format!("WHEN grouping({key}) = 0 THEN {place}")).collect();
    let values: Vec<String> = keys.iter().map(|key| format!("{key}::text")).collect();
    let sets: Vec<String> = keys.iter().map(|key| format!("({key})")).collect();
    (format!("CASE {} END, coalesce({})", which.join(" "), values.join(", ")), sets.join(", "))
}

impl Narrowed<'_> {
    /// The rows, up to `limit`, and the sum of `summed`, by each of `keys` (expressions over `b`), and all together. Each row comes
    /// once on its list.
    ///
    /// # Errors
    /// As [`Narrowed::page`].
    pub(super) fn gathered(&self, keys: &[String], summed: Option<&Column>, limit: i64) -> Result<Statement> {
        let mut builder = self.builder();
        let names: Vec<String> = (0..keys.len()).map(|place| format!("k{place}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut columns: Vec<String> = keys.iter().zip(&names).map(|(key, name)| format!("{key} AS {name}")).collect();
        columns.push(format!("{} AS somme", summed.map_or("NULL::bigint", |column| column.sql)));
        let sum = if summed.is_some() { "coalesce(sum(somme), 0)::bigint" } else { "NULL::bigint" };
        let rows = builder.unordered_of(&columns.join(", "), Some(limit))?;
        let (select, sets) = by_each(&names);
        Ok(builder.statement.saying(format!(
            "WITH ensemble AS MATERIALIZED ({rows}) SELECT {select}, count(*), {sum} FROM ensemble GROUP BY GROUPING SETS ((), {sets})"
        )))
    }
}
