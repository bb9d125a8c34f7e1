//! SIRET: the number of an establishment, read as people write it, its key checked.

use std::borrow::Cow;

/// Sirens whose establishments have another key: La Poste (sum of the digits, a multiple of five).
const LA_POSTE: &str = "356000000";

/// A SIRET whose key is right (Luhn).
///
/// # Errors
/// Why it is none, as the end of a sentence that begins with what was typed.
pub fn siret(typed: &str) -> Result<String, String> {
    let digits = compact(typed);
    // Zeros pass the key, and are nobody's.
    if digits.len() != 14 || digits.starts_with("000000000") || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("n’est pas un SIRET\u{a0}: il a quatorze chiffres, par exemple 130\u{202f}025\u{202f}265\u{202f}00013.".into());
    }
    let number = |byte: u8| u32::from(byte - b'0');
    let luhn: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(rank, byte)| {
            let twice = number(byte) * if rank % 2 == 1 { 2 } else { 1 };
            if twice > 9 { twice - 9 } else { twice }
        })
        .sum();
    let plain: u32 = digits.bytes().map(number).sum();
    if luhn.is_multiple_of(10) || digits.starts_with(LA_POSTE) && plain.is_multiple_of(5) {
        Ok(digits)
    } else {
        Err("n’est pas un SIRET\u{a0}: sa clé ne correspond pas, un chiffre est faux ou deux sont inversés. Relisez-le.".into())
    }
}

/// As people read it: « 130 025 265 00013 ». What is none, of an older import, stays as it was written.
pub fn in_groups(number: &str) -> Cow<'_, str> {
    if number.len() == 14 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        [&number[..3], &number[3..6], &number[6..9], &number[9..]].join("\u{202f}").into()
    } else {
        number.into()
    }
}

/// Without the spaces, points and dashes that people put between the parts of a number.
pub fn compact(typed: &str) -> String {
    typed.chars().filter(|sign| !sign.is_whitespace() && !matches!(sign, '.' | '-' | '\u{2010}'..='\u{2015}' | '\u{200b}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_groups_and_typed_again() {
        assert_eq!(in_groups("01300252650001"), "013\u{202f}002\u{202f}526\u{202f}50001", "a first zero is a digit like another");
        assert_eq!(siret(&in_groups("13002526500013")).as_deref(), Ok("13002526500013"));
        for other in ["", "1300252650001", "à demander", "130 025 265 00013", "130025265000é"] {
            assert_eq!(in_groups(other), other);
        }
    }
}
