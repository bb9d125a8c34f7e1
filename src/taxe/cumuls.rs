//! Stays counted beforehand (`sejour_compte`): triggers add what each statement changes, and this puts it together from time to time.

use sqlx::PgPool;

/// Differences looked at in one statement.
const BATCH: i64 = 5_000;
/// Statements in one call.
const BATCHES_MAX: usize = 200;

/// Makes one row of each cell that was added to since the last time. What its rows add up to stays what it was, for whoever reads or
/// writes meanwhile: rows that are not seen here are left as they are.
///
/// # Errors
/// PostgreSQL failed.
pub async fn settle(pool: &PgPool) -> Result<(), sqlx::Error> {
    for _ in 0..BATCHES_MAX {
        let settled = sqlx::query(
            "WITH touchee AS MATERIALIZED (
                 SELECT DISTINCT code_insee, mois, statut, nature_id, categorie_id, collecteur FROM (
                     SELECT code_insee, mois, statut, nature_id, categorie_id, collecteur FROM sejour_compte WHERE ajout LIMIT $1) a),
             prise AS (
                 DELETE FROM sejour_compte c USING touchee t
                 WHERE c.code_insee = t.code_insee AND c.mois = t.mois AND c.statut = t.statut AND c.nature_id = t.nature_id
                     AND c.categorie_id = t.categorie_id AND c.collecteur = t.collecteur
                 RETURNING c.*),
             reunie AS (
                 INSERT INTO sejour_compte (code_insee, mois, statut, nature_id, categorie_id, collecteur, nombre, montant, ajout)
                 SELECT code_insee, mois, statut, nature_id, categorie_id, collecteur, sum(nombre), sum(montant), false FROM prise
                 GROUP BY code_insee, mois, statut, nature_id, categorie_id, collecteur
                 HAVING sum(nombre) <> 0 OR sum(montant) <> 0)
             SELECT 1 FROM touchee",
        )
        .bind(BATCH)
        .fetch_optional(pool)
        .await?;
        if settled.is_none() {
            break;
        }
    }
    Ok(())
}
