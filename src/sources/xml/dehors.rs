//! What stands outside of the records of an XML, and that a column names by its path from the root: « /delta/date ».

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use crate::sources::balises::{ajoute, attributs};
use crate::sources::lecture::Refus;
use crate::sources::limites::RANG_MAX;

/// The values that columns name, as they were read last.
pub struct Dehors(HashMap<String, String>);

impl Dehors {
    /// For the columns of a reading.
    pub fn of(colonnes: &[String]) -> Self {
        Self(colonnes.iter().filter(|colonne| colonne.starts_with('/')).map(|colonne| (colonne.clone(), String::new())).collect())
    }

    /// The value of a column; nothing for one that is of the records.
    pub fn valeur(&self, colonne: &str) -> Option<&str> {
        self.0.get(colonne).map(|valeur| valeur.trim())
    }

    /// An element begins: what a column says of it is what it holds from here on.
    pub fn commence(&mut self, chemin: &[String], balise: &BytesStart<'_>) -> Result<(), Refus> {
        if self.0.is_empty() {
            return Ok(());
        }
        let ici = format!("/{}", chemin.join("/"));
        if let Some(valeur) = self.0.get_mut(&ici) {
            valeur.clear();
        }
        for (nom, valeur) in attributs(balise)? {
            if let Some(dite) = self.0.get_mut(&format!("{ici}/@{nom}")) {
                *dite = valeur;
            }
        }
        Ok(())
    }

    /// A text of the element that is open.
    pub fn texte(&mut self, chemin: &[String], texte: &Event<'_>) -> Result<(), Refus> {
        if self.0.is_empty() {
            return Ok(());
        }
        match self.0.get_mut(&format!("/{}", chemin.join("/"))).filter(|valeur| valeur.len() < RANG_MAX) {
            Some(valeur) => ajoute(valeur, texte),
            None => Ok(()),
        }
    }
}
