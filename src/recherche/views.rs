//! What the search shows: under the box, and on its page.

use maud::{Markup, html};

use super::model::{Group, Hit, Results};
use crate::ui::icon::icon;
use crate::ui::search_box;

/// Characters of what was typed that a title quotes.
const QUOTED_CHARS: usize = 60;

/// What is found, or what is wrong with the question.
type Told<'a> = Result<&'a Results, &'a str>;

/// The title of the page.
pub fn title(asked: &str) -> String {
    let quoted: String = asked.chars().take(QUOTED_CHARS).collect();
    if quoted.is_empty() { "Recherche".into() } else { format!("Recherche : {quoted}") }
}

/// What opens under the box: options that the arrows go through.
pub fn options(asked: &str, told: Told<'_>) -> Markup {
    html! {
        @match told {
            Err(sentence) => { (fault(sentence)) }
            Ok(answer) if answer.groups.is_empty() => { p { (nothing(asked)) } (announced(&answer.count())) }
            Ok(answer) => {
                div role="listbox" id="trouve-options" aria-label="Résultats" { @for group in &answer.groups { (group_of_options(group)) } }
                @if !asked.is_empty() { (announced(&answer.count())) }
            }
        }
    }
}

/// Said aloud, and shown nowhere.
fn announced(words: &str) -> Markup {
    html! { p id="annonce" class="hors-page" hx-swap-oob="innerHTML" { (words) } }
}

fn fault(sentence: &str) -> Markup {
    html! { p class="erreur-champ" role="alert" { (icon("circle-x")) (sentence) } }
}

fn group_of_options(group: &Group) -> Markup {
    let heading = format!("trouve-{}", group.name);
    html! {
        div role="group" aria-labelledby=(heading) {
            span class="trouve-titre" role="presentation" id=(heading) { (group.title) }
            @for hit in &group.hits {
                a role="option" aria-selected="false" tabindex="-1" id={ (heading) "-" (hit.list) "-" (hit.id) } href=(hit.address) { (told(hit)) }
            }
            @if let Some((words, address)) = &group.all {
                a class="trouve-tout" role="option" aria-selected="false" tabindex="-1" id={ (heading) "-tout" } href=(address) { (words) }
            }
        }
    }
}

fn told(hit: &Hit) -> Markup {
    html! {
        span class="trouve-nom" { (hit.title) }
        @if !hit.details.is_empty() { " " span class="discret" { (hit.details.join(" · ")) } }
    }
}

fn nothing(asked: &str) -> Markup {
    html! {
        @if asked.is_empty() { "Tapez un nom, un numéro ou une référence. Ce que vous ouvrez se retrouvera ici." }
        @else { "Rien dans votre périmètre ne répond à « " (asked) " ». Vérifiez l’orthographe, ou gardez le mot le plus rare." }
    }
}

/// The page, which needs no script.
pub fn page(asked: &str, told: Told<'_>) -> Markup {
    html! {
        section class="trouvailles-page" {
            h1 { "Recherche" }
            (search_box::in_page(asked))
            @match told {
                Err(sentence) => { (fault(sentence)) }
                Ok(answer) if answer.groups.is_empty() => { p { (nothing(asked)) } }
                Ok(answer) => {
                    @if !asked.is_empty() { p { strong { (answer.count()) } } }
                    @for group in &answer.groups {
                        h2 { (group.title) }
                        (hits(&group.hits))
                        @if let Some((words, address)) = &group.all { p { a href=(address) { (words) } } }
                    }
                }
            }
        }
    }
}

/// A list of what was found.
pub fn hits(hits: &[Hit]) -> Markup {
    html! { ul class="trouvailles" { @for hit in hits { li { a href=(hit.address) { (hit.title) } @if !hit.details.is_empty() { " " span class="discret" { (hit.details.join(" · ")) } } } } } }
}
