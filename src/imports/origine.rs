//! Refused lines that come back: they say of which import they are, and are read as it was, whatever their file is called by then.

use super::genre::Genre;
use super::model::{A_PART, Correspondance, Format, Import};
use super::part::Part;
use super::profils::Lue;
use super::queries;
use super::refusees::{ORIGINE, siennes};
use super::texte::plie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Kind;
use crate::sources::valeurs::Decimales;
use crate::sources::{Avis, Examen, Nature, Role, Sorte, Voulu};

/// The reading of the import from which these lines come; nothing of a file that is none of these, of which the person may not read the
/// import, or that has other columns by now.
pub async fn relue(context: &Context, personne: &Personne, genre: &Genre, examen: &Examen) -> Option<Lue> {
    let names = &examen.lecture.colonnes;
    let place = names.iter().position(|name| name == ORIGINE)?;
    let row = examen.premieres.iter().find(|rang| rang.role == Role::Donnee)?;
    let id = row.cellules.get(place)?.trim().parse().ok()?;
    // Not theirs, gone, or asked of a base that does not answer: the file is read as any other.
    let import = queries::seen(&context.db, &personne.reader, id).await.ok()??;
    let theirs = personne.token().is_none_or(|token| import.jeton_id == Some(token));
    if !theirs || !Part::of(personne, &import, genre).lit {
        return None;
    }
    let places = siennes(&import, 0);
    let same = names.len() >= places.len() && places.iter().zip(names).all(|(own, name)| plie(&import.examen.lecture.colonnes[*own]) == plie(name));
    if import.genre != genre.nom || !same {
        return None;
    }
    let mut examen = examen.clone();
    let phrase = format!("Ces lignes viennent de l’import n°\u{a0}{id}, qui les a refusées\u{a0}: elles sont lues comme lui.");
    examen.avertissements.insert(0, Avis { code: "INF-REFUSEES".into(), message: phrase });
    let hors = import.voulu.hors.clone();
    if let Some(hors) = &hors {
        examen.ecarte(hors);
    }
    let correspondance = reprise(&import, genre, &places, names);
    Some(Lue { voulu: Voulu { hors, ..Voulu::default() }, examen, correspondance, mode: import.mode(), profil: None, nom: None })
}

/// What fills the columns, by the places where they are now.
fn reprise(import: &Import, genre: &Genre, places: &[usize], names: &[String]) -> Correspondance {
    let map = &import.correspondance;
    let mut new = Correspondance { colonnes: vec![String::new(); names.len()], formats: std::collections::BTreeMap::new(), ..map.0.clone() };
    for (at, own) in places.iter().enumerate().filter(|(at, _)| !names[*at].starts_with(A_PART)) {
        new.colonnes[at] = map.colonnes.get(*own).cloned().unwrap_or_default();
        let said = map.formats.get(own).copied().unwrap_or_default();
        // A number of a workbook is written with a point once it is a text.
        let number = genre.field(&new.colonnes[at]).is_some_and(|field| matches!(field.saisie.kind(), Some(Kind::Number(_))));
        let nombres = if number && natifs(import, *own) { Some(Decimales::Point) } else { said.nombres };
        let format = Format { nombres, sur: false, ..said };
        if format != Format::default() {
            new.formats.insert(at, format);
        }
    }
    // Those that unfolding adds come after the columns of the file.
    for more in 0..2 {
        if let Some(format) = map.formats.get(&(import.examen.lecture.colonnes.len() + more)) {
            new.formats.insert(names.len() + more, Format { sur: false, ..*format });
        }
    }
    new
}

/// Whether the numbers of a column were such in the file, and not texts.
fn natifs(import: &Import, place: usize) -> bool {
    let kinds = || import.examen.premieres.iter().filter_map(|rang| rang.sorte(place)).filter(|kind| *kind != Sorte::Vide);
    import.examen.lecture.nature != Nature::Texte && kinds().next().is_some() && kinds().all(|kind| kind == Sorte::Nombre)
}
