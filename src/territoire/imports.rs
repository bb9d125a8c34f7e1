//! Communes as the official files bring them: those of France, and the codes that are those of a part of one. Reference data, which
//! whoever runs the installation loads for everybody.

use super::codes::insee;
use super::communes::COMMUNES;
use super::deliberations::DELIBERATIONS;
use crate::champs::{Parent, Saisie};
use crate::comptes::Personne;
use crate::context::Context;
use crate::imports::{Cle, Genre, Lien, Ligne, Numero};
use crate::listing::{Access, Branching, List};
use crate::platform::error::Result;
use crate::records::{Draft, Field, Hooks, Record, Section, Unique};

/// Longest name of a commune.
const NAME_MAX: usize = 120;
/// Postal codes of a commune, as they are written.
const CODES_MAX: usize = 400;
/// People of a commune at most.
const POPULATION_MAX: i64 = 10_000_000;
/// What a code that is no part of a commune is.
const TYPES: &[(&str, &str, &str)] = &[
    ("commune-deleguee", "Commune déléguée", ""),
    ("commune-associee", "Commune associée", ""),
    ("arrondissement-municipal", "Arrondissement municipal", ""),
];

/// The kinds of import of the room.
pub static IMPORTS: &[&Genre] = &[&FRANCE, &ANCIENNES, &DELIBERATIONS];

/// Every commune, for whoever runs the installation.
static REFERENTIEL: List = List { access: Access::Exploitants, id: ("b.id", "bigint"), ..COMMUNES };
/// The same of the other codes.
static CODES: List = List {
    title: "Communes déléguées et associées",
    noun: ("code", "codes"),
    feminine: false,
    access: Access::Exploitants,
    table: "commune_ancienne",
    id: ("b.id", "bigint"),
    joins: "",
    scope: |_| Branching::All,
    columns: &[],
    filters: &[],
    sorts: &[],
    menu: None,
    ..COMMUNES
};

static COMMUNE: Record = Record {
    list: &REFERENTIEL,
    table: "commune",
    object: "commune",
    name: "t.nom",
    domains: &["communes"],
    // Everybody reads them: the versions of what is of no place.
    communes: "ARRAY['']",
    sections: &[Section {
        title: "Commune",
        about: "",
        fields: &[
            Field::new("code_insee", "Code INSEE", "text", Saisie::Texte(5)).fixed(),
            Field::new("nom", "Nom", "text", Saisie::Texte(NAME_MAX)),
            Field::new("siren", "SIREN", "text", Saisie::Texte(11)),
            Field::new("epci_siren", "EPCI", "text", Saisie::Reference("SELECT siren, nom FROM epci ORDER BY nom")).optional(),
            Field::new("population", "Population", "integer", Saisie::Entier(0, POPULATION_MAX)).optional(),
            Field::new("codes_postaux", "Codes postaux", "text[]", Saisie::Texte(CODES_MAX)).or("{}"),
        ],
    }],
    computed: &[],
    uniques: &[Unique {
        constraint: "commune_siren_key", field: "siren", sentence: "SIREN\u{a0}: une autre commune l’a déjà. Vérifiez les deux."
    }],
    archive: None,
    fiche: None,
    grid: None,
    hooks: &Rien,
    live: None,
    personal: false,
    dossier: false,
    creation: "",
};

static ANCIENNE: Record = Record {
    list: &CODES,
    table: "commune_ancienne",
    object: "code de commune",
    sections: &[Section {
        title: "Code",
        about: "",
        fields: &[
            Field::new("code_insee", "Code INSEE", "text", Saisie::Texte(5)).fixed(),
            Field::new("nom", "Nom", "text", Saisie::Texte(NAME_MAX)),
            Field::new("type", "Type", "text", Saisie::Choix(TYPES)),
            Field::new("commune_id", "Commune", "bigint", Saisie::Fiche(&PARENT)),
        ],
    }],
    uniques: &[],
    ..COMMUNE
};

static PARENT: Parent = Parent {
    list: &REFERENTIEL,
    by_reference: "SELECT c.id, c.code_insee, c.nom FROM commune c WHERE c.code_insee = $1 AND $2::text[] IS NOT NULL",
    by_id: "SELECT c.id, c.code_insee, c.nom FROM commune c WHERE c.id = $1",
};

struct Rien;

#[rocket::async_trait]
impl Hooks for Rien {
    async fn complete(&self, _: &Context, _: &Personne, _: &mut Draft) -> Result<()> {
        Ok(())
    }
}

/// How files call the code.
const CODE: &[&str] = &["insee", "code commune", "codgeo", "com", "code officiel", "code insee commune"];

static FRANCE: Genre = Genre {
    titre: "Communes de France",
    cles: &[Cle { nom: "code", mot: "ce code INSEE", colonnes: &["code_insee"], sur: "t.code_insee = {}", partout: true }],
    synonymes: &[
        ("code_insee", CODE),
        ("nom", &["libelle", "nom commune", "nom de la commune", "commune", "libgeo"]),
        ("siren", &["siren commune", "n siren", "numero siren"]),
        ("epci_siren", &["code epci", "siren epci", "epci"]),
        ("population", &["population municipale", "pop", "pmun"]),
        ("codes_postaux", &["code postal", "cp"]),
    ],
    deduit: Some(commune),
    uniques: &["siren"],
    lieu: "",
    tenue: "EXISTS (SELECT 1 FROM collectivite_commune x WHERE x.code_insee = t.code_insee) OR EXISTS (SELECT 1 FROM logement x WHERE x.code_insee = t.code_insee)
            OR EXISTS (SELECT 1 FROM hebergeur_commune x WHERE x.code_insee = t.code_insee) OR EXISTS (SELECT 1 FROM deliberation_commune x WHERE x.code_insee = t.code_insee)
            OR EXISTS (SELECT 1 FROM commune_ancienne x WHERE x.commune_id = t.id)",
    ..Genre::sur(
        "communes",
        &COMMUNE,
        "Le code officiel\u{a0}: code INSEE, nom, SIREN, EPCI, population, codes postaux. Chargées par l’exploitant, pour tous.",
        Numero { colonne: "code_insee", label: "Code INSEE", objet: "commune", donne: true },
    )
};

