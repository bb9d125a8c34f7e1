//! The form of a record: sections, what is computed beside, what looks like it, what is wrong.

use maud::{Markup, html};

use super::draft::{APART, Sent, origin};
use super::hooks::Draft;
use super::model::{Field, Record};
use super::queries::Held;
use crate::champs::{Saisie, Whole, whole_field};
use crate::ui::alike::{Similar, alike};
use crate::ui::form::error_summary;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// What stands around a form.
pub struct Around<'a> {
    /// Name of the row; nothing for a new one.
    pub name: &'a str,
    /// Version of the row that the person saw.
    pub version: i32,
    /// What the form creates, if it does, once.
    pub token: &'a str,
    /// What is said above it.
    pub above: Markup,
    /// What stood in each field when the form was opened.
    pub origins: Option<&'a Sent>,
    /// Rows that look like it.
    pub similar: &'a [Similar],
}

/// The title of the page.
pub fn title(record: &Record, around: &Around<'_>) -> String {
    if around.name.is_empty() { record.creation.to_string() } else { format!("Corriger\u{a0}: {}", around.name) }
}

/// The form.
pub fn form(record: &Record, draft: &Draft, around: &Around<'_>) -> Markup {
    let list = record.list;
    let (address, back) = match draft.id {
        Some(id) => (format!("/{}/{id}/modifier", list.name), format!("/{}/{id}", list.name)),
        None => (format!("/{}/nouveau", list.name), format!("/{}", list.name)),
    };
    let title = title(record, around);
    let row = [(back.as_str(), around.name)];
    let between: &[(&str, &str)] = if around.name.is_empty() { &[] } else { &row };
    html! {
        (list.trail(between, if draft.id.is_some() { "Corriger" } else { record.creation }))
        h1 { (title) }
        @if let (None, Some(grid)) = (draft.id, record.grid) { p { "Plusieurs à la fois\u{a0}: " a href={ "/" (list.name) "/registre" } { (grid.title) } "." } }
        (around.above)
        @if !draft.quiet { (error_summary(&draft.faults.iter().map(|(name, text)| (*name, text.clone())).collect::<Vec<_>>())) }
        div class={ "saisie-fiche" (if record.live.is_some() { " avec-calcul" } else { "" }) } {
            form method="post" action=(address) data-fiche="oui" id="fiche" {
                input type="hidden" name="version" value=(around.version);
                @if draft.id.is_none() { input type="hidden" name="jeton" value=(around.token); }
                @for field in record.fields().filter(|field| draft.id.is_some() && !field.fixed) {
                    @let stood = around.origins.and_then(|sent| sent.get(&origin(field.name))).or(draft.typed.get(field.name));
                    input type="hidden" name=(origin(field.name)) value=(stood.map_or("", String::as_str));
                }
                (alike(around.similar))
                @let begin = begin(record, draft).filter(|_| around.similar.is_empty());
                @for section in record.sections {
                    fieldset class="partie" {
                        legend { (section.title) }
                        @if !section.about.is_empty() { p class="indice" { (section.about) } }
                        div class="champs" {
                            @for field in section.fields.iter().filter(|field| draft.id.is_none() || !field.fixed || field.kept()) { (one(list.name, draft, field, begin == Some(field.name))) }
                        }
                    }
                }
                p class="actions" {
                    @if !around.similar.is_empty() {
                        button class="bouton principal" type="submit" name="faire" value="confirmer" { "Créer quand même" }
                    } @else {
                        button class="bouton principal" type="submit" name="faire" value="enregistrer" { (icon("check")) "Enregistrer" }
                    }
                    @if draft.id.is_none() && around.similar.is_empty() { button class="bouton" type="submit" name="faire" value="encore" { "Enregistrer et créer un autre" } }
                    @if record.live.is_some() { noscript { button class="bouton" type="submit" name="faire" value="calculer" { "Calculer" } } }
                    a class="bouton" href=(back) { "Annuler" }
                }
                p class="indice" { kbd { "Ctrl" } " + " kbd { "Entrée" } " enregistre." }
            }
            @if let Some(beside) = record.live {
                @let live = list.page("calcul").with_some("id", draft.id);
                section class="calcul carte" aria-labelledby="calcul-titre" {
                    h2 id="calcul-titre" { (beside.title) }
                    div id="calcul" aria-live="polite" hx-post=(live) hx-trigger="input from:'#fiche' delay:400ms, change from:'#fiche' delay:100ms" hx-include="#fiche" hx-swap="innerHTML" {
                        (panel(record, draft))
                    }
                }
            }
        }
    }
}

