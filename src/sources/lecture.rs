//! What is said of a file and of its rows: plain data, kept as JSON by whoever needs it later.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::encodage::Encodage;

/// What a file is, by its bytes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Lines of cells: CSV of any separator.
    Texte,
    /// A workbook of Excel.
    Xlsx,
    /// A workbook of LibreOffice.
    Ods,
    /// Elements.
    Xml,
    /// An array of objects, alone or as a field of one object.
    Json,
    /// One object a line.
    JsonLignes,
    /// Columns of typed values: what tools of analysis exchange.
    Parquet,
    /// One or several files.
    Zip,
}

impl Nature {
    /// In words.
    pub fn libelle(self) -> &'static str {
        match self {
            Self::Texte => "Texte (CSV)",
            Self::Xlsx => "Classeur XLSX",
            Self::Ods => "Classeur ODS",
            Self::Xml => "XML",
            Self::Json => "JSON",
            Self::JsonLignes => "JSON par lignes",
            Self::Parquet => "Parquet",
            Self::Zip => "Archive ZIP",
        }
    }

    /// Whether it is written in signs that an editor of texts shows.
    pub(super) fn ecrite(self) -> bool {
        matches!(self, Self::Texte | Self::Xml | Self::Json | Self::JsonLignes)
    }
}

/// Rows that are no data by what one of their cells says: payouts among the bookings of a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hors {
    /// The header of the column that says it: small letters, without accents.
    pub colonne: String,
    /// What it says of such a row, written the same way.
    pub valeurs: Vec<String>,
}

/// How a file is read: what was guessed, and what a person corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lecture {
    /// Of the file, or of the one inside an archive.
    pub nature: Nature,
    /// The file inside an archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membre: Option<String>,
    /// Of a text, an XML or a JSON.
    pub encodage: Encodage,
    /// Between the cells of a text: one sign of ASCII.
    pub separateur: char,
    /// Around the cells of a text that hold a separator or a line end; a sign of ASCII.
    pub guillemet: Option<char>,
    /// Each line of a text stands between quotes as if it were one cell: what a spreadsheet does to a file that it did not cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub enveloppe: bool,
    /// Physical lines (of a sheet: rows) above the header, or above the first row when there is none; `sep=` and blank ones count.
    pub titre: u32,
    /// Whether the first row after them names the columns.
    pub entete: bool,
    /// The sheet of a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feuille: Option<String>,
    /// The element of an XML that is a record; the field of a JSON object that holds the array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// Of an XML: a path inside the record, of which each occurrence makes a row (`periodes/periode/tarifs/tarif`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub par: Option<String>,
    /// Rows that are no data by what a cell of theirs says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hors: Option<Hors>,
    /// The cells of the header as they are written, or « Colonne 1 »… ; of an XML or a JSON, the paths of the cells. As many as
    /// a row has cells.
    pub colonnes: Vec<String>,
}

/// What a person, or a profile, decides of the reading; the rest is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // As in `Lecture`.
pub struct Voulu {
    pub nature: Option<Nature>,
    pub membre: Option<String>,
    pub encodage: Option<Encodage>,
    pub separateur: Option<char>,
    /// `Some(None)`: quotes are letters like others.
    pub guillemet: Option<Option<char>>,
    pub enveloppe: Option<bool>,
    pub titre: Option<u32>,
    pub entete: Option<bool>,
    pub feuille: Option<String>,
    pub element: Option<String>,
    pub par: Option<String>,
    pub hors: Option<Hors>,
    /// Of an XML or a JSON, whose rows name their cells; the header of the others says it.
    pub colonnes: Option<Vec<String>>,
}

impl Lecture {
    /// The same, decided: where a correction starts from.
    pub fn voulu(&self) -> Voulu {
        let nommees = matches!(self.nature, Nature::Xml | Nature::Json | Nature::JsonLignes);
        Voulu {
            nature: Some(self.nature),
            membre: self.membre.clone(),
            encodage: Some(self.encodage),
            separateur: Some(self.separateur),
            guillemet: Some(self.guillemet),
            enveloppe: Some(self.enveloppe),
            titre: Some(self.titre),
            entete: Some(self.entete),
            feuille: self.feuille.clone(),
            element: self.element.clone(),
            par: self.par.clone(),
            hors: self.hors.clone(),
            colonnes: nommees.then(|| self.colonnes.clone()),
        }
    }
}

/// What is wrong with a row as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defaut {
    /// `ENC-01`, `ENC-02`, `STR-02` to `STR-05`, `VAL-01`.
    pub code: String,
    /// A sentence, in French.
    pub message: String,
    /// The cell it is about, from zero.
    pub colonne: Option<usize>,
}

impl Defaut {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), colonne: None }
    }

    pub(super) fn at(code: &str, colonne: usize, message: impl Into<String>) -> Self {
        Self { colonne: Some(colonne), ..Self::new(code, message) }
    }
}

/// What a row is, among those that a file holds below its header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// To be loaded.
    #[default]
    Donnee,
    /// The header once more: of a file made of several, or of pages.
    EnteteRepetee,
    /// Sums: « Total », « Sous-total ».
    Total,
    /// A remark below the table: « Source : … ».
    Note,
    /// A kind of row that whoever reads wants none of: a payout among bookings.
    Ecartee,
}

