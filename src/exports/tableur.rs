//! What the two workbook formats share: how rows are spread over sheets and files, what the sheet of
//! the filters says, and where the totals stand.

use chrono::{DateTime, Utc};

use super::csv::heading;
use super::notes::{Notes, plain};
use crate::listing::{Column, Format, Kind, Number, Value};
use crate::ui::format;

/// Digits that a spreadsheet number keeps exactly: longer ones are written as text.
const EXACT_MAX: i64 = 999_999_999_999_999;
/// Name of the sheet that tells what was asked.
pub const FILTERS_SHEET: &str = "Filtres";
/// Longest sheet name taken from the title of a list: Excel refuses more than 31 with its number.
const SHEET_CHARS_MAX: usize = 24;

/// How far a workbook goes before the next one.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows of a sheet, header not counted.
    pub rows: i64,
    /// Sheets of rows in a file.
    pub sheets: i64,
}

impl Limits {
    /// A sheet holds 1,048,576 rows with its header. An XLSX keeps each sheet in a part of its own: three,
    /// about what a spreadsheet opens in the memory of an office machine. An ODS keeps them all in one
    /// document: one, so that it stays under the 4 GiB of a plain archive.
    pub fn of(format: Format) -> Self {
        Self { rows: 1_048_575, sheets: if format == Format::Xlsx { 3 } else { 1 } }
    }
}

/// What a workbook says of itself.
#[derive(Clone)]
pub struct Book {
    /// Number of the export.
    pub export: i64,
    /// « Séjours ».
    pub list: &'static str,
    /// Name of the file without its extension.
    pub stem: String,
    /// The filters and the sort in words.
    pub filters: String,
    /// Who asked.
    pub requester: String,
    /// When the rows were put aside.
    pub read_at: DateTime<Utc>,
    /// Rows expected.
    pub expected: i64,
    /// Rows written.
    pub written: i64,
    /// Bytes of the rows before they are dressed.
    pub bytes: i64,
    /// The columns.
    pub columns: Vec<&'static Column>,
    /// How rows are spread.
    pub limits: Limits,
    /// Sums of the rows, and the cells that were adapted.
    pub notes: Notes,
}

/// Rows of a sheet of Excel at most, and those that the header, an empty row and the sums take.
const SHEET_ROWS_MAX: i64 = 1_048_576;
const TOTAL_ROWS: i64 = 3;

/// Words of the line of the sums.
pub const TOTAL: &str = "Total du filtre";

/// A cell of the line of the sums.
pub enum Sum {
    /// Nothing.
    Empty,
    /// [`TOTAL`].
    Label,
    /// A sum, of this kind.
    Of(Kind, i128),
}

/// A sheet of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: i64,
}

impl Book {
    /// Files needed, one at least.
    pub fn files(&self) -> i64 {
        self.written.div_euclid(self.limits.rows * self.limits.sheets)
            + i64::from(self.written % (self.limits.rows * self.limits.sheets) > 0 || self.written == 0)
    }

    /// The sheets of file `number`, from 0.
    pub fn sheets(&self, number: i64) -> Vec<Sheet> {
        let (first, all) = (number * self.limits.sheets, self.sheet_count());
        let last = (first + self.limits.sheets).min(all);
        (first..last)
            .map(|place| {
                let rows = (self.written - place * self.limits.rows).min(self.limits.rows);
                let name = if all == 1 { sheet_name(self.list) } else { format!("{} {}", sheet_name(self.list), place + 1) };
                Sheet { name, rows }
            })
            .collect()
    }

    /// Sheets of rows in all the files, one at least.
    pub fn sheet_count(&self) -> i64 {
        ((self.written + self.limits.rows - 1) / self.limits.rows).max(1)
    }

    /// Name of file `number`, from 0, inside the archive of several.
    pub fn file_name(&self, number: i64, format: Format) -> String {
        format!("{}-{}-sur-{}.{}", self.stem, number + 1, self.files(), format.extension())
    }

    /// Title of the document.
    pub fn title(&self) -> String {
        format!("{} : export n° {}", self.list, self.export)
    }

