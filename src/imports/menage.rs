//! Imports whose work is over without having said so, and those that nobody needs any more.

use sqlx::{PgConnection, PgPool};

use super::etats::{AU_REPOS, Etape};
use crate::platform::jobs::states::LIVING;

/// Days during which an import is kept, with its file and its lines.
const KEPT_DAYS: i32 = 400;
/// The same for one that was given up.
const DROPPED_DAYS: i32 = 30;
/// Lines removed by a statement, and statements of one upkeep, for a table.
const LIGNES_PAR_FOIS: i64 = 20_000;
const LOTS_MAX: usize = 50;

/// Before an import writes: those of its kind and place whose job is over, called off before it ran, keep nobody waiting.
pub async fn libere(connection: &mut PgConnection, id: i64) -> Result<(), sqlx::Error> {
    for etape in [Etape::Ecriture, Etape::Annulation] {
        sqlx::query(
            "UPDATE import b SET etat = $2 FROM import a WHERE a.id = $4 AND b.genre = a.genre AND b.collectivite_id IS NOT DISTINCT FROM a.collectivite_id
               AND b.id <> a.id AND b.etat = $1 AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = b.job_id AND j.state = ANY($3))",
        )
        .bind(etape.code())
        .bind(etape.stop().to)
        .bind(LIVING)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Says of the imports whose job is over that their work stopped: one called off before it ran says nothing.
pub async fn settle(pool: &PgPool) -> Result<(), sqlx::Error> {
    for etape in [Etape::Verification, Etape::Ecriture, Etape::Annulation] {
        sqlx::query(
            "UPDATE import a SET etat = $2 WHERE a.etat = $1 AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = a.job_id AND j.state = ANY($3))",
        )
        .bind(etape.code())
        .bind(etape.stop().to)
        .bind(LIVING)
        .execute(pool)
        .await?;
    }
    Ok(())
}

/// Removes the lines of imports that were given up the day before or earlier: what they held in the base is room for others, and the file is
/// still there to be replayed. Some at a time: the next upkeep goes on.
pub async fn allege(pool: &PgPool) -> Result<(), sqlx::Error> {
    for table in ["import_ligne", "import_anomalie"] {
        for _ in 0..LOTS_MAX {
            // Only the two tables above.
            let sql = format!(
                "DELETE FROM {table} x WHERE x.id IN (SELECT l.id FROM import a JOIN LATERAL (SELECT l.id FROM {table} l WHERE l.import_id = a.id ORDER BY l.id LIMIT $1) l ON true
                     WHERE a.etat = 'abandonne' AND a.cree_le < now() - interval '1 day' LIMIT $1)"
            );
            if sqlx::query(sqlx::AssertSqlSafe(sql)).bind(LIGNES_PAR_FOIS).execute(pool).await?.rows_affected() == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Removes an import that nobody needs any more, with its lines: given up for a month, or loaded long before. Gives the place of its file,
/// when no other import has the same.
pub async fn forget_one(pool: &PgPool) -> Result<Option<Option<String>>, sqlx::Error> {
    let gone: Option<String> = sqlx::query_scalar(
        "DELETE FROM import WHERE id = (SELECT id FROM import WHERE etat = ANY($3) AND (cree_le < now() - make_interval(days => $1)
             OR etat = 'abandonne' AND cree_le < now() - make_interval(days => $2)) ORDER BY id LIMIT 1) RETURNING chemin",
    )
    .bind(KEPT_DAYS)
    .bind(DROPPED_DAYS)
    .bind(AU_REPOS)
    .fetch_optional(pool)
    .await?;
    let Some(chemin) = gone else { return Ok(None) };
    let alone: bool = sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM import WHERE chemin = $1)").bind(&chemin).fetch_one(pool).await?;
    Ok(Some(alone.then_some(chemin)))
}
