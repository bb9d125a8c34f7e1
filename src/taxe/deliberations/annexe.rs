//! The grid of a deliberation as the council annexes it: one page, made to be printed.

use maud::{Markup, html};
use rocket::{Route, State, get, routes as collect};

use super::fiche::seen;
use super::list::DELIBERATIONS;
use super::model::{self, CATEGORIES, NATURES, TAXES};
use super::queries::{self, Ligne};
use super::views;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::taxe::calcul;
use crate::territoire::{PROPORTIONNELLE, tarif_en_mots};
use crate::ui::{format, layout};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![annex]
}

#[get("/deliberations/<id>/annexe")]
async fn annex(id: i64, personne: Personne, context: &State<Context>) -> Result<Markup> {
    let one = seen(context, &personne, id).await?;
    let lines = queries::periodes(context.db.statement(), &one).await?;
    let limits = queries::bornes(context.db.statement(), queries::annee(one.applicable_du)).await?;
    let rules = queries::regles(context.db.statement(), one.date_deliberation.max(one.applicable_du)).await?;
    let communes = queries::communes(&context.db, &one.communes).await?;
    let names: Vec<&str> = communes.iter().map(|(_, name)| name.as_str()).collect();
    let extra = views::taux_additionnels(&one, &rules);
    let body = html! {
        (DELIBERATIONS.trail(&[(&format!("/deliberations/{id}"), &views::nom(&one))], "Annexe"))
        p class="actions a-l-ecran" { span class="discret" { "Imprimez cette page (Ctrl + P), ou enregistrez-la en PDF depuis l’impression." } }
        article class="lettre" {
            p { (one.collectivite) }
            h1 { "Taxe de séjour\u{a0}: tarifs applicables à compter du " (format::date_long(one.applicable_du)) }
            p {
                "Annexe à la délibération " @if let Some(number) = &one.reference { "n°\u{a0}" (number) " " } "du " (format::date_long(one.date_deliberation)) "."
                @if one.etat == "brouillon" { " " strong { "Projet." } }
            }
            @for line in &lines { (grid(line, limits.as_ref().map(|(_, limits)| limits), &extra)) }
            @if let Some((year, _)) = &limits { p { "Plancher et plafond du barème légal de " (year) " (CGCT, art. L2333-30 et L2333-41)." } }
            (terms(&one, &lines, &rules))
            @if !names.is_empty() { p { "Communes\u{a0}: " (names.join(", ")) "." } }
        }
    };
    Ok(layout::page(&personne.frame, "Annexe", &body))
}

/// The tariffs of one period, voted and legal.
fn grid(line: &Ligne, limits: Option<&model::Bornes>, extra: &[i64]) -> Markup {
    let grid = line.grille();
    let limits_of = |category: usize| limits.and_then(|limits| limits.get(&category));
    html! {
        table class="liste" {
            caption { "Période de perception\u{a0}: " (views::periode(line)) ". Par personne et par nuit." }
            thead { tr {
                th scope="col" { "Hébergements" } th scope="col" class="nombre" { "Plancher" } th scope="col" class="nombre" { "Plafond" } th scope="col" class="nombre" { "Tarif" }
                @if !extra.is_empty() { th scope="col" class="nombre" { "Avec les taxes additionnelles" } }
            } }
            tbody {
                @for (category, label) in (1..).zip(CATEGORIES) {
                    @let value = grid.get(&category).copied();
                    tr {
                        th scope="row" data-libelle="Hébergements" { (label) }
                        td class="nombre" data-libelle="Plancher" { @if let Some((low, _)) = limits_of(category) { (tarif_en_mots(category, *low)) } }
                        td class="nombre" data-libelle="Plafond" { @if let Some((_, high)) = limits_of(category) { (tarif_en_mots(category, *high)) } }
                        td class="nombre" data-libelle="Tarif" { @if let Some(value) = value { strong { (tarif_en_mots(category, value)) } } @else { "—" } }
                        @if !extra.is_empty() { td class="nombre" data-libelle="Avec les taxes additionnelles" { (with_taxes(category, value, extra)) } }
                    }
                }
            }
        }
        @if let (Some(rate), Some(cap)) = (grid.get(&PROPORTIONNELLE), model::plus_haut(&grid)) {
            p { "Sans classement\u{a0}: " (format::rate(*rate)) " du coût de la nuit par personne, hors taxes, dans la limite de " (format::money(cap)) " (CGCT, art. L2333-30)." }
        }
    }
}

/// A fixed tariff with its additional taxes, each rounded by itself.
fn with_taxes(category: usize, value: Option<i64>, extra: &[i64]) -> String {
    let fixed = value.filter(|_| category != PROPORTIONNELLE);
    fixed.map_or_else(
        || "—".into(),
        |value| format::money(value + extra.iter().filter_map(|rate| calcul::additionnelle(value, *rate).ok()).sum::<i64>()),
    )
}

/// What else was decided.
fn terms(one: &Ligne, lines: &[Ligne], rules: &std::collections::BTreeMap<String, queries::Regle>) -> Markup {
    let forfait: Vec<&str> = NATURES.iter().zip(&one.regimes).filter(|(_, regime)| *regime == "forfait").map(|(nature, _)| *nature).collect();
    let bands: Vec<String> = model::relues(&one.abattements).iter().map(model::tranche_en_mots).collect();
    let rents = one.loyers.iter().zip(["par nuit", "par semaine", "par mois"]);
    let rents: Vec<String> = rents.filter_map(|(rent, per)| Some(format!("{} {per}", format::money((*rent)?.into())))).collect();
    let left = model::decouverts(&lines.iter().map(Ligne::periode).collect::<Vec<_>>());
    html! {
        ul {
            li {
                @if forfait.is_empty() { "Taxe perçue au réel pour toutes les natures d’hébergement" } @else { "Taxe forfaitaire\u{a0}: " (forfait.join(", ")) "\u{a0}; au réel pour les autres natures" }
                " (CGCT, art. L2333-26)."
            }
            @if !bands.is_empty() { li { "Abattements du forfait\u{a0}: " (bands.join(" ; ")) " (CGCT, art. L2333-41)." } }
            @if !rents.is_empty() { li { "Aucune taxe sous un loyer de " (rents.join(", ")) " (CGCT, art. L2333-31, 4°)." } }
            @if !left.is_empty() { li { "Aucune perception " (left.join(", ")) "." } }
            @for ((code, _), has) in TAXES.iter().zip(&one.taxes) {
                @if let (true, Some(rule)) = (*has, rules.get(*code)) { li { (rule.libelle) ", " (rule.minimum.map(|rate| format::rate(rate.into())).unwrap_or_default()) " (" (rule.article) ")." } }
            }
            li { "Exemptés\u{a0}: les mineurs, les saisonniers employés dans la commune, les personnes en hébergement d’urgence ou en relogement temporaire (CGCT, art. L2333-31)." }
        }
    }
}
