//! The page of a row, made from its record ([`crate::records::Fiche`]): its title and state, what it holds, the lists that hang from it,
//! its notes and files, what happened to it, what may be done next.
//!
//! A room whose page says more than its record writes its own, at the same address.

mod page;
mod suite;

pub use suite::history;

/// Routes to mount at `/`.
pub fn routes() -> Vec<rocket::Route> {
    page::routes()
}
