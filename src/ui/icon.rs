//! Icons of one external sprite (lucide), always beside a word: hidden from screen readers.

use maud::{Markup, html};

use crate::platform::http::assets::ICONES_SVG;

/// The icon called `name` in `static/icones.txt`.
pub fn icon(name: &str) -> Markup {
    html! {
        svg class="icone" aria-hidden="true" { use href={ (ICONES_SVG) "#i-" (name) } {} }
    }
}
