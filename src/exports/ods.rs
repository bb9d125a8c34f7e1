//! ODS (OpenDocument 1.3) in one pass and constant memory: the same workbook as the XLSX, in the open
//! format. The document is one stream of markup inside an archive whose first entry is its type.

use std::fmt::Write as _;
use std::io::{self, BufRead, Write};

use super::lignes;
use super::notes::plain;
use super::tableur::{Book, FILTERS_SHEET, Sheet, Sum, TOTAL, is_exact, label, letters, width};
use super::xml::{escape, escaped};
use crate::listing::{Format, Kind, Number, Value};
use crate::platform::archive::{Archive, Method};
use crate::platform::clock;
use crate::ui::format;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
const NAMES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
    xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" xmlns:number=\"urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0\" \
    xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\" xmlns:config=\"urn:oasis:names:tc:opendocument:xmlns:config:1.0\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:ooo=\"http://openoffice.org/2004/office\" office:version=\"1.3\"";
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
        archive.begin(&book.file_name(number, Format::Ods), Method::Stored, true)?;
        workbook(book, number, source, &mut archive)?;
    }
    archive.finish()
}

fn workbook<W: Write>(book: &Book, number: i64, source: &mut impl BufRead, output: W) -> io::Result<W> {
    let sheets = book.sheets(number);
    let mut archive = Archive::new(output);
    archive.whole("mimetype", TYPE.as_bytes())?;
    let part = |archive: &mut Archive<W>, name: &str, text: &str| {
        archive.begin(name, Method::Deflated, false)?;
        archive.write_all(HEAD.as_bytes())?;
        archive.write_all(text.as_bytes())
    };
    part(&mut archive, "META-INF/manifest.xml", &manifest())?;
    part(&mut archive, "meta.xml", &meta(book))?;
    part(&mut archive, "settings.xml", &settings(&sheets))?;
    part(&mut archive, "styles.xml", &styles())?;
    let rows: i64 = sheets.iter().map(|sheet| sheet.rows).sum();
    archive.begin("content.xml", Method::Deflated, book.is_large(rows))?;
    content(book, number, &sheets, source, &mut archive)?;
    archive.finish()
}

fn content<W: Write>(book: &Book, number: i64, sheets: &[Sheet], source: &mut impl BufRead, archive: &mut Archive<W>) -> io::Result<()> {
    let headers = book.headers();
    let mut markup = String::with_capacity(BUFFER_BYTES * 2);
    markup.push_str(HEAD);
    // Writing to a String cannot fail, here and below.
    let _ = write!(markup, "<office:document-content {NAMES}>{}<office:body><office:spreadsheet>", automatic_styles(book));
    let mut cells = Vec::new();
    let numbers = book.numbers();
    for (place, sheet) in sheets.iter().enumerate() {
        let _ = write!(markup, "<table:table table:name=\"{}\" table:style-name=\"feuille\">", escaped(&sheet.name));
        for place in 0..headers.len() {
            let _ = write!(markup, "<table:table-column table:style-name=\"c{place}\"/>");
        }
        header_row(&mut markup, &headers);
        for _ in 0..sheet.rows {
            if !lignes::read(source, book.columns.len(), &mut cells)? {
                return Err(io::Error::other("moins de lignes que prévu dans les morceaux"));
            }
            markup.push_str("<table:table-row>");
            for (column, value) in book.columns.iter().zip(&cells) {
                cell(&mut markup, column.kind, &numbers, value);
            }
            markup.push_str("</table:table-row>");
            if markup.len() >= BUFFER_BYTES {
                archive.write_all(markup.as_bytes())?;
                markup.clear();
            }
        }
        if book.is_last(number, place)
            && let Some(line) = book.totals()
        {
            total_row(&mut markup, &line, &numbers);
        }
        markup.push_str("</table:table>");
    }
    let facts = book.facts(number);
    let _ = write!(
        markup,
        "<table:table table:name=\"{FILTERS_SHEET}\" table:style-name=\"feuille\"><table:table-column table:style-name=\"f0\"/><table:table-column table:style-name=\"f1\"/>"
    );
    header_row(&mut markup, &["Information".to_string(), "Valeur".to_string()]);
    for (name, value) in &facts {
        markup.push_str("<table:table-row>");
        text_cell(&mut markup, name);
        text_cell(&mut markup, value);
        markup.push_str("</table:table-row>");
    }
    markup.push_str("</table:table><table:database-ranges>");
    for (place, sheet) in sheets.iter().enumerate() {
        let _ = write!(
            markup,
            "<table:database-range table:name=\"Donnees{}\" table:target-range-address=\"'{name}'.A1:'{name}'.{}{}\" table:display-filter-buttons=\"true\" \
             table:contains-header=\"true\"/>",
            place + 1,
            letters(headers.len().saturating_sub(1)),
            sheet.rows + 1,
            name = escaped(&sheet.name)
        );
    }
    markup.push_str("</table:database-ranges></office:spreadsheet></office:body></office:document-content>");
    archive.write_all(markup.as_bytes())
}

