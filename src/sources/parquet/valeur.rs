//! What the values of a Parquet say, as cells: what the exports of Gardel write, and what other programs do.

use chrono::{DateTime, NaiveDate, NaiveTime};

use super::pied::Logique;
use crate::sources::classeur::valeur::nombre;
use crate::sources::lecture::Sorte;

/// Nanoseconds of a day.
const JOUR_NANOS: i64 = 86_400_000_000_000;
/// The Julian number of 1 January 1970.
const JOUR_JULIEN: i64 = 2_440_588;
/// Decimals at most: what sixteen bytes hold.
const ECHELLE_MAX: i64 = 38;

/// How values are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Physique {
    Booleen,
    I32,
    I64,
    I96,
    F32,
    F64,
    #[default]
    Octets,
    Fixe,
}

/// A value as it is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Valeur<'a> {
    Rien,
    Booleen(bool),
    I32(i32),
    I64(i64),
    /// Nanoseconds of a day, and its Julian number.
    I96(i64, u32),
    F32(f32),
    F64(f64),
    Octets(&'a [u8]),
}

/// What values say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sens {
    /// A text, or bytes that nothing is said of.
    #[default]
    Texte,
    /// A whole number, of so many bits when it has no sign.
    Entier(Option<u32>),
    Decimal(usize),
    Flottant,
    Booleen,
    Jour,
    /// Units of a second.
    Heure(i64),
    /// The same, and whether it is that of everybody.
    Instant(i64, bool),
    Uuid,
}

impl Physique {
    /// By the number that files give it.
    pub(super) fn of(numero: i64) -> Option<Self> {
        [Self::Booleen, Self::I32, Self::I64, Self::I96, Self::F32, Self::F64, Self::Octets, Self::Fixe].get(usize::try_from(numero).ok()?).copied()
    }

    /// Bytes of a value, where the kind says it.
    pub(super) fn longueur(self) -> Option<usize> {
        match self {
            Self::I32 | Self::F32 => Some(4),
            Self::I64 | Self::F64 => Some(8),
            Self::I96 => Some(12),
            Self::Booleen | Self::Octets | Self::Fixe => None,
        }
    }

    /// The value that stands at a place, and the bytes that it takes.
    pub(super) fn lit(self, octets: &[u8], place: usize, longueur: usize) -> Option<(Valeur<'_>, usize)> {
        let reste = octets.get(place..)?;
        let valeur = match self {
            Self::Booleen => return None,
            Self::I32 => Valeur::I32(i32::from_le_bytes(*reste.first_chunk()?)),
            Self::I64 => Valeur::I64(i64::from_le_bytes(*reste.first_chunk()?)),
            Self::I96 => Valeur::I96(i64::from_le_bytes(*reste.first_chunk()?), u32::from_le_bytes(*reste.get(8..)?.first_chunk()?)),
            Self::F32 => Valeur::F32(f32::from_le_bytes(*reste.first_chunk()?)),
            Self::F64 => Valeur::F64(f64::from_le_bytes(*reste.first_chunk()?)),
            Self::Fixe => Valeur::Octets(reste.get(..longueur)?),
            Self::Octets => {
                let dit = usize::try_from(u32::from_le_bytes(*reste.first_chunk()?)).ok()?;
                return Some((Valeur::Octets(reste.get(4..)?.get(..dit)?), dit + 4));
            }
        };
        Some((valeur, longueur))
    }
}

