//! Gardel: the back office of a territory. Read `ARCHITECTURE.md` first; then, in this order:

/// What any application needs: settings, database, cache, jobs, files, HTTP.
pub mod platform;
/// Components: data in, markup out.
pub mod ui;
/// One list, many faces.
pub mod listing;
/// What a process holds.
pub mod context;
/// Who did and saw what.
pub mod journal;
/// Who signs in, with which rights.
pub mod comptes;
