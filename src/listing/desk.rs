//! What a list needs to answer, and who asks.

use std::sync::Arc;

use super::gate::Gate;
use super::options::Choices;
use super::saved::DefaultView;
use super::spec::Reader;
use crate::platform::cache::Cache;
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::token::SigningKey;
use crate::ui::layout::Frame;

/// What a list needs to answer.
pub struct Desk {
    /// Database.
    pub db: Db,
    /// Fragments.
    pub cache: Arc<Cache>,
    /// Reference data of the forms.
    pub choices: Choices,
    /// Time.
    pub clock: Clock,
    /// Signs cursors.
    pub key: SigningKey,
    /// Turns of long readings.
    pub gate: Gate,
}

/// Who is looking, as the guard of the rooms above found them.
pub trait Viewer: Send + Sync {
    /// Their rights.
    fn reader(&self) -> &Reader;
    /// The frame of their pages.
    fn frame(&self) -> &Frame;
    /// Versions of the data of `domains` in their perimeter, read with their session.
    fn versions(&self, domains: &[&str]) -> String;
    /// State of the reference data at that instant: another number after each change.
    fn reference(&self) -> i64;
    /// The view that opens when they ask for the list `name` without a question, read with their session.
    fn default_view(&self, name: &str) -> Option<DefaultView<'_>>;
}
