//! What is said of the lines of an import, the same thing once with the number of its lines: a column that is read wrong is refused as often
//! as the file has lines.

use crate::platform::db::Db;

/// Things said that are looked through for what they have in common: beyond, a page would wait.
const REGARDEES_MAX: i64 = 20_000;

/// The same thing said of one line or more.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Groupe {
    /// Whether the lines are refused for it: `refus`, or `avertissement`.
    pub gravite: String,
    /// Its code.
    pub code: String,
    /// The column.
    pub colonne: String,
    /// What stood there, when it is the same in all of them.
    pub valeur: String,
    /// What is wrong.
    pub message: String,
    /// How many times it is said.
    pub nombre: i64,
    /// The first of these lines.
    pub lignes: Vec<i64>,
}

/// What is said most often, refusals first, and how many things are said in all.
///
/// # Errors
/// PostgreSQL failed.
pub async fn dites(db: &Db, import: i64, most: i64) -> Result<Vec<Groupe>, sqlx::Error> {
    sqlx::query_as(
        "SELECT gravite, code, colonne, CASE WHEN min(contenu) = max(contenu) THEN min(contenu) ELSE '' END AS valeur, message, count(*) AS nombre,
             (array_agg(DISTINCT ligne))[1:6] AS lignes
         FROM (SELECT gravite, code, colonne, contenu, message, ligne, rang FROM import_anomalie WHERE import_id = $1 ORDER BY gravite DESC, rang, id LIMIT $3) x
         GROUP BY gravite, code, colonne, message ORDER BY gravite DESC, count(*) DESC, min(rang), code LIMIT $2",
    )
    .bind(import)
    .bind(most)
    .bind(REGARDEES_MAX)
    .fetch_all(db.statement())
    .await
}
