//! Everything a list offers, as addresses: every filter × sort of its declaration. Used by the plan
//! test and by `bin/bench` (`bench/instruments`).

use gardel::listing::{Filter, FilterKind, Kind, List, Options, Sort};

/// Every sort, both ways, alone, with each filter that goes with it and with each pair of them, at the
/// start, further on and at the end.
pub fn questions(list: &'static List) -> Vec<String> {
    list.sorts.iter().flat_map(|sort| asked(sort, singles(list, sort).into_iter().chain(pairs(list, sort)))).collect()
}

/// The same without the pairs: what an index serves whole.
#[allow(dead_code)] // the instruments of the bench ask everything
pub fn served_questions(list: &'static List) -> Vec<String> {
    list.sorts.iter().flat_map(|sort| asked(sort, singles(list, sort).into_iter())).collect()
}

fn asked(sort: &Sort, filters: impl Iterator<Item = String>) -> Vec<String> {
    let mut questions = Vec::new();
    for filter in filters {
        for direction in ["", "-"] {
            let base = format!("tri={direction}{}{filter}", sort.name);
            questions.push(format!("{base}&fin=1"));
            questions.push(format!("{base}&vers={}", anchor(sort.kind)));
            questions.push(base);
        }
    }
    questions
}

fn singles(list: &'static List, sort: &Sort) -> Vec<String> {
    let mut filters = vec![String::new()];
    for filter in list.filters {
        let free = matches!(filter.kind, FilterKind::Commune | FilterKind::Epci);
        if free || sort.with.contains(&filter.name) {
            filters.extend(values(filter).into_iter().map(|value| format!("&{value}")));
        }
    }
    filters
}

/// Two filters at once, one value of each: no index serves them both, and the walk is bounded.
fn pairs(list: &'static List, sort: &Sort) -> Vec<String> {
    let together: Vec<_> = list.filters.iter().filter(|filter| sort.with.contains(&filter.name)).collect();
    let mut pairs = Vec::new();
    for (place, first) in together.iter().enumerate() {
        for second in &together[place + 1..] {
            let one = |filter| values(filter).into_iter().next_back().unwrap_or_default();
            pairs.push(format!("&{}&{}", one(first), one(second)));
        }
    }
    pairs
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
        FilterKind::Money { .. } => vec![format!("{name}_min=20&{name}_max=30"), format!("{name}_min=900")],
        FilterKind::Search { .. } => vec![format!("{name}=colibri"), format!("{name}=villa"), format!("{name}=xyzzy")],
        FilterKind::Parent { .. } => vec![format!("{name}=17")],
    }
}
