//! A kind whose rows the worker has no right to write: functions of the base write them, under what a person agreed to.

use maud::Markup;

use super::ligne::Ligne;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::Actor;
use crate::platform::db::Write;
use crate::platform::error::Result;

/// A part of an import: its lines of some ranks.
pub struct Tranche<'a> {
    /// The import.
    pub import: i64,
    /// First rank, and the one after the last.
    pub rangs: (i64, i64),
    /// In whose name.
    pub actor: &'a Actor,
}

/// What looks at the lines of such a kind, and writes its rows. Everything is asked in a transaction of the imports, which is kept or
/// lost whole.
#[rocket::async_trait]
pub trait Ecrivain: Send + Sync {
    /// Looks at lines once they are judged, all together: what rests on more than the row that each names.
    async fn regarde(&self, context: &Context, personne: &Personne, lines: &mut [Ligne]) -> Result<()>;

    /// Keeps what somebody has just confirmed: nothing else is written.
    async fn accorde(&self, context: &Context, write: &mut Write, import: i64) -> Result<()>;

    /// Creates the rows of the new lines, and marks these as written; leaves those that may not be any more, and says why. Gives how
    /// many, and their places.
    async fn cree(&self, write: &mut Write, tranche: &Tranche<'_>) -> Result<(i64, Vec<String>)>;

    /// Removes the rows that were created and that nothing holds, and marks their lines as undone. Gives how many, and their places.
    async fn retire(&self, write: &mut Write, tranche: &Tranche<'_>) -> Result<(i64, Vec<String>)>;

    /// What is said on the page of an import that stands at `etat`, beside its counts.
    fn dit(&self, context: &Context, import: i64, etat: &str) -> Option<Markup>;
}
