//! Plans: every filter × sort on offer, of every list, on a large table, is served by an index: no
//! sequential scan, no sort of more than a page, few rows thrown away.

use chrono::NaiveDate;
use gardel::listing::{Query, Reader, Resolved, Role, page_statement};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::app::{App, fill};
use crate::support::questions::questions;

/// Séjours in the large base.
const SEJOURS: u64 = 120_000;
/// Tables small enough to be read whole.
const SMALL: &[&str] = &["commune", "epci", "nature", "categorie", "plateforme", "collectivite", "collectivite_commune", "utilisateur_collectivite"];
/// Rows that one node may sort: a page, or the keys of a rare search.
const SORT_MAX: f64 = 600.0;
/// Rows that may pass before a node which keeps only a page of them: a page of each lodging that a
/// search found, five hundred at most.
const TOP_MAX: f64 = 500.0 * 51.0;
/// Rows that a condition may read of other tables each time it is asked: a row and its parent, or the rows of
/// a small perimeter. More means that it was worked out for a whole table.
const CONDITION_MAX: f64 = 200.0;
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

/// Users, jobs, journal lines and lodgings enough for a plan to matter.
async fn enlarge(app: &App) {
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role, actif, connecte_le) SELECT 'v' || g || '@t.gp', 'Nom ' || g % 997, (ARRAY['agent','agent','agent','administrateur'])[1 + g % 4], g % 20 > 0, CASE WHEN g % 3 = 0 THEN now() - g * interval '1 minute' END FROM generate_series(1, 20000) g").await;
    app.run_sql("INSERT INTO utilisateur_collectivite SELECT u.id, 1 + u.id % (SELECT count(*)::int FROM collectivite) FROM utilisateur u ON CONFLICT DO NOTHING").await;
    app.run_sql("INSERT INTO job (queue, name, title, state, requested_by, collectivite_id, finished_at) SELECT (ARRAY['exports','exports','maintenance','high_priority'])[1 + g % 4], 'essai', 'Essai', (ARRAY['done','done','done','failed','cancelled'])[1 + g % 5], (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, now() FROM generate_series(1, 50000) g").await;
    app.run_sql("INSERT INTO journal (moment, action, collectivite_id, acteur_id) SELECT '2026-11-20'::timestamptz - g * interval '20 seconds', (ARRAY['connexion','consultation','consultation','export','modification'])[1 + g % 5], 1 + g % 30, 1 FROM generate_series(1, 100000) g").await;
    app.run_sql("INSERT INTO action (jeton, liste, nom, libelle, valeur, requete, filtres, jour, etendue, instantane, demandeur_id, collectivite_id, etat, confirmees, annulable_jusqu_au) SELECT 'j' || g, (ARRAY['sejours','sejours','logements'])[1 + g % 3], 'valider', 'Valider', 'valide', '', 'sans filtre', '2026-11-20', 'filtre', '', (SELECT min(id) FROM utilisateur) + g % 50, 1 + g % 30, (ARRAY['appliquee','appliquee','annulee','arretee'])[1 + g % 4], 10, now() FROM generate_series(1, 30000) g").await;
    // Words that thousands of lodgings hold: the lists are walked for them.
    app.run_sql("INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite) SELECT 'PLAN-' || g, h.id, '97113', 'Villa du Colibri n° ' || g, '', (SELECT min(id) FROM nature), (SELECT max(id) FROM categorie), 2 FROM generate_series(1, 8000) g CROSS JOIN (SELECT min(id) AS id FROM hebergeur) h").await;
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
    if node["Parent Relationship"].as_str() == Some("SubPlan") && most_rows(node) > CONDITION_MAX {
        faults.push(format!("a condition worked out on {} rows at once", most_rows(node)));
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

/// The most rows that a node, or one below it, gives at one time.
fn most_rows(node: &Value) -> f64 {
    let below = node["Plans"].as_array().into_iter().flatten().map(most_rows);
    below.fold(node["Actual Rows"].as_f64().unwrap_or(0.0), f64::max)
}
