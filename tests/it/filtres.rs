//! A filter shown is a filter applied, whatever stands beside it: every face of a list gives the rows of
//! a `SELECT` written here, one condition per filter.

use std::collections::BTreeSet;

use gardel::comptes::Role;
use gardel::listing::{Choices, Filter, FilterKind, List, Page, Query};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;
use sqlx::AssertSqlSafe;

use crate::cursors::walk;
use crate::support::droits::reader;
use crate::support::{App, Browser};

/// Lodgings whose name begins with a word that some hold, or that thousands do; half of their hosts too.
async fn named(app: &App) {
    app.run_sql("UPDATE logement SET nom = 'Mangoustan ' || id WHERE id % 4 = 0").await;
    app.run_sql("UPDATE hebergeur SET nom = 'Quisqueyol ' || id WHERE id % 5 = 0").await;
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
    // A file takes as long as all the rest.
    if expected.len() > 150 {
        return;
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
    let hosts = "SELECT DISTINCT hebergeur_id::text FROM logement WHERE hebergeur_id IN (SELECT id FROM hebergeur WHERE nom LIKE 'Quisqueyol%')";
    let expected = ids(&app, &format!("{hosts} AND code_insee = '97113'")).await;
    assert!(!expected.is_empty() && expected.len() < ids(&app, hosts).await.len(), "some are elsewhere");
    compare(&browser, &app, "/hebergeurs?q=quisqueyol&commune=97113", &expected).await;
    let expected = ids(&app, &format!("{hosts} AND {of_epci}")).await;
    compare(&browser, &app, "/hebergeurs?q=quisqueyol&epci=200041507", &expected).await;
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
    // Told first are those whose statut may become « rejeté ».
    let changed = ids(&app, &format!("{here} AND statut = 'a_verifier'")).await;
    assert!(!changed.is_empty() && changed.len() < expected.len());
    assert!(title.starts_with(&format!("Rejeter {} séjours, ", changed.len())), "{title} for {}", changed.len());
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
    let reason = page.attributes("#motif option", "value").into_iter().find(|value| !value.is_empty()).expect("a reason on offer");
    let done = browser.post("/actions", &[("jeton", &token), ("motif", &reason)]).await;
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
    let reader = reader(1, Role::Administrateur, communes, vec![1, 2, 3]);
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

/// Several values, all but some, none, some, ranges: each beside the condition that a person would write.
#[rocket::async_test]
async fn values_are_what_they_say() {
    let app = App::new().await;
    app.run_sql("UPDATE sejour SET date_perception = NULL WHERE id % 3 = 0").await;
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role, connecte_le) SELECT 'u' || g || '@t.gp', 'Nom ' || g, 'agent', CASE WHEN g % 2 = 0 THEN '2026-11-20 03:30:00+00'::timestamptz + g * interval '1 hour' END FROM generate_series(1, 40) g").await;
    app.run_sql("INSERT INTO utilisateur_collectivite SELECT u.id, (SELECT id FROM collectivite WHERE siren = '219711132') FROM utilisateur u WHERE courriel LIKE 'u%@t.gp'").await;
    let browser = app.everywhere().await;
    let cases = [
        ("sejours?statut=conteste&statut=a_verifier", "sejour WHERE statut IN ('a_verifier', 'conteste')"),
        ("sejours?statut=valide&statut_sauf=1", "sejour WHERE statut <> 'valide'"),
        ("sejours?statut=valide&statut=rejete&statut_sauf=1&tri=montant", "sejour WHERE statut NOT IN ('valide', 'rejete')"),
        ("sejours?commune=97113&commune=97125", "sejour WHERE code_insee IN ('97113', '97125')"),
        ("sejours?commune=97113&commune=97125&commune_sauf=1", "sejour WHERE code_insee NOT IN ('97113', '97125')"),
        ("sejours?epci=200041507&epci_sauf=1", "sejour WHERE code_insee NOT IN (SELECT code_insee FROM commune WHERE epci_siren = '200041507')"),
        (
            "sejours?epci=200041507&commune=97113&commune_sauf=1",
            "sejour WHERE code_insee IN (SELECT code_insee FROM commune WHERE epci_siren = '200041507') AND code_insee <> '97113'",
        ),
        (
            "sejours?collecteur=airbnb&collecteur=booking&nature=4&nature=1",
            "sejour WHERE collecteur IN ('airbnb', 'booking') AND nature_id IN (1, 4)",
        ),
        ("sejours?perception=vide", "sejour WHERE date_perception IS NULL"),
        ("sejours?perception=renseigne&statut=valide&tri=montant", "sejour WHERE date_perception IS NOT NULL AND statut = 'valide'"),
        ("sejours?perception_min=01/06/2026&perception_max=30/09/2026", "sejour WHERE date_perception BETWEEN '2026-06-01' AND '2026-09-30'"),
        ("sejours?nuits_min=3&nuits_max=5&personnes_min=2", "sejour WHERE date_fin - date_debut BETWEEN 3 AND 5 AND nb_personnes >= 2"),
        ("sejours?prix_nuit_min=50&prix_nuit_max=80,50", "sejour WHERE prix_nuit BETWEEN 5000 AND 8050"),
        ("sejours?prix_nuit=vide&fin_min=2026-06-01", "sejour WHERE prix_nuit IS NULL AND date_fin >= '2026-06-01'"),
        ("sejours?numero=vide", "sejour WHERE logement_id IN (SELECT id FROM logement WHERE numero_enregistrement IS NULL)"),
        (
            "sejours?numero=renseigne&commune=97113",
            "sejour WHERE logement_id IN (SELECT id FROM logement WHERE numero_enregistrement IS NOT NULL) AND code_insee = '97113'",
        ),
        ("logements?capacite_min=4&capacite_max=6", "logement WHERE capacite BETWEEN 4 AND 6"),
        ("logements?classe_jusqu_au=vide&nature=4", "logement WHERE classe_jusqu_au IS NULL AND nature_id = 4"),
        ("logements?classe_jusqu_au=renseigne&actif=true&actif=false", "logement WHERE classe_jusqu_au IS NOT NULL"),
        ("communes?epci=vide", "commune WHERE epci_siren IS NULL"),
        ("communes?epci=vide&epci=200041507", "commune WHERE epci_siren IS NULL OR epci_siren = '200041507'"),
        ("communes?epci=200041507&epci_sauf=1", "commune WHERE epci_siren IS DISTINCT FROM '200041507'"),
        ("communes?epci=vide&epci_sauf=1", "commune WHERE epci_siren IS NOT NULL"),
        ("communes?population_min=5000", "commune WHERE population >= 5000"),
    ];
    for (question, from) in cases {
        if question == "communes?epci=vide" {
            // From here on, nobody of an EPCI sees that commune's rows; the list of communes is everybody's.
            app.run_sql("UPDATE commune SET epci_siren = NULL WHERE code_insee = '97125'").await;
        }
        let key = if question.starts_with("communes") { "code_insee" } else { "id::text" };
        let expected = ids(&app, &format!("SELECT {key} FROM {from}")).await;
        assert!(!expected.is_empty(), "{question} finds something");
        compare(&browser, &app, &format!("/{question}"), &expected).await;
    }
    // An instant by its days, those of Guadeloupe: four hours behind UTC.
    let rows = browser.get("/utilisateurs?connecte_le_min=20/11/2026&connecte_le_max=20/11/2026&taille=200").await.ok().rows();
    let expected = ids(&app, "SELECT id::text FROM utilisateur WHERE courriel LIKE 'u%@t.gp' AND connecte_le >= '2026-11-20 04:00:00+00' AND connecte_le < '2026-11-21 04:00:00+00'").await;
    assert!(!expected.is_empty() && expected.iter().all(|id| rows.contains(id)), "{rows:?}");
    // Hosts without an e-mail, through the table that has one row for each commune.
    app.run_sql("UPDATE hebergeur SET courriel = NULL WHERE id % 3 = 0").await;
    let expected =
        ids(&app, "SELECT DISTINCT l.hebergeur_id::text FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE h.courriel IS NULL AND l.code_insee IN ('97113', '97105')").await;
    compare(&browser, &app, "/hebergeurs?courriel=vide&commune=97113&commune=97105", &expected).await;
}

#[rocket::async_test]
async fn values_are_told_in_words_and_have_one_address() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let chips = async |path: &str| browser.get(path).await.ok().texts("#puces a.puce").join(" | ");
    for (path, words) in [
        ("/sejours?statut=conteste&statut=a_verifier", "Statut : À vérifier ou Contesté"),
        ("/sejours?statut=valide&statut_sauf=1", "Statut : n’est pas Validé"),
        ("/sejours?statut=valide&statut=rejete&statut_sauf=1", "Statut : n’est ni Rejeté ni Validé"),
        ("/sejours?perception=vide", "Perçue le : vide"),
        ("/sejours?commune=97113&commune=97125", "Commune : Le Gosier ou Saint-François"),
        ("/sejours?nuits_min=3&nuits_max=5", "Nuits : de 3 à 5"),
    ] {
        let shown = chips(path).await;
        assert!(shown.contains(&words.replace('’', "'")), "{path}: {shown}");
    }
    // The same question in another order, or told twice, is the same address: it is kept once.
    browser.fragment("/sejours?statut=conteste&statut=a_verifier&commune=97113").await.ok();
    let (hits, misses) = app.context.cache.counts();
    browser.fragment("/sejours?commune=97113&statut=a_verifier&statut=conteste&statut=a_verifier&perception_min=&nature_sauf=1").await.ok();
    assert_eq!(app.context.cache.counts(), (hits + 1, misses));
    // What takes one value refuses two, and says which.
    for (path, words) in [
        ("/sejours?montant_min=10&montant_min=20", "il n’en prend qu’une"),
        ("/sejours?periode=mois_dernier&debut_min=2026-10-01", "une période toute faite est choisie"),
        ("/sejours?perception=vide&perception_max=2026-10-01", "est choisi, et une borne est donnée"),
        ("/sejours?montant_min=20&montant_max=10", "la première borne dépasse la seconde"),
        ("/sejours?fin=1&vers=2026-10-01", "deux places dans la liste"),
        ("/sejours?q=villa&q=gosier", "il n’en prend qu’une"),
        ("/sejours?logement=3&logement=4", "il n’en prend qu’une"),
        ("/sejours?tri=debut&tri=montant", "ne prend qu’une valeur"),
        ("/sejours?taille=10&taille=20", "ne prend qu’une valeur"),
        ("/sejours?perception=peut-etre", "Perçue le"),
        ("/sejours?statut=valide&statut_sauf=oui", "sauf"),
    ] {
        browser.get(path).await.refused(rocket::http::Status::BadRequest, words);
    }
    // The form shows what is asked, without a script: boxes that are ticked.
    let page = browser.get("/sejours?statut=conteste&statut=a_verifier&statut_sauf=1").await.ok();
    let mut ticked = page.attributes("#filtres input[name=statut][checked]", "value");
    ticked.sort();
    assert_eq!(ticked, ["a_verifier", "conteste"]);
    assert_eq!(page.attributes("#filtres input[name=statut_sauf][checked]", "value"), ["1"]);
}

