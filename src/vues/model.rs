//! Values of the saved views.

use chrono::{DateTime, Utc};

use crate::listing::{Module, Niveau, Reader};

/// Longest name of a view.
pub const NAME_CHARS_MAX: usize = 80;

/// A saved view.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Vue {
    /// Its number, in addresses.
    pub id: i64,
    /// Name of its list.
    pub liste: String,
    /// Its name.
    pub nom: String,
    /// What it asks, in the canonical form of its list.
    pub requete: String,
    /// Who made it, when the account still exists.
    pub auteur_id: Option<i64>,
    /// Their name.
    pub auteur: Option<String>,
    /// Whether the author may still sign in, and still belongs to the collectivité it is shared with.
    pub auteur_present: bool,
    /// The collectivité it is shared with; none for a personal one.
    pub collectivite_id: Option<i32>,
    /// Name of that collectivité.
    pub collectivite: Option<String>,
    /// Grows with each change.
    pub version: i32,
    /// Last change.
    pub modifie_le: DateTime<Utc>,
    /// Who made it.
    pub modifie_par: String,
    /// When it was deleted, as long as it can be brought back.
    pub supprime_le: Option<DateTime<Utc>>,
    /// Whether the reader finds it when opening the list.
    pub defaut: bool,
}

impl Vue {
    /// Whether `reader`, to whom it is open, wrote it.
    pub fn is_of(&self, reader: &Reader) -> bool {
        self.auteur_id == Some(reader.user_id)
    }

    /// Whether `reader`, to whom it is open, may change or delete it: its author, and the
    /// administrateurs of the collectivité it is shared with. The SQL of the changes says the same.
    pub fn may_change(&self, reader: &Reader) -> bool {
        let managed = reader.at(Niveau::Gerer);
        self.is_of(reader) || self.collectivite_id.is_some_and(|id| managed.collectivites(Module::Administration).contains(&id))
    }

    /// Whose it is, in words.
    pub fn owner_words(&self) -> String {
        match &self.collectivite {
            None => "Personnelle".into(),
            Some(place) => format!("Partagée avec {place}"),
        }
    }
}

/// A collectivité with which a view may be shared.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    /// Id.
    pub id: i32,
    /// Name.
    pub nom: String,
}

/// A name as it is kept: without doubled or outer spaces; `None` when it is empty, too long, or holds
/// characters that cannot be read.
pub fn clean_name(typed: &str) -> Option<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    (fits && !name.chars().any(char::is_control)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_bounded() {
        assert_eq!(clean_name("  À  vérifier\tce mois ").as_deref(), Some("À vérifier ce mois"));
        assert_eq!(clean_name(" \n "), None);
        assert_eq!(clean_name("a\u{7}b"), None);
        assert!(clean_name(&"é".repeat(NAME_CHARS_MAX)).is_some());
        assert_eq!(clean_name(&"é".repeat(NAME_CHARS_MAX + 1)), None);
    }
}
