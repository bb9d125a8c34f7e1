//! Filters and labels shared by the lists of the room.

use crate::listing::{Branching, Filter, FilterKind, Module, Options, Reader};

/// The natures of lodging, in the order of the official file.
pub(super) const NATURES: Options = Options::Sql(NATURES_SQL);
/// The same, for the form of a lodging.
pub(super) const NATURES_SQL: &str = "SELECT id::text, libelle FROM nature ORDER BY id";
/// The tariff categories.
pub(super) const CATEGORIES: Options = Options::Sql(CATEGORIES_SQL);
/// The same, for the form of a lodging.
pub(super) const CATEGORIES_SQL: &str = "SELECT id::text, libelle FROM categorie ORDER BY id";
/// Who collects.
pub(super) const COLLECTEURS: Options = Options::Sql(COLLECTEURS_SQL);
/// The same, for the form of a stay.
pub(super) const COLLECTEURS_SQL: &str = "SELECT code, nom FROM plateforme ORDER BY nom";

/// One commune of the perimeter.
pub(super) const COMMUNE: Filter = Filter { name: "commune", label: "Commune", kind: FilterKind::Commune, daily: true };
/// One EPCI.
pub(super) const EPCI: Filter = Filter { name: "epci", label: "EPCI", kind: FilterKind::Epci, daily: false };

/// The rows of the reader's communes: the right to all tax data.
pub(super) fn by_commune(reader: &Reader) -> Branching {
    Branching::Texts("b.code_insee", reader.communes(Module::Taxe).to_vec())
}
