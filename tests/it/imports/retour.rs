//! What leaves by an export comes back by an import, and says nothing new: every list that has a kind of import, with every column, in
//! every format.

use gardel::imports::Genre;
use gardel::listing::{Format, List};
use gardel::web;
use rocket::http::Status;

use super::{base, counts, read, state};
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

/// Rows that files have trouble to tell apart, or to hold: two hosts of one name at one address, a lodging of one name at each, the stays
/// of both; names that a spreadsheet takes for formulas, numbers or days.
const TROUBLE: &str = "
    INSERT INTO hebergeur (numero, nom, type, adresse, code_postal, ville, inscrit_le)
        SELECT 'HEB-90010' || n, 'Jean Jumeau', 'particulier', '1 rue des Jumeaux, -1er étage', '97190', 'Le Gosier', '2024-01-01' FROM generate_series(1, 2) n;
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT 'LOG-90010' || right(h.numero, 1), h.id, '97113', 'Kaz Jumelle', '1 rue des Jumeaux', 4, 9, 4 FROM hebergeur h WHERE h.nom = 'Jean Jumeau';
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT v.r, h.id, '97113', v.nom, v.adresse, 4, 9, 4 FROM hebergeur h,
            (VALUES ('LOG-900103', '=1+1; -2', '@rue, +3'), ('LOG-900104', '''Ti Kaz', '''12'' bis'), ('LOG-900105', '01000', '12/11'), ('LOG-900106', 'Total', '3 l''Anse, @2')) v (r, nom, adresse)
        WHERE h.numero = 'HEB-900101';
    INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nb_mineurs, nature_id, categorie_id, prix_nuit, tarif, montant_base)
        SELECT 'hote', 'RT-' || l.reference || '-' || n, l.id, l.code_insee, '2026-01-01'::date + n, '2026-01-08'::date + n, 3, 1, l.nature_id, l.categorie_id, 10001, 500, 3500
        FROM logement l, generate_series(1, 2) n WHERE l.reference ~ '^LOG-90010'";

async fn app() -> App {
    let app = App::new().await;
    for statement in TROUBLE.split(";\n") {
        app.run_sql(statement).await;
    }
    app
}

/// The keys that an SQL of one `bigint[]` gives.
async fn keys(app: &App, sql: &str) -> Vec<i64> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// What no round trip changes, but for when and by whom.
async fn everything(app: &App) -> String {
    let others: String = app
        .one(
            "SELECT md5(coalesce((SELECT string_agg(to_jsonb(s)::text, ';' ORDER BY s.id) FROM sejour s), '')
                 || (SELECT string_agg(to_jsonb(c)::text, ';' ORDER BY c.id) FROM commune c)
                 || (SELECT string_agg(concat_ws('|', u.id, u.nom, u.courriel, u.role, u.actif), ';' ORDER BY u.id) FROM utilisateur u)
                 || (SELECT string_agg(to_jsonb(p)::text, ';' ORDER BY p.utilisateur_id, p.collectivite_id) FROM utilisateur_collectivite p))",
        )
        .await;
    others + &base(app).await
}

