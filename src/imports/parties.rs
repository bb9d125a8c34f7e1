//! The other sheets of a workbook, the other files of an archive: each is loaded in its turn, as another import of the same file.

use super::examen::de_nouveau;
use super::genre::Genre;
use super::lecture::seule;
use super::model::{Correspondance, Import};
use super::profils::Lue;
use super::questions;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Niveau;
use crate::platform::error::Result;
use crate::sources::Voulu;

/// The parts that an import did not read, by their names; hidden sheets are not among them.
pub fn autres(import: &Import) -> (Vec<&str>, Vec<&str>) {
    let lecture = &import.examen.lecture;
    let sheets = import.examen.feuilles.iter().filter(|part| !part.masquee && Some(&part.nom) != lecture.feuille.as_ref());
    let members = import.examen.membres.iter().filter(|part| Some(&part.nom) != lecture.membre.as_ref());
    (sheets.map(|part| part.nom.as_str()).collect(), members.map(|part| part.nom.as_str()).collect())
}

/// How another part is read: as the first one was where it has the same headers, else as it says itself. A sentence when it has no rows.
///
/// # Errors
/// The store or the disk failed.
pub async fn lue(
    context: &Context,
    personne: &Personne,
    (import, genre): (&Import, &'static Genre),
    (feuille, membre): (Option<&str>, Option<&str>),
) -> Result<std::result::Result<Lue, String>> {
    let (sheets, members) = autres(import);
    let known = feuille.is_none_or(|name| sheets.contains(&name)) && membre.is_none_or(|name| members.contains(&name));
    if !known {
        return Ok(Err("Cette partie n’est plus dans le fichier, ou c’est celle que cet import a lue.".into()));
    }
    let first = &import.voulu.0;
    let voulu = Voulu {
        feuille: feuille.map(str::to_string),
        membre: membre.map(str::to_string).or_else(|| first.membre.clone().filter(|_| feuille.is_some())),
        // Where a table begins is a matter of each.
        titre: None,
        entete: None,
        colonnes: None,
        ..first.clone()
    };
    let examen = match de_nouveau(context, import, voulu.clone(), genre).await? {
        Ok(examen) => examen,
        Err(refus) => return Ok(Err(refus.message)),
    };
    let own = personne.at(genre.record.list.access, Niveau::Saisir)?;
    let same = examen.lecture.colonnes == import.examen.lecture.colonnes;
    let mut map = if same { import.correspondance.0.clone() } else { Correspondance::proposee(genre, &examen.lecture.colonnes, seule(&own, genre)) };
    // What was said twice of the first part says nothing of this one.
    map.formats.values_mut().for_each(|format| format.sur = false);
    questions::acquis(genre, &examen, &mut map);
    Ok(Ok(Lue { voulu, examen, correspondance: map, mode: import.mode(), profil: None, nom: None }))
}
