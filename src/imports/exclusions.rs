//! Lines that are left out of a writing, and taken back: by a person, or by the checking until a person decides.

use sqlx::PgConnection;

use super::model::Import;
use super::queries::tient;
use crate::platform::db::Db;

/// Warnings among which doubles are counted: beyond, they are told line by line and no more.
const COMPTES_MAX: i64 = 20_000;

/// How many lines that are to be written were told to look like another row, or another line.
///
/// # Errors
/// PostgreSQL failed.
pub async fn doublons(db: &Db, import: &Import) -> Result<i64, sqlx::Error> {
    if import.state() != "a_confirmer" || import.avertissements == 0 || import.avertissements > COMPTES_MAX {
        return Ok(0);
    }
    sqlx::query_scalar(
        "SELECT count(DISTINCT l.id) FROM import_anomalie x JOIN import_ligne l ON l.import_id = x.import_id AND l.rang = x.rang
         WHERE x.import_id = $1 AND x.code IN ('DUP-05', 'DUP-06') AND l.etat = 'prevue' AND l.verdict IN ('nouvelle', 'changee')",
    )
    .bind(import.id)
    .fetch_one(db.statement())
    .await
}

/// Which lines a person leaves out, or takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choisies<'a> {
    /// These are left out.
    Exclues(&'a [i64]),
    /// These are taken back.
    Reprises(&'a [i64]),
    /// All that were told to look like another row, or another line, are left out.
    Doublons,
    /// All that the checking left out by itself are taken back.
    MisesDeCote,
}

impl Choisies<'_> {
    /// Whether lines are left out.
    pub fn sortent(self) -> bool {
        matches!(self, Self::Exclues(_) | Self::Doublons)
    }
}

/// Leaves lines out, or takes them back, while nothing is confirmed; gives how many changed, nothing when it is no longer to be confirmed.
pub async fn exclude(connection: &mut PgConnection, id: i64, which: Choisies<'_>) -> Result<Option<u64>, sqlx::Error> {
    // Whoever confirms waits here, and sees another revision; or was first.
    if !tient(&mut *connection, id, "a_confirmer").await? {
        return Ok(None);
    }
    let (from, to) = if which.sortent() { ("prevue", "exclue") } else { ("exclue", "prevue") };
    let (lines, all): (&[i64], &str) = match which {
        Choisies::Exclues(lines) | Choisies::Reprises(lines) => (lines, "l.id = ANY($2)"),
        Choisies::Doublons => (
            &[],
            "cardinality($2::bigint[]) = 0 AND EXISTS (SELECT 1 FROM import_anomalie x WHERE x.import_id = l.import_id AND x.rang = l.rang AND x.code IN ('DUP-05', 'DUP-06'))",
        ),
        Choisies::MisesDeCote => (&[], "cardinality($2::bigint[]) = 0 AND l.motif IS NOT NULL"),
    };
    let sql = format!(
        "UPDATE import_ligne l SET etat = $4, motif = NULL WHERE l.import_id = $1 AND l.etat = $3 AND l.verdict IN ('nouvelle', 'changee') AND {all}"
    );
    let changed = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(lines).bind(from).bind(to).execute(&mut *connection).await?;
    if changed.rows_affected() > 0 {
        sqlx::query("UPDATE import SET revision = revision + 1 WHERE id = $1").bind(id).execute(connection).await?;
    }
    Ok(Some(changed.rows_affected()))
}
