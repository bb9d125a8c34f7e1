//! Fields that agents correct where they read them: in the table and on the file. One declaration
//! ([`Champ`]) gives the form, its checks, the write with its version, the conflict and the undo; the
//! actions of `actions` change the same fields on many rows.

mod model;
mod queries;
mod routes;
mod saisie;
mod views;
mod writing;

pub use model::{Apart, Champ, Etat, Valeur};
pub use queries::reason;
pub use routes::{Caller, Changement, routes, save};
pub use saisie::{Parent, Saisie};
pub use views::{Whole, whole_field};
pub use writing::{Change, Offre, state, write};
