//! A question narrowed to the rows of one reader, once the base was asked what it amounts to. Its statements are its methods:
//! a page, its count, its sums, its keys and its facets are of the same rows.

use super::builder::Builder;
use super::options::Choices;
use super::query::{Position, Query};
use super::resolved::{Resolved, Way};
use super::spec::{Column, Reader};
use super::sql::Walk;
use super::statement::{Arg, Statement};
use super::{sums, temoin};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// A question, who asks it, and what it amounts to.
pub struct Narrowed<'a> {
    /// The question.
    pub query: &'a Query,
    /// Who asks it.
    pub reader: &'a Reader,
    /// What its filters amount to.
    pub resolved: Resolved,
}

impl<'a> Narrowed<'a> {
    /// Looks up what the words of `query` find in the perimeter of `reader`, and its rarest choice.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn look_up(db: &Db, choices: &Choices, query: &'a Query, reader: &'a Reader) -> Result<Self> {
        Ok(Self { query, reader, resolved: Resolved::look_up(db, choices, query, reader).await? })
    }

    /// The same rows, walked through in the order of `query`.
    pub(super) async fn walked_as<'b>(self, db: &Db, choices: &Choices, query: &'b Query) -> Result<Narrowed<'b>>
    where
        'a: 'b,
    {
        let mut resolved = Resolved { way: Way::Walk, ..self.resolved };
        resolved.lead(db, choices, query).await?;
        Ok(Narrowed { query, reader: self.reader, resolved })
    }

    /// What its statements are made with.
    pub(super) fn builder(&self) -> Builder<'_> {
        Builder::new(self.query, self.reader, &self.resolved)
    }

    /// The page, by the way that is resolved. Public for the plan tests, as the others: this is the whole row path.
    ///
    /// # Errors
    /// None that [`Query::parse`] has not met before.
    pub fn page(&self) -> Result<Statement> {
        let query = self.query;
        let backwards = matches!(query.position, Position::Before(_) | Position::Last);
        let walk = Walk { backwards, limit: query.size + 1, reach: None };
        let mut builder = self.builder();
        if self.resolved.way == Way::Collect || !query.sort.indexed {
            return builder.collected(&query.position, walk);
        }
        let (ordered, reach) = builder.ordered(&query.position, walk)?;
        let (select, order) = (builder.select(), builder.order(backwards));
        let walked = if reach.is_some() { ", b.trouve, b.borne" } else { "" };
        let joins = query.list.joins;
        Ok(builder.statement.saying(format!("SELECT {select}{walked} FROM ({ordered}) b {joins} ORDER BY {order}")))
    }

    /// The count of up to `limit` rows, and what their columns add up to. Where an index carries what adds up, nothing else is
    /// read.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn count(&self, limit: Option<i64>) -> Result<Statement> {
        let mut builder = self.builder();
        let (columns, sums) = sums::statement(self.query.list);
        let rows = builder.unordered_of(&columns, limit)?;
        Ok(builder.statement.saying(format!("SELECT count(*){sums} FROM ({rows}) t")))
    }

    /// How many rows the planner expects `reader` to have.
    pub(super) fn estimate(&self, reader: &Reader) -> Result<Statement> {
        let mut builder = Builder::new(self.query, reader, &self.resolved);
        let rows = builder.unordered(None)?;
        Ok(builder.statement.saying(format!("EXPLAIN (FORMAT JSON) {rows}")))
    }

    /// The key and the rank of every row: what an export puts aside first.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn keys(&self) -> Result<Statement> {
        let mut builder = self.builder();
        let every = builder.every()?;
        let (order, id) = (builder.order(false), self.query.list.id.0);
        Ok(builder.statement.saying(format!("SELECT {id} AS cle, row_number() OVER (ORDER BY {order}) - 1 AS rang FROM ({every}) b")))
    }

    /// The same, with the text of a statement that gives the same keys another way: that of the witness (see `temoin`), which
    /// shares nothing with the first but its values, so that they can be parts of one statement and see one instant of the data.
    ///
    /// # Errors
    /// The declaration changed under a stored question.
    pub fn counted_keys(&self) -> Result<(Statement, String)> {
        let mut statement = self.keys()?;
        let query = self.query;
        let counted = temoin::keys(query.list, &query.canonical_filters(), query.today, self.reader, &mut statement)?;
        Ok((statement, counted))
    }

    /// `select` over `b`, grouped by those of its expressions that are numbered in `by`; only for the rows of `keys` when there
    /// are some.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn grouped(&self, select: (&str, &str), keys: Option<&[i64]>) -> Result<Statement> {
        let mut builder = self.builder();
        let condition = match keys {
            Some(keys) => format!("{} = ANY({}::bigint[])", self.query.list.id.0, builder.statement.bind(Arg::Ints(keys.to_vec()))),
            None => "true".into(),
        };
        let sql = builder.grouped(select, &condition)?;
        Ok(builder.statement.saying(sql))
    }

    /// For each of `codes`, in their order: the rows, up to `limit`, that meet `condition` on `o.code`, and the sum of `summed`.
    pub(super) fn shares(&self, codes: Vec<String>, condition: &str, summed: Option<&Column>, limit: i64) -> Result<Statement> {
        let mut builder = self.builder();
        let codes = builder.statement.bind(Arg::Texts(codes));
        let (column, sum) = match summed {
            Some(column) => (format!("{} AS somme", column.sql), "coalesce(sum(t.somme), 0)::bigint"),
            None => ("1 AS un".into(), "NULL::bigint"),
        };
        let rows = builder.matching(&column, condition, limit)?;
        Ok(builder.statement.saying(format!(
            "SELECT p.nombre, p.somme FROM unnest({codes}::text[]) WITH ORDINALITY o (code, rang),
                 LATERAL (SELECT count(*) AS nombre, {sum} AS somme FROM ({rows}) t) p ORDER BY o.rang"
        )))
    }
}