/// What a cell of a workbook, of a JSON or of a Parquet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sorte {
    /// Nothing.
    Vide,
    /// A text, to be read as a person wrote it.
    Texte,
    /// A number: digits, with a point before the decimals, whatever the column looks like.
    Nombre,
    /// A date, an instant (`2026-04-03`, `2026-04-03 07:42:00`) or a time (`07:42:00`).
    Date,
    /// `vrai` or `faux`.
    Booleen,
    /// `#N/A`, `#REF!`…
    Erreur,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rang {
    /// Physical line of its first byte, from 1; of a sheet or of a Parquet, the number of the row.
    pub ligne: u64,
    /// Byte where it begins in the file; zero where that says nothing (workbooks, Parquet).
    pub octet: u64,
    /// Its cells as text. As many as `Lecture::colonnes`, unless `STR-02` to `STR-05` says otherwise.
    pub cellules: Vec<String>,
    /// What each cell is, where the file says it: workbooks, JSON, Parquet. Empty for texts and XML.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sortes: Vec<Sorte>,
    /// What is not a datum is given too, so that it is counted and told; it is not to be loaded.
    #[serde(default)]
    pub role: Role,
    /// Hidden in its sheet: read, and told.
    #[serde(default)]
    pub masque: bool,
    /// Such a row is given with what could be read of it; it is not to be loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaut: Option<Defaut>,
}

impl Rang {
    /// What a cell is, where the file says it.
    pub fn sorte(&self, colonne: usize) -> Option<Sorte> {
        self.sortes.get(colonne).copied()
    }

    /// Bytes that its cells take in memory.
    pub fn poids(&self) -> usize {
        super::poids(&self.cellules)
    }

    /// The same with cells of `most` signs at most: what is shown of it.
    pub fn abrege(&self, most: usize) -> Self {
        let short = |cell: &String| match cell.char_indices().nth(most) {
            Some((place, _)) => format!("{}…", &cell[..place]),
            None => cell.clone(),
        };
        Self { cellules: self.cellules.iter().map(short).collect(), sortes: self.sortes.clone(), defaut: self.defaut.clone(), ..*self }
    }
}

/// Where a reading goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reprise {
    /// First byte not yet read (texts, JSON).
    pub octet: u64,
    /// Its physical line.
    pub ligne: u64,
    /// Rows given so far, whatever their role: how the others find their place again.
    pub rangs: u64,
}

/// Something a person should know, or is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avis {
    /// `ENC-03` (UTF-8 read twice), `DOU-…` (asked), `INF-…` (told).
    pub code: String,
    /// A sentence, in French.
    pub message: String,
}

impl Avis {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// A sheet of a workbook, or a file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partie {
    /// As the file calls it.
    pub nom: String,
    /// A hidden sheet.
    pub masquee: bool,
}

/// The same lines in another encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Essai {
    /// The encoding tried.
    pub encodage: Encodage,
    /// Three lines at most, of those that differ.
    pub lignes: Vec<String>,
}

/// What the beginning of a file shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examen {
    /// How it was read.
    pub lecture: Lecture,
    /// What stands above the header.
    pub titres: Vec<String>,
    /// The first rows, a hundred at most.
    pub premieres: Vec<Rang>,
    /// Whether these are all of them.
    pub entier: bool,
    /// The sheets of a workbook.
    pub feuilles: Vec<Partie>,
    /// The files of an archive.
    pub membres: Vec<Partie>,
    /// How the other encodings would read it, when it matters.
    pub essais: Vec<Essai>,
    /// What is told.
    pub avertissements: Vec<Avis>,
    /// What was guessed and may be wrong: to be confirmed by a person.
    pub doutes: Vec<Avis>,
}

impl Examen {
    /// Of what is read without a guess.
    pub(super) fn simple(lecture: Lecture, premieres: Vec<Rang>, entier: bool) -> Self {
        Self {
            lecture,
            titres: Vec::new(),
            premieres,
            entier,
            feuilles: Vec::new(),
            membres: Vec::new(),
            essais: Vec::new(),
            avertissements: Vec::new(),
            doutes: Vec::new(),
        }
    }
}

/// A file that cannot be read at all: a code, and a sentence in French that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refus {
    /// `FIC-…`, or `STR-01`.
    pub code: &'static str,
    /// For the person.
    pub message: String,
}

impl Refus {
    /// A refusal by its code, with its sentence.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Refus {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refus {}

impl From<std::io::Error> for Refus {
    fn from(error: std::io::Error) -> Self {
        // A reader that goes through another library says its own refusal as an error of the disk.
        match error.downcast::<Self>() {
            Ok(refus) => refus,
            Err(error) => Self::new("FIC-LECTURE", format!("Le fichier ne se lit plus\u{a0}: {error}. Envoyez-le à nouveau.")),
        }
    }
}

impl From<Refus> for std::io::Error {
    fn from(refus: Refus) -> Self {
        Self::other(refus)
    }
}
