//! The frame of every page.

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, html};

use super::icon::icon;
use super::message::{Flash, flash};
use super::search_box;
use crate::platform::config::Environnement;
use crate::platform::http::assets::{APP_CSS, APP_JS, FAVICON_SVG, HTMX_JS};

/// htmx: no eval, no style of its own, history asked again from the server, no request elsewhere.
const HTMX_CONFIG: &str =
    r#"{"includeIndicatorCSS":false,"defaultTimeout":20000,"transitions":false,"implicitInheritance":false,"mode":"same-origin"}"#;

/// What surrounds a page: who is signed in, where they may go.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The person, or nobody.
    pub person: Option<Person>,
    /// Rooms they may enter.
    pub menu: Vec<MenuEntry>,
    /// Address of the page, to mark the room that is open.
    pub path: String,
    /// Which installation this is.
    pub environment: Environnement,
    /// What just happened.
    pub flash: Option<Flash>,
    /// Notices not read yet.
    pub notices: i64,
    /// How the person wants it to look.
    pub theme: Theme,
    /// How far the site conforms, as the foot of the page must say; empty: as far as nobody said better.
    pub accessibility: &'static str,
}

/// In the light or in the dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the browser prefers.
    #[default]
    System,
    /// Dark on light, whatever it prefers.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Each of them: code and words.
    pub const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::System, "systeme", "Comme l’appareil"), (Self::Light, "clair", "Clair"), (Self::Dark, "sombre", "Sombre")];

    /// The theme of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == code).map(|(theme, ..)| *theme)
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// What the page says of it to the style sheet; nothing when it says nothing.
    fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.code())
    }
}

/// The person signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Role, in words.
    pub role: &'static str,
    /// Collectivités, in words.
    pub place: String,
}

/// A room in the menu.
#[derive(Clone, Debug)]
pub struct MenuEntry {
    /// Word.
    pub label: &'static str,
    /// Address.
    pub href: Cow<'static, str>,
    /// Icon.
    pub icon: &'static str,
    /// Where it stands in the menu.
    pub group: Group,
    /// What may wait there, told by its number.
    pub waiting: Option<Waiting>,
}

/// A part of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Above the others.
    Top,
    /// What people come for.
    Work,
    /// What is declared, due and paid.
    Levy,
    /// What fixes it.
    Rates,
    /// What is written to those who owe.
    Post,
    /// What they asked for, on its way or done.
    Follow,
    /// What few people look after.
    Run,
}

impl Group {
    /// In their order, with their words.
    const ALL: [(Self, &'static str); 7] = [
        (Self::Top, ""),
        (Self::Work, "Travail"),
        (Self::Levy, "Perception"),
        (Self::Rates, "Tarification"),
        (Self::Post, "Courrier"),
        (Self::Follow, "Suivi"),
        (Self::Run, "Administration"),
    ];
}

/// What may wait for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Stays to check.
    Stays,
    /// Jobs on their way, or failed.
    Jobs,
}

impl Waiting {
    fn code(self) -> &'static str {
        match self {
            Self::Stays => "sejours",
            Self::Jobs => "travaux",
        }
    }
}

/// The keys, and what each does: the dialog of « ? » and its page.
pub const SHORTCUTS: &[(&[&str], &str)] = &[
    (&["Ctrl + K"], "Chercher partout"),
    (&["/"], "Aller à la recherche de la liste, ou chercher partout là où il n’y a pas de liste"),
    (&["?"], "Afficher cette aide"),
    (&["e"], "Choisir le format, puis exporter la liste"),
    (&["↑", "↓"], "Ligne précédente, ligne suivante, dans un tableau ou dans les résultats de la recherche"),
    (&["Entrée"], "Ouvrir la ligne, ou le résultat"),
    (&["Ctrl + Entrée"], "Envoyer le formulaire"),
    (&["Échap"], "Fermer le volet, la fenêtre ou la recherche, abandonner la saisie dans une cellule"),
];

/// Keys as they are drawn.
pub fn keys(keys: &[&str]) -> Markup {
    html! { @for (place, key) in keys.iter().enumerate() { @if place > 0 { " " } kbd { (key) } } }
}

