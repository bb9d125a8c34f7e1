//! « Total du filtre » : what the columns that add up make over every row of a question.

use maud::{Markup, html};

use super::cell::cell;
use super::count::{Count, Counted};
use super::query::Query;
use super::spec::{Column, List};
use super::sums::summed;
use super::value::Value;

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
