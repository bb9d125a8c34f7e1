//! Values of the reasons, and what may be typed with them.

use serde::{Deserialize, Serialize};

/// Longest label, held by the CHECK of the table.
pub const LIBELLE_MAX: usize = 80;
/// Longest text that goes with a reason.
pub const PRECISION_MAX: usize = 300;
/// Reasons on offer to a person at most.
pub const OFFERED_MAX: i64 = 400;

/// Code and label of the statuts that come with a reason.
pub const STATUTS: [(&str, &str); 2] = [("conteste", "Contesté"), ("rejete", "Rejeté")];

/// A reason as a row holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Motif {
    /// Which one.
    pub id: i32,
    /// Its label.
    pub libelle: String,
    /// What was written with it.
    pub precision: Option<String>,
}

impl Motif {
    /// The reason of a row from its three columns; `None` when it has none.
    pub fn of(id: Option<i32>, libelle: Option<String>, precision: Option<String>) -> Option<Self> {
        Some(Self { id: id?, libelle: libelle.unwrap_or_default(), precision })
    }

    /// « Déclaré deux fois : voir AIR-2026-000012 ».
    pub fn in_words(&self) -> String {
        match &self.precision {
            Some(precision) => format!("{}\u{a0}: {precision}", self.libelle),
            None => self.libelle.clone(),
        }
    }
}

/// A reason on offer.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Offert {
    /// Which one.
    pub id: i32,
    /// The statut it explains.
    pub statut: String,
    /// Its label.
    pub libelle: String,
    /// Some words must go with it.
    pub precision_exigee: bool,
}

/// What a form sent of a reason, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saisi {
    /// Id of a reason.
    pub motif: String,
    /// Words.
    pub precision: String,
}

impl Saisi {
    /// From the optional fields of a form.
    pub fn of(motif: Option<&str>, precision: Option<&str>) -> Self {
        Self { motif: motif.unwrap_or_default().trim().into(), precision: precision.unwrap_or_default().trim().into() }
    }

    /// The same as a reason that is there already, to be shown in its form.
    pub fn from_motif(motif: Option<&Motif>) -> Self {
        motif.map_or_else(Self::default, |motif| Self { motif: motif.id.to_string(), precision: motif.precision.clone().unwrap_or_default() })
    }

    /// The reason to keep with `statut`.
    ///
    /// # Errors
    /// The field at fault, and a sentence that says what to do.
    pub fn check(&self, statut: &str, offered: &[Offert]) -> Result<Motif, (&'static str, String)> {
        let label = STATUTS.iter().find(|(code, _)| *code == statut).map_or(statut, |(_, label)| label);
        if self.motif.is_empty() {
            return Err(("motif", format!("Choisissez un motif\u{a0}: «\u{a0}{label}\u{a0}» en demande un.")));
        }
        let known = self.motif.parse().ok().and_then(|id: i32| offered.iter().find(|one| one.id == id && one.statut == statut));
        let Some(known) = known else {
            return Err(("motif", format!("Ce motif n’est pas proposé pour «\u{a0}{label}\u{a0}». Choisissez-en un autre.")));
        };
        let precision = self.precision.split_whitespace().collect::<Vec<_>>().join(" ");
        if precision.chars().count() > PRECISION_MAX || precision.chars().any(char::is_control) {
            return Err((
                "precision",
                format!("Cette précision dépasse {PRECISION_MAX} caractères ou contient des signes illisibles. Raccourcissez-la."),
            ));
        }
        if known.precision_exigee && precision.is_empty() {
            return Err(("precision", format!("Écrivez en quelques mots pourquoi\u{a0}: «\u{a0}{}\u{a0}» ne suffit pas.", known.libelle)));
        }
        Ok(Motif { id: known.id, libelle: known.libelle.clone(), precision: (!precision.is_empty()).then_some(precision) })
    }
}

/// A reason as its page shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Ligne {
    pub id: i32,
    pub statut: String,
    pub libelle: String,
    pub precision_exigee: bool,
    pub actif: bool,
    /// Name of the collectivité; none: common to all.
    pub collectivite: Option<String>,
}

/// The label of a new reason.
///
/// # Errors
/// A sentence that says what to do.
pub fn check_libelle(typed: &str) -> Result<String, String> {
    let label = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match label.chars().count() {
        0 => Err("Donnez un libellé à ce motif.".into()),
        count if count > LIBELLE_MAX || label.chars().any(char::is_control) => {
            Err(format!("Ce libellé dépasse {LIBELLE_MAX} caractères ou contient des signes illisibles. Raccourcissez-le."))
        }
        _ => Ok(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_belongs_to_its_statut_and_may_ask_for_words() {
        let offert = |id, statut: &str, precision_exigee| Offert { id, statut: statut.into(), libelle: format!("m{id}"), precision_exigee };
        let offered = [offert(1, "rejete", false), offert(2, "rejete", true), offert(3, "conteste", false)];
        let check = |motif: &str, precision: &str| Saisi::of(Some(motif), Some(precision)).check("rejete", &offered);
        let field = |result: Result<Motif, (&'static str, String)>| result.map_err(|(field, _)| field);
        assert_eq!(check("1", "").map(|motif| (motif.id, motif.precision)), Ok((1, None)));
        assert_eq!(check("2", " vu  avec\u{a0}lui ").map(|motif| motif.in_words()), Ok("m2\u{a0}: vu avec lui".into()));
        for (motif, precision, expected) in [
            ("", "", "motif"),
            ("3", "", "motif"),
            ("9", "", "motif"),
            ("x", "", "motif"),
            ("2", "  ", "precision"),
            ("1", &"é".repeat(301), "precision"),
        ] {
            assert_eq!(field(check(motif, precision)).err(), Some(expected), "{motif} {precision}");
        }
    }
}
