//! A declaration and a campaign as their pages read them.

use chrono::{DateTime, NaiveDate, Utc};

use super::etats;

/// Longest reason of a correction.
pub const MOTIF_MAX: usize = 200;

/// A declaration, with what its stays make now.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Declaration {
    pub id: i64,
    pub numero: String,
    pub campagne_id: i64,
    pub campagne: String,
    /// The state of its campaign.
    pub campagne_etat: String,
    pub collectivite_id: i32,
    pub code_insee: String,
    pub commune: String,
    pub collecteur: String,
    /// Who declares: a host, or a platform.
    pub declarant: String,
    pub hebergeur_id: Option<i64>,
    pub debut: NaiveDate,
    pub fin: NaiveDate,
    pub limite: NaiveDate,
    /// What the same days of the year before made, in cents.
    pub attendu: i64,
    pub etat: String,
    pub deposee_le: Option<NaiveDate>,
    pub hors_delai: bool,
    /// What was fixed, in cents.
    pub arrete_base: i64,
    pub arrete_departemental: i64,
    pub relances: i16,
    pub relancee_le: Option<NaiveDate>,
    /// What its stays and monthly totals make now; amounts in cents.
    pub sejours: i64,
    pub nuitees: i64,
    pub base: i64,
    pub departemental: i64,
    /// The last day to pay, when a due date covers it.
    pub exigible_le: Option<NaiveDate>,
}

impl Declaration {
    /// What it makes now, in cents.
    pub fn montant(&self) -> i64 {
        self.base + self.departemental
    }

    /// What was fixed, in cents.
    pub fn arrete(&self) -> i64 {
        self.arrete_base + self.arrete_departemental
    }

    /// Whether an amount was fixed.
    pub fn arretee(&self) -> bool {
        etats::ARRETEES.contains(&self.etat.as_str())
    }

    /// Whether it may still be deposited.
    pub fn a_deposer(&self) -> bool {
        etats::A_DEPOSER.contains(&self.etat.as_str())
    }

    /// Its state as the list tells it.
    pub fn etat_lu(&self) -> &str {
        if self.etat == "attendue" && (self.sejours > 0 || self.nuitees > 0) { "en_cours" } else { &self.etat }
    }

    /// What its stays have come to say otherwise since it was fixed: tax, additional tax, in cents.
    pub fn ecart(&self) -> (i64, i64) {
        if self.arretee() { (self.base - self.arrete_base, self.departemental - self.arrete_departemental) } else { (0, 0) }
    }
}

/// A campaign.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Campagne {
    pub id: i64,
    pub collectivite_id: i32,
    pub nom: String,
    pub genre: String,
    pub debut: NaiveDate,
    pub fin: NaiveDate,
    pub limite: NaiveDate,
    pub etat: String,
    pub ouverte_le: Option<DateTime<Utc>>,
    pub close_le: Option<DateTime<Utc>>,
}

/// How many declarations of a campaign are in a state, and what they make.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Compte {
    pub etat: String,
    pub nombre: i64,
    /// In cents: what their stays make, and what the year before made.
    pub montant: i64,
    pub attendu: i64,
}

/// The totals of a month of a declaration.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Total {
    pub id: i64,
    pub mois: NaiveDate,
    pub nuitees: i32,
    pub montant_base: i64,
    pub montant_departemental: i64,
    pub par: Option<String>,
}

/// What became of a deposit.
#[derive(Debug, PartialEq, Eq)]
pub enum Depot {
    /// It is done, for so many cents.
    Fait(i64),
    /// It is not, and why.
    Laisse(String),
}

/// A line of the calendar of a year.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Date {
    /// « campagne » or « echeance ».
    pub quoi: String,
    pub id: i64,
    pub nom: String,
    pub collectivite: String,
    pub genre: String,
    pub jour: NaiveDate,
    pub debut: NaiveDate,
    pub fin: NaiveDate,
    /// The state of a campaign; empty for a due date.
    pub etat: String,
}
