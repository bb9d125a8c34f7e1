//! Values on offer in the filters, from small reference tables, kept in each process: a minute at
//! most, and for one state of the reference.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use crate::platform::db::Db;
use crate::platform::error::Result;

/// How long reference data that changed without a version may lag behind.
const TTL: Duration = Duration::from_secs(60);

/// A commune, as forms need it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CommuneChoice {
    /// INSEE code.
    pub code: String,
    /// Name.
    pub nom: String,
    /// SIREN of its EPCI.
    pub epci: Option<String>,
    /// Name of its EPCI.
    pub epci_nom: Option<String>,
}

/// Code and label.
pub type Choice = (String, String);

/// Reference data for forms. Fragments that show it are kept under the versions of their data: what
/// is remembered here has a state too, or a fragment could keep a name of before under a version of
/// after.
#[derive(Clone)]
pub struct Choices {
    communes: Cache<i64, Arc<Vec<CommuneChoice>>>,
    others: Cache<(i64, &'static str), Arc<Vec<Choice>>>,
    state: i64,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            communes: Cache::builder().max_capacity(2).time_to_live(TTL).build(),
            others: Cache::builder().max_capacity(200).time_to_live(TTL).build(),
            state: 0,
        }
    }
}

impl Choices {
    /// The same memory, for whoever reads in the state `state` of the reference.
    #[must_use]
    pub fn at(&self, state: i64) -> Self {
        Self { state, ..self.clone() }
    }

    /// Every commune, by name.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn communes(&self, db: &Db) -> Result<Arc<Vec<CommuneChoice>>> {
        if let Some(known) = self.communes.get(&self.state).await {
            return Ok(known);
        }
        let rows = sqlx::query_as(
            "SELECT c.code_insee AS code, c.nom, e.siren AS epci, e.nom AS epci_nom FROM commune c LEFT JOIN epci e ON e.siren = c.epci_siren ORDER BY c.nom",
        )
        .fetch_all(db.statement())
        .await?;
        let rows = Arc::new(rows);
        self.communes.insert(self.state, rows.clone()).await;
        Ok(rows)
    }

    /// The rows of `sql`, a constant of a declaration.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn of(&self, db: &Db, sql: &'static str) -> Result<Arc<Vec<Choice>>> {
        if let Some(known) = self.others.get(&(self.state, sql)).await {
            return Ok(known);
        }
        let rows: Arc<Vec<Choice>> = Arc::new(sqlx::query_as(sql).fetch_all(db.statement()).await?);
        self.others.insert((self.state, sql), rows.clone()).await;
        Ok(rows)
    }
}
