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

mod encodage;
mod lecture;
mod limites;
mod texte;

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
    let fichier = File::open(path)?;
    if fichier.metadata()?.len() == 0 {
        return Err(Refus::new("FIC-VIDE", "Le fichier est vide."));
    }
    let mut lecture = Lecture {
        nature: voulu.nature.unwrap_or(Nature::Texte),
        membre: None,
        encodage: voulu.encodage.unwrap_or(Encodage::Utf8),
        separateur: voulu.separateur.unwrap_or(';'),
        guillemet: voulu.guillemet.unwrap_or(Some('"')),
        titre: voulu.titre.unwrap_or(0),
        entete: false,
        feuille: None,
        element: None,
        par: None,
        colonnes: Vec::new(),
    };
    let mut rangs = ouvrir(path, &lecture, None)?;
    if let Some(premier) = rangs.suivant()? {
        lecture.entete = voulu.entete.unwrap_or_else(|| premier.cellules.iter().any(|cellule| dictionnaire(cellule)));
        let nom = |place: usize, cellule: &String| if lecture.entete { cellule.clone() } else { format!("Colonne {}", place + 1) };
        lecture.colonnes = premier.cellules.iter().enumerate().map(|(place, cellule)| nom(place, cellule)).collect();
    }
    let mut rangs = ouvrir(path, &lecture, None)?;
    let mut premieres = Vec::new();
    while premieres.len() < limites::PREMIERES {
        match rangs.suivant()? {
            Some(rang) => premieres.push(rang),
            None => break,
        }
    }
    let entier = rangs.suivant()?.is_none();
    Ok(Examen {
        lecture,
        titres: Vec::new(),
        premieres,
        entier,
        feuilles: Vec::new(),
        membres: Vec::new(),
        essais: Vec::new(),
        avertissements: Vec::new(),
        doutes: Vec::new(),
    })
}

/// Rows of a file read as `lecture` says, from its beginning or from where a lot ended.
///
/// # Errors
/// The file cannot be opened, or not as `lecture` says.
pub fn ouvrir(path: &Path, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Box<dyn Rangs + Send>, Refus> {
    let fichier = File::open(path)?;
    match lecture.nature {
        Nature::Texte => Ok(Box::new(texte::Texte::ouvre(fichier, lecture, depuis)?)),
        autre => Err(Refus::new("FIC-NATURE", format!("Ce fichier n’est pas un texte\u{a0}: {}.", autre.libelle()))),
    }
}
