//! The API: lists and records, read and written by programs.

mod lecture;
mod refus;
mod suivi;
