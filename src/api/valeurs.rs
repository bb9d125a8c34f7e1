//! Rows as JSON: typed values, references with their address.

use chrono::SecondsFormat;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::catalogue::Catalogue;
use crate::listing::{Column, Kind, List, RowData, Value};

/// How the values of a closed list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choix {
    /// `{"code": …, "libelle": …}`.
    Objet,
    /// The code alone.
    Code,
}

/// What the rows of an answer are written with.
#[derive(Clone, Copy)]
pub struct Plume<'a> {
    /// Scheme and host of this site.
    pub origin: &'a str,
    /// The list.
    pub list: &'static List,
    /// Its columns that are asked for.
    pub columns: &'a [&'static Column],
    /// What else is declared: where references lead.
    pub catalogue: &'a Catalogue,
    /// How closed lists are written.
    pub choix: Choix,
    /// References are told by their key alone, and codes without their words: what the other row is called changes without this one.
    pub bare: bool,
}

/// Beginning of the addresses of the API.
pub const BASE: &str = "/api/v1";

impl Plume<'_> {
    /// The address of row `key` of the list called `list`.
    pub fn address(&self, list: &str, key: &str) -> String {
        format!("{}{BASE}/{list}/{}", self.origin, percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC))
    }

    /// See [`reference`].
    pub fn reference(&self, column: &Column) -> Option<&'static List> {
        reference(self.catalogue, self.list, column)
    }
}

/// The list to which the cells of `column` of `list` lead, when it is another one that is read here.
pub fn reference(catalogue: &Catalogue, list: &List, column: &Column) -> Option<&'static List> {
    let name = column.link.as_ref()?.prefix.strip_prefix('/')?.strip_suffix('/')?;
    catalogue.named(name).filter(|to| to.name != list.name)
}

/// A key, in the type that its list has them in.
struct Cle<'a>(&'static List, &'a str);

impl Serialize for Cle<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.is_numbered(), self.1.parse::<i64>()) {
            (true, Ok(number)) => serializer.serialize_i64(number),
            _ => serializer.serialize_str(self.1),
        }
    }
}

/// A row: its key, its address, then its columns in the order of the list.
pub struct Ligne<'a>(pub Plume<'a>, pub &'a RowData);

impl Serialize for Ligne<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(plume, row) = self;
        let mut map = serializer.serialize_map(Some(plume.columns.len() + 2))?;
        map.serialize_entry("id", &Cle(plume.list, &row.id))?;
        map.serialize_entry("url", &plume.address(plume.list.name, &row.id))?;
        for (column, (value, address)) in plume.columns.iter().zip(&row.cells) {
            map.serialize_entry(column.name, &Case { plume, column, value, address: address.as_deref() })?;
        }
        map.end()
    }
}

/// Rows, one after the other.
pub struct Lignes<'a>(pub Plume<'a>, pub &'a [RowData]);

impl Serialize for Lignes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.1.len()))?;
        for row in self.1 {
            seq.serialize_element(&Ligne(self.0, row))?;
        }
        seq.end()
    }
}

/// A cell, with where it leads.
struct Case<'a> {
    plume: &'a Plume<'a>,
    column: &'static Column,
    value: &'a Value,
    address: Option<&'a str>,
}

impl Serialize for Case<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { plume, column, value, address } = self;
        if let (Some(_), Some(code)) = (plume.list.code_of(column), address) {
            if plume.choix == Choix::Code {
                return serializer.serialize_str(code);
            }
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("code", code)?;
            if !plume.bare {
                map.serialize_entry("libelle", &Valeur(column.kind, value, plume.choix))?;
            }
            return map.end();
        }
        let Some(to) = plume.reference(column) else { return Valeur(column.kind, value, plume.choix).serialize(serializer) };
        let Some(key) = key_in(column, *address) else { return serializer.serialize_none() };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &Cle(to, key))?;
        if !plume.bare {
            map.serialize_entry("libelle", &Valeur(column.kind, value, plume.choix))?;
        }
        map.serialize_entry("url", &plume.address(to.name, key))?;
        map.end()
    }
}

/// The key at the end of the address of a cell.
pub fn key_in<'a>(column: &Column, address: Option<&'a str>) -> Option<&'a str> {
    address?.strip_prefix(column.link.as_ref()?.prefix)
}

/// A value of a kind.
pub struct Valeur<'a>(pub Kind, pub &'a Value, pub Choix);

impl Serialize for Valeur<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(kind, value, choix) = self;
        match (kind, value) {
            (_, Value::Null) => serializer.serialize_none(),
            (Kind::Choice(options), Value::Text(code)) if *choix == Choix::Objet => {
                let label = options.iter().find(|(known, ..)| known == code).map_or(code.as_str(), |(_, label, _)| label);
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("code", code)?;
                map.serialize_entry("libelle", label)?;
                map.end()
            }
            (Kind::Month, Value::Date(day)) => serializer.collect_str(&day.format("%Y-%m")),
            // A float would lie about a tenth: a number with decimals is a text.
            (_, Value::Int(mantissa)) => match kind.number() {
                Some(number) if number.scale > 0 => serializer.serialize_str(&number.plain(*mantissa, '.')),
                _ => serializer.serialize_i64(*mantissa),
            },
            (_, Value::Date(day)) => serializer.collect_str(day),
            (_, Value::Instant(instant)) => serializer.serialize_str(&instant.to_rfc3339_opts(SecondsFormat::Micros, true)),
            (_, Value::Bool(yes)) => serializer.serialize_bool(*yes),
            (_, Value::Text(text)) => serializer.serialize_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Number;

    #[test]
    fn values_are_typed() {
        let told = |kind, value: Value, choix| serde_json::to_string(&Valeur(kind, &value, choix)).expect("a value");
        let objet = Choix::Objet;
        let states: &[(&str, &str, &str)] = &[("valide", "Validé", "succes")];
        for (kind, value, written) in [
            (Kind::Int, Value::Int(12), "12"),
            (Kind::Money, Value::Int(-5), "\"-0.05\""),
            (Kind::Number(Number::new(3, "t")), Value::Int(1_234), "\"1.234\""),
            (Kind::Duration, Value::Int(65), "65"),
            (Kind::Date, Value::Date("2026-03-01".parse().expect("a day")), "\"2026-03-01\""),
            (Kind::Month, Value::Date("2026-03-01".parse().expect("a day")), "\"2026-03\""),
            (Kind::Instant, Value::Instant("2026-03-01T12:00:00Z".parse().expect("an instant")), "\"2026-03-01T12:00:00.000000Z\""),
            (Kind::Bool, Value::Bool(true), "true"),
            (Kind::Text, Value::Text("a\"\n".into()), "\"a\\\"\\n\""),
            (Kind::Text, Value::Null, "null"),
            (Kind::Choice(states), Value::Text("valide".into()), "{\"code\":\"valide\",\"libelle\":\"Validé\"}"),
            (Kind::Choice(states), Value::Text("autre".into()), "{\"code\":\"autre\",\"libelle\":\"autre\"}"),
        ] {
            assert_eq!(told(kind, value, objet), written);
        }
        assert_eq!(told(Kind::Choice(states), Value::Text("valide".into()), Choix::Code), "\"valide\"");
    }
}
