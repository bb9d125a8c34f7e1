//! Words compared without what does not count in them.

use crate::sources::lettres;
use crate::ui::format::fold;

/// A header, or a word of a list, without accents, case, nor signs: « N° d’enregistrement » is « n d enregistrement ».
pub fn plie(texte: &str) -> String {
    let mut folded = String::with_capacity(texte.len());
    for sign in fold(texte).chars() {
        match sign {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            sign if sign.is_alphanumeric() => folded.push(sign),
            _ if folded.ends_with(' ') || folded.is_empty() => {}
            _ => folded.push(' '),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// What the column at a place is called on a page: by its header, else by its letter.
pub fn titre_de_colonne(names: &[String], place: usize) -> String {
    match names.get(place).map(|name| name.trim()).filter(|name| !name.is_empty()) {
        Some(name) => name.to_string(),
        None => format!("colonne {} (sans titre)", lettres(place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_count_is_left_out() {
        for (given, folded) in [
            ("N°\u{a0}d’enregistrement", "n d enregistrement"),
            ("  Téléphone\u{a0}(mobile) ", "telephone mobile"),
            ("te\u{301}le\u{301}phone", "telephone"),
            ("CODE_POSTAL", "code postal"),
            ("Œuvre", "oeuvre"),
            ("…", ""),
        ] {
            assert_eq!(plie(given), folded, "{given}");
        }
    }
}
