//! What a line of the journal says, in French: values by their labels, things by their names. No code
//! and no number of the base is shown: what has no words is left out.

use serde_json::{Map, Value};

use super::cles::{KEYS, Show};
use super::ligne::{LIST, Line, OBJETS};
use crate::actions::ACTIONS as BULK;
use crate::champs::Champ;
use crate::comptes::Role;
use crate::comptes::UTILISATEURS;
use crate::lettres;
use crate::listing::{Choice, Format, Kind, List};
use crate::taxe::{CHAMPS, HEBERGEURS, LOGEMENTS, RECORDS, SEJOURS};
use crate::territoire::COMMUNES;
use crate::travaux::TRAVAUX;
use crate::ui::format;

/// Lists of rooms that write here.
const ABOVE: [(&str, &str); 14] = [
    ("deliberations", "Délibérations"),
    ("tarifs", "Tarifs"),
    ("campagnes", "Campagnes"),
    ("echeances", "Échéances"),
    ("declarations", "Déclarations"),
    ("paiements", "Paiements"),
    ("ecritures", "Journal de régie"),
    ("lettres", "Lettres"),
    ("modeles", "Modèles de lettres"),
    ("jetons", "Jetons"),
    ("imports", "Imports"),
    ("lignes", "Lignes des imports"),
    ("anomalies", "Anomalies des imports"),
    ("profils", "Profils de lecture"),
];

/// Parts of [`super::ligne::OBJECT_SQL`] are kept apart by this sign.
const APART: char = '\u{1f}';
/// Facts told in one sentence; the page of the line has them all.
const FACTS_TOLD: usize = 3;

/// One thing that a line says: « Statut », « À vérifier » devient « Validé ».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub label: String,
    /// What is said of it.
    pub words: String,
}

/// The keys that have words, for the test that holds every room to them.
pub fn known_keys() -> impl Iterator<Item = &'static str> {
    let columns = RECORDS.iter().chain(lettres::RECORDS).flat_map(|record| record.columns().map(|(column, _)| column));
    KEYS.iter().map(|(key, ..)| *key).chain(CHAMPS.iter().map(|champ| champ.column)).chain(columns)
}

/// The lists that a line may name, with that of the journal itself.
static LISTS: [&List; 7] = [&SEJOURS, &LOGEMENTS, &HEBERGEURS, &COMMUNES, &UTILISATEURS, &TRAVAUX, &BULK];

/// The words for what happened in a line: « Statut : « À vérifier » devient « Validé » ».
/// It is what the list of the journal and the history of a file page show. [`facts`] gives the same,
/// and all of it, apart.
pub fn phrase(line: &Line) -> String {
    sentence(&line.action, &line.objet, &line.detail)
}

/// Everything that a line says.
pub fn facts(line: &Line) -> Vec<Fact> {
    all_facts(&line.objet, &line.detail)
}

/// « Séjour AB-12 (Le Gosier) », or the kind alone when the thing has no name or is gone.
pub fn object_name(line: &Line) -> String {
    named(&line.objet, line.nom.as_deref().unwrap_or_default())
}

/// The text of [`super::ligne::OBJECT_SQL`] in words.
pub(super) fn object(text: &str) -> String {
    let (kind, name) = text.split_once(APART).unwrap_or((text, ""));
    named(kind, name)
}

/// The text of [`super::ligne::TOLD_SQL`] in words.
pub(super) fn told(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let part = |name: &str| value[name].as_str().unwrap_or_default();
    sentence(part("action"), part("objet"), &value["detail"])
}

fn named(kind: &str, name: &str) -> String {
    let label = OBJETS.iter().find(|(code, ..)| *code == kind).map_or("", |(_, label, _)| label);
    let name = match kind {
        "export" => list_title(name),
        "file" => choice(&TRAVAUX, "file", name),
        _ => name.to_string(),
    };
    match (kind, name.as_str()) {
        (_, "") => label.to_string(),
        ("action" | "travail" | "export" | "import" | "textes", name) => format!("{label} : {name}"),
        ("utilisateur", name) => format!("Compte de {name}"),
        ("vue" | "profil de lecture" | "modèle" | "envoi de lettres" | "export programmé" | "planification" | "motif" | "jeton", name) => {
            format!("{label} « {name} »")
        }
        (_, name) => format!("{label} {name}"),
    }
}

fn sentence(action: &str, object: &str, detail: &Value) -> String {
    let mut facts = all_facts(object, detail);
    // A digest is for the page of the line; what an import created comes before what it changed.
    let label = |name: &str| KEYS.iter().find(|(key, ..)| *key == name).map_or("", |(_, label, _)| label);
    facts.retain(|fact| fact.label != label("sha256"));
    if object == "import" {
        facts.sort_by_key(|fact| [label("creees"), label("modifiees")].iter().position(|first| *first == fact.label).unwrap_or(usize::MAX));
    }
    if facts.is_empty() {
        return bare(action, object).into();
    }
    let told: Vec<String> = facts.iter().take(FACTS_TOLD).map(|fact| format!("{} : {}", fact.label, fact.words)).collect();
    told.join(" ; ")
}

