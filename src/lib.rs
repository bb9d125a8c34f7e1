//! Gardel: the back office of a territory. Read `ARCHITECTURE.md` first; then, in this order:

#![warn(missing_docs)]
#![forbid(unsafe_code)]
// What a call of the API waits for is deep; optimised builds lay it out in one.
#![recursion_limit = "256"]

/// What the rooms declare, in one value.
pub mod catalogue;
/// The command lines of the two programs.
pub mod cli;
/// What a process holds, built once.
pub mod context;
/// The map of the web server: every route, every list.
pub mod web;
/// The map of the worker: every job.
pub mod worker;

/// Home, help, accessibility.
mod accueil;
/// One value given to many rows, and taken back.
pub mod actions;
/// Accounts as rows.
pub mod annuaire;
/// The lists and records of the catalogue, read and written by programs.
mod api;
/// What Gardel tells people while they are elsewhere.
pub mod avis;
/// Fields changed where they are read.
pub mod champs;
/// Who signs in, with which rights.
pub mod comptes;
/// Invented data to try and to measure with.
pub mod demo;
/// What the installation is doing, for who runs it.
pub mod exploitation;
/// Files that hold exactly what a list showed.
pub mod exports;
/// The page of a row, made from its record.
mod fiches;
/// Files loaded into the records, and taken back.
pub mod imports;
/// Tokens of the programs, and their guard.
pub mod jetons;
/// Who did and saw what.
pub mod journal;
/// Why a value was given: reasons that a collectivité can add to.
pub mod motifs;
/// Notes and files that people add to a row.
pub mod pieces;
/// Exports that come back by themselves.
pub mod programmes;
/// One search box for everything, and what each person opened last.
pub mod recherche;
/// What a row is, declared once: the forms that create and correct it.
pub mod records;
/// Files from outside, as rows of text.
pub mod sources;
/// Séjours, logements, hébergeurs, and the arithmetic of the tax.
pub mod taxe;
/// Communes, EPCI and the reference data that the project carries.
pub mod territoire;
/// Legal notice, personal data, accessibility.
mod textes;
/// Jobs as people see them, and upkeep.
pub mod travaux;
/// Questions that people keep under a name.
pub mod vues;

/// One list, many faces.
pub mod lettres;
pub mod listing;
/// What any application needs: settings, database, cache, jobs, files, HTTP.
pub mod platform;
/// Components: data in, markup out.
pub mod ui;
