//! The list of actions.

use super::etats::ACTION;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Options, Reader, Sort};
use crate::ui::layout::Group;

/// Lists whose rows actions change.
const LISTES: &[(&str, &str, &str)] = &[("sejours", "Séjours", ""), ("logements", "Logements", "")];

/// What was done to many rows at once.
pub static ACTIONS: List = List {
    name: "actions",
    title: "Actions",
    noun: ("action", "actions"),
    feminine: true,
    about: "Une action change beaucoup de lignes à la fois : depuis une liste, choisissez « Sélectionner ».",
    access: Access::Habilites,
    table: "action",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "JOIN utilisateur u ON u.id = b.demandeur_id",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column::new("libelle", "Action", "b.libelle", Kind::Text).linked("/actions/", "b.id"),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero"),
        Column::new("liste", "Liste", "b.liste", Kind::Choice(LISTES)),
        Column::new("etat", "État", "b.etat", Kind::Choice(ACTION.known)),
        Column::new("filtres", "Filtres", "b.filtres", Kind::Text).personal(),
        Column::new("confirmees", "Confirmées", "b.confirmees", Kind::Int),
        Column::new("modifiees", "Modifiées", "b.modifiees", Kind::Int),
        Column::new("retablies", "Rétablies", "b.restaurees", Kind::Int),
        Column::new("demandeur", "Demandée par", "u.nom", Kind::Text).personal(),
        Column::new("demande_le", "Demandée le", "b.cree_le", Kind::Instant),
    ],
    filters: &[
        Filter {
            name: "etat",
            label: "État",
            kind: FilterKind::Choice { sql: "b.etat", cast: "text", options: Options::Fixed(ACTION.known), nullable: false },
            daily: true,
        },
        Filter {
            name: "liste",
            label: "Liste",
            kind: FilterKind::Choice { sql: "b.liste", cast: "text", options: Options::Fixed(LISTES), nullable: false },
            daily: true,
        },
        Filter::range("demande_le", "Demandée le", "b.cree_le", Kind::Instant, false),
        Filter::range("confirmees", "Confirmées", "b.confirmees", Kind::Int, false),
        Filter::range("modifiees", "Modifiées", "b.modifiees", Kind::Int, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
    ],
    sorts: &[Sort {
        name: "numero",
        label: "numéro",
        column: "b.id",
        kind: Kind::Int,
        cast: "bigint",
        nullable: false,
        descending: true,
        led_by: &["etat", "liste", "numero"],
        indexed: true,
    }],
    exportable: true,
    create: None,
    menu: Some(Menu::at(Group::Follow, 10, "list")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// Their own, and those of the collectivités whose administration they read.
fn scope(reader: &Reader) -> Branching {
    let both = "(b.collectivite_id = ANY ({}) OR -b.demandeur_id = ANY ({}))";
    Branching::of_requests(reader, ("b.collectivite_id", "b.demandeur_id", both))
}
