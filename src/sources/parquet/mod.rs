//! Parquet as rows: flat tables, in Snappy or as they are, a page of each column at a time. What a file says of itself is held against
//! its bytes before it is believed, so that what is damaged, or crafted, is a sentence.

mod hybride;
mod pages;
mod pied;
mod thrift;
mod valeur;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::sync::Arc;

use self::pages::Pages;
use self::pied::{Pied, pied};
use super::encodage::Encodage;
use super::entete;
use super::lecture::{Avis, Defaut, Examen, Lecture, Nature, Rang, Refus, Reprise, Sorte};
use super::limites::{PREMIERES, RANG_MAX, TENUS_MAX};
use super::{Rangs, premieres};

fn abime() -> Refus {
    Refus::new("FIC-ABIME", "Le fichier Parquet est abîmé ou incomplet\u{a0}: il ne se lit pas. Faites-le à nouveau, puis renvoyez-le.")
}

fn autrement(quoi: &str) -> Refus {
    let phrase = format!("Ce fichier Parquet {quoi}\u{a0}: Gardel ne le lit pas. Enregistrez-le en table simple, compressée en Snappy, ou en CSV.");
    Refus::new("FIC-PARQUET", phrase)
}

/// Rows of a file.
pub(super) struct Lignes {
    fichier: Arc<File>,
    pied: Pied,
    /// The next group.
    groupe: usize,
    colonnes: Vec<Pages>,
    /// Rows of the group under way that are left.
    reste: u64,
    rangs: u64,
    tenus: u64,
}

impl Lignes {
    fn sur(fichier: File) -> Result<Self, Refus> {
        let pied = pied(&fichier)?;
        Ok(Self { fichier: Arc::new(fichier), pied, groupe: 0, colonnes: Vec::new(), reste: 0, rangs: 0, tenus: 0 })
    }

    pub(super) fn ouvre(fichier: File, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Self, Refus> {
        let mut lignes = Self::sur(fichier)?;
        if lignes.pied.colonnes.len() != lecture.colonnes.len() {
            return Err(abime());
        }
        let passees = depuis.map_or(0, |reprise| reprise.rangs);
        // Whole groups are not read again.
        while let Some(groupe) = lignes.pied.groupes.get(lignes.groupe).filter(|groupe| lignes.rangs + groupe.lignes <= passees) {
            lignes.rangs += groupe.lignes;
            lignes.groupe += 1;
        }
        while lignes.rangs < passees {
            if lignes.suivant()?.is_none() {
                break;
            }
        }
        Ok(lignes)
    }

    /// Goes to the next group that has rows; false when there is none.
    fn avance(&mut self) -> bool {
        while self.reste == 0 {
            let Some(groupe) = self.pied.groupes.get(self.groupe) else { return false };
            self.groupe += 1;
            self.reste = groupe.lignes;
            let pages =
                |(colonne, morceau): (&pied::Colonne, &pied::Morceau)| Pages::ouvre(Arc::clone(&self.fichier), colonne.clone(), morceau.clone());
            self.colonnes = if groupe.lignes == 0 { Vec::new() } else { self.pied.colonnes.iter().zip(&groupe.morceaux).map(pages).collect() };
            self.tenus = 0;
        }
        true
    }

    /// The next value of a column, as a cell of a row.
    fn cellule(&mut self, place: usize, rang: &mut Rang, octets: &mut usize) -> Result<(), Refus> {
        let (Some(pages), Some(colonne)) = (self.colonnes.get_mut(place), self.pied.colonnes.get(place)) else { return Err(abime()) };
        let avant = pages.poids();
        let lue = colonne.sens.cellule(pages.suivante()?);
        self.tenus = (self.tenus + pages.poids()).saturating_sub(avant);
        if self.tenus > TENUS_MAX {
            return Err(autrement("tient trop de données ensemble"));
        }
        let defaut = match &lue {
            None => Some(Defaut::at("ENC-01", place, "Cette cellule ne veut rien dire de ce que sa colonne annonce.")),
            Some((texte, _)) if texte.contains('\0') => {
                Some(Defaut::at("ENC-02", place, "Cette cellule contient un signe nul\u{a0}: le fichier est abîmé."))
            }
            Some((texte, _)) if *octets + texte.len() > RANG_MAX => {
                Some(Defaut::at("STR-04", place, "Cette cellule contient trop de texte\u{a0}: elle n’est pas lue."))
            }
            Some(_) => None,
        };
        let trop = defaut.as_ref().is_some_and(|defaut| defaut.code == "STR-04");
        let (texte, sorte) = lue.filter(|_| !trop).unwrap_or((String::new(), Sorte::Vide));
        *octets += texte.len();
        rang.cellules.push(texte);
        rang.sortes.push(sorte);
        if rang.defaut.is_none() {
            rang.defaut = defaut;
        }
        Ok(())
    }
}

impl Rangs for Lignes {
    fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
        if !self.avance() {
            return Ok(None);
        }
        self.reste -= 1;
        self.rangs += 1;
        let large = self.pied.colonnes.len();
        let mut rang = Rang { ligne: self.rangs, cellules: Vec::with_capacity(large), sortes: Vec::with_capacity(large), ..Rang::default() };
        let mut octets = 0;
        for place in 0..large {
            self.cellule(place, &mut rang, &mut octets)?;
        }
        Ok(Some(rang))
    }

    fn ici(&self) -> Reprise {
        Reprise { octet: 0, ligne: self.rangs + 1, rangs: self.rangs }
    }

    fn bilan(&self) -> Vec<Avis> {
        Vec::new()
    }
}

/// Looks at the beginning of a Parquet.
pub(super) fn examine(fichier: File) -> Result<Examen, Refus> {
    let mut lignes = Lignes::sur(fichier)?;
    let lecture = Lecture {
        nature: Nature::Parquet,
        membre: None,
        encodage: Encodage::Utf8,
        separateur: ';',
        guillemet: None,
        enveloppe: false,
        titre: 0,
        entete: true,
        feuille: None,
        element: None,
        par: None,
        hors: None,
        colonnes: lignes.pied.colonnes.iter().map(|colonne| colonne.nom.clone()).collect(),
    };
    let (lues, entier) = premieres(&mut lignes, PREMIERES)?;
    if lues.is_empty() {
        return Err(Refus::new("FIC-SANS-LIGNE", "Le fichier Parquet n’a aucune ligne."));
    }
    let avertissements = entete::avis(&lecture, &[]);
    Ok(Examen { avertissements, ..Examen::simple(lecture, lues, entier) })
}
