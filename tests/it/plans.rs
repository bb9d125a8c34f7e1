//! Plans: every filter × sort on offer, of every list, on a large table, is served by an index: no
//! sequential scan, no sort of more than a page, few rows thrown away.

use chrono::NaiveDate;
use gardel::listing::{FilterKind, List, Options, Query, Reader, Resolved, Role, page_statement};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::app::{App, fill};

/// Séjours in the large base.
const SEJOURS: u64 = 120_000;
/// Tables small enough to be read whole.
const SMALL: &[&str] = &["commune", "epci", "nature", "categorie", "plateforme", "collectivite", "collectivite_commune", "utilisateur_collectivite"];
/// Rows that one node may sort: a page, or the keys of a rare search.
const SORT_MAX: f64 = 600.0;
/// Rows that may pass before a node which keeps only a page of them: a page of each lodging that a
/// search found, five hundred at most.
const TOP_MAX: f64 = 500.0 * 51.0;
/// Rows read and thrown away for one page of fifty.
const REMOVED_MAX: f64 = 20_000.0;

#[rocket::async_test]
async fn every_filter_and_sort_is_served_by_an_index() {
    let name = format!("gardel_t_{}_plans", std::process::id());
    fill(&name, SEJOURS).await;
    let app = App::over(&name, |_| {}).await;
    enlarge(&app).await;
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
    let key = SigningKey::from_bytes(b"test");
    let readers = readers(&app).await;
    let mut plans = 0;
    let mut faults = Vec::new();
    for list in LISTS {
        for question in questions(list) {
            for reader in readers.iter().filter(|reader| list.roles.contains(&reader.role)) {
                let Ok(query) = Query::parse(list, &question, today, &key) else {
                    faults.push(format!("{}?{question} is not on offer", list.name));
                    continue;
                };
                let resolved = Resolved::look_up(&app.context.db, &app.context.choices, &query, reader).await.expect("a search");
                let statement = page_statement(&query, reader, &resolved).expect("a statement");
                let plan = explain(app.pool(), &statement.sql, statement.arguments().expect("values")).await;
                plans += 1;
                let found = faults_of(&plan);
                if !found.is_empty() {
                    faults.push(format!("{}?{question} ({:?}): {}", list.name, reader.role, found.join(", ")));
                }
            }
        }
    }
    assert!(plans > 200, "only {plans} plans were looked at");
    assert!(faults.is_empty(), "{} of {plans} plans:\n{}", faults.len(), faults.join("\n"));
}

/// Users, jobs and journal lines enough for a plan to matter.
async fn enlarge(app: &App) {
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role, actif, connecte_le) SELECT 'v' || g || '@t.gp', 'Nom ' || g % 997, (ARRAY['agent','agent','agent','administrateur'])[1 + g % 4], g % 20 > 0, CASE WHEN g % 3 = 0 THEN now() - g * interval '1 minute' END FROM generate_series(1, 20000) g").await;
    app.run_sql("INSERT INTO utilisateur_collectivite SELECT u.id, 1 + u.id % (SELECT count(*)::int FROM collectivite) FROM utilisateur u ON CONFLICT DO NOTHING").await;
    app.run_sql("INSERT INTO job (queue, name, title, state, requested_by, collectivite_id, finished_at) SELECT (ARRAY['exports','exports','maintenance','high_priority'])[1 + g % 4], 'essai', 'Essai', (ARRAY['done','done','done','failed','cancelled'])[1 + g % 5], (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, now() FROM generate_series(1, 50000) g").await;
    app.run_sql("INSERT INTO journal (moment, action, collectivite_id, acteur_id) SELECT '2026-11-20'::timestamptz - g * interval '20 seconds', (ARRAY['connexion','consultation','consultation','export','modification'])[1 + g % 5], 1 + g % 30, 1 FROM generate_series(1, 100000) g").await;
    app.run_sql("INSERT INTO action (jeton, liste, nom, libelle, valeur, requete, filtres, jour, etendue, instantane, demandeur_id, collectivite_id, etat, confirmees, annulable_jusqu_au) SELECT 'j' || g, (ARRAY['sejours','sejours','logements'])[1 + g % 3], 'valider', 'Valider', 'valide', '', 'sans filtre', '2026-11-20', 'filtre', '', (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, (ARRAY['appliquee','appliquee','annulee','arretee'])[1 + g % 4], 10, now() FROM generate_series(1, 30000) g").await;
    app.run_sql("VACUUM ANALYZE").await;
}

