//! What a line of an import does to a row, and what all of them come to.

use maud::{Markup, html};
use serde_json::Value;

use super::montre::Suivi;
use crate::champs::Saisie;
use crate::imports::genre::Somme;
use crate::imports::model::Prevue;
use crate::ui::format;

/// What a line gives, or changes: the fields, then what is computed of them.
pub fn changements(suivi: &Suivi<'_>, line: &Prevue) -> Markup {
    let record = suivi.genre.record;
    let fields = record.fields().map(|field| (field.name, field.label, &field.saisie, field.empty));
    let computed = record.computed.iter().filter_map(|one| one.told.as_ref().map(|(label, saisie)| (one.name, *label, saisie, None)));
    let held = |side: &Option<Value>, column: &str| {
        let stored = side.as_ref().and_then(|values| values.get(column)?.as_str()).filter(|text| !text.is_empty());
        stored.map(str::to_string)
    };
    let words = |side: &Option<Value>, (column, saisie): (&str, &Saisie)| match (held(side, column), saisie) {
        (None, _) => "rien".to_string(),
        (Some(stored), Saisie::Fiche(_)) => {
            let known = (suivi.options)(column);
            known.into_iter().find(|(code, _)| *code == stored).map_or_else(|| format!("n°\u{a0}{stored}"), |(_, name)| name)
        }
        (Some(stored), saisie) => saisie.in_words(Some(&stored), &(suivi.options)(column)),
    };
    if line.verdict == "nouvelle" {
        // What a row holds when nothing is said says nothing: « Contrats saisonniers : 0 ».
        let said: Vec<String> = fields
            .chain(computed)
            .filter(|(column, _, _, empty)| {
                held(&line.valeurs, column).is_some_and(|stored| empty.is_none_or(|empty| empty != stored) && stored != "0")
            })
            .map(|(column, label, saisie, _)| format!("{label}\u{a0}: {}", words(&line.valeurs, (column, saisie))))
            .collect();
        let counted = suivi.sommes.lignes.get(&line.id).map(|values| en_mots(&suivi.sommes.noms, values)).filter(|text| !text.is_empty());
        return html! {
            @if let Some(counted) = counted { strong { (counted) } br; }
            "Nouvelle fiche\u{a0}: " (said.join("\u{a0}; "))
        };
    }
    let named = |column: &str| line.valeurs.as_ref().is_some_and(|values| values.get(column).is_some());
    html! {
        ul {
            @for (column, label, saisie, _) in fields.chain(computed).filter(|(column, ..)| named(column)) {
                li { (label) "\u{a0}: " del { (words(&line.avant, (column, saisie))) } " → " ins { (words(&line.valeurs, (column, saisie))) } }
            }
        }
    }
}

/// « 7 nuits, 4 personnes, 22,40 € de taxe ».
fn en_mots(sommes: &[Somme], values: &[i64]) -> String {
    let said = sommes.iter().zip(values).map(|(somme, value)| {
        if somme.argent { format!("{} {}", format::money(*value), somme.mots.0) } else { format::counted(*value, somme.mots.0, somme.mots.1) }
    });
    said.collect::<Vec<_>>().join(", ")
}

/// What the lines to be written come to, above the button that writes them.
pub fn sommes(suivi: &Suivi<'_>) -> Markup {
    let total = suivi.sommes;
    html! {
        @if let Some(values) = &total.nouvelles { p { strong { "Les lignes nouvelles\u{a0}: " (en_mots(&total.noms, values)) "." } } }
        @if let Some(delta) = total.ecart.filter(|delta| *delta != 0) {
            p { "Les lignes changées " @if delta > 0 { "ajoutent " } @else { "retirent " } (format::money(delta.abs())) " de taxe." }
        }
        @if total.trop { p class="discret" { "Le total n’est pas calculé au-delà de " (format::integer(crate::imports::sommes::SOMMEES_MAX)) " lignes." } }
    }
}
