//! XLSX in one pass and constant memory: typed cells, a real table with its header row, frozen and
//! repeated when printed, a sheet for the filters. Written here rather than by a general library because
//! none gives the language of the document, amounts to the cent without going through a float, and the
//! same bytes each time, straight into the object store.

mod styles;

use std::fmt::Write as _;
use std::io::{self, BufRead, Write};

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use self::styles::{HEADER, LINES, TEXT, TOTAL_TEXT};
use super::lignes;
use super::notes::plain;
use super::tableur::{Book, FILTERS_SHEET, Sheet, Sum, TOTAL, is_exact, label, letters, width};
use super::xml::{escape, escaped, in_xml};
use crate::listing::{Format, Kind, Number, Value};
use crate::platform::archive::{Archive, Method};
use crate::platform::clock;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
pub use self::styles::TOTALS;

/// Markup kept before it goes to the archive.
const BUFFER_BYTES: usize = 64 * 1024;

/// Writes the workbook of `book`, or an archive of numbered ones, from the rows of `source`.
///
/// # Errors
/// The source or the output failed, or the rows are not those that the book announces.
pub fn write<W: Write>(book: &Book, source: &mut impl BufRead, output: W) -> io::Result<W> {
    if book.files() == 1 {
        return workbook(book, 0, source, output);
    }
    let mut archive = Archive::new(output);
    for number in 0..book.files() {
        archive.begin(&book.file_name(number, Format::Xlsx), Method::Stored, true)?;
        workbook(book, number, source, &mut archive)?;
    }
    archive.finish()
}

fn workbook<W: Write>(book: &Book, number: i64, source: &mut impl BufRead, output: W) -> io::Result<W> {
    let sheets = book.sheets(number);
    let mut archive = Archive::new(output);
    let part = |archive: &mut Archive<W>, name: &str, text: &str| {
        archive.begin(name, Method::Deflated, false)?;
        archive.write_all(HEAD.as_bytes())?;
        archive.write_all(text.as_bytes())
    };
    part(&mut archive, "[Content_Types].xml", &content_types(sheets.len() + 1))?;
    part(&mut archive, "_rels/.rels", &root_relations())?;
    part(&mut archive, "docProps/core.xml", &core(book))?;
    part(&mut archive, "docProps/app.xml", &app())?;
    part(&mut archive, "xl/workbook.xml", &contents(&sheets))?;
    part(&mut archive, "xl/_rels/workbook.xml.rels", &workbook_relations(sheets.len() + 1))?;
    part(&mut archive, "xl/styles.xml", &styles::part(&book.numbers()))?;
    let headers = book.headers();
    for (place, sheet) in sheets.iter().enumerate() {
        part(&mut archive, &format!("xl/worksheets/_rels/sheet{}.xml.rels", place + 1), &sheet_relations(place + 1))?;
        part(&mut archive, &format!("xl/tables/table{}.xml", place + 1), &table(place + 1, &headers, sheet.rows))?;
        archive.begin(&format!("xl/worksheets/sheet{}.xml", place + 1), Method::Deflated, book.is_large(sheet.rows))?;
        rows_sheet(book, sheet, &headers, source, (place == 0, book.is_last(number, place)), &mut archive)?;
    }
    let last = sheets.len() + 1;
    let facts = book.facts(number);
    let fact_headers = ["Information".to_string(), "Valeur".to_string()];
    part(&mut archive, &format!("xl/worksheets/_rels/sheet{last}.xml.rels"), &sheet_relations(last))?;
    part(&mut archive, &format!("xl/tables/table{last}.xml"), &table(last, &fact_headers, facts.len() as i64))?;
    part(&mut archive, &format!("xl/worksheets/sheet{last}.xml"), &facts_sheet(&facts, &fact_headers))?;
    archive.finish()
}

