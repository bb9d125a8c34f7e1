//! The body of a call that writes: one JSON object whose values are plain, read whole and no further than it may go.
//!
//! What a parser would let pass in silence is refused by name: a key given twice, of which only one would count, and another
//! encoding, in which names would not be what they are.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use rocket::data::ToByteUnit;
use rocket::http::Method;
use rocket::{Data, Request};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::probleme::{ATTENTE, DEMANDE, Erreur, Probleme, Result, TAILLE, TYPE};
use crate::platform::error::Error;

/// Bytes of a body at most: the longest record is some tens of thousands.
pub const OCTETS_MAX: usize = 256 * 1024;
/// How long a body is waited for: whoever sends it slowly holds a place of their token.
const PATIENCE: Duration = Duration::from_secs(30);
/// Type of a body.
const JSON: &str = "application/json";
/// Type of one that corrects: RFC 7396.
const MERGE: &str = "application/merge-patch+json";
/// Members of a body at most: a record has some dozens.
const MEMBRES_MAX: usize = 200;
/// Characters of a name quoted back.
const QUOTED: usize = 40;

/// A value of the body. A number stays as it was written: a float would change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Donnee {
    /// `null`.
    Rien,
    /// `true` or `false`.
    Oui(bool),
    /// A number, as it was written.
    Nombre(String),
    /// A text.
    Texte(String),
    /// An array.
    Liste,
    /// An object.
    Objet,
}

impl Donnee {
    /// What it is, in a sentence.
    pub fn genre(&self) -> &'static str {
        match self {
            Self::Rien => "null",
            Self::Oui(_) => "un booléen",
            Self::Nombre(_) => "un nombre",
            Self::Texte(_) => "un texte",
            Self::Liste => "un tableau",
            Self::Objet => "un objet",
        }
    }

    /// The same value, to be told back.
    pub fn told(&self) -> Value {
        match self {
            Self::Rien => Value::Null,
            Self::Oui(yes) => Value::Bool(*yes),
            Self::Nombre(text) => text.parse::<i64>().map_or_else(|_| text.as_str().into(), Value::from),
            Self::Texte(text) => text.as_str().into(),
            Self::Liste => Value::Array(Vec::new()),
            Self::Objet => Value::Object(serde_json::Map::new()),
        }
    }

    fn of(raw: &str) -> std::result::Result<Self, serde_json::Error> {
        Ok(match raw.as_bytes().first() {
            Some(b'n') => Self::Rien,
            Some(b't') => Self::Oui(true),
            Some(b'f') => Self::Oui(false),
            Some(b'"') => Self::Texte(serde_json::from_str(raw)?),
            Some(b'[') => Self::Liste,
            Some(b'{') => Self::Objet,
            _ => Self::Nombre(raw.into()),
        })
    }
}

/// The fields of a body, in their order.
pub type Champs = Vec<(String, Donnee)>;

/// A text of a caller short enough to be quoted back.
pub fn short(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(QUOTED).collect()
}

/// The bytes of a body that holds JSON.
///
/// # Errors
/// 415 for another type, 413 for one that is too large.
pub async fn bytes(request: &Request<'_>, data: Data<'_>) -> Result<Vec<u8>> {
    typed(request)?;
    let large =
        || Probleme::new(TAILLE, format!("Un corps fait {} Kio au plus. Envoyez moins de champs, ou des textes plus courts.", OCTETS_MAX / 1024));
    let said = request.headers().get_one("Content-Length").and_then(|length| length.parse::<usize>().ok());
    if said.is_some_and(|length| length > OCTETS_MAX) {
        return Err(large());
    }
    let reading = data.open(OCTETS_MAX.bytes()).into_bytes();
    let read = tokio::time::timeout(PATIENCE, reading).await.map_err(|_| {
        let sentence = format!("Le corps n’est pas arrivé en {} secondes. Envoyez-le d’un trait.", PATIENCE.as_secs());
        Probleme::new(ATTENTE, sentence).header("Connection", "close")
    })?;
    let read = read.map_err(|error| Error::invalid(format!("Le corps n’a pas pu être lu ({}). Envoyez-le de nouveau.", error.kind())))?;
    if read.is_complete() { Ok(read.into_inner()) } else { Err(large()) }
}

/// Refuses what is not JSON, by what the caller says of it.
fn typed(request: &Request<'_>) -> Result<()> {
    let (name, expected) = match request.method() {
        Method::Patch => ("Accept-Patch", [JSON, MERGE].as_slice()),
        _ => ("Accept-Post", &[JSON][..]),
    };
    let refused = |said: &str| {
        let sentence = format!("{said} Envoyez du JSON, en UTF-8, avec l’en-tête «\u{a0}Content-Type: {JSON}\u{a0}».");
        Probleme::about(TYPE, "Content-Type", "type", sentence).header(name, expected.join(", "))
    };
    let words = expected.join(" ou ");
    let Some(said) = request.headers().get_one("Content-Type") else {
        return Err(refused(&format!("Le type du corps n’est pas dit\u{a0}; il doit être {words}.")));
    };
    let mut parts = said.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    if !expected.contains(&kind.as_str()) {
        return Err(refused(&format!("Le type «\u{a0}{}\u{a0}» n’est pas lu ici\u{a0}; il doit être {words}.", short(&kind))));
    }
    let charset = parts.find_map(|part| part.to_ascii_lowercase().strip_prefix("charset=").map(|name| name.trim_matches('"').to_string()));
    if let Some(name) = charset.filter(|name| !["utf-8", "utf8", "us-ascii"].contains(&name.as_str())) {
        return Err(refused(&format!("L’encodage «\u{a0}{}\u{a0}» n’est pas lu ici.", short(&name))));
    }
    match request.headers().get_one("Content-Encoding").map(str::to_ascii_lowercase) {
        Some(coding) if coding != "identity" => Err(Probleme::about(
            TYPE,
            "Content-Encoding",
            "type",
            "Le corps s’envoie sans compression\u{a0}: retirez l’en-tête «\u{a0}Content-Encoding\u{a0}».",
        )),
        _ => Ok(()),
    }
}

