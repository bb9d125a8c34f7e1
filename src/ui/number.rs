//! Numbers as people type them or paste them, with as many decimals as they may have: a mantissa, never a float. `read.rs`
//! gives them; `format.rs` writes them.

use super::format;

/// Figures before the decimal mark at most.
const WHOLE_MAX: usize = 12;

/// An amount in cents: `1 234,56`, `1234.5`, `1.234,56 €`…
///
/// # Errors
/// Why it is none, as the end of a sentence: « n’est pas un montant. … ».
pub fn money(text: &str) -> Result<i64, String> {
    let text = bare(&fold(text));
    // « 12€50 », as on a label.
    let text = match text.split_once('€') {
        Some((euros, cents)) if !cents.is_empty() && !euros.is_empty() && digits(cents) => format!("{euros},{cents}"),
        _ => text.replace('€', ""),
    };
    let text = text.strip_suffix("euros").or(text.strip_suffix("euro")).or(text.strip_suffix("eur")).unwrap_or(&text);
    decimal(text, 2, &|why| match why {
        Why::NotOne => "n’est pas un montant. Écrivez par exemple 1 234,56.".into(),
        Why::Large => format!("dépasse ce qu’un montant peut être : {WHOLE_MAX} chiffres avant la virgule au plus."),
        Why::TwoWays { before, after } => format!(
            "peut se lire de deux façons : {before}\u{202f}{after} euros, ou {before},{after} avec des millièmes. \
             Écrivez {before}{after}, ou deux chiffres au plus après la virgule."
        ),
        Why::Fine(_) => "a plus de deux chiffres après la virgule. Un montant s’écrit au centime près, par exemple 1 234,56.".into(),
    })
}

/// A whole number, spaces of every kind between its figures.
pub fn integer(text: &str) -> Option<i64> {
    bare(text).replace('\u{2212}', "-").parse().ok()
}

/// A number of `scale` decimals at most, as its mantissa: « 12,3 » of two decimals is 1230. Its `unit` may be written after it.
///
/// # Errors
/// Why it is none, as the end of a sentence: « n’est pas un nombre. … ».
pub fn number(text: &str, scale: u8, unit: &str) -> Result<i64, String> {
    let text = bare(&fold(text));
    let text = text.strip_suffix(bare(&fold(unit)).as_str()).unwrap_or(&text);
    if scale == 0 {
        return integer(text).ok_or_else(|| "n’est pas un nombre entier. Écrivez par exemple 12.".to_string());
    }
    let example = format::number(10_i64.pow(u32::from(scale)) * 12 + 5, scale, "");
    decimal(text, scale, &|why| match why {
        Why::NotOne => format!("n’est pas un nombre. Écrivez par exemple {example}."),
        Why::Large => format!("dépasse ce que ce nombre peut être : {WHOLE_MAX} chiffres avant la virgule au plus."),
        Why::TwoWays { before, after } => {
            format!("peut se lire de deux façons : {before}\u{202f}{after}, ou {before},{after}. Écrivez {before}{after}, ou {}.", most(scale))
        }
        Why::Fine(count) => format!("a {count} chiffres après la virgule. Écrivez-en {}, par exemple {example}.", most(scale)),
    })
}

/// « un seul après la virgule », « 2 au plus après la virgule ».
fn most(scale: u8) -> String {
    if scale == 1 { "un seul chiffre après la virgule".into() } else { format!("{scale} chiffres au plus après la virgule") }
}

/// Why a text is no number.
enum Why<'a> {
    /// It is none.
    NotOne,
    /// Too many figures before the mark.
    Large,
    /// One mark before three figures, which could stand between thousands.
    TwoWays { before: &'a str, after: &'a str },
    /// So many decimals.
    Fine(usize),
}

/// The mantissa of a bare text.
fn decimal(text: &str, scale: u8, say: &dyn Fn(Why<'_>) -> String) -> Result<i64, String> {
    let (negative, unsigned) = text.strip_prefix(['-', '\u{2212}']).map_or((false, text), |rest| (true, rest));
    if !unsigned.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.') || !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(say(Why::NotOne));
    }
    let (whole, decimals) = parts(unsigned, scale.into(), say)?;
    if whole.len() > WHOLE_MAX {
        return Err(say(Why::Large));
    }
    let width = usize::from(scale);
    let mantissa = format!("{whole}{decimals:0<width$}").parse::<i64>().map_err(|_| say(Why::Large))?;
    Ok(if negative { -mantissa } else { mantissa })
}