/// What waits, for both menus of the page: its number, and its words for the ear.
pub fn waiting(what: Waiting, number: &str, words: &str) -> Markup {
    html! {
        @for place in [WIDE, NARROW] {
            span class="attente" id=(waiting_id(place, what)) title=[(!number.is_empty()).then_some(words)] hx-swap-oob="true" {
                @if !number.is_empty() { span aria-hidden="true" { (number) } span class="visuellement-cache" { ", " (words) } }
            }
        }
    }
}

/// The two places of the menu.
const WIDE: &str = "large";
const NARROW: &str = "etroit";

fn waiting_id(place: &str, what: Waiting) -> String {
    format!("attente-{place}-{}", what.code())
}

/// A whole page: `title` names it in the browser, `body` is its main part.
pub fn page(frame: &Frame, title: &str, body: &Markup) -> Markup {
    page_with_head(frame, title, &html! {}, body)
}

/// A whole page with more in its head (see [`refreshing_head`]).
pub fn page_with_head(frame: &Frame, title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="fr" data-theme=[frame.theme.attribute()] {
            head {
                meta charset="utf-8";
                title { (title) " – Gardel" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content=(match frame.theme { Theme::System => "light dark", Theme::Light => "light", Theme::Dark => "dark" });
                meta name="htmx-config" content=(HTMX_CONFIG);
                link rel="icon" href=(FAVICON_SVG) type="image/svg+xml";
                link rel="stylesheet" href=(APP_CSS);
                script src=(HTMX_JS) defer {}
                script src=(APP_JS) defer {}
                (head)
            }
            body {
                (skip_links(frame))
                (top_bar(frame))
                div class="corps" {
                    @if frame.person.is_some() { nav class="menu menu-large" id="menu" aria-label="Rubriques" { (menu(frame, WIDE)) } }
                    main id="contenu" tabindex="-1" {
                        div id="messages" { @if let Some(message) = &frame.flash { (flash(message)) } }
                        (body)
                    }
                }
                (foot(frame))
                @if frame.menu.iter().any(|entry| entry.waiting.is_some()) { div hx-get="/attente" hx-trigger="load" hx-swap="none" hidden {} }
                p id="annonce" class="visuellement-cache" role="status" {}
                (shortcuts())
            }
        }
    }
}

/// A page that shows itself again every `seconds` until it is final: progress without JavaScript.
pub fn refreshing_head(seconds: u32) -> Markup {
    html! { noscript { meta http-equiv="refresh" content=(seconds); } }
}

fn skip_links(frame: &Frame) -> Markup {
    html! {
        nav class="evitement" aria-label="Accès rapide" {
            a href="#contenu" { "Aller au contenu" }
            @if frame.person.is_some() { a class="menu-large" href="#menu" { "Aller au menu" } }
        }
    }
}

fn top_bar(frame: &Frame) -> Markup {
    html! {
        header class="barre" {
            @if frame.person.is_some() { (narrow_menu(frame)) }
            a class="marque" href="/" { (emblem()) span { "Gardel" } }
            @if let Some(person) = &frame.person {
                span class="lieu" { (person.place) }
                @if searches(frame) { (search_box::in_bar()) }
                (bell(frame.notices))
                details class="compte" {
                    summary { (icon("user")) span { (person.name) } }
                    div class="volet" {
                        p { strong { (person.name) } br; (person.role) }
                        a href="/compte" { (icon("settings")) "Mon compte et mes sessions" }
                        form method="post" action="/deconnexion" {
                            button class="bouton" type="submit" { (icon("log-out")) "Se déconnecter" }
                        }
                    }
                }
            }
        }
    }
}

/// Whether the bar has the search box: for whoever has lists of the tax, but on its own page, which has it.
fn searches(frame: &Frame) -> bool {
    frame.path != search_box::PAGE && frame.menu.iter().any(|entry| entry.href == "/sejours")
}

/// Most unread notices told by their number.
const NOTICES_COUNTED: i64 = 99;

fn bell(unread: i64) -> Markup {
    html! {
        a class="avis" href="/avis" {
            (icon("bell"))
            span class="visuellement-cache" { "Avis" }
            @if unread > 0 {
                span class="nombre-avis" { @if unread > NOTICES_COUNTED { (NOTICES_COUNTED) "+" } @else { (unread) } }
                span class="visuellement-cache" { (if unread > 1 { " non lus" } else { " non lu" }) }
            }
        }
    }
}

