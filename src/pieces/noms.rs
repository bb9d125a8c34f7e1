//! The name of a file that somebody attaches: for people to read and for the header of its download. It names nothing in
//! the store.

use unicode_normalization::UnicodeNormalization;

use super::extension::extension;
use super::nature::Nature;

/// Characters of a name at most, its extension included.
const NAME_MAX: usize = 120;
/// Characters that are read of what a browser says, its folders included.
const RAW_MAX: usize = 1_000;
/// Names that Windows keeps for devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Signs that nobody sees and that change how a name is read: the direction of what follows, a width of nothing.
pub fn is_unseen(one: char) -> bool {
    matches!(one, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A stranger’s name as it is shown: what would change how it is read is drawn.
pub fn montre(name: &str) -> String {
    name.chars().map(|one| if one.is_control() || is_unseen(one) { '\u{fffd}' } else { one }).collect()
}

/// The last part of what a browser says, without what breaks a header, a path or the eye.
pub fn cleaned(raw: &str) -> String {
    let raw: String = raw.chars().take(RAW_MAX).collect();
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.nfc().filter(|one| !one.is_control() && !is_unseen(*one)).collect();
    let safe: String = seen.chars().map(|one| if matches!(one, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { one }).collect();
    let words = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = words.trim_matches(['.', ' ']);
    let stem = name.split('.').next().unwrap_or_default().trim().to_lowercase();
    let device = DEVICES.contains(&stem.as_str()) || (stem.len() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")));
    match name {
        "" => "fichier".into(),
        name if device => format!("_{name}"),
        name => name.to_string(),
    }
}

/// A name as it is told: one that is too long is cut.
pub fn told(name: &str) -> String {
    let short: String = name.chars().take(NAME_MAX).collect();
    if short.len() < name.len() { format!("{short}…") } else { short }
}

/// A name that ends as what the file is: « facture.pdf », or « facture.pdf.png » for an image that was called so.
pub fn fitted(name: &str, nature: Nature) -> String {
    let known = extension(name).filter(|end| nature.extensions().contains(&end.as_str()));
    let (stem, end) = match known {
        Some(end) => (&name[..name.len() - end.len() - 1], name[name.len() - end.len()..].to_string()),
        None => (name, nature.extensions()[0].to_string()),
    };
    let short: String = stem.chars().take(NAME_MAX - end.len() - 1).collect();
    format!("{}.{end}", short.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_words_and_nothing_else() {
        for (raw, name) in [
            ("arrêté 2026.pdf", "arrêté 2026.pdf"),
            ("C:\\Users\\moi\\bail.pdf", "bail.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\u{200b}b\u{feff}.txt", "ab.txt"),
            ("e\u{301}te\u{301}.png", "été.png"),
            (" ..  ", "fichier"),
            ("", "fichier"),
            ("CON.txt", "_CON.txt"),
            ("com1.pdf", "_com1.pdf"),
            ("compte.pdf", "compte.pdf"),
            ("a<b>|\"?*.csv", "a_b_____.csv"),
        ] {
            assert_eq!(cleaned(raw), name, "{raw:?}");
        }
    }

    #[test]
    fn a_name_without_end_is_read_and_told_to_a_bound() {
        let long = "é".repeat(RAW_MAX * 10);
        assert_eq!(cleaned(&long).chars().count(), RAW_MAX);
        assert_eq!(told(&long).chars().count(), NAME_MAX + 1);
        assert_eq!(told("été.pdf"), "été.pdf");
    }

    #[test]
    fn a_name_ends_as_its_content() {
        for (name, nature, fitted_name) in [
            ("bail.pdf", Nature::Pdf, "bail.pdf"),
            ("BAIL.PDF", Nature::Pdf, "BAIL.PDF"),
            ("bail.pdf", Nature::Png, "bail.pdf.png"),
            ("photo.jpeg", Nature::Jpeg, "photo.jpeg"),
            ("photo", Nature::Jpeg, "photo.jpg"),
            ("liste.bat", Nature::Texte, "liste.bat.txt"),
            ("liste.", Nature::Csv, "liste.csv"),
        ] {
            assert_eq!(fitted(name, nature), fitted_name, "{name}");
        }
        let long = fitted(&format!("{}.pdf", "é".repeat(400)), Nature::Pdf);
        assert_eq!(long.chars().count(), NAME_MAX);
        assert!(long.ends_with("é.pdf"));
    }
}
