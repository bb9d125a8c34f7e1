//! Facets, and the cells that tell them without reading stays (`sejour_compte`): whatever is written, by whom and in what order, a
//! cell is what a plain SELECT counts.

use gardel::platform::jobs::Requester;
use gardel::travaux::Upkeep;
use sqlx::AssertSqlSafe;

use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

/// Cells that do not say what the rows do, by month and for all months.
const GAPS: &str = "WITH vues AS (
        SELECT code_insee, coalesce(mois, 'infinity'::date) AS mois, statut, nature_id, categorie_id, collecteur, count(*) AS nombre, sum(montant)::bigint AS montant
        FROM (SELECT *, date_trunc('month', date_debut)::date AS mois FROM sejour) s
        GROUP BY GROUPING SETS ((code_insee, mois, statut, nature_id, categorie_id, collecteur), (code_insee, statut, nature_id, categorie_id, collecteur))),
    dites AS (
        SELECT code_insee, mois, statut, nature_id, categorie_id, collecteur, sum(nombre)::bigint AS nombre, sum(montant)::bigint AS montant
        FROM sejour_compte GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(nombre) <> 0 OR sum(montant) <> 0)
    SELECT count(*) FROM ((TABLE vues EXCEPT TABLE dites) UNION ALL (TABLE dites EXCEPT TABLE vues)) ecart";

/// A copy of some stays, under other references.
const MORE: &str = "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base)
    SELECT collecteur, 'copie-' || id, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base
    FROM sejour WHERE id % 5 = 0 AND reference NOT LIKE 'copie-%'";

async fn upkeep(app: &App) {
    let mut write = app.context.db.write().await.expect("a transaction");
    gardel::platform::jobs::enqueue(&mut write, &Upkeep::default(), Requester::default()).await.expect("a job");
    write.commit().await.expect("committed");
    app.run_jobs().await;
}

#[rocket::async_test]
async fn cells_follow_whatever_is_written() {
    let app = App::new().await;
    assert_eq!(app.one::<i64>(GAPS).await, 0, "what the demo loaded");
    let changes = [
        MORE,
        "UPDATE sejour SET statut = 'conteste' WHERE id % 7 = 0",
        "UPDATE sejour SET date_debut = date_debut - 40, date_fin = date_fin - 40 WHERE id % 11 = 0",
        "UPDATE sejour SET montant_base = montant_base + 3, collecteur = CASE WHEN id % 26 = 0 THEN 'airbnb' ELSE collecteur END, reference = 'r' || id WHERE id % 13 = 0",
        "UPDATE sejour SET montant_departemental = 7, categorie_id = 3 WHERE id % 17 = 0",
        "DELETE FROM sejour WHERE id % 19 = 0",
        "UPDATE sejour SET statut = 'valide' WHERE false",
        // A lodging that changes its commune takes its stays with it.
        "UPDATE logement SET code_insee = '97113' WHERE id = (SELECT logement_id FROM sejour WHERE code_insee <> '97113' ORDER BY id LIMIT 1)",
    ];
    for change in changes {
        app.run_sql(change).await;
        assert_eq!(app.one::<i64>(GAPS).await, 0, "{change}");
    }
    let before: i64 = app.one("SELECT count(*) FROM sejour_compte WHERE ajout").await;
    assert!(before > 0, "differences are added, not put into their cells");
    app.run_sql("UPDATE sejour SET modifie_le = now(), nb_mineurs = nb_mineurs").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour_compte WHERE ajout").await, before, "what changes no cell adds nothing");
    upkeep(&app).await;
    assert_eq!(app.one::<i64>(GAPS).await, 0, "put together");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour_compte WHERE ajout").await, 0);
    let twice = "SELECT count(*) - count(DISTINCT (code_insee, mois, statut, nature_id, categorie_id, collecteur)) FROM sejour_compte";
    assert_eq!(app.one::<i64>(twice).await, 0, "one row a cell");
    app.run_sql("TRUNCATE sejour").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour_compte").await, 0);
}

/// Two transactions under way while the cells are put together: what they add is neither lost nor counted twice.
#[rocket::async_test]
async fn putting_together_beside_open_writes_loses_nothing() {
    let app = App::new().await;
    app.run_sql("UPDATE sejour SET statut = 'conteste' WHERE id % 3 = 0").await;
    let mut first = app.pool().begin().await.expect("a transaction");
    sqlx::query(MORE).execute(&mut *first).await.expect("rows");
    let mut second = app.pool().begin().await.expect("a transaction");
    sqlx::query("UPDATE sejour SET statut = 'valide' WHERE id % 4 = 1").execute(&mut *second).await.expect("rows");
    upkeep(&app).await;
    assert_eq!(app.one::<i64>(GAPS).await, 0, "what is open is not seen");
    first.commit().await.expect("committed");
    assert_eq!(app.one::<i64>(GAPS).await, 0);
    second.rollback().await.expect("rolled back");
    upkeep(&app).await;
    assert_eq!(app.one::<i64>(GAPS).await, 0);
}

