//! Saved views: the questions that people ask of a list every day, under a name, for themselves or for
//! their collectivité.
//!
//! A view is a question, never data: whoever opens it sees their own rows. It belongs to its author, or,
//! once shared, to a collectivité, where it stays when the author leaves, in the care of the
//! administrateurs. Rows never wait for views: a list page carries the default one of the person with
//! their session, and asks for the others once its rows are shown.

mod changes;
mod forms;
mod model;
mod queries;
mod routes;
mod views;

pub use model::Vue;
pub use queries::{Asker, all, one};

use crate::listing::{Access, Menu, Rubrique};
use crate::ui::layout::Group;

/// Its page in the menu.
pub static MENU: &[&Rubrique] = &[&Rubrique { label: "Vues", href: "/vues", menu: Menu::at(Group::Work, 50, "bookmark"), access: &[Access::Tous] }];

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    [routes::routes(), changes::routes()].concat()
}

/// Removes the views deleted long ago, and those that belong to nobody any more.
pub async fn sweep(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    queries::sweep(pool).await
}
