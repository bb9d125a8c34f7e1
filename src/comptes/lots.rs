//! Accounts made many at once, of the lines of an import: by functions of the base, for what a person agreed to and nothing else. The
//! worker has no right of its own on the tables of the accounts.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use super::{courriels, queries};
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::db::{Db, Write};
use crate::platform::error::{Error, Result};
use crate::ui::format;

/// People that one import invites at most: each may be written to.
pub const INVITES_MAX: i64 = 5_000;

/// Lines of an import: its number, the first rank and the one after the last.
pub type Lot = (i64, (i64, i64));

/// Keeps what somebody has just confirmed of an import: the digest of its new lines, and whether e-mails leave. Written by the server,
/// out of reach of the worker.
///
/// # Errors
/// They are too many, or PostgreSQL failed.
pub async fn accorde(context: &Context, write: &mut Write, import: i64) -> Result<()> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM import_ligne WHERE import_id = $1 AND verdict = 'nouvelle' AND etat = 'prevue'")
        .bind(import)
        .fetch_one(&mut *write.tx)
        .await?;
    if count > INVITES_MAX {
        return Err(Error::invalid(format!(
            "Un import invite {} personnes au plus\u{a0}: rien n’a été fait. Abandonnez-le, et coupez le fichier en plusieurs.",
            format::integer(INVITES_MAX)
        )));
    }
    sqlx::query(
        "INSERT INTO import_accord (import_id, auteur_id, empreinte, par_courriel) SELECT i.id, i.demandeur_id, import_nouvelles(i.id), $2 FROM import i WHERE i.id = $1",
    )
    .bind(import)
    .bind(context.mailer.is_some())
    .execute(&mut *write.tx)
    .await?;
    Ok(())
}

/// The name of the file of an import.
async fn fichier(write: &mut Write, import: i64) -> Result<String> {
    Ok(sqlx::query_scalar("SELECT nom FROM import WHERE id = $1").bind(import).fetch_one(&mut *write.tx).await?)
}

/// Creates the accounts of the new lines of a lot, with one e-mail each where that was agreed to: everything in the transaction of the lot.
/// Gives how many, and their places.
///
/// # Errors
/// Nobody agreed to these accounts, or PostgreSQL failed.
pub async fn cree_par_lot(write: &mut Write, (import, (from, to)): Lot, actor: &Actor) -> Result<(i64, Vec<String>)> {
    let made: Vec<(i64, String, String, Option<i64>)> = sqlx::query_as("SELECT compte, son_role, lieu, envoi FROM comptes_importes($1, $2, $3)")
        .bind(import)
        .bind(from)
        .bind(to)
        .fetch_all(&mut *write.tx)
        .await?;
    let nom = fichier(write, import).await?;
    let mut by_role: BTreeMap<&str, Vec<(i64, String)>> = BTreeMap::new();
    for (id, role, lieu, _) in &made {
        by_role.entry(role).or_default().push((*id, lieu.clone()));
    }
    for (role, rows) in by_role {
        let mut detail = json!({"role": role, "import": nom});
        if made.iter().any(|(.., envoi)| envoi.is_some()) {
            detail["lien"] = "invitation".into();
            detail["envoi"] = "demande".into();
        }
        journal::note_each(&mut write.tx, actor, Action::Create, ("utilisateur", &rows), &detail).await?;
    }
    let demands: Vec<i64> = made.iter().filter_map(|(.., envoi)| *envoi).collect();
    courriels::leave_all(write, &demands).await?;
    let mut places: Vec<String> = made.iter().map(|(_, _, lieu, _)| lieu.clone()).collect();
    places.sort_unstable();
    places.dedup();
    Ok((i64::try_from(made.len()).unwrap_or(i64::MAX), places))
}

/// Removes the accounts that the lines of a lot created and that never served, with their links and the e-mails that wait. Gives how
/// many, and their places.
///
/// # Errors
/// PostgreSQL failed.
pub async fn retire_par_lot(write: &mut Write, (import, (from, to)): Lot, actor: &Actor) -> Result<(i64, Vec<String>)> {
    // Who manages whom, and who is left to: nobody else changes it meanwhile.
    queries::lock_rights(&mut write.tx).await?;
    let gone: Vec<(i64, String)> =
        sqlx::query_as("SELECT compte, lieu FROM comptes_repris($1, $2, $3)").bind(import).bind(from).bind(to).fetch_all(&mut *write.tx).await?;
    let told = json!({"import": format!("Annulation\u{a0}: {}", fichier(write, import).await?), "suppression": true});
    journal::note_each(&mut write.tx, actor, Action::Change, ("utilisateur", &gone), &told).await?;
    let mut places: Vec<String> = gone.iter().map(|(_, lieu)| lieu.clone()).collect();
    places.sort_unstable();
    places.dedup();
    Ok((i64::try_from(gone.len()).unwrap_or(i64::MAX), places))
}

/// Whether each of these accounts is active, and its collectivités, in order.
///
/// # Errors
/// PostgreSQL failed.
pub async fn etats(db: &Db, ids: &[i64]) -> Result<HashMap<i64, (bool, Vec<i32>)>> {
    let found: Vec<(i64, bool, Vec<i32>)> = sqlx::query_as(
        "SELECT u.id, u.actif, ARRAY(SELECT uc.collectivite_id FROM utilisateur_collectivite uc WHERE uc.utilisateur_id = u.id ORDER BY 1)
         FROM utilisateur u WHERE u.id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(db.statement())
    .await?;
    Ok(found.into_iter().map(|(id, actif, places)| (id, (actif, places))).collect())
}
