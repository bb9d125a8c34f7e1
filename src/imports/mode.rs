//! What becomes of rows that exist already.

/// What becomes of a row that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It stays as it is.
    Ajouter,
    /// What it lacks is filled.
    Completer,
    /// What the file says takes the place of what it says; an empty cell says nothing.
    Remplacer,
}

impl Mode {
    /// All of them: code, label, what it does.
    pub const TOUS: [(Self, &'static str, &'static str, &'static str); 3] = [
        (Self::Ajouter, "ajouter", "Ajouter seulement", "Une fiche qui existe reste comme elle est."),
        (Self::Completer, "completer", "Compléter", "Une fiche qui existe reçoit ce qui lui manque\u{a0}; ce qu’elle dit déjà reste."),
        (
            Self::Remplacer,
            "remplacer",
            "Remplacer",
            "Ce que le fichier dit prend la place de ce que la fiche disait. Une cellule vide n’efface rien.",
        ),
    ];

    /// The mode of a code.
    pub fn of(code: &str) -> Option<Self> {
        Self::TOUS.iter().find(|(_, known, ..)| *known == code).map(|(mode, ..)| *mode)
    }

    /// Its label.
    pub fn label(self) -> &'static str {
        Self::TOUS.iter().find(|(mode, ..)| *mode == self).map_or("", |(_, _, label, _)| label)
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        Self::TOUS.iter().find(|(mode, ..)| *mode == self).map_or("completer", |(_, code, ..)| code)
    }
}
