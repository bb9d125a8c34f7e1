//! Cells that formats find hard, in every format, read back by our readers and by another library; and codes, read
//! by a real spreadsheet. Tests only (`#[cfg(test)]`).

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use calamine::Reader as _;

use super::aller_retour::{WIDE, made, read};
use super::notes::Notes;
use super::tableur::tests::book;
use super::tableur::{Book, Limits};
use crate::listing::{Column, Format, Kind, Value};

/// A book of one column of texts.
fn texts_book(rows: usize, limits: Limits) -> Book {
    let rows = i64::try_from(rows).expect("few rows");
    let mut book = book(rows, limits);
    book.columns = vec![Box::leak(Box::new(Column::new("texte", "Texte", "", Kind::Text)))];
    book
}

/// Every control character, what is no character, and texts longer than a cell.
fn nasty() -> Vec<String> {
    let controls = (0_u32..0x20).chain(0x7f..0xa0).chain([0xfeff, 0xfffd, 0xfffe, 0xffff, 0x2028, 0x1_f41a, 0x10_ffff]);
    let mut texts: Vec<String> = controls.map(|code| format!("a{}b", char::from_u32(code).expect("a character"))).collect();
    texts.extend(["é".repeat(32_767), "é".repeat(32_768), "🐚".repeat(20_000), "x".repeat(1_000_000)]);
    texts.extend((0_u32..0x20).map(|code| char::from_u32(code).expect("a character").to_string()));
    texts
}

/// What a format must give back of a text: the rule of the guides, written once more.
fn expected(format: Format, text: &str) -> String {
    match format {
        Format::JsonLines | Format::Parquet => text.to_string(),
        Format::Xlsx => {
            let units: Vec<u16> = text.encode_utf16().collect();
            if units.len() <= 32_767 {
                return text.to_string();
            }
            // The longest beginning that leaves room for the mark of the cut.
            let mut kept = String::new();
            for c in text.chars() {
                if kept.encode_utf16().count() + c.len_utf16() > 32_766 {
                    break;
                }
                kept.push(c);
            }
            kept + "…"
        }
        _ => text
            .chars()
            .map(|c| if (c < ' ' && !['\t', '\r', '\n'].contains(&c)) || c == '\u{fffe}' || c == '\u{ffff}' { '\u{fffd}' } else { c })
            .collect(),
    }
}

#[test]
fn every_format_holds_every_cell_or_tells_what_it_changed() {
    let texts = nasty();
    for format in Format::ALL {
        let mut book = texts_book(texts.len(), WIDE);
        let mut notes = Notes::new(&book.columns);
        let rows: Vec<Vec<Value>> = texts
            .iter()
            .map(|text| {
                let mut cells = vec![Value::Text(text.clone())];
                notes.row(format, &book.columns, &mut cells);
                cells
            })
            .collect();
        let wanted: Vec<String> = texts.iter().map(|text| expected(format, text)).collect();
        for (row, wanted) in rows.iter().zip(&wanted) {
            assert!(row[0] == Value::Text(wanted.clone()), "{format:?}: {:.40}", wanted.escape_debug().to_string());
        }
        let changed = texts.iter().zip(&wanted).filter(|(text, wanted)| text != wanted).count();
        assert_eq!(notes.adapted(), i64::try_from(changed).expect("few"), "{format:?}: each change is told");
        book.notes = notes.closed();
        let bytes = made(format, &book, &rows);
        assert!(read(format, &book, bytes.clone()).is_ok_and(|found| found == rows), "{format:?}: our reader gives them back");
        another_library(format, bytes, &wanted);
    }
}

/// The same file in a library that is not ours.
fn another_library(format: Format, bytes: Vec<u8>, wanted: &[String]) {
    let found: Vec<String> = match format {
        Format::Xlsx => {
            let mut workbook = calamine::Xlsx::new(Cursor::new(bytes)).expect("a workbook");
            let range = workbook.worksheet_range("Séjours").expect("a sheet");
            (0..wanted.len()).map(|row| range.get_value((row as u32 + 1, 0)).map(ToString::to_string).unwrap_or_default()).collect()
        }
        Format::Ods => {
            let mut document = calamine::Ods::new(Cursor::new(bytes)).expect("a document");
            let range = document.worksheet_range("Séjours").expect("a sheet");
            (0..wanted.len()).map(|row| range.get_value((row as u32 + 1, 0)).map(ToString::to_string).unwrap_or_default()).collect()
        }
        Format::JsonLines => String::from_utf8(bytes)
            .expect("UTF-8")
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("an object")["texte"].as_str().expect("a text").to_string())
            .collect(),
        // Parquet is read by its own library already; for CSV `tests/it/exports.rs` has the crate `csv`.
        _ => return,
    };
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        // That library keeps line breaks and white space of XML in its own way, and the numbers of characters as they are.
        let same = |text: &str| {
            let mut text = text.to_string();
            for code in 0_u32..0x20 {
                let c = char::from_u32(code).expect("a character");
                text = text.replace(c, "·").replace(&format!("_x{code:04X}_"), "·");
            }
            for c in ['\u{fffe}', '\u{ffff}'] {
                text = text.replace(c, "·").replace(&format!("_x{:04X}_", c as u32), "·");
            }
            text.replace("··", "·")
        };
        assert!(same(found) == same(wanted), "{format:?}: {:.40} for {:.40}", found.escape_debug().to_string(), wanted.escape_debug().to_string());
    }
}