fn rows_sheet<W: Write>(
    book: &Book,
    sheet: &Sheet,
    headers: &[String],
    source: &mut impl BufRead,
    (selected, last): (bool, bool),
    archive: &mut Archive<W>,
) -> io::Result<()> {
    let widths: Vec<usize> = book.columns.iter().map(|column| width(column)).collect();
    let mut markup = String::with_capacity(BUFFER_BYTES * 2);
    markup.push_str(HEAD);
    sheet_start(&mut markup, &widths, selected);
    header_row(&mut markup, headers);
    let places: Vec<String> = (0..headers.len()).map(letters).collect();
    let numbers = book.numbers();
    let looks: Vec<u8> = book.columns.iter().map(|column| styles::of(column.kind, &numbers)).collect();
    let mut cells = Vec::new();
    let mut reference = String::new();
    for row in 0..sheet.rows {
        if !lignes::read(source, book.columns.len(), &mut cells)? {
            return Err(io::Error::other("moins de lignes que prévu dans les morceaux"));
        }
        // Writing to a String cannot fail, here and below.
        let _ = write!(markup, "<row r=\"{}\">", row + 2);
        for (((column, value), letters), look) in book.columns.iter().zip(&cells).zip(&places).zip(&looks) {
            reference.clear();
            let _ = write!(reference, "{letters}{}", row + 2);
            cell(&mut markup, &reference, (column.kind, *look), value);
        }
        markup.push_str("</row>");
        if markup.len() >= BUFFER_BYTES {
            archive.write_all(markup.as_bytes())?;
            markup.clear();
        }
    }
    if last && let Some(line) = book.totals() {
        total_row(&mut markup, sheet.rows + 3, &line, &numbers);
    }
    sheet_end(&mut markup, true);
    archive.write_all(markup.as_bytes())
}

/// The sums, exact: a number of more digits than a spreadsheet keeps is written as text.
fn total_row(markup: &mut String, row: i64, line: &[Sum], numbers: &[Number]) {
    let _ = write!(markup, "<row r=\"{row}\">");
    for (place, sum) in line.iter().enumerate() {
        let reference = format!("{}{row}", letters(place));
        match sum {
            Sum::Empty => {}
            Sum::Label => text_cell(markup, &reference, TOTAL_TEXT, TOTAL),
            Sum::Of(kind, sum) => {
                let number = plain(*kind, *sum);
                if i64::try_from(*sum).is_ok_and(is_exact) {
                    let style = styles::of_total(*kind, numbers);
                    let _ = write!(markup, "<c r=\"{reference}\" s=\"{style}\"><v>{number}</v></c>");
                } else {
                    text_cell(markup, &reference, TOTAL_TEXT, &number);
                }
            }
        }
    }
    markup.push_str("</row>");
}

fn facts_sheet(facts: &[(&str, String)], headers: &[String]) -> String {
    let mut markup = String::new();
    sheet_start(&mut markup, &[24, 80], false);
    header_row(&mut markup, headers);
    for (row, (name, value)) in facts.iter().enumerate() {
        let _ = write!(markup, "<row r=\"{}\">", row + 2);
        text_cell(&mut markup, &format!("A{}", row + 2), TEXT, name);
        text_cell(&mut markup, &format!("B{}", row + 2), LINES, value);
        markup.push_str("</row>");
    }
    sheet_end(&mut markup, false);
    markup
}

fn sheet_start(markup: &mut String, widths: &[usize], selected: bool) {
    let _ = write!(markup, "<worksheet xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr><sheetViews>");
    let chosen = if selected { " tabSelected=\"1\"" } else { "" };
    let _ = write!(
        markup,
        "<sheetView{chosen} workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>\
         <selection pane=\"bottomLeft\" activeCell=\"A2\" sqref=\"A2\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/><cols>"
    );
    for (place, width) in widths.iter().enumerate() {
        let _ = write!(markup, "<col min=\"{0}\" max=\"{0}\" width=\"{width}\" customWidth=\"1\"/>", place + 1);
    }
    markup.push_str("</cols><sheetData>");
}

fn sheet_end(markup: &mut String, landscape: bool) {
    let orientation = if landscape { "landscape" } else { "portrait" };
    let _ = write!(
        markup,
        "</sheetData><pageMargins left=\"0.5\" right=\"0.5\" top=\"0.5\" bottom=\"0.5\" header=\"0.3\" footer=\"0.3\"/>\
         <pageSetup paperSize=\"9\" orientation=\"{orientation}\" fitToHeight=\"0\"/><tableParts count=\"1\"><tablePart r:id=\"rId1\"/></tableParts></worksheet>"
    );
}

