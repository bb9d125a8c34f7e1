//! Watched folders: a place that the operator names, where other programs leave files. A pass takes those that no longer change, in the
//! name of an account that an administrateur named, and puts aside those that are over, with their report.

mod depots;
mod disque;
mod jobs;
mod lieu;
mod passage;
mod queries;
mod rapport;
mod routes;
mod views;

pub use jobs::Veille;
pub use routes::routes;

/// Bytes of a file at most.
const OCTETS_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Files looked at in one pass over a folder.
const VUS_MAX: usize = 500;
/// Where files go once they are over.
const TRAITES: &str = "traites";
const REFUSES: &str = "refuses";
