//! The form of a field: in its cell, or on a small page of its own.

use maud::{Markup, html};

use super::model::{Champ, Etat, Valeur};
use super::saisie::Saisie;
use crate::listing::{Choice, List, RowData, cell, place, row_name};
use crate::motifs::{self, Offert, Saisi};
use crate::platform::http::Address;
use crate::ui::conflict::{Conflict, conflict};
use crate::ui::form::{Day, Field, day_input, error, error_summary, field};
use crate::ui::message::{Flash, flash};

/// What a form or a conflict is about.
pub struct Subject<'a> {
    /// The field.
    pub champ: &'static Champ,
    /// Key of the row.
    pub id: i64,
    /// The row, as its list shows it.
    pub row: &'a RowData,
    /// Values on offer.
    pub options: &'a [Choice],
    /// Reasons on offer.
    pub offered: &'a [Offert],
    /// Where to come back.
    pub back: &'a str,
    /// A part of a page, rather than a page.
    pub partial: bool,
}

/// What the form holds.
pub struct Typed<'a> {
    /// The value, as typed.
    pub value: &'a str,
    /// Its reason, as typed.
    pub reason: &'a Saisi,
    /// Version that the person saw.
    pub version: i32,
}

/// The field at fault, and what to do.
type Wrong = (&'static str, String);

impl Subject<'_> {
    fn place(&self) -> String {
        place(self.champ.list.name, &self.row.id, self.champ.column)
    }

    /// Address that shows the value again without changing it.
    fn keep(&self) -> String {
        if self.partial { Address::of(self.champ.address(self.id)).with("vue", "valeur").into() } else { self.back.to_string() }
    }

    /// « Statut : AIR-2026-000012 ».
    pub fn title(&self) -> String {
        format!("{} : {}", self.champ.column().label, row_name(self.row))
    }
}

/// The form, with what was typed and what is wrong with it.
pub fn form(subject: &Subject<'_>, typed: &Typed<'_>, wrong: Option<&Wrong>) -> Markup {
    let address = subject.champ.address(subject.id);
    let hidden = html! {
        input type="hidden" name="version" value=(typed.version);
        input type="hidden" name="retour" value=(subject.back);
    };
    if subject.partial {
        let target = format!("#{}", subject.place());
        return over_cell(
            subject,
            &html! {
                form class="saisie" method="post" action=(address) hx-post=(address) hx-target=(target) hx-swap="outerHTML" {
                    (hidden) (input(subject, typed.value, fault(wrong)))
                    (reason(subject, typed, wrong))
                    p class="actions" {
                        button class="bouton principal" type="submit" { "Enregistrer" }
                        a class="bouton" href=(subject.back) data-abandon="oui" hx-get=(subject.keep()) hx-target=(target) hx-swap="outerHTML" { "Annuler" }
                    }
                }
            },
        );
    }
    html! {
        section class="etroite" {
            h1 { (subject.title()) }
            @if let Some((name, text)) = wrong { (error_summary(&[(*name, text.clone())])) }
            form method="post" action=(address) {
                (hidden) (full_input(subject, typed.value, fault(wrong)))
                (reason(subject, typed, wrong))
                p class="actions" {
                    button class="bouton principal" type="submit" { "Enregistrer" }
                    a class="bouton" href=(subject.back) { "Annuler" }
                }
            }
        }
    }
}

/// Over the value of the cell, which keeps its place: the table does not move.
fn over_cell(subject: &Subject<'_>, body: &Markup) -> Markup {
    let shown = subject.row.cells.get(1).map(|(value, _)| cell::cell(subject.champ.column().kind, value, None));
    html! {
        div id=(subject.place()) class="modifiable ouvert" {
            @if let Some(shown) = shown { (shown) }
            (body)
        }
    }
}

/// What is wrong with the value itself.
fn fault(wrong: Option<&Wrong>) -> Option<&str> {
    wrong.filter(|(name, _)| *name == "valeur").map(|(_, text)| text.as_str())
}

fn reason(subject: &Subject<'_>, typed: &Typed<'_>, wrong: Option<&Wrong>) -> Markup {
    let prefix = if subject.partial { format!("{}-", subject.place()) } else { String::new() };
    html! { @if !subject.champ.motives.is_empty() { (motifs::fields(&prefix, subject.champ.motives, subject.offered, typed.reason, wrong)) } }
}

