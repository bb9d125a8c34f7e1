//! Who reads a list, and what they may do.

/// Who reads: what the rights in every statement are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The person.
    pub user_id: i64,
    /// Their role.
    pub role: Role,
    /// INSEE codes of the communes in their perimeter, sorted.
    pub communes: Vec<String>,
    /// Their collectivités, sorted.
    pub collectivites: Vec<i32>,
}

impl Reader {
    /// The code of a collectivité where places are told: in the versions of the data, in the lines of the journal.
    pub fn place(collectivite: i64) -> String {
        format!("c:{collectivite}")
    }

    /// The places whose rows they may see: their communes, then their collectivités.
    pub fn places(&self) -> Vec<String> {
        self.communes.iter().cloned().chain(self.collectivites.iter().map(|id| Self::place((*id).into()))).collect()
    }
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Works in the lists of their collectivités.
    Agent,
    /// The same, and users, journal, exports of everybody there.
    Administrateur,
    /// Runs the installation: every job, no tax data.
    Exploitant,
}

impl Role {
    /// All of them, in the order of the forms.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Administrateur, Self::Exploitant];

    /// As stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Administrateur => "administrateur",
            Self::Exploitant => "exploitant",
        }
    }

    /// As read by people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Administrateur => "Administrateur",
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
