//! A kind: how a value is held, typed, shown, put in order and written in files. What depends on it asks it here, so that another
//! kind is asked for by the compiler wherever it matters: no match over kinds has an arm for « the others ».

use std::borrow::Cow;

use super::value::Value;
use crate::ui::{contact, format, read, siret};

/// A number: how many decimals it has, and of what. Its value is a whole mantissa, in SQL as here: 1234 of two decimals is 12,34.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// Decimals.
    pub scale: u8,
    /// What is shown after it: « °Brix », « % », « t »; empty for none.
    pub unit: &'static str,
}

/// Decimals of a number at most: more would leave too few figures before them in 64 bits.
const SCALE_MAX: u8 = 9;

impl Number {
    /// A whole number of nothing in particular.
    pub const INTEGER: Self = Self::new(0, "");
    /// An amount in cents.
    pub const EUROS: Self = Self::new(2, "€");

    /// A number of `scale` decimals.
    pub const fn new(scale: u8, unit: &'static str) -> Self {
        assert!(scale <= SCALE_MAX, "too many decimals for 64 bits");
        Self { scale, unit }
    }

    /// As people read it: « 12,34 °Brix ».
    pub fn words(self, mantissa: i64) -> String {
        format::number(mantissa, self.scale, self.unit)
    }

    /// As a file holds it: « 12,34 » or « 12.34 ».
    pub fn plain(self, mantissa: i64, separator: char) -> String {
        format::number_plain(mantissa, self.scale, separator)
    }

    /// The mantissa of what was typed.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub fn read(self, text: &str) -> Result<i64, String> {
        if self == Self::EUROS { read::money(text) } else { read::number(text, self.scale, self.unit) }
    }

    /// The keyboard of a phone.
    fn inputmode(self) -> &'static str {
        if self.scale == 0 { "numeric" } else { "decimal" }
    }
}

/// How a value is read, shown and exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of one line, left aligned.
    Text,
    /// Text of several lines.
    LongText,
    /// A code (INSEE, SIREN, reference): text in tabular figures.
    Code,
    /// A number.
    Number(Number),
    /// Day.
    Date,
    /// Month, held as its first day.
    Month,
    /// Instant, shown in Guadeloupe time; asked for by its day there.
    Instant,
    /// Whole minutes.
    Duration,
    /// Yes or no.
    Bool,
    /// One of a closed list: code, label, tone (`succes`, `alerte`, `erreur`, `info`, empty).
    Choice(&'static [(&'static str, &'static str, &'static str)]),
    /// Done out of total, as two bigints joined by `/` in SQL.
    Progress,
    /// An e-mail.
    Email,
    /// A telephone number.
    Telephone,
    /// The number of an establishment.
    Siret,
    /// An attached file, by its name; its column says where it leads.
    File,
}

/// Named as the other kinds are, for declarations.
#[allow(non_upper_case_globals)] // read beside the variants
impl Kind {
    /// Integer.
    pub const Int: Self = Self::Number(Number::INTEGER);
    /// Cents.
    pub const Money: Self = Self::Number(Number::EUROS);
}

/// How a value is held, in SQL and in the pieces of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// A mantissa of so many decimals.
    Number(u8),
    /// A day.
    Day,
    /// An instant.
    Instant,
    /// Yes or no.
    Bool,
}

impl Kind {
    /// How its values are held.
    pub fn shape(self) -> Shape {
        match self {
            Self::Text
            | Self::LongText
            | Self::Code
            | Self::Choice(_)
            | Self::Progress
            | Self::Email
            | Self::Telephone
            | Self::Siret
            | Self::File => Shape::Text,
            Self::Number(number) => Shape::Number(number.scale),
            Self::Duration => Shape::Number(0),
            Self::Date | Self::Month => Shape::Day,
            Self::Instant => Shape::Instant,
            Self::Bool => Shape::Bool,
        }
    }

