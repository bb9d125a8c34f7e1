//! What was typed into a form of a record, for whoever is refused it: the words of its fields, and nothing of the row.

use super::draft::{Sent, origin};
use super::model::{Field, Record};
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
pub(super) fn own(field: &Field, sent: &Sent) -> Option<(String, String)> {
    let text = sent.get(field.name).filter(|text| !text.trim().is_empty() && sent.get(&origin(field.name)) != Some(*text))?;
    Some((field.label.to_string(), in_words(field, text)))
}

/// A choice by its label, anything else as it was typed.
pub(super) fn in_words(field: &Field, text: &str) -> String {
    let known = if let Saisie::Choix(known) = &field.saisie { *known } else { &[] };
    known.iter().find(|(code, ..)| *code == text).map_or(text, |(_, label, _)| label).to_string()
}

/// What answers a form that was refused.
pub type Answered<T> = std::result::Result<T, Refused>;
