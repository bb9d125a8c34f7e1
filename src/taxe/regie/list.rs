//! The journal of the régie: every line of the books.

use super::comptes::COMPTES;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Module, Niveau, Options, Reader, Sort};
use crate::ui::layout::Group;

const GENRES: &[(&str, &str, &str)] = &[
    ("declaration", "Déclaration", ""),
    ("regularisation", "Régularisation", "alerte"),
    ("retrait", "Dépôt retiré", "alerte"),
    ("encaissement", "Encaissement", "succes"),
    ("annulation", "Annulation", "erreur"),
    ("imputation", "Imputation", "info"),
];

fn by_collectivite(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites(Module::Taxe).iter().map(|id| i64::from(*id)).collect())
}

/// The lines of the books of the reader's collectivités. Debits and credits of any whole operation are the same: so are their totals.
pub static ECRITURES: List = List {
    name: "ecritures",
    title: "Journal de régie",
    noun: ("écriture", "écritures"),
    feminine: true,
    about: "Chaque somme due et chaque encaissement y est écrit deux fois, au débit d’un compte et au crédit d’un autre. Rien n’y est modifié ni effacé.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "ecriture",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN operation o ON o.id = b.operation_id LEFT JOIN declaration d ON d.id = b.declaration_id LEFT JOIN hebergeur h ON h.id = b.hebergeur_id \
            LEFT JOIN plateforme p ON p.code = b.collecteur LEFT JOIN collectivite c ON c.id = b.collectivite_id",
    distinct: false,
    scope: by_collectivite,
    domains: &["regie"],
    columns: &[
        Column::new("operation", "Opération", "o.libelle", Kind::Text).linked("/ecritures/", "b.id"),
        Column::new("jour", "Jour", "b.jour", Kind::Date).sorted("jour"),
        Column::new("genre", "Genre", "o.genre", Kind::Choice(GENRES)).hidden(),
        Column::new("compte_comptable", "Compte", "b.compte", Kind::Choice(COMPTES)),
        Column::new("declaration", "Déclaration", "d.numero", Kind::Code).linked("/declarations/", "b.declaration_id"),
        Column::new("payeur", "Redevable", "coalesce(h.nom, p.nom)", Kind::Text).personal(),
        Column::new("debit", "Débit", "b.debit", Kind::Money).summed(),
        Column::new("credit", "Crédit", "b.credit", Kind::Money).summed(),
        Column::new("motif", "Motif", "o.motif", Kind::Text).hidden(),
        Column::new("numero", "N° d’opération", "b.operation_id", Kind::Int).hidden(),
        Column::new("ecriture", "N° d’écriture", "b.id", Kind::Int).hidden(),
        Column::new("collectivite", "Collectivité", "c.nom", Kind::Text).hidden(),
    ],
    filters: &[
        Filter {
            name: "compte_comptable",
            label: "Compte",
            kind: FilterKind::Choice { sql: "b.compte", cast: "text", options: Options::Fixed(COMPTES), nullable: false },
            daily: true,
        },
        Filter { name: "jour", label: "Jour", kind: FilterKind::Range { sql: "b.jour", kind: Kind::Date, nullable: false }, daily: true },
        Filter::range("debit", "Débit", "b.debit", Kind::Money, false),
        Filter::range("credit", "Crédit", "b.credit", Kind::Money, false),
        Filter::range("ecriture", "N° d’écriture", "b.id", Kind::Int, false),
        Filter::range("numero", "N° d’opération", "b.operation_id", Kind::Int, false),
    ],
    sorts: &[Sort {
        name: "jour",
        label: "jour",
        column: "b.jour",
        kind: Kind::Date,
        cast: "date",
        nullable: false,
        descending: true,
        led_by: &["jour", "compte_comptable"],
        indexed: true,
    }],
    exportable: true,
    create: None,
    menu: Some(Menu::at(Group::Levy, 37, "table")),
    searched: None,
    suivis: &[],
    rollup: None,
};