/// The sums, after an empty row: exact, as text when a spreadsheet would not keep all their digits.
fn total_row(markup: &mut String, line: &[Sum], numbers: &[Number]) {
    let text = |markup: &mut String, text: &str| {
        let _ = write!(
            markup,
            "<table:table-cell table:style-name=\"total\" office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
            escaped(text)
        );
    };
    markup.push_str("<table:table-row><table:table-cell table:style-name=\"total\"/></table:table-row><table:table-row>");
    for sum in line {
        match sum {
            Sum::Empty => markup.push_str("<table:table-cell/>"),
            Sum::Label => text(markup, TOTAL),
            Sum::Of(kind, sum) => match i64::try_from(*sum) {
                Ok(mantissa) if is_exact(mantissa) => number_cell(markup, "total-", (*kind, numbers), mantissa),
                _ => text(markup, &plain(*kind, *sum)),
            },
        }
    }
    markup.push_str("</table:table-row>");
}

/// The row of headers, declared as such and repeated when printed.
fn header_row(markup: &mut String, headers: &[String]) {
    markup.push_str("<table:table-header-rows><table:table-row>");
    for header in headers {
        let _ = write!(
            markup,
            "<table:table-cell table:style-name=\"entete\" office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
            escaped(header)
        );
    }
    markup.push_str("</table:table-row></table:table-header-rows>");
}

fn cell(markup: &mut String, kind: Kind, numbers: &[Number], value: &Value) {
    match value {
        Value::Null => markup.push_str("<table:table-cell/>"),
        Value::Int(mantissa) if is_exact(*mantissa) => number_cell(markup, "", (kind, numbers), *mantissa),
        Value::Int(mantissa) => text_cell(markup, &kind.number().unwrap_or(Number::INTEGER).plain(*mantissa, '.')),
        Value::Date(day) => {
            let style = if kind == Kind::Month { "mois" } else { "jour" };
            typed(markup, style, &format!("office:value-type=\"date\" office:date-value=\"{day}\""), &kind.words(value));
        }
        Value::Instant(instant) => {
            let local = clock::local(*instant).naive_local().format("%Y-%m-%dT%H:%M:%S%.6f");
            typed(markup, "instant", &format!("office:value-type=\"date\" office:date-value=\"{local}\""), &format::instant_plain(*instant));
        }
        Value::Bool(yes) => {
            let shown = if *yes { "VRAI" } else { "FAUX" };
            typed(markup, "logique", &format!("office:value-type=\"boolean\" office:boolean-value=\"{yes}\""), shown);
        }
        Value::Text(text) => text_cell(markup, label(kind, text)),
    }
}

/// A number, in the style of its kind: of a cell, or of a sum.
fn number_cell(markup: &mut String, prefix: &str, (kind, numbers): (Kind, &[Number]), mantissa: i64) {
    let number = kind.number().unwrap_or(Number::INTEGER);
    let (exact, shown) = (number.plain(mantissa, '.'), number.plain(mantissa, ','));
    let unit = if number.unit.is_empty() { String::new() } else { format!(" {}", escaped(number.unit)) };
    let style = match numbers.iter().position(|known| *known == number) {
        Some(place) => format!("{prefix}nombre{place}"),
        None if number == Number::EUROS => format!("{prefix}montant"),
        None => format!("{prefix}entier"),
    };
    let value = match number {
        Number::EUROS => format!("office:value-type=\"currency\" office:currency=\"EUR\" office:value=\"{exact}\""),
        _ => format!("office:value-type=\"float\" office:value=\"{exact}\""),
    };
    typed(markup, &style, &value, &format!("{shown}{unit}"));
}

