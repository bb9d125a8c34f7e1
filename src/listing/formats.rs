//! The files that a list can be exported to. What they are for is said here once; how their bytes
//! are written is the business of the exports.

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML workbook.
    Xlsx,
    /// OpenDocument spreadsheet.
    Ods,
    /// UTF-8 with BOM, `;`, decimal comma, JJ/MM/AAAA, CRLF; what a spreadsheet would take for a number is `="01000"`.
    CsvFr,
    /// UTF-8, `,`, decimal point, AAAA-MM-JJ, CRLF; codes raw.
    CsvRfc4180,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet, by columns.
    Parquet,
}

struct Facts {
    code: &'static str,
    label: &'static str,
    hint: &'static str,
    purpose: &'static str,
    extension: &'static str,
    content_type: (&'static str, &'static str),
}

const FACTS: [Facts; 6] = [
    Facts {
        code: "xlsx",
        label: "Tableur XLSX (recommandé)",
        hint: "codes, montants et dates tels quels",
        purpose: "Pour Excel et LibreOffice : les codes gardent leurs zéros, les montants et les dates se calculent, l’en-tête reste visible, le total est en bas, une feuille rappelle les filtres.",
        extension: "xlsx",
        content_type: ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    },
    Facts {
        code: "ods",
        label: "Tableur ODS",
        hint: "le même, format ouvert",
        purpose: "Le même classeur au format ouvert recommandé aux administrations (RGI), pour LibreOffice.",
        extension: "ods",
        content_type: ("application", "vnd.oasis.opendocument.spreadsheet"),
    },
    Facts {
        code: "csv_fr",
        label: "CSV pour tableur français",
        hint: "s’ouvre d’un double clic",
        purpose: "Un texte que lit un tableur réglé en français (point-virgule, virgule décimale, JJ/MM/AAAA). Les codes y sont protégés sous la forme =\"01000\" : cochez « Évaluer les formules » à l’ouverture dans LibreOffice, ou préférez XLSX.",
        extension: "csv",
        content_type: ("text", "csv"),
    },
    Facts {
        code: "csv_rfc4180",
        label: "CSV RFC 4180",
        hint: "pour un autre logiciel",
        purpose: "Pour un autre logiciel, pas pour un tableur : virgule, point décimal, AAAA-MM-JJ, codes bruts plutôt que libellés.",
        extension: "csv",
        content_type: ("text", "csv"),
    },
    Facts {
        code: "jsonl",
        label: "JSON Lines",
        hint: "pour un programme",
        purpose: "Pour un programme : un objet par ligne, noms de colonnes et codes stables.",
        extension: "jsonl",
        content_type: ("application", "x-ndjson"),
    },
    Facts {
        code: "parquet",
        label: "Parquet",
        hint: "pour l’analyse de données",
        purpose: "Pour l’analyse de données (DuckDB, pandas, Power BI) : colonnes typées et compressées, montants décimaux exacts.",
        extension: "parquet",
        content_type: ("application", "vnd.apache.parquet"),
    },
];

impl Format {
    /// All of them, in the order of the forms: what keeps codes whole wherever it is opened comes first.
    pub const ALL: [Self; 6] = [Self::Xlsx, Self::Ods, Self::CsvFr, Self::CsvRfc4180, Self::JsonLines, Self::Parquet];

    /// The format of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    /// As stored.
    pub fn code(self) -> &'static str {
        self.facts().code
    }

    /// As read by people.
    pub fn label(self) -> &'static str {
        self.facts().label
    }

    /// In one word, beside « Exporter ».
    pub fn short(self) -> &'static str {
        match self {
            Self::CsvFr | Self::CsvRfc4180 => "CSV",
            Self::Xlsx => "XLSX",
            Self::Ods => "ODS",
            Self::JsonLines => "JSON",
            Self::Parquet => "Parquet",
        }
    }

    /// What it is good for, in a few words.
    pub fn hint(self) -> &'static str {
        self.facts().hint
    }

    /// What it is for, in one sentence.
    pub fn purpose(self) -> &'static str {
        self.facts().purpose
    }

    /// End of the file name.
    pub fn extension(self) -> &'static str {
        self.facts().extension
    }

    /// Media type and subtype.
    pub fn content_type(self) -> (&'static str, &'static str) {
        self.facts().content_type
    }

    /// Plain text in UTF-8.
    pub fn is_text(self) -> bool {
        matches!(self, Self::CsvFr | Self::CsvRfc4180 | Self::JsonLines)
    }

    /// A workbook, with its limits of rows and of characters.
    pub fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Ods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back() {
        for format in Format::ALL {
            assert_eq!(Format::from_code(format.code()), Some(format));
            assert!(format.purpose().ends_with('.') && !format.hint().is_empty());
        }
        assert_eq!(Format::from_code("xls"), None);
    }
}
