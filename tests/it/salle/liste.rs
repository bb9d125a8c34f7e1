//! Page, filters, ranges, orders and count of a list of every kind, over a collectivité.

use rocket::http::Status;

use super::{GARDEL, LIVRAISONS, MONTAGNE, OF_GARDEL, salle, texts, walked, works_at};
use crate::support::app::LE_GOSIER;

/// What is asked, as people type it, and the rows that plain SQL finds.
const QUESTIONS: &[(&str, &str)] = &[
    ("", "true"),
    ("brix_min=12,34", "brix >= 1234"),
    ("brix_max=12.34 °Brix", "brix <= 1234"),
    ("brix_min=9&brix_max=15,5", "brix BETWEEN 900 AND 1550"),
    ("brix=vide", "brix IS NULL"),
    ("tonnage_min=1,005&tonnage_max=20 t", "tonnage BETWEEN 1005 AND 20000"),
    ("tonnage_min=2.5", "tonnage >= 2500"),
    ("camions_min=3&camions_max=5", "camions BETWEEN 3 AND 5"),
    ("montant_min=-1&montant_max=1 000,50 €", "montant BETWEEN -100 AND 100050"),
    ("montant=vide", "montant IS NULL"),
    ("jour_min=1er mars 2026&jour_max=15/03/2026", "jour BETWEEN '2026-03-01' AND '2026-03-15'"),
    ("campagne_min=03/2026&campagne_max=mai 2026", "campagne IN ('2026-03-01', '2026-04-01', '2026-05-01')"),
    ("campagne_min=juin 2026", "campagne = '2026-06-01'"),
    ("campagne=renseigne", "campagne IS NOT NULL"),
    ("pesee_min=05/03/2026&pesee_max=05/03/2026", "pesee_le >= '2026-03-05 00:00-04' AND pesee_le < '2026-03-06 00:00-04'"),
    ("pesee_min=06/03/2026&pesee_max=07/03/2026", "pesee_le >= '2026-03-06 00:00-04' AND pesee_le < '2026-03-08 00:00-04'"),
    ("pesee=vide", "pesee_le IS NULL"),
    ("duree_min=1 h 05&duree_max=2:00", "duree BETWEEN 65 AND 120"),
    ("duree_max=45 min", "duree <= 45"),
    ("etat=pesee&etat=vide", "etat = 'pesee' OR etat IS NULL"),
    ("etat=payee&etat_sauf=1", "etat IS DISTINCT FROM 'payee'"),
    ("observations=vide", "observations IS NULL"),
    ("q=albert", "nom LIKE 'albert%'"),
    ("q=zenon&brix_min=12&duree_min=0:30", "nom LIKE 'Zénon%' AND brix >= 1200 AND duree >= 30"),
];

/// A question as an address holds it.
fn encoded(question: &str) -> String {
    let pairs = question.split('&').filter_map(|pair| pair.split_once('='));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[rocket::async_test]
async fn every_kind_is_asked_by_range_and_counted() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    for (question, sql) in QUESTIONS {
        let asked = encoded(question);
        let expected =
            texts(&app, &format!("SELECT id::text FROM essai_livraison WHERE {OF_GARDEL} AND ({sql}) ORDER BY jour DESC, essai_livraison.id DESC"))
                .await;
        assert!(!expected.is_empty() && (expected.len() < 130 || *sql == "true"), "{question} tells nothing");
        assert_eq!(walked(&browser, &asked).await, expected, "{question}");
        let count = browser.get(&format!("/livraisons/compte?{asked}")).await.ok();
        let told = count.texts("#compte strong").concat().chars().filter(char::is_ascii_digit).collect::<String>();
        assert_eq!(told, expected.len().to_string(), "{question}");
        // Written again by the program, it is the same question: words, chips and fields come from it.
        let page = browser.get(&format!("/livraisons?{asked}")).await.ok();
        let again = page.attributes("#liste thead a", "href").first().cloned().expect("a header that sorts");
        let rows = browser.get(&again).await.ok().rows();
        assert!(rows.iter().all(|row| expected.contains(row)), "{question} became {again}");
    }
}

