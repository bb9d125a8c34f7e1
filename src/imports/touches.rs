//! What imports did to one row: part of the history on its file.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::list::IMPORTS;
use crate::listing::{Arg, List, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// An import that wrote a row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Touche {
    /// The import.
    pub import: i64,
    /// Its line.
    pub ligne: i64,
    /// The name of its file.
    pub fichier: String,
    /// Whether it created the row.
    pub creation: bool,
    /// Values that it gave.
    pub valeurs: Option<Value>,
    /// Values that stood there.
    pub avant: Option<Value>,
    /// Who loaded it.
    pub par: String,
    /// When it was done, or confirmed for as long as it goes on.
    pub moment: DateTime<Utc>,
    /// Whether that was taken back.
    pub defaite: bool,
    /// Who took it back.
    pub annuleur: Option<String>,
    /// When.
    pub annule_le: Option<DateTime<Utc>>,
    /// Whether the reader may open its page.
    pub visible: bool,
}

/// The last imports that wrote row `key` of `list`, which the caller has checked to be the reader's.
///
/// # Errors
/// PostgreSQL failed.
pub async fn touches(db: &Db, reader: &Reader, list: &List, key: i64, most: i64) -> Result<Vec<Touche>> {
    let mut statement = Statement::default();
    let row = statement.bind(Arg::Int(key));
    let name = statement.bind(Arg::Text(list.name.into()));
    let most = statement.bind(Arg::Int(most));
    let seen = within_scope(&mut statement, &IMPORTS, reader, "a.id")?;
    statement.sql = format!(
        "SELECT a.id AS import, l.ligne, a.nom AS fichier, l.verdict = 'nouvelle' AS creation, l.valeurs, l.avant, u.nom::text AS par,
             coalesce(a.fini_le, a.confirme_le, a.cree_le) AS moment, l.etat = 'defaite' AS defaite, d.nom::text AS annuleur, a.annule_le, {seen} AS visible
         FROM import_ligne l JOIN import a ON a.id = l.import_id JOIN utilisateur u ON u.id = a.demandeur_id LEFT JOIN utilisateur d ON d.id = a.annule_par
         WHERE l.liste = {name}::text AND l.cle = {row}::bigint AND l.etat IN ('ecrite', 'defaite', 'gardee')
         ORDER BY l.import_id DESC LIMIT {most}::bigint"
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?)
}