/// What was computed, and what deserves a look.
pub fn panel(record: &Record, draft: &Draft) -> Markup {
    html! {
        @match &draft.panel {
            Some(panel) => (panel),
            None => {
                @if let Some(beside) = record.live { p { (beside.waiting) } }
                @let wrong: Vec<_> = draft.faults.iter().filter(|(name, _)| together(record, draft, name)).collect();
                @if !wrong.is_empty() { ul { @for (_, sentence) in wrong { li { (sentence) } } } }
            },
        }
        @for warning in &draft.warnings { (notice(Tone::Warning, &html! { p { (warning) } })) }
    }
}

/// Whether what is wrong with a field is seen only beside the others: nobody is told of a date that they are still typing.
fn together(record: &Record, draft: &Draft, name: &str) -> bool {
    let empty = draft.typed.get(name).is_none_or(String::is_empty);
    draft.value(name).is_some() || empty && record.fields().any(|field| field.name == name && !field.required)
}

/// Where a new row begins: what led here has often filled the first fields already.
fn begin(record: &Record, draft: &Draft) -> Option<&'static str> {
    let given = |field: &Field| field.saisie.is_choice() || draft.typed.get(field.name).is_some_and(|text| !text.is_empty());
    record.fields().find(|field| !given(field)).map(|field| field.name)
}

fn one(list: &str, draft: &Draft, field: &Field, first: bool) -> Markup {
    let typed = draft.typed.get(field.name).map_or("", String::as_str);
    let options = draft.options.get(field.name).map(Vec::as_slice).unwrap_or_default();
    if field.fixed && draft.id.is_some() {
        let words =
            if field.saisie.is_choice() { field.saisie.in_words(Some(typed).filter(|text| !text.is_empty()), options) } else { typed.to_string() };
        let words = if words.is_empty() { "non renseigné" } else { &words };
        return html! { div class="champ fixe" { span class="libelle" { (field.label) } p { (words) } } };
    }
    let whole = Whole {
        name: field.name,
        label: field.label,
        hint: field.hint,
        saisie: &field.saisie,
        options,
        typed,
        wrong: draft.fault(field.name).filter(|_| !draft.quiet),
        required: field.required,
        focus: first && (draft.quiet || draft.faults.is_empty()) && draft.id.is_none(),
    };
    html! {
        div class="groupe-champ" {
            (whole_field(&whole))
            @if let Saisie::Fiche(_) = field.saisie {
                @let known = format!("{}-connus", field.name);
                div id=(known) class="connus" aria-live="polite" hx-get={ "/" (list) "/choisir/" (field.name) } hx-trigger={ "input from:'#" (field.name) "' delay:250ms" }
                    hx-include={ "#" (field.name) } hx-swap="innerHTML" {}
            }
        }
    }
}

/// The rows that a field may name, as one types: each fills the field.
pub fn known(field: &str, found: &[(i64, String, String)]) -> Markup {
    html! {
        @if !found.is_empty() {
            ul class="connus-liste" {
                @for (_, reference, name) in found {
                    li { button type="button" class="lien" data-remplir=(field) data-valeur={ (reference) (APART) (name) } { span class="code" { (reference) } " " (name) } }
                }
            }
        }
    }
}

/// What is said above a form sent over a row that is another one since.
pub fn clash(record: &Record, held: &Held) -> Markup {
    let away = record.archive.is_some_and(|column| held.values.get(column).is_some_and(Option::is_some));
    notice(
        Tone::Warning,
        &html! {
            p { strong { "Cette fiche a été modifiée entre-temps" } @if let Some(who) = &held.par { " par " (who) } ", " (format::instant(held.modifie_le)) "." @if away { " Elle est archivée." } }
            p { "Rien n’est encore enregistré. Ce que vous n’aviez pas touché montre la valeur d’aujourd’hui ; vos changements sont gardés. Vérifiez, puis enregistrez." }
        },
    )
}
