//! What a template may name, and where it comes from. A room that knows more of a host declares a [`Source`]: its variables, each with its
//! label, and what reads them for many hosts at once. Nothing else changes for it to be offered, checked and printed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value};
use sqlx::PgConnection;

use crate::catalogue::Catalogue;

/// What people type for some letters is named after this.
pub const SAISIE: &str = "saisie";

/// A name that templates may use.
pub struct Variable {
    /// As it is written: « hebergeur.nom », or the field of a list.
    pub nom: &'static str,
    /// As it is told.
    pub libelle: &'static str,
    /// What it holds, for instance.
    pub exemple: &'static str,
}

/// Rows that templates may go through.
pub struct Liste {
    /// As it is written.
    pub nom: &'static str,
    /// As it is told.
    pub libelle: &'static str,
    /// What each of its rows has.
    pub champs: &'static [Variable],
}

/// Where values come from.
pub struct Source {
    /// Its names.
    pub variables: &'static [Variable],
    /// Its lists.
    pub listes: &'static [Liste],
    /// What reads them.
    pub lecture: &'static dyn Lecture,
}

/// For whom values are read.
pub struct Demande<'a> {
    /// The hosts, each once.
    pub hebergeurs: &'a [i64],
    /// The communes of the person who asks, by their codes: nothing of elsewhere is read.
    pub communes: &'a [String],
    /// Who writes.
    pub collectivite: i32,
    /// The day of the letters.
    pub jour: NaiveDate,
}

/// A value of a host.
pub enum Valeur {
    /// A text as it is read.
    Texte(String),
    /// Rows: of each, its values by the names of the fields.
    Liste(Vec<BTreeMap<&'static str, String>>),
}

/// The values of a host by the names of their variables; one that is not there is missing.
pub type Valeurs = BTreeMap<&'static str, Valeur>;

/// What reads the values of a source, for many hosts in few statements.
#[rocket::async_trait]
pub trait Lecture: Send + Sync {
    /// The values of each host; nothing of whom it does not know.
    async fn lit(&self, connection: &mut PgConnection, demande: &Demande<'_>) -> Result<BTreeMap<i64, Valeurs>, sqlx::Error>;
}

/// Every name that templates may use, of every source.
#[derive(Default)]
pub struct Connues {
    /// Names and lists with their labels and examples: a field of a list is told with its list.
    noms: BTreeMap<String, (&'static str, &'static str)>,
    listes: BTreeMap<&'static str, &'static str>,
}

impl Connues {
    /// Those of the sources of a catalogue.
    pub fn de(catalogue: &Catalogue) -> Self {
        let mut connues = Self::default();
        for source in catalogue.all::<Source>() {
            for variable in source.variables {
                connues.noms.insert(variable.nom.into(), (variable.libelle, variable.exemple));
            }
            for liste in source.listes {
                connues.listes.insert(liste.nom, liste.libelle);
                for champ in liste.champs {
                    connues.noms.insert(format!("{}.{}", liste.nom, champ.nom), (champ.libelle, champ.exemple));
                }
            }
        }
        connues
    }

    /// Each name with its label, in alphabetical order.
    pub fn toutes(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.noms.iter().map(|(nom, (libelle, _))| (nom.as_str(), *libelle))
    }

    /// Each list with its label.
    pub fn listes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.listes.iter().map(|(nom, libelle)| (*nom, *libelle))
    }

    /// A name in words: its label when it has one.
    pub fn mots(&self, nom: &str) -> String {
        let label = self.noms.get(nom).map(|(libelle, _)| *libelle).or_else(|| self.listes.get(nom).copied());
        match label {
            Some(label) => format!("«\u{a0}{label}\u{a0}» ({nom})"),
            None => match nom.strip_prefix(SAISIE).and_then(|rest| rest.strip_prefix('.')) {
                Some(name) => format!("«\u{a0}{}\u{a0}», à saisir ({nom})", libelle_de_saisie(name)),
                None => format!("«\u{a0}{nom}\u{a0}»"),
            },
        }
    }

    /// Whether a template may name it, as a list or as a value.
    pub fn connait(&self, nom: &str, liste: bool) -> bool {
        if liste {
            return self.listes.contains_key(nom);
        }
        let typed = nom.strip_prefix(SAISIE).and_then(|rest| rest.strip_prefix('.')).is_some_and(|name| !name.contains('.'));
        typed || self.noms.contains_key(nom) || self.listes.contains_key(nom)
    }

