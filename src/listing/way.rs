//! The way of a page to its rows. Three of them: the ordered walk of an index, when it serves every condition;
//! the collection of a set, small and cheap to find, then sorted; the walk that checks rows one by one, within a
//! reach, and says where it stopped. The planner of PostgreSQL says which: its statistics know the values.

use serde_json::Value as Json;
use sqlx::Row;

use super::narrowed::Narrowed;
use super::options::Choices;
use super::query::Query;
use super::resolved::{COLLECTED_MAX, Way};
use super::spec::Reader;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};

/// What finding them may cost, in the planner's units: some tens of milliseconds from memory.
const COST_MAX: f64 = 20_000.0;
/// Rows that a walk meets before its page is full, below which nothing finds the page sooner.
const WALK_SHORT_ROWS: f64 = 2_000.0;

/// What the planner expects of a question.
struct Expected {
    /// Its rows, up to one more than a page may collect.
    rows: f64,
    /// What finding them costs.
    cost: f64,
    /// The rows that a walk meets, from one end to the other.
    walked: f64,
}

impl<'a> Narrowed<'a> {
    /// The question of a page, with the way that it takes. An order for which there is no way is left to the caller.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn for_page(db: &Db, choices: &Choices, query: &'a Query, reader: &'a Reader) -> Result<Self> {
        let mut narrowed = Self::look_up(db, choices, query, reader).await?;
        narrowed.resolved.way = narrowed.way(db).await?.unwrap_or_default();
        Ok(narrowed)
    }

    /// The way of the page that it asks for; `None` when its order is one that no index gives, and its rows
    /// cost too much to be collected.
    async fn way(&self, db: &Db) -> Result<Option<Way>> {
        let query = self.query;
        if query.sort.indexed && query.reach.is_some() {
            // Whoever says how far to walk wants a walk.
            return Ok(Some(Way::Walk));
        }
        if query.sort.indexed && self.builder().rows(true)?.checked.is_empty() {
            return Ok(Some(Way::Walk));
        }
        let expected = Expected::ask(db, self).await?;
        let cheap = expected.cost <= COST_MAX;
        let few = expected.rows <= COLLECTED_MAX as f64;
        if !query.sort.indexed {
            // Few rows that are dear to find, by a guess that may be wrong, are worth the time that a page has for them.
            return Ok((cheap || few).then_some(Way::Collect));
        }
        let page = query.size as f64 + 1.0;
        let far = page * expected.walked > WALK_SHORT_ROWS * expected.rows;
        Ok(Some(if cheap && few && far { Way::Collect } else { Way::Walk }))
    }
}

impl Expected {
    async fn ask(db: &Db, narrowed: &Narrowed<'_>) -> Result<Self> {
        let mut builder = narrowed.builder();
        let table = narrowed.query.list.table;
        let all = builder.rows(false)?.condition();
        let walk = builder.rows(true)?;
        let branches = builder.as_condition(&walk.branching);
        let sql = format!(
            "EXPLAIN (FORMAT JSON) (SELECT 1 FROM {table} b WHERE {all} LIMIT {}) UNION ALL (SELECT 1 FROM {table} b WHERE {branches} AND {})",
            COLLECTED_MAX + 1,
            walk.served()
        );
        let plan: Json = builder.statement.saying(sql).query()?.fetch_one(db.reading()).await?.try_get(0)?;
        let told = |part: usize, name: &str| plan.pointer(&format!("/0/Plan/Plans/{part}/{name}")).and_then(Json::as_f64);
        match (told(0, "Plan Rows"), told(0, "Total Cost"), told(1, "Plan Rows")) {
            (Some(rows), Some(cost), Some(walked)) => Ok(Self { rows, cost, walked }),
            // A part that can give no row is left out of the plan: there is nothing to collect.
            _ if plan.pointer("/0/Plan").is_some() => Ok(Self { rows: 0.0, cost: 0.0, walked: f64::MAX }),
            _ => Err(Error::Internal("EXPLAIN without a plan".into())),
        }
    }
}
