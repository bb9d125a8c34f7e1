//! What the page of an account says of its e-mails.

use maud::{Markup, html};

use super::queries::Sent;
use crate::comptes::model::Utilisateur;
use crate::ui::message::{Tone, badge};
use crate::ui::{contact, format};

/// The button, and what became of the last ones.
pub fn section(user: &Utilisateur, sent: &[Sent]) -> Markup {
    html! {
        section class="etroite" {
            h2 { "Envoyer par courriel" }
            @if user.actif && contact::email(&user.courriel).is_some() {
                p { "Le lien part à " strong { (user.courriel) } ", à la place de la fiche. Il remplace les liens précédents quand il est parti." }
                form method="post" action={ "/utilisateurs/" (user.id) "/courriels" } {
                    p class="actions" { button class="bouton" type="submit" { "Envoyer un lien par courriel" } }
                }
            }
            (states(user.id, sent))
        }
    }
}

/// What became of the last ones; asks for itself for a moment, while one is on its way: left open for a night, it keeps no
/// session alive.
pub fn states(user_id: i64, sent: &[Sent]) -> Markup {
    let moving = sent.iter().any(|one| one.bouge);
    let address = format!("/utilisateurs/{user_id}/courriels");
    html! {
        div id="courriels" hx-get=[moving.then_some(&address)] hx-trigger=[moving.then_some("every 2s")] hx-swap=[moving.then_some("outerHTML")] {
            @if !sent.is_empty() {
                h3 { "Derniers courriels" }
                ol class="historique" { @for one in sent { li { (line(one)) } } }
            }
        }
    }
}

fn line(one: &Sent) -> Markup {
    let kind = match one.genre.as_str() {
        "invitation" => "Lien pour un premier mot de passe",
        "renouvellement" => "Lien pour un nouveau mot de passe",
        "oubli" => "Mot de passe oublié",
        _ => "Mot de passe changé",
    };
    let (tone, word) = match one.etat.as_str() {
        "envoye" => (Tone::Success, "Envoyé"),
        "refuse" => (Tone::Failure, "Refusé"),
        "abandonne" => (Tone::Failure, "Pas parti"),
        "sans_objet" => (Tone::Plain, "Sans objet"),
        _ => (Tone::Info, "En route"),
    };
    let when = one.fini_le.unwrap_or(one.demande_le);
    html! {
        (badge(tone, word)) " " (kind) ", " (if one.fini_le.is_some() { "le" } else { "demandé le" }) " " (format::instant(when))
        @if let Some(answer) = &one.reponse { br; span class="discret" { (answer) } }
    }
}
