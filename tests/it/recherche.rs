//! Search finds what people hold in their hand, whatever its spaces, dashes and accents; and a place past the end of a
//! list, or that was emptied since, shows the rows nearest to it and says so.

use gardel::listing::SEARCH_WORDS_MAX;
use rocket::http::Status;

use crate::support::App;
use crate::support::app::{Browser, GRAND_SUD, LE_GOSIER};

/// A host, a lodging and a stay whose keys nobody else has, in Le Gosier.
const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, siret, courriel, telephone, adresse, code_postal, ville, inscrit_le) VALUES
        ('HEB900010', 'Hélène Zandronis', 'particulier', NULL, 'helene.zandronis@exemple.gp', '+590 690 12 34 56', '', '97190', 'Le Gosier', '2024-01-01'),
        ('HEB-900011', 'SARL Quimbaya', 'professionnel', '98765432100019', 'quimbaya@exemple.gp', '05 90 98 76 54', '', '97190', 'Le Gosier', '2024-01-01');
    INSERT INTO logement (reference, numero_enregistrement, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT 'LOG900010', '97113987123QZ', id, '97113', 'Kaz Wobli', '', 4, 9, 2 FROM hebergeur WHERE numero = 'HEB900010';
    INSERT INTO logement (reference, numero_enregistrement, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT 'LOG-900-011', 'FRA97113QZQZ9X9X', id, '97113', 'Kaz Woblette', '', 4, 9, 2 FROM hebergeur WHERE numero = 'HEB-900011';
    INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base)
        SELECT v.collecteur, v.reference, l.id, '97113', v.jour::date, v.jour::date + 3, 2, 4, 9, 10000, 500, 100
        FROM (VALUES ('airbnb', 'HMQZ7K2P9X', '2026-03-01', 'LOG900010'), ('hote', 'LOG900010-0001', '2026-04-01', 'LOG900010'),
                     ('hote', 'QZ-77/2026', '2026-05-01', 'LOG-900-011')) v (collecteur, reference, jour, logement)
        JOIN logement l ON l.reference = v.logement";

async fn with_own_rows() -> App {
    let app = App::new().await;
    for statement in OWN.split(';') {
        app.run_sql(statement).await;
    }
    app
}

fn encoded(words: &str) -> String {
    form_urlencoded::byte_serialize(words.as_bytes()).collect()
}

async fn found(browser: &Browser<'_>, list: &str, words: &str) -> Vec<String> {
    let mut rows = browser.get(&format!("/{list}?q={}&taille=200", encoded(words))).await.ok().rows();
    rows.sort();
    rows
}

async fn keys(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT id::text AS cle FROM {sql} ORDER BY 1"))).fetch_all(app.pool()).await.expect("keys")
}

/// A key is one thing: with spaces, no-break spaces, dashes, points, or nothing between its parts.
#[rocket::async_test]
async fn a_key_is_found_however_it_is_written() {
    let app = with_own_rows().await;
    let here = app.agent(LE_GOSIER).await;
    let elsewhere = app.agent(GRAND_SUD).await;
    let zandronis = "hebergeur WHERE numero = 'HEB900010'";
    let quimbaya = "hebergeur WHERE numero = 'HEB-900011'";
    let wobli = "logement WHERE reference = 'LOG900010'";
    let woblette = "logement WHERE reference = 'LOG-900-011'";
    let of_wobli = "sejour WHERE logement_id = (SELECT id FROM logement WHERE reference = 'LOG900010')";
    let cases: &[(&str, &str, &[&str])] = &[
        ("hebergeurs", zandronis, &["HEB900010", "heb 900010", "HEB-900010", "HEB\u{a0}900010", "900010", "Zandronis HEB900010"]),
        (
            "hebergeurs",
            zandronis,
            &["+590 690 12 34 56", "+590 (0)690 12 34 56", "00590690123456", "0690 12 34 56", "0690.12.34.56", "0690-12-34-56"],
        ),
        ("hebergeurs", zandronis, &["0690\u{202f}12\u{202f}34\u{202f}56", "0690123456", "690 12 34 56", "zandronis 0690 12 34 56", "helene 123456"]),
        (
            "hebergeurs",
            zandronis,
            &["helene.zandronis@exemple.gp", "HELENE.ZANDRONIS@EXEMPLE.GP", "helene.zandronis@", " helene.zandronis@exemple.gp\u{200b}"],
        ),
        ("hebergeurs", quimbaya, &["HEB900011", "HEB-900011", "98765432100019", "987 654 321 00019", "987654321", "05 90 98 76 54", "quimbaya"]),
        (
            "logements",
            wobli,
            &["LOG900010", "log-900010", "LOG 900010", "97113987123QZ", "97113 987123 QZ", "97113-987123-qz", "987123 QZ", "987123"],
        ),
        ("logements", wobli, &["97113\u{a0}987123\u{a0}QZ", "97113.987123.QZ", "kaz LOG900010", "wobli 97113 987123 QZ"]),
        ("logements", woblette, &["LOG900011", "LOG-900-011", "log 900 011", "FRA97113QZQZ9X9X", "fra 97113 QZQZ 9X9X"]),
        ("sejours", "sejour WHERE reference = 'HMQZ7K2P9X'", &["HMQZ7K2P9X", "hmqz7k2p9x", "HM QZ7K 2P9X", "HMQZ-7K2P-9X", "HMQZ7K"]),
        ("sejours", "sejour WHERE reference = 'QZ-77/2026'", &["QZ-77/2026", "qz772026", "QZ 77 2026"]),
        ("sejours", of_wobli, &["LOG900010", "97113 987123 QZ", "HEB900010", "0690 12 34 56", "Zandronis", "helene.zandronis@exemple.gp"]),
    ];
    for (list, sql, written) in cases {
        let expected = keys(&app, sql).await;
        assert!(!expected.is_empty(), "{sql}");
        for words in *written {
            assert_eq!(found(&here, list, words).await, expected, "{list}: {words}");
            assert!(found(&elsewhere, list, words).await.is_empty(), "{list}: {words}, in another perimeter");
        }
    }
    // A number alone finds the keys that hold it, without the zeros before it.
    let number: String = app.one("SELECT right(numero, 3) FROM hebergeur WHERE numero ~ '^HEB-000[1-9]' ORDER BY numero DESC LIMIT 1").await;
    let everywhere = app.everywhere().await;
    let one = keys(&app, &format!("hebergeur WHERE numero = 'HEB-000{number}'")).await;
    assert!(found(&everywhere, "hebergeurs", &number).await.contains(&one[0]), "{number}");
}

/// A reference of one stay and the name of the lodging of others, in the same words: both, once each, on every page
/// and in the count.
#[rocket::async_test]
async fn stays_come_by_their_reference_and_by_their_lodging_at_once() {
    let app = with_own_rows().await;
    app.run_sql("UPDATE logement SET nom = 'Résidence QZ772026' WHERE reference = 'LOG900010'").await;
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    let browser = app.agent(LE_GOSIER).await;
    let expected = keys(&app, "sejour WHERE reference = 'QZ-77/2026' OR logement_id = (SELECT id FROM logement WHERE reference = 'LOG900010')").await;
    assert_eq!(expected.len(), 3);
    assert_eq!(found(&browser, "sejours", "QZ772026").await, expected);
    let count = browser.fragment("/sejours/compte?q=QZ772026").await.ok().texts("#compte strong");
    assert_eq!(count, ["3 séjours"]);
    let mut turned = Vec::new();
    let mut next = Some("/sejours?q=QZ772026&taille=1".to_string());
    while let Some(address) = next {
        let page = browser.get(&address).await.ok();
        turned.extend(page.rows());
        next = page.pager("p-suivante");
    }
    turned.sort();
    assert_eq!(turned, expected);
}

/// The beginning of thousands of references leads nowhere: the list is walked, and what it finds is right.
#[rocket::async_test]
async fn a_beginning_that_thousands_share_is_compared_with_each_row() {
    let app = App::new().await;
    app.run_sql(
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base)
         SELECT 'autre', 'SERIE2026-' || n, l.id, l.code_insee, '2026-01-01'::date + n % 300, '2026-01-04'::date + n % 300, 2, 4, 9, 10000, 500, 100
         FROM generate_series(1, 6000) n, (SELECT id, code_insee FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1) l",
    )
    .await;
    let browser = app.agent(LE_GOSIER).await;
    let rows = browser.get("/sejours?q=SERIE2026&tri=-debut").await.ok().rows();
    let sql = "sejour WHERE reference LIKE 'SERIE2026%' AND code_insee = '97113'";
    let expected: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT id::text AS cle FROM {sql} ORDER BY date_debut DESC, id DESC LIMIT 50")))
            .fetch_all(app.pool())
            .await
            .expect("keys");
    assert_eq!(rows, expected);
    let exact = browser.fragment("/sejours/compte?q=SERIE2026&exact=1").await.ok().texts("#compte strong").join("");
    assert_eq!(exact.chars().filter(char::is_ascii_digit).collect::<String>(), "6000");
}

