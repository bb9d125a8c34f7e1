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
mod balises;
mod classeur;
mod encodage;
mod entete;
mod lecture;
mod limites;
mod nature;
mod paquet;
mod roles;
mod texte;
pub mod valeurs;

use std::fs::File;
use std::path::Path;

pub use encodage::{ENCODAGES, Encodage};
pub use lecture::{Avis, Defaut, Essai, Examen, Lecture, Nature, Partie, Rang, Refus, Reprise, Role, Sorte, Voulu};

/// Rows, one after the other.
pub trait Rangs {
    /// The next row.
    ///
    /// # Errors
    /// The file cannot be read any further: the disk, or a workbook that is broken from here on.
    fn suivant(&mut self) -> Result<Option<Rang>, Refus>;

    /// Where the next row begins: what `ouvrir` goes on from.
    fn ici(&self) -> Reprise;

    /// What is told of the rows given so far: hidden rows, merged cells, formulas without a value.
    fn bilan(&self) -> Vec<Avis>;
}

/// Looks at the beginning of a file. What `voulu` does not decide is guessed; `dictionnaire` says whether a cell is a column name
/// that the caller knows.
///
/// # Errors
/// The file cannot be read at all.
pub fn examiner(path: &Path, voulu: &Voulu, dictionnaire: &dyn Fn(&str) -> bool) -> Result<Examen, Refus> {
    let mut fichier = File::open(path)?;
    match nature::nature(&mut fichier)? {
        Nature::Texte => texte::examine(fichier, voulu, dictionnaire),
        nature @ (Nature::Xlsx | Nature::Ods) => classeur::examine(fichier, nature, voulu, dictionnaire),
        autre => Err(Refus::new("FIC-NATURE", format!("Ce fichier n’est pas un texte\u{a0}: {}.", autre.libelle()))),
    }
}

/// The first rows, `nombre` at most, and whether these are all of them.
fn premieres(rangs: &mut dyn Rangs, nombre: usize) -> Result<(Vec<Rang>, bool), Refus> {
    let mut lus = Vec::new();
    while let Some(rang) = rangs.suivant()? {
        if lus.len() == nombre {
            return Ok((lus, false));
        }
        lus.push(rang);
    }
    Ok((lus, true))
}

/// Rows of a file read as `lecture` says, from its beginning or from where a lot ended.
///
/// # Errors
/// The file cannot be opened, or not as `lecture` says.
pub fn ouvrir(path: &Path, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Box<dyn Rangs + Send>, Refus> {
    let fichier = File::open(path)?;
    match lecture.nature {
        Nature::Texte => Ok(Box::new(texte::Texte::ouvre(fichier, lecture, depuis)?)),
        Nature::Xlsx | Nature::Ods => Ok(Box::new(classeur::Feuille::ouvre(fichier, lecture, depuis)?)),
        autre => Err(Refus::new("FIC-NATURE", format!("Ce fichier n’est pas un texte\u{a0}: {}.", autre.libelle()))),
    }
}
