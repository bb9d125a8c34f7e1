//! Reasons: why a stay was rejected or contested. Some are common to all; each collectivité adds its
//! own. A reason is neither renamed nor removed, so that the stays that hold it go on saying the same.

mod model;
mod queries;
mod routes;
mod views;

pub use model::{Motif, Offert, Saisi};
pub use queries::offered;
pub use routes::routes;
pub use views::fields;

use crate::listing::{Access, Menu, Module, Niveau, Rubrique};
use crate::ui::layout::Group;

/// Its page in the menu.
pub static MENU: &[&Rubrique] = &[&Rubrique {
    label: "Motifs",
    href: "/motifs",
    menu: Menu::at(Group::Run, 40, "circle-help"),
    access: &[Access::Droit(Module::Taxe, Niveau::Gerer)],
}];
