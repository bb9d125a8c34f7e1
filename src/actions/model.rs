//! Values of the actions on many rows.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::etats::{ANNULE, ARRETE, ECHOUE, EN_ROUTE, SUSPEND};
use crate::catalogue::Catalogue;
use crate::champs::{Apart, Champ};
use crate::listing::{Column, Kind, Niveau, Offer, Reader, Value};
use crate::motifs::Motif;
use crate::platform::jobs::states::LIVING;
use crate::ui::format;

/// Rows changed at once, in the request; more make a job.
pub const AT_ONCE_MAX: i64 = 500;
/// Rows of one action at most.
pub const ROWS_MAX: i64 = 1_000_000;
/// Rows between two checkpoints: a transaction of a fraction of a second.
pub const LOT_ROWS: i64 = 1_000;
/// Days during which an action can be undone.
pub const UNDO_DAYS: i32 = 30;
/// Rows left aside that a page names; it tells how many there are in all.
pub const NAMED_MAX: i64 = 50;

/// Done, for one and for several: « validé », « validés ».
pub type Past = (&'static str, &'static str);

/// An action as declared: it gives one field the same value on every row.
pub struct BulkAction {
    /// The field.
    pub champ: &'static Champ,
    /// Name in addresses and in the base.
    pub name: &'static str,
    /// « Valider ».
    pub label: &'static str,
    /// Value given.
    pub value: &'static str,
    /// Values that may become it; empty: all of them.
    pub from: &'static [&'static str],
    /// Said of the rows once it is done.
    pub past: Past,
    /// Why other rows are left alone.
    pub left: &'static str,
    /// Who may: this level on the module of the list.
    pub niveau: Niveau,
    /// Columns of the list whose sums the confirmation tells; integers or cents of the listed table itself.
    pub sums: &'static [&'static str],
}

impl BulkAction {
    /// Whether `reader` may do it somewhere.
    pub fn may(&self, reader: &Reader) -> bool {
        reader.at(self.niveau).may(self.champ.list.access)
    }

    /// The action `name` on list `list`.
    pub fn find(catalogue: &Catalogue, list: &str, name: &str) -> Option<&'static Self> {
        catalogue.all::<Self>().find(|action| action.champ.list.name == list && action.name == name)
    }

    /// What the list shows of it.
    pub fn offer(&self) -> Offer {
        Offer { list: self.champ.list.name, name: self.name, label: self.label, niveau: self.niveau }
    }

    /// Whether a row that holds `value` is changed.
    pub fn takes(&self, value: Option<&str>) -> bool {
        value != Some(self.value) && (self.from.is_empty() || value.is_some_and(|value| self.from.contains(&value)))
    }

    /// What keeps its value for another person, when something does.
    pub fn apart(&self) -> Option<&'static Apart> {
        self.champ.kept_apart(Some(self.value))
    }

    /// Whether its value comes with a reason.
    pub fn needs_reason(&self) -> bool {
        self.champ.needs_reason(Some(self.value))
    }

    /// Columns whose sums are told.
    pub fn summed(&self) -> impl Iterator<Item = &'static Column> {
        self.sums.iter().filter_map(|name| self.champ.list.column(name))
    }

    /// « 1 332 séjours, 3 511 nuits, 45 678,90 € ».
    pub fn counted(&self, rows: i64, sums: &[i64]) -> String {
        let mut words = vec![self.champ.list.counted(rows)];
        words.extend(Some(self.sums_in_words(sums)).filter(|words| !words.is_empty()));
        words.join(", ")
    }

    /// « 3 511 nuits, 45 678,90 € ».
    pub fn sums_in_words(&self, sums: &[i64]) -> String {
        self.summed().zip(sums).map(|(column, sum)| sum_in_words(column, *sum)).collect::<Vec<_>>().join(", ")
    }

    /// « 12 345 séjours validés ».
    pub fn done(&self, count: i64) -> String {
        format!("{} {}", self.champ.list.counted(count), if count.abs() < 2 { self.past.0 } else { self.past.1 })
    }
}

