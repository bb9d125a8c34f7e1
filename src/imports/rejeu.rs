//! An import whose file is checked again as another: which of the two holds the file.

use sqlx::PgConnection;

use super::etats::VIVANT;

/// Of an import that is over: its file is again that of the last import of the same file that still is, unless one holds it. A replay
/// may have been replayed in its turn.
pub async fn rend_le_fichier(connection: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE import h SET rejoue = false WHERE h.etat = ANY ($2) AND h.id = (
             SELECT max(b.id) FROM import a JOIN import b ON b.genre = a.genre AND b.collectivite_id IS NOT DISTINCT FROM a.collectivite_id AND b.sha256 = a.sha256
             WHERE a.id = $1 AND b.etat = ANY ($2) HAVING bool_and(b.rejoue))",
    )
    .bind(id)
    .bind(VIVANT)
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes an import of the file of another, read as that one was; `Err` is the import that holds the file.
pub async fn rejoue(connection: &mut PgConnection, id: i64, personne: i64) -> Result<Result<i64, i64>, sqlx::Error> {
    // Two clicks wait for each other here.
    let held: bool = sqlx::query_scalar("SELECT rejoue FROM import WHERE id = $1 FOR UPDATE").bind(id).fetch_one(&mut *connection).await?;
    if !held {
        sqlx::query("UPDATE import SET rejoue = true WHERE id = $1").bind(id).execute(&mut *connection).await?;
    }
    // Nobody has seen what it would write now: no profile is trusted with that.
    let new: Option<i64> = sqlx::query_scalar(
        "INSERT INTO import (genre, demandeur_id, collectivite_id, nom, octets, sha256, chemin, examen, correspondance, voulu, mode, profil_id, profil, complet, origine_id, sans_confiance)
         SELECT genre, $2, collectivite_id, nom, octets, sha256, chemin, examen, correspondance, voulu, mode, profil_id, profil, complet, id, true FROM import WHERE id = $1
         ON CONFLICT (genre, coalesce(collectivite_id, 0), sha256) WHERE etat NOT IN ('annule', 'abandonne') AND NOT rejoue DO NOTHING RETURNING id",
    )
    .bind(id)
    .bind(personne)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(new) = new {
        return Ok(Ok(new));
    }
    sqlx::query_scalar(
        "SELECT b.id FROM import a JOIN import b ON b.genre = a.genre AND b.collectivite_id IS NOT DISTINCT FROM a.collectivite_id AND b.sha256 = a.sha256
         WHERE a.id = $1 AND b.etat = ANY($2) AND NOT b.rejoue",
    )
    .bind(id)
    .bind(VIVANT)
    .fetch_one(connection)
    .await
    .map(Err)
}
