//! One statement brings a page: the keys in order first, the joins on the page only.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::cursor::Cursor;
use super::narrowed::Narrowed;
use super::options::Choices;
use super::query::{Position, Query};
use super::resolved::{COLLECTED_MAX, Way};
use super::rows::{RowData, read_row};
use super::spec::{Reader, Sort};
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};

/// Time given to a collection; past it, the page walks in its order and says so.
const COLLECT_BUDGET: Duration = Duration::from_millis(500);

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
    /// Reads the page that `query` asks for, and no other when nothing stands there.
    ///
    /// # Errors
    /// PostgreSQL failed or took too long.
    pub async fn there(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Self> {
        let mut narrowed = Narrowed::for_page(db, choices, query, reader).await?;
        let mut hurried = false;
        if narrowed.resolved.way == Way::Collect {
            match Self::collect(db, &narrowed).await? {
                Collected::Page(page) => return Ok(*page),
                Collected::TooMany => {}
                Collected::TooLong => hurried = true,
            }
            narrowed.resolved.way = Way::Walk;
        }
        if query.sort.indexed {
            return Self::walk(db, &narrowed).await;
        }
        let shown = query.in_default_order();
        let narrowed = narrowed.walked_as(db, choices, &shown).await?;
        Ok(Self { hurried, refused: Some((query.sort, query.descending)), ..Self::walk(db, &narrowed).await? })
    }

    /// Whether it shows every row of its question.
    pub(super) fn is_whole(&self) -> bool {
        self.first_rank == Some(1) && self.next.is_none() && !self.unfinished && !self.elsewhere
    }

    /// The question that this page answers: another order than the one asked for, when that one was refused.
    pub fn shown(&self, query: Query) -> Query {
        if self.refused.is_some() { query.in_default_order() } else { query }
    }

    async fn walk(db: &Db, narrowed: &Narrowed<'_>) -> Result<Self> {
        let statement = narrowed.page()?;
        let walked = statement.sql.contains("b.trouve");
        let fetched = statement.query()?.fetch_all(db.reading()).await?;
        Ok(Self { walked, ..Self::arrange(narrowed, read_rows(narrowed.query, &fetched)?) })
    }

    /// The page, or nothing when its rows are more than a page may sort, or take too long to find.
    async fn collect(db: &Db, narrowed: &Narrowed<'_>) -> Result<Collected> {
        let statement = narrowed.page()?.query()?;
        let fetched = match statement.fetch_all(db.hurried(COLLECT_BUDGET)).await.map_err(Error::from) {
            Ok(fetched) => fetched,
            Err(Error::TooHeavy) => return Ok(Collected::TooLong),
            Err(error) => return Err(error),
        };
        let met: i64 = fetched.first().map_or(Ok(0), |row| row.try_get("ensemble")).map_err(Error::from)?;
        if usize::try_from(met).is_ok_and(|met| met > COLLECTED_MAX) {
            return Ok(Collected::TooMany);
        }
        let page = Self::arrange(narrowed, read_rows(narrowed.query, &fetched)?);
        Ok(Collected::Page(Box::new(Self { collected: true, ..page })))
    }

    /// Turns one row too many into « there is a next page », and puts a backwards walk right.
    fn arrange(narrowed: &Narrowed<'_>, fetched: Fetched) -> Self {
        let (query, reader) = (narrowed.query, narrowed.reader);
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

/// Reads rows up to the end of the first branch whose walk ended: beyond it, others are missing.
fn read_rows(query: &Query, fetched: &[PgRow]) -> Result<Fetched> {
    let mut rows = Vec::with_capacity(fetched.len());
    // Columns of `branch`, there only when the walk has a reach.
    let reach = fetched.first().is_some_and(|row| row.try_column("trouve").is_ok());
    for row in fetched {
        // A collection says how many rows it has even when none of them is on this page.
        if row.try_get::<Option<String>, _>(0).map_err(Error::from)?.is_none() {
            continue;
        }
        let (found, last) =
            if reach { (row.try_get("trouve").map_err(Error::from)?, row.try_get("borne").map_err(Error::from)?) } else { (true, false) };
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
