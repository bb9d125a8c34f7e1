//! What a list needs to answer, and who asks.

use std::sync::Arc;

use super::gate::Gate;
use super::options::Choices;
use super::saved::DefaultView;
use super::spec::{List, Reader};
use crate::platform::cache::{Cache, Fragment, Key, Made};
use crate::platform::clock::Clock;
use crate::platform::db::{Db, Position};
use crate::platform::error::Result;
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

impl Desk {
    /// The base for whatever shows `domains` to `viewer`: a replica may answer that holds all that their versions count, and all that they
    /// wrote. What nothing counts is the primary's to say.
    pub fn reading(&self, viewer: &impl Viewer, domains: &[&str]) -> Db {
        self.db.up_to(if domains.is_empty() { None } else { viewer.position(domains) })
    }

    /// What `viewer` sees of `list` under `name` for `parameters`, which say today's date too when periods move: through the cache
    /// when the list says what data it shows.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn kept(
        &self,
        list: &List,
        name: &str,
        parameters: &str,
        viewer: &impl Viewer,
        make: impl AsyncFnOnce() -> Result<Made>,
    ) -> Result<Fragment> {
        if list.domains.is_empty() {
            return Ok(Fragment::new(make().await?.body));
        }
        let key = Key::new(&format!("{}.{name}", list.name), parameters, &viewer.reader().key(), &viewer.versions(list.domains));
        self.cache.get_or(&key, make).await
    }
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
    /// How far a replica must be to show `domains` to them: past all that their versions count, and all that they wrote. Nothing: only the
    /// primary may.
    fn position(&self, domains: &[&str]) -> Option<Position>;
    /// The view that opens when they ask for the list `name` without a question, read with their session.
    fn default_view(&self, name: &str) -> Option<DefaultView<'_>>;
}
