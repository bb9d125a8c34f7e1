//! The lists and records of the catalogue, read and written by programs: one more face of the same declarations, under the rights
//! that a token leaves to a person.

mod description;
mod documentation;
mod fichiers;
mod formes;
mod lecture;
mod porte;
mod probleme;
mod question;
mod reponse;
mod retrait;
mod suivi;
mod synthese;
mod valeurs;

pub use porte::{catchers, routes};
pub use suivi::sweep;