    /// Names that begin as this one does, for whoever mistyped it.
    pub fn voisines(&self, nom: &str) -> Vec<&str> {
        let start = nom.split('.').next().unwrap_or(nom);
        self.noms.keys().map(String::as_str).filter(|known| known.split('.').next() == Some(start)).take(8).collect()
    }

    /// Examples of everything, nested as values are.
    pub fn exemples(&self, saisies: &[String]) -> Value {
        let lists: Vec<&'static str> = self.listes.keys().copied().collect();
        let mut nested = Map::new();
        for list in &lists {
            let prefix = format!("{list}.");
            let row: Map<String, Value> =
                self.noms.iter().filter_map(|(nom, (_, exemple))| Some((nom.strip_prefix(&prefix)?.to_string(), Value::from(*exemple)))).collect();
            nested.insert((*list).into(), Value::Array(vec![Value::Object(row)]));
        }
        for (nom, (_, exemple)) in &self.noms {
            if !lists.iter().any(|list| nom.starts_with(&format!("{list}."))) {
                range(&mut nested, nom, Value::from(*exemple));
            }
        }
        for name in saisies {
            range(&mut nested, &format!("{SAISIE}.{name}"), Value::from(format!("[{}]", libelle_de_saisie(name))));
        }
        Value::Object(nested)
    }
}

/// Names that people type, as forms call them.
const SAISIES: &[(&str, &str)] = &[
    ("periode", "Période concernée"),
    ("echeance", "Date limite"),
    ("texte", "Texte de la lettre"),
    ("objet", "Objet"),
    ("nuitees_retenues", "Nuitées retenues, et leur coût par personne pour les hébergements sans classement"),
    ("sources", "Sources des informations retenues"),
    ("observations", "Observations de l’hébergeur, et pourquoi elles ne suffisent pas"),
    ("liquidation", "Liquidation, avec le tarif de chaque hébergement"),
    ("montant", "Montant de la taxe"),
    ("motifs", "Motifs de la taxation d’office"),
];

/// How a form calls what people type.
pub fn libelle_de_saisie(nom: &str) -> String {
    SAISIES.iter().find(|(known, _)| *known == nom).map_or_else(
        || {
            let words = nom.replace('_', " ");
            let mut signs = words.chars();
            signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
        },
        |(_, label)| (*label).to_string(),
    )
}

/// Puts a value at its dotted name.
pub fn range(all: &mut Map<String, Value>, nom: &str, value: Value) {
    match nom.split_once('.') {
        None => drop(all.insert(nom.into(), value)),
        Some((first, rest)) => {
            if let Value::Object(inner) = all.entry(first).or_insert_with(|| Value::Object(Map::new())) {
                range(inner, rest, value);
            }
        }
    }
}

/// The values of each host by every source, nested, with what was typed for all of them.
///
/// # Errors
/// PostgreSQL failed.
pub async fn lues(
    connection: &mut PgConnection,
    catalogue: &Catalogue,
    demande: &Demande<'_>,
    saisies: &BTreeMap<String, String>,
) -> Result<BTreeMap<i64, Map<String, Value>>, sqlx::Error> {
    let mut all: BTreeMap<i64, Map<String, Value>> = demande.hebergeurs.iter().map(|id| (*id, Map::new())).collect();
    for source in catalogue.all::<Source>() {
        for (id, values) in source.lecture.lit(connection, demande).await? {
            let Some(known) = all.get_mut(&id) else { continue };
            for (nom, value) in values {
                let value = match value {
                    Valeur::Texte(text) if text.trim().is_empty() => continue,
                    Valeur::Texte(text) => Value::from(text),
                    Valeur::Liste(rows) => Value::Array(
                        rows.into_iter().map(|row| row.into_iter().map(|(nom, text)| (nom.to_string(), Value::from(text))).collect()).collect(),
                    ),
                };
                range(known, nom, value);
            }
        }
    }
    // A condition may ask for what nobody knows of a host: the name before the point is always there.
    let names = catalogue.all::<Source>().flat_map(|source| source.variables).filter_map(|variable| variable.nom.split_once('.'));
    let roots: Vec<&str> = names.map(|(root, _)| root).chain([SAISIE]).collect();
    for known in all.values_mut() {
        for root in &roots {
            known.entry(*root).or_insert_with(|| Value::Object(Map::new()));
        }
        for (name, text) in saisies.iter().filter(|(_, text)| !text.trim().is_empty()) {
            range(known, &format!("{SAISIE}.{name}"), Value::from(text.as_str()));
        }
    }
    Ok(all)
}
