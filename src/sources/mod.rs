//! Files from outside, as rows of text: what they are by their bytes, how they are written, row by row in constant memory. A file
//! of which a row is wrong gives that row with what is wrong; one that cannot be read at all is refused with a sentence. Nothing
//! here knows what the rows are for.
//!
//! ```text
//! let examen = sources::examiner(path, &Voulu::default(), &|titre| known(titre))?;   // shown, corrected, kept as JSON
//! let mut rangs = sources::ouvrir(path, &examen.lecture, None)?;
//! while let Some(rang) = rangs.suivant()? { … }                                      // a lot ends at rangs.ici()
//! let mut suite = sources::ouvrir(path, &examen.lecture, Some(reprise))?;
//! ```

mod arbitre;
mod archive;
mod balises;
mod classeur;
mod encodage;
mod entete;
mod hors;
mod json;
mod lecture;
mod limites;
mod nature;
mod paquet;
mod parquet;
mod regard;
mod roles;
mod texte;
pub mod valeurs;
mod xml;

use std::fs::File;
use std::path::Path;

pub use encodage::{ENCODAGES, Encodage};
pub use entete::lettres;
pub use lecture::{Avis, Defaut, Essai, Examen, Hors, Lecture, Nature, Partie, Rang, Refus, Reprise, Role, Sorte, Voulu};

/// Rows, one after the other.
pub trait Rangs {
    /// The next row.
    ///
    /// # Errors
    /// The file cannot be read any further: the disk, or a workbook that is broken from here on.
    fn suivant(&mut self) -> Result<Option<Rang>, Refus>;

    /// Where the next row begins: what `ouvrir` goes on from.
    fn ici(&self) -> Reprise;

    /// Whether a lot may end here: rows that were read together may still be given.
    fn coupable(&self) -> bool {
        true
    }

    /// What is told of the rows given so far: hidden rows, merged cells, formulas without a value.
    fn bilan(&self) -> Vec<Avis>;
}

/// Looks at the beginning of a file. What `voulu` does not decide is guessed; `dictionnaire` says whether a cell is a column name
/// that the caller knows. Of an archive of several files, the first that can be read is, and it is told.
///
/// # Errors
/// The file cannot be read at all.
pub fn examiner(path: &Path, voulu: &Voulu, dictionnaire: &dyn Fn(&str) -> bool) -> Result<Examen, Refus> {
    let mut examen = regarde(path, voulu, dictionnaire)?;
    if let Some(hors) = &voulu.hors {
        examen.ecarte(hors);
    }
    Ok(examen)
}

fn regarde(path: &Path, voulu: &Voulu, dictionnaire: &dyn Fn(&str) -> bool) -> Result<Examen, Refus> {
    let _regard = regard::Regard::commence();
    let mut fichier = File::open(path)?;
    if nature::nature(&mut fichier)? != Nature::Zip {
        return examine(fichier, voulu, dictionnaire);
    }
    let membres = archive::membres(fichier.try_clone()?)?;
    let mut refus = None;
    for membre in membres.iter().filter(|membre| voulu.membre.as_ref().is_none_or(|nom| *nom == membre.nom)) {
        match examine(archive::membre(fichier.try_clone()?, &membre.nom)?, voulu, dictionnaire) {
            Ok(mut examen) => {
                if membres.len() > 1 && voulu.membre.is_none() {
                    let phrase = format!("L’archive contient {} fichiers\u{a0}: c’est «\u{a0}{}\u{a0}» qui est lu.", membres.len(), membre.nom);
                    examen.doutes.push(Avis::new("DOU-MEMBRE", phrase));
                }
                examen.lecture.membre = Some(membre.nom.clone());
                examen.membres.clone_from(&membres);
                return Ok(examen);
            }
            Err(autre) => drop(refus.get_or_insert(autre)),
        }
    }
    Err(refus.unwrap_or_else(|| Refus::new("FIC-MEMBRE", "L’archive ne contient pas ce fichier.")))
}

fn examine(mut fichier: File, voulu: &Voulu, dictionnaire: &dyn Fn(&str) -> bool) -> Result<Examen, Refus> {
    let devinee = nature::nature(&mut fichier)?;
    // A person may say that a text is one, whatever its first sign; nobody makes a workbook of a text.
    let nature = voulu.nature.filter(|voulue| *voulue == Nature::Texte && devinee.ecrite()).unwrap_or(devinee);
    match nature {
        Nature::Texte => texte::examine(fichier, voulu, dictionnaire),
        Nature::Xlsx | Nature::Ods => classeur::examine(fichier, nature, voulu, dictionnaire),
        Nature::Json | Nature::JsonLignes => {
            let encodage = nature::marque(&nature::tete(&mut fichier)?).unwrap_or_default();
            json::examine(fichier, nature, encodage, voulu)
        }
        Nature::Xml => {
            let tete = nature::tete(&mut fichier)?;
            xml::examine(fichier, &tete, voulu)
        }
        Nature::Parquet => parquet::examine(fichier),
        Nature::Zip => Err(Refus::new("FIC-ARCHIVE", "C’est une archive dans une archive. Envoyez les fichiers eux-mêmes, ou une seule archive.")),
    }
}

/// The first rows, `nombre` at most and no more than may be shown, and whether these are all of them.
fn premieres(rangs: &mut dyn Rangs, nombre: usize) -> Result<(Vec<Rang>, bool), Refus> {
    let (mut lus, mut octets) = (Vec::new(), 0);
    while let Some(rang) = rangs.suivant()? {
        if lus.len() == nombre || octets > limites::MONTRE_MAX {
            return Ok((lus, false));
        }
        octets += poids(&rang.cellules);
        lus.push(rang);
    }
    Ok((lus, true))
}

/// Bytes that cells take in memory.
fn poids(cellules: &[String]) -> usize {
    cellules.iter().map(|cellule| cellule.len() + size_of::<String>()).sum()
}

/// Rows of a file read as `lecture` says, from its beginning or from where a lot ended. Texts and JSON go on at their byte; the
/// others are walked through again to the same row, so that a long reading is better kept open from lot to lot.
///
/// # Errors
/// The file cannot be opened, or not as `lecture` says.
pub fn ouvrir(path: &Path, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Box<dyn Rangs + Send>, Refus> {
    let mut fichier = File::open(path)?;
    if let Some(membre) = &lecture.membre {
        fichier = archive::membre(fichier, membre)?;
    }
    let rangs: Box<dyn Rangs + Send> = match lecture.nature {
        Nature::Texte => Box::new(texte::Texte::ouvre(fichier, lecture, depuis)?),
        Nature::Xlsx | Nature::Ods => Box::new(classeur::Feuille::ouvre(fichier, lecture, depuis)?),
        Nature::Json | Nature::JsonLignes => Box::new(json::Objets::ouvre(fichier, lecture, depuis)?),
        Nature::Xml => Box::new(xml::Elements::ouvre(fichier, lecture, depuis)?),
        Nature::Parquet => Box::new(parquet::Lignes::ouvre(fichier, lecture, depuis)?),
        Nature::Zip => return Err(Refus::new("FIC-ARCHIVE", "Dites quel fichier de l’archive est à lire.")),
    };
    Ok(hors::Tri::sur(rangs, lecture))
}

/// The files of an archive; nothing when the file is no archive.
///
/// # Errors
/// The file cannot be read at all.
pub fn membres(path: &Path) -> Result<Vec<Partie>, Refus> {
    let mut fichier = File::open(path)?;
    if nature::nature(&mut fichier)? == Nature::Zip { archive::membres(fichier) } else { Ok(Vec::new()) }
}
