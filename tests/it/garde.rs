//! The guard against regressions that no clock is needed for: statements, buffers, bytes and
//! allocations of a page. `bin/bench` measures times; this holds what makes them. A bound that a
//! wanted change exceeds is raised here, with its reason, in the same change.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gardel::comptes::Role;
use gardel::listing::{List, Narrowed, Query};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;
use rocket::http::Status;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::alloc;
use crate::support::app::{App, Browser, SEJOURS};
use crate::support::droits::{opens, reader};
use crate::support::questions::{Facts, served_questions};

/// Statements of a page that shows one thing: the session, the thing, what hangs on it. The home page
/// and its tiles read several figures.
const STATEMENTS_MAX: &[(&str, u64)] = &[
    ("/", 3),
    ("/tuiles", 8),
    ("/accueil/suite", 16),
    ("/recherche", 5),
    ("/recherche?q=villa", 14),
    ("/exports", 4),
    ("/compte", 4),
    // One of them remembers, beside the page, that the person opened it; two read its notes and its attached files.
    ("/sejours/17", 9),
    // Two of them read its closures with its collectors, and its former hosts; one, the imports that wrote it.
    ("/logements/17", 10),
    // One of them counts what the reader opened in the hour; one reads the imports that wrote it; one, its declarations.
    ("/hebergeurs/17", 13),
    ("/communes/97113", 6),
];
/// Statements of a page of a list that no cache serves: the session and the rows; the words of a search are looked up;
/// what no index serves is weighed, and once more when the rows were more than the planner thought.
const LIST_STATEMENTS_MAX: &[(&str, u64)] = &[
    ("/sejours?", 2),
    ("/sejours?statut=a_verifier&commune=97113", 2),
    ("/sejours?statut=a_verifier&periode=mois_dernier&montant_min=20&tri=montant", 4),
    ("/sejours?tri=hebergeur&statut=conteste", 4),
    ("/sejours?q=villa&periode=mois_dernier", 4),
];
/// Bytes of a whole list page of fifty rows, as the browser receives it (quality: 15 KiB). One more since the form of
/// the séjours offers several values of each choice and both ends of each ordered column: 15.6 KiB.
const PAGE_GZIP_MAX: usize = 16 * 1024;
/// The same before compression: the largest, the logements with their links to change a value, is at about 105 KiB.
const PAGE_PLAIN_MAX: usize = 128 * 1024;
/// Bytes that one more row adds before compression, links included; ten columns of a séjour are at
/// about 1,300, and a logement at 2,000: a good part of it are the links that open a value to be changed.
const ROW_PLAIN_MAX: usize = 2_200;
/// Every script and every style of a page, compressed (quality: 25 and 15 KiB).
const SCRIPTS_MAX: usize = 25 * 1024;
const STYLES_MAX: usize = 15 * 1024;
/// Heap allocations that one more row costs, from PostgreSQL to HTML.
const ROW_ALLOCATIONS_MAX: u64 = 120;
/// Heap allocations of a page served from the cache: session, rights, layout, answer.
const CACHED_ALLOCATIONS_MAX: u64 = 1_500;
/// Buffers of eight KiB that a page of fifty rows may touch: each row and its joins are some twenty,
/// each of 32 branches some five more; a search walks up to five hundred lodgings.
const BUFFERS_MAX: f64 = 4_000.0;
const SEARCH_BUFFERS_MAX: f64 = 40_000.0;
/// Stays of the two bases whose pages are compared; `ESSAI_GARDE=long` (`just preuves`) takes larger ones.
const SIZES: [u64; 2] = [SEJOURS, 6 * SEJOURS];
const SIZES_LONG: [u64; 2] = [6_000, 60_000];
/// Growth allowed from the first size to the second, for pages with as many rows: one more
/// level in each index read, never ten times the table.
const GROWTH_MAX: f64 = 2.0;
/// Buffers below which growth is noise.
const GROWTH_FROM: f64 = 400.0;

