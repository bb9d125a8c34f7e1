//! What workbooks need of XML.

/// Whether XML 1.0 can hold the character.
pub fn in_xml(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Adds text with what XML gives a meaning to escaped.
pub fn escape(markup: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            '"' => markup.push_str("&quot;"),
            c => markup.push(c),
        }
    }
}

/// The same, as a new text.
pub fn escaped(text: &str) -> String {
    let mut markup = String::with_capacity(text.len());
    escape(&mut markup, text);
    markup
}
