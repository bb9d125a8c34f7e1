//! Codes of communes.

/// Whether a text is an INSEE code: « 97113 », « 2A004 ».
pub fn insee(text: &str) -> bool {
    let signs = text.as_bytes();
    let digit = |at: usize| signs.get(at).is_some_and(u8::is_ascii_digit);
    signs.len() == 5 && digit(0) && (digit(1) || matches!(signs[1], b'A' | b'B')) && (2..5).all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_five_signs() {
        assert!(["97113", "2A004", "01001"].into_iter().all(insee));
        assert!(["1001", "9711", "971130", "A7113", "2C004", "2A0é", "97 13"].into_iter().all(|text| !insee(text)));
    }
}
