//! A line of a file: what it says, what is said of it, the row it names, what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::platform::token::hexadecimal;
use crate::records::Values;

/// Characters of a value that an anomaly quotes at most.
pub const VALEUR_MAX: usize = 200;
/// What stands between the values of a key of several columns: no text that a form or a file gives holds it.
pub const ENTRE: &str = "\u{1f}";

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Creates a row.
    Nouvelle,
    /// Changes one.
    Changee,
    /// Says what the row says already.
    Identique,
    /// Says something else, which the mode leaves.
    Laissee,
    /// Cannot be.
    Refusee,
    /// Would change a row that is closed: a person says.
    Proposee,
}

impl Verdict {
    /// As stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nouvelle => "nouvelle",
            Self::Changee => "changee",
            Self::Identique => "identique",
            Self::Laissee => "laissee",
            Self::Refusee => "refusee",
            Self::Proposee => "proposee",
        }
    }
}

/// Something to say of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomalie {
    /// Whether the line is refused for it.
    pub refus: bool,
    /// Its code.
    pub code: String,
    /// The column of the file, or the field.
    pub colonne: String,
    /// What stood there.
    pub valeur: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The row that a line names.
pub struct Existante {
    /// Its key.
    pub id: i64,
    /// Its version.
    pub version: i32,
    /// Its name.
    pub nom: String,
    /// Its values.
    pub valeurs: Values,
    /// Whether it is closed.
    pub fermee: bool,
}

/// A line on its way.
#[derive(Default)]
pub struct Ligne {
    /// Its place among the lines.
    pub rang: i64,
    /// Its physical line.
    pub ligne: i64,
    /// Its cells.
    pub brut: Vec<String>,
    /// Of a row that gave several lines, the first of them: it has the cells that they share.
    pub tete: Option<i64>,
    /// What each field is given, empty cells left out.
    pub typed: BTreeMap<&'static str, String>,
    /// Those of them that hold what all lines are given, and no cell of this one.
    pub pour_tous: BTreeSet<&'static str>,
    /// What is right of it, as it would be stored.
    pub lues: Values,
    /// Rows that answer to what it says of a link, when they are several.
    pub possibles: BTreeMap<&'static str, Arc<[i64]>>,
    /// What is said of it.
    pub anomalies: Vec<Anomalie>,
    /// What it may be recognised by.
    pub cles: BTreeMap<&'static str, String>,
    /// The row it names.
    pub existante: Option<Existante>,
    /// What it does.
    pub verdict: Option<Verdict>,
    /// What it writes.
    pub ecrites: Values,
    /// What stood there.
    pub avant: Values,
    /// Why it is left out until a person takes it back.
    pub mise_de_cote: Option<String>,
}

impl Ligne {
    /// Says why it is refused.
    pub fn refuse(&mut self, code: &str, colonne: &str, valeur: &str, message: impl Into<String>) {
        self.dit(true, code, colonne, valeur, message.into());
    }

    /// Says what deserves a look.
    pub fn avertit(&mut self, code: &str, colonne: &str, valeur: &str, message: impl Into<String>) {
        self.dit(false, code, colonne, valeur, message.into());
    }

    fn dit(&mut self, refus: bool, code: &str, colonne: &str, valeur: &str, message: String) {
        let valeur: String = valeur.replace(ENTRE, ", ").chars().filter(|sign| *sign != '\0').take(VALEUR_MAX).collect();
        self.anomalies.push(Anomalie { refus, code: code.into(), colonne: colonne.into(), valeur, message });
    }

    /// Says what a person has to decide before it writes: it is left out until they take it back.
    pub fn met_de_cote(&mut self, code: &str, colonne: &str, valeur: &str, message: &str) {
        self.avertit(code, colonne, valeur, message);
        self.mise_de_cote.get_or_insert_with(|| message.to_string());
    }

    /// Whether it is refused already.
    pub fn est_refusee(&self) -> bool {
        self.anomalies.iter().any(|one| one.refus)
    }

    /// The digest of what it says: two lines that say the same are one.
    pub fn empreinte(&self) -> String {
        let mut digest = Sha256::new();
        for (champ, texte) in &self.typed {
            let known = self.lues.get(champ).and_then(Option::as_deref).unwrap_or(texte);
            digest.update([champ.as_bytes(), b"\x1f", known.as_bytes(), b"\x1e"].concat());
        }
        hexadecimal(&digest.finalize())[..32].to_string()
    }
}
