//! A row of a sheet while its cells come: empty ones are made only when a later one has something.

use crate::sources::lecture::{Defaut, Sorte};
use crate::sources::limites::{COLONNES_MAX, RANG_MAX};

use super::textes::borne;

/// A row as a sheet gives it.
#[derive(Debug, Default)]
pub(super) struct Rangee {
    pub numero: u64,
    pub masque: bool,
    pub cellules: Vec<String>,
    pub sortes: Vec<Sorte>,
    pub defaut: Option<Defaut>,
    octets: usize,
}

impl Rangee {
    pub(super) fn new(numero: u64, masque: bool) -> Self {
        Self { numero, masque, ..Self::default() }
    }

    /// Puts a cell at its place; an empty one changes nothing.
    pub(super) fn pose(&mut self, colonne: usize, texte: String, sorte: Sorte) {
        if texte.is_empty() {
            return;
        }
        if colonne >= COLONNES_MAX {
            self.faute(Defaut::new("STR-02", format!("Cette ligne a plus de {COLONNES_MAX} colonnes.")));
            return;
        }
        let (texte, coupe) = borne(texte);
        if coupe {
            self.trop_long(colonne);
        }
        if self.octets + texte.len() > RANG_MAX {
            self.trop_long(colonne);
            return;
        }
        self.octets += texte.len();
        if self.cellules.len() <= colonne {
            self.cellules.resize(colonne + 1, String::new());
            self.sortes.resize(colonne + 1, Sorte::Vide);
        }
        self.cellules[colonne] = texte;
        self.sortes[colonne] = sorte;
    }

    pub(super) fn trop_long(&mut self, colonne: usize) {
        self.faute(Defaut::at("STR-04", colonne, "Cette cellule contient plus de texte qu’un tableur n’en permet\u{a0}: elle n’est pas lue."));
    }

    /// The first fault of a row is the one told.
    pub(super) fn faute(&mut self, defaut: Defaut) {
        self.defaut.get_or_insert(defaut);
    }

    pub(super) fn vide(&self) -> bool {
        self.defaut.is_none() && self.cellules.iter().all(|cellule| cellule.trim().is_empty())
    }
}
