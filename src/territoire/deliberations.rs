//! Deliberations on the taxe de séjour, as the DELTA file of the DGFiP brings them: for one period of one year, whose they are, where they
//! apply, the tariff of each category. Reference data, which whoever runs the installation loads for everybody.

use std::collections::BTreeSet;

use super::codes::insee;
use super::communes::COMMUNES;
use super::controles::Controles;
use super::grille::{TARIF_MAX, TARIFS, TAUX_MAX, grille, liste};
use super::periode;
use super::regimes;
use crate::champs::Saisie;
use crate::imports::{Cle, Genre, Ligne, Numero, Profil, Repli};
use crate::listing::{Access, List, Number};
use crate::records::{Computed, Field, Record, Section};
use crate::sources::valeurs::{Decimales, Ordre};

/// Longest name of a collectivité.
const NOM_MAX: usize = 120;
/// Characters of the list of the communes of one deliberation, and of that of its tariffs.
const LISTE_MAX: usize = 20_000;
/// Largest rent, in cents.
const LOYER_MAX: i64 = 10_000_000;
/// Yes or no.
const OUI_NON: &[(&str, &str, &str)] = &[("true", "Oui", ""), ("false", "Non", "")];
/// How a nature is taxed.
const REGIMES_LUS: &[(&str, &str, &str)] = &[("reel", "Réel", ""), ("forfait", "Forfaitaire", "")];
/// Additional taxes that Gardel does not compute.
const AUTRES_TAXES: [&str; 3] = ["taxe_regionale", "taxe_lgv", "taxe_mobilites"];

/// Every deliberation, for whoever runs the installation.
static LISTE: List = List {
    name: "deliberations",
    title: "Délibérations et tarifs (DELTA)",
    noun: ("délibération", "délibérations"),
    feminine: true,
    access: Access::Exploitants,
    table: "deliberation",
    id: ("b.id", "bigint"),
    joins: "",
    columns: &[],
    filters: &[],
    sorts: &[],
    menu: None,
    ..COMMUNES
};

const fn tarif(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "integer", Saisie::Montant(0, TARIF_MAX)).optional()
}

const fn taxe(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "boolean", Saisie::Choix(OUI_NON)).or("false")
}

const fn regime(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "text", Saisie::Choix(REGIMES_LUS)).or("reel")
}

static DELIBERATION: Record = Record {
    list: &LISTE,
    table: "deliberation",
    object: "délibération",
    name: "t.collectivite",
    domains: &["communes"],
    // Everybody reads them: the versions of what is of no place.
    communes: "ARRAY['']",
    sections: &[Section {
        title: "Délibération",
        about: "",
        fields: &[
            Field::new("siren", "SIREN de la collectivité", "text", Saisie::Texte(20)).fixed(),
            Field::new("collectivite", "Collectivité", "text", Saisie::Texte(NOM_MAX)),
            Field::new("annee", "Année d’application", "smallint", Saisie::Entier(2015, 2100)).fixed(),
            Field::new("debut", "Début de la période", "text", Saisie::Texte(40)).fixed(),
            Field::new("fin", "Fin de la période", "text", Saisie::Texte(40)),
            Field::new("date_deliberation", "Date de la délibération", "date", Saisie::Jour),
            Field::new("communes", "Communes", "text", Saisie::Texte(LISTE_MAX)),
            Field::new("taxe_departementale", "Taxe additionnelle départementale", "boolean", Saisie::Choix(OUI_NON)).or("false"),
            Field::new("loyer_minimum_nuit", "Loyer minimum par nuit", "integer", Saisie::Montant(0, LOYER_MAX)).optional(),
            Field::new("loyer_minimum_semaine", "Loyer minimum par semaine", "integer", Saisie::Montant(0, LOYER_MAX)).optional(),
            Field::new("loyer_minimum_mois", "Loyer minimum par mois", "integer", Saisie::Montant(0, LOYER_MAX)).optional(),
            taxe("taxe_regionale", "Taxe additionnelle régionale"),
            taxe("taxe_lgv", "Taxe additionnelle LGV"),
            taxe("taxe_mobilites", "Taxe additionnelle Île-de-France Mobilités"),
            tarif("tarif_1", "Tarif de la catégorie 1"),
            tarif("tarif_2", "Tarif de la catégorie 2"),
            tarif("tarif_3", "Tarif de la catégorie 3"),
            tarif("tarif_4", "Tarif de la catégorie 4"),
            tarif("tarif_5", "Tarif de la catégorie 5"),
            tarif("tarif_6", "Tarif de la catégorie 6"),
            tarif("tarif_7", "Tarif de la catégorie 7"),
            tarif("tarif_8", "Tarif de la catégorie 8"),
            Field::new("tarif_9", "Taux de la catégorie 9", "integer", Saisie::Nombre(Number::new(2, "%"), 0, TAUX_MAX)).optional(),
            regime("regime_1", "Régime de la nature 1"),
            regime("regime_2", "Régime de la nature 2"),
            regime("regime_3", "Régime de la nature 3"),
            regime("regime_4", "Régime de la nature 4"),
            regime("regime_5", "Régime de la nature 5"),
            regime("regime_6", "Régime de la nature 6"),
            regime("regime_7", "Régime de la nature 7"),
            regime("regime_8", "Régime de la nature 8"),
            regime("regime_9", "Régime de la nature 9"),
            regime("regime_10", "Régime de la nature 10"),
            regime("regime_11", "Régime de la nature 11"),
            Field::new("abattements", "Abattements", "text", Saisie::Texte(LISTE_MAX)).or(""),
        ],
    }],
    computed: &[Computed { name: "etat", cast: "text", once: true, told: None }, Computed { name: "source", cast: "text", once: true, told: None }],
    uniques: &[],
    archive: None,
    fiche: None,
    grid: None,
    hooks: &Controles,
    live: None,
    personal: false,
    dossier: false,
    creation: "",
};

