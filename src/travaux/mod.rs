//! Jobs as people see them: one's own, those of one's collectivités, or all for an exploitant.

mod files;
mod list;
mod planifications;
mod routes;
mod upkeep;
mod views;

pub use list::TRAVAUX;
pub use upkeep::Upkeep;

use crate::context::Context;
use crate::listing::{Access, Menu, Rubrique};
use crate::platform::jobs::Known;
use crate::platform::jobs::schedules::{NewSchedule, Regular};
use crate::ui::layout::Group;

/// Its pages in the menu, beside its list.
pub static MENU: &[&Rubrique] = &[
    &Rubrique { label: "Files et ouvriers", href: "/travaux/files", menu: Menu::at(Group::Run, 10, "monitor"), access: &[Access::Exploitants] },
    &Rubrique { label: "Planifications", href: "/travaux/planifications", menu: Menu::at(Group::Run, 20, "clock"), access: &[Access::Exploitants] },
];

/// The kinds of job of this room.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<Upkeep>()];

/// When its jobs come back.
pub static REGULAR: &[&Regular] = &[&Regular(|| Ok(NewSchedule::of("entretien", "*/10 * * * *", &Upkeep::default())?.spread(60)))];

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [routes::routes(), files::routes(), planifications::routes()].concat()
}
