//! The tax of stays as they are entered, one in a form or thousands in a file: the same checks, the same computation, and the base asked as
//! often for one as for all.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::types::Json;

use super::alertes;
use super::prix;
use super::queries::{self, Stay};
use super::taxation::{Connu, Demande, Impossible, NUITS_MAX, Part, Repli, Taxation, taxer};
use crate::context::Context;
use crate::platform::error::Result;
use crate::records::Draft;
use crate::taxe::calcul::CalculError;
use crate::taxe::periodes::Autour;
use crate::ui::format;

/// What the amount of a stay rests on.
const ENTERED: &[&str] = &["date_debut", "date_fin", "nb_personnes", "nb_mineurs", "nb_saisonniers", "nb_urgence", "nb_loyer_modique", "prix_nuit"];

/// A stay that was computed.
pub struct Calcul {
    pub stay: Stay,
    /// Its tax; nothing when it could not be computed.
    pub taxation: Option<Taxation>,
    /// The amount that is stored.
    pub was: Option<i64>,
    /// What it rests on did not change.
    pub same: bool,
    /// What stands around its nights.
    pub around: Autour,
}

/// Checks and computes stays, those of a form or of a whole lot of a file: the base is asked as often for one as for all.
pub async fn calcule(context: &Context, drafts: &mut [Draft]) -> Result<Vec<Calcul>> {
    let today = context.clock.today();
    let entered: Vec<Option<(NaiveDate, NaiveDate, i64, i64)>> = drafts.iter_mut().map(|draft| entered(draft, today)).collect();
    let mut ids: Vec<i64> = drafts.iter().filter_map(|draft| draft.parsed("logement_id")).collect();
    ids.sort_unstable();
    ids.dedup();
    let lodgings = if ids.is_empty() { HashMap::new() } else { queries::lodgings(&context.db, &ids).await? };
    let stay = |(place, entered): (usize, Option<(NaiveDate, NaiveDate, i64, i64)>)| {
        let (debut, fin, occupants, assujettis) = entered?;
        let lodging = lodgings.get(&drafts[place].parsed("logement_id")?)?.clone();
        Some((place, Stay { lodging, debut, fin, occupants, assujettis }))
    };
    let asked: Vec<(usize, Stay)> = entered.into_iter().enumerate().filter_map(stay).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let stays: Vec<&Stay> = asked.iter().map(|(_, stay)| stay).collect();
    let known = queries::deliberations(&context.db, &stays).await?;
    let taux = queries::taux_departementaux(&context.db).await?;
    let mut made = Vec::with_capacity(asked.len());
    for (place, stay) in &asked {
        let deliberations = known.get(&stay.lodging.code_insee).map(Vec::as_slice).unwrap_or_default();
        made.push(compute(&mut drafts[*place], stay, Connu { deliberations, taux: &taux }));
    }
    // As PostgreSQL writes it, so that the same computation is no change.
    let written = made.iter().filter(|(_, _, same)| !same).filter_map(|(taxation, ..)| Some(Json(&taxation.as_ref()?.parts)));
    let written: Vec<Json<&Vec<Part>>> = written.collect();
    let mut texts = if written.is_empty() { Vec::new() } else { queries::as_stored(&context.db, &written).await? }.into_iter();
    for ((place, _), _) in asked.iter().zip(&made).filter(|(_, (taxation, _, same))| taxation.is_some() && !same) {
        drafts[*place].set("calcul", texts.next());
    }
    let around = alertes::look(context, drafts, &asked).await?;
    let computed = asked.into_iter().zip(made).zip(around);
    Ok(computed.map(|(((_, stay), (taxation, was, same)), around)| Calcul { stay, taxation, was, same, around }).collect())
}

/// What a form gives when it is enough to compute: arrival, departure, persons, those who owe the tax. Says what is wrong with it.
fn entered(draft: &mut Draft, today: NaiveDate) -> Option<(NaiveDate, NaiveDate, i64, i64)> {
    let (debut, fin) = (draft.parsed::<NaiveDate>("date_debut"), draft.parsed::<NaiveDate>("date_fin"));
    if let (Some(debut), Some(fin)) = (debut, fin) {
        let nuits = (fin - debut).num_days();
        if nuits < 1 {
            draft.wrong("date_fin", "Départ\u{a0}: il doit venir après l’arrivée, d’une nuit au moins.");
        } else if nuits > NUITS_MAX {
            draft.wrong("date_fin", format!("Départ\u{a0}: un séjour dure {NUITS_MAX} nuits au plus. Vérifiez les deux années."));
        } else if debut > today {
            draft.warnings.push("L’arrivée n’est pas encore passée\u{a0}: la taxe se déclare une fois perçue.".into());
        }
    }
    let exempt = ["nb_mineurs", "nb_saisonniers", "nb_urgence", "nb_loyer_modique"].map(|column| draft.parsed::<i64>(column).unwrap_or(0));
    let exempt: i64 = exempt.iter().sum();
    let occupants = draft.parsed::<i64>("nb_personnes");
    if occupants.is_some_and(|occupants| exempt > occupants) {
        draft.wrong("nb_mineurs", "Mineurs\u{a0}: il y a plus de personnes exemptées que de personnes. Chacune se compte une fois.");
    }
    let wrong = |name: &str| draft.fault(name).is_some();
    let sound = !ENTERED.iter().copied().any(wrong);
    match (debut, fin, occupants) {
        (Some(debut), Some(fin), Some(occupants)) if sound => Some((debut, fin, occupants, occupants - exempt)),
        _ => None,
    }
}

