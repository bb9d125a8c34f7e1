//! What each filter means, beside plain SQL: the list and the witness of its exports must both count the same rows. A few
//! questions, quickly; `filtres_faces` asks many more, of every face.

use std::time::Duration;

use gardel::comptes::UTILISATEURS;
use gardel::journal::JOURNAL;
use gardel::listing::{Choices, List, Narrowed, Page, Query, Way, covered};
use gardel::taxe::{HEBERGEURS, SEJOURS};
use gardel::territoire::COMMUNES;
use sqlx::AssertSqlSafe;

use crate::support::app::{GRAND_SUD, LE_GOSIER, instant};
use crate::support::{App, Browser};

fn asked(list: &'static List, question: &str) -> Query {
    Query::parse_stored(list, question, instant("2026-11-23T14:00:00Z").date_naive()).expect(question)
}

/// The rows of a question as its list finds them, and as its witness does.
async fn found(app: &App, person: &Browser<'_>, list: &'static List, question: &str) -> (i64, i64) {
    counts(app, person, &asked(list, question)).await
}

async fn counts(app: &App, person: &Browser<'_>, query: &Query) -> (i64, i64) {
    let db = &app.context.db;
    let reader = gardel::comptes::reader_of(db, person.user_id).await.expect("the base answers").expect("somebody");
    let narrowed = Narrowed::look_up(db, &Choices::default(), query, &reader).await.expect("a search");
    let (keys, counted) = narrowed.counted_keys().expect("a statement");
    let sql = format!("WITH k AS ({}) SELECT (SELECT count(*) FROM k), (SELECT count(*) FROM ({counted}) t)", keys.sql);
    sqlx::query_as_with(AssertSqlSafe(sql), keys.arguments().expect("values")).fetch_one(app.pool()).await.expect("two counts")
}

/// Each question, beside the condition on `rows` that says the same.
async fn compare(app: &App, person: &Browser<'_>, list: &'static List, rows: &str, cases: &[(&str, &str)]) {
    for (question, sql) in cases {
        let plain = format!("SELECT count(*) FROM {rows} AND ({sql})");
        let expected: i64 = sqlx::query_scalar(AssertSqlSafe(plain)).fetch_one(app.pool()).await.expect("a count");
        assert_eq!(found(app, person, list, question).await, (expected, expected), "{question}");
        assert!(expected > 0, "{question} asks nothing of anybody");
    }
}

#[rocket::async_test]
async fn filters_of_sejours_mean_what_plain_sql_says() {
    let app = App::new().await;
    let person = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let lodging: i64 = app.one("SELECT logement_id FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 1").await;
    app.run_sql("UPDATE sejour SET prix_nuit = 8000 WHERE id IN (SELECT id FROM sejour WHERE code_insee = '97113' ORDER BY id LIMIT 3)").await;
    let mine = "sejour b WHERE code_insee IN (SELECT code_insee FROM commune WHERE code_insee = '97113' OR epci_siren = '249710070')";
    let parent = (format!("logement={lodging}"), format!("logement_id = {lodging}"));
    compare(
        &app,
        &person,
        &SEJOURS,
        mine,
        &[
            ("statut=valide&statut_sauf=1", "statut <> 'valide'"),
            ("statut=valide&statut=conteste&statut_sauf=1", "statut NOT IN ('valide', 'conteste')"),
            ("commune=97113&commune_sauf=1", "code_insee <> '97113'"),
            ("epci=249710070&epci_sauf=1", "code_insee = '97113'"),
            ("statut=valide&epci=249710070", "statut = 'valide' AND code_insee <> '97113'"),
            ("epci=249710070&epci=200041507", "true"),
            ("nuits_min=3&nuits_max=5", "nb_nuits BETWEEN 3 AND 5"),
            ("prix_nuit_min=80", "prix_nuit >= 8000"),
            ("prix_nuit_max=80", "prix_nuit <= 8000"),
            ("prix_nuit=vide", "prix_nuit IS NULL"),
            ("prix_nuit=renseigne", "prix_nuit IS NOT NULL"),
            ("perception=vide", "date_perception IS NULL"),
            ("tri=perception&perception=vide", "date_perception IS NULL"),
            ("tri=perception&perception=renseigne", "date_perception IS NOT NULL"),
            ("numero=vide", "(SELECT numero_enregistrement FROM logement l WHERE l.id = b.logement_id) IS NULL"),
            ("numero=renseigne", "(SELECT numero_enregistrement FROM logement l WHERE l.id = b.logement_id) IS NOT NULL"),
            (&parent.0, &parent.1),
        ],
    )
    .await;
}

