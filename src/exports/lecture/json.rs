//! JSON Lines read back. Numbers keep their text, so that an amount never goes through a float.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use serde_json::value::RawValue;

use super::{Each, fault, plain};
use crate::listing::{Column, Value};

pub(super) fn read(columns: &[&'static Column], source: impl Read, each: &mut Each<'_>) -> Result<i64, String> {
    let mut source = BufReader::with_capacity(64 * 1024, source);
    let (mut rows, mut line, mut cells) = (0, String::new(), Vec::with_capacity(columns.len()));
    loop {
        line.clear();
        if source.read_line(&mut line).map_err(|error| format!("le fichier JSON Lines ne se lit pas : {error}"))? == 0 {
            return Ok(rows);
        }
        rows += 1;
        let object: BTreeMap<String, &RawValue> =
            serde_json::from_str(&line).map_err(|error| format!("la ligne {rows} n’est pas un objet JSON : {error}"))?;
        cells.clear();
        for column in columns {
            let raw = object.get(column.name).ok_or_else(|| fault(rows, column, "la colonne manque"))?.get();
            cells.push(value(column, raw).ok_or_else(|| fault(rows, column, "valeur illisible"))?);
        }
        each(&cells)?;
    }
}

fn value(column: &Column, raw: &str) -> Option<Value> {
    if raw == "null" {
        return Some(Value::Null);
    }
    if raw.starts_with('"') {
        return plain(column.kind, &serde_json::from_str::<String>(raw).ok()?);
    }
    plain(column.kind, raw)
}
