//! A field as declared, and what may be typed into it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::saisie::Saisie;
use crate::catalogue::Catalogue;
use crate::listing::{Choice, Column, List};
use crate::motifs::Motif;

/// A value that some rows do not take, whatever they hold: from anybody, or from the person who did something else to them.
pub struct Apart {
    /// The values.
    pub values: &'static [&'static str],
    /// SQL, true of a row `{t}` that does not take them from the person `{who}`.
    pub sql: &'static str,
    /// SQL, true when it may hold of some row at all: a large count reads nothing more without it.
    pub asked: &'static str,
    /// Why, and what to do.
    pub sentence: &'static str,
    /// What the confirmation of an action calls what such rows hold.
    pub held: &'static str,
    /// What it says of them.
    pub left: &'static str,
}

impl Apart {
    /// Its condition on the row called `row`, for the person bound as `who`.
    pub fn on(&self, row: &str, who: &str) -> String {
        self.sql.replace("{t}", row).replace("{who}", who)
    }
}

/// A field that may be changed by itself. Only these constants enter SQL text.
pub struct Champ {
    /// The list that shows it: its scope is the right to change it.
    pub list: &'static List,
    /// Its column in that list, and its name in addresses.
    pub column: &'static str,
    /// Table that holds it, with `id`, `version`, `modifie_le` and `modifie_par`.
    pub table: &'static str,
    /// Column of the table.
    pub sql: &'static str,
    /// SQL type of it.
    pub cast: &'static str,
    /// What may be typed.
    pub saisie: Saisie,
    /// Whether it must have a value.
    pub required: bool,
    /// Values that come with a reason, which the table keeps in `motif_id` and `motif_precision`.
    pub motives: &'static [&'static str],
    /// Values that ask for another person than the one who entered the row.
    pub apart: Option<&'static Apart>,
    /// What is changed, for the journal: « séjour ».
    pub object: &'static str,
    /// Domain of `version_donnees` to bump.
    pub domain: &'static str,
    /// SQL over `t`: the places whose readers see the row, as `text[]`: INSEE codes of communes, or `'c:' || collectivite_id`.
    pub communes: &'static str,
}

/// A value, and why it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Valeur {
    /// As stored; `None`: empty.
    pub valeur: Option<String>,
    /// The reason, for the values that come with one.
    pub motif: Option<Motif>,
}

/// What a row holds now.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Etat {
    /// The value as text, as stored.
    pub valeur: Option<String>,
    /// Its reason.
    pub motif_id: Option<i32>,
    /// The label of it.
    pub motif_libelle: Option<String>,
    /// Words written with it.
    pub motif_precision: Option<String>,
    /// Its version.
    pub version: i32,
    /// When it was last changed.
    pub modifie_le: DateTime<Utc>,
    /// By whom, when known.
    pub par: Option<String>,
}

impl Etat {
    /// The value with its reason.
    pub fn held(&self) -> Valeur {
        Valeur { valeur: self.valeur.clone(), motif: Motif::of(self.motif_id, self.motif_libelle.clone(), self.motif_precision.clone()) }
    }
}

impl Champ {
    /// What keeps `value` for another person, when something does.
    pub fn kept_apart(&self, value: Option<&str>) -> Option<&'static Apart> {
        self.apart.filter(|apart| value.is_some_and(|value| apart.values.contains(&value)))
    }

    /// The field of list `list` called `name`.
    pub fn find(catalogue: &Catalogue, list: &str, name: &str) -> Option<&'static Self> {
        catalogue.all::<Self>().find(|champ| champ.list.name == list && champ.column == name)
    }

    /// Whether `value` comes with a reason.
    pub fn needs_reason(&self, value: Option<&str>) -> bool {
        value.is_some_and(|value| self.motives.contains(&value))
    }

    /// A value and its reason as people read them: « Rejeté (Déclaré deux fois) ».
    pub fn told(&self, held: &Valeur, options: &[Choice]) -> String {
        let value = self.in_words(held.valeur.as_deref(), options);
        match &held.motif {
            Some(motif) => format!("{value} ({})", motif.in_words()),
            None => value,
        }
    }

    /// Its column in the list.
    pub fn column(&self) -> &'static Column {
        // A test of `tests/it/champs.rs` holds every declaration to a column that exists.
        self.list.column(self.column).unwrap_or(&self.list.columns[0])
    }

    /// Address of its form for row `id`.
    pub fn address(&self, id: i64) -> String {
        format!("/{}/{id}/champs/{}", self.list.name, self.column)
    }

    /// The value to store of what was typed; `None` empties the field.
    ///
    /// # Errors
    /// A sentence that says what to type.
    pub fn check(&self, typed: &str, options: &[Choice], today: NaiveDate) -> Result<Option<String>, String> {
        let typed = typed.trim();
        if typed.is_empty() {
            return if self.required { Err("Donnez une valeur : ce champ est obligatoire.".into()) } else { Ok(None) };
        }
        self.saisie.check(typed, options, today).map(Some)
    }

    /// A stored value as people read it.
    pub fn in_words(&self, value: Option<&str>, options: &[Choice]) -> String {
        self.saisie.in_words(value, options)
    }

    /// A stored value as it stands in the field of the form.
    pub fn in_field(&self, value: Option<&str>) -> String {
        self.saisie.in_field(value)
    }
}