/// What files say that is no column of a deliberation.
static APPORTS: &[Field] = &[
    Field::new("categories", "Catégorie (1 à 9)", "", Saisie::Texte(LISTE_MAX)).optional(),
    Field::new("tarifs", "Tarif", "", Saisie::Texte(LISTE_MAX)).optional(),
    Field::new("commune_propre", "Code INSEE de la collectivité", "", Saisie::Texte(5)).optional(),
    Field::new("du_fichier", "Date du fichier", "", Saisie::Jour).optional(),
    Field::new("natures_lues", "Natures", "", Saisie::Texte(LISTE_MAX)).optional(),
    Field::new("regimes_lus", "Régimes", "", Saisie::Texte(LISTE_MAX)).optional(),
    Field::new("abattement_taux", "Taux d’abattement", "", Saisie::Texte(LISTE_MAX)).optional(),
    Field::new("abattement_min", "Premières nuits d’abattement", "", Saisie::Texte(LISTE_MAX)).optional(),
    Field::new("abattement_max", "Dernières nuits d’abattement", "", Saisie::Texte(LISTE_MAX)).optional(),
];

/// The cells of the XML of the DGFiP: one row for each period of each deliberation.
const DELTA: &[&str] = &[
    "saisie/collectiviteDeliberante/@siren",
    "saisie/collectiviteDeliberante/nom",
    "saisie/collectiviteDeliberante/codeInsee",
    "date",
    "loyerMaximumNuit",
    "loyerMaximumSemaine",
    "loyerMaximumMois",
    "taxeAdditionnelleDepartementale",
    "taxeAdditionnelleRegionale",
    "taxeAdditionnelleLGV",
    "taxeAdditionnelleArticleL2531-18",
    "collectivites/collectivite/codeInsee",
    "regimes/regime/@natureId",
    "regimes/regime",
    "abattements/abattement/taux",
    "abattements/abattement/nuiteMin",
    "abattements/abattement/nuiteMax",
    "periodes/periode/dateDebut",
    "periodes/periode/dateFin",
    "periodes/periode/tarifs/tarif/@categorieId",
    "periodes/periode/tarifs/tarif",
    "/delta/date",
];