#[rocket::async_test]
async fn saint_and_its_short_forms_are_one_word() {
    let app = App::new().await;
    let names = ["Zorey Sainte-Anne", "Zorey Ste Anne", "Zorey STE-ANNE", "Zorey Saint-François", "Zorey St François", "Zorey St-François"];
    for (place, name) in (1..).zip(names) {
        app.run_sql(&format!("UPDATE logement SET nom = '{name}' WHERE id = {place}")).await;
    }
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    let browser = app.everywhere().await;
    for (forms, wanted) in [
        (["ste anne", "sainte anne", "Ste-Anne", "STE.ANNE"], ["1", "2", "3"]),
        (["st francois", "saint françois", "St-François", "ST.FRANCOIS"], ["4", "5", "6"]),
    ] {
        let own = |form: &str| format!("zorey {form}");
        let first = found(&browser, "logements", &own(forms[0])).await;
        assert!(wanted.iter().all(|id| first.contains(&(*id).to_string())), "{}: {first:?}", forms[0]);
        for form in forms {
            assert_eq!(found(&browser, "logements", &own(form)).await, first, "{form}");
            // Among all, which are more than a page.
            let count =
                async |form: &str| browser.fragment(&format!("/logements/compte?exact=1&q={}", encoded(form))).await.ok().texts("#compte strong");
            assert_eq!(count(form).await, count(forms[0]).await, "{form}");
        }
    }
}

