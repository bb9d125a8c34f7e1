//! On the page of a reading: the profile that reads the file, another one, and what is kept of it as one.

use maud::{Markup, html};

use super::montre::Lue;
use crate::imports::profils::{Confiance, Connu, NOM_MAX};
use crate::ui::form::select;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// The profile of the import among those that are known.
fn actuel<'a>(lue: &Lue<'a>) -> Option<&'a Connu> {
    let import = lue.import;
    lue.connus.iter().find(|connu| match import.profil_id {
        Some(id) => connu.id == Some(id),
        None => connu.id.is_none() && Some(&connu.nom) == import.profil.as_ref(),
    })
}

/// The trust under which the file would be written by itself once it is checked: its profile is trusted where the import is, and nothing
/// of its reading was corrected.
pub fn confiance(lue: &Lue<'_>) -> Option<Confiance> {
    let connu = actuel(lue)?;
    let trusted = connu.confiance.filter(|one| one.collectivite_id == lue.import.collectivite_id)?;
    connu.contenu.suivi(lue.genre, lue.import, connu.id.is_none()).then_some(trusted)
}

/// What whoever has the lines checked lets happen, above the buttons.
pub fn promesse(lue: &Lue<'_>) -> Markup {
    let Some(trusted) = confiance(lue) else { return html! { p class="indice" { "La vérification ne change aucune fiche." } } };
    let thresholds = trusted.seuils.en_mots();
    let list = lue.genre.record.list;
    notice(
        Tone::Warning,
        &html! {
            p { strong { "Ce profil est de confiance\u{a0}: " } "la vérification finie, Gardel écrit ces " (list.noun.1) " de lui-même, en votre nom, sans vous demander d’accord, si tout ceci est tenu\u{a0}:" }
            ul {
                @for words in &thresholds { li { (words) } }
                li { "aucune fiche à archiver, et la lecture ci-dessus laissée comme elle est" }
            }
            p { "Sinon l’import attend quelqu’un. «\u{a0}Vérifier sans écrire\u{a0}» montre d’abord ce que le fichier ferait\u{a0}: rien n’est écrit avant votre accord." }
        },
    )
}

/// The buttons that have the lines checked.
pub fn verifier(lue: &Lue<'_>) -> Markup {
    html! {
        @if confiance(lue).is_some() {
            button class="bouton principal" type="submit" name="faire" value="verifier-sans-ecrire" { "Vérifier sans écrire" }
            button class="bouton" type="submit" name="faire" value="verifier" { "Vérifier, puis écrire si les seuils sont tenus" }
        } @else {
            button class="bouton principal" type="submit" name="faire" value="verifier" { "Vérifier toutes les lignes" }
        }
    }
}

/// With which profile the file is read; another, or none.
pub fn lu_avec(lue: &Lue<'_>) -> Markup {
    let import = lue.import;
    let actuel = actuel(lue);
    let names: Vec<(String, String)> = lue.connus.iter().map(|connu| (connu.code(), connu.nom.clone())).collect();
    html! {
        @if let Some(nom) = &import.profil {
            @let followed = actuel.is_some_and(|connu| connu.contenu.suivi(lue.genre, import, connu.id.is_none()));
            (notice(if followed { Tone::Success } else { Tone::Info }, &html! {
                p {
                    @if followed { "Lu avec le profil «\u{a0}" } @else { "Lu d’après le profil «\u{a0}" }
                    @match import.profil_id { Some(id) => a href={ "/profils/" (id) } { (nom) }, None => (nom) }
                    "\u{a0}»"
                    @if followed { "." } @else { ", puis corrigé." }
                }
                @if confiance(lue).is_some() { p { strong { "Il est de confiance" } "\u{a0}: vérifié, le fichier peut s’écrire de lui-même. Les conditions sont dites au-dessus des boutons." } }
                @if let Some(connu) = actuel {
                    @let new = connu.contenu.inconnues(&import.examen);
                    @if connu.id.is_some() && !new.is_empty() { p { "Colonnes qu’il ne connaît pas, et ne lit pas\u{a0}: " (new.iter().take(12).copied().collect::<Vec<_>>().join(", ")) "." } }
                }
            }))
        }
        @if !names.is_empty() {
            div class="rangee" {
                (select("profil", "Profil de lecture", &names, &actuel.map(Connu::code).unwrap_or_default(), Some("(aucun)")))
                p class="actions" { button class="bouton" type="submit" name="faire" value="profil" { (icon("refresh-cw")) "Appliquer ce choix" } }
            }
        }
    }
}

/// The reading kept as a profile.
pub fn a_garder(lue: &Lue<'_>) -> Markup {
    let lieux: Vec<(String, String)> = lue.lieux.iter().map(|(id, nom)| (id.to_string(), nom.clone())).collect();
    let nom = lue.import.profil.as_deref().unwrap_or_default();
    html! {
        details {
            summary { "Garder cette lecture comme profil" }
            p class="indice" { "Les prochains fichiers qui ont ces titres seront lus ainsi d’eux-mêmes. Sous un nom que vous avez déjà, le profil de ce nom est remplacé." }
            div class="rangee" {
                div class="champ" {
                    label for="profil-nom" { "Nom du profil" }
                    input id="profil-nom" name="profil-nom" type="text" value=(nom) maxlength=(NOM_MAX);
                }
                (select("profil-partage", "Partagé avec", &lieux, "", Some("vous seul")))
                p class="actions" { button class="bouton" type="submit" name="faire" value="garder" { (icon("check")) "Garder le profil" } }
            }
        }
    }
}
