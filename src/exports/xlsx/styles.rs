//! The styles of a workbook, and which one each kind has.

use std::fmt::Write as _;

use super::MAIN;
use crate::exports::xml::escaped;
use crate::listing::{Kind, Number};

/// Places of the styles in the part that holds them.
pub const HEADER: u8 = 1;
const MONEY: u8 = 2;
const DATE: u8 = 3;
const INSTANT: u8 = 4;
const INTEGER: u8 = 5;
pub const TEXT: u8 = 6;
pub const LINES: u8 = 7;
/// Styles of the line of the sums.
pub const TOTAL_TEXT: u8 = 8;
const TOTAL_MONEY: u8 = 9;
const TOTAL_INTEGER: u8 = 10;
const MONTH: u8 = 11;
/// The first of those of other numbers, two for each: its cells, its sum.
const NUMBERS: u8 = 12;
/// What a reader knows the line of the sums by: its label at least has one of these.
pub const TOTALS: [u8; 3] = [TOTAL_TEXT, TOTAL_MONEY, TOTAL_INTEGER];
/// First number format that is not built in.
const FORMATS: u16 = 164;

/// The style of the cells of a kind that are no text.
pub fn of(kind: Kind, numbers: &[Number]) -> u8 {
    match kind {
        Kind::Number(Number::EUROS) => MONEY,
        Kind::Number(Number::INTEGER) | Kind::Duration => INTEGER,
        Kind::Number(number) => own(number, numbers).unwrap_or(INTEGER),
        Kind::Date => DATE,
        Kind::Month => MONTH,
        Kind::Instant => INSTANT,
        Kind::Text
        | Kind::LongText
        | Kind::Code
        | Kind::Bool
        | Kind::Choice(_)
        | Kind::Progress
        | Kind::Email
        | Kind::Telephone
        | Kind::Siret
        | Kind::File => TEXT,
    }
}

/// That of a sum.
pub fn of_total(kind: Kind, numbers: &[Number]) -> u8 {
    match kind.number() {
        Some(Number::EUROS) => TOTAL_MONEY,
        Some(number) => own(number, numbers).map_or(TOTAL_INTEGER, |style| style + 1),
        None => TOTAL_INTEGER,
    }
}

/// The style of a number that is in `numbers`.
fn own(number: Number, numbers: &[Number]) -> Option<u8> {
    let place = numbers.iter().position(|known| *known == number)?;
    // A list has some tens of columns at most.
    u8::try_from(place).ok().map(|place| NUMBERS + 2 * place)
}

/// How a number is written: its decimals, then its unit, sign by sign so that none has a meaning.
fn code(number: Number) -> String {
    let decimals = if number.scale == 0 { String::new() } else { format!(".{}", "0".repeat(number.scale.into())) };
    let unit: String = number.unit.chars().flat_map(|sign| ['\\', sign]).collect();
    format!("#,##0{decimals}{}{unit}", if unit.is_empty() { "" } else { "\\ " })
}

/// The part of the styles of a workbook that has these numbers.
pub fn part(numbers: &[Number]) -> String {
    let xf = |format: u16, more: &str| {
        format!("<xf numFmtId=\"{format}\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"{more}")
    };
    let bold = |format: u16| {
        format!("<xf numFmtId=\"{format}\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/>")
    };
    let wrap = " applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf>";
    let mut codes = vec!["#,##0.00\\ \"€\"".to_string(), "dd/mm/yyyy".into(), "dd/mm/yyyy\\ hh:mm:ss".into(), "[$-40C]mmmm\\ yyyy".into()];
    let mut cells = vec![
        "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>".to_string(),
        bold(49),
        xf(FORMATS, "/>"),
        xf(FORMATS + 1, "/>"),
        xf(FORMATS + 2, "/>"),
        xf(1, "/>"),
        xf(49, "/>"),
        xf(49, wrap),
        bold(49),
        bold(FORMATS),
        bold(1),
        xf(FORMATS + 3, "/>"),
    ];
    for (number, format) in numbers.iter().zip(FORMATS + 4..) {
        codes.push(code(*number));
        cells.extend([xf(format, "/>"), bold(format)]);
    }
    let mut text = format!("<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"{}\">", codes.len());
    for (code, format) in codes.iter().zip(FORMATS..) {
        // Writing to a String cannot fail.
        let _ = write!(text, "<numFmt numFmtId=\"{format}\" formatCode=\"{}\"/>", escaped(code));
    }
    text + "</numFmts><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font></fonts>\
        <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
        <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
        <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>"
        + &format!("<cellXfs count=\"{}\">{}</cellXfs>", cells.len(), cells.concat())
        + "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_with_its_decimals_and_its_unit() {
        assert_eq!(code(Number::new(2, "")), "#,##0.00");
        assert_eq!(code(Number::new(1, "%")), "#,##0.0\\ \\%", "a percentage is not multiplied");
        assert_eq!(code(Number::new(0, "t\"")), "#,##0\\ \\t\\\"");
        let numbers = [Number::new(2, "°Brix"), Number::new(3, "t")];
        assert_eq!((of(Kind::Number(numbers[1]), &numbers), of_total(Kind::Number(numbers[1]), &numbers)), (14, 15));
        assert_eq!((of(Kind::Money, &numbers), of_total(Kind::Duration, &numbers)), (MONEY, TOTAL_INTEGER));
        let part = part(&numbers);
        assert_eq!(part.matches("<xf ").count(), 17, "one of the base, sixteen of cells");
        assert!(part.contains("cellXfs count=\"16\"") && part.contains("numFmtId=\"169\" formatCode=\"#,##0.000\\ \\t\""), "{part}");
    }
}
