//! French typography: what a text becomes as a printer sets it. The guides go through it when they are
//! shown; `tests/it/typographie.rs` holds every text of the sources to it.
//!
//! It knows the standard library alone, so that `just typographie` compiles it by itself in a second.

/// Before « : » and inside « ».
pub const NBSP: char = '\u{a0}';
/// Before « ; », « ! », « ? », units, and between thousands.
pub const THIN: char = '\u{202f}';
/// Words that are cut before a vowel.
const ELISIONS: [&str; 14] = ["l", "d", "n", "s", "j", "m", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "aujourd", "quelqu"];
/// Units, after a number.
const UNITS: [&str; 12] = ["€", "%", "ko", "Mo", "Go", "octets", "min", "secondes", "minutes", "heures", "jours", "mois"];

/// `text` as a French printer sets it.
pub fn mend(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut mended = String::with_capacity(text.len() + 8);
    let at = |place: usize| chars.get(place).copied();
    for (place, one) in chars.iter().copied().enumerate() {
        let (before, after) = (place.checked_sub(1).and_then(at), at(place + 1));
        match one {
            '\'' if is_elision(&chars[..place]) && after.is_none_or(|next| next.is_alphanumeric() || "« {\u{201c}".contains(next)) => {
                mended.push('’')
            }
            ' ' if before == Some('«') || after == Some('»') => mended.push(NBSP),
            ' ' if after == Some(':') && ends(at(place + 2)) => mended.push(NBSP),
            ' ' if matches!(after, Some(';' | '!' | '?')) && ends(at(place + 2)) && before.is_none_or(|one| one != '{' && one != ' ') => {
                mended.push(THIN)
            }
            ' ' if before == Some('°') => mended.push(NBSP),
            ' ' if before.is_some_and(|one| one.is_ascii_digit() || one == '}') && begins_unit(&chars[place + 1..]) => mended.push(THIN),
            ' ' if between_thousands(&chars, place) => mended.push(THIN),
            ' ' => mended.push(one),
            '»' if before.is_some_and(|one| !one.is_whitespace() && !"}«".contains(one)) && !escaped(&chars[..place]) => {
                mended.push(NBSP);
                mended.push(one);
            }
            '«' if after.is_some_and(|next| !next.is_whitespace() && !"\\ »".contains(next)) => {
                mended.push(one);
                mended.push(NBSP);
            }
            _ => mended.push(one),
        }
    }
    mended
}

/// The sign of a question, an exclamation or a list ends its clause.
fn ends(next: Option<char>) -> bool {
    next.is_none_or(|next| next.is_whitespace() || "»)\\…<".contains(next))
}

/// The letters just before an apostrophe are a word that is cut.
fn is_elision(before: &[char]) -> bool {
    let word: Vec<char> = before.iter().rev().take_while(|one| one.is_alphabetic()).copied().collect();
    let word: String = word.into_iter().rev().collect::<String>().to_lowercase();
    let lone = before.len() == word.chars().count();
    let first = before.len().checked_sub(word.chars().count() + 1).map(|place| before[place]);
    ELISIONS.contains(&word.as_str()) && (lone || first.is_some_and(|one| one.is_whitespace() || "« (’-".contains(one)))
}

fn begins_unit(after: &[char]) -> bool {
    let word: String = after.iter().take_while(|one| one.is_alphabetic() || **one == '€' || **one == '%').collect();
    UNITS.contains(&word.as_str())
}

/// « 10 000 », and not « 0690 12 34 56 » nor « 97113 000123 ».
fn between_thousands(chars: &[char], place: usize) -> bool {
    let digits = |from: &mut dyn Iterator<Item = &char>| from.take_while(|one| one.is_ascii_digit()).count();
    let (before, after) = (digits(&mut chars[..place].iter().rev()), digits(&mut chars[place + 1..].iter()));
    let beyond = chars.get(place + 1 + after).copied();
    let phone =
        beyond == Some(' ') && chars.get(place + 2 + after).is_some_and(char::is_ascii_digit) && digits(&mut chars[place + 2 + after..].iter()) == 2;
    // « HTTP/1.1 200 », « +590 690 ».
    let code = place.checked_sub(before + 1).is_some_and(|at| "+./".contains(chars[at]));
    (1..=3).contains(&before) && after == 3 && !phone && !code
}

/// An escape of a no-break space ends there.
fn escaped(before: &[char]) -> bool {
    let text: String = before.iter().rev().take(8).collect::<String>().chars().rev().collect();
    text.ends_with("\\u{a0}") || text.ends_with("\\u{202f}") || text.ends_with("\\u00a0") || text.ends_with("\\u202f")
}
