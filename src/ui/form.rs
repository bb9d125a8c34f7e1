//! Form fields: label above, hint below it, error under the field, nothing typed ever lost.

use maud::{Markup, html};

use super::icon::icon;

/// A text-like field.
#[derive(Default)]
pub struct Field<'a> {
    /// Name, and id.
    pub name: &'a str,
    /// Label.
    pub label: &'a str,
    /// `text`, `email`, `password`, `search`…
    pub kind: &'a str,
    /// What was typed.
    pub value: &'a str,
    /// What is expected, said before.
    pub hint: &'a str,
    /// What is wrong, said after.
    pub error: Option<&'a str>,
    /// Must be filled.
    pub required: bool,
    /// What the browser may fill in.
    pub autocomplete: &'a str,
    /// Keyboard on a phone.
    pub inputmode: Option<&'a str>,
    /// Longest text.
    pub max: Option<usize>,
    /// Where the page begins: the first thing to type.
    pub focus: bool,
}

/// Characters from which a text of one line takes the width of its part of a form.
const WIDE: usize = 300;

/// A field with its label, hint and error, tied together for screen readers.
pub fn field(field: &Field<'_>) -> Markup {
    let described = described_by(field.name, field.hint, field.error);
    html! {
        @let wide = if field.max.is_some_and(|most| most >= WIDE) { " large" } else { "" };
        div class={ "champ" (wide) (if field.error.is_some() { " en-erreur" } else { "" }) } {
            label for=(field.name) { (field.label) @if field.required { span class="exige" { " (obligatoire)" } } }
            @if !field.hint.is_empty() { p class="indice" id={ (field.name) "-indice" } { (field.hint) } }
            input id=(field.name) name=(field.name) type=(if field.kind.is_empty() { "text" } else { field.kind })
                value=[(!field.value.is_empty()).then_some(field.value)]
                required[field.required]
                autocomplete=[(!field.autocomplete.is_empty()).then_some(field.autocomplete)]
                inputmode=[field.inputmode] maxlength=[field.max] data-focus=[field.focus.then_some("oui")]
                aria-invalid=[field.error.map(|_| "true")] aria-describedby=[described];
            (error(field.name, field.error))
        }
    }
}

/// The field of a day.
pub struct Day<'a> {
    /// Id.
    pub id: &'a str,
    /// Name.
    pub name: &'a str,
    /// What was typed.
    pub value: &'a str,
    /// What day it is, for the ear: « du ».
    pub of: &'a str,
    /// Id of its error, when it is wrong.
    pub wrong: Option<&'a str>,
    /// Where the page begins.
    pub focus: bool,
}

/// A day in any form that people write, and the calendar of the browser beside it, opened by its button or by Alt + ↓
/// (see `static/js/40-recherche.js`). Without JavaScript, the field alone.
pub fn day_input(day: &Day<'_>) -> Markup {
    html! {
        span class="avec-calendrier" {
            input id=(day.id) name=(day.name) type="text" value=(day.value) maxlength="40" autocomplete="off" data-jour="oui"
                data-focus=[day.focus.then_some("oui")]
                aria-invalid=[day.wrong.map(|_| "true")] aria-describedby=[day.wrong];
            button type="button" class="calendrier" data-calendrier=(day.id) {
                (icon("calendar")) span class="visuellement-cache" { "Choisir dans un calendrier, " (day.of) }
            }
        }
    }
}

/// A choice among a few values: code, label.
pub fn select(name: &str, label: &str, options: &[(String, String)], value: &str, empty: Option<&str>) -> Markup {
    html! {
        div class="champ" {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @if let Some(word) = empty { option value="" { (word) } }
                @for (code, label) in options { option value=(code) selected[code == value] { (label) } }
            }
        }
    }
}

/// The error of a field.
pub fn error(name: &str, error: Option<&str>) -> Markup {
    html! { @if let Some(text) = error { p class="erreur-champ" id={ (name) "-erreur" } { (icon("circle-x")) (text) } } }
}

/// Errors of a form, at its top, each leading to its field. Takes the focus (see `app.js`).
pub fn error_summary(errors: &[(&str, String)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div class="message erreur" role="alert" tabindex="-1" data-focus="oui" {
                (icon("circle-x"))
                div {
                    p { strong { (if errors.len() == 1 { "Une information est à corriger" } else { "Des informations sont à corriger" }) } }
                    ul { @for (name, text) in errors { li { a href={ "#" (name) } { (text) } } } }
                }
            }
        }
    }
}

fn described_by(name: &str, hint: &str, error: Option<&str>) -> Option<String> {
    let mut ids = Vec::new();
    if !hint.is_empty() {
        ids.push(format!("{name}-indice"));
    }
    if error.is_some() {
        ids.push(format!("{name}-erreur"));
    }
    (!ids.is_empty()).then(|| ids.join(" "))
}
