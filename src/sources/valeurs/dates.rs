//! Days and instants as people and programs write them. A year of two figures, and the number that a spreadsheet keeps, are read
//! only when the format of the column says how.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

use super::Faute;
use crate::sources::classeur::valeur::jour as jour_de_serie;
use crate::sources::roles::plie;

/// Which of the first two figures is the day. A year that comes first is always followed by its month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ordre {
    /// `03/04/2026` is in April.
    #[default]
    JourMois,
    /// `03/04/2026` is in March.
    MoisJour,
}

/// From when a spreadsheet counts its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Epoque {
    /// Windows.
    De1900,
    /// The former Macintosh.
    De1904,
}

/// How the dates of a column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Dates {
    /// Of `03/04/2026`.
    pub ordre: Ordre,
    /// The first year that two figures may mean: 1950 reads `49` as 2049 and `50` as 1950. Without it they are refused.
    pub depuis: Option<i32>,
    /// Whether a bare number is a day of a spreadsheet.
    pub serie: Option<Epoque>,
}

/// Years of a date.
const ANNEES: std::ops::RangeInclusive<i32> = 1800..=2200;
/// Names of months, without accents, and those of English where they differ; three letters are enough.
const MOIS: [&[&str]; 12] = [
    &["janvier", "january", "janv"],
    &["fevrier", "february", "fevr", "fev"],
    &["mars", "march"],
    &["avril", "april", "avr"],
    &["mai", "may"],
    &["juin", "june"],
    &["juillet", "july", "juil"],
    &["aout", "august", "aou"],
    &["septembre", "september", "sept"],
    &["octobre", "october"],
    &["novembre", "november"],
    &["decembre", "december"],
];

fn faute(message: impl Into<String>) -> Faute {
    Faute { code: "VAL-02", message: message.into() }
}

fn extrait(texte: &str) -> String {
    texte.trim().chars().take(40).collect()
}

fn aucune(texte: &str) -> Faute {
    faute(format!("«\u{a0}{}\u{a0}» n’est pas une date.", extrait(texte)))
}

/// Days of the week, as those of months.
const JOURS: [&str; 14] = [
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A date without the day of the week before it, which its own day says: « lundi 4 mai 2026 », « Mon, May 4, 2026 ».
fn sans_jour(texte: &str) -> &str {
    let Some((mot, reste)) = texte.split_once(|signe: char| signe.is_whitespace() || signe == ',') else { return texte };
    let plat = plie(mot.trim_end_matches('.'));
    let connu = JOURS.iter().any(|jour| *jour == plat || plat.len() == 3 && jour.starts_with(&plat));
    // « mar. 3 2026 » may be a Tuesday or a month: it stays, and is read as a month.
    if connu && mois(mot).is_none() { reste.trim_start_matches(|signe: char| signe.is_whitespace() || signe == ',') } else { texte }
}

/// The figures of a date, in the order in which they are written, and the time behind it.
#[derive(Debug, PartialEq, Eq)]
struct Parties<'a> {
    trois: [&'a str; 3],
    heure: &'a str,
}

/// Cuts a date in three, and takes its time apart.
fn coupe(texte: &str) -> Option<Parties<'_>> {
    let texte = texte.trim();
    let separe = |signe: char| matches!(signe, '/' | '-' | '.') || signe.is_whitespace();
    let (mut debut, mut trois, mut nombre) = (0, [""; 3], 0);
    for (place, signe) in texte.char_indices() {
        if nombre == 2 && (signe.is_whitespace() || signe == 'T') {
            trois[2] = &texte[debut..place];
            return Some(Parties { trois, heure: texte[place + signe.len_utf8()..].trim() });
        }
        if separe(signe) {
            if place > debut {
                *trois.get_mut(nombre)? = &texte[debut..place];
                nombre += 1;
            }
            debut = place + signe.len_utf8();
        }
    }
    (nombre == 2).then(|| {
        trois[2] = &texte[debut..];
        Parties { trois, heure: "" }
    })
}

fn chiffres(texte: &str, longueurs: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (longueurs.contains(&texte.len()) && texte.bytes().all(|octet| octet.is_ascii_digit())).then(|| texte.parse().ok())?
}

