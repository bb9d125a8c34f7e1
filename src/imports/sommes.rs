//! What the lines of an import come to: the nights, the persons, the tax of the stays that it would write. Summed over what was put aside
//! by the checking, which is what is written.

use std::collections::HashMap;

use super::genre::{Genre, Somme};
use super::model::Import;
use super::tranche::Tranche;
use crate::platform::db::Db;

/// Lines beyond which nothing is summed: a page does not wait for it.
pub const SOMMEES_MAX: i64 = 50_000;

/// What the lines come to.
#[derive(Clone, Debug, Default)]
pub struct Sommes {
    /// What is counted, in order.
    pub noms: Vec<Somme>,
    /// Of the new lines that are shown, by their key.
    pub lignes: HashMap<i64, Vec<i64>>,
    /// Of all the new lines that are or were written.
    pub nouvelles: Option<Vec<i64>>,
    /// What the amounts of the changed lines add, in cents.
    pub ecart: Option<i64>,
    /// Whether there are too many to be summed.
    pub trop: bool,
}

impl Sommes {
    /// What the lines of `import` come to, those of `tranche` one by one.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn of(db: &Db, (import, genre): (&Import, &Genre), tranche: &Tranche) -> Result<Self, sqlx::Error> {
        let noms = genre.sommes.to_vec();
        if noms.is_empty() {
            return Ok(Self::default());
        }
        let each = |side: &str| noms.iter().map(|somme| format!("coalesce(({})::bigint, 0)", somme.sql.replace("{v}", side))).collect::<Vec<_>>();
        let shown: Vec<i64> = tranche.lignes.iter().filter(|line| line.verdict == "nouvelle").map(|line| line.id).collect();
        let sql = format!("SELECT l.id, ARRAY[{}] FROM import_ligne l WHERE l.id = ANY($1)", each("l.valeurs").join(", "));
        let lignes: Vec<(i64, Vec<i64>)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(shown).fetch_all(db.statement()).await?;
        let mut made = Self { lignes: lignes.into_iter().collect(), trop: import.a_ecrire() > SOMMEES_MAX, ..Self::default() };
        if import.state() == "a_confirmer" && !made.trop {
            let sums = each("l.valeurs").into_iter().map(|sql| format!("coalesce(sum({sql}), 0)::bigint")).collect::<Vec<_>>().join(", ");
            let sql =
                format!("SELECT count(*), ARRAY[{sums}] FROM import_ligne l WHERE l.import_id = $1 AND l.verdict = 'nouvelle' AND l.etat = 'prevue'");
            let (count, sums): (i64, Vec<i64>) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(import.id).fetch_one(db.statement()).await?;
            made.nouvelles = (count > 0).then_some(sums);
            if let Some(amount) = noms.iter().find(|somme| somme.argent) {
                let side = |side: &str| format!("({})::bigint", amount.sql.replace("{v}", side));
                let sql = format!(
                    "SELECT sum({} - {})::bigint FROM import_ligne l WHERE l.import_id = $1 AND l.verdict = 'changee' AND l.etat = 'prevue'",
                    side("l.valeurs"),
                    side("l.avant")
                );
                made.ecart = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(import.id).fetch_one(db.statement()).await?;
            }
        }
        Ok(Self { noms, ..made })
    }
}
