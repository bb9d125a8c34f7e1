//! Tokens: by what programs read and write, with the rights of a person and no more. The tokens themselves, their screens, and
//! the guard and the limits of every call.

mod draft;
mod form;
mod guard;
mod limites;
mod list;
mod model;
mod queries;
mod reseaux;
mod routes;
mod views;

use std::time::Duration;

pub use guard::{Appelant, Refus, caller};
pub use limites::{Limites, Passage, Trop};
pub use list::JETONS;
pub use model::{Jeton, Portee};
pub use queries::{reader_of, sweep, wrote};
pub use routes::routes;

/// How often what the tokens were asked is written down, whoever calls no more.
pub const SETTLED_EVERY: Duration = Duration::from_secs(60);
