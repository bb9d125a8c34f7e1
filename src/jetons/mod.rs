//! Tokens: by what programs read and write, with the rights of a person and no more. The tokens themselves, their screens, and
//! the guard of every call.

mod guard;
mod model;
mod queries;

pub use guard::{Appelant, Refus, caller};
pub use model::{Jeton, Portee};
