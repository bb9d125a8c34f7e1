//! The witness of exports: what is put aside is compared with it in the same statement, and the control of the night asks it again.

use gardel::listing::{Choices, Narrowed, Query};
use gardel::taxe::SEJOURS;
use rocket::http::Status;
use sqlx::AssertSqlSafe;

use crate::support::app::{GRAND_SUD, LE_GOSIER, instant};
use crate::support::{App, Browser};

/// Runs the control of the files, whatever was controlled before; the faults found, in the order of the exports.
async fn control(app: &App, browser: &Browser<'_>) -> Vec<String> {
    app.run_sql("UPDATE export SET controle_le = NULL").await;
    assert_eq!(browser.post("/exports/controle", &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    sqlx::query_scalar("SELECT controle_ecart FROM export WHERE controle_ecart IS NOT NULL ORDER BY id").fetch_all(app.pool()).await.expect("faults")
}

/// The rows that the witness of a question finds for a reader.
async fn witnessed(app: &App, person: i64, question: &str) -> i64 {
    let reader = gardel::comptes::reader_of(&app.context.db, person).await.expect("the base answers").expect("somebody");
    let query = Query::parse_stored(&SEJOURS, question, instant("2026-11-23T14:00:00Z").date_naive()).expect(question);
    let narrowed = Narrowed::look_up(&app.context.db, &Choices::default(), &query, &reader).await.expect("a search");
    let (keys, counted) = narrowed.counted_keys().expect("a statement");
    // The values are those of the whole statement: the keys are asked for too.
    let sql = format!("WITH k AS ({}) SELECT count(*) FROM ({counted}) t WHERE (SELECT count(*) FROM k) >= 0", keys.sql);
    sqlx::query_scalar_with(AssertSqlSafe(sql), keys.arguments().expect("values")).fetch_one(app.pool()).await.expect("a count")
}

/// A filter more never leaves more rows, and the rows of two filters are those of each at once: for every period and amount too.
#[rocket::async_test]
async fn the_witness_counts_what_plain_sql_counts() {
    let app = App::new().await;
    let person = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let mine = "SELECT code_insee FROM commune WHERE code_insee = '97113' OR epci_siren = '249710070'";
    for (question, sql) in [
        ("", "true"),
        ("commune=97113", "code_insee = '97113'"),
        ("commune=97115", "false"),
        ("epci=249710070&statut=valide", "code_insee <> '97113' AND statut = 'valide'"),
        ("periode=aujourd_hui", "date_debut = '2026-11-23'"),
        ("periode=sept_jours", "date_debut BETWEEN '2026-11-17' AND '2026-11-23'"),
        ("periode=mois", "date_debut BETWEEN '2026-11-01' AND '2026-11-30'"),
        ("periode=mois_dernier", "date_debut BETWEEN '2026-10-01' AND '2026-10-31'"),
        ("periode=trimestre", "date_debut BETWEEN '2026-10-01' AND '2026-12-31'"),
        ("periode=trimestre_dernier", "date_debut BETWEEN '2026-07-01' AND '2026-09-30'"),
        ("periode=annee", "date_debut BETWEEN '2026-01-01' AND '2026-12-31'"),
        ("periode=annee_derniere", "date_debut BETWEEN '2025-01-01' AND '2025-12-31'"),
        ("debut_min=2026-03-01&debut_max=2026-03-31", "date_debut BETWEEN '2026-03-01' AND '2026-03-31'"),
        ("tri=montant&montant_min=20&montant_max=60.50", "montant BETWEEN 2000 AND 6050"),
    ] {
        let sql = format!("SELECT count(*) FROM sejour WHERE code_insee IN ({mine}) AND {sql}");
        let expected: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a count");
        assert_eq!(witnessed(&app, person.user_id, question).await, expected, "{question}");
    }
}

/// As many rows, but not the same: what the count alone would not see.
#[rocket::async_test]
async fn a_row_of_elsewhere_in_place_of_another_makes_no_file() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "commune=97113", "csv_fr").await;
    app.run_sql(
        "CREATE FUNCTION changer() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN NEW.ids[1] := (SELECT min(id) FROM sejour WHERE code_insee = '97105'); RETURN NEW; END $$",
    )
    .await;
    app.run_sql("CREATE TRIGGER changer BEFORE INSERT ON export_lot FOR EACH ROW EXECUTE FUNCTION changer()").await;
    app.run_jobs().await;
    let page = browser.get(&export).await.ok();
    assert!(page.text().contains("ce ne sont pas les mêmes"), "{}", page.texts("#suivi").join(" "));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export_lot").await, 0, "nothing is kept");
}

/// A file made when the list forgot a filter, whose count agreed: its rows tell.
#[rocket::async_test]
async fn the_control_reads_the_rows_of_a_file_beside_its_filters() {
    let app = App::new().await;
    let person = app.person("administrateur", &[LE_GOSIER, GRAND_SUD]).await;
    let columns = "colonnes=reference.debut.commune.montant";
    for (question, format) in
        [("commune=97113", "csv_fr"), ("commune=97113", "xlsx"), ("commune=97113", "parquet"), ("debut_min=2026-01-01", "jsonl")]
    {
        person.export("sejours", &format!("{question}&{columns}"), format).await;
    }
    person.export("sejours", "commune=97113&colonnes=reference.insee", "csv_rfc4180").await;
    person.export("sejours", &format!("tri=montant&montant_min=20&{columns}"), "ods").await;
    app.run_jobs().await;
    assert_eq!(control(&app, &person).await, Vec::<String>::new());
    // The same files, as if they had been asked for less than they hold.
    app.run_sql("UPDATE export SET requete = replace(replace(replace(requete, '97113', '97105'), '2026-01-01', '2026-06-01'), 'montant_min=20', 'montant_min=30')").await;
    let faults = control(&app, &person).await;
    assert_eq!(faults.len(), 6, "{faults:?}");
    assert!(faults.iter().all(|fault| fault.contains("ses filtres ou ses droits excluent")), "{faults:?}");
    assert_eq!(faults.iter().filter(|fault| fault.contains("Le Gosier")).count(), 3, "{faults:?}");
    // A perimeter is a filter too.
    app.run_sql("UPDATE export SET requete = '', perimetre = '{97105}', controle_ecart = NULL").await;
    assert_eq!(control(&app, &person).await.len(), 6);
}

/// Words beside a place: a list that forgets the place for the words makes no file, since the witness does not.
#[rocket::async_test]
async fn words_beside_a_place_make_a_file_of_that_place() {
    let app = App::new().await;
    let browser = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let export = browser.export("sejours", "q=villa&commune=97105&colonnes=reference", "jsonl").await;
    app.run_jobs().await;
    let page = browser.get(&export).await.ok();
    assert_eq!(page.texts("#suivi-titre"), ["Votre fichier est prêt"], "{}", page.texts("#suivi").join(" "));
    let expected: i64 = app
        .one(
            "SELECT count(*) FROM sejour s JOIN logement l ON l.id = s.logement_id JOIN hebergeur h ON h.id = l.hebergeur_id WHERE s.code_insee = '97105'
             AND (l.mots @@ mots_cherches('villa') OR h.mots @@ mots_cherches('villa'))",
        )
        .await;
    let file = browser.get(&format!("{export}/fichier")).await.ok();
    assert_eq!(file.text().lines().count() as i64, expected);
    assert!(expected > 0, "nobody has such words");
}
