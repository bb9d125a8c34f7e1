//! Round trips: what each format writes, its reader gives back, value for value. Tests only
//! (`#[cfg(test)]`).

use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, DataType as _, Reader as _};
use chrono::{NaiveDate, SubsecRound};
use object_store::memory::InMemory;
use proptest::prelude::*;

use super::lecture::{self, Distant};
use super::tableur::tests::book;
use super::tableur::{Book, Limits};
use super::{csv, jsonl, lignes, ods, parquet, xlsx};
use crate::listing::{Format, Kind, Value};
use crate::platform::store::Files;

pub(super) fn made(format: Format, book: &Book, rows: &[Vec<Value>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let columns = &book.columns;
    match format {
        Format::CsvFr | Format::CsvRfc4180 => {
            csv::header(&mut bytes, format, columns);
            rows.iter().for_each(|row| csv::row(&mut bytes, format, columns, row, &mut String::new()));
            return bytes;
        }
        Format::JsonLines => {
            rows.iter().for_each(|row| jsonl::row(&mut bytes, columns, row));
            return bytes;
        }
        _ => rows.iter().for_each(|row| lignes::write(&mut bytes, row)),
    }
    let mut source = bytes.as_slice();
    match format {
        Format::Xlsx => xlsx::write(book, &mut source, Vec::new()),
        Format::Ods => ods::write(book, &mut source, Vec::new()),
        _ => parquet::write(book, &mut source, Vec::new()),
    }
    // The rows of a test are in memory, and so is the file.
    .expect("memory")
}

pub(super) fn read(format: Format, book: &Book, bytes: Vec<u8>) -> Result<Vec<Vec<Value>>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let source = runtime.block_on(async {
        let files = Files::from_store(Arc::new(InMemory::new()));
        files.put("f", bytes.into()).await.expect("memory");
        Distant::open(&files, "f").await.expect("memory")
    });
    let mut rows = Vec::new();
    let count = lecture::read(format, &book.columns, source, &mut |row| {
        rows.push(row.to_vec());
        Ok(())
    })?;
    assert_eq!(count, rows.len() as i64);
    Ok(rows)
}

/// What a format keeps of a value: a French CSV shows instants to the second.
fn kept(format: Format, value: &Value) -> Value {
    match value {
        Value::Instant(instant) if format == Format::CsvFr => Value::Instant(instant.trunc_subsecs(0)),
        value => value.clone(),
    }
}

fn assert_round_trip(limits: Limits, rows: &[Vec<Value>]) {
    for format in Format::ALL {
        let mut book = book(rows.len() as i64, limits);
        book.written = rows.len() as i64;
        let bytes = made(format, &book, rows);
        assert_eq!(bytes, made(format, &book, rows), "{format:?}: the same bytes each time");
        let expected: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(|value| kept(format, value)).collect()).collect();
        let found = read(format, &book, bytes).unwrap_or_else(|fault| panic!("{format:?}: {fault}"));
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{format:?}");
        }
        assert_eq!(found.len(), expected.len(), "{format:?}");
    }
}

/// A row of every kind, in the order of [`book`].
fn row(text: &str, number: i64, day: NaiveDate, micros: i64, yes: bool) -> Vec<Value> {
    vec![
        Value::Text(text.into()),
        Value::Text(text.into()),
        Value::Int(number),
        Value::Int(number),
        Value::Date(day),
        Value::Instant(chrono::DateTime::from_timestamp_micros(micros).expect("an instant")),
        Value::Bool(yes),
        Value::Text("x".into()),
        Value::Text(text.into()),
        Value::Int(number),
        Value::Int(number),
        Value::Date(day),
        Value::Int(number),
        Value::Text(text.into()),
        Value::Text(text.into()),
        Value::Text(text.into()),
        Value::Text(text.into()),
        Value::Text("1/3".into()),
    ]
}

/// Its columns.
const WIDTH: usize = 18;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day written in a test")
}

pub(super) const WIDE: Limits = Limits { rows: 1_048_575, sheets: 3 };
/// 2026-11-23 at 23:59:59.999999 in Guadeloupe.
const LATE: i64 = 1_795_492_799_999_999;

