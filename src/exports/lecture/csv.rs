//! CSV read back: nothing between two delimiters is NULL, `""` is an empty text.

use std::io::{self, BufRead, BufReader, Read};

use chrono::{NaiveDate, NaiveDateTime};

use super::{Each, code, fault, local, plain};
use crate::exports::csv;
use crate::listing::kind::Shape;
use crate::listing::{Column, Format, Value};

/// Bytes of a field at most: a quote that never ends must not fill the memory.
const FIELD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A field: its bytes, and whether it was quoted.
#[derive(Default)]
struct Field {
    bytes: Vec<u8>,
    quoted: bool,
}

pub(super) fn read(format: Format, columns: &[&'static Column], source: impl Read, each: &mut Each<'_>) -> Result<i64, String> {
    let mut source = BufReader::with_capacity(64 * 1024, source);
    let broken = |error: io::Error| format!("le fichier CSV ne se lit pas : {error}");
    let delimiter = csv::delimiter(format) as u8;
    if format == Format::CsvFr {
        let mut mark = [0; 3];
        source.read_exact(&mut mark).map_err(broken)?;
        if mark != *csv::BOM.as_bytes() {
            return Err("le fichier ne commence pas par la marque UTF-8".into());
        }
    }
    let mut fields = Vec::new();
    let width = record(&mut source, delimiter, &mut fields).map_err(broken)?;
    if width != columns.len() {
        return Err(format!("l’en-tête a {width} colonnes au lieu de {}", columns.len()));
    }
    let (mut rows, mut cells) = (0, Vec::with_capacity(columns.len()));
    loop {
        let width = record(&mut source, delimiter, &mut fields).map_err(broken)?;
        if width == 0 {
            return Ok(rows);
        }
        rows += 1;
        if width != columns.len() {
            return Err(format!("la ligne {rows} a {width} colonnes au lieu de {}", columns.len()));
        }
        cells.clear();
        for (column, field) in columns.iter().zip(&fields) {
            cells.push(value(format, column, field).ok_or_else(|| fault(rows, column, "valeur illisible"))?);
        }
        each(&cells)?;
    }
}

fn value(format: Format, column: &Column, field: &Field) -> Option<Value> {
    if field.bytes.is_empty() && !field.quoted {
        return Some(Value::Null);
    }
    let text = std::str::from_utf8(&field.bytes).ok()?;
    let french = format == Format::CsvFr;
    if french
        && !field.quoted
        && let Some(words) = csv::written_as_text(text)
    {
        return (column.kind.shape() == Shape::Text).then(|| Value::Text(words.into()));
    }
    Some(match column.kind.shape() {
        Shape::Text if french => Value::Text(code(column.kind, &csv::restore(text))),
        Shape::Text => Value::Text(csv::restore(text)),
        Shape::Day if french => Value::Date(NaiveDate::parse_from_str(text, "%d/%m/%Y").ok()?),
        Shape::Instant if french => Value::Instant(local(NaiveDateTime::parse_from_str(text, "%d/%m/%Y %H:%M:%S").ok()?)?),
        Shape::Bool if french => Value::Bool(match text {
            "oui" => true,
            "non" => false,
            _ => return None,
        }),
        Shape::Number(_) | Shape::Day | Shape::Instant | Shape::Bool => plain(column.kind, text)?,
    })
}

/// Reads the next record into `fields`; gives how many it has, 0 at the end of the file.
fn record(source: &mut impl BufRead, delimiter: u8, fields: &mut Vec<Field>) -> io::Result<usize> {
    let (mut place, mut quoting, mut started) = (0, false, false);
    begin(fields, place);
    loop {
        let Some(byte) = next(source)? else {
            if quoting {
                return Err(io::Error::other("un guillemet n’est jamais fermé"));
            }
            return Ok(if started { place + 1 } else { 0 });
        };
        started = true;
        let field = &mut fields[place];
        match byte {
            b'"' if quoting => {
                // Doubled, it is a quote; else it ends the field.
                if source.fill_buf()?.first() == Some(&b'"') {
                    source.consume(1);
                    field.bytes.push(b'"');
                } else {
                    quoting = false;
                }
            }
            b'"' if field.bytes.is_empty() && !field.quoted => (quoting, field.quoted) = (true, true),
            b'\r' if !quoting => {}
            b'\n' if !quoting => return Ok(place + 1),
            byte if byte == delimiter && !quoting => {
                place += 1;
                begin(fields, place);
            }
            byte => {
                if field.bytes.len() >= FIELD_BYTES_MAX {
                    return Err(io::Error::other("un champ est trop long"));
                }
                field.bytes.push(byte);
            }
        }
    }
}

fn begin(fields: &mut Vec<Field>, place: usize) {
    match fields.get_mut(place) {
        Some(field) => {
            field.bytes.clear();
            field.quoted = false;
        }
        None => fields.push(Field::default()),
    }
}

fn next(source: &mut impl BufRead) -> io::Result<Option<u8>> {
    let byte = source.fill_buf()?.first().copied();
    if byte.is_some() {
        source.consume(1);
    }
    Ok(byte)
}
