//! Settings that take one of a few words.

use serde::Deserialize;

/// Of whom a second factor is required.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SecondFacteur {
    /// Of nobody: it is offered.
    Libre,
    /// Of administrateurs and exploitants.
    Gestionnaires,
    /// Of everybody.
    Tous,
}

/// Which installation this is; in words on every page.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Environnement {
    /// Invented data, plain HTTP on this machine allowed.
    Demo,
    /// A rehearsal copy.
    Recette,
    /// The real thing: HTTPS is required.
    #[default]
    Production,
}

/// Shape of the log lines.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For a person at a terminal.
    Texte,
}

impl Environnement {
    /// The word of the settings.
    pub fn code(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Recette => "recette",
            Self::Production => "production",
        }
    }

    /// The word shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Demo => "Démonstration",
            Self::Recette => "Recette",
            Self::Production => "Production",
        }
    }
}
