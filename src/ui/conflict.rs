//! Two people changed the same thing: both values side by side, and a choice.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::format;
use super::message::{Tone, notice};

/// Yours and theirs.
pub struct Conflict<'a> {
    /// What was changed: « Ce séjour a été modifié ».
    pub what: &'a str,
    /// The field: « Statut ».
    pub label: &'a str,
    /// What the person wanted, in words.
    pub mine: &'a str,
    /// What it is now, in words.
    pub theirs: &'a str,
    /// Who changed it, when known.
    pub who: Option<&'a str>,
    /// When.
    pub when: DateTime<Utc>,
    /// Where the form is sent.
    pub address: &'a str,
    /// What the person typed, to be sent again.
    pub value: &'a str,
    /// What goes with it: name and value of other fields.
    pub more: &'a [(&'static str, String)],
    /// The version that is there now: to write over it is then a choice, not an accident.
    pub version: i32,
    /// Where keeping theirs leads.
    pub keep: &'a str,
    /// Where to come back after writing.
    pub back: &'a str,
    /// Place of the page to swap, when the form is a part of one.
    pub target: Option<&'a str>,
}

/// The two values, and the two ways out.
pub fn conflict(conflict: &Conflict<'_>) -> Markup {
    let target = conflict.target.map(|place| format!("#{place}"));
    let post = target.as_ref().map(|_| conflict.address);
    let swap = target.as_ref().map(|_| "outerHTML");
    html! {
        (notice(Tone::Warning, &html! {
            p { strong { (conflict.what) " entre-temps" }
                @if let Some(who) = conflict.who { " par " (who) } ", " (format::instant(conflict.when)) "." }
        }))
        dl class="versions" {
            div { dt { "La vôtre (" (conflict.label) ")" } dd { (conflict.mine) } }
            div { dt { "Enregistrée" } dd { (conflict.theirs) } }
        }
        form class="en-ligne" method="post" action=(conflict.address) hx-post=[post] hx-target=[&target] hx-swap=[swap] {
            input type="hidden" name="valeur" value=(conflict.value);
            @for (name, value) in conflict.more { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="version" value=(conflict.version);
            input type="hidden" name="retour" value=(conflict.back);
            a class="bouton" href=(conflict.keep) data-abandon="oui" data-saisie=[target.as_ref().map(|_| "oui")] hx-get=[post.map(|_| conflict.keep)] hx-target=[&target] hx-swap=[swap] { "Garder la valeur enregistrée" }
            button class="bouton principal" type="submit" { "Mettre la mienne" }
        }
    }
}
