//! Séjours: the lines of the declarations (CGCT L2333-34 III).

mod alertes;
mod list;
mod model;
mod queries;
mod record;
mod routes;
mod taxation;
mod views;

pub use list::SEJOURS;
pub(super) use model::STATUTS;
pub(super) use record::SEJOUR;
pub(super) use routes::allowed;
pub use routes::routes;
pub(super) use taxation::NATURE_A_ETOILES_MAX;
