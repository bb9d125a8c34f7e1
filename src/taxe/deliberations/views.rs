//! The page of a deliberation: each rule beside its article, each tariff beside the limits of its year.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::model::{self, Bornes, CATEGORIES, ETATS, NATURES, SOURCES, TAXES};
use super::queries::{Ligne, Regle, annee};
use crate::platform::http::Address;
use crate::taxe::calcul;
use crate::territoire::{PROPORTIONNELLE, periode_en_mots, tarif_en_mots};
use crate::ui::format;
use crate::ui::message::{Tone, badge, notice};

/// What the page shows of a deliberation.
pub struct Montree<'a> {
    /// The period that was asked for.
    pub une: &'a Ligne,
    /// Every period of the same deliberation.
    pub periodes: &'a [Ligne],
    /// The limits, and the year that they are of.
    pub bornes: Option<&'a (i16, Bornes)>,
    /// The rules of the day of the deliberation.
    pub regles: &'a BTreeMap<String, Regle>,
    /// Its communes: code and name.
    pub communes: &'a [(String, String)],
    /// The others of the collectivité.
    pub autres: &'a [Ligne],
    pub today: NaiveDate,
}

/// « 1er juillet au 31 décembre », « toute l’année ».
pub fn periode(line: &Ligne) -> String {
    if (line.debut.as_str(), line.fin.as_str()) == ("01-01", "12-31") { "toute l’année".into() } else { periode_en_mots(&line.debut, &line.fin) }
}

/// The badge of a state.
pub fn etat(line: &Ligne, today: NaiveDate) -> Markup {
    let (label, tone) = ETATS.iter().find(|(code, ..)| *code == line.etat).map_or(("", ""), |(_, label, tone)| (*label, *tone));
    let over = line.valable_au.is_some_and(|last| last < today);
    match (line.etat.as_str(), over) {
        ("en_vigueur", true) => badge(Tone::Plain, "N’est plus applicable"),
        ("en_vigueur", false) if line.applicable_du > today => badge(Tone::Info, "À venir"),
        _ => badge(Tone::from_code(tone), label),
    }
}

/// From when to when it applies.
fn validite(line: &Ligne) -> String {
    match line.valable_au {
        Some(last) => format!("du {} au {}", format::date_long(line.applicable_du), format::date_long(last)),
        None => format!("à compter du {}, jusqu’à ce qu’une autre la remplace", format::date_long(line.applicable_du)),
    }
}

/// What is known of it.
pub fn faits(shown: &Montree<'_>) -> Markup {
    let one = shown.une;
    let source = SOURCES.iter().find(|(code, ..)| *code == one.source).map_or("", |(_, label, _)| label);
    let limit = |code: &str| shown.regles.get(code).and_then(|rule| Some((rule, rule.echeance(annee(one.applicable_du))?)));
    html! {
        dl class="fiche" {
            div { dt { "Délibérée le" } dd {
                (format::date_long(one.date_deliberation))
                @if let Some((rule, limit)) = limit("deliberer") {
                    @if one.date_deliberation >= limit { " " (badge(Tone::Failure, "Hors délai")) br; "À prendre avant le " (format::date_long(limit)) " (" (rule.article) ")" }
                }
            } }
            div { dt { "Applicable" } dd { (validite(one)) } }
            @if let Some(number) = &one.reference { div { dt { "Numéro" } dd class="code" { (number) } } }
            div { dt { "SIREN" } dd class="code" { (one.siren) } }
            div { dt { "Origine" } dd {
                (source)
                @if let Some(moment) = one.en_vigueur_le { br; "En vigueur depuis le " (format::instant(moment)) }
                @if let Some(next) = one.remplacee_par { br; a href={ "/deliberations/" (next) } { "Ce qui la remplace" } }
            } }
            div { dt { "Transmise à la DGFiP" } dd {
                @match one.transmise_le {
                    Some(day) => (format::date_long(day)),
                    None => { "non notée" @if let Some((rule, limit)) = limit("transmettre") { ", avant le " (format::date_long(limit)) " (" (rule.article) ")" } },
                }
            } }
            div class="longue" { dt { "Communes (" (shown.communes.len()) ")" } dd {
                @for (place, (code, name)) in shown.communes.iter().enumerate() { @if place > 0 { ", " } a href={ "/communes/" (code) } { (name) } }
                @if shown.communes.is_empty() { "aucune commune de cette installation" }
            } }
            @if let Some(text) = &one.observations { div class="longue" { dt { "Observations" } dd { @for line in text.lines() { (line) br; } } } }
        }
    }
}

