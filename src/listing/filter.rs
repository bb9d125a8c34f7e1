//! What can be said of a filter from its declaration.

use std::collections::BTreeMap;

use super::spec::{Filter, FilterKind, Kind};

/// Says of a filter that rows without a value are wanted, or those that have one.
pub const EMPTY: &str = "vide";
/// The contrary of [`EMPTY`].
pub const FILLED: &str = "renseigne";

impl Filter {
    /// A range of an ordered column, beside the daily filters.
    pub const fn range(name: &'static str, label: &'static str, sql: &'static str, kind: Kind, nullable: bool) -> Self {
        Self { name, label, kind: FilterKind::Range { sql, kind, nullable }, daily: false }
    }

    /// Whether a column holds something, beside the daily filters.
    pub const fn presence(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self { name, label, kind: FilterKind::Presence { sql }, daily: false }
    }

    /// Whether it takes several values, and their contrary.
    pub fn is_multiple(&self) -> bool {
        matches!(self.kind, FilterKind::Choice { .. } | FilterKind::Commune | FilterKind::Epci)
    }

    /// The parameter that turns its values into those that are not wanted.
    pub fn except(&self) -> String {
        format!("{}_sauf", self.name)
    }

    /// Whether it reads the parameter `name`: one of [`parameters`], without making them.
    pub fn reads(&self, name: &str) -> bool {
        let own = || name == self.name;
        let ends = |suffixes: &[&str]| name.strip_prefix(self.name).is_some_and(|rest| suffixes.contains(&rest));
        match &self.kind {
            FilterKind::Dates { relative, .. } => name == *relative || ends(&["_min", "_max"]),
            FilterKind::Range { nullable, .. } => (*nullable && own()) || ends(&["_min", "_max"]),
            FilterKind::Choice { .. } | FilterKind::Commune | FilterKind::Epci => own() || ends(&["_sauf"]),
            FilterKind::Presence { .. } | FilterKind::Search { .. } | FilterKind::Parent { .. } => own(),
        }
    }

    /// Whether rows may be asked for that have no value.
    pub fn is_nullable(&self) -> bool {
        match self.kind {
            FilterKind::Choice { nullable, .. } | FilterKind::Range { nullable, .. } => nullable,
            FilterKind::Presence { .. } => true,
            _ => false,
        }
    }
}

/// Values by parameter name.
pub type Filters = BTreeMap<String, Vec<String>>;

/// Parameters that `filter` reads.
pub fn parameters(filter: &Filter) -> Vec<String> {
    match &filter.kind {
        FilterKind::Dates { relative, .. } => vec![format!("{}_min", filter.name), format!("{}_max", filter.name), (*relative).to_string()],
        FilterKind::Range { nullable, .. } => {
            let presence = nullable.then(|| filter.name.to_string());
            presence.into_iter().chain([format!("{}_min", filter.name), format!("{}_max", filter.name)]).collect()
        }
        FilterKind::Choice { .. } | FilterKind::Commune | FilterKind::Epci => vec![filter.name.to_string(), filter.except()],
        FilterKind::Presence { .. } | FilterKind::Search { .. } | FilterKind::Parent { .. } => vec![filter.name.to_string()],
    }
}
