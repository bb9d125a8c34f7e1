//! Exports: a file that holds exactly what the list showed, with a manifest that proves it.
//!
//! The question is stored, never a list of ids. The worker puts the keys aside in one statement (one
//! instant of the data), then reads the rows by position in short transactions, keeps each piece in
//! the object store with a checkpoint, and puts the pieces together. Killed anywhere, it resumes at
//! the last checkpoint, and the file is the same to the byte.

#[cfg(test)]
mod aller_retour;
mod ask;
mod assemblage;
#[cfg(test)]
mod cellules;
mod conforme;
mod controle;
mod csv;
mod jobs;
mod jsonl;
mod lecture;
mod lignes;
mod model;
mod notes;
mod ods;
mod parquet;
mod queries;
mod routes;
mod tableur;
mod temoin;
mod views;
mod xlsx;
mod xml;

pub use ask::{Asking, ToExport, ask};
pub use controle::{AutoControle, CRON_CONTROLE, count_faults};
pub use jobs::{End, Export, Followup, absent, expire};
pub use routes::routes;
