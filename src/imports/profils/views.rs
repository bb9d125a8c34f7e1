//! The page of a profile.

use maud::{Markup, html};

use super::model::{Contenu, Garde, NOM_MAX};
use crate::champs::Saisie;
use crate::imports::deplie::DEPLIEE;
use crate::imports::genre::Genre;
use crate::imports::model::Mode;
use crate::sources::valeurs::Ordre;
use crate::ui::form::{Field, error, error_summary, field, select};
use crate::ui::icon::icon;
use crate::ui::{format, message};

/// What the page shows.
pub struct Fiche<'a> {
    /// The profile.
    pub profil: &'a Garde,
    /// The kind it reads.
    pub genre: &'static Genre,
    /// The collectivités with which it may be shared.
    pub lieux: &'a [(i32, String)],
    /// Whether whoever looks may change it.
    pub change: bool,
    /// Whether they decide of the trust.
    pub confie: bool,
    /// Who looks.
    pub moi: i64,
    /// What is wrong with what was sent.
    pub fautes: &'a [(&'a str, String)],
}

/// The page.
pub fn fiche(fiche: &Fiche<'_>) -> Markup {
    let profil = fiche.profil;
    html! {
        h1 { "Profil de lecture «\u{a0}" (profil.nom) "\u{a0}»" }
        (error_summary(fiche.fautes))
        (dit(fiche))
        (colonnes(fiche))
        @if fiche.change { (nom(fiche)) }
        @if fiche.confie { (confiance(fiche)) } @else if profil.confiance { (seuils(profil)) }
        @if fiche.change {
            form method="post" action={ "/profils/" (profil.id) "/retrait" } data-confirmation="oui" {
                input type="hidden" name="version" value=(profil.version);
                button class="bouton danger" type="submit" { (icon("trash")) "Retirer ce profil" }
            }
        }
        p class="actions" { a class="bouton" href="/profils" { "Tous les profils" } }
    }
}

fn dit(fiche: &Fiche<'_>) -> Markup {
    let (profil, contenu) = (fiche.profil, &fiche.profil.contenu);
    let mode = Mode::TOUS.iter().find(|(_, code, ..)| *code == contenu.mode).map(|(_, _, label, _)| *label);
    html! {
        dl class="fiche" {
            div { dt { "Ce qu’il lit" } dd { (fiche.genre.titre()) } }
            div { dt { "Auteur" } dd { (profil.auteur.as_deref().unwrap_or("compte retiré")) } }
            div { dt { "Partagé avec" } dd { (profil.partage()) } }
            @if let Some(mode) = mode { div { dt { "Fiches qui existent" } dd { (mode) } } }
            @if let Some(encodage) = contenu.voulu.encodage { div { dt { "Encodage" } dd { (encodage.libelle()) } } }
            @if let Some(sign) = contenu.voulu.separateur { div { dt { "Séparateur" } dd class="code" { (if sign == '\t' { "tabulation".to_string() } else { sign.to_string() }) } } }
            @if let Some(titre) = contenu.voulu.titre { div { dt { "Lignes à passer avant" } dd { (titre) } } }
            @if let Some(feuille) = &contenu.voulu.feuille { div { dt { "Feuille" } dd { (feuille) } } }
            div { dt { "Modifié" } dd { (format::instant(profil.modifie_le)) ", " (profil.modifie_par) } }
        }
    }
}

fn colonnes(fiche: &Fiche<'_>) -> Markup {
    let (genre, contenu): (_, &Contenu) = (fiche.genre, &fiche.profil.contenu);
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-colonnes" {
            table class="liste" {
                caption id="titre-colonnes" { "Colonnes auxquelles il reconnaît un fichier, et ce qu’elles remplissent" }
                thead { tr { th scope="col" { "Titre" } th scope="col" { "Champ" } th scope="col" { "Écriture" } } }
                tbody {
                    @for (entete, champ) in &contenu.colonnes {
                        tr {
                            th scope="row" data-libelle="Titre" { (entete) }
                            td data-libelle="Champ" { @if champ == DEPLIEE { "une ligne par cellule" } @else { (genre.label(champ)) } }
                            td data-libelle="Écriture" { (ecriture(contenu, entete)) }
                        }
                    }
                }
            }
        }
        @if let Some(deplie) = &contenu.deplie {
            p { "Chaque cellule de ces colonnes fait une ligne\u{a0}: le titre remplit «\u{a0}" (genre.label(&deplie.entete)) "\u{a0}», la cellule «\u{a0}" (genre.label(&deplie.cellule)) "\u{a0}»." }
        }
        @if !contenu.constantes.is_empty() {
            h2 { "Valeurs données à toutes les lignes" }
            dl class="fiche" { @for (champ, value) in &contenu.constantes { div { dt { (genre.label(champ)) } dd { (valeur(genre, champ, value)) } } } }
        }
    }
}

/// A value given to all lines, in words where they are ours.
fn valeur(genre: &Genre, champ: &str, value: &str) -> String {
    match genre.field(champ).map(|field| &field.saisie) {
        Some(saisie @ Saisie::Choix(_)) => saisie.in_words(Some(value), &[]),
        _ => value.to_string(),
    }
}

