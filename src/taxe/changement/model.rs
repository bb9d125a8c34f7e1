//! What is typed of a change of host, and what it would do.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::queries::{Cheval, Du, Hote};

/// Longest reason.
pub const MOTIF_MAX: usize = 200;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub nouveau: String,
    pub jour: String,
    pub motif: String,
}

impl Typed {
    /// Read from the form.
    pub fn of(sent: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| sent.get(name).map_or("", |text| text.trim()).to_string();
        Self { nouveau: text("hebergeur_id"), jour: text("jour"), motif: text("motif") }
    }
}

/// A change that can be made.
pub struct Voulu {
    pub nouveau: Hote,
    pub jour: NaiveDate,
    pub motif: String,
}

/// What each would owe.
pub struct Apercu {
    pub du: [Du; 2],
    pub a_cheval: Vec<Cheval>,
}

impl Apercu {
    /// What the person saw, as the form keeps it: another one means that stays changed meanwhile.
    pub fn seen(&self) -> String {
        let one = |du: &Du| format!("{}.{}.{}.{}.{}", du.sejours, du.nuitees, du.base, du.departemental, du.a_verifier);
        self.du.iter().map(one).collect::<Vec<_>>().join("-")
    }
}