pub(super) static DELIBERATIONS: Genre = Genre {
    cles: &[Cle {
        nom: "periode",
        mot: "cette collectivité, cette année et ce début de période",
        colonnes: &["siren", "annee", "debut"],
        sur: "t.siren = {1} AND t.annee = {2}::smallint AND t.debut = {3} AND t.applicable_du = make_date(t.annee, 1, 1) \
              AND (t.etat = 'en_vigueur' AND t.source <> 'saisie' OR t.etat = 'brouillon' AND t.source = 'delta')",
        partout: true,
    }],
    synonymes: &[
        ("siren", &["siren collectivite", "siren de la collectivite deliberante", "n siren"]),
        ("collectivite", &["collectivite deliberante", "nom de la collectivite"]),
        ("annee", &["annee", "millesime d application"]),
        ("debut", &["debut periode", "date debut", "debut de periode"]),
        ("fin", &["fin periode", "date fin", "fin de periode"]),
        ("date_deliberation", &["date deliberation", "deliberation du"]),
        ("communes", &["code insee commune", "codes insee", "code insee", "insee"]),
        ("taxe_departementale", &["taxe add departementale", "taxe additionnelle du departement"]),
        ("loyer_minimum_nuit", &["loyer maximum nuit", "loyer minimum nuit"]),
        ("loyer_minimum_mois", &["loyer maximum mois", "loyer minimum mois"]),
        ("categories", &["cat id", "categorie id", "numero de categorie", "id categorie"]),
        ("tarifs", &["tarif", "valeur"]),
        ("taxe_regionale", &["taxe add regionale"]),
    ],
    apports: APPORTS,
    deduits: &[("annee", &["du_fichier"]), ("communes", &["commune_propre"])],
    deduit: Some(lue),
    // A SIREN says whose it is: a name in capitals takes nothing from the one that is known.
    reconnue: Some(|line| drop(line.lues.remove("collectivite"))),
    lieu: "",
    du_fichier: true,
    // Whoever takes back the communes waits for these deliberations, or they for them.
    avant: Some(
        "WITH dites AS (
             SELECT l.rang, code FROM import_ligne l, unnest(string_to_array(l.valeurs->>'communes', ' ')) code
             WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.etat = 'prevue' AND code <> ''),
         tenues AS MATERIALIZED (
             SELECT c.code_insee FROM commune c WHERE c.code_insee IN (SELECT d.code FROM dites d) ORDER BY c.code_insee FOR KEY SHARE)
         SELECT d.rang, 'La commune ' || min(d.code) || ' a été retirée depuis la vérification : la délibération n’est pas écrite.' FROM dites d
         WHERE NOT EXISTS (SELECT 1 FROM tenues t WHERE t.code_insee = d.code) GROUP BY d.rang",
    ),
    replie: Some(Repli { bloc: "siren", listes: &[&["categories", "tarifs"], &["communes"]] }),
    profils: &[
        Profil {
            nom: "DELTA (XML de la DGFiP)",
            entetes: &["saisie collectivitedeliberante siren", "periodes periode tarifs tarif"],
            colonnes: &[
                ("saisie collectivitedeliberante siren", "siren"),
                ("saisie collectivitedeliberante nom", "collectivite"),
                ("saisie collectivitedeliberante codeinsee", "commune_propre"),
                ("date", "date_deliberation"),
                ("loyermaximumnuit", "loyer_minimum_nuit"),
                ("loyermaximumsemaine", "loyer_minimum_semaine"),
                ("loyermaximummois", "loyer_minimum_mois"),
                ("taxeadditionnelledepartementale", "taxe_departementale"),
                ("taxeadditionnelleregionale", "taxe_regionale"),
                ("taxeadditionnellelgv", "taxe_lgv"),
                ("taxeadditionnellearticlel2531 18", "taxe_mobilites"),
                ("collectivites collectivite codeinsee", "communes"),
                ("regimes regime natureid", "natures_lues"),
                ("regimes regime", "regimes_lus"),
                ("abattements abattement taux", "abattement_taux"),
                ("abattements abattement nuitemin", "abattement_min"),
                ("abattements abattement nuitemax", "abattement_max"),
                ("periodes periode datedebut", "debut"),
                ("periodes periode datefin", "fin"),
                ("periodes periode tarifs tarif categorieid", "categories"),
                ("periodes periode tarifs tarif", "tarifs"),
                ("delta date", "du_fichier"),
            ],
            constantes: &[],
            hors: None,
            dates: Some(Ordre::JourMois),
            nombres: Some(Decimales::Point),
            mode: None,
            xml: Some(("deliberations/deliberation", "periodes/periode", DELTA)),
        },
        Profil {
            nom: "DELTA (tableau)",
            entetes: &["siren collectivite", "date deliberation", "cat id", "tarif"],
            colonnes: &[
                ("siren collectivite", "siren"),
                ("collectivite deliberante", "collectivite"),
                ("date deliberation", "date_deliberation"),
                ("code insee commune", "communes"),
                ("debut periode", "debut"),
                ("fin periode", "fin"),
                ("cat id", "categories"),
                ("tarif", "tarifs"),
                ("taxe add departementale", "taxe_departementale"),
                ("taxe add regionale", "taxe_regionale"),
            ],
            constantes: &[],
            hors: None,
            dates: Some(Ordre::JourMois),
            nombres: None,
            mode: None,
            xml: None,
        },
    ],
    ..Genre::sur(
        "deliberations",
        &DELIBERATION,
        "Le fichier DELTA de la DGFiP, ou le même en tableau\u{a0}: pour chaque période, qui a délibéré, où, et le tarif de chaque catégorie. Chargées par l’exploitant, pour tous.",
        Numero { colonne: "siren", label: "SIREN de la collectivité", objet: "deliberation", donne: true },
    )
};

