//! What appeared between the checking of a file and its writing, and looks like what a line would create: two files checked one after the
//! other may say the same stay, and a person may have entered it meanwhile. Looked for again as each lot is written, once whoever
//! creates rows of the kind waits.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use sqlx::PgConnection;

use super::ecriture::Lot;
use super::recherches::{VUES, designe, trouve};
use crate::listing::{Arg, Statement};
use crate::platform::error::Result;

/// A line that would create a row: its key, its values, the rows that it was told to look like.
type Neuve = (i64, Value, Option<String>);

impl Lot<'_> {
    /// Leaves the new lines that look like a row which their checking had not told: it says so, and a person replays the file if they are
    /// two rows all the same. The lines of one file that say the same are as many rows (`DUP-06`): what this import wrote is none of it.
    pub(super) async fn apparues(&self, connection: &mut PgConnection) -> Result<()> {
        if self.genre.semblables.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "prevue");
        statement.sql = format!(
            "SELECT l.id, coalesce(l.valeurs, '{{}}'), l.cles->>'{VUES}' FROM import_ligne l WHERE {lines} AND l.verdict = 'nouvelle' ORDER BY l.rang"
        );
        let arguments = statement.arguments()?;
        let lines: Vec<Neuve> = sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(&mut *connection).await?;
        let by_key: HashMap<i64, &Value> = lines.iter().map(|(id, values, _)| (*id, values)).collect();
        // What each looks like, and how: the first that is found.
        let mut found: BTreeMap<i64, Vec<(i64, String)>> = BTreeMap::new();
        for semblable in self.genre.semblables {
            let said = |values: &Value| semblable.dite(|column| values.get(column)?.as_str());
            let paires = lines.iter().filter_map(|(id, values, _)| Some((*id, said(values)?))).collect();
            for (line, id, numero, name) in trouve(connection, (self.genre, Some(self.reader)), semblable.sur, paires).await? {
                let apart = |values: &Value| semblable.distincts(|column| values.get(column)?.as_str(), &numero);
                if by_key.get(&line).is_some_and(|values| apart(values)) {
                    continue;
                }
                let what = format!("{} est déjà là\u{a0}: {}", designe(&name, &numero), semblable.mot);
                found.entry(line).or_default().push((id, what));
            }
        }
        for (line, _, seen) in &lines {
            let told = |id: i64| seen.iter().flat_map(|seen| seen.split(',')).any(|one| one == id.to_string());
            if let Some(rows) = found.get_mut(line) {
                rows.retain(|(id, _)| !told(*id));
            }
        }
        found.retain(|_, rows| !rows.is_empty());
        if found.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = found.values().flatten().map(|(id, _)| *id).collect();
        let by = self.viennent(connection, ids).await?;
        for (line, rows) in found {
            let Some((id, what)) = rows.into_iter().find(|(id, _)| by.get(id) != Some(&self.id)) else { continue };
            let import = by.get(&id).map(|import| format!(", par l’import n°\u{a0}{import}")).unwrap_or_default();
            let why =
                format!("{what}. La vérification ne l’avait pas vu{import}\u{a0}: rien n’est créé. Si ce sont bien deux fiches, rejouez l’import.");
            sqlx::query("UPDATE import_ligne SET etat = 'depassee', motif = $2 WHERE id = $1 AND etat = 'prevue'")
                .bind(line)
                .bind(why)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    /// The imports that created these rows, and still hold them.
    async fn viennent(&self, connection: &mut PgConnection, ids: Vec<i64>) -> Result<HashMap<i64, i64>> {
        let mut statement = Statement::default();
        let list = statement.bind(Arg::Text(self.genre.record.list.name.into()));
        let ids = statement.bind(Arg::Ints(ids));
        statement.sql = format!(
            "SELECT l.cle, max(l.import_id) FROM import_ligne l
             WHERE l.liste = {list}::text AND l.cle = ANY({ids}::bigint[]) AND l.etat IN ('ecrite', 'gardee') AND l.verdict = 'nouvelle' GROUP BY l.cle"
        );
        let arguments = statement.arguments()?;
        let rows: Vec<(i64, i64)> = sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(connection).await?;
        Ok(rows.into_iter().collect())
    }
}
