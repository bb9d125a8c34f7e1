//! The ready-made sets of rights, by the name of a job.

/// A set of rights under one name, the same in all the collectivités of a person. What each one gives is said by the function
/// `jeu_de_droits` of the base, the only place that knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works in the lists of their collectivités: enters, corrects, decides.
    Agent,
    /// The same, and everything that can be set; users, journal, exports of everybody there.
    Administrateur,
    /// Rights of their own, collectivité by collectivité.
    SurMesure,
    /// Runs the installation: every job, no tax data.
    Exploitant,
}

impl Role {
    /// All of them, in the order of the forms.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Administrateur, Self::SurMesure, Self::Exploitant];

    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Administrateur => "administrateur",
            Self::SurMesure => "sur_mesure",
            Self::Exploitant => "exploitant",
        }
    }

    /// As read by people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Administrateur => "Administrateur",
            Self::SurMesure => "Sur mesure",
            Self::Exploitant => "Exploitant",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.code() == text).ok_or(())
    }
}
