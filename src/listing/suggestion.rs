//! What the words of a search say of themselves: others that would find something, signs that cannot be searched, the
//! one row that answers.

use std::collections::BTreeSet;

use super::fetch::Page;
use super::options::Choices;
use super::query::{Position, Query};
use super::spec::{FilterKind, Reader};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// Words of a search that are worth correcting together.
const WORDS_MAX: usize = 4;
/// Corrections tried, the nearest first: each one is a search.
const TRIES: usize = 4;

/// A word and its nearest known ones, the nearest first.
const NEAR: &str = "SELECT s.rang, s.mot AS tape, v.mot, v.ecart,
         s.mot ~ '[0-9]' OR length(s.mot) < 4 OR EXISTS (SELECT 1 FROM vocabulaire c WHERE c.mot >= s.mot AND c.mot < s.mot || chr(1114111)) AS connu
     FROM unnest(mots_du_texte($1)) WITH ORDINALITY AS s (mot, rang) LEFT JOIN LATERAL voisins(s.mot) v ON v.ecart > 0 ORDER BY s.rang, v.ecart";

#[derive(sqlx::FromRow)]
struct Near {
    rang: i64,
    tape: String,
    mot: Option<String>,
    ecart: Option<i32>,
    connu: bool,
}

impl Query {
    /// The words searched, when their list has a column of words.
    fn words(&self) -> Option<&str> {
        self.active().find_map(|filter| match filter.kind {
            FilterKind::Search { look, .. } if !look.tables().is_empty() => self.value(filter.name),
            _ => None,
        })
    }

    /// The same question with other words searched, at its first page.
    fn searching(&self, words: &str) -> Option<Self> {
        let search = self.active().find(|filter| matches!(filter.kind, FilterKind::Search { .. }))?;
        let mut other = self.without(search);
        other.filters.insert(search.name.to_string(), vec![words.to_string()]);
        Some(other)
    }

    /// Address with other words searched, when this question searches some.
    pub(super) fn url_searching(&self, words: &str) -> Option<String> {
        Some(self.searching(words)?.url())
    }

    /// Signs among the words that nothing can be found by: « 🌴 ».
    pub(super) fn unsearched(&self) -> Vec<char> {
        let text = self.active().find(|filter| matches!(filter.kind, FilterKind::Search { .. })).and_then(|filter| self.value(filter.name));
        let signs: BTreeSet<char> = text.unwrap_or_default().chars().filter(|c| is_sign(*c)).collect();
        signs.into_iter().collect()
    }
}

/// Neither a letter, a digit, a space, nor what stands between words and inside references.
fn is_sign(c: char) -> bool {
    let between = c.is_ascii() || matches!(c, '’' | '‘' | '«' | '»' | '“' | '”' | '–' | '—' | '…' | '·' | '°' | '№' | '€' | '\u{ad}');
    // Marks over letters, zero-width signs, and those that only change the sign before.
    let mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{206f}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e007f}');
    !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control() && !between && !mark
}

impl Page {
    /// Where the only row that answers a search leads: Entrée in the field of the search opens it.
    pub(super) fn only(&self, query: &Query) -> Option<&str> {
        query.active().find(|filter| matches!(filter.kind, FilterKind::Search { .. }))?;
        let alone = self.previous.is_none() && self.next.is_none() && !self.unfinished;
        match self.rows.as_slice() {
            [row] if alone => row.cells.first()?.1.as_deref(),
            _ => None,
        }
    }

    /// Words near to those of `query`, which found nothing, that find a row of `reader`.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn suggestion(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Option<String>> {
        let Some(words) = query.words() else { return Ok(None) };
        let near: Vec<Near> = sqlx::query_as(NEAR).bind(words).fetch_all(db.reading()).await?;
        for words in corrections(&near).into_iter().take(TRIES) {
            let Some(other) = query.searching(&words) else { return Ok(None) };
            let other = Query { position: Position::First, size: 1, ..other };
            if !Self::there(db, choices, &other, reader).await?.rows.is_empty() {
                return Ok(Some(words));
            }
        }
        Ok(None)
    }
}

/// Every way to correct the words, the least changed first; none when a word is neither known nor near to one.
fn corrections(near: &[Near]) -> Vec<String> {
    let mut words: Vec<(i64, Vec<(&str, i32)>)> = Vec::new();
    for one in near {
        if words.last().is_none_or(|(rang, _)| *rang != one.rang) {
            words.push((one.rang, if one.connu { vec![(one.tape.as_str(), 0)] } else { Vec::new() }));
        }
        if let (Some((_, choices)), Some(mot), Some(ecart)) = (words.last_mut(), &one.mot, one.ecart) {
            choices.push((mot, ecart));
        }
    }
    if words.len() > WORDS_MAX {
        return Vec::new();
    }
    let mut ways: Vec<(i32, Vec<&str>)> = vec![(0, Vec::new())];
    for (_, choices) in &words {
        ways = ways.iter().flat_map(|(sum, way)| choices.iter().map(move |(word, more)| (sum + more, [way.as_slice(), &[*word]].concat()))).collect();
    }
    ways.sort_by_key(|(sum, _)| *sum);
    ways.into_iter().filter(|(sum, _)| *sum > 0).map(|(_, way)| way.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_corrected_the_least_first() {
        let near = |rang, tape: &str, mot: Option<&str>, ecart, connu| Near { rang, tape: tape.into(), mot: mot.map(Into::into), ecart, connu };
        let words = [
            near(1, "villa", Some("villas"), Some(1), true),
            near(2, "tousin", Some("toussaint"), Some(3), false),
            near(2, "tousin", Some("cousin"), Some(1), false),
        ];
        assert_eq!(corrections(&words), ["villa cousin", "villas cousin", "villa toussaint", "villas toussaint"]);
        assert!(corrections(&[near(1, "xyzzy", None, None, false)]).is_empty());
        assert!(corrections(&[near(1, "villa", None, None, true)]).is_empty(), "nothing is changed");
    }

    #[test]
    fn signs_that_cannot_be_searched() {
        for c in ['🌴', '☀', '♥', '\u{1f1ec}'] {
            assert!(is_sign(c), "{c}");
        }
        for c in ['é', '東', 'ж', '3', '-', '\'', '’', ' ', '\u{a0}', '\u{301}', '\u{fe0f}', '°', '@'] {
            assert!(!is_sign(c), "{c:?}");
        }
    }
}
