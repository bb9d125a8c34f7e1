//! Everything a list can be asked, as addresses: every order, with each filter and each pair of them. Used by the
//! plan test, by the guard and by `bin/bench` (`bench/instruments`).

#![allow(dead_code)] // each of them asks what it needs

use std::collections::BTreeMap;

use gardel::listing::{EMPTY, FILLED, Filter, FilterKind, Kind, List, Options, Sort};

/// Values that a list is asked for.
pub struct Facts {
    /// For each filter: a frequent value, a rare one, and others that are worth it.
    pub single: BTreeMap<&'static str, Vec<String>>,
    /// For each filter: the value of one row.
    pub of_row: BTreeMap<&'static str, String>,
    /// A value in the middle of each sort.
    pub middle: BTreeMap<&'static str, String>,
}

/// `name=value`, encoded.
pub fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

impl Facts {
    /// Values that mean the same in every base of invented data, whatever its size: to compare one with another.
    pub fn known(list: &'static List) -> Self {
        let single = list.filters.iter().map(|filter| (filter.name, values(filter))).collect();
        let of_row = list.filters.iter().filter_map(|filter| Some((filter.name, values(filter).pop()?))).collect();
        let middle = list.sorts.iter().map(|sort| (sort.name, anchor(sort.kind).to_string())).collect();
        Self { single, of_row, middle }
    }

    /// A place in the middle of `sort`.
    pub fn middle(&self, sort: &Sort) -> Option<String> {
        self.middle.get(sort.name).map(|value| pair("vers", value))
    }

    /// No filter, then each filter with each of its values.
    pub fn singles<'a>(&'a self, filters: impl Iterator<Item = &'a Filter>) -> Vec<String> {
        let each = filters.flat_map(|filter| self.single.get(filter.name).into_iter().flatten().map(|value| format!("&{value}")));
        std::iter::once(String::new()).chain(each).collect()
    }

    /// Each pair of filters, with the values of one row: it always answers.
    pub fn pairs(&self, list: &'static List) -> Vec<String> {
        let known: Vec<&String> = list.filters.iter().filter_map(|filter| self.of_row.get(filter.name)).collect();
        let mut pairs = Vec::new();
        for (place, first) in known.iter().enumerate() {
            pairs.extend(known[place + 1..].iter().map(|second| format!("&{first}&{second}")));
        }
        pairs
    }
}

/// Every declared sort, both ways, with every filter, at the start, in the middle and at the end; every pair of filters
/// with one sort each, in turn.
pub fn questions(list: &'static List, facts: &Facts) -> Vec<String> {
    let filters: Vec<String> = facts.singles(list.filters.iter());
    let mut questions: Vec<String> = list.sorts.iter().flat_map(|sort| asked(sort, facts, filters.iter())).collect();
    for (place, pair) in facts.pairs(list).iter().enumerate() {
        let (sort, direction) = (&list.sorts[place % list.sorts.len()], ["", "-"][place / list.sorts.len() % 2]);
        questions.push(format!("tri={direction}{}{pair}", sort.name));
    }
    questions
}

/// What an index serves whole: each sort with the filters that lead in its order.
pub fn served_questions(list: &'static List, facts: &Facts) -> Vec<String> {
    let led = |sort: &Sort, filter: &Filter| matches!(filter.kind, FilterKind::Commune | FilterKind::Epci) || sort.led_by.contains(&filter.name);
    let of = |sort: &'static Sort| asked(sort, facts, facts.singles(list.filters.iter().filter(|filter| led(sort, filter))).iter());
    list.sorts.iter().flat_map(of).collect()
}

/// Every column as an order, both ways, for a filter that leaves few rows.
pub fn column_questions(list: &'static List, facts: &Facts) -> Vec<String> {
    let few: Vec<String> = facts.pairs(list);
    let mut questions = Vec::new();
    for (place, column) in list.columns.iter().filter(|column| column.sorts()).enumerate() {
        let filter = if few.is_empty() { "" } else { few[place % few.len()].as_str() };
        questions.extend(["", "-"].map(|direction| format!("tri={direction}{}{filter}", column.name)));
    }
    questions
}

fn asked<'a>(sort: &'static Sort, facts: &Facts, filters: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut questions = Vec::new();
    for filter in filters {
        for direction in ["", "-"] {
            let base = format!("tri={direction}{}{filter}", sort.name);
            questions.push(format!("{base}&fin=1"));
            questions.extend(facts.middle(sort).map(|middle| format!("{base}&{middle}")));
            questions.push(base);
        }
    }
    questions
}

/// A value in the middle of the sort: the same seek as a deep cursor.
fn anchor(kind: Kind) -> &'static str {
    match kind {
        Kind::Date | Kind::Instant => "01/06/2025",
        Kind::Money => "25",
        Kind::Int => "4",
        _ => "m",
    }
}

fn values(filter: &Filter) -> Vec<String> {
    let name = filter.name;
    match &filter.kind {
        FilterKind::Choice { options: Options::Fixed(options), .. } => options.iter().map(|(code, ..)| format!("{name}={code}")).collect(),
        FilterKind::Choice { sql, .. } if sql.contains("epci") => vec![format!("{name}=249710070")],
        FilterKind::Choice { cast: "text", .. } => vec![format!("{name}=airbnb"), format!("{name}=clevacances")],
        // A frequent value and a rare one.
        FilterKind::Choice { .. } => vec![format!("{name}=4"), format!("{name}=1")],
        FilterKind::Commune => vec![format!("{name}=97113")],
        FilterKind::Epci => vec![format!("{name}=200041507")],
        FilterKind::Dates { relative, .. } => vec![format!("{relative}=mois_dernier"), format!("{name}_min=2025-01-01")],
        FilterKind::Range { kind: Kind::Money, nullable: false, .. } => vec![format!("{name}_min=20&{name}_max=30"), format!("{name}_min=900")],
        FilterKind::Range { kind, nullable, .. } => {
            let bounds = match kind {
                Kind::Date | Kind::Instant => format!("{name}_min=2025-01-01"),
                _ => format!("{name}_min=2&{name}_max=5"),
            };
            nullable.then(|| format!("{name}={EMPTY}")).into_iter().chain([bounds]).collect()
        }
        FilterKind::Presence { .. } => vec![format!("{name}={EMPTY}"), format!("{name}={FILLED}")],
        FilterKind::Search { .. } => vec![format!("{name}=colibri"), format!("{name}=villa"), format!("{name}=xyzzy")],
        FilterKind::Parent { .. } => vec![format!("{name}=17")],
    }
}
