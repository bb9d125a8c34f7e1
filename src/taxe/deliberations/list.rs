//! Deliberations and tariffs as lists. What is in force is a public act, whoever it is of; a draft is its collectivité's own.

use super::model::{ETATS, SOURCES};
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Module, Niveau, Number, Options, Reader, Sort};
use crate::taxe::reference::CATEGORIES;
use crate::ui::layout::Group;

/// Hundredths of a percent.
const TAUX: Kind = Kind::Number(Number::new(2, "%"));
/// The collectivités of this installation.
const COLLECTIVITES: Options = Options::Sql("SELECT siren, nom::text FROM collectivite ORDER BY nom");
/// A period of the year, written as a list shows it.
const PERIODE: &str = "'du ' || right(b.debut, 2) || '/' || left(b.debut, 2) || ' au ' || right(b.fin, 2) || '/' || left(b.fin, 2)";
/// Whether a tariff of row `b` is outside the legal limits of its year.
const HORS_BAREME: &str = "EXISTS (SELECT 1 FROM tarif t JOIN bareme m ON m.annee = b.annee AND m.categorie_id = t.categorie_id \
                           WHERE t.deliberation_id = b.id AND t.valeur NOT BETWEEN m.plancher AND m.plafond)";

/// What everybody may read, and the drafts of the reader's collectivités.
fn publiques(reader: &Reader) -> Branching {
    Branching::Where(
        "(b.etat IN ('en_vigueur', 'remplacee') OR b.collectivite_id = ANY ({}))",
        reader.collectivites(Module::Taxe).iter().map(|id| i64::from(*id)).collect(),
    )
}

/// The deliberations of the reader's collectivités: what they may write.
fn siennes(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites(Module::Taxe).iter().map(|id| i64::from(*id)).collect())
}

/// A choice of one column of `b`.
const fn choice(name: &'static str, label: &'static str, sql: &'static str, cast: &'static str, options: Options, daily: bool) -> Filter {
    Filter { name, label, kind: FilterKind::Choice { sql, cast, options, nullable: false }, daily }
}

/// A sort by an indexed column that is never empty.
const fn sort(name: &'static str, label: &'static str, column: &'static str, (kind, cast): (Kind, &'static str), descending: bool) -> Sort {
    Sort { name, label, column, kind, cast, nullable: false, descending, led_by: &[], indexed: true }
}

