//! What becomes of an export.

use crate::platform::states::{Passage, States};

/// Its rows are chosen: the first time, after it was called off, or anew when its keys are gone.
pub const LIT: Passage = Passage { from: &["en_attente", "en_cours", "echec", "annule", "expire"], to: "en_cours" };
/// Its file is there. One that failed keeps its pieces and goes on from them.
pub const PRODUIT: Passage = Passage { from: &["en_cours", "echec"], to: "pret" };
/// Its job failed for the last time.
pub const ECHOUE: Passage = Passage { from: &["en_attente", "en_cours", "echec", "annule", "expire"], to: "echec" };
/// Its job was called off.
pub const ANNULE: Passage = Passage { from: &["en_attente", "en_cours", "echec", "annule", "expire"], to: "annule" };
/// Its file is gone, or will never come.
pub const PERIME: Passage = Passage { from: &["pret", "en_attente", "en_cours", "echec", "annule"], to: "expire" };

/// The states of an export.
pub const EXPORT: States = States {
    column: ("export", "etat"),
    known: &[
        ("en_attente", "En attente", ""),
        ("en_cours", "En cours", "info"),
        ("pret", "Prêt", "succes"),
        ("echec", "Échoué", "erreur"),
        ("annule", "Annulé", ""),
        ("expire", "Expiré", ""),
    ],
    passages: &[LIT, PRODUIT, ECHOUE, ANNULE, PERIME],
};

#[cfg(test)]
mod tests {
    #[test]
    fn its_states_hold_together() {
        assert!(crate::platform::states::faults(&super::EXPORT).is_empty());
    }
}