#[rocket::async_test]
async fn misheard_words_are_found_or_corrected() {
    let app = App::new().await;
    // Two hosts of lodgings that have stays.
    let other: i64 = app.one("SELECT min(l.hebergeur_id) FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.hebergeur_id > 1").await;
    app.run_sql(&format!("UPDATE hebergeur SET nom = CASE id WHEN 1 THEN 'Steeve Toussaint' ELSE 'Dorothée Quimbert' END WHERE id IN (1, {other})"))
        .await;
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    let browser = app.everywhere().await;
    for words in ["Stive Tousain", "steve tousaint", "Tousain Stive"] {
        assert!(found(&browser, "hebergeurs", words).await.contains(&"1".to_string()), "{words}");
    }
    // Too far to be the same word: the nearest one that finds somebody is offered.
    for list in ["hebergeurs", "sejours"] {
        let page = browser.get(&format!("/{list}?q=dorte+quimbert")).await.ok();
        assert!(page.rows().is_empty());
        assert_eq!(page.texts("#p-suggestion"), ["dorothee quimbert"], "{list}");
        assert!(!browser.get(&page.pager("p-suggestion").expect("a link")).await.ok().rows().is_empty(), "{list}");
    }
    assert_eq!(found(&browser, "hebergeurs", "dorothee quimbert").await, [other.to_string()]);
    // Nobody is told a name of another perimeter.
    let siren: String = sqlx::query_scalar(
        "SELECT min(c.siren) FROM commune c JOIN collectivite o ON o.siren = c.siren
         WHERE NOT EXISTS (SELECT 1 FROM hebergeur_commune h WHERE h.hebergeur_id = $1 AND h.code_insee = c.code_insee)",
    )
    .bind(other)
    .fetch_one(app.pool())
    .await
    .expect("a commune without them");
    let elsewhere = app.agent(&siren).await;
    assert!(!elsewhere.get("/hebergeurs?q=dorte+quimbert").await.ok().text().contains("dorothee"));
    assert!(elsewhere.get("/hebergeurs?q=xyzzyqw").await.ok().texts("#p-suggestion").is_empty());
}

