//! Decimal numbers as people and programs write them, to a whole mantissa. What could mean two things is refused unless the
//! format of the column says which.

use serde::{Deserialize, Serialize};

use super::Faute;
use crate::sources::lecture::Sorte;

/// How the numbers of a column are written. Spaces of any kind and apostrophes may always stand between thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimales {
    /// `9,28` and `9.28`; what could be thousands (`1.234`, `1,234`) is refused.
    #[default]
    Mixte,
    /// `9,28`, `1,234` (one and some); `9.28` too; `1.234` is refused.
    Virgule,
    /// `1.234,5`, `1.234` (a thousand and some).
    VirgulePoints,
    /// `9.28`, `1.234` (one and some); `9,28` too; `1,234` is refused.
    Point,
    /// `1,234.5`, `1,234` (a thousand and some).
    PointVirgules,
}

impl Decimales {
    /// In words.
    pub fn libelle(self) -> &'static str {
        match self {
            Self::Mixte => "virgule ou point, sans séparateur de milliers",
            Self::Virgule => "virgule décimale (1,234 = un et quelque)",
            Self::VirgulePoints => "virgule décimale, point entre les milliers (1.234 = mille et quelque)",
            Self::Point => "point décimal (1.234 = un et quelque)",
            Self::PointVirgules => "point décimal, virgule entre les milliers (1,234 = mille et quelque)",
        }
    }

    /// The format of one cell: a number of a workbook or of a JSON is written with a point, whatever its column is.
    #[must_use]
    pub fn de(self, sorte: Option<Sorte>) -> Self {
        if sorte == Some(Sorte::Nombre) { Self::Point } else { self }
    }
}

/// What is left of a number once its sign, its unit and its spaces are taken off.
struct Corps {
    negatif: bool,
    texte: String,
}

fn faute(message: impl Into<String>) -> Faute {
    Faute { code: "VAL-01", message: message.into() }
}

/// Takes off what stands around the digits: spaces, `€`, `EUR`, `%`, a sign.
fn corps(texte: &str) -> Result<Corps, Faute> {
    let nu = texte.trim().trim_start_matches('\u{feff}');
    if nu.is_empty() {
        return Err(faute("La cellule est vide."));
    }
    if nu.starts_with('#') {
        return Err(faute(format!("«\u{a0}{}\u{a0}» est une erreur de calcul du tableur.", extrait(nu))));
    }
    let nu = nu.strip_prefix('€').unwrap_or(nu).trim_start();
    let nu = ["€", "%", "EUR", "eur", "euros", "euro"].iter().find_map(|unite| nu.strip_suffix(unite)).unwrap_or(nu).trim_end();
    let (negatif, nu) = match nu.strip_prefix(['-', '\u{2212}']) {
        Some(reste) => (true, reste),
        None => (false, nu.strip_prefix('+').unwrap_or(nu)),
    };
    let texte: String = nu.trim_start().to_string();
    let exposant = texte.split_once(['e', 'E']).is_some_and(|(avant, apres)| {
        avant.chars().any(|signe| signe.is_ascii_digit())
            && apres.trim_start_matches(['+', '-']).chars().all(|signe| signe.is_ascii_digit())
            && !apres.is_empty()
    });
    if exposant {
        return Err(faute(format!(
            "«\u{a0}{}\u{a0}» est en notation scientifique\u{a0}: le tableur a perdu des chiffres. Écrivez le nombre en entier.",
            extrait(nu)
        )));
    }
    let bon = |signe: char| signe.is_ascii_digit() || matches!(signe, ',' | '.' | '\'' | '’') || signe.is_whitespace();
    if !texte.chars().all(bon)
        || !texte.starts_with(|signe: char| signe.is_ascii_digit() || matches!(signe, ',' | '.'))
        || !texte.ends_with(|signe: char| signe.is_ascii_digit())
    {
        return Err(faute(format!("«\u{a0}{}\u{a0}» n’est pas un nombre.", extrait(nu))));
    }
    Ok(Corps { negatif, texte })
}

fn extrait(texte: &str) -> String {
    let court: String = texte.chars().take(40).collect();
    if court.len() < texte.len() { format!("{court}…") } else { court }
}

/// Whether groups of three digits follow a first one of one to three.
fn groupes<'a>(mut parties: impl Iterator<Item = &'a str>) -> bool {
    let chiffres = |partie: &str| !partie.is_empty() && partie.bytes().all(|octet| octet.is_ascii_digit());
    let premiere = parties.next().is_some_and(|partie| chiffres(partie) && partie.len() <= 3);
    premiere && parties.all(|partie| chiffres(partie) && partie.len() == 3)
}

