//! Facets: for each choice of the form, how many rows it would leave. Where the list has cells that tell it, they are added up, and
//! every figure is exact. Elsewhere the rows are gone through once when they are few; when they are many, each choice is counted by
//! itself, bounded twice: a count stops at a thousand, and a facet that takes too long shows « … » instead of keeping anybody waiting.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{Datelike, Months, NaiveDate};
use maud::{Markup, html};
use sqlx::Row;

use super::narrowed::Narrowed;
use super::options::{Choice, Choices};
use super::query::Query;
use super::rollup::{MONTH, Span};
use super::spec::{Branching, Column, Filter, FilterKind, Kind, List, Options, Reader};
use super::spread::Part;
use super::statement::Statement;
use super::sums;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::ui::format;

/// Rows counted for one value at most, when each is counted by itself.
const COUNT_MAX: i64 = 1_000;
/// Rows gone through at most, when all values are counted together.
const TOGETHER_MAX: i64 = 10_000;
/// Values of a facet that are told at once; the rest unfolds.
const SHOWN: usize = 8;
/// Months on offer, that of today included.
const MONTHS: u32 = 12;
/// Shown in place of a count that took too long.
const SPENT: &str = "…";
/// Time given to one facet, or to those that are counted together.
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

/// How many rows, and what they make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    rows: i64,
    /// In cents, on a list that has amounts.
    cents: Option<i64>,
    /// All of them; else there are more than so many.
    whole: bool,
}

/// Shares of the values of a facet, in their order; `None` when there was no time.
type Shares = Option<Vec<Share>>;

/// Rows and what they make, by the place of an axis among those counted together, and by value.
type Found = HashMap<(usize, String), (i64, Option<i64>)>;

/// What a filter is spread over: its values, and what each stands for.
struct Axis {
    filter: &'static Filter,
    /// On `o.code`.
    condition: String,
    /// The column that has the values, over `b`; none when their text is not that of the column.
    column: Option<&'static str>,
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
    let mut axes = Vec::new();
    for filter in query.list.filters {
        axes.extend(axis(db, choices, query, reader, filter).await?);
    }
    // A filter that is not asked for is spread over the rows of the question itself: those are counted together.
    let (apart, together): (Vec<Axis>, Vec<Axis>) = axes.into_iter().partition(|axis| query.active().any(|filter| filter.name == axis.filter.name));
    let mut counted = shares(db, choices, query, reader, together).await?;
    for axis in apart {
        let others = query.without(axis.filter);
        counted.extend(shares(db, choices, &others, reader, vec![axis]).await?);
    }
    let place = |facet: &(Axis, Shares)| query.list.filters.iter().position(|filter| filter.name == facet.0.filter.name);
    counted.sort_by_key(place);
    Ok(counted.into_iter().map(|(axis, shares)| facet(query, axis, shares.as_deref())).collect())
}

fn facet(query: &Query, axis: Axis, shares: Option<&[Share]>) -> Facet {
    let filter = axis.filter;
    let values = axis.options.into_iter().enumerate().map(|(place, choice)| {
        let address = address(query, filter, &choice.0);
        Slice { share: shares.and_then(|shares| shares.get(place).copied()), choice, address }
    });
    Facet { filter, values: values.collect() }
}

async fn axis(db: &Db, choices: &Choices, query: &Query, reader: &Reader, filter: &'static Filter) -> Result<Option<Axis>> {
    Ok(match &filter.kind {
        FilterKind::Choice { sql, cast, options, .. } => {
            let options = match options {
                Options::Fixed(known) => known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect(),
                Options::Sql(statement) => choices.of(db, statement).await?.to_vec(),
            };
            // The text of a truth value is not the code that stands for it.
            let column = (*cast != "boolean").then_some(*sql);
            Some(Axis { filter, condition: format!("{sql} = o.code::{cast}"), column, options })
        }
        FilterKind::Commune => {
            let Branching::Texts(column, codes) = query.list.branches(reader) else { return Ok(None) };
            let all = choices.communes(db).await?;
            let mine = all.iter().filter(|commune| codes.contains(&commune.code));
            let options: Vec<Choice> = mine.map(|commune| (commune.code.clone(), commune.nom.clone())).collect();
            (options.len() > 1 && amount(query.list).is_some()).then(|| Axis {
                filter,
                condition: format!("{column} = o.code"),
                column: Some(column),
                options,
            })
        }
        FilterKind::Dates { sql, .. } => Some(Axis {
            filter,
            condition: format!("{sql} >= o.code::date AND {sql} < o.code::date + interval '1 month'"),
            column: Some(sql),
            options: months(query.today),
        }),
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
        let silent = |slice: &Slice| matches!(self.filter.kind, FilterKind::Commune) && slice.share.is_some_and(|share| share.rows == 0);
        self.values.iter().map(move |slice| (slice, chosen(slice))).filter(move |(slice, chosen)| *chosen || !silent(slice))
    }
}

/// The shares of `axes`, all of them over the rows of `query`.
async fn shares(db: &Db, choices: &Choices, query: &Query, reader: &Reader, axes: Vec<Axis>) -> Result<Vec<(Axis, Shares)>> {
    if axes.is_empty() {
        return Ok(Vec::new());
    }
    let narrowed = Narrowed::look_up(db, choices, query, reader).await?;
    let mut counted = Vec::new();
    let (months, others): (Vec<Axis>, Vec<Axis>) = axes.into_iter().partition(Axis::is_months);
    let mut left = Vec::new();
    for part in [others, months] {
        match rolled(db, &narrowed, &part).await? {
            Some(shares) => counted.extend(part.into_iter().zip(shares.into_iter().map(Some))),
            None => left.extend(part),
        }
    }
    match gathered(db, &narrowed, &left).await? {
        Gathered::All(shares) => counted.extend(left.into_iter().zip(shares.into_iter().map(Some))),
        Gathered::TooLong => counted.extend(left.into_iter().map(|axis| (axis, None))),
        Gathered::TooMany => {
            for axis in left {
                let shares = each(db, &narrowed, &axis).await?;
                counted.push((axis, shares));
            }
        }
    }
    Ok(counted)
}

impl Axis {
    fn is_months(&self) -> bool {
        matches!(self.filter.kind, FilterKind::Dates { .. })
    }

    /// From the first of its months to the end of the last.
    fn months(&self) -> Option<Span> {
        let mut days: Vec<NaiveDate> = self.options.iter().filter_map(|(code, _)| code.parse().ok()).collect();
        days.sort_unstable();
        Some(Span { first: days.first().copied(), end: days.last()?.checked_add_months(Months::new(1)) })
    }

    /// The shares of its values among `found`, which were counted by `key`: none of a value that no row has.
    fn among(&self, key: usize, found: &Found, amounts: bool) -> Vec<Share> {
        let share = |(code, _): &Choice| {
            let (rows, cents) = found.get(&(key, code.clone())).copied().unwrap_or((0, amounts.then_some(0)));
            Share { rows, cents, whole: true }
        };
        self.options.iter().map(share).collect()
    }
}

/// Runs `statement`, which counts by several keys, in the time that it has; `None` when that is spent.
async fn parts(db: &Db, statement: Statement) -> Result<Option<Vec<Part>>> {
    let rows = match statement.query()?.fetch_all(db.hurried(BUDGET)).await.map_err(Error::from) {
        Ok(rows) => rows,
        Err(Error::TooHeavy) => return Ok(None),
        Err(error) => return Err(error),
    };
    let read = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)));
    Ok(Some(read.collect::<std::result::Result<_, sqlx::Error>>()?))
}

