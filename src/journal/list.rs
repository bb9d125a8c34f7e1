//! The list of the journal.

use super::ACTIONS;
use crate::listing::{Branching, Column, Filter, FilterKind, Kind, List, Options, Reader, Role, Sort};

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
        Column::new("moment", "Moment", "b.moment", Kind::Instant).sorted("moment").linked("/journal/", "b.id"),
        Column::new("acteur", "Personne", "b.acteur", Kind::Text).personal(),
        Column::new("action", "Action", "b.action", Kind::Choice(ACTIONS)),
        Column::new("objet", "Objet", "b.objet", Kind::Text),
        Column::new("objet_id", "Identifiant", "b.objet_id", Kind::Code),
        Column::new("adresse", "Adresse IP", "host(b.adresse_ip)", Kind::Code).personal().hidden(),
        Column::new("requete", "N° de demande", "b.requete_id", Kind::Code).hidden(),
    ],
    filters: &[Filter {
        name: "action",
        label: "Action",
        kind: FilterKind::Choice { sql: "b.action", cast: "text", options: Options::Fixed(ACTIONS), nullable: false },
        daily: true,
    }],
    sorts: &[Sort {
        name: "moment",
        label: "moment",
        column: "b.moment",
        kind: Kind::Instant,
        cast: "timestamptz",
        nullable: false,
        descending: true,
        led_by: &["action"],
        indexed: true,
    }],
    exportable: true,
    create: None,
};

/// What people of the reader's collectivités did.
fn scope(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites.iter().map(|id| i64::from(*id)).collect())
}
