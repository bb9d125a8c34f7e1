//! Jobs as people see them: one's own, those of one's collectivités, or all for an exploitant.

mod files;
mod list;
mod planifications;
mod routes;
mod upkeep;
mod views;

pub use list::TRAVAUX;
pub use upkeep::Upkeep;

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [routes::routes(), files::routes(), planifications::routes()].concat()
}
