//! The periods of a lodging: their parts of its file, and their form.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::model::{COLLECTE, FERMETURE, Genre, Typed, capital, days};
use super::queries::{Connue, Periode};
use crate::champs::{Saisie, Whole, whole_field};
use crate::listing::{Choice, Niveau};
use crate::platform::http::Address;
use crate::taxe::{LOGEMENTS, SEJOURS};
use crate::ui::form::error_summary;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// Both parts of the file of a lodging.
pub fn sections(lodging: i64, known: &[Connue], level: Option<Niveau>) -> Markup {
    html! { @for genre in [FERMETURE, COLLECTE] { (section(lodging, genre, known, level >= Some(Niveau::Saisir))) } }
}

fn section(lodging: i64, genre: &Genre, known: &[Connue], enters: bool) -> Markup {
    let here: Vec<&Connue> = known.iter().filter(|one| one.genre == genre.name).collect();
    html! {
        section class="ajouts" id=(genre.name) {
            h2 { (genre.title) @if !here.is_empty() { " (" (here.len()) ")" } }
            @if here.is_empty() { p class="discret" { (genre.about) } }
            @else { ul class="periodes" { @for one in here { (line(lodging, genre, one, enters)) } } }
            @if enters { p class="actions a-l-ecran" { a class="bouton" href={ "/logements/" (lodging) "/" (genre.name) "/nouvelle" } { (icon("plus")) (genre.adding) } } }
        }
    }
}

fn line(lodging: i64, genre: &Genre, one: &Connue, enters: bool) -> Markup {
    let address = format!("/logements/{lodging}/{}/{}", genre.name, one.id);
    let words = capital(&days(one.debut, one.fin));
    html! {
        li {
            div {
                @if genre.begins { strong { (words) } "\u{a0}: " (one.mots) } @else { strong { (one.mots) } ", " (days(one.debut, one.fin)) }
                @if one.sejours > 0 {
                    br;
                    a href=(stays_address(lodging, one.debut, one.fin)) { (SEJOURS.counted(one.sejours)) @if one.sejours == 1 { " compte une de ces nuits" } @else { " comptent une de ces nuits" } }
                }
            }
            @if enters { p class="actions a-l-ecran" {
                a class="bouton" href=(address) aria-label={ "Corriger : " (one.mots) ", " (days(one.debut, one.fin)) } { (icon("pencil")) "Corriger" }
                form class="en-ligne" method="post" action={ (address) "/suppression" } {
                    input type="hidden" name="version" value=(one.version);
                    button class="bouton" type="submit" aria-label={ "Retirer : " (one.mots) ", " (days(one.debut, one.fin)) } { (icon("trash")) "Retirer" }
                }
            } }
        }
    }
}

/// A form of a period.
pub struct Shown<'a> {
    pub genre: &'static Genre,
    /// The lodging: its key and its name.
    pub lodging: (i64, &'a str),
    /// The period that is corrected, at the version that was seen; a new one when there is none.
    pub seen: Option<(i64, i32)>,
    pub typed: &'a Typed,
    pub faults: &'a [(&'static str, String)],
    /// Collectors on offer.
    pub options: &'a [Choice],
    pub above: &'a Markup,
}

/// The title of its page.
pub fn title(shown: &Shown<'_>) -> String {
    let what = if shown.seen.is_some() { format!("Corriger\u{a0}: {}", shown.genre.noun) } else { shown.genre.adding.to_string() };
    format!("{what}, {}", shown.lodging.1)
}

/// The form.
pub fn form(shown: &Shown<'_>) -> Markup {
    let Shown { genre, lodging: (lodging, name), seen, typed, faults, options, above } = shown;
    let file = format!("/logements/{lodging}");
    let address = seen.map_or_else(|| format!("{file}/{}", genre.name), |(id, _)| format!("{file}/{}/{id}", genre.name));
    let wrong = |field: &str| faults.iter().find(|(known, _)| *known == field).map(|(_, why)| why.as_str());
    let day = |name, (label, hint), text, required, focus| {
        whole_field(&Whole { name, label, hint, saisie: &Saisie::Jour, options: &[], typed: text, wrong: wrong(name), required, focus })
    };
    let what = whole_field(&Whole {
        name: genre.column,
        label: genre.what.0,
        hint: genre.what.1,
        saisie: &genre.saisie,
        options,
        typed: &typed.quoi,
        wrong: wrong(genre.column),
        required: true,
        focus: false,
    });
    html! {
        (LOGEMENTS.trail(&[(&file, name)], if seen.is_some() { "Corriger" } else { genre.adding }))
        section class="etroite" {
            h1 { (title(shown)) }
            (above)
            (error_summary(faults))
            form method="post" action=(address) data-fiche="oui" {
                @if let Some((_, version)) = seen { input type="hidden" name="version" value=(version); }
                @if !genre.begins { (what) }
                (day("debut", genre.from, &typed.debut, genre.begins, true))
                (day("fin", genre.until, &typed.fin, false, false))
                @if genre.begins { (what) }
                p class="actions" {
                    button class="bouton principal" type="submit" { (icon("check")) "Enregistrer" }
                    a class="bouton" href=(file) { "Annuler" }
                }
                p class="indice" { kbd { "Ctrl" } " + " kbd { "Entrée" } " enregistre." }
            }
        }
    }
}

/// Two people corrected the same period: both values; what was typed stays in the form.
pub fn clash(held: &Periode, theirs: &str, mine: &str) -> Markup {
    html! {
        (notice(Tone::Warning, &html! {
            p { strong { "Cette ligne a été corrigée entre-temps" } @if let Some(who) = &held.par { " par " (who) } ", " (format::instant(held.modifie_le)) "." }
            p { "Rien n’est encore enregistré. Gardez vos valeurs, qui remplaceront les siennes, ou recopiez les siennes." }
        }))
        dl class="versions" {
            div { dt { "La vôtre" } dd { (mine) } }
            div { dt { "Enregistrée" } dd { (theirs) } }
        }
    }
}

/// It was removed meanwhile.
pub fn removed(genre: &Genre) -> Markup {
    notice(
        Tone::Warning,
        &html! { p { (genre.this) " a été retiré" (genre.ending) " entre-temps. Ce que vous aviez saisi est ci-dessous\u{a0}: enregistrez-le si vous le voulez encore." } },
    )
}

/// The address of the stays of a lodging that have a night in a closure.
fn stays_address(lodging: i64, debut: Option<NaiveDate>, fin: Option<NaiveDate>) -> Address {
    let (from, until) = (debut.and_then(|day| day.succ_opt()), fin);
    let known = SEJOURS.asked(&[("logement", &lodging), ("statut", &"rejete"), ("statut_sauf", &1)]);
    known.with_some("fin_min", from).with_some("debut_max", until)
}
