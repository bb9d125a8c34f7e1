//! The help: guides to read and to search, and the keys.

use maud::{Markup, PreEscaped, html};
use rocket::{Route, State, get, routes};

use super::frame;
use super::guides::{self, Found, Guide, Section};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Reader;
use crate::platform::error::{Error, Result};
use crate::ui::layout::{self, SHORTCUTS};

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    routes![help, keys, guide]
}

/// Longest search.
const ASKED_CHARS_MAX: usize = 100;
/// Sections shown for one search.
const FOUND_MAX: usize = 30;

#[get("/aide?<q>")]
fn help(personne: Option<Personne>, q: Option<&str>, context: &State<Context>) -> Markup {
    let reader = personne.as_ref().map(|personne| personne.reader.clone());
    let reader = reader.as_deref();
    let asked: String = q.unwrap_or_default().trim().chars().take(ASKED_CHARS_MAX).collect();
    let title = if asked.is_empty() { "Aide".to_string() } else { format!("Aide : {asked}") };
    layout::page(
        &frame(personne, context, "/aide"),
        &title,
        &html! {
            section class="guide" {
                h1 { "Aide" }
                (search_form(&asked))
                @if asked.is_empty() { (contents(reader)) } @else { (results(reader, &asked)) }
            }
        },
    )
}

fn search_form(asked: &str) -> Markup {
    html! {
        form class="recherche-aide" method="get" action="/aide" role="search" aria-label="Chercher dans l’aide" {
            label for="aide-q" { "Chercher dans l’aide" }
            input id="aide-q" name="q" type="search" value=(asked) maxlength=(ASKED_CHARS_MAX) autocomplete="off" data-recherche="oui";
            button class="bouton principal" type="submit" { "Chercher" }
        }
    }
}

fn contents(reader: Option<&Reader>) -> Markup {
    html! {
        @for guide in guides::open_to(reader) {
            h2 { a href={ "/aide/" (guide.name) } { (guide.title) } }
            ul {
                @for section in guide.sections.iter().filter(|section| section.level == 2) {
                    li { a href={ "/aide/" (guide.name) "#" (section.id) } { (section.title) } }
                }
            }
        }
        @if reader.is_some() {
            h2 { a href="/api/documentation" { "Documentation de l’API" } }
            p { "Pour des programmes : chaque liste, ses champs et ses paramètres." }
        }
        h2 { a href="/aide/raccourcis" { "Raccourcis clavier" } }
        p { "Tout ce qui se fait au clavier, en une page." }
    }
}

fn results(reader: Option<&Reader>, asked: &str) -> Markup {
    let found = guides::search(reader, asked);
    html! {
        h2 { (count(found.len())) }
        @if found.is_empty() {
            p { "Aucune partie des guides ne contient « " (asked) " ». Essayez un mot plus courant, ou parcourez " a href="/aide" { "le sommaire" } "." }
        } @else {
            ul class="trouvailles" { @for one in found.iter().take(FOUND_MAX) { (result(one)) } }
            p { a class="bouton" href="/aide" { "Revenir au sommaire" } }
        }
    }
}

fn count(found: usize) -> String {
    match found {
        0 => "Rien trouvé".into(),
        1 => "Une partie trouvée".into(),
        several => format!("{several} parties trouvées"),
    }
}

fn result(found: &Found) -> Markup {
    html! {
        li {
            a href={ "/aide/" (found.guide.name) "#" (found.section.id) } { (found.section.title) }
            " " span class="discret" { (found.guide.title) }
            @if !found.excerpt.is_empty() { p { (found.excerpt) } }
        }
    }
}

#[get("/aide/<name>", rank = 2)]
fn guide(personne: Option<Personne>, name: &str, context: &State<Context>) -> Result<Markup> {
    let reader = personne.as_ref().map(|personne| personne.reader.clone());
    let reader = reader.as_deref();
    let guide = guides::open_to(reader)
        .find(|guide| guide.name == name)
        .ok_or_else(|| Error::not_found("Ce guide n’existe pas ou ne vous est pas destiné. Repartez du sommaire de l’aide."))?;
    Ok(layout::page(
        &frame(personne, context, "/aide"),
        &guide.title,
        &html! {
            article class="guide" {
                @for section in &guide.sections {
                    (heading(section))
                    // Made by `guides::read` from a file of the project.
                    (PreEscaped(&section.html))
                    @if section.level == 1 { (search_form("")) (summary(guide)) }
                }
                p { a class="bouton" href="/aide" { "Revenir au sommaire de l’aide" } }
            }
        },
    ))
}

fn heading(section: &Section) -> Markup {
    html! {
        @match section.level {
            1 => { h1 id=(section.id) { (section.title) } }
            2 => { h2 id=(section.id) { (section.title) } }
            _ => { h3 id=(section.id) { (section.title) } }
        }
    }
}

fn summary(guide: &Guide) -> Markup {
    html! {
        nav aria-label="Sommaire du guide" {
            ul { @for section in guide.sections.iter().filter(|section| section.level == 2) { li { a href={ "#" (section.id) } { (section.title) } } } }
        }
    }
}

/// The keys, for those who have no JavaScript to open them with « ? ».
#[get("/aide/raccourcis")]
fn keys(personne: Option<Personne>, context: &State<Context>) -> Markup {
    layout::page(
        &frame(personne, context, "/aide"),
        "Raccourcis clavier",
        &html! {
            section class="guide" {
                h1 { "Raccourcis clavier" }
                p { "Une touche seule n’agit jamais pendant que vous écrivez dans un champ. La fenêtre qu’ouvre " kbd { "?" } " permet de les désactiver sur ce navigateur." }
                dl class="touches" { @for (keys, words) in SHORTCUTS { div { dt { (layout::keys(keys)) } dd { (words) } } } }
                p { a class="bouton" href="/aide" { "Revenir au sommaire de l’aide" } }
            }
        },
    )
}
