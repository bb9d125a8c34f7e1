//! What the pages of an import show, and the values of a line before and after.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::imports::genre::Genre;
use crate::imports::groupes::Groupe;
use crate::imports::model::{Import, Lot, Prevue};
use crate::imports::part::Part;
use crate::imports::profils::Connu;
use crate::imports::sommes::Sommes;
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
    /// Lines to be written that were told to look like a row, or like another line.
    pub doublons: i64,
    /// What its lines to be written come to, when its kind counts it.
    pub sommes: &'a Sommes,
    /// Some of what is said of its lines.
    pub dites: &'a [Groupe],
    /// How many of them there are.
    pub anomalies: i64,
    /// Its lots.
    pub lots: &'a [Lot],
    /// Values on offer of a field that is one of a list.
    pub options: &'a dyn Fn(&str) -> Vec<Choice>,
    /// What its kind says of where it stands.
    pub dit: Option<Markup>,
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