#[rocket::async_test]
async fn an_empty_choice_is_one_of_the_values() {
    let app = App::new().await;
    let person = app.agent(LE_GOSIER).await;
    app.run_sql("UPDATE commune SET epci_siren = NULL WHERE code_insee IN ('97113', '97101')").await;
    compare(
        &app,
        &person,
        &COMMUNES,
        "commune WHERE true",
        &[
            ("epci=vide", "epci_siren IS NULL"),
            ("epci=vide&epci=249710070", "epci_siren IS NULL OR epci_siren = '249710070'"),
            ("epci=vide&epci_sauf=1", "epci_siren IS NOT NULL"),
            ("epci=vide&epci=249710070&epci_sauf=1", "epci_siren <> '249710070'"),
            ("epci=249710070&epci_sauf=1", "epci_siren IS DISTINCT FROM '249710070'"),
        ],
    )
    .await;
}

/// Lines at the two ends of a day of Guadeloupe, and just outside.
const ENDS: &str = "INSERT INTO journal (action, collectivite_id, moment) SELECT 'export', (SELECT id FROM collectivite WHERE siren = '219711132'), m::timestamptz \
    FROM unnest(ARRAY['2026-11-22 23:59:59.999-04', '2026-11-23 00:00-04', '2026-11-23 12:00-04', '2026-11-23 23:59:59.999-04', '2026-11-24 00:00-04']) m";

#[rocket::async_test]
async fn a_day_is_that_of_guadeloupe_from_its_first_instant_to_its_last() {
    let app = App::new().await;
    let person = app.administrateur(LE_GOSIER).await;
    app.run_sql("ALTER TABLE journal DISABLE TRIGGER journal_fige").await;
    app.run_sql("DELETE FROM journal").await;
    app.run_sql(ENDS).await;
    for (question, expected) in [
        ("moment_min=2026-11-23", 4),
        ("moment_max=2026-11-23", 4),
        ("moment_min=2026-11-23&moment_max=2026-11-23", 3),
        ("moment_max=2026-11-22", 1),
        ("moment_min=2026-11-24", 1),
    ] {
        assert_eq!(found(&app, &person, &JOURNAL, question).await, (expected, expected), "{question}");
    }
    // Somebody who never signed in was at no moment.
    app.run_sql("UPDATE utilisateur SET connecte_le = NULL, cree_le = '2026-11-24 00:00-04'").await;
    assert_eq!(found(&app, &person, &UTILISATEURS, "connecte_le=renseigne").await, (0, 0));
    assert_eq!(found(&app, &person, &UTILISATEURS, "cree_le_max=2026-11-23").await, (0, 0));
    let all = found(&app, &person, &UTILISATEURS, "").await;
    assert_eq!(found(&app, &person, &UTILISATEURS, "connecte_le=vide").await, all);
    assert_eq!(found(&app, &person, &UTILISATEURS, "cree_le_min=2026-11-24").await, all);
    assert!(all.0 > 0 && all.0 == all.1, "{all:?}");
}

