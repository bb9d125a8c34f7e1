//! The page of many lines.

use maud::{Markup, html};

use super::lecture::{Grille, LINES_MAX, Ligne, name_of, typed};
use crate::champs::{Saisie, Whole, whole_field};
use crate::comptes;
use crate::records::model::{Grid, Record};
use crate::ui::form::error_summary;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// What stands around the lines.
#[derive(Default)]
pub struct Around<'a> {
    /// What the form creates, once.
    pub token: &'a str,
    /// What a session that ended had left.
    pub given_back: bool,
    /// Its lines were looked at: each tells its amount or what is wrong.
    pub checked: bool,
    /// It was to be written, and something is wrong.
    pub refused: bool,
    /// It was to be written, and lines look like what is there.
    pub alike: bool,
}

/// Id of a field of a line.
fn id_of(column: &str, place: usize) -> String {
    format!("{column}-{place}")
}

/// Whether what is wrong is told: on demand, and for what is given once only when something was asked.
fn shared_fault<'a>(grille: &'a Grille, around: &Around<'_>, name: &str) -> Option<&'a str> {
    grille.shared.fault(name).filter(|_| around.checked)
}

/// What is wrong, each leading to its field.
fn summary(grid: &Grid, grille: &Grille) -> Vec<(String, String)> {
    let shared = grille.shared.faults.iter().map(|(name, text)| (name.to_string(), text.clone()));
    let own = grille.rows.iter().flat_map(|row| {
        row.faults(grid).map(move |(name, text)| (id_of(name, row.place), format!("Ligne {}, {}", row.place + 1, first_small(text))))
    });
    let mut all: Vec<(String, String)> = shared.chain(own).collect();
    if grille.rows.is_empty() {
        all.push((id_of(grid.columns[0].0, 0), "Aucune ligne n’est remplie. Remplissez-en une au moins.".into()));
    }
    all
}

/// After « Ligne 3, », a sentence goes on.
fn first_small(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_lowercase().chain(signs).collect())
}

pub fn page(record: &Record, grid: &Grid, grille: &Grille, around: &Around<'_>) -> Markup {
    let address = format!("/{}/registre", record.list.name);
    let faults = if around.refused { summary(grid, grille) } else { Vec::new() };
    let faults: Vec<(&str, String)> = faults.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    html! {
        (record.list.trail(&[], grid.title))
        h1 { (grid.title) }
        @if around.given_back { (comptes::reminder()) }
        p { (grid.about) }
        (error_summary(&faults))
        form method="post" action=(address) data-fiche="oui" class="registre" id="registre" {
            input type="hidden" name="jeton" value=(around.token);
            input type="hidden" name="lignes" value=(grille.lines);
            // Without a script, Entrée in a cell presses the first button: that one looks, and writes nothing.
            button type="submit" class="visuellement-cache" name="faire" value="verifier" tabindex="-1" aria-hidden="true" { "Vérifier" }
            @if around.alike { (alike(grille)) }
            fieldset class="partie" {
                legend { "Pour toutes les lignes" }
                div class="champs" { @for (rank, name) in grid.shared.iter().enumerate() { (shared(record, grille, around, name, rank == 0)) } }
            }
            p class="indice" id="registre-mode" {
                "Une ligne par " (record.list.noun.0) ". Les lignes vides sont ignorées."
                span class="avec-script" { " Collez depuis un tableur\u{a0}; " kbd { "Entrée" } ", " kbd { "↓" } " et " kbd { "↑" } " changent de ligne." }
            }
            section class="lignes" tabindex="0" aria-label="Lignes" { (table(record, grid, grille, around)) }
            p class="indice avec-script" id="registre-colle" role="status" {}
            @if around.checked { p role="status" { strong { (total(record, grid, grille)) } } }
            (actions(grille, around))
        }
    }
}

fn actions(grille: &Grille, around: &Around<'_>) -> Markup {
    html! {
        p class="actions" {
            @if around.alike { button class="bouton principal" type="submit" name="faire" value="confirmer" { "Enregistrer quand même" } }
            @else { button class="bouton principal" type="submit" name="faire" value="enregistrer" { (icon("check")) "Enregistrer" } }
            button class="bouton" type="submit" name="faire" value="verifier" { "Vérifier" }
            @if grille.lines < LINES_MAX { button class="bouton" type="submit" name="faire" value="lignes" { (icon("plus")) "Dix lignes de plus" } }
        }
        p class="indice" { kbd { "Ctrl" } " + " kbd { "Entrée" } " enregistre. Tout est enregistré, ou rien." }
    }
}

/// The number of lines that are right, and their sum.
fn total(record: &Record, grid: &Grid, grille: &Grille) -> String {
    let right = grille.rows.iter().filter(|row| row.draft.faults.is_empty()).count();
    let counted = record.list.counted(i64::try_from(right).unwrap_or(i64::MAX));
    format!("{counted} sans erreur, {}", format::money(grille.total(grid)))
}

