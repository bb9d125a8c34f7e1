//! A kind of import as declared: a record to feed, how its columns are called in the wild, how a row of it is recognised.

use super::mode::Mode;
use super::texte::plie;
use crate::catalogue::Catalogue;
use crate::champs::Saisie;
use crate::listing::{Niveau, Reader};
use crate::records::{Field, Record};
use crate::sources::valeurs::{Decimales, Ordre};

/// A kind of import. Only these constants enter SQL text.
pub struct Genre {
    /// Its name in addresses and in the base: that of the list it feeds.
    pub nom: &'static str,
    /// What each line is a row of.
    pub record: &'static Record,
    /// What such a file holds, for whoever chooses a kind.
    pub about: &'static str,
    /// The number that Gardel gives to its rows, by which a file names one of them.
    pub numero: Numero,
    /// What else a row is recognised by, in order.
    pub cles: &'static [Cle],
    /// Other names of the columns of its fields, folded.
    pub synonymes: &'static [(&'static str, &'static [&'static str])],
    /// Other words of the values of its fields, folded: the field, the words on screen, the others.
    pub valeurs: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Fields that name a row of another list.
    pub liens: &'static [Lien],
    /// Columns whose value two rows cannot both have, but for the number.
    pub uniques: &'static [&'static str],
    /// What makes a new row look like one that exists, told and no more.
    pub semblables: &'static [Semblable],
    /// The value that says in which commune a new row is: the right to write it.
    pub lieu: &'static str,
    /// What a lot holds before its new rows are written: rows that others would take away meanwhile. `$1` is the import, `$2` and `$3`
    /// the ranks; gives the ranks of lines that cannot be written any more, and why.
    pub avant: Option<&'static str>,
    /// What stood beside its new rows and goes with them when they are removed: kept in `avant` of the lines before they are written.
    pub memoire: Option<&'static str>,
    /// Gives it back, once lines are undone.
    pub rend: Option<&'static str>,
    /// What its new rows need beside them, with the same values.
    pub apres: Option<&'static str>,
    /// SQL over `t`: whether something else rests on a row, which an undoing then keeps.
    pub tenue: &'static str,
    /// SQL over `t`: whether a row is closed, validated or published: no line writes over it, each that would is proposed to a person.
    pub fermee: Option<&'static str>,
    /// Sources whose files are known: they are read so without anybody having saved it.
    pub profils: &'static [Profil],
}

/// How the files of a source are read.
pub struct Profil {
    /// Its name, told on the page of the reading.
    pub nom: &'static str,
    /// Its headers, folded: a file that has them all comes from there.
    pub entetes: &'static [&'static str],
    /// The field of each column, by its folded header; the others are not read.
    pub colonnes: &'static [(&'static str, &'static str)],
    /// Values given to all lines.
    pub constantes: &'static [(&'static str, &'static str)],
    /// In which order its dates are, when it is known.
    pub dates: Option<Ordre>,
    /// How its numbers are written, when it is known.
    pub nombres: Option<Decimales>,
    /// What becomes of rows that exist, when that is known.
    pub mode: Option<Mode>,
}

/// The number of a row.
pub struct Numero {
    /// Its column.
    pub colonne: &'static str,
    /// What a file calls it.
    pub label: &'static str,
    /// The object whose numbers `prochain_numero` counts.
    pub objet: &'static str,
}

/// What a row is recognised by.
pub struct Cle {
    /// Its name.
    pub nom: &'static str,
    /// What it is, in words: « ce SIRET ».
    pub mot: &'static str,
    /// Columns whose values make it, joined by [`ENTRE`]; none when one of them is empty.
    pub colonnes: &'static [&'static str],
    /// SQL over `t`, where `{}` is the value; of several columns, `{1}` that of the first, `{2}` that of the second…
    pub sur: &'static str,
}

/// What stands between the values of a key of several columns: no text that a form or a file gives holds it.
pub const ENTRE: &str = "\u{1f}";

/// Columns of a key at most.
const PARTS_MAX: usize = 6;

/// A condition over `t` for the value that the SQL `valeur` holds.
pub fn condition(sur: &str, valeur: &str) -> String {
    let part = |sql: String, part: usize| sql.replace(&format!("{{{part}}}"), &format!("split_part({valeur}, E'\\x1f', {part})"));
    (1..=PARTS_MAX).fold(sur.replace("{}", valeur), part)
}

/// What makes a new row look like one that exists.
pub struct Semblable {
    /// The column.
    pub colonne: &'static str,
    /// In words: « le même courriel ».
    pub mot: &'static str,
    /// SQL over `t`, where `{}` is the value.
    pub sur: &'static str,
}

/// A field that names a row of another list.
pub struct Lien {
    /// The field.
    pub champ: &'static str,
    /// SQL of (place in `$1`, key, more than one) for the texts `$1`, among the rows of the communes `$2`.
    pub sql: &'static str,
}

impl Genre {
    /// The kind called `nom`.
    pub fn find(catalogue: &Catalogue, nom: &str) -> Option<&'static Self> {
        catalogue.all::<Self>().find(|genre| genre.nom == nom)
    }

    /// Whether `reader` may load some somewhere.
    pub fn may(&self, reader: &Reader) -> bool {
        reader.at(Niveau::Saisir).may(self.record.list.access)
    }

    /// What a column of a file may be: name and label, the number first.
    pub fn champs(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let fields = self.record.fields().map(|field| (field.name, field.label));
        std::iter::once((self.numero.colonne, self.numero.label)).chain(fields)
    }

    /// The label of a field.
    pub fn label(&self, champ: &str) -> &'static str {
        self.champs().find(|(name, _)| *name == champ).map_or("", |(_, label)| label)
    }

    /// The names under which files write `champ`, folded.
    fn noms(&self, champ: &'static str) -> impl Iterator<Item = String> {
        let known = self.synonymes.iter().filter(move |(name, _)| *name == champ).flat_map(|(_, names)| names.iter().map(ToString::to_string));
        [plie(champ), plie(self.label(champ))].into_iter().chain(known)
    }

    /// The field that a header names: exactly, once folded.
    pub fn reconnu(&self, entete: &str) -> Option<&'static str> {
        let folded = plie(entete);
        self.champs().map(|(name, _)| name).find(|name| self.noms(name).any(|known| known == folded))
    }

    /// The field whose name is nearest to a header that is none: offered, never taken.
    pub fn proche(&self, entete: &str) -> Option<&'static str> {
        let folded = plie(entete);
        let longest = folded.chars().count();
        if longest < 3 {
            return None;
        }
        let near = |name: &'static str| self.noms(name).map(|known| ecart(&folded, &known)).min().map(|distance| (distance, name));
        let (distance, name) = self.champs().filter_map(|(name, _)| near(name)).min()?;
        (distance * 3 <= longest).then_some(name)
    }

    /// Whether a word stands for a column of this kind: how the header of a file is told from its rows.
    pub fn connait(&self, mot: &str) -> bool {
        self.reconnu(mot).is_some()
    }

    /// The field of a column; nothing for the number.
    pub fn field(&self, champ: &str) -> Option<&'static Field> {
        self.record.field(champ)
    }

    /// Whether a field names a row of another list.
    pub fn lien(&self, champ: &str) -> Option<&'static Lien> {
        let named = self.field(champ).is_some_and(|field| matches!(field.saisie, Saisie::Fiche(_)));
        self.liens.iter().find(|lien| named && lien.champ == champ)
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
