//! The page of the notices.

use maud::{Markup, html};

use super::queries::Line;
use crate::ui::format;
use crate::ui::message::{Tone, badge, empty};

/// The last notices, newest first.
pub fn list(notices: &[Line]) -> Markup {
    let last = notices.iter().map(|notice| notice.id).max();
    html! {
        h1 { "Avis" }
        @match last.filter(|_| notices.iter().any(|notice| notice.lu_le.is_none())) {
            Some(last) => {
                form method="post" action="/avis" {
                    input type="hidden" name="dernier" value=(last);
                    button class="bouton" type="submit" { "Tout marquer comme lu" }
                }
            }
            None => {}
        }
        @if notices.is_empty() {
            (empty("Aucun avis", &html! { p { "Ici arrivent les nouvelles de vos exports programmés : un fichier prêt, un échec, une suspension." } }))
        } @else {
            section class="defile" tabindex="0" aria-labelledby="titre-avis" {
                table class="liste" {
                    caption id="titre-avis" { "Vos avis, du plus récent au plus ancien ; ils sont gardés 90 jours" }
                    thead { tr { th scope="col" { "Avis" } th scope="col" { "État" } th scope="col" class="nombre" { "Reçu" } th scope="col" { "Action" } } }
                    tbody { @for notice in notices { (row(notice)) } }
                }
            }
        }
    }
}

fn row(notice: &Line) -> Markup {
    let word = match notice.ton.as_str() {
        "succes" => "Réussite",
        "alerte" => "À voir",
        "erreur" => "Échec",
        _ => "Information",
    };
    html! {
        tr {
            th scope="row" data-libelle="Avis" { (notice.texte) @if notice.lu_le.is_none() { " " (badge(Tone::Info, "Non lu")) } }
            td data-libelle="État" { (badge(Tone::from_code(&notice.ton), word)) }
            td class="nombre" data-libelle="Reçu" { (format::instant(notice.cree_le)) }
            td data-libelle="Action" {
                form method="post" action={ "/avis/" (notice.id) } {
                    button class="bouton" type="submit" { "Voir" span class="visuellement-cache" { " : " (notice.texte) } }
                }
            }
        }
    }
}
