//! Classifications as the list of Atout France brings them: lodgings that exist get their stars, the day they were given, their capacity.
//! None is created: that list says nothing of whoever lets them.

use chrono::{Months, NaiveDate};

use super::records::LOGEMENT;
use super::sejours::NATURE_A_ETOILES_MAX;
use crate::champs::Saisie;
use crate::imports::{Cle, Genre, Ligne, Mode, Numero, Profil, Verdict};
use crate::records::{Field, Values};
use crate::ui::format;

/// Months that a classification lasts (code du tourisme, art. D311-9 and those of each kind of lodging): five years.
const DUREE_MOIS: u32 = 60;
/// Villages de vacances, and camp sites: each has a scale of its own.
const VILLAGE: i16 = 5;
const CAMPING: i16 = 8;
/// The field of what is written under « classement ».
const ETOILES: &str = "etoiles";

pub(super) static CLASSEMENTS: Genre = Genre {
    titre: "Classements (Atout France)",
    cles: &[
        Cle {
            nom: "enregistrement",
            mot: "ce numéro d’enregistrement",
            colonnes: &["numero_enregistrement"],
            sur: "t.numero_enregistrement = {}",
            partout: false,
        },
        Cle {
            nom: "siret_nom",
            mot: "ce SIRET et ce nom",
            colonnes: &["siret", "nom"],
            sur: "t.hebergeur_id IN (SELECT h.id FROM hebergeur h WHERE h.siret = {1}) AND sans_accents(t.nom) = sans_accents({2})",
            partout: false,
        },
        Cle {
            nom: "nom_commune",
            mot: "ce nom dans cette commune",
            colonnes: &["code_insee", "nom"],
            sur: "t.code_insee = {1} AND sans_accents(t.nom) = sans_accents({2})",
            partout: false,
        },
        Cle {
            nom: "siret",
            mot: "ce SIRET",
            colonnes: &["siret"],
            sur: "t.hebergeur_id IN (SELECT h.id FROM hebergeur h WHERE h.siret = {})",
            partout: false,
        },
    ],
    synonymes: &[
        ("reference", &["reference logement", "ref"]),
        ("nom", &["nom commercial", "nom de l etablissement", "etablissement", "hotel", "logement", "nom du logement"]),
        ("code_insee", &["commune", "code insee", "insee", "code commune", "ville"]),
        (
            "capacite",
            &[
                "capacite d accueil personnes",
                "capacite d accueil",
                "nombre de personnes",
                "capacite personnes",
                "capacite d accueil en nombre de personnes",
            ],
        ),
        ("numero_enregistrement", &["numero d enregistrement", "n d enregistrement"]),
        ("classe_le", &["date de classement", "date classement", "classement du", "date de decision"]),
        (
            "classe_jusqu_au",
            &["fin de classement", "date de fin de classement", "echeance du classement", "classement prononce jusqu au", "valide jusqu au"],
        ),
        (ETOILES, &["classement", "etoiles", "categorie", "nb etoiles", "nombre d etoiles"]),
        ("siret", &["n siret", "numero siret", "siret de l etablissement", "siret exploitant"]),
    ],
    vides: &["-", "–", "—", "nc", "n.c.", "n/a", "néant"],
    apports: &[
        Field::new(ETOILES, "Classement (étoiles)", "", Saisie::Texte(60)).optional(),
        Field::new("siret", "SIRET de l’hébergeur", "", Saisie::Siret).optional(),
    ],
    reconnue: Some(classe),
    compare: Some(plus_ancien),
    ecrits: Some(&["categorie_id", "classe_le", "classe_jusqu_au", "capacite"]),
    sans_creation: Some(
        "Aucun logement de votre périmètre n’a ce numéro, ce SIRET, ni ce nom dans cette commune. Un classement n’en crée pas\u{a0}: créez-le, ou donnez sa référence dans une colonne «\u{a0}Référence\u{a0}».",
    ),
    lieu: "code_insee",
    profils: &[Profil {
        nom: "Atout France",
        entetes: &["date de classement", "classement", "nom commercial", "commune"],
        colonnes: &[
            ("date de classement", "classe_le"),
            ("classement", ETOILES),
            ("nom commercial", "nom"),
            ("commune", "code_insee"),
            ("capacite d accueil personnes", "capacite"),
            ("siret", "siret"),
            ("reference", "reference"),
            ("numero d enregistrement", "numero_enregistrement"),
        ],
        constantes: &[],
        hors: None,
        dates: None,
        nombres: None,
        mode: Some(Mode::Remplacer),
        xml: None,
    }],
    ..Genre::sur(
        "classements",
        &LOGEMENT,
        "La liste d’Atout France, ou la vôtre\u{a0}: le logement par sa référence, son numéro d’enregistrement, le SIRET de son hébergeur, ou son nom et sa commune\u{a0}; ses étoiles, la date, la capacité. Aucun logement n’est créé.",
        Numero { colonne: "reference", label: "Référence", objet: "logement", donne: false },
    )
};

