//! Values on offer in the filters, from small reference tables, kept a minute in each process.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use crate::platform::db::Db;
use crate::platform::error::Result;

/// How long reference data may lag behind on a form. Rows and rights never come from here.
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

/// Reference data for forms.
pub struct Choices {
    communes: Cache<(), Arc<Vec<CommuneChoice>>>,
    others: Cache<&'static str, Arc<Vec<Choice>>>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            communes: Cache::builder().max_capacity(1).time_to_live(TTL).build(),
            others: Cache::builder().max_capacity(100).time_to_live(TTL).build(),
        }
    }
}

impl Choices {
    /// Every commune, by name.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn communes(&self, db: &Db) -> Result<Arc<Vec<CommuneChoice>>> {
        if let Some(known) = self.communes.get(&()).await {
            return Ok(known);
        }
        let rows = sqlx::query_as(
            "SELECT c.code_insee AS code, c.nom, e.siren AS epci, e.nom AS epci_nom FROM commune c LEFT JOIN epci e ON e.siren = c.epci_siren ORDER BY c.nom",
        )
        .fetch_all(db.statement())
        .await?;
        let rows = Arc::new(rows);
        self.communes.insert((), rows.clone()).await;
        Ok(rows)
    }

    /// The rows of `sql`, a constant of a declaration.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn of(&self, db: &Db, sql: &'static str) -> Result<Arc<Vec<Choice>>> {
        if let Some(known) = self.others.get(sql).await {
            return Ok(known);
        }
        let rows: Arc<Vec<Choice>> = Arc::new(sqlx::query_as(sql).fetch_all(db.statement()).await?);
        self.others.insert(sql, rows.clone()).await;
        Ok(rows)
    }
}
