//! Workbooks read back: XLSX and ODS, and archives of numbered ones. A stream of markup, one row at a
//! time; the sheet of the filters is left aside.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use chrono::{NaiveDate, NaiveDateTime};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use zip::ZipArchive;

use super::{Each, code, fault, local, plain};
use crate::exports::tableur::FILTERS_SHEET;
use crate::exports::xlsx::TOTALS;
use crate::listing::kind::Shape;
use crate::listing::{Column, Format, Kind, Value};

/// A cell as the markup gives it.
#[derive(Default)]
struct Cell {
    column: usize,
    /// Type of the value: `inlineStr`, `b`, `n` (XLSX) or `string`, `currency`, `float`, `date`, `boolean` (ODS).
    kind: String,
    /// Value given by an attribute (ODS) or by `<v>` (XLSX).
    number: String,
    /// Text, its paragraphs joined.
    text: String,
    paragraphs: usize,
    /// In the style of the line of the sums.
    total: bool,
}

pub(super) fn read<R: Read + Seek + Clone>(format: Format, columns: &[&'static Column], source: R, each: &mut Each<'_>) -> Result<i64, String> {
    let broken = |error: zip::result::ZipError| format!("l’archive ne se lit pas : {error}");
    let mut archive = ZipArchive::new(source.clone()).map_err(broken)?;
    let inside = if format == Format::Xlsx { "[Content_Types].xml" } else { "mimetype" };
    if archive.index_for_name(inside).is_some() {
        return workbook(format, columns, archive, 0, each);
    }
    let mut rows = 0;
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).map_err(broken)?;
        let start = entry.data_start().ok_or("l’archive ne dit pas où commencent ses fichiers")?;
        let section = Section { inner: source.clone(), start, size: entry.size(), position: 0 };
        drop(entry);
        rows = workbook(format, columns, ZipArchive::new(section).map_err(broken)?, rows, each)?;
    }
    Ok(rows)
}

/// Reads the rows of one workbook after `before` others.
fn workbook<R: Read + Seek>(
    format: Format,
    columns: &[&'static Column],
    mut archive: ZipArchive<R>,
    before: i64,
    each: &mut Each<'_>,
) -> Result<i64, String> {
    let mut rows = Rows { format, columns, rows: before, cells: Vec::new(), each };
    // Sheets of an XLSX are parts of their own, the filters the last one; an ODS is one part.
    let mut parts = vec!["content.xml".to_string()];
    if format == Format::Xlsx {
        let sheets = (1..).take_while(|number| archive.index_for_name(&format!("xl/worksheets/sheet{number}.xml")).is_some()).count();
        parts = (1..sheets).map(|number| format!("xl/worksheets/sheet{number}.xml")).collect();
    }
    for part in parts {
        let entry = archive.by_name(&part).map_err(|error| format!("« {part} » manque au classeur : {error}"))?;
        rows.read(Reader::from_reader(BufReader::with_capacity(64 * 1024, entry)))?;
    }
    Ok(rows.rows)
}

struct Rows<'a, 'b> {
    format: Format,
    columns: &'a [&'static Column],
    rows: i64,
    cells: Vec<Value>,
    each: &'a mut Each<'b>,
}

