//! The SQL of the forms that a session's end interrupted.

use sqlx::PgPool;

use super::{KEPT_MAX, Saisie};
use crate::platform::db::Db;

/// Whose session the token was, living or ended, as long as its row is there and its person may enter.
pub async fn owner(db: &Db, hash: &[u8]) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT s.utilisateur_id FROM session s JOIN utilisateur u ON u.id = s.utilisateur_id WHERE s.empreinte = $1 AND u.actif")
        .bind(hash)
        .fetch_optional(db.statement())
        .await
}

/// Keeps a form for person `user_id`, in place of their oldest one beyond [`KEPT_MAX`]; gives its number.
pub async fn keep(db: &Db, user_id: i64, path: &str, back: &str, body: &str) -> Result<i64, sqlx::Error> {
    let mut write = db.write().await?;
    let id = sqlx::query_scalar("INSERT INTO saisie_gardee (utilisateur_id, chemin, retour, corps) VALUES ($1, $2, $3, $4) RETURNING id")
        .bind(user_id)
        .bind(path)
        .bind(back)
        .bind(body)
        .fetch_one(&mut *write.tx)
        .await?;
    sqlx::query(
        "DELETE FROM saisie_gardee WHERE utilisateur_id = $1
         AND id <= (SELECT id FROM saisie_gardee WHERE utilisateur_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)",
    )
    .bind(user_id)
    .bind(KEPT_MAX)
    .execute(&mut *write.tx)
    .await?;
    write.commit().await?;
    Ok(id)
}

/// Form `id` when it is that of person `user_id` and its day is not over.
pub async fn kept(db: &Db, user_id: i64, id: i64) -> Result<Option<Saisie>, sqlx::Error> {
    sqlx::query_as("SELECT id, chemin, retour, corps FROM saisie_gardee WHERE id = $1 AND utilisateur_id = $2 AND cree_le > now() - interval '1 day'")
        .bind(id)
        .bind(user_id)
        .fetch_optional(db.statement())
        .await
}

/// Forgets form `id` of person `user_id`.
pub async fn forget(db: &Db, user_id: i64, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM saisie_gardee WHERE id = $1 AND utilisateur_id = $2").bind(id).bind(user_id).execute(db.statement()).await?;
    Ok(())
}

/// Forgets the forms whose day is over.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM saisie_gardee WHERE cree_le < now() - interval '1 day'").execute(pool).await?;
    Ok(())
}
