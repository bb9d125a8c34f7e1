//! One reading of the whole base, of one instant.

use serde::{Deserialize, Serialize};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Postgres, Row};

use super::refused;
use crate::context::StartError;
use crate::platform::db::Db;

/// What a reading that takes hours asks of PostgreSQL: no limit, values written one way everywhere, memory that is bounded and enough,
/// and the tables themselves rather than their indexes, which may be what is wrong.
const SETTINGS: &str = "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET work_mem = '32MB';
    SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'; SET timezone = 'UTC';
    SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; SET enable_nestloop = off";

/// The connection that holds the snapshot.
pub(super) struct Lecture {
    connection: PoolConnection<Postgres>,
}

/// Which base, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub(super) struct Instant {
    /// The installation of PostgreSQL, which its copies have too.
    pub(super) systeme: String,
    /// The number of the base in it: a dump that is read back has another.
    pub(super) base: i64,
    /// The oldest transaction that was not over.
    pub(super) xmin: i64,
    /// The next transaction.
    pub(super) xmax: i64,
    /// The instant, as PostgreSQL writes it.
    pub(super) le: String,
}

/// A table that holds rows.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Table {
    /// Its name.
    pub(super) nom: String,
    /// The same, quoted where that is needed.
    pub(super) cite: String,
    /// Pages of its file.
    pub(super) pages: i64,
    /// The first column of its primary key, quoted, when that is a whole number.
    pub(super) cle: Option<String>,
    /// Its columns, with their types.
    pub(super) colonnes: Vec<String>,
    /// The partitioned table of which it is a part.
    pub(super) partie_de: Option<String>,
}

impl Lecture {
    /// Begins to read, at the instant of `snapshot` when another transaction exported one.
    ///
    /// # Errors
    /// PostgreSQL failed, or does not hold this snapshot.
    pub(super) async fn open(db: &Db, snapshot: Option<&str>) -> Result<Self, StartError> {
        let mut connection = db.pool().acquire().await.map_err(refused)?;
        sqlx::raw_sql(SETTINGS).execute(&mut *connection).await.map_err(refused)?;
        sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut *connection).await.map_err(refused)?;
        if let Some(name) = snapshot {
            let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
            let taken = match plain {
                true => sqlx::raw_sql(AssertSqlSafe(format!("SET TRANSACTION SNAPSHOT '{name}'"))).execute(&mut *connection).await.is_ok(),
                false => false,
            };
            if !taken {
                return Err(StartError::Other(format!("L’instantané « {name} » n’est pas tenu par une transaction de cette base.")));
            }
        }
        Ok(Self { connection })
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn close(mut self) -> Result<(), StartError> {
        sqlx::raw_sql("ROLLBACK").execute(&mut *self.connection).await.map_err(refused)?;
        // Its settings are for this reading alone.
        self.connection.close().await.map_err(refused)
    }

    /// The rows of a statement that was put together here, or what PostgreSQL says when it found what it keeps to be damaged.
    ///
    /// # Errors
    /// PostgreSQL refused for another reason.
    pub(super) async fn ask(&mut self, sql: &str) -> Result<Result<Vec<PgRow>, String>, StartError> {
        // What it refuses ends what is inside, not the reading.
        sqlx::raw_sql("SAVEPOINT lecture").execute(&mut *self.connection).await.map_err(refused)?;
        let asked = sqlx::query(AssertSqlSafe(sql.to_string())).persistent(false).fetch_all(&mut *self.connection).await;
        let fault = match asked {
            Ok(rows) => {
                sqlx::raw_sql("RELEASE lecture").execute(&mut *self.connection).await.map_err(refused)?;
                return Ok(Ok(rows));
            }
            Err(error) => damage(&error).ok_or_else(|| refused(error))?,
        };
        sqlx::raw_sql("ROLLBACK TO lecture").execute(&mut *self.connection).await.map_err(refused)?;
        Ok(Err(fault))
    }

    /// One number of a statement that was put together here; see [`ask`](Self::ask).
    ///
    /// # Errors
    /// PostgreSQL refused.
    pub(super) async fn number(&mut self, sql: &str) -> Result<Result<Option<i64>, String>, StartError> {
        let rows = self.ask(sql).await?;
        rows.map(|rows| rows.first().map_or(Ok(None), |row| row.try_get(0))).map_or_else(|fault| Ok(Err(fault)), |read| read.map(Ok).map_err(refused))
    }

    /// Whether what follows may be read by indexes.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn by_indexes(&mut self, may: bool) -> Result<(), StartError> {
        let set = if may {
            "SET enable_indexscan = on; SET enable_indexonlyscan = on"
        } else {
            "SET enable_indexscan = off; SET enable_indexonlyscan = off"
        };
        sqlx::raw_sql(set).execute(&mut *self.connection).await.map_err(refused)?;
        Ok(())
    }

    /// Which base, and when.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn instant(&mut self) -> Result<Instant, StartError> {
        sqlx::query_as(
            "SELECT s.system_identifier::text AS systeme, d.oid::bigint AS base, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
                 pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax, now()::text AS le
             FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()",
        )
        .fetch_one(&mut *self.connection)
        .await
        .map_err(refused)
    }

    /// Every table that holds rows, partitions each for itself.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn tables(&mut self) -> Result<Vec<Table>, StartError> {
        sqlx::query_as(
            "SELECT c.relname::text AS nom, c.oid::regclass::text AS cite,
                 pg_relation_size(c.oid) / current_setting('block_size')::bigint AS pages,
                 (SELECT quote_ident(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                  WHERE i.indrelid = c.oid AND i.indisprimary AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)) AS cle,
                 (SELECT array_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS colonnes,
                 (SELECT p.relname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent WHERE h.inhrelid = c.oid) AS partie_de
             FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
                 AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
             ORDER BY c.relname",
        )
        .fetch_all(&mut *self.connection)
        .await
        .map_err(refused)
    }

    /// Every sequence, and the last number that it gave.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub(super) async fn sequences(&mut self) -> Result<Vec<(String, Option<i64>)>, StartError> {
        sqlx::query_as(
            "SELECT c.relname::text, pg_sequence_last_value(c.oid) FROM pg_class c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' ORDER BY c.relname",
        )
        .fetch_all(&mut *self.connection)
        .await
        .map_err(refused)
    }
}

/// What PostgreSQL says of data or of an index that it found to be damaged; nothing when it failed for another reason.
pub(super) fn damage(error: &sqlx::Error) -> Option<String> {
    let cause = error.as_database_error()?;
    // Internal errors, damaged data and indexes, texts that are no texts any more, files that do not open.
    let damaged = cause.code().is_some_and(|code| code.starts_with("XX") || code.starts_with("22") || code.starts_with("58"));
    damaged.then(|| cause.message().to_string())
}
