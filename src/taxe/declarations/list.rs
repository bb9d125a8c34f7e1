//! The list of declarations. What their stays make is added up from `declaration_compte`; their state is « en cours » as soon as some of it
//! is there before they are deposited.

use crate::listing::{Access, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, Sort, Words};
use crate::taxe::reference::{COMMUNE, EPCI, by_commune};
use crate::ui::layout::Group;

/// The states as they are read.
pub const ETATS: &[(&str, &str, &str)] = &[
    ("attendue", "Attendue", "alerte"),
    ("en_cours", "En cours", "info"),
    ("deposee", "Déposée", "succes"),
    ("neant", "Néant", "succes"),
    ("close", "Close", ""),
    ("defaillante", "Défaillante", "erreur"),
];
const OUI_NON: &[(&str, &str, &str)] = &[("true", "Oui", ""), ("false", "Non", "")];

/// The state of a declaration `b`.
pub const ETAT: &str = "CASE WHEN b.etat = 'attendue' AND (SELECT coalesce(sum(t.sejours), 0) > 0 OR coalesce(sum(t.nuitees), 0) > 0 FROM declaration_compte t \
                        WHERE t.declaration_id = b.id) THEN 'en_cours' ELSE b.etat END";
/// Whether its host has in that commune a lodging that is let, and was not closed all along.
pub const LOUE: &str = "(b.hebergeur_id IS NULL OR EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = b.hebergeur_id AND l.code_insee = b.code_insee AND l.actif \
                    AND NOT coalesce(daterange(b.debut, b.fin, '[]') <@ (SELECT range_agg(daterange(f.debut, f.fin, '[]')) FROM fermeture f \
                    WHERE f.logement_id = l.id AND f.retire_le IS NULL), false)))";
const SEJOURS: &str = "(SELECT coalesce(sum(t.sejours), 0)::bigint FROM declaration_compte t WHERE t.declaration_id = b.id)";
const NUITEES: &str = "(SELECT coalesce(sum(t.nuitees), 0)::bigint FROM declaration_compte t WHERE t.declaration_id = b.id)";
pub const MONTANT_SQL: &str =
    "(SELECT coalesce(sum(t.montant_base + t.montant_departemental), 0)::bigint FROM declaration_compte t WHERE t.declaration_id = b.id)";
const ARRETE: &str = "CASE WHEN b.etat IN ('deposee', 'neant', 'close') THEN b.arrete_base + b.arrete_departemental END";

/// What was paid of it, and what is still owed, by the books.
const RESTE: &str = "(SELECT coalesce(sum(e.debit - e.credit), 0)::bigint FROM ecriture e WHERE e.declaration_id = b.id AND e.compte = 'redevables')";
const PAYE: &str = "b.arrete_base + b.arrete_departemental - (SELECT coalesce(sum(e.debit - e.credit), 0)::bigint FROM ecriture e WHERE e.declaration_id = b.id AND e.compte = 'redevables')";
/// The last day to pay.
// No two overlap: the last to begin before that day covers it, or none does.
const EXIGIBLE: &str = "(SELECT z.jour FROM (SELECT x.jour, x.fin FROM echeance x WHERE x.collectivite_id = b.collectivite_id \
     AND x.genre = (SELECT y.genre FROM campagne y WHERE y.id = b.campagne_id) AND x.debut <= b.fin ORDER BY x.debut DESC LIMIT 1) z WHERE z.fin >= b.fin)";

