//! What adds up in a list: read in the statement that counts its rows, so that both tell of the same ones.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::spec::{Column, List};
use crate::platform::error::Result;

/// The columns that add up, on a list whose rows come once.
pub(super) fn summed(list: &'static List) -> impl Iterator<Item = &'static Column> {
    list.columns.iter().filter(|column| column.summed && !list.distinct)
}

/// Columns of the statement that counts, then what adds them up.
pub(super) fn statement(list: &'static List) -> (String, String) {
    let mut columns = "1 AS id".to_string();
    let mut sums = String::new();
    for (place, column) in summed(list).enumerate() {
        columns.push_str(&format!(", {} AS s{place}", column.sql));
        sums.push_str(&format!(", coalesce(sum(s{place}), 0)::bigint"));
    }
    (columns, sums)
}

/// The sums of a row that begins with its count.
pub(super) fn read(list: &'static List, row: &PgRow) -> Result<Vec<i64>> {
    Ok(summed(list).enumerate().map(|(place, _)| row.try_get(place + 1)).collect::<std::result::Result<_, _>>()?)
}