/// The month of a name, whole or short, in French or in English; nothing for another word.
pub fn mois(texte: &str) -> Option<u32> {
    let plat = plie(texte.trim_end_matches('.'));
    let connu =
        |noms: &&[&str]| noms.iter().any(|nom| *nom == plat) || plat.len() == 3 && noms.iter().any(|nom| nom.len() > 3 && nom.starts_with(&plat));
    let mut trouves = MOIS.iter().enumerate().filter(|(_, noms)| connu(noms)).map(|(place, _)| place);
    let trouve = trouves.next()?;
    trouves.next().is_none().then(|| u32::try_from(trouve + 1).ok())?
}

/// The year of four figures, or of two where the format says how.
fn annee(texte: &str, format: Dates, entier: &str) -> Result<i32, Faute> {
    let nombre = chiffres(texte, 2..=4).and_then(|annee| i32::try_from(annee).ok()).ok_or_else(|| aucune(entier))?;
    match (texte.len(), format.depuis) {
        (4, _) => Ok(nombre),
        (2, Some(depuis)) => Ok(depuis + (nombre - depuis).rem_euclid(100)),
        (2, None) => {
            Err(faute(format!("«\u{a0}{}\u{a0}» a une année à deux chiffres. Écrivez-la avec quatre, ou dites son siècle.", extrait(entier))))
        }
        _ => Err(aucune(entier)),
    }
}

fn jour(annee: i32, mois: u32, jour: u32, texte: &str) -> Result<NaiveDate, Faute> {
    if !ANNEES.contains(&annee) {
        return Err(faute(format!("«\u{a0}{}\u{a0}» est une date trop lointaine.", extrait(texte))));
    }
    NaiveDate::from_ymd_opt(annee, mois, jour).ok_or_else(|| faute(format!("«\u{a0}{}\u{a0}» n’existe pas dans le calendrier.", extrait(texte))))
}

/// A day and what stands behind it.
fn lit<'a>(texte: &'a str, format: Dates) -> Result<(NaiveDate, &'a str), Faute> {
    let nu = texte.trim().trim_start_matches('\u{feff}');
    if !nu.is_empty() && nu.bytes().all(|octet| octet.is_ascii_digit()) {
        return Ok((d_un_trait(nu, format)?, ""));
    }
    let Parties { trois: [un, deux, trois], heure } = coupe(sans_jour(nu)).ok_or_else(|| aucune(texte))?;
    let au = |texte: &'a str| chiffres(texte.strip_suffix("er").unwrap_or(texte), 1..=2);
    if un.len() == 4
        && let Some(annee) = chiffres(un, 4..=4).and_then(|annee| i32::try_from(annee).ok())
    {
        let (mois, le) = (au(deux).ok_or_else(|| aucune(texte))?, au(trois).ok_or_else(|| aucune(texte))?);
        return Ok((jour(annee, mois, le, texte)?, heure));
    }
    if let (Some(le), Some(mois)) = (au(un), mois(deux)) {
        return Ok((jour(annee(trois, format, texte)?, mois, le, texte)?, heure));
    }
    // « May 3, 2026 »: a month that is named first is no question of order.
    if let (Some(mois), Some(le)) = (mois(un), au(deux.trim_end_matches(','))) {
        return Ok((jour(annee(trois, format, texte)?, mois, le, texte)?, heure));
    }
    let (un, deux) = (chiffres(un, 1..=2).ok_or_else(|| aucune(texte))?, chiffres(deux, 1..=2).ok_or_else(|| aucune(texte))?);
    let (le, mois) = if format.ordre == Ordre::JourMois { (un, deux) } else { (deux, un) };
    if mois > 12 && le <= 12 {
        let ordre = if format.ordre == Ordre::JourMois { "jour, mois, année" } else { "mois, jour, année" };
        return Err(faute(format!("«\u{a0}{}\u{a0}» n’est pas dans l’ordre de la colonne ({ordre}).", extrait(texte))));
    }
    Ok((jour(annee(trois, format, texte)?, mois, le, texte)?, heure))
}

