//! Facets: for each choice of the form, how many rows it would leave. Bounded twice: a count stops
//! at a thousand, and a facet that takes too long shows « … » instead of keeping anybody waiting.

use std::time::Duration;

use chrono::{Datelike, Months, NaiveDate};
use maud::{Markup, html};
use sqlx::Row;

use super::narrowed::Narrowed;
use super::options::{Choice, Choices};
use super::query::Query;
use super::spec::{Branching, Column, Filter, FilterKind, Kind, List, Options, Reader};
use super::sums;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::ui::format;

/// Rows counted for one value at most.
const COUNT_MAX: i64 = 1_000;
/// Values of a facet that are told at once; the rest unfolds.
const SHOWN: usize = 8;
/// Months on offer, that of today included.
const MONTHS: u32 = 12;
/// Shown in place of a count that took too long.
const SPENT: &str = "…";
/// Time given to one facet.
const BUDGET: Duration = Duration::from_millis(200);

/// The values of one filter, each with the address that chooses it.
pub struct Facet {
    filter: &'static Filter,
    values: Vec<Slice>,
}

/// One value: code and label, how many rows and what they make, where it leads.
struct Slice {
    choice: Choice,
    share: Option<Share>,
    address: Option<String>,
}

/// Rows, at most one more than [`COUNT_MAX`], and their sum in cents on a list that has amounts.
type Share = (i64, Option<i64>);

/// What a filter is spread over: its values, and the condition on `o.code` that each stands for.
struct Axis {
    condition: String,
    options: Vec<Choice>,
}

/// The amount that a list adds up.
fn amount(list: &'static List) -> Option<&'static Column> {
    sums::summed(list).find(|column| column.kind == Kind::Money)
}

/// Counts every choice of `query`'s list, the other filters staying as they are: its choices, the communes
/// of the reader, the months of the year.
///
/// # Errors
/// PostgreSQL failed; a facet over its budget is no error.
pub async fn fetch(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Vec<Facet>> {
    let mut facets = Vec::new();
    for filter in query.list.filters {
        let Some(axis) = axis(db, choices, query, reader, filter).await? else { continue };
        let others = query.without(filter);
        let shares = shares(db, &Narrowed::look_up(db, choices, &others, reader).await?, &axis).await?;
        let values = axis.options.into_iter().enumerate().map(|(place, choice)| {
            let address = address(query, filter, &choice.0);
            Slice { share: shares.as_ref().map(|shares| shares[place]), choice, address }
        });
        facets.push(Facet { filter, values: values.collect() });
    }
    Ok(facets)
}

async fn axis(db: &Db, choices: &Choices, query: &Query, reader: &Reader, filter: &'static Filter) -> Result<Option<Axis>> {
    Ok(match &filter.kind {
        FilterKind::Choice { sql, cast, options, .. } => {
            let options = match options {
                Options::Fixed(known) => known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect(),
                Options::Sql(statement) => choices.of(db, statement).await?.to_vec(),
            };
            Some(Axis { condition: format!("{sql} = o.code::{cast}"), options })
        }
        FilterKind::Commune => {
            let Branching::Texts(column, codes) = query.list.branches(reader) else { return Ok(None) };
            let all = choices.communes(db).await?;
            let mine = all.iter().filter(|commune| codes.contains(&commune.code));
            let options: Vec<Choice> = mine.map(|commune| (commune.code.clone(), commune.nom.clone())).collect();
            (options.len() > 1 && amount(query.list).is_some()).then(|| Axis { condition: format!("{column} = o.code"), options })
        }
        FilterKind::Dates { sql, .. } => {
            Some(Axis { condition: format!("{sql} >= o.code::date AND {sql} < o.code::date + interval '1 month'"), options: months(query.today) })
        }
        _ => None,
    })
}

/// The twelve months that end with that of `today`, the latest first.
fn months(today: NaiveDate) -> Vec<Choice> {
    let first = today.with_day(1).unwrap_or(today);
    let back = |months: u32| first.checked_sub_months(Months::new(months)).unwrap_or(first);
    (0..MONTHS).map(back).map(|month| (month.to_string(), format::month(month))).collect()
}

/// Where a value leads; a month is both its bounds.
fn address(query: &Query, filter: &'static Filter, code: &str) -> Option<String> {
    let FilterKind::Dates { .. } = filter.kind else { return Some(query.url_with(filter, code)) };
    let first: NaiveDate = code.parse().ok()?;
    let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
    Some(query.url_between(filter, first, last))
}

impl Facet {
    /// Whether its rows could be counted in its time.
    pub(super) fn is_told(&self) -> bool {
        self.values.iter().all(|slice| slice.share.is_some())
    }

    /// The values worth telling, and whether each is chosen: an EPCI has ten communes, of which those
    /// without a row are only noise; the few values of a choice are all told.
    fn told<'a>(&'a self, query: &'a Query) -> impl Iterator<Item = (&'a Slice, bool)> {
        let chosen = |slice: &Slice| !query.is_except(self.filter) && query.values(self.filter.name).contains(&slice.choice.0);
        let silent = |slice: &Slice| matches!(self.filter.kind, FilterKind::Commune) && slice.share.is_some_and(|(rows, _)| rows == 0);
        self.values.iter().map(move |slice| (slice, chosen(slice))).filter(move |(slice, chosen)| *chosen || !silent(slice))
    }
}

/// A share for each value, in their order; `None` when the budget is spent.
async fn shares(db: &Db, narrowed: &Narrowed<'_>, axis: &Axis) -> Result<Option<Vec<Share>>> {
    let codes = axis.options.iter().map(|(code, _)| code.clone()).collect();
    let statement = narrowed.shares(codes, &axis.condition, amount(narrowed.query.list), COUNT_MAX + 1)?.query()?;
    let found = statement.fetch_all(db.hurried(BUDGET)).await;
    match found.map_err(Error::from) {
        Ok(rows) => Ok(Some(rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<std::result::Result<_, sqlx::Error>>()?)),
        Err(Error::TooHeavy) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The facets, each value a link to the list that it would leave.
pub fn view(query: &Query, facets: &[Facet]) -> Markup {
    html! {
        section id="facettes" class="facettes" aria-label="Répartition" {
            @for facet in facets {
                @let told: Vec<(&Slice, bool)> = facet.told(query).collect();
                @let (first, more) = told.split_at(if told.len() > SHOWN + 2 { SHOWN } else { told.len() });
                div class="carte" {
                    h2 { (facet.filter.label) }
                    (slices(first))
                    @if !more.is_empty() { details { summary { "Les " (more.len()) " autres" } (slices(more)) } }
                }
            }
        }
    }
}

fn slices(told: &[(&Slice, bool)]) -> Markup {
    html! {
        ul {
            @for (Slice { choice: (_, label), share, address }, chosen) in told {
                li {
                    @match address {
                        Some(address) => { a href=(address) aria-current=[chosen.then_some("true")] { (label) } }
                        None => { span { (label) } }
                    }
                    " " span class="discret" { (words(*share)) }
                }
            }
        }
    }
}

/// Rows, and what they make when all of them were added.
fn words(share: Option<Share>) -> String {
    match share {
        None => SPENT.into(),
        Some((count, _)) if count > COUNT_MAX => format!("plus de {}", format::integer(COUNT_MAX)),
        Some((count, Some(cents))) if count > 0 => format!("{} · {}", format::integer(count), format::money(cents)),
        Some((count, _)) => format::integer(count),
    }
}
