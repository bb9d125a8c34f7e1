//! The SQL of one field of one row. Names of tables and columns come from declarations.

use sqlx::PgConnection;

use super::model::{Champ, Etat, Valeur};
use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::error::Result;

/// What row `id` holds, when it is one of the reader's; `lock` keeps others from changing it until
/// the transaction ends.
pub async fn state(connection: &mut PgConnection, champ: &Champ, reader: &Reader, id: i64, lock: bool) -> Result<Option<Etat>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, champ.list, reader, "t.id")?;
    let lock = if lock { " FOR NO KEY UPDATE OF t" } else { "" };
    let (reason, join) = match champ.motives {
        [] => ("NULL::integer AS motif_id, NULL::text AS motif_libelle, NULL::text AS motif_precision", ""),
        _ => ("t.motif_id, m.libelle::text AS motif_libelle, t.motif_precision", "LEFT JOIN motif m ON m.id = t.motif_id"),
    };
    statement.sql = format!(
        "SELECT (t.{})::text AS valeur, t.version, t.modifie_le, u.nom::text AS par, {reason}
         FROM {} t {join} LEFT JOIN utilisateur u ON u.id = t.modifie_par WHERE t.id = {key}::bigint AND {mine}{lock}",
        champ.sql, champ.table
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await?)
}

/// The communes whose readers see row `id`.
pub async fn communes(connection: &mut PgConnection, champ: &Champ, id: i64) -> Result<Vec<String>> {
    let sql = format!("SELECT {} FROM {} t WHERE t.id = $1", champ.communes, champ.table);
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(connection).await?.unwrap_or_default())
}

/// Why row `id`, which is held, does not take `value` from `who`.
pub async fn refused(connection: &mut PgConnection, champ: &Champ, (id, who): (i64, i64), value: Option<&str>) -> Result<Option<&'static str>> {
    let Some(apart) = champ.kept_apart(value) else { return Ok(None) };
    let sql = format!("SELECT coalesce({}, false) FROM {} t WHERE t.id = $1 AND $2::bigint IS NOT NULL", apart.on("t", "$2::bigint"), champ.table);
    let refused: Option<bool> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(id).bind(who).fetch_optional(connection).await?;
    Ok((refused == Some(true)).then_some(apart.sentence))
}

/// Writes `held` where the version is still `version`; gives the communes whose readers see it.
pub async fn write(
    connection: &mut PgConnection,
    champ: &Champ,
    reader: &Reader,
    id: i64,
    version: i32,
    held: &Valeur,
) -> Result<Option<Vec<String>>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let version = statement.bind(Arg::Int(version.into()));
    let who = statement.bind(Arg::Int(reader.user_id));
    let mine = within_scope(&mut statement, champ.list, reader, "t.id")?;
    let value = match &held.valeur {
        Some(value) => format!("{}::text::{}", statement.bind(Arg::Text(value.clone())), champ.cast),
        None => "NULL".into(),
    };
    let reason = reason(&mut statement, champ, held.motif.as_ref().map(|motif| (motif.id, motif.precision.as_deref())));
    statement.sql = format!(
        "UPDATE {} t SET {} = {value}{reason}, version = t.version + 1, modifie_le = now(), modifie_par = {who}::bigint
         WHERE t.id = {key}::bigint AND t.version = {version}::bigint AND {mine} RETURNING {}",
        champ.table, champ.sql, champ.communes
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_scalar_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await?)
}

/// The part of a SET that keeps a reason, or forgets the one of the value before; nothing for a field without.
pub fn reason(statement: &mut Statement, champ: &Champ, reason: Option<(i32, Option<&str>)>) -> String {
    if champ.motives.is_empty() {
        return String::new();
    }
    let (id, words) = reason.map_or((None, None), |(id, words)| (Some(id), words));
    let id = id.map_or_else(|| "NULL".into(), |id| format!("{}::bigint::integer", statement.bind(Arg::Int(id.into()))));
    let words = words.map_or_else(|| "NULL".into(), |words| format!("{}::text", statement.bind(Arg::Text(words.into()))));
    format!(", motif_id = {id}, motif_precision = {words}")
}
