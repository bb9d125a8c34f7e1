//! Where a list, or a page that is none, stands in the menu, and to whom it opens.

use super::reader::Access;
use crate::ui::layout::{Group, Waiting};

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
