//! Components: data in, markup out. No SQL, no room, nothing asynchronous.

pub mod aide;
pub mod alike;
pub mod conflict;
pub mod contact;
pub mod error_page;
pub mod form;
pub mod format;
pub mod gallery;
pub mod icon;
pub mod layout;
pub mod message;
pub mod navigateur;
mod number;
pub mod progress;
pub mod read;
pub mod reply;
pub mod search_box;
pub mod siret;
pub mod typed;
pub mod typographie;