    /// Whether cells are right aligned, and whether the first click on a header gives the largest first.
    pub fn is_number(self) -> bool {
        match self.shape() {
            Shape::Number(_) | Shape::Day | Shape::Instant => true,
            Shape::Text | Shape::Bool => false,
        }
    }

    /// Whether it is asked for by a day.
    pub fn is_day(self) -> bool {
        matches!(self, Self::Date | Self::Instant)
    }

    /// The number that its values are.
    pub fn number(self) -> Option<Number> {
        match self.shape() {
            Shape::Number(scale) => Some(if let Self::Number(number) = self { number } else { Number::new(scale, "") }),
            Shape::Text | Shape::Day | Shape::Instant | Shape::Bool => None,
        }
    }

    /// What a file says of its values, beside the name of a column: what a number counts.
    pub fn unit(self) -> &'static str {
        match self {
            // A cell says it.
            Self::Money => "",
            Self::Number(number) => number.unit,
            Self::Duration => "min",
            Self::Text
            | Self::LongText
            | Self::Code
            | Self::Date
            | Self::Month
            | Self::Instant
            | Self::Bool
            | Self::Choice(_)
            | Self::Progress
            | Self::Email
            | Self::Telephone
            | Self::Siret
            | Self::File => "",
        }
    }

    /// A value as people read it; nothing when there is none.
    pub fn words(self, value: &Value) -> String {
        let told = match self {
            Self::Number(number) => value.number().map(|mantissa| number.words(mantissa)),
            Self::Duration => value.number().map(format::minutes),
            Self::Month => value.day().map(format::month),
            Self::Date | Self::Instant => value.day().map(format::date).or_else(|| value.instant().map(format::instant)),
            Self::Bool => value.yes().map(|yes| if yes { "Oui" } else { "Non" }.into()),
            Self::Choice(options) => {
                value.text().map(|code| options.iter().find(|(known, ..)| *known == code).map_or(code, |(_, label, _)| label).to_string())
            }
            Self::Progress => value.text().map(done),
            Self::Siret => value.text().map(|number| siret::in_groups(number).into_owned()),
            Self::Text | Self::LongText | Self::Code | Self::Email | Self::Telephone | Self::File => value.text().map(ToString::to_string),
        };
        told.unwrap_or_default()
    }

    /// What was typed, as a value. An instant is asked for by its day.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence: « n’est pas une date. … ».
    pub fn typed(self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match self {
            Self::Number(number) => number.read(text).map(Value::Int),
            Self::Duration => read::minutes(text).map(Value::Int),
            Self::Date | Self::Instant => read::date(text).map(Value::Date),
            Self::Month => read::month(text).map(Value::Date),
            Self::Bool => match text.to_lowercase().as_str() {
                "oui" | "true" => Ok(Value::Bool(true)),
                "non" | "false" => Ok(Value::Bool(false)),
                _ => Err("n’est ni « oui » ni « non ».".into()),
            },
            Self::Email => contact::email(text)
                .map(Value::Text)
                .ok_or_else(|| "n’est pas un courriel complet. Écrivez-le en entier, par exemple prenom.nom@exemple.gp.".into()),
            Self::Telephone => contact::telephone(text)
                .map(Value::Text)
                .ok_or_else(|| "n’est pas un numéro de téléphone. Écrivez par exemple 06 90 12 34 56 ou +590 690 12 34 56.".into()),
            Self::Siret => siret::siret(text).map(Value::Text),
            Self::Choice(options) => {
                let known = options.iter().find(|(code, label, _)| *code == text || label.to_lowercase() == text.to_lowercase());
                known.map(|(code, ..)| Value::Text((*code).into())).ok_or_else(|| "n’existe pas. Choisissez une valeur dans la liste.".into())
            }
            Self::Progress => Err("ne se tape pas : un avancement se calcule.".into()),
            Self::Text | Self::LongText | Self::Code | Self::File => Ok(Value::Text(text.into())),
        }
    }

    /// A value in the one form that addresses hold, which [`Self::typed`] reads back: « 12.34 », « 2026-03-01 », « 1:05 ».
    pub fn canonical(self, value: &Value) -> String {
        let written = match self {
            Self::Number(number) => value.number().map(|mantissa| number.plain(mantissa, '.')),
            Self::Duration => value.number().map(format::minutes_plain),
            Self::Text
            | Self::LongText
            | Self::Code
            | Self::Date
            | Self::Month
            | Self::Instant
            | Self::Bool
            | Self::Choice(_)
            | Self::Progress
            | Self::Email
            | Self::Telephone
            | Self::Siret
            | Self::File => None,
        };
        written.unwrap_or_else(|| value.stored())
    }

    /// A value as a program reads it in a text: « 12.34 », « 2026-03-01 », « true »; nothing when there is none.
    pub fn machine(self, value: &Value) -> String {
        match (self.number(), value) {
            (Some(number), Value::Int(mantissa)) if number.scale > 0 => number.plain(*mantissa, '.'),
            _ => value.stored(),
        }
    }

    /// A value as it stands in a field, where people type it.
    pub fn field(self, value: &Value) -> String {
        match (self.number().filter(|_| self != Self::Duration), value) {
            (Some(number), Value::Int(mantissa)) => number.plain(*mantissa, ','),
            // A code, not its label.
            (_, Value::Text(text)) => text.clone(),
            _ => self.words(value),
        }
    }

    /// The value of a text that SQL gave, or that is bound to be cast to the column.
    pub fn of_stored(self, text: &str) -> Option<Value> {
        match self.shape() {
            Shape::Text => Some(Value::Text(text.into())),
            Shape::Number(_) => text.parse().ok().map(Value::Int),
            // Of an instant, the day that it is asked for by.
            Shape::Day | Shape::Instant => text.parse().ok().map(Value::Date),
            Shape::Bool => text.parse().ok().map(Value::Bool),
        }
    }

    /// What is expected in the field of a bound or of a place, in a few words.
    pub fn expected(self) -> Cow<'static, str> {
        match self {
            Self::Money => "en euros".into(),
            Self::Number(Number { unit: "", .. }) => "nombre".into(),
            Self::Number(Number { unit, .. }) => format!("en {unit}").into(),
            Self::Date | Self::Instant => "JJ/MM/AAAA".into(),
            Self::Month => "MM/AAAA".into(),
            Self::Duration => "par exemple 1 h 05".into(),
            Self::Bool => "oui ou non".into(),
            Self::Text
            | Self::LongText
            | Self::Code
            | Self::Choice(_)
            | Self::Progress
            | Self::Email
            | Self::Telephone
            | Self::Siret
            | Self::File => "début du texte".into(),
        }
    }

    /// How a field of a form is typed: type, hint, keyboard of a phone.
    pub fn manner(self) -> (&'static str, Cow<'static, str>, Option<&'static str>) {
        match self {
            Self::Int => ("text", "Nombre entier".into(), Some("numeric")),
            Self::Money => ("text", "En euros, par exemple 85,50".into(), Some("decimal")),
            Self::Number(number) => {
                let unit = if number.unit.is_empty() { "Nombre".into() } else { format!("En {}", number.unit) };
                let example = number.plain(10_i64.pow(u32::from(number.scale)) * 12 + 5, ',');
                ("text", format!("{unit}, par exemple {example}").into(), Some(number.inputmode()))
            }
            Self::Date | Self::Instant => ("text", "JJ/MM/AAAA".into(), None),
            Self::Month => ("text", "MM/AAAA, par exemple 03/2026".into(), None),
            Self::Duration => ("text", "Par exemple 1 h 05, ou 65 min".into(), None),
            Self::Email => ("text", "Par exemple prenom.nom@exemple.gp".into(), Some("email")),
            Self::Telephone => ("tel", "Par exemple 06 90 12 34 56".into(), None),
            Self::Siret => ("text", "14 chiffres".into(), Some("numeric")),
            Self::Text | Self::LongText | Self::Code | Self::Bool | Self::Choice(_) | Self::Progress | Self::File => ("text", "".into(), None),
        }
    }

    /// The keyboard of a phone, for a bound.
    pub fn inputmode(self) -> &'static str {
        match self.shape() {
            Shape::Number(_) if self == Self::Duration => "text",
            Shape::Number(_) => self.number().map_or("numeric", Number::inputmode),
            Shape::Day if self == Self::Month => "text",
            Shape::Day | Shape::Instant => "numeric",
            Shape::Text | Shape::Bool => "text",
        }
    }
}