    /// The sheet of the filters: label and value.
    pub fn facts(&self, number: i64) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("Liste", self.list.to_string()),
            ("Filtres et tri", self.filters.clone()),
            ("Demandé par", self.requester.clone()),
            ("Données lues le", format::instant(self.read_at)),
            ("Heure", "celle de la Guadeloupe (America/Guadeloupe)".to_string()),
            ("Lignes prévues", format::integer(self.expected)),
            ("Lignes écrites", format::integer(self.written)),
            ("Feuilles de données", self.sheets(number).iter().map(|sheet| sheet.name.clone()).collect::<Vec<_>>().join(", ")),
        ];
        if let Some(words) = totals_words(&self.columns, &self.notes) {
            facts.push((TOTAL, words));
        }
        if self.notes.adapted() > 0 {
            facts.push(("Cellules adaptées au format", self.notes.words().join("\n")));
        }
        if self.files() > 1 {
            facts.push(("Fichier", format!("{} sur {}", number + 1, self.files())));
        }
        facts
    }

    /// The line of the sums, two below the last row of the last sheet: it stands apart from the data, which keep
    /// their table. `None` when nothing adds up, or when the sheet is full: the sheet of the filters tells them all the same. The label takes the first column without a sum, or one more.
    pub fn totals(&self) -> Option<Vec<Sum>> {
        if !self.notes.has_totals() {
            return None;
        }
        if self.sheets(self.files() - 1).last().is_none_or(|sheet| sheet.rows + TOTAL_ROWS > SHEET_ROWS_MAX) {
            return None;
        }
        let sums = self.columns.iter().enumerate().map(|(place, column)| self.notes.total(place).map_or(Sum::Empty, |sum| Sum::Of(column.kind, sum)));
        let mut line: Vec<Sum> = sums.chain([Sum::Empty]).collect();
        let free = line.iter().position(|cell| matches!(cell, Sum::Empty)).unwrap_or(line.len() - 1);
        line[free] = Sum::Label;
        Some(line)
    }

    /// Whether sheet `place` of file `number` is the last of all: the one that ends with the sums.
    pub fn is_last(&self, number: i64, place: usize) -> bool {
        number * self.limits.sheets + i64::try_from(place).unwrap_or(i64::MAX) == self.sheet_count() - 1
    }

    /// Headers, each different: a table may not repeat one.
    pub fn headers(&self) -> Vec<String> {
        let mut headers: Vec<String> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let heading = heading(column);
            let same = headers.iter().any(|known| *known == heading);
            headers.push(if same { format!("{heading} ({})", column.name) } else { heading.into_owned() });
        }
        headers
    }

    /// The numbers of its columns that have a format of their own: neither whole numbers of nothing nor euros.
    pub fn numbers(&self) -> Vec<Number> {
        let mut numbers = Vec::new();
        for number in self.columns.iter().filter_map(|column| column.kind.number()) {
            if ![Number::INTEGER, Number::EUROS].contains(&number) && !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        numbers
    }

    /// Whether the markup of a sheet of `rows` rows could pass the 4 GiB of a plain archive.
    pub fn is_large(&self, rows: i64) -> bool {
        let per_row = self.bytes / self.written.max(1) + 1;
        let cells = rows * i64::try_from(self.columns.len()).unwrap_or(i64::MAX);
        rows.saturating_mul(per_row).saturating_mul(3).saturating_add(cells.saturating_mul(100)) > i64::from(u32::MAX)
    }
}

/// « Taxe : 1 234,50 € ; Nuits : 17 », `None` when nothing adds up.
pub fn totals_words(columns: &[&'static Column], notes: &Notes) -> Option<String> {
    let one = |(place, column): (usize, &&'static Column)| {
        let sum = notes.total(place)?;
        let number = match i64::try_from(sum) {
            Ok(sum) => column.kind.words(&Value::Int(sum)),
            Err(_) => plain(column.kind, sum),
        };
        Some(format!("{}\u{a0}: {number}", column.label))
    };
    let words: Vec<String> = columns.iter().enumerate().filter_map(one).collect();
    (!words.is_empty()).then(|| words.join("\u{a0}; "))
}

/// Letters, digits and spaces of a title, short enough for a sheet.
fn sheet_name(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric() || *c == ' ').take(SHEET_CHARS_MAX).collect()
}