/// What a line without detail says.
fn bare(action: &str, object: &str) -> &'static str {
    match (action, object) {
        ("connexion", "second facteur") => "Mot de passe juste, code attendu",
        ("connexion", _) => "Session ouverte",
        ("connexion_freinee", _) => "Trop d’essais : il faut attendre",
        ("connexion_refusee", "second facteur") => "Code inexact",
        ("connexion_refusee", "identité") => "Identité qui n’ouvre rien",
        ("connexion_refusee", "mot de passe") => "Mot de passe actuel incorrect",
        ("connexion_refusee", _) => "Courriel ou mot de passe incorrect",
        ("deconnexion", _) => "Session fermée",
        ("consultation", _) => "Fiche consultée",
        ("creation", _) => "Création",
        ("modification", "mot de passe") => "Mot de passe changé",
        ("modification", _) => "Modification",
        ("telechargement", _) => "Fichier téléchargé",
        ("controle", _) => "Écart constaté",
        _ => "Fait",
    }
}

fn all_facts(object: &str, detail: &Value) -> Vec<Fact> {
    let Value::Object(detail) = detail else { return Vec::new() };
    let names = &detail.get("noms").cloned().unwrap_or_default();
    let mut facts: Vec<Fact> = CHAMPS
        .iter()
        .filter(|champ| champ.object == object)
        .filter_map(|champ| Some(fact(champ.column().label, changed_field(champ, detail.get(champ.column)?, names))))
        .collect();
    let champ = |key: &str| CHAMPS.iter().any(|champ| champ.object == object && champ.column == key);
    let record = RECORDS.iter().chain(lettres::RECORDS).find(|record| record.object == object);
    facts.extend(
        record
            .into_iter()
            .flat_map(|record| record.told_changes(detail))
            .filter(|told| !champ(told.column))
            .map(|told| fact(told.label, change(told.before, told.after))),
    );
    facts.extend(special(object, detail, names));
    let told = |key: &str| champ(key) || record.is_some_and(|record| record.told(key).is_some());
    for (key, label, show) in KEYS {
        let Some(value) = detail.get(*key).filter(|_| !told(key)) else { continue };
        let words = match (value.get("avant"), value.get("apres")) {
            (Some(before), Some(after)) => Some(change(in_words(show, before, names), in_words(show, after, names))),
            _ => in_words(show, value, names),
        };
        facts.extend(words.map(|words| fact(label, words)));
    }
    facts
}

/// What takes more than one key to be told.
fn special(object: &str, detail: &Map<String, Value>, names: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    // A value given to many rows.
    if let (Some(list), Some(column), Some(value)) = (text(detail, "liste"), text(detail, "champ"), text(detail, "valeur"))
        && let Some(champ) = CHAMPS.iter().find(|champ| champ.list.name == list && champ.column == column)
    {
        facts.push(fact(champ.column().label, format!("« {} »", champ.in_words(Some(value), &options(champ, names)))));
    }
    match (detail.get("avant"), detail.get("apres")) {
        // An account: what changed, and nothing else.
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for (key, label, show) in KEYS {
                if let (Some(before), Some(after)) = (before.get(*key), after.get(*key))
                    && before != after
                {
                    facts.push(fact(label, change(in_words(show, before, names), in_words(show, after, names))));
                }
            }
            if facts.is_empty() {
                facts.push(fact("Compte", "enregistré sans changement".into()));
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for (place, label) in ["Limite de la file", "Limite par personne"].into_iter().enumerate() {
                let limit = |values: &[Value]| values.get(place).and_then(Value::as_i64).map(format::integer);
                facts.push(fact(label, change(limit(before), limit(after))));
            }
        }
        (Some(Value::String(before)), Some(Value::String(after))) => facts.push(fact("Horaire", change(Some(before.clone()), Some(after.clone())))),
        _ => {}
    }
    match detail.get("fin") {
        Some(Value::Bool(_)) => facts.push(fact("Sessions", "une session fermée".into())),
        Some(Value::Number(ended)) => facts.push(fact("Sessions", format!("{} fermées", format::integer(ended.as_i64().unwrap_or(0))))),
        _ => {}
    }
    if detail.contains_key("requete") && object == "vue" {
        facts.push(fact("Question", "filtres, tri, colonnes ou densité changés".into()));
    }
    if detail.contains_key("programme") && object == "export" {
        facts.push(fact("Origine", "export programmé".into()));
    }
    facts
}

/// Before and after of a field of a file.
fn changed_field(champ: &Champ, value: &Value, names: &Value) -> String {
    let options = options(champ, names);
    let side = |name: &str| value[name].as_str().map(|text| champ.in_words(Some(text), &options));
    change(side("avant"), side("apres"))
}

