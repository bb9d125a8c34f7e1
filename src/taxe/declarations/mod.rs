//! Campaigns, due dates and declarations. Two calendars are set by the deliberation (CGCT, art. L2333-34): for which days one declares, and
//! when one pays. Opening a campaign makes the declarations that it awaits; what they come to is what their stays say, until they are
//! deposited, and again after: a difference is then a correction with its reason, never a change in silence.

mod calendriers;
mod campagnes;
mod comptabilite;
mod etats;
mod jobs;
mod list;
mod model;
mod ouverture;
mod queries;
mod routes;
mod views;

pub use calendriers::{CAMPAGNE, CAMPAGNES, ECHEANCE, ECHEANCES};
pub use etats::{CAMPAGNE as ETATS_CAMPAGNE, DECLARATION as ETATS_DECLARATION};
pub use jobs::{Ouverture, Suivi};
pub use list::DECLARATIONS;
pub use model::Declaration;
pub use ouverture::{at_once as ouvre, settle};
pub use queries::one;

use maud::Markup;

use crate::context::Context;
use crate::listing::{Access, Menu, Module, Niveau, Rubrique};
use crate::platform::error::Result;
use crate::platform::jobs::Known;
use crate::ui::layout::Group;

/// Declarations shown on the page of a host.
const SHOWN: i64 = 8;

/// The kinds of job of campaigns.
pub static JOBS: &[&Known<Context>] = &[&Known::of::<Ouverture>(), &Known::of::<Suivi>()];

/// Their pages in the menu that are no list.
pub static MENU: &[&Rubrique] = &[&Rubrique {
    label: "Calendrier",
    href: "/calendrier",
    menu: Menu::at(Group::Levy, 31, "calendar"),
    access: &[Access::Droit(Module::Taxe, Niveau::Lire)],
}];

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [campagnes::routes(), routes::routes()].concat()
}

/// The part of the page of a host that tells their declarations in these communes.
///
/// # Errors
/// PostgreSQL failed.
pub async fn of_host(context: &Context, communes: &[String], host: i64) -> Result<Markup> {
    Ok(views::of_host(host, &queries::of_host(&context.db, communes, host, SHOWN).await?))
}