#[test]
fn difficult_values_come_back() {
    let long = "é🐚\"=;\n".repeat(4_681);
    assert!(long.encode_utf16().count() <= 32_767 && long.encode_utf16().count() > 32_000);
    let texts = [
        "",
        " ",
        "=1+1",
        "+33 590",
        "-12,50",
        "@SUM(A1)",
        "'=x",
        "''",
        "\t=x",
        "a\tb",
        "deux\nlignes",
        "fin\r\n\r\n",
        "\r",
        " a  b   ",
        "\"guillemets\"",
        "a;b,c",
        "Zoé;=2+5",
        "🐚 é ﬁ",
        "<b>&amp;</b>",
        "_x000D_",
        "_x41_",
        "_",
        "null",
        "NULL",
        "0012",
        "1e5",
        "31/12/2026",
        "VRAI",
        "97125602859E8",
        "01000",
        "0690123456",
        "+590690123456",
        "21971113200013",
        "12/11",
        "12,-5",
        "1;2",
        "=\"01000\"",
        "'=\"01000\"",
        " 0012 ",
        "12 nov. 2026",
        &"9".repeat(300),
        &long,
    ];
    let numbers = [0, -1, 1, -1_250, 99, 999_999_999_999_999, -999_999_999_999_999, 1_000_000_000_000_000, i64::MAX, i64::MIN];
    let days = ["2026-12-31", "1900-03-01", "1900-02-28", "1899-12-30", "0099-01-01", "9999-12-31", "2024-02-29"].map(day);
    let mut rows: Vec<Vec<Value>> = texts.iter().map(|text| row(text, -5, days[0], LATE, true)).collect();
    rows.extend(numbers.iter().map(|number| row("n", *number, days[0], 0, false)));
    rows.extend(days.iter().map(|day| row("j", 1, *day, LATE + 1, false)));
    rows.push(vec![Value::Null; WIDTH]);
    rows.push(row("dernière", 1, days[0], -1, true));
    assert_round_trip(WIDE, &rows);
}

#[test]
fn numbered_sheets_and_files_lose_nothing() {
    let rows: Vec<Vec<Value>> = (0..25).map(|number| row(&format!("ligne {number}"), number, day("2026-11-23"), LATE, true)).collect();
    for count in [0, 1, 3, 4, 6, 7, 12, 25] {
        assert_round_trip(Limits { rows: 3, sheets: 2 }, &rows[..count]);
    }
}

#[test]
fn a_file_cut_short_is_noticed() {
    let rows: Vec<Vec<Value>> = (0..50).map(|number| row("a", number, day("2026-11-23"), LATE, true)).collect();
    let book = book(50, WIDE);
    for format in [Format::Xlsx, Format::Ods, Format::Parquet, Format::JsonLines] {
        let bytes = made(format, &book, &rows);
        assert!(read(format, &book, bytes[..bytes.len() - 20].to_vec()).is_err(), "{format:?}");
    }
}