/// Width of a column in characters: what its kind holds, and its header with the filter's arrow.
pub fn width(column: &Column) -> usize {
    let content = match column.kind {
        Kind::LongText => 50,
        Kind::Text | Kind::Email | Kind::File => 30,
        Kind::Code | Kind::Choice(_) | Kind::Telephone | Kind::Siret => 18,
        Kind::Instant => 20,
        Kind::Number(Number { scale: 0, unit: "" }) | Kind::Duration | Kind::Date | Kind::Bool => 12,
        Kind::Number(_) | Kind::Month | Kind::Progress => 14,
    };
    content.max(heading(column).chars().count() + 4)
}

/// `A`, `B`… `Z`, `AA`…
pub fn letters(place: usize) -> String {
    let mut place = place + 1;
    let mut letters = Vec::new();
    while place > 0 {
        letters.insert(0, char::from(b'A' + u8::try_from((place - 1) % 26).unwrap_or(0)));
        place = (place - 1) / 26;
    }
    letters.into_iter().collect()
}

/// Whether a spreadsheet keeps this number to the last digit.
pub fn is_exact(number: i64) -> bool {
    (-EXACT_MAX..=EXACT_MAX).contains(&number)
}

/// The text of a choice as people read it.
pub fn label(kind: Kind, code: &str) -> &str {
    match kind {
        Kind::Choice(options) => options.iter().find(|(known, ..)| *known == code).map_or(code, |(_, label, _)| label),
        _ => code,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Numbers of two and of three decimals, each with its unit.
    pub const BRIX: Number = Number::new(2, "°Brix");
    pub const TONS: Number = Number::new(3, "t \"sèches\" & 'vertes'");

    /// A book of a few columns of every kind, for the tests of both formats.
    pub fn book(written: i64, limits: Limits) -> Book {
        const CHOICE: Kind = Kind::Choice(&[("x", "Libellé", "")]);
        let first = [Kind::Text, Kind::Code, Kind::Int, Kind::Money, Kind::Date, Kind::Instant, Kind::Bool, CHOICE];
        let next = [Kind::LongText, Kind::Number(BRIX), Kind::Number(TONS), Kind::Month, Kind::Duration, Kind::Email, Kind::Telephone];
        let kinds =
            first.into_iter().chain(next).chain([Kind::Siret, Kind::File, Kind::Progress]).enumerate().map(|(place, kind)| -> &'static Column {
                let name: &'static str = Box::leak(format!("c{place}").into_boxed_str());
                Box::leak(Box::new(Column::new(name, name, "", kind)))
            });
        Book {
            export: 7,
            list: "Séjours",
            stem: "sejours-2026-11-23-7".into(),
            filters: "Commune : « L’Anse & <Bertrand> »".into(),
            requester: "Zoé".into(),
            read_at: "2026-11-23T14:00:00Z".parse().expect("an instant"),
            expected: written,
            written,
            bytes: written * 50,
            columns: kinds.collect(),
            limits,
            notes: Notes::default(),
        }
    }

    #[test]
    fn rows_are_spread_over_sheets_then_files() {
        let limits = Limits { rows: 10, sheets: 3 };
        let spread = |written: i64| {
            let book = book(written, limits);
            (0..book.files()).map(|file| book.sheets(file).iter().map(|sheet| sheet.rows).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        assert_eq!(spread(0), [[0]]);
        assert_eq!(spread(10), [[10]]);
        assert_eq!(spread(11), [[10, 1]]);
        assert_eq!(spread(30), [[10, 10, 10]]);
        assert_eq!(spread(31), [vec![10, 10, 10], vec![1]]);
        assert_eq!(book(31, limits).sheets(1)[0].name, "Séjours 4");
        assert_eq!(book(31, limits).file_name(1, Format::Xlsx), "sejours-2026-11-23-7-2-sur-2.xlsx");
        assert_eq!(book(5, limits).sheets(0)[0].name, "Séjours");
    }
}