/// The migration that counts what was there before, beside writes that the triggers already follow.
#[rocket::async_test]
async fn what_was_there_before_the_triggers_is_counted_once() {
    let app = App::new().await;
    app.run_sql("DELETE FROM sejour_compte").await;
    app.run_sql(MORE).await;
    app.run_sql("UPDATE sejour SET statut = 'rejete' WHERE id % 6 = 0").await;
    app.run_sql("DELETE FROM sejour WHERE id % 10 = 3").await;
    assert!(app.one::<i64>(GAPS).await > 0, "only what was written since is there");
    app.run_sql(include_str!("../../migrations/0107_sejour_compte_depart.sql")).await;
    assert_eq!(app.one::<i64>(GAPS).await, 0);
}

/// Each value of each facet, beside a plain SELECT, with the question on whole months, on days, on what cells do not tell.
#[rocket::async_test]
async fn each_facet_tells_what_its_choice_would_leave() {
    let app = App::new().await;
    app.run_sql(MORE).await;
    let day: chrono::NaiveDate = app.one("SELECT max(date_debut) FROM sejour WHERE code_insee = '97113'").await;
    let month = day.format("%Y-%m").to_string();
    let places = [(LE_GOSIER, "'97113'"), (RIVIERA, "SELECT code_insee FROM commune WHERE epci_siren = '200041507'")];
    // Each question, and what it asks for beside the statut: the statut is spread over the rows of the other filters.
    let questions = [
        (String::new(), "true".to_string()),
        ("statut=a_verifier".into(), "true".into()),
        ("statut=a_verifier&statut=valide&statut_sauf=1".into(), "true".into()),
        ("statut=valide&collecteur=airbnb&nature=4".into(), "collecteur = 'airbnb' AND nature_id = 4".into()),
        (format!("debut_min={month}-01"), format!("date_debut >= '{month}-01'")),
        (format!("debut_max={day}"), format!("date_debut <= '{day}'")),
        (format!("debut_min={}&debut_max={day}", day - chrono::Days::new(75)), format!("date_debut BETWEEN '{day}'::date - 75 AND '{day}'")),
        (format!("debut_min={}&debut_max={day}", day - chrono::Days::new(9)), format!("date_debut BETWEEN '{day}'::date - 9 AND '{day}'")),
        ("montant_min=20".into(), "montant >= 2000".into()),
        ("statut=valide&nuits_min=4".into(), "nb_nuits >= 4".into()),
    ];
    for (siren, communes) in places {
        let person = app.agent(siren).await;
        for (question, others) in &questions {
            let shown = person.fragment(&format!("/sejours/facettes?{question}")).await.ok().texts("#facettes li");
            let sql = format!(
                "SELECT count(*), coalesce(sum(montant), 0)::bigint FROM sejour WHERE code_insee IN ({communes}) AND statut = 'valide' AND {others}"
            );
            let (rows, cents): (i64, i64) = sqlx::query_as(AssertSqlSafe(sql.clone())).fetch_one(app.pool()).await.expect("a count");
            let expected = told("Validé", rows, cents);
            assert!(shown.contains(&expected), "{siren} {question}: « {expected} » of {sql}, among {shown:?}");
        }
    }
    let person = app.agent(LE_GOSIER).await;
    let shown = person.fragment("/sejours/facettes?statut=valide").await.ok().texts("#facettes li");
    let found: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT p.nom, count(*), sum(montant)::bigint FROM sejour s JOIN plateforme p ON p.code = s.collecteur WHERE code_insee = '97113' AND statut = 'valide' GROUP BY 1
         UNION ALL SELECT n.libelle, count(*), sum(montant)::bigint FROM sejour s JOIN nature n ON n.id = s.nature_id WHERE code_insee = '97113' AND statut = 'valide' GROUP BY 1",
    )
    .fetch_all(app.pool())
    .await
    .expect("counts");
    assert!(found.len() > 3, "there is something to compare");
    for (label, rows, cents) in found {
        let expected = told(&label, rows, cents);
        assert!(shown.contains(&expected), "« {expected} » among {shown:?}");
    }
}

/// A value of a facet, as it is read from a page.
fn told(label: &str, rows: i64, cents: i64) -> String {
    let (rows, sum) = (gardel::ui::format::integer(rows), if rows > 0 { format!(" · {}", gardel::ui::format::money(cents)) } else { String::new() });
    format!("{label} {rows}{sum}").split_whitespace().collect::<Vec<_>>().join(" ").replace('’', "'")
}
