//! Text cut into lines.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::fonts::{self, Glyph};
use super::{Run, Unprintable};

/// A sign of a text, drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sign {
    /// As it is read.
    pub one: char,
    /// Its weight.
    pub bold: bool,
    /// As it is drawn.
    pub glyph: Glyph,
}

/// What is not seen on paper, or turns what is: marks of direction, of joining, soft hyphens, places that nobody gave a meaning.
fn is_unseen(one: char) -> bool {
    matches!(one, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}')
}

/// A text as it is shown: composed, without what is not seen, its spaces one by one. A `\n` ends a line.
pub fn montre(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for one in text.nfc().filter(|one| !is_unseen(*one)) {
        let one = match one {
            '\n' | '\u{2028}' | '\u{2029}' => '\n',
            one if one.is_control() => ' ',
            one => one,
        };
        if !(one == ' ' && shown.ends_with([' ', '\n'])) {
            shown.push(one);
        }
    }
    shown
}

/// The signs of a text.
pub fn signs(runs: &[Run]) -> Result<Vec<Sign>, Unprintable> {
    let mut signs = Vec::new();
    for run in runs {
        for one in montre(&run.text).chars() {
            let glyph = match one {
                '\n' => Glyph { id: 0, advance: 0.0 },
                one => fonts::face(run.bold).glyph(one).ok_or(Unprintable::Sign(one))?,
            };
            signs.push(Sign { one, bold: run.bold, glyph });
        }
    }
    Ok(signs)
}

/// The signs of one line, whatever it holds.
pub fn signs_of(text: &str, bold: bool) -> Result<Vec<Sign>, Unprintable> {
    signs(&[Run { text: text.replace('\n', " "), bold }])
}

/// How wide signs are, in parts of the size; a space at the end of a line takes no room.
pub fn width(signs: &[Sign]) -> f32 {
    let end = signs.iter().rposition(|sign| sign.one != ' ').map_or(0, |last| last + 1);
    signs[..end].iter().map(|sign| sign.glyph.advance).sum()
}

/// Whether a line may end before `at`: after a space, or after the hyphen of a word.
fn may_end(signs: &[Sign], at: usize) -> bool {
    let sign = |place: usize| signs.get(place).map_or(' ', |sign| sign.one);
    match sign(at - 1) {
        ' ' => true,
        '-' => at >= 2 && sign(at - 2).is_alphabetic() && sign(at).is_alphabetic(),
        _ => false,
    }
}

/// The lines of signs, none wider than `most`; a word that is wider by itself is cut where it must be.
pub fn lines(signs: &[Sign], most: f32) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut at, mut used, mut end) = (0, 0, 0.0, None);
    while let Some(sign) = signs.get(at) {
        if sign.one == '\n' {
            lines.push(start..at);
            (start, at, used, end) = (at + 1, at + 1, 0.0, None);
        } else if sign.one != ' ' && at > start && used + sign.glyph.advance > most {
            let cut: usize = end.unwrap_or(at);
            lines.push(start..cut);
            (start, at, used, end) = (cut, cut, 0.0, None);
        } else {
            used += sign.glyph.advance;
            at += 1;
            if may_end(signs, at) {
                end = Some(at);
            }
        }
    }
    lines.push(start..signs.len());
    lines
}
