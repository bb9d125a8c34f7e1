//! Orders: any column sorts a list that its filters leave small, as the base would; a larger one says why not, and
//! loses nothing of the question.

use gardel::comptes::Role;
use gardel::web::LISTS;
use sqlx::AssertSqlSafe;

use crate::cursors::walk;
use crate::support::App;
use crate::support::droits::opens;

async fn keys(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_all(app.pool()).await.expect("keys")
}

#[rocket::async_test]
async fn a_column_sorts_as_the_base_does() {
    let app = App::new().await;
    app.run_sql("UPDATE sejour SET date_perception = NULL WHERE id % 3 = 0").await;
    app.run_sql("UPDATE hebergeur SET nom = 'Élise ' || id WHERE id % 4 = 0").await;
    app.run_sql("UPDATE hebergeur SET nom = 'eliane ' || id WHERE id % 4 = 1").await;
    let browser = app.everywhere().await;
    let sejours = "FROM sejour s JOIN logement l ON l.id = s.logement_id JOIN hebergeur h ON h.id = l.hebergeur_id JOIN commune c ON c.code_insee = s.code_insee";
    let french = "COLLATE \"fr-x-icu\"";
    let cases = [
        ("sejours?tri=hebergeur&statut=a_verifier", format!("SELECT s.id::text {sejours} WHERE statut = 'a_verifier' ORDER BY h.nom {french}, s.id")),
        (
            "sejours?tri=-hebergeur&statut=a_verifier",
            format!("SELECT s.id::text {sejours} WHERE statut = 'a_verifier' ORDER BY h.nom {french} DESC, s.id DESC"),
        ),
        (
            "sejours?tri=commune&periode=mois_dernier",
            format!("SELECT s.id::text {sejours} WHERE date_debut BETWEEN '2026-10-01' AND '2026-10-31' ORDER BY c.nom {french}, s.id"),
        ),
        (
            "sejours?tri=-nuits&commune=97113",
            format!("SELECT s.id::text {sejours} WHERE s.code_insee = '97113' ORDER BY date_fin - date_debut DESC, s.id DESC"),
        ),
        (
            "sejours?tri=prix_nuit&commune=97113",
            format!("SELECT s.id::text {sejours} WHERE s.code_insee = '97113' ORDER BY prix_nuit NULLS LAST, s.id"),
        ),
        (
            "sejours?tri=-prix_nuit&commune=97113",
            format!("SELECT s.id::text {sejours} WHERE s.code_insee = '97113' ORDER BY prix_nuit DESC NULLS LAST, s.id DESC"),
        ),
        (
            "sejours?tri=statut&commune=97113",
            format!(
                "SELECT s.id::text {sejours} WHERE s.code_insee = '97113' ORDER BY array_position(ARRAY['a_verifier', 'conteste', 'rejete', 'valide'], statut), s.id"
            ),
        ),
        // No filter at all: the whole list is small enough.
        ("sejours?tri=reference", format!("SELECT s.id::text {sejours} ORDER BY s.reference COLLATE \"C\", s.id")),
        // A sort that has an index, with filters that have none in its order.
        (
            "sejours?tri=montant&statut=a_verifier&periode=annee&montant_min=10&nature=4",
            format!(
                "SELECT s.id::text {sejours} WHERE statut = 'a_verifier' AND date_debut BETWEEN '2026-01-01' AND '2026-12-31' AND montant >= 1000 AND s.nature_id = 4 ORDER BY montant, s.id"
            ),
        ),
        (
            "logements?tri=commune&actif=true",
            format!("SELECT l.id::text FROM logement l JOIN commune c USING (code_insee) WHERE actif ORDER BY c.nom {french}, l.id"),
        ),
        ("communes?tri=-insee", "SELECT code_insee FROM commune ORDER BY code_insee DESC".into()),
    ];
    for (question, sql) in cases {
        let expected = keys(&app, &sql).await;
        assert!(expected.len() > 5, "{question}: {} rows", expected.len());
        for size in [7, 200] {
            let start = format!("/{question}&taille={size}");
            if size == 7 && expected.len() > 120 {
                continue;
            }
            assert_eq!(walk(&browser, &start, "p-suivante").await, expected, "{start}");
            assert_eq!(walk(&browser, &format!("{start}&fin=1"), "p-precedente").await, expected, "{start}, from the end");
        }
    }
    // The file follows the same order.
    let export = browser.export("sejours", "tri=-hebergeur&statut=conteste&colonnes=reference", "csv_fr").await;
    app.run_jobs().await;
    let file = browser.get(&format!("{export}/fichier")).await.ok().text();
    let expected = keys(&app, &format!("SELECT s.reference {sejours} WHERE statut = 'conteste' ORDER BY h.nom {french} DESC, s.id DESC")).await;
    let lines: Vec<&str> = file.lines().skip(1).map(|line| line.trim_matches(|c| c == '"' || c == '=' || c == '\r')).collect();
    assert_eq!(lines, expected);
    // « Aller à » a value of the column.
    let page = browser.get("/sejours?tri=hebergeur&statut=a_verifier&vers=%C3%A9lise&taille=10").await.ok();
    let expected = keys(
        &app,
        &format!("SELECT s.id::text {sejours} WHERE statut = 'a_verifier' AND h.nom {french} >= 'élise' ORDER BY h.nom {french}, s.id LIMIT 10"),
    )
    .await;
    assert_eq!(page.rows(), expected);
}

