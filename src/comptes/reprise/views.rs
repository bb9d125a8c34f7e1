//! The page where a form is looked at again before it is sent.

use maud::{Markup, html};

use super::Saisie;
use crate::ui::form::{Field, field};
use crate::ui::message::{Tone, notice};
use crate::ui::typed::{UNSEEN, label};

/// What a form was for, by the end of its address.
const PURPOSES: &[(&str, &str)] = &[
    ("/exports", "Demande d’un export"),
    ("/actions", "Action sur plusieurs lignes"),
    ("/annulation", "Annulation"),
    ("/retour", "Retour à la valeur d’avant"),
    ("/suppression", "Suppression"),
    ("/retablissement", "Rétablissement"),
    ("/statut", "Changement de statut"),
    ("/vues", "Enregistrement d’une vue"),
    ("/programmes", "Export programmé"),
    ("/lancement", "Lancement"),
    ("/pause", "Pause"),
    ("/reprise", "Reprise"),
    ("/liens", "Nouveau lien de connexion"),
    ("/second-facteur/demande", "Demande de retrait d’un second facteur"),
    ("/sessions/fin", "Fin de sessions"),
    ("/fin", "Fin de session"),
    ("/revocation", "Révocation d’un jeton"),
];

/// Said above a form that is given back.
pub const REMINDER: &str = "Rien n’a encore été enregistré. Ce que vous aviez saisi est ci-dessous : vérifiez, puis envoyez de nouveau.";

/// The same, as a message.
pub fn reminder() -> Markup {
    notice(Tone::Warning, &html! { p { (REMINDER) } })
}

fn purpose(path: &str) -> &'static str {
    let path = path.split('?').next().unwrap_or_default();
    PURPOSES.iter().find(|(end, _)| path.ends_with(end)).map_or("Modification", |(_, words)| words)
}

/// Everything that was typed, to look at and to send; the same address, the same fields.
pub fn page(saisie: &Saisie) -> Markup {
    let fields = saisie.fields();
    let (unseen, seen): (Vec<_>, Vec<_>) = fields.iter().partition(|(name, _)| UNSEEN.contains(&name.as_str()));
    let ticked = unseen.iter().filter(|(name, _)| name == "coche").count();
    html! {
        section class="etroite" {
            h1 { "Saisie à vérifier" }
            (reminder())
            p { strong { (purpose(&saisie.chemin)) } @if ticked > 0 { " (" (ticked) (if ticked > 1 { " lignes cochées" } else { " ligne cochée" }) ")" } }
            form method="post" action=(saisie.chemin) {
                @for (name, text) in unseen { input type="hidden" name=(name) value=(text); }
                @for (name, text) in seen { (field(&Field { name, label: &label(name), value: text, autocomplete: "off", ..Field::default() })) }
                p class="actions" {
                    button class="bouton principal" type="submit" { "Envoyer de nouveau" }
                    @if let Some(back) = saisie.back() { a class="bouton" href=(back) { "Revenir sans envoyer" } }
                }
            }
            form method="post" action={ "/reprise/" (saisie.id) "/abandon" } {
                p { button class="bouton" type="submit" { "Oublier cette saisie" } }
            }
        }
    }
}