#[rocket::async_test]
async fn letters_of_every_alphabet_are_searched_and_what_cannot_be_is_told() {
    let app = App::new().await;
    app.run_sql("UPDATE logement SET nom = CASE id WHEN 1 THEN 'Вилла Солнце' WHEN 2 THEN '海辺の家' ELSE 'Villa Ω-Ἀθῆναι' END WHERE id <= 3").await;
    app.run_sql("UPDATE version_donnees SET version = version + 1").await;
    let browser = app.everywhere().await;
    for (words, id) in [("солнце", "1"), ("ВИЛЛА", "1"), ("海辺", "2"), ("海辺の家", "2"), ("αθηναι", "3"), ("Αθήναι", "3")]
    {
        assert_eq!(found(&browser, "logements", words).await, [id], "{words}");
    }
    let note = |page: &crate::support::Page| page.texts("#liste .indice").join(" ");
    let page = browser.get(&format!("/logements?q={}", encoded("солнце 🌴"))).await.ok();
    assert_eq!((page.rows(), note(&page).contains('🌴')), (vec!["1".to_string()], true));
    assert!(!note(&browser.get(&format!("/logements?q={}", encoded("l’anse – n° 2"))).await.ok()).contains("cherche"));
    for words in ["🌴", "🌴 ☀️", "!!", "« » – …", "-"] {
        browser.get(&format!("/logements?q={}", encoded(words))).await.refused(Status::BadRequest, "ni lettre ni chiffre");
    }
    let many = |count: usize| (0..count).map(|place| format!("m{place}")).collect::<Vec<_>>().join("-");
    browser.get(&format!("/logements?q={}", many(SEARCH_WORDS_MAX + 1))).await.refused(Status::BadRequest, "13 mots, pour 12 au plus");
    browser.get(&format!("/logements?q={}", many(SEARCH_WORDS_MAX))).await.ok();
}

#[rocket::async_test]
async fn a_user_is_found_by_the_courriel_alone() {
    let app = App::new().await;
    app.run_sql("INSERT INTO utilisateur (courriel, nom, role) VALUES ('maryse.kancel@ville-essai.gp', 'Maryse Kancel', 'agent'), ('marius.kancel@ville-essai.gp', 'Marius Kancel', 'agent')").await;
    app.run_sql("INSERT INTO utilisateur_collectivite SELECT u.id, c.id FROM utilisateur u, collectivite c WHERE u.courriel LIKE '%@ville-essai.gp' AND c.siren = '219711132'").await;
    let browser = app.administrateur(LE_GOSIER).await;
    let maryse = keys(&app, "utilisateur WHERE courriel = 'maryse.kancel@ville-essai.gp'").await;
    for words in ["maryse.kancel@ville-essai.gp", "MARYSE.KANCEL@VILLE-ESSAI.GP", "maryse.kancel@"] {
        assert_eq!(found(&browser, "utilisateurs", words).await, maryse, "{words}");
    }
    let both = keys(&app, "utilisateur WHERE courriel LIKE '%@ville-essai.gp'").await;
    assert_eq!(found(&browser, "utilisateurs", "@ville-essai.gp").await, both);
    assert!(found(&browser, "utilisateurs", "m%@ville-essai.gp").await.is_empty(), "no sign stands for another");
    assert!(found(&browser, "utilisateurs", "marise kancel").await.contains(&maryse[0]));
}

#[rocket::async_test]
async fn the_only_row_that_answers_says_where_it_leads() {
    let app = with_own_rows().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = &keys(&app, "sejour WHERE reference = 'HMQZ7K2P9X'").await[0];
    let page = browser.fragment("/sejours?q=HMQZ7K2P9X").await.ok();
    assert_eq!(page.attributes("#liste", "data-unique"), [format!("/sejours/{id}")]);
    assert!(page.text().contains("Entrée l’ouvre"));
    for several in ["/sejours?q=LOG900010", "/sejours", "/sejours?q=LOG900010&taille=1"] {
        assert!(browser.fragment(several).await.ok().attributes("#liste", "data-unique").is_empty(), "{several}");
    }
}