/// Columns that are worked out case by case or from other tables, and that no filter asks: the lists where they are stored do.
const WORKED_OUT: [&str; 14] = [
    "declarations.sejours",
    "declarations.nuitees",
    "declarations.montant",
    "declarations.arrete",
    "declarations.paye",
    "deliberations.nb_communes",
    "deliberations.plus_haut",
    "tarifs.tarif",
    "tarifs.taux",
    "tarifs.plancher",
    "tarifs.plafond",
    "tarifs.date_deliberation",
    "tarifs.applicable_du",
    "tarifs.valable_au",
];

/// Every column that has an order has a range to filter it, but for those; every one that may be empty says so.
#[test]
fn every_ordered_column_has_its_range() {
    let mut faults = Vec::new();
    for list in LISTS.iter().filter(|list| !["journal", "travaux", "actions"].contains(&list.name)) {
        for column in list.columns {
            let ordered = column.kind.is_number();
            let has = list.filters.iter().any(|filter| match &filter.kind {
                FilterKind::Dates { sql, .. } | FilterKind::Range { sql, .. } => *sql == column.sql,
                _ => false,
            });
            if ordered && !has {
                faults.push(format!("{}.{}", list.name, column.name));
            }
        }
    }
    assert_eq!(faults, WORKED_OUT, "cannot be asked by range");
}
