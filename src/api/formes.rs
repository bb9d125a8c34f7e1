//! The forms of a page of rows, and what is noted of one that speaks of people.

use serde_json::json;

use super::probleme::{FORME, Probleme, Result};
use super::valeurs::{Beside, Colonne, Ligne, Plume, key_in};
use crate::context::Context;
use crate::exports::csv_fields;
use crate::jetons::Appelant;
use crate::journal::{self, Action};
use crate::listing::{Column, List, Page, Value};

/// The form of a page of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forme {
    /// One object: rows, addresses, count.
    Json,
    /// One object a line.
    Ndjson,
    /// RFC 4180, its header the names of the fields.
    Csv,
}

impl Forme {
    /// Each with its type, in the order of preference.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Json, "application/json"), (Self::Ndjson, "application/x-ndjson"), (Self::Csv, "text/csv")];

    /// The form that `accept` prefers.
    pub fn of(accept: Option<&str>) -> Result<Self> {
        let Some(accept) = accept else { return Ok(Self::Json) };
        let quality = |range: &str| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let q = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q="))).map_or(Some(1.0_f32), |q| q.parse().ok());
            q.filter(|q| *q > 0.0).map(|q| (kind, q))
        };
        let ranges: Vec<(String, f32)> = accept.split(',').filter_map(quality).collect();
        let fits = |range: &str, kind: &str| {
            range == kind || range == "*/*" || range.strip_suffix("/*").is_some_and(|family| kind.split('/').next() == Some(family))
        };
        let rank = |kind: &str| ranges.iter().filter(|(range, _)| fits(range, kind)).map(|(_, q)| *q).fold(0.0_f32, f32::max);
        let best = Self::ALL.iter().map(|(form, kind)| (*form, rank(kind))).fold(None, |best: Option<(Self, f32)>, one| match best {
            Some((_, q)) if q >= one.1 => best,
            _ if one.1 > 0.0 => Some(one),
            _ => best,
        });
        best.map(|(form, _)| form).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|(_, kind)| *kind).collect();
            Probleme::about(FORME, "Accept", "forme", format!("Cette liste se lit en {}. Demandez l’une de ces formes.", known.join(", ")))
        })
    }

    /// Its type.
    pub fn content_type(self) -> &'static str {
        Self::ALL.iter().find(|(form, _)| *form == self).map_or("application/json", |(_, kind)| kind)
    }
}

/// Rows, one object a line.
pub fn ndjson(body: &mut Vec<u8>, plume: &Plume<'_>, page: &Page) -> serde_json::Result<()> {
    for row in &page.rows {
        serde_json::to_writer(&mut *body, &Ligne(plume, row))?;
        body.push(b'\n');
    }
    Ok(())
}

/// What the field before that of a column is called: the key of where it leads, or its code.
const fn suffix(beside: &Beside) -> Option<&'static str> {
    match beside {
        Beside::Reference(_) => Some("id"),
        Beside::Code => Some("code"),
        Beside::Rien => None,
    }
}

/// Rows as RFC 4180: the key, then each field, before it its own key when it leads to another list, or its code.
pub fn csv(body: &mut Vec<u8>, plume: &Plume<'_>, page: &Page) {
    let mut header = vec![("id".to_string(), true)];
    for Colonne { column, beside } in &plume.colonnes {
        if let Some(suffix) = suffix(beside) {
            header.push((format!("{}_{suffix}", column.name), true));
            if plume.bare {
                continue;
            }
        }
        header.push((column.name.to_string(), true));
    }
    csv_fields(body, &header);
    for row in &page.rows {
        let mut fields = vec![(row.id.clone(), true)];
        for (Colonne { column, beside }, (value, address)) in plume.colonnes.iter().zip(&row.cells) {
            let key = match beside {
                Beside::Rien => None,
                Beside::Code => Some(address.as_deref()),
                Beside::Reference(_) => Some(key_in(column, address.as_deref())),
            };
            if let Some(key) = key {
                fields.push((key.unwrap_or_default().to_string(), key.is_some()));
                if plume.bare {
                    continue;
                }
            }
            fields.push((column.kind.machine(value), *value != Value::Null));
        }
        csv_fields(body, &fields);
    }
}

/// A reading of what speaks of people leaves one line, whatever its rows.
pub async fn note(context: &Context, appelant: &Appelant, list: &'static List, columns: &[&'static Column], rows: usize) -> Result<()> {
    let people: Vec<&str> = columns.iter().filter(|column| column.personal).map(|column| column.label).collect();
    if people.is_empty() || rows == 0 {
        return Ok(());
    }
    let detail = json!({"liste": list.name, "lignes": rows, "colonnes": people.join(", "), "jeton": appelant.jeton.nom});
    let mut connection = context.db.statement().acquire().await?;
    journal::note(&mut connection, &appelant.personne.actor, Action::Read, "appel", list.name, &detail).await?;
    Ok(())
}
