//! One line of the journal, in full.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde_json::Value;

use super::ACTIONS;
use crate::ui::format;

/// A line as read from the base.
#[derive(sqlx::FromRow)]
pub struct Line {
    pub moment: DateTime<Utc>,
    pub acteur: String,
    pub action: String,
    pub objet: String,
    pub objet_id: String,
    pub detail: Value,
    pub adresse: Option<String>,
    pub requete_id: String,
}

/// The page of a line.
pub fn file(line: &Line) -> Markup {
    let action = ACTIONS.iter().find(|(code, ..)| *code == line.action).map_or(line.action.as_str(), |(_, label, _)| label);
    html! {
        h1 { (action) " du " (format::instant(line.moment)) }
        dl class="fiche" {
            div { dt { "Personne" } dd { (line.acteur) } }
            div { dt { "Objet" } dd { (line.objet) " " span class="code" { (line.objet_id) } } }
            div { dt { "Adresse IP" } dd { (line.adresse.as_deref().unwrap_or("non renseignée")) } }
            div { dt { "N° de demande" } dd { span class="code" { (line.requete_id) } } }
        }
        @if let Value::Object(detail) = &line.detail {
            @if !detail.is_empty() {
                h2 { "Détail" }
                dl class="fiche" { @for (name, value) in detail { div { dt { (name) } dd { (plain(value)) } } } }
            }
        }
        p { a class="bouton" href="/journal" { "Revenir au journal" } }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
