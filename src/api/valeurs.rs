//! Rows as JSON: typed values, references with their address.

use chrono::SecondsFormat;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::catalogue::Catalogue;
use crate::listing::{Column, Kind, List, Query, RowData, Value};

/// How the values of a closed list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choix {
    /// `{"code": …, "libelle": …}`.
    Objet,
    /// The code alone.
    Code,
}

/// What the rows of an answer are written with.
pub struct Plume<'a> {
    /// How closed lists are written.
    choix: Choix,
    /// References are told by their key alone, and codes without their words: what the other row is called changes without this one.
    pub bare: bool,
    /// Where its own rows are.
    own: Endroit,
    /// The columns that are asked for.
    pub colonnes: Vec<Colonne<'a>>,
}

/// A column, and what stands beside its values.
pub struct Colonne<'a> {
    /// The column.
    pub column: &'a Column,
    /// What stands beside them.
    pub beside: Beside,
}

/// What stands beside the values of a column.
pub enum Beside {
    /// Nothing.
    Rien,
    /// The code that its words stand for.
    Code,
    /// The key of a row of another list, which is there.
    Reference(Endroit),
}

/// Where the rows of a list are.
pub struct Endroit {
    numbered: bool,
    prefix: String,
}

/// Beginning of the addresses of the API.
pub const BASE: &str = "/api/v1";

impl Endroit {
    fn of(origin: &str, list: &List) -> Self {
        Self { numbered: list.is_numbered(), prefix: format!("{origin}{BASE}/{}/", list.name) }
    }

    /// Writes a key, in the type that its list has them in, and its address.
    fn write<M: SerializeMap>(&self, map: &mut M, key: &str, beside: impl FnOnce(&mut M) -> Result<(), M::Error>) -> Result<(), M::Error> {
        match (self.numbered, key.parse::<i64>()) {
            (true, Ok(number)) => {
                map.serialize_entry("id", &number)?;
                beside(map)?;
                map.serialize_entry("url", &Jointe(&self.prefix, number))
            }
            _ => {
                map.serialize_entry("id", key)?;
                beside(map)?;
                map.serialize_entry("url", &Jointe(&self.prefix, percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC)))
            }
        }
    }
}

/// Two pieces of an address, written one after the other.
struct Jointe<'a, T>(&'a str, T);

impl<T: std::fmt::Display> Serialize for Jointe<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}{}", self.0, self.1))
    }
}

impl<'a> Plume<'a> {
    /// For rows of `query`, at `origin`, the scheme and host of this site; `catalogue` knows where references lead.
    pub fn new(origin: &str, query: &'a Query, catalogue: &Catalogue, choix: Choix) -> Self {
        let beside = |column: &'static Column| match reference(catalogue, query.list, column) {
            Some(to) => Beside::Reference(Endroit::of(origin, to)),
            None if query.list.code_of(column).is_some() => Beside::Code,
            None => Beside::Rien,
        };
        let colonnes = query.columns.iter().map(|column| Colonne { column, beside: beside(column) }).collect();
        Self { choix, bare: false, own: Endroit::of(origin, query.list), colonnes }
    }

    /// The same, where what other rows are called is not told.
    #[must_use]
    pub fn bare(self) -> Self {
        Self { bare: true, ..self }
    }
}

/// The list to which the cells of `column` of `list` lead, when it is another one that is read here.
pub fn reference(catalogue: &Catalogue, list: &List, column: &Column) -> Option<&'static List> {
    let name = column.link.as_ref()?.prefix.strip_prefix('/')?.strip_suffix('/')?;
    catalogue.named(name).filter(|to| to.name != list.name)
}

/// A row: its key, its address, then its columns in the order of the list.
pub struct Ligne<'a>(pub &'a Plume<'a>, pub &'a RowData);

impl Serialize for Ligne<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(plume, row) = self;
        let mut map = serializer.serialize_map(Some(plume.colonnes.len() + 2))?;
        plume.own.write(&mut map, &row.id, |_| Ok(()))?;
        for (colonne, (value, address)) in plume.colonnes.iter().zip(&row.cells) {
            map.serialize_entry(colonne.column.name, &Case { plume, colonne, value, address: address.as_deref() })?;
        }
        map.end()
    }
}

/// Rows, one after the other.
pub struct Lignes<'a>(pub &'a Plume<'a>, pub &'a [RowData]);

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
    colonne: &'a Colonne<'a>,
    value: &'a Value,
    address: Option<&'a str>,
}

impl Serialize for Case<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { plume, colonne: Colonne { column, beside }, value, address } = self;
        let words = Valeur(column.kind, value, plume.choix);
        match (beside, address) {
            (Beside::Rien, _) | (Beside::Code, None) => words.serialize(serializer),
            (Beside::Code, Some(code)) if plume.choix == Choix::Code => serializer.serialize_str(code),
            (Beside::Code, Some(code)) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("code", code)?;
                if !plume.bare {
                    map.serialize_entry("libelle", &words)?;
                }
                map.end()
            }
            (Beside::Reference(to), _) => {
                let Some(key) = key_in(column, *address) else { return serializer.serialize_none() };
                let mut map = serializer.serialize_map(None)?;
                to.write(&mut map, key, |map| if plume.bare { Ok(()) } else { map.serialize_entry("libelle", &words) })?;
                map.end()
            }
        }
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
