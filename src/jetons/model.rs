//! A token, as text and as rights.

use std::collections::BTreeMap;
use std::net::IpAddr;

use sha2::{Digest, Sha256};
use sqlx::types::Json;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};

use crate::listing::{Lieu, Module, Niveau};
use crate::platform::token::hexadecimal;

/// Before every token: a leak can be told from any other text.
pub const PREFIX: &str = "gardel_";
/// Hexadecimal digits of the secret: 256 bits.
const SECRET_DIGITS: usize = 64;
/// Hexadecimal digits of the checksum that ends it.
const CHECK_DIGITS: usize = 8;
/// Characters that are kept in clear, by which people tell one token from another.
pub const SHOWN: usize = PREFIX.len() + 6;

/// What a token may do on a module, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Portee {
    /// Read.
    Lire = 1,
    /// Read and write.
    Ecrire = 2,
}

impl Portee {
    /// The one stored as `rang`.
    pub fn of(rang: i16) -> Option<Self> {
        match rang {
            1 => Some(Self::Lire),
            2 => Some(Self::Ecrire),
            _ => None,
        }
    }

    /// As stored, and as a form sends it.
    pub const fn rang(self) -> i16 {
        self as i16
    }

    /// As read by people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Lire => "lire",
            Self::Ecrire => "lire et écrire",
        }
    }

    /// The level that its owner must have somewhere to give it.
    pub const fn least(self) -> Niveau {
        match self {
            Self::Lire => Niveau::Lire,
            Self::Ecrire => Niveau::Saisir,
        }
    }

    /// The highest level of their owner that is left to whoever bears it. Reading the administration opens what its owner
    /// reads there (the accounts ask for « Gérer »), and nothing is written by a token that only reads.
    fn most(self, module: Module) -> Niveau {
        match (self, module) {
            (_, Module::Administration) => Niveau::Gerer,
            (Self::Lire, _) => Niveau::Lire,
            (Self::Ecrire, _) => Niveau::Valider,
        }
    }
}

/// The text of a token made of `random`, which is as long as one of [`crate::platform::token::random`].
pub fn text_of(random: &str) -> String {
    let secret = hexadecimal(&Sha256::digest(random.as_bytes()));
    format!("{PREFIX}{secret}{}", check_of(&secret))
}

/// The end of a token whose secret is `secret`.
fn check_of(secret: &str) -> String {
    hexadecimal(&Sha256::digest(format!("{PREFIX}{secret}").as_bytes()))[..CHECK_DIGITS].to_string()
}

/// Whether `text` is made as a token is: what is not costs no statement.
pub fn is_token(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else { return false };
    let plain = rest.len() == SECRET_DIGITS + CHECK_DIGITS && rest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    plain && check_of(&rest[..SECRET_DIGITS]) == rest[SECRET_DIGITS..]
}

/// The rights of a token as stored, in words: « Taxe de séjour : lire et écrire, Pilotage : lire ».
pub fn told(stored: &str) -> String {
    let droits: BTreeMap<String, i16> = serde_json::from_str(stored).unwrap_or_default();
    in_words(Module::ALL.into_iter().filter_map(|module| Some((module, Portee::of(*droits.get(module.code())?)?))))
}

/// The same of rights that were read.
pub fn in_words(droits: impl IntoIterator<Item = (Module, Portee)>) -> String {
    let words = |(module, portee): (Module, Portee)| format!("{}\u{a0}: {}", module.label(), portee.label());
    droits.into_iter().map(words).collect::<Vec<_>>().join(", ")
}

/// A token as a call brings it, and the state of everything at that instant.
#[derive(Debug, sqlx::FromRow)]
pub struct Jeton {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub utilisateur_id: i64,
    /// Its name.
    pub nom: String,
    /// What it may do, by the code of a module.
    droits: Json<BTreeMap<String, i16>>,
    /// Where.
    collectivites: Vec<i32>,
    /// Whether it reads what speaks of people.
    pub personnel: bool,
    /// Calls of a minute at most.
    pub appels_minute: i32,
    /// Calls at the same time at most.
    pub simultanes: i16,
    /// Rows of a day at most.
    pub lignes_jour: i64,
    /// Rows that it read today, as they were last written down.
    pub lignes: i64,
    /// Taken back.
    pub revoque: bool,
    /// Past its time.
    pub expire: bool,
    /// When it ends.
    pub expire_le: DateTime<Utc>,
    /// The address that calls is one of its networks.
    pub admis: bool,
    /// Today in Guadeloupe.
    pub jour: NaiveDate,
    /// Sum of all the counters of `version_donnees`.
    pub etat: Option<i64>,
    /// Timeline and place of the primary after the last write by it.
    pub ecrit_ligne: Option<i32>,
    /// That place.
    pub ecrit_position: Option<i64>,
}

impl Jeton {
    /// What it may do on `module`.
    pub fn portee(&self, module: Module) -> Option<Portee> {
        self.droits.get(module.code()).and_then(|rang| Portee::of(*rang))
    }