fn header_row(markup: &mut String, headers: &[String]) {
    markup.push_str("<row r=\"1\">");
    for (place, header) in headers.iter().enumerate() {
        text_cell(markup, &format!("{}1", letters(place)), HEADER, header);
    }
    markup.push_str("</row>");
}

fn cell(markup: &mut String, reference: &str, (kind, look): (Kind, u8), value: &Value) {
    let number = |markup: &mut String, style: u8, number: &str| {
        let _ = write!(markup, "<c r=\"{reference}\" s=\"{style}\"><v>{number}</v></c>");
    };
    match value {
        Value::Null => {}
        Value::Int(mantissa) => {
            let plain = kind.number().unwrap_or(Number::INTEGER).plain(*mantissa, '.');
            if is_exact(*mantissa) { number(markup, look, &plain) } else { text_cell(markup, reference, TEXT, &plain) }
        }
        Value::Date(day) => match serial(*day) {
            Some(serial) => number(markup, look, &serial.to_string()),
            None => text_cell(markup, reference, TEXT, &day.to_string()),
        },
        Value::Instant(instant) => match instant_serial(*instant) {
            Some(serial) => number(markup, look, &serial),
            None => text_cell(markup, reference, TEXT, &instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
        },
        Value::Bool(yes) => {
            let _ = write!(markup, "<c r=\"{reference}\" t=\"b\"><v>{}</v></c>", u8::from(*yes));
        }
        Value::Text(text) => text_cell(markup, reference, if text.contains('\n') { LINES } else { TEXT }, label(kind, text)),
    }
}

fn text_cell(markup: &mut String, reference: &str, style: u8, text: &str) {
    let _ = write!(markup, "<c r=\"{reference}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // What XML cannot hold, or would change, is written as _xHHHH_; that form itself too.
        if !in_xml(c) || c == '\r' || (c == '_' && is_escape(rest)) {
            let _ = write!(markup, "_x{:04X}_", c as u32);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest[c.len_utf8()..].find(|c: char| c == '_' || c == '\r' || !in_xml(c)).map_or(rest.len(), |end| end + c.len_utf8());
        escape(markup, &rest[..end]);
        rest = &rest[end..];
    }
    markup.push_str("</t></is></c>");
}

/// Whether `text` begins with `_xHHHH_`, which a reader would decode.
fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[..2] == *b"_x" && bytes[2..6].iter().all(u8::is_ascii_hexdigit) && bytes[6] == b'_'
}

/// Days since 30 December 1899, where Excel counts them right: from March 1900 to 9999.
fn serial(day: NaiveDate) -> Option<i64> {
    let serial = i64::from(day.to_epoch_days()) + 25_569;
    (serial > 60 && day.year() <= 9_999).then_some(serial)
}

/// The same with the hour of Guadeloupe, to less than a microsecond, without a float.
fn instant_serial(instant: DateTime<Utc>) -> Option<String> {
    const DAY_MICROS: i64 = 86_400_000_000;
    let local = clock::local(instant).naive_local();
    let day = serial(local.date())?;
    let micros = local.and_utc().timestamp_micros().rem_euclid(DAY_MICROS);
    let parts = (i128::from(micros) * 1_000_000_000_000 + i128::from(DAY_MICROS) / 2) / i128::from(DAY_MICROS);
    // Rounded to 10^-12 of a day, the last microsecond of a day stays below the next one.
    let text = format!("{day}.{parts:012}");
    Some(text.trim_end_matches('0').trim_end_matches('.').to_string())
}

fn content_types(sheets: usize) -> String {
    let mut text = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    );
    let base = "application/vnd.openxmlformats-officedocument";
    let mut part = |name: &str, kind: &str| {
        let _ = write!(text, "<Override PartName=\"{name}\" ContentType=\"{kind}\"/>");
    };
    part("/xl/workbook.xml", &format!("{base}.spreadsheetml.sheet.main+xml"));
    part("/xl/styles.xml", &format!("{base}.spreadsheetml.styles+xml"));
    part("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml");
    part("/docProps/app.xml", &format!("{base}.extended-properties+xml"));
    for number in 1..=sheets {
        part(&format!("/xl/worksheets/sheet{number}.xml"), &format!("{base}.spreadsheetml.worksheet+xml"));
        part(&format!("/xl/tables/table{number}.xml"), &format!("{base}.spreadsheetml.table+xml"));
    }
    text + "</Types>"
}

