//! What may be typed into a field: how it is read, what is stored, how it is shown. One definition of each, for a cell and for
//! a form.

use chrono::NaiveDate;

use crate::listing::{Choice, List};
use crate::ui::{contact, format, read};

/// Longest text of a field that says no other.
pub const TEXT_MAX: usize = 120;

/// What may be typed into a field.
pub enum Saisie {
    /// One of a closed list: code, label, tone.
    Choix(&'static [(&'static str, &'static str, &'static str)]),
    /// One of a reference table, given by a statement of `(code::text, label)`.
    Reference(&'static str),
    /// One of the communes of the person.
    Commune,
    /// A row of another list, found by its reference or its name.
    Fiche(&'static Parent),
    /// A text of so many characters at most.
    Texte(usize),
    /// An integer between two bounds.
    Entier(i64, i64),
    /// An amount in cents between two bounds.
    Montant(i64, i64),
    /// A day.
    Jour,
    /// A day that is past.
    JourPasse,
    /// An e-mail.
    Courriel,
    /// A telephone number.
    Telephone,
    /// Fourteen digits and their key.
    Siret,
    /// Five digits.
    CodePostal,
    /// The registration number of a lodging (code du tourisme, art. L324-1-1): 13 characters, or « FRA » and what follows.
    Enregistrement,
}

/// A list whose rows another record belongs to.
pub struct Parent {
    /// Where its rows are looked for, within the rights of the person.
    pub list: &'static List,
    /// SQL of (id, reference, name) for the rows of the reader's communes `$2` whose reference is `$1`.
    pub by_reference: &'static str,
    /// SQL of (id, reference, name) for the row `$1`.
    pub by_id: &'static str,
}

impl Saisie {
    /// Whether the field is one of a list of values.
    pub fn is_choice(&self) -> bool {
        matches!(self, Self::Choix(_) | Self::Reference(_) | Self::Commune)
    }

    /// Longest text that may be typed.
    pub fn longest(&self) -> usize {
        match self {
            Self::Texte(longest) => *longest,
            // Its reference, and its name whole.
            Self::Fiche(_) => 2 * TEXT_MAX,
            _ => TEXT_MAX,
        }
    }

    /// The value to store of what was typed, which is not empty. A row of another list is found by whoever knows the person.
    ///
    /// # Errors
    /// A sentence that says what to type.
    pub fn check(&self, typed: &str, options: &[Choice], today: NaiveDate) -> Result<String, String> {
        if typed.chars().count() > self.longest() || typed.chars().any(char::is_control) {
            return Err(format!(
                "Ce texte dépasse {} caractères ou contient des signes illisibles. Raccourcissez-le.",
                format::integer(i64::try_from(self.longest()).unwrap_or(i64::MAX))
            ));
        }
        let quoted = |why: String| format!("«\u{a0}{typed}\u{a0}» {why}");
        match self {
            Self::Choix(known) if known.iter().any(|(code, ..)| *code == typed) => Ok(typed.into()),
            Self::Reference(_) | Self::Commune if options.iter().any(|(code, _)| code == typed) => Ok(typed.into()),
            Self::Choix(_) | Self::Reference(_) | Self::Commune => Err("Cette valeur n’existe pas. Choisissez-en une dans la liste.".into()),
            Self::Texte(_) | Self::Fiche(_) => Ok(typed.into()),
            Self::Entier(low, high) => match read::integer(typed) {
                Some(number) if (*low..=*high).contains(&number) => Ok(number.to_string()),
                _ => Err(format!("Donnez un nombre entier de {} à {}.", format::integer(*low), format::integer(*high))),
            },
            Self::Montant(low, high) => match read::money(typed) {
                Ok(cents) if (*low..=*high).contains(&cents) => Ok(cents.to_string()),
                Ok(_) => Err(format!("Donnez un montant de {} à {}.", format::money(*low), format::money(*high))),
                Err(why) => Err(quoted(why)),
            },
            Self::Jour => read::date(typed).map(|day| day.to_string()).map_err(quoted),
            Self::JourPasse => match read::date(typed) {
                Ok(day) if day <= today => Ok(day.to_string()),
                Ok(_) => Err("Ce jour n’est pas encore passé. Donnez le jour où cela a eu lieu.".into()),
                Err(why) => Err(quoted(why)),
            },
            Self::Courriel => contact::email(typed).ok_or_else(|| "Donnez un courriel complet, par exemple prenom.nom@exemple.gp.".into()),
            Self::Telephone => {
                contact::telephone(typed).ok_or_else(|| "Donnez un numéro de téléphone, par exemple 06 90 12 34 56 ou +590 690 12 34 56.".into())
            }
            Self::Siret => siret(typed),
            Self::CodePostal => {
                let digits = bare(typed);
                let five = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
                if five { Ok(digits) } else { Err("Un code postal a cinq chiffres, par exemple 97190.".into()) }
            }
            Self::Enregistrement => enregistrement(typed),
        }
    }

    /// A stored value as people read it.
    pub fn in_words(&self, value: Option<&str>, options: &[Choice]) -> String {
        let Some(value) = value else { return "non renseigné".into() };
        let number = |words: fn(i64) -> String| value.parse().map_or_else(|_| value.to_string(), words);
        match self {
            Self::Choix(known) => known.iter().find(|(code, ..)| *code == value).map_or(value, |(_, label, _)| label).to_string(),
            Self::Reference(_) | Self::Commune => {
                options.iter().find(|(code, _)| code == value).map_or(value, |(_, label)| label.as_str()).to_string()
            }
            Self::Entier(..) => number(format::integer),
            Self::Montant(..) => number(format::money),
            Self::Jour | Self::JourPasse => value.parse().map_or_else(|_| value.to_string(), format::date),
            _ => value.to_string(),
        }
    }

    /// A stored value as it stands in the field of a form.
    pub fn in_field(&self, value: Option<&str>) -> String {
        match (self, value) {
            (Self::Jour | Self::JourPasse, Some(day)) => self.in_words(Some(day), &[]),
            (Self::Montant(..), Some(cents)) => cents.parse().map_or_else(|_| cents.to_string(), |cents| format::money_plain(cents, ',')),
            (_, value) => value.unwrap_or_default().to_string(),
        }
    }

    /// How the field is typed: type, hint, keyboard of a phone.
    pub fn manner(&self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::Entier(..) => ("text", "Nombre entier", Some("numeric")),
            Self::Montant(..) => ("text", "En euros, par exemple 85,50", Some("decimal")),
            Self::Jour | Self::JourPasse => ("text", "JJ/MM/AAAA", None),
            Self::Courriel => ("text", "Par exemple prenom.nom@exemple.gp", Some("email")),
            Self::Telephone => ("tel", "Par exemple 06 90 12 34 56", None),
            Self::Siret => ("text", "14 chiffres", Some("numeric")),
            Self::CodePostal => ("text", "Cinq chiffres", Some("numeric")),
            Self::Enregistrement => ("text", "13 signes, ou « FRA… »", None),
            Self::Fiche(_) => ("text", "Son numéro, ou le début de son nom", None),
            Self::Choix(_) | Self::Reference(_) | Self::Commune | Self::Texte(_) => ("text", "", None),
        }
    }
}

