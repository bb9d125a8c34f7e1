//! The harness: an application of its own for each test.

pub mod app;
mod page;
pub mod proxy;

pub use app::{App, Browser};
pub use page::Page;
