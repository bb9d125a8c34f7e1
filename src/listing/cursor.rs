//! Cursors: where a page begins. Opaque to the browser, versioned, signed, and tied to the list and
//! its sort, so that neither a forged nor an outdated one is believed.

use serde::{Deserialize, Serialize};

use crate::platform::token::{Purpose, SigningKey};

/// Bumped when the meaning of a cursor changes: older ones are then refused.
const VERSION: u8 = 1;

/// The row after (or before) which a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Sort value of the row as text; `None` for NULL.
    pub value: Option<String>,
    /// Key of the row as text.
    pub id: String,
    /// Rows before the page that this cursor opens, when known.
    pub rank: Option<u64>,
    /// What was counted in that rank (see [`super::Query::mark`]); 0 in the cursors of earlier versions.
    #[serde(default)]
    pub mark: u64,
}

impl Cursor {
    /// The text of this cursor for `list` sorted by `sort`.
    pub fn encode(&self, key: &SigningKey, list: &str, sort: &str, descending: bool) -> String {
        let content = (VERSION, list, sort, descending, self);
        // Strings and numbers always serialise.
        key.sign(Purpose::Cursor, &serde_json::to_vec(&content).unwrap_or_default())
    }

    /// The cursor in `text` when we made it for this list and sort.
    pub fn decode(text: &str, key: &SigningKey, list: &str, sort: &str, descending: bool) -> Option<Self> {
        let payload = key.verify(Purpose::Cursor, text)?;
        let (version, of_list, of_sort, of_descending, cursor): (u8, String, String, bool, Self) = serde_json::from_slice(&payload).ok()?;
        (version == VERSION && of_list == list && of_sort == sort && of_descending == descending).then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_left(value in proptest::option::of(".*"), id in ".*", rank in proptest::option::of(any::<u64>()), descending: bool) {
            let key = SigningKey::from_bytes(b"clef");
            let cursor = Cursor { value, id, rank, mark: 7 };
            let text = cursor.encode(&key, "sejours", "debut", descending);
            prop_assert_eq!(Cursor::decode(&text, &key, "sejours", "debut", descending), Some(cursor));
            prop_assert_eq!(Cursor::decode(&text, &key, "logements", "debut", descending), None);
            prop_assert_eq!(Cursor::decode(&text, &key, "sejours", "montant", descending), None);
            prop_assert_eq!(Cursor::decode(&text, &key, "sejours", "debut", !descending), None);
        }

        #[test]
        fn garbage_is_refused(text in ".*") {
            prop_assert_eq!(Cursor::decode(&text, &SigningKey::from_bytes(b"clef"), "sejours", "debut", true), None);
        }
    }
}