fn lists_of(role: Role) -> impl Iterator<Item = &'static &'static List> {
    LISTS.iter().filter(move |list| opens(list, role))
}

#[rocket::async_test]
async fn a_page_sends_few_statements_and_few_bytes() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    for (path, bound) in STATEMENTS_MAX {
        // What is kept a minute in the process is read first.
        assert_eq!(browser.get(path).await.status, Status::Ok, "{path}");
        let before = app.context.db.statements();
        browser.get(path).await.ok();
        let sent = app.context.db.statements() - before;
        assert!(sent <= *bound, "{path}: {sent} statements");
    }
    for (path, bound) in LIST_STATEMENTS_MAX {
        browser.get(&format!("{path}&taille=10")).await.ok();
        let before = app.context.db.statements();
        assert!(!browser.get(&format!("{path}&taille=11")).await.ok().rows().is_empty(), "{path}");
        let sent = app.context.db.statements() - before;
        assert!(sent <= *bound, "{path}: {sent} statements");
    }
    for (role, browser) in [(Role::Administrateur, &browser), (Role::Exploitant, &app.exploitant().await)] {
        for list in lists_of(role) {
            page_bytes(list, browser).await;
        }
    }
}

async fn page_bytes(list: &List, browser: &Browser<'_>) {
    let path = format!("/{}", list.name);
    let plain = browser.get(&path).await.ok();
    assert!(plain.body.len() <= PAGE_PLAIN_MAX, "{path}: {} bytes", plain.body.len());
    let small = browser.get_with(&path, &[("Accept-Encoding", "gzip")]).await.ok();
    assert_eq!(small.header("Content-Encoding").as_deref(), Some("gzip"), "{path}");
    assert!(small.body.len() <= PAGE_GZIP_MAX, "{path}: {} bytes compressed", small.body.len());
    let few = browser.get(&format!("{path}?taille=10")).await.ok();
    let more = plain.rows().len().saturating_sub(few.rows().len());
    if let Some(row) = plain.body.len().saturating_sub(few.body.len()).checked_div(more) {
        assert!(row <= ROW_PLAIN_MAX, "{path}: {row} bytes a row");
    }
}

#[rocket::async_test]
async fn scripts_and_styles_stay_small() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    let page = browser.get("/sejours").await.ok();
    for (kind, selector, attribute) in [("scripts", "script[src]", "src"), ("styles", "link[rel=stylesheet]", "href")] {
        for address in page.attributes(selector, attribute) {
            let asset = browser.get_with(&address, &[("Accept-Encoding", "br")]).await.ok();
            assert_eq!(asset.header("Content-Encoding").as_deref(), Some("br"), "{address}");
            *sums.entry(kind).or_default() += asset.body.len();
        }
    }
    let of = |kind| sums.get(kind).copied().unwrap_or_default();
    assert!((1..=SCRIPTS_MAX).contains(&of("scripts")), "scripts: {} bytes", of("scripts"));
    assert!((1..=STYLES_MAX).contains(&of("styles")), "styles: {} bytes", of("styles"));
}

/// A request is handled on the thread of the test from its guard to its last byte, so that the
/// allocations of this thread are those of the request.
#[rocket::async_test]
async fn a_row_and_a_cached_page_cost_few_allocations() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    for list in lists_of(Role::Administrateur).filter(|list| !list.domains.is_empty()) {
        let path = format!("/{}", list.name);
        // Statements are prepared and reference data is read before counting.
        for size in [25, 100] {
            browser.fragment(&format!("{path}?taille={size}")).await.ok();
        }
        let (few, few_rows) = allocations(&browser, &format!("{path}?taille=10")).await;
        let (many, many_rows) = allocations(&browser, &format!("{path}?taille=200")).await;
        if let Some(row) = many.saturating_sub(few).checked_div(many_rows - few_rows) {
            assert!(row <= ROW_ALLOCATIONS_MAX, "{path}: {row} allocations a row");
        }
        let (cached, _) = allocations(&browser, &format!("{path}?taille=200")).await;
        assert!(cached <= CACHED_ALLOCATIONS_MAX, "{path}: {cached} allocations from the cache");
    }
}

