//! Cells that can be changed where they are read.

use maud::{Markup, html};

use super::cell::{cell, in_column};
use super::query::Query;
use super::reader::Niveau;
use super::rows::{RowData, row_name};
use super::spec::{Column, Kind, List};
use super::value::Value;
use crate::ui::icon::icon;

/// A cell of a list: its value, and the way to its form when it can be changed (see the room `champs`).
pub(super) fn cell_of(query: &Query, column: &Column, row: &RowData, value: &Value, address: Option<&str>) -> Markup {
    if column.editable.is_none_or(|needed| query.highest < Some(needed)) {
        return in_column(column, value, address);
    }
    edit_cell(query.list.name, &row.id, column, row_name(row), &cell(column.kind, value, address))
}

/// Id of the place that a value has on a page.
pub fn place(list: &str, id: &str, column: &str) -> String {
    format!("c-{list}-{id}-{column}")
}

/// A value with the way to its form; `name` says to the ear of which row.
pub fn edit_cell(list: &str, id: &str, column: &Column, name: &str, shown: &Markup) -> Markup {
    let place = place(list, id, column.name);
    let form = format!("/{list}/{id}/champs/{}", column.name);
    html! {
        span class="modifiable" id=(place) {
            (shown)
            // Every row has some: `app.js` swaps what surrounds the link, without a word about it here.
            a class="modifier" href=(form) aria-label={ "Modifier : " (column.label) ", " (name) } { (icon("pencil")) }
        }
    }
}

/// A text on the file of a row, as its column shows it, with the way to its form.
pub fn edit_text(row: (&List, i64), column: &str, name: &str, text: Option<&str>, level: Option<Niveau>) -> Markup {
    let kind = row.0.column(column).map_or(Kind::Text, |column| column.kind);
    edit_field(row, column, name, &cell(kind, &text.map_or(Value::Null, |text| Value::Text(text.into())), None), level)
}

/// The same on the file of a row; `level` is what the person may do with it.
pub fn edit_field((list, id): (&List, i64), column: &str, name: &str, shown: &Markup, level: Option<Niveau>) -> Markup {
    match list.column(column).filter(|column| column.editable.is_some_and(|needed| level >= Some(needed))) {
        Some(column) => edit_cell(list.name, &id.to_string(), column, name, shown),
        None => shown.clone(),
    }
}
