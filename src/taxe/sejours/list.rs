//! The list of séjours. Each filter × sort on offer rests on an index of `migrations/0003_taxe.sql`.

use super::model::STATUTS;
use crate::listing::{
    Access, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, References, Rollup, Searched, Sort, Words,
};
use crate::taxe::redevable::{AMONG, OWNER, day_sql, former_sql, owner_joins_sql};
use crate::taxe::reference::{CATEGORIES, COLLECTEURS, COMMUNE, EPCI, NATURES, by_commune};
use crate::ui::layout::{Group, Waiting};

/// Séjours counted beforehand, by the triggers of `migrations/0106_sejour_compte.sql`.
static COMPTE: Rollup = Rollup {
    table: "sejour_compte",
    by: &["b.code_insee", "b.statut", "b.nature_id", "b.categorie_id", "b.collecteur"],
    day: "b.date_debut",
    amount: "b.montant",
};

/// The séjours of the reader's communes.
pub static SEJOURS: List = List {
    name: "sejours",
    title: "Séjours",
    noun: ("séjour", "séjours"),
    feminine: false,
    about: "Un séjour est une ligne de déclaration : il arrive par la saisie d’un hébergeur ou le fichier d’une plateforme.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "sejour",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: concat!(
        "LEFT JOIN logement l ON l.id = b.logement_id ",
        owner_joins_sql!(),
        " LEFT JOIN commune c ON c.code_insee = b.code_insee LEFT JOIN nature n ON n.id = b.nature_id LEFT JOIN categorie k ON k.id = b.categorie_id \
         LEFT JOIN plateforme p ON p.code = b.collecteur LEFT JOIN motif m ON m.id = b.motif_id"
    ),
    distinct: false,
    scope: by_commune,
    domains: &["sejours", "logements", "hebergeurs"],
    columns: &[
        Column::new("reference", "Référence", "b.reference", Kind::Code).linked("/sejours/", "b.id"),
        Column::new("debut", "Début", "b.date_debut", Kind::Date).sorted("debut"),
        Column::new("fin", "Fin", "b.date_fin", Kind::Date).hidden(),
        Column::new("nuits", "Nuits", "b.nb_nuits", Kind::Int).summed(),
        Column::new("logement", "Logement", "l.nom", Kind::Text).linked("/logements/", "b.logement_id"),
        Column::new("hebergeur", "Hébergeur", "h.nom", Kind::Text).linked("/hebergeurs/", "h.id").personal(),
        Column::new("commune", "Commune", "c.nom", Kind::Text).linked("/communes/", "b.code_insee"),
        Column::new("insee", "Code INSEE", "b.code_insee", Kind::Code).hidden(),
        Column::new("personnes", "Personnes", "b.nb_personnes", Kind::Int),
        Column::new("assujettis", "Assujettis", "b.nb_assujettis", Kind::Int).hidden(),
        Column::new("mineurs", "Mineurs", "b.nb_mineurs", Kind::Int).hidden(),
        Column::new("nuitees", "Nuitées", "b.nuitees", Kind::Int).summed().hidden(),
        Column::new("nature", "Nature", "n.libelle", Kind::Text).hidden(),
        Column::new("categorie", "Catégorie", "k.libelle", Kind::Text).hidden(),
        Column::new("prix_nuit", "Prix de la nuit HT", "b.prix_nuit", Kind::Money).hidden(),
        Column::new("montant", "Taxe", "b.montant", Kind::Money).summed().sorted("montant"),
        Column::new("collecteur", "Collecteur", "p.nom", Kind::Text),
        Column::new("perception", "Perçue le", "b.date_perception", Kind::Date).sorted("perception").hidden().editable(),
        Column::new("numero", "N° d’enregistrement", "l.numero_enregistrement", Kind::Code).hidden(),
        Column::new("statut", "Statut", "b.statut", Kind::Choice(STATUTS)).editable_from(Niveau::Valider),
        Column::new("motif", "Motif", "m.libelle", Kind::Text).hidden(),
        Column::new("precision", "Précision du motif", "b.motif_precision", Kind::Text).hidden(),
        // What tells apart two lodgings of one name, in a file that comes back.
        Column::new("reference_logement", "Référence du logement", "l.reference", Kind::Code).hidden(),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Référence, logement ou hébergeur",
            kind: FilterKind::Search {
                look: Look {
                    // The lodgings of a host are read one host at a time.
                    within: &[
                        Words { from: "logement l", holds: "l.mots @@ {}", table: Some("logement") },
                        Words {
                            from: "hebergeur h CROSS JOIN LATERAL (SELECT l.id, l.code_insee FROM logement l WHERE l.hebergeur_id = h.id OFFSET 0) l",
                            holds: "h.mots @@ {}",
                            table: Some("hebergeur"),
                        },
                    ],
                    key: "l.id",
                    seen: "(l.code_insee = ANY($2)) IS TRUE",
                    parents: Some("logement l JOIN hebergeur h ON h.id = l.hebergeur_id"),
                },
                on: "b.logement_id",
                references: Some(References { table: "sejour", keys: "b.id, b.logement_id, b.code_insee", text: "cle_compacte(b.reference)" }),
            },
            daily: true,
        },
        COMMUNE,
        Filter { name: "debut", label: "Début du séjour", kind: FilterKind::Dates { sql: "b.date_debut", relative: "periode" }, daily: true },
        Filter {
            name: "statut",
            label: "Statut",
            kind: FilterKind::Choice { sql: "b.statut", cast: "text", options: Options::Fixed(STATUTS), nullable: false },
            daily: true,
        },
        EPCI,
        Filter {
            name: "nature",
            label: "Nature",
            kind: FilterKind::Choice { sql: "b.nature_id", cast: "smallint", options: NATURES, nullable: false },
            daily: false,
        },
        Filter {
            name: "categorie",
            label: "Catégorie",
            kind: FilterKind::Choice { sql: "b.categorie_id", cast: "smallint", options: CATEGORIES, nullable: false },
            daily: false,
        },
        Filter {
            name: "collecteur",
            label: "Collecteur",
            kind: FilterKind::Choice { sql: "b.collecteur", cast: "text", options: COLLECTEURS, nullable: false },
            daily: false,
        },
        Filter { name: "montant", label: "Taxe", kind: FilterKind::Range { sql: "b.montant", kind: Kind::Money, nullable: false }, daily: false },
        Filter::range("perception", "Perçue le", "b.date_perception", Kind::Date, true),
        Filter::range("fin", "Fin du séjour", "b.date_fin", Kind::Date, false),
        Filter::range("nuits", "Nuits", "b.nb_nuits", Kind::Int, false),
        Filter::range("personnes", "Personnes", "b.nb_personnes", Kind::Int, false),
        Filter::range("assujettis", "Assujettis", "b.nb_assujettis", Kind::Int, false),
        Filter::range("mineurs", "Mineurs", "b.nb_mineurs", Kind::Int, false),
        Filter::range("nuitees", "Nuitées", "b.nuitees", Kind::Int, false),
        Filter::range("prix_nuit", "Prix de la nuit HT", "b.prix_nuit", Kind::Money, true),
        Filter::presence("numero", "N° d’enregistrement", "(SELECT l.numero_enregistrement FROM logement l WHERE l.id = b.logement_id)"),
        Filter {
            name: "logement",
            label: "Logement",
            kind: FilterKind::Parent { sql: "b.logement_id", label: "SELECT nom FROM logement WHERE id = $1 AND code_insee = ANY($2)", among: None },
            daily: false,
        },
        Filter {
            name: "hebergeur",
            label: "Hébergeur",
            kind: FilterKind::Parent {
                sql: OWNER,
                label: "SELECT h.nom FROM hebergeur h WHERE h.id = $1 AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
                among: Some(AMONG),
            },
            daily: false,
        },
    ],
    sorts: &[
        Sort {
            name: "debut",
            label: "date de début",
            column: "b.date_debut",
            kind: Kind::Date,
            cast: "date",
            nullable: false,
            descending: true,
            led_by: &["q", "debut", "statut", "nature", "categorie", "collecteur", "logement"],
            indexed: true,
        },
        Sort {
            name: "montant",
            label: "montant de la taxe",
            column: "b.montant",
            kind: Kind::Money,
            cast: "bigint",
            nullable: false,
            descending: true,
            led_by: &["montant", "statut", "collecteur"],
            indexed: true,
        },
        Sort {
            name: "perception",
            label: "date de perception",
            column: "b.date_perception",
            kind: Kind::Date,
            cast: "date",
            nullable: true,
            descending: true,
            led_by: &["statut", "perception"],
            indexed: true,
        },
    ],
    exportable: true,
    create: Some(("Nouveau séjour", "/sejours/nouveau")),
    menu: Some(Menu::at(Group::Work, 10, "calendar").waited(Waiting::Stays)),
    searched: Some(Searched { rank: 30, details: &["debut", "logement", "commune", "statut"] }),
    suivis: &[
        "reference",
        "debut",
        "fin",
        "nuits",
        "logement",
        "commune",
        "insee",
        "personnes",
        "assujettis",
        "mineurs",
        "nuitees",
        "nature",
        "categorie",
        "prix_nuit",
        "montant",
        "collecteur",
        "perception",
        "statut",
        "precision",
    ],
    rollup: Some(&COMPTE),
};
