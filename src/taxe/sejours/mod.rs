//! Séjours: the lines of the declarations (CGCT L2333-34 III).

mod alertes;
mod calculs;
mod deductions;
mod imports;
mod list;
mod model;
mod plateformes;
mod prix;
mod queries;
mod record;
mod regard;
mod routes;
mod taxation;
mod views;

pub(super) use imports::{FARITAS, REGISTRES};
pub use list::SEJOURS;
pub(super) use model::STATUTS;
pub(super) use record::SEJOUR;
pub(super) use routes::allowed;
pub use routes::routes;
pub(super) use taxation::NATURE_A_ETOILES_MAX;
