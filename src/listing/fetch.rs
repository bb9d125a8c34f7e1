//! One statement brings a page: the keys in order first, the joins on the page only.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::cursor::Cursor;
use super::options::Choices;
use super::query::{Position, Query};
use super::search::Resolved;
use super::spec::{Reader, Sort};
use super::sql::{Arg, Builder, Statement, Walk};
use super::temoin;
use super::value::Value;
use super::way::{COLLECTED_MAX, Way};
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};

/// Time given to a collection; past it, the page walks in its order and says so.
const COLLECT_BUDGET: Duration = Duration::from_millis(500);

/// A row ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowData {
    /// Key, as text.
    pub id: String,
    /// Sort value, as text.
    pub sort_value: Option<String>,
    /// Cells in the order of the asked columns, each with the address it leads to.
    pub cells: Vec<(Value, Option<String>)>,
}

/// Keys of rows, in the type that their list has them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Numbers.
    Ids(Vec<i64>),
    /// Anything else, as text.
    Texts(Vec<String>),
}

/// A page of rows.
pub struct Page {
    /// Its rows.
    pub rows: Vec<RowData>,
    /// The page before, if any.
    pub previous: Option<Position>,
    /// The page after, if any.
    pub next: Option<Position>,
    /// Rank of its first row from 1, when known.
    pub first_rank: Option<u64>,
    /// The walk ended before the page was full: more may be found beyond.
    pub unfinished: bool,
    /// Its rows are all those of the question, sorted for this page: any column can sort them.
    pub collected: bool,
    /// The order asked for, when the rows were too many for it: they are in the order of the list.
    pub refused: Option<(&'static Sort, bool)>,
    /// Its rows could not be sorted in the time of a page: the same question may get another answer.
    pub hurried: bool,
    /// It was walked to through rows that do not all answer.
    pub walked: bool,
    /// Nothing stands where the page was asked for: these are the rows of the end that is nearest to it.
    pub elsewhere: bool,
    /// A walk that went on from where another stopped came to the end of the list, and found nothing more.
    pub ended: bool,
    /// Words that find something, when those asked for find nothing.
    pub suggestion: Option<String>,
}

/// What came of collecting the rows of a page.
enum Collected {
    Page(Box<Page>),
    /// More than a page may sort.
    TooMany,
    /// They could not be found in its time.
    TooLong,
}

/// What a statement brought.
struct Fetched {
    rows: Vec<RowData>,
    /// The last row walked through, when the walk ended before the page was full.
    end: Option<(Option<String>, String)>,
}

impl Page {
    /// Reads the page that `query` asks for, as `reader` may see it; when nothing stands there, the rows of the end that
    /// is nearest.
    ///
    /// # Errors
    /// PostgreSQL failed or took too long.
    pub async fn fetch(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let page = Self::there(db, choices, query, reader).await?;
        if !page.rows.is_empty() || page.unfinished {
            return Ok(page);
        }
        // Past the last row, or where rows stood when the address was made.
        let position = match query.position {
            Position::First => {
                let suggestion = Self::suggestion(db, choices, query, reader).await?;
                return Ok(Self { suggestion, ..page });
            }
            Position::Last => return Ok(page),
            // The walk before this one may have found all there is.
            Position::After(_) | Position::Before(_) if page.walked => return Ok(Self { ended: true, ..page }),
            Position::At(_) | Position::After(_) => Position::Last,
            Position::Before(_) => Position::First,
        };
        let page = Self::there(db, choices, &Query { position, ..query.clone() }, reader).await?;
        let elsewhere = !page.rows.is_empty();
        Ok(Self { elsewhere, ..page })
    }

