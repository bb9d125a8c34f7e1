//! What the pages of an import show, and the values of a line before and after.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::champs::Saisie;
use crate::imports::genre::Genre;
use crate::imports::model::{Dite, Import, Lot, Prevue};
use crate::imports::part::Part;
use crate::imports::profils::Connu;
use crate::imports::tranche::Tranche;
use crate::listing::Choice;
use crate::ui::format;

/// What the page of the reading shows.
pub struct Lue<'a> {
    /// The import.
    pub import: &'a Import,
    /// Its kind.
    pub genre: &'static Genre,
    /// Values on offer of a field that is one of a list.
    pub options: &'a dyn Fn(&str) -> Vec<Choice>,
    /// Whether it may be corrected by whoever looks.
    pub corrigeable: bool,
    /// What is wrong with what was sent.
    pub faute: Option<String>,
    /// What is wrong with values given to all lines, by field.
    pub fautes: &'a BTreeMap<&'static str, String>,
    /// The kind that the file looks like, and how many of its columns that one knows, then its own.
    pub autre: Option<(&'static Genre, usize, usize)>,
    /// The profiles that may be applied.
    pub connus: &'a [Connu],
    /// The communes for which the file may be said complete.
    pub communes: &'a [(String, String)],
    /// The collectivités with which one may be shared.
    pub lieux: &'a [(i32, String)],
}

/// What the page shows beside the import.
pub struct Suivi<'a> {
    /// The import.
    pub import: &'a Import,
    /// Its kind.
    pub genre: &'static Genre,
    /// What whoever looks may do of it.
    pub part: Part,
    /// Whether they may decide what enters no row by itself.
    pub valide: bool,
    /// Rows that no line names.
    pub absentes: &'a [Prevue],
    /// Changes proposed on closed rows.
    pub proposees: &'a [Prevue],
    /// Lines that would write, or wrote.
    pub tranche: &'a Tranche,
    /// Some of what is said of its lines.
    pub dites: &'a [Dite],
    /// How many of them there are.
    pub anomalies: i64,
    /// Its lots.
    pub lots: &'a [Lot],
    /// Values on offer of a field that is one of a list.
    pub options: &'a dyn Fn(&str) -> Vec<Choice>,
    /// What its kind says of where it stands.
    pub dit: Option<Markup>,
}

/// What a line gives, or changes.
pub fn changements(suivi: &Suivi<'_>, line: &Prevue) -> Markup {
    let columns = || suivi.genre.record.fields().filter(|field| line.valeurs.as_ref().is_some_and(|values| values.get(field.name).is_some()));
    let value = |side: &Option<Value>, field: &crate::records::Field| {
        let stored = side.as_ref().and_then(|values| values[field.name].as_str()).filter(|text| !text.is_empty());
        match (stored, &field.saisie) {
            (None, _) => "rien".to_string(),
            (Some(stored), Saisie::Fiche(_)) => {
                let known = (suivi.options)(field.name);
                known.into_iter().find(|(code, _)| code == stored).map_or_else(|| format!("n°\u{a0}{stored}"), |(_, name)| name)
            }
            (stored, saisie) => saisie.in_words(stored, &(suivi.options)(field.name)),
        }
    };
    let filled =
        |field: &crate::records::Field| line.valeurs.as_ref().and_then(|values| values[field.name].as_str()).is_some_and(|text| !text.is_empty());
    html! {
        @if line.verdict == "nouvelle" {
            "Nouvelle fiche\u{a0}: " (columns().filter(|field| filled(field)).map(|field| format!("{}\u{a0}: {}", field.label, value(&line.valeurs, field))).collect::<Vec<_>>().join("\u{a0}; "))
        } @else {
            ul { @for field in columns() { li { (field.label) "\u{a0}: " del { (value(&line.avant, field)) } " → " ins { (value(&line.valeurs, field)) } } } }
        }
    }
}

/// A line of a table of counts: how many, where they are, what becomes of them.
pub(super) fn ligne_de_bilan(mot: &str, count: i64, address: &str, suite: &str) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Lignes" { @if count > 0 { a href=(address) { (mot) } } @else { (mot) } }
            td class="nombre" data-libelle="Nombre" { (format::integer(count)) }
            td data-libelle="Suite" { (suite) }
        }
    }
}