/// Without the spaces, points and dashes that people put between the parts of a number.
fn bare(typed: &str) -> String {
    typed.chars().filter(|sign| !sign.is_whitespace() && !matches!(sign, '.' | '-' | '\u{2010}'..='\u{2015}' | '\u{200b}')).collect()
}

/// Sirens whose establishments have another key: La Poste (sum of the digits, a multiple of five).
const LA_POSTE: &str = "356000000";

/// A SIRET whose key is right (Luhn).
fn siret(typed: &str) -> Result<String, String> {
    let digits = bare(typed);
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("Un SIRET a quatorze chiffres, par exemple 987 654 321 00017.".into());
    }
    let number = |byte: u8| u32::from(byte - b'0');
    let luhn: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(rank, byte)| {
            let twice = number(byte) * if rank % 2 == 1 { 2 } else { 1 };
            if twice > 9 { twice - 9 } else { twice }
        })
        .sum();
    let plain: u32 = digits.bytes().map(number).sum();
    if luhn.is_multiple_of(10) || digits.starts_with(LA_POSTE) && plain.is_multiple_of(5) {
        Ok(digits)
    } else {
        Err("La clé de ce SIRET ne correspond pas\u{a0}: un chiffre est faux, ou deux sont inversés. Relisez-le.".into())
    }
}

