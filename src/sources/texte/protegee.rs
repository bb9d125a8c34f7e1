//! Cells as they were before they were protected from spreadsheets. Files that leave Gardel for a spreadsheet are written so (the
//! exports), and those of many others: what stands between `="` and `"` is a text, and an apostrophe before what would be taken for a
//! formula, at the start of a cell or behind what another spreadsheet takes for a separator, is not of the text.

/// Signs that begin a formula; some only at the very start of a cell.
fn formule(signe: char, debut: bool) -> bool {
    matches!(signe, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') || (debut && matches!(signe, '\t' | '\r' | '\n'))
}

/// What spreadsheets pass over before it: spaces, signs without a width.
fn passe(signe: char) -> bool {
    (signe.is_whitespace() && !matches!(signe, '\t' | '\r' | '\n')) || matches!(signe, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// The text of a cell.
pub(super) fn rendue(cellule: String) -> String {
    if let Some(texte) = cellule.strip_prefix("=\"").and_then(|reste| reste.strip_suffix('"')).filter(|texte| !texte.contains('"')) {
        return texte.to_string();
    }
    if !cellule.contains('\'') {
        return cellule;
    }
    let (mut texte, mut debut) = (String::with_capacity(cellule.len()), true);
    for (place, signe) in cellule.char_indices() {
        let suite = cellule[place..].trim_start_matches('\'').trim_start_matches(passe);
        let ajoutee = debut && signe == '\'' && suite.starts_with(|signe| formule(signe, place == 0));
        if !ajoutee {
            texte.push(signe);
        }
        debut = matches!(signe, ';' | ',' | '\t' | '\n' | '\r');
    }
    texte
}

#[cfg(test)]
mod tests {
    use super::rendue;

    #[test]
    fn what_was_protected_from_spreadsheets_is_given_back() {
        for (cellule, texte) in [
            ("=\"97190\"", "97190"),
            ("=\"\"", ""),
            ("=\"06 39 98 62 53\"", "06 39 98 62 53"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=\"", "=\""),
            ("'+590 690 12 34 56", "+590 690 12 34 56"),
            ("'=1+1", "=1+1"),
            ("' \u{a0}=1+1", " \u{a0}=1+1"),
            ("''=1", "'=1"),
            ("Bâtiment A,' -1", "Bâtiment A, -1"),
            ("a;'=b", "a;=b"),
            ("'Ti Kaz", "'Ti Kaz"),
            ("a, 'b'", "a, 'b'"),
            ("l’Anse - 2", "l’Anse - 2"),
            ("l’Anse", "l’Anse"),
        ] {
            assert_eq!(rendue(cellule.into()), texte, "{cellule}");
        }
    }
}