static ANCIENNES: Genre = Genre {
    titre: "Communes déléguées et associées",
    cles: &[Cle { nom: "code", mot: "ce code INSEE", colonnes: &["code_insee"], sur: "t.code_insee = {}", partout: true }],
    synonymes: &[
        ("code_insee", CODE),
        ("nom", &["libelle", "nom commune"]),
        ("type", &["typecom", "nature"]),
        ("commune_id", &["chef lieu", "commune", "comparent", "code commune parente", "rattachee a"]),
    ],
    valeurs: &[],
    deduit: Some(ancienne),
    liens: &[Lien {
        champ: "commune_id",
        sql: "SELECT x.t, array_agg(c.id ORDER BY c.id) FROM unnest($1::text[]) x (t) JOIN commune c ON c.code_insee = x.t WHERE $2::text[] IS NOT NULL GROUP BY x.t",
        sinon: None,
        conseil: "Donnez le code INSEE d’une commune chargée\u{a0}: chargez d’abord les communes.",
        noms: "SELECT c.id, c.code_insee || ' ' || c.nom FROM commune c WHERE c.id = ANY($1)",
    }],
    lieu: "",
    // Whoever takes back the communes waits for these codes, or they for them.
    avant: Some(
        "WITH tenues AS MATERIALIZED (
             SELECT c.id FROM commune c WHERE c.id IN (SELECT (l.valeurs->>'commune_id')::bigint FROM import_ligne l
                 WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.etat = 'prevue' AND l.valeurs ? 'commune_id') ORDER BY c.id FOR KEY SHARE)
         SELECT l.rang, 'La commune où ce code mène a été retirée depuis la vérification : le code n’est pas écrit.' FROM import_ligne l
         WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.etat = 'prevue' AND l.valeurs->>'commune_id' IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM tenues t WHERE t.id = (l.valeurs->>'commune_id')::bigint)",
    ),
    ..Genre::sur(
        "communes-anciennes",
        &ANCIENNE,
        "Les codes qui ne sont plus ceux d’une commune (communes déléguées ou associées, arrondissements) et la commune où chacun mène.",
        Numero { colonne: "code_insee", label: "Code INSEE", objet: "commune", donne: true },
    )
};

/// The code of a line, its lost zero given back by nobody: « 1001 » is no code.
fn code(line: &mut Ligne) {
    let said = line.lues.get("code_insee").cloned().flatten();
    if let Some(said) = said.filter(|said| !insee(said)) {
        line.lues.remove("code_insee");
        line.refuse(
            "VAL-06",
            "Code INSEE",
            &said,
            "Code INSEE\u{a0}: cinq signes, comme 97113 ou 2A004. Un tableur retire le zéro de tête\u{a0}: rendez-le (01001).",
        );
    }
}

/// A commune: its code, its SIREN, its postal codes as the base holds them; an EPCI that is not known here is told.
fn commune(line: &mut Ligne) {
    code(line);
    let siren = line.lues.get("siren").cloned().flatten();
    if let Some(siren) = siren {
        let digits: String = siren.chars().filter(|sign| !sign.is_whitespace()).collect();
        if digits.len() == 9 && digits.bytes().all(|sign| sign.is_ascii_digit()) {
            line.lues.insert("siren", Some(digits));
        } else {
            line.lues.remove("siren");
            line.refuse("VAL-06", "SIREN", &siren, "SIREN\u{a0}: neuf chiffres.");
        }
    }
    for one in line.anomalies.iter_mut().filter(|one| one.refus && one.code == "REF-01" && one.colonne == "EPCI") {
        one.refus = false;
        one.message = "EPCI\u{a0}: il n’est pas de ceux de cette installation. La commune est chargée sans.".into();
    }
    let codes = line.lues.get("codes_postaux").cloned().flatten();
    if let Some(codes) = codes {
        let all: Vec<&str> = codes.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|code| !code.is_empty()).collect();
        if let Some(wrong) = all.iter().find(|code| code.len() != 5 || !code.bytes().all(|sign| sign.is_ascii_digit())) {
            let wrong = (*wrong).to_string();
            line.refuse("VAL-06", "Codes postaux", &wrong, "Codes postaux\u{a0}: cinq chiffres chacun, séparés par une barre ou une espace.");
        }
        let held = format!("{{{}}}", all.join(","));
        line.lues.insert("codes_postaux", Some(held));
    }
}

/// A code that leads to a commune. The one that a commune has itself is that of the commune.
fn ancienne(line: &mut Ligne) {
    code(line);
    let same = line.typed.get("commune_id").zip(line.typed.get("code_insee")).filter(|(commune, code)| commune.trim() == code.trim());
    if let Some(code) = same.map(|(_, code)| code.clone()) {
        line.refuse("REF-06", "Code INSEE", &code, "Ce code est aussi celui de la commune entière\u{a0}: il n’a pas à mener ailleurs.");
    }
}
