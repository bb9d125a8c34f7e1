//! The field that an unknown column may fill: by its header, then by what stands in it.

use super::genre::Genre;
use super::texte::plie;
use crate::listing::Kind;
use crate::records::Field;
use crate::sources::valeurs::{self, Dates, Decimales, Ordre};

/// The field whose name is nearest to a header that is none: offered, never taken. A field that could hold none of `exemples`, values of
/// the column, is not.
pub fn proche(genre: &Genre, entete: &str, exemples: &[&str]) -> Option<&'static str> {
    let folded = plie(entete);
    let longest = folded.chars().count();
    if longest < 3 {
        return None;
    }
    let fits = |name: &str| genre.field(name).is_none_or(|field| convient(field, exemples));
    let near = |name: &'static str| genre.noms(name).map(|known| ecart(&folded, &known)).min().map(|distance| (distance, name));
    let (distance, name) = genre.champs().filter(|(name, _)| fits(name)).filter_map(|(name, _)| near(name)).min()?;
    (distance * 4 <= longest).then_some(name)
}

/// Whether a value at least could be one of a field: a name is no number, a day no reference.
fn convient(field: &Field, exemples: &[&str]) -> bool {
    let day =
        |texte: &&str| [Ordre::JourMois, Ordre::MoisJour].into_iter().any(|ordre| valeurs::date(texte, Dates { ordre, ..Dates::default() }).is_ok());
    let number = |texte: &&str, scale: u8| {
        [Decimales::Virgule, Decimales::VirgulePoints, Decimales::Point, Decimales::PointVirgules]
            .into_iter()
            .any(|way| valeurs::decimal(texte, way, u32::from(scale)).is_ok())
    };
    exemples.is_empty()
        || match field.saisie.kind() {
            Some(Kind::Date) => exemples.iter().any(day),
            Some(Kind::Number(kind)) => exemples.iter().any(|texte| number(texte, kind.scale)),
            _ => !exemples.iter().all(day),
        }
}

/// How many letters to add, take away or change to go from one word to another.
fn ecart(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = at + 1;
        for place in 0..other.len() {
            let change = corner + usize::from(letter != other[place]);
            corner = row[place + 1];
            row[place + 1] = change.min(corner + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_far_as_letters_say() {
        assert_eq!((ecart("courriel", "courriel"), ecart("couriel", "courriel"), ecart("nom", "prenom")), (0, 1, 3));
        assert_eq!(ecart("", "abc"), 3);
    }
}
