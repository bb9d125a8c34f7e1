//! From the fields of a body to the form that a person would have sent, and from what the form says back to the fields.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::Appel;
use super::valeurs::{self, Donne};
use crate::api::corps::{Champs, Donnee, short};
use crate::api::probleme::{Erreur, PRIS, Probleme, Result, SAISIE};
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::records::{self, Draft, Field, Record, Sent};

/// Faults told of fields that there are none of: what is sent may name thousands.
const ERREURS_MAX: usize = 20;

/// A form filled by a body.
#[derive(Default)]
pub struct Formulaire {
    /// What a person would have sent.
    pub sent: Sent,
    /// What was given that the form cannot take.
    pub erreurs: Vec<Erreur>,
    /// The fields that the body names, and which are the row's.
    pub nommes: Vec<(&'static Field, Donnee)>,
}

/// What a value of a form says when it is wrong.
fn erreur(field: &str, code: &'static str, message: String) -> Erreur {
    Erreur { champ: short(field), code, message }
}

/// The fields that the rows of `record` have, in a sentence.
fn known(appel: &Appel<'_>, record: &'static Record) -> String {
    let apart = super::apart(&appel.context.catalogue, record).map(|champ| champ.column);
    record.fields().map(|field| field.name).chain(apart).collect::<Vec<_>>().join(", ")
}

/// The form of `draft`, a new row or one that exists, once `fields` are typed into it.
pub async fn fill(appel: &Appel<'_>, personne: &Personne, record: &'static Record, draft: &Draft, fields: &Champs) -> Result<Formulaire> {
    // What a new row is not given is empty: what stands in an open form is for whoever sees it.
    let shown = draft.typed.iter().filter(|_| draft.id.is_some());
    let mut form = Formulaire { sent: shown.map(|(name, text)| (name.to_string(), text.clone())).collect(), ..Formulaire::default() };
    for (name, donnee) in fields {
        let Some(field) = record.field(name) else {
            if form.erreurs.len() >= ERREURS_MAX {
                continue;
            }
            let sentence = format!("«\u{a0}{}\u{a0}» n’est pas un champ de cette fiche. Champs\u{a0}: {}.", short(name), known(appel, record));
            form.erreurs.push(erreur(name, "inconnu", sentence));
            continue;
        };
        form.nommes.push((field, donnee.clone()));
        let typed = match valeurs::read(&field.saisie, field.cast, donnee) {
            Ok(Donne::Texte(text)) => Ok(text),
            Ok(Donne::Cle(id)) => match &field.saisie {
                Saisie::Fiche(parent) => records::naming(appel.context, personne, parent, id).await?.map_err(|why| ("valeur", why)),
                _ => Ok(id.to_string()),
            },
            Err(fault) => Err(fault),
        };
        match typed {
            Ok(text) if draft.id.is_some() && field.fixed => {
                if !field.kept() || form.sent.get(field.name).is_none_or(|shown| shown.trim() != text.trim()) {
                    let sentence = format!("{}\u{a0}: cette valeur se donne à la création et ne change plus. Retirez-la.", field.label);
                    form.erreurs.push(erreur(field.name, "fixe", sentence));
                }
            }
            Ok(text) => {
                form.sent.insert(field.name.to_string(), text);
            }
            Err((code, sentence)) => {
                form.sent.insert(field.name.to_string(), String::new());
                form.erreurs.push(erreur(field.name, code, format!("{}\u{a0}: {sentence}", field.label)));
            }
        }
    }
    Ok(form)
}

/// What is wrong with a form, field by field: what its reading says beside what the body could not give.
pub fn faults(record: &'static Record, form: Formulaire, draft: &Draft) -> Vec<Erreur> {
    let mut erreurs = form.erreurs;
    for (name, sentence) in &draft.faults {
        if erreurs.iter().any(|known| known.champ == *name) {
            continue;
        }
        let typed = draft.typed.get(name).map_or("", String::as_str);
        let options = draft.options.get(name).map(Vec::as_slice).unwrap_or_default();
        let codes = record.field(name).filter(|_| !typed.is_empty()).map_or_else(String::new, |field| valeurs::codes(&field.saisie, options));
        let code = if typed.is_empty() { "obligatoire" } else { "valeur" };
        erreurs.push(erreur(name, code, format!("{sentence}{codes}")));
    }
    erreurs
}

/// The refusal of a form.
pub fn refused(erreurs: Vec<Erreur>) -> Box<Probleme> {
    let sentence = match erreurs.as_slice() {
        [one] => format!("{} Rien n’a été enregistré.", one.message),
        several => format!("{} valeurs ne conviennent pas\u{a0}: voyez «\u{a0}erreurs\u{a0}». Rien n’a été enregistré.", several.len()),
    };
    Probleme::new(SAISIE, sentence).with(erreurs)
}

/// The refusal of a value that is taken.
pub fn taken(draft: &Draft) -> Box<Probleme> {
    let erreurs: Vec<Erreur> = draft.faults.iter().map(|(name, sentence)| erreur(name, "pris", sentence.clone())).collect();
    let sentence = erreurs.first().map_or_else(String::new, |one| one.message.clone());
    Probleme::new(PRIS, format!("{sentence} Rien n’a été enregistré.")).with(erreurs)
}

/// The values of a row, by field, as they are written.
pub fn written(record: &'static Record, values: &records::Values) -> Map<String, Json> {
    let stored = |name: &str| values.get(name).and_then(Option::as_deref);
    let field = |field: &'static Field| (field.name.to_string(), valeurs::written(&field.saisie, field.cast, stored(field.name)));
    record.fields().filter(|field| field.kept()).map(field).collect()
}

/// Both values of each field that a body names and whose row holds another one.
pub fn both(record: &'static Record, form: &Formulaire, draft: &Draft) -> Json {
    let now = written(record, &draft.before);
    let mut both = BTreeMap::new();
    for (field, donnee) in &form.nommes {
        let text = |text: Option<&String>| text.map_or("", |text| text.trim()).to_string();
        if text(form.sent.get(field.name)) != text(draft.typed.get(field.name)) {
            both.insert(field.name, json!({"votre": donnee.told(), "actuelle": now.get(field.name)}));
        }
    }
    json!(both)
}
