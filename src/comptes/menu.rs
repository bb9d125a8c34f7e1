//! The pages of this room that stand in the menu, beside its list.

use crate::listing::{Access, Menu, Module, Niveau, Rubrique};
use crate::ui::layout::Group;

/// Where two persons are asked for: whoever gives rights, or sets how the tax works.
pub static MENU: &[&Rubrique] = &[&Rubrique {
    label: "Deux personnes",
    href: "/deux-personnes",
    menu: Menu::at(Group::Run, 45, "check"),
    access: &[Access::Droit(Module::Administration, Niveau::Gerer), Access::Droit(Module::Taxe, Niveau::Gerer)],
}];
