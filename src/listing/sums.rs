//! « Total du filtre » : what the columns that add up make over every row of a question. Read in the
//! statement that counts them, so that both tell of the same rows.

use maud::{Markup, html};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::cell::cell;
use super::count::Count;
use super::query::Query;
use super::spec::{Column, List};
use super::value::Value;
use crate::platform::error::Result;

/// Rows of a question, and what its columns make over them.
pub struct Counted {
    /// How many.
    pub count: Count,
    /// Sums, in the order of [`summed`]; of the rows that were counted only, when there are more.
    sums: Vec<i64>,
    /// Whether every row was added.
    whole: bool,
    /// There was no time to count: what is said of the number is the planner's guess, and nothing else.
    pub(super) hurried: bool,
}

impl Counted {
    /// `count` rows, of which those read add up to `sums`.
    pub(super) fn new(count: Count, sums: Vec<i64>) -> Self {
        Self { count, sums, whole: matches!(count, Count::Exact(_)), hurried: false }
    }

    /// The same, when there was no time to count.
    pub(super) fn in_a_hurry(self, hurried: bool) -> Self {
        Self { hurried, ..self }
    }
}

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

/// Where the total of `column` stands on the page.
fn place(column: &Column) -> String {
    format!("total-{}", column.name)
}

/// The foot of the table: the places of the totals, which come with the count.
pub(super) fn foot(query: &Query) -> Markup {
    if !query.columns.iter().skip(1).any(|column| column.summed) || query.list.distinct {
        return html! {};
    }
    // A total takes the room of the columns before it, which add up to nothing: it is wider than what it adds.
    let mut cells: Vec<(usize, Option<&Column>)> = Vec::new();
    let mut free = 0;
    for column in query.columns.iter().skip(1) {
        free += 1;
        if column.summed {
            cells.push((free, Some(column)));
            free = 0;
        }
    }
    cells.extend((free > 0).then_some((free, None)));
    html! {
        tfoot {
            tr {
                th scope="row" { "Total du filtre" }
                @for (span, column) in cells {
                    @let span = (span > 1).then_some(span);
                    @match column {
                        Some(column) => td class="nombre" colspan=[span] id=(place(column)) data-libelle=(column.label) { "…" },
                        None => td colspan=[span] {},
                    }
                }
            }
        }
    }
}

impl Counted {
    /// « 12 séjours, Nuits 40, Taxe 63,20 € »: what stands above a few rows of many.
    pub fn in_words(&self, list: &'static List) -> Markup {
        let words = match self.count {
            Count::Exact(rows) => list.counted(rows),
            Count::About(_) if self.hurried => "nombre non calculé".into(),
            Count::About(rows) => format!("environ {}", list.counted(rows)),
        };
        html! { (words) @for (rank, column) in summed(list).enumerate() { ", " (column.label.to_lowercase()) "\u{a0}: " (self.words(rank, column)) } }
    }

    fn words(&self, rank: usize, column: &Column) -> Markup {
        match self.sums.get(rank) {
            Some(sum) => html! { @if !self.whole { "plus de " } (cell(column.kind, &Value::Int(*sum), None)) },
            // Too scattered to be read in the time of a page.
            None => html! { span class="discret" { "non calculé" } },
        }
    }

    /// The totals, each sent to its place in the foot of the table.
    pub(super) fn in_place(&self, list: &'static List) -> Markup {
        html! { @for (rank, column) in summed(list).enumerate() { span id=(place(column)) hx-swap-oob="innerHTML" { (self.words(rank, column)) } } }
    }

    /// The totals on a page of their own.
    pub(super) fn as_file(&self, list: &'static List) -> Markup {
        html! {
            @if summed(list).next().is_some() {
                h2 { "Total du filtre" }
                dl class="fiche" { @for (rank, column) in summed(list).enumerate() { div { dt { (column.label) } dd { (self.words(rank, column)) } } } }
            }
        }
    }
}
