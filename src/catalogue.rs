//! What the rooms declare, gathered once and held by [`crate::context::Context`]: what a program offers is what its catalogue says.
//!
//! It stands beside the context, below the rooms, and knows none of them: lists are of the floor below, and every other kind of
//! declaration is kept under its own type, which its room asks for. So the context needs no arrow towards the rooms that read it,
//! and another kind of declaration changes nothing here.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use crate::listing::{List, Menu, Reader, Rubrique};
use crate::ui::layout::MenuEntry;

/// One declaration, whatever its kind.
type Declaration = &'static (dyn Any + Send + Sync);

/// The lists, and what else is declared: records, fields, actions…
#[derive(Clone, Default)]
pub struct Catalogue {
    lists: Vec<&'static List>,
    others: HashMap<TypeId, Vec<Declaration>>,
}

impl Catalogue {
    /// A catalogue of lists.
    pub fn of(lists: &[&'static List]) -> Self {
        Self { lists: lists.to_vec(), others: HashMap::new() }
    }

    /// The same with one more list.
    #[must_use]
    pub fn list(mut self, list: &'static List) -> Self {
        self.lists.push(list);
        self
    }

    /// The same with more declarations of one kind.
    #[must_use]
    pub fn with<D: Any + Send + Sync>(mut self, declarations: &[&'static D]) -> Self {
        let known = self.others.entry(TypeId::of::<D>()).or_default();
        known.extend(declarations.iter().map(|one| *one as Declaration));
        self
    }

    /// Every list, in the order in which it was declared.
    pub fn lists(&self) -> &[&'static List] {
        &self.lists
    }

    /// The list called `name`.
    pub fn named(&self, name: &str) -> Option<&'static List> {
        self.lists.iter().copied().find(|list| list.name == name)
    }

    /// The exportable list called `name`.
    pub fn exportable(&self, name: &str) -> Option<&'static List> {
        self.named(name).filter(|list| list.exportable)
    }

    /// The title of the exportable list called `name`, or its name when there is none any more.
    pub fn title<'a>(&self, name: &'a str) -> &'a str {
        self.exportable(name).map_or(name, |list| list.title)
    }

    /// The menu of `reader`: the lists and the pages that their rights open, each in its place.
    pub fn menu(&self, reader: &Reader) -> Vec<MenuEntry> {
        let entry = |menu: Menu, label, href: String| {
            (menu.rank, MenuEntry { label, href: href.into(), icon: menu.icon, group: menu.group, waiting: menu.waiting })
        };
        let lists = self.lists.iter().filter(|list| reader.may(list.access));
        let lists = lists.filter_map(|list| Some(entry(list.menu?, list.title, format!("/{}", list.name))));
        let pages = self.all::<Rubrique>().filter(|one| one.access.iter().any(|access| reader.may(*access)));
        let mut all: Vec<_> = lists.chain(pages.map(|one| entry(one.menu, one.label, one.href.to_string()))).collect();
        all.sort_by_key(|(rank, _)| *rank);
        all.into_iter().map(|(_, entry)| entry).collect()
    }

    /// The declarations of one kind, in their order; none when nobody declared any.
    pub fn all<D: Any + Send + Sync>(&self) -> impl Iterator<Item = &'static D> {
        self.others.get(&TypeId::of::<D>()).into_iter().flatten().filter_map(|one| one.downcast_ref::<D>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Word(&'static str);
    #[derive(Debug, PartialEq)]
    struct Number(u8);

    #[test]
    fn each_kind_of_declaration_is_given_back_whole_and_in_order() {
        static WORDS: [Word; 3] = [Word("un"), Word("deux"), Word("trois")];
        static ONE: Number = Number(1);
        let catalogue = Catalogue::of(&[]).with(&[&WORDS[0], &WORDS[1]]).with(&[&ONE]).with(&[&WORDS[2]]);
        assert_eq!(catalogue.all::<Word>().collect::<Vec<_>>(), WORDS.iter().collect::<Vec<_>>());
        assert_eq!(catalogue.all::<Number>().collect::<Vec<_>>(), [&ONE]);
        assert_eq!(catalogue.all::<String>().count(), 0);
    }
}
