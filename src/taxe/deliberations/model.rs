//! What the law says of a deliberation, pure: the bounds and the order of its tariffs, the bands of its abattement, the days that its
//! periods leave out.

use std::collections::BTreeMap;

use crate::taxe::calcul::Tranche;
use crate::territoire::{PROPORTIONNELLE, periode_en_mots, tarif_en_mots};
use crate::ui::format;

/// States of a deliberation: code, label, tone.
pub const ETATS: &[(&str, &str, &str)] = &[
    ("brouillon", "Brouillon", "info"),
    ("en_vigueur", "En vigueur", "succes"),
    ("remplacee", "Remplacée", ""),
    ("abandonnee", "Abandonnée", "alerte"),
];
/// Where a deliberation comes from.
pub const SOURCES: &[(&str, &str, &str)] = &[("saisie", "Saisie", ""), ("delta", "Fichier DELTA", ""), ("reference", "Livrée avec Gardel", "")];
/// How a nature is taxed (CGCT, art. L2333-26, II).
pub const REGIMES: &[(&str, &str, &str)] = &[("reel", "Au réel", ""), ("forfait", "Forfaitaire", "")];
/// Yes or no.
pub const OUI_NON: &[(&str, &str, &str)] = &[("true", "Oui", ""), ("false", "Non", "")];

/// Natures of lodging, by their number in the official file.
pub const NATURES: [&str; 11] = [
    "Palaces",
    "Hôtels de tourisme",
    "Résidences de tourisme",
    "Meublés de tourisme",
    "Villages de vacances",
    "Chambres d’hôtes",
    "Aires de camping-cars et parcs de stationnement touristiques",
    "Terrains de camping, de caravanage et de plein air",
    "Ports de plaisance",
    "Sans classement ou en attente de classement",
    "Auberges collectives",
];
/// The nature that is always taxed au réel (CGCT, art. L2333-26, II).
pub const SANS_CLASSEMENT: usize = 10;

/// The columns of the regimes, by nature from 1.
pub const REGIMES_DE: [&str; 11] =
    ["regime_1", "regime_2", "regime_3", "regime_4", "regime_5", "regime_6", "regime_7", "regime_8", "regime_9", "regime_10", "regime_11"];

/// What each tariff category holds (CGCT, art. L2333-30), by its number from 1.
pub const CATEGORIES: [&str; 9] = [
    "Palaces",
    "Hôtels, résidences et meublés de tourisme 5 étoiles",
    "Hôtels, résidences et meublés de tourisme 4 étoiles",
    "Hôtels, résidences et meublés de tourisme 3 étoiles",
    "Hôtels, résidences et meublés de tourisme 2 étoiles, villages de vacances 4 et 5 étoiles",
    "Hôtels, résidences et meublés de tourisme 1 étoile, villages de vacances 1, 2 et 3 étoiles, chambres d’hôtes, auberges collectives",
    "Terrains de camping et de caravanage 3, 4 et 5 étoiles, aires de camping-cars et parcs de stationnement touristiques, par tranche de 24 heures",
    "Terrains de camping et de caravanage 1 et 2 étoiles, ports de plaisance",
    "Hébergements en attente de classement ou sans classement",
];

/// Additional taxes: their column, and the code of their rule.
pub const TAXES: [(&str, &str); 4] = [
    ("taxe_departementale", "Taxe départementale"),
    ("taxe_regionale", "Taxe de la Société des grands projets"),
    ("taxe_lgv", "Taxe des lignes à grande vitesse"),
    ("taxe_mobilites", "Taxe d’Île-de-France Mobilités"),
];

/// A grid: the tariff of each category that has one, in cents, or hundredths of a percent for the ninth.
pub type Grille = BTreeMap<usize, i64>;
/// Floor and ceiling of each category for a year.
pub type Bornes = BTreeMap<usize, (i64, i64)>;

/// What a grid has that the law does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ecart {
    /// The category at fault.
    pub categorie: usize,
    /// What is wrong, with its article.
    pub phrase: String,
}

/// Tariffs outside the legal limits of `annee` (CGCT, art. L2333-30 et L2333-41).
pub fn hors_bornes(grille: &Grille, bornes: &Bornes, annee: i16) -> Vec<Ecart> {
    let one = |(categorie, valeur): (&usize, &i64)| {
        let (low, high) = bornes.get(categorie)?;
        let (what, bound) = if valeur > high {
            ("dépasse le plafond", *high)
        } else if valeur < low {
            ("est sous le plancher", *low)
        } else {
            return None;
        };
        let (said, bound) = (tarif_en_mots(*categorie, *valeur), tarif_en_mots(*categorie, bound));
        Some(Ecart {
            categorie: *categorie,
            phrase: format!("Catégorie {categorie}\u{a0}: {said} {what} de {annee}, {bound} (CGCT, art. L2333-30)."),
        })
    };
    grille.iter().filter_map(one).collect()
}

