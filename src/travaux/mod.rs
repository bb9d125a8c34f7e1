//! Jobs as people see them: one's own, those of one's collectivités, or all for an exploitant.

mod list;
mod routes;
mod upkeep;
mod views;

pub use list::TRAVAUX;
pub use routes::routes;
pub use upkeep::Upkeep;
