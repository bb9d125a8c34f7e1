//! The list of the profiles.

use crate::imports::list::GENRES;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Options, Reader, Sort};

/// Ways to read the files of a source: one's own, and those of one's collectivités.
pub static PROFILS: List = List {
    name: "profils",
    title: "Profils de lecture",
    noun: ("profil", "profils"),
    feminine: false,
    about: "Un profil dit comment se lisent les fichiers d’une source\u{a0}: il les reconnaît à leurs titres. Il se garde depuis la lecture d’un fichier.",
    access: Access::Habilites,
    table: "import_profil",
    row: "b.id, b.nom, b.genre, b.auteur_id, b.collectivite_id, b.colonnes, b.confiance, b.cree_le, b.modifie_le",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN utilisateur u ON u.id = b.auteur_id LEFT JOIN collectivite c ON c.id = b.collectivite_id",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column::new("nom", "Nom", "b.nom", Kind::Text).linked("/profils/", "b.id"),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero").hidden(),
        Column::new("genre", "Genre", "b.genre", Kind::Choice(GENRES)),
        Column::new("colonnes", "Colonnes lues", "b.colonnes", Kind::Int),
        Column::new("partage", "Partagé avec", "c.nom", Kind::Text),
        Column::new("auteur", "Auteur", "u.nom", Kind::Text).personal(),
        Column::new("confiance", "De confiance", "b.confiance", Kind::Bool),
        Column::new("modifie_le", "Modifié le", "b.modifie_le", Kind::Instant),
    ],
    filters: &[
        Filter {
            name: "genre",
            label: "Genre",
            kind: FilterKind::Choice { sql: "b.genre", cast: "text", options: Options::Fixed(GENRES), nullable: false },
            daily: true,
        },
        Filter::range("colonnes", "Colonnes lues", "b.colonnes", Kind::Int, false),
        Filter::range("modifie_le", "Modifié le", "b.modifie_le", Kind::Instant, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
    ],
    sorts: &[Sort {
        name: "numero",
        label: "création",
        column: "b.id",
        kind: Kind::Int,
        cast: "bigint",
        nullable: false,
        descending: true,
        led_by: &["genre", "numero"],
        indexed: true,
    }],
    exportable: false,
    create: None,
    menu: None,
    searched: None,
    suivis: &[],
    rollup: None,
};

/// Their own, and those shared with the collectivités where they have a right.
fn scope(reader: &Reader) -> Branching {
    let shared = reader.all_collectivites();
    if shared.is_empty() {
        return Branching::Ints("b.auteur_id", vec![reader.user_id]);
    }
    let both = "(b.collectivite_id = ANY ({}) OR (b.collectivite_id IS NULL AND -b.auteur_id = ANY ({})))";
    Branching::Where(both, shared.iter().map(|id| i64::from(*id)).chain([-reader.user_id]).collect())
}
