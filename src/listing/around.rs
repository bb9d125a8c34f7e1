//! From a list to the file of a row and on to the next one: the question travels in the address of the
//! file, and the rows before and after are found from the row itself.

use super::cursor::Cursor;
use super::fetch::Page;
use super::options::Choices;
use super::query::{Position, Query};
use super::rows::one_row;
use super::spec::{List, Reader};
use super::state::Selection;
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::platform::token::SigningKey;

/// The list that a person came from.
pub struct Origin {
    query: Query,
    /// Address of the page where the row was seen, when the person comes straight from it.
    page: Option<String>,
}

/// What stands around a row in that list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Address of the file before.
    pub previous: Option<String>,
    /// Address of the file after.
    pub next: Option<String>,
    /// Address of the list, on the page where the row stands, without its anchor.
    pub list: String,
    /// Where the list goes on, when the search for the next row stopped on its way.
    pub beyond: Option<String>,
    /// The question, for the forms of the file.
    pub de: String,
}

impl Around {
    /// Address of the list, with the row in view.
    pub fn back_to(&self, key: i64) -> String {
        format!("{}#l-{key}", self.list)
    }

    /// The file of row `key` of `list`, with the way back.
    pub fn file(&self, list: &List, key: i64) -> String {
        file(list, &key.to_string(), &self.de)
    }
}

impl Origin {
    /// From the parameter `de` of the address of a file, else from the address of the page before when it
    /// is that of the list. What the list does not offer is no origin: the file is shown all the same.
    pub fn read(list: &'static List, de: Option<&str>, referrer: Option<&str>, today: chrono::NaiveDate, key: &SigningKey) -> Option<Self> {
        let parse = |raw: &str| Query::parse(list, raw, today, key).ok();
        if let Some(raw) = de {
            return Some(Self { query: parse(raw)?, page: None });
        }
        let rest = referrer?.strip_prefix('/')?.strip_prefix(list.name)?;
        let raw = if rest.is_empty() { "" } else { rest.strip_prefix('?')? };
        let query = parse(raw)?;
        Some(Self { page: Some(query.page_url()), query })
    }

    /// What stands around row `key`, as far as the reader may see: in the order of the list, whether the
    /// row still answers its filters or not.
    ///
    /// # Errors
    /// PostgreSQL failed or took too long.
    pub async fn around(&self, db: &Db, choices: &Choices, reader: &Reader, signing: &SigningKey, key: i64) -> Result<Around> {
        let asked = Query { selection: Selection::Off, ..self.query.clone() };
        if let Some(around) = self.beside(db, choices, reader, (signing, key), &asked).await? {
            return Ok(around);
        }
        // Too many rows for that order: the list was shown in its own.
        Ok(self.beside(db, choices, reader, (signing, key), &asked.in_default_order()).await?.unwrap_or_default())
    }

    /// What stands around a row in the order of `query`; nothing when the rows are too many for it.
    async fn beside(&self, db: &Db, choices: &Choices, reader: &Reader, (signing, key): (&SigningKey, i64), query: &Query) -> Result<Option<Around>> {
        let de = query.at_its_start();
        let narrow = |position: Position| Query { columns: Vec::new(), size: 1, position, ..query.clone() };
        let Some(row) = one_row(db, &narrow(Position::First), reader, key).await? else {
            return Ok(Some(Around { list: query.url(), de, ..Around::default() }));
        };
        let here = Cursor { value: row.sort_value, id: row.id, rank: None, mark: 0 };
        let after = Page::there(db, choices, &narrow(Position::After(here.clone())), reader).await?;
        if after.refused.is_some() {
            return Ok(None);
        }
        let before = Page::there(db, choices, &narrow(Position::Before(here)), reader).await?;
        let address = |page: &Page| page.rows.first().map(|row| file(query.list, &row.id, &de));
        let starts = before
            .rows
            .first()
            .map_or(Position::First, |row| Position::After(Cursor { value: row.sort_value.clone(), id: row.id.clone(), rank: None, mark: 0 }));
        Ok(Some(Around {
            previous: address(&before),
            next: address(&after),
            list: self.page.clone().unwrap_or_else(|| query.url_at(&starts, signing)),
            beyond: after.next.as_ref().filter(|_| after.rows.is_empty() && after.unfinished).map(|place| query.url_at(place, signing)),
            de,
        }))
    }
}

fn file(list: &List, key: &str, de: &str) -> String {
    list.page(key).with("de", de).into()
}
