//! Cursors: the union of the pages is the set, in order, without gap or repeat, both ways.

use gardel::comptes::Role;
use gardel::web::LISTS;
use sqlx::AssertSqlSafe;

use crate::support::droits::{opens, reader};
use crate::support::lettres::letters;
use crate::support::{App, Browser};

/// Follows a link of the pager to the end; returns every row met.
pub async fn walk(browser: &Browser<'_>, start: &str, link: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let mut path = start.to_string();
    for _ in 0..1_000 {
        let page = browser.get(&path).await.ok();
        let shown = page.rows();
        if link == "p-precedente" {
            rows.splice(0..0, shown);
        } else {
            rows.extend(shown);
        }
        match page.pager(link) {
            Some(next) => path = next,
            None => return rows,
        }
    }
    panic!("the pager of {start} never ends");
}

#[rocket::async_test]
async fn the_pages_are_the_set_for_every_sort_of_every_list() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    // Ties and NULLs everywhere they may be.
    app.run_sql("UPDATE sejour SET date_perception = NULL WHERE id % 3 = 0").await;
    app.run_sql("UPDATE logement SET classe_le = NULL, classe_jusqu_au = NULL WHERE id % 2 = 0").await;
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role, connecte_le) SELECT 'u' || g || '@t.gp', 'Même nom', 'agent', CASE WHEN g % 2 = 0 THEN now() END FROM generate_series(1, 60) g").await;
    app.run_sql("INSERT INTO utilisateur_collectivite SELECT u.id, (SELECT id FROM collectivite WHERE siren = '219711132') FROM utilisateur u WHERE courriel LIKE 'u%@t.gp'").await;
    app.run_sql("INSERT INTO journal (action, collectivite_id, moment) SELECT 'export', (SELECT id FROM collectivite WHERE siren = '219711132'), '2026-11-20'::timestamptz + (g / 3) * interval '1 second' FROM generate_series(1, 70) g").await;
    app.run_sql("INSERT INTO job (queue, name, title, collectivite_id) SELECT 'exports', 'essai', 'Essai', (SELECT id FROM collectivite WHERE siren = '219711132') FROM generate_series(1, 70) g").await;
    app.run_sql("INSERT INTO action (jeton, liste, nom, libelle, valeur, requete, filtres, jour, etendue, instantane, demandeur_id, collectivite_id, confirmees, annulable_jusqu_au) SELECT 'essai-' || g, 'sejours', 'valider', 'Valider', 'valide', '', '', '2026-11-20', 'filtre', '1:1:', (SELECT max(id) FROM utilisateur WHERE role = 'administrateur'), (SELECT id FROM collectivite WHERE siren = '219711132'), 1, now() FROM generate_series(1, 70) g").await;
    app.run_sql("INSERT INTO import (genre, demandeur_id, collectivite_id, nom, octets, sha256, chemin, examen, etat, lues, nouvelles, changees, identiques, refusees) SELECT (ARRAY['hebergeurs','logements'])[1 + g % 2], (SELECT max(id) FROM utilisateur WHERE role = 'administrateur'), (SELECT id FROM collectivite WHERE siren = '219711132'), 'fichier ' || g, g, encode(sha256(g::text::bytea), 'hex'), 'x', '{\"lecture\":{\"nature\":\"texte\",\"encodage\":\"utf8\",\"separateur\":\";\",\"guillemet\":null,\"titre\":0,\"entete\":true,\"colonnes\":[]},\"titres\":[],\"premieres\":[],\"entier\":true,\"feuilles\":[],\"membres\":[],\"essais\":[],\"avertissements\":[],\"doutes\":[]}', (ARRAY['termine','termine','annule','a_confirmer'])[1 + g % 4], g % 500, g % 70, g % 30, g % 50, g % 20 FROM generate_series(1, 70) g").await;
    app.run_sql("INSERT INTO import_ligne (import_id, demandeur_id, collectivite_id, rang, ligne, verdict, etat, liste, nom, reference) SELECT i.id, i.demandeur_id, i.collectivite_id, g, g + 2, (ARRAY['nouvelle','changee','identique','refusee'])[1 + g % 4], (ARRAY['prevue','ecrite','ecrite'])[1 + g % 3], i.genre, 'Nom ' || g, 'HEB-' || g FROM import i, generate_series(0, 2) g").await;
    app.run_sql("INSERT INTO import_anomalie (import_id, demandeur_id, collectivite_id, rang, ligne, gravite, code, colonne, contenu, message) SELECT i.id, i.demandeur_id, i.collectivite_id, g, g + 2, (ARRAY['refus','avertissement'])[1 + g % 2], 'VAL-06', 'Courriel', 'x' || g, 'Message ' || g FROM import i, generate_series(0, 1) g").await;
    app.run_sql("INSERT INTO import_profil (genre, nom, auteur_id, collectivite_id, contenu, colonnes) SELECT 'hebergeurs', 'Profil ' || g, (SELECT max(id) FROM utilisateur WHERE role = 'administrateur'), (SELECT id FROM collectivite WHERE siren = '219711132'), '{}', g % 9 FROM generate_series(1, 70) g").await;
    app.run_sql("INSERT INTO jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, expire_le) SELECT (SELECT max(id) FROM utilisateur WHERE role = 'administrateur'), c.id, 'Essai', 'personnel', sha256(g::text::bytea), 'gardel_x', '{\"taxe\": 1}', ARRAY[c.id], now() + interval '1 day' FROM generate_series(1, 70) g JOIN collectivite c ON c.siren = '219711132'").await;
    letters(&app).await;
    for list in LISTS.iter().filter(|list| opens(list, Role::Administrateur)) {
        let all = browser.get(&format!("/{}", list.name)).await.ok();
        assert!(!all.rows().is_empty(), "{} has rows", list.name);
        let filter = if list.name == "sejours" { "&commune=97113" } else { "" };
        // Pages enough for every passage from one to the next; a hundred say no more than thirty.
        let counted = AssertSqlSafe(format!("SELECT count(*) FROM {}", list.table));
        let rows: i64 = sqlx::query_scalar(counted).fetch_one(app.pool()).await.expect("a count");
        let size = (rows / 30).clamp(17, 97);
        for sort in list.sorts {
            for direction in ["", "-"] {
                let start = format!("/{}?tri={direction}{}&taille={size}{filter}", list.name, sort.name);
                let forwards = walk(&browser, &start, "p-suivante").await;
                let mut unique = forwards.clone();
                unique.sort();
                unique.dedup();
                assert_eq!(unique.len(), forwards.len(), "{start}: a row came twice");
                let backwards = walk(&browser, &format!("{start}&fin=1"), "p-precedente").await;
                assert_eq!(forwards, backwards, "{start}: forwards and backwards differ");
            }
        }
    }
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    let met = walk(&browser, "/sejours?tri=perception&taille=50&commune=97113", "p-suivante").await;
    assert_eq!(met.len() as i64, expected, "no row is missing, with or without a date");
}