fn relations<'a>(targets: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut text = format!("<Relationships xmlns=\"{PACKAGE}/relationships\">");
    for (number, (kind, target)) in targets.into_iter().enumerate() {
        let _ = write!(text, "<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>", number + 1);
    }
    text + "</Relationships>"
}

fn root_relations() -> String {
    let (document, app) = (format!("{RELATIONS}/officeDocument"), format!("{RELATIONS}/extended-properties"));
    let core = format!("{PACKAGE}/relationships/metadata/core-properties");
    relations([(document.as_str(), "xl/workbook.xml".into()), (core.as_str(), "docProps/core.xml".into()), (app.as_str(), "docProps/app.xml".into())])
}

fn workbook_relations(sheets: usize) -> String {
    let (sheet, styles) = (format!("{RELATIONS}/worksheet"), format!("{RELATIONS}/styles"));
    let targets = (1..=sheets).map(|number| (sheet.as_str(), format!("worksheets/sheet{number}.xml")));
    relations(targets.chain([(styles.as_str(), "styles.xml".to_string())]))
}

fn sheet_relations(number: usize) -> String {
    relations([(format!("{RELATIONS}/table").as_str(), format!("../tables/table{number}.xml"))])
}

fn core(book: &Book) -> String {
    let moment = book.read_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    format!(
        "<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <dc:title>{}</dc:title><dc:subject>{}</dc:subject><dc:creator>{}</dc:creator><dc:language>fr-FR</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{moment}</dcterms:created><dcterms:modified xsi:type=\"dcterms:W3CDTF\">{moment}</dcterms:modified>\
         </cp:coreProperties>",
        escaped(&book.title()),
        escaped(&book.filters),
        escaped(&book.requester)
    )
}

fn app() -> String {
    "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>Gardel</Application></Properties>"
        .into()
}

fn contents(sheets: &[Sheet]) -> String {
    let mut text = format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><bookViews><workbookView activeTab=\"0\"/></bookViews><sheets>");
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).chain([FILTERS_SHEET.to_string()]).collect();
    for (place, name) in names.iter().enumerate() {
        let _ = write!(text, "<sheet name=\"{}\" sheetId=\"{1}\" r:id=\"rId{1}\"/>", escaped(name), place + 1);
    }
    // The header row is repeated at the top of each printed page.
    text.push_str("</sheets><definedNames>");
    for (place, name) in names.iter().enumerate() {
        let _ = write!(text, "<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"{place}\">'{}'!$1:$1</definedName>", escaped(name));
    }
    text + "</definedNames></workbook>"
}

fn table(number: usize, headers: &[String], rows: i64) -> String {
    // A table has one row of data at least, be it empty.
    let place = format!("A1:{}{}", letters(headers.len().saturating_sub(1)), rows.max(1) + 1);
    let mut text = format!(
        "<table xmlns=\"{MAIN}\" id=\"{number}\" name=\"Donnees{number}\" displayName=\"Donnees{number}\" ref=\"{place}\" headerRowCount=\"1\" totalsRowShown=\"0\">\
         <autoFilter ref=\"{place}\"/><tableColumns count=\"{}\">",
        headers.len()
    );
    for (place, header) in headers.iter().enumerate() {
        let _ = write!(text, "<tableColumn id=\"{}\" name=\"{}\"/>", place + 1, escaped(header));
    }
    text + "</tableColumns><tableStyleInfo showFirstColumn=\"0\" showLastColumn=\"0\" showRowStripes=\"0\" showColumnStripes=\"0\"/></table>"
}