    /// What it may do, as the form that made it says it: by the code of a module, `lire` or `ecrire`.
    pub fn allowed(&self) -> BTreeMap<&str, &'static str> {
        let word = |portee| match portee {
            Portee::Lire => "lire",
            Portee::Ecrire => "ecrire",
        };
        self.droits.iter().filter_map(|(module, rang)| Some((module.as_str(), word(Portee::of(*rang)?)))).collect()
    }

    /// Whether it writes on `module`: accounts and rights are nobody's to write by a token.
    pub fn writes(&self, module: Module) -> bool {
        module != Module::Administration && self.portee(module) == Some(Portee::Ecrire)
    }

    /// The rights that are left of those of its owner.
    pub fn cap(&self, lieux: &[Lieu]) -> Vec<Lieu> {
        cap(&self.droits, &self.collectivites, lieux)
    }
}

/// What a token that may do `given` in `places` leaves of the rights of its owner.
pub fn cap(given: &BTreeMap<String, i16>, places: &[i32], lieux: &[Lieu]) -> Vec<Lieu> {
    let portee = |module: Module| given.get(module.code()).and_then(|rang| Portee::of(*rang));
    let left = |droits: &BTreeMap<Module, i16>| {
        let kept = |(module, rang): (&Module, &i16)| Some((*module, (*rang).min(portee(*module)?.most(*module).rang())));
        droits.iter().filter_map(kept).collect::<BTreeMap<_, _>>()
    };
    let one = |lieu: &Lieu| {
        let droits = lieu.droits.as_ref().filter(|_| places.contains(&lieu.id)).map(left).filter(|droits| !droits.is_empty());
        Lieu { droits, ..lieu.clone() }
    };
    lieux.iter().map(one).collect()
}

/// What a token was asked in a day, to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The day.
    pub jour: NaiveDate,
    /// Calls, those that were refused among them.
    pub appels: i64,
    /// Calls that were refused.
    pub refus: i64,
    /// Rows that were given.
    pub lignes: i64,
    /// When it called last.
    pub dernier_le: DateTime<Utc>,
    /// From where.
    pub ip: Option<IpAddr>,
}

#[cfg(test)]
impl Jeton {
    /// One that reads the tax in collectivité 1, for tests.
    pub fn sample() -> Self {
        Self {
            id: 1,
            utilisateur_id: 1,
            nom: String::new(),
            droits: Json([("taxe".to_string(), 1)].into()),
            collectivites: vec![1],
            personnel: false,
            appels_minute: 1,
            simultanes: 1,
            lignes_jour: 1,
            lignes: 0,
            revoque: false,
            expire: false,
            expire_le: DateTime::UNIX_EPOCH,
            admis: true,
            jour: NaiveDate::default(),
            etat: None,
            ecrit_ligne: None,
            ecrit_position: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_from_any_other_text() {
        let text = text_of("x");
        assert_eq!(text.len(), 79);
        assert!(is_token(&text) && text != text_of("y"));
        for place in 0..text.len() {
            let other: String = text.chars().enumerate().map(|(at, c)| if at == place { if c == '0' { '1' } else { '0' } } else { c }).collect();
            assert!(!is_token(&other), "{other}");
        }
        for other in ["", "gardel_", "x", &text[1..], &format!("{text}0"), &text.to_uppercase(), "gardel_é"] {
            assert!(!is_token(other), "{other}");
        }
    }

    #[test]
    fn rights_are_told_in_the_order_of_the_grid() {
        let stored = r#"{"pilotage": 1, "taxe": 2, "administration": 1, "autre": 1, "labo": 9}"#;
        assert_eq!(told(stored), "Taxe de séjour\u{a0}: lire et écrire, Pilotage\u{a0}: lire, Administration\u{a0}: lire");
        assert_eq!(told("x"), "");
    }

    #[test]
    fn a_token_goes_no_further_than_its_owner_nor_than_itself() {
        let droits = Json([("taxe".to_string(), 1), ("labo".to_string(), 2), ("administration".to_string(), 1)].into());
        let jeton = Jeton { droits, collectivites: vec![1, 3], ..Jeton::sample() };
        let lieu = |id, droits: Option<&[(Module, i16)]>| Lieu {
            id,
            communes: vec![format!("9710{id}")],
            droits: droits.map(|droits| droits.iter().copied().collect()),
        };
        let all: &[(Module, i16)] = &[(Module::Taxe, 4), (Module::Labo, 4), (Module::Production, 4), (Module::Administration, 4)];
        let left = jeton.cap(&[lieu(1, Some(all)), lieu(2, Some(all)), lieu(3, Some(&[(Module::Labo, 1)])), lieu(4, None)]);
        let of = |place: usize| left[place].droits.clone().map(|droits| droits.into_iter().collect::<Vec<_>>());
        assert_eq!(of(0), Some(vec![(Module::Taxe, 1), (Module::Labo, 3), (Module::Administration, 4)]));
        assert_eq!((of(1), of(2), of(3)), (None, Some(vec![(Module::Labo, 1)]), None));
        assert!(jeton.writes(Module::Labo) && !jeton.writes(Module::Taxe) && !jeton.writes(Module::Administration));
    }
}
