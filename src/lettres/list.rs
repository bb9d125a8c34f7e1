//! The letters, and the templates that they are made of.

use super::genres::GENRES;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, Reader, Searched, Sort, Words};
use crate::ui::layout::Group;

/// What became of a letter.
pub const ETATS: &[(&str, &str, &str)] = &[
    ("preparee", "Préparée", "info"),
    ("imprimee", "Imprimée", "info"),
    ("envoyee", "Envoyée", "alerte"),
    ("distribuee", "Distribuée", "succes"),
    ("retournee", "Retournée", "erreur"),
];
/// Whether it is registered.
const RECOMMANDE: &[(&str, &str, &str)] = &[("true", "Recommandée", "alerte"), ("false", "Simple", "")];
/// What became of its e-mail.
pub const COURRIELS: &[(&str, &str, &str)] =
    &[("en_attente", "En attente", "info"), ("envoye", "Parti", "succes"), ("refuse", "Refusé", "erreur"), ("abandonne", "Abandonné", "erreur")];
/// Whether a template is used.
const SERVIS: &[(&str, &str, &str)] = &[("false", "En service", ""), ("true", "Archivé", "alerte")];
const ARCHIVE: &str = "(b.archive_le IS NOT NULL)";

const LIRE: Access = Access::Droit(Module::Taxe, Niveau::Lire);

/// Those of the collectivités of the reader.
fn scope(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites(Module::Taxe).iter().map(|id| i64::from(*id)).collect())
}

const fn choice(
    name: &'static str,
    label: &'static str,
    (sql, nullable): (&'static str, bool),
    known: &'static [(&'static str, &'static str, &'static str)],
) -> Filter {
    Filter { name, label, kind: FilterKind::Choice { sql, cast: "text", options: Options::Fixed(known), nullable }, daily: false }
}

/// Letters written to hosts.
pub static LETTRES: List = List {
    name: "lettres",
    title: "Lettres",
    noun: ("lettre", "lettres"),
    feminine: true,
    about: "Une lettre s’écrit depuis la fiche d’un hébergeur, ou à beaucoup d’entre eux depuis leur liste\u{a0}: «\u{a0}Sélectionner\u{a0}», puis «\u{a0}Écrire une lettre\u{a0}».",
    access: LIRE,
    table: "lettre",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "",
    distinct: false,
    scope,
    domains: &["lettres"],
    columns: &[
        Column::new("reference", "Référence", "b.reference", Kind::Code).linked("/lettres/", "b.id"),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero").hidden(),
        Column::new("destinataire", "Destinataire", "b.destinataire", Kind::Text).sorted("destinataire").personal(),
        Column::new("genre", "Genre", "b.genre", Kind::Choice(GENRES)),
        Column::new("objet", "Objet", "b.objet", Kind::Text).hidden(),
        Column::new("date_lettre", "Datée du", "b.date_lettre", Kind::Date),
        Column::new("etat", "État", "b.etat", Kind::Choice(ETATS)),
        Column::new("recommande", "Envoi", "b.recommande", Kind::Choice(RECOMMANDE)),
        Column::new("numero_lrar", "N° de recommandé", "b.numero_lrar", Kind::Code),
        Column::new("envoyee_le", "Envoyée le", "b.envoyee_le", Kind::Date).hidden(),
        Column::new("distribuee_le", "Distribuée le", "b.distribuee_le", Kind::Date),
        Column::new("retournee_le", "Retournée le", "b.retournee_le", Kind::Date).hidden(),
        Column::new("reponse_le", "Réponse du", "b.reponse_le", Kind::Date),
        Column::new("courriel_etat", "Courriel", "b.courriel_etat", Kind::Choice(COURRIELS)),
        Column::new("envoi", "Envoi groupé", "b.envoi_id", Kind::Int).linked("/envois/", "b.envoi_id").hidden(),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Destinataire ou référence",
            kind: FilterKind::Search {
                look: Look {
                    within: &[Words {
                        from: "lettre b",
                        holds: "sans_accents(b.destinataire || ' ' || b.reference) %> sans_accents({})",
                        table: None,
                    }],
                    key: "b.id",
                    seen: "",
                    parents: None,
                },
                on: "b.id",
                references: None,
            },
            daily: true,
        },
        Filter { daily: true, ..choice("etat", "État", ("b.etat", false), ETATS) },
        Filter { daily: true, ..choice("genre", "Genre", ("b.genre", false), GENRES) },
        Filter {
            name: "recommande",
            label: "Envoi",
            kind: FilterKind::Choice { sql: "b.recommande", cast: "boolean", options: Options::Fixed(RECOMMANDE), nullable: false },
            daily: false,
        },
        choice("courriel_etat", "Courriel", ("b.courriel_etat", true), COURRIELS),
        Filter::range("date_lettre", "Datée du", "b.date_lettre", Kind::Date, false),
        Filter::range("envoyee_le", "Envoyée le", "b.envoyee_le", Kind::Date, true),
        Filter::range("distribuee_le", "Distribuée le", "b.distribuee_le", Kind::Date, true),
        Filter::range("retournee_le", "Retournée le", "b.retournee_le", Kind::Date, true),
        Filter::range("reponse_le", "Réponse du", "b.reponse_le", Kind::Date, true),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
        Filter::range("envoi", "Envoi groupé", "b.envoi_id", Kind::Int, false),
    ],
    sorts: &[
        Sort {
            name: "numero",
            label: "numéro",
            column: "b.id",
            kind: Kind::Int,
            cast: "bigint",
            nullable: false,
            descending: true,
            led_by: &["etat", "genre", "numero"],
            indexed: true,
        },
        Sort {
            name: "destinataire",
            label: "destinataire",
            column: "b.destinataire",
            kind: Kind::Text,
            cast: "text",
            nullable: false,
            descending: false,
            led_by: &[],
            indexed: true,
        },
    ],
    exportable: true,
    create: None,
    menu: Some(Menu::at(Group::Post, 10, "mail")),
    searched: Some(Searched { rank: 45, details: &["genre", "date_lettre", "etat"] }),
    suivis: &[],
    rollup: None,
};