/// The members of an object as they came, and the names that came twice.
#[derive(Default)]
struct Membres<'a> {
    found: Vec<(String, &'a RawValue)>,
    doubles: BTreeSet<String>,
}

struct Lecteur;

impl<'de> Visitor<'de> for Lecteur {
    type Value = Membres<'de>;

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let (mut known, mut read) = (BTreeSet::new(), Membres::default());
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            // What is beyond is counted and not kept.
            if known.len() > MEMBRES_MAX {
                continue;
            }
            if known.insert(name.clone()) {
                read.found.push((name, value));
            } else {
                read.doubles.insert(name);
            }
        }
        Ok(read)
    }
}

impl<'de> Deserialize<'de> for Membres<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Lecteur)
    }
}

/// The fields of a body.
///
/// # Errors
/// 400: it is no JSON, no object, in another encoding, or says the same name twice.
pub fn object(bytes: &[u8]) -> Result<Champs> {
    let refused = |sentence: String| Probleme::about(DEMANDE, "corps", "json", sentence);
    // The first signs of a JSON text are ASCII: a nul beside them is the other half of a wider sign.
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.iter().take(4).any(|byte| *byte == 0) {
        return Err(refused("Le corps est en UTF-16 ou en UTF-32. Envoyez-le en UTF-8.".into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| refused("Le corps n’est pas en UTF-8. Envoyez-le en UTF-8.".into()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    if text.is_empty() {
        return Err(refused("Le corps est vide. Envoyez un objet JSON\u{a0}: {\"champ\": valeur, …}.".into()));
    }
    let broken = |error: &serde_json::Error| {
        let place = format!("ligne {}, colonne {}", error.line(), error.column());
        let why = if error.is_eof() { "il s’arrête trop tôt" } else { "il n’est pas écrit comme du JSON" };
        refused(format!("Le corps ne se lit pas\u{a0}: {why} ({place}). Corrigez-le, puis recommencez."))
    };
    if !text.starts_with('{') {
        return Err(refused("Le corps doit être un objet JSON\u{a0}: {\"champ\": valeur, …}.".into()));
    }
    let read: Membres<'_> = serde_json::from_str(text).map_err(|error| broken(&error))?;
    if read.found.len() > MEMBRES_MAX {
        return Err(refused(format!("Le corps a plus de {MEMBRES_MAX} champs. Envoyez ceux de cette fiche, et eux seuls.")));
    }
    if !read.doubles.is_empty() {
        let erreur = |name: &String| {
            let message = format!("«\u{a0}{}\u{a0}» est donné plusieurs fois. Gardez-en un.", short(name));
            Erreur { champ: short(name), code: "double", message }
        };
        let names: Vec<String> = read.doubles.iter().take(5).map(|name| short(name)).collect();
        let sentence =
            format!("Des champs sont donnés plusieurs fois\u{a0}: {}. Gardez chacun une fois\u{a0}: rien n’a été enregistré.", names.join(", "));
        return Err(Probleme::new(DEMANDE, sentence).with(read.doubles.iter().take(5).map(erreur).collect()));
    }
    let value = |(name, raw): (String, &RawValue)| {
        let unreadable = |_| {
            let sentence = format!("Le texte de «\u{a0}{}\u{a0}» contient des caractères illisibles. Corrigez-le, puis recommencez.", short(&name));
            Probleme::about(DEMANDE, &short(&name), "json", sentence)
        };
        let donnee = Donnee::of(raw.get()).map_err(unreadable)?;
        Ok((name, donnee))
    };
    read.found.into_iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_as_it_was_written() {
        let read =
            object("\u{feff} {\"a\": null, \"b\": true, \"c\": 1.50, \"d\": \"x\\u00e9\", \"e\": [[1]], \"f\": {\"a\": 1, \"a\": 2}}".as_bytes())
                .expect("an object");
        let texts: Vec<(&str, Donnee)> = read.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let wanted = [Donnee::Rien, Donnee::Oui(true), Donnee::Nombre("1.50".into()), Donnee::Texte("xé".into()), Donnee::Liste, Donnee::Objet];
        assert_eq!(texts, ["a", "b", "c", "d", "e", "f"].into_iter().zip(wanted).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_object_is_told_why() {
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let deep = format!("{{\"a\": {}", "[".repeat(100_000));
        for (bytes, words) in [
            (&b""[..], "vide"),
            (b"  ", "vide"),
            (b"[]", "un objet"),
            (b"12", "un objet"),
            (b"{\"a\": 1", "trop t\u{f4}t"),
            (b"{\"a\": 1,}", "ligne 1"),
            (b"{\"a\": 1} x", "ligne 1"),
            (b"{'a': 1}", "ligne 1"),
            (b"{\"a\": NaN}", "ligne 1"),
            (b"{\"a\": 01}", "ligne 1"),
            (b"{\"a\": 1, \"\\u0061\": 2}", "plusieurs fois"),
            (b"{\"a\": \"\\ud800\"}", "illisibles"),
            (b"{\"a\": \"\xe9\"}", "UTF-8"),
            (&utf16, "UTF-16"),
            (deep.as_bytes(), "trop t\u{f4}t"),
        ] {
            let problem = object(bytes).expect_err("no object");
            let body = problem.body("1");
            assert!(body["detail"].as_str().is_some_and(|text| text.contains(words)), "{words}: {body}");
            assert_eq!(body["status"], 400);
        }
    }
}
