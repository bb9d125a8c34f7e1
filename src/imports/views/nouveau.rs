//! The form that sends files: whole, pasted, or in chunks by a script.

use maud::{Markup, html};

use super::parcours;
use crate::imports::arrivee::{COLLE_MIO_MAX, FICHIER_MIO_MAX, FICHIERS_MAX};
use crate::imports::envois::{ENVOI_MIO_MAX, EnCours};
use crate::imports::genre::Genre;
use crate::platform::http::assets::ENVOIS_JS;
use crate::ui::format;
use crate::ui::icon::icon;

/// What was sent and refused, above the form that sends it.
pub struct Refus {
    /// What is wrong.
    pub phrases: Vec<String>,
    /// The import that holds the same file, when that is why.
    pub premier: Option<i64>,
}

/// What the page shows.
pub struct Nouveau<'a> {
    /// The kinds that the person may load.
    pub genres: &'a [&'static Genre],
    /// The one that is chosen.
    pub choisi: &'a str,
    /// What was refused.
    pub refus: Option<&'a Refus>,
    /// Files that the person began to send.
    pub arrivants: &'a [EnCours],
    /// Whether they manage the watched folders.
    pub dossiers: bool,
}

/// What its head needs beside that of the other pages: the script that sends in chunks.
pub fn nouveau_head() -> Markup {
    html! { script src=(ENVOIS_JS) defer {} }
}

/// The page.
pub fn nouveau(page: &Nouveau<'_>) -> Markup {
    html! {
        h1 { "Charger un fichier" }
        (parcours(0, None))
        @if let Some(refus) = page.refus {
            div class="message erreur" role="alert" tabindex="-1" data-focus="oui" {
                (icon("circle-x"))
                div {
                    @for phrase in &refus.phrases { p { (phrase) } }
                    @if let Some(premier) = refus.premier { p { a href={ "/imports/" (premier) } { "Ouvrir l’import n°\u{a0}" (premier) } } }
                }
            }
        }
        p { "Rien n’est écrit dans vos fiches avant que vous n’ayez vu ce que le fichier y ferait. Une exception\u{a0}: un fichier lu avec un profil de confiance peut s’écrire de lui-même après sa vérification. La page «\u{a0}Lecture\u{a0}» le dit avant, et permet de vérifier sans écrire." }
        (en_route(page.arrivants))
        form class="import" method="post" action="/imports" enctype="multipart/form-data" data-envois="/imports/envois" data-morceau=(crate::imports::envois::MORCEAU) {
            fieldset {
                legend { "Ce que le fichier contient" }
                @for genre in page.genres {
                    div class="au-choix" {
                        input type="radio" id={ "genre-" (genre.nom) } name="genre" value=(genre.nom) required
                            checked[genre.nom == page.choisi || page.genres.len() == 1] aria-describedby={ "genre-" (genre.nom) "-indice" };
                        label for={ "genre-" (genre.nom) } { (genre.titre()) }
                        p class="indice" id={ "genre-" (genre.nom) "-indice" } { (genre.about) }
                    }
                }
            }
            div class="champ large depot" data-depot="oui" {
                label for="fichiers" { "Fichiers" }
                p class="indice" id="fichiers-indice" {
                    "Texte d’un tableur (CSV, quels que soient le séparateur et l’encodage), classeur XLSX ou ODS, JSON, XML, Parquet, ou une archive ZIP de l’un d’eux. "
                    span data-sans-script="oui" { (FICHIER_MIO_MAX) " Mio par fichier, " (FICHIERS_MAX) " fichiers par envoi\u{a0}: chacun fait un import." }
                    span data-script="oui" hidden {
                        (ENVOI_MIO_MAX / 1024) " Gio par fichier\u{a0}: chacun fait un import. Un envoi coupé reprend où il s’était arrêté, même si la page a été fermée\u{a0}: choisissez de nouveau le même fichier."
                    }
                }
                input id="fichiers" name="fichiers" type="file" multiple aria-describedby="fichiers-indice";
                p class="deposer" data-script="oui" hidden { (icon("upload")) "ou déposez-les ici" }
            }
            (suivi_des_envois())
            div class="champ large" {
                label for="colle" { "Ou lignes copiées d’un tableur" }
                p class="indice" id="colle-indice" { "Collez-les ici avec leurs titres de colonnes. " (COLLE_MIO_MAX) " Mio au plus." }
                textarea id="colle" name="colle" rows="6" aria-describedby="colle-indice" spellcheck="false" {}
            }
            p class="actions" {
                button class="bouton principal" type="submit" { "Envoyer et voir ce qui est compris" }
                a class="bouton" href="/imports" { "Tous les imports" }
                a class="bouton" href="/profils" { "Profils de lecture" }
                @if page.dossiers { a class="bouton" href="/imports/dossiers" { (icon("download")) "Dossiers surveillés" } }
            }
        }
    }
}

/// Where the script shows the files that it sends; nothing without it.
fn suivi_des_envois() -> Markup {
    html! {
        section class="envois" aria-labelledby="titre-envois" hidden {
            h2 id="titre-envois" { "Fichiers à envoyer" }
            ul data-envois-liste="oui" {}
            p class="visuellement-cache" role="status" data-envois-dit="oui" {}
            ul hidden data-envoi-modele="oui" {
                li class="envoi" {
                    p class="envoi-nom" { strong data-nom="oui" {} " " span class="discret" data-taille="oui" {} }
                    progress max="100" value="0" {}
                    p class="envoi-etat" data-etat="oui" { "En attente" }
                    p class="actions" {
                        button class="bouton" type="button" data-reprendre="oui" hidden { (icon("play")) span { "Reprendre" } }
                        button class="bouton" type="button" data-retirer="oui" { (icon("x")) span { "Retirer" } }
                        a class="bouton" data-ouvrir="oui" hidden { (icon("list")) span { "Ouvrir l’import" } }
                    }
                }
            }
        }
    }
}

/// Files whose sending was cut.
fn en_route(arrivants: &[EnCours]) -> Markup {
    html! {
        @if !arrivants.is_empty() {
            section class="envois" aria-labelledby="titre-arrivants" {
                h2 id="titre-arrivants" { "Envois interrompus" }
                p { "Choisissez de nouveau le même fichier\u{a0}: son envoi reprend où il s’était arrêté. Un jour après, il est oublié." }
                ul {
                    @for envoi in arrivants {
                        li class="envoi" {
                            p class="envoi-nom" { strong { (envoi.nom) } " " span class="discret" { (format::bytes(envoi.recus)) " sur " (format::bytes(envoi.octets)) } }
                            form class="en-ligne" method="post" action={ "/imports/envois/" (envoi.id) "/abandon" } {
                                button class="bouton" type="submit" aria-label={ "Abandonner l’envoi de " (envoi.nom) } { (icon("x")) "Abandonner" }
                            }
                        }
                    }
                }
            }
        }
    }
}
