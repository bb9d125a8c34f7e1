//! Lists: rows first, the count after, the same number of statements whatever the rows.

use gardel::comptes::Role;
use gardel::listing::{Kind, Narrowed, Query, Resolved};
use gardel::platform::token::SigningKey;
use gardel::web::LISTS;
use rocket::http::Status;

use crate::exports::many_rows;
use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::droits::{opens, reader};

#[rocket::async_test]
async fn every_list_opens_as_page_fragment_and_count() {
    let app = App::new().await;
    let everybody = [app.agent(RIVIERA).await, app.everywhere().await, app.exploitant().await];
    let roles = [Role::Agent, Role::Administrateur, Role::Exploitant];
    for list in LISTS {
        for (browser, role) in everybody.iter().zip(roles) {
            let expected = if opens(list, role) { Status::Ok } else { Status::Forbidden };
            for path in [format!("/{}", list.name), format!("/{}/compte", list.name), format!("/{}/facettes", list.name)] {
                assert_eq!(browser.get(&path).await.status, expected, "{path} {role:?}");
                assert_eq!(browser.fragment(&path).await.status, expected, "fragment {path} {role:?}");
            }
        }
        let page = everybody[1].get(&format!("/{}", list.name)).await.ok();
        assert_eq!(page.texts("h1"), [list.title]);
        let fragment = everybody[1].fragment(&format!("/{}", list.name)).await.ok();
        assert!(fragment.text().starts_with("<div id=\"liste\""), "the fragment is the part only");
    }
}

#[rocket::async_test]
async fn a_page_costs_the_same_statements_whatever_its_rows() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    for list in LISTS.iter().filter(|list| opens(list, Role::Administrateur)) {
        // Reference data of the forms is read once a minute.
        browser.get(&format!("/{}", list.name)).await.ok();
        let mut costs = Vec::new();
        for size in [10, 200] {
            let before = app.context.db.statements();
            browser.get(&format!("/{}?taille={size}", list.name)).await.ok();
            costs.push(app.context.db.statements() - before);
        }
        assert_eq!(costs[0], costs[1], "{}", list.name);
        assert!(costs[0] <= 3, "{}: {} statements", list.name, costs[0]);
        if !list.domains.is_empty() {
            let before = app.context.db.statements();
            browser.get(&format!("/{}?taille=200", list.name)).await.ok();
            assert_eq!(app.context.db.statements() - before, 1, "{}: a cached page costs the session only", list.name);
        }
    }
}

#[test]
fn no_count_stands_on_the_row_path() {
    let key = SigningKey::from_bytes(b"test");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).expect("a real day");
    let reader = reader(1, Role::Administrateur, vec!["97113".into(), "97125".into()], vec![1]);
    for list in LISTS {
        let every: Vec<&str> = list.columns.iter().map(|column| column.name).collect();
        for question in ["", "fin=1", &format!("colonnes={}", every.join("."))] {
            let query = Query::parse(list, question, today, &key).expect("a question on offer");
            let narrowed = Narrowed { query: &query, reader: &reader, resolved: Resolved::default() };
            let sql = narrowed.page().expect("a statement").sql.to_lowercase();
            assert!(!sql.contains("count("), "{}: {sql}", list.name);
            assert!(!sql.contains("offset"), "{}: {sql}", list.name);
        }
    }
}

#[test]
fn no_list_shows_a_secret() {
    for list in LISTS {
        for column in list.columns {
            // The table of the tokens and the word for one are no token; the value of a tariff is public.
            let mut sql = column.sql.to_lowercase().replace("from jeton_api", "").replace("'jeton'", "");
            if ["tarif", "deliberation"].contains(&list.table) {
                sql = sql.replace("b.valeur", "").replace("t.valeur", "");
            }
            for secret in ["mot_de_passe", "empreinte", "jeton", "secret", "valeur", "payload"] {
                assert!(!sql.contains(secret), "{}.{} reads {secret}", list.name, column.name);
            }
        }
        assert!(!list.joins.to_lowercase().contains("invitation") && !list.joins.to_lowercase().contains("session"));
        assert!(!["session", "invitation", "secret", "frein_connexion"].contains(&list.table));
    }
}

