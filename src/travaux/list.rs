//! The list of jobs.

use crate::listing::{Branching, Column, Filter, FilterKind, Kind, Link, List, Options, Reader, Role, Sort};

/// Code, label and tone of each state.
pub const STATES: &[(&str, &str, &str)] = &[
    ("ready", "En attente", ""),
    ("running", "En cours", "info"),
    ("done", "Terminé", "succes"),
    ("failed", "Échoué", "erreur"),
    ("cancelled", "Annulé", "alerte"),
];

const QUEUES: &[(&str, &str, &str)] = &[
    ("high_priority", "Prioritaire", ""),
    ("exports", "Exports", ""),
    ("etl_heavy", "Imports lourds", ""),
    ("notifications", "Notifications", ""),
    ("maintenance", "Entretien", ""),
];

/// The jobs that the reader may see.
pub static TRAVAUX: List = List {
    name: "travaux",
    title: "Travaux",
    noun: ("travail", "travaux"),
    feminine: false,
    about: "Les exports et les autres travaux longs apparaissent ici, avec leur avancement.",
    roles: &Role::ALL,
    table: "job",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN utilisateur u ON u.id = b.requested_by",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column { name: "titre", label: "Travail", sql: "b.title", kind: Kind::Text, default: true, sort: None, link: Some(Link { prefix: "/travaux/", sql: "b.id" }), personal: false },
        Column { name: "numero", label: "Numéro", sql: "b.id", kind: Kind::Int, default: true, sort: Some("numero"), link: None, personal: false },
        Column { name: "file", label: "File", sql: "b.queue", kind: Kind::Choice(QUEUES), default: true, sort: None, link: None, personal: false },
        Column { name: "etat", label: "État", sql: "b.state", kind: Kind::Choice(STATES), default: true, sort: None, link: None, personal: false },
        Column { name: "avancement", label: "Avancement", sql: "b.done || '/' || coalesce(b.total::text, '')", kind: Kind::Progress, default: true, sort: None, link: None, personal: false },
        Column { name: "essais", label: "Essais", sql: "b.attempts", kind: Kind::Int, default: true, sort: None, link: None, personal: false },
        Column { name: "demandeur", label: "Demandé par", sql: "coalesce(u.nom, 'Gardel')", kind: Kind::Text, default: true, sort: None, link: None, personal: true },
        Column { name: "demande_le", label: "Demandé le", sql: "b.created_at", kind: Kind::Instant, default: true, sort: None, link: None, personal: false },
        Column {
            name: "attente",
            label: "Attente (s)",
            sql: "extract(epoch FROM coalesce(b.started_at, b.finished_at, now()) - b.created_at)::bigint",
            kind: Kind::Int,
            default: true,
            sort: None,
            link: None,
            personal: false,
        },
        Column { name: "fin", label: "Fini le", sql: "b.finished_at", kind: Kind::Instant, default: false, sort: None, link: None, personal: false },
        Column { name: "ouvrier", label: "Ouvrier", sql: "b.worker", kind: Kind::Code, default: false, sort: None, link: None, personal: false },
        Column { name: "erreur", label: "Erreur", sql: "b.error", kind: Kind::Text, default: true, sort: None, link: None, personal: false },
    ],
    filters: &[
        Filter { name: "etat", label: "État", kind: FilterKind::Choice { sql: "b.state", cast: "text", options: Options::Fixed(STATES) }, daily: true },
        Filter { name: "file", label: "File", kind: FilterKind::Choice { sql: "b.queue", cast: "text", options: Options::Fixed(QUEUES) }, daily: true },
    ],
    sorts: &[Sort { name: "numero", label: "numéro", column: "b.id", kind: Kind::Int, cast: "bigint", nullable: false, descending: true, with: &["etat", "file"] }],
    exportable: false,
    create: None,
};

/// An exploitant runs them all; an administrateur answers for their collectivités; an agent sees
/// their own.
fn scope(reader: &Reader) -> Branching {
    match reader.role {
        Role::Exploitant => Branching::All,
        Role::Administrateur => Branching::Ints("b.collectivite_id", reader.collectivites.iter().map(|id| i64::from(*id)).collect()),
        Role::Agent => Branching::Ints("b.requested_by", vec![reader.user_id]),
    }
}
