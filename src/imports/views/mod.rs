//! The pages of the imports: the path in four steps, with one's place always visible.

mod a_part;
mod annulation;
mod apercu;
mod colonnes;
mod effet;
mod fin;
mod lecture;
mod lots;
mod montre;
mod nouveau;
mod parties;
mod prevues;
mod profil;
mod suivi;

pub use annulation::annulation;
pub use lecture::lecture;
pub use montre::{Lue, Suivi};
pub use nouveau::{Nouveau, Refus, nouveau, nouveau_head};
pub use suivi::{head, status, suivi};

use maud::{Markup, html};

use super::model::Import;

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
                        // The file itself, who loaded it and when.
                        0 => format!("/imports/{}#fichier", import.id),
                        1 => format!("/imports/{}/lecture", import.id),
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
