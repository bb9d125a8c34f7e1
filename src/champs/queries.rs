//! The SQL of one field of one row. Names of tables and columns come from declarations.

use sqlx::PgConnection;

use super::model::{Champ, Etat};
use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::error::Result;

/// What row `id` holds, when it is one of the reader's; `lock` keeps others from changing it until
/// the transaction ends.
pub async fn state(connection: &mut PgConnection, champ: &Champ, reader: &Reader, id: i64, lock: bool) -> Result<Option<Etat>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, champ.list, reader, "t.id")?;
    let lock = if lock { " FOR UPDATE OF t" } else { "" };
    statement.sql = format!(
        "SELECT (t.{})::text AS valeur, t.version, t.modifie_le, u.nom::text AS par
         FROM {} t LEFT JOIN utilisateur u ON u.id = t.modifie_par WHERE t.id = {key}::bigint AND {mine}{lock}",
        champ.sql, champ.table
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await?)
}

/// Writes `value` where the version is still `version`; gives the communes whose readers see it.
pub async fn write(
    connection: &mut PgConnection,
    champ: &Champ,
    reader: &Reader,
    id: i64,
    version: i32,
    value: Option<&str>,
) -> Result<Option<Vec<String>>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let version = statement.bind(Arg::Int(version.into()));
    let who = statement.bind(Arg::Int(reader.user_id));
    let mine = within_scope(&mut statement, champ.list, reader, "t.id")?;
    let value = match value {
        Some(value) => format!("{}::text::{}", statement.bind(Arg::Text(value.into())), champ.cast),
        None => "NULL".into(),
    };
    statement.sql = format!(
        "UPDATE {} t SET {} = {value}, version = t.version + 1, modifie_le = now(), modifie_par = {who}::bigint
         WHERE t.id = {key}::bigint AND t.version = {version}::bigint AND {mine} RETURNING {}",
        champ.table, champ.sql, champ.communes
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_scalar_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await?)
}