    /// Reads the page that `query` asks for, and no other when nothing stands there.
    ///
    /// # Errors
    /// PostgreSQL failed or took too long.
    pub async fn there(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let mut resolved = Resolved::for_page(db, choices, query, reader).await?;
        let mut hurried = false;
        if resolved.way == Way::Collect {
            match Self::collect(db, query, reader, &resolved).await? {
                Collected::Page(page) => return Ok(*page),
                Collected::TooMany => {}
                Collected::TooLong => hurried = true,
            }
            resolved.way = Way::Walk;
        }
        if query.sort.indexed {
            return Self::walk(db, query, reader, &resolved).await;
        }
        let shown = query.in_default_order();
        resolved.lead(db, choices, &shown).await?;
        resolved.way = Way::Walk;
        Ok(Self { hurried, refused: Some((query.sort, query.descending)), ..Self::walk(db, &shown, reader, &resolved).await? })
    }

    /// Whether it shows every row of its question.
    pub(super) fn is_whole(&self) -> bool {
        self.first_rank == Some(1) && self.next.is_none() && !self.unfinished && !self.elsewhere
    }

    /// The question that this page answers: another order than the one asked for, when that one was refused.
    pub fn shown(&self, query: Query) -> Query {
        if self.refused.is_some() { query.in_default_order() } else { query }
    }

    async fn walk(db: &Db, query: &Query, reader: &Reader, resolved: &Resolved) -> Result<Self> {
        let statement = page_statement(query, reader, resolved)?;
        let walked = statement.sql.contains("b.trouve");
        let arguments = statement.arguments()?;
        let fetched = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?;
        Ok(Self { walked, ..Self::arrange(query, reader, read_rows(query, &fetched)?) })
    }

    /// The page, or nothing when its rows are more than a page may sort, or take too long to find.
    async fn collect(db: &Db, query: &Query, reader: &Reader, resolved: &Resolved) -> Result<Collected> {
        let statement = page_statement(query, reader, resolved)?;
        let arguments = statement.arguments()?;
        let mut tx = db.hurried(COLLECT_BUDGET).await?;
        let fetched = match sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(&mut *tx).await.map_err(Error::from) {
            Ok(fetched) => fetched,
            Err(Error::TooHeavy) => return Ok(Collected::TooLong),
            Err(error) => return Err(error),
        };
        let met: i64 = fetched.first().map_or(Ok(0), |row| row.try_get("ensemble")).map_err(Error::from)?;
        if usize::try_from(met).is_ok_and(|met| met > COLLECTED_MAX) {
            return Ok(Collected::TooMany);
        }
        let page = Self::arrange(query, reader, read_rows(query, &fetched)?);
        Ok(Collected::Page(Box::new(Self { collected: true, ..page })))
    }

