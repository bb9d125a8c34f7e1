//! The territory: communes, EPCI, and the reference data that the project carries.

mod codes;
mod communes;
mod controles;
mod deliberations;
mod grille;
mod imports;
mod periode;
pub mod reference;
mod regimes;

pub use communes::{COMMUNES, routes};
pub use grille::{PROPORTIONNELLE, TARIFS, liste as codes_de, shown as tarif_en_mots};
pub use imports::IMPORTS;
pub use periode::{croise, jour as jour_de_periode, mots as periode_en_mots};
