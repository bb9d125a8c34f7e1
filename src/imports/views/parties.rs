//! On the page of an import that is over: the parts of its file that it did not read.

use maud::{Markup, html};

use crate::imports::model::Import;
use crate::imports::parties::autres;
use crate::pieces::montre;
use crate::platform::http::Address;
use crate::ui::icon::icon;

/// Parts that are offered at most.
const PARTIES_MAX: usize = 24;

/// The other parts, each with what loads it.
pub fn parties(import: &Import) -> Markup {
    let (sheets, members) = autres(import);
    let of = |name: &'static str, parts: &[&str]| {
        parts
            .iter()
            .take(PARTIES_MAX)
            .map(|part| (Address::of(format!("/imports/{}/rejeu", import.id)).with(name, part).to_string(), montre(part)))
            .collect::<Vec<_>>()
    };
    let all: Vec<(String, String)> = of("feuille", &sheets).into_iter().chain(of("membre", &members)).collect();
    html! {
        @if !all.is_empty() {
            p class="a-l-ecran" {
                @match (all.len(), sheets.is_empty()) {
                    (1, false) => "Le classeur a une autre feuille, que cet import n’a pas lue.",
                    (1, true) => "L’archive a un autre fichier, que cet import n’a pas lu.",
                    (_, false) => "Le classeur a d’autres feuilles, que cet import n’a pas lues.",
                    (_, true) => "L’archive a d’autres fichiers, que cet import n’a pas lus.",
                }
                " Chacun se charge comme un nouvel import, et se contrôle d’abord."
            }
            @for (address, name) in &all {
                form method="post" action=(address) {
                    button class="bouton" type="submit" { (icon("upload")) "Charger aussi «\u{a0}" (name) "\u{a0}»" }
                }
            }
        }
    }
}
