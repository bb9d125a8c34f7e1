//! CSV, for French spreadsheets or after RFC 4180. Text that a spreadsheet would run as a formula is
//! neutralised by the declared kind of the column: text only, so that −12,50 stays a number. What is
//! written comes back the same: see `lecture::csv`.

use std::borrow::Cow;

use crate::listing::{Column, Format, Kind, Value};
use crate::ui::format;

/// Marks UTF-8 for French spreadsheets.
pub const BOM: &str = "\u{feff}";

/// The character between two fields.
pub fn delimiter(format: Format) -> char {
    if format == Format::CsvFr { ';' } else { ',' }
}

/// Adds the header of a file.
pub fn header(bytes: &mut Vec<u8>, format: Format, columns: &[&'static Column]) {
    if format == Format::CsvFr {
        bytes.extend_from_slice(BOM.as_bytes());
    }
    for (place, column) in columns.iter().enumerate() {
        separate(bytes, format, place);
        field(bytes, format, &heading(column), false);
    }
    bytes.extend_from_slice(b"\r\n");
}

/// Adds one row of RFC 4180 made of texts, each with whether there is one.
pub fn fields(bytes: &mut Vec<u8>, texts: &[(String, bool)]) {
    for (place, (text, present)) in texts.iter().enumerate() {
        separate(bytes, Format::CsvRfc4180, place);
        field(bytes, Format::CsvRfc4180, text, *present);
    }
    bytes.extend_from_slice(b"\r\n");
}

/// The header of a column: its label, and what its numbers count.
pub fn heading(column: &Column) -> Cow<'static, str> {
    match column.kind.unit() {
        "" => column.label.into(),
        unit => format!("{} ({unit})", column.label).into(),
    }
}