/// Every deliberation: a row for each period of the year.
pub static DELIBERATIONS: List = List {
    name: "deliberations",
    title: "Délibérations",
    noun: ("délibération", "délibérations"),
    feminine: true,
    about: "Les délibérations viennent du fichier DELTA de la DGFiP, ou de votre saisie. Chacune fixe les tarifs d’une période de l’année.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "deliberation",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "",
    distinct: false,
    scope: publiques,
    domains: &[],
    columns: &[
        Column::new("collectivite", "Collectivité", "b.collectivite", Kind::Text).sorted("collectivite").linked("/deliberations/", "b.id"),
        Column::new("numero", "N° de fiche", "b.id", Kind::Int).hidden(),
        Column::new("siren", "SIREN", "b.siren", Kind::Code).hidden(),
        Column::new("reference", "Numéro", "b.reference", Kind::Code).hidden(),
        Column::new("date_deliberation", "Délibérée le", "b.date_deliberation", Kind::Date).sorted("date"),
        Column::new("applicable_du", "Applicable du", "b.applicable_du", Kind::Date).sorted("effet"),
        Column::new("valable_au", "Au", "b.valable_au", Kind::Date),
        Column::new("periode", "Période", PERIODE, Kind::Text),
        Column::new("etat", "État", "b.etat", Kind::Choice(ETATS)),
        Column::new("nb_communes", "Communes", "cardinality(string_to_array(b.communes, ' '))", Kind::Int),
        Column::new(
            "plus_haut",
            "Plus haut tarif",
            "greatest(b.tarif_1, b.tarif_2, b.tarif_3, b.tarif_4, b.tarif_5, b.tarif_6, b.tarif_7, b.tarif_8)",
            Kind::Money,
        ),
        Column::new("taux", "Sans classement", "b.tarif_9", TAUX),
        Column::new("departementale", "Taxe du département", "b.taxe_departementale", Kind::Bool).hidden(),
        Column::new("loyer_nuit", "Loyer minimum par nuit", "b.loyer_minimum_nuit", Kind::Money).hidden(),
        Column::new("hors_bareme", "Hors barème", HORS_BAREME, Kind::Bool).hidden(),
        Column::new("transmise_le", "Transmise le", "b.transmise_le", Kind::Date).hidden(),
        Column::new("source", "Origine", "b.source", Kind::Choice(SOURCES)).hidden(),
    ],
    filters: &[
        choice("collectivite", "Collectivité", "b.siren", "text", COLLECTIVITES, true),
        choice("etat", "État", "b.etat", "text", Options::Fixed(ETATS), true),
        Filter::range("annee", "Année", "b.annee", Kind::Int, false),
        Filter::range("effet", "Applicable du", "b.applicable_du", Kind::Date, false),
        Filter::range("deliberee", "Délibérée le", "b.date_deliberation", Kind::Date, false),
        choice("source", "Origine", "b.source", "text", Options::Fixed(SOURCES), false),
        Filter::presence("transmise", "Transmise à la DGFiP", "b.transmise_le"),
        Filter::range("transmise_le", "Transmise le", "b.transmise_le", Kind::Date, false),
        Filter::range("valable_au", "Applicable jusqu’au", "b.valable_au", Kind::Date, true),
        Filter::range("taux", "Taux sans classement", "b.tarif_9", TAUX, true),
        Filter::range("loyer_nuit", "Loyer minimum par nuit", "b.loyer_minimum_nuit", Kind::Money, true),
        Filter::range("numero", "N° de fiche", "b.id", Kind::Int, false),
    ],
    sorts: &[
        sort("effet", "date d’effet", "b.applicable_du", (Kind::Date, "date"), true),
        sort("collectivite", "collectivité", "b.collectivite", (Kind::Text, "text"), false),
        sort("date", "date de la délibération", "b.date_deliberation", (Kind::Date, "date"), true),
    ],
    exportable: true,
    create: Some(("Nouvelle délibération", "/deliberations/nouveau")),
    menu: Some(Menu::at(Group::Rates, 41, "file-text")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// The same for whoever writes: those of their collectivités alone.
pub static GESTION: List = List { scope: siennes, ..DELIBERATIONS };

/// Every tariff: a row for each category of each period.
pub static TARIFS: List = List {
    name: "tarifs",
    title: "Tarifs",
    noun: ("tarif", "tarifs"),
    feminine: false,
    about: "Les tarifs sont ceux des délibérations, une ligne par catégorie.",
    table: "tarif",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN deliberation d ON d.id = b.deliberation_id LEFT JOIN categorie k ON k.id = b.categorie_id \
            LEFT JOIN bareme m ON m.annee = b.annee AND m.categorie_id = b.categorie_id",
    columns: &[
        Column::new("collectivite", "Collectivité", "b.collectivite", Kind::Text)
            .sorted("collectivite")
            .linked("/deliberations/", "b.deliberation_id"),
        Column::new("siren", "SIREN", "b.siren", Kind::Code).hidden(),
        Column::new("numero", "N° de ligne", "b.id", Kind::Int).hidden(),
        Column::new("annee_application", "Année", "b.annee::text", Kind::Code),
        Column::new("categorie_numero", "N°", "b.categorie_id::text", Kind::Code),
        Column::new("categorie", "Catégorie", "k.libelle", Kind::Text),
        Column::new("tarif", "Tarif", "CASE WHEN b.categorie_id <> 9 THEN b.valeur END", Kind::Money),
        Column::new("taux", "Taux", "CASE WHEN b.categorie_id = 9 THEN b.valeur END", TAUX),
        Column::new("plancher", "Plancher", "CASE WHEN b.categorie_id <> 9 THEN m.plancher END", Kind::Money),
        Column::new("plafond", "Plafond", "CASE WHEN b.categorie_id <> 9 THEN m.plafond END", Kind::Money),
        Column::new("dans_le_bareme", "Dans le barème", "b.valeur BETWEEN m.plancher AND m.plafond", Kind::Bool),
        Column::new("date_deliberation", "Délibérée le", "d.date_deliberation", Kind::Date).hidden(),
        Column::new("applicable_du", "Applicable du", "d.applicable_du", Kind::Date),
        Column::new("valable_au", "Au", "d.valable_au", Kind::Date),
        Column::new("etat", "État", "b.etat", Kind::Choice(ETATS)),
    ],
    filters: &[
        choice("collectivite", "Collectivité", "b.siren", "text", COLLECTIVITES, true),
        choice("categorie", "Catégorie", "b.categorie_id", "smallint", CATEGORIES, true),
        choice("etat", "État", "b.etat", "text", Options::Fixed(ETATS), true),
        Filter::range("annee", "Année", "b.annee", Kind::Int, false),
        Filter::range("numero", "N° de ligne", "b.id", Kind::Int, false),
    ],
    sorts: &[
        sort("collectivite", "collectivité", "b.collectivite", (Kind::Text, "text"), false),
        sort("annee", "année", "b.annee", (Kind::Int, "smallint"), true),
    ],
    create: None,
    menu: Some(Menu::at(Group::Rates, 42, "euro")),
    ..DELIBERATIONS
};
