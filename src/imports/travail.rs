//! The job of an import, and in whose name it works.

use serde::{Deserialize, Serialize};

use super::etats::Etape;
use super::model::Import;
use crate::journal::Actor;

/// Checks, writes or takes back an import.
#[derive(Debug, Serialize, Deserialize)]
pub struct Travail {
    /// The import.
    pub import: i64,
    /// What is to be done.
    pub etape: Etape,
    /// Title for the jobs page.
    pub titre: String,
}

/// In whose name a job works.
pub fn actor(import: &Import, etape: Etape, job: i64) -> Actor {
    let (id, name) = match (etape, import.annule_par) {
        (Etape::Annulation, Some(who)) => (who, import.annuleur.clone().unwrap_or_default()),
        _ => (import.demandeur_id, import.demandeur.clone()),
    };
    Actor { id: Some(id), name, collectivite_id: import.collectivite_id, ip: None, request: format!("travail {job}") }
}