fn ecriture(contenu: &Contenu, entete: &str) -> String {
    let format = contenu.formats.get(entete).copied().unwrap_or_default();
    let dates = format.dates.map(|ordre| match ordre {
        Ordre::JourMois => "le jour, puis le mois".to_string(),
        Ordre::MoisJour => "le mois, puis le jour".to_string(),
    });
    dates.or_else(|| format.nombres.map(|nombres| nombres.libelle().to_string())).unwrap_or_else(|| "comme ses valeurs le disent".into())
}

fn said<'a>(fiche: &'a Fiche<'_>, name: &str) -> Option<&'a str> {
    fiche.fautes.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str())
}

fn nom(fiche: &Fiche<'_>) -> Markup {
    let profil = fiche.profil;
    let mut lieux: Vec<(String, String)> = fiche.lieux.iter().map(|(id, nom)| (id.to_string(), nom.clone())).collect();
    if let (Some(id), Some(nom)) = (profil.collectivite_id, &profil.collectivite)
        && !fiche.lieux.iter().any(|(known, _)| *known == id)
    {
        lieux.push((id.to_string(), nom.clone()));
    }
    let own = profil.est_de(fiche.moi) || profil.collectivite_id.is_none();
    html! {
        section class="etroite" {
            h2 { "Nom et partage" }
            form method="post" action={ "/profils/" (profil.id) } {
                input type="hidden" name="version" value=(profil.version);
                (field(&Field { name: "nom", label: "Nom", value: &profil.nom, error: said(fiche, "nom"), required: true, max: Some(NOM_MAX), ..Field::default() }))
                (select("partage", "Partagé avec", &lieux, &profil.collectivite_id.map(|id| id.to_string()).unwrap_or_default(), own.then_some("vous seul")))
                (error("partage", said(fiche, "partage")))
                p class="indice" { "Partagé, il s’applique de lui-même aux fichiers que vos collègues envoient, s’il les reconnaît." }
                p class="actions" { button class="bouton principal" type="submit" { "Enregistrer" } }
            }
        }
    }
}

fn seuils(profil: &Garde) -> Markup {
    let part = |value: Option<i32>| value.map_or_else(|| "–".to_string(), |value| format!("{value}\u{a0}% au plus"));
    let count = |value: Option<i64>| value.map_or_else(|| "–".to_string(), format::integer);
    html! {
        h2 { "Profil de confiance" }
        dl class="fiche" {
            @if let Some(par) = &profil.confiance_par { div { dt { "Confié par" } dd { (par) } } }
            div { dt { "Lignes refusées" } dd { (part(profil.refus_max)) } }
            div { dt { "Lignes qui changent une fiche" } dd { (part(profil.changements_max)) } }
            div { dt { "Lignes, au moins" } dd { (count(profil.lignes_min)) } }
            div { dt { "Lignes, au plus" } dd { (count(profil.lignes_max)) } }
        }
    }
}

fn confiance(fiche: &Fiche<'_>) -> Markup {
    let profil = fiche.profil;
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let part = |value: Option<i32>, usual: &str| value.map_or_else(|| usual.to_string(), |value| value.to_string());
    let (refus, changes) = (part(profil.refus_max, "0"), part(profil.changements_max, "20"));
    let (least, most) = (number(profil.lignes_min), number(profil.lignes_max));
    let numeric = Some("numeric");
    html! {
        section class="etroite" {
            h2 { "Confiance" }
            p { "Un fichier lu avec un profil de confiance, sans correction, est écrit sans attendre personne si tout ceci est tenu. Sinon il attend, et dit ce qui n’est pas tenu. Aucune fiche n’est jamais retirée ainsi." }
            @if let Some(par) = profil.confiance_par.as_ref().filter(|_| profil.confiance) { (message::notice(message::Tone::Info, &html! { p { "De confiance, par " (par) "." } })) }
            form method="post" action={ "/profils/" (profil.id) "/confiance" } {
                input type="hidden" name="version" value=(profil.version);
                div class="au-choix" {
                    input type="checkbox" id="confiance" name="confiance" value="true" checked[profil.confiance];
                    label for="confiance" { "Ce profil est de confiance" }
                }
                (field(&Field { name: "refus", label: "Lignes refusées, en pour cent, au plus", value: &refus, error: said(fiche, "refus"), inputmode: numeric, max: Some(3), ..Field::default() }))
                (field(&Field { name: "changements", label: "Lignes qui changent une fiche, en pour cent, au plus", value: &changes, error: said(fiche, "changements"), inputmode: numeric, max: Some(3), ..Field::default() }))
                (field(&Field { name: "min", label: "Lignes au moins", value: &least, error: said(fiche, "min"), inputmode: numeric, max: Some(12), ..Field::default() }))
                (field(&Field { name: "max", label: "Lignes au plus", value: &most, error: said(fiche, "max"), inputmode: numeric, max: Some(12), ..Field::default() }))
                p class="actions" { button class="bouton" type="submit" { "Enregistrer la confiance" } }
            }
        }
    }
}
