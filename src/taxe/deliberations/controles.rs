//! What is checked of a deliberation as it is entered: what the law refuses is refused, with its article.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use maud::{Markup, html};
use sqlx::PgConnection;

use super::model::{self, Bornes, Grille, SANS_CLASSEMENT, TAXES};
use super::queries::{self, Collectivite, Regle};
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::records::{Draft, Hooks};
use crate::territoire::{PROPORTIONNELLE, TARIFS, codes_de, croise, jour_de_periode, periode_en_mots, tarif_en_mots};
use crate::ui::format;

/// Said to whoever corrects what is not a draft.
const FIGEE: &str = "Cette délibération n’est plus un brouillon\u{a0}: ce qu’elle fixe ne se corrige pas. Créez-en une nouvelle version, qui la remplace à sa date d’effet.";
/// The two days of a period, with their labels.
const PERIODE: [(&str, &str); 2] = [("debut", "Début de la période"), ("fin", "Fin de la période")];

/// The hooks of a deliberation.
pub struct Controles;

#[rocket::async_trait]
impl Hooks for Controles {
    async fn complete(&self, context: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        if draft.id.is_none() {
            draft.set("etat", Some("brouillon".into()));
            draft.set("source", Some("saisie".into()));
        }
        period(draft);
        bands(draft);
        let effet: Option<NaiveDate> = draft.parsed("applicable_du");
        draft.set("annee", effet.map(|day| queries::annee(day).to_string()));
        let (Some(effet), Some(id)) = (effet, draft.parsed::<i32>("collectivite_id")) else {
            return Ok(());
        };
        let whose = queries::collectivite(&context.db, id, effet).await?;
        if let Some(whose) = &whose {
            draft.set("siren", Some(whose.siren.clone()));
            draft.set("collectivite", Some(whose.nom.clone()));
            territory(draft, whose);
        }
        dates(draft, effet);
        let date: Option<NaiveDate> = draft.parsed("date_deliberation");
        let rules = queries::regles(context.db.statement(), date.unwrap_or(effet)).await?;
        deadline(draft, date, effet, rules.get("deliberer"));
        forfait(draft, rules.get("abattement"));
        let limits = queries::bornes(context.db.statement(), queries::annee(effet)).await?;
        let grid = grid(draft);
        legal(draft, &grid, limits.as_ref().map(|(year, limits)| (*year, limits)), queries::annee(effet));
        if let (Some(date), Some(debut), Some(fin)) = (date, draft.value("debut").map(String::from), draft.value("fin").map(String::from)) {
            let others = queries::periodes_de_brouillon(&context.db, id, (date, effet, draft.value("reference")), draft.id).await?;
            beside(draft, (debut, fin), &others);
        }
        draft.panel = Some(panel(&grid, limits.as_ref().map(|(year, limits)| (*year, limits))));
        Ok(())
    }

    async fn writing(&self, connection: &mut PgConnection, _: &Personne, id: i64) -> Result<()> {
        match queries::tenue(connection, id).await?.as_deref() {
            Some("brouillon") | None => Ok(()),
            Some(_) => Err(Error::Conflict(FIGEE.into())),
        }
    }
}

/// Reads the days of the period as people write them; shows them so.
fn period(draft: &mut Draft) {
    for (field, label) in PERIODE {
        let Some(value) = draft.value(field).map(String::from) else { continue };
        let stored = if model::est_un_jour(&value) { Some(value.clone()) } else { jour_de_periode(&value) };
        match stored {
            Some(day) => {
                let words = periode_en_mots(&day, &day);
                // « du 1er mai au 1er mai »: one of its days.
                if let Some((_, day)) = words.rsplit_once(" au ") {
                    draft.typed.insert(field, day.to_string());
                }
                draft.set(field, Some(day));
            }
            None => {
                draft.values.remove(field);
                draft.wrong(field, format!("{label}\u{a0}: donnez un jour et un mois, comme «\u{a0}1er janvier\u{a0}» ou «\u{a0}31/12\u{a0}»."));
            }
        }
    }
}

/// Reads the bands of the abattement.
fn bands(draft: &mut Draft) {
    let Some(value) = draft.value("abattements").map(String::from).filter(|value| !value.is_empty()) else { return };
    let kept = model::relues(&value);
    let read = if !kept.is_empty() && model::gardees(&kept) == value { Ok(kept) } else { model::tranches(&value) };
    match read {
        Ok(bands) => {
            draft.typed.insert("abattements", bands.iter().map(model::tranche_en_mots).collect::<Vec<_>>().join(" ; "));
            draft.set("abattements", Some(model::gardees(&bands)));
        }
        Err(why) => {
            draft.values.remove("abattements");
            draft.wrong("abattements", format!("Abattements du forfait\u{a0}: {why}"));
        }
    }
}