/// Figures before and after the decimal mark. A comma and a point together: the last one is the mark, and the others
/// stand between thousands. One alone before three figures could be either, where three decimals are too many.
fn parts(text: &str, scale: usize, say: &dyn Fn(Why<'_>) -> String) -> Result<(String, String), String> {
    let Some(last) = text.rfind([',', '.']) else { return Ok((text.to_string(), String::new())) };
    let (before, after) = (&text[..last], &text[last + 1..]);
    let mark = &text[last..=last];
    let thousands = if mark == "," { "." } else { "," };
    let grouped = |text: &str, by: &str| {
        let groups: Vec<&str> = text.split(by).collect();
        let first = groups[0];
        digits(first) && first.len() <= 3 && !first.starts_with('0') && groups[1..].iter().all(|group| digits(group) && group.len() == 3)
    };
    let joined = |text: &str| text.replace([',', '.'], "");
    if before.contains(mark) {
        // « 1.234.567 »: the same mark several times only stands between thousands.
        return if grouped(text, mark) { Ok((joined(text), String::new())) } else { Err(say(Why::NotOne)) };
    }
    if before.contains(thousands) {
        let right = grouped(before, thousands) && after.len() <= scale && digits(after);
        return if right { Ok((joined(before), after.into())) } else { Err(say(Why::NotOne)) };
    }
    match after.len() {
        0 => Ok((before.into(), String::new())),
        count if count <= scale => Ok((before.into(), after.into())),
        3 if grouped(text, mark) => Err(say(Why::TwoWays { before, after })),
        count => Err(say(Why::Fine(count))),
    }
}

pub(super) fn digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Small letters without accents, trimmed; what pasting brings unseen is left out.
pub(super) fn fold(text: &str) -> String {
    let unseen = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{300}'..='\u{36f}');
    let plain = |c: char| match c {
        'é' | 'è' | 'ê' => 'e',
        'û' | 'ù' => 'u',
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        other => other,
    };
    text.trim().chars().flat_map(char::to_lowercase).filter(unseen).map(plain).collect()
}

/// Without spaces of any kind, nor the apostrophe that the Swiss put between thousands.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '\u{200b}' | '\u{feff}')).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_as_people_write_them() {
        let cases = [
            ("1234", 123_400),
            ("1 234", 123_400),
            ("1\u{a0}234,5", 123_450),
            ("1\u{202f}234.5", 123_450),
            ("1 234,56 €", 123_456),
            ("1234 €", 123_400),
            ("€ 1234", 123_400),
            ("1234 euros", 123_400),
            ("12€50", 1_250),
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("1.234.567", 123_456_700),
            ("1.234.567,8", 123_456_780),
            ("1'234.50", 123_450),
            ("0,05", 5),
            ("12,", 1_200),
            ("-12,50", -1_250),
            ("\u{2212}12,50", -1_250),
        ];
        for (typed, cents) in cases {
            assert_eq!(money(typed), Ok(cents), "{typed}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_reason() {
        let cases = [
            ("1.234", "1\u{202f}234 euros, ou 1,234 avec des millièmes. Écrivez 1234, ou"),
            ("12,345", "12\u{202f}345 euros, ou 12,345 avec des millièmes. Écrivez 12345, ou"),
            ("0,125", "au centime près"),
            ("1234.567", "au centime près"),
            ("1,2345", "au centime près"),
            ("1,234,5", "n’est pas un montant"),
            ("1.2.3", "n’est pas un montant"),
            ("1.23,45", "n’est pas un montant"),
            ("abc", "n’est pas un montant"),
            ("12 à 15", "n’est pas un montant"),
            ("€", "n’est pas un montant"),
            (",5", "n’est pas un montant"),
            ("", "n’est pas un montant"),
            ("9999999999999", "12 chiffres"),
        ];
        for (typed, reason) in cases {
            let refused = money(typed).expect_err(typed);
            assert!(refused.contains(reason), "{typed}: {refused}");
        }
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(integer(" 12\u{202f}345 "), Some(12_345));
        assert_eq!(integer("\u{2212}4"), Some(-4));
        assert_eq!(integer("4,5"), None);
    }

    #[test]
    fn numbers_of_any_scale() {
        for (typed, scale, unit, mantissa) in [
            ("12,34", 2, "°Brix", 1_234),
            ("12.34 °Brix", 2, "°Brix", 1_234),
            ("12,3°brix", 2, "°Brix", 1_230),
            ("-4", 1, "°C", -40),
            ("1 234,5 t", 1, "t", 12_345),
            ("1.234,5", 1, "", 12_345),
            ("12,345", 3, "t", 12_345),
            ("12.345", 3, "t", 12_345),
            ("1.234.567,5", 3, "t", 1_234_567_500),
            ("50 %", 0, "%", 50),
            ("50", 0, "%", 50),
        ] {
            assert_eq!(number(typed, scale, unit), Ok(mantissa), "{typed}");
        }
        for (typed, scale, reason) in [
            ("12,345", 2, "deux façons : 12\u{202f}345, ou 12,345. Écrivez 12345, ou 2 chiffres au plus après la virgule"),
            ("12,3456", 2, "a 4 chiffres après la virgule. Écrivez-en 2 chiffres au plus"),
            ("0,12", 1, "un seul chiffre après la virgule"),
            ("12,3", 0, "n’est pas un nombre entier"),
            ("douze", 2, "n’est pas un nombre. Écrivez par exemple 12,05"),
            ("9999999999999", 2, "12 chiffres avant la virgule"),
            ("999999999999", 9, "12 chiffres avant la virgule"),
        ] {
            let refused = number(typed, scale, "").expect_err(typed);
            assert!(refused.contains(reason), "{typed}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(cents in -99_999_999_999_999i64..99_999_999_999_999, scale in 0u8..5) {
            prop_assert_eq!(money(&format::money(cents)), Ok(cents));
            for separator in [',', '.'] {
                prop_assert_eq!(money(&format::number_plain(cents, 2, separator)), Ok(cents));
                prop_assert_eq!(number(&format::number_plain(cents, scale.max(2), separator), scale.max(2), ""), Ok(cents));
            }
            for unit in ["", "€", "°Brix", "t/ha"] {
                prop_assert_eq!(number(&format::number(cents / 100, scale, unit), scale, unit), Ok(cents / 100));
            }
        }

        #[test]
        fn nothing_typed_panics(text in ".*", digits in "[0-9./, -]{0,24}", scale in 0u8..10) {
            for text in [&text, &digits] {
                let _ = (money(text), integer(text), number(text, scale, "t"));
            }
        }
    }
}
