//! A filter shown is a filter applied, whatever stands beside it: every face of a list gives the rows of
//! a `SELECT` written here, one condition per filter.

use std::collections::BTreeSet;

use gardel::listing::{Choices, Filter, FilterKind, List, Page, Query, Reader, Role};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;
use sqlx::AssertSqlSafe;

use crate::cursors::walk;
use crate::support::{App, Browser};

/// Lodgings whose name begins with a word that some hold, or that thousands do; half of their hosts too.
async fn named(app: &App) {
    app.run_sql("UPDATE logement SET nom = 'Mangoustan ' || id WHERE id % 4 = 0").await;
    app.run_sql("UPDATE hebergeur SET nom = 'Corossol ' || id WHERE id % 5 = 0").await;
    app.run_sql(
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT 'MOT-' || n, (SELECT min(id) FROM hebergeur), CASE WHEN n % 3 = 0 THEN '97113' ELSE '97125' END, 'Zénith ' || n, '',
             (SELECT min(id) FROM nature), (SELECT max(id) FROM categorie), 2 FROM generate_series(1, 6000) n",
    )
    .await;
    app.run_sql("ANALYZE").await;
}

async fn ids(app: &App, sql: &str) -> BTreeSet<String> {
    sqlx::query_scalar::<_, String>(AssertSqlSafe(sql.to_string())).fetch_all(app.pool()).await.expect("keys").into_iter().collect()
}

/// Rows in the pages forwards, the count, and the lines of an export, beside `expected`.
async fn compare(browser: &Browser<'_>, app: &App, path: &str, expected: &BTreeSet<String>) {
    let met = walk(browser, &format!("{path}&taille=200"), "p-suivante").await;
    assert_eq!(met.iter().cloned().collect::<BTreeSet<_>>(), *expected, "{path}");
    assert_eq!(met.len(), expected.len(), "{path}: a row came twice");
    let back = walk(browser, &format!("{path}&taille=200&fin=1"), "p-precedente").await;
    assert_eq!(back, met, "{path}, from the end");
    for exact in ["", "&exact=1"] {
        let count = browser.fragment(&format!("{}{exact}", path.replacen('?', "/compte?", 1))).await.ok().texts("#compte strong").join("");
        let digits: String = count.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits.parse::<usize>().unwrap_or(0), expected.len(), "{path}: {count}");
    }
    let (list, question) = path[1..].split_once('?').expect("a question");
    let export = browser.export(list, question, "csv_fr").await;
    app.run_jobs().await;
    let file = browser.get(&format!("{export}/fichier")).await.ok();
    assert_eq!(file.text().lines().count(), expected.len() + 1, "{path}: the lines of the file");
}

#[rocket::async_test]
async fn a_search_or_a_parent_keeps_every_other_filter() {
    let app = App::new().await;
    named(&app).await;
    let browser = app.everywhere().await;
    let host: i64 = app.one("SELECT hebergeur_id FROM logement GROUP BY 1 HAVING count(DISTINCT code_insee) > 1 ORDER BY count(*) LIMIT 1").await;
    let lodging: i64 = app.one("SELECT id FROM logement WHERE code_insee = '97113' AND EXISTS (SELECT 1 FROM sejour WHERE logement_id = logement.id) ORDER BY id LIMIT 1").await;
    let of_epci = "code_insee IN (SELECT code_insee FROM commune WHERE epci_siren = '200041507')";
    let cases = [
        ("logements?q=mangoustan&commune=97113".into(), "nom LIKE 'Mangoustan%' AND code_insee = '97113'".into()),
        ("logements?commune=97125&q=mangoustan".into(), "nom LIKE 'Mangoustan%' AND code_insee = '97125'".into()),
        ("logements?q=mangoustan&epci=200041507".into(), format!("nom LIKE 'Mangoustan%' AND {of_epci}")),
        ("logements?q=mangoustan&epci=200041507&commune=97105".into(), format!("nom LIKE 'Mangoustan%' AND {of_epci} AND code_insee = '97105'")),
        ("logements?q=zenith&commune=97113".into(), "nom LIKE 'Zénith%' AND code_insee = '97113'".into()),
        (format!("logements?hebergeur={host}&commune=97113"), format!("hebergeur_id = {host} AND code_insee = '97113'")),
        (
            format!("logements?hebergeur={host}&commune=97125&q=mangoustan"),
            format!("hebergeur_id = {host} AND code_insee = '97125' AND nom LIKE 'Mangoustan%'"),
        ),
        (format!("logements?hebergeur={host}&q=mangoustan"), format!("hebergeur_id = {host} AND nom LIKE 'Mangoustan%'")),
        (
            "sejours?q=mangoustan&commune=97113".into(),
            "logement_id IN (SELECT id FROM logement WHERE nom LIKE 'Mangoustan%') AND code_insee = '97113'".into(),
        ),
        (
            "sejours?q=mangoustan&commune=97113&statut=a_verifier".into(),
            "logement_id IN (SELECT id FROM logement WHERE nom LIKE 'Mangoustan%') AND code_insee = '97113' AND statut = 'a_verifier'".into(),
        ),
        (format!("sejours?logement={lodging}&commune=97113"), format!("logement_id = {lodging}")),
        (format!("sejours?logement={lodging}&commune=97125"), "false".into()),
        (format!("sejours?logement={lodging}&epci=200041507&statut=valide"), format!("logement_id = {lodging} AND statut = 'valide'")),
    ];
    for (question, condition) in cases {
        let table = if question.starts_with("sejours") { "sejour" } else { "logement" };
        let expected = ids(&app, &format!("SELECT id::text FROM {table} WHERE {condition}")).await;
        compare(&browser, &app, &format!("/{question}"), &expected).await;
    }
    let hosts = "SELECT DISTINCT hebergeur_id::text FROM logement WHERE hebergeur_id IN (SELECT id FROM hebergeur WHERE nom LIKE 'Corossol%')";
    let expected = ids(&app, &format!("{hosts} AND code_insee = '97113'")).await;
    assert!(!expected.is_empty() && expected.len() < ids(&app, hosts).await.len(), "some are elsewhere");
    compare(&browser, &app, "/hebergeurs?q=corossol&commune=97113", &expected).await;
    let expected = ids(&app, &format!("{hosts} AND {of_epci}")).await;
    compare(&browser, &app, "/hebergeurs?q=corossol&epci=200041507", &expected).await;
}

