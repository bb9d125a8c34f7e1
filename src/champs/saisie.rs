//! What may be typed into a field: how it is read, what is stored, how it is shown. One definition of each, for a cell and for
//! a form.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::listing::{Choice, Kind, List, Number, Value};
use crate::ui::contact::is_unseen;
use crate::ui::format;
use crate::ui::siret::compact;

/// Said of a text that shows nothing.
const UNSEEN: &str = "Ce texte ne contient que des signes invisibles. Tapez-le de nouveau.";

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
    /// One of the collectivités of the person.
    Collectivite,
    /// A row of another list, found by its reference or its name.
    Fiche(&'static Parent),
    /// A text of one line, of so many characters at most.
    Texte(usize),
    /// A text of several lines, of so many characters at most.
    TexteLong(usize),
    /// A number between two bounds, as mantissas.
    Nombre(Number, i64, i64),
    /// A day.
    Jour,
    /// A day that is past.
    JourPasse,
    /// A month.
    Mois,
    /// Whole minutes between two bounds.
    Duree(i64, i64),
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

/// Named as the others are, for declarations.
#[allow(non_snake_case)] // read beside the variants
impl Saisie {
    /// An integer between two bounds.
    pub const fn Entier(low: i64, high: i64) -> Self {
        Self::Nombre(Number::INTEGER, low, high)
    }

    /// An amount in cents between two bounds.
    pub const fn Montant(low: i64, high: i64) -> Self {
        Self::Nombre(Number::EUROS, low, high)
    }
}

impl Saisie {
    /// The kind of its values, which says how they are read, shown and kept; none of what names something else.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Reference(_) | Self::Commune | Self::Collectivite | Self::Fiche(_) => None,
            Self::Choix(known) => Some(Kind::Choice(known)),
            Self::Texte(_) => Some(Kind::Text),
            Self::TexteLong(_) => Some(Kind::LongText),
            Self::Nombre(number, ..) => Some(Kind::Number(*number)),
            Self::Jour | Self::JourPasse => Some(Kind::Date),
            Self::Mois => Some(Kind::Month),
            Self::Duree(..) => Some(Kind::Duration),
            Self::Courriel => Some(Kind::Email),
            Self::Telephone => Some(Kind::Telephone),
            Self::Siret => Some(Kind::Siret),
            Self::CodePostal | Self::Enregistrement => Some(Kind::Code),
        }
    }

    /// Whether the field is one of a list of values.
    pub fn is_choice(&self) -> bool {
        matches!(self, Self::Choix(_) | Self::Reference(_) | Self::Commune | Self::Collectivite)
    }

    /// Whether a day is typed, with a calendar beside.
    pub fn is_day(&self) -> bool {
        self.kind() == Some(Kind::Date)
    }

    /// Whether several lines are typed.
    pub fn is_long(&self) -> bool {
        self.kind() == Some(Kind::LongText)
    }

    /// Longest text that may be typed.
    pub fn longest(&self) -> usize {
        match self {
            Self::Texte(longest) | Self::TexteLong(longest) => *longest,
            // Its reference, and its name whole.
            Self::Fiche(_) => 2 * TEXT_MAX,
            Self::Choix(_)
            | Self::Reference(_)
            | Self::Commune
            | Self::Collectivite
            | Self::Nombre(..)
            | Self::Jour
            | Self::JourPasse
            | Self::Mois
            | Self::Duree(..)
            | Self::Courriel
            | Self::Telephone
            | Self::Siret
            | Self::CodePostal
            | Self::Enregistrement => TEXT_MAX,
        }
    }

    /// The value to store of what was typed, which is not empty. A row of another list is found by whoever knows the person.
    ///
    /// # Errors
    /// A sentence that says what to type.
    pub fn check(&self, typed: &str, options: &[Choice], today: NaiveDate) -> Result<String, String> {
        // Browsers send the line ends of a form in their own way.
        let typed = &if self.is_long() { typed.replace("\r\n", "\n").replace('\r', "\n") } else { typed.to_string() };
        // U+FFFD stands where a text was cut or written in another encoding.
        let odd = |sign: char| sign == '\u{fffd}' || sign.is_control() && !(self.is_long() && matches!(sign, '\n' | '\t'));
        if typed.chars().count() > self.longest() || typed.chars().any(odd) {
            return Err(format!(
                "Ce texte dépasse {} caractères ou contient des signes illisibles. Raccourcissez-le.",
                format::integer(i64::try_from(self.longest()).unwrap_or(i64::MAX))
            ));
        }
        let read = |kind: Kind| kind.typed(typed).map_err(|why| format!("«\u{a0}{typed}\u{a0}» {why}"));
        let between = |kind: Kind, low: i64, high: i64, what: &str| match read(kind)? {
            Value::Int(number) if (low..=high).contains(&number) => Ok(number.to_string()),
            _ => Err(format!("Donnez {what} de {} à {}.", kind.words(&Value::Int(low)), kind.words(&Value::Int(high)))),
        };
        match self {
            Self::Choix(known) if known.iter().any(|(code, ..)| code == typed) => Ok(typed.into()),
            Self::Reference(_) | Self::Commune | Self::Collectivite if options.iter().any(|(code, _)| code == typed) => Ok(typed.into()),
            Self::Choix(_) | Self::Reference(_) | Self::Commune | Self::Collectivite => {
                Err("Cette valeur n’existe pas. Choisissez-en une dans la liste.".into())
            }
            // What shows nothing is no part of a name, and a text of nothing else is none.
            Self::Texte(_) => match typed.chars().filter(|sign| !is_unseen(*sign)).collect::<String>() {
                text if text.trim().is_empty() && !typed.trim().is_empty() => Err(UNSEEN.into()),
                text => Ok(text),
            },
            Self::TexteLong(_) if !typed.trim().is_empty() && typed.chars().all(|sign| is_unseen(sign) || sign.is_whitespace()) => Err(UNSEEN.into()),
            Self::TexteLong(_) | Self::Fiche(_) => Ok(typed.into()),
            // Bounds say it all of a whole number.
            Self::Nombre(Number::INTEGER, low, high) => between(Kind::Int, *low, *high, "un nombre entier")
                .map_err(|_| format!("Donnez un nombre entier de {} à {}.", format::integer(*low), format::integer(*high))),
            Self::Nombre(Number::EUROS, low, high) => between(Kind::Money, *low, *high, "un montant"),
            Self::Nombre(number, low, high) => between(Kind::Number(*number), *low, *high, "un nombre"),
            Self::Duree(low, high) => between(Kind::Duration, *low, *high, "une durée"),
            Self::Jour => read(Kind::Date).map(|day| day.stored()),
            Self::JourPasse => match read(Kind::Date)? {
                Value::Date(day) if day > today => Err("Ce jour n’est pas encore passé. Donnez le jour où cela a eu lieu.".into()),
                day => Ok(day.stored()),
            },
            Self::Mois => read(Kind::Month).map(|month| month.stored()),
            Self::Courriel => read(Kind::Email).map(|address| address.stored()),
            Self::Telephone => read(Kind::Telephone).map(|number| number.stored()),
            Self::Siret => read(Kind::Siret).map(|number| number.stored()),
            Self::CodePostal => {
                let digits = compact(typed);
                let five = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
                if five { Ok(digits) } else { Err("Un code postal a cinq chiffres, par exemple 97190.".into()) }
            }
            Self::Enregistrement => enregistrement(typed),
        }
    }

    /// A stored value as people read it.
    pub fn in_words(&self, value: Option<&str>, options: &[Choice]) -> String {
        let Some(stored) = value else { return "non renseigné".into() };
        match self.kind() {
            Some(kind) => kind.of_stored(stored).map_or_else(|| stored.to_string(), |value| kind.words(&value)),
            None => options.iter().find(|(code, _)| code == stored).map_or(stored, |(_, label)| label.as_str()).to_string(),
        }
    }

    /// A stored value as it stands in the field of a form.
    pub fn in_field(&self, value: Option<&str>) -> String {
        let Some(stored) = value else { return String::new() };
        let field = self.kind().and_then(|kind| kind.of_stored(stored).map(|value| kind.field(&value)));
        field.unwrap_or_else(|| stored.to_string())
    }

    /// How the field is typed: type, hint, keyboard of a phone.
    pub fn manner(&self) -> (&'static str, Cow<'static, str>, Option<&'static str>) {
        match self {
            Self::CodePostal => ("text", "Cinq chiffres".into(), Some("numeric")),
            Self::Enregistrement => ("text", "13 signes, ou « FRA… »".into(), None),
            Self::Fiche(_) => ("text", "Son numéro, ou le début de son nom".into(), None),
            Self::Choix(_) | Self::Reference(_) | Self::Commune | Self::Collectivite => ("text", "".into(), None),
            Self::Texte(_)
            | Self::TexteLong(_)
            | Self::Nombre(..)
            | Self::Jour
            | Self::JourPasse
            | Self::Mois
            | Self::Duree(..)
            | Self::Courriel
            | Self::Telephone
            | Self::Siret => self.kind().map_or(("text", "".into(), None), Kind::manner),
        }
    }
}

