//! What a file may ask for at most: each of these is held before the memory is taken.

/// Bytes of a record of a text, and of one physical line.
pub(super) const ENREGISTREMENT_MAX: usize = 64 * 1024;
/// Physical lines of a record: a quote never closed would take the rest of the file.
pub(super) const LIGNES_MAX: usize = 50;
/// Columns: those of the largest sheet.
pub(super) const COLONNES_MAX: usize = 16_384;
/// Rows shown before anything is loaded.
pub(super) const PREMIERES: usize = 100;