impl Sens {
    /// What the schema says of a column: the newer words, else the former ones.
    pub(super) fn of(physique: Physique, logique: Option<Logique>, converti: Option<i64>, echelle: i64) -> Self {
        let decimal = |echelle: i64| usize::try_from(echelle.clamp(0, ECHELLE_MAX)).map_or(Self::Texte, Self::Decimal);
        let unite = |unite: i16| [1_000, 1_000_000, 1_000_000_000][usize::from(unite.clamp(1, 3).cast_unsigned()) - 1];
        let dit = match logique {
            Some(Logique { genre: 5, echelle, .. }) => Some(decimal(echelle)),
            Some(Logique { genre: 6, .. }) => Some(Self::Jour),
            Some(Logique { genre: 7, unite: of, .. }) => Some(Self::Heure(unite(of))),
            Some(Logique { genre: 8, unite: of, oui, .. }) => Some(Self::Instant(unite(of), oui)),
            Some(Logique { genre: 10, echelle: bits, oui, .. }) => Some(Self::Entier(u32::try_from(bits).ok().filter(|_| !oui))),
            Some(Logique { genre: 14, .. }) => Some(Self::Uuid),
            _ => None,
        };
        dit.unwrap_or_else(|| match (physique, converti) {
            (Physique::Booleen, _) => Self::Booleen,
            (_, Some(5)) => decimal(echelle),
            (_, Some(6)) => Self::Jour,
            (_, Some(7)) => Self::Heure(1_000),
            (_, Some(8)) => Self::Heure(1_000_000),
            (_, Some(9)) => Self::Instant(1_000, true),
            (_, Some(10)) => Self::Instant(1_000_000, true),
            (_, Some(bits @ 11..=14)) => Self::Entier(u32::try_from(bits - 11).ok().map(|rang| 8 << rang)),
            (Physique::I32 | Physique::I64, _) => Self::Entier(None),
            (Physique::F32 | Physique::F64, _) => Self::Flottant,
            _ => Self::Texte,
        })
    }

    /// A value as a cell; nothing for bytes that say nothing of what the column is.
    pub(super) fn cellule(self, valeur: Valeur<'_>) -> Option<(String, Sorte)> {
        if valeur == Valeur::Rien {
            return Some((String::new(), Sorte::Vide));
        }
        let entier = match valeur {
            Valeur::I32(lu) => Some(i64::from(lu)),
            Valeur::I64(lu) => Some(lu),
            _ => None,
        };
        Some(match (self, valeur) {
            (_, Valeur::Booleen(oui)) => (if oui { "vrai" } else { "faux" }.to_string(), Sorte::Booleen),
            (_, Valeur::I96(nanos, jour)) => {
                let jours = i64::from(jour) - JOUR_JULIEN;
                (instant(jours.checked_mul(JOUR_NANOS)?.checked_add(nanos)?, 1_000_000_000, false)?, Sorte::Date)
            }
            (_, Valeur::F32(lu)) => flottant(lu.to_string()),
            (_, Valeur::F64(lu)) => flottant(lu.to_string()),
            (Self::Jour, _) => (NaiveDate::from_epoch_days(i32::try_from(entier?).ok()?)?.to_string(), Sorte::Date),
            (Self::Heure(unite), _) => (heure(entier?, unite)?, Sorte::Date),
            (Self::Instant(unite, utc), _) => (instant(entier?, unite, utc)?, Sorte::Date),
            (Self::Decimal(echelle), Valeur::Octets(octets)) => (decimale(grand(octets)?, echelle), Sorte::Nombre),
            (Self::Decimal(echelle), _) => (decimale(i128::from(entier?), echelle), Sorte::Nombre),
            (Self::Uuid, Valeur::Octets(octets)) => (uuid(octets)?, Sorte::Texte),
            (_, Valeur::Octets(octets)) => (std::str::from_utf8(octets).ok()?.to_string(), Sorte::Texte),
            (Self::Entier(Some(_)), Valeur::I32(lu)) => (lu.cast_unsigned().to_string(), Sorte::Nombre),
            (Self::Entier(Some(_)), Valeur::I64(lu)) => (lu.cast_unsigned().to_string(), Sorte::Nombre),
            _ => (entier?.to_string(), Sorte::Nombre),
        })
    }
}

/// What is no number stays as it is called, and is refused where a number is asked for.
fn flottant(texte: String) -> (String, Sorte) {
    nombre(&texte).map_or((texte, Sorte::Erreur), |lu| (lu, Sorte::Nombre))
}

/// A whole number of sixteen bytes at most, the greatest first.
fn grand(octets: &[u8]) -> Option<i128> {
    if octets.len() > 16 {
        return None;
    }
    let depart = if octets.first().is_some_and(|premier| premier & 0x80 != 0) { -1 } else { 0 };
    Some(octets.iter().fold(depart, |lu: i128, octet| lu << 8 | i128::from(*octet)))
}

/// A number with its decimals.
fn decimale(mantisse: i128, echelle: usize) -> String {
    let chiffres = mantisse.unsigned_abs().to_string();
    let signe = if mantisse < 0 { "-" } else { "" };
    if echelle == 0 {
        return format!("{signe}{chiffres}");
    }
    let chiffres = format!("{chiffres:0>large$}", large = echelle + 1);
    let (entiers, decimales) = chiffres.split_at(chiffres.len() - echelle);
    format!("{signe}{entiers}.{decimales}")
}

