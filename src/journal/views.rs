//! One line of the journal, in full.

use maud::{Markup, html};

use super::JOURNAL;
use super::NOTED_ACTIONS;
use super::ligne::Line;
use super::mots::{facts, object_name, phrase};
use crate::ui::format;

/// The title of a line: what was done to what.
pub fn title(line: &Line) -> String {
    let action = NOTED_ACTIONS.iter().find(|(code, ..)| *code == line.action).map_or("Événement", |(_, label, _)| label);
    format!("{action} : {}", object_name(line))
}

/// The page of a line.
pub fn file(line: &Line) -> Markup {
    let facts = facts(line);
    html! {
        h1 { (title(line)) }
        dl class="fiche" {
            div { dt { "Moment" } dd { time datetime=(line.moment.to_rfc3339()) { (format::instant_seconds(line.moment)) } } }
            div { dt { "Personne" } dd {
                @match line.acteur_id {
                    Some(id) => { a href=(JOURNAL.asked(&[("acteur", &id)])) { (line.acteur) } }
                    None => { (line.acteur) }
                }
            } }
            div { dt { "Objet" } dd {
                @match &line.lien {
                    Some(end) => { a href={ "/" (end) } { (object_name(line)) } }
                    None => { (object_name(line)) }
                }
            } }
            div { dt { "Adresse IP" } dd { (line.adresse.as_deref().unwrap_or("non renseignée")) } }
            div { dt { "N° de demande" } dd { span class="code" { (line.requete_id) } } }
        }
        h2 { "Ce qui s’est passé" }
        @if facts.is_empty() {
            p { (phrase(line)) "." }
        } @else {
            dl class="fiche" { @for fact in facts { div { dt { (fact.label) } dd { (fact.words) } } } }
        }
        p { a class="bouton" href="/journal" { "Revenir au journal" } }
    }
}
