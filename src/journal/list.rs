//! The list of the journal.

use super::NOTED_ACTIONS;
use super::ligne::{LINK_SQL, LIST, OBJECT_SQL, OBJETS, TOLD_SQL};
use super::mots;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, Reader, Sort, Words};
use crate::ui::layout::Group;

/// Who did and saw what.
pub static JOURNAL: List = List {
    name: LIST.0,
    title: LIST.1,
    noun: ("événement", "événements"),
    feminine: false,
    about: "Le journal garde les connexions, les consultations de fiches personnelles, les modifications et les exports.",
    access: Access::Droit(Module::Administration, Niveau::Lire),
    table: "journal",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column::new("moment", "Moment", "b.moment", Kind::Instant).sorted("moment").precise().linked("/journal/", "b.id"),
        Column::new("acteur", "Personne", "b.acteur", Kind::Text).linked("/journal?acteur=", "b.acteur_id").personal(),
        Column::new("action", "Action", "b.action", Kind::Choice(NOTED_ACTIONS)),
        Column::new("objet", "Objet", OBJECT_SQL, Kind::Text).told(mots::object).linked("/", LINK_SQL),
        Column::new("fait", "Ce qui s’est passé", TOLD_SQL, Kind::Text).told(mots::told).personal(),
        Column::new("adresse", "Adresse IP", "host(b.adresse_ip)", Kind::Code).personal(),
        Column::new("requete", "N° de demande", "b.requete_id", Kind::Code).hidden(),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Personne",
            kind: FilterKind::Search {
                look: Look {
                    within: &[Words { from: "utilisateur u", holds: "sans_accents(u.nom || ' ' || u.courriel) %> sans_accents({})", table: None }],
                    key: "u.id",
                    seen: "",
                    parents: Some("utilisateur u"),
                },
                on: "b.acteur_id",
                references: None,
            },
            daily: true,
        },
        Filter {
            name: "action",
            label: "Action",
            kind: FilterKind::Choice { sql: "b.action", cast: "text", options: Options::Fixed(NOTED_ACTIONS), nullable: false },
            daily: true,
        },
        Filter {
            name: "objet",
            label: "Objet",
            kind: FilterKind::Choice { sql: "b.objet", cast: "text", options: Options::Fixed(OBJETS), nullable: false },
            daily: true,
        },
        Filter { name: "moment", label: "Période", kind: FilterKind::Range { sql: "b.moment", kind: Kind::Instant, nullable: false }, daily: false },
        // From the name of a person: everything they did.
        Filter {
            name: "acteur",
            label: "Personne",
            kind: FilterKind::Parent {
                sql: "b.acteur_id",
                label: "SELECT u.nom::text FROM utilisateur u WHERE u.id = $1 AND EXISTS (SELECT 1 FROM utilisateur_collectivite uc \
                        JOIN collectivite_commune cc ON cc.collectivite_id = uc.collectivite_id WHERE uc.utilisateur_id = u.id AND cc.code_insee = ANY($2))",
                among: None,
            },
            daily: false,
        },
    ],
    sorts: &[Sort {
        name: "moment",
        label: "moment",
        column: "b.moment",
        kind: Kind::Instant,
        cast: "timestamptz",
        nullable: false,
        descending: true,
        led_by: &["q", "action", "objet", "moment", "acteur"],
        indexed: true,
    }],
    exportable: true,
    create: None,
    menu: Some(Menu::at(Group::Run, 50, "history")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// What people of the reader's collectivités did.
fn scope(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites(Module::Administration).iter().map(|id| i64::from(*id)).collect())
}
