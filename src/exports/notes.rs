//! What the rows of a file leave to tell: cells that its format could not hold as they were, and sums. Noted by
//! piece, with the checkpoint, so that a worker that takes over tells the same.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::xml::in_xml;
use crate::listing::{Column, Format, Kind, Value};
use crate::ui::format;

/// Characters of a cell of Excel at most, counted as UTF-16 units.
const CELL_CHARS_MAX: usize = 32_767;
/// Stands for a character that a format cannot hold.
const REPLACEMENT: char = '\u{fffd}';
/// Ends a text that was cut.
const CUT: char = '…';
/// Adapted cells named in the manifest; the others are only counted.
const NAMED_MAX: usize = 20;
/// Characters of the cell of a row that names it.
const MARK_CHARS_MAX: usize = 40;

/// A cell that was adapted to its format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapted {
    /// Its row in the file, from 1, header not counted.
    pub ligne: i64,
    /// Code of that row, or its first cell.
    pub repere: String,
    /// Header of its column.
    pub colonne: String,
    /// What was done, in words.
    pub fait: String,
}

/// What the rows of a piece, then of a file, leave to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Sum of each summed column, by place: a mantissa. As text: longer than a number of JSON is exact.
    sommes: Vec<Option<String>>,
    /// The first adapted cells.
    adaptees: Vec<Adapted>,
    /// How many there are.
    nombre: i64,
    /// Rows seen.
    lignes: i64,
    /// The moment that the replica had replayed from which they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replica: Option<DateTime<Utc>>,
    /// The sums while the rows go by.
    #[serde(skip)]
    sums: Vec<i128>,
}