fn shared(record: &Record, grille: &Grille, around: &Around<'_>, name: &'static str, first: bool) -> Markup {
    let Some(field) = record.field(name) else { return html! {} };
    let typed = grille.shared.typed.get(name).map_or("", String::as_str);
    let options = grille.shared.options.get(name).map(Vec::as_slice).unwrap_or_default();
    let wrong = shared_fault(grille, around, name);
    let whole = Whole {
        name,
        label: field.label,
        hint: field.hint,
        saisie: &field.saisie,
        options,
        typed,
        wrong,
        required: field.required,
        focus: first && typed.is_empty() && !around.checked,
    };
    html! {
        div class="groupe-champ" {
            (whole_field(&whole))
            @if let Saisie::Fiche(_) = field.saisie {
                div id={ (name) "-connus" } class="connus" aria-live="polite" hx-get={ "/" (record.list.name) "/choisir/" (name) }
                    hx-trigger={ "input from:'#" (name) "' delay:250ms" } hx-include={ "#" (name) } hx-swap="innerHTML" {}
            }
        }
    }
}

fn table(record: &Record, grid: &Grid, grille: &Grille, around: &Around<'_>) -> Markup {
    let given = grid.shared.first().is_some_and(|name| grille.shared.typed.get(name).is_some_and(|text| !text.is_empty()));
    let begins = given && !around.checked;
    let row = |place: usize| grille.rows.iter().find(|row| row.place == place);
    html! {
        table class="grille" data-grille=(LINES_MAX) {
            caption class="visuellement-cache" { (grid.title) }
            thead {
                tr {
                    th scope="col" { span class="visuellement-cache" { "Ligne" } }
                    @for (name, short) in grid.columns {
                        @let label = record.field(name).map_or(*short, |field| field.label);
                        @let titles = grid.titles.iter().find(|(known, _)| known == name).map(|(_, titles)| titles.join("|"));
                        th scope="col" title=(label) data-colonne=(name) data-titres=[titles] { (short) }
                    }
                    th scope="col" { "Taxe" }
                }
            }
            tbody {
                @for place in 0..grille.lines {
                    tr id={ "ligne-" (place) } data-ligne=(place) hx-post=(record.list.page("registre/ligne").with("n", place)) hx-trigger="change delay:150ms" hx-target={ "#dit-" (place) } hx-swap="innerHTML" hx-sync="this:replace" {
                        th scope="row" { (place + 1) }
                        @for (rank, (name, _)) in grid.columns.iter().enumerate() {
                            td { (cell(record, grille, row(place).filter(|_| around.checked), name, (place, begins && place + rank == 0))) }
                        }
                        td class="dit" id={ "dit-" (place) } { @if around.checked { (result(grid, place, row(place), true)) } }
                    }
                }
            }
        }
    }
}

/// A cell. The first of them is where one begins when what is given once is given.
fn cell(record: &Record, grille: &Grille, row: Option<&Ligne>, name: &'static str, (place, begins): (usize, bool)) -> Markup {
    let Some(field) = record.field(name) else { return html! {} };
    let wrong = row.is_some_and(|row| row.draft.fault(name).is_some());
    let (_, _, inputmode) = field.saisie.manner();
    html! {
        input type="text" id=(id_of(name, place)) name=(name_of(name, place)) value=(typed(&grille.sent, name, place)) class=(name)
            aria-label={ (field.label) ", ligne " (place + 1) } aria-invalid=[wrong.then_some("true")] aria-describedby={ "dit-" (place) }
            maxlength=(field.saisie.longest()) inputmode=[inputmode] autocomplete="off" data-colonne=(name) data-focus=[begins.then_some("oui")];
    }
}

/// What a line amounts to: its tax, or what is wrong with it. What is not given yet is no fault while one types.
pub fn result(grid: &Grid, place: usize, row: Option<&Ligne>, whole: bool) -> Markup {
    let Some(row) = row else { return html! {} };
    let told: Vec<&str> = row
        .faults(grid)
        .filter(|(name, _)| whole || row.draft.typed.get(name).is_some_and(|text| !text.is_empty()) || row.draft.value(name).is_some())
        .map(|(_, text)| text.as_str())
        .collect();
    let wrong: Vec<&str> = row.faults(grid).filter(|(_, text)| told.contains(&text.as_str())).map(|(name, _)| *name).collect();
    html! {
        @if !wrong.is_empty() { span data-faux=(wrong.join(" ")) hidden {} }
        @if let (Some(cents), true) = (row.amount(grid), told.is_empty()) { span class="montant" data-ligne-montant=(place) { (format::money(cents)) } }
        @for text in told { span class="erreur-champ" { (icon("circle-x")) (text) } }
        @for text in &row.draft.warnings { span class="a-voir" { (icon("triangle-alert")) (text) } }
    }
}

/// What looks like the lines, to be looked at before it is written.
fn alike(grille: &Grille) -> Markup {
    let seen: Vec<&str> = grille.rows.iter().flat_map(|row| &row.similar).map(|one| one.address.as_str()).collect();
    html! {
        input type="hidden" name="vus" value=(seen.join(" "));
        div tabindex="-1" data-focus="oui" {
            (notice(Tone::Warning, &html! {
                p { strong { "Des lignes ressemblent à ce qui existe déjà" } ". Regardez avant d’enregistrer." }
                ul {
                    @for row in grille.rows.iter().filter(|row| !row.similar.is_empty()) {
                        @for one in &row.similar {
                            li {
                                "Ligne " (row.place + 1) "\u{a0}: "
                                @if one.address.starts_with('/') { a href=(one.address) target="_blank" rel="noopener" { (one.name) } } @else { (one.name) }
                                ", " (one.why)
                            }
                        }
                    }
                }
            }))
        }
    }
}