fn enregistrement(typed: &str) -> Result<String, String> {
    let number = compact(typed).to_uppercase();
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
            (Saisie::Nombre(Number::new(2, "°Brix"), 0, 9_000), "12,3", Some("1230")),
            (Saisie::Nombre(Number::new(2, "°Brix"), 0, 9_000), "12,345", None),
            (Saisie::Nombre(Number::new(2, "°Brix"), 0, 9_000), "90,01", None),
            (Saisie::Mois, "mars 2026", Some("2026-03-01")),
            (Saisie::Mois, "15/03/2026", None),
            (Saisie::Duree(0, 600), "1 h 05", Some("65")),
            (Saisie::Duree(0, 600), "65", None),
            (Saisie::Duree(0, 600), "11 h", None),
            (Saisie::TexteLong(20), "a\r\nb", Some("a\nb")),
            (Saisie::Texte(20), "a\r\nb", None),
            (Saisie::Texte(20), "Ma\u{ad}rie\u{200b}", Some("Marie")),
            (Saisie::Texte(20), "\u{202e}\u{200b}", None),
            (Saisie::TexteLong(20), "\u{200b}\n", None),
            (Saisie::Texte(20), "caf\u{fffd}", None),
            (Saisie::TexteLong(2), "a\nb", None),
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
