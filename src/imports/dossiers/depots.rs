//! A file of a watched place, and what became of its reading.

use crate::imports::arrivee::Arrive;
use crate::pieces::is_unseen;

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entree {
    /// Its name there, as bytes of the place.
    pub brut: std::ffi::OsString,
    /// Its name as it is told.
    pub nom: String,
    /// Its size.
    pub octets: u64,
    /// When it was last written, as the place says it.
    pub modifie: String,
    /// Why it is not to be read at all.
    pub faute: Option<&'static str>,
}

/// What became of a reading.
pub enum Lu {
    /// It is here.
    Entier(Arrive),
    /// It changed meanwhile: it is looked at again at the next pass.
    Change,
    /// It cannot be read, and why.
    Illisible(String),
}

/// What became of a file that was to be put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// It is.
    Fait,
    /// It is not there any more.
    Parti,
    /// Something took the name that it was to have.
    Occupe,
}

/// What is said of a name.
pub fn faute_de_nom(nom: &str) -> Option<&'static str> {
    if nom.chars().any(|one| one.is_control() || is_unseen(one)) {
        return Some("Son nom contient un retour à la ligne ou un signe invisible. Renommez-le, puis déposez-le de nouveau.");
    }
    None
}