/// Computes a stay under the deliberations of its commune: its tax, the amount that is stored, whether what it rests on did not change.
fn compute(draft: &mut Draft, asked: &Stay, known: Connu<'_>) -> (Option<Taxation>, Option<i64>, bool) {
    // Of a new row, nothing: the draft itself is filled below.
    let stood = draft.before.clone();
    let before = |column: &str| stood.get(column).cloned().flatten();
    let number = |column: &str| before(column).and_then(|text| text.parse::<i64>().ok());
    let repli = draft.id.and_then(|_| {
        let departementale = number("montant_departemental")? > 0;
        Some(Repli { categorie: i16::try_from(number("categorie_id")?).ok()?, tarif: number("tarif")?, plafond: number("plafond"), departementale })
    });
    let mut demande = Demande {
        debut: asked.debut,
        fin: asked.fin,
        nature: asked.lodging.nature_id,
        categorie: asked.lodging.categorie_id,
        classe_jusqu_au: asked.lodging.classe_jusqu_au,
        occupants: asked.occupants,
        assujettis: asked.assujettis,
        prix_nuit: draft.parsed("prix_nuit"),
        repli,
    };
    demande.prix_nuit = prix::de_la_nuit(draft, &demande, known);
    let was = draft.id.and_then(|_| Some(number("montant_base")? + number("montant_departemental")?));
    // What was declared stays as it was declared, until what it rests on is corrected.
    let same = draft.id.is_some() && ENTERED.iter().all(|column| draft.value(column) == before(column).as_deref());
    let taxation = match taxer(&demande, known) {
        Ok(taxation) if taxation.parts.is_empty() => return (None, was, same),
        Ok(taxation) => taxation,
        Err(_) if same => return (None, was, same),
        Err(why) => {
            let (field, sentence) = match why {
                Impossible::SansPrix(_) if prix::demandee(draft) => ("prix_nuit", prix::QUESTION.to_string()),
                why => refusal(&why, &asked.lodging),
            };
            draft.wrong(field, sentence);
            return (None, was, same);
        }
    };
    if !same {
        let declared = before("calcul").is_none();
        fill(draft, asked, &taxation, was.filter(|_| declared));
    }
    (Some(taxation), was, same)
}

/// Fills what is computed of a stay, but for its explanation.
fn fill(draft: &mut Draft, asked: &Stay, taxation: &Taxation, declared: Option<i64>) {
    let Some(first) = taxation.parts.first() else { return };
    if let Some(was) = declared.filter(|was| *was != taxation.base() + taxation.departemental()) {
        let (was, now) = (format::money(was), format::money(taxation.base() + taxation.departemental()));
        draft.warnings.push(format!("Le montant déclaré était de {was}\u{a0}; le calcul donne {now}."));
    }
    if let Some(since) = asked.lodging.classe_le.filter(|since| *since > asked.debut) {
        let text = "Le classement du logement date du ";
        draft.warnings.push(format!("{text}{}\u{a0}: les nuits d’avant sont taxées dans sa catégorie d’aujourd’hui.", format::date(since)));
    }
    draft.set("code_insee", Some(asked.lodging.code_insee.clone()));
    draft.set("nature_id", Some(asked.lodging.nature_id.to_string()));
    draft.set("categorie_id", Some(first.categorie.to_string()));
    draft.set("tarif", Some(first.tarif.to_string()));
    draft.set("plafond", first.plafond.map(|cap| cap.to_string()));
    draft.set("montant_base", Some(taxation.base().to_string()));
    draft.set("montant_departemental", Some(taxation.departemental().to_string()));
    if let Some(threshold) = taxation.sous_le_seuil {
        let text = "Le prix est sous le loyer où rien n’est dû (";
        draft.warnings.push(format!(
            "{text}{}, CGCT, art. L2333-31, 4°)\u{a0}: comptez ces personnes dans «\u{a0}Loyer sous le seuil\u{a0}».",
            format::money(threshold)
        ));
    }
}

fn refusal(why: &Impossible, lodging: &queries::Lodging) -> (&'static str, String) {
    match why {
        Impossible::SansDeliberation(night) => (
            "date_debut",
            format!(
                "Arrivée\u{a0}: aucune délibération de {} n’est connue pour {} la nuit du {}. Sans elle, rien ne se calcule\u{a0}: saisissez-la dans «\u{a0}Délibérations\u{a0}», ou demandez son chargement à l’exploitant.",
                night.format("%Y"),
                lodging.commune,
                format::date(*night)
            ),
        ),
        Impossible::SansTarif(night, category, collectivite) => (
            "date_debut",
            format!(
                "Arrivée\u{a0}: la délibération de {collectivite} n’a pas de tarif pour la catégorie {category} la nuit du {}. Vérifiez la catégorie du logement.",
                format::date(*night)
            ),
        ),
        Impossible::SansTaux(night) => (
            "date_debut",
            format!(
                "Arrivée\u{a0}: la taxe du département est due la nuit du {}, et son taux légal n’est pas connu (CGCT, art. L3333-1). Demandez à l’exploitant de mettre Gardel à jour.",
                format::date(*night)
            ),
        ),
        Impossible::SansPrix(_) => {
            ("prix_nuit", "Prix de la nuit\u{a0}: ce logement est sans classement, la taxe est une part de ce prix. Donnez-le.".into())
        }
        Impossible::SansPlafond => {
            ("date_debut", "Arrivée\u{a0}: ni la délibération ni le plafond enregistré de ce séjour ne sont connus. Rien ne se calcule.".into())
        }
        Impossible::Calcul(CalculError::TropAssujettis) => ("nb_mineurs", "Mineurs\u{a0}: il y a plus d’assujettis que de personnes.".into()),
        Impossible::Calcul(_) => ("nb_personnes", "Ont séjourné\u{a0}: ces nombres ne se calculent pas. Vérifiez-les.".into()),
    }
}
