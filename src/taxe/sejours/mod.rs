//! Séjours: the lines of the declarations (CGCT L2333-34 III).

mod list;
mod model;
mod queries;
mod routes;
mod views;

pub use list::SEJOURS;
pub(super) use model::STATUTS;
pub(super) use routes::allowed;
pub use routes::routes;
