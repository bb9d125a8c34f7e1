//! The count, which never delays the rows: exact to 10,000, then the planner's estimate, said as
//! such, then exact when a person asks.

use std::time::Duration;

use serde_json::Value as Json;
use sqlx::Row;

use super::COUNT_EXACT_MAX;
use super::narrowed::Narrowed;
use super::options::Choices;
use super::query::Query;
use super::spec::{Access, Reader};
use super::sums;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};

/// How many rows a question has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Exactly so many.
    Exact(i64),
    /// About so many: more than 10,000, or too scattered to be counted at once.
    About(i64),
}

/// Rows of a question, and what its columns make over them.
pub struct Counted {
    /// How many.
    pub count: Count,
    /// Sums, in the order of the columns that add up; of the rows that were counted only, when there are more.
    pub(super) sums: Vec<i64>,
    /// Whether every row was added.
    pub(super) whole: bool,
    /// There was no time to count: what is said of the number is the planner's guess, and nothing else.
    pub(super) hurried: bool,
}

impl Counted {
    /// `count` rows, of which those read add up to `sums`.
    fn new(count: Count, sums: Vec<i64>) -> Self {
        Self { count, sums, whole: matches!(count, Count::Exact(_)), hurried: false }
    }

    /// Whether the same question would be counted the same: there was time to.
    pub fn is_settled(&self) -> bool {
        !self.hurried
    }

    /// The same, when there was no time to count.
    fn in_a_hurry(self, hurried: bool) -> Self {
        Self { hurried, ..self }
    }
}

/// Time given to the count that comes with a page.
const BUDGET: Duration = Duration::from_millis(500);

impl Count {
    /// Counts the rows of `query`; `exact` goes beyond 10,000.
    ///
    /// # Errors
    /// PostgreSQL failed or took too long.
    pub async fn fetch(db: &Db, choices: &Choices, query: &Query, reader: &Reader, exact: bool) -> Result<Self> {
        Ok(Self::with_sums(db, choices, query, reader, exact).await?.count)
    }

    /// The same, with what the columns that add up make over the rows counted.
    ///
    /// # Errors
    /// PostgreSQL failed or took too long.
    pub async fn with_sums(db: &Db, choices: &Choices, query: &Query, reader: &Reader, exact: bool) -> Result<Counted> {
        let narrowed = Narrowed::look_up(db, choices, query, reader).await?;
        if exact {
            let (rows, sums) = Self::counted(db, &narrowed, None).await?;
            return Ok(Counted::new(Self::Exact(rows), sums));
        }
        let mut hurried = false;
        let (least, sums) = match Self::counted(db, &narrowed, Some(COUNT_EXACT_MAX + 1)).await {
            Ok((rows, sums)) if rows <= COUNT_EXACT_MAX => return Ok(Counted::new(Self::Exact(rows), sums)),
            Ok(more) => more,
            // So scattered that counting them takes longer than a page may.
            Err(Error::TooHeavy) => {
                hurried = true;
                (0, Vec::new())
            }
            Err(error) => return Err(error),
        };
        let estimate = Self::estimated(db, choices, &narrowed).await?;
        Ok(Counted::new(Self::About(round(estimate.max(least))), sums).in_a_hurry(hurried))
    }

    /// Counts and adds up to `limit` rows, in the time that leaves; without limit, in that of any statement.
    async fn counted(db: &Db, narrowed: &Narrowed<'_>, limit: Option<i64>) -> Result<(i64, Vec<i64>)> {
        let statement = narrowed.count(limit)?.query()?;
        let row = match limit {
            None => statement.fetch_one(db.reading()).await?,
            Some(_) => statement.fetch_one(db.hurried(BUDGET)).await?,
        };
        Ok((row.try_get(0)?, sums::read(narrowed.query.list, &row)?))
    }

    async fn estimated(db: &Db, choices: &Choices, narrowed: &Narrowed<'_>) -> Result<i64> {
        let nearly = nearly_everywhere(db, choices, narrowed).await?;
        let statement = narrowed.estimate(nearly.as_ref().unwrap_or(narrowed.reader))?;
        let plan: Json = statement.query()?.fetch_one(db.reading()).await?.try_get(0)?;
        plan.pointer("/0/Plan/Plan Rows").and_then(Json::as_i64).ok_or_else(|| Error::Internal("EXPLAIN without rows".into()))
    }
}

/// A reader of every commune, without the one that has the fewest rows. PostgreSQL adds the shares of the values of a
/// list up; when they make a hair more than one, it takes them for conditions that may hold together and guesses a
/// third less.
async fn nearly_everywhere(db: &Db, choices: &Choices, &Narrowed { query, reader, .. }: &Narrowed<'_>) -> Result<Option<Reader>> {
    let Access::Droit(module, _) = query.list.access else { return Ok(None) };
    let communes = reader.communes(module);
    if communes.len() < choices.communes(db).await?.len().max(2) {
        return Ok(None);
    }
    let shares = choices.frequencies(db, query.list.table).await?;
    let share = |code: &String| shares.get(&("code_insee".to_string(), code.clone())).copied().unwrap_or(0.0);
    let rarest = communes.iter().min_by(|one, other| share(one).total_cmp(&share(other)));
    Ok(rarest.map(|rarest| reader.without(module, rarest)))
}

/// Two significant figures: an estimate should not look like a count.
fn round(estimate: i64) -> i64 {
    let mut unit = 1;
    while estimate / unit >= 100 {
        unit *= 10;
    }
    (estimate + unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    #[test]
    fn estimates_have_two_figures() {
        assert_eq!(super::round(12_345), 12_000);
        assert_eq!(super::round(996_000), 1_000_000);
        assert_eq!(super::round(10_001), 10_000);
        assert_eq!(super::round(10_060), 10_000);
    }
}