impl Notes {
    /// Nothing yet, for these columns.
    pub fn new(columns: &[&'static Column]) -> Self {
        let sommes = columns.iter().map(|column| column.summed.then(|| "0".to_string())).collect();
        Self { sommes, sums: vec![0; columns.len()], ..Self::default() }
    }

    /// Adapts the cells of the next row to `format` where they must be, and adds them up.
    pub fn row(&mut self, format: Format, columns: &[&'static Column], cells: &mut [Value]) {
        self.lignes += 1;
        // People know a row by its code; a list without one, by its first cell.
        let marked = columns.iter().position(|column| column.kind == Kind::Code).unwrap_or(0);
        for (place, column) in columns.iter().enumerate() {
            match &mut cells[place] {
                Value::Int(number) if column.summed => self.sums[place] += i128::from(*number),
                Value::Text(text) => {
                    if let Some(done) = adapt(format, text) {
                        let mark = mark(&cells[marked]);
                        self.note(column, mark, done);
                    }
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, column: &Column, repere: String, done: String) {
        self.nombre += 1;
        if self.adaptees.len() >= NAMED_MAX {
            return;
        }
        self.adaptees.push(Adapted { ligne: self.lignes, repere, colonne: column.label.into(), fait: done });
    }

    /// The same once the last row has gone by.
    #[must_use]
    pub fn closed(mut self) -> Self {
        for (kept, sum) in self.sommes.iter_mut().zip(&self.sums) {
            *kept = kept.is_some().then(|| sum.to_string());
        }
        self
    }

    /// What a piece of `rows` rows tells that was made by a version without notes: nothing, not even its sums.
    pub fn unknown(rows: i64) -> Self {
        Self { lignes: rows, ..Self::default() }
    }

    /// What pieces tell together, each by its notes and its rows.
    pub fn of_pieces<'a>(columns: &[&'static Column], pieces: impl Iterator<Item = (Option<&'a serde_json::Value>, i64)>) -> Self {
        let mut all = Self::new(columns);
        for (notes, rows) in pieces {
            let notes = notes.and_then(|notes| serde_json::from_value(notes.clone()).ok());
            all.add(&notes.unwrap_or_else(|| Self::unknown(rows)));
        }
        all
    }

    /// Notes that rows came from a replica that had replayed up to `moment`.
    pub fn read_from_a_replica(&mut self, moment: Option<DateTime<Utc>>) {
        self.replica = [self.replica, moment].into_iter().flatten().min();
    }

    /// The oldest moment that the replicas had replayed from which rows were read.
    pub fn replica(&self) -> Option<DateTime<Utc>> {
        self.replica
    }

    /// Adds what the next piece tells.
    pub fn add(&mut self, next: &Self) {
        let sum = |one: &str, other: &str| Some((one.parse::<i128>().ok()? + other.parse::<i128>().ok()?).to_string());
        for (place, kept) in self.sommes.iter_mut().enumerate() {
            let other = next.sommes.get(place).and_then(Option::as_deref);
            *kept = kept.as_deref().zip(other).and_then(|(one, other)| sum(one, other));
        }
        let room = NAMED_MAX - self.adaptees.len().min(NAMED_MAX);
        let moved = next.adaptees.iter().take(room).map(|cell| Adapted { ligne: cell.ligne + self.lignes, ..cell.clone() });
        self.adaptees.extend(moved);
        self.read_from_a_replica(next.replica);
        self.nombre += next.nombre;
        self.lignes += next.lignes;
    }

    /// The sum of the column at `place`.
    pub fn total(&self, place: usize) -> Option<i128> {
        self.sommes.get(place)?.as_deref()?.parse().ok()
    }

    /// Whether some column has a sum.
    pub fn has_totals(&self) -> bool {
        self.sommes.iter().any(Option::is_some)
    }

    /// How many cells were adapted.
    pub fn adapted(&self) -> i64 {
        self.nombre
    }

    /// The first adapted cells, in words: « ligne 12 (97113 000123 AB), colonne « Nom » : … ».
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.adaptees.iter().map(Adapted::words).collect();
        let more = self.nombre - i64::try_from(words.len()).unwrap_or(i64::MAX);
        if more > 0 {
            words.push(format!("et {} autres", format::integer(more)));
        }
        words
    }

    /// The first adapted cells, for the manifest.
    pub fn cells(&self) -> &[Adapted] {
        &self.adaptees
    }
}

/// A cell, short, as people know its row by.
fn mark(first: &Value) -> String {
    match first {
        Value::Text(text) => text.chars().filter(|c| !c.is_control()).take(MARK_CHARS_MAX).collect(),
        Value::Int(number) => number.to_string(),
        Value::Date(day) => format::date(*day),
        _ => String::new(),
    }
}

impl Adapted {
    /// « ligne 12 (97113 000123 AB), colonne « Nom » : caractère U+0001 remplacé par � ».
    pub fn words(&self) -> String {
        let mark = if self.repere.is_empty() { String::new() } else { format!(" ({})", self.repere) };
        format!("ligne\u{a0}{}{mark}, colonne «\u{a0}{}\u{a0}»\u{a0}: {}", format::integer(self.ligne), self.colonne, self.fait)
    }
}

/// A sum as a number of the kind of its column: « 1234.56 », « 17 ».
pub fn plain(kind: Kind, sum: i128) -> String {
    let scale = usize::from(kind.number().map_or(0, |number| number.scale));
    let figures = format!("{:0width$}", sum.unsigned_abs(), width = scale + 1);
    let (whole, decimals) = figures.split_at(figures.len() - scale);
    let mark = if scale == 0 { "" } else { "." };
    format!("{}{whole}{mark}{decimals}", if sum < 0 { "-" } else { "" })
}

/// Makes `text` one that a cell of `format` holds; says what was done, if anything was. Nothing of this stops
/// an export: one odd cell must not keep a person from the others.
fn adapt(format: Format, text: &mut String) -> Option<String> {
    match format {
        Format::Xlsx if text.len() > CELL_CHARS_MAX => cut(text),
        Format::Ods | Format::CsvFr | Format::CsvRfc4180 => replace(text),
        // XLSX writes such a character by its number, JSON and Parquet as it is.
        Format::Xlsx | Format::JsonLines | Format::Parquet => None,
    }
}

fn replace(text: &mut String) -> Option<String> {
    let first = text.chars().find(|c| !in_xml(*c))?;
    let count = text.chars().filter(|c| !in_xml(*c)).count();
    *text = text.chars().map(|c| if in_xml(c) { c } else { REPLACEMENT }).collect();
    Some(match count {
        1 => format!("caractère U+{:04X} remplacé par {REPLACEMENT}", first as u32),
        _ => format!("{count} caractères (le premier\u{a0}: U+{:04X}) remplacés par {REPLACEMENT}", first as u32),
    })
}

fn cut(text: &mut String) -> Option<String> {
    let size = text.encode_utf16().count();
    if size <= CELL_CHARS_MAX {
        return None;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units >= CELL_CHARS_MAX
    });
    text.truncate(end.map_or(text.len(), |(place, _)| place));
    text.push(CUT);
    let count = |count: usize| format::integer(i64::try_from(count).unwrap_or(i64::MAX));
    Some(format!("texte de {} caractères coupé à {}, le plus qu’une cellule XLSX contienne", count(size), count(CELL_CHARS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_excel_stops() {
        for (text, kept) in
            [("é".repeat(32_767), 32_767), ("é".repeat(32_768), 32_767), ("🐚".repeat(16_384), 32_767), ("a".repeat(1_000_000), 32_767)]
        {
            let (mut cell, long) = (text.clone(), text.encode_utf16().count() > CELL_CHARS_MAX);
            assert_eq!(adapt(Format::Xlsx, &mut cell).is_some(), long);
            assert!(cell.encode_utf16().count() <= kept && cell.encode_utf16().count() >= kept - 1);
            assert!(text.starts_with(cell.trim_end_matches(CUT)));
        }
    }

    #[test]
    fn pieces_add_up_in_cents_and_name_their_rows() {
        let columns: [&'static Column; 2] = [
            Box::leak(Box::new(Column::new("a", "Référence", "", Kind::Code))),
            Box::leak(Box::new(Column::new("b", "Taxe", "", Kind::Money).summed())),
        ];
        let piece = |rows: &[(&str, Option<i64>)]| {
            let mut notes = Notes::new(&columns);
            for (text, cents) in rows {
                let mut cells = [Value::Text((*text).into()), cents.map_or(Value::Null, Value::Int)];
                notes.row(Format::Ods, &columns, &mut cells);
            }
            notes.closed()
        };
        let mut all = Notes::new(&columns);
        all.add(&piece(&[("x", Some(10)), ("y\u{1}", Some(20)), ("z", None)]));
        all.add(&piece(&[("t", Some(i64::MAX)), ("u\u{b}\u{c}", Some(i64::MAX))]));
        assert_eq!(all.total(1), Some(2 * i128::from(i64::MAX) + 30));
        assert_eq!((all.total(0), all.adapted()), (None, 2));
        assert_eq!(plain(Kind::Money, all.total(1).expect("a sum")), "184467440737095516.44");
        assert_eq!(plain(Kind::Money, -5), "-0.05");
        assert_eq!((plain(Kind::Int, -5), plain(Kind::Duration, 0)), ("-5".to_string(), "0".to_string()));
        assert_eq!(all.cells().iter().map(|cell| cell.ligne).collect::<Vec<_>>(), [2, 5]);
        let mut partly = all.clone();
        partly.add(&Notes::unknown(3));
        assert_eq!(partly.total(1), None, "a sum without all its rows is none");
        assert!(all.words()[1].contains("2 caractères (le premier\u{a0}: U+000B)"), "{:?}", all.words());
    }
}
