//! What a row is, declared once ([`Record`]): its fields, what is computed from them, what is checked across them. From it come
//! the form that creates, the form that corrects, the conflict field by field, the line of the journal, the way back.
//!
//! The fields are typed and checked as those of a cell are ([`crate::champs::Saisie`]). The right to a row is the scope of its
//! list, asked in the statement that writes.

mod access;
mod archive;
mod creation;
mod draft;
mod faits;
mod grille;
mod hooks;
mod model;
mod proof;
mod queries;
mod routes;
mod typed;
mod undo;
mod views;
mod writing;

pub use access::{READ_ONLY, creatable, held, known, note_reading};
pub use archive::{Putting, archive_form, put_away};
pub use creation::{Creation, create, fresh, taken};
pub use draft::{Designation, Sent, candidates, changed, naming, of_field, of_row, read, worth_empty};
pub use faits::{Fait, Faits, facts};
pub use hooks::{Draft, Hooks, Similar, Values};
pub use model::{Computed, Fiche, Field, Grid, Live, Pendante, Record, Section, Unique};
pub use queries::{Held, one_at_a_time, sweep};
pub use routes::edit_link;
pub use writing::{Written, told, within, write};

use rocket::Route;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    [routes::routes(), archive::routes(), undo::routes(), grille::routes()].concat()
}
