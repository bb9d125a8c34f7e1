//! How far a replica must be to be asked: a place in what the primary writes, and where each version was first seen.

use std::collections::BTreeMap;

/// The domain of the reference, whose versions every page depends on.
const REFERENCE: &str = "";
/// The domain of the rights, bumped by triggers at each of their changes: what a page asks of the tables of rights is never older
/// than the rights that its person was found to have.
const RIGHTS: &str = "droits";

/// A place in the WAL. Bytes are comparable within one timeline; a later timeline holds all that is left of the ones before, so that
/// what is asked there is enough: the order is that of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The timeline.
    pub line: i32,
    /// Bytes from the beginning.
    pub at: i64,
}

impl Position {
    /// The place of two columns that are NULL together.
    pub fn of(line: Option<i32>, at: Option<i64>) -> Option<Self> {
        Some(Self { line: line?, at: at? })
    }
}

/// Where the versions of a person's data were first seen as they are: a replica that has replayed up to there holds what these versions
/// count, though others have written elsewhere since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    line: i32,
    /// Version of each domain, and the place where it was first seen.
    domains: BTreeMap<String, (i64, i64)>,
    /// The place of domains that no counter has counted yet.
    rest: i64,
}

impl Positions {
    /// What was read at `here`: `versions` by domain and that of the `reference`, with the place read in the same statement. `before` is
    /// the same under the same rights, read earlier by this process: a version that has not moved since keeps its place.
    pub fn read(here: Position, versions: &BTreeMap<String, i64>, reference: i64, before: Option<&Self>) -> Self {
        let before = before.filter(|before| before.line == here.line);
        let states = versions.iter().map(|(domain, version)| (domain.as_str(), *version)).chain([(REFERENCE, reference)]);
        let seen = |domain: &str, version: i64| {
            let known = before.and_then(|before| before.domains.get(domain));
            known.filter(|(known, _)| *known == version).map_or(here.at, |(_, at)| *at)
        };
        let domains = states.map(|(domain, version)| (domain.to_string(), (version, seen(domain, version)))).collect();
        Self { line: here.line, domains, rest: before.map_or(here.at, |before| before.rest) }
    }

    /// How far a replica must be to show `domains`.
    pub fn of(&self, domains: &[&str]) -> Position {
        let at = |domain: &str| self.domains.get(domain).map_or(self.rest, |(_, at)| *at);
        let furthest = domains.iter().copied().chain([REFERENCE, RIGHTS]).map(at).max().unwrap_or(self.rest);
        Position { line: self.line, at: furthest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(all: &[(&str, i64)]) -> BTreeMap<String, i64> {
        all.iter().map(|(domain, version)| ((*domain).to_string(), *version)).collect()
    }

    fn here(at: i64) -> Position {
        Position { line: 1, at }
    }

    #[test]
    fn a_version_that_has_not_moved_keeps_its_place() {
        let first = Positions::read(here(100), &versions(&[("sejours", 7), ("droits", 1)]), 3, None);
        assert_eq!(first.of(&["sejours"]), here(100));
        let second = Positions::read(here(200), &versions(&[("sejours", 7), ("logements", 1), ("droits", 1)]), 3, Some(&first));
        assert_eq!((second.of(&["sejours"]), second.of(&["logements"])), (here(100), here(200)));
        assert_eq!(second.of(&["inconnu"]), here(100), "what nobody ever counted has not changed");
        let third = Positions::read(here(300), &versions(&[("sejours", 8), ("logements", 1), ("droits", 1)]), 3, Some(&second));
        assert_eq!((third.of(&["sejours"]), third.of(&["logements"])), (here(300), here(200)));
    }

    #[test]
    fn rights_and_reference_are_asked_of_every_page() {
        let first = Positions::read(here(100), &versions(&[("sejours", 7), ("droits", 1)]), 3, None);
        let rights = Positions::read(here(200), &versions(&[("sejours", 7), ("droits", 2)]), 3, Some(&first));
        assert_eq!(rights.of(&["sejours"]), here(200));
        let reference = Positions::read(here(300), &versions(&[("sejours", 7), ("droits", 2)]), 4, Some(&rights));
        assert_eq!(reference.of(&["sejours"]), here(300));
    }

    #[test]
    fn another_timeline_begins_anew_and_comes_after() {
        let first = Positions::read(here(100), &versions(&[("sejours", 7)]), 3, None);
        let other = Position { line: 2, at: 90 };
        let second = Positions::read(other, &versions(&[("sejours", 7)]), 3, Some(&first));
        assert_eq!(second.of(&["sejours"]), other);
        assert!(other > here(100), "whatever its bytes");
        assert_eq!(Position::of(Some(2), None), None);
    }
}
