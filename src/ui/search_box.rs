//! The one search box: in the bar of every page, and on the page of the search, where the bar has none.

use maud::{Markup, html};

use super::icon::icon;

/// Address of the search.
pub const PAGE: &str = "/recherche";
/// Longest text that it takes, as the lists do.
const CHARS_MAX: usize = 100;

/// The box of the bar; where the window is too narrow for it, the way to its page.
pub fn in_bar() -> Markup {
    html! {
        (field("", false))
        a class="chercher-lien" href=(PAGE) title="Chercher partout" { (icon("search")) span class="visuellement-cache" { "Chercher partout" } }
    }
}

/// The same box on its page, with what was asked and its button.
pub fn in_page(asked: &str) -> Markup {
    field(asked, true)
}

/// A text field until the scripts make it a combobox: then it is told what it opens and where one stands in it.
fn field(asked: &str, button: bool) -> Markup {
    html! {
        form class="chercher" role="search" aria-label="Chercher partout" method="get" action=(PAGE) {
            label class="visuellement-cache" for="cherche" { "Chercher un séjour, un logement, un hébergeur" }
            input id="cherche" name="q" type="text" value=(asked) maxlength=(CHARS_MAX) placeholder="Chercher partout" title="Ctrl + K" autocomplete="off" autocapitalize="none"
                spellcheck="false" enterkeyhint="search" hx-get=(PAGE) hx-target="#trouve" hx-swap="innerHTML" hx-sync="this:replace" hx-trigger="input delay:250ms, ouvrir";
            @if button { button class="bouton principal" type="submit" { "Chercher" } }
            @else { button class="chercher-bouton" type="submit" { (icon("search")) span class="visuellement-cache" { "Chercher" } } }
            div id="trouve" class="volet" hidden {}
        }
    }
}