/// Where it applies: the communes of its collectivité, and no other.
fn territory(draft: &mut Draft, whose: &Collectivite) {
    let own: BTreeSet<&str> = whose.codes.iter().map(String::as_str).collect();
    let named: BTreeSet<String> = draft.value("communes").map(|named| codes_de(named).map(String::from).collect()).unwrap_or_default();
    let held: Vec<String> = if named.is_empty() {
        whose.codes.iter().zip(&whose.seules).filter(|(_, alone)| !**alone).map(|(code, _)| code.clone()).collect()
    } else {
        named.iter().cloned().collect()
    };
    if let Some(other) = held.iter().find(|code| !own.contains(code.as_str())) {
        draft.wrong("communes", format!("Communes\u{a0}: {other} n’est pas une commune de {}. Donnez des codes INSEE de son territoire.", whose.nom));
    } else if held.is_empty() {
        draft.wrong(
            "communes",
            format!("Communes\u{a0}: toutes celles de {} délibèrent seules. Donnez les codes INSEE de celles qu’elle taxe.", whose.nom),
        );
    } else {
        draft.set("communes", Some(held.join(" ")));
    }
}

/// Days that come in their order.
fn dates(draft: &mut Draft, effet: NaiveDate) {
    if draft.parsed::<NaiveDate>("applicable_au").is_some_and(|last| last < effet) {
        draft.wrong("applicable_au", "Applicable jusqu’au\u{a0}: ce jour vient avant la date d’effet. Vérifiez les deux.");
    }
    if draft.parsed::<NaiveDate>("date_deliberation").is_some_and(|day| day > effet) {
        draft.wrong("applicable_du", "Applicable à compter du\u{a0}: une délibération ne s’applique pas avant d’être prise (CGCT, art. L2333-26).");
    }
    const DATES: [(&str, &str); 4] = [
        ("taxe_departementale_du", "taxe_departementale_au"),
        ("taxe_regionale_du", "taxe_regionale_au"),
        ("taxe_lgv_du", "taxe_lgv_au"),
        ("taxe_mobilites_du", "taxe_mobilites_au"),
    ];
    for ((from, to), (_, label)) in DATES.into_iter().zip(TAXES) {
        if let (Some(first), Some(last)) = (draft.parsed::<NaiveDate>(from), draft.parsed::<NaiveDate>(to))
            && last < first
        {
            draft.wrong(to, format!("{label}\u{a0}: son dernier jour vient avant son premier. Vérifiez les deux."));
        }
    }
}

/// A deliberation taken too late for the 1st of January is told: the DGFiP does not publish it.
fn deadline(draft: &mut Draft, date: Option<NaiveDate>, effet: NaiveDate, rule: Option<&Regle>) {
    let Some((rule, limit)) = rule.and_then(|rule| Some((rule, rule.echeance(queries::annee(effet))?))) else { return };
    if date.is_some_and(|date| date >= limit) {
        draft.warnings.push(format!(
            "Délibérée hors délai\u{a0}: pour s’appliquer en {}, il fallait délibérer avant le {} ({}).",
            queries::annee(effet),
            format::date_long(limit),
            rule.article
        ));
    }
}

/// The regime of what is not classified, and the bounds of the abattement.
fn forfait(draft: &mut Draft, rule: Option<&Regle>) {
    if draft.value(model::REGIMES_DE[SANS_CLASSEMENT - 1]) == Some("forfait") {
        draft.wrong(
            model::REGIMES_DE[SANS_CLASSEMENT - 1],
            "Sans classement ou en attente de classement\u{a0}: toujours au réel (CGCT, art. L2333-26, II).",
        );
    }
    let bands = model::relues(draft.value("abattements").unwrap_or_default());
    let forfaits = model::REGIMES_DE.iter().any(|regime| draft.value(regime) == Some("forfait"));
    if !bands.is_empty() && !forfaits {
        draft.warnings.push("Aucune nature n’est au forfait\u{a0}: ces abattements ne servent à rien.".into());
    }
    let Some((rule, low, high)) = rule.and_then(|rule| Some((rule, i64::from(rule.minimum?), i64::from(rule.maximum?)))) else { return };
    if let Some(band) = bands.iter().find(|band| !(low..=high).contains(&band.taux)) {
        draft.wrong(
            "abattements",
            format!(
                "Abattements du forfait\u{a0}: {} n’est pas entre {} et {} ({}).",
                format::rate(band.taux),
                format::rate(low),
                format::rate(high),
                rule.article
            ),
        );
    }
}

