//! The taxe de séjour: hébergeurs, logements, séjours, and the arithmetic of the tax.

pub mod calcul;
mod changement;
mod classements;
mod cumuls;
mod deliberations;
mod fiche;
mod fusion;
mod hebergeurs;
mod historique;
mod imports;
mod logements;
mod modifications;
mod periodes;
mod records;
mod redevable;
mod reference;
mod ressemblance;
mod sejours;

pub use cumuls::settle;
pub use deliberations::{DELIBERATIONS, MENU, TARIFS};
pub use hebergeurs::HEBERGEURS;
pub use imports::IMPORTS;
pub use logements::LOGEMENTS;
pub use modifications::{BULK_ACTIONS, CHAMPS};
pub use records::RECORDS;
pub use sejours::SEJOURS;

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [
        sejours::routes(),
        logements::routes(),
        hebergeurs::routes(),
        fusion::routes(),
        periodes::routes(),
        changement::routes(),
        deliberations::routes(),
    ]
    .concat()
}