/// « Aller à » a day: going down, from its last instant; going up, from its first.
#[rocket::async_test]
async fn going_to_a_day_begins_with_its_own_rows() {
    let app = App::new().await;
    let person = app.administrateur(LE_GOSIER).await;
    app.run_sql("ALTER TABLE journal DISABLE TRIGGER journal_fige").await;
    app.run_sql("DELETE FROM journal").await;
    app.run_sql(ENDS).await;
    let reader = gardel::comptes::reader_of(&app.context.db, person.user_id).await.expect("the base answers").expect("somebody");
    let moments: Vec<String> = sqlx::query_scalar("SELECT id::text FROM journal ORDER BY moment").fetch_all(app.pool()).await.expect("the lines");
    let (mut down, up) = (moments[..4].to_vec(), moments[1..].to_vec());
    down.reverse();
    for (question, expected) in [("tri=-moment&vers=23/11/2026", down), ("tri=moment&vers=23/11/2026", up)] {
        let page = Page::fetch(&app.context.db, &Choices::default(), &asked(&JOURNAL, question), &reader).await.expect("a page");
        assert_eq!(page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{question}");
    }
}

/// What the index of the order serves is a condition of its range; anything else is checked on the rows of a bounded walk.
#[rocket::async_test]
async fn only_what_no_index_serves_is_walked() {
    let app = App::new().await;
    let person = app.agent(LE_GOSIER).await;
    let reader = gardel::comptes::reader_of(&app.context.db, person.user_id).await.expect("the base answers").expect("somebody");
    for (question, walked) in [
        ("tri=perception&perception=renseigne", false),
        ("tri=perception&perception_min=2026-01-01", false),
        ("tri=debut&perception=renseigne", true),
        ("tri=debut&debut_min=2026-01-01", false),
        ("tri=montant&debut_min=2026-01-01", true),
        ("tri=debut&statut=valide", false),
        ("tri=debut&statut=valide&statut=conteste", true),
        ("tri=debut&statut=valide&statut_sauf=1", true),
        ("tri=perception&nature=1", true),
    ] {
        let query = asked(&SEJOURS, question);
        let mut narrowed = Narrowed::for_page(&app.context.db, &Choices::default(), &query, &reader).await.expect("a way");
        narrowed.resolved.way = Way::Walk;
        let statement = narrowed.page().expect("a statement");
        assert_eq!(statement.sql.contains("b.trouve"), walked, "{question}");
    }
    // The order of a column that no index gives: its rows are collected, then sorted.
    let query = asked(&SEJOURS, "tri=personnes&statut=valide");
    let resolved = Narrowed::for_page(&app.context.db, &Choices::default(), &query, &reader).await.expect("a way").resolved;
    assert!(!query.sort.indexed && resolved.way == Way::Collect, "{resolved:?}");
}

/// Both ends of each period and the days just outside, in the list and in its witness; the end of a February counts as one year
/// before it does.
#[rocket::async_test]
async fn periods_go_from_their_first_day_to_their_last() {
    let app = App::new().await;
    let person = app.agent(LE_GOSIER).await;
    app.run_sql(
        "WITH jours AS (SELECT row_number() OVER () AS rang, d::date AS jour FROM unnest(ARRAY['2026-11-16','2026-11-17','2026-11-23','2026-11-24','2026-11-01','2026-11-30','2026-12-01',
            '2026-09-30','2026-10-01','2026-10-31','2026-12-31','2027-01-01','2026-06-30','2026-07-01','2025-12-31','2026-01-01','2024-12-31','2025-01-01','2025-11-23','2025-11-24',
            '2024-02-28','2024-02-29','2024-03-01','2023-02-28','2023-03-01']) d),
         miens AS (SELECT row_number() OVER (ORDER BY id) AS rang, id FROM sejour WHERE code_insee = '97113')
         UPDATE sejour s SET date_debut = jour, date_fin = jour + (s.date_fin - s.date_debut), date_perception = NULL FROM jours JOIN miens USING (rang) WHERE s.id = miens.id",
    )
    .await;
    compare(
        &app,
        &person,
        &SEJOURS,
        "sejour WHERE code_insee = '97113'",
        &[
            ("periode=sept_jours", "date_debut BETWEEN '2026-11-17' AND '2026-11-23'"),
            ("periode=mois", "date_debut BETWEEN '2026-11-01' AND '2026-11-30'"),
            ("periode=mois_dernier", "date_debut BETWEEN '2026-10-01' AND '2026-10-31'"),
            ("periode=trimestre", "date_debut BETWEEN '2026-10-01' AND '2026-12-31'"),
            ("periode=trimestre_dernier", "date_debut BETWEEN '2026-07-01' AND '2026-09-30'"),
            ("periode=annee", "date_debut BETWEEN '2026-01-01' AND '2026-12-31'"),
            ("periode=annee_derniere", "date_debut BETWEEN '2025-01-01' AND '2025-12-31'"),
            ("periode=douze_mois", "date_debut BETWEEN '2025-11-24' AND '2026-11-23'"),
        ],
    )
    .await;
    for (today, first) in [("2025-02-28", "2024-03-01"), ("2024-02-28", "2023-03-01"), ("2024-02-29", "2023-03-01")] {
        let day = instant(&format!("{today}T14:00:00Z")).date_naive();
        let query = Query::parse_stored(&SEJOURS, "periode=douze_mois", day).expect("a period");
        let sql = format!("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND date_debut BETWEEN '{first}' AND '{today}'");
        let expected: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a count");
        assert_eq!(counts(&app, &person, &query).await, (expected, expected), "{today}");
    }
}

