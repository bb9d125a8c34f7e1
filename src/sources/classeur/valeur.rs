//! What the cells of a workbook hold, as text: numbers as a person sees them, days and times of both epochs.

use chrono::{Days, NaiveDate};

/// How numbers of a style are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Affichage {
    #[default]
    Nombre,
    /// Whole, with as many figures at least: a postal code, a SIRET.
    Chiffres(usize),
    Pourcent,
    Jour,
    Instant,
    Heure,
}

impl Affichage {
    /// By the number of a format that every workbook knows.
    pub(super) fn connu(numero: u32) -> Option<Self> {
        Some(match numero {
            9 | 10 => Self::Pourcent,
            14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Self::Jour,
            18..=21 | 32..=35 | 45..=47 | 55 | 56 => Self::Heure,
            22 => Self::Instant,
            _ => return None,
        })
    }

    /// By its code: `dd/mm/yyyy`, `[h]:mm`, `0,00 %`.
    pub(super) fn du_code(code: &str) -> Self {
        let (mut lettres, mut signes) = (String::new(), code.chars());
        while let Some(signe) = signes.next() {
            match signe {
                '"' => drop(signes.by_ref().find(|signe| *signe == '"')),
                '\\' | '_' | '*' => drop(signes.next()),
                '[' => {
                    let dedans: String = signes.by_ref().take_while(|signe| *signe != ']').collect();
                    // A duration; the rest is a colour, a condition, a country.
                    if dedans.chars().all(|signe| matches!(signe.to_ascii_lowercase(), 'h' | 'm' | 's')) {
                        lettres.push_str(&dedans.to_ascii_lowercase());
                    }
                }
                ';' => break,
                _ => lettres.extend(signe.to_lowercase()),
            }
        }
        if ["general", "standard", "@"].contains(&lettres.as_str()) {
            return Self::Nombre;
        }
        let chiffres = lettres.chars().filter(|signe| !signe.is_whitespace());
        if lettres.contains("00") && chiffres.clone().all(|signe| signe == '0') {
            return Self::Chiffres(chiffres.count());
        }
        let a = |signes: &[char]| lettres.contains(signes);
        match (a(&['y', 'd', 'j']), a(&['h', 's'])) {
            (true, true) => Self::Instant,
            (true, false) => Self::Jour,
            (false, true) => Self::Heure,
            (false, false) if a(&['m']) => Self::Jour,
            (false, false) if a(&['%']) => Self::Pourcent,
            (false, false) => Self::Nombre,
        }
    }
}

/// A number as it is shown: fifteen digits, a point, no exponent. Nothing when it is none.
pub(in crate::sources) fn nombre(texte: &str) -> Option<String> {
    let texte = texte.trim();
    let chiffres = texte.strip_prefix('-').unwrap_or(texte);
    if !chiffres.is_empty() && chiffres.bytes().all(|octet| octet.is_ascii_digit()) && chiffres.len() < 300 {
        // A whole number is kept to its last digit.
        return Some(texte.to_string());
    }
    quinze(flottant(texte)?)
}

/// A spreadsheet holds its numbers in floating point, and writes seventeen digits of which it shows fifteen: 9.2799999999999994 is
/// 9.28 to everybody who sees it.
fn flottant(texte: &str) -> Option<f64> {
    texte.trim().parse::<f64>().ok().filter(|nombre| nombre.is_finite() && nombre.abs() < 1e300)
}

fn quinze(nombre: f64) -> Option<String> {
    let ecrit = format!("{nombre:.14e}");
    let (mantisse, exposant) = ecrit.split_once('e')?;
    let exposant: i32 = exposant.parse().ok()?;
    let (signe, mantisse) = mantisse.strip_prefix('-').map_or(("", mantisse), |reste| ("-", reste));
    let chiffres: String = mantisse.chars().filter(char::is_ascii_digit).collect();
    let chiffres = chiffres.trim_end_matches('0');
    if chiffres.is_empty() {
        return Some("0".into());
    }
    let entiers = exposant + 1;
    if entiers <= 0 {
        return Some(format!("{signe}0.{}{chiffres}", "0".repeat(usize::try_from(-entiers).ok()?)));
    }
    let entiers = usize::try_from(entiers).ok()?;
    if chiffres.len() <= entiers {
        return Some(format!("{signe}{chiffres}{}", "0".repeat(entiers - chiffres.len())));
    }
    Some(format!("{signe}{}.{}", &chiffres[..entiers], &chiffres[entiers..]))
}

