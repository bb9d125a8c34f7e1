//! The lists and records of the catalogue, read and written by programs: one more face of the same declarations, under the rights
//! that a token leaves to a person.

mod corps;
mod ecriture;
mod idempotence;
mod lecture;
mod porte;
mod probleme;
mod question;
mod reponse;
mod valeurs;

pub use idempotence::sweep;
pub use porte::routes;
