//! CSV, for French spreadsheets or after RFC 4180. Text that a spreadsheet would run as a formula is
//! neutralised by the declared kind of the column: text only, so that −12,50 stays a number.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::listing::{Column, Kind, Value};
use crate::ui::format;

/// Marks UTF-8 for French spreadsheets.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// UTF-8 with BOM, `;`, decimal comma, JJ/MM/AAAA, CRLF.
    CsvFr,
    /// UTF-8, `,`, decimal point, AAAA-MM-JJ, CRLF.
    CsvRfc4180,
}

impl Format {
    /// All of them, with their code and label.
    pub const ALL: [(Self, &'static str, &'static str); 2] =
        [(Self::CsvFr, "csv_fr", "CSV pour tableur français"), (Self::CsvRfc4180, "csv_rfc4180", "CSV RFC 4180")];

    /// The format of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == code).map(|(format, ..)| *format)
    }

    /// As stored.
    pub fn code(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// As read by people.
    pub fn label(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

/// Writes rows into memory, one piece of the file at a time.
pub struct CsvWriter {
    format: Format,
    writer: csv::Writer<Vec<u8>>,
    text: String,
}

impl CsvWriter {
    /// A writer for one piece; the first piece of a file begins with its header.
    pub fn new(format: Format, header: Option<&[&'static Column]>) -> Result<Self, csv::Error> {
        let mut bytes = Vec::with_capacity(1 << 20);
        if header.is_some() && format == Format::CsvFr {
            bytes.extend_from_slice(BOM);
        }
        let delimiter = if format == Format::CsvFr { b';' } else { b',' };
        let writer = WriterBuilder::new().delimiter(delimiter).terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).from_writer(bytes);
        let mut csv = Self { format, writer, text: String::new() };
        if let Some(columns) = header {
            csv.writer.write_record(columns.iter().map(|column| column.label))?;
        }
        Ok(csv)
    }

    /// Adds one row.
    pub fn row(&mut self, columns: &[&'static Column], cells: &[Value]) -> Result<(), csv::Error> {
        for (column, value) in columns.iter().zip(cells) {
            self.text.clear();
            write_cell(&mut self.text, self.format, column.kind, value);
            self.writer.write_field(&self.text)?;
        }
        self.writer.write_record(None::<&[u8]>)
    }

    /// The bytes of the piece.
    pub fn finish(self) -> Result<Vec<u8>, String> {
        self.writer.into_inner().map_err(|error| error.to_string())
    }
}

fn write_cell(text: &mut String, format: Format, kind: Kind, value: &Value) {
    let french = format == Format::CsvFr;
    match (kind, value) {
        (_, Value::Null) => {}
        (Kind::Money, Value::Int(cents)) => text.push_str(&format::money_plain(*cents, if french { ',' } else { '.' })),
        (_, Value::Int(number)) => text.push_str(&number.to_string()),
        (_, Value::Date(day)) if french => text.push_str(&format::date(*day)),
        (_, Value::Date(day)) => text.push_str(&day.to_string()),
        (_, Value::Instant(instant)) if french => text.push_str(&format::instant_plain(*instant)),
        (_, Value::Instant(instant)) => text.push_str(&instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
        (_, Value::Bool(yes)) if french => text.push_str(if *yes { "oui" } else { "non" }),
        (_, Value::Bool(yes)) => text.push_str(if *yes { "true" } else { "false" }),
        (Kind::Choice(options), Value::Text(code)) if french => {
            push_text(text, options.iter().find(|(known, ..)| known == code).map_or(code, |(_, label, _)| label));
        }
        (_, Value::Text(words)) => push_text(text, words),
    }
}

/// Text as it is, with an apostrophe wherever a spreadsheet would take what follows for a formula: at
/// the start, and after what another spreadsheet may read as a separator.
fn push_text(text: &mut String, words: &str) {
    let mut at_start = true;
    for c in words.chars() {
        if at_start && matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠') {
            text.push('\'');
        }
        text.push(c);
        at_start = matches!(c, ';' | ',' | '\t' | '\n' | '\r');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &'static str, kind: Kind) -> &'static Column {
        Box::leak(Box::new(Column::new(name, name, "", kind)))
    }

    fn written(format: Format, kind: Kind, value: Value) -> String {
        let columns = [column("a", kind), column("b", Kind::Int)];
        let mut writer = CsvWriter::new(format, None).expect("memory");
        writer.row(&columns, &[value, Value::Int(1)]).expect("memory");
        String::from_utf8(writer.finish().expect("memory")).expect("UTF-8")
    }

    #[test]
    fn cells_by_kind_and_format() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 31).expect("a real day");
        let cases = [
            (Kind::Money, Value::Int(-1_250), "-12,50;1\r\n", "-12.50,1\r\n"),
            (Kind::Date, Value::Date(day), "31/12/2026;1\r\n", "2026-12-31,1\r\n"),
            (Kind::Bool, Value::Bool(true), "oui;1\r\n", "true,1\r\n"),
            (Kind::Text, Value::Null, ";1\r\n", ",1\r\n"),
            (Kind::Text, Value::Text("a;b\"c".into()), "\"a;b\"\"c\";1\r\n", "\"a;b\"\"c\",1\r\n"),
            (Kind::Text, Value::Text("deux\nlignes 🐚".into()), "\"deux\nlignes 🐚\";1\r\n", "\"deux\nlignes 🐚\",1\r\n"),
            (Kind::Text, Value::Text("-12,50".into()), "'-12,50;1\r\n", "\"'-12,50\",1\r\n"),
            (Kind::Choice(&[("x", "Libellé", "")]), Value::Text("x".into()), "Libellé;1\r\n", "x,1\r\n"),
        ];
        for (kind, value, french, rfc) in cases {
            assert_eq!(written(Format::CsvFr, kind, value.clone()), french);
            assert_eq!(written(Format::CsvRfc4180, kind, value), rfc);
        }
    }

    #[test]
    fn formulas_are_neutralised() {
        for dangerous in ["=1+1", "+33", "-1", "@SUM(A1)", "\tx", "＝1"] {
            let cell = written(Format::CsvFr, Kind::Text, Value::Text(dangerous.into()));
            assert!(cell.trim_start_matches('"').starts_with('\''), "{dangerous:?} gave {cell:?}");
        }
    }

    #[test]
    fn a_formula_after_a_separator_is_neutralised_too() {
        let name = Value::Text("Zoé;=2+5".into());
        assert_eq!(written(Format::CsvRfc4180, Kind::Text, name.clone()), "Zoé;'=2+5,1\r\n");
        assert_eq!(written(Format::CsvFr, Kind::Text, name), "\"Zoé;'=2+5\";1\r\n");
        assert_eq!(written(Format::CsvFr, Kind::Text, Value::Text("Basse-Terre, rez-de-jardin".into())), "Basse-Terre, rez-de-jardin;1\r\n");
    }

    #[test]
    fn a_file_begins_with_its_header() {
        let columns = [column("Début", Kind::Date)];
        let bytes = CsvWriter::new(Format::CsvFr, Some(&columns)).expect("memory").finish().expect("memory");
        assert_eq!(bytes, "\u{feff}Début\r\n".as_bytes());
        let bytes = CsvWriter::new(Format::CsvRfc4180, Some(&columns)).expect("memory").finish().expect("memory");
        assert_eq!(bytes, "Début\r\n".as_bytes());
    }
}