/// Tariffs above that of a higher category of the same nature (CGCT, art. L2333-30): stars from 5 to 1, then the two of open air.
pub fn desordre(grille: &Grille) -> Vec<Ecart> {
    let pairs = [(2, 3), (3, 4), (4, 5), (5, 6), (7, 8)];
    let one = |(above, below): (usize, usize)| {
        let (high, low) = (grille.get(&above)?, grille.get(&below)?);
        (low > high).then(|| Ecart {
            categorie: below,
            phrase: format!(
                "Catégorie {below}\u{a0}: {} dépasse le tarif de la catégorie {above}, {}. Il ne peut excéder celui d’une catégorie supérieure de même nature (CGCT, art. L2333-30).",
                tarif_en_mots(below, *low),
                tarif_en_mots(above, *high)
            ),
        })
    };
    pairs.into_iter().filter_map(one).collect()
}

/// The highest fixed tariff: the cap of the ninth category (CGCT, art. L2333-30).
pub fn plus_haut(grille: &Grille) -> Option<i64> {
    grille.iter().filter(|(categorie, _)| **categorie != PROPORTIONNELLE).map(|(_, valeur)| *valeur).max()
}

/// The bands of « 61 à 105 nuits : 40 % ; 106 nuits et plus : 50 % », in their order.
///
/// # Errors
/// What cannot be read, or two bands that share a number of nights, as the end of a sentence.
pub fn tranches(text: &str) -> Result<Vec<Tranche>, String> {
    let mut bands = Vec::new();
    for part in text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        bands.push(tranche(part).ok_or_else(|| {
            format!(
                "«\u{a0}{part}\u{a0}» ne se lit pas. Écrivez «\u{a0}61 à 105 nuits\u{a0}: 40\u{a0}%\u{a0}; 106 nuits et plus\u{a0}: 50\u{a0}%\u{a0}»."
            )
        })?);
    }
    bands.sort_by_key(|band| band.min);
    for pair in bands.windows(2) {
        if let [one, next] = pair
            && one.max.is_none_or(|max| max >= next.min)
        {
            return Err(format!("deux tranches comptent {} nuits. Une durée n’a qu’un abattement.", next.min));
        }
    }
    Ok(bands)
}

/// One band.
fn tranche(part: &str) -> Option<Tranche> {
    let (nights, rate) = part.split_once(':')?;
    let numbers: Vec<i64> =
        nights.split(|sign: char| !sign.is_ascii_digit()).filter(|text| !text.is_empty()).map(|text| text.parse().ok()).collect::<Option<_>>()?;
    let rate = rate.trim().trim_end_matches(['%', ' ', '\u{a0}', '\u{202f}']).replace(',', ".");
    let (whole, rest) = rate.split_once('.').unwrap_or((&rate, ""));
    let digits = |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole, 3) || !digits(rest, 2) {
        return None;
    }
    let taux = format!("{whole}{rest:0<2}").parse().ok()?;
    let open = format::fold(nights).contains("plus") || nights.trim_end().ends_with('+');
    match numbers.as_slice() {
        [min] if open => Some(Tranche { min: *min, max: None, taux }),
        [min, max] if min <= max && !open => Some(Tranche { min: *min, max: Some(*max), taux }),
        _ => None,
    }
}

