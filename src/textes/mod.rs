//! Legal notice, personal data, accessibility: what the law asks every public site to say. The words
//! that are the same everywhere are here; those that only a collectivité knows, it writes itself. Until
//! then they read « À compléter »: nothing is invented.

mod model;
mod pages;
mod queries;
mod routes;
mod views;

pub use routes::routes;

use crate::listing::{Access, Menu, Module, Niveau, Rubrique};
use crate::ui::layout::Group;

/// Its page in the menu.
pub static MENU: &[&Rubrique] = &[&Rubrique {
    label: "Textes légaux",
    href: "/textes",
    menu: Menu::at(Group::Run, 60, "file-text"),
    access: &[Access::Droit(Module::Administration, Niveau::Gerer)],
}];
