//! What a person chose, counted before they confirm it. Of a whole filter the rows counted are kept until the action
//! puts them aside: it changes those, and no other.

use sqlx::{PgConnection, PgPool};

use super::model::{BulkAction, Counted, Group, ROWS_MAX};
use crate::listing::{Arg, Choices, Narrowed, Query, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result as AppResult;

/// Choices of one person that wait for their confirmation: one a tab, for somebody who has a few.
const KEPT_MAX: i64 = 5;

/// A value, whether it is left to another person, its rows, their sums, their keys when they were ticked, and the instant that was read.
type CountedRow = (Option<String>, bool, i64, Vec<i64>, Option<Vec<i64>>, String);

/// Counts a selection by value of the field of `action`, with its sums: one statement, one instant of the
/// data. `keys` are the ticked rows: those among them that the question still has are counted. Without them, those
/// counted are kept under `nonce`, in the same statement: the action will change no other.
pub async fn count(
    db: &Db,
    choices: &Choices,
    action: &BulkAction,
    query: &Query,
    reader: &Reader,
    keys: Option<&[i64]>,
    nonce: &str,
) -> AppResult<Counted> {
    let sums: Vec<String> = action.summed().map(|column| format!("coalesce(sum({}), 0)", column.sql)).collect();
    let (column, key) = (action.champ.sql, action.champ.list.id.0);
    let apart = apart_of(db, action, reader).await?;
    let select = format!(
        "(b.{column})::text AS groupe, {apart} AS a_part, count(*) AS nombre, ARRAY[{}]::bigint[] AS sommes, array_agg({key}::bigint) AS cles",
        sums.join(", ")
    );
    let mut statement = Narrowed::look_up(db, choices, query, reader).await?.grouped((&select, "1, 2"), keys)?;
    let told = if keys.is_some() { "g.cles" } else { "NULL::bigint[]" };
    let kept = if keys.is_some() {
        String::new()
    } else {
        let nonce = statement.bind(Arg::Text(nonce.into()));
        let who = statement.bind(Arg::Int(reader.user_id));
        format!(
            ", choix AS (INSERT INTO action_choix (jeton, utilisateur_id, cles) SELECT {nonce}::text, {who}::bigint, coalesce(array_agg(c.cle), '{{}}') \
             FROM g, unnest(g.cles) AS c (cle) HAVING count(*) <= {ROWS_MAX})"
        )
    };
    statement.sql = format!(
        "WITH g AS MATERIALIZED ({}){kept} SELECT g.groupe, g.a_part, g.nombre, g.sommes, {told}, pg_current_snapshot()::text FROM g ORDER BY g.nombre DESC, g.groupe, g.a_part",
        statement.sql
    );
    let arguments = statement.arguments()?;
    let mut write = db.write().await?;
    let rows: Vec<CountedRow> = sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(&mut *write.tx).await?;
    if keys.is_none() {
        forget_older(&mut write.tx, reader.user_id).await?;
    }
    write.commit().await?;
    // No row: whatever is there was written since.
    let snapshot = rows.first().map_or_else(|| "1:1:".to_string(), |(.., snapshot)| snapshot.clone());
    let mut found: Vec<i64> = rows.iter().filter_map(|(.., keys, _)| keys.as_ref()).flatten().copied().collect();
    found.sort_unstable();
    Ok(Counted { groups: rows.into_iter().map(|(value, apart, rows, sums, ..)| Group { value, apart, rows, sums }).collect(), snapshot, keys: found })
}

/// SQL, true of a row `b` that the action would take and that `reader` leaves to another person.
async fn apart_of(db: &Db, action: &BulkAction, reader: &Reader) -> AppResult<String> {
    let Some(apart) = action.apart() else { return Ok("false".into()) };
    if !sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(format!("SELECT {}", apart.asked))).fetch_one(db.statement()).await? {
        return Ok("false".into());
    }
    // The values are those of the declaration, the number is ours: nothing of a request.
    let taken: Vec<String> = action.from.iter().map(|value| format!("'{value}'")).collect();
    let taken = if taken.is_empty() { "true".into() } else { format!("(b.{})::text IN ({})", action.champ.sql, taken.join(", ")) };
    Ok(format!("coalesce({taken} AND {}, false)", apart.on("b", &reader.user_id.to_string())))
}

/// How the rows of `keys` are called, for those who confirm them.
pub async fn names(db: &Db, action: &BulkAction, reader: &Reader, keys: &[i64]) -> AppResult<Vec<(i64, String)>> {
    let list = action.champ.list;
    let mut statement = Statement::default();
    let bound = statement.bind(Arg::Ints(keys.to_vec()));
    let rights = within_scope(&mut statement, list, reader, "k.cle")?;
    statement.sql = format!(
        "SELECT k.cle, ({})::text FROM unnest({bound}::bigint[]) k (cle) JOIN {} b ON {} = k.cle WHERE {rights} ORDER BY 2, 1",
        list.columns[0].sql, list.table, list.id.0
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?)
}

/// Forgets what was counted under `nonce`, which no action uses.
pub async fn forget(db: &Db, nonce: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM action_choix c WHERE c.jeton = $1 AND NOT EXISTS (SELECT 1 FROM action a WHERE a.jeton = c.jeton)")
        .bind(nonce)
        .execute(db.statement())
        .await?;
    Ok(())
}

/// Keeps the last choices of a person that no action uses: whoever asks again and again fills nothing.
async fn forget_older(connection: &mut PgConnection, user_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM action_choix WHERE jeton IN (
             SELECT c.jeton FROM action_choix c WHERE c.utilisateur_id = $1 AND NOT EXISTS (SELECT 1 FROM action a WHERE a.jeton = c.jeton)
             ORDER BY c.cree_le DESC, c.jeton OFFSET $2)",
    )
    .bind(user_id)
    .bind(KEPT_MAX)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the rows that a confirmation was about are still kept.
pub async fn is_kept(connection: &mut PgConnection, nonce: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM action_choix WHERE jeton = $1)").bind(nonce).fetch_one(connection).await
}

/// Forgets the rows of confirmations that nobody sent in a day.
pub async fn forget_choices(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM action_choix c WHERE c.cree_le < now() - interval '1 day'
           AND NOT EXISTS (SELECT 1 FROM action a WHERE a.jeton = c.jeton AND a.retenues IS NULL AND a.etat IN ('en_attente', 'en_cours', 'arretee', 'echec'))",
    )
    .execute(pool)
    .await?;
    Ok(())
}
