//! E-mails and telephone numbers: read as people write them, kept and shown in one form.
//!
//! What is pasted from a letter, a web page or a spreadsheet brings no-break spaces, characters that
//! nobody sees, dots and dashes, `+590 (0)`, or lost its first zero. The functions `courriel_ecrit` and
//! `telephone_ecrit` of the base are the same rule, for rows that do not come through here;
//! `tests/it/contacts.rs` holds the two together.

use unicode_normalization::UnicodeNormalization;

/// Longest e-mail.
pub const EMAIL_MAX: usize = 120;
/// Digits of an international number, country included (E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits of a French number after its first zero.
const NATIONAL: usize = 9;
/// Countries whose numbers begin with a zero at home, and how those of each begin after it. Between
/// them, and from the mainland, they are dialled alike: `0690…` is one number everywhere in France.
const OVERSEAS: [(&str, &[&str]); 4] = [
    ("590", &["590", "690", "691"]),
    ("594", &["594", "694"]),
    ("596", &["596", "696", "697"]),
    ("262", &["262", "263", "269", "639", "692", "693"]),
];
/// The mainland.
const FRANCE: &str = "33";

/// Characters that show nothing: soft hyphen, zero widths, marks of direction, joiners, BOM.
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `typed` without what shows nothing, nor spaces of any kind around it.
fn seen(typed: &str) -> String {
    typed.chars().filter(|c| !is_unseen(*c)).collect::<String>().trim().to_string()
}

/// An e-mail in its one form: what is looked up at sign-in, even when it is none.
pub fn email_key(typed: &str) -> String {
    let text = seen(typed).to_lowercase();
    text.strip_prefix("mailto:").unwrap_or(&text).trim_start().nfc().collect()
}

/// The e-mail that was typed, in its one form; `None` when it is none.
pub fn email(typed: &str) -> Option<String> {
    let address = email_key(typed);
    let (before, after) = address.split_once('@')?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@,;:<>()[]\"\\".contains(c);
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let plain = !before.is_empty() && !before.contains(odd) && !after.contains(odd);
    let domain = after.contains('.') && after.split('.').all(label);
    (plain && domain && address.chars().count() <= EMAIL_MAX).then_some(address)
}

/// An e-mail as it stands in a `mailto:` link: what would end the address there, or add a recipient, is escaped.
pub fn mailed(address: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'@').remove(b'.').remove(b'-').remove(b'_').remove(b'+');
    percent_encoding::utf8_percent_encode(address, KEPT).to_string()
}