/// Exports the columns of a list in every format, loads each file back, and compares: the rows `wanted`, and nothing said of them.
async fn comes_back(app: &App, browser: &Browser<'_>, (list, columns): (&str, &str), wanted: &str) {
    let (wanted, before) = (keys(app, wanted).await, everything(app).await);
    assert!(wanted.len() > 3, "{list}: {} rows", wanted.len());
    let count = i64::try_from(wanted.len()).expect("a count");
    for format in Format::ALL {
        let export = browser.export(list, &format!("colonnes={columns}"), format.code()).await;
        app.run_jobs().await;
        let file = browser.get(&format!("{export}/fichier")).await.ok();
        let name = format!("{list}.{}", format.code());
        let answer = browser.send_files("/imports", &[("genre", list)], &[(&name, &file.body)]).await;
        assert_eq!(answer.status, Status::SeeOther, "{name}: {}", answer.text());
        let place = answer.header("Location").expect("the import");
        let id: i64 = place.trim_start_matches("/imports/").trim_end_matches("/lecture").parse().expect("a number");
        // A program that loads it is asked nothing.
        let doubts: String =
            sqlx::query_scalar("SELECT (examen->'doutes')::text FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("doubts");
        assert_eq!(doubts, "[]", "{name}");
        let answer = read(app, browser, id, &[("mode", "remplacer"), ("faire", "verifier")]).await;
        assert_eq!(answer.status, Status::SeeOther, "{name}: {}", answer.texts(".message, .erreur").join(" "));
        app.run_jobs().await;
        assert_eq!(state(app, id).await, "a_confirmer", "{name}");
        // The totals under a workbook are told, and are no row; so is a name that several hosts have, of a row that keeps its own.
        let told: Vec<(i64, String, String, String, String)> = sqlx::query_as(
            "SELECT ligne, gravite || ' ' || code, colonne, contenu, message FROM import_anomalie
             WHERE import_id = $1 AND code NOT IN ('STR-06', 'REF-02', 'ETA-04') ORDER BY rang, id LIMIT 5",
        )
        .bind(id)
        .fetch_all(app.pool())
        .await
        .expect("anomalies");
        assert!(told.is_empty(), "{name}: {told:#?}");
        let changed: Option<String> = sqlx::query_scalar(
            "SELECT string_agg(concat_ws(' ', ligne, verdict, cle, valeurs, avant), '; ') FROM (SELECT * FROM import_ligne WHERE import_id = $1 AND verdict <> 'identique' ORDER BY rang LIMIT 5) l",
        )
        .bind(id)
        .fetch_one(app.pool())
        .await
        .expect("lines");
        assert_eq!(counts(app, id).await, (0, 0, count, 0), "{name}: {changed:?}");
        let found = keys(app, &format!("SELECT array_agg(cle ORDER BY cle) FROM import_ligne WHERE import_id = {id}")).await;
        assert_eq!(found, wanted, "{name}: each line is the row that it left from");
        assert_eq!(everything(app).await, before, "{name}");
        // The same file is not loaded twice while the first holds it.
        assert_eq!(browser.post(&format!("/imports/{id}/abandon"), &[]).await.status, Status::SeeOther);
    }
}

fn named(list: &str) -> &'static List {
    web::LISTS.iter().find(|one| one.name == list).expect("a list")
}

fn all(list: &str) -> String {
    named(list).columns.iter().map(|column| column.name).collect::<Vec<_>>().join(".")
}

/// The lists that have a kind of import, and the rows of each that the person of the test sees.
const LISTS: [(&str, &str); 5] = [
    ("hebergeurs", "SELECT array_agg(DISTINCT hebergeur_id ORDER BY hebergeur_id) FROM hebergeur_commune WHERE code_insee = '97113'"),
    ("logements", "SELECT array_agg(id ORDER BY id) FROM logement WHERE code_insee = '97113'"),
    ("sejours", "SELECT array_agg(id ORDER BY id) FROM sejour WHERE code_insee = '97113'"),
    ("communes", "SELECT array_agg(id ORDER BY id) FROM commune"),
    ("utilisateurs", "SELECT array_agg(id ORDER BY id) FROM utilisateur u WHERE gere((SELECT max(id) FROM utilisateur), u.id)"),
];

#[test]
fn no_list_is_left_out() {
    let catalogue = web::declared();
    // The file of deliberations is that of the DGFiP, a line for each tariff: the list of deliberations holds none.
    let mut kinds: Vec<&str> = catalogue
        .all::<Genre>()
        .map(|genre| genre.nom)
        .filter(|nom| *nom != "deliberations" && web::LISTS.iter().any(|list| list.name == *nom && list.exportable))
        .collect();
    kinds.sort_unstable();
    let mut known = LISTS.map(|(list, _)| list);
    known.sort_unstable();
    assert_eq!(kinds, known);
}

#[rocket::async_test]
async fn hosts_lodgings_and_stays_come_back_as_they_left() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    for (list, wanted) in &LISTS[..3] {
        comes_back(&app, &browser, (*list, &all(list)), wanted).await;
    }
    // A column less: the name of a lodging that two have is not doubted of the row that has it already.
    let columns = all("sejours").replace(".reference_logement", "").replace(".numero.", ".");
    comes_back(&app, &browser, ("sejours", &columns), LISTS[2].1).await;
    let columns = all("logements").replace(".numero_hebergeur", "");
    comes_back(&app, &browser, ("logements", &columns), LISTS[1].1).await;
}

#[rocket::async_test]
async fn communes_come_back_as_they_left() {
    let app = App::new().await;
    let browser = app.exploitant().await;
    comes_back(&app, &browser, ("communes", &all("communes")), LISTS[3].1).await;
}

#[rocket::async_test]
async fn people_come_back_as_they_left() {
    let app = App::new().await;
    for (role, places) in [("agent", &[LE_GOSIER, RIVIERA][..]), ("sur_mesure", &[LE_GOSIER]), ("administrateur", &[LE_GOSIER])] {
        app.person(role, places).await;
    }
    // The last account: its rows are those that it manages.
    let browser = app.administrateur(RIVIERA).await;
    comes_back(&app, &browser, ("utilisateurs", &all("utilisateurs")), LISTS[4].1).await;
}
