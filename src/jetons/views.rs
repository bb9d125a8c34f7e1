//! The page of a token.

use maud::{Markup, html};

use super::list::{ETATS, GENRES, JETONS};
use super::model::Portee;
use super::queries::{DAYS_SHOWN, File, Jour};
use crate::journal::{self, Line};
use crate::listing::Module;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::{format, layout};

/// The words of a code.
fn label(known: &[(&'static str, &'static str, &'static str)], code: &str) -> (&'static str, &'static str) {
    known.iter().find(|(one, ..)| *one == code).map_or(("", ""), |(_, label, tone)| (label, tone))
}

/// The page.
pub fn page(frame: &layout::Frame, file: &File, days: &[Jour], lines: &[Line]) -> Markup {
    let (state, tone) = label(ETATS, &file.etat);
    layout::page(
        frame,
        &file.nom,
        &html! {
            (JETONS.trail(&[], &file.nom))
            div class="titre-page" { h1 { (file.nom) } (badge(Tone::from_code(tone), state)) }
            @if !file.compte_actif && file.etat == "actif" {
                (notice(Tone::Warning, &html! { p { "Le compte de son propriétaire est désactivé\u{a0}: ce jeton n’ouvre rien." } }))
            }
            (facts(file))
            @if file.etat == "actif" && file.agit {
                form class="actions" method="post" action={ (JETONS.row(file.id)) "/revocation" } {
                    button class="bouton danger" type="submit" { (icon("ban")) "Révoquer ce jeton" }
                    span class="discret" { "Le programme qui s’en sert est refusé à son prochain appel. Un jeton révoqué ne revient pas." }
                }
            }
            (rights(file))
            (uses(days))
            (history(lines))
            p { "Ce qu’un programme en fait\u{a0}: " a href="/aide/api" { "guide de l’API" } ", " a href="/api/documentation" { "documentation de chaque liste" } "." }
            p class="actions" { a class="bouton" href="/jetons" { "Revenir aux jetons" } }
        },
    )
}

fn facts(file: &File) -> Markup {
    let number = |number: i64| format::integer(number);
    html! {
        dl class="fiche" {
            div { dt { "Propriétaire" } dd { (file.proprietaire) } }
            div { dt { "Genre" } dd { (label(GENRES, &file.genre).0) } }
            div { dt { "Commence par" } dd class="code" { (file.debut) "…" } }
            div { dt { "Créé" } dd { (format::instant(file.cree_le)) } }
            // It ends at midnight: its last day is what people chose.
            div { dt { "Valable jusqu’au" } dd { (format::date(crate::platform::clock::local(file.expire_le - chrono::TimeDelta::seconds(1)).date_naive())) ", compris" } }
            @if let Some(moment) = file.revoque_le {
                div { dt { "Révoqué" } dd { (format::instant(moment)) @if let Some(who) = &file.revoque_par { " par " (who) } } }
            }
            div { dt { "Dernier appel" } dd {
                @if let Some(moment) = file.utilise_le { (format::instant(moment)) @if let Some(ip) = &file.utilise_de { " depuis " span class="code" { (ip) } } } @else { "aucun" }
            } }
            div { dt { "Données personnelles" } dd { (if file.personnel { "lues, chaque appel qui en montre est noté" } else { "non" }) } }
            div { dt { "Réseaux autorisés" } dd { @if file.adresses.is_empty() { "tous" } @else { span class="code" { (file.adresses.join(", ")) } } } }
            div { dt { "Limites" } dd {
                (number(file.appels_minute.into())) " appels par minute, " (number(file.simultanes.into())) " à la fois, " (number(file.lignes_jour)) " lignes par jour"
            } }
        }
    }
}

fn rights(file: &File) -> Markup {
    let given = Module::ALL.into_iter().filter_map(|module| Some((module, Portee::of(*file.droits.get(&module)?)?)));
    let lost = file.lieux.iter().any(|(_, held)| !held);
    html! {
        section {
            h2 { "Droits" }
            table class="liste court" {
                caption class="visuellement-cache" { "Ce que ce jeton peut faire, par module" }
                thead { tr { th scope="col" { "Module" } th scope="col" { "Peut" } } }
                tbody { @for (module, portee) in given { tr {
                    th scope="row" data-libelle="Module" { (module.label()) }
                    td data-libelle="Peut" { (portee.label()) }
                } } }
            }
            p { "Dans\u{a0}: " @for (place, (name, held)) in file.lieux.iter().enumerate() {
                @if place > 0 { ", " } (name) @if !held { " (plus de droits)" }
            } "." }
            @if lost { p class="discret" { "Là où son propriétaire n’a plus de droits, le jeton n’en a plus non plus." } }
        }
    }
}

fn uses(days: &[Jour]) -> Markup {
    html! {
        section {
            h2 { "Appels des " (DAYS_SHOWN) " derniers jours" }
            @if days.is_empty() { p class="discret" { "Aucun programme ne s’est servi de ce jeton ces jours-ci. Les appels sont comptés chaque minute." } } @else {
                table class="liste court" {
                    caption class="visuellement-cache" { "Appels, refus et lignes lues, jour par jour" }
                    thead { tr { th scope="col" { "Jour" } th scope="col" class="nombre" { "Appels" } th scope="col" class="nombre" { "Dont refusés" } th scope="col" class="nombre" { "Lignes lues" } } }
                    tbody { @for day in days { tr {
                        th scope="row" data-libelle="Jour" { (format::date(day.jour)) }
                        td class="nombre" data-libelle="Appels" { (format::integer(day.appels)) }
                        td class="nombre" data-libelle="Dont refusés" { (format::integer(day.refus)) }
                        td class="nombre" data-libelle="Lignes lues" { (format::integer(day.lignes)) }
                    } } }
                }
            }
        }
    }
}

fn history(lines: &[Line]) -> Markup {
    html! {
        section {
            h2 { "Historique" }
            @if lines.is_empty() { p class="discret" { "Le journal n’en garde plus rien." } }
            ul class="historique" { @for line in lines {
                li { time datetime=(line.moment.to_rfc3339()) { (format::instant(line.moment)) } ", " strong { (line.acteur) } "\u{a0}: " (journal::phrase(line)) }
            } }
        }
    }
}