/// A sum in words: an amount, or a number of what the column counts.
fn sum_in_words(column: &Column, sum: i64) -> String {
    let words = column.kind.words(&Value::Int(sum));
    match column.kind {
        // A number of what its label says.
        Kind::Int if sum.abs() < 2 => format!("{words} {}", column.label.to_lowercase().trim_end_matches('s')),
        Kind::Int => format!("{words} {}", column.label.to_lowercase()),
        _ => words,
    }
}

/// What a person chose, as the form sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choix {
    /// Places on a page, whose digest proves that it is the one that was seen.
    Page {
        /// Digest of the page.
        page: String,
        /// Places of the ticked rows, from 0.
        places: Vec<usize>,
    },
    /// Rows ticked on several pages of the same question.
    Lignes(Vec<i64>),
    /// Every row of the question.
    Filtre,
}

/// Which rows, once read in the question and the rights of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Etendue {
    /// These, which answered when they were counted.
    Lignes(Vec<i64>),
    /// Every row of the question.
    Filtre,
}

impl Etendue {
    /// As stored.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lignes(_) => "page",
            Self::Filtre => "filtre",
        }
    }
}

/// What a confirmation page holds, signed, and sends back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Demand {
    /// List.
    pub liste: String,
    /// Action.
    pub nom: String,
    /// Canonical question, with its position for a page.
    pub requete: String,
    /// Which rows.
    pub etendue: Etendue,
    /// Day of the question, for relative periods.
    pub jour: NaiveDate,
    /// Rows counted.
    pub total: i64,
    /// Sums of those to be changed, in the order of the declaration.
    #[serde(default)]
    pub sommes: Vec<i64>,
    /// Snapshot in which they were.
    pub instantane: String,
    /// Address of the page that the person was on.
    #[serde(default)]
    pub retour: String,
    /// Who is asked to confirm.
    pub personne: i64,
    /// One confirmation, one effect.
    pub nonce: String,
}

/// How many rows hold a value, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The value, as stored.
    pub value: Option<String>,
    /// Whether another person than the one who asks has to change them.
    pub apart: bool,
    /// Rows.
    pub rows: i64,
    /// Sums of their columns.
    pub sums: Vec<i64>,
}

impl Group {
    /// Whether `action` changes these rows.
    pub fn is_taken(&self, action: &BulkAction) -> bool {
        !self.apart && action.takes(self.value.as_deref())
    }
}

/// The rows of a selection, counted in one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// By value.
    pub groups: Vec<Group>,
    /// The snapshot.
    pub snapshot: String,
    /// Which rows, when they were ticked.
    pub keys: Vec<i64>,
}

impl Counted {
    /// Rows in all.
    pub fn total(&self) -> i64 {
        self.groups.iter().map(|group| group.rows).sum()
    }

    /// Sums of the rows that `action` changes.
    pub fn sums(&self, action: &BulkAction) -> Vec<i64> {
        let changed = self.groups.iter().filter(|group| group.is_taken(action));
        changed.fold(vec![0; action.sums.len()], |sums, group| sums.iter().zip(&group.sums).map(|(sum, more)| sum + more).collect())
    }

    /// Rows that `action` changes.
    pub fn changed(&self, action: &BulkAction) -> i64 {
        self.groups.iter().filter(|group| group.is_taken(action)).map(|group| group.rows).sum()
    }
}

