//! The list of séjours. Each filter × sort on offer rests on an index of `migrations/0003_taxe.sql`.

use super::model::STATUTS;
use crate::listing::{Column, Filter, FilterKind, Kind, Link, List, Options, Role, Sort};
use crate::taxe::reference::{CATEGORIES, COLLECTEURS, COMMUNE, EPCI, NATURES, by_commune};

/// The séjours of the reader's communes.
pub static SEJOURS: List = List {
    name: "sejours",
    title: "Séjours",
    noun: ("séjour", "séjours"),
    feminine: false,
    about: "Un séjour est une ligne de déclaration : il arrive par la saisie d'un hébergeur ou le fichier d'une plateforme.",
    roles: &[Role::Agent, Role::Administrateur],
    table: "sejour",
    id: ("b.id", "bigint"),
    joins: "JOIN logement l ON l.id = b.logement_id JOIN hebergeur h ON h.id = l.hebergeur_id JOIN commune c ON c.code_insee = b.code_insee \
            JOIN nature n ON n.id = b.nature_id JOIN categorie k ON k.id = b.categorie_id JOIN plateforme p ON p.code = b.collecteur",
    distinct: false,
    scope: by_commune,
    domains: &["sejours", "logements", "hebergeurs"],
    columns: &[
        Column { name: "reference", label: "Référence", sql: "b.reference", kind: Kind::Code, default: true, sort: None, link: Some(Link { prefix: "/sejours/", sql: "b.id" }), personal: false },
        Column { name: "debut", label: "Début", sql: "b.date_debut", kind: Kind::Date, default: true, sort: Some("debut"), link: None, personal: false },
        Column { name: "fin", label: "Fin", sql: "b.date_fin", kind: Kind::Date, default: false, sort: None, link: None, personal: false },
        Column { name: "nuits", label: "Nuits", sql: "b.nb_nuits", kind: Kind::Int, default: true, sort: None, link: None, personal: false },
        Column { name: "logement", label: "Logement", sql: "l.nom", kind: Kind::Text, default: true, sort: None, link: Some(Link { prefix: "/logements/", sql: "l.id" }), personal: false },
        Column { name: "hebergeur", label: "Hébergeur", sql: "h.nom", kind: Kind::Text, default: true, sort: None, link: Some(Link { prefix: "/hebergeurs/", sql: "h.id" }), personal: true },
        Column { name: "commune", label: "Commune", sql: "c.nom", kind: Kind::Text, default: true, sort: None, link: Some(Link { prefix: "/communes/", sql: "b.code_insee" }), personal: false },
        Column { name: "insee", label: "Code INSEE", sql: "b.code_insee", kind: Kind::Code, default: false, sort: None, link: None, personal: false },
        Column { name: "personnes", label: "Personnes", sql: "b.nb_personnes", kind: Kind::Int, default: true, sort: None, link: None, personal: false },
        Column { name: "assujettis", label: "Assujettis", sql: "b.nb_assujettis", kind: Kind::Int, default: false, sort: None, link: None, personal: false },
        Column { name: "mineurs", label: "Mineurs", sql: "b.nb_mineurs", kind: Kind::Int, default: false, sort: None, link: None, personal: false },
        Column { name: "nuitees", label: "Nuitées", sql: "b.nuitees", kind: Kind::Int, default: false, sort: None, link: None, personal: false },
        Column { name: "nature", label: "Nature", sql: "n.libelle", kind: Kind::Text, default: false, sort: None, link: None, personal: false },
        Column { name: "categorie", label: "Catégorie", sql: "k.libelle", kind: Kind::Text, default: false, sort: None, link: None, personal: false },
        Column { name: "prix_nuit", label: "Prix de la nuit HT", sql: "b.prix_nuit", kind: Kind::Money, default: false, sort: None, link: None, personal: false },
        Column { name: "montant", label: "Taxe", sql: "b.montant", kind: Kind::Money, default: true, sort: Some("montant"), link: None, personal: false },
        Column { name: "collecteur", label: "Collecteur", sql: "p.nom", kind: Kind::Text, default: true, sort: None, link: None, personal: false },
        Column { name: "perception", label: "Perçue le", sql: "b.date_perception", kind: Kind::Date, default: false, sort: Some("perception"), link: None, personal: false },
        Column { name: "numero", label: "N° d'enregistrement", sql: "l.numero_enregistrement", kind: Kind::Code, default: false, sort: None, link: None, personal: false },
        Column { name: "statut", label: "Statut", sql: "b.statut", kind: Kind::Choice(STATUTS), default: true, sort: None, link: None, personal: false },
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Logement ou hébergeur",
            kind: FilterKind::Search {
                candidates: "SELECT l.id FROM logement l WHERE l.recherche %> sans_accents($1) AND l.code_insee = ANY($2) \
                             UNION SELECT l.id FROM hebergeur h JOIN logement l ON l.hebergeur_id = h.id WHERE h.recherche %> sans_accents($1) AND l.code_insee = ANY($2)",
                on: "b.logement_id",
                residual: "EXISTS (SELECT 1 FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE l.id = b.logement_id \
                           AND (l.recherche %> sans_accents({}) OR h.recherche %> sans_accents({})))",
            },
            daily: true,
        },
        COMMUNE,
        Filter { name: "debut", label: "Début du séjour", kind: FilterKind::Dates { sql: "b.date_debut", relative: "periode" }, daily: true },
        Filter { name: "statut", label: "Statut", kind: FilterKind::Choice { sql: "b.statut", cast: "text", options: Options::Fixed(STATUTS) }, daily: true },
        EPCI,
        Filter { name: "nature", label: "Nature", kind: FilterKind::Choice { sql: "b.nature_id", cast: "smallint", options: NATURES }, daily: false },
        Filter { name: "categorie", label: "Catégorie", kind: FilterKind::Choice { sql: "b.categorie_id", cast: "smallint", options: CATEGORIES }, daily: false },
        Filter { name: "collecteur", label: "Collecteur", kind: FilterKind::Choice { sql: "b.collecteur", cast: "text", options: COLLECTEURS }, daily: false },
        Filter { name: "montant", label: "Taxe", kind: FilterKind::Money { sql: "b.montant" }, daily: false },
        Filter {
            name: "logement",
            label: "Logement",
            kind: FilterKind::Parent { sql: "b.logement_id", label: "SELECT nom FROM logement WHERE id = $1 AND code_insee = ANY($2)" },
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
            with: &["debut", "statut", "nature", "categorie", "collecteur", "logement"],
        },
        Sort { name: "montant", label: "montant de la taxe", column: "b.montant", kind: Kind::Money, cast: "bigint", nullable: false, descending: true, with: &["montant", "statut", "collecteur"] },
        Sort { name: "perception", label: "date de perception", column: "b.date_perception", kind: Kind::Date, cast: "date", nullable: true, descending: true, with: &["statut"] },
    ],
    exportable: true,
    create: None,
};
