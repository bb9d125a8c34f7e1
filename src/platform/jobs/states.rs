//! What becomes of a job.

use crate::platform::states::{Passage, States};

/// Still to do.
pub const LIVING: &[&str] = &["ready", "running"];

/// A worker takes it.
pub const TAKEN: Passage = Passage { from: &["ready"], to: "running" };
/// Done.
pub const DONE: Passage = Passage { from: &["running"], to: "done" };
/// It failed for the last time.
pub const FAILED: Passage = Passage { from: &["running"], to: "failed" };
/// Given back: to be tried again, or its worker is lost.
pub const GIVEN_BACK: Passage = Passage { from: &["running"], to: "ready" };
/// Somebody stops it: at once when it waits, at its next safe point when it runs.
pub const STOPPED: Passage = Passage { from: LIVING, to: "cancelled" };
/// Somebody sets a failure aside.
pub const SET_ASIDE: Passage = Passage { from: &["failed"], to: "cancelled" };
/// Somebody starts it again.
pub const AGAIN: Passage = Passage { from: &["failed", "cancelled"], to: "ready" };

/// The states of a job.
pub const JOB: States = States {
    column: ("job", "state"),
    known: &[
        ("ready", "En attente", ""),
        ("running", "En cours", "info"),
        ("done", "Terminé", "succes"),
        ("failed", "Échoué", "erreur"),
        ("cancelled", "Annulé", "alerte"),
    ],
    passages: &[TAKEN, DONE, FAILED, GIVEN_BACK, STOPPED, SET_ASIDE, AGAIN],
};

#[cfg(test)]
mod tests {
    #[test]
    fn its_states_hold_together() {
        assert!(crate::platform::states::faults(&super::JOB).is_empty());
    }
}
