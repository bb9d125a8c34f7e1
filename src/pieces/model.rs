//! Notes and attached files, their bounds and their words.

use chrono::{DateTime, Utc};

use super::nature::Nature;
use crate::listing::{Access, Module, Niveau, Reader};
use crate::ui::contact::is_unseen;

/// Characters of a note at most, held by its CHECK.
pub const TEXTE_MAX: usize = 4_000;
/// Notes of a row at most, removed ones left out.
pub const NOTES_MAX: i64 = 200;
/// Notes and files shown on the file of a row; its own page has them all.
pub const SHOWN: usize = 10;
/// Files of a row at most, removed ones left out.
pub const PIECES_MAX: i64 = 30;
/// Mebibytes of the files of a row at most, removed ones left out.
pub const FICHE_MIO_MAX: i64 = 200;
/// Mebibytes that a person attaches in a day at most, removed ones counted: the store is not filled by one account.
pub const JOUR_MIO_MAX: i64 = 1_024;
/// Days during which what was removed can be brought back.
pub const RETIRE_JOURS: i32 = 7;
/// Bytes of a mebibyte.
pub const MIO: i64 = 1024 * 1024;

/// A note.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Note {
    pub id: i64,
    pub texte: String,
    pub auteur_id: i64,
    pub auteur: String,
    pub version: i32,
    pub cree_le: DateTime<Utc>,
    pub modifie_le: DateTime<Utc>,
    pub retire_le: Option<DateTime<Utc>>,
}

impl Note {
    /// Only who wrote it corrects and removes it.
    pub fn is_of(&self, reader: &Reader) -> bool {
        self.auteur_id == reader.user_id
    }

    /// Whether it was corrected since.
    pub fn corrected(&self) -> bool {
        self.version > 1
    }
}

/// An attached file.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Piece {
    pub id: i64,
    pub nom: String,
    pub nature: String,
    pub octets: i64,
    pub sha256: String,
    pub chemin: String,
    pub auteur_id: i64,
    pub auteur: String,
    pub version: i32,
    pub cree_le: DateTime<Utc>,
    pub retire_le: Option<DateTime<Utc>>,
}

/// What looks after the people of a place.
const ADMINISTRATION: Access = Access::Droit(Module::Administration, Niveau::Lire);

impl Piece {
    /// Who attached it removes it, and so does whoever manages the administration of one of the `places` of the row.
    pub fn may_remove(&self, reader: &Reader, places: &[String]) -> bool {
        self.auteur_id == reader.user_id || reader.level_of(ADMINISTRATION, places) >= Some(Niveau::Gerer)
    }

    /// What it is.
    pub fn nature(&self) -> Option<Nature> {
        Nature::from_code(&self.nature)
    }
}

/// Whether a text is the token of a form of ours, by its looks: what is not is a form that was made elsewhere.
pub fn is_token(text: &str) -> bool {
    (20..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A note as it is kept: line ends of one kind, nothing at its end, none of the signs that control a terminal.
///
/// # Errors
/// What is wrong, for the person.
pub fn checked(typed: &str) -> Result<String, String> {
    let lines = typed.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = lines.chars().filter(|one| !one.is_control() || matches!(one, '\n' | '\t')).collect();
    let text = text.trim_end().trim_start_matches('\n').to_string();
    let count = text.chars().count();
    match count {
        _ if text.chars().all(|one| one.is_whitespace() || is_unseen(one)) => Err("Écrivez quelque chose avant d’enregistrer.".into()),
        count if count > TEXTE_MAX => Err(format!(
            "Cette note compte {} caractères : {} au plus. Raccourcissez-la, ou faites-en deux.",
            crate::ui::format::integer(i64::try_from(count).unwrap_or(i64::MAX)),
            crate::ui::format::integer(i64::try_from(TEXTE_MAX).unwrap_or(i64::MAX)),
        )),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_and_signs_are_not() {
        assert_eq!(checked("un\r\ndeux\rtrois\n\n").as_deref(), Ok("un\ndeux\ntrois"));
        assert_eq!(checked("  retrait\u{7}\u{1b}[31m").as_deref(), Ok("  retrait[31m"));
        assert!(checked(" \r\n\t ").is_err());
        assert_eq!(checked(&"é".repeat(TEXTE_MAX)).map(|text| text.chars().count()), Ok(TEXTE_MAX));
        assert!(checked(&"é".repeat(TEXTE_MAX + 1)).is_err());
    }
}
