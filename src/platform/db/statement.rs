//! A statement that can be asked twice: of a replica, then of the primary.

use futures::TryStreamExt;
use sqlx::postgres::{PgArguments, PgQueryResult, PgRow};
use sqlx::{Either, Execute, Executor, PgConnection, Postgres, SqlStr};

/// What a statement answers.
pub(super) type Rows = Vec<Either<PgQueryResult, PgRow>>;

/// A statement and its values.
pub(super) struct Statement {
    sql: SqlStr,
    arguments: Option<PgArguments>,
    persistent: bool,
}

impl Statement {
    /// What `query` would send.
    pub(super) fn of<'q>(mut query: impl Execute<'q, Postgres>) -> Result<Self, sqlx::Error> {
        let arguments = query.take_arguments().map_err(sqlx::Error::Encode)?;
        let persistent = query.persistent();
        Ok(Self { sql: query.sql(), arguments, persistent })
    }

    /// Its rows, all of them: what breaks on the way has given none to anybody.
    pub(super) async fn rows(&self, connection: &mut PgConnection) -> Result<Rows, sqlx::Error> {
        match &self.arguments {
            Some(arguments) => {
                let query = sqlx::query_with(self.sql.clone(), arguments.clone()).persistent(self.persistent);
                connection.fetch_many(query).try_collect().await
            }
            None => connection.fetch_many(self.sql.clone()).try_collect().await,
        }
    }
}