fn options(champ: &Champ, names: &Value) -> Vec<Choice> {
    let known = names[champ.column].as_object();
    known.into_iter().flatten().map(|(code, label)| (code.clone(), label.as_str().unwrap_or_default().to_string())).collect()
}

fn change(before: Option<String>, after: Option<String>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("« {before} » devient « {after} »"),
        (None, Some(after)) => format!("« {after} » (rien avant)"),
        (Some(before), None) => format!("vide désormais (« {before} » avant)"),
        (None, None) => "sans valeur".into(),
    }
}

/// A value in words; `None` when nothing is to be said.
fn in_words(show: &Show, value: &Value, names: &Value) -> Option<String> {
    let plain = || value.as_str().map(ToString::to_string).filter(|text| !text.is_empty());
    match show {
        Show::Never => None,
        Show::Text => plain(),
        Show::Number => value.as_i64().map(format::integer),
        Show::YesNo => value.as_bool().map(|yes| if yes { "oui" } else { "non" }.into()),
        Show::List => plain().map(|name| list_title(&name)).filter(|title| !title.is_empty()),
        Show::Format => plain().and_then(|code| Some(Format::from_code(&code)?.label().to_string())),
        Show::Role => plain().and_then(|code| Some(code.parse::<Role>().ok()?.label().to_string())),
        Show::Collectivite => Some(match value {
            Value::Null => "personnelle".into(),
            Value::Array(several) => several.iter().map(|one| collectivite(one, names)).collect::<Vec<_>>().join(", "),
            one => collectivite(one, names),
        }),
        Show::State => plain().map(|code| choice(&BULK, "etat", &code)).filter(|label| !label.is_empty()),
        Show::Word(known) => plain().map(|word| {
            known
                .iter()
                .find(|(code, _)| code.replace('\u{2019}', "'") == word.replace('\u{2019}', "'"))
                .map_or(word, |(_, words)| (*words).to_string())
        }),
    }
}

fn collectivite(id: &Value, names: &Value) -> String {
    names["collectivite"][id.to_string()].as_str().unwrap_or("une collectivité qui n’existe plus").to_string()
}

fn list_title(name: &str) -> String {
    let mut titles = LISTS.iter().map(|list| (list.name, list.title)).chain([LIST]).chain(ABOVE);
    titles.find(|(known, _)| *known == name).map_or_else(String::new, |(_, title)| title.to_string())
}

/// The label of `code` in a column of choices.
fn choice(list: &List, column: &str, code: &str) -> String {
    match list.column(column).map(|column| column.kind) {
        Some(Kind::Choice(known)) => known.iter().find(|(one, ..)| *one == code).map_or_else(String::new, |(_, label, _)| (*label).to_string()),
        _ => String::new(),
    }
}

fn text<'a>(detail: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    detail.get(key).and_then(Value::as_str)
}

fn fact(label: &str, words: String) -> Fact {
    Fact { label: label.into(), words }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_list_has_its_title() {
        for list in crate::web::LISTS {
            assert_eq!(list_title(list.name), list.title);
        }
    }

    #[test]
    fn changes_are_told_by_labels() {
        let told = |object: &str, detail: Value| sentence("modification", object, &detail);
        assert_eq!(told("séjour", json!({"statut": {"avant": "a_verifier", "apres": "valide"}})), "Statut : « À vérifier » devient « Validé »");
        let nature = json!({"nature": {"avant": "4", "apres": "5"}, "noms": {"nature": {"4": "Meublé de tourisme", "5": "Chambre d’hôtes"}}});
        assert_eq!(told("logement", nature), "Nature : « Meublé de tourisme » devient « Chambre d’hôtes »");
        assert_eq!(told("hébergeur", json!({"telephone": {"avant": null, "apres": "0690 12 34 56"}})), "Téléphone : « 0690 12 34 56 » (rien avant)");
        let account = json!({"avant": {"nom": "A", "role": "agent", "actif": true}, "apres": {"nom": "A", "role": "administrateur", "actif": true}});
        assert_eq!(told("utilisateur", account), "Rôle : « Agent » devient « Administrateur »");
        let bulk = json!({"action": "Valider", "liste": "sejours", "champ": "statut", "valeur": "valide", "etat": "appliquee", "modifiees": 12});
        assert_eq!(
            told("action", bulk.clone()),
            "Statut\u{a0}: «\u{a0}Validé\u{a0}»\u{202f}; Lignes modifiées\u{a0}: 12\u{202f}; Liste\u{a0}: Séjours"
        );
        assert!(all_facts("action", &bulk).iter().any(|fact| fact.label == "Lignes modifiées" && fact.words == "12"));
    }

    #[test]
    fn what_has_no_words_is_left_out() {
        let line = json!({"inconnu": {"a": [1, 2]}, "demandeur_id": 12, "requete": "statut=a_verifier"});
        assert_eq!(sentence("controle", "export", &line), "Écart constaté");
    }
}
