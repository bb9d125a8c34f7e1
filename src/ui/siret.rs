//! SIRET: the number of an establishment, read as people write it, its key checked.

/// Sirens whose establishments have another key: La Poste (sum of the digits, a multiple of five).
const LA_POSTE: &str = "356000000";

/// A SIRET whose key is right (Luhn).
///
/// # Errors
/// A sentence that says what to type.
pub fn siret(typed: &str) -> Result<String, String> {
    let digits = compact(typed);
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("Un SIRET a quatorze chiffres, par exemple 987 654 321 00017.".into());
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
        Err("La clé de ce SIRET ne correspond pas\u{a0}: un chiffre est faux, ou deux sont inversés. Relisez-le.".into())
    }
}

/// Without the spaces, points and dashes that people put between the parts of a number.
pub fn compact(typed: &str) -> String {
    typed.chars().filter(|sign| !sign.is_whitespace() && !matches!(sign, '.' | '-' | '\u{2010}'..='\u{2015}' | '\u{200b}')).collect()
}