/// A date of digits alone: eight of them, or the number of a spreadsheet.
fn d_un_trait(nu: &str, format: Dates) -> Result<NaiveDate, Faute> {
    if nu.len() == 8 {
        let lu = |annee: &str, mois: &str, le: &str| jour(annee.parse().ok()?, mois.parse().ok()?, le.parse().ok()?, nu).ok();
        let en_tete = lu(&nu[..4], &nu[4..6], &nu[6..]);
        let en_queue = if format.ordre == Ordre::JourMois { lu(&nu[4..], &nu[2..4], &nu[..2]) } else { lu(&nu[4..], &nu[..2], &nu[2..4]) };
        // Never both: years go from 1800 to 2200.
        return en_tete.or(en_queue).ok_or_else(|| aucune(nu));
    }
    let Some(epoque) = format.serie else {
        let numero = nu.len() == 5;
        return Err(if numero {
            faute(format!("«\u{a0}{nu}\u{a0}» est un numéro de jour de tableur. Mettez la colonne au format date, ou dites son époque."))
        } else {
            aucune(nu)
        });
    };
    let serie = nu.parse::<u64>().ok().filter(|serie| *serie < 2_958_466).ok_or_else(|| aucune(nu))?;
    let date = jour_de_serie(serie, epoque == Epoque::De1904).ok_or_else(|| aucune(nu))?;
    jour(date.year(), date.month(), date.day(), nu)
}

/// A time: `07:42`, `07:42:00`, `7h42`, `07:42:00.000Z`.
fn heure(texte: &str) -> Option<NaiveTime> {
    let texte = texte.trim_end_matches('Z').split(['.', ',']).next()?;
    let mut parties = texte.split([':', 'h', 'H']);
    let (heures, minutes) = (
        chiffres(parties.next()?, 1..=2)?,
        parties.next().filter(|minutes| !minutes.is_empty()).map_or(Some(0), |minutes| chiffres(minutes, 2..=2))?,
    );
    let secondes = parties.next().map_or(Some(0), |secondes| chiffres(secondes, 2..=2))?;
    parties.next().is_none().then(|| NaiveTime::from_hms_opt(heures, minutes, secondes))?
}

/// A day. A time behind it must be one, and is left.
///
/// # Errors
/// It is none, does not exist, or may be two.
pub fn date(texte: &str, format: Dates) -> Result<NaiveDate, Faute> {
    Ok(instant(texte, format)?.date())
}

/// A day with its time; midnight when there is none.
///
/// # Errors
/// As for `date`.
pub fn instant(texte: &str, format: Dates) -> Result<NaiveDateTime, Faute> {
    let (jour, reste) = lit(texte, format)?;
    if reste.is_empty() {
        return Ok(jour.and_time(NaiveTime::MIN));
    }
    heure(reste).map(|heure| jour.and_time(heure)).ok_or_else(|| faute(format!("«\u{a0}{}\u{a0}» a une heure qui ne se lit pas.", extrait(texte))))
}

/// What a text says of how the dates of its column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Indice {
    /// It is a date, in one order at least.
    pub date: bool,
    /// Only in this order.
    pub ordre: Option<Ordre>,
    /// In both, on two days.
    pub douteux: bool,
    pub annee_courte: bool,
    /// A bare number that may be a day of a spreadsheet: 1954 to 2064.
    pub serie: bool,
}

