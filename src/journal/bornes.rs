//! What one person may ask for in a time: an account that is stolen, or a script left running, empties nothing.
//!
//! Counted in the journal, where all of it is noted: by the number of the request, for what speaks of several places has a
//! line in each.

use sqlx::PgConnection;

use super::{Action, Actor};
use crate::context::Context;
use crate::platform::error::{Error, Result};

/// What is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Borne {
    /// Files asked for, in a day.
    Exports,
    /// Actions on many rows, imports that were confirmed among them, in a day.
    Actions,
    /// Files of people opened, in an hour.
    Consultations,
}

impl Borne {
    /// The setting, its value, the hours it counts, the lines counted (action, object or any), and what they are.
    fn of(self, context: &Context) -> (&'static str, i32, i32, Action, Option<&'static str>, &'static str) {
        let config = &context.config;
        match self {
            Self::Exports => ("exports_par_jour", config.exports_par_jour, 24, Action::Export, Some("export"), "exports en 24 heures"),
            Self::Actions => ("actions_par_jour", config.actions_par_jour, 24, Action::Change, Some("action"), "actions groupées en 24 heures"),
            Self::Consultations => {
                ("consultations_par_heure", config.consultations_par_heure, 1, Action::Read, None, "fiches de personnes ouvertes en une heure")
            }
        }
    }
}

/// Seconds after which a refusal says to come back.
const LATER_SECONDS: u64 = 600;

/// Beginning of the locks under which one person's lines are counted.
const LOCK: i32 = 0x626f;

/// Refuses what goes beyond the bound of its person. Asked in the transaction that notes it: what the same person asks for at
/// the same instant is counted one after the other.
///
/// # Errors
/// The bound is reached (429, with the setting that an exploitant may change), or PostgreSQL failed.
pub async fn within(context: &Context, connection: &mut PgConnection, actor: &Actor, borne: Borne) -> Result<()> {
    let (setting, most, hours, action, object, what) = borne.of(context);
    // Two people whose numbers end alike wait for each other a moment, and no more.
    let key = i32::try_from(actor.id.unwrap_or(0) % i64::from(i32::MAX)).unwrap_or(0);
    sqlx::query("SELECT pg_advisory_xact_lock($1, $2)").bind(LOCK + borne as i32).bind(key).execute(&mut *connection).await?;
    let count: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT requete_id) FROM journal
         WHERE acteur_id = $1 AND moment > now() - make_interval(hours => $2) AND action = $3
           AND ($4::text IS NULL OR objet = $4 OR $4 = 'action' AND objet = 'import' AND detail->>'geste' LIKE 'confirmé%')",
    )
    .bind(actor.id)
    .bind(hours)
    .bind(action.code())
    .bind(object)
    .fetch_one(&mut *connection)
    .await?;
    if count < i64::from(most) {
        return Ok(());
    }
    tracing::warn!(user = actor.id, setting, request = actor.request, "a bound is reached");
    let sentence = format!("Votre limite est atteinte : {most} {what}. Revenez plus tard, ou demandez à l’exploitant de la relever ({setting}).");
    Err(Error::Bound(sentence.into(), LATER_SECONDS))
}
