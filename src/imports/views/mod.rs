//! The pages of the imports: the path in four steps, with one's place always visible.

mod a_part;
mod lecture;
mod lots;
mod montre;
mod profil;
mod suivi;

pub use lecture::lecture;
pub use montre::{Lue, Suivi};
pub use suivi::{head, status, suivi};

use maud::{Markup, html};

use super::arrivee::{COLLE_MIO_MAX, FICHIER_MIO_MAX, FICHIERS_MAX};
use super::genre::Genre;
use super::model::Import;
use crate::ui::icon::icon;

/// The steps, and where each is shown.
const ETAPES: [&str; 4] = ["Fichier", "Lecture", "Vérification", "Écriture"];

/// The step that a state is part of.
fn etape(etat: &str) -> usize {
    match etat {
        "lecture" => 1,
        "verification" | "verification_arretee" | "a_confirmer" | "abandonne" => 2,
        _ => 3,
    }
}

/// The path, `ici` being the step that is shown.
fn parcours(ici: usize, import: Option<&Import>) -> Markup {
    let reached = import.map_or(0, |import| etape(import.state()));
    html! {
        nav class="parcours" aria-label="Étapes de l’import" {
            ol {
                @for (place, nom) in ETAPES.iter().enumerate() {
                    @let link = import.filter(|_| place != ici && place <= reached).map(|import| match place {
                        0 | 1 => format!("/imports/{}/lecture", import.id),
                        _ => format!("/imports/{}", import.id),
                    });
                    li class=[(place < ici).then_some("fait")] aria-current=[(place == ici).then_some("step")] {
                        @match link { Some(link) => a href=(link) { (nom) }, None => span { (nom) } }
                    }
                }
            }
        }
    }
}

/// What was sent and refused, above the form that sends it.
pub struct Refus {
    /// What is wrong.
    pub phrases: Vec<String>,
    /// The import that holds the same file, when that is why.
    pub premier: Option<i64>,
}

/// The form that sends files.
pub fn nouveau(genres: &[&'static Genre], choisi: &str, refus: Option<&Refus>) -> Markup {
    html! {
        h1 { "Charger un fichier" }
        (parcours(0, None))
        @if let Some(refus) = refus {
            div class="message erreur" role="alert" tabindex="-1" data-focus="oui" {
                (icon("circle-x"))
                div {
                    @for phrase in &refus.phrases { p { (phrase) } }
                    @if let Some(premier) = refus.premier { p { a href={ "/imports/" (premier) } { "Ouvrir l’import n°\u{a0}" (premier) } } }
                }
            }
        }
        p { "Rien n’est écrit dans vos fiches avant que vous n’ayez vu ce que le fichier y ferait." }
        form class="import" method="post" action="/imports" enctype="multipart/form-data" {
            fieldset {
                legend { "Ce que le fichier contient" }
                @for (place, genre) in genres.iter().enumerate() {
                    div class="au-choix" {
                        input type="radio" id={ "genre-" (genre.nom) } name="genre" value=(genre.nom) required
                            checked[genre.nom == choisi || (choisi.is_empty() && place == 0)] aria-describedby={ "genre-" (genre.nom) "-indice" };
                        label for={ "genre-" (genre.nom) } { (genre.titre()) }
                        p class="indice" id={ "genre-" (genre.nom) "-indice" } { (genre.about) }
                    }
                }
            }
            div class="champ large" {
                label for="fichiers" { "Fichiers" }
                p class="indice" id="fichiers-indice" {
                    "Texte d’un tableur (CSV, quels que soient le séparateur et l’encodage), classeur XLSX ou ODS, JSON. " (FICHIER_MIO_MAX) " Mio par fichier, " (FICHIERS_MAX)
                    " fichiers par envoi\u{a0}: chacun fait un import."
                }
                input id="fichiers" name="fichiers" type="file" multiple aria-describedby="fichiers-indice";
            }
            div class="champ large" {
                label for="colle" { "Ou lignes copiées d’un tableur" }
                p class="indice" id="colle-indice" { "Collez-les ici avec leurs titres de colonnes. " (COLLE_MIO_MAX) " Mio au plus." }
                textarea id="colle" name="colle" rows="6" aria-describedby="colle-indice" spellcheck="false" {}
            }
            p class="actions" {
                button class="bouton principal" type="submit" { "Envoyer et voir ce qui est compris" }
                a class="bouton" href="/imports" { "Tous les imports" }
                a class="bouton" href="/profils" { "Profils de lecture" }
            }
        }
    }
}