/// Adds one row. `text` is working space.
pub fn row(bytes: &mut Vec<u8>, format: Format, columns: &[&'static Column], cells: &[Value], text: &mut String) {
    for (place, (column, value)) in columns.iter().zip(cells).enumerate() {
        separate(bytes, format, place);
        text.clear();
        write_cell(text, format, column.kind, value);
        if format == Format::CsvFr && is_written_as_text(text) {
            bytes.extend_from_slice(text.as_bytes());
            continue;
        }
        // NULL is nothing, an empty text is "", as PostgreSQL tells them apart; an empty line would be no row.
        field(bytes, format, text, *value != Value::Null || columns.len() == 1);
    }
    bytes.extend_from_slice(b"\r\n");
}

fn separate(bytes: &mut Vec<u8>, format: Format, place: usize) {
    if place > 0 {
        // Both delimiters are ASCII.
        bytes.push(delimiter(format) as u8);
    }
}

fn field(bytes: &mut Vec<u8>, format: Format, text: &str, present: bool) {
    let delimiter = delimiter(format) as u8;
    let quoted = (text.is_empty() && present) || text.bytes().any(|byte| byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n'));
    if !quoted {
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    bytes.push(b'"');
    for (place, part) in text.split('"').enumerate() {
        if place > 0 {
            bytes.extend_from_slice(b"\"\"");
        }
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.push(b'"');
}

fn write_cell(text: &mut String, format: Format, kind: Kind, value: &Value) {
    use std::fmt::Write as _;
    let french = format == Format::CsvFr;
    match value {
        Value::Null => {}
        Value::Int(number) => match kind.number() {
            Some(of) if of.scale > 0 => text.push_str(&of.plain(*number, if french { ',' } else { '.' })),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(text, "{number}");
            }
        },
        Value::Date(day) if french => text.push_str(&format::date(*day)),
        Value::Date(day) => text.push_str(&day.to_string()),
        Value::Instant(instant) if french => text.push_str(&format::instant_plain(*instant)),
        Value::Instant(instant) => text.push_str(&instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
        Value::Bool(yes) if french => text.push_str(if *yes { "oui" } else { "non" }),
        Value::Bool(yes) => text.push_str(if *yes { "true" } else { "false" }),
        Value::Text(code) => match kind {
            Kind::Choice(options) if french => {
                neutralise(text, options.iter().find(|(known, ..)| known == code).map_or(code, |(_, label, _)| label));
            }
            _ if french && looks_typed(code) && is_whole(code) => {
                text.push_str(TEXT_START);
                text.push_str(code);
                text.push_str(TEXT_END);
            }
            _ => neutralise(text, code),
        },
    }
}

/// Around a text that a spreadsheet would take for a number or a date: `="01000"` is the text 01000, in LibreOffice
/// (measured: `just tableur`) as in Excel. No quote stands in such a text.
const TEXT_START: &str = "=\"";
const TEXT_END: &str = "\"";
/// Characters of a text between quotes in a formula of Excel at most.
const LITERAL_CHARS_MAX: usize = 255;

/// Whether a field is a text between `="` and `"`. No other begins so: a formula has an apostrophe before it.
fn is_written_as_text(field: &str) -> bool {
    field.len() > TEXT_START.len() && field.starts_with(TEXT_START) && field.ends_with(TEXT_END)
}

/// `words` as a spreadsheet reads them back: no code becomes a number, nothing becomes a formula.
pub fn protected(words: &str) -> String {
    if looks_typed(words) && is_whole(words) {
        return format!("{TEXT_START}{words}{TEXT_END}");
    }
    let mut text = String::new();
    neutralise(&mut text, words);
    text
}

/// The text of a field written `="…"`.
pub fn written_as_text(field: &str) -> Option<&str> {
    field.strip_prefix(TEXT_START)?.strip_suffix(TEXT_END)
}

/// Whether a spreadsheet may read `words` as a number, an amount, a share, a date, an hour or a truth value, and so
/// change a code: `01000`, `97125602859E8`, `12/11`, `VRAI`.
fn looks_typed(words: &str) -> bool {
    let word = |word: &str| {
        let word = word.to_lowercase();
        TYPED_WORDS.contains(&word.as_str()) || (word.chars().count() >= 3 && CALENDAR.split(' ').any(|name| name.starts_with(&word)))
    };
    if ["vrai", "faux", "true", "false"].contains(&words.trim().to_lowercase().as_str()) {
        return true;
    }
    let mut digit = false;
    // Runs of letters are words; everything else must be a digit or what numbers and dates are written with.
    let rest = words.split(|c: char| c.is_alphabetic()).flat_map(str::chars).all(|c| {
        digit |= c.is_ascii_digit();
        c.is_ascii_digit() || c.is_whitespace() || ".,+-/:%€$£'’()".contains(c)
    });
    rest && digit && words.split(|c: char| !c.is_alphabetic()).filter(|run| !run.is_empty()).all(word)
}

/// Words that stand in numbers and hours: the exponent, half a day, a currency.
const TYPED_WORDS: [&str; 9] = ["e", "d", "h", "a", "p", "am", "pm", "eur", "f"];
/// Months and days that spreadsheets know, in French and English; from three letters on, a beginning is enough.
const CALENDAR: &str = "janvier février fevrier mars avril mai juin juillet août aout septembre octobre novembre décembre decembre \
    january february march april may june july august september october november december \
    lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday";

/// Whether `words` may stand between `="` and `"`: no quote nor line break, not too long, and nothing that
/// another separator would make a formula of.
fn is_whole(words: &str) -> bool {
    let mut safe = String::new();
    neutralise(&mut safe, words);
    let plain = safe == words || safe.strip_prefix('\'') == Some(words);
    plain && words.chars().count() <= LITERAL_CHARS_MAX && !words.contains(['"', ';', '\t', '\r', '\n'])
}

/// What a spreadsheet takes for the start of a formula, tabs and line ends included at the very start of a cell.
fn is_formula(c: char, first: bool) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') || (first && matches!(c, '\t' | '\r' | '\n' | '\0'))
}

/// Where another spreadsheet may begin a cell.
fn is_separator(c: char) -> bool {
    matches!(c, ';' | ',' | '\t' | '\n' | '\r')
}

/// What some spreadsheets skip before a formula: spaces of every kind, and signs without a width.
fn is_skipped(c: char) -> bool {
    (c.is_whitespace() && !matches!(c, '\t' | '\r' | '\n')) || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Whether `rest`, at the start of a cell, begins with apostrophes (maybe none), what is skipped, and a formula.
fn begins_formula(rest: &str, first: bool) -> bool {
    rest.trim_start_matches('\'').trim_start_matches(is_skipped).chars().next().is_some_and(|c| is_formula(c, first))
}

/// Adds text with an apostrophe wherever a spreadsheet would take what follows for a formula: at the
/// start, and after what another spreadsheet may read as a separator. Apostrophes already there get
/// one more, so that [`restore`] gives back exactly what was written.
pub fn neutralise(text: &mut String, words: &str) {
    let mut at_start = true;
    for (place, c) in words.char_indices() {
        if at_start && begins_formula(&words[place..], place == 0) {
            text.push('\'');
        }
        text.push(c);
        at_start = is_separator(c);
    }
}

/// Undoes [`neutralise`].
pub fn restore(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut at_start = true;
    for (place, c) in words.char_indices() {
        let added = at_start && c == '\'' && begins_formula(&words[place..], place == 0);
        if !added {
            text.push(c);
        }
        at_start = is_separator(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Number;
    use proptest::prelude::*;

    fn column(name: &'static str, kind: Kind) -> &'static Column {
        Box::leak(Box::new(Column::new(name, name, "", kind)))
    }

    fn written(format: Format, kind: Kind, value: Value) -> String {
        let columns = [column("a", kind), column("b", Kind::Int)];
        let mut bytes = Vec::new();
        row(&mut bytes, format, &columns, &[value, Value::Int(1)], &mut String::new());
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn cells_by_kind_and_format() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 31).expect("a real day");
        let cases = [
            (Kind::Money, Value::Int(-1_250), "-12,50;1\r\n", "-12.50,1\r\n"),
            (Kind::Number(Number::new(3, "t")), Value::Int(-1_250), "-1,250;1\r\n", "-1.250,1\r\n"),
            (Kind::Duration, Value::Int(65), "65;1\r\n", "65,1\r\n"),
            (Kind::Month, Value::Date(day), "31/12/2026;1\r\n", "2026-12-31,1\r\n"),
            (Kind::Siret, Value::Text("13002526500013".into()), "=\"13002526500013\";1\r\n", "13002526500013,1\r\n"),
            (Kind::Telephone, Value::Text("06 90 12 34 56".into()), "=\"06 90 12 34 56\";1\r\n", "06 90 12 34 56,1\r\n"),
            (Kind::LongText, Value::Text("a\r\nb\n".into()), "\"a\r\nb\n\";1\r\n", "\"a\r\nb\n\",1\r\n"),
            (Kind::Date, Value::Date(day), "31/12/2026;1\r\n", "2026-12-31,1\r\n"),
            (Kind::Bool, Value::Bool(true), "oui;1\r\n", "true,1\r\n"),
            (Kind::Text, Value::Null, ";1\r\n", ",1\r\n"),
            (Kind::Text, Value::Text(String::new()), "\"\";1\r\n", "\"\",1\r\n"),
            (Kind::Text, Value::Text("a;b\"c".into()), "\"a;b\"\"c\";1\r\n", "\"a;b\"\"c\",1\r\n"),
            (Kind::Text, Value::Text("deux\nlignes 🐚".into()), "\"deux\nlignes 🐚\";1\r\n", "\"deux\nlignes 🐚\",1\r\n"),
            (Kind::Text, Value::Text("-12,50".into()), "=\"-12,50\";1\r\n", "\"'-12,50\",1\r\n"),
            (Kind::Choice(&[("x", "Libellé", "")]), Value::Text("x".into()), "Libellé;1\r\n", "x,1\r\n"),
        ];
        for (kind, value, french, rfc) in cases {
            assert_eq!(written(Format::CsvFr, kind, value.clone()), french);
            assert_eq!(written(Format::CsvRfc4180, kind, value), rfc);
        }
    }

    #[test]
    fn formulas_are_neutralised() {
        for dangerous in ["=1+1", "+33", "-1", "@SUM(A1)", "\tx", "＝1", "-1+cmd", "+A1"] {
            let cell = written(Format::CsvRfc4180, Kind::Text, Value::Text(dangerous.into()));
            assert!(cell.trim_start_matches('"').starts_with('\''), "{dangerous:?} gave {cell:?}");
            // A number is a text between quotes there: nothing is computed.
            let cell = written(Format::CsvFr, Kind::Text, Value::Text(dangerous.into()));
            let quoted = cell == format!("=\"{dangerous}\";1\r\n") && !dangerous.contains(['=', '"', '@']);
            assert!(quoted || cell.trim_start_matches('"').starts_with('\''), "{dangerous:?} gave {cell:?}");
        }
    }

    #[test]
    fn a_formula_after_a_separator_is_neutralised_too() {
        let name = Value::Text("Zoé;=2+5".into());
        assert_eq!(written(Format::CsvRfc4180, Kind::Text, name.clone()), "Zoé;'=2+5,1\r\n");
        assert_eq!(written(Format::CsvFr, Kind::Text, name), "\"Zoé;'=2+5\";1\r\n");
        assert_eq!(written(Format::CsvFr, Kind::Text, Value::Text("Basse-Terre, rez-de-jardin".into())), "Basse-Terre, rez-de-jardin;1\r\n");
        assert_eq!(written(Format::CsvFr, Kind::Text, Value::Text("a\r\n\r\nb".into())), "\"a\r\n\r\nb\";1\r\n", "line breaks stay as they are");
    }

    #[test]
    fn a_file_begins_with_its_header() {
        let columns = [column("Début", Kind::Date)];
        let mut bytes = Vec::new();
        header(&mut bytes, Format::CsvFr, &columns);
        assert_eq!(bytes, "\u{feff}Début\r\n".as_bytes());
        bytes.clear();
        header(&mut bytes, Format::CsvRfc4180, &columns);
        assert_eq!(bytes, "Début\r\n".as_bytes());
    }

    proptest! {
        #[test]
        fn neutralised_text_comes_back(text in "[='+@;,\t\r\nab-]{0,12}") {
            let mut safe = String::new();
            neutralise(&mut safe, &text);
            prop_assert!(!safe.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            prop_assert_eq!(restore(&safe), text);
        }
    }
}
