//! Every component on one page, for those who draw and those who check.

use maud::{Markup, html};

use super::form::{Field, error_summary, field, select};
use super::message::{Tone, badge, empty, notice};
use super::progress::{Progress, bar};

/// All components, in their main states.
pub fn gallery() -> Markup {
    let options = [("a".to_string(), "Premier choix".to_string()), ("b".to_string(), "Second choix".to_string())];
    html! {
        h1 { "Composants" }
        section {
            h2 { "États et messages" }
            p class="actions" {
                (badge(Tone::Plain, "Neutre")) (badge(Tone::Success, "Validé")) (badge(Tone::Warning, "À vérifier"))
                (badge(Tone::Failure, "Rejeté")) (badge(Tone::Info, "En cours"))
            }
            (notice(Tone::Info, &html! { p { "Un message d’information." } }))
            (notice(Tone::Success, &html! { p { "Le séjour est validé." } }))
            (notice(Tone::Warning, &html! { p { "Ce classement expire dans 12 jours." } }))
            (notice(Tone::Failure, &html! { p { "Le fichier n’a pas été reçu en entier. Envoyez-le de nouveau." } }))
            (empty("Aucun séjour ne correspond", &html! { p { "Retirez un filtre pour élargir la recherche." } }))
        }
        section {
            h2 { "Boutons et avancement" }
            p class="actions" {
                button class="bouton principal" type="button" { "Exporter 12 345 séjours" }
                button class="bouton" type="button" { "Annuler" }
                button class="bouton danger" type="button" { "Supprimer" }
            }
            (bar("Export en cours", &Progress { done: 420_000, total: Some(1_000_000), seconds: Some(9), here: None, unit: "lignes" }))
            (bar("Préparation", &Progress { done: 0, total: None, seconds: None, here: None, unit: "lignes" }))
        }
        section class="etroite" {
            h2 { "Formulaire" }
            (error_summary(&[("galerie-nom", "Donnez un nom.".to_string())]))
            (field(&Field { name: "galerie-nom", label: "Nom", required: true, error: Some("Donnez un nom."), ..Field::default() }))
            (field(&Field { name: "galerie-date", label: "Date de début", hint: "JJ/MM/AAAA", value: "31/12/2026", ..Field::default() }))
            (select("galerie-choix", "Nature", &options, "b", Some("Toutes")))
        }
    }
}
