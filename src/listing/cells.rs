//! What a list declares when its rows are counted beforehand; see `rollup`.

/// A table of cells: the columns of `by` under their own names, `mois` (its first day; `infinity` for all months together), `nombre`,
/// and `montant`, which adds `amount` up. Its cells may be in several rows: what they make is their sum.
#[derive(Clone, Copy, Debug)]
pub struct Rollup {
    /// The table.
    pub table: &'static str,
    /// Columns of the rows, over `b`, none of them nullable, that tell one cell from another.
    pub by: &'static [&'static str],
    /// The day, over `b`, whose month is that of a row.
    pub day: &'static str,
    /// What a row adds, over `b`: a bigint, in the unit of its column.
    pub amount: &'static str,
}
