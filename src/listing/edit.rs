//! Cells that can be changed where they are read.

use maud::{Markup, html};

use super::fetch::RowData;
use super::query::Query;
use super::spec::Column;
use super::value::Value;
use super::view::cell;
use crate::ui::icon::icon;

/// What a row is called: its first cell.
pub fn row_name(row: &RowData) -> &str {
    match row.cells.first() {
        Some((Value::Text(text), _)) => text,
        _ => &row.id,
    }
}

/// A cell of a list: its value, and the way to its form (see the room `champs`).
pub fn editable(query: &Query, column: &Column, row: &RowData, value: &Value, address: Option<&str>) -> Markup {
    edit_cell(query.list.name, &row.id, column, row_name(row), "", &cell(column.kind, value, address))
}

/// Id of the place that a value has on a page.
pub fn place(list: &str, id: &str, column: &str) -> String {
    format!("c-{list}-{id}-{column}")
}

/// A value with the way to its form; `name` says to the ear of which row. `query` goes with the
/// address of the form.
pub fn edit_cell(list: &str, id: &str, column: &Column, name: &str, query: &str, shown: &Markup) -> Markup {
    let place = place(list, id, column.name);
    let form = format!("/{list}/{id}/champs/{}{query}", column.name);
    html! {
        span class="modifiable" id=(place) {
            (shown)
            a class="modifier" href=(form) data-modifier="oui" hx-get=(form) hx-target={ "#" (place) } hx-swap="outerHTML" {
                (icon("pencil")) span class="visuellement-cache" { "Modifier : " (column.label) ", " (name) }
            }
        }
    }
}
