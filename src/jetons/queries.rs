//! The SQL of the tokens.

use super::model::Jeton;
use crate::platform::db::Db;

/// The token whose SHA-256 is `hash`, for a call that comes from `ip`.
pub async fn find(db: &Db, hash: &[u8], ip: Option<String>) -> Result<Option<Jeton>, sqlx::Error> {
    sqlx::query_as(
        "SELECT j.id, j.utilisateur_id, j.nom, j.droits, j.collectivites, j.personnel, j.appels_minute, j.simultanes, j.lignes_jour,
             coalesce((SELECT d.lignes FROM jeton_api_jour d WHERE d.jeton_id = j.id AND d.jour = t.jour), 0) AS lignes,
             j.revoque_le IS NOT NULL AS revoque, j.expire_le <= now() AS expire,
             j.adresses = '{}' OR coalesce($2::text::inet <<= ANY (j.adresses), false) AS admis, t.jour,
             (SELECT sum(version::float8)::bigint FROM version_donnees) AS etat
         FROM jeton_api j, LATERAL (SELECT (now() AT TIME ZONE 'America/Guadeloupe')::date AS jour) t WHERE j.empreinte = $1",
    )
    .bind(hash)
    .bind(ip)
    .fetch_optional(db.statement())
    .await
}

/// Writes down what a token was asked since the last time: calls, refusals, rows, and where the last one came from.
pub async fn tally(db: &Db, id: i64, (calls, refusals, rows): (i64, i64, i64), ip: Option<String>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH jour AS (
             INSERT INTO jeton_api_jour AS d (jeton_id, jour, appels, refus, lignes)
             SELECT id, (now() AT TIME ZONE 'America/Guadeloupe')::date, $2, $3, $4 FROM jeton_api WHERE id = $1
             ON CONFLICT (jeton_id, jour) DO UPDATE SET appels = d.appels + $2, refus = d.refus + $3, lignes = d.lignes + $4)
         UPDATE jeton_api SET utilise_le = now(), utilise_de = $5::text::inet WHERE id = $1",
    )
    .bind(id)
    .bind(calls)
    .bind(refusals)
    .bind(rows)
    .bind(ip)
    .execute(db.statement())
    .await?;
    Ok(())
}