#[rocket::async_test]
async fn the_order_is_that_of_the_base_and_empty_values_come_last() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    app.run_sql("UPDATE sejour SET date_perception = NULL WHERE id % 3 = 0").await;
    for (tri, sql) in [
        (
            "-perception",
            "SELECT id::text AS cle FROM sejour WHERE code_insee = '97113' ORDER BY date_perception IS NULL, date_perception DESC, id DESC",
        ),
        ("perception", "SELECT id::text AS cle FROM sejour WHERE code_insee = '97113' ORDER BY date_perception IS NULL, date_perception, id"),
        ("-montant", "SELECT id::text AS cle FROM sejour WHERE code_insee = '97113' ORDER BY montant DESC, id DESC"),
    ] {
        let expected: Vec<String> = sqlx::query_scalar(sql).fetch_all(app.pool()).await.expect("rows");
        let met = walk(&browser, &format!("/sejours?tri={tri}&taille=40&commune=97113"), "p-suivante").await;
        assert_eq!(met, expected, "{tri}");
    }
}

#[rocket::async_test]
async fn many_branches_give_the_same_rows_as_few() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    // A word of a hundred lodgings, gone through by a lateral join instead of a union. Stays of one
    // day, or of one lodging, are in places more than a page.
    app.run_sql("UPDATE logement SET nom = 'Mabouya ' || id WHERE id <= 100").await;
    app.run_sql("UPDATE sejour SET date_fin = date_fin + (date '2026-07-14' - date_debut), date_debut = '2026-07-14' WHERE id % 7 = 0").await;
    let found =
        "FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE (l.mots @@ mots_cherches('mabouya') OR h.mots @@ mots_cherches('mabouya'))";
    let counted = format!("SELECT count(*) {found}");
    let lodgings: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(counted)).fetch_one(app.pool()).await.expect("a count");
    assert!((65..=500).contains(&lodgings), "{lodgings} branches: neither written one by one, nor too many to list");
    for (tri, order) in [("-debut", "DESC"), ("debut", "ASC")] {
        let sql = format!("SELECT id::text AS cle FROM sejour WHERE logement_id IN (SELECT l.id {found}) ORDER BY date_debut {order}, id {order}");
        let expected: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(app.pool()).await.expect("rows");
        for size in [10, 100] {
            let start = format!("/sejours?q=mabouya&tri={tri}&taille={size}");
            assert_eq!(walk(&browser, &start, "p-suivante").await, expected, "{start}");
            assert_eq!(walk(&browser, &format!("{start}&fin=1"), "p-precedente").await, expected, "{start}, from the end");
        }
    }
}