/// A page larger than half of the first rows of many lodgings: none of its rows is lost, both ways.
#[rocket::async_test]
async fn a_large_page_of_many_lodgings_loses_no_row() {
    let app = App::new().await;
    let person = app.everywhere().await;
    app.run_sql(
        "UPDATE logement SET nom = 'Zanzibar ' || id WHERE id IN (SELECT logement_id FROM sejour GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 80)",
    )
    .await;
    let reader = gardel::comptes::reader_of(&app.context.db, person.user_id).await.expect("the base answers").expect("somebody");
    for (sort, order) in [("debut", "date_debut, s.id"), ("-debut", "date_debut DESC, s.id DESC")] {
        let query = asked(&SEJOURS, &format!("q=zanzibar&tri={sort}&taille=100"));
        let narrowed = Narrowed::for_page(&app.context.db, &Choices::default(), &query, &reader).await.expect("a way");
        let statement = narrowed.page().expect("a statement");
        assert!(statement.sql.contains("seuil"), "too few lodgings to prove anything: {}", statement.sql);
        let page = Page::fetch(&app.context.db, &Choices::default(), &query, &reader).await.expect("a page");
        let sql = format!(
            "SELECT s.id::text FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.nom LIKE 'Zanzibar %' ORDER BY {order} LIMIT 100"
        );
        let expected: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(app.pool()).await.expect("rows");
        assert_eq!(page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{sort}");
    }
}

/// A host is one row of each of their communes: whatever counts them counts each once.
#[rocket::async_test]
async fn a_host_of_several_communes_counts_once() {
    let app = App::new().await;
    let person = app.everywhere().await;
    let (hosts, rows): (i64, i64) =
        sqlx::query_as("SELECT count(DISTINCT hebergeur_id), count(*) FROM hebergeur_commune WHERE type = 'professionnel'")
            .fetch_one(app.pool())
            .await
            .expect("counts");
    assert!(hosts < rows && hosts > 0, "{hosts} hosts, {rows} rows");
    assert_eq!(found(&app, &person, &HEBERGEURS, "type=professionnel").await, (hosts, hosts));
    let shown = person.fragment("/hebergeurs/facettes").await.ok().texts("#facettes li");
    assert!(shown.contains(&format!("Professionnel {hosts}")), "{hosts} hosts, {rows} rows: {shown:?}");
    let counted = person.fragment("/hebergeurs/compte?type=professionnel").await.ok().texts("#compte").join(" ");
    assert!(counted.starts_with(&format!("{hosts} ")), "{counted}");
}

/// A count that the base has no time for is not made up.
#[rocket::async_test]
async fn a_count_without_time_says_so() {
    let app = App::new().await;
    app.context.db.be_patient(1);
    let person = app.agent(LE_GOSIER).await;
    let mut holder = app.pool().begin().await.expect("a transaction");
    // Held for as long as the test takes, on any machine.
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut *holder).await.expect("set");
    sqlx::query("LOCK TABLE sejour IN ACCESS EXCLUSIVE MODE").execute(&mut *holder).await.expect("a lock");
    // Longer than a count may take; the plan that is asked for next waits for it.
    let freed = async {
        rocket::tokio::time::sleep(Duration::from_millis(1_500)).await;
        holder.rollback().await.expect("a lock that ends");
    };
    let (counted, ()) = rocket::tokio::join!(person.fragment("/sejours/compte?statut=valide"), freed);
    let counted = counted.ok().texts("#compte").join(" ");
    assert!(counted.contains("Nombre non calculé"), "{counted}");
}

