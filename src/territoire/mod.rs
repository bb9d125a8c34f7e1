//! The territory: communes, EPCI, and the reference data that the project carries.

mod communes;
pub mod reference;

pub use communes::{COMMUNES, routes};