/// A bulk action counts, and changes, the rows of all the filters.
#[rocket::async_test]
async fn an_action_takes_the_rows_of_every_filter() {
    let app = App::new().await;
    named(&app).await;
    let browser = app.everywhere().await;
    let of = "FROM sejour WHERE logement_id IN (SELECT id FROM logement WHERE nom LIKE 'Mangoustan%')";
    let here = format!("SELECT id::text {of} AND code_insee = '97113'");
    let expected = ids(&app, &here).await;
    let elsewhere = format!("SELECT md5(string_agg(id || statut || version, ',' ORDER BY id)) FROM sejour WHERE NOT (id::text = ANY(ARRAY({here})))");
    let before: String = sqlx::query_scalar(AssertSqlSafe(elsewhere.clone())).fetch_one(app.pool()).await.expect("a digest");
    let asked = [("requete", "q=mangoustan&commune=97113"), ("action", "rejeter"), ("etendue", "filtre")];
    let page = browser.post("/sejours/actions", &asked).await.ok();
    let title = page.texts("h1").join("");
    assert!(title.chars().filter(char::is_ascii_digit).eq(expected.len().to_string().chars()), "{title} for {}", expected.len());
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
    let done = browser.post("/actions", &[("jeton", &token), ("motif", "autre")]).await;
    assert_eq!(done.status, rocket::http::Status::SeeOther, "{}", done.text());
    app.run_jobs().await;
    let after: String = sqlx::query_scalar(AssertSqlSafe(elsewhere)).fetch_one(app.pool()).await.expect("a digest");
    assert_eq!(before, after, "no row of elsewhere was written");
    let rejected = ids(&app, &format!("{here} AND statut = 'rejete'")).await;
    assert!(!rejected.is_empty());
}

/// A question of two filters of a list, in the order of its declaration or in the other, gives the same rows.
#[rocket::async_test]
async fn the_order_of_declarations_does_not_matter() {
    let app = App::new().await;
    named(&app).await;
    let key = SigningKey::from_bytes(b"test");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
    let communes: Vec<String> =
        sqlx::query_scalar("SELECT code_insee FROM commune WHERE epci_siren IS NOT NULL").fetch_all(app.pool()).await.expect("communes");
    let lodging: i64 = app.one("SELECT logement_id FROM sejour WHERE code_insee = '97113' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1").await;
    let host: i64 = app.one("SELECT hebergeur_id FROM logement GROUP BY 1 ORDER BY count(*) DESC LIMIT 1").await;
    let reader = Reader { user_id: 1, role: Role::Administrateur, communes, collectivites: vec![1, 2, 3] };
    let value = |filter: &Filter| match (&filter.kind, filter.name) {
        (FilterKind::Commune, name) => Some(format!("{name}=97113")),
        (FilterKind::Epci, name) => Some(format!("{name}=200041507")),
        (FilterKind::Search { .. }, name) => Some(format!("{name}=mangoustan")),
        (FilterKind::Parent { .. }, "logement") => Some(format!("logement={lodging}")),
        (FilterKind::Parent { .. }, name) => Some(format!("{name}={host}")),
        (FilterKind::Choice { .. }, name @ "statut") => Some(format!("{name}=valide")),
        (FilterKind::Choice { .. }, name @ "actif") => Some(format!("{name}=true")),
        (FilterKind::Choice { .. }, name @ "type") => Some(format!("{name}=particulier")),
        (FilterKind::Choice { .. }, name @ ("nature" | "categorie")) => Some(format!("{name}=4")),
        _ => None,
    };
    let mut compared = 0;
    for list in LISTS.iter().filter(|list| list.filters.iter().any(|filter| matches!(filter.kind, FilterKind::Commune))) {
        let mut backwards: Vec<Filter> = list.filters.to_vec();
        backwards.reverse();
        let reversed: &'static List = Box::leak(Box::new(List { filters: Box::leak(backwards.into_boxed_slice()), ..**list }));
        let asked: Vec<String> = list.filters.iter().filter_map(value).collect();
        for (place, first) in asked.iter().enumerate() {
            for second in &asked[place + 1..] {
                let mut found = Vec::new();
                for list in [*list, reversed] {
                    let Ok(query) = Query::parse(list, &format!("{first}&{second}&taille=200"), today, &key) else { continue };
                    let page = Page::fetch(&app.context.db, &Choices::default(), &query, &reader).await.expect("a page");
                    found.push(page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>());
                }
                if let [one, other] = found.as_slice() {
                    assert_eq!(one, other, "{}?{first}&{second}", list.name);
                    compared += usize::from(!one.is_empty());
                }
            }
        }
    }
    assert!(compared > 10, "only {compared} pairs gave rows");
}