/// What follows from the cells of a line.
fn lue(line: &mut Ligne) {
    let said = |line: &Ligne, champ: &str| line.lues.get(champ).cloned().flatten();
    if let Some(siren) = said(line, "siren") {
        let digits: String = siren.chars().filter(|sign| !sign.is_whitespace()).collect();
        if digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            line.lues.insert("siren", Some(digits));
        } else {
            line.lues.remove("siren");
            line.refuse("VAL-06", "SIREN de la collectivité", &siren, "SIREN de la collectivité\u{a0}: neuf chiffres.");
        }
    }
    for (champ, label) in [("debut", "Début de la période"), ("fin", "Fin de la période")] {
        let Some(day) = said(line, champ) else { continue };
        match periode::jour(&day) {
            Some(stored) => drop(line.lues.insert(champ, Some(stored))),
            None => {
                line.lues.remove(champ);
                line.refuse(
                    "VAL-02",
                    label,
                    &day,
                    format!("{label}\u{a0}: donnez un jour et un mois, comme «\u{a0}1er janvier\u{a0}» ou «\u{a0}31/12\u{a0}»."),
                );
            }
        }
    }
    // Nothing, in the official file, is also written zero.
    for champ in ["loyer_minimum_nuit", "loyer_minimum_semaine", "loyer_minimum_mois"] {
        if said(line, champ).as_deref() == Some("0") {
            line.lues.remove(champ);
            line.typed.remove(champ);
        }
    }
    if let (false, Some(year)) = (line.typed.contains_key("annee"), said(line, "du_fichier").and_then(|day| day.get(..4).map(String::from))) {
        line.lues.insert("annee", Some(year));
    }
    for champ in AUTRES_TAXES {
        if said(line, champ).as_deref() == Some("true") {
            let label = DELIBERATION.field(champ).map_or("", |field| field.label);
            line.avertit(
                "COH-02",
                label,
                "oui",
                format!("{label}\u{a0}: Gardel ne la calcule pas. Les séjours n’auront que la taxe de la collectivité."),
            );
        }
    }
    communes(line);
    tarifs(line);
    regimes::lus(line);
}

/// Where it applies: the communes that it names, else the one that deliberates.
fn communes(line: &mut Ligne) {
    let named = line.lues.get("communes").or_else(|| line.lues.get("commune_propre")).cloned().flatten();
    let Some(named) = named else { return };
    let codes: BTreeSet<&str> = liste(&named).collect();
    if let Some(wrong) = codes.iter().find(|code| !insee(code)) {
        let wrong = (*wrong).to_string();
        line.lues.remove("communes");
        line.refuse("VAL-06", "Communes", &wrong, "Communes\u{a0}: des codes INSEE, cinq signes chacun, comme 97113 ou 2A004.");
        return;
    }
    let held = codes.into_iter().collect::<Vec<_>>().join(" ");
    line.typed.entry("communes").or_insert_with(|| held.clone());
    line.lues.insert("communes", Some(held));
}

/// The tariff of each category, of the two lists.
fn tarifs(line: &mut Ligne) {
    let said = |champ: &str| line.lues.get(champ).cloned().flatten();
    let (categories, values) = match (said("categories"), said("tarifs")) {
        (None, None) => return,
        (categories, values) => (categories.unwrap_or_default(), values.unwrap_or_default()),
    };
    match grille(&categories, &values) {
        Ok(grid) => {
            for (category, value) in grid {
                if let Some(champ) = TARIFS.get(category - 1) {
                    line.typed.insert(champ, value.to_string());
                    line.lues.insert(champ, Some(value.to_string()));
                }
            }
        }
        Err((what, sentence)) => line.refuse("VAL-01", "Tarif", &what, sentence),
    }
}