/// The declarations of the reader's communes.
pub static DECLARATIONS: List = List {
    name: "declarations",
    title: "Déclarations",
    noun: ("déclaration", "déclarations"),
    feminine: true,
    about: "Les déclarations attendues sont faites à l’ouverture d’une campagne : une par hébergeur et par commune. Leurs totaux sont ceux de leurs séjours.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "declaration",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN hebergeur h ON h.id = b.hebergeur_id LEFT JOIN plateforme p ON p.code = b.collecteur \
            LEFT JOIN commune c ON c.code_insee = b.code_insee LEFT JOIN campagne g ON g.id = b.campagne_id",
    distinct: false,
    scope: by_commune,
    domains: &["declarations", "sejours", "logements", "hebergeurs", "campagnes", "echeances", "regie"],
    columns: &[
        Column::new("numero", "Déclaration", "b.numero", Kind::Code).linked("/declarations/", "b.id"),
        Column::new("declarant", "Déclarant", "coalesce(h.nom, p.nom)", Kind::Text).personal(),
        Column::new("commune", "Commune", "c.nom", Kind::Text).linked("/communes/", "b.code_insee"),
        Column::new("campagne", "Campagne", "g.nom", Kind::Text).linked("/campagnes/", "b.campagne_id"),
        Column::new("debut", "Premier jour", "b.debut", Kind::Date).hidden(),
        Column::new("fin", "Dernier jour", "b.fin", Kind::Date).hidden(),
        Column::new("limite", "Avant le", "b.limite", Kind::Date).sorted("limite"),
        Column::new("etat", "État", ETAT, Kind::Choice(ETATS)),
        Column::new("sejours", "Séjours", SEJOURS, Kind::Int),
        Column::new("nuitees", "Nuitées", NUITEES, Kind::Int).hidden(),
        Column::new("montant", "Taxe", MONTANT_SQL, Kind::Money).summed(),
        Column::new("arrete", "Arrêté", ARRETE, Kind::Money).summed().hidden(),
        Column::new("paye", "Payé", PAYE, Kind::Money).summed().hidden(),
        Column::new("reste", "Reste dû", RESTE, Kind::Money).summed(),
        Column::new("exigible", "À payer avant le", EXIGIBLE, Kind::Date).hidden(),
        Column::new("attendu", "An passé", "b.attendu", Kind::Money).summed().sorted("attendu"),
        Column::new("loue", "Loue", LOUE, Kind::Choice(OUI_NON)).hidden(),
        Column::new("relances", "Relances", "b.relances", Kind::Int),
        Column::new("relancee_le", "Relancée le", "b.relancee_le", Kind::Date).hidden(),
        Column::new("deposee_le", "Déposée le", "b.deposee_le", Kind::Date).hidden(),
        Column::new("hors_delai", "Hors délai", "b.hors_delai", Kind::Bool).hidden(),
        Column::new("numero_hebergeur", "Numéro de l’hébergeur", "h.numero", Kind::Code).hidden(),
        Column::new("courriel", "Courriel", "h.courriel", Kind::Email).personal().hidden(),
        Column::new("insee", "Code INSEE", "b.code_insee", Kind::Code).hidden(),
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
        COMMUNE,
        Filter {
            name: "etat",
            label: "État",
            kind: FilterKind::Choice { sql: ETAT, cast: "text", options: Options::Fixed(ETATS), nullable: false },
            daily: true,
        },
        EPCI,
        Filter::range("limite", "À déclarer avant le", "b.limite", Kind::Date, false),
        Filter::range("debut", "Premier jour", "b.debut", Kind::Date, false),
        Filter::range("fin", "Dernier jour", "b.fin", Kind::Date, false),
        Filter::range("attendu", "Taxe de l’an passé", "b.attendu", Kind::Money, false),
        Filter::range("reste", "Reste dû", RESTE, Kind::Money, false),
        Filter::range("exigible", "À payer avant le", EXIGIBLE, Kind::Date, true),
        Filter::range("relances", "Relances", "b.relances", Kind::Int, false),
        Filter::range("relancee_le", "Relancée le", "b.relancee_le", Kind::Date, true),
        Filter::range("deposee_le", "Déposée le", "b.deposee_le", Kind::Date, true),
        Filter {
            name: "loue",
            label: "Loue dans la commune",
            kind: FilterKind::Choice { sql: LOUE, cast: "boolean", options: Options::Fixed(OUI_NON), nullable: false },
            daily: false,
        },
        Filter {
            name: "campagne",
            label: "Campagne",
            kind: FilterKind::Parent {
                sql: "b.campagne_id",
                label: "SELECT g.nom FROM campagne g WHERE g.id = $1 AND EXISTS (SELECT 1 FROM declaration d WHERE d.campagne_id = g.id AND d.code_insee = ANY($2))",
                among: None,
            },
            daily: false,
        },
        Filter {
            name: "hebergeur",
            label: "Hébergeur",
            kind: FilterKind::Parent {
                sql: "b.hebergeur_id",
                label: "SELECT h.nom FROM hebergeur h WHERE h.id = $1 AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
                among: None,
            },
            daily: false,
        },
    ],
    sorts: &[
        Sort {
            name: "limite",
            label: "date limite",
            column: "b.limite",
            kind: Kind::Date,
            cast: "date",
            nullable: false,
            descending: true,
            led_by: &["q", "limite", "campagne", "hebergeur"],
            indexed: true,
        },
        Sort {
            name: "attendu",
            label: "taxe de l’an passé",
            column: "b.attendu",
            kind: Kind::Money,
            cast: "bigint",
            nullable: false,
            descending: true,
            led_by: &["attendu", "campagne"],
            indexed: true,
        },
    ],
    exportable: true,
    create: None,
    menu: Some(Menu::at(Group::Levy, 34, "clipboard")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// The declarations of a campaign that were not deposited, of hosts who let: those who are late once its last day is past.
pub fn defaillants(campagne: i64) -> crate::platform::http::Address {
    let asked = DECLARATIONS.asked(&[("campagne", &campagne), ("loue", &true), ("tri", &"-attendu")]);
    A_RELANCER.iter().fold(asked, |asked, etat| asked.with("etat", etat))
}

/// The states of what was not deposited, as the filter says them.
pub const A_RELANCER: [&str; 3] = ["attendue", "en_cours", "defaillante"];