/// What is wrong is said in French, with how it is typed, beside what was typed.
#[rocket::async_test]
async fn what_is_no_bound_is_refused_with_its_reason() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    for (question, words) in [
        ("brix_min=12,345", "2 chiffres au plus après la virgule"),
        ("brix_min=douze", "n’est pas un nombre"),
        ("tonnage_max=1,2345", "a 4 chiffres après la virgule"),
        ("camions_min=1,5", "n’est pas un nombre entier"),
        ("montant_min=1.234", "deux façons"),
        ("jour_min=31/02/2026", "février 2026 va du 1er au 28"),
        ("campagne_min=15/03/2026", "il a un jour"),
        ("campagne_max=13/2026", "pas de mois 13"),
        ("pesee_min=hier", "n’est pas une date"),
        ("duree_min=65", "65 min ou 65 h"),
        ("duree_max=1:75", "de 0 à 59"),
        ("brix_min=20&brix_max=10", "première borne dépasse la seconde"),
        ("duree_min=3 h&duree_max=1:00", "première borne dépasse la seconde"),
        ("campagne_min=05/2026&campagne_max=03/2026", "première borne dépasse la seconde"),
        ("brix_min=99999999999999999999", "chiffres avant la virgule"),
        ("camions_min=99999999999999999999", "n’est pas un nombre entier"),
    ] {
        browser.get(&format!("/livraisons?{}", encoded(question))).await.refused(Status::BadRequest, words);
    }
    // A whole number that no column holds is a bound like another.
    assert_eq!(
        walked(&browser, "camions_max=9000000000000").await.len(),
        texts(&app, &format!("SELECT 1::text FROM essai_livraison WHERE {OF_GARDEL} AND camions IS NOT NULL")).await.len()
    );
}

/// An instant is asked for by its day in Guadeloupe: half an hour before midnight is the day before, whatever UTC says.
#[rocket::async_test]
async fn days_of_instants_are_those_of_guadeloupe() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    let keys = texts(&app, "SELECT id::text FROM essai_livraison WHERE reference IN ('L0001', 'L0002') ORDER BY reference").await;
    for (day, there) in [("05/03/2026", [true, false]), ("06/03/2026", [false, true])] {
        let rows = walked(&browser, &encoded(&format!("pesee_min={day}&pesee_max={day}"))).await;
        assert_eq!([rows.contains(&keys[0]), rows.contains(&keys[1])], there, "{day}");
    }
    let page = browser.get("/livraisons?colonnes=pesee&pesee_min=2026-03-05&pesee_max=2026-03-05&taille=200").await.ok();
    assert!(page.text().contains("05/03/2026 à 23:30") && !page.text().contains("06/03/2026"));
}

/// The order of each column, by plain SQL.
fn order(name: &str) -> String {
    match name {
        "reference" | "courriel" | "telephone" | "siret" => format!("{name} COLLATE \"C\""),
        "nom" => "nom COLLATE \"fr-x-icu\"".into(),
        "observations" | "bon" => format!("{name} COLLATE \"fr-x-icu\""),
        "pesee" => "pesee_le".into(),
        "etat" => "CASE etat WHEN 'pesee' THEN 'Pesée' WHEN 'refusee' THEN 'Écartée' WHEN 'payee' THEN 'Payée' END COLLATE \"fr-x-icu\"".into(),
        "avancement" => "faites::numeric / total".into(),
        other => other.into(),
    }
}

#[rocket::async_test]
async fn every_column_sorts_both_ways_to_the_end() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    for column in LIVRAISONS.columns {
        let by = order(column.name);
        for (sign, way) in [("", "ASC"), ("-", "DESC")] {
            let sql = format!("SELECT id::text FROM essai_livraison WHERE {OF_GARDEL} ORDER BY {by} {way} NULLS LAST, essai_livraison.id {way}");
            assert_eq!(walked(&browser, &format!("tri={sign}{}", column.name)).await, texts(&app, &sql).await, "{sign}{}", column.name);
        }
    }
}

/// « Aller à » begins at the first row that has the value typed, or the next one.
#[rocket::async_test]
async fn a_place_is_gone_to_as_it_is_typed() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    for (column, typed, sql) in [
        ("brix", "12,34", "brix >= 1234"),
        ("tonnage", "10 t", "tonnage >= 10000"),
        ("camions", "4", "camions >= 4"),
        ("montant", "1 000,00", "montant >= 100000"),
        ("jour", "15 mars 2026", "jour >= '2026-03-15'"),
        ("campagne", "mars 2026", "campagne >= '2026-03-01'"),
        ("pesee", "06/03/2026", "pesee_le >= '2026-03-06 00:00-04'"),
        ("duree", "1 h 05", "duree >= 65"),
        ("bio", "oui", "bio"),
    ] {
        let by = order(column);
        let sql = format!("SELECT id::text FROM essai_livraison WHERE {OF_GARDEL} AND {sql} ORDER BY {by}, essai_livraison.id LIMIT 1");
        let page = browser.get(&format!("/livraisons?{}", encoded(&format!("tri={column}&vers={typed}")))).await.ok();
        assert_eq!(page.rows().first(), texts(&app, &sql).await.first(), "{column} {typed}");
        let shown = page.attributes("#vers", "value").concat();
        let again = browser.get(&format!("/livraisons?{}", encoded(&format!("tri={column}&vers={shown}")))).await.ok();
        assert_eq!(again.rows(), page.rows(), "« {shown} », as the field gives it back");
    }
    browser.get("/livraisons?tri=brix&vers=12,3456").await.refused(Status::BadRequest, "chiffres");
    browser.get("/livraisons?tri=duree&vers=65").await.refused(Status::BadRequest, "65 min ou 65 h");
}

