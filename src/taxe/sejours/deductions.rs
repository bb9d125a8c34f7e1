//! What follows from what a line of a register says, and what its numbers say of each other.

use chrono::{Days, NaiveDate};

use super::plateformes::{ADRESSE, ADULTES, DECLAREE, ETAT, NUMERO};
use super::prix::{self, PRIX_SEJOUR};
use super::record::PERSONNES_MAX;
use crate::imports::{Ligne, plie};
use crate::ui::format;

/// The fields of all who stayed, of the minors among them, of the price of a night.
const SEJOURNE: &str = "nb_personnes";
const MINEURS: &str = "nb_mineurs";
const NUIT: &str = "prix_nuit";

/// What a stay that has no reference yet is called: its days, and the lodging as the file says it.
pub(super) fn nomme(line: &Ligne) -> Option<String> {
    let day = |field: &str| line.lues.get(field).and_then(Option::as_deref).and_then(|text| text.parse::<NaiveDate>().ok()).map(format::date);
    let (begin, end) = (day("date_debut")?, day("date_fin"));
    let days = end.map_or_else(|| format!("Du {begin}"), |end| format!("Du {begin} au {end}"));
    // What `deduit` joins is for the base to read.
    let lodging = line.typed.get("logement_id").map(|text| text.replace(" · ", ", "));
    Some(lodging.map_or(days.clone(), |lodging| format!("{days}, {lodging}")))
}

/// A value of a line, as it would be stored.
fn lue<T: std::str::FromStr>(line: &Ligne, champ: &str) -> Option<T> {
    line.lues.get(champ)?.as_deref()?.parse().ok()
}

/// What follows from what a line says: the lodging is named by its number, then by its address.
pub(super) fn deduit(line: &mut Ligne) {
    let said = |champ: &str| line.typed.get(champ).map(|text| text.trim()).filter(|text| !text.is_empty());
    let named = [said(NUMERO), said("logement_id").or(said(ADRESSE))];
    let named: Vec<&str> = named.into_iter().flatten().collect();
    if !named.is_empty() {
        let named = named.join(" · ");
        line.typed.insert("logement_id", named);
    }
    annulee(line);
    personnes(line);
    dates(line);
    prix_du_sejour(line);
}

/// How platforms say that nobody came, folded.
const ANNULEES: [&str; 6] = ["annul", "cancel", "no show", "noshow", "non presente", "declined"];

/// A booking that was called off is no stay: nobody came, and no tax is due (CGCT, art. L2333-29: those who are lodged owe it).
fn annulee(line: &mut Ligne) {
    let Some(said) = line.typed.get(ETAT).map(|text| text.trim().to_string()) else { return };
    let folded = plie(&said);
    if ANNULEES.iter().any(|word| folded.contains(word)) {
        line.refuse(
            "COH-07",
            "État de la réservation",
            &said,
            format!("État de la réservation\u{a0}: «\u{a0}{said}\u{a0}», ce n’est pas un séjour. S’il a eu lieu malgré tout, effacez cet état et rechargez la ligne."),
        );
    }
}

/// All who stayed are those of age and the minors, when nothing says them all.
fn personnes(line: &mut Ligne) {
    if !line.typed.contains_key(ADULTES) {
        return;
    }
    let (adultes, mineurs) = (lue::<i64>(line, ADULTES), lue::<i64>(line, MINEURS));
    let all = adultes.and_then(|adultes| Some(adultes + if line.typed.contains_key(MINEURS) { mineurs? } else { 0 }));
    let told = line.typed.contains_key(SEJOURNE) && !line.pour_tous.contains(SEJOURNE);
    match (all, told) {
        (Some(all), true) => {
            if let Some(said) = lue::<i64>(line, SEJOURNE).filter(|said| *said != all) {
                let message = format!(
                    "Ont séjourné\u{a0}: {said} sont dites\u{a0}; adultes et mineurs en font {all}. Le nombre dit est gardé\u{a0}: vérifiez-le."
                );
                line.avertit("COH-03", "Ont séjourné", &said.to_string(), message);
            }
        }
        (Some(all), false) if (1..=PERSONNES_MAX).contains(&all) => drop(line.lues.insert(SEJOURNE, Some(all.to_string()))),
        (Some(all), false) => {
            line.refuse(
                "VAL-06",
                "Adultes",
                &all.to_string(),
                format!("Adultes\u{a0}: adultes et mineurs font {all} personnes, et il en faut de 1 à {PERSONNES_MAX}."),
            );
            line.typed.insert(SEJOURNE, String::new());
        }
        // One of the two is wrong, and told.
        (None, false) => drop(line.typed.insert(SEJOURNE, String::new())),
        (None, true) => {}
    }
}

