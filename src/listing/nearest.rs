//! The page that a person is shown: the one asked for, else the rows of the end that is nearest, or words that would find
//! something.

use super::fetch::Page;
use super::options::Choices;
use super::query::{Position, Query};
use super::spec::Reader;
use crate::platform::db::Db;
use crate::platform::error::Result;

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
}
