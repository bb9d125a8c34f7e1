//! What the rows that lines name are called.

use std::collections::HashMap;

use super::genre::Genre;
use super::model::Prevue;
use crate::listing::Choice;
use crate::platform::db::Db;

/// The rows of other lists that some lines name, by field: their keys and what they are called.
///
/// # Errors
/// PostgreSQL failed.
pub async fn noms<'a>(db: &Db, genre: &Genre, lines: impl Iterator<Item = &'a Prevue>) -> Result<HashMap<&'static str, Vec<Choice>>, sqlx::Error> {
    let lines: Vec<&Prevue> = lines.collect();
    let mut named = HashMap::new();
    for lien in genre.liens {
        let sides = lines.iter().flat_map(|line| [&line.avant, &line.valeurs]).flatten();
        let mut keys: Vec<i64> = sides.filter_map(|values| values[lien.champ].as_str()?.parse().ok()).collect();
        keys.sort_unstable();
        keys.dedup();
        if !keys.is_empty() {
            let found: Vec<(i64, String)> = sqlx::query_as(lien.noms).bind(&keys).fetch_all(db.statement()).await?;
            named.insert(lien.champ, found.into_iter().map(|(key, name)| (key.to_string(), name)).collect());
        }
    }
    Ok(named)
}