/// The price of a night follows from that of the stay.
fn prix_du_sejour(line: &mut Ligne) {
    let Some(sejour) = lue::<i64>(line, PRIX_SEJOUR) else { return };
    let (Some(debut), Some(fin)) = (lue::<NaiveDate>(line, "date_debut"), lue::<NaiveDate>(line, "date_fin")) else { return };
    let Some(nuit) = prix::par_nuit(sejour, (fin - debut).num_days()) else { return };
    let said = if line.pour_tous.contains(NUIT) { None } else { lue::<i64>(line, NUIT) };
    match said {
        None => drop(line.lues.insert(NUIT, Some(nuit.to_string()))),
        // A cent is that of the rounding.
        Some(said) if (said - nuit).abs() > 1 => {
            let message = format!(
                "Prix du séjour\u{a0}: divisé par les nuits, il donne {} et la ligne dit {} la nuit. Le prix de la nuit est gardé.",
                format::money(nuit),
                format::money(said)
            );
            line.avertit("COH-03", "Prix du séjour, hors taxes", &line.typed.get(PRIX_SEJOUR).cloned().unwrap_or_default(), message);
        }
        Some(_) => {}
    }
}

/// The departure follows from the nights.
fn dates(line: &mut Ligne) {
    let Some(debut) = lue::<NaiveDate>(line, "date_debut") else { return };
    let (nuits, nuitees, personnes) = (lue::<i64>(line, "nuits"), lue::<i64>(line, "nuitees"), lue::<i64>(line, "nb_personnes"));
    match lue::<NaiveDate>(line, "date_fin") {
        Some(fin) => counted(line, (fin - debut).num_days(), (nuits, nuitees, personnes)),
        None if line.typed.contains_key("date_fin") => {}
        None => {
            let nuits = match (nuits, nuitees, personnes) {
                (Some(nuits), ..) => nuits,
                (None, Some(nuitees), Some(personnes)) if personnes > 0 && nuitees % personnes == 0 => nuitees / personnes,
                (None, Some(nuitees), Some(personnes)) => {
                    let valeur = line.typed.get("nuitees").cloned().unwrap_or_default();
                    line.refuse(
                        "COH-03",
                        "Nuitées (personnes × nuits)",
                        &valeur,
                        format!("Nuitées\u{a0}: {nuitees} ne se partage pas entre {personnes} personnes. Si ce sont les nuits du logement, dites à la lecture que cette colonne donne «\u{a0}Nuits\u{a0}»."),
                    );
                    // Said, and not missing.
                    line.typed.insert("date_fin", String::new());
                    return;
                }
                _ => return,
            };
            let fin = u64::try_from(nuits).ok().and_then(|nuits| debut.checked_add_days(Days::new(nuits)));
            line.lues.insert("date_fin", fin.map(|fin| fin.to_string()));
        }
    }
}

/// Says that the nights of a line are not those between its dates.
fn counted(line: &mut Ligne, nights: i64, (nuits, nuitees, personnes): (Option<i64>, Option<i64>, Option<i64>)) {
    if let Some(nuits) = nuits.filter(|nuits| *nuits != nights) {
        line.avertit(
            "COH-03",
            "Nuits",
            &nuits.to_string(),
            format!("Nuits\u{a0}: {nuits} sont dites, et {nights} séparent l’arrivée du départ. Les dates font foi."),
        );
    }
    let differ = |nuitees: &i64| personnes.is_some_and(|personnes| *nuitees != personnes * nights && *nuitees != nights);
    if let Some(nuitees) = nuitees.filter(differ) {
        line.avertit(
            "COH-03",
            "Nuitées (personnes × nuits)",
            &nuitees.to_string(),
            format!(
                "Nuitées\u{a0}: {nuitees} sont dites\u{a0}; les dates et les personnes en donnent {}. Les dates font foi.",
                personnes.unwrap_or(0) * nights
            ),
        );
    }
}

/// Says that the tax of a line is not the one that its nights make, beyond a cent for each person and night.
pub(super) fn compare(line: &mut Ligne) {
    let Some(declared) = lue::<i64>(line, DECLAREE) else { return };
    let held = |column: &str| -> Option<i64> {
        let stored = || line.existante.as_ref()?.valeurs.get(column)?.clone();
        line.ecrites.get(column).cloned().flatten().or_else(stored)?.parse().ok()
    };
    let (Some(base), Some(departemental)) = (held("montant_base"), held("montant_departemental")) else { return };
    let dates = (lue::<NaiveDate>(line, "date_debut"), lue::<NaiveDate>(line, "date_fin"));
    let nights = if let (Some(debut), Some(fin)) = dates { (fin - debut).num_days() } else { 0 };
    let tolerance = lue::<i64>(line, "nb_personnes").unwrap_or(0).saturating_mul(nights);
    let computed = base.saturating_add(departemental);
    if (declared - computed).abs() > tolerance {
        let valeur = line.typed.get(DECLAREE).cloned().unwrap_or_default();
        let message = format!(
            "Taxe déclarée\u{a0}: le fichier dit {}, le calcul donne {}. Le calcul est gardé.",
            format::money(declared),
            format::money(computed)
        );
        line.avertit("COH-04", "Taxe déclarée", &valeur, message);
    }
}