#[test]
fn declarations_hold_together() {
    for list in LISTS {
        assert!(list.columns[0].link.is_some(), "{}: the first column leads to the file", list.name);
        for column in list.columns {
            assert!(
                column.sort.is_none_or(|name| list.sorts.iter().any(|sort| sort.name == name)),
                "{}.{} offers an unknown sort",
                list.name,
                column.name
            );
        }
        for sort in list.sorts {
            assert!(sort.led_by.iter().all(|name| list.filter(name).is_some()), "{}: sort {} is led by an unknown filter", list.name, sort.name);
            assert!(!matches!(sort.kind, Kind::Bool | Kind::Progress));
        }
    }
}

#[rocket::async_test]
async fn the_count_is_exact_then_says_it_is_an_estimate() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let total: i64 = app.one("SELECT count(*) FROM sejour").await;
    let page = browser.fragment("/sejours/compte").await.ok();
    assert_eq!(page.texts("#compte strong"), ["2 000 séjours"]);
    assert_eq!(total, 2_000);
    assert!(page.text().contains("hx-swap-oob"), "the live region is told");

    // 12,000 more: above the bound.
    app.run_sql(
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
         SELECT 'hote', 'x' || g, l.id, l.code_insee, '2026-01-01', '2026-01-02', 1, 4, 4, 100, 100
         FROM generate_series(1, 12000) g, (SELECT id, code_insee FROM logement LIMIT 1) l",
    )
    .await;
    app.run_sql("ANALYZE sejour").await;
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    let page = browser.fragment("/sejours/compte").await.ok();
    assert!(page.texts("#compte strong")[0].starts_with("Environ 14"), "{:?}", page.texts("#compte"));
    assert!(page.texts("#compte")[0].contains("estimation"));
    let exact = browser.fragment("/sejours/compte?exact=1").await.ok();
    assert_eq!(exact.texts("#compte strong"), ["14 000 séjours"]);
}

#[rocket::async_test]
async fn filters_show_what_they_say() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let cases: &[(&str, &'static str)] = &[
        ("/sejours?statut=conteste", "SELECT count(*) FROM sejour WHERE statut = 'conteste'"),
        ("/sejours?commune=97113&statut=a_verifier", "SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'"),
        ("/sejours?epci=249710047", "SELECT count(*) FROM sejour JOIN commune USING (code_insee) WHERE epci_siren = '249710047'"),
        ("/sejours?periode=mois_dernier", "SELECT count(*) FROM sejour WHERE date_debut BETWEEN '2026-10-01' AND '2026-10-31'"),
        ("/sejours?debut_min=01/03/2026&debut_max=2026-03-31", "SELECT count(*) FROM sejour WHERE date_debut BETWEEN '2026-03-01' AND '2026-03-31'"),
        ("/sejours?montant_min=50&montant_max=100,50", "SELECT count(*) FROM sejour WHERE montant BETWEEN 5000 AND 10050"),
        ("/sejours?collecteur=airbnb&nature=4", "SELECT count(*) FROM sejour WHERE collecteur = 'airbnb' AND nature_id = 4"),
        ("/logements?categorie=9", "SELECT count(*) FROM logement WHERE categorie_id = 9"),
        ("/logements?actif=false", "SELECT count(*) FROM logement WHERE NOT actif"),
        ("/hebergeurs?type=professionnel", "SELECT count(DISTINCT hebergeur_id) FROM hebergeur_commune WHERE type = 'professionnel'"),
        ("/communes?epci=249710070", "SELECT count(*) FROM commune WHERE epci_siren = '249710070'"),
    ];
    for (path, sql) in cases {
        let expected: i64 = app.one(sql).await;
        let count = browser.fragment(&path.replacen('?', "/compte?", 1)).await.ok().texts("#compte strong").join("");
        let digits: String = count.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits.parse::<i64>().unwrap_or(0), expected, "{path}: {count}");
        let rows = browser.get(&format!("{path}&taille=200")).await.ok().rows();
        assert_eq!(rows.len() as i64, expected.min(200), "{path}");
    }
}

