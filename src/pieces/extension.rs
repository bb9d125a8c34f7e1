//! How a name ends.

/// The extension of a name, in small letters; nothing when it has none.
pub fn extension(name: &str) -> Option<String> {
    name.rsplit_once('.')
        .map(|(_, end)| end.to_lowercase())
        .filter(|end| (1..=5).contains(&end.len()) && end.chars().all(|one| one.is_ascii_alphanumeric()))
}