fn choices(subject: &Subject<'_>) -> Option<Vec<Choice>> {
    known(&subject.champ.saisie, subject.options)
}

/// The values of a field that is one of a list.
fn known(saisie: &Saisie, options: &[Choice]) -> Option<Vec<Choice>> {
    match saisie {
        Saisie::Choix(known) => Some(known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect()),
        _ => saisie.is_choice().then(|| options.to_vec()),
    }
}

/// A field of a form: its label, what is expected of it, what was typed, what is wrong.
pub struct Whole<'a> {
    /// Name, and id.
    pub name: &'a str,
    /// Label.
    pub label: &'a str,
    /// What is said before beside how it is typed.
    pub hint: &'a str,
    /// What may be typed.
    pub saisie: &'a Saisie,
    /// Values on offer.
    pub options: &'a [Choice],
    /// What was typed.
    pub typed: &'a str,
    /// What is wrong with it.
    pub wrong: Option<&'a str>,
    /// Must be filled.
    pub required: bool,
    /// Where the page begins.
    pub focus: bool,
}

/// Ids of what is said of a field: its hint, its error.
fn described(whole: &Whole<'_>, hinted: bool) -> Option<String> {
    let hint = hinted.then(|| format!("{}-indice", whole.name));
    let ids: Vec<String> = hint.into_iter().chain(whole.wrong.map(|_| format!("{}-erreur", whole.name))).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Characters from which a text of several lines has the height of a page.
const LONG: usize = 5_000;

/// A text of several lines. A browser takes the first line end away: one stands before it.
fn lines(id: &str, name: &str, saisie: &Saisie, typed: &str, (wrong, described): (bool, Option<&str>)) -> Markup {
    html! {
        textarea id=(id) name=(name) rows=(if saisie.longest() > LONG { "24" } else { "4" }) maxlength=(saisie.longest()) autocomplete="off"
            aria-invalid=[wrong.then_some("true")] aria-describedby=[described] { "\n" (typed) }
    }
}

/// A field of a form with its label above, its hint below it, its error under it.
pub fn whole_field(whole: &Whole<'_>) -> Markup {
    let (kind, manner, inputmode) = whole.saisie.manner();
    let hint = [whole.hint, &manner].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(". ");
    if let Some(options) = known(whole.saisie, whole.options) {
        return html! {
            @let described = described(whole, !whole.hint.is_empty());
            div class={ "champ" (if whole.wrong.is_some() { " en-erreur" } else { "" }) } {
                label for=(whole.name) { (whole.label) @if whole.required { span class="exige" { " (obligatoire)" } } }
                @if !whole.hint.is_empty() { p class="indice" id={ (whole.name) "-indice" } { (whole.hint) } }
                select id=(whole.name) name=(whole.name) aria-invalid=[whole.wrong.map(|_| "true")] aria-describedby=[described] {
                    @if !whole.required || whole.typed.is_empty() { option value="" { "Non renseigné" } }
                    @for (code, label) in &options { option value=(code) selected[code == whole.typed] { (label) } }
                }
                (error(whole.name, whole.wrong))
            }
        };
    }
    if whole.saisie.is_long() {
        let described = described(whole, !hint.is_empty());
        return html! {
            div class={ "champ large" (if whole.wrong.is_some() { " en-erreur" } else { "" }) } {
                label for=(whole.name) { (whole.label) @if whole.required { span class="exige" { " (obligatoire)" } } }
                @if !hint.is_empty() { p class="indice" id={ (whole.name) "-indice" } { (hint) } }
                (lines(whole.name, whole.name, whole.saisie, whole.typed, (whole.wrong.is_some(), described.as_deref())))
                (error(whole.name, whole.wrong))
            }
        };
    }
    if whole.saisie.is_day() {
        let wrong = whole.wrong.and_then(|_| described(whole, true));
        return html! {
            div class={ "champ" (if whole.wrong.is_some() { " en-erreur" } else { "" }) } {
                label for=(whole.name) { (whole.label) @if whole.required { span class="exige" { " (obligatoire)" } } }
                p class="indice" id={ (whole.name) "-indice" } { (hint) }
                (day_input(&Day { id: whole.name, name: whole.name, value: whole.typed, of: whole.label, wrong: wrong.as_deref(), focus: whole.focus }))
                (error(whole.name, whole.wrong))
            }
        };
    }
    field(&Field {
        name: whole.name,
        label: whole.label,
        kind,
        value: whole.typed,
        hint: &hint,
        error: whole.wrong,
        required: whole.required,
        autocomplete: "off",
        inputmode,
        max: Some(whole.saisie.longest()),
        focus: whole.focus,
    })
}

fn full_input(subject: &Subject<'_>, typed: &str, wrong: Option<&str>) -> Markup {
    let (label, saisie, required) = (subject.champ.column().label, &subject.champ.saisie, subject.champ.required);
    whole_field(&Whole { name: "valeur", label, hint: "", saisie, options: subject.options, typed, wrong, required, focus: false })
}

/// The field alone, its label for the ear: the header of the column stands above it.
fn input(subject: &Subject<'_>, typed: &str, wrong: Option<&str>) -> Markup {
    let id = format!("{}-valeur", subject.place());
    let (kind, hint, inputmode) = subject.champ.saisie.manner();
    let invalid = wrong.map(|_| "true");
    let described = wrong.map(|_| format!("{id}-erreur"));
    html! {
        label class="visuellement-cache" for=(id) { (subject.title()) @if !hint.is_empty() { " (" (hint) ")" } }
        @match choices(subject) {
            Some(options) => select id=(id) name="valeur" data-saisie="oui" aria-invalid=[invalid] aria-describedby=[described] {
                @if !subject.champ.required { option value="" { "Non renseigné" } }
                @for (code, label) in &options { option value=(code) selected[code == typed] { (label) } }
            },
            None if subject.champ.saisie.is_long() => (lines(&id, "valeur", &subject.champ.saisie, typed, (wrong.is_some(), described.as_deref()))),
            None if subject.champ.saisie.is_day() =>
                (day_input(&Day { id: &id, name: "valeur", value: typed, of: subject.champ.column().label, wrong: described.as_deref(), focus: false })),
            None => input id=(id) name="valeur" type=(kind) value=(typed) autocomplete="off" maxlength=(subject.champ.saisie.longest()) inputmode=[inputmode]
                data-saisie="oui" aria-invalid=[invalid] aria-describedby=[described];
        }
        (error(&id, wrong))
    }
}

/// « Ce séjour », « Cet hébergeur ».
pub fn this(list: &List) -> String {
    let word = match (list.feminine, list.noun.0.starts_with(['h', 'é', 'a', 'e', 'i', 'o', 'u'])) {
        (true, _) => "Cette",
        (false, true) => "Cet",
        (false, false) => "Ce",
    };
    format!("{word} {}", list.noun.0)
}

/// Both values, and the choice.
pub fn clash(subject: &Subject<'_>, wanted: &Valeur, now: &Etat) -> Markup {
    let champ = subject.champ;
    let place = subject.place();
    let (mine, theirs) = (champ.told(wanted, subject.options), champ.told(&now.held(), subject.options));
    let (typed, keep, address) = (champ.in_field(wanted.valeur.as_deref()), subject.keep(), champ.address(subject.id));
    let reason = Saisi::from_motif(wanted.motif.as_ref());
    let more = if wanted.motif.is_some() { vec![("motif", reason.motif), ("precision", reason.precision)] } else { Vec::new() };
    let list = champ.list;
    let what = format!("{} a été modifié{}", this(list), if list.feminine { "e" } else { "" });
    let body = conflict(&Conflict {
        what: &what,
        label: champ.column().label,
        mine: &mine,
        theirs: &theirs,
        who: now.par.as_deref(),
        when: now.modifie_le,
        address: &address,
        value: &typed,
        more: &more,
        version: now.version,
        keep: &keep,
        back: subject.back,
        target: subject.partial.then_some(&place),
    });
    if subject.partial {
        over_cell(subject, &html! { div class="saisie" { (body) } })
    } else {
        html! { section class="etroite" { h1 { (subject.title()) } (body) } }
    }
}

/// The cell as it is now, with the message that goes with it.
pub fn saved(cell: &Markup, message: &Flash) -> Markup {
    html! {
        (cell)
        div id="messages" hx-swap-oob="innerHTML" { (flash(message)) }
    }
}
