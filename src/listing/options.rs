//! Values on offer in the filters, from small reference tables, kept in each process: a minute at
//! most, and for one state of the reference.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::platform::db::Db;
use crate::platform::error::Result;

/// How long reference data that changed without a version may lag behind.
const TTL: Duration = Duration::from_secs(60);

/// Rows that hold a word, below which nobody asks whether it is common.
const COMMON_ROWS_MIN: f32 = 500.0;

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
    frequencies: Cache<&'static str, Arc<Frequencies>>,
    common: Cache<Vec<&'static str>, Arc<CommonWords>>,
}

/// Words, and how many rows hold each.
type CommonWords = Vec<(String, f32)>;

/// Share of the rows that hold a value, by column and value; rare values are absent.
pub(super) type Frequencies = HashMap<(String, String), f32>;

impl Default for Choices {
    fn default() -> Self {
        Self {
            communes: Cache::builder().max_capacity(2).time_to_live(TTL).build(),
            others: Cache::builder().max_capacity(200).time_to_live(TTL).build(),
            state: 0,
            frequencies: Cache::builder().max_capacity(100).time_to_live(TTL).build(),
            common: Cache::builder().max_capacity(100).time_to_live(TTL).build(),
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
        if let Some(known) = self.communes.get(&self.state) {
            return Ok(known);
        }
        let rows = sqlx::query_as(
            "SELECT c.code_insee AS code, c.nom, e.siren AS epci, e.nom AS epci_nom FROM commune c LEFT JOIN epci e ON e.siren = c.epci_siren ORDER BY c.nom",
        )
        .fetch_all(db.reading())
        .await?;
        let rows = Arc::new(rows);
        self.communes.insert(self.state, rows.clone());
        Ok(rows)
    }

    /// The rows of `sql`, a constant of a declaration.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn of(&self, db: &Db, sql: &'static str) -> Result<Arc<Vec<Choice>>> {
        if let Some(known) = self.others.get(&(self.state, sql)) {
            return Ok(known);
        }
        let rows: Arc<Vec<Choice>> = Arc::new(sqlx::query_as(sql).fetch_all(db.reading()).await?);
        self.others.insert((self.state, sql), rows.clone());
        Ok(rows)
    }

    /// How frequent the values of `table` are, as PostgreSQL's statistics know.
    pub(super) async fn frequencies(&self, db: &Db, table: &'static str) -> Result<Arc<Frequencies>> {
        if let Some(known) = self.frequencies.get(table) {
            return Ok(known);
        }
        let rows: Vec<(String, String, f32)> = sqlx::query_as(
            "SELECT s.attname::text, v.valeur, v.part FROM pg_stats s,
                 LATERAL unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS v (valeur, part)
             WHERE s.schemaname = current_schema() AND s.tablename = $1 AND s.n_distinct BETWEEN 0 AND 1000",
        )
        .bind(table)
        .fetch_all(db.reading())
        .await?;
        let known: Arc<Frequencies> = Arc::new(rows.into_iter().map(|(column, value, share)| ((column, value), share)).collect());
        self.frequencies.insert(table, known.clone());
        Ok(known)
    }

    /// Words that more than `most` rows of `tables` hold in their column `mots`, as PostgreSQL's
    /// statistics know.
    pub(super) async fn common_words(&self, db: &Db, tables: &[&'static str], most: usize) -> Result<Vec<String>> {
        let known = match self.common.get(tables) {
            Some(known) => known,
            None => {
                let rows: CommonWords = sqlx::query_as(
                    "SELECT e.mot, max(e.part * c.reltuples) FROM pg_stats s JOIN pg_class c ON c.oid = to_regclass(quote_ident(s.tablename)),
                         LATERAL unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS e (mot, part)
                     WHERE s.schemaname = current_schema() AND s.tablename = ANY($1) AND s.attname = 'mots' AND e.mot IS NOT NULL
                         AND e.part * c.reltuples > $2 GROUP BY 1",
                )
                .bind(tables)
                .bind(COMMON_ROWS_MIN)
                .fetch_all(db.reading())
                .await?;
                let rows = Arc::new(rows);
                self.common.insert(tables.to_vec(), rows.clone());
                rows
            }
        };
        let most = most as f32;
        Ok(known.iter().filter(|(_, rows)| *rows > most).map(|(word, _)| word.clone()).collect())
    }
}