impl Rows<'_, '_> {
    fn read<B: BufRead>(&mut self, mut reader: Reader<B>) -> Result<(), String> {
        let (mut buffer, mut found, mut cell) = (Vec::new(), Vec::<Cell>::new(), Cell::default());
        let (mut header, mut skipped, mut in_text, mut first) = (false, false, false, true);
        loop {
            buffer.clear();
            let event = reader.read_event_into(&mut buffer).map_err(|error| format!("le classeur ne se lit pas : {error}"))?;
            let empty = matches!(event, Event::Empty(_));
            match &event {
                Event::Eof => return Ok(()),
                Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                    b"table:table" => skipped = attribute(tag, b"table:name")?.is_some_and(|name| name == FILTERS_SHEET),
                    b"table:table-header-rows" => header = true,
                    b"row" | b"table:table-row" => found.clear(),
                    b"c" | b"table:table-cell" => {
                        cell = self.begin(tag, found.len())?;
                        if empty {
                            found.push(std::mem::take(&mut cell));
                        }
                    }
                    b"t" | b"v" => in_text = true,
                    b"text:p" => {
                        in_text = !empty;
                        if cell.paragraphs > 0 {
                            cell.text.push('\n');
                        }
                        cell.paragraphs += 1;
                    }
                    b"text:tab" => cell.text.push('\t'),
                    b"text:line-break" => cell.text.push('\n'),
                    b"text:s" => {
                        let count = attribute(tag, b"text:c")?.and_then(|count| count.parse().ok()).unwrap_or(1);
                        cell.text.extend(std::iter::repeat_n(' ', count));
                    }
                    _ => {}
                },
                Event::Text(text) if in_text => cell.text.push_str(&text.decode().map_err(|error| error.to_string())?),
                Event::GeneralRef(reference) if in_text => cell.text.push(resolve(reference)?),
                Event::End(tag) => match tag.name().as_ref() {
                    b"t" | b"v" | b"text:p" => in_text = false,
                    b"c" | b"table:table-cell" => found.push(std::mem::take(&mut cell)),
                    b"table:table-header-rows" => header = false,
                    b"row" | b"table:table-row" => {
                        // The first row of an XLSX sheet is its header; an ODS declares it.
                        if !skipped && !header && (self.format == Format::Ods || !first) {
                            self.row(&found)?;
                        }
                        first = false;
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn begin(&self, tag: &BytesStart<'_>, next: usize) -> Result<Cell, String> {
        if self.format == Format::Xlsx {
            let place = attribute(tag, b"r")?.map_or(Some(next), |reference| column_of(&reference)).ok_or("référence de cellule illisible")?;
            let kind = attribute(tag, b"t")?.unwrap_or_else(|| "n".into());
            let style = attribute(tag, b"s")?.and_then(|style| style.parse::<u8>().ok());
            return Ok(Cell { column: place, kind, total: style.is_some_and(|style| TOTALS.contains(&style)), ..Cell::default() });
        }
        let kind = attribute(tag, b"office:value-type")?.unwrap_or_default();
        let name: &[u8] = match kind.as_str() {
            "date" => b"office:date-value",
            "boolean" => b"office:boolean-value",
            _ => b"office:value",
        };
        let total = attribute(tag, b"table:style-name")?.is_some_and(|style| style.starts_with("total"));
        Ok(Cell { column: next, kind, number: attribute(tag, name)?.unwrap_or_default(), total, ..Cell::default() })
    }

    fn row(&mut self, found: &[Cell]) -> Result<(), String> {
        if found.iter().any(|cell| cell.total) {
            // The line of the sums, and the empty one before it: no rows of the list.
            return Ok(());
        }
        self.rows += 1;
        self.cells.clear();
        self.cells.resize(self.columns.len(), Value::Null);
        for cell in found {
            let column = self.columns.get(cell.column).ok_or_else(|| format!("la ligne {} a trop de colonnes", self.rows))?;
            self.cells[cell.column] = value(self.format, column.kind, cell).ok_or_else(|| fault(self.rows, column, "valeur illisible"))?;
        }
        (self.each)(&self.cells)
    }
}

fn value(format: Format, kind: Kind, cell: &Cell) -> Option<Value> {
    if format == Format::Xlsx {
        return match cell.kind.as_str() {
            "inlineStr" => textual(kind, &unescape(&cell.text)),
            "b" => Some(Value::Bool(cell.text == "1")),
            _ => numeric(kind, &cell.text),
        };
    }
    match (cell.kind.as_str(), kind.shape()) {
        ("", _) => Some(Value::Null),
        ("string", _) => textual(kind, &cell.text),
        ("boolean", _) => Some(Value::Bool(cell.number == "true")),
        ("date", Shape::Instant) => Some(Value::Instant(local(cell.number.parse::<NaiveDateTime>().ok()?)?)),
        _ => plain(kind, &cell.number),
    }
}

/// A text cell: also a number too long, or a day too far, for a spreadsheet.
fn textual(kind: Kind, text: &str) -> Option<Value> {
    if kind.shape() == Shape::Text { Some(Value::Text(code(kind, text))) } else { plain(kind, text) }
}

fn numeric(kind: Kind, text: &str) -> Option<Value> {
    Some(match kind.shape() {
        Shape::Day => Value::Date(day(text.parse().ok()?)?),
        Shape::Instant => {
            let (days, parts) = text.split_once('.').unwrap_or((text, ""));
            let parts: i128 = format!("{parts:0<12}").get(..12)?.parse().ok()?;
            let micros = i64::try_from((parts * 86_400_000_000 + 500_000_000_000) / 1_000_000_000_000).ok()?;
            let midnight = day(days.parse().ok()?)?.and_hms_opt(0, 0, 0)?;
            Value::Instant(local(midnight + chrono::TimeDelta::microseconds(micros))?)
        }
        Shape::Number(_) | Shape::Text | Shape::Bool => plain(kind, text)?,
    })
}

/// The day of a serial number.
fn day(serial: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(serial.checked_sub(25_569)?)
}

/// `C12` is column 2.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase);
    let number = letters.fold(0_usize, |number, letter| number.saturating_mul(26).saturating_add(usize::from(letter - b'A') + 1));
    number.checked_sub(1)
}

/// Undoes `_xHHHH_`.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find("_x") {
        let coded = rest.get(place + 2..place + 6).filter(|_| rest.as_bytes().get(place + 6) == Some(&b'_'));
        match coded.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32) {
            Some(c) => {
                plain.push_str(&rest[..place]);
                plain.push(c);
                rest = &rest[place + 7..];
            }
            None => {
                plain.push_str(&rest[..place + 2]);
                rest = &rest[place + 2..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn attribute(tag: &BytesStart<'_>, name: &[u8]) -> Result<Option<String>, String> {
    let found = tag.try_get_attribute(name).map_err(|error| error.to_string())?;
    found
        .map(|found| quick_xml::escape::unescape(&String::from_utf8_lossy(&found.value)).map(Into::into).map_err(|error| error.to_string()))
        .transpose()
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    if let Some(c) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(c);
    }
    let name = reference.decode().map_err(|error| error.to_string())?;
    quick_xml::escape::resolve_predefined_entity(&name).and_then(|text| text.chars().next()).ok_or_else(|| format!("entité inconnue : {name}"))
}

/// A file inside another, which holds it as it is.
struct Section<R> {
    inner: R,
    start: u64,
    size: u64,
    position: u64,
}

impl<R: Read + Seek> Read for Section<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(self.position)).unwrap_or(usize::MAX);
        self.inner.seek(SeekFrom::Start(self.start + self.position))?;
        let count = bytes.len().min(left);
        let count = self.inner.read(&mut bytes[..count])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl<R> Seek for Section<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(back) => self.size.checked_add_signed(back),
            SeekFrom::Current(step) => self.position.checked_add_signed(step),
        };
        self.position = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