    /// Turns one row too many into « there is a next page », and puts a backwards walk right.
    fn arrange(query: &Query, reader: &Reader, fetched: Fetched) -> Self {
        let Fetched { mut rows, end } = fetched;
        let end = end.filter(|_| rows.len() <= query.size);
        let more = rows.len() > query.size || end.is_some();
        rows.truncate(query.size);
        let backwards = matches!(query.position, Position::Before(_) | Position::Last);
        if backwards {
            rows.reverse();
        }
        let shown = rows.len() as u64;
        let mark = query.mark(reader);
        // A rank counts the rows of one question for one perimeter.
        let known = |cursor: &Cursor| cursor.rank.filter(|_| cursor.mark == mark);
        let first_rank = match &query.position {
            Position::First => Some(1),
            Position::After(cursor) => known(cursor).map(|before| before + 1),
            Position::Before(_) if !more => Some(1),
            Position::Before(cursor) => known(cursor).and_then(|before| (before + 1).checked_sub(shown)).filter(|rank| *rank > 0),
            Position::At(_) | Position::Last => None,
        };
        let has_previous = match query.position {
            Position::First => false,
            Position::After(_) | Position::At(_) => true,
            Position::Before(_) | Position::Last => more,
        };
        let has_next = match query.position {
            Position::Before(_) => true,
            Position::Last => false,
            _ => more,
        };
        // A walk that ended goes on from its end; else from the first or the last row shown, and from
        // where this page began when it shows none.
        let own = match &query.position {
            Position::After(cursor) | Position::Before(cursor) => Some((cursor.value.clone(), cursor.id.clone())),
            _ => None,
        };
        let place = |row: Option<&RowData>, ahead: bool| match (&end, row) {
            (Some(end), _) if ahead => Some(end.clone()),
            (_, Some(row)) => Some((row.sort_value.clone(), row.id.clone())),
            _ => own.clone(),
        };
        let cursor = |(value, id), rank: Option<u64>| Cursor { value, id, rank, mark };
        let previous =
            place(rows.first(), backwards).filter(|_| has_previous).map(|place| Position::Before(cursor(place, first_rank.map(|rank| rank - 1))));
        let next =
            place(rows.last(), !backwards).filter(|_| has_next).map(|place| Position::After(cursor(place, first_rank.map(|rank| rank - 1 + shown))));
        Self {
            rows,
            previous,
            next,
            first_rank,
            unfinished: end.is_some(),
            collected: false,
            hurried: false,
            refused: None,
            walked: false,
            elsewhere: false,
            ended: false,
            suggestion: None,
        }
    }
}

/// The statement of a page, by the way that `resolved` says. Public for the plan tests: this is the whole row path.
///
/// # Errors
/// None that [`Query::parse`] has not met before.
pub fn page_statement(query: &Query, reader: &Reader, resolved: &Resolved) -> Result<Statement> {
    let backwards = matches!(query.position, Position::Before(_) | Position::Last);
    let walk = Walk { backwards, limit: query.size + 1, reach: None };
    let mut builder = Builder::new(query, reader, resolved);
    if resolved.way == Way::Collect || !query.sort.indexed {
        return builder.collected(&query.position, walk);
    }
    let (ordered, reach) = builder.ordered(&query.position, walk)?;
    let (select, order) = (builder.select(), builder.order(backwards));
    let walked = if reach.is_some() { ", b.trouve, b.borne" } else { "" };
    let mut statement = builder.statement;
    statement.sql = format!("SELECT {select}{walked} FROM ({ordered}) b {} ORDER BY {order}", query.list.joins);
    Ok(statement)
}

/// The statement that gives the key and the rank of every row of the question: what an export puts
/// aside first.
///
/// # Errors
/// The declaration changed under a stored question.
pub async fn key_statement(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Statement> {
    ordered_keys(db, choices, query, reader).await
}

/// The same, with the text of a statement that gives the same keys another way: that of the witness (see `temoin`), which shares
/// nothing with the first but its values, so that they can be parts of one statement and see one instant of the data.
///
/// # Errors
/// The declaration changed under a stored question.
pub async fn counted_keys(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<(Statement, String)> {
    let mut statement = ordered_keys(db, choices, query, reader).await?;
    let counted = temoin::keys(query.list, &query.canonical_filters(), query.today, reader, &mut statement)?;
    Ok((statement, counted))
}

async fn ordered_keys(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Statement> {
    let resolved = Resolved::look_up(db, choices, query, reader).await?;
    let mut builder = Builder::new(query, reader, &resolved);
    let every = builder.every()?;
    let order = builder.order(false);
    let mut statement = builder.statement;
    statement.sql = format!("SELECT {} AS cle, row_number() OVER (ORDER BY {order}) - 1 AS rang FROM ({every}) b", query.list.id.0);
    Ok(statement)
}

/// The statement that gives the asked columns of the rows of `keys`, in their order, as far as `reader`
/// may see them: what [`decode_row`] reads.
///
/// # Errors
/// None that a stored question has not met before.
pub fn rows_statement(query: &Query, reader: &Reader, keys: Keys) -> Result<Statement> {
    keyed(query, reader, keys, |builder| builder.cells())
}

/// `select` of the rows of `keys`, in their order.
fn keyed(query: &Query, reader: &Reader, keys: Keys, select: impl FnOnce(&Builder<'_>) -> String) -> Result<Statement> {
    let list = query.list;
    let nothing = Resolved::default();
    let mut builder = Builder::new(query, reader, &nothing);
    builder.by = query.sort.column;
    let rights = builder.as_condition(&list.branches(reader));
    let (keys, cast) = match keys {
        Keys::Ids(ids) => (format!("{}::bigint[]", builder.statement.bind(Arg::Ints(ids))), String::new()),
        Keys::Texts(texts) => (format!("{}::text[]", builder.statement.bind(Arg::Texts(texts))), format!("::{}", list.id.1)),
    };
    let select = select(&builder);
    let mut statement = builder.statement;
    let distinct = if list.distinct { "DISTINCT ON (lot.rang) " } else { "" };
    statement.sql = format!(
        "SELECT {distinct}{select} FROM unnest({keys}) WITH ORDINALITY lot (cle, rang) JOIN {} b ON {} = lot.cle{cast} {} WHERE {rights} ORDER BY lot.rang",
        list.table, list.id.0, list.joins
    );
    Ok(statement)
}

/// The row of `key` as the list shows it, if it is one of the reader's.
///
/// # Errors
/// PostgreSQL failed.
pub async fn one_row(db: &Db, query: &Query, reader: &Reader, key: i64) -> Result<Option<RowData>> {
    Ok(rows_of(db, query, reader, vec![key]).await?.pop())
}

/// The rows of `keys` as the list shows them, in their order, as far as they are the reader's.
///
/// # Errors
/// PostgreSQL failed.
pub async fn rows_of(db: &Db, query: &Query, reader: &Reader, keys: Vec<i64>) -> Result<Vec<RowData>> {
    let statement = keyed(query, reader, Keys::Ids(keys), |builder| builder.select())?;
    let arguments = statement.arguments()?;
    let found = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?;
    found.iter().map(|row| read_row(query, row)).collect()
}

/// Reads the values of the asked columns, as an export writes them.
///
/// # Errors
/// The row does not come from [`rows_statement`] for the same question.
pub fn decode_row(query: &Query, row: &PgRow, cells: &mut Vec<Value>) -> Result<()> {
    cells.clear();
    for (place, column) in query.columns.iter().enumerate() {
        cells.push(column.read(row, place)?);
    }
    Ok(())
}

/// Reads rows up to the end of the first branch whose walk ended: beyond it, others are missing.
fn read_rows(query: &Query, fetched: &[PgRow]) -> Result<Fetched> {
    let mut rows = Vec::with_capacity(fetched.len());
    for row in fetched {
        // A collection says how many rows it has even when none of them is on this page.
        if row.try_get::<Option<String>, _>(0).map_err(Error::from)?.is_none() {
            continue;
        }
        // Columns of `branch`, there only when the walk has a reach.
        let walked = match row.try_get::<bool, _>("trouve") {
            Ok(found) => Some((found, row.try_get::<bool, _>("borne").map_err(Error::from)?)),
            Err(sqlx::Error::ColumnNotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let (found, last) = walked.unwrap_or((true, false));
        if found {
            rows.push(read_row(query, row)?);
        }
        if last {
            let end = (row.try_get(1).map_err(Error::from)?, row.try_get(0).map_err(Error::from)?);
            return Ok(Fetched { rows, end: Some(end) });
        }
    }
    Ok(Fetched { rows, end: None })
}

/// Reads a row of `Builder::select`.
fn read_row(query: &Query, row: &PgRow) -> Result<RowData> {
    let mut cells = Vec::with_capacity(query.columns.len());
    let mut place = 2;
    for column in &query.columns {
        let value = column.read(row, place)?;
        let address = match &column.link {
            None => None,
            Some(link) => {
                place += 1;
                row.try_get::<Option<String>, _>(place).map_err(Error::from)?.map(|end| format!("{}{end}", link.prefix))
            }
        };
        place += 1;
        cells.push((value, address));
    }
    let id = row.try_get(0).map_err(Error::from)?;
    Ok(RowData { id, sort_value: row.try_get(1).map_err(Error::from)?, cells })
}
