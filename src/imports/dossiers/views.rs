//! The page of the watched folders.

use maud::{Markup, html};

use super::lieu::Lieu;
use super::queries::{Montre, Recent};
use super::{REFUSES, TRAITES};
use crate::pieces::montre;
use crate::ui::form::select;
use crate::ui::format;
use crate::ui::message::{Tone, badge, notice};

/// What was chosen in the form.
#[derive(Default)]
pub struct Saisi<'a> {
    pub collectivite: &'a str,
    pub genre: &'a str,
    pub compte: &'a str,
}

/// What the page shows.
pub struct Dossiers<'a> {
    /// The place that the operator names.
    pub lieu: Option<&'a Lieu>,
    /// The folders of the person.
    pub dossiers: &'a [Montre],
    /// Their last files.
    pub recents: &'a [Recent],
    /// What all kinds are called.
    pub genres: &'a [(String, String)],
    /// Kinds, collectivités and accounts on offer.
    pub offerts: &'a [(String, String)],
    pub collectivites: Vec<(String, String)>,
    pub comptes: Vec<(String, String)>,
    /// What was chosen.
    pub saisi: &'a Saisi<'a>,
    /// What is wrong with it.
    pub faute: Option<&'a str>,
}

impl Dossiers<'_> {
    fn genre(&self, nom: &str) -> String {
        self.genres.iter().find(|(known, _)| known == nom).map_or_else(|| nom.to_string(), |(_, title)| title.clone())
    }
}

/// The page.
pub fn page(page: &Dossiers<'_>) -> Markup {
    html! {
        h1 { "Dossiers surveillés" }
        p {
            "Un autre logiciel y dépose des fichiers\u{a0}: Gardel les prend quand ils ne changent plus, les charge au nom d’un compte et vérifie leurs lignes. Rien n’est écrit avant que quelqu’un ne confirme l’import, ou un profil auquel il est fait confiance. Les fichiers finis vont dans «\u{a0}"
            (TRAITES) "\u{a0}», les autres dans «\u{a0}" (REFUSES) "\u{a0}», avec leur compte rendu."
        }
        @if page.lieu.is_none() {
            (notice(Tone::Warning, &html! { p { "L’exploitant n’a pas déclaré de lieu de dépôt (GARDEL_DEPOSES)\u{a0}: aucun dossier n’est surveillé. Demandez-lui de le faire\u{a0}: vous pourrez alors dire ici quels dossiers le sont." } }))
        }
        @if let (Some(faute), None) = (page.faute, page.lieu) { (dite(faute)) }
        (dossiers(page))
        (recents(page))
        @if page.lieu.is_some() { (formulaire(page)) }
        p class="actions" { a class="bouton" href="/imports" { "Tous les imports" } }
    }
}

/// What is wrong with what was asked.
fn dite(faute: &str) -> Markup {
    html! { div class="message erreur" role="alert" tabindex="-1" data-focus="oui" { p { (faute) } } }
}

/// The form that has a folder watched: only where there is a place.
fn formulaire(page: &Dossiers<'_>) -> Markup {
    html! {
        section class="etroite" {
            h2 { "Surveiller un dossier" }
            @if let Some(faute) = page.faute { (dite(faute)) }
            form method="post" action="/imports/dossiers" {
                (select("collectivite", "Collectivité", &page.collectivites, page.saisi.collectivite, None))
                (select("genre", "Ce que les fichiers contiennent", page.offerts, page.saisi.genre, None))
                (select("compte", "Chargés au nom de", &page.comptes, page.saisi.compte, Some("Choisissez un compte")))
                p class="indice" { "Les imports ont les droits de ce compte au moment où ils se font. Un dossier déjà surveillé prend le compte choisi." }
                button class="bouton principal" type="submit" { "Surveiller ce dossier" }
            }
        }
    }
}

fn dossiers(page: &Dossiers<'_>) -> Markup {
    html! {
        @if !page.dossiers.is_empty() {
            section class="defile" tabindex="0" aria-labelledby="titre-dossiers" {
                table class="liste" {
                    caption id="titre-dossiers" { "Dossiers" }
                    thead { tr { th scope="col" { "Dossier" } th scope="col" { "Collectivité" } th scope="col" { "Contenu" } th scope="col" { "Au nom de" } th scope="col" { "Dernier passage" } th scope="col" { "État" } th scope="col" { "Changer" } } }
                    tbody { @for one in page.dossiers { (dossier(page, one)) } }
                }
            }
        }
    }
}

fn dossier(page: &Dossiers<'_>, one: &Montre) -> Markup {
    let sous = format!("{}/{}", one.siren, one.genre);
    html! {
        tr {
            th scope="row" class="code" data-libelle="Dossier" { (page.lieu.map_or_else(|| sous.clone(), |lieu| lieu.montre(&sous))) }
            td data-libelle="Collectivité" { (one.collectivite) }
            td data-libelle="Contenu" { (page.genre(&one.genre)) }
            td data-libelle="Au nom de" { (one.compte) }
            td data-libelle="Dernier passage" { @if let Some(when) = one.passe_le { (format::instant(when)) } @else { "Pas encore" } @if let Some(avis) = &one.avis { br; (avis) } }
            td data-libelle="État" {
                @if !one.actif { (badge(Tone::Plain, "Arrêté")) } @else if one.avis.is_some() { (badge(Tone::Warning, "À voir")) } @else { (badge(Tone::Success, "Surveillé")) }
            }
            td data-libelle="Changer" {
                form method="post" action={ "/imports/dossiers/" (one.id) "/etat" } {
                    input type="hidden" name="actif" value=(!one.actif);
                    button class="bouton" type="submit" { (if one.actif { "Arrêter" } else { "Surveiller" }) span class="visuellement-cache" { "\u{a0}: " (page.genre(&one.genre)) ", " (one.collectivite) } }
                }
            }
        }
    }
}

fn recents(page: &Dossiers<'_>) -> Markup {
    html! {
        @if !page.recents.is_empty() {
            section class="defile" tabindex="0" aria-labelledby="titre-deposes" {
                table class="liste" {
                    caption id="titre-deposes" { "Derniers fichiers" }
                    thead { tr { th scope="col" { "Fichier" } th scope="col" { "Contenu" } th scope="col" { "Vu" } th scope="col" { "État" } th scope="col" { "Import" } } }
                    tbody {
                        @for file in page.recents {
                            tr {
                                th scope="row" data-libelle="Fichier" { (montre(&file.nom)) }
                                td data-libelle="Contenu" { (page.dossiers.iter().find(|one| one.id == file.dossier_id).map(|one| page.genre(&one.genre)).unwrap_or_default()) }
                                td data-libelle="Vu" { (format::instant(file.vu_le)) }
                                td data-libelle="État" { (etat(file)) @if let Some(why) = file.motif.as_ref().filter(|why| !why.is_empty()) { br; span class="discret" { (why) } } }
                                td data-libelle="Import" { @if let Some(import) = file.import_id { a href={ "/imports/" (import) } { "n°\u{a0}" (import) } } @else { "Aucun" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn etat(file: &Recent) -> Markup {
    match (file.etat.as_str(), file.range_le) {
        ("vu", _) => badge(Tone::Plain, "Vu, encore en cours d’arrivée"),
        ("pris", _) => badge(Tone::Info, "Chargé, à suivre"),
        ("traite", _) => badge(Tone::Success, "Traité"),
        (_, None) => badge(Tone::Failure, "Refusé, pas encore rangé"),
        _ => badge(Tone::Failure, "Refusé"),
    }
}
