//! What becomes of an action on many rows.

use crate::platform::states::{Passage, States};

/// Work goes on.
pub const EN_ROUTE: &[&str] = &["en_attente", "en_cours", "annulation"];
/// What may still be applied: an action that stopped on its way goes on when its job is started again.
const APPLICABLE: &[&str] = &["en_attente", "en_cours", "arretee", "echec"];
const A_DEFAIRE: &[&str] = &["annulation", "annulation_arretee"];

/// Its rows are put aside, then a lot of them is changed.
pub const AVANCE: Passage = Passage { from: APPLICABLE, to: "en_cours" };
/// All of them are.
pub const APPLIQUE: Passage = Passage { from: APPLICABLE, to: "appliquee" };
/// Its job was stopped.
pub const ARRETE: Passage = Passage { from: &["en_attente", "en_cours"], to: "arretee" };
/// Its job failed.
pub const ECHOUE: Passage = Passage { from: &["en_attente", "en_cours"], to: "echec" };
/// Somebody undoes it; again when an undoing stopped on its way. While a job lives, only what is wholly applied.
pub const ANNULE: Passage =
    Passage { from: &["en_attente", "en_cours", "appliquee", "arretee", "echec", "annulation", "annulation_arretee"], to: "annulation" };
/// A lot of its rows is put back.
pub const RECULE: Passage = Passage { from: A_DEFAIRE, to: "annulation" };
/// All of them are.
pub const DEFAIT: Passage = Passage { from: A_DEFAIRE, to: "annulee" };
/// The job that undoes it was stopped, or failed.
pub const SUSPEND: Passage = Passage { from: &["annulation"], to: "annulation_arretee" };

/// The states of an action.
pub const ACTION: States = States {
    column: ("action", "etat"),
    known: &[
        ("en_attente", "En attente", ""),
        ("en_cours", "En cours", "info"),
        ("appliquee", "Appliquée", "succes"),
        ("arretee", "Arrêtée en route", "alerte"),
        ("echec", "Échouée", "erreur"),
        ("annulation", "Annulation en cours", "info"),
        ("annulation_arretee", "Annulation arrêtée", "alerte"),
        ("annulee", "Annulée", ""),
    ],
    passages: &[AVANCE, APPLIQUE, ARRETE, ECHOUE, ANNULE, RECULE, DEFAIT, SUSPEND],
};

/// What a lot is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The value of the action.
    Forth,
    /// The value before.
    Back,
}

impl Way {
    /// The passage to its end.
    pub fn end(self) -> &'static Passage {
        match self {
            Self::Forth => &APPLIQUE,
            Self::Back => &DEFAIT,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn its_states_hold_together() {
        assert!(crate::platform::states::faults(&super::ACTION).is_empty());
    }
}
