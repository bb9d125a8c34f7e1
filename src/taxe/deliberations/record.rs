//! A deliberation as it is entered and corrected, for one period of the year. Only a draft is: what is in force is replaced by another.

use super::controles::Controles;
use super::list::GESTION;
use super::model::{CATEGORIES, NATURES, OUI_NON, REGIMES};
use crate::champs::Saisie;
use crate::listing::Number;
use crate::records::{Computed, Field, Live, Record, Section, Unique};

/// Longest text of a deliberation.
const TEXTE_MAX: usize = 2_000;
/// Longest list of communes: those of the largest EPCI, with room to spare.
const COMMUNES_MAX: usize = 2_000;
/// Largest tariff and largest rent, in cents; largest rate, in hundredths of a percent.
const TARIF_MAX: i64 = 100_000;
const LOYER_MAX: i64 = 10_000_000;
const TAUX_MAX: i64 = 10_000;

const fn tarif(name: &'static str, category: usize) -> Field {
    Field::new(name, CATEGORIES[category - 1], "integer", Saisie::Montant(0, TARIF_MAX)).optional()
}

const fn regime(name: &'static str, nature: usize) -> Field {
    Field::new(name, NATURES[nature - 1], "text", Saisie::Choix(REGIMES)).preset("reel").or("reel")
}

const fn loyer(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "integer", Saisie::Montant(0, LOYER_MAX)).optional()
}

const fn taxe(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "boolean", Saisie::Choix(OUI_NON)).preset("false").or("false")
}

const fn jour(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "date", Saisie::Jour).optional()
}

/// What a deliberation is. Its name is whose it is: a person knows it by that and by its day.
pub static DELIBERATION: Record = Record {
    list: &GESTION,
    table: "deliberation",
    object: "délibération",
    name: "t.collectivite",
    domains: &["communes"],
    communes: "ARRAY['c:' || t.collectivite_id]",
    sections: SECTIONS,
    computed: &[
        Computed { name: "siren", cast: "text", once: true, told: None },
        Computed { name: "collectivite", cast: "text", once: true, told: None },
        Computed { name: "etat", cast: "text", once: true, told: None },
        Computed { name: "source", cast: "text", once: true, told: None },
        Computed { name: "annee", cast: "smallint", once: false, told: None },
    ],
    uniques: &[Unique {
        constraint: "deliberation_en_vigueur",
        field: "debut",
        sentence: "Début de la période\u{a0}: une délibération en vigueur a déjà cette date d’effet et cette période.",
    }],
    archive: None,
    fiche: None,
    grid: None,
    hooks: &Controles,
    live: Some(&Live {
        title: "Limites légales",
        waiting: "Le plancher et le plafond de chaque tarif s’affichent dès que la collectivité et la date d’effet sont données.",
    }),
    personal: false,
    dossier: true,
    creation: "Nouvelle délibération",
};

