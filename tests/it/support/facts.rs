//! What the base holds, as questions: the frequent and the rare values of its statistics, and those of rows that
//! exist. A plan for a value that nobody has says nothing.

use std::collections::BTreeMap;

use gardel::listing::{EMPTY, FILLED, Filter, FilterKind, Kind, List, Options};
use sqlx::{AssertSqlSafe, PgPool};

use super::questions::{Facts, pair};

/// A word that no row holds.
const UNKNOWN_WORD: &str = "xyzzy";

/// Reads the statistics of `list`, and some values of one row of the communes.
pub async fn read(pool: &PgPool, list: &'static List, communes: &[String]) -> Facts {
    let mut facts = Facts { single: BTreeMap::new(), of_row: BTreeMap::new(), middle: BTreeMap::new() };
    for sort in list.sorts {
        let values = ordered(pool, list.table, bare(sort.column)).await;
        if let Some(value) = spread(&values, &[0.5]).pop() {
            facts.middle.insert(sort.name, typed(sort.kind, &value));
        }
    }
    for filter in list.filters {
        let values = singles(pool, list, filter, communes).await;
        facts.single.insert(filter.name, values);
        if let Some(value) = of_row(pool, list, filter, communes).await {
            facts.of_row.insert(filter.name, value);
        }
    }
    facts
}

fn bare(column: &str) -> &str {
    column.rsplit('.').next().unwrap_or(column)
}

/// The rows of `value` at the places `at` (0 to 1) of an ordered list.
fn spread(values: &[String], at: &[f64]) -> Vec<String> {
    let place = |part: &f64| ((values.len().saturating_sub(1)) as f64 * part) as usize;
    at.iter().filter_map(|part| values.get(place(part))).cloned().collect()
}

/// What a person types for a stored value.
fn typed(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Money => value.parse::<i64>().map(|cents| format!("{}.{:02}", cents / 100, cents % 100)).unwrap_or_default(),
        Kind::Date | Kind::Instant => value.chars().take(10).collect(),
        _ => value.to_string(),
    }
}

/// Values of a column in their order, as the statistics know them.
async fn ordered(pool: &PgPool, table: &str, column: &str) -> Vec<String> {
    let bounds: Option<Vec<String>> = sqlx::query_scalar(
        "SELECT coalesce(histogram_bounds::text::text[], most_common_vals::text::text[]) FROM pg_stats WHERE schemaname = current_schema() AND tablename = $1 AND attname = $2",
    )
    .bind(table)
    .bind(column)
    .fetch_optional(pool)
    .await
    .expect("statistics")
    .flatten();
    let mut values = bounds.unwrap_or_default();
    values.sort_by_key(|value| (value.parse::<i64>().ok(), value.clone()));
    values
}

/// Values of a column, the most frequent first, as the statistics know them.
async fn frequent(pool: &PgPool, table: &str, column: &str) -> Vec<String> {
    let values: Option<Vec<String>> = sqlx::query_scalar(
        "SELECT most_common_vals::text::text[] FROM pg_stats WHERE schemaname = current_schema() AND tablename = $1 AND attname = $2",
    )
    .bind(table)
    .bind(column)
    .fetch_optional(pool)
    .await
    .expect("statistics")
    .flatten();
    values.unwrap_or_default()
}

