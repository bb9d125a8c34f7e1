//! Actions on many rows: « these fifty » or « the 12,345 of the filter ».
//!
//! The question is posted and stored; the keys of ticked rows only go with it, and the question and the
//! rights keep those that they allow. What is confirmed is a count read in one snapshot; only rows unchanged since that snapshot are touched, so the set can neither grow nor
//! change in silence. Rows are put aside with their value and version in one statement, changed in
//! short transactions whose rank is the checkpoint, and can be put back as a whole.

mod ailleurs;
mod apply;
mod choix;
mod demand;
mod etats;
mod jobs;
mod list;
mod model;
mod queries;
mod routes;
mod touched;
mod views;

pub use ailleurs::{Ailleurs, Suite};
pub(crate) use demand::{Outcome, confirm, made, prepare_filter};
pub use etats::ACTION;
pub use jobs::{ActionEnMasse, Annulation, forget};
pub use list::ACTIONS;
pub(crate) use model::Row;
pub use model::{BulkAction, Past};
pub use routes::routes;
pub use touched::{Touch, touched};

use crate::context::Context;
use crate::platform::jobs::Known;

/// The kinds of job of this room.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<ActionEnMasse>(), &Known::of::<Annulation>()];
