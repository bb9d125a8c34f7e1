//! The territory: communes, EPCI, and the reference data that the project carries.

mod communes;
mod imports;
pub mod reference;

pub use communes::{COMMUNES, routes};
pub use imports::IMPORTS;