/// The mark: a ka drum seen from above, drawn here.
fn emblem() -> Markup {
    html! {
        svg class="embleme" width="26" height="26" viewBox="0 0 26 26" aria-hidden="true" focusable="false" {
            circle cx="13" cy="13" r="11" fill="none" stroke="currentColor" stroke-width="3" {}
            path d="M7 15c2.5-4 9.500-4 12 0" fill="none" stroke="currentColor" stroke-width="2.500" stroke-linecap="round" {}
            circle cx="13" cy="9" r="1.800" fill="currentColor" {}
        }
    }
}

fn narrow_menu(frame: &Frame) -> Markup {
    html! {
        details class="menu-etroit" {
            summary { (icon("menu")) "Menu" }
            nav class="menu volet" aria-label="Rubriques (menu replié)" { (menu(frame, NARROW)) }
        }
    }
}

fn menu(frame: &Frame, place: &str) -> Markup {
    html! {
        @for (group, words) in Group::ALL {
            @if frame.menu.iter().any(|entry| entry.group == group) {
                @let id = format!("menu-{place}-{}", words.to_lowercase());
                @if !words.is_empty() { p class="menu-groupe" id=(id) { (words) } }
                ul aria-labelledby=[(!words.is_empty()).then_some(&id)] {
                    @for entry in frame.menu.iter().filter(|entry| entry.group == group) {
                        @let here = here(frame) == Some(&entry.href);
                        li {
                            a href=(entry.href) aria-current=[here.then_some("page")] {
                                (icon(entry.icon)) (entry.label)
                                @if let Some(what) = entry.waiting { span class="attente" id=(waiting_id(place, what)) {} }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Pages that one comes to from those of an entry, under other addresses.
const OF_ANOTHER: [(&str, &str); 3] = [("/lignes", "/imports"), ("/anomalies", "/imports"), ("/profils", "/imports")];

/// The entry under which the page stands: the longest that matches.
fn here(frame: &Frame) -> Option<&str> {
    let path = OF_ANOTHER.iter().find(|(page, _)| is_here(page, &frame.path)).map_or(frame.path.as_str(), |(_, entry)| entry);
    frame.menu.iter().map(|entry| entry.href.as_ref()).filter(|href| is_here(href, path)).max_by_key(|href| href.len())
}

fn is_here(href: &str, path: &str) -> bool {
    path == href || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
}

fn foot(frame: &Frame) -> Markup {
    html! {
        footer class="pied" {
            span class={ "environnement " (if frame.environment == Environnement::Production { "" } else { "a-part" }) } { (frame.environment.label()) }
            span { "Gardel " (env!("CARGO_PKG_VERSION")) }
            a href=(super::aide::section_for(&frame.path)) { "Aide sur cette page" }
            a href="/aide" { "Guides" }
            a href="/aide/raccourcis" data-raccourcis="oui" { "Raccourcis clavier" }
            a href="/mentions-legales" { "Mentions légales" }
            a href="/donnees-personnelles" { "Données personnelles" }
            a href="/accessibilite" { "Accessibilité : " (if frame.accessibility.is_empty() { conformity(None) } else { frame.accessibility }) }
        }
    }
}

/// The words of a state of conformity, as stored by the collectivité.
pub fn conformity(code: Option<&str>) -> &'static str {
    match code {
        Some("totale") => "totalement conforme",
        Some("partielle") => "partiellement conforme",
        _ => "non conforme",
    }
}

fn shortcuts() -> Markup {
    html! {
        dialog id="raccourcis" aria-labelledby="raccourcis-titre" {
            h2 id="raccourcis-titre" { "Raccourcis clavier" }
            dl class="touches" { @for (names, words) in SHORTCUTS { div { dt { (keys(names)) } dd { (words) } } } }
            label class="case" { input type="checkbox" id="raccourcis-actifs" checked; " Raccourcis d’une seule touche actifs" }
            form method="dialog" { button class="bouton" type="submit" { "Fermer" } }
        }
    }
}
