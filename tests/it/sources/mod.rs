//! Files from outside, without any base: the bad inputs that an import must survive, whatever is cut or gone on from gives the
//! same rows, memory stays flat, and no byte put anywhere makes a reader fall.

mod entrees;
mod memoire;
mod mutations;
mod proprietes;

use std::io::Write;

use gardel::sources::{Examen, Lecture, Rang, Refus, Reprise, Voulu, examiner, ouvrir};
use tempfile::NamedTempFile;

/// A file of these bytes.
fn fichier(octets: &[u8]) -> NamedTempFile {
    let mut fichier = NamedTempFile::new().expect("a file");
    fichier.write_all(octets).expect("written");
    fichier
}

/// What the beginning of a file shows, its columns being known.
fn examen(fichier: &NamedTempFile, connues: &[&str]) -> Result<Examen, Refus> {
    examiner(fichier.path(), &Voulu::default(), &|titre| connues.contains(&titre.trim().to_lowercase().as_str()))
}

/// Every row from somewhere.
fn lus(fichier: &NamedTempFile, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Vec<Rang>, Refus> {
    let mut rangs = ouvrir(fichier.path(), lecture, depuis)?;
    let mut lus = Vec::new();
    while let Some(rang) = rangs.suivant()? {
        lus.push(rang);
    }
    Ok(lus)
}
