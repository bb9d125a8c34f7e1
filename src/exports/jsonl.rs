//! JSON Lines: one object a row, its keys the names of the columns, codes rather than labels. An
//! amount is a number with its two decimals, an instant is UTC.

use std::io::Write as _;

use crate::listing::{Column, Kind, Value};

/// Adds one row.
pub fn row(bytes: &mut Vec<u8>, columns: &[&'static Column], cells: &[Value]) {
    for (place, (column, value)) in columns.iter().zip(cells).enumerate() {
        bytes.push(if place == 0 { b'{' } else { b',' });
        string(bytes, column.name);
        bytes.push(b':');
        cell(bytes, column.kind, value);
    }
    bytes.extend_from_slice(b"}\n");
}

fn cell(bytes: &mut Vec<u8>, kind: Kind, value: &Value) {
    match value {
        Value::Null => bytes.extend_from_slice(b"null"),
        Value::Text(text) => string(bytes, text),
        Value::Int(number) => match kind.number() {
            Some(of) if of.scale > 0 => bytes.extend_from_slice(of.plain(*number, '.').as_bytes()),
            _ => {
                // Writing to memory cannot fail.
                let _ = write!(bytes, "{number}");
            }
        },
        Value::Date(day) => string(bytes, &day.to_string()),
        Value::Instant(instant) => string(bytes, &instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
        Value::Bool(yes) => bytes.extend_from_slice(if *yes { b"true" } else { b"false" }),
    }
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    // Writing a text to memory cannot fail.
    let _ = serde_json::to_writer(bytes, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_an_object() {
        let columns: [&'static Column; 3] = [
            Box::leak(Box::new(Column::new("nom", "Nom", "", Kind::Text))),
            Box::leak(Box::new(Column::new("montant", "Montant", "", Kind::Money))),
            Box::leak(Box::new(Column::new("vide", "Vide", "", Kind::Date))),
        ];
        let mut bytes = Vec::new();
        row(&mut bytes, &columns, &[Value::Text("=\"é\"\n🐚".into()), Value::Int(-5), Value::Null]);
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), "{\"nom\":\"=\\\"é\\\"\\n🐚\",\"montant\":-0.05,\"vide\":null}\n");
    }
}
