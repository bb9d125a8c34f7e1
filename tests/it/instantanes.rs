//! The statements of the lists, kept as files that a reviewer reads in the change (`instantanes/*.sql`): one page of each sort and
//! of each filter, and what words become beside every other filter. Whoever changes how a page is read sees here what changed.

use std::fmt::Write as _;
use std::path::Path;

use gardel::comptes::Role;
use gardel::listing::{Filter, FilterKind, Kind, List, Narrowed, Options, Query, Reader, Resolved, Search, Terms, Way};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;

use crate::support::app::instant;
use crate::support::droits::{opens, reader};

/// Set, the files are written anew instead of compared.
const REWRITE: &str = "ESSAI_INSTANTANES";
const COMMAND: &str = "ESSAI_INSTANTANES=1 bin/avec-base --tests cargo test --locked --test it -- instantanes";

/// Two communes: enough for branches to show, few enough to be read.
fn two_communes(role: Role) -> Reader {
    reader(7, role, vec!["97113".into(), "97125".into()], vec![3, 4])
}

/// One value of a filter.
fn value(filter: &Filter) -> String {
    let name = filter.name;
    match &filter.kind {
        FilterKind::Choice { options: Options::Fixed(known), .. } => format!("{name}={}", known[0].0),
        FilterKind::Choice { cast: "text", .. } => format!("{name}=airbnb"),
        FilterKind::Choice { .. } => format!("{name}=4"),
        FilterKind::Commune => format!("{name}=97125"),
        FilterKind::Epci => format!("{name}=200041507"),
        FilterKind::Dates { relative, .. } => format!("{relative}=mois_dernier"),
        FilterKind::Range { kind: Kind::Money, nullable: false, .. } => format!("{name}_min=20&{name}_max=30"),
        FilterKind::Range { kind: Kind::Date | Kind::Instant, .. } => format!("{name}_min=2026-01-01"),
        FilterKind::Range { .. } => format!("{name}_min=2"),
        FilterKind::Presence { .. } => format!("{name}=vide"),
        FilterKind::Search { .. } => format!("{name}=mangrove"),
        FilterKind::Parent { .. } => format!("{name}=17"),
    }
}

/// The questions of a list that are kept, each with what its words became.
fn cases(list: &'static List) -> Vec<(String, Search)> {
    let mut cases = Vec::new();
    let mut add = |question: String, search: &Search| cases.push((question, search.clone()));
    for sort in list.sorts {
        for place in ["", "&fin=1"] {
            add(format!("tri={}{place}", sort.name), &Search::Nothing);
            add(format!("tri=-{}{place}", sort.name), &Search::Nothing);
        }
    }
    // An order that no index gives, and all but one value.
    let unsorted = list.columns.iter().find(|column| !list.order_of(column).indexed);
    unsorted.iter().for_each(|column| add(format!("tri={}", column.name), &Search::Nothing));
    if let Some(filter) = list.filters.iter().find(|filter| filter.is_multiple()) {
        add(format!("{}&{}=1", value(filter), filter.except()), &Search::Nothing);
    }
    let words = list.filters.iter().find(|filter| matches!(filter.kind, FilterKind::Search { .. }));
    let common = Terms { question: "'mangrove':*".into(), reference: None };
    let became = [Search::Keys(vec![5, 8]), Search::Rows(vec![5, 8]), Search::Common(Some(common))];
    let mut kinds = Vec::new();
    for filter in list.filters {
        // An amount is a range whose values are written otherwise.
        let amount = matches!(filter.kind, FilterKind::Range { kind: Kind::Money, nullable: false, .. });
        let kind = (std::mem::discriminant(&filter.kind), amount);
        match words {
            Some(words) if std::ptr::eq(words, filter) => became.iter().for_each(|search| add(value(filter), search)),
            Some(words) if !kinds.contains(&kind) => {
                add(value(filter), &Search::Nothing);
                became.iter().for_each(|search| add(format!("{}&{}", value(words), value(filter)), search));
            }
            _ => add(value(filter), &Search::Nothing),
        }
        kinds.push(kind);
    }
    cases
}

/// A statement on lines that can be read and compared.
fn on_lines(sql: &str) -> String {
    ["UNION ALL", "FROM", "WHERE", "ORDER BY", "LEFT JOIN", "CROSS JOIN", "LIMIT"]
        .iter()
        .fold(sql.to_string(), |text, word| text.replace(&format!(" {word} "), &format!("\n    {word} ")))
}

fn snapshot(list: &'static List) -> String {
    let (today, key) = (instant("2026-11-23T14:00:00Z").date_naive(), SigningKey::from_bytes(b"test"));
    let mut text = format!("-- Écrit par les tests, relu par vous : {COMMAND}\n");
    for (question, search) in cases(list) {
        let asked = format!("{question}&colonnes={}", list.columns[0].name);
        let query = Query::parse(list, &asked, today, &key).unwrap_or_else(|error| panic!("{asked}: {error}"));
        let mut told: Vec<(Vec<&str>, String)> = Vec::new();
        for role in [Role::Agent, Role::Administrateur, Role::Exploitant].into_iter().filter(|role| opens(list, *role)) {
            let leading = query.active().find(|filter| matches!(filter.kind, FilterKind::Choice { .. })).map(|filter| filter.name);
            let epci = vec!["97113".into(), "97128".into()];
            let resolved = Resolved { search: search.clone(), leading, epci, way: Way::Walk };
            let narrowed = Narrowed { query: &query, reader: &two_communes(role), resolved };
            let sql = narrowed.page().expect("a statement").sql;
            match told.iter_mut().find(|(_, known)| *known == sql) {
                Some((roles, _)) => roles.push(role.code()),
                None => told.push((vec![role.code()], sql)),
            }
        }
        for (roles, sql) in told {
            let became = match &search {
                Search::Nothing => "",
                Search::Keys(_) => ", mots rares",
                Search::Rows(_) => ", référence",
                Search::Common(_) => ", mots courants",
            };
            // Writing to a text cannot fail.
            let _ = write!(text, "\n-- /{}?{question} ({}{became})\n{};\n", list.name, roles.join(", "), on_lines(&sql));
        }
    }
    text
}

#[test]
fn the_statements_of_the_lists_are_those_that_were_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/instantanes");
    let mut changed = Vec::new();
    for list in LISTS {
        let (path, now) = (folder.join(format!("{}.sql", list.name)), snapshot(list));
        if std::env::var_os(REWRITE).is_some() {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, &now).expect("written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some((line, (kept, now))) = kept.lines().chain(std::iter::repeat("")).zip(now.lines()).enumerate().find(|(_, (kept, now))| kept != now)
        {
            changed.push(format!("{} ligne {} :\n  - {kept}\n  + {now}", path.display(), line + 1));
        } else if kept.lines().count() != now.lines().count() {
            changed.push(format!("{} : des requêtes ont disparu", path.display()));
        }
    }
    assert!(changed.is_empty(), "Les requêtes des listes ont changé. Si c'est voulu, relisez-les après :\n  {COMMAND}\n\n{}", changed.join("\n"));
}
