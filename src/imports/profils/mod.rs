//! Profiles: how the files of a source are read, kept under a name, recognised by their headers.

mod application;
mod list;
mod model;
mod queries;
mod routes;
mod seuils;
mod views;

pub use application::{Connu, Lue, applique, connus, reconnu};
pub use list::PROFILS;
pub use model::{COLONNES_MAX, Contenu, Garde, NOM_MAX, nom_propre};
pub use queries::{Ecrit, PROFILS_MAX, de_confiance, garde, lieux};
pub use routes::OBJET;
pub use seuils::Confiance;

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    routes::routes()
}
