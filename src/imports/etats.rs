//! What becomes of an import.

use crate::platform::states::{Passage, States};

/// Work goes on.
pub const EN_ROUTE: &[&str] = &["verification", "ecriture", "annulation"];
/// No work goes on.
pub const AU_REPOS: &[&str] =
    &["lecture", "verification_arretee", "a_confirmer", "ecriture_arretee", "termine", "annulation_arretee", "annule", "abandonne"];
/// What holds its file: the same one is not taken twice.
pub const VIVANT: &[&str] = &[
    "lecture",
    "verification",
    "verification_arretee",
    "a_confirmer",
    "ecriture",
    "ecriture_arretee",
    "termine",
    "annulation",
    "annulation_arretee",
];

/// Its lines are to be checked, from the first one.
pub const VERIFIE: Passage = Passage { from: &["lecture", "verification_arretee", "a_confirmer"], to: "verification" };
/// A checking that was stopped goes on.
pub const REPREND: Passage = Passage { from: &["verification_arretee"], to: "verification" };
/// All of them are.
pub const CONTROLE: Passage = Passage { from: &["verification"], to: "a_confirmer" };
/// The job that checks was stopped, or failed.
pub const SUSPEND: Passage = Passage { from: &["verification"], to: "verification_arretee" };
/// Somebody goes back to how it is read.
pub const RELIT: Passage = Passage { from: &["verification_arretee", "a_confirmer"], to: "lecture" };
/// Somebody confirms what it will write, or lets a writing that was stopped go on.
pub const ECRIT: Passage = Passage { from: &["a_confirmer", "ecriture_arretee"], to: "ecriture" };
/// Every line had its turn.
pub const TERMINE: Passage = Passage { from: &["ecriture"], to: "termine" };
/// The job that writes was stopped, or failed.
pub const ARRETE: Passage = Passage { from: &["ecriture"], to: "ecriture_arretee" };
/// Somebody gives it up before anything is written.
pub const ABANDONNE: Passage = Passage { from: &["lecture", "verification_arretee", "a_confirmer", "ecriture_arretee"], to: "abandonne" };
/// Somebody takes it back; again when that was stopped on its way, or left rows that other imports had changed since.
pub const ANNULE: Passage = Passage { from: &["ecriture_arretee", "termine", "annulation_arretee", "annule"], to: "annulation" };
/// It is taken back.
pub const DEFAIT: Passage = Passage { from: &["annulation"], to: "annule" };
/// The job that takes it back was stopped, or failed.
pub const RETIENT: Passage = Passage { from: &["annulation"], to: "annulation_arretee" };

/// The states of an import.
pub const IMPORT: States = States {
    column: ("import", "etat"),
    known: &[
        ("lecture", "Lecture à contrôler", "info"),
        ("verification", "Vérification en cours", "info"),
        ("verification_arretee", "Vérification arrêtée", "alerte"),
        ("a_confirmer", "À confirmer", "alerte"),
        ("ecriture", "Écriture en cours", "info"),
        ("ecriture_arretee", "Écriture arrêtée", "alerte"),
        ("termine", "Terminé", "succes"),
        ("annulation", "Annulation en cours", "info"),
        ("annulation_arretee", "Annulation arrêtée", "alerte"),
        ("annule", "Annulé", ""),
        ("abandonne", "Abandonné", ""),
    ],
    passages: &[VERIFIE, REPREND, CONTROLE, SUSPEND, RELIT, ECRIT, TERMINE, ARRETE, ABANDONNE, ANNULE, DEFAIT, RETIENT],
};

/// The work of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Etape {
    /// Each line compared with the base, nothing written to it.
    Verification,
    /// What was confirmed.
    Ecriture,
    /// Back as it was.
    Annulation,
}

impl Etape {
    /// As stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Ecriture => "ecriture",
            Self::Annulation => "annulation",
        }
    }

    /// The passage to its end.
    pub fn end(self) -> &'static Passage {
        match self {
            Self::Verification => &CONTROLE,
            Self::Ecriture => &TERMINE,
            Self::Annulation => &DEFAIT,
        }
    }

    /// The passage of a work that ended on its way.
    pub fn stop(self) -> &'static Passage {
        match self {
            Self::Verification => &SUSPEND,
            Self::Ecriture => &ARRETE,
            Self::Annulation => &RETIENT,
        }
    }

    /// The work that a state tells of.
    pub fn of(state: &str) -> Option<Self> {
        [Self::Verification, Self::Ecriture, Self::Annulation].into_iter().find(|etape| etape.code() == state)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn its_states_hold_together() {
        assert!(crate::platform::states::faults(&super::IMPORT).is_empty());
    }
}