/// What a text says.
pub(super) fn indice(texte: &str) -> Indice {
    let nu = texte.trim();
    let serie = chiffres(nu, 5..=5).is_some_and(|serie| (20_000..60_000).contains(&serie));
    let lue = |ordre| date(nu, Dates { ordre, depuis: Some(1950), serie: None }).ok();
    let (francais, anglais) = (lue(Ordre::JourMois), lue(Ordre::MoisJour));
    let annee_courte = (francais.is_some() || anglais.is_some())
        && date(nu, Dates::default()).is_err()
        && date(nu, Dates { ordre: Ordre::MoisJour, ..Dates::default() }).is_err();
    let ordre = match (francais, anglais) {
        (Some(_), None) => Some(Ordre::JourMois),
        (None, Some(_)) => Some(Ordre::MoisJour),
        _ => None,
    };
    Indice { date: francais.is_some() || anglais.is_some(), ordre, douteux: francais != anglais && ordre.is_none(), annee_courte, serie }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_one_way_or_refused() {
        let francais = Dates::default();
        let anglais = Dates { ordre: Ordre::MoisJour, ..francais };
        let court = Dates { depuis: Some(1950), ..francais };
        let serie = Dates { serie: Some(Epoque::De1900), ..francais };
        let mac = Dates { serie: Some(Epoque::De1904), ..francais };
        let table: &[(&str, Dates, Option<&str>)] = &[
            ("03/04/2026", francais, Some("2026-04-03")),
            ("03/04/2026", anglais, Some("2026-03-04")),
            ("3.4.2026", francais, Some("2026-04-03")),
            ("03-04-2026", francais, Some("2026-04-03")),
            ("2026-04-03", anglais, Some("2026-04-03")),
            ("2026/4/3", francais, Some("2026-04-03")),
            ("2026-04-03 07:42:00", francais, Some("2026-04-03")),
            ("2026-04-03T07:42:00.000Z", francais, Some("2026-04-03")),
            ("14/03/2025 07:42", francais, Some("2025-03-14")),
            ("3 avril 2026", francais, Some("2026-04-03")),
            ("1er août 2026", francais, Some("2026-08-01")),
            ("3-avr-2026", anglais, Some("2026-04-03")),
            ("03-Apr-2026", francais, Some("2026-04-03")),
            ("May 3, 2026", francais, Some("2026-05-03")),
            ("April 13, 2026", francais, Some("2026-04-13")),
            ("Sat, May 2, 2026", francais, Some("2026-05-02")),
            ("lundi 4 mai 2026", anglais, Some("2026-05-04")),
            ("mar. 5 mai 2026", francais, None),
            ("3-mai-26", court, Some("2026-05-03")),
            ("20260403", francais, Some("2026-04-03")),
            ("03042026", francais, Some("2026-04-03")),
            ("03042026", anglais, Some("2026-03-04")),
            ("03/02/26", francais, None),
            ("03/02/26", court, Some("2026-02-03")),
            ("03/02/51", court, Some("1951-02-03")),
            ("31/02/2026", francais, None),
            ("13/14/2026", francais, None),
            ("04/13/2026", francais, None),
            ("04/13/2026", anglais, Some("2026-04-13")),
            ("45730", francais, None),
            ("45730", serie, Some("2025-03-14")),
            ("44268", mac, Some("2025-03-14")),
            ("60", serie, None),
            ("03/04/0026", francais, None),
            ("03/04/26000", francais, None),
            ("14/03/2025 25:00", francais, None),
            ("14/03/2025 midi", francais, None),
            ("20112012", francais, Some("2012-11-20")),
        ];
        for (texte, format, attendue) in table {
            assert_eq!(date(texte, *format).ok().map(|date| date.to_string()).as_deref(), *attendue, "{texte} {format:?}");
        }
        for texte in ["", "12h35", "mars-25", "avril 2026", "n.d.", "#N/A", "1/2", "1/2/3/2026", "////", "2026", "٣/04/2026"] {
            assert_eq!(date(texte, francais).expect_err("no date").code, "VAL-02", "{texte}");
        }
        assert_eq!(instant("14/03/2025 7h42", francais).expect("an instant").to_string(), "2025-03-14 07:42:00");
    }

    #[test]
    fn texts_tell_their_order() {
        assert_eq!(indice("31/12/2026").ordre, Some(Ordre::JourMois));
        assert_eq!(indice("12/31/2026").ordre, Some(Ordre::MoisJour));
        assert!(indice("03/04/2026").douteux && !indice("04/04/2026").douteux && !indice("2026-04-03").douteux);
        assert!(indice("31/12/26").annee_courte && !indice("31/12/2026").annee_courte);
        assert!(indice("45730").serie && !indice("45730").date && !indice("bla").date);
    }

    proptest! {
        #[test]
        fn every_day_is_read_back(jours in -30_000_i32..60_000) {
            let date = NaiveDate::from_epoch_days(jours).expect("near");
            prop_assert_eq!(super::date(&date.format("%d/%m/%Y").to_string(), Dates::default()), Ok(date));
            prop_assert_eq!(super::date(&date.format("%m/%d/%Y").to_string(), Dates { ordre: Ordre::MoisJour, ..Dates::default() }), Ok(date));
            prop_assert_eq!(super::date(&date.to_string(), Dates::default()), Ok(date));
        }

        #[test]
        fn nothing_panics(texte in "\\PC{0,20}", chiffres in "[0-9/ .:hTaoutvril-]{0,14}") {
            let tout = Dates { ordre: Ordre::MoisJour, depuis: Some(1950), serie: Some(Epoque::De1904) };
            let _ = (date(&texte, tout), date(&chiffres, tout), indice(&texte), indice(&chiffres), date(&chiffres, Dates::default()));
        }
    }
}