/// What was counted, by key and value.
fn by_key(parts: Vec<Part>) -> Found {
    let named = |(key, code, rows, cents): Part| Some(((usize::try_from(key?).ok()?, code?), (rows, cents)));
    parts.into_iter().filter_map(named).collect()
}

/// The shares of `axes` from cells; `None` when cells do not tell them, or when there was no time for it.
async fn rolled(db: &Db, narrowed: &Narrowed<'_>, axes: &[Axis]) -> Result<Option<Vec<Vec<Share>>>> {
    let (Some(first), Some(rollup)) = (axes.first(), narrowed.query.list.rollup) else { return Ok(None) };
    let key = |axis: &Axis| if axis.column == Some(rollup.day) { Some(MONTH) } else { axis.column };
    let Some(keys) = axes.iter().map(key).collect::<Option<Vec<&str>>>() else { return Ok(None) };
    let months = if first.is_months() { first.months() } else { None };
    let Some(statement) = narrowed.rolled(&keys, months)? else { return Ok(None) };
    let Some(parts) = parts(db, statement).await? else { return Ok(None) };
    let found = by_key(parts);
    Ok(Some(axes.iter().enumerate().map(|(place, axis)| axis.among(place, &found, true)).collect()))
}

/// What going through the rows once came to.
enum Gathered {
    /// The shares of each axis.
    All(Vec<Vec<Share>>),
    /// There are more rows than are gone through: each value is counted by itself.
    TooMany,
    /// A few rows take too long to find: no value would be counted in its time.
    TooLong,
}

/// The shares of `axes` from the rows, when these are few.
async fn gathered(db: &Db, narrowed: &Narrowed<'_>, axes: &[Axis]) -> Result<Gathered> {
    let list = narrowed.query.list;
    let key = |axis: &Axis| axis.column.map(|column| if axis.is_months() { format!("date_trunc('month', {column})::date") } else { column.into() });
    let keys = axes.iter().map(key).collect::<Option<Vec<String>>>().filter(|keys| !keys.is_empty() && !list.distinct);
    let Some(keys) = keys else { return Ok(Gathered::TooMany) };
    let summed = amount(list);
    let Some(parts) = parts(db, narrowed.gathered(&keys, summed, TOGETHER_MAX + 1)?).await? else { return Ok(Gathered::TooLong) };
    if parts.iter().any(|(key, _, rows, _)| key.is_none() && *rows > TOGETHER_MAX) {
        return Ok(Gathered::TooMany);
    }
    let found = by_key(parts);
    Ok(Gathered::All(axes.iter().enumerate().map(|(place, axis)| axis.among(place, &found, summed.is_some())).collect()))
}

/// A share for each value of `axis`, counted by itself; `None` when the budget is spent.
async fn each(db: &Db, narrowed: &Narrowed<'_>, axis: &Axis) -> Result<Shares> {
    let codes = axis.options.iter().map(|(code, _)| code.clone()).collect();
    let statement = narrowed.shares(codes, &axis.condition, amount(narrowed.query.list), COUNT_MAX + 1)?.query()?;
    let read = |row: &sqlx::postgres::PgRow| {
        let rows: i64 = row.try_get(0)?;
        Ok(Share { rows: rows.min(COUNT_MAX), cents: row.try_get(1)?, whole: rows <= COUNT_MAX })
    };
    match statement.fetch_all(db.hurried(BUDGET)).await.map_err(Error::from) {
        Ok(rows) => Ok(Some(rows.iter().map(read).collect::<std::result::Result<_, sqlx::Error>>()?)),
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
        Some(Share { rows, whole: false, .. }) => format!("plus de {}", format::integer(rows)),
        Some(Share { rows, cents: Some(cents), .. }) if rows > 0 => format!("{} · {}", format::integer(rows), format::money(cents)),
        Some(Share { rows, .. }) => format::integer(rows),
    }
}
