//! What deserves a look when a stay is entered, and stops nothing: another stay over its nights, more persons than the lodging
//! holds, a closure, a collector that the lodging does not have. And who collects for a lodging, offered first.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::queries::{self, Stay};
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Choice, Module};
use crate::platform::error::Result;
use crate::records::Draft;
use crate::taxe::periodes::{self, Autour};
use crate::ui::format;

/// Says what deserves a look of stays that can be computed, each with its place among the drafts; gives what stands around each.
pub(super) async fn look(context: &Context, drafts: &mut [Draft], asked: &[(usize, Stay)]) -> Result<Vec<Autour>> {
    let nights: Vec<_> = asked.iter().map(|(place, stay)| (stay.lodging.id, stay.debut, stay.fin, drafts[*place].id)).collect();
    let mut others: Vec<Vec<String>> = vec![Vec::new(); asked.len()];
    for one in queries::overlapping(&context.db, &nights).await? {
        let names = usize::try_from(one.place - 1).ok().and_then(|place| others.get_mut(place));
        names.into_iter().for_each(|names| names.push(format!("{} (du {} au {})", one.reference, format::date(one.debut), format::date(one.fin))));
    }
    let nights: Vec<_> = nights.into_iter().map(|(lodging, debut, fin, _)| (lodging, debut, fin)).collect();
    let around = periodes::around(&context.db, &nights).await?;
    for (((place, stay), names), around) in asked.iter().zip(&others).zip(&around) {
        let draft = &mut drafts[*place];
        if !names.is_empty() {
            draft.warnings.push(format!("Ces nuits sont aussi celles d’un autre séjour du même logement\u{a0}: {}.", names.join(", ")));
        }
        if stay.occupants > i64::from(stay.lodging.capacite) {
            draft.warnings.push(format!(
                "{} personnes, et le logement en accueille {}.",
                format::integer(stay.occupants),
                format::integer(stay.lodging.capacite.into())
            ));
        }
        if !stay.lodging.actif {
            draft.warnings.push("Ce logement est retiré de la location.".into());
        }
        if !around.fermetures.is_empty() {
            draft.warnings.push(format!("Le logement est fermé une de ces nuits\u{a0}: {}.", around.fermetures.join("\u{a0}; ")));
        }
        draft.warnings.extend(stranger(draft, around, stay));
    }
    Ok(around)
}

/// Puts the collectors of the lodging before the others, in a form.
pub(super) fn order(draft: &mut Draft, around: &Autour) {
    if let Some(options) = Arc::make_mut(&mut draft.options).get_mut("collecteur") {
        first(options, around);
    }
}

/// Says that the collector of a stay is none of those of its lodging on the day of the arrival, when these are known.
fn stranger(draft: &Draft, around: &Autour, asked: &Stay) -> Option<String> {
    let known = around.collecteurs.as_ref()?;
    let code = draft.value("collecteur")?;
    if known.iter().any(|(other, _)| other == code) {
        return None;
    }
    let day = format::date_long(asked.debut);
    let name = draft.label("collecteur").unwrap_or(code);
    let names: Vec<&str> = known.iter().map(|(_, name)| name.as_str()).collect();
    Some(match names.as_slice() {
        [] => format!("«\u{a0}{name}\u{a0}» ne collecte pas pour ce logement le {day}, ni personne d’autre d’après sa fiche."),
        names => format!("«\u{a0}{name}\u{a0}» ne collecte pas pour ce logement le {day}. D’après sa fiche\u{a0}: {}.", names.join(", ")),
    })
}

/// Puts the collectors of the lodging before the others.
fn first(options: &mut [Choice], around: &Autour) {
    let known = around.collecteurs.as_deref().unwrap_or_default();
    options.sort_by_key(|(code, _)| !known.iter().any(|(other, _)| other == code));
}

/// In a form that is opened for a lodging: its collectors on the day of the arrival come first, today’s when there is none yet,
/// and stand in it when there is one only.
pub(super) async fn collectors_first(
    context: &Context,
    personne: &Personne,
    draft: &mut Draft,
    given: &BTreeMap<String, String>,
    by_reference: &'static str,
) -> Result<()> {
    let Some(reference) = given.get("logement_id").map(|text| text.trim().to_uppercase()).filter(|text| !text.is_empty()) else { return Ok(()) };
    let lodging: Option<(i64, String, String)> =
        sqlx::query_as(by_reference).bind(reference).bind(personne.reader.communes(Module::Taxe)).fetch_optional(context.db.statement()).await?;
    let Some((lodging, ..)) = lodging else { return Ok(()) };
    let today = context.clock.today();
    let typed = given.get("date_debut").and_then(|text| Saisie::Jour.check(text, &[], today).ok()).and_then(|day| day.parse().ok());
    let day = typed.unwrap_or(today);
    let around = periodes::around(&context.db, &[(lodging, day, day)]).await?.pop().unwrap_or_default();
    order(draft, &around);
    if let (Some([(code, _)]), None) = (around.collecteurs.as_deref(), given.get("collecteur")) {
        draft.typed.insert("collecteur", code.clone());
    }
    Ok(())
}