#[rocket::async_test]
async fn going_to_a_value_and_losing_the_anchor() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let page = browser.get("/sejours?tri=debut&vers=01/06/2026&colonnes=debut").await.ok();
    let first: String = app.one("SELECT to_char(min(date_debut), 'DD/MM/YYYY') FROM sejour WHERE date_debut >= '2026-06-01'").await;
    assert_eq!(page.texts("tbody tr:first-child td")[0], first);
    assert!(page.pager("p-precedente").is_some(), "one can go back before it");

    // The row that anchors a cursor is deleted: the next page begins where it would have.
    let page = browser.get("/sejours?tri=-debut&taille=10").await.ok();
    let (rows, next) = (page.rows(), page.pager("p-suivante").expect("a next page"));
    let after = browser.get(&next).await.ok().rows();
    sqlx::query("DELETE FROM sejour WHERE id = $1").bind(rows[9].parse::<i64>().expect("an id")).execute(app.pool()).await.expect("deleted");
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    assert_eq!(browser.get(&next).await.ok().rows(), after);
}

/// The filters of the first page are those of the next ones, and of the export.
#[rocket::async_test]
async fn filters_hold_from_page_to_page() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    for (question, sql) in [
        ("montant_min=20&montant_max=60,50", "SELECT id::text AS cle FROM sejour WHERE montant BETWEEN 2000 AND 6050 ORDER BY montant DESC, id DESC"),
        (
            "debut_min=01/01/2026&debut_max=30/06/2026",
            "SELECT id::text AS cle FROM sejour WHERE date_debut BETWEEN '2026-01-01' AND '2026-06-30' ORDER BY date_debut DESC, id DESC",
        ),
    ] {
        let expected: Vec<String> = sqlx::query_scalar(sql).fetch_all(app.pool()).await.expect("rows");
        let met = walk(&browser, &format!("/sejours?{question}&taille=30"), "p-suivante").await;
        assert_eq!(met, expected, "{question}");
        let asked = browser.get(&format!("/sejours?{question}")).await.ok().attributes("form.export input[name=requete]", "value");
        let export = browser.export("sejours", &asked[0], "csv_fr").await;
        app.run_jobs().await;
        let file = browser.get(&format!("{export}/fichier")).await.ok();
        assert_eq!(file.text().lines().count(), expected.len() + 1, "{question}");
    }
}

#[rocket::async_test]
async fn ranks_are_told_when_known() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let page = browser.get("/sejours").await.ok();
    assert_eq!(page.texts(".rangs"), ["Lignes 1 à 50"]);
    let second = browser.get(&page.pager("p-suivante").expect("a next page")).await.ok();
    assert_eq!(second.texts(".rangs"), ["Lignes 51 à 100"]);
    let back = browser.get(&second.pager("p-precedente").expect("a page before")).await.ok();
    assert_eq!(back.texts(".rangs"), ["Lignes 1 à 50"]);
    assert_eq!(back.rows(), page.rows());
}

