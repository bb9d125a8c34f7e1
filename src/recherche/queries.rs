//! The SQL of what people opened last.

use sqlx::PgPool;

use crate::platform::db::Db;

/// Rows remembered for one person.
pub const KEPT: i64 = 20;
/// Days after which nothing is remembered of a row that was not opened again.
const KEPT_DAYS: i32 = 90;

/// Notes an opening, and forgets what is older than the last [`KEPT`]. Two openings of the same moment do not wait for each
/// other to forget: the next one will. The page waits for no disk: what a server that dies forgets is the last second of this list.
pub async fn open(db: &Db, user_id: i64, list: &str, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH ouverte AS (
             INSERT INTO ouverture (utilisateur_id, liste, objet_id)
             SELECT $1, $2, $3 FROM (SELECT set_config('synchronous_commit', 'off', true) OFFSET 0) d
             ON CONFLICT (utilisateur_id, liste, objet_id) DO UPDATE SET ouverte_le = now())
         DELETE FROM ouverture o USING (
             SELECT liste, objet_id FROM ouverture WHERE utilisateur_id = $1 AND (liste, objet_id) IN (
                 SELECT liste, objet_id FROM ouverture WHERE utilisateur_id = $1 AND (liste, objet_id) <> ($2, $3)
                 ORDER BY ouverte_le DESC, liste, objet_id OFFSET $4 - 1)
             FOR UPDATE SKIP LOCKED) ancienne
         WHERE o.utilisateur_id = $1 AND o.liste = ancienne.liste AND o.objet_id = ancienne.objet_id",
    )
    .bind(user_id)
    .bind(list)
    .bind(id)
    .bind(KEPT)
    .execute(db.statement())
    .await?;
    Ok(())
}

/// List and key of what a person opened, the last first.
pub async fn opened(db: &Db, user_id: i64) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT liste, objet_id FROM ouverture WHERE utilisateur_id = $1 ORDER BY ouverte_le DESC, liste, objet_id LIMIT $2")
        .bind(user_id)
        .bind(KEPT)
        .fetch_all(db.statement())
        .await
}

/// Forgets what was opened long ago, and all that the accounts out of use opened.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM ouverture o WHERE ouverte_le < now() - make_interval(days => $1)
             OR NOT EXISTS (SELECT 1 FROM utilisateur u WHERE u.id = o.utilisateur_id AND u.actif)",
    )
    .bind(KEPT_DAYS)
    .execute(pool)
    .await?;
    Ok(())
}
