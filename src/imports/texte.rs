//! Words compared without what does not count in them.

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