/// Hundredths done: « 42 % ».
fn done(text: &str) -> String {
    let (done, total) = text.split_once('/').unwrap_or((text, ""));
    match (done.parse::<i64>(), total.parse::<i64>()) {
        (Ok(done), Ok(total)) if total > 0 => format!("{}\u{202f}%", format::integer(done.saturating_mul(100) / total)),
        _ => "–".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIX: Number = Number::new(2, "°Brix");

    /// What an address holds, and what stands in a field, is read back the same.
    #[test]
    fn what_is_written_is_typed_again() {
        let day = |text: &str| Value::Date(text.parse().expect("a day"));
        let text = |text: &str| Value::Text(text.into());
        for (kind, value, canonical, field, words) in [
            (Kind::Int, Value::Int(-1_234), "-1234", "-1234", "\u{2212}1\u{202f}234"),
            (Kind::Money, Value::Int(123_456), "1234.56", "1234,56", "1\u{202f}234,56\u{202f}€"),
            (Kind::Number(BRIX), Value::Int(1_234), "12.34", "12,34", "12,34\u{a0}°Brix"),
            (Kind::Number(Number::new(3, "t")), Value::Int(5), "0.005", "0,005", "0,005\u{a0}t"),
            (Kind::Duration, Value::Int(65), "1:05", "1\u{202f}h\u{202f}05", "1\u{202f}h\u{202f}05"),
            (Kind::Date, day("2026-03-31"), "2026-03-31", "31/03/2026", "31/03/2026"),
            (Kind::Month, day("2026-03-01"), "2026-03-01", "mars 2026", "mars 2026"),
            (Kind::Instant, day("2026-03-31"), "2026-03-31", "31/03/2026", "31/03/2026"),
            (Kind::Bool, Value::Bool(true), "true", "Oui", "Oui"),
            (Kind::Email, text("a.b@exemple.gp"), "a.b@exemple.gp", "a.b@exemple.gp", "a.b@exemple.gp"),
            (Kind::Telephone, text("06 90 12 34 56"), "06 90 12 34 56", "06 90 12 34 56", "06 90 12 34 56"),
            (Kind::Siret, text("13002526500013"), "13002526500013", "13002526500013", "130\u{202f}025\u{202f}265\u{202f}00013"),
            (Kind::Choice(&[("x", "Libellé", "")]), text("x"), "x", "x", "Libellé"),
            (Kind::LongText, text("a\nb"), "a\nb", "a\nb", "a\nb"),
        ] {
            assert_eq!((kind.canonical(&value).as_str(), kind.field(&value).as_str(), kind.words(&value).as_str()), (canonical, field, words));
            assert_eq!(kind.typed(canonical), Ok(value.clone()), "{kind:?}");
            assert_eq!(kind.typed(field), Ok(value.clone()), "{kind:?}");
            assert_eq!(kind.of_stored(&value.stored()), Some(value), "{kind:?}");
        }
    }

    #[test]
    fn a_progress_is_told_in_hundredths() {
        assert_eq!(Kind::Progress.words(&Value::Text("1/3".into())), "33\u{202f}%");
        assert_eq!(Kind::Progress.words(&Value::Text("1/".into())), "–");
        assert!(Kind::Progress.typed("3").is_err());
    }
}
