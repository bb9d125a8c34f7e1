//! One statement, sent by a connection of the pool within the places of the request's room.

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Describe, Either, Execute, Executor, PgPool, Postgres, SqlStr};

use super::place::{Held, counted, place};
use super::statement::{Rows, Statement};

/// What sends one statement. Behind it is the pool, for functions that ask it by themselves: those are counted in no room.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a>(pub(super) &'a PgPool);

impl std::ops::Deref for Counted<'_> {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        self.0
    }
}

impl Counted<'_> {
    /// A connection, for several statements.
    ///
    /// # Errors
    /// None could be had.
    pub async fn acquire(&self) -> Result<Held, sqlx::Error> {
        let place = place().await?;
        Ok(Held { connection: self.0.acquire().await?, _place: place })
    }

    async fn rows(self, statement: Statement) -> Result<Rows, sqlx::Error> {
        statement.rows(&mut *self.acquire().await?).await
    }
}

impl<'c> Executor<'c> for Counted<'c> {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        if !counted() {
            return self.0.fetch_many(query);
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
        if !counted() {
            return self.0.fetch_optional(query);
        }
        let statement = Statement::of(query);
        Box::pin(async move { Ok(self.rows(statement?).await?.into_iter().find_map(Either::right)) })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.0.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.0.describe(sql)
    }
}
