//! A field that changes by itself, with its reason: the statut of a stay. It is given alone, for it is a decision, with its own rights.

use serde_json::json;

use super::etiquette::version;
use super::valeurs::{self, Donne};
use super::{Appel, fiche, saisie};
use crate::api::corps::{Champs, Donnee};
use crate::api::lecture;
use crate::api::probleme::{ETAT, Erreur, Probleme, Result};
use crate::api::reponse::Issue;
use crate::champs::{self, Champ, Change, Etat, Valeur};
use crate::motifs::Saisi;
use crate::records::{self, Record};

/// The name of its reason.
const MOTIF: &str = "motif_id";
/// The name of the words that go with it.
const PRECISION: &str = "motif_precision";

fn erreur(champ: &str, code: &'static str, message: impl Into<String>) -> Erreur {
    Erreur { champ: champ.into(), code, message: message.into() }
}

/// The field that a body changes by itself, when it names one.
///
/// # Errors
/// 422: it goes with nothing else, and a reason goes with it.
pub fn named(appel: &Appel<'_>, record: &'static Record, fields: &Champs) -> Result<Option<&'static Champ>> {
    let given = |name: &str| fields.iter().any(|(known, _)| known == name);
    let mut asked = super::apart(&appel.context.catalogue, record).filter(|champ| given(champ.column));
    let (Some(champ), other) = (asked.next(), asked.next()) else {
        let bearer = super::apart(&appel.context.catalogue, record).find(|champ| !champ.motives.is_empty());
        return match bearer.filter(|_| given(MOTIF) || given(PRECISION)) {
            Some(champ) => {
                let sentence = format!("Un motif accompagne «\u{a0}{}\u{a0}»\u{a0}: donnez aussi cette valeur.", champ.column);
                Err(saisie::refused(vec![erreur(champ.column, "obligatoire", sentence)]))
            }
            None => Ok(None),
        };
    };
    let own = |name: &str| name == champ.column || !champ.motives.is_empty() && [MOTIF, PRECISION].contains(&name);
    if other.is_some() || fields.iter().any(|(name, _)| !own(name)) {
        let sentence =
            format!("«\u{a0}{}\u{a0}» se change seul, avec son motif s’il en faut un\u{a0}: envoyez le reste dans un autre appel.", champ.column);
        return Err(saisie::refused(vec![erreur(champ.column, "seul", sentence)]));
    }
    Ok(Some(champ))
}

/// What the body says, as a form would send it: the value, and its reason.
fn typed(champ: &Champ, fields: &Champs) -> std::result::Result<(String, Saisi), Vec<Erreur>> {
    let (mut value, mut reason, mut wrong) = (String::new(), Saisi::default(), Vec::new());
    for (name, donnee) in fields {
        match (name.as_str(), donnee) {
            (MOTIF, Donnee::Rien) | (PRECISION, Donnee::Rien) => {}
            (MOTIF, Donnee::Nombre(number)) => reason.motif = number.clone(),
            (PRECISION, Donnee::Texte(text)) => reason.precision = text.trim().into(),
            (MOTIF, other) => {
                wrong.push(erreur(MOTIF, "type", format!("Ici se donne le numéro d’un motif, et c’est {} qui est donné.", other.genre())))
            }
            (PRECISION, other) => wrong.push(erreur(PRECISION, "type", format!("Ici se donne un texte, et c’est {} qui est donné.", other.genre()))),
            (name, donnee) => match valeurs::read(&champ.saisie, champ.cast, donnee) {
                Ok(Donne::Texte(text)) => value = text,
                Ok(Donne::Cle(id)) => value = id.to_string(),
                Err((code, sentence)) => wrong.push(erreur(name, code, sentence)),
            },
        }
    }
    if wrong.is_empty() { Ok((value, reason)) } else { Err(wrong) }
}

/// Changes `champ` of a row.
pub async fn change(appel: &Appel<'_>, record: &'static Record, champ: &'static Champ, key: &str, fields: &Champs) -> Issue {
    let (context, id) = (appel.context, appel.key(key)?);
    let personne = appel.appelant.personne.at(champ.list.access, champ.level())?;
    // What they may not even read is not there; what they only read is told as such.
    records::held(context, &personne, record, id).await?;
    let read = version(appel.if_match.as_deref(), appel.list.name, id)?;
    let (value, reason) = typed(champ, fields).map_err(saisie::refused)?;
    let offre = champ.offers(context, &personne).await?;
    let held = champ.read(&value, &reason, (&offre.options, &offre.motifs), context.clock.today()).map_err(|(part, sentence)| {
        let (name, given) = match part {
            "motif" => (MOTIF, &reason.motif),
            "precision" => (PRECISION, &reason.precision),
            _ => (champ.column, &value),
        };
        let code = if given.is_empty() { "obligatoire" } else { "valeur" };
        let codes = if name == champ.column && code == "valeur" { valeurs::codes(&champ.saisie, &offre.options) } else { String::new() };
        saisie::refused(vec![erreur(name, code, format!("{sentence}{codes}"))])
    })?;
    if held.motif.is_none() && !(reason.motif.is_empty() && reason.precision.is_empty()) {
        let sentence = "Cette valeur ne prend pas de motif. Retirez-le.";
        return Err(saisie::refused(vec![erreur(if reason.motif.is_empty() { PRECISION } else { MOTIF }, "valeur", sentence)]));
    }
    let now = champs::state(context, &personne, champ, id).await?.ok_or_else(|| lecture::absent(appel.list))?;
    if now.version != read {
        return Err(lost(appel, champ, id, &held, &now));
    }
    match champs::write(context, &personne, champ, (id, read), &held).await? {
        Change::Done(_) | Change::Same => fiche::after(appel, record, id, &[]).await,
        Change::Apart(why) => Err(Probleme::about(ETAT, champ.column, "etat", why)),
        Change::Meanwhile(now) => Err(lost(appel, champ, id, &held, &now)),
        Change::Gone => Err(lecture::absent(appel.list)),
    }
}

/// Somebody decided meanwhile: both values, with their reasons.
fn lost(appel: &Appel<'_>, champ: &Champ, id: i64, mine: &Valeur, now: &Etat) -> Box<Probleme> {
    let written = |value: Option<&str>| valeurs::written(&champ.saisie, champ.cast, value);
    let mut both = serde_json::Map::new();
    if mine.valeur != now.valeur {
        both.insert(champ.column.into(), json!({"votre": written(mine.valeur.as_deref()), "actuelle": written(now.valeur.as_deref())}));
    }
    let motif = mine.motif.as_ref();
    if motif.map(|motif| motif.id) != now.motif_id {
        both.insert(MOTIF.into(), json!({"votre": motif.map(|motif| motif.id), "actuelle": now.motif_id}));
    }
    if motif.and_then(|motif| motif.precision.as_deref()) != now.motif_precision.as_deref() {
        both.insert(PRECISION.into(), json!({"votre": motif.and_then(|motif| motif.precision.as_deref()), "actuelle": now.motif_precision}));
    }
    fiche::stale(appel, (id, now.version), both.into())
}