/// What a classification gives to the lodging that it was found for: the category of its nature, and its last day.
fn classe(line: &mut Ligne) {
    let held = |column: &str| line.existante.as_ref().and_then(|row| row.valeurs.get(column)?.clone());
    let nature: i16 = held("nature_id").and_then(|id| id.parse().ok()).unwrap_or(0);
    if let Some(said) = line.lues.get(ETOILES).cloned().flatten() {
        match categorie(nature, &said) {
            Ok(Some(categorie)) => drop(line.lues.insert("categorie_id", Some(categorie.to_string()))),
            Ok(None) => line.avertit(
                "COH-05",
                "Classement (étoiles)",
                &said,
                "Ce logement est d’une nature qui ne se classe pas par étoiles\u{a0}: sa catégorie reste.",
            ),
            Err(sentence) => line.refuse("VAL-06", "Classement (étoiles)", &said, sentence),
        }
    }
    let day = |column: &str| line.lues.get(column)?.as_deref()?.parse::<NaiveDate>().ok();
    // A list that says when it was classified says until when, unless it does so itself.
    if let (Some(since), None, false) = (day("classe_le"), day("classe_jusqu_au"), line.typed.contains_key("classe_jusqu_au"))
        && let Some(until) = since.checked_add_months(Months::new(DUREE_MOIS))
    {
        line.lues.insert("classe_jusqu_au", Some(until.to_string()));
    }
}

/// Leaves out what would put an older classification over the one in place: the last decision counts, unless a person says otherwise.
pub(super) fn plus_ancien(line: &mut Ligne) {
    if line.verdict != Some(Verdict::Changee) {
        return;
    }
    let day = |values: &Values, column: &str| values.get(column)?.as_deref()?.parse::<NaiveDate>().ok();
    // A file that gives no more than the last day is compared by it.
    let column = if line.lues.get("classe_le").is_some_and(Option::is_some) { "classe_le" } else { "classe_jusqu_au" };
    let (Some(held), Some(said)) = (day(&line.avant, column), day(&line.ecrites, column)) else { return };
    if said >= held {
        return;
    }
    let (label, words) = if column == "classe_le" { ("Classé le", "du") } else { ("Classé jusqu’au", "jusqu’au") };
    let message = format!(
        "{label}\u{a0}: le fichier donne un classement {words} {}, plus ancien que celui de la fiche ({}). La décision la plus récente compte\u{a0}: cette ligne est mise de côté. Reprenez-la si c’est elle qui est juste.",
        format::date(said),
        format::date(held)
    );
    let valeur = line.typed.get(column).cloned().unwrap_or_default();
    line.met_de_cote("ETA-05", label, &valeur, &message);
}

/// The tariff category of a lodging of `nature` under « 3 étoiles »; nothing for a nature that has none by its stars.
fn categorie(nature: i16, said: &str) -> Result<Option<i16>, &'static str> {
    let stars = said.chars().find(|sign| sign.is_ascii_digit()).and_then(|sign| sign.to_digit(10)).and_then(|stars| i16::try_from(stars).ok());
    let drawn = i16::try_from(said.chars().filter(|sign| matches!(sign, '*' | '★')).count()).ok().filter(|count| *count > 0);
    let palace = said.to_lowercase().contains("palace");
    let stars = stars.or(drawn).filter(|stars| (1..=5).contains(stars));
    let Some(stars) = stars.or(palace.then_some(5)) else {
        return Err("Classement\u{a0}: donnez un nombre d’étoiles de 1 à 5, ou «\u{a0}Palace\u{a0}».");
    };
    Ok(match nature {
        CAMPING => Some(if stars >= 3 { 7 } else { 8 }),
        VILLAGE => Some(if stars >= 4 { 5 } else { 6 }),
        1..=NATURE_A_ETOILES_MAX if palace => Some(1),
        1..=NATURE_A_ETOILES_MAX => Some(7 - stars),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_those_of_the_nature() {
        for (nature, said, expected) in [
            (2, "5 étoiles", Ok(Some(2))),
            (2, "Palace", Ok(Some(1))),
            (2, "5 étoiles – PALACE", Ok(Some(1))),
            (4, "1 Étoile", Ok(Some(6))),
            (4, "***", Ok(Some(4))),
            (5, "4 étoiles", Ok(Some(5))),
            (8, "2 ÉTOILES", Ok(Some(8))),
            (8, "3 étoiles", Ok(Some(7))),
            (6, "3 étoiles", Ok(None)),
        ] {
            assert_eq!(categorie(nature, said), expected, "{nature} {said}");
        }
        assert!(categorie(2, "6 étoiles").is_err() && categorie(2, "classé").is_err());
    }
}
