//! The list of the journal.

use super::ACTIONS;
use crate::listing::{Branching, Column, Filter, FilterKind, Kind, Link, List, Options, Reader, Role, Sort};

/// Who did and saw what.
pub static JOURNAL: List = List {
    name: "journal",
    title: "Journal",
    noun: ("événement", "événements"),
    feminine: false,
    about: "Le journal garde les connexions, les consultations de fiches personnelles, les modifications et les exports.",
    roles: &[Role::Administrateur],
    table: "journal",
    id: ("b.id", "bigint"),
    joins: "",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column { name: "moment", label: "Moment", sql: "b.moment", kind: Kind::Instant, default: true, sort: Some("moment"), link: Some(Link { prefix: "/journal/", sql: "b.id" }), personal: false },
        Column { name: "acteur", label: "Personne", sql: "b.acteur", kind: Kind::Text, default: true, sort: None, link: None, personal: true },
        Column { name: "action", label: "Action", sql: "b.action", kind: Kind::Choice(ACTIONS), default: true, sort: None, link: None, personal: false },
        Column { name: "objet", label: "Objet", sql: "b.objet", kind: Kind::Text, default: true, sort: None, link: None, personal: false },
        Column { name: "objet_id", label: "Identifiant", sql: "b.objet_id", kind: Kind::Code, default: true, sort: None, link: None, personal: false },
        Column { name: "adresse", label: "Adresse IP", sql: "host(b.adresse_ip)", kind: Kind::Code, default: false, sort: None, link: None, personal: true },
        Column { name: "requete", label: "N° de demande", sql: "b.requete_id", kind: Kind::Code, default: false, sort: None, link: None, personal: false },
    ],
    filters: &[
        Filter { name: "action", label: "Action", kind: FilterKind::Choice { sql: "b.action", cast: "text", options: Options::Fixed(ACTIONS) }, daily: true },
    ],
    sorts: &[Sort { name: "moment", label: "moment", column: "b.moment", kind: Kind::Instant, cast: "timestamptz", nullable: false, descending: true, with: &["action"] }],
    exportable: true,
    create: None,
};

/// What people of the reader's collectivités did.
fn scope(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites.iter().map(|id| i64::from(*id)).collect())
}