/// Filters that no index serves together are walked through by parts of bounded length: the parts are
/// still the set, both ways, whatever their length.
#[rocket::async_test]
async fn walks_cut_short_go_on_where_they_stopped() {
    use gardel::listing::{Page, Position, Query};
    use gardel::platform::token::SigningKey;
    let app = App::new().await;
    app.run_sql("UPDATE sejour SET date_perception = NULL WHERE id % 3 = 0").await;
    let communes: Vec<String> =
        sqlx::query_scalar("SELECT code_insee FROM commune ORDER BY 1 LIMIT 5").fetch_all(app.pool()).await.expect("communes");
    let collectivites: Vec<i32> = sqlx::query_scalar("SELECT id FROM collectivite ORDER BY 1").fetch_all(app.pool()).await.expect("collectivités");
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role, actif) SELECT 'w' || g || '@t.gp', 'Nom ' || g % 7, (ARRAY['agent','administrateur'])[1 + g % 2], g % 3 > 0 FROM generate_series(1, 60) g").await;
    app.run_sql("INSERT INTO utilisateur_collectivite SELECT u.id, 1 + u.id % 5 FROM utilisateur u").await;
    let reader = reader(0, Role::Administrateur, communes.clone(), collectivites);
    let (key, today) = (SigningKey::from_bytes(b"test"), app.context.clock.today());
    for (list, raw, sql) in [
        (
            "sejours",
            "tri=-debut&statut=valide&collecteur=airbnb",
            "SELECT id::text AS cle FROM sejour WHERE statut = 'valide' AND collecteur = 'airbnb' AND code_insee = ANY($1) ORDER BY date_debut DESC, id DESC",
        ),
        (
            "sejours",
            "tri=debut&statut=rejete&nature=4&commune=97101",
            "SELECT id::text AS cle FROM sejour WHERE statut = 'rejete' AND nature_id = 4 AND code_insee = '97101' AND code_insee = ANY($1) ORDER BY date_debut, id",
        ),
        (
            "sejours",
            "tri=montant&statut=a_verifier&collecteur=hote",
            "SELECT id::text AS cle FROM sejour WHERE statut = 'a_verifier' AND collecteur = 'hote' AND code_insee = ANY($1) ORDER BY montant, id",
        ),
        (
            "logements",
            "tri=-capacite&nature=4&categorie=9",
            "SELECT id::text AS cle FROM logement WHERE nature_id = 4 AND categorie_id = 9 AND code_insee = ANY($1) ORDER BY capacite DESC, id DESC",
        ),
        (
            "logements",
            "tri=classement&nature=4&actif=true",
            "SELECT id::text AS cle FROM logement WHERE nature_id = 4 AND actif AND code_insee = ANY($1) ORDER BY classe_jusqu_au IS NULL, classe_jusqu_au, id",
        ),
        // Rows without the value that is asked for, met in the middle of a walk and at its end.
        (
            "sejours",
            "tri=debut&perception_min=2020-01-01&commune=97101",
            "SELECT id::text AS cle FROM sejour WHERE date_perception >= '2020-01-01' AND code_insee = '97101' AND code_insee = ANY($1) ORDER BY date_debut, id",
        ),
        (
            "logements",
            "tri=nom&classe_le_min=2020-01-01&categorie=3",
            "SELECT id::text AS cle FROM logement WHERE classe_le >= '2020-01-01' AND categorie_id = 3 AND code_insee = ANY($1) ORDER BY nom, id",
        ),
        (
            "utilisateurs",
            "tri=nom&role=agent&actif=true",
            "SELECT id::text AS cle FROM utilisateur WHERE role = 'agent' AND actif AND EXISTS (SELECT 1 FROM utilisateur_collectivite WHERE utilisateur_id = id) AND $1::text[] IS NOT NULL ORDER BY nom, id",
        ),
    ] {
        let expected: Vec<String> = sqlx::query_scalar(sql).bind(&communes).fetch_all(app.pool()).await.expect("rows");
        let list = LISTS.iter().find(|known| known.name == list).expect("a list");
        for (reach, size) in [(2, 20), (9, 10), (500, 50)] {
            let mut query = Query::parse(list, &format!("{raw}&taille={size}"), today, &key).expect(raw);
            query.reach = Some(reach);
            for backwards in [false, true] {
                let mut met = Vec::new();
                let mut parts = 0;
                query.position = if backwards { Position::Last } else { Position::First };
                loop {
                    let page = Page::fetch(&app.context.db, &app.context.choices, &query, &reader).await.expect("a page");
                    assert!(page.rows.len() <= size);
                    let ids: Vec<String> = page.rows.iter().map(|row| row.id.clone()).collect();
                    if backwards {
                        met.splice(0..0, ids);
                    } else {
                        met.extend(ids);
                    }
                    parts += 1;
                    assert!(parts < 100_000, "{raw}: the walk never ends");
                    match if backwards { page.previous } else { page.next } {
                        Some(onwards) => query.position = onwards,
                        None => break,
                    }
                }
                let differs = met.iter().zip(&expected).position(|(met, expected)| met != expected);
                assert_eq!((met.len(), differs), (expected.len(), None), "{raw}, {reach} rows at once, backwards: {backwards}");
                assert_eq!(met, expected);
            }
        }
    }
}

