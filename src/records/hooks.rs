//! What was typed into the form of a record, and what is particular to a record: its checks across fields, what it computes.

use std::collections::BTreeMap;
use std::sync::Arc;

use maud::Markup;
use sqlx::PgConnection;

use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Choice;
use crate::platform::error::Result;
pub use crate::ui::alike::Similar;

/// Values by column, as PostgreSQL writes them.
pub type Values = BTreeMap<&'static str, Option<String>>;

/// What was typed, what it amounts to, and what is wrong with it.
#[derive(Default)]
pub struct Draft {
    /// Key of the row, when it exists.
    pub id: Option<i64>,
    /// As typed, by field.
    pub typed: BTreeMap<&'static str, String>,
    /// What a file says beside the fields, by name: what fields may be computed of.
    pub dits: Values,
    /// The values of the fields that are right, then those computed.
    pub values: Values,
    /// The values of the row as it is.
    pub before: Values,
    /// Values on offer, by field; the same for all drafts that are looked at together.
    pub options: Arc<BTreeMap<&'static str, Vec<Choice>>>,
    /// Only looked at: what is wrong is told beside what is computed, and nowhere else.
    pub quiet: bool,
    /// What is wrong, by field, in their order.
    pub faults: Vec<(&'static str, String)>,
    /// What deserves a look and stops nothing.
    pub warnings: Vec<String>,
    /// What was computed, with its explanation.
    pub panel: Option<Markup>,
}

impl Draft {
    /// The value of a column, when it is right.
    pub fn value(&self, column: &str) -> Option<&str> {
        self.values.get(column)?.as_deref()
    }

    /// The same as a number or a day.
    pub fn parsed<T: std::str::FromStr>(&self, column: &str) -> Option<T> {
        self.value(column)?.parse().ok()
    }

    /// Says what is wrong with a field.
    pub fn wrong(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.faults.push((field, sentence.into()));
    }

    /// Sets a column.
    pub fn set(&mut self, column: &'static str, value: Option<String>) {
        self.values.insert(column, value);
    }

    /// What is wrong with a field.
    pub fn fault(&self, field: &str) -> Option<&str> {
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }

    /// The label of the value of a field that is one of a list.
    pub fn label(&self, field: &str) -> Option<&str> {
        let value = self.value(field)?;
        self.options.get(field)?.iter().find(|(code, _)| code == value).map(|(_, label)| label.as_str())
    }
}

/// What is particular to a record.
#[rocket::async_trait]
pub trait Hooks: Send + Sync {
    /// Whether whoever writes it proves again who they are.
    fn proved(&self) -> bool {
        false
    }

    /// Looks at the fields together, and computes what follows from them. Fields that are wrong have no value. Called for each
    /// look at what a form would give, and again before a row is written.
    async fn complete(&self, context: &Context, personne: &Personne, draft: &mut Draft) -> Result<()>;

    /// `complete` of many drafts of different rows: one that asks the base asks once for all of them.
    async fn complete_many(&self, context: &Context, personne: &Personne, drafts: &mut [Draft]) -> Result<()> {
        for draft in drafts {
            self.complete(context, personne, draft).await?;
        }
        Ok(())
    }

    /// What else is known of a new row when its form is opened, `given` being what its address gave. Nothing is wrong yet.
    async fn opened(&self, _context: &Context, _personne: &Personne, _draft: &mut Draft, _given: &BTreeMap<String, String>) -> Result<()> {
        Ok(())
    }

    /// The rows that look like the one to be created, among those of the person. Read in the transaction that creates, which
    /// no other creation of its kind crosses.
    async fn similar(&self, _connection: &mut PgConnection, _personne: &Personne, _draft: &Draft) -> Result<Vec<Similar>> {
        Ok(Vec::new())
    }

    /// What a new row is given once it is about to be written: its number. What became wrong since it was read is said of its
    /// draft, and it is not written.
    async fn number(&self, _connection: &mut PgConnection, _draft: &mut Draft) -> Result<()> {
        Ok(())
    }

    /// Why row `id` cannot be put away (`away`), or taken back.
    async fn kept(&self, _connection: &mut PgConnection, _personne: &Personne, _id: i64, _away: bool) -> Result<Option<String>> {
        Ok(None)
    }

    /// A column of row `id` that a write may move by itself, and what it holds: told as changed when it is.
    async fn moved(&self, _connection: &mut PgConnection, _id: i64) -> Result<Option<(&'static str, String)>> {
        Ok(None)
    }

    /// Asked before row `id` is written, in the transaction that writes it: the locks and the rights that are its own.
    async fn writing(&self, _connection: &mut PgConnection, _personne: &Personne, _id: i64) -> Result<()> {
        Ok(())
    }

    /// What else goes with the change of row `id`, in its transaction.
    async fn written(&self, _connection: &mut PgConnection, _personne: &Personne, _id: i64, _changed: &Values) -> Result<()> {
        Ok(())
    }

    /// What else a new row needs, in its transaction.
    async fn created(&self, _connection: &mut PgConnection, _id: i64, _draft: &Draft) -> Result<()> {
        Ok(())
    }
}
