//! What people write about a view, checked and kept as typed when it must be shown again.

use super::model::{NAME_CHARS_MAX, Place, Vue, clean_name};
use super::queries::VIEWS_MAX;

/// A name and a place as typed, with what is wrong in them.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Name, as typed.
    pub nom: String,
    /// Id of the collectivité, empty for a personal view.
    pub partage: String,
    /// Field and sentence of each fault.
    pub errors: Vec<(&'static str, String)>,
}

/// A draft without fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub nom: String,
    pub collectivite_id: Option<i32>,
}

impl Draft {
    /// The view as it is.
    pub fn of(vue: &Vue) -> Self {
        Self { nom: vue.nom.clone(), partage: vue.collectivite_id.map(|id| id.to_string()).unwrap_or_default(), errors: Vec::new() }
    }

    /// As typed.
    pub fn typed(nom: &str, partage: &str) -> Self {
        Self { nom: nom.chars().take(4 * NAME_CHARS_MAX).collect(), partage: partage.chars().take(20).collect(), errors: Vec::new() }
    }

    /// Checks the draft against the places where its writer has rights, and notes its faults.
    pub fn check(&mut self, places: &[Place]) -> Option<Checked> {
        let nom = clean_name(&self.nom);
        if nom.is_none() {
            self.errors.push(("nom", format!("Donnez un nom à la vue, de 1 à {NAME_CHARS_MAX} caractères.")));
        }
        let collectivite_id = match self.partage.as_str() {
            "" => Some(None),
            text => text.parse().ok().filter(|id| places.iter().any(|place| place.id == *id)).map(Some),
        };
        if collectivite_id.is_none() {
            self.errors.push(("partage", "Choisissez une collectivité où vous avez des droits, ou gardez la vue pour vous.".into()));
        }
        Some(Checked { nom: nom?, collectivite_id: collectivite_id? })
    }

    /// Notes that the name is taken.
    pub fn name_taken(&mut self) {
        self.errors
            .push(("nom", "Il y a déjà une vue de ce nom pour cette liste. Donnez-lui un autre nom, ou enregistrez dans celle qui existe.".into()));
    }

    /// Notes that the person has too many views.
    pub fn too_many(&mut self) {
        self.errors.push(("nom", format!("Vous avez déjà {VIEWS_MAX} vues. Supprimez-en une dans « Vues », puis recommencez.")));
    }

    /// The fault of field `name`.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str())
    }
}
