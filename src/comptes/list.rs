//! The list of users.

use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Options, Reader, Searched, Sort, Words};
use crate::ui::layout::Group;

const ROLES: &[(&str, &str, &str)] =
    &[("agent", "Agent", ""), ("administrateur", "Administrateur", ""), ("sur_mesure", "Sur mesure", ""), ("exploitant", "Exploitant", "")];
const ACTIFS: &[(&str, &str, &str)] = &[("true", "Actifs", ""), ("false", "Désactivés", "")];

/// The columns that lists read, and the worker may: all but the hash of the password.
const ROW: &str = "b.id, b.courriel, b.nom, b.role, b.actif, b.version, b.cree_le, b.connecte_le";

/// Users of the administrateur's collectivités. Password hashes are no column here, and never may be.
pub static UTILISATEURS: List = List {
    name: "utilisateurs",
    title: "Utilisateurs",
    noun: ("utilisateur", "utilisateurs"),
    feminine: false,
    about: "Invitez les agents de votre collectivité : chacun reçoit un lien pour choisir son mot de passe.",
    access: Access::Droit(Module::Administration, Niveau::Gerer),
    table: "utilisateur",
    row: ROW,
    id: ("b.id", "bigint"),
    joins: "",
    distinct: false,
    scope,
    domains: &[],
    columns: &[
        Column::new("nom", "Nom", "b.nom", Kind::Text).sorted("nom").linked("/utilisateurs/", "b.id").personal(),
        Column::new("courriel", "Courriel", "b.courriel", Kind::Email).personal(),
        Column::new("role", "Rôle", "b.role", Kind::Choice(ROLES)),
        Column::new(
            "collectivites",
            "Collectivités",
            "(SELECT string_agg(c.nom, ', ' ORDER BY c.nom) FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id WHERE uc.utilisateur_id = b.id)",
            Kind::Text,
        ),
        Column::new("actif", "Actif", "b.actif", Kind::Bool),
        Column::new("connecte_le", "Dernière connexion", "b.connecte_le", Kind::Instant).sorted("connexion").personal(),
        Column::new("cree_le", "Créé le", "b.cree_le", Kind::Instant).sorted("creation").hidden(),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Nom ou courriel",
            kind: FilterKind::Search {
                look: Look {
                    // A courriel is itself or a part of it; a name may be misspelt.
                    within: &[Words {
                        from: "utilisateur b",
                        holds: "strpos({}, '@') > 0 AND sans_accents(b.nom || ' ' || b.courriel) \
                                LIKE '%' || regexp_replace(sans_accents({}), '([\\\\%_])', '\\\\\\1', 'g') || '%' \
                                OR strpos({}, '@') = 0 AND sans_accents(b.nom || ' ' || b.courriel) %> sans_accents({})",
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
        Filter {
            name: "role",
            label: "Rôle",
            kind: FilterKind::Choice { sql: "b.role", cast: "text", options: Options::Fixed(ROLES), nullable: false },
            daily: true,
        },
        Filter {
            name: "actif",
            label: "État",
            kind: FilterKind::Choice { sql: "b.actif", cast: "boolean", options: Options::Fixed(ACTIFS), nullable: false },
            daily: true,
        },
        Filter::range("connecte_le", "Dernière connexion", "b.connecte_le", Kind::Instant, true),
        Filter::range("cree_le", "Créé le", "b.cree_le", Kind::Instant, false),
    ],
    sorts: &[
        Sort {
            name: "nom",
            label: "nom",
            column: "b.nom",
            kind: Kind::Text,
            cast: "text",
            nullable: false,
            descending: false,
            led_by: &["q", "role", "actif"],
            indexed: true,
        },
        Sort {
            name: "connexion",
            label: "dernière connexion",
            column: "b.connecte_le",
            kind: Kind::Instant,
            cast: "timestamptz",
            nullable: true,
            descending: true,
            led_by: &["q", "role", "actif", "connecte_le"],
            indexed: true,
        },
        Sort {
            name: "creation",
            label: "date de création",
            column: "b.cree_le",
            kind: Kind::Instant,
            cast: "timestamptz",
            nullable: false,
            descending: true,
            led_by: &["q", "role", "actif", "cree_le"],
            indexed: true,
        },
    ],
    exportable: true,
    create: Some(("Inviter un utilisateur", "/utilisateurs/nouveau")),
    menu: Some(Menu::at(Group::Run, 30, "user")),
    searched: Some(Searched { rank: 40, details: &["courriel", "role"] }),
    suivis: &[],
    rollup: None,
};

/// Users all of whose collectivités the reader manages.
fn scope(reader: &Reader) -> Branching {
    Branching::Where(
        "EXISTS (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = b.id) AND NOT EXISTS \
         (SELECT 1 FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = b.id AND uc.collectivite_id <> ALL ({}))",
        reader.collectivites(Module::Administration).iter().map(|id| i64::from(*id)).collect(),
    )
}
