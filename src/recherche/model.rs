//! Values of the search: where it looks, what it found.

use crate::catalogue::Catalogue;
use crate::listing::{Kind, List, Reader, RowData, Value};
use crate::ui::format;

/// A list that is searched, with the columns that tell one of its rows from another.
#[derive(Clone, Copy)]
pub struct Source {
    /// The list.
    pub list: &'static List,
    /// Its columns shown after the first, which names the row.
    pub details: &'static [&'static str],
}

/// Where everybody searches, in the order of the answers.
pub fn all_sources(catalogue: &Catalogue) -> Vec<Source> {
    let said = |list: &&'static List| list.searched.map(|searched| (searched.rank, Source { list, details: searched.details }));
    let mut all: Vec<_> = catalogue.lists().iter().filter_map(said).collect();
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().map(|(_, source)| source).collect()
}

/// Where `reader` searches, in the order of the answers.
pub fn sources(catalogue: &Catalogue, reader: &Reader) -> impl Iterator<Item = Source> {
    all_sources(catalogue).into_iter().filter(move |source| reader.may(source.list.access))
}

impl Source {
    /// The columns as an address names them.
    pub fn columns(&self) -> String {
        self.details.join(".")
    }

    /// A row of its list, read with [`Self::columns`].
    pub fn hit(&self, row: &RowData) -> Hit {
        let columns = self.list.columns.iter().enumerate().filter(|(place, column)| *place == 0 || self.details.contains(&column.name));
        let mut words = columns.zip(&row.cells).filter_map(|((_, column), (value, _))| {
            let words = told(column.kind, value)?;
            // A day that the list hides says nothing by itself.
            Some(if column.kind == Kind::Date && !column.default { format!("{} {words}", column.label.to_lowercase()) } else { words })
        });
        let title = words.next().unwrap_or_default();
        Hit { list: self.list.name, id: row.id.clone(), address: format!("/{}/{}", self.list.name, row.id), title, details: words.collect() }
    }
}

/// A value in words; nothing when there is none.
fn told(kind: Kind, value: &Value) -> Option<String> {
    Some(kind.words(value)).filter(|words| !words.is_empty())
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Name of its list.
    pub list: &'static str,
    /// Its key.
    pub id: String,
    /// Where it is looked at.
    pub address: String,
    /// Its name.
    pub title: String,
    /// What tells it from others.
    pub details: Vec<String>,
}

impl Hit {
    /// Whether each of `words`, folded, stands in what is shown of it.
    pub fn holds(&self, words: &[String]) -> bool {
        let shown = format::fold(&format!("{} {}", self.title, self.details.join(" ")));
        words.iter().all(|word| shown.contains(word.as_str()))
    }
}

/// How many answers a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// So many.
    Exactly(usize),
    /// More than were read.
    More,
}

/// Answers of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name of its list, or of what it is.
    pub name: &'static str,
    /// « Séjours ».
    pub title: &'static str,
    /// The first of them.
    pub hits: Vec<Hit>,
    /// The list with all of them: words and address.
    pub all: Option<(String, String)>,
    /// How many they are.
    pub found: Found,
}

/// What a question came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// What was opened last and answers, then each list.
    pub groups: Vec<Group>,
}

impl Results {
    /// « 12 résultats », for the ear and the head of the page.
    pub fn count(&self) -> String {
        let more = self.groups.iter().any(|group| group.found == Found::More);
        let known: usize = self.groups.iter().map(|group| if let Found::Exactly(count) = group.found { count } else { group.hits.len() }).sum();
        match known {
            0 => "Aucun résultat".into(),
            _ if more => format!("Plus de {known} résultats"),
            1 => "Un résultat".into(),
            _ => format!("{known} résultats"),
        }
    }
}

/// Words of a question, folded, as [`Hit::holds`] takes them.
pub fn words(asked: &str) -> Vec<String> {
    format::fold(asked).split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(title: &str, details: &[&str]) -> Hit {
        Hit {
            list: "logements",
            id: "1".into(),
            address: "/logements/1".into(),
            title: title.into(),
            details: details.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn words_are_met_whatever_their_accents_and_place() {
        let villa = hit("Villa Éphémère", &["97113000123AB", "Sainte-Anne"]);
        for asked in ["ephemere", "VILLA anne", "97113000", "sainte anne", ""] {
            assert!(villa.holds(&words(asked)), "{asked}");
        }
        assert!(!villa.holds(&words("villa gosier")));
    }

    #[test]
    fn every_column_named_is_one_of_its_list() {
        for source in all_sources(&crate::web::declared()) {
            for name in source.details {
                assert!(source.list.columns.iter().skip(1).any(|column| column.name == *name), "{} {name}", source.list.name);
            }
        }
    }

    #[test]
    fn a_count_says_when_it_is_not_whole() {
        let group = |found, hits: usize| Group { name: "logements", title: "Logements", hits: vec![hit("a", &[]); hits], all: None, found };
        let count = |groups| Results { groups }.count();
        assert_eq!(count(vec![]), "Aucun résultat");
        assert_eq!(count(vec![group(Found::Exactly(1), 1)]), "Un résultat");
        assert_eq!(count(vec![group(Found::Exactly(7), 5), group(Found::Exactly(2), 2)]), "9 résultats");
        assert_eq!(count(vec![group(Found::Exactly(7), 5), group(Found::More, 5)]), "Plus de 12 résultats");
    }
}
