//! The list of jobs.

use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Options, Reader, Sort};
use crate::platform::jobs::states::JOB;
use crate::ui::layout::{Group, Waiting};

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
    access: Access::Tous,
    table: "job",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN utilisateur u ON u.id = b.requested_by",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column::new("titre", "Travail", "b.title", Kind::Text).linked("/travaux/", "b.id"),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero"),
        Column::new("file", "File", "b.queue", Kind::Choice(QUEUES)),
        Column::new("etat", "État", "b.state", Kind::Choice(JOB.known)),
        Column::new("avancement", "Avancement", "b.done || '/' || coalesce(b.total::text, '')", Kind::Progress),
        Column::new("essais", "Essais", "b.attempts", Kind::Int),
        Column::new("demandeur", "Demandé par", "coalesce(u.nom, 'Gardel')", Kind::Text).personal(),
        Column::new("demande_le", "Demandé le", "b.created_at", Kind::Instant),
        Column::new("attente", "Attente (s)", "extract(epoch FROM coalesce(b.started_at, b.finished_at, now()) - b.created_at)::bigint", Kind::Int)
            .moving(),
        Column::new("fin", "Fini le", "b.finished_at", Kind::Instant).hidden(),
        Column::new("ouvrier", "Ouvrier", "b.worker", Kind::Code).hidden(),
        Column::new("erreur", "Erreur", "b.error", Kind::LongText),
    ],
    filters: &[
        Filter {
            name: "etat",
            label: "État",
            kind: FilterKind::Choice { sql: "b.state", cast: "text", options: Options::Fixed(JOB.known), nullable: false },
            daily: true,
        },
        Filter {
            name: "file",
            label: "File",
            kind: FilterKind::Choice { sql: "b.queue", cast: "text", options: Options::Fixed(QUEUES), nullable: false },
            daily: true,
        },
        Filter::range("demande_le", "Demandé le", "b.created_at", Kind::Instant, false),
        Filter::range("fini_le", "Fini le", "b.finished_at", Kind::Instant, true),
        Filter::range("essais", "Essais", "b.attempts", Kind::Int, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
        Filter::presence("erreur", "Erreur", "b.error"),
    ],
    sorts: &[Sort {
        name: "numero",
        label: "numéro",
        column: "b.id",
        kind: Kind::Int,
        cast: "bigint",
        nullable: false,
        descending: true,
        led_by: &["etat", "file", "numero"],
        indexed: true,
    }],
    exportable: false,
    create: None,
    menu: Some(Menu::at(Group::Follow, 30, "activity").waited(Waiting::Jobs)),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// An exploitant runs them all; others see their own, and those of the collectivités whose administration they read.
fn scope(reader: &Reader) -> Branching {
    if reader.exploitant {
        return Branching::All;
    }
    let both = "(b.collectivite_id = ANY ({}) OR -b.requested_by = ANY ({}))";
    Branching::of_requests(reader, ("b.collectivite_id", "b.requested_by", both))
}
