//! Facets: for each choice of the form, how many rows it would leave. Bounded twice: a count stops
//! at a thousand, and a facet that takes too long shows « … » instead of keeping anybody waiting.

use std::time::Duration;

use maud::{Markup, html};
use sqlx::Row;

use super::fetch::narrowed;
use super::options::{Choice, Choices};
use super::query::Query;
use super::search::Resolved;
use super::spec::{Filter, FilterKind, Options, Reader};
use super::sql::{Arg, Builder};
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::ui::format;

/// Rows counted for one value at most.
const COUNT_MAX: i64 = 1_000;
/// Shown in place of a count that took too long.
pub(super) const SPENT: &str = "…";
/// Time given to one facet.
const BUDGET: Duration = Duration::from_millis(200);

/// The values of one filter, each with the address that chooses it.
pub struct Facet {
    filter: &'static Filter,
    values: Vec<(Choice, Option<i64>, Option<String>)>,
}

/// Counts every choice of `query`'s list, the other filters staying as they are.
///
/// # Errors
/// PostgreSQL failed; a facet over its budget is no error.
pub async fn fetch(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Vec<Facet>> {
    let reader = narrowed(db, choices, query, reader).await?;
    let mut facets = Vec::new();
    for filter in query.list.filters {
        let FilterKind::Choice { sql, cast, options } = &filter.kind else { continue };
        let options: Vec<Choice> = match options {
            Options::Fixed(known) => known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect(),
            Options::Sql(statement) => choices.of(db, statement).await?.to_vec(),
        };
        let others = query.without(filter);
        let resolved = Resolved::look_up(db, choices, &others, &reader).await?;
        let counts = counted(db, &others, &reader, &resolved, (sql, cast), &options).await?;
        let address = |code: &str| query.url_with(filter, code);
        let values = options.into_iter().enumerate().map(|(place, choice)| {
            let count = counts.as_ref().map(|counts| counts[place]);
            let address = address(&choice.0);
            (choice, count, address)
        });
        facets.push(Facet { filter, values: values.collect() });
    }
    Ok(facets)
}

/// A count for each option, in their order; `None` when the budget is spent.
async fn counted(db: &Db, query: &Query, reader: &Reader, resolved: &Resolved, column: (&str, &str), options: &[Choice]) -> Result<Option<Vec<i64>>> {
    let mut builder = Builder::new(query, reader, resolved);
    let codes = builder.statement.bind(Arg::Texts(options.iter().map(|(code, _)| code.clone()).collect()));
    let rows = builder.matching(&format!("{} = o.code::{}", column.0, column.1), COUNT_MAX + 1)?;
    let sql = format!("SELECT (SELECT count(*) FROM ({rows}) t) FROM unnest({codes}::text[]) WITH ORDINALITY o (code, rang) ORDER BY o.rang");
    let mut tx = db.hurried(BUDGET).await?;
    let found = sqlx::query_with(sqlx::AssertSqlSafe(sql), builder.statement.arguments()?).fetch_all(&mut *tx).await;
    match found.map_err(Error::from) {
        Ok(rows) => Ok(Some(rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?)),
        Err(Error::TooHeavy) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The facets, each value a link to the list that it would leave.
pub fn view(query: &Query, facets: &[Facet]) -> Markup {
    html! {
        section id="facettes" class="facettes" aria-label="Répartition" {
            @for facet in facets {
                div class="carte" {
                    h2 { (facet.filter.label) }
                    ul {
                        @for ((code, label), count, address) in &facet.values {
                            @let chosen = query.value(facet.filter.name) == Some(code.as_str());
                            li {
                                @match address {
                                    Some(address) => { a href=(address) aria-current=[chosen.then_some("true")] { (label) } }
                                    None => { span { (label) } }
                                }
                                " " span class="discret" { (words(*count)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn words(count: Option<i64>) -> String {
    match count {
        None => SPENT.into(),
        Some(count) if count > COUNT_MAX => format!("plus de {}", format::integer(COUNT_MAX)),
        Some(count) => format::integer(count),
    }
}