fn enregistrement(typed: &str) -> Result<String, String> {
    let number = bare(typed).to_uppercase();
    let plain = number.is_ascii() && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let digit = |at: std::ops::Range<usize>| number.as_bytes()[at].iter().all(u8::is_ascii_digit);
    let old = plain && number.len() == 13 && digit(0..1) && (digit(1..2) || matches!(number.as_bytes()[1], b'A' | b'B')) && digit(2..11);
    let national = plain && number.starts_with("FRA") && (8..=43).contains(&number.len());
    if old || national {
        Ok(number)
    } else {
        Err("Ce n’est pas un numéro d’enregistrement\u{a0}: treize signes qui commencent par le code INSEE de la commune (97113 000123 AB), ou «\u{a0}FRA\u{a0}» et la suite.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day")
    }

    fn stored(saisie: &Saisie, typed: &str) -> Option<String> {
        saisie.check(typed, &[], today()).ok()
    }

    #[test]
    fn what_is_stored_is_the_one_form() {
        for (saisie, typed, kept) in [
            (Saisie::Courriel, "A.B@Exemple.GP\u{a0}", Some("a.b@exemple.gp")),
            (Saisie::Courriel, "a", None),
            (Saisie::Telephone, "+590 (0)690-12.34 56", Some("06 90 12 34 56")),
            (Saisie::Telephone, "12", None),
            // Published numbers: the state's own (DINUM), La Poste's head office, one of its post offices.
            (Saisie::Siret, "130 025 265 00013", Some("13002526500013")),
            (Saisie::Siret, "35600000000048", Some("35600000000048")),
            (Saisie::Siret, "356 000 000 09075", Some("35600000009075")),
            (Saisie::Siret, "356 000 000 09077", None),
            (Saisie::Siret, "13002526500014", None),
            (Saisie::Siret, "1300252650001", None),
            (Saisie::CodePostal, "97 190", Some("97190")),
            (Saisie::CodePostal, "9719O", None),
            (Saisie::Enregistrement, "97113 000123 ab", Some("97113000123AB")),
            (Saisie::Enregistrement, "2A004-000123-1Z", Some("2A0040001231Z")),
            (Saisie::Enregistrement, "fra97113QZQZ9X", Some("FRA97113QZQZ9X")),
            (Saisie::Enregistrement, "97113000123A", None),
            (Saisie::Enregistrement, "FRA9", None),
            (Saisie::Montant(0, 1_000_000), "1 234,56", Some("123456")),
            (Saisie::Montant(0, 1_000_000), "12,345", None),
            (Saisie::Montant(0, 1_000_000), "-1", None),
            (Saisie::Montant(0, 100), "1,01", None),
            (Saisie::Entier(1, 5), "6", None),
            (Saisie::Jour, "1/10/26", Some("2026-10-01")),
            (Saisie::Jour, "31/02/2026", None),
            (Saisie::JourPasse, "24/11/2026", None),
            (Saisie::Texte(5), "Abcdé", Some("Abcdé")),
            (Saisie::Texte(5), "Abcdéf", None),
            (Saisie::Texte(5), "a\u{7}", None),
        ] {
            assert_eq!(stored(&saisie, typed).as_deref(), kept, "{typed}");
        }
    }
}