/// Allocations of one request, and the rows it showed (which are read after counting).
async fn allocations(browser: &Browser<'_>, path: &str) -> (u64, u64) {
    let before = alloc::count();
    let page = browser.fragment(path).await;
    let made = alloc::count() - before;
    (made, page.ok().rows().len() as u64)
}

#[rocket::async_test]
async fn a_page_reads_as_much_of_a_table_ten_times_larger() {
    let mut measures: Vec<BTreeMap<String, Read>> = Vec::new();
    let long = std::env::var("ESSAI_GARDE").is_ok_and(|value| value == "long");
    for sejours in if long { SIZES_LONG } else { SIZES } {
        let app = App::of_size(sejours, |_| {}).await;
        app.run_sql("VACUUM ANALYZE").await;
        measures.push(read_everything(&app).await);
    }
    let [small, large] = measures.as_slice() else { panic!("two sizes") };
    let mut faults = Vec::new();
    let mut compared = 0;
    for (question, read) in large {
        let bound = if question.contains("q=") { SEARCH_BUFFERS_MAX } else { BUFFERS_MAX };
        if read.buffers > bound {
            faults.push(format!("{question}: {} buffers", read.buffers));
        }
        // A search reads up to a page of each lodging it found, and lodgings have more stays there.
        if let Some(before) = small.get(question).filter(|before| before.rows == read.rows && !question.contains("q=")) {
            compared += 1;
            if read.buffers > GROWTH_FROM.max(before.buffers) * GROWTH_MAX {
                faults.push(format!("{question}: {} buffers instead of {}", read.buffers, before.buffers));
            }
        }
    }
    assert!(compared > 100, "only {compared} questions give as many rows at both sizes");
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), large.len(), faults.join("\n"));
}

/// What the page of one question touched, and how many rows it gave.
struct Read {
    buffers: f64,
    rows: f64,
}

async fn read_everything(app: &App) -> BTreeMap<String, Read> {
    let all: Vec<String> = sqlx::query_scalar("SELECT code_insee FROM commune ORDER BY 1").fetch_all(app.pool()).await.expect("communes");
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
    let key = SigningKey::from_bytes(b"test");
    let mut measures = BTreeMap::new();
    for (who, communes) in [("commune", vec!["97113".to_string()]), ("archipel", all)] {
        let reader = reader(1, Role::Administrateur, communes, vec![1]);
        for list in lists_of(Role::Administrateur).filter(|list| !list.domains.is_empty()) {
            for question in served_questions(list, &Facts::known(list)) {
                let query = Query::parse(list, &question, today, &key).expect("a question on offer");
                let narrowed = Narrowed::for_page(&app.context.db, &app.context.choices, &query, &reader).await.expect("a search");
                let statement = narrowed.page().expect("a statement");
                let read = explain(app.pool(), &statement.sql, statement.arguments().expect("values")).await;
                measures.insert(format!("{}?{question} ({who})", list.name), read);
            }
        }
    }
    measures
}

async fn explain(pool: &PgPool, sql: &str, arguments: sqlx::postgres::PgArguments) -> Read {
    let sql = format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}");
    let plan: Value = sqlx::query_scalar_with(AssertSqlSafe(sql), arguments).fetch_one(pool).await.expect("a plan");
    let number = |name: &str| plan.pointer(&format!("/0/Plan/{name}")).and_then(Value::as_f64).unwrap_or(0.0);
    Read { buffers: number("Shared Hit Blocks") + number("Shared Read Blocks"), rows: number("Actual Rows") }
}