/// A name that more people bear than can be listed is looked for line by line.
#[rocket::async_test]
async fn a_common_name_still_keeps_the_lines_of_those_who_bear_it() {
    let app = App::new().await;
    let person = app.administrateur(LE_GOSIER).await;
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role) SELECT 'commun' || g || '@test.gardel', 'Télémaque ' || g, 'agent' FROM generate_series(1, 600) g").await;
    app.run_sql(
        "INSERT INTO journal (action, acteur_id, collectivite_id, moment) SELECT 'export', id, (SELECT id FROM collectivite WHERE siren = '219711132'),
         '2026-11-20'::timestamptz + id * interval '1 second' FROM (SELECT id FROM utilisateur WHERE courriel LIKE 'commun%' ORDER BY id LIMIT 7) u",
    )
    .await;
    app.run_sql("INSERT INTO journal (action, acteur_id, collectivite_id, moment) SELECT 'export', u.id, c.id, '2026-11-20' FROM utilisateur u, collectivite c WHERE c.siren = '219711132' AND u.courriel NOT LIKE 'commun%'").await;
    assert_eq!(found(&app, &person, &JOURNAL, "q=telemaque").await, (7, 7));
}

/// The communes that a question speaks of: what is noted of it belongs to their places.
#[rocket::async_test]
async fn a_question_speaks_of_the_communes_that_its_filters_keep() {
    let app = App::new().await;
    let person = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let db = &app.context.db;
    let reader = gardel::comptes::reader_of(db, person.user_id).await.expect("the base answers").expect("somebody");
    let south = "epci_siren = '249710070'";
    for (question, sql) in [
        ("", "true"),
        ("statut=valide&q=villa", "true"),
        ("commune=97113", "code_insee = '97113'"),
        ("commune=97113&commune=97105", "code_insee IN ('97113', '97105')"),
        ("commune=97113&commune_sauf=1", "code_insee <> '97113'"),
        ("commune=97105&epci=249710070", "code_insee = '97105'"),
        ("epci=249710070", south),
        ("statut=valide&epci=249710070", south),
        ("epci=249710070&epci=200041507", "true"),
        ("epci=249710070&epci_sauf=1", "code_insee = '97113'"),
        ("commune=97113&epci=249710070", "false"),
        // Of somebody else's.
        ("commune=97120", "false"),
    ] {
        let plain = format!("SELECT code_insee::text FROM commune WHERE (code_insee = '97113' OR {south}) AND ({sql}) ORDER BY 1");
        let expected: Vec<String> = sqlx::query_scalar(AssertSqlSafe(plain)).fetch_all(app.pool()).await.expect("codes");
        let mut found = covered(db, &Choices::default(), &asked(&SEJOURS, question), &reader).await.expect("codes");
        found.sort();
        assert_eq!(found, expected, "{question}");
    }
}
