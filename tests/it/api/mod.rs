//! The API: lists and records, read and written by programs.

mod ecriture;
mod idempotence;
mod lecture;
mod lent;
mod masse;
mod mauvais;
mod refus;