/// The whole part, with or without thousands set apart, as digits.
fn entiers(texte: &str, separateur: Option<char>) -> Option<String> {
    let apart = |signe: char| signe.is_whitespace() || matches!(signe, '\'' | '’') || Some(signe) == separateur;
    if texte.bytes().all(|octet| octet.is_ascii_digit()) {
        return Some(texte.to_string());
    }
    groupes(texte.split(apart)).then(|| texte.chars().filter(char::is_ascii_digit).collect())
}

/// What a text says of how its column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indice {
    /// No number.
    Aucun,
    /// Digits alone.
    Neutre,
    /// The comma, or the point, can only be before decimals.
    Virgule,
    Point,
    /// As well, with thousands set apart by the other one.
    VirgulePoints,
    PointVirgules,
    /// One point, or one comma, before three digits.
    DouteuxPoint,
    DouteuxVirgule,
}

/// What a text says.
pub(super) fn indice(texte: &str) -> Indice {
    let Ok(Corps { texte, .. }) = corps(texte) else { return Indice::Aucun };
    let (virgules, points) = (texte.matches(',').count(), texte.matches('.').count());
    let si = |oui: bool, indice| if oui { indice } else { Indice::Aucun };
    match (virgules, points) {
        (0, 0) => si(entiers(&texte, None).is_some(), Indice::Neutre),
        (1, 0) => seul(&texte, ',', Indice::Virgule, Indice::DouteuxVirgule),
        (0, 1) => seul(&texte, '.', Indice::Point, Indice::DouteuxPoint),
        (_, 0) => si(groupes(texte.split(',')), Indice::PointVirgules),
        (0, _) => si(groupes(texte.split('.')), Indice::VirgulePoints),
        (1, _) if texte.rfind(',') > texte.rfind('.') => si(lit(&texte, ',', Some('.')).is_some(), Indice::VirgulePoints),
        (_, 1) if texte.rfind('.') > texte.rfind(',') => si(lit(&texte, '.', Some(',')).is_some(), Indice::PointVirgules),
        _ => Indice::Aucun,
    }
}

/// What a number with one sign says.
fn seul(texte: &str, signe: char, decimal: Indice, douteux: Indice) -> Indice {
    if lit(texte, signe, None).is_none() {
        return Indice::Aucun;
    }
    if ambigu(texte, signe) { douteux } else { decimal }
}

/// Whether the sign may as well stand between thousands: `1.234`, not `0.234` nor `1234.567`.
fn ambigu(texte: &str, signe: char) -> bool {
    texte.split_once(signe).is_some_and(|(avant, apres)| apres.len() == 3 && (1..=3).contains(&avant.len()) && !avant.starts_with('0'))
}

/// Whole part and decimals, the sign before the decimals being this one.
fn lit(texte: &str, signe: char, milliers: Option<char>) -> Option<(String, String)> {
    let (avant, apres) = texte.rsplit_once(signe).unwrap_or((texte, ""));
    let avant = if avant.is_empty() { "0".to_string() } else { entiers(avant, milliers)? };
    (apres.bytes().all(|octet| octet.is_ascii_digit()) && (!apres.is_empty() || !texte.contains(signe))).then(|| (avant, apres.to_string()))
}

