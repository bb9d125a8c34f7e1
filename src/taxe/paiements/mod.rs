//! Payments: entered by a régisseur for a declaration, shared out among what its payer owes, receipted by a number of a sequence without
//! holes. A payment is never changed: it is cancelled by an operation of the opposite sign, and keeps its number.

mod list;
mod queries;
mod routes;
mod views;

pub use list::PAIEMENTS;
pub use routes::routes;

use crate::listing::{Access, Menu, Module, Niveau, Rubrique};
use crate::ui::layout::Group;

/// Their pages in the menu that are no list.
pub static MENU: &[&Rubrique] = &[&Rubrique {
    label: "Sommes dues",
    href: "/declarations?reste_min=0%2C01",
    menu: Menu::at(Group::Levy, 35, "euro"),
    access: &[Access::Droit(Module::Taxe, Niveau::Lire)],
}];