/// A number as its style shows it, and whether that is a date. A number that is no date of ours stays a number.
pub(super) fn affiche(texte: &str, affichage: Affichage, epoque_1904: bool) -> Option<(String, bool)> {
    let simple = || nombre(texte).map(|nombre| (nombre, false));
    match affichage {
        Affichage::Nombre => simple(),
        Affichage::Chiffres(combien) => simple().map(|(nombre, _)| {
            let entier = nombre.bytes().all(|octet| octet.is_ascii_digit());
            (if entier { format!("{nombre:0>combien$}") } else { nombre }, false)
        }),
        Affichage::Pourcent => Some((format!("{}\u{a0}%", quinze(flottant(texte)? * 100.0)?), false)),
        Affichage::Jour | Affichage::Instant | Affichage::Heure => {
            let Some(serie) = flottant(texte).filter(|serie| (0.0..2_958_466.0).contains(serie)) else { return simple() };
            // To the millisecond: what a day of five figures holds without error.
            let millis = (serie * 86_400_000.0).round();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Bounded just above.
            let millis = millis as u64;
            match moment(millis, affichage, epoque_1904) {
                Some(texte) => Some((texte, true)),
                None => simple(),
            }
        }
    }
}

fn moment(millis: u64, affichage: Affichage, epoque_1904: bool) -> Option<String> {
    let (jours, reste) = (millis / 86_400_000, millis % 86_400_000);
    if affichage == Affichage::Heure {
        return Some(heure(millis));
    }
    let jour = jour(jours, epoque_1904)?;
    Some(if affichage == Affichage::Jour || reste == 0 { jour.to_string() } else { format!("{jour} {}", heure(reste)) })
}

fn heure(millis: u64) -> String {
    let secondes = millis / 1000;
    let entiere = format!("{:02}:{:02}:{:02}", secondes / 3600, secondes / 60 % 60, secondes % 60);
    if millis.is_multiple_of(1000) { entiere } else { format!("{entiere}.{:03}", millis % 1000) }
}

/// The day of a serial number. That of 1900 has a 29 February that never was: number 60 is no day.
pub(in crate::sources) fn jour(serie: u64, epoque_1904: bool) -> Option<NaiveDate> {
    let (annee, mois, premier, serie) = match (epoque_1904, serie) {
        (true, serie) => (1904, 1, 1, serie),
        (false, 0 | 60) => return None,
        (false, serie) if serie < 60 => (1899, 12, 31, serie),
        (false, serie) => (1899, 12, 30, serie),
    };
    NaiveDate::from_ymd_opt(annee, mois, premier)?.checked_add_days(Days::new(serie))
}

/// Undoes `_xHHHH_`.
pub(super) fn deplie(texte: &str) -> String {
    let (mut simple, mut reste) = (String::with_capacity(texte.len()), texte);
    while let Some(place) = reste.find("_x") {
        let code = reste.get(place + 2..place + 6).filter(|_| reste.as_bytes().get(place + 6) == Some(&b'_'));
        let signe = code.filter(|code| code.bytes().all(|octet| octet.is_ascii_hexdigit())).and_then(|code| u32::from_str_radix(code, 16).ok());
        let (signe, pris) = signe.and_then(char::from_u32).map_or(("_x".to_string(), 2), |signe| (signe.to_string(), 7));
        simple.push_str(&reste[..place]);
        simple.push_str(&signe);
        reste = &reste[place + pris..];
    }
    simple + reste
}

/// A duration of ODS (`PT07H42M00S`) as a time.
pub(super) fn duree(texte: &str) -> Option<String> {
    let (mut millis, mut nombre) = (0_u64, String::new());
    for signe in texte.strip_prefix("PT")?.chars() {
        match signe {
            '0'..='9' => nombre.push(signe),
            'H' => millis = millis.checked_add(std::mem::take(&mut nombre).parse::<u64>().ok()?.checked_mul(3_600_000)?)?,
            'M' => millis = millis.checked_add(std::mem::take(&mut nombre).parse::<u64>().ok()?.checked_mul(60_000)?)?,
            'S' => millis = millis.checked_add(std::mem::take(&mut nombre).parse::<u64>().ok()?.checked_mul(1_000)?)?,
            // The parts of a second are not shown.
            '.' | ',' => {
                millis = millis.checked_add(std::mem::take(&mut nombre).parse::<u64>().ok()?.checked_mul(1_000)?)?;
                break;
            }
            _ => return None,
        }
    }
    Some(heure(millis))
}