/// The mantissa of a number at a scale: `12,5` at the scale 2 is 1250. A unit (`€`, `%`) changes nothing.
///
/// # Errors
/// It is no number, may mean two, has more decimals than the scale, or does not fit.
pub fn decimal(texte: &str, format: Decimales, echelle: u32) -> Result<i64, Faute> {
    let Corps { negatif, texte: nu } = corps(texte)?;
    let aucun = || faute(format!("«\u{a0}{}\u{a0}» n’est pas un nombre.", extrait(texte.trim())));
    let deux_sens = |autre: &str| {
        faute(format!("«\u{a0}{}\u{a0}» peut se lire de deux façons\u{a0}: {autre}. Dites le format de la colonne.", extrait(texte.trim())))
    };
    let (virgule, point) = (nu.contains(','), nu.contains('.'));
    let lu = match format {
        Decimales::VirgulePoints => lit(&nu, ',', Some('.')),
        Decimales::PointVirgules => lit(&nu, '.', Some(',')),
        _ if virgule && point => return Err(deux_sens("la virgule et le point y sont tous les deux")),
        Decimales::Mixte | Decimales::Virgule if point && ambigu(&nu, '.') => return Err(deux_sens("des milliers ou des décimales")),
        Decimales::Mixte | Decimales::Point if virgule && ambigu(&nu, ',') => return Err(deux_sens("des milliers ou des décimales")),
        Decimales::Mixte | Decimales::Virgule | Decimales::Point => lit(&nu, if virgule { ',' } else { '.' }, None),
    };
    let (entiers, decimales) = lu.ok_or_else(aucun)?;
    let utiles = decimales.trim_end_matches('0');
    let echelle_max = usize::try_from(echelle).unwrap_or(usize::MAX);
    if utiles.len() > echelle_max {
        let trop = match echelle {
            0 => "n’est pas un nombre entier".to_string(),
            1 => "a plus d’une décimale".to_string(),
            several => format!("a plus de {several} décimales"),
        };
        return Err(faute(format!("«\u{a0}{}\u{a0}» {trop}.", extrait(texte.trim()))));
    }
    let chiffres = format!("{}{entiers}{utiles}{}", if negatif { "-" } else { "" }, "0".repeat(echelle_max - utiles.len()));
    chiffres.parse().map_err(|_| faute(format!("«\u{a0}{}\u{a0}» est trop grand.", extrait(texte.trim()))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_one_way_or_refused() {
        use Decimales::{Mixte, Point, PointVirgules, Virgule, VirgulePoints};
        let table: &[(&str, Decimales, Option<i64>)] = &[
            ("9,28", Mixte, Some(9_280)),
            ("9.28", Mixte, Some(9_280)),
            ("9.28", Virgule, Some(9_280)),
            ("1.234", Mixte, None),
            ("1,234", Mixte, None),
            ("1,234", Virgule, Some(1_234)),
            ("1.234", Virgule, None),
            ("1.234", Point, Some(1_234)),
            ("1.234", VirgulePoints, Some(1_234_000)),
            ("1,234", PointVirgules, Some(1_234_000)),
            ("1.234,5", Mixte, None),
            ("1.234,5", VirgulePoints, Some(1_234_500)),
            ("1.234.567,5", VirgulePoints, Some(1_234_567_500)),
            ("1.23,5", VirgulePoints, None),
            ("1234.56", VirgulePoints, None),
            ("1,234.5", PointVirgules, Some(1_234_500)),
            ("0.234", Mixte, Some(234)),
            ("1 234,5", Mixte, Some(1_234_500)),
            ("1\u{a0}234,5", Virgule, Some(1_234_500)),
            ("1\u{202f}234\u{202f}567,5\u{20}€", Virgule, Some(1_234_567_500)),
            ("1'234.5", Point, Some(1_234_500)),
            ("12 34,5", Virgule, None),
            ("-12,5", Mixte, Some(-12_500)),
            ("\u{2212}12,5", Mixte, Some(-12_500)),
            ("+7", Mixte, Some(7_000)),
            ("50\u{20}%", Mixte, Some(50_000)),
            ("€ 12", Mixte, Some(12_000)),
            (",5", Mixte, Some(500)),
            ("5,", Mixte, None),
            ("12,3400", Virgule, Some(12_340)),
            ("12,3456", Virgule, None),
            ("99999999999999999999", Mixte, None),
            ("0012", Mixte, Some(12_000)),
        ];
        for (texte, format, attendu) in table {
            assert_eq!(decimal(texte, *format, 3).ok(), *attendu, "{texte} {format:?}");
        }
        for texte in [
            "", " ", "NaN", "inf", "Infinity", "1e3", "1,23E+05", "#N/A", "#REF!", "n.d.", "<LQ", "<5", "12h35", "0x1F", "--5", "5-", "1,2,3", "٣",
            "1..2", ".",
        ] {
            for format in [Mixte, Virgule, VirgulePoints, Point, PointVirgules] {
                assert_eq!(decimal(texte, format, 3).expect_err("no number").code, "VAL-01", "{texte}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(mantisse in -1_000_000_000_i64..1_000_000_000) {
            let (entiers, decimales) = (mantisse.unsigned_abs() / 100, mantisse.unsigned_abs() % 100);
            let signe = if mantisse < 0 { "-" } else { "" };
            let mut groupe = String::new();
            for (place, chiffre) in entiers.to_string().chars().rev().enumerate() {
                if place > 0 && place % 3 == 0 {
                    groupe.insert(0, '.');
                }
                groupe.insert(0, chiffre);
            }
            prop_assert_eq!(decimal(&format!("{signe}{entiers},{decimales:02}"), Decimales::Mixte, 2), Ok(mantisse));
            prop_assert_eq!(decimal(&format!("{signe}{entiers}.{decimales:02}"), Decimales::Point, 2), Ok(mantisse));
            prop_assert_eq!(decimal(&format!("{signe}{groupe},{decimales:02}"), Decimales::VirgulePoints, 2), Ok(mantisse));
            prop_assert_eq!(decimal(&format!("{signe}{},{decimales:02}\u{20}€", groupe.replace('.', "\u{202f}")), Decimales::Virgule, 2), Ok(mantisse));
        }

        #[test]
        fn nothing_panics(texte in "\\PC{0,20}", nombre in "[-+0-9., '€%eE#]{0,12}") {
            for format in [Decimales::Mixte, Decimales::Virgule, Decimales::VirgulePoints, Decimales::Point, Decimales::PointVirgules] {
                let _ = (decimal(&texte, format, 2), decimal(&nombre, format, 18), indice(&texte), indice(&nombre));
            }
        }
    }
}