#[rocket::async_test]
async fn search_ignores_accents_case_and_typos() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    app.run_sql("UPDATE logement SET nom = 'Villa Éphémère du Lamentin', adresse = 'rue Zéphyr' WHERE id = (SELECT min(id) FROM logement)").await;
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    let id: i64 = app.one("SELECT min(id) FROM logement").await;
    for words in ["%C3%A9ph%C3%A9m%C3%A8re", "EPHEMERE", "ephemre", "Villa+ephemere", "zephir"] {
        let rows = browser.get(&format!("/logements?q={words}&taille=200")).await.ok().rows();
        assert!(rows.contains(&id.to_string()), "{words}: {rows:?}");
    }
    assert!(browser.get("/logements?q=xylophoniste").await.ok().rows().is_empty());
    // The same words find the stays of that lodging.
    let stays = browser.get("/sejours?q=ephemere").await.ok().rows();
    let expected: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sejour WHERE logement_id = $1").bind(id).fetch_one(app.pool()).await.expect("a count");
    assert_eq!(stays.len() as i64, expected.min(50));
}

#[rocket::async_test]
async fn a_word_that_thousands_hold_leads_nowhere_and_says_where_to_go() {
    let app = App::new().await;
    app.run_sql(
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT 'MOT-' || n, (SELECT min(id) FROM hebergeur), '97113', CASE WHEN n <= 6000 THEN 'Abri ' ELSE 'Zénith ' END || n,
             CASE WHEN n = 11000 THEN 'rue Quincaillerie' ELSE '' END, (SELECT min(id) FROM nature), (SELECT max(id) FROM categorie), 2
         FROM generate_series(1, 12000) n",
    )
    .await;
    app.run_sql("ANALYZE logement").await;
    let browser = app.agent(LE_GOSIER).await;
    // Six thousand rows come before the first of those: the walk ends there, and offers the way.
    let page = browser.get("/logements?q=zenith&tri=nom").await.ok();
    assert!(page.rows().is_empty() && page.text().contains("s'est arrêtée en chemin"));
    let way = page.pager("p-mots").expect("a way to the rows that begin with the word");
    let page = browser.get(&way).await.ok();
    assert_eq!(page.rows().len(), 50);
    assert!(page.texts("tbody th, tbody td").iter().any(|cell| cell.starts_with("Zénith")));
    // Beside a rare word, or another common one, the index answers.
    assert_eq!(browser.get("/logements?q=zenith+quincaillerie").await.ok().rows().len(), 1);
    assert!(browser.get("/logements?q=zenith+abri").await.ok().rows().is_empty());
}

#[rocket::async_test]
async fn columns_and_order_are_the_person_s() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let page = browser.get("/sejours?colonnes=montant&colonnes=commune&tri=montant").await.ok();
    assert_eq!(page.texts("thead th").len(), 3, "the first column stays: {:?}", page.texts("thead th"));
    assert_eq!(page.attributes("thead th[aria-sort=ascending]", "aria-sort").len(), 1);
    // Every header sorts, whatever the filter.
    let page = browser.get("/sejours?nature=4").await.ok();
    assert_eq!(page.attributes("thead th a.tri", "href").len(), page.texts("thead th").len());
    // An amount filter brings its own sort along.
    let page = browser.get("/sejours?montant_min=10").await.ok();
    assert_eq!(page.attributes("th[aria-sort=descending] a", "id"), ["tri-montant"]);
}

