//! Which of the lines that write a page shows, and where the others begin.

use super::model::Prevue;
use crate::platform::db::Db;

/// Lines shown on a page.
pub const MONTREES: i64 = 50;

/// Some of the lines that write, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Tranche {
    /// These lines.
    pub lignes: Vec<Prevue>,
    /// The rank after which they begin; none for the first ones.
    pub apres: Option<i64>,
    /// How many are before them.
    pub avant: i64,
    /// The rank after which the ones before begin; -1 for the first ones.
    pub precedente: Option<i64>,
    /// The rank after which the next ones begin.
    pub suivante: Option<i64>,
}

/// A proposal that was accepted wrote like the others.
const QUI_ECRIVENT: &str = "(verdict IN ('nouvelle', 'changee') OR verdict = 'proposee' AND etat IN ('ecrite', 'defaite', 'gardee'))";

impl Tranche {
    /// The lines of an import after the rank `apres`.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn of(db: &Db, import: i64, apres: Option<i64>) -> Result<Self, sqlx::Error> {
        let apres = apres.filter(|rank| *rank >= 0);
        let sql = format!(
            "SELECT id, rang, ligne, verdict, etat, cle, nom, valeurs, avant, motif FROM import_ligne
             WHERE import_id = $1 AND rang > $2 AND {QUI_ECRIVENT} ORDER BY rang LIMIT $3 + 1"
        );
        let mut lignes: Vec<Prevue> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(import).bind(apres.unwrap_or(-1)).bind(MONTREES).fetch_all(db.statement()).await?;
        let others = i64::try_from(lignes.len()).is_ok_and(|count| count > MONTREES);
        if others {
            lignes.pop();
        }
        let suivante = lignes.last().filter(|_| others).map(|line| line.rang);
        let Some(rank) = apres else { return Ok(Self { lignes, suivante, ..Self::default() }) };
        let sql = format!(
            "SELECT (SELECT count(*) FROM import_ligne WHERE import_id = $1 AND rang <= $2 AND {QUI_ECRIVENT}),
                 (SELECT rang FROM import_ligne WHERE import_id = $1 AND rang <= $2 AND {QUI_ECRIVENT} ORDER BY rang DESC OFFSET $3 LIMIT 1)"
        );
        let (avant, before): (i64, Option<i64>) =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(import).bind(rank).bind(MONTREES).fetch_one(db.statement()).await?;
        Ok(Self { lignes, apres, avant, precedente: (avant > 0).then(|| before.unwrap_or(-1)), suivante })
    }
}
