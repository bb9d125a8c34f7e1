//! The harness: an application of its own for each test.

pub mod alloc;
pub mod app;
pub mod base;
pub mod cluster;
pub mod dice;
pub mod droits;
pub mod etats;
pub mod facts;
pub mod jar;
pub mod lettres;
pub mod node;
pub mod oracle;
mod page;
pub mod program;
pub mod programme;
pub mod proxy;
pub mod questions;
pub mod running;

pub use app::{App, Browser};
pub use page::{Page, plain};
