//! The SQL of the notices.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::platform::db::Db;

/// Days a notice is kept.
const KEPT_DAYS: i32 = 90;
/// Notices shown at once.
const SHOWN_MAX: i64 = 100;

/// A notice to add.
pub struct Notice<'a> {
    /// `info`, `succes`, `alerte` or `erreur`.
    pub ton: &'a str,
    /// What happened, in one sentence or two.
    pub texte: &'a str,
    /// Where to look, in Gardel.
    pub lien: &'a str,
}

/// A notice as shown.
#[derive(sqlx::FromRow)]
pub struct Line {
    pub id: i64,
    pub ton: String,
    pub texte: String,
    pub cree_le: DateTime<Utc>,
    pub lu_le: Option<DateTime<Utc>>,
}

/// Tells a person something, in the transaction of what it tells.
pub async fn add(connection: &mut PgConnection, user_id: i64, notice: &Notice<'_>) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO avis (utilisateur_id, ton, texte, lien) VALUES ($1, $2, $3, $4)")
        .bind(user_id)
        .bind(notice.ton)
        .bind(notice.texte)
        .bind(notice.lien)
        .execute(connection)
        .await?;
    Ok(())
}

/// The last notices of a person.
pub async fn recent(db: &Db, user_id: i64) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as("SELECT id, ton, texte, cree_le, lu_le FROM avis WHERE utilisateur_id = $1 ORDER BY id DESC LIMIT $2")
        .bind(user_id)
        .bind(SHOWN_MAX)
        .fetch_all(db.statement())
        .await
}

/// Notes that a notice was read; gives where it leads, `None` when it is somebody else's.
pub async fn read(connection: &mut PgConnection, user_id: i64, id: i64) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("UPDATE avis SET lu_le = coalesce(lu_le, now()) WHERE id = $1 AND utilisateur_id = $2 RETURNING lien")
        .bind(id)
        .bind(user_id)
        .fetch_optional(connection)
        .await
}

/// Notes that every notice of a person was read, up to the last one they saw.
pub async fn read_all(connection: &mut PgConnection, user_id: i64, last: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE avis SET lu_le = now() WHERE utilisateur_id = $1 AND lu_le IS NULL AND id <= $2")
        .bind(user_id)
        .bind(last)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes the old ones.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM avis WHERE cree_le < now() - make_interval(days => $1)").bind(KEPT_DAYS).execute(pool).await?;
    Ok(())
}