/// What another program reads in our workbooks.
#[test]
fn another_reader_finds_typed_cells() {
    // An hour before: that reader rounds to the second.
    let rows = [row("=1+1", -1_250, day("2026-12-31"), LATE - 3_600_000_000, true), vec![Value::Null; WIDTH]];
    let book = book(2, WIDE);
    let workbook = calamine::Xlsx::new(Cursor::new(made(Format::Xlsx, &book, &rows))).map(|mut book| {
        assert_eq!(book.sheet_names(), ["Séjours", "Filtres"]);
        book.worksheet_range("Séjours").expect("a sheet")
    });
    let document = calamine::Ods::new(Cursor::new(made(Format::Ods, &book, &rows))).map(|mut book| {
        assert_eq!(book.sheet_names(), ["Séjours", "Filtres"]);
        let facts = book.worksheet_range("Filtres").expect("a sheet");
        assert!(facts.rows().any(|row| row[1] == "Commune : « L’Anse & <Bertrand> »"));
        book.worksheet_range("Séjours").expect("a sheet")
    });
    for sheet in [workbook.expect("a workbook"), document.expect("a document")] {
        let header: Vec<String> = sheet.rows().next().expect("a header").iter().map(ToString::to_string).collect();
        assert_eq!(header[..8], ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]);
        assert_eq!(header[8..11], ["c8", "c9 (°Brix)", "c10 (t \"sèches\" & 'vertes')"], "what a number counts is said by its header");
        let cells = sheet.rows().nth(1).expect("a row");
        assert_eq!(cells[0], Data::String("=1+1".into()), "no apostrophe: the cell is typed");
        assert_eq!((cells[2].as_i64(), cells[3].to_string().as_str()), (Some(-1250), "-12.5"));
        assert_eq!((cells[9].to_string().as_str(), cells[10].to_string().as_str()), ("-12.5", "-1.25"), "a mantissa with its decimals");
        assert_eq!((cells[11].as_date(), cells[12].as_i64()), (Some(day("2026-12-31")), Some(-1250)), "a month is its day, a duration its minutes");
        assert_eq!(cells[4].as_date(), Some(day("2026-12-31")));
        assert_eq!(cells[5].as_datetime().map(|moment| moment.date()), Some(day("2026-11-23")), "Guadeloupe's day");
        assert_eq!((&cells[6], cells[7].to_string().as_str()), (&Data::Bool(true), "Libellé"));
    }
}

#[test]
fn workbooks_are_accessible() {
    let book = book(1, WIDE);
    let rows = [row("a", 1, day("2026-12-31"), LATE, true)];
    let part = |bytes: Vec<u8>, name: &str| {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        std::io::read_to_string(archive.by_name(name).expect("a part")).expect("UTF-8")
    };
    let xlsx = made(Format::Xlsx, &book, &rows);
    let core = part(xlsx.clone(), "docProps/core.xml");
    for told in
        ["<dc:title>Séjours : export n° 7</dc:title>", "<dc:language>fr-FR</dc:language>", "<dc:creator>Zoé</dc:creator>", "2026-11-23T14:00:00Z"]
    {
        assert!(core.contains(told), "{told}");
    }
    let sheet = part(xlsx.clone(), "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<tablePart r:id=\"rId1\"/>") && !sheet.contains("mergeCell"));
    assert!(part(xlsx.clone(), "xl/tables/table1.xml").contains("headerRowCount=\"1\""));
    assert!(part(xlsx, "xl/workbook.xml").contains("'Séjours'!$1:$1"), "the header is printed on each page");
    let ods = made(Format::Ods, &book, &rows);
    let meta = part(ods.clone(), "meta.xml");
    assert!(meta.contains("<dc:language>fr-FR</dc:language>") && meta.contains("<dc:title>Séjours : export n° 7</dc:title>"));
    let content = part(ods.clone(), "content.xml");
    assert!(content.contains("<table:table-header-rows>") && content.contains("office:currency=\"EUR\" office:value=\"0.01\""));
    assert!(part(ods, "settings.xml").contains("VerticalSplitPosition"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_row_comes_back(
        texts in prop::collection::vec("[ -~àé=+@'\"\t\r\n;,_x0-9🐚<&]{0,20}", 1..6),
        number in any::<i64>(),
        epoch in -25_000i32..60_000,
        micros in -2_000_000_000_000_000i64..4_000_000_000_000_000,
    ) {
        let day = NaiveDate::from_epoch_days(epoch).expect("a day");
        let rows: Vec<Vec<Value>> = texts.iter().map(|text| row(text, number, day, micros, true)).collect();
        assert_round_trip(Limits { rows: 2, sheets: 2 }, &rows);
    }
}

/// A choice whose code is unknown stays as it is.
#[test]
fn unknown_codes_stay() {
    let mut one = row("a", 1, day("2026-12-31"), 0, true);
    one[7] = Value::Text("inconnu".into());
    assert!(matches!(book(1, WIDE).columns[7].kind, Kind::Choice(_)));
    assert_round_trip(WIDE, &[one]);
}