async fn readers(app: &App) -> Vec<Reader> {
    let all: Vec<String> = sqlx::query_scalar("SELECT code_insee FROM commune ORDER BY 1").fetch_all(app.pool()).await.expect("communes");
    let every: Vec<i32> = sqlx::query_scalar("SELECT id FROM collectivite ORDER BY 1").fetch_all(app.pool()).await.expect("collectivités");
    let user_id: i64 = app.one("SELECT min(id) + 3 FROM utilisateur").await;
    let reader = |role, communes: Vec<String>, collectivites: Vec<i32>| Reader { user_id, role, communes, collectivites };
    vec![
        reader(Role::Agent, vec!["97113".into()], every[..1].to_vec()),
        reader(Role::Administrateur, all.clone(), every),
        reader(Role::Exploitant, Vec::new(), Vec::new()),
    ]
}

/// Every sort, both ways, alone, with each filter that goes with it and with each pair of them, at the
/// start, further on and at the end.
fn questions(list: &'static List) -> Vec<String> {
    let mut questions = Vec::new();
    for sort in list.sorts {
        let mut filters = vec![String::new()];
        for filter in list.filters {
            let free = matches!(filter.kind, FilterKind::Commune | FilterKind::Epci);
            if free || sort.with.contains(&filter.name) {
                filters.extend(values(filter).into_iter().map(|value| format!("&{value}")));
            }
        }
        filters.extend(pairs(list, sort));
        for direction in ["", "-"] {
            for filter in &filters {
                let base = format!("tri={direction}{}{filter}", sort.name);
                questions.push(format!("{base}&fin=1"));
                questions.push(format!("{base}&vers={}", anchor(sort.kind)));
                questions.push(base);
            }
        }
    }
    questions
}

/// Two filters at once, one value of each: no index serves them both, and the walk is bounded.
fn pairs(list: &'static List, sort: &gardel::listing::Sort) -> Vec<String> {
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
fn anchor(kind: gardel::listing::Kind) -> &'static str {
    use gardel::listing::Kind;
    match kind {
        Kind::Date | Kind::Instant => "01/06/2025",
        Kind::Money => "25",
        Kind::Int => "4",
        _ => "m",
    }
}

fn values(filter: &gardel::listing::Filter) -> Vec<String> {
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

async fn explain(pool: &PgPool, sql: &str, arguments: sqlx::postgres::PgArguments) -> Value {
    let sql = format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}");
    let plan: Value =
        sqlx::query_scalar_with(AssertSqlSafe(sql.clone()), arguments).fetch_one(pool).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    plan.pointer("/0/Plan").cloned().expect("a plan")
}

fn faults_of(node: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    let rows = |name: &str| node[name].as_f64().unwrap_or(0.0);
    if kind == "Seq Scan" && !SMALL.contains(&table) && rows("Actual Rows") + rows("Rows Removed by Filter") > 200.0 {
        faults.push(format!("sequential scan of {table}"));
    }
    if kind.contains("Sort") {
        let sorted: f64 = node["Plans"].as_array().into_iter().flatten().map(|child| child["Actual Rows"].as_f64().unwrap_or(0.0)).sum();
        let keeps_a_page = node["Sort Method"].as_str() == Some("top-N heapsort");
        if sorted > if keeps_a_page { TOP_MAX } else { SORT_MAX } {
            faults.push(format!("sort of {sorted} rows"));
        }
    }
    let removed = (rows("Rows Removed by Filter") + rows("Rows Removed by Index Recheck")) * rows("Actual Loops").max(1.0);
    if removed > REMOVED_MAX {
        faults.push(format!("{removed} rows of {table} read for nothing"));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        faults.extend(faults_of(child));
    }
    faults
}
