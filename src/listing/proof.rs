//! What the oracle of the cache needs of a list: a desk that remembers nothing, and a viewer of now.

use super::desk::{Desk, Viewer};
use super::options::Choices;
use super::saved::DefaultView;
use super::spec::Reader;
use crate::platform::cache::Cache;
use crate::ui::layout::Frame;

impl Desk {
    /// The same, remembering nothing: what it shows is what the base says.
    pub(super) fn forgetful(&self) -> Self {
        let (db, clock, key, gate) = (self.db.clone(), self.clock.clone(), self.key.clone(), self.gate.clone());
        Self { db, cache: std::sync::Arc::new(Cache::disabled()), choices: Choices::default(), clock, key, gate }
    }
}

/// The same viewer with other versions.
pub(super) struct Now<'a, V> {
    pub(super) viewer: &'a V,
    pub(super) versions: String,
    pub(super) reference: i64,
}

impl<V: Viewer> Viewer for Now<'_, V> {
    fn reader(&self) -> &Reader {
        self.viewer.reader()
    }

    fn frame(&self) -> &Frame {
        self.viewer.frame()
    }

    fn versions(&self, _: &[&str]) -> String {
        self.versions.clone()
    }

    fn reference(&self) -> i64 {
        self.reference
    }

    fn default_view(&self, name: &str) -> Option<DefaultView<'_>> {
        self.viewer.default_view(name)
    }
}
