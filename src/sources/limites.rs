//! What a file may ask for at most: each of these is held before the memory is taken.

/// Bytes of a record of a text, and of one physical line.
pub(super) const ENREGISTREMENT_MAX: usize = 64 * 1024;
/// Physical lines of a record: a quote never closed would take the rest of the file.
pub(super) const LIGNES_MAX: usize = 50;
/// Columns: those of the largest sheet.
pub(super) const COLONNES_MAX: usize = 16_384;
/// Bytes read to guess how a text is written.
pub(super) const ECHANTILLON: usize = 256 * 1024;
/// Bytes looked through for letters when the sample has none.
pub(super) const ACCENTS_LOIN: u64 = 256 * 1024 * 1024;
/// Rows shown before anything is loaded.
pub(super) const PREMIERES: usize = 100;

/// Entries of an archive at most, and bytes of their list: the library reads all of it into memory.
pub(super) const ENTREES_MAX: u16 = 10_000;
pub(super) const LISTE_MAX: u32 = 2 * 1024 * 1024;
/// Bytes of what an archive holds, once unpacked: all of it, and one entry as it is read.
pub(super) const EXPANSION_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// An entry larger than this is refused when it is this many times larger than its compressed bytes.
pub(super) const EXPANSION_LIBRE: u64 = 100 * 1024 * 1024;
pub(super) const RAPPORT_MAX: u64 = 200;
/// Bytes of one event of markup: a text, a tag.
pub(super) const EVENEMENT_MAX: usize = 1024 * 1024;
/// Bytes of a tag, and of the name of an element.
pub(super) const BALISE_MAX: usize = 64 * 1024;
pub(super) const NOM_MAX: usize = 256;
/// Bytes unpacked for one look at a file, before anything is loaded.
pub(super) const REGARD_MAX: u64 = 512 * 1024 * 1024;
/// Texts that the cells of a workbook share, and their bytes, read for one look: those of the first rows are among the first.
pub(super) const REGARD_TEXTES: usize = 250_000;
pub(super) const REGARD_TEXTES_OCTETS: u64 = 32 * 1024 * 1024;
/// Sheets of a workbook, relations of a part.
pub(super) const FEUILLES_MAX: usize = 1_000;
/// Elements inside each other.
pub(super) const PROFONDEUR_MAX: usize = 64;
/// Rows of the largest sheet.
pub(super) const RANGS_MAX: u64 = 1_048_576;
/// Signs of a cell of the largest kind.
pub(super) const CELLULE_MAX: usize = 32_767;
/// Bytes of all the cells of a row.
pub(super) const RANG_MAX: usize = 1024 * 1024;
/// Bytes of all that is shown of a file, of the names of its columns, of what one record makes.
pub(super) const MONTRE_MAX: usize = 8 * 1024 * 1024;
/// Of a Parquet: bytes of what it says at its end, of a page once unpacked, of all the pages that are held at once.
pub(super) const PIED_MAX: u64 = 4 * 1024 * 1024;
pub(super) const PAGE_MAX: u64 = 32 * 1024 * 1024;
pub(super) const TENUS_MAX: u64 = 64 * 1024 * 1024;
/// Its rows; beyond some, a file that says many in few bytes is refused as one that unpacks to too much is.
pub(super) const LIGNES_MAX_PARQUET: u64 = 100_000_000;
pub(super) const LIGNES_LIBRES: u64 = 1_000_000;