/// Past the end, in every kind of order: the last rows, told as such, and the way back.
#[rocket::async_test]
async fn going_past_the_end_shows_the_last_rows() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    let cases = [
        ("sejours", "tri=debut&vers=31/12/2199", "sejour ORDER BY date_debut DESC, id DESC"),
        ("sejours", "tri=-debut&vers=01/01/1900", "sejour ORDER BY date_debut, id"),
        ("sejours", "tri=montant&vers=99999999", "sejour ORDER BY montant DESC, id DESC"),
        ("sejours", "tri=-montant&vers=-1", "sejour ORDER BY montant, id"),
        ("sejours", "tri=-debut&statut=valide&vers=01/01/1900", "sejour WHERE statut = 'valide' ORDER BY date_debut, id"),
        ("logements", "tri=capacite&vers=99999999999", "logement ORDER BY capacite DESC, id DESC"),
        ("logements", "tri=nom&vers=zzzzzz", "logement ORDER BY nom DESC, id DESC"),
    ];
    for (list, question, sql) in cases {
        let page = browser.get(&format!("/{list}?{question}&taille=20")).await.ok();
        let mut expected: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT id::text AS cle FROM {sql} LIMIT 20"))).fetch_all(app.pool()).await.expect("keys");
        expected.reverse();
        assert_eq!(page.rows(), expected, "{list}?{question}");
        let text = page.text();
        assert!(text.contains("Rien à partir de") && !text.contains("pour l’instant"), "{list}?{question}");
        let back = browser.get(&page.pager("p-retour").expect("a way back")).await.ok();
        assert_eq!(back.rows().len(), 20, "{list}?{question}");
        let before = browser.get(&page.pager("p-precedente").expect("the page before")).await.ok();
        assert!(!before.rows().is_empty() && before.rows().iter().all(|row| !expected.contains(row)));
    }
}

/// Every position of a page, whose rows go: those after it, those before it, all that its filter left.
#[rocket::async_test]
async fn a_page_that_was_emptied_says_so_and_goes_back() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let path = "/sejours?tri=-debut&statut=valide&taille=10";
    let first = browser.get(path).await.ok();
    let last = browser.get(&first.pager("p-derniere").expect("a last page")).await.ok();
    let before_last = browser.get(&last.pager("p-precedente").expect("a page before")).await.ok();
    let (onwards, backwards) = (before_last.pager("p-suivante").expect("the last page"), last.pager("p-precedente").expect("the one before it"));
    let kept = "code_insee = '97113' AND statut = 'valide' ORDER BY date_debut";
    let ordered =
        |direction: &str, limit: usize| format!("sejour WHERE id IN (SELECT id FROM sejour WHERE {kept} {direction}, id {direction} LIMIT {limit})");
    let bump = "UPDATE version_donnees SET version = version + 1";
    // Rows after the page before the last leave the filter.
    let shown = before_last.rows().join(",");
    app.run_sql(&format!(
        "UPDATE sejour s SET statut = 'rejete' FROM (SELECT min(date_debut) AS jour FROM sejour WHERE id IN ({shown})) d
         WHERE s.code_insee = '97113' AND s.statut = 'valide' AND s.id NOT IN ({shown}) AND s.date_debut <= d.jour"
    ))
    .await;
    app.run_sql(bump).await;
    let page = browser.get(&onwards).await.ok();
    let (mut rows, expected) = (page.rows(), keys(&app, &ordered("ASC", 10)).await);
    rows.sort();
    assert_eq!(rows, expected);
    assert!(page.text().contains("n’a plus de lignes") && page.pager("p-retour").is_some() && page.pager("p-suivante").is_none());
    // Rows before the last page leave it too: the start of the list is shown.
    let anchor = last.rows().join(",");
    app.run_sql(&format!("UPDATE sejour SET statut = 'valide' WHERE id IN ({anchor})")).await;
    app.run_sql(&format!("UPDATE sejour SET statut = 'rejete' WHERE code_insee = '97113' AND statut = 'valide' AND id NOT IN ({anchor})")).await;
    app.run_sql(bump).await;
    let page = browser.get(&backwards).await.ok();
    assert_eq!(page.rows(), last.rows());
    assert!(page.text().contains("Il n’y a plus de lignes avant"));
    // Nothing is left: every position says that the filter leaves nothing, none that the list is empty.
    app.run_sql("UPDATE sejour SET statut = 'rejete' WHERE code_insee = '97113' AND statut = 'valide'").await;
    app.run_sql(bump).await;
    for address in [path.to_string(), onwards, backwards, format!("{path}&fin=1"), format!("{path}&vers=01/01/2026")] {
        let page = browser.get(&address).await.ok();
        assert!(page.rows().is_empty(), "{address}");
        assert!(page.text().contains("ne correspond à ces filtres") && !page.text().contains("pour l’instant"), "{address}");
    }
}