/// The tariffs that were typed.
fn grid(draft: &Draft) -> Grille {
    (1..).zip(TARIFS).filter_map(|(category, field)| Some((category, draft.parsed(field)?))).collect()
}

/// Refuses the tariffs that the law refuses.
fn legal(draft: &mut Draft, grid: &Grille, limits: Option<(i16, &Bornes)>, year: i32) {
    if grid.is_empty() {
        draft.wrong("tarif_1", "Palaces\u{a0}: aucun tarif n’est donné. Donnez-en un par catégorie.");
        return;
    }
    let missing: Vec<String> = (1..=TARIFS.len()).filter(|category| !grid.contains_key(category)).map(|category| category.to_string()).collect();
    if !missing.is_empty() {
        draft.warnings.push(format!("Sans tarif\u{a0}: catégorie {}. Un séjour qui en relève ne pourra pas être taxé.", missing.join(", ")));
    }
    let outside = match limits {
        Some((known, limits)) => {
            if i32::from(known) != year {
                draft.warnings.push(format!("Le barème légal de {year} n’est pas encore saisi\u{a0}: les tarifs sont comparés à celui de {known}."));
            }
            model::hors_bornes(grid, limits, known)
        }
        None => {
            draft.warnings.push(format!("Le barème légal de {year} n’est pas connu\u{a0}: les tarifs n’y sont pas comparés."));
            Vec::new()
        }
    };
    for ecart in outside.into_iter().chain(model::desordre(grid)) {
        if let Some(field) = TARIFS.get(ecart.categorie - 1) {
            draft.wrong(field, ecart.phrase);
        }
    }
    if let (Some(palace), Some(five)) = (grid.get(&1), grid.get(&2))
        && five > palace
    {
        draft.warnings.push("Les 5 étoiles ont un tarif plus haut que les palaces\u{a0}: vérifiez les deux.".into());
    }
}

/// The periods of one deliberation share no day; what they leave out is told.
fn beside(draft: &mut Draft, own: (String, String), others: &[(String, String)]) {
    if let Some(other) = others.iter().find(|other| croise((&own.0, &own.1), (&other.0, &other.1))) {
        let words = periode_en_mots(&other.0, &other.1);
        draft.wrong("debut", format!("Début de la période\u{a0}: elle partage des jours avec celle qui va {words}. Une nuit n’a qu’un tarif."));
    }
    let all: Vec<(String, String)> = others.iter().cloned().chain([own]).collect();
    let left = model::decouverts(&all);
    if !left.is_empty() {
        draft.warnings.push(format!("Jours sans période, où rien ne sera dû\u{a0}: {}.", left.join(", ")));
    }
}

/// Each tariff beside the limits of its year.
fn panel(grid: &Grille, limits: Option<(i16, &Bornes)>) -> Markup {
    html! {
        @match limits {
            Some((year, limits)) => {
                p { "Barème légal de " (year) " (CGCT, art. L2333-30)" }
                table class="liste compacte" {
                    thead { tr { th scope="col" { "Cat." } th scope="col" class="nombre" { "Plancher" } th scope="col" class="nombre" { "Tarif" } th scope="col" class="nombre" { "Plafond" } } }
                    tbody {
                        @for (category, (low, high)) in limits {
                            tr {
                                th scope="row" data-libelle="Catégorie" { (category) }
                                td class="nombre" data-libelle="Plancher" { (tarif_en_mots(*category, *low)) }
                                td class="nombre" data-libelle="Tarif" { @if let Some(value) = grid.get(category) { strong { (tarif_en_mots(*category, *value)) } } @else { "—" } }
                                td class="nombre" data-libelle="Plafond" { (tarif_en_mots(*category, *high)) }
                            }
                        }
                    }
                }
                @if let (Some(rate), Some(cap)) = (grid.get(&PROPORTIONNELLE), model::plus_haut(grid)) {
                    p { "Sans classement\u{a0}: " (format::rate(*rate)) " du prix de la nuit par personne, plafonné à " (format::money(cap)) ", le plus haut tarif (CGCT, art. L2333-30)." }
                }
            }
            None => p { "Aucun barème légal n’est connu." },
        }
    }
}
