//! Deliberations and tariffs: what each collectivité decided, from when to when, beside what the law allows. A draft is entered, then a
//! person puts it in force; what it replaces stays readable.

mod annexe;
mod bareme;
mod calendrier;
mod controles;
mod fiche;
mod list;
mod model;
mod queries;
mod record;
mod simulateur;
mod simulation;
mod views;
mod vigueur;

pub use calendrier::MENU;
pub use list::{DELIBERATIONS, TARIFS};
pub(super) use record::DELIBERATION;

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [fiche::routes(), vigueur::routes(), bareme::routes(), annexe::routes(), simulateur::routes(), calendrier::routes()].concat()
}