/// An action as its work and its page read it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    pub id: i64,
    pub liste: String,
    pub nom: String,
    pub libelle: String,
    pub requete: String,
    pub filtres: String,
    pub jour: NaiveDate,
    pub instantane: String,
    pub demandeur_id: i64,
    pub demandeur: String,
    pub collectivite_id: Option<i32>,
    /// The communes of the rows it changes, once they are put aside.
    pub communes: Vec<String>,
    pub etat: String,
    pub job_id: Option<i64>,
    pub confirmees: i64,
    pub retenues: Option<i64>,
    pub deja: Option<i64>,
    pub refusees: Option<i64>,
    pub changees: Option<i64>,
    pub avancement: i64,
    pub modifiees: i64,
    pub erreur: Option<String>,
    pub cree_le: DateTime<Utc>,
    pub fini_le: Option<DateTime<Utc>>,
    pub annule_par: Option<i64>,
    pub annuleur: Option<String>,
    pub annule_job_id: Option<i64>,
    pub annule_avancement: i64,
    pub restaurees: i64,
    pub annule_le: Option<DateTime<Utc>>,
    pub annulable_jusqu_au: DateTime<Utc>,
    /// Whether that time has not come yet, by the clock of the base.
    pub annulable: bool,
    pub motif_id: Option<i32>,
    pub motif_libelle: Option<String>,
    pub motif_precision: Option<String>,
    pub sommes: Option<Vec<i64>>,
    pub job_state: Option<String>,
    pub job_seconds: Option<i64>,
    pub job_error: Option<String>,
    /// Jobs that pass before its own, and what that one waits for.
    pub devant: Option<i64>,
    pub attente: Option<String>,
}

impl Row {
    /// The reason given with it.
    pub fn motif(&self) -> Option<Motif> {
        Motif::of(self.motif_id, self.motif_libelle.clone(), self.motif_precision.clone())
    }

    /// Where it stands. The job tells how far the work is: one that was called off before it ran, or
    /// whose worker died while saying so, left the action as it was.
    pub fn state(&self) -> &str {
        match (self.etat.as_str(), self.job_state.as_deref()) {
            (state, Some(job)) if LIVING.contains(&job) => state,
            (state, Some("failed")) if ECHOUE.takes(state) => ECHOUE.to,
            (state, _) if ARRETE.takes(state) => ARRETE.to,
            (state, _) if SUSPEND.takes(state) => SUSPEND.to,
            (state, _) => state,
        }
    }

    /// Whether work goes on.
    pub fn is_moving(&self) -> bool {
        EN_ROUTE.contains(&self.state())
    }

    /// Whether it can be undone now.
    pub fn can_undo(&self) -> bool {
        self.annulable && self.modifiees > 0 && ANNULE.takes(self.state()) && !self.is_moving()
    }

    /// Rows of the confirmed count that somebody wrote, moved or removed before they were put aside.
    pub fn moved(&self) -> i64 {
        let kept = [self.retenues, self.deja, self.refusees].iter().flatten().sum::<i64>();
        if self.retenues.is_some() { (self.confirmees - kept).max(0) } else { 0 }
    }

    /// Rows that came into the selection after the count, at least.
    pub fn arrived(&self) -> i64 {
        (self.changees.unwrap_or(0) - self.moved()).max(0)
    }

    /// Rows changed since the action, that its undoing left as they are.
    pub fn kept(&self) -> i64 {
        (self.annule_avancement - self.restaurees - self.overtaken()).max(0)
    }

    /// Rows put aside whose turn came and that somebody had changed meanwhile.
    pub fn overtaken(&self) -> i64 {
        self.avancement - self.modifiees
    }
}

/// « 3 séjours modifiés » and the like: a count, a noun, words that agree with it.
pub fn agreed(count: i64, noun: (&str, &str), words: (&str, &str)) -> String {
    let several = count.abs() >= 2;
    format!("{} {} {}", format::integer(count), if several { noun.1 } else { noun.0 }, if several { words.1 } else { words.0 })
}

/// Rows out of reach that are counted: beyond, at least as many.
pub const OUT_OF_REACH_MAX: i64 = 10_000;

/// Why `person` cannot undo an action of which `count` rows are not theirs to change.
pub fn out_of_reach(action: &BulkAction, row: &Row, person: i64, count: i64) -> String {
    let least = if count < OUT_OF_REACH_MAX { "" } else { "au moins " };
    let what = format!("{least}{}", action.champ.list.counted(count));
    let asked = if row.demandeur_id == person { String::new() } else { format!("{}, ou ", row.demandeur) };
    format!(
        "Cette action a changé {what} qui ne sont pas dans votre périmètre\u{a0}: vous ne pouvez pas l’annuler, même en partie. Rien n’a été changé. \
         Demandez à {asked}un administrateur de toutes les communes concernées."
    )
}
