//! The page that asks before an import is taken back.

use maud::{Markup, html};

use super::fin::compte;
use super::parcours;
use crate::imports::genre::Genre;
use crate::imports::model::{Import, titre};
use crate::imports::previsions::Prevision;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// What would go, what would be as before, what would stay.
pub fn annulation(genre: &Genre, import: &Import, prevision: &Prevision) -> Markup {
    let most = if prevision.compte { "" } else { " au plus" };
    let count = |count: i64, noun: (&str, &str), words: (&str, &str)| compte(count, noun, words);
    html! {
        h1 { "Annuler l’import n°\u{a0}" (import.id) "\u{a0}?" }
        (parcours(3, Some(import)))
        section class="carte" aria-labelledby="titre-annulation" {
            h2 id="titre-annulation" { (titre(import, genre)) }
            ul {
                @if prevision.retirees > 0 { li { "Retire" (most) " " strong { (count(prevision.retirees, ("fiche", "fiches"), ("créée par lui", "créées par lui"))) } "." } }
                @if prevision.remises > 0 { li { "Remet comme avant" (most) " " strong { (count(prevision.remises, ("fiche", "fiches"), ("changée par lui", "changées par lui"))) } "." } }
                @if prevision.gardees > 0 {
                    li { "Garde " (if prevision.gardees < 2 { "comme elle est " } else { "comme elles sont " }) strong { (count(prevision.gardees, ("fiche", "fiches"), ("touchée depuis, ou qui sert à d’autres", "touchées depuis, ou qui servent à d’autres"))) } "." }
                }
            }
            @if !prevision.compte { (notice(Tone::Info, &html! { p { "Cet import est grand\u{a0}: ce que quelqu’un a touché depuis, ou qui sert à d’autres fiches, n’est pas compté d’avance. Ces fiches seront gardées, et leurs lignes le diront." } })) }
            p { @if prevision.retirees > 0 { "Les fiches retirées le sont pour de bon. " } "Une fois annulé, le même fichier peut être chargé de nouveau, et l’import rejoué." }
            form method="post" action={ "/imports/" (import.id) "/annulation" } data-confirmation="oui" {
                p class="actions" {
                    button class="bouton danger" type="submit" { (icon("history")) "Annuler cet import" }
                    a class="bouton" href={ "/imports/" (import.id) } { "Ne rien changer" }
                }
            }
        }
    }
}