fn typed(markup: &mut String, style: &str, value: &str, shown: &str) {
    let _ = write!(markup, "<table:table-cell table:style-name=\"{style}\" {value}><text:p>{shown}</text:p></table:table-cell>");
}

/// Text: a paragraph for each line; spaces that XML would fold are counted, tabulations named.
fn text_cell(markup: &mut String, text: &str) {
    markup.push_str("<table:table-cell office:value-type=\"string\"><text:p>");
    let (mut at_start, mut spaces) = (true, 0_usize);
    for c in text.chars() {
        if c == ' ' {
            spaces += 1;
            continue;
        }
        push_spaces(markup, &mut spaces, at_start);
        at_start = c == '\n';
        match c {
            '\n' => markup.push_str("</text:p><text:p>"),
            '\t' => markup.push_str("<text:tab/>"),
            '\r' => markup.push_str("&#13;"),
            '&' | '<' | '>' | '"' => escape(markup, c.encode_utf8(&mut [0; 4])),
            c => markup.push(c),
        }
    }
    if spaces > 0 {
        // Spaces at the end of a paragraph would be dropped.
        let _ = write!(markup, "<text:s text:c=\"{spaces}\"/>");
    }
    markup.push_str("</text:p></table:table-cell>");
}

fn push_spaces(markup: &mut String, spaces: &mut usize, at_start: bool) {
    match (*spaces, at_start) {
        (0, _) => {}
        (1, false) => markup.push(' '),
        (count, _) => {
            let _ = write!(markup, "<text:s text:c=\"{count}\"/>");
        }
    }
    *spaces = 0;
}

fn manifest() -> String {
    let mut text = format!(
        "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" manifest:version=\"1.3\">\
         <manifest:file-entry manifest:full-path=\"/\" manifest:version=\"1.3\" manifest:media-type=\"{TYPE}\"/>"
    );
    for part in ["content.xml", "styles.xml", "meta.xml", "settings.xml"] {
        let _ = write!(text, "<manifest:file-entry manifest:full-path=\"{part}\" manifest:media-type=\"text/xml\"/>");
    }
    text + "</manifest:manifest>"
}

fn meta(book: &Book) -> String {
    let moment = book.read_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let (title, filters, author) = (escaped(&book.title()), escaped(&book.filters), escaped(&book.requester));
    format!(
        "<office:document-meta {NAMES}><office:meta><meta:generator>Gardel</meta:generator><dc:title>{title}</dc:title><dc:subject>{filters}</dc:subject>\
         <meta:initial-creator>{author}</meta:initial-creator><dc:creator>{author}</dc:creator><meta:creation-date>{moment}</meta:creation-date>\
         <dc:date>{moment}</dc:date><dc:language>fr-FR</dc:language></office:meta></office:document-meta>"
    )
}

/// The header row of each sheet stays in sight.
fn settings(sheets: &[Sheet]) -> String {
    let mut text = format!(
        "<office:document-settings {NAMES}><office:settings><config:config-item-set config:name=\"ooo:view-settings\">\
         <config:config-item-map-indexed config:name=\"Views\"><config:config-item-map-entry><config:config-item config:name=\"ViewId\" config:type=\"string\">view1</config:config-item>\
         <config:config-item-map-named config:name=\"Tables\">"
    );
    for name in sheets.iter().map(|sheet| sheet.name.as_str()).chain([FILTERS_SHEET]) {
        let _ = write!(text, "<config:config-item-map-entry config:name=\"{}\">", escaped(name));
        for (item, kind, value) in
            [("VerticalSplitMode", "short", 2), ("VerticalSplitPosition", "int", 1), ("ActiveSplitRange", "short", 2), ("PositionBottom", "int", 1)]
        {
            let _ = write!(text, "<config:config-item config:name=\"{item}\" config:type=\"{kind}\">{value}</config:config-item>");
        }
        text.push_str("</config:config-item-map-entry>");
    }
    text + "</config:config-item-map-named></config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set></office:settings></office:document-settings>"
}