/// A moment of ISO 8601 as this room writes them: `2026-04-03`, `2026-04-03 07:42:00`.
pub(super) fn iso(texte: &str) -> String {
    let texte = texte.trim().trim_end_matches('Z');
    let Some((jour, heure)) = texte.split_once('T') else { return texte.to_string() };
    let (heure, _) = heure.split_once('.').unwrap_or((heure, ""));
    if heure.is_empty() || heure.bytes().all(|octet| matches!(octet, b'0' | b':')) { jour.to_string() } else { format!("{jour} {heure}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_people_see() {
        let table = [
            ("9.2799999999999994", "9.28"),
            ("0.30000000000000004", "0.3"),
            ("1234.5", "1234.5"),
            ("1.5E-3", "0.0015"),
            ("1.23E+5", "123000"),
            ("-0.5", "-0.5"),
            ("12345678901234567", "12345678901234567"),
            ("0", "0"),
            ("-0.0", "0"),
            ("1e22", "10000000000000000000000"),
            ("100", "100"),
        ];
        for (ecrit, vu) in table {
            assert_eq!(nombre(ecrit).as_deref(), Some(vu), "{ecrit}");
        }
        assert!(["NaN", "inf", "", "x", "1e999", "1,5"].iter().all(|texte| nombre(texte).is_none()));
    }

    #[test]
    fn styles_are_understood() {
        let table = [
            ("dd/mm/yyyy", Affichage::Jour),
            ("[$-40C]d mmm yyyy;@", Affichage::Jour),
            ("mmm-yy", Affichage::Jour),
            ("dd/mm/yyyy\\ hh:mm", Affichage::Instant),
            ("[h]:mm:ss", Affichage::Heure),
            ("mm:ss.0", Affichage::Heure),
            ("h:mm AM/PM", Affichage::Heure),
            ("0.00", Affichage::Nombre),
            ("#,##0.00\\ \"€ dû\"", Affichage::Nombre),
            ("[Red]#,##0", Affichage::Nombre),
            ("0.0%", Affichage::Pourcent),
            ("General", Affichage::Nombre),
            ("Standard", Affichage::Nombre),
            ("@", Affichage::Nombre),
            ("0", Affichage::Nombre),
            ("00000", Affichage::Chiffres(5)),
            ("000\\ 000\\ 000\\ 00000", Affichage::Chiffres(14)),
            ("[<=99999]00000;General", Affichage::Chiffres(5)),
            ("00000;[Red]-00000", Affichage::Chiffres(5)),
            ("00.00", Affichage::Nombre),
            ("#,##0", Affichage::Nombre),
        ];
        for (code, attendu) in table {
            assert_eq!(Affichage::du_code(code), attendu, "{code}");
        }
        assert_eq!((Affichage::connu(14), Affichage::connu(22), Affichage::connu(2)), (Some(Affichage::Jour), Some(Affichage::Instant), None));
    }

    #[test]
    fn days_of_both_epochs() {
        let vu = |texte, affichage, epoque| affiche(texte, affichage, epoque).map(|(texte, _)| texte);
        assert_eq!(vu("45730", Affichage::Jour, false).as_deref(), Some("2025-03-14"));
        assert_eq!(vu("44268", Affichage::Jour, true).as_deref(), Some("2025-03-14"));
        assert_eq!(vu("45730.320833333331", Affichage::Instant, false).as_deref(), Some("2025-03-14 07:42:00"));
        assert_eq!(vu("45730.32", Affichage::Jour, false).as_deref(), Some("2025-03-14"));
        assert_eq!(vu("0.75", Affichage::Heure, false).as_deref(), Some("18:00:00"));
        assert_eq!(vu("1.5", Affichage::Heure, false).as_deref(), Some("36:00:00"));
        assert_eq!(
            (vu("1", Affichage::Jour, false).as_deref(), vu("59", Affichage::Jour, false).as_deref()),
            (Some("1900-01-01"), Some("1900-02-28"))
        );
        assert_eq!((vu("60", Affichage::Jour, false).as_deref(), vu("61", Affichage::Jour, false).as_deref()), (Some("60"), Some("1900-03-01")));
        assert_eq!(vu("-3", Affichage::Jour, false).as_deref(), Some("-3"));
        let cinq = |texte| affiche(texte, Affichage::Chiffres(5), false).map(|(texte, _)| texte);
        assert_eq!(
            ["1234", "97110", "123456", "0", "12.5", "-3", "1.234E3"].map(|texte| cinq(texte).unwrap_or_default()),
            ["01234", "97110", "123456", "00000", "12.5", "-3", "01234"]
        );
        assert_eq!(vu("0.055", Affichage::Pourcent, false).as_deref(), Some("5.5\u{a0}%"));
    }

    #[test]
    fn other_spellings() {
        assert_eq!(deplie("a_x000D_\nb_x0041__xZZZZ_é_x"), "a\r\nbA_xZZZZ_é_x");
        assert_eq!((duree("PT07H42M00S").as_deref(), duree("PT7H"), duree("x")), (Some("07:42:00"), Some("07:00:00".into()), None));
        assert_eq!(
            (iso("2026-04-03"), iso("2026-04-03T00:00:00"), iso("2026-04-03T07:42:00.000Z")),
            ("2026-04-03".into(), "2026-04-03".into(), "2026-04-03 07:42:00".into())
        );
    }
}