/// Its periods, and the days that they leave out.
pub fn periodes(shown: &Montree<'_>) -> Markup {
    let left = model::decouverts(&shown.periodes.iter().map(Ligne::periode).collect::<Vec<_>>());
    html! {
        h2 id="periodes" { "Périodes de perception" }
        ul {
            @for line in shown.periodes {
                li { @if line.id == shown.une.id { strong { (capital(&periode(line))) } } @else { a href={ "/deliberations/" (line.id) } { (capital(&periode(line))) } } }
            }
        }
        @if left.is_empty() { p class="discret" { "Toute l’année est couverte (CGCT, art. R2333-43)." } }
        @else { (notice(Tone::Warning, &html! { p { "Jours sans période, où rien n’est dû\u{a0}: " (left.join(", ")) "." } })) }
    }
}

/// The same, its first letter large.
fn capital(word: &str) -> String {
    let mut signs = word.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

/// The rates of the additional taxes that a deliberation has, in hundredths of a percent.
pub fn taux_additionnels(line: &Ligne, rules: &BTreeMap<String, Regle>) -> Vec<i64> {
    let taxes = TAXES.iter().zip(&line.taxes).filter(|(_, has)| **has);
    taxes.filter_map(|((code, _), _)| rules.get(*code)?.minimum.map(i64::from)).collect()
}

/// Its tariffs beside the limits of the year, and with its additional taxes when it has some.
pub fn tarifs(shown: &Montree<'_>) -> Markup {
    let grid = shown.une.grille();
    let extra = taux_additionnels(shown.une, shown.regles);
    let nothing = Bornes::new();
    let limits = shown.bornes.map_or(&nothing, |(_, limits)| limits);
    html! {
        h2 id="tarifs" { "Tarifs" @if shown.periodes.len() > 1 { ", " (periode(shown.une)) } }
        section class="defile" tabindex="0" aria-labelledby="titre-tarifs" {
            table class="liste" {
                caption id="titre-tarifs" {
                    "Par personne et par nuit (CGCT, art. L2333-30 et L2333-41)"
                    @if let Some((year, _)) = shown.bornes { ", plancher et plafond de " (year) }
                }
                thead { tr {
                    th scope="col" class="nombre" { "Cat." } th scope="col" { "Hébergements" } th scope="col" class="nombre" { "Tarif" }
                    @if !extra.is_empty() { th scope="col" class="nombre" { "Avec les taxes additionnelles" } }
                    th scope="col" class="nombre" { "Plancher" } th scope="col" class="nombre" { "Plafond" } th scope="col" { "Barème" }
                } }
                tbody { @for (category, label) in (1..).zip(CATEGORIES) { (tarif(category, label, grid.get(&category).copied(), limits.get(&category).copied(), &extra)) } }
            }
        }
        @if let (Some(rate), Some(cap)) = (grid.get(&PROPORTIONNELLE), model::plus_haut(&grid)) {
            p { "Sans classement\u{a0}: " (format::rate(*rate)) " du prix de la nuit hors taxes, divisé entre tous les occupants, plafonné à " (format::money(cap)) " par personne, le plus haut tarif de la délibération (CGCT, art. L2333-30)." }
        }
    }
}

fn tarif(category: usize, label: &str, value: Option<i64>, limits: Option<(i64, i64)>, extra: &[i64]) -> Markup {
    let whole = value
        .filter(|_| category != PROPORTIONNELLE)
        .map(|value| extra.iter().filter_map(|rate| calcul::additionnelle(value, *rate).ok()).sum::<i64>() + value);
    html! {
        tr {
            th scope="row" class="nombre" data-libelle="Catégorie" { (category) }
            td data-libelle="Hébergements" { (label) }
            td class="nombre" data-libelle="Tarif" { @match value { Some(value) => strong { (tarif_en_mots(category, value)) }, None => "aucun" } }
            @if !extra.is_empty() { td class="nombre" data-libelle="Avec les taxes additionnelles" { @if let Some(whole) = whole { (format::money(whole)) } @else { "—" } } }
            td class="nombre" data-libelle="Plancher" { @if let Some((low, _)) = limits { (tarif_en_mots(category, low)) } }
            td class="nombre" data-libelle="Plafond" { @if let Some((_, high)) = limits { (tarif_en_mots(category, high)) } }
            td data-libelle="Barème" {
                @match (value, limits) {
                    (Some(value), Some((low, _))) if value < low => (badge(Tone::Failure, "Sous le plancher")),
                    (Some(value), Some((_, high))) if value > high => (badge(Tone::Failure, "Au-dessus du plafond")),
                    (Some(value), Some((_, high))) if value == high => (badge(Tone::Info, "Au plafond")),
                    (Some(_), Some(_)) => (badge(Tone::Success, "Dans le barème")),
                    _ => {}
                }
            }
        }
    }
}

/// The regime of each nature, the abattements, the rents, the additional taxes.
pub fn regles(shown: &Montree<'_>) -> Markup {
    let one = shown.une;
    let bands = model::relues(&one.abattements);
    let forfait: Vec<&str> = NATURES.iter().zip(&one.regimes).filter(|(_, regime)| *regime == "forfait").map(|(nature, _)| *nature).collect();
    let rents = one.loyers.iter().zip(["par nuit", "par semaine", "par mois"]);
    let rents: Vec<String> = rents.filter_map(|(rent, per)| Some(format!("{} {per}", format::money((*rent)?.into())))).collect();
    html! {
        h2 id="regles" { "Règles" }
        dl class="fiche" {
            div class="longue" { dt { "Régime" } dd {
                @if forfait.is_empty() { "Au réel pour toutes les natures" }
                @else { "Forfaitaire\u{a0}: " (forfait.join(", ")) ". Au réel pour les autres natures" }
                " (CGCT, art. L2333-26, II)"
            } }
            div class="longue" { dt { "Abattements du forfait" } dd {
                @if bands.is_empty() { "aucun" }
                @else { @for band in &bands { (model::tranche_en_mots(band)) br; } "Une seule tranche s’applique, à toutes les nuits" }
                " (CGCT, art. L2333-41, III)"
            } }
            div class="longue" { dt { "Loyer minimum" } dd {
                @if rents.is_empty() { "aucun" } @else { (rents.join(", ")) "\u{a0}: en dessous, rien n’est dû" }
                " (CGCT, art. L2333-31, 4°)"
            } }
            @for (place, (code, _)) in TAXES.iter().enumerate() {
                @if let Some(rule) = shown.regles.get(*code) {
                    div class="longue" { dt { (rule.libelle) } dd { (taxe(one, place, rule)) } }
                }
            }
        }
    }
}

/// An additional tax, with its rate, its days and its article.
fn taxe(line: &Ligne, place: usize, rule: &Regle) -> Markup {
    let has = line.taxes.get(place).copied().unwrap_or(false);
    let day = |days: &[Option<NaiveDate>]| days.get(place).copied().flatten();
    let rate = rule.minimum.map(|rate| format::rate(rate.into())).unwrap_or_default();
    html! {
        @if has {
            (rate) " de la taxe"
            @if let Some(first) = day(&line.taxes_du) { ", à compter du " (format::date_long(first)) }
            @if let Some(last) = day(&line.taxes_au) { ", jusqu’au " (format::date_long(last)) }
        } @else { "non" }
        " (" (rule.article) ")"
    }
}

/// The other deliberations of the collectivité, those of before too.
pub fn autres(shown: &Montree<'_>) -> Markup {
    html! {
        h2 id="versions" { "Autres délibérations de la collectivité" }
        @if shown.autres.is_empty() { p class="discret" { "Aucune autre n’est connue." } }
        @else {
            ul {
                @for line in shown.autres {
                    li { a href={ "/deliberations/" (line.id) } { "Délibération du " (format::date_long(line.date_deliberation)) } ", " (validite(line)) ", " (periode(line)) " " (etat(line, shown.today)) }
                }
            }
        }
    }
}

/// The name of a deliberation: whose it is, its day, its number when it has one.
pub fn nom(line: &Ligne) -> String {
    let number = line.reference.as_ref().map_or_else(String::new, |number| format!(" ({number})"));
    format!("{}, {}{number}", line.collectivite, format::date_long(line.date_deliberation))
}

/// Where its grid is simulated.
pub fn simulation(line: &Ligne) -> Address {
    Address::of("/deliberations/simulateur").with("grille", line.id)
}
