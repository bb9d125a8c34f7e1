//! The API: lists and records, read and written by programs.

mod documentation;
mod ecriture;
mod fichiers;
mod idempotence;
mod imports;
mod lecture;
mod lent;
mod masse;
mod mauvais;
mod refus;
mod suivi;
mod synthese;
