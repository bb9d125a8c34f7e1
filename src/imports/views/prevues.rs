//! The lines of an import that write, some at a time.

use maud::{Markup, html};

use super::effet::changements;
use super::montre::Suivi;
use crate::imports::list::LIGNES;
use crate::imports::model::Prevue;
use crate::platform::http::Address;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge};

/// « (51 à 100 sur 6 000) », when some of them are elsewhere.
pub(super) fn sur(before: i64, shown: usize, total: i64) -> String {
    let last = before + i64::try_from(shown).unwrap_or(i64::MAX - before);
    match (before, last) {
        (0, last) if last >= total => String::new(),
        _ => format!(" ({} à {} sur {})", format::integer(before + 1), format::integer(last), format::integer(total)),
    }
}

/// The lines that would write, with each value before and after; to be left out one by one.
pub fn prevues(suivi: &Suivi<'_>) -> Markup {
    let (import, tranche) = (suivi.import, suivi.tranche);
    let choose = suivi.part.agit && import.state() == "a_confirmer";
    let table = html! {
        section class="defile" tabindex="0" aria-labelledby="titre-prevues" {
            table class="liste" {
                caption id="titre-prevues" {
                    (if choose { "Lignes à écrire" } else { "Lignes qui écrivent" }) (sur(tranche.avant, tranche.lignes.len(), import.nouvelles + import.changees + (import.proposees - import.a_decider - import.ecartees)))
                }
                thead { tr {
                    @if choose { th scope="col" class="a-l-ecran" { "Choisir" } }
                    th scope="col" class="nombre" { "Ligne" } th scope="col" { "Fiche" } th scope="col" { "Ce qu’elle fait" } th scope="col" { "Suite" }
                } }
                tbody { @for line in &tranche.lignes { (prevue(suivi, line, choose)) } }
            }
        }
    };
    let page = |rank: i64| Address::of(format!("/imports/{}", import.id)).with_some("apres", (rank >= 0).then_some(rank));
    html! {
        @if !tranche.lignes.is_empty() {
            @if choose {
                form method="post" action={ "/imports/" (import.id) "/exclusion" } {
                    @if let Some(rank) = tranche.apres { input type="hidden" name="apres" value=(rank); }
                    (table)
                    p class="actions" {
                        button class="bouton" type="submit" name="faire" value="exclure" { "Exclure les lignes cochées" }
                        button class="bouton" type="submit" name="faire" value="reprendre" { "Reprendre les lignes cochées" }
                        @if suivi.doublons > 0 { button class="bouton" type="submit" name="faire" value="exclure-doublons" { "Exclure " (format::counted(suivi.doublons, "ligne signalée comme doublon", "lignes signalées comme doublons")) } }
                        @if import.mises_de_cote > 0 { button class="bouton" type="submit" name="faire" value="reprendre-mises-de-cote" { "Reprendre " (format::counted(import.mises_de_cote, "ligne mise de côté", "lignes mises de côté")) } }
                    }
                }
            } @else { (table) }
            p class="actions" {
                @if let Some(before) = tranche.precedente { a class="bouton" href=(page(before)) { "Lignes précédentes" } }
                @if let Some(next) = tranche.suivante { a class="bouton" href=(page(next)) { "Lignes suivantes" } }
                a class="bouton" href=(LIGNES.asked(&[("import", &import.id)])) { (icon("list")) "Toutes les lignes" }
            }
        }
    }
}

fn prevue(suivi: &Suivi<'_>, line: &Prevue, choose: bool) -> Markup {
    let list = suivi.genre.record.list;
    let name = line.nom.as_deref().unwrap_or("sans nom");
    let (tone, word) = match line.etat.as_str() {
        "exclue" if line.motif.is_some() => (Tone::Warning, "Mise de côté"),
        "exclue" => (Tone::Warning, "Exclue"),
        "ecrite" => (Tone::Success, "Écrite"),
        "depassee" => (Tone::Warning, "Laissée"),
        "defaite" => (Tone::Plain, "Défaite"),
        "gardee" => (Tone::Warning, "Gardée"),
        _ => (Tone::Info, "Prévue"),
    };
    html! {
        tr {
            @if choose { td class="a-l-ecran" data-libelle="Choisir" { input type="checkbox" name="ligne" value=(line.id) aria-label={ "Ligne " (line.ligne) ", " (name) }; } }
            th scope="row" class="nombre" data-libelle="Ligne" { (line.ligne) }
            td data-libelle="Fiche" { @match line.cle.filter(|_| !suivi.genre.de_tous()) { Some(key) => a href={ "/" (list.name) "/" (key) } { (name) }, None => (name) } }
            td data-libelle="Ce qu’elle fait" { (changements(suivi, line)) }
            td data-libelle="Suite" { div { (badge(tone, word)) @if let Some(why) = &line.motif { br; span class="discret" { (why) } } } }
        }
    }
}
