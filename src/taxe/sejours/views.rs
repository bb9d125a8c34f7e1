//! The page of a séjour.

use maud::{Markup, html};

use super::list::SEJOURS;
use super::model::{STATUTS, Sejour};
use super::record::explanation;
use crate::listing::Niveau;
use crate::listing::{Around, edit_field};
use crate::motifs::{self, Offert, Saisi};
use crate::pieces;
use crate::records::edit_link;
use crate::taxe::fiche;
use crate::taxe::historique::{self, Event};
use crate::taxe::modifications::MOTIVES;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge};
use crate::ui::{form, format};

/// The file of a séjour: facts, tax with its explanation, statut.
pub fn file(
    (sejour, level): (&Sejour, Option<Niveau>),
    offered: &[Offert],
    around: Option<&Around>,
    (added, events): (&pieces::Contenu, &[Event]),
) -> Markup {
    let (_, label, tone) = STATUTS.iter().find(|(code, ..)| *code == sejour.statut).copied().unwrap_or(("", "", ""));
    html! {
        (fiche::trail(&SEJOURS, sejour.id, Some((&sejour.code_insee, &sejour.commune)), &sejour.reference, around))
        div class="titre-page" { h1 { "Séjour " span class="code" { (sejour.reference) } } (badge(Tone::from_code(tone), label)) }
        @if let Some(motif) = sejour.motif() { p { "Motif\u{a0}: " (motif.in_words()) } }
        (fiche::neighbours(&SEJOURS, sejour.id, around, &html! { @if level >= Some(Niveau::Valider) { (validate(sejour, around)) } (edit_link(level, &SEJOURS, sejour.id)) }))
        dl class="fiche" {
            div { dt { "Logement" } dd { a href={ "/logements/" (sejour.logement_id) } { (sejour.logement) } br; (sejour.adresse) } }
            div { dt { "Hébergeur" } dd { a href={ "/hebergeurs/" (sejour.hebergeur_id) } { (sejour.hebergeur) } } }
            div { dt { "Commune" } dd { a href={ "/communes/" (sejour.code_insee) } { (sejour.commune) } } }
            div { dt { "Dates" } dd { "du " (format::date_long(sejour.date_debut)) " au " (format::date_long(sejour.date_fin)) } }
            div { dt { "Durée" } dd { (format::counted(sejour.nb_nuits.into(), "nuit", "nuits")) ", " (format::counted(sejour.nuitees.into(), "nuitée", "nuitées")) } }
            div { dt { "Collecteur" } dd { (sejour.collecteur) } }
            div { dt { "Taxe perçue le" } dd {
                @let collected = sejour.date_perception.map_or_else(|| "pas encore".to_string(), format::date_long);
                (edit_field((&SEJOURS, sejour.id), "perception", &sejour.reference, &html! { (collected) }, level))
            } }
            div { dt { "Modifié" } dd { (format::instant(sejour.modifie_le)) } }
        }
        section { h2 { "Personnes" } (persons(sejour)) }
        section { h2 { "Taxe" } (tax(sejour)) }
        @if level >= Some(Niveau::Valider) { (decision(sejour, offered, around)) }
        p class="actions" { a class="bouton" href=(SEJOURS.asked(&[("logement", &sejour.logement_id)])) { "Séjours de ce logement" } }
        (pieces::sections(added, &fiche::here(&SEJOURS, sejour.id, around)))
        (historique::section(events))
    }
}

/// What is decided of a stay.
fn decision(sejour: &Sejour, offered: &[Offert], around: Option<&Around>) -> Markup {
    html! {
        section class="etroite" {
            h2 { "Statut" }
            form method="post" action={ "/sejours/" (sejour.id) "/statut" } {
                input type="hidden" name="version" value=(sejour.version);
                @if let Some(around) = around { input type="hidden" name="de" value=(around.de); }
                @if sejour.a_un_autre && sejour.statut != "valide" { p class="indice" { "Vous l’avez saisi ou corrigé, et deux personnes sont demandées\u{a0}: quelqu’un d’autre le validera." } }
                @let options: Vec<(String, String)> = STATUTS.iter().filter(|(code, ..)| *code != "valide" || !sejour.a_un_autre || sejour.statut == "valide").map(|(code, label, _)| ((*code).into(), (*label).into())).collect();
                (form::select("statut", "Nouveau statut", &options, &sejour.statut, None))
                (motifs::fields("", MOTIVES, offered, &Saisi::from_motif(sejour.motif().as_ref()), None))
                p class="actions" {
                    button class="bouton principal" type="submit" { "Enregistrer le statut" }
                }
            }
        }
    }
}

/// « Valider et suivant »: the daily gesture, in one click.
fn validate(sejour: &Sejour, around: Option<&Around>) -> Markup {
    let words = match around {
        _ if sejour.statut == "valide" || sejour.a_un_autre => return html! {},
        Some(around) if around.next.is_some() => "Valider et suivant",
        Some(_) => "Valider et revenir à la liste",
        None => return html! {},
    };
    html! {
        form method="post" action={ "/sejours/" (sejour.id) "/statut" } {
            input type="hidden" name="version" value=(sejour.version);
            input type="hidden" name="statut" value="valide";
            input type="hidden" name="suite" value="suivant";
            @if let Some(around) = around { input type="hidden" name="de" value=(around.de); }
            button class="bouton principal" id="f-valider" type="submit" { (icon("check")) (words) }
        }
    }
}

fn persons(sejour: &Sejour) -> Markup {
    // Closed list of exemptions: CGCT L2333-31.
    let exempt = [
        (sejour.nb_mineurs, "mineurs"),
        (sejour.nb_saisonniers, "titulaires d’un contrat saisonnier"),
        (sejour.nb_urgence, "hébergement d’urgence ou relogement"),
        (sejour.nb_loyer_modique, "loyer inférieur au seuil"),
    ];
    html! {
        dl class="fiche" {
            div { dt { "Ont séjourné" } dd { (sejour.nb_personnes) } }
            @for (count, reason) in exempt.iter().filter(|(count, _)| *count > 0) { div { dt { "Exonérés : " (reason) } dd { (count) } } }
            div { dt { "Assujettis" } dd { strong { (sejour.nb_assujettis) } } }
        }
    }
}

fn tax(sejour: &Sejour) -> Markup {
    html! {
        dl class="fiche" {
            div { dt { "Nature et catégorie" } dd { (sejour.nature) br; "Catégorie " (sejour.categorie_id) " : " (sejour.categorie) } }
            @if sejour.categorie_id == 9 {
                div { dt { "Taux" } dd { (format::rate(sejour.tarif.into())) } }
                @if let Some(price) = sejour.prix_nuit { div { dt { "Prix de la nuit HT" } dd { (format::money(price)) } } }
                @if let Some(cap) = sejour.plafond { div { dt { "Plafond par personne et par nuit" } dd { (format::money(cap.into())) } } }
            } @else {
                div { dt { "Tarif par personne et par nuit" } dd { (format::money(sejour.tarif.into())) } }
            }
            div { dt { "Taxe de séjour" } dd { (format::money(sejour.montant_base)) } }
            @if sejour.montant_departemental > 0 { div { dt { "Taxe additionnelle départementale" } dd { (format::money(sejour.montant_departemental)) } } }
            div { dt { "Total" } dd { strong { (format::money(sejour.montant)) } } }
        }
        @if let Some(parts) = &sejour.calcul {
            details { summary { "Comment ce montant est calculé" } (explanation(parts, sejour.nb_personnes.into(), sejour.nb_assujettis.into())) }
        }
    }
}
