//! The codes of what is chosen among the rows of a reference table: those that a question may name, and what each is called.

use serde_json::{Map, Value, json};

use super::probleme::{DEMANDE, Probleme, Result};
use super::question;
use super::reponse::Reponse;
use crate::champs::Champ;
use crate::context::Context;
use crate::jetons::Appelant;
use crate::listing::{Choice, Choices, EMPTY, Filter, FilterKind, List, Options, Query, Viewer};
use crate::motifs;
use crate::platform::error;

/// Codes that a refusal quotes at most.
const QUOTED_MAX: usize = 40;

/// Every value of a filter that is a choice, with its words; nothing for another filter.
///
/// # Errors
/// PostgreSQL failed.
pub async fn labels(context: &Context, choices: &Choices, filter: &Filter) -> error::Result<Option<Vec<Choice>>> {
    Ok(match filter.kind {
        FilterKind::Choice { options: Options::Fixed(known), .. } => {
            Some(known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect())
        }
        FilterKind::Choice { options: Options::Sql(sql), .. } => Some(choices.of(&context.db, sql).await?.to_vec()),
        FilterKind::Commune => Some(choices.communes(&context.db).await?.iter().map(|one| (one.code.clone(), one.nom.clone())).collect()),
        FilterKind::Epci
        | FilterKind::Dates { .. }
        | FilterKind::Range { .. }
        | FilterKind::Presence { .. }
        | FilterKind::Search { .. }
        | FilterKind::Parent { .. } => None,
    })
}

/// Refuses a value that no row can have: an empty answer would be read as « none », and it means « no such code ».
pub async fn exist(context: &Context, appelant: &Appelant, query: &Query) -> Result<()> {
    let choices = context.choices.at(appelant.personne.reference());
    for filter in query.active() {
        // What a declaration lists was read with the question. A commune of elsewhere has no row here, and exists: only what exists
        // nowhere is refused.
        if !matches!(filter.kind, FilterKind::Choice { options: Options::Sql(_), .. } | FilterKind::Commune) {
            continue;
        }
        let known = labels(context, &choices, filter).await?.unwrap_or_default();
        let strange = query.values(filter.name).iter().find(|value| value.as_str() != EMPTY && !known.iter().any(|(code, _)| code == *value));
        if let Some(value) = strange {
            let codes: Vec<&str> = known.iter().take(QUOTED_MAX).map(|(code, _)| code.as_str()).collect();
            let sentence = format!(
                "Filtre «\u{a0}{}\u{a0}»\u{a0}: «\u{a0}{value}\u{a0}» n’existe pas. Codes\u{a0}: {}. Leurs libellés sont à /api/v1/{}/codes.",
                filter.label,
                codes.join(", "),
                query.list.name
            );
            return Err(Probleme::about(DEMANDE, filter.name, "valeur", sentence));
        }
    }
    Ok(())
}

/// The codes of a list: those of each choice, and the reasons that go with its decisions.
pub async fn answer(context: &Context, appelant: &Appelant, list: &'static List, raw: &str) -> Result<Reponse> {
    if let Some((name, ..)) = question::pairs(raw)?.first() {
        return Err(Probleme::about(
            DEMANDE,
            name,
            "inconnu",
            "Les codes d’une liste se lisent d’un bloc\u{a0}: retirez ce qui suit le «\u{a0}?\u{a0}».",
        ));
    }
    let choices = context.choices.at(appelant.personne.reference());
    let told = |values: Vec<Choice>| -> Value { values.into_iter().map(|(code, label)| json!({"code": code, "libelle": label})).collect() };
    let mine = appelant.personne.reader.communes_of(list.access);
    let mut all = Map::new();
    for filter in list.filters {
        if let Some(mut values) = labels(context, &choices, filter).await? {
            if matches!(filter.kind, FilterKind::Commune) {
                values.retain(|(code, _)| mine.contains(code));
            }
            all.insert(filter.name.into(), told(values));
        }
    }
    if context.catalogue.all::<Champ>().any(|champ| champ.list.name == list.name && !champ.motives.is_empty()) {
        let offered = motifs::offered(&context.db, &appelant.personne.reader).await?;
        all.insert("motif".into(), offered.iter().map(|motif| json!({"code": motif.id.to_string(), "libelle": motif.libelle, "statut": motif.statut, "precision_exigee": motif.precision_exigee})).collect());
    }
    Reponse::json(&all)
}