/// While rows come, go and move between two pages, those that stay are met once each, in order.
#[rocket::async_test]
async fn pages_hold_while_rows_change_beside() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    app.run_sql("UPDATE sejour SET date_perception = NULL WHERE id % 3 = 0").await;
    let mut seed = 971_u64;
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for (tri, column) in [("-debut", "date_debut"), ("montant", "montant"), ("perception", "date_perception"), ("-perception", "date_perception")] {
        let before: Vec<String> = ids(&app, "SELECT id::text FROM sejour WHERE code_insee = '97113'").await;
        let mut touched: Vec<String> = Vec::new();
        let mut met: Vec<String> = Vec::new();
        let mut path = format!("/sejours?tri={tri}&taille=11&commune=97113");
        loop {
            let page = browser.get(&path).await.ok();
            met.extend(page.rows());
            // The row that the next page begins after, one shown before it, and one taken anywhere.
            let anchor = met.last().cloned();
            let shown = (!met.is_empty()).then(|| met[next(met.len())].clone());
            let any = Some(before[next(before.len())].clone());
            let victim = [anchor, shown, any][next(3)].clone().expect("a commune with rows");
            let change = match next(4) {
                0 => format!("DELETE FROM sejour WHERE id = {victim}"),
                1 if column == "date_debut" => format!("UPDATE sejour SET date_debut = date_debut - 40, date_fin = date_fin - 40 WHERE id = {victim}"),
                1 if column == "montant" => format!("UPDATE sejour SET montant_base = montant_base * 3 % 9999 WHERE id = {victim}"),
                1 => format!("UPDATE sejour SET date_perception = CASE WHEN date_perception IS NULL THEN '2026-05-05'::date END WHERE id = {victim}"),
                // A copy of a row: a new one with the same sort value.
                _ => format!(
                    "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, date_perception, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base)
                     SELECT collecteur, 'copie-' || id || '-' || (SELECT max(id) FROM sejour), logement_id, code_insee, date_debut, date_fin, date_perception, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base
                     FROM sejour WHERE id = {victim}"
                ),
            };
            if !change.starts_with("INSERT") {
                touched.push(victim);
            }
            // A direct write bumps nothing: the next page is another address, never cached.
            sqlx::query(sqlx::AssertSqlSafe(change)).execute(app.pool()).await.expect("changed");
            match page.pager("p-suivante") {
                Some(onwards) => path = onwards,
                None => break,
            }
        }
        let still: Vec<&String> = met.iter().filter(|id| before.contains(id) && !touched.contains(id)).collect();
        let mut once: Vec<&String> = still.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), still.len(), "{tri}: a row that did not move came twice");
        let mut expected: Vec<&String> = before.iter().filter(|id| !touched.contains(id)).collect();
        expected.sort();
        assert_eq!(once, expected, "{tri}: a row that did not move was missed");
        let direction = if tri.starts_with('-') { "DESC" } else { "ASC" };
        let order =
            format!("SELECT id::text AS cle FROM sejour WHERE code_insee = '97113' ORDER BY {column} IS NULL, {column} {direction}, id {direction}");
        let order: Vec<String> = ids(&app, &order).await;
        let order: Vec<&String> = order.iter().filter(|id| still.contains(id)).collect();
        assert_eq!(still, order, "{tri}: out of order");
    }
}

async fn ids(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_all(app.pool()).await.expect("rows")
}

#[rocket::async_test]
async fn a_rank_is_that_of_one_question_and_one_perimeter() {
    let app = App::new().await;
    let (everywhere, agent) = (app.everywhere().await, app.agent(crate::support::app::LE_GOSIER).await);
    let next = everywhere.get("/sejours?tri=-montant&taille=40").await.ok().attributes("#p-suivante", "href").remove(0);
    let ranks = async |browser: &crate::support::Browser<'_>, path: &str| browser.get(path).await.ok().texts(".rangs").remove(0);
    assert_eq!(ranks(&everywhere, &next).await, "Lignes 41 à 80");
    for (browser, path) in [(&agent, next.clone()), (&everywhere, format!("{next}&statut=valide"))] {
        let told = ranks(browser, &path).await;
        assert!(told.ends_with("affichés"), "{path}: {told}");
    }
}