/// Bands as they are kept: « 61-105:4000 106-:5000 ».
pub fn gardees(bands: &[Tranche]) -> String {
    let one = |band: &Tranche| format!("{}-{}:{}", band.min, band.max.map(|max| max.to_string()).unwrap_or_default(), band.taux);
    bands.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Bands from what is kept; what is not one is left out.
pub fn relues(kept: &str) -> Vec<Tranche> {
    let one = |part: &str| {
        let (nights, rate) = part.split_once(':')?;
        let (min, max) = nights.split_once('-')?;
        let max = if max.is_empty() { None } else { Some(max.parse().ok()?) };
        Some(Tranche { min: min.parse().ok()?, max, taux: rate.parse().ok()? })
    };
    kept.split_whitespace().filter_map(one).collect()
}

/// A band in words: « 61 à 105 nuits : 40 % ».
pub fn tranche_en_mots(band: &Tranche) -> String {
    let rate = format::rate(band.taux);
    match band.max {
        Some(max) => format!("{} à {max} nuits\u{a0}: {rate}", band.min),
        None => format!("{} nuits et plus\u{a0}: {rate}", band.min),
    }
}

/// A day of a period as it is kept, MM-JJ.
pub fn est_un_jour(text: &str) -> bool {
    rang(text).is_some()
}

/// Days of each month, of a year that has most.
const JOURS: [usize; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The place of a day in a year of 366 days, from 0.
fn rang(day: &str) -> Option<usize> {
    let (month, day) = day.split_once('-')?;
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    let (month, day): (usize, usize) = (month.parse().ok()?, day.parse().ok()?);
    let days = *JOURS.get(month.checked_sub(1)?)?;
    (1..=days).contains(&day).then(|| JOURS[..month - 1].iter().sum::<usize>() + day - 1)
}

/// The day of a place in such a year.
fn jour(mut rang: usize) -> String {
    for (month, days) in (1..).zip(JOURS) {
        if rang < days {
            return format!("{month:02}-{:02}", rang + 1);
        }
        rang -= days;
    }
    "12-31".into()
}

/// The days that no period covers, as « du 1er mai au 30 juin »; a period may go over the end of the year. The 29th of February alone is
/// told as any other day.
pub fn decouverts(periods: &[(String, String)]) -> Vec<String> {
    let mut covered = [false; 366];
    for (from, to) in periods.iter().filter_map(|(from, to)| Some((rang(from)?, rang(to)?))) {
        for (day, covered) in covered.iter_mut().enumerate() {
            *covered |= if from <= to { (from..=to).contains(&day) } else { day >= from || day <= to };
        }
    }
    let mut told = Vec::new();
    let mut since = None;
    for (day, covered) in covered.iter().copied().chain([true]).enumerate() {
        match (covered, since) {
            (false, None) => since = Some(day),
            (true, Some(first)) => {
                told.push(periode_en_mots(&jour(first), &jour(day - 1)));
                since = None;
            }
            _ => {}
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grille(values: &[i64]) -> Grille {
        (1..).zip(values.iter().copied()).collect()
    }

    #[test]
    fn the_law_is_told_by_category() {
        let bornes: Bornes = [(1, (70, 490)), (2, (70, 360)), (4, (50, 170)), (9, (100, 500))].into();
        let ecarts = hors_bornes(&[(1, 491), (2, 69), (4, 170), (9, 501)].into(), &bornes, 2026);
        assert_eq!(ecarts.iter().map(|ecart| ecart.categorie).collect::<Vec<_>>(), [1, 2, 9]);
        assert!(ecarts[0].phrase.contains("dépasse le plafond de 2026") && ecarts[0].phrase.contains("L2333-30"), "{}", ecarts[0].phrase);
        assert!(ecarts[1].phrase.contains("sous le plancher") && ecarts[2].phrase.contains("5,01\u{202f}%"), "{ecarts:?}");
        // 5 étoiles sous 4 étoiles, camping 1 étoile au-dessus de 3 étoiles ; un palace n'est pas de la même nature.
        let ecarts = desordre(&grille(&[100, 200, 210, 100, 80, 60, 19, 20]));
        assert_eq!(ecarts.iter().map(|ecart| ecart.categorie).collect::<Vec<_>>(), [3, 8]);
        assert_eq!(desordre(&grille(&[400, 300, 300, 150, 90, 80, 60, 20, 500])), []);
        assert_eq!(plus_haut(&[(1, 100), (2, 130), (9, 500)].into()), Some(130));
    }

    #[test]
    fn bands_are_read_as_people_write_them() {
        let bands = tranches("106 nuits et plus\u{a0}: 50 % ; 61 à 105 : 40,5%").expect("two bands");
        assert_eq!(gardees(&bands), "61-105:4050 106-:5000");
        assert_eq!(relues("61-105:4050 106-:5000"), bands);
        assert_eq!(
            bands.iter().map(tranche_en_mots).collect::<Vec<_>>(),
            ["61 à 105 nuits\u{a0}: 40,50\u{202f}%", "106 nuits et plus\u{a0}: 50\u{202f}%"]
        );
        let again: Vec<String> = bands.iter().map(tranche_en_mots).collect();
        assert_eq!(tranches(&again.join(" ; ")), Ok(bands), "what is shown is read back");
        for wrong in
            ["40 %", "1 à 60", "60 à 1 : 10 %", "1 : 10 %", "1 à 60 : dix", "1 à 60 : 10 % ; 60 à 90 : 20 %", "1 et plus : 10 % ; 90 à 95 : 5 %"]
        {
            assert!(tranches(wrong).is_err(), "{wrong}");
        }
        assert_eq!(tranches(""), Ok(vec![]));
    }

    #[test]
    fn days_without_a_period_are_told() {
        let of = |periods: &[(&str, &str)]| decouverts(&periods.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect::<Vec<_>>());
        assert_eq!(of(&[("01-01", "12-31")]), Vec::<String>::new());
        assert_eq!(of(&[("01-01", "02-28"), ("03-01", "12-31")]), ["du 29 février au 29 février"]);
        assert_eq!(of(&[("12-15", "04-15"), ("07-01", "08-31")]), ["du 16 avril au 30 juin", "du 1er septembre au 14 décembre"]);
        assert_eq!(of(&[]), ["du 1er janvier au 31 décembre"]);
        assert!(est_un_jour("02-29") && !est_un_jour("02-30") && !est_un_jour("1-1") && !est_un_jour("1er mai"));
    }
}
