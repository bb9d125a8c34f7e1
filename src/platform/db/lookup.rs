//! A reading: of a replica that is far enough when there is one, else of the primary.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Describe, Either, Execute, Executor, PgPool, Postgres, SqlStr};

use super::place::{counted, place};
use super::position::Position;
use super::replicas::Replicas;
use super::statement::{Rows, Statement};

/// One reading, as sqlx executes statements. It goes to a replica only when it is known how far that one must be; what the replica cannot
/// answer is asked of the primary, once, before anything has been given to anybody.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    pub(super) primary: &'a PgPool,
    pub(super) replicas: Option<(&'a Arc<Replicas>, Position)>,
    /// Time that the statement may take, and no more.
    pub(super) budget: Option<Duration>,
    pub(super) told: Option<&'a OnceLock<DateTime<Utc>>>,
}

impl std::fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("budget", &self.budget).finish_non_exhaustive()
    }
}

impl<'a> Lookup<'a> {
    /// The same, which notes in `moment` what a replica was at, when one answers.
    #[must_use]
    pub fn telling(self, moment: &'a OnceLock<DateTime<Utc>>) -> Self {
        Self { told: Some(moment), ..self }
    }

    /// Whether the statement goes to the primary as any other.
    fn is_plain(&self) -> bool {
        self.replicas.is_none() && self.budget.is_none() && !counted()
    }

    async fn rows(self, statement: Statement) -> Result<Rows, sqlx::Error> {
        if let Some((replicas, position)) = self.replicas
            && let Some(answer) = replicas.ask(position, self.budget, &statement).await
        {
            let (rows, moment) = answer?;
            if let (Some(told), Some(moment)) = (self.told, moment) {
                told.get_or_init(|| moment);
            }
            return Ok(rows);
        }
        let _place = place().await?;
        let Some(budget) = self.budget else { return statement.rows(&mut *self.primary.acquire().await?).await };
        let mut tx = self.primary.begin().await?;
        sqlx::query("SELECT set_config('statement_timeout', $1, true)").bind(budget.as_millis().to_string()).execute(&mut *tx).await?;
        statement.rows(&mut tx).await
    }
}

impl<'c> Executor<'c> for Lookup<'c> {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        if self.is_plain() {
            return self.primary.fetch_many(query);
        }
        let statement = Statement::of(query);
        let rows = async move { Ok::<_, sqlx::Error>(stream::iter(self.rows(statement?).await?.into_iter().map(Ok))) };
        stream::once(rows).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        if self.is_plain() {
            return self.primary.fetch_optional(query);
        }
        let statement = Statement::of(query);
        Box::pin(async move { Ok(self.rows(statement?).await?.into_iter().find_map(Either::right)) })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.primary.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.primary.describe(sql)
    }
}