/// Texts of letters that a collectivité wrote.
pub static MODELES: List = List {
    name: "modeles",
    title: "Modèles de lettres",
    noun: ("modèle", "modèles"),
    feminine: false,
    about: "Les textes de lettres de votre collectivité. Gardel en a pour chaque genre\u{a0}: copiez-en un pour le changer.",
    access: LIRE,
    table: "lettre_modele",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "JOIN collectivite c ON c.id = b.collectivite_id",
    distinct: false,
    scope,
    domains: &["lettres"],
    columns: &[
        Column::new("nom", "Modèle", "b.nom", Kind::Text).sorted("nom").linked("/modeles/", "b.id"),
        Column::new("genre", "Genre", "b.genre", Kind::Choice(GENRES)),
        Column::new("collectivite", "Collectivité", "c.nom", Kind::Text),
        Column::new("objet", "Objet", "b.objet", Kind::Text).hidden(),
        Column::new("recommande", "Envoi", "b.recommande", Kind::Choice(RECOMMANDE)),
        Column::new("version", "Version", "b.version", Kind::Int),
        Column::new("modifie_le", "Modifié le", "b.modifie_le", Kind::Instant),
        Column::new("archive", "État", ARCHIVE, Kind::Choice(SERVIS)),
        Column::new("numero", "Numéro", "b.id", Kind::Int).hidden(),
    ],
    filters: &[
        Filter { daily: true, ..choice("genre", "Genre", ("b.genre", false), GENRES) },
        Filter {
            name: "archive",
            label: "État",
            kind: FilterKind::Choice { sql: ARCHIVE, cast: "boolean", options: Options::Fixed(SERVIS), nullable: false },
            daily: false,
        },
        Filter::range("version", "Version", "b.version", Kind::Int, false),
        Filter::range("modifie_le", "Modifié le", "b.modifie_le", Kind::Instant, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
    ],
    sorts: &[Sort {
        name: "nom",
        label: "nom",
        column: "b.nom",
        kind: Kind::Text,
        cast: "text",
        nullable: false,
        descending: false,
        led_by: &["genre"],
        indexed: true,
    }],
    exportable: true,
    create: Some(("Nouveau modèle", "/modeles/nouveau")),
    menu: Some(Menu::at(Group::Post, 20, "file-text")),
    searched: None,
    suivis: &[],
    rollup: None,
};