#[rocket::async_test]
async fn a_cell_is_written_as_people_read_it() {
    let app = salle().await;
    let browser = works_at(&app, &[GARDEL]).await;
    app.run_sql(
        "UPDATE essai_livraison SET brix = 1234, tonnage = 1234567, montant = -1250, campagne = '2026-03-01', duree = 65, bio = true, etat = 'refusee',
         faites = 1, total = 3, courriel = 'a.b@exemple.gp', telephone = '06 90 12 34 56', siret = '13002526500013', bon = 'bon.pdf',
         observations = E'Une ligne\\net une autre' WHERE reference = 'L0003'",
    )
    .await;
    let all = LIVRAISONS.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(".");
    let key = texts(&app, "SELECT id::text FROM essai_livraison WHERE reference = 'L0003'").await.concat();
    let page = browser.get(&format!("/livraisons?colonnes={all}&taille=200")).await.ok();
    let cells = page.texts(&format!("#l-{key} th, #l-{key} td"));
    for words in ["12,34 °Brix", "1 234,567 t", "mars 2026", "1 h 05", "Oui", "Écartée", "33 %", "a.b@exemple.gp", "06 90 12 34 56", "bon.pdf"] {
        assert!(cells.iter().any(|cell| cell.replace(['\u{a0}', '\u{202f}'], " ").contains(words)), "{words}: {cells:?}");
    }
    let row = format!("#l-{key} a");
    let links = page.attributes(&row, "href");
    for link in ["mailto:a.b@exemple.gp", "tel:+590690123456", &format!("/livraisons/{key}/bon")] {
        assert!(links.iter().any(|known| known == link), "{link}: {links:?}");
    }
    assert_eq!(page.attributes(&format!("#l-{key} [title]"), "title"), ["Une ligne\net une autre"], "the whole of a long text is at hand");
    // The sums of what adds up are of the same kind.
    let sums: (i64, i64, i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT sum(tonnage)::bigint, sum(camions)::bigint, sum(montant)::bigint, sum(duree)::bigint FROM essai_livraison WHERE {OF_GARDEL}"
    )))
    .fetch_one(app.pool())
    .await
    .expect("sums");
    let told = browser.get("/livraisons/compte").await.ok().text().replace(['\u{a0}', '\u{202f}', ' '], "");
    let hours = format!("{}h{:02}", sums.3 / 60, sums.3 % 60);
    for sum in [format!("{},{:03}t", sums.0 / 1000, sums.0 % 1000), sums.1.to_string(), format!("{},{:02}€", sums.2 / 100, sums.2 % 100), hours] {
        assert!(told.contains(&sum), "{sum}: {told}");
    }
}

/// The rows of a collectivité are its own: in its pages, its counts, its search, and in the box of everything.
#[rocket::async_test]
async fn nobody_meets_the_rows_of_another_place() {
    let app = salle().await;
    let (gardel, montagne, commune) = (works_at(&app, &[GARDEL]).await, works_at(&app, &[MONTAGNE]).await, works_at(&app, &[LE_GOSIER]).await);
    let of = async |siren: &str| {
        texts(&app, &format!("SELECT e.id::text FROM essai_livraison e JOIN collectivite c ON c.id = e.collectivite_id WHERE c.siren = '{siren}' ORDER BY e.jour DESC, e.id DESC")).await
    };
    assert_eq!(walked(&gardel, "").await, of(GARDEL).await);
    assert_eq!(walked(&montagne, "").await, of(MONTAGNE).await);
    assert_eq!(walked(&commune, "").await, Vec::<String>::new());
    let both = works_at(&app, &[GARDEL, MONTAGNE]).await;
    assert_eq!(walked(&both, "").await.len(), 200);
    // « albert 7 » is of the first, « albert 197 » of the second.
    for (browser, sees, not) in [(&gardel, "albert 7", "albert 197"), (&montagne, "albert 197", "albert 7")] {
        assert_eq!(browser.get(&format!("/livraisons?q={}", sees.replace(' ', "+"))).await.ok().text().matches(&format!("{sees}<")).count(), 1);
        for address in ["/livraisons?q=", "/recherche?q="] {
            let page = browser.get(&format!("{address}{}", not.replace(' ', "+"))).await.ok();
            assert!(!page.text().contains(format!("{not}<")), "{address}{not}");
        }
        assert!(browser.get(&format!("/recherche?q={}", sees.replace(' ', "+"))).await.ok().text().contains(sees), "{sees}");
    }
}
