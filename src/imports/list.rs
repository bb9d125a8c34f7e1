//! The lists of the imports: the imports themselves, their lines, what is said of these.

use super::etats::IMPORT;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Module, Options, Reader, Sort};
use crate::ui::layout::Group;

/// What rows are fed.
pub const GENRES: &[(&str, &str, &str)] = &[
    ("hebergeurs", "Hébergeurs", ""),
    ("logements", "Logements", ""),
    ("sejours", "Séjours", ""),
    ("faritas", "Séjours de FARITAS", ""),
    ("classements", "Classements (Atout France)", ""),
    ("communes", "Communes de France", ""),
    ("communes-anciennes", "Communes déléguées et associées", ""),
    ("deliberations", "Délibérations et tarifs (DELTA)", ""),
    ("utilisateurs", "Utilisateurs", ""),
];
/// What a line does.
const VERDICTS: &[(&str, &str, &str)] = &[
    ("nouvelle", "Nouvelle", "succes"),
    ("changee", "Changée", "info"),
    ("identique", "Sans changement", ""),
    ("laissee", "Sans changement, fiche gardée", ""),
    ("refusee", "Refusée", "erreur"),
    ("proposee", "Proposée", "alerte"),
    ("absente", "Absente du fichier", "alerte"),
];
/// What became of it.
const SUITES: &[(&str, &str, &str)] = &[
    ("prevue", "Prévue", ""),
    ("rien", "Rien à écrire", ""),
    ("exclue", "Exclue", "alerte"),
    ("ecrite", "Écrite", "succes"),
    ("depassee", "Laissée", "alerte"),
    ("defaite", "Défaite", ""),
    ("gardee", "Gardée", "alerte"),
    ("ecartee", "Écartée", ""),
];
/// The same as SQL: a line that says nothing new, or cannot be, awaits nothing.
const SUITE: &str = "CASE WHEN b.etat = 'prevue' AND b.verdict IN ('identique', 'laissee', 'refusee') THEN 'rien' ELSE b.etat END";
/// How much it matters.
const GRAVITES: &[(&str, &str, &str)] = &[("refus", "Refus", "erreur"), ("avertissement", "Avertissement", "alerte")];

/// The states as the list and the page of an import show them: one that has nothing to write asks for no confirmation.
pub(super) const RIEN: (&str, &str, &str) = ("rien_a_ecrire", "Rien à écrire", "");
const MONTRES: [(&str, &str, &str); IMPORT.known.len() + 1] = {
    let mut all = [RIEN; IMPORT.known.len() + 1];
    let mut place = 0;
    while place < IMPORT.known.len() {
        all[place] = IMPORT.known[place];
        place += 1;
    }
    all
};
/// The same as SQL.
const MONTRE: &str =
    "CASE WHEN b.etat = 'a_confirmer' AND b.nouvelles + b.changees + b.proposees + b.absentes = 0 THEN 'rien_a_ecrire' ELSE b.etat END";