static SECTIONS: &[Section] = &[
    Section {
        title: "La délibération",
        about: "Prise avant le 1er juillet pour s’appliquer au 1er janvier suivant (CGCT, art. L2333-26). Elle s’applique jusqu’à ce qu’une autre la remplace.",
        fields: &[
            Field::new("collectivite_id", "Collectivité", "integer", Saisie::Collectivite).fixed(),
            Field::new("reference", "Numéro de la délibération", "text", Saisie::Texte(40)).optional(),
            Field::new("date_deliberation", "Délibérée le", "date", Saisie::Jour),
            Field::new("applicable_du", "Applicable à compter du", "date", Saisie::Jour).hint("Le 1er janvier de l’année qui suit, le plus souvent"),
            jour("applicable_au", "Applicable jusqu’au").hint("Vide\u{a0}: jusqu’à ce qu’une autre la remplace"),
            Field::new("communes", "Communes", "text", Saisie::Texte(COMMUNES_MAX))
                .optional()
                .hint("Codes INSEE. Vide\u{a0}: celles de la collectivité qui ne délibèrent pas seules"),
        ],
    },
    Section {
        title: "Période de perception",
        about: "Un début et une fin dans l’année, sans année (CGCT, art. L2333-28 et R2333-43). Une autre période de la même délibération se saisit à part.",
        fields: &[
            Field::new("debut", "Début de la période", "text", Saisie::Texte(40))
                .preset("1er janvier")
                .hint("Comme «\u{a0}1er janvier\u{a0}» ou «\u{a0}15/12\u{a0}»"),
            Field::new("fin", "Fin de la période", "text", Saisie::Texte(40)).preset("31 décembre").hint("Comprise"),
        ],
    },
    Section {
        title: "Tarifs par personne et par nuit",
        about: "Entre le plancher et le plafond de l’année, sans taxe additionnelle (CGCT, art. L2333-30, L2333-41 et R2333-46).",
        fields: &[
            tarif("tarif_1", 1),
            tarif("tarif_2", 2),
            tarif("tarif_3", 3),
            tarif("tarif_4", 4),
            tarif("tarif_5", 5),
            tarif("tarif_6", 6),
            tarif("tarif_7", 7),
            tarif("tarif_8", 8),
            Field::new("tarif_9", CATEGORIES[8], "integer", Saisie::Nombre(Number::new(2, "%"), 0, TAUX_MAX))
                .optional()
                .hint("Part du prix de la nuit"),
        ],
    },
    Section {
        title: "Régime de chaque nature",
        about: "Un seul régime par nature\u{a0}; le sans classement est toujours au réel (CGCT, art. L2333-26, II).",
        fields: &[
            regime("regime_1", 1),
            regime("regime_2", 2),
            regime("regime_3", 3),
            regime("regime_4", 4),
            regime("regime_5", 5),
            regime("regime_6", 6),
            regime("regime_7", 7),
            regime("regime_8", 8),
            regime("regime_9", 9),
            regime("regime_10", 10),
            regime("regime_11", 11),
            Field::new("abattements", "Abattements du forfait", "text", Saisie::Texte(400))
                .or("")
                .hint("Comme «\u{a0}61 à 105 nuits\u{a0}: 40\u{a0}%\u{a0}; 106 nuits et plus\u{a0}: 50\u{a0}%\u{a0}» (CGCT, art. L2333-41, III)"),
        ],
    },
    Section {
        title: "Loyers minimums",
        about: "Le loyer sous lequel aucune taxe n’est due (CGCT, art. L2333-31, 4°). Vide\u{a0}: aucun.",
        fields: &[loyer("loyer_minimum_nuit", "Par nuit"), loyer("loyer_minimum_semaine", "Par semaine"), loyer("loyer_minimum_mois", "Par mois")],
    },
    Section {
        title: "Taxes additionnelles",
        about: "Elles s’ajoutent à la taxe, sur le tarif seul (CGCT, art. L3333-1, L2531-17, L2531-18). Sans dates, elles valent autant que la délibération.",
        fields: &[
            taxe("taxe_departementale", "Taxe départementale"),
            jour("taxe_departementale_du", "Départementale, à compter du"),
            jour("taxe_departementale_au", "Départementale, jusqu’au"),
            taxe("taxe_regionale", "Taxe de la Société des grands projets"),
            jour("taxe_regionale_du", "Société des grands projets, à compter du"),
            jour("taxe_regionale_au", "Société des grands projets, jusqu’au"),
            taxe("taxe_lgv", "Taxe des lignes à grande vitesse"),
            jour("taxe_lgv_du", "Lignes à grande vitesse, à compter du"),
            jour("taxe_lgv_au", "Lignes à grande vitesse, jusqu’au"),
            taxe("taxe_mobilites", "Taxe d’Île-de-France Mobilités"),
            jour("taxe_mobilites_du", "Île-de-France Mobilités, à compter du"),
            jour("taxe_mobilites_au", "Île-de-France Mobilités, jusqu’au"),
        ],
    },
    Section {
        title: "Suivi",
        about: "",
        fields: &[
            jour("transmise_le", "Transmise à la DGFiP le").hint("Avant le 15 septembre, dans DELTA (CGCT, art. R2333-43)"),
            Field::new("observations", "Observations", "text", Saisie::TexteLong(TEXTE_MAX)).optional(),
        ],
    },
];
