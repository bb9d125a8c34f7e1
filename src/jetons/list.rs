//! The list of tokens.

use super::model;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Module, Options, Reader, Sort};
use crate::ui::layout::Group;

/// Whose a token is.
pub const GENRES: &[(&str, &str, &str)] = &[("personnel", "Personnel", ""), ("service", "De service", "info")];
/// Whether it still opens something, by itself.
pub const ETATS: &[(&str, &str, &str)] = &[("actif", "Actif", "succes"), ("expire", "Expiré", "alerte"), ("revoque", "Révoqué", "erreur")];
/// The state of a token `b`.
pub const ETAT_SQL: &str = "CASE WHEN b.revoque_le IS NOT NULL THEN 'revoque' WHEN b.expire_le <= now() THEN 'expire' ELSE 'actif' END";

/// The last day of a token `b`: it ends at the midnight that follows.
const LAST_DAY_SQL: &str = "((b.expire_le - interval '1 second') AT TIME ZONE 'America/Guadeloupe')::date";

/// The columns that a list reads: all but the hash.
const ROW: &str =
    "b.id, b.utilisateur_id, b.collectivite_id, b.nom, b.genre, b.debut, b.droits, b.personnel, b.cree_le, b.expire_le, b.revoque_le, b.utilise_le";

/// Tokens: one's own, and those of the collectivités that one answers for. Their hashes are no column here, and never may be.
pub static JETONS: List = List {
    name: "jetons",
    title: "Jetons",
    noun: ("jeton", "jetons"),
    feminine: false,
    about: "Un jeton laisse un programme lire ou écrire dans Gardel à votre place, sans votre mot de passe et jamais plus loin que vous. «\u{a0}Créer un jeton\u{a0}», en haut de cette page, en fait un.",
    access: Access::Habilites,
    table: "jeton_api",
    row: ROW,
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN utilisateur u ON u.id = b.utilisateur_id",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column::new("nom", "Nom", "b.nom", Kind::Text).linked("/jetons/", "b.id"),
        Column::new("numero", "Numéro", "b.id", Kind::Int).sorted("numero").hidden(),
        Column::new("etat", "État", ETAT_SQL, Kind::Choice(ETATS)).moving(),
        Column::new("proprietaire", "Propriétaire", "u.nom", Kind::Text).personal(),
        Column::new("genre", "Genre", "b.genre", Kind::Choice(GENRES)),
        Column::new("debut", "Début", "b.debut", Kind::Code),
        Column::new("droits", "Droits", "b.droits::text", Kind::Text).told(model::told),
        Column::new("personnel", "Données personnelles", "b.personnel", Kind::Bool).hidden(),
        Column::new("expire_le", "Valable jusqu’au", LAST_DAY_SQL, Kind::Date),
        Column::new("utilise_le", "Dernier appel", "b.utilise_le", Kind::Instant),
        Column::new("cree_le", "Créé le", "b.cree_le", Kind::Instant),
    ],
    filters: &[
        Filter {
            name: "etat",
            label: "État",
            kind: FilterKind::Choice { sql: ETAT_SQL, cast: "text", options: Options::Fixed(ETATS), nullable: false },
            daily: true,
        },
        Filter {
            name: "genre",
            label: "Genre",
            kind: FilterKind::Choice { sql: "b.genre", cast: "text", options: Options::Fixed(GENRES), nullable: false },
            daily: true,
        },
        Filter::range("expire_le", "Valable jusqu’au", LAST_DAY_SQL, Kind::Date, false),
        Filter::range("utilise_le", "Dernier appel", "b.utilise_le", Kind::Instant, true),
        Filter::range("cree_le", "Créé le", "b.cree_le", Kind::Instant, false),
        Filter::range("numero", "Numéro", "b.id", Kind::Int, false),
        // From the page of an account: all of its own.
        Filter {
            name: "proprietaire",
            label: "Propriétaire",
            kind: FilterKind::Parent {
                sql: "b.utilisateur_id",
                label: "SELECT u.nom::text FROM utilisateur u WHERE u.id = $1 AND EXISTS (SELECT 1 FROM utilisateur_collectivite uc \
                        JOIN collectivite_commune cc ON cc.collectivite_id = uc.collectivite_id WHERE uc.utilisateur_id = u.id AND cc.code_insee = ANY($2))",
                among: None,
            },
            daily: false,
        },
    ],
    sorts: &[Sort {
        name: "numero",
        label: "création",
        column: "b.id",
        kind: Kind::Int,
        cast: "bigint",
        nullable: false,
        descending: true,
        led_by: &["numero"],
        indexed: true,
    }],
    exportable: false,
    create: Some(("Créer un jeton", "/jetons/nouveau")),
    menu: Some(Menu::at(Group::Follow, 40, "key")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// Their own wherever they were made, and those of the collectivités whose administration they read.
fn scope(reader: &Reader) -> Branching {
    let answered = reader.collectivites(Module::Administration);
    if answered.is_empty() {
        return Branching::Ints("b.utilisateur_id", vec![reader.user_id]);
    }
    let both = "(b.collectivite_id = ANY ({}) OR -b.utilisateur_id = ANY ({}))";
    Branching::Where(both, answered.iter().map(|id| i64::from(*id)).chain([-reader.user_id]).collect())
}
