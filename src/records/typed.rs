//! What was typed into a form of a record, for whoever is refused it: the words of its fields, and nothing of the row.

use super::draft::{Sent, origin};
use super::grille::lecture::{LINES_MAX, typed as of_line};
use super::model::{Field, Grid, Record};
use crate::champs::Saisie;
use crate::context::Context;
use crate::platform::http::Typed;
use crate::ui::error_page::Refused;

/// The label and the text of each field of the form of the list called `liste` that its sender changed.
pub fn of_form(context: &Context, liste: &str, sent: &Sent) -> Typed {
    let Some(record) = Record::find(&context.catalogue, liste) else { return Typed::new() };
    record.fields().filter_map(|field| own(field, sent)).collect()
}

/// What stands as it stood when the form was opened is the row's, not theirs.
fn own(field: &Field, sent: &Sent) -> Option<(String, String)> {
    let text = sent.get(field.name).filter(|text| !text.trim().is_empty() && sent.get(&origin(field.name)) != Some(*text))?;
    Some((field.label.to_string(), in_words(field, text)))
}

fn in_words(field: &Field, text: &str) -> String {
    let known = if let Saisie::Choix(known) = &field.saisie { *known } else { &[] };
    known.iter().find(|(code, ..)| *code == text).map_or(text, |(_, label, _)| label).to_string()
}

/// The same of a grid: what is given once, then its lines as a spreadsheet has them, titles first, so that they can be pasted into
/// another one.
pub fn of_grid(context: &Context, liste: &str, sent: &Sent) -> Typed {
    let Some((record, grid)) = Record::find(&context.catalogue, liste).and_then(|record| Some((record, record.grid?))) else { return Typed::new() };
    let mut typed: Typed = grid.shared.iter().filter_map(|name| own(record.field(name)?, sent)).collect();
    let lines: Vec<String> = (0..LINES_MAX).filter_map(|place| line(record, grid, sent, place)).collect();
    if !lines.is_empty() {
        let titles = grid.columns.iter().map(|(_, title)| *title).collect::<Vec<_>>().join("\t");
        typed.push(("Lignes".into(), [vec![titles], lines].concat().join("\n")));
    }
    typed
}

fn line(record: &Record, grid: &Grid, sent: &Sent, place: usize) -> Option<String> {
    let cell = |column: &str| {
        let text = of_line(sent, column, place);
        record.field(column).map_or_else(|| text.to_string(), |field| in_words(field, text)).replace(['\t', '\n'], " ")
    };
    let cells: Vec<String> = grid.columns.iter().map(|(column, _)| cell(column)).collect();
    cells.iter().any(|cell| !cell.is_empty()).then(|| cells.join("\t"))
}

/// What answers a form that was refused.
pub type Answered<T> = std::result::Result<T, Refused>;
