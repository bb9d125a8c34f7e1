//! Values as programs write them, and the texts that a form would send for them: all that is checked is checked there, once.

use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::api::corps::Donnee;
use crate::champs::Saisie;
use crate::listing::{Choice, Kind, Number, Value};

/// Codes of a list that a refusal quotes at most.
const QUOTED_MAX: usize = 40;

/// What a program gives for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Donne {
    /// What a form would send.
    Texte(String),
    /// The key of a row of another list.
    Cle(i64),
}

/// What is wrong with a value: its code, its sentence.
pub type Faute = (&'static str, String);

/// The types of SQL whose values are whole numbers.
const WHOLE: [&str; 3] = ["smallint", "integer", "bigint"];

/// What a form would send for `donnee`.
///
/// # Errors
/// It is of another type than the field.
pub fn read(saisie: &Saisie, cast: &str, donnee: &Donnee) -> Result<Donne, Faute> {
    let wrong = || ("type", format!("{}, et c’est {} qui est donné.", expected(saisie, cast), donnee.genre()));
    let text = |text: String| Ok(Donne::Texte(text));
    match (saisie, donnee) {
        (_, Donnee::Rien) => text(String::new()),
        (_, Donnee::Texte(given)) if given.trim().is_empty() => text(String::new()),
        (Saisie::Fiche(_), Donnee::Nombre(number)) => number.parse().map(Donne::Cle).map_err(|_| wrong()),
        (Saisie::Reference(_) | Saisie::Collectivite, Donnee::Nombre(number)) => text(number.clone()),
        (Saisie::Choix(_), Donnee::Oui(yes)) if cast == "boolean" => text(yes.to_string()),
        (Saisie::Fiche(_) | Saisie::Reference(_) | Saisie::Collectivite | Saisie::Commune | Saisie::Choix(_), Donnee::Texte(given)) => {
            text(given.clone())
        }
        _ => match saisie.kind() {
            Some(kind) => of_kind(kind, donnee).unwrap_or_else(|| Err(wrong())).map(Donne::Texte),
            None => Err(wrong()),
        },
    }
}

/// What a field expects.
fn expected(saisie: &Saisie, cast: &str) -> String {
    match saisie {
        Saisie::Fiche(parent) => format!("Ici se donne le numéro (id) d’un {}", parent.list.noun.0),
        Saisie::Reference(_) if WHOLE.contains(&cast) => "Ici se donne le numéro d’une valeur de la liste".into(),
        Saisie::Collectivite => "Ici se donne le numéro d’une collectivité".into(),
        Saisie::Commune => "Ici se donne le code INSEE d’une commune, en texte, par exemple \"97113\"".into(),
        Saisie::Choix(_) if cast == "boolean" => "Ici se donne true ou false".into(),
        Saisie::Choix(_) | Saisie::Reference(_) => "Ici se donne un code de la liste, en texte".into(),
        _ => match saisie.kind() {
            Some(Kind::Date) => "Un jour s’écrit en texte, \"2026-03-01\"".into(),
            Some(Kind::Month) => "Un mois s’écrit en texte, \"2026-03\"".into(),
            Some(Kind::Duration) => "Une durée est un nombre entier de minutes".into(),
            Some(Kind::Number(number)) if number.scale > 0 => {
                format!("Un nombre à virgule s’écrit en texte, \"{}\"", number.plain(10_i64.pow(u32::from(number.scale)) * 85 + 5, '.'))
            }
            Some(Kind::Number(_)) => "Ici se donne un nombre entier".into(),
            _ => "Ici se donne un texte".into(),
        },
    }
}

/// The text of a value of a kind; nothing when its JSON type is another.
fn of_kind(kind: Kind, donnee: &Donnee) -> Option<Result<String, Faute>> {
    let whole = |text: &String| text.parse::<i64>().ok().map(|number| Ok(kind.field(&Value::Int(number))));
    match (kind, donnee) {
        (Kind::Number(number), Donnee::Texte(text)) if number.scale > 0 => {
            Some(decimal(number, text).map(|mantissa| kind.field(&Value::Int(mantissa))))
        }
        (Kind::Number(number), Donnee::Nombre(text)) if number.scale == 0 => Some(whole(text).unwrap_or_else(|| {
            Err(("valeur", format!("«\u{a0}{text}\u{a0}» n’est pas un nombre entier que l’on puisse garder. Écrivez-le sans virgule ni exposant.")))
        })),
        (Kind::Duration, Donnee::Nombre(text)) => whole(text).filter(|_| !text.starts_with('-')),
        (Kind::Date, Donnee::Texte(text)) => Some(day(text, "", ("Un jour", "2026-03-01")).map(|day| in_field(kind, day, text))),
        (Kind::Month, Donnee::Texte(text)) => Some(day(text, "-01", ("Un mois", "2026-03")).map(|day| in_field(kind, day, text))),
        (
            Kind::Text | Kind::LongText | Kind::Code | Kind::Email | Kind::Telephone | Kind::Siret | Kind::Choice(_) | Kind::File,
            Donnee::Texte(text),
        ) => Some(Ok(text.clone())),
        _ => None,
    }
}

/// A day that exists as a form shows it; another as it came, for the form to say why it is none.
fn in_field(kind: Kind, day: Option<NaiveDate>, text: &str) -> String {
    day.map_or_else(|| text.to_string(), |day| kind.field(&Value::Date(day)))
}

/// A day written as ISO 8601 writes it, once `end` is added; nothing when the calendar has no such day.
fn day(text: &str, end: &str, (what, example): (&str, &str)) -> Result<Option<NaiveDate>, Faute> {
    let whole = format!("{text}{end}");
    let shaped = whole.len() == 10
        && whole.bytes().enumerate().all(|(place, byte)| if [4, 7].contains(&place) { byte == b'-' } else { byte.is_ascii_digit() });
    if shaped { Ok(whole.parse().ok()) } else { Err(("valeur", format!("{what} s’écrit \"{example}\"."))) }
}

/// The mantissa of a number written with a point.
fn decimal(number: Number, text: &str) -> Result<i64, Faute> {
    let example = number.plain(10_i64.pow(u32::from(number.scale)) * 85 + 5, '.');
    let wrong = || {
        (
            "valeur",
            format!("«\u{a0}{}\u{a0}» n’est pas un nombre écrit avec un point. Écrivez par exemple \"{example}\".", crate::api::corps::short(text)),
        )
    };
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let figures = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !figures(whole) || part.is_some_and(|part| !figures(part)) {
        return Err(wrong());
    }
    let part = part.unwrap_or_default();
    if part.len() > usize::from(number.scale) {
        return Err(("valeur", format!("Ce nombre a {} décimales au plus, par exemple \"{example}\".", number.scale)));
    }
    let mantissa: Option<i64> = format!("{whole}{part:0<width$}", width = usize::from(number.scale)).parse().ok();
    mantissa.map(|mantissa| sign * mantissa).ok_or_else(wrong)
}

/// A stored value as a program reads it.
pub fn written(saisie: &Saisie, cast: &str, stored: Option<&str>) -> Json {
    let Some(text) = stored.filter(|text| !text.is_empty()) else { return Json::Null };
    let number = || text.parse::<i64>().map_or_else(|_| Json::from(text), Json::from);
    match saisie {
        Saisie::Fiche(_) | Saisie::Collectivite => number(),
        Saisie::Reference(_) if WHOLE.contains(&cast) => number(),
        Saisie::Choix(_) if cast == "boolean" => text.parse::<bool>().map_or_else(|_| Json::from(text), Json::from),
        _ => match saisie.kind() {
            Some(Kind::Number(Number { scale: 0, .. }) | Kind::Duration) => number(),
            Some(Kind::Number(of)) => text.parse().map_or_else(|_| Json::from(text), |mantissa| Json::from(of.plain(mantissa, '.'))),
            Some(Kind::Month) => Json::from(text.get(..7).unwrap_or(text)),
            _ => Json::from(text),
        },
    }
}

/// The codes of a field that is one of a list, to be told with a refusal; nothing when there are too many.
pub fn codes(saisie: &Saisie, options: &[Choice]) -> String {
    let known: Vec<&str> = match saisie {
        Saisie::Choix(known) => known.iter().map(|(code, ..)| *code).collect(),
        Saisie::Reference(_) | Saisie::Commune | Saisie::Collectivite => options.iter().map(|(code, _)| code.as_str()).collect(),
        _ => Vec::new(),
    };
    if known.is_empty() || known.len() > QUOTED_MAX { String::new() } else { format!(" Codes\u{a0}: {}.", known.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nombre(text: &str) -> Donnee {
        Donnee::Nombre(text.into())
    }

    fn texte(text: &str) -> Donnee {
        Donnee::Texte(text.into())
    }

    #[test]
    fn each_value_is_the_text_of_a_form() {
        let brix = Saisie::Nombre(Number::new(3, "t"), 0, 1_000_000);
        let actif = Saisie::Choix(&[("true", "En location", ""), ("false", "Retiré", "")]);
        for (saisie, cast, given, form) in [
            (Saisie::Texte(20), "text", texte("été"), Ok("été")),
            (Saisie::Texte(20), "text", Donnee::Rien, Ok("")),
            (Saisie::Texte(20), "text", nombre("12"), Err("type")),
            (Saisie::Texte(20), "text", Donnee::Liste, Err("type")),
            (Saisie::Entier(0, 9), "smallint", nombre("3"), Ok("3")),
            (Saisie::Entier(0, 9), "smallint", nombre("3.0"), Err("valeur")),
            (Saisie::Entier(0, 9), "smallint", nombre("1e400"), Err("valeur")),
            (Saisie::Entier(0, 9), "smallint", nombre("99999999999999999999"), Err("valeur")),
            (Saisie::Entier(0, 9), "smallint", texte("3"), Err("type")),
            (Saisie::Montant(0, 9), "bigint", texte("85.50"), Ok("85,50")),
            (Saisie::Montant(0, 9), "bigint", texte("85.5"), Ok("85,50")),
            (Saisie::Montant(0, 9), "bigint", texte("-85"), Ok("-85,00")),
            (Saisie::Montant(0, 9), "bigint", texte("85.505"), Err("valeur")),
            (Saisie::Montant(0, 9), "bigint", texte("85,50"), Err("valeur")),
            (Saisie::Montant(0, 9), "bigint", texte("1e3"), Err("valeur")),
            (Saisie::Montant(0, 9), "bigint", texte("99999999999999999999"), Err("valeur")),
            (Saisie::Montant(0, 9), "bigint", nombre("85.5"), Err("type")),
            (brix, "bigint", texte("1.234"), Ok("1,234")),
            (Saisie::Jour, "date", texte("2026-03-01"), Ok("01/03/2026")),
            (Saisie::Jour, "date", texte("0000-01-01"), Ok("01/01/0000")),
            (Saisie::Jour, "date", texte("2026-02-31"), Ok("2026-02-31")),
            (Saisie::Jour, "date", texte("01/03/2026"), Err("valeur")),
            (Saisie::Jour, "date", texte("2026-03-1é"), Err("valeur")),
            (Saisie::Jour, "date", nombre("20260301"), Err("type")),
            (Saisie::Mois, "date", texte("2026-03"), Ok("mars 2026")),
            (Saisie::Mois, "date", texte("2026-03-01"), Err("valeur")),
            (Saisie::Duree(0, 99), "integer", nombre("65"), Ok("1\u{202f}h\u{202f}05")),
            (Saisie::Duree(0, 99), "integer", nombre("-65"), Err("type")),
            (Saisie::Duree(0, 99), "integer", texte("65"), Err("type")),
            (Saisie::Commune, "text", nombre("97113"), Err("type")),
            (Saisie::Reference(""), "smallint", nombre("3"), Ok("3")),
            (actif, "boolean", Donnee::Oui(false), Ok("false")),
        ] {
            let read = read(&saisie, cast, &given);
            let told = match &read {
                Ok(Donne::Texte(text)) => Ok(text.as_str()),
                Ok(Donne::Cle(_)) => panic!("no key"),
                Err((code, _)) => Err(*code),
            };
            assert_eq!(told, form, "{given:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (saisie, cast, stored, json) in [
            (Saisie::Entier(0, 9), "smallint", "3", "3"),
            (Saisie::Montant(0, 9), "bigint", "8550", "\"85.50\""),
            (Saisie::Jour, "date", "2026-03-01", "\"2026-03-01\""),
            (Saisie::Mois, "date", "2026-03-01", "\"2026-03\""),
            (Saisie::Duree(0, 99), "integer", "65", "65"),
            (Saisie::Reference(""), "smallint", "4", "4"),
            (Saisie::Reference(""), "text", "hote", "\"hote\""),
            (Saisie::Commune, "text", "97113", "\"97113\""),
            (Saisie::Choix(&[]), "boolean", "true", "true"),
            (Saisie::Texte(9), "text", "", "null"),
        ] {
            assert_eq!(written(&saisie, cast, Some(stored)).to_string(), json);
            assert_eq!(written(&saisie, cast, None), Json::Null);
        }
    }
}
