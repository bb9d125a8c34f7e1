//! What the cells of a file say against its filters: the control reads every row, and a row of another commune, another day or
//! another amount than the file was asked for is a fault, whatever was counted when it was made. Only cells that nobody changes
//! in a list are looked at: the others may have changed between the moment of the keys and that of the rows.

use std::collections::{BTreeMap, HashSet};

use super::queries::Ready;
use super::temoin;
use crate::context::Context;
use crate::listing::{Column, Filter, FilterKind, Kind, List, Value};
use crate::platform::clock;

/// The prefix of the addresses of communes: what tells a column of them.
const COMMUNES: &str = "/communes/";
/// How their code is written in the lists that are read by commune.
const CODE: &str = "b.code_insee";

/// The place of a column, its kind, and the bounds of its cells.
type Range = (usize, Kind, Option<Value>, Option<Value>);

/// What the cells of each row must be.
pub(super) struct Kept {
    /// Places of the cells that name a commune, and the names and codes of those that the file may hold.
    communes: Option<(Vec<usize>, HashSet<String>)>,
    /// Places of the cells that a range bounds, with its bounds.
    ranges: Vec<Range>,
}

impl Kept {
    /// What the question of `file` and the rights that it was made with say of `columns`.
    pub(super) async fn of(context: &Context, file: &Ready, columns: &[&'static Column]) -> Result<Self, sqlx::Error> {
        let Some(list) = context.catalogue.exportable(&file.liste) else { return Ok(Self { communes: None, ranges: Vec::new() }) };
        let asked = Question::of(&file.requete);
        let places = commune_cells(list, columns);
        let communes = if places.is_empty() || file.perimetre.is_empty() {
            None
        } else {
            // Communes that are not wanted say nothing of those that are: the perimeter does.
            let wanted = |filter: &&Filter| !asked.0.contains_key(&filter.except());
            let of = |kind: fn(&FilterKind) -> bool| {
                list.filters.iter().find(|filter| kind(&filter.kind)).filter(wanted).and_then(|filter| asked.0.get(filter.name))
            };
            let codes = of(|kind| matches!(kind, FilterKind::Commune));
            let epci = of(|kind| matches!(kind, FilterKind::Epci));
            let names = temoin::communes(&context.db, &file.perimetre, codes, epci).await?;
            Some((places, names.into_iter().flat_map(|(code, name)| [code, name]).collect()))
        };
        Ok(Self { communes, ranges: ranges(list, &asked, columns) })
    }

    /// What a row holds that it should not, in words.
    pub(super) fn outside(&self, cells: &[Value]) -> Option<String> {
        if let Some((places, names)) = &self.communes {
            for place in places {
                match cells.get(*place) {
                    Some(Value::Text(name)) if names.contains(name) => {}
                    other => return Some(format!("une ligne est de « {} »", other.and_then(Value::text).unwrap_or("rien"))),
                }
            }
        }
        for (place, kind, low, high) in &self.ranges {
            let cell = cells.get(*place);
            let within =
                |bound: &Option<Value>, before: bool| bound.as_ref().is_none_or(|bound| cell.is_some_and(|cell| ordered(bound, cell, before)));
            if !within(low, true) || !within(high, false) {
                return Some(format!("une ligne porte « {} »", cell.map_or_else(|| "rien".into(), |cell| kind.words(cell))));
            }
        }
        None
    }
}

/// The filters of an address, each with its values.
struct Question(BTreeMap<String, Vec<String>>);

impl Question {
    fn of(question: &str) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(question.as_bytes()) {
            all.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self(all)
    }
}

/// Places of the columns that name the commune of a row, in a list that is read by commune.
fn commune_cells(list: &List, columns: &[&'static Column]) -> Vec<usize> {
    if !list.filters.iter().any(|filter| matches!(filter.kind, FilterKind::Commune)) {
        return Vec::new();
    }
    let names = |column: &Column| column.sql == CODE || column.link.is_some_and(|link| link.prefix == COMMUNES && link.sql == CODE);
    columns.iter().enumerate().filter(|(_, column)| names(column)).map(|(place, _)| place).collect()
}

/// The ranges whose very column is in the file, and cannot be changed in a list.
fn ranges(list: &List, asked: &Question, columns: &[&'static Column]) -> Vec<Range> {
    let mut found = Vec::new();
    for filter in list.filters {
        let (sql, kind) = match &filter.kind {
            FilterKind::Dates { sql, .. } => (*sql, Kind::Date),
            FilterKind::Range { sql, kind, .. } => (*sql, *kind),
            FilterKind::Choice { .. }
            | FilterKind::Commune
            | FilterKind::Epci
            | FilterKind::Presence { .. }
            | FilterKind::Search { .. }
            | FilterKind::Parent { .. } => continue,
        };
        let bound = |suffix: &str| kind.typed(asked.0.get(&format!("{}_{suffix}", filter.name))?.first()?).ok();
        let (low, high) = (bound("min"), bound("max"));
        if low.is_none() && high.is_none() {
            continue;
        }
        let same = |column: &&Column| column.sql == sql && column.kind == kind && column.editable.is_none();
        found.extend(columns.iter().position(same).map(|place| (place, kind, low, high)));
    }
    found
}

/// Whether `bound` stands before `cell`, or after it. An instant is bounded by its day in Guadeloupe.
fn ordered(bound: &Value, cell: &Value, before: bool) -> bool {
    let cell = cell.instant().map_or_else(|| cell.clone(), |instant| Value::Date(clock::local(instant).date_naive()));
    match (bound, &cell) {
        (Value::Date(_), Value::Date(_)) | (Value::Int(_), Value::Int(_)) => {
            if before {
                *bound <= cell
            } else {
                *bound >= cell
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_outside_of_its_filter_is_told() {
        let kept = Kept {
            communes: Some((vec![0], HashSet::from(["97105".to_string(), "Basse-Terre".to_string()]))),
            ranges: vec![(1, Kind::Money, Some(Value::Int(2_000)), Some(Value::Int(6_000)))],
        };
        let row = |name: &str, cents| [Value::Text(name.into()), Value::Int(cents)];
        for (cells, told) in [
            (row("Basse-Terre", 2_000), None),
            (row("97105", 6_000), None),
            (row("Le Gosier", 3_000), Some("Le Gosier")),
            (row("Basse-Terre", 1_999), Some("19,99")),
            (row("Basse-Terre", 6_001), Some("60,01")),
        ] {
            match (kept.outside(&cells), told) {
                (None, None) => {}
                (Some(words), Some(told)) => assert!(words.contains(told), "{words}"),
                (words, told) => panic!("{cells:?}: {words:?} instead of {told:?}"),
            }
        }
        assert!(kept.outside(&[Value::Null, Value::Int(3_000)]).is_some());
        assert!(kept.outside(&[Value::Text("97105".into()), Value::Null]).is_some());
    }
}
