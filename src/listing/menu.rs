//! Where a list, or a page that is none, stands in the menu, and to whom it opens.

use super::reader::{Access, Reader};
use super::spec::List;
use crate::ui::layout::{Group, MenuEntry, Waiting};

/// A place in the menu.
#[derive(Clone, Copy, Debug)]
pub struct Menu {
    /// The part of it.
    pub group: Group,
    /// The order in that part: the lowest first.
    pub rank: u8,
    /// Icon.
    pub icon: &'static str,
    /// What may wait there, told by its number.
    pub waiting: Option<Waiting>,
}

impl Menu {
    /// A place where nothing waits.
    pub const fn at(group: Group, rank: u8, icon: &'static str) -> Self {
        Self { group, rank, icon, waiting: None }
    }

    /// The same, where something may wait.
    #[must_use]
    pub const fn waited(mut self, waiting: Waiting) -> Self {
        self.waiting = Some(waiting);
        self
    }
}

/// A page of the menu that is no list.
pub struct Rubrique {
    /// Its word.
    pub label: &'static str,
    /// Its address.
    pub href: &'static str,
    /// Its place.
    pub menu: Menu,
    /// Any of these opens it.
    pub access: &'static [Access],
}

/// The menu of `reader`: the lists and the pages that their rights open, each in its place.
pub fn menu<'a>(lists: &[&'static List], rubriques: impl Iterator<Item = &'a Rubrique>, reader: &Reader) -> Vec<MenuEntry> {
    let entry = |menu: Menu, label, href: String| {
        (menu.rank, MenuEntry { label, href: href.into(), icon: menu.icon, group: menu.group, waiting: menu.waiting })
    };
    let listed =
        lists.iter().filter(|list| reader.may(list.access)).filter_map(|list| Some(entry(list.menu?, list.title, format!("/{}", list.name))));
    let others = rubriques.filter(|one| one.access.iter().any(|access| reader.may(*access)));
    let mut all: Vec<_> = listed.chain(others.map(|one| entry(one.menu, one.label, one.href.to_string()))).collect();
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().map(|(_, entry)| entry).collect()
}
