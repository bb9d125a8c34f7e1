//! What people add to the file of a row: notes that they write, and files that they attach.
//!
//! Generic over the records ([`crate::records::Record::dossier`] says which have them): the right to read and to add is the scope of the list, asked
//! in each statement; who wrote a note corrects and removes it, who attached a file removes it, and so does an
//! administrateur. What is removed comes back for some days, then goes with the upkeep ([`sweep`]).
//!
//! A file is what its bytes are ([`nature`]), never what its name says; it lies in the store under a path of ours, and goes
//! out as an attachment only.

mod contenu;
mod depot;
mod extension;
mod fiche;
mod fichiers;
mod menage;
mod model;
mod nature;
mod noms;
mod notes;
mod queries;
mod reception;
mod views;

pub use contenu::{Contenu, read};
pub use menage::sweep;
pub use noms::{cleaned, is_unseen, montre};
pub use views::sections;

use crate::platform::store::Nommes;

/// The files that these rows name in the store: those of removed ones until the upkeep.
pub const NOMMES: &[Nommes] = &[Nommes { quoi: "pièce jointe", lignes: "SELECT id AS cle, chemin, octets, sha256 FROM piece_jointe" }];

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [notes::routes(), fichiers::routes()].concat()
}