/// Codes that spreadsheets take for numbers, dates, hours, shares, truth values or formulas.
const CODES: [&str; 36] = [
    "97125602859E8",
    "01000",
    "0690123456",
    "0012",
    "21971113200013",
    "1E5",
    "1e5",
    "12/11",
    "12-11",
    "1-2",
    "12:30",
    "+590690123456",
    "0590 12 34 56",
    "VRAI",
    "faux",
    "TRUE",
    "12,5",
    "12.5",
    "3 000",
    "3\u{a0}000",
    "3\u{202f}000",
    "50%",
    "12 €",
    "$5",
    "1/2",
    "2026-01-02",
    "31/12/2026",
    "1.2.3",
    "12 nov. 2026",
    "mars 2026",
    "-5",
    "(12)",
    ".5",
    "5.",
    "1 h",
    "00",
];

/// Opened by a real spreadsheet, in French, with and without « détecter les nombres spéciaux », no code changes: `just tableur`.
#[test]
#[ignore = "needs LibreOffice: just tableur"]
fn a_real_spreadsheet_keeps_the_codes() {
    let folder = tempfile::tempdir().expect("a folder");
    let book = texts_book(CODES.len(), WIDE);
    let rows: Vec<Vec<Value>> = CODES.iter().map(|code| vec![Value::Text((*code).into())]).collect();
    for (format, filters) in [
        (
            Format::CsvFr,
            &["59,34,76,1,,1036,false,false", "59,34,76,1,,1036,false,true", "59,34,76,1,,1036,true,false", "59,34,76,1,,1036,true,true"][..],
        ),
        (Format::Xlsx, &[""]),
        (Format::Ods, &[""]),
    ] {
        let path = folder.path().join(format!("codes.{}", format.extension()));
        std::fs::write(&path, made(format, &book, &rows)).expect("written");
        for filter in filters {
            let found = converted(folder.path(), &path, filter);
            assert_eq!(found, CODES, "{format:?} {filter}");
            println!("{format:?} {filter} : {} codes, aucun changé", found.len());
        }
    }
    // The measure measures: raw, as RFC 4180 has them, the same spreadsheet changes them.
    let path = folder.path().join("bruts.csv");
    std::fs::write(&path, made(Format::CsvRfc4180, &book, &rows)).expect("written");
    let raw = converted(folder.path(), &path, "44,34,76,1,,1036,false,false");
    let changed = raw.iter().zip(CODES).filter(|(found, code)| found.as_str() != *code).count();
    println!("CSV RFC 4180, ouvert comme un tableur le fait : {changed} codes changés sur {}", CODES.len());
    assert!(changed > 5);
}

/// The cells of the first sheet, as LibreOffice shows them once it has opened `path`.
fn converted(folder: &Path, path: &Path, filter: &str) -> Vec<String> {
    let mut command = Command::new("soffice");
    command.args(["--headless", "--norestore", &format!("-env:UserInstallation=file://{}/profil", folder.display())]);
    if !filter.is_empty() {
        command.arg(format!("--infilter=Text - txt - csv (StarCalc):{filter}"));
    }
    let output = folder.join("lu");
    // Tabulations between fields, no quotes, cells as they are shown.
    let run =
        command.args(["--convert-to", "csv:Text - txt - csv (StarCalc):9,0,76,1,,1036,false,true,false", "--outdir"]).arg(&output).arg(path).output();
    let run = run.expect("soffice runs");
    let text = std::fs::read_to_string(output.join(path.with_extension("csv").file_name().expect("a name")));
    let text = text.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&run.stderr)));
    text.trim_start_matches('\u{feff}').lines().skip(1).take(CODES.len()).map(ToString::to_string).collect()
}
