//! Rows between two steps of an export, for the formats that are not a concatenation of their pieces:
//! each value with its type, as compact bytes, read back as a stream.

use std::io::{self, BufRead, Read};

use chrono::{DateTime, NaiveDate};

use crate::listing::Value;

const NULL: u8 = 0;
const TEXT: u8 = 1;
const INT: u8 = 2;
const DATE: u8 = 3;
const INSTANT: u8 = 4;
const TRUE: u8 = 5;
const FALSE: u8 = 6;

/// Longest text of a value: more means bytes that are not ours.
const TEXT_BYTES_MAX: u32 = 1 << 30;

/// Adds a row.
pub fn write(bytes: &mut Vec<u8>, cells: &[Value]) {
    for value in cells {
        match value {
            Value::Null => bytes.push(NULL),
            Value::Text(text) => {
                bytes.push(TEXT);
                // PostgreSQL holds no text of 1 GiB or more.
                bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(TEXT_BYTES_MAX).to_le_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
            Value::Int(number) => {
                bytes.push(INT);
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            Value::Date(day) => {
                bytes.push(DATE);
                bytes.extend_from_slice(&day.to_epoch_days().to_le_bytes());
            }
            Value::Instant(instant) => {
                bytes.push(INSTANT);
                bytes.extend_from_slice(&instant.timestamp_micros().to_le_bytes());
            }
            Value::Bool(true) => bytes.push(TRUE),
            Value::Bool(false) => bytes.push(FALSE),
        }
    }
}

/// Reads the next row of `width` cells; false at the end.
///
/// # Errors
/// The source failed or holds something else.
pub fn read(source: &mut impl BufRead, width: usize, cells: &mut Vec<Value>) -> io::Result<bool> {
    if source.fill_buf()?.is_empty() {
        return Ok(false);
    }
    // The texts of the row before are written over: no allocation by cell.
    cells.resize(width, Value::Null);
    for cell in cells.iter_mut() {
        read_cell(source, cell)?;
    }
    Ok(true)
}

fn read_cell(source: &mut impl BufRead, cell: &mut Value) -> io::Result<()> {
    *cell = match take::<1>(source)?[0] {
        NULL => Value::Null,
        TEXT => {
            let size = u32::from_le_bytes(take(source)?);
            if size > TEXT_BYTES_MAX {
                return Err(broken());
            }
            let mut text = match std::mem::replace(cell, Value::Null) {
                Value::Text(text) => text,
                _ => String::new(),
            };
            text.clear();
            let read = source.take(u64::from(size)).read_to_string(&mut text)?;
            if read != size as usize {
                return Err(broken());
            }
            Value::Text(text)
        }
        INT => Value::Int(i64::from_le_bytes(take(source)?)),
        DATE => Value::Date(NaiveDate::from_epoch_days(i32::from_le_bytes(take(source)?)).ok_or_else(broken)?),
        INSTANT => Value::Instant(DateTime::from_timestamp_micros(i64::from_le_bytes(take(source)?)).ok_or_else(broken)?),
        TRUE => Value::Bool(true),
        FALSE => Value::Bool(false),
        _ => return Err(broken()),
    };
    Ok(())
}

fn take<const N: usize>(source: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "morceau illisible")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let rows = [
            vec![Value::Null, Value::Text(String::new()), Value::Int(i64::MIN)],
            vec![Value::Text("é\n🐚".into()), Value::Bool(true), Value::Date(NaiveDate::from_ymd_opt(1899, 1, 1).expect("a day"))],
            vec![Value::Instant("2026-11-23T14:00:00.123456Z".parse().expect("an instant")), Value::Bool(false), Value::Null],
        ];
        let mut bytes = Vec::new();
        rows.iter().for_each(|row| write(&mut bytes, row));
        let (mut source, mut cells, mut found) = (bytes.as_slice(), Vec::new(), Vec::new());
        while read(&mut source, 3, &mut cells).expect("ours") {
            found.push(cells.clone());
        }
        assert_eq!(found, rows);
        assert!(read(&mut &bytes[..bytes.len() - 1], 9, &mut cells).is_err(), "cut short");
    }
}