/// A value that moves with the clock has no order that a second page could go on from.
#[test]
fn what_moves_with_the_clock_is_no_order() {
    let clocks = ["now()", "current_date", "clock_timestamp", "current_timestamp"];
    for list in LISTS {
        for column in list.columns.iter().filter(|column| column.sorts()) {
            assert!(!clocks.iter().any(|clock| column.sql.to_lowercase().contains(clock)), "{}.{}", list.name, column.name);
        }
    }
}

/// Every column of every list, both ways: the pages are the set, without gap nor repeat.
#[rocket::async_test]
async fn every_column_of_every_list_sorts() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    app.run_sql("INSERT INTO job (queue, name, title, collectivite_id, done, total) SELECT 'exports', 'essai', 'Essai ' || g, (SELECT id FROM collectivite WHERE siren = '219711132'), g, CASE WHEN g % 3 > 0 THEN 100 END FROM generate_series(1, 40) g").await;
    app.run_sql("INSERT INTO journal (action, collectivite_id, moment) SELECT 'export', (SELECT id FROM collectivite WHERE siren = '219711132'), '2026-11-20'::timestamptz + (g / 3) * interval '1 second' FROM generate_series(1, 40) g").await;
    for list in LISTS.iter().filter(|list| opens(list, Role::Administrateur)) {
        let filter = match list.name {
            "sejours" => "&commune=97113&statut=conteste",
            "logements" => "&commune=97113&nature=4&capacite_max=4",
            "hebergeurs" => "&commune=97113&type=professionnel",
            _ => "",
        };
        let mut set = walk(&browser, &format!("/{}?taille=200{filter}", list.name), "p-suivante").await;
        set.sort();
        // Several pages of a short list, a few of a long one.
        let size = (set.len() / 4).clamp(30, 200);
        for (place, column) in list.columns.iter().filter(|column| column.sorts()).enumerate() {
            let direction = ["", "-"][place % 2];
            let start = format!("/{}?tri={direction}{}&taille={size}{filter}", list.name, column.name);
            let met = walk(&browser, &start, "p-suivante").await;
            assert_eq!(walk(&browser, &format!("{start}&fin=1"), "p-precedente").await, met, "{start}: forwards and backwards differ");
            let mut sorted = met.clone();
            sorted.sort();
            assert_eq!(sorted, set, "{start}");
        }
    }
}

#[rocket::async_test]
async fn too_many_rows_for_a_column_lose_nothing_of_the_question() {
    let app = App::new().await;
    app.run_sql(
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
         SELECT 'hote', 'x' || g, l.id, l.code_insee, '2026-01-01', '2026-01-02', 1, 4, 4, 100, 100
         FROM generate_series(1, 12000) g, (SELECT id, code_insee FROM logement LIMIT 1) l",
    )
    .await;
    app.run_sql("ANALYZE sejour").await;
    let browser = app.everywhere().await;
    let page = browser.get("/sejours?tri=hebergeur").await.ok();
    let text = page.texts("#liste").join(" ");
    assert!(text.contains("Le tri par hébergeur attend un filtre plus étroit"), "{text}");
    assert_eq!(page.rows(), browser.get("/sejours").await.ok().rows(), "the rows are in the order of the list");
    assert_eq!(page.attributes("input[form=filtres][name=tri]", "value"), ["hebergeur"], "the wish waits for a narrower filter");
    assert_eq!(page.attributes("th[aria-sort=descending] a", "id"), ["tri-debut"]);
    // What is exported, and what follows, is what is shown.
    assert!(page.attributes("form.export input[name=requete]", "value")[0].contains("tri=-debut"));
    let next = page.pager("p-suivante").expect("a next page");
    assert_eq!(browser.get(&next).await.ok().rows().len(), 50);
    // A narrower filter, as the form sends it.
    let page = browser.get("/sejours?tri=hebergeur&statut=conteste").await.ok();
    assert_eq!(page.attributes("th[aria-sort=ascending] a", "id"), ["tri-hebergeur"]);
    assert!(!page.text().contains("attend un filtre plus étroit"));
    // The header says it in words, for who does not see.
    let page = browser.get("/sejours").await.ok();
    assert!(page.texts("a#tri-hebergeur")[0].contains("10 000 lignes ou moins"), "{:?}", page.texts("a#tri-hebergeur"));
}
