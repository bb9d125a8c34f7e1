//! What a saved view keeps of a list, and how it is read again: a question is never data, so it opens
//! with the rights of whoever reads it, and with what the list still offers.

use chrono::NaiveDate;

use super::filter::Filters;
use super::parse::{Given, check_ranges, default_sort, normalise, parse_columns, parse_size, parse_sort, shorten};
use super::query::{Position, Query};
use super::spec::List;
use super::state::{Density, Opened};

/// A person's default view of a list, found with their session.
#[derive(Clone, Copy, Debug)]
pub struct DefaultView<'a> {
    /// The view.
    pub id: i64,
    /// Its version.
    pub version: i32,
    /// What it asks.
    pub question: &'a str,
}

/// A stored question read again.
pub struct Reopened {
    /// What remains of it.
    pub query: Query,
    /// What the list no longer offers, in words.
    pub dropped: Vec<String>,
}

impl Reopened {
    /// What was left out, in one sentence; `None` when nothing was.
    pub fn sentence(&self) -> Option<String> {
        (!self.dropped.is_empty()).then(|| {
            format!(
                "Cette vue contient des éléments que la liste ne propose plus, laissés de côté : {}. Enregistrez-la pour la mettre à jour.",
                self.dropped.join(", ")
            )
        })
    }
}

impl Query {
    /// Reads a question stored earlier, leaving out what the list no longer offers instead of refusing
    /// it. Relative periods stay relative: `today` only tells what they mean now.
    pub fn reopen(list: &'static List, stored: &str, today: NaiveDate) -> Reopened {
        let mut dropped = Vec::new();
        let mut rest = Given::read(stored).unwrap_or_default();
        let columns = rest.take_all("colonnes").map(|names| names.join("."));
        let mut take = |name: &str| rest.take_all(name).and_then(|values| values.into_iter().next());
        let (size, sort) = (take("taille"), take("tri"));
        let density = Density::parse(take("densite")).unwrap_or_default();
        let mut filters = kept_filters(list, rest.0, today, &mut dropped);
        if check_ranges(list, &mut filters).is_err() {
            dropped.push("bornes inversées".into());
            filters.retain(|name, _| !name.ends_with("_min") && !name.ends_with("_max"));
        }
        let (sort, descending) = kept_sort(list, sort.as_deref(), &filters, &mut dropped);
        let names: Vec<&str> = columns.as_deref().unwrap_or_default().split('.').filter(|name| !name.is_empty()).collect();
        let (known, unknown): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| list.column(name).is_some());
        dropped.extend(unknown.iter().map(|name| format!("colonne « {} »", shorten(name))));
        let chosen = (!known.is_empty()).then(|| known.join("."));
        // The names are known: the declaration cannot refuse them.
        let columns = parse_columns(list, chosen.as_deref()).unwrap_or_default();
        let custom_columns = differ_from_default(list, &columns);
        let size = parse_size(size).unwrap_or(super::SIZE_DEFAULT);
        let query = Self { filters, sort, descending, size, columns, density, ..Self::bare(list, today, custom_columns) };
        Reopened { query, dropped }
    }

    /// The question as a view keeps it: everything but the position.
    pub fn to_keep(&self) -> String {
        format!("{}&densite={}", self.canonical(), self.density.code())
    }

    /// The same question at its first page, as a state of view `opened`.
    #[must_use]
    pub fn opened_as(&self, opened: Opened) -> Self {
        let custom_columns = differ_from_default(self.list, &self.columns);
        Self { opened, custom_columns, position: Position::First, position_text: None, ..self.clone() }
    }
}

/// Whether an address must name the columns.
fn differ_from_default(list: &List, columns: &[&'static super::Column]) -> bool {
    !columns.iter().map(|column| column.name).eq(list.columns.iter().filter(|column| column.default).map(|column| column.name))
}

/// The filters that the list still offers, in their written form.
fn kept_filters(list: &'static List, given: Filters, today: NaiveDate, dropped: &mut Vec<String>) -> Filters {
    let mut kept = Filters::new();
    for (name, values) in given {
        let Some(filter) = list.filters.iter().find(|filter| filter.reads(&name)) else {
            dropped.push(format!("filtre « {} »", shorten(&name)));
            continue;
        };
        let mut known = Vec::new();
        for value in values {
            match normalise(filter, &name, &value, today) {
                Ok(value) => known.push(value),
                Err(_) => dropped.push(format!("filtre « {} » (valeur « {} »)", filter.label, shorten(&value))),
            }
        }
        known.sort_unstable();
        known.dedup();
        if !filter.is_multiple() {
            known.truncate(1);
        }
        if !known.is_empty() {
            kept.insert(name, known);
        }
    }
    kept
}

/// The sort of a stored question, or the one that fits its filters best when it is gone.
fn kept_sort(list: &'static List, text: Option<&str>, filters: &Filters, dropped: &mut Vec<String>) -> (&'static super::Sort, bool) {
    parse_sort(list, text, filters).unwrap_or_else(|_| {
        dropped.extend(text.map(|text| format!("tri « {} »", shorten(text.trim_start_matches('-')))));
        default_sort(list, filters)
    })
}
