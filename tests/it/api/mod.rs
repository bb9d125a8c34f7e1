//! The API: lists and records, read and written by programs.

mod documentation;
mod fichiers;
mod lecture;
mod refus;
mod suivi;
mod synthese;
