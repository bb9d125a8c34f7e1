//! The way back: from a page under a list to that list, on every page that stands under one.

use maud::{Markup, html};

use super::spec::List;

impl List {
    /// Where one is: the list, the pages between (address and words), then this one.
    pub fn trail(&self, between: &[(&str, &str)], here: &str) -> Markup {
        self.trail_from(&format!("/{}", self.name), between, here)
    }

    /// The same, back to the question and the page of the list that one came from.
    pub fn trail_from(&self, back: &str, between: &[(&str, &str)], here: &str) -> Markup {
        html! {
            nav class="fil" aria-label="Fil d’Ariane" {
                ol {
                    li { a href=(back) { (self.title) } }
                    @for (address, words) in between { li { a href=(address) { (words) } } }
                    li { span aria-current="page" { (here) } }
                }
            }
        }
    }

    /// The address of its row `key`.
    pub fn row(&self, key: impl std::fmt::Display) -> String {
        format!("/{}/{key}", self.name)
    }
}