fn styles() -> String {
    format!(
        "<office:document-styles {NAMES}><office:styles><style:default-style style:family=\"table-cell\"><style:text-properties fo:language=\"fr\" fo:country=\"FR\"/>\
         </style:default-style></office:styles></office:document-styles>"
    )
}

fn automatic_styles(book: &Book) -> String {
    let mut text = String::from("<office:automatic-styles>");
    let widths = book.columns.iter().enumerate().map(|(place, column)| (format!("c{place}"), width(column)));
    for (name, width) in widths.chain([("f0".to_string(), 24), ("f1".to_string(), 80)]) {
        // Two tenths of a centimetre by character, written without a float.
        let _ = write!(
            text,
            "<style:style style:name=\"{name}\" style:family=\"table-column\"><style:table-column-properties style:column-width=\"{}.{}cm\"/></style:style>",
            width / 5,
            width % 5 * 2
        );
    }
    text.push_str(
        "<style:style style:name=\"feuille\" style:family=\"table\"><style:table-properties table:display=\"true\"/></style:style>\
         <number:currency-style style:name=\"n1\" number:language=\"fr\" number:country=\"FR\"><number:number number:decimal-places=\"2\" number:min-decimal-places=\"2\" \
         number:min-integer-digits=\"1\" number:grouping=\"true\"/><number:text> </number:text><number:currency-symbol number:language=\"fr\" number:country=\"FR\">€</number:currency-symbol></number:currency-style>\
         <number:number-style style:name=\"n2\"><number:number number:decimal-places=\"0\" number:min-integer-digits=\"1\"/></number:number-style>\
         <number:date-style style:name=\"n3\"><number:day number:style=\"long\"/><number:text>/</number:text><number:month number:style=\"long\"/><number:text>/</number:text><number:year number:style=\"long\"/></number:date-style>\
         <number:date-style style:name=\"n4\"><number:day number:style=\"long\"/><number:text>/</number:text><number:month number:style=\"long\"/><number:text>/</number:text><number:year number:style=\"long\"/>\
         <number:text> </number:text><number:hours number:style=\"long\"/><number:text>:</number:text><number:minutes number:style=\"long\"/><number:text>:</number:text><number:seconds number:style=\"long\"/></number:date-style>\
         <number:date-style style:name=\"n6\"><number:month number:style=\"long\" number:textual=\"true\"/><number:text> </number:text><number:year number:style=\"long\"/></number:date-style>\
         <number:boolean-style style:name=\"n5\"><number:boolean/></number:boolean-style>\
         <style:style style:name=\"entete\" style:family=\"table-cell\"><style:text-properties fo:font-weight=\"bold\"/></style:style>",
    );
    let numbers = book.numbers();
    for (place, number) in numbers.iter().enumerate() {
        let unit = if number.unit.is_empty() { String::new() } else { format!("<number:text> {}</number:text>", escaped(number.unit)) };
        let _ = write!(
            text,
            "<number:number-style style:name=\"nn{place}\"><number:number number:decimal-places=\"{0}\" number:min-decimal-places=\"{0}\" \
             number:min-integer-digits=\"1\" number:grouping=\"true\"/>{unit}</number:number-style>",
            number.scale
        );
    }
    let own: Vec<(String, String)> = (0..numbers.len()).map(|place| (format!("nombre{place}"), format!("nn{place}"))).collect();
    let own = || own.iter().map(|(name, number)| (name.as_str(), number.as_str()));
    for (name, number) in
        [("montant", "n1"), ("entier", "n2"), ("jour", "n3"), ("mois", "n6"), ("instant", "n4"), ("logique", "n5")].into_iter().chain(own())
    {
        let _ = write!(text, "<style:style style:name=\"{name}\" style:family=\"table-cell\" style:data-style-name=\"{number}\"/>");
    }
    text.push_str("<style:style style:name=\"total\" style:family=\"table-cell\"><style:text-properties fo:font-weight=\"bold\"/></style:style>");
    for (name, number) in [("montant", "n1"), ("entier", "n2")].into_iter().chain(own()) {
        let _ = write!(
            text,
            "<style:style style:name=\"total-{name}\" style:family=\"table-cell\" style:data-style-name=\"{number}\"><style:text-properties fo:font-weight=\"bold\"/></style:style>"
        );
    }
    text + "</office:automatic-styles>"
}