const fn choice(name: &'static str, label: &'static str, sql: &'static str, known: &'static [(&'static str, &'static str, &'static str)]) -> Filter {
    Filter { name, label, kind: FilterKind::Choice { sql, cast: "text", options: Options::Fixed(known), nullable: false }, daily: true }
}

/// The rows of one import, told by its number: its name may be a person's, and whoever types a number sees this.
const OF_IMPORT: Filter = Filter {
    name: "import",
    label: "Import",
    kind: FilterKind::Parent { sql: "b.import_id", label: "SELECT 'n° ' || ($1::bigint)::text WHERE $2::text[] IS NOT NULL", among: None },
    daily: false,
};

/// In the order of the file.
const fn by_number(led_by: &'static [&'static str], descending: bool) -> Sort {
    Sort { name: "numero", label: "numéro", column: "b.id", kind: Kind::Int, cast: "bigint", nullable: false, descending, led_by, indexed: true }
}

/// Files that were loaded, or are to be.
pub static IMPORTS: List = List {
    name: "imports",
    title: "Imports",
    noun: ("import", "imports"),
    feminine: false,
    about: "Un import charge un fichier dans vos fiches\u{a0}: vous voyez d’abord ce qu’il ferait, vous confirmez, et vous pouvez le reprendre.",
    access: Access::Tous,
    table: "import",
    row: "b.id, b.nom, b.genre, b.etat, b.lues, b.nouvelles, b.changees, b.identiques, b.refusees, b.proposees, b.absentes, b.creees, b.modifiees, b.demandeur_id, b.collectivite_id, b.cree_le",
    id: ("b.id", "bigint"),
    joins: "JOIN utilisateur u ON u.id = b.demandeur_id",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column::new("nom", "Fichier", "b.nom", Kind::Text).linked("/imports/", "b.id").personal(),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero"),
        Column::new("genre", "Genre", "b.genre", Kind::Choice(GENRES)),
        Column::new("etat", "État", MONTRE, Kind::Choice(&MONTRES)),
        Column::new("lues", "Lues", "b.lues", Kind::Int),
        Column::new("nouvelles", "Nouvelles", "b.nouvelles", Kind::Int).hidden(),
        Column::new("changees", "Changées", "b.changees", Kind::Int).hidden(),
        Column::new("identiques", "Sans changement", "b.identiques", Kind::Int).hidden(),
        Column::new("refusees", "Refusées", "b.refusees", Kind::Int),
        Column::new("creees", "Créées", "b.creees", Kind::Int).hidden(),
        Column::new("modifiees", "Modifiées", "b.modifiees", Kind::Int).hidden(),
        Column::new("demandeur", "Chargé par", "u.nom", Kind::Text).personal(),
        Column::new("charge_le", "Chargé le", "b.cree_le", Kind::Instant),
    ],
    filters: &[
        choice("etat", "État", "b.etat", IMPORT.known),
        choice("genre", "Genre", "b.genre", GENRES),
        Filter::range("charge_le", "Chargé le", "b.cree_le", Kind::Instant, false),
        Filter::range("lues", "Lues", "b.lues", Kind::Int, false),
        Filter::range("nouvelles", "Nouvelles", "b.nouvelles", Kind::Int, false),
        Filter::range("changees", "Changées", "b.changees", Kind::Int, false),
        Filter::range("identiques", "Sans changement", "b.identiques", Kind::Int, false),
        Filter::range("refusees", "Refusées", "b.refusees", Kind::Int, false),
        Filter::range("creees", "Créées", "b.creees", Kind::Int, false),
        Filter::range("modifiees", "Modifiées", "b.modifiees", Kind::Int, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
    ],
    sorts: &[by_number(&["etat", "genre", "numero"], true)],
    exportable: true,
    create: Some(("Charger un fichier", "/imports/nouveau")),
    menu: Some(Menu::at(Group::Follow, 15, "upload")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// What each line of the imports does.
pub static LIGNES: List = List {
    name: "lignes",
    title: "Lignes des imports",
    noun: ("ligne", "lignes"),
    feminine: true,
    about: "Ce que chaque ligne d’un fichier fait d’une fiche. On y vient depuis la page d’un import.",
    access: Access::Tous,
    table: "import_ligne",
    row: "b.id, b.import_id, b.demandeur_id, b.collectivite_id, b.rang, b.ligne, b.verdict, b.etat, b.reference, b.nom, b.motif",
    id: ("b.id", "bigint"),
    joins: "JOIN import i ON i.id = b.import_id",
    distinct: false,
    scope: contents,
    domains: &[],
    columns: &[
        Column::new("ligne", "Ligne", "b.ligne", Kind::Int).linked("/imports/", "b.import_id"),
        Column::new("verdict", "Verdict", "b.verdict", Kind::Choice(VERDICTS)),
        Column::new("nom", "Fiche", "b.nom", Kind::Text).personal(),
        Column::new("reference", "Référence", "b.reference", Kind::Code),
        Column::new("suite", "Suite", SUITE, Kind::Choice(SUITES)),
        Column::new("motif", "Motif", "b.motif", Kind::LongText),
        Column::new("import", "Import", "i.nom", Kind::Text).linked("/imports/", "b.import_id").personal(),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero").hidden(),
    ],
    filters: &[
        choice("verdict", "Verdict", "b.verdict", VERDICTS),
        choice("suite", "Suite", SUITE, SUITES),
        OF_IMPORT,
        Filter::range("ligne", "Ligne", "b.ligne", Kind::Int, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
    ],
    sorts: &[by_number(&["import", "numero"], false)],
    exportable: true,
    create: None,
    menu: None,
    searched: None,
    suivis: &[],
    rollup: None,
};

/// What is said of the lines of the imports.
pub static ANOMALIES: List = List {
    name: "anomalies",
    title: "Anomalies des imports",
    noun: ("anomalie", "anomalies"),
    feminine: true,
    about: "Ce qui a été refusé dans un fichier, ou mérite un regard, avec la ligne, la colonne et ce qui serait juste. On y vient depuis la page d’un import.",
    access: Access::Tous,
    table: "import_anomalie",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "JOIN import i ON i.id = b.import_id",
    distinct: false,
    scope: contents,
    domains: &[],
    columns: &[
        Column::new("ligne", "Ligne", "b.ligne", Kind::Int).linked("/imports/", "b.import_id"),
        Column::new("gravite", "Gravité", "b.gravite", Kind::Choice(GRAVITES)),
        Column::new("code", "Code", "b.code", Kind::Code),
        Column::new("colonne", "Colonne", "b.colonne", Kind::Text),
        Column::new("valeur", "Valeur", "b.contenu", Kind::Text).personal(),
        Column::new("message", "Motif", "b.message", Kind::LongText).personal(),
        Column::new("import", "Import", "i.nom", Kind::Text).linked("/imports/", "b.import_id").personal(),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero").hidden(),
    ],
    filters: &[
        choice("gravite", "Gravité", "b.gravite", GRAVITES),
        OF_IMPORT,
        Filter::range("ligne", "Ligne", "b.ligne", Kind::Int, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
    ],
    sorts: &[by_number(&["import", "numero"], false)],
    exportable: true,
    create: None,
    menu: None,
    searched: None,
    suivis: &[],
    rollup: None,
};

const PLACES: (&str, &str, &str) = ("b.collectivite_id", "b.demandeur_id", "(b.collectivite_id = ANY ({}) OR -b.demandeur_id = ANY ({}))");

/// Their own, and those of the collectivités whose administration they read.
fn scope(reader: &Reader) -> Branching {
    Branching::of_requests(reader, PLACES)
}

/// What the files hold, as the page of an import shows it ([`super::part::Part`]): one’s own imports and those of the collectivités that
/// one answers for, as long as one reads the rows of one place at least where it wrote. The kinds of import that are of a place feed the
/// tax, or give accounts (« c: » and the number of a collectivité), whose names those who administer without reading the tax see on the
/// accounts themselves.
const CONTENTS: &str = "EXISTS (SELECT 1 FROM import m WHERE m.id = b.import_id AND (cardinality(m.communes) = 0 OR EXISTS (
        SELECT 1 FROM unnest(m.communes) AS ecrit (place) WHERE CASE
            WHEN place LIKE 'c:%' THEN substr(place, 3)::bigint + 2199023255552 = ANY ({})
            ELSE EXISTS (SELECT 1 FROM collectivite_commune cc WHERE cc.code_insee = place AND cc.depuis <= current_date
                AND coalesce(cc.jusqu_au, current_date) >= current_date AND cc.collectivite_id + 1099511627776 = ANY ({})) END)))";

fn contents(reader: &Reader) -> Branching {
    Branching::of_contents(reader, Module::Taxe, PLACES, CONTENTS)
}

#[cfg(test)]
mod tests {
    use super::CONTENTS;
    use crate::listing::{ACCOUNTS, READ};

    #[test]
    fn the_numbers_of_the_condition_are_those_of_the_lists() {
        assert!(CONTENTS.contains(&READ.to_string()) && CONTENTS.contains(&ACCOUNTS.to_string()));
    }
}
