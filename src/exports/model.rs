//! Values of an export.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;

use super::notes::Adapted;
use crate::listing::Scope;

/// An export as its job reads it.
#[derive(Debug, sqlx::FromRow)]
pub struct Request {
    pub id: i64,
    pub liste: String,
    pub requete: String,
    pub format: String,
    pub filtres: String,
    pub demandeur_id: i64,
    pub demandeur: String,
    pub etat: String,
    pub lignes_prevues: Option<i64>,
    pub lignes_comptees: Option<i64>,
    pub lu_le: Option<DateTime<Utc>>,
    pub cree_le: DateTime<Utc>,
}

/// An export as its requester sees it, with the state of its job.
#[derive(Debug, sqlx::FromRow)]
pub struct Followed {
    pub id: i64,
    pub liste: String,
    pub requete: String,
    pub format: String,
    pub filtres: String,
    pub etat: String,
    /// What the question speaks of: the places of the lines of the journal.
    pub communes: Vec<String>,
    pub perimetre: Vec<String>,
    /// The scope of the requester when the rows were chosen.
    pub portee: Option<Json<Scope>>,
    pub lignes_prevues: Option<i64>,
    pub lignes_ecrites: Option<i64>,
    pub octets: Option<i64>,
    pub sha256: Option<String>,
    pub lu_le: Option<DateTime<Utc>>,
    pub fichier: Option<String>,
    pub nom_fichier: Option<String>,
    pub manifeste: Option<serde_json::Value>,
    pub erreur: Option<String>,
    pub controle_le: Option<DateTime<Utc>>,
    pub controle_ecart: Option<String>,
    pub cree_le: DateTime<Utc>,
    pub expire_le: Option<DateTime<Utc>>,
    pub job_id: Option<i64>,
    pub job_state: Option<String>,
    pub job_done: Option<i64>,
    pub job_total: Option<i64>,
    pub job_seconds: Option<i64>,
    pub job_error: Option<String>,
    pub ahead: Option<i64>,
    pub motif: Option<String>,
}

/// Where an export stands, for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Waiting,
    Running,
    Ready,
    Failed,
    Cancelled,
    Expired,
}

impl Followed {
    /// The job tells how far the work is; the file tells that it is done.
    pub fn stage(&self) -> Stage {
        match (self.etat.as_str(), self.job_state.as_deref()) {
            ("pret", _) => Stage::Ready,
            ("expire", _) => Stage::Expired,
            (_, Some("ready")) => Stage::Waiting,
            (_, Some("running")) => Stage::Running,
            (_, Some("cancelled")) | ("annule", _) => Stage::Cancelled,
            // The job is long gone and no file ever came.
            ("en_attente" | "en_cours", None) => Stage::Expired,
            _ => Stage::Failed,
        }
    }
}

/// What stands beside the file and proves it.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    pub export: i64,
    pub liste: &'a str,
    pub fichier: &'a str,
    pub format: &'a str,
    pub colonnes: Vec<&'static str>,
    pub filtres: &'a str,
    pub requete: &'a str,
    pub demandeur: &'a str,
    /// Moment at which the keys were put aside: the rows are those of this instant.
    pub lu_le: Option<DateTime<Utc>>,
    /// When values were read from a replica: the moment that it had replayed, the oldest of its lots. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_au: Option<DateTime<Utc>>,
    pub produit_le: DateTime<Utc>,
    pub lignes_prevues: i64,
    /// The same rows counted by another statement, in the same instant of the data; absent of files begun
    /// by a version that did not count.
    pub lignes_comptees: Option<i64>,
    pub lignes_ecrites: i64,
    /// Rows removed, or withdrawn from the requester, between the two readings.
    pub lignes_disparues: i64,
    /// « Total du filtre »: the sum of each summed column by its name, exact, as a decimal text.
    pub totaux: BTreeMap<&'static str, String>,
    /// Cells that the format could not hold as they were; the first of them, with what was done.
    pub cellules_adaptees: i64,
    pub adaptations: &'a [Adapted],
    /// Workbooks inside the file, and sheets of rows inside them; 1 and 1 for the other formats.
    pub classeurs: i64,
    pub feuilles: i64,
    pub octets: i64,
    pub sha256: &'a str,
    pub gardel: &'static str,
}