/// The telephone number that was typed, in its one form: « 06 90 12 34 56 », or « +1 767 123 4567 »
/// from elsewhere; `None` when it is none.
pub fn telephone(typed: &str) -> Option<String> {
    let text: String = seen(typed).nfkc().collect();
    let text = text.strip_prefix("tel:").or(text.strip_prefix("Tel:")).unwrap_or(&text);
    let between = |c: char| c.is_whitespace() || matches!(c, '.' | '-' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    if text.chars().any(|c| !c.is_ascii_digit() && c != '+' && !between(c)) {
        return None;
    }
    let written: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let home = written.replace("(0)", "");
    let marks: String = home.chars().filter(|c| !between(*c)).collect();
    let abroad = marks.strip_prefix('+').or(marks.strip_prefix("00"));
    let digits = abroad.unwrap_or(&marks);
    if digits.contains('+') {
        return None;
    }
    match abroad {
        Some(digits) => french(digits).or_else(|| elsewhere(digits)),
        // « (0)690… » is the first zero, not one to leave out.
        None if home.len() < written.len() => national(&format!("0{digits}")),
        None => national(digits).or_else(|| french(digits)),
    }
}

/// A number as it is written at home, or in a sheet that took its first zero away.
fn national(digits: &str) -> Option<String> {
    let rest = digits.strip_prefix('0').unwrap_or(digits);
    (rest.len() == NATIONAL && !rest.starts_with('0')).then(|| in_pairs(&format!("0{rest}")))
}

/// A French number after its country.
fn french(digits: &str) -> Option<String> {
    let home = |rest: &str| rest.strip_prefix('0').filter(|rest| rest.len() == NATIONAL).unwrap_or(rest).to_string();
    if let Some(rest) = digits.strip_prefix(FRANCE).map(home) {
        return if rest.len() == NATIONAL { national(&rest) } else { None };
    }
    let (code, starts) = OVERSEAS.iter().find(|(code, _)| digits.starts_with(code))?;
    let rest = home(&digits[code.len()..]);
    (rest.len() == NATIONAL && starts.iter().any(|start| rest.starts_with(start))).then(|| in_pairs(&format!("0{rest}")))
}

/// Any other country: its code when it has one digit, else what follows the plus in groups of three.
fn elsewhere(digits: &str) -> Option<String> {
    if !DIGITS.contains(&digits.len()) || digits.starts_with('0') {
        return None;
    }
    if let Some(rest) = digits.strip_prefix('1').filter(|rest| rest.len() == 10) {
        return Some(format!("+1 {} {} {}", &rest[..3], &rest[3..6], &rest[6..]));
    }
    let groups: Vec<&str> = (0..digits.len()).step_by(3).map(|start| &digits[start..digits.len().min(start + 3)]).collect();
    Some(format!("+{}", groups.join(" ")))
}

fn in_pairs(digits: &str) -> String {
    (0..digits.len()).step_by(2).map(|start| &digits[start..digits.len().min(start + 2)]).collect::<Vec<_>>().join(" ")
}

/// What a telephone dials for a number in its one form: `+590690123456` (RFC 3966).
pub fn dialled(number: &str) -> String {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    match digits.strip_prefix('0').filter(|rest| rest.len() == NATIONAL) {
        Some(rest) => {
            let overseas = OVERSEAS.iter().find(|(_, starts)| starts.iter().any(|start| rest.starts_with(start)));
            format!("+{}{rest}", overseas.map_or(FRANCE, |(code, _)| code))
        }
        None => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_link_has_one_recipient() {
        assert_eq!(mailed("a.b-c_d+e@ville.gp"), "a.b-c_d+e@ville.gp");
        assert_eq!(mailed("a?bcc=x%40evil.example&y=@ville.gp"), "a%3Fbcc%3Dx%2540evil.example%26y%3D@ville.gp");
    }

    #[test]
    fn a_number_has_one_form() {
        for typed in [
            "0690123456",
            "06 90 12 34 56",
            "0690 12 34 56",
            "06.90.12.34.56",
            "06-90-12-34-56",
            "06/90/12/34/56",
            "06\u{a0}90\u{202f}12\u{2009}34 56",
            "06\u{2011}90\u{2013}12 34 56",
            "\u{202a}0690 12 34 56\u{202c}",
            "06\u{200b}90\u{feff}12\u{ad}34\u{200d}56",
            "690 12 34 56",
            "690123456",
            "+590690123456",
            "+590 690 12 34 56",
            "+590 (0)690 12 34 56",
            "+590 (0) 690-12-34-56",
            "+590 0690 12 34 56",
            "(+590) 690 12 34 56",
            "00590 690 12 34 56",
            "00 590 (0) 690 12 34 56",
            "590690123456",
            "(0)690 12 34 56",
            "+33 690 12 34 56",
            "tel:+590690123456",
            "\u{ff10}\u{ff16}\u{ff19}\u{ff10}\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}",
            "  0690123456\t",
        ] {
            assert_eq!(telephone(typed).as_deref(), Some("06 90 12 34 56"), "{typed:?}");
        }
        for (typed, form) in [
            ("+33 (0)1 23 45 67 89", "01 23 45 67 89"),
            ("33123456789", "01 23 45 67 89"),
            ("+596 696 12 34 56", "06 96 12 34 56"),
            ("0262 12 34 56", "02 62 12 34 56"),
            ("+1 767 123 4567", "+1 767 123 4567"),
            ("001-418-555-1234", "+1 418 555 1234"),
            ("+508 41 12 34", "+508 411 234"),
            ("+4930123456", "+493 012 345 6"),
            // A country whose numbers do not begin so: kept as it is, never made another number.
            ("+590 612 34 56 78", "+590 612 345 678"),
        ] {
            assert_eq!(telephone(typed).as_deref(), Some(form), "{typed:?}");
        }
        for wrong in
            ["", "12", "0690 12 34 5x", "06+90123456", "0123456789012345", "00", "+", "++590690123456", "069012345", "+0690123456", "poste 12"]
        {
            assert_eq!(telephone(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_number_is_dialled_from_anywhere() {
        for (form, dial) in [
            ("06 90 12 34 56", "+590690123456"),
            ("05 90 12 34 56", "+590590123456"),
            ("06 96 12 34 56", "+596696123456"),
            ("06 39 12 34 56", "+262639123456"),
            ("01 23 45 67 89", "+33123456789"),
            ("+1 767 123 4567", "+17671234567"),
        ] {
            assert_eq!(dialled(form), dial);
        }
    }

    #[test]
    fn an_email_has_one_form() {
        for typed in [
            "a.b@ville.gp",
            " A.B@Ville.GP ",
            "\u{a0}a.b@ville.gp\u{202f}",
            "a.b\u{200b}@ville.gp",
            "\u{feff}a.b@vil\u{ad}le.gp",
            "mailto:a.b@ville.gp",
        ] {
            assert_eq!(email(typed).as_deref(), Some("a.b@ville.gp"), "{typed:?}");
        }
        assert_eq!(email("Rene\u{301}@ville.gp").as_deref(), Some("ren\u{e9}@ville.gp"));
        let long = format!("{}@ville.gp", "a".repeat(EMAIL_MAX));
        for wrong in [
            "",
            "a",
            "@b.gp",
            "a@b",
            "a b@c.gp",
            "a\u{a0}b@c.gp",
            "a@@c.gp",
            "a@.gp",
            "a@gp.",
            "a@b..gp",
            "a@-b.gp",
            "A <a@b.gp>",
            "a@b.gp;c@d.gp",
            long.as_str(),
        ] {
            assert_eq!(email(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_form_is_its_own(text in "[+0-9 .()-]{0,22}") {
            if let Some(form) = telephone(&text) {
                prop_assert_eq!(telephone(&form), Some(form.clone()));
            }
        }

        #[test]
        fn an_address_is_its_own(text in "[A-Za-zé\u{301}\u{200b} .@-]{0,30}") {
            if let Some(form) = email(&text) {
                prop_assert_eq!(email(&form), Some(form.clone()));
            }
        }

        #[test]
        fn nothing_typed_panics(text in ".*") {
            let _ = (email(&text), telephone(&text), dialled(&text));
        }
    }
}
