//! What becomes of a campaign and of a declaration.

use crate::platform::states::{Passage, States};

/// Somebody opens a campaign: the job that makes its declarations is on its way.
pub const OUVRE: Passage = Passage { from: &["preparee"], to: "ouverture" };
/// All its declarations are there.
pub const OUVERTE: Passage = Passage { from: &["ouverture"], to: "ouverte" };
/// The job was stopped, or failed: somebody may ask again.
pub const RETIENT: Passage = Passage { from: &["ouverture"], to: "preparee" };
/// Nothing more is awaited.
pub const CLOT: Passage = Passage { from: &["ouverte"], to: "close" };
/// Closed too early.
pub const ROUVRE: Passage = Passage { from: &["close"], to: "ouverte" };

/// The states of a campaign.
pub static CAMPAGNE: States = States {
    column: ("campagne", "etat"),
    known: &[("preparee", "Préparée", ""), ("ouverture", "Ouverture en cours", "info"), ("ouverte", "Ouverte", "succes"), ("close", "Close", "")],
    passages: &[OUVRE, OUVERTE, RETIENT, CLOT, ROUVRE],
};

/// What waits for a deposit.
pub const A_DEPOSER: &[&str] = &["attendue", "defaillante"];
/// What was deposited, as far as the campaign is open.
pub const DEPOSEES: &[&str] = &["deposee", "neant"];
/// Deposited, or closed: its amount is fixed.
pub const ARRETEES: &[&str] = &["deposee", "neant", "close"];

/// The states of a declaration.
pub static DECLARATION: States = States {
    column: ("declaration", "etat"),
    known: &[
        ("attendue", "Attendue", "alerte"),
        ("deposee", "Déposée", "succes"),
        ("neant", "Néant", "succes"),
        ("close", "Close", ""),
        ("defaillante", "Défaillante", "erreur"),
    ],
    passages: &[
        Passage { from: &["attendue"], to: "deposee" },
        Passage { from: &["attendue"], to: "neant" },
        // Taken back before the campaign is closed.
        Passage { from: &["deposee", "neant"], to: "attendue" },
        // The campaign is closed; a host who was late declares all the same.
        Passage { from: &["deposee", "neant", "defaillante"], to: "close" },
        Passage { from: &["attendue"], to: "defaillante" },
        // It is opened again.
        Passage { from: &["close"], to: "deposee" },
        Passage { from: &["close"], to: "neant" },
        Passage { from: &["defaillante"], to: "attendue" },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::states::faults;

    #[test]
    fn both_tables_hold_together() {
        assert_eq!((faults(&CAMPAGNE), faults(&DECLARATION)), (Vec::<String>::new(), Vec::new()));
    }
}
