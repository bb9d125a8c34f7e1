//! The list of payments.

use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, Reader, Sort, Words};
use crate::taxe::regie::MOYENS;
use crate::ui::layout::Group;

// Not « EXISTS », which the planner works out for the whole of the operations: one is undone once at most.
const ANNULE: &str = "coalesce((SELECT true FROM operation o WHERE o.contre_id = b.operation_id), false)";
const ETATS: &[(&str, &str, &str)] = &[("false", "Encaissé", "succes"), ("true", "Annulé", "erreur")];

fn by_collectivite(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites(Module::Taxe).iter().map(|id| i64::from(*id)).collect())
}

/// The payments of the reader's collectivités.
pub static PAIEMENTS: List = List {
    name: "paiements",
    title: "Paiements",
    noun: ("paiement", "paiements"),
    feminine: false,
    about: "Un paiement s’enregistre depuis la déclaration qu’il paie. Chacun a sa quittance, dont le numéro suit le précédent sans trou.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "paiement",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN hebergeur h ON h.id = b.hebergeur_id LEFT JOIN plateforme p ON p.code = b.collecteur LEFT JOIN utilisateur u ON u.id = b.fait_par \
            LEFT JOIN collectivite c ON c.id = b.collectivite_id",
    distinct: false,
    scope: by_collectivite,
    domains: &["regie", "hebergeurs"],
    columns: &[
        Column::new("quittance", "Quittance", "b.quittance", Kind::Code).linked("/paiements/", "b.id"),
        Column::new("recu_le", "Reçu le", "b.recu_le", Kind::Date).sorted("recu"),
        Column::new("payeur", "Payé par", "coalesce(h.nom, p.nom)", Kind::Text).personal(),
        Column::new("moyen", "Moyen", "b.moyen", Kind::Choice(MOYENS)),
        Column::new("reference", "Référence", "b.reference", Kind::Code),
        Column::new("montant", "Montant", "b.montant", Kind::Money).summed().sorted("montant"),
        Column::new("annule", "État", ANNULE, Kind::Choice(ETATS)),
        Column::new("par", "Enregistré par", "u.nom", Kind::Text).hidden(),
        Column::new("fait_le", "Enregistré le", "b.fait_le", Kind::Instant).hidden(),
        Column::new("numero_hebergeur", "Numéro de l’hébergeur", "h.numero", Kind::Code).hidden(),
        Column::new("numero", "N°", "b.id", Kind::Int).hidden(),
        Column::new("collectivite", "Collectivité", "c.nom", Kind::Text).hidden(),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Hébergeur",
            kind: FilterKind::Search {
                look: Look {
                    within: &[Words { from: "hebergeur h", holds: "h.mots @@ {}", table: Some("hebergeur") }],
                    key: "h.id",
                    seen: "EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
                    parents: Some("hebergeur h"),
                },
                on: "b.hebergeur_id",
                references: None,
            },
            daily: true,
        },
        Filter {
            name: "moyen",
            label: "Moyen",
            kind: FilterKind::Choice { sql: "b.moyen", cast: "text", options: Options::Fixed(MOYENS), nullable: false },
            daily: true,
        },
        Filter { name: "recu_le", label: "Reçu le", kind: FilterKind::Range { sql: "b.recu_le", kind: Kind::Date, nullable: false }, daily: true },
        Filter::range("montant", "Montant", "b.montant", Kind::Money, false),
        Filter::range("fait_le", "Enregistré le", "b.fait_le", Kind::Instant, false),
        Filter::range("numero", "N°", "b.id", Kind::Int, false),
        Filter {
            name: "annule",
            label: "État",
            kind: FilterKind::Choice { sql: ANNULE, cast: "boolean", options: Options::Fixed(ETATS), nullable: false },
            daily: false,
        },
    ],
    sorts: &[
        Sort {
            name: "recu",
            label: "jour de réception",
            column: "b.recu_le",
            kind: Kind::Date,
            cast: "date",
            nullable: false,
            descending: true,
            led_by: &["q", "recu_le", "moyen"],
            indexed: true,
        },
        Sort {
            name: "montant",
            label: "montant",
            column: "b.montant",
            kind: Kind::Money,
            cast: "bigint",
            nullable: false,
            descending: true,
            led_by: &["montant"],
            indexed: true,
        },
    ],
    exportable: true,
    create: None,
    menu: Some(Menu::at(Group::Levy, 36, "check")),
    searched: None,
    suivis: &[],
    rollup: None,
};