#[rocket::async_test]
async fn facets_count_what_each_choice_would_leave() {
    let app = App::new().await;
    let browser = app.agent(RIVIERA).await;
    let fragment = browser.fragment("/sejours/facettes?statut=valide&commune=97113").await.ok();
    assert!(fragment.text().starts_with("<section id=\"facettes\""));
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'conteste'").await;
    let shown = fragment.texts("#facettes li");
    let says = |label: &str, rows: i64| shown.iter().any(|text| text.starts_with(&format!("{label} {rows} · ")) && text.ends_with('€'));
    assert!(says("Contesté", expected), "its own filter does not count: {shown:?}");
    let airbnb: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'valide' AND collecteur = 'airbnb'").await;
    assert!(says("Airbnb", airbnb), "the other filters do: {shown:?}");
    let links = fragment.attributes("#facettes a", "href");
    for link in links.iter().filter(|link| link.contains("statut=")).take(4) {
        browser.get(link).await.ok();
    }
    let (hits, misses) = app.context.cache.counts();
    browser.get("/sejours/facettes?commune=97113&statut=valide").await.ok();
    assert_eq!(app.context.cache.counts(), (hits + 1, misses), "kept, whatever the order of the parameters");
}

/// Expected totals are read by plain statements, from the same question written by hand.
#[rocket::async_test]
async fn totals_are_those_of_the_filter() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let expected: (i64, i64) = sqlx::query_as(
        "SELECT sum(montant)::bigint, sum(nb_nuits)::bigint FROM sejour WHERE code_insee = '97113' AND statut = 'valide' AND montant >= 1000",
    )
    .fetch_one(app.pool())
    .await
    .expect("the sums");
    assert!(expected.0 > 0 && expected.1 > 0, "there is something to add up");
    let counted = browser.fragment("/sejours/compte?statut=valide&montant_min=10").await.ok();
    // As texts are read from a page: any space is a space.
    let read = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(counted.texts("#total-montant"), [read(gardel::ui::format::money(expected.0))]);
    assert_eq!(counted.texts("#total-nuits"), [read(gardel::ui::format::integer(expected.1))]);
    let page = browser.get("/sejours/compte?statut=valide&montant_min=10").await.ok();
    assert!(page.texts("dd").contains(&read(gardel::ui::format::money(expected.0))), "and on the page without JavaScript");
    // Where the totals go is there with the rows; a list that adds nothing up has no foot.
    assert_eq!(browser.get("/sejours?statut=valide").await.ok().texts("tfoot #total-montant"), ["…"]);
    assert!(browser.get("/communes").await.ok().texts("tfoot").is_empty());
    // By commune, month and collector, in rows and euros.
    let facets = app.everywhere().await.fragment("/sejours/facettes?statut=conteste").await.ok();
    let (rows, cents): (i64, i64) =
        sqlx::query_as("SELECT count(*), sum(montant)::bigint FROM sejour WHERE code_insee = '97113' AND statut = 'conteste'")
            .fetch_one(app.pool())
            .await
            .expect("a share");
    let share = read(format!("{} · {}", gardel::ui::format::integer(rows), gardel::ui::format::money(cents)));
    assert!(facets.texts(".facettes li").iter().any(|text| text.starts_with("Le Gosier") && text.ends_with(&share)), "{share}: {}", facets.text());
}

/// Ten thousand rows are counted; one more is about ten thousand.
#[rocket::async_test]
async fn the_last_row_that_is_counted() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let before: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    many_rows(&app, 10_000 - before).await;
    let shown = async |address: &str| browser.fragment(address).await.ok().texts("#compte").join(" ");
    let exact = shown("/sejours/compte").await;
    assert!(exact.contains("10 000") && !exact.contains("nviron"), "{exact}");
    app.run_sql(
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
         SELECT collecteur, 'dernier', logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base
         FROM sejour WHERE reference = 'n1'",
    )
    .await;
    // Another question of the same rows: the answer before is kept.
    let about = shown("/sejours/compte?debut_min=01/01/1990").await;
    assert!(about.contains("nviron") && about.contains("Compter exactement"), "{about}");
}
