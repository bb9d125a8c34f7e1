//! What looks like the row to be created: shown before it is, and passed over by whoever has seen it.

use maud::{Markup, html};

use super::message::{Tone, notice};

/// A row that looks like the one to be created.
pub struct Similar {
    /// Address of its page.
    pub address: String,
    /// Its name and its number.
    pub name: String,
    /// What is alike.
    pub why: String,
}

impl Similar {
    /// Whether it is among those that the form says were shown.
    pub fn is_seen(&self, seen: &str) -> bool {
        seen.split(' ').any(|known| known == self.address)
    }
}

/// The rows that look like it, and what says in the form that they were shown.
pub fn alike(similar: &[Similar]) -> Markup {
    html! {
        @if !similar.is_empty() {
            div tabindex="-1" data-focus="oui" { (notice(Tone::Warning, &html! {
                p { strong { (if similar.len() == 1 { "Une fiche ressemble à celle-ci" } else { "Des fiches ressemblent à celle-ci" }) } ". Regardez avant de créer." }
                ul { @for one in similar { li { a href=(one.address) target="_blank" rel="noopener" { (one.name) } " : " (one.why) } } }
            })) }
            input type="hidden" name="vus" value=(similar.iter().map(|one| one.address.as_str()).collect::<Vec<_>>().join(" "));
        }
    }
}