fn heure(compte: i64, unite: i64) -> Option<String> {
    let nanos = compte.rem_euclid(unite).checked_mul(1_000_000_000 / unite)?;
    let lue = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(compte.div_euclid(unite)).ok()?, u32::try_from(nanos).ok()?)?;
    Some(lue.format("%H:%M:%S%.f").to_string())
}

/// An instant: as the exports write it when it is that of everybody, else as a clock on a wall.
fn instant(compte: i64, unite: i64, utc: bool) -> Option<String> {
    let nanos = compte.rem_euclid(unite).checked_mul(1_000_000_000 / unite)?;
    let lu = DateTime::from_timestamp(compte.div_euclid(unite), u32::try_from(nanos).ok()?)?;
    Some(lu.format(if utc { "%Y-%m-%dT%H:%M:%S%.fZ" } else { "%Y-%m-%d %H:%M:%S%.f" }).to_string())
}

fn uuid(octets: &[u8]) -> Option<String> {
    let lu = u128::from_be_bytes(*octets.first_chunk()?);
    let chiffres = format!("{lu:032x}");
    Some([&chiffres[..8], &chiffres[8..12], &chiffres[12..16], &chiffres[16..20], &chiffres[20..]].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cells() {
        let lue = |sens: Sens, valeur| sens.cellule(valeur).map(|(texte, _)| texte);
        let table = [
            (Sens::Decimal(2), Valeur::I64(-5), "-0.05"),
            (Sens::Decimal(2), Valeur::I32(123_456), "1234.56"),
            (Sens::Decimal(3), Valeur::Octets(&[0xff, 0xfb, 0x2e]), "-1.234"),
            (Sens::Decimal(0), Valeur::Octets(&[0x01, 0x00]), "256"),
            (Sens::Jour, Valeur::I32(20_546), "2026-04-03"),
            (Sens::Jour, Valeur::I32(-1), "1969-12-31"),
            (Sens::Heure(1_000), Valeur::I32(27_720_500), "07:42:00.500"),
            (Sens::Instant(1_000_000, true), Valeur::I64(1_795_492_799_999_999), "2026-11-24T03:59:59.999999Z"),
            (Sens::Instant(1_000, false), Valeur::I64(-1_000), "1969-12-31 23:59:59"),
            (Sens::Texte, Valeur::I96(27_720_000_000_000, 2_440_589), "1970-01-02 07:42:00"),
            (Sens::Entier(Some(32)), Valeur::I32(-1), "4294967295"),
            (Sens::Entier(None), Valeur::I64(i64::MIN), "-9223372036854775808"),
            (Sens::Flottant, Valeur::F64(9.28), "9.28"),
            (Sens::Flottant, Valeur::F64(1e21), "1000000000000000000000"),
            (Sens::Flottant, Valeur::F32(0.1), "0.1"),
            (Sens::Flottant, Valeur::F64(f64::NAN), "NaN"),
            (Sens::Texte, Valeur::Octets("L’Anse".as_bytes()), "L’Anse"),
            (Sens::Texte, Valeur::Rien, ""),
            (Sens::Booleen, Valeur::Booleen(true), "vrai"),
            (Sens::Uuid, Valeur::Octets(&[0x12; 16]), "12121212-1212-1212-1212-121212121212"),
        ];
        for (sens, valeur, attendu) in table {
            assert_eq!(lue(sens, valeur).as_deref(), Some(attendu), "{sens:?} {valeur:?}");
        }
        let aucune = [
            (Sens::Texte, Valeur::Octets(&[0xff, 0xfe])),
            (Sens::Jour, Valeur::I64(i64::MAX)),
            (Sens::Heure(1_000), Valeur::I64(i64::MIN)),
            (Sens::Instant(1_000, true), Valeur::I64(i64::MAX)),
            (Sens::Decimal(2), Valeur::Octets(&[1; 17])),
            (Sens::Texte, Valeur::I96(i64::MAX, u32::MAX)),
        ];
        for (sens, valeur) in aucune {
            assert_eq!(lue(sens, valeur), None, "{sens:?} {valeur:?}");
        }
        assert_eq!(Sens::Decimal(1).cellule(Valeur::I32(i32::MIN)).map(|(_, sorte)| sorte), Some(Sorte::Nombre));
    }
}
