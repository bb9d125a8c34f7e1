//! Answers of the collectivités.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use super::model::Textes;
use crate::platform::db::Db;

#[derive(sqlx::FromRow)]
struct Row {
    id: i32,
    nom: String,
    valeurs: Option<Json<BTreeMap<String, String>>>,
    version: Option<i32>,
    modifie_le: Option<DateTime<Utc>>,
    modifie_par: Option<String>,
}

impl From<Row> for Textes {
    fn from(row: Row) -> Self {
        Self {
            collectivite_id: Some(row.id),
            nom: row.nom,
            valeurs: row.valeurs.map(|values| values.0).unwrap_or_default(),
            version: row.version.unwrap_or(0),
            modifie_le: row.modifie_le,
            modifie_par: row.modifie_par.unwrap_or_default(),
        }
    }
}

/// What the collectivités `ids` answered, by name; those that answered nothing too.
pub async fn of(db: &Db, ids: &[i32]) -> Result<Vec<Textes>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT c.id, c.nom::text AS nom, t.valeurs, t.version, t.modifie_le, t.modifie_par
         FROM collectivite c LEFT JOIN textes_legaux t ON t.collectivite_id = c.id WHERE c.id = ANY($1) ORDER BY c.nom",
    )
    .bind(ids)
    .fetch_all(db.statement())
    .await?;
    Ok(rows.into_iter().map(Textes::from).collect())
}

/// Number and name of the collectivités that answered something: what somebody who is not signed in
/// may choose among.
pub async fn answered(db: &Db) -> Result<Vec<(i32, String)>, sqlx::Error> {
    sqlx::query_as("SELECT c.id, c.nom::text FROM textes_legaux t JOIN collectivite c ON c.id = t.collectivite_id ORDER BY c.nom")
        .fetch_all(db.statement())
        .await
}

/// Writes the answers of a collectivité over `version` (0: never written); whether it was still that one.
pub async fn write(
    connection: &mut PgConnection,
    collectivite_id: i32,
    version: i32,
    values: &BTreeMap<String, String>,
    by: &str,
) -> Result<bool, sqlx::Error> {
    let sql = if version == 0 {
        "INSERT INTO textes_legaux (collectivite_id, valeurs, modifie_par) SELECT $1, $3, $4 WHERE $2 = 0 ON CONFLICT (collectivite_id) DO NOTHING"
    } else {
        "UPDATE textes_legaux SET valeurs = $3, modifie_par = $4, modifie_le = now(), version = version + 1 WHERE collectivite_id = $1 AND version = $2"
    };
    let done = sqlx::query(sql).bind(collectivite_id).bind(version).bind(Json(values)).bind(by).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}
