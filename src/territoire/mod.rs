//! The territory: communes, EPCI, and the reference data that the project carries.

mod codes;
mod communes;
mod controles;
mod deliberations;
mod grille;
mod imports;
mod periode;
pub mod reference;

pub use communes::{COMMUNES, routes};
pub use imports::IMPORTS;
