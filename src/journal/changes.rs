//! What happened to one object: the part of the journal that its file shows.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgPool;

/// A change of an object, as the journal holds it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Change {
    /// When.
    pub moment: DateTime<Utc>,
    /// Who, by the name they had.
    pub acteur: String,
    /// It is its creation.
    pub creation: bool,
    /// What was changed, field by field: before and after.
    pub detail: Value,
}

/// The last changes of one object and its creation, the last first; readings are left out. The caller has checked that the
/// reader may see the object: who sees it sees what became of it.
pub async fn changes(pool: &PgPool, object: &str, object_id: &str, most: i64) -> Result<Vec<Change>, sqlx::Error> {
    sqlx::query_as(
        "SELECT moment, acteur, action = 'creation' AS creation, detail FROM journal
         WHERE objet = $1 AND objet_id = $2 AND action IN ('modification', 'creation') ORDER BY moment DESC, id DESC LIMIT $3",
    )
    .bind(object)
    .bind(object_id)
    .bind(most)
    .fetch_all(pool)
    .await
}
