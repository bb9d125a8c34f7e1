//! The SQL of a record. Names of tables and columns come from declarations.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Row};

use super::hooks::{Draft, Values};
use super::model::Record;
use crate::champs::Parent;
use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// A row as it is now.
pub struct Held {
    /// Its columns.
    pub values: Values,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: i32,
    /// When it was last changed.
    pub modifie_le: DateTime<Utc>,
    /// By whom, when known.
    pub par: Option<String>,
}

/// Row `id`, when it is one of the reader's.
pub async fn held(connection: &mut PgConnection, record: &Record, reader: &Reader, id: i64) -> Result<Option<Held>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let mine = within_scope(&mut statement, record.list, reader, "t.id")?;
    let columns: Vec<&str> = record.columns().map(|(name, _)| name).collect();
    let shown: String = columns.iter().map(|column| format!("t.{column}::text, ")).collect();
    statement.sql = format!(
        "SELECT {shown}({})::text, t.version, t.modifie_le, u.nom::text FROM {} t LEFT JOIN utilisateur u ON u.id = t.modifie_par
         WHERE t.id = {key}::bigint AND {mine}",
        record.name, record.table
    );
    let arguments = statement.arguments()?;
    let Some(row) = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_optional(connection).await? else { return Ok(None) };
    let mut values = Values::new();
    for (place, column) in columns.iter().enumerate() {
        values.insert(column, row.try_get(place)?);
    }
    let at = columns.len();
    Ok(Some(Held { values, name: row.try_get(at)?, version: row.try_get(at + 1)?, modifie_le: row.try_get(at + 2)?, par: row.try_get(at + 3)? }))
}

fn bound(statement: &mut Statement, value: Option<&str>, cast: &str) -> String {
    match value {
        Some(value) => format!("{}::text::{cast}", statement.bind(Arg::Text(value.into()))),
        None => "NULL".into(),
    }
}

/// The name of the constraint that a write met: a value is taken.
pub type Taken = String;

/// A write, or the constraint that refused it.
fn taken<T>(written: std::result::Result<T, sqlx::Error>) -> Result<std::result::Result<T, Taken>> {
    match written {
        Ok(written) => Ok(Ok(written)),
        Err(sqlx::Error::Database(cause)) if cause.is_unique_violation() => Ok(Err(cause.constraint().unwrap_or_default().to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Writes the columns of `changed` where the version is still `version`; false when it is not.
pub async fn update(
    connection: &mut PgConnection,
    record: &Record,
    reader: &Reader,
    (id, version): (i64, i32),
    changed: &Values,
) -> Result<std::result::Result<bool, Taken>> {
    let mut statement = Statement::default();
    let key = statement.bind(Arg::Int(id));
    let version = statement.bind(Arg::Int(version.into()));
    let who = statement.bind(Arg::Int(reader.user_id));
    let mine = within_scope(&mut statement, record.list, reader, "t.id")?;
    let mut set = String::new();
    for (column, cast) in record.columns().filter(|(column, _)| changed.contains_key(column)) {
        let value = bound(&mut statement, changed[column].as_deref(), cast);
        set.push_str(&format!("{column} = {value}, "));
    }
    statement.sql = format!(
        "UPDATE {} t SET {set}version = t.version + 1, modifie_le = now(), modifie_par = {who}::bigint
         WHERE t.id = {key}::bigint AND t.version = {version}::bigint AND {mine}",
        record.table
    );
    let arguments = statement.arguments()?;
    let written = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).execute(connection).await;
    taken(written.map(|done| done.rows_affected() == 1))
}

/// Holds row `id` until the end of the transaction, against whoever would make another row name it.
pub async fn hold(connection: &mut PgConnection, record: &Record, id: i64) -> Result<()> {
    let sql = format!("SELECT 1 FROM {} WHERE id = $1 FOR UPDATE", record.table);
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(connection).await?;
    Ok(())
}

/// Writes a new row; gives its key.
pub async fn insert(connection: &mut PgConnection, record: &Record, reader: &Reader, draft: &Draft) -> Result<std::result::Result<i64, Taken>> {
    let mut statement = Statement::default();
    let who = statement.bind(Arg::Int(reader.user_id));
    let (mut names, mut values) = (String::new(), String::new());
    for (column, cast) in record.columns() {
        let value = bound(&mut statement, draft.value(column), cast);
        names.push_str(&format!("{column}, "));
        values.push_str(&format!("{value}, "));
    }
    statement.sql = format!("INSERT INTO {} ({names}modifie_par) VALUES ({values}{who}::bigint) RETURNING id::bigint", record.table);
    let arguments = statement.arguments()?;
    taken(sqlx::query_scalar_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_one(connection).await)
}

/// The communes whose readers see row `id`.
pub async fn communes(connection: &mut PgConnection, record: &Record, id: i64) -> Result<Vec<String>> {
    let sql = format!("SELECT {} FROM {} t WHERE t.id = $1", record.communes, record.table);
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(connection).await?.unwrap_or_default())
}

/// Makes the creations of a kind come one after the other until the end of the transaction: of two people who create the same
/// host at once, the second one is shown the first.
pub async fn one_at_a_time(connection: &mut PgConnection, record: &Record) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('creation'), hashtext($1))").bind(record.object).execute(connection).await?;
    Ok(())
}

/// What the form `token` has created already.
pub async fn created(connection: &mut PgConnection, record: &Record, token: &str) -> Result<Option<i64>> {
    let sql = "SELECT cle FROM creation WHERE jeton = $1 AND objet = $2";
    Ok(sqlx::query_scalar(sql).bind(token).bind(record.object).fetch_optional(connection).await?)
}

/// Keeps what the form `token` creates. Creations of a kind come one after the other: nobody else is doing so.
pub async fn keep_creation(connection: &mut PgConnection, record: &Record, token: &str, id: i64) -> Result<()> {
    let kept = sqlx::query("INSERT INTO creation (objet, jeton, cle) VALUES ($1, $2, $3)").bind(record.object).bind(token).bind(id);
    kept.execute(connection).await?;
    Ok(())
}

/// Forgets the forms that nobody will send again.
pub async fn sweep(pool: &PgPool) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM creation WHERE cree_le < now() - interval '2 days'").execute(pool).await?;
    Ok(())
}

/// A row of another list: key, reference, name.
pub type Found = (i64, String, String);

/// The row of a parent whose reference is `typed`, in the communes of the reader.
pub async fn parent_by_reference(db: &Db, parent: &Parent, reader: &Reader, typed: &str) -> Result<Option<Found>> {
    Ok(sqlx::query_as(parent.by_reference).bind(typed).bind(reader.communes_of(parent.list.access)).fetch_optional(db.statement()).await?)
}

/// The row of a parent, by its key.
pub async fn parent_by_id(db: &Db, parent: &Parent, id: i64) -> Result<Option<Found>> {
    Ok(sqlx::query_as(parent.by_id).bind(id).fetch_optional(db.statement()).await?)
}