async fn singles(pool: &PgPool, list: &List, filter: &Filter, communes: &[String]) -> Vec<String> {
    let name = filter.name;
    let stored = |value: &str| match value {
        "t" => "true".to_string(),
        "f" => "false".to_string(),
        _ => value.to_string(),
    };
    match &filter.kind {
        FilterKind::Choice { sql, options, .. } => {
            let known = frequent(pool, list.table, bare(sql)).await.iter().map(|value| stored(value)).collect::<Vec<_>>();
            let mut values = spread(&known, &[0.0, 1.0]);
            if let (true, Options::Fixed(options)) = (values.is_empty(), options) {
                values = options.iter().map(|(code, ..)| (*code).to_string()).collect();
            }
            values.dedup();
            let mut asked: Vec<String> = values.iter().map(|value| pair(name, value)).collect();
            // Two at once, and all but the most frequent.
            if let [first, .., last] = values.as_slice() {
                asked.push(format!("{}&{}", pair(name, first), pair(name, last)));
                asked.push(format!("{}&{}", pair(name, first), pair(&format!("{name}_sauf"), "1")));
            }
            asked
        }
        FilterKind::Commune => {
            communes.iter().find(|code| *code == "97113").or(communes.first()).map(|code| vec![pair(name, code)]).unwrap_or_default()
        }
        FilterKind::Epci => {
            let sql =
                "SELECT epci_siren FROM commune WHERE code_insee = ANY($1) AND epci_siren IS NOT NULL ORDER BY code_insee = '97113' DESC LIMIT 1";
            let siren: Option<String> = sqlx::query_scalar(sql).bind(communes).fetch_optional(pool).await.expect("an EPCI");
            siren.map(|siren| vec![pair(name, &siren)]).unwrap_or_default()
        }
        FilterKind::Dates { sql, relative } => {
            let values = ordered(pool, list.table, bare(sql)).await;
            let [low, high] = [0.6, 0.65].map(|part| spread(&values, &[part]).pop().unwrap_or_default());
            vec![pair(relative, "mois_dernier"), format!("{}&{}", pair(&format!("{name}_min"), &low), pair(&format!("{name}_max"), &high))]
        }
        FilterKind::Range { sql, kind: Kind::Money, nullable: false } => {
            let values = ordered(pool, list.table, bare(sql)).await;
            let [low, high, most] = [0.5, 0.6, 0.98].map(|part| typed(Kind::Money, &spread(&values, &[part]).pop().unwrap_or_default()));
            let (min, max) = (format!("{name}_min"), format!("{name}_max"));
            vec![format!("{}&{}", pair(&min, &low), pair(&max, &high)), pair(&min, &most)]
        }
        FilterKind::Range { sql, kind, nullable } => {
            let values = ordered(pool, list.table, bare(sql)).await;
            let [low, high] = [0.7, 0.8].map(|part| typed(*kind, &spread(&values, &[part]).pop().unwrap_or_default()));
            let range = format!("{}&{}", pair(&format!("{name}_min"), &low), pair(&format!("{name}_max"), &high));
            nullable.then(|| pair(name, EMPTY)).into_iter().chain([range]).collect()
        }
        FilterKind::Presence { .. } => vec![pair(name, EMPTY), pair(name, FILLED)],
        FilterKind::Search { look, .. } => {
            let mut words: Vec<String> = Vec::new();
            for table in look.tables() {
                let sql = "SELECT e.mot FROM pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS e (mot, part)
                           WHERE s.schemaname = current_schema() AND s.tablename = $1 AND s.attname = 'mots' AND length(e.mot) > 3 AND e.mot ~ '^[a-z]+$' ORDER BY e.part DESC";
                let known: Vec<String> = sqlx::query_scalar(sql).bind(table).fetch_all(pool).await.expect("words");
                words.extend(spread(&known, &[0.0, 0.5, 1.0]));
            }
            words.push(UNKNOWN_WORD.into());
            words.iter().map(|word| pair(name, word)).collect()
        }
        FilterKind::Parent { sql, .. } => {
            let known = frequent(pool, list.table, bare(sql)).await;
            let mut values = spread(&known, &[0.0]);
            if values.is_empty() {
                values.extend(of_column(pool, list, sql, communes).await);
            }
            values.iter().map(|value| pair(name, value)).collect()
        }
    }
}

/// The value of `expression` for one row of the communes, always the same.
async fn of_column(pool: &PgPool, list: &List, expression: &str, communes: &[String]) -> Option<String> {
    let here = if list.filters.iter().any(|filter| matches!(filter.kind, FilterKind::Commune)) {
        "b.code_insee = ANY($1)"
    } else {
        "$1::text[] IS NOT NULL"
    };
    let sql = format!("SELECT ({expression})::text FROM {} b WHERE {here} ORDER BY md5({}::text) LIMIT 1", list.table, list.id.0);
    sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(sql)).bind(communes).fetch_optional(pool).await.expect("a row").flatten()
}

async fn of_row(pool: &PgPool, list: &List, filter: &Filter, communes: &[String]) -> Option<String> {
    let name = filter.name;
    let read = async |expression: &str| of_column(pool, list, expression, communes).await;
    match &filter.kind {
        FilterKind::Choice { sql, .. } | FilterKind::Parent { sql, .. } => Some(pair(name, &read(sql).await?)),
        FilterKind::Commune => Some(pair(name, &read("b.code_insee").await?)),
        FilterKind::Epci => Some(pair(name, &read("(SELECT c.epci_siren FROM commune c WHERE c.code_insee = b.code_insee)").await?)),
        FilterKind::Dates { sql, .. } => {
            let month = read(&format!("date_trunc('month', {sql})::date")).await?;
            let end = read(&format!("(date_trunc('month', {sql}) + interval '1 month - 1 day')::date")).await?;
            Some(format!("{}&{}", pair(&format!("{name}_min"), &month), pair(&format!("{name}_max"), &end)))
        }
        FilterKind::Range { sql, kind, .. } => match read(sql).await {
            Some(value) => Some(pair(&format!("{name}_min"), &typed(*kind, &value))),
            None => Some(pair(name, EMPTY)),
        },
        FilterKind::Presence { sql } => Some(pair(name, if read(sql).await.is_some() { FILLED } else { EMPTY })),
        FilterKind::Search { look, on, .. } => match look.tables().first() {
            // The longest of its words: the least common, most often.
            Some(table) => {
                let word = format!(
                    "(SELECT m FROM {table} t, unnest(tsvector_to_array(t.mots)) m WHERE t.id = {on} AND m ~ '^[a-z]+$' ORDER BY length(m) DESC, m LIMIT 1)"
                );
                Some(pair(name, &read(&word).await?))
            }
            None => Some(pair(
                name,
                &read(match list.name {
                    "journal" => "b.acteur",
                    "lettres" => "b.destinataire",
                    _ => "b.nom",
                })
                .await?,
            )),
        },
    }
}
