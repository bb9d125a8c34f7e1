//! What is decided between a file and the records: what appeared since the checking, what a person has to decide, what a price is of.

use rocket::http::Status;

use super::{asked, checked, confirm, counts, loaded, state, undone};
use crate::support::App;
use crate::support::app::LE_GOSIER;

const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900020', 'Hôte Décisif', 'particulier', '2024-01-01');
    INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, classe_le, classe_jusqu_au, capacite)
        SELECT v.reference, h.id, '97113', v.nom, v.adresse, 4, v.categorie, v.depuis::date, v.fin::date, 4 FROM hebergeur h,
        (VALUES ('LOG-900020', 'Kaz Klasé', '20 rue des Essais', 4, '2026-01-29', '2031-01-29'),
                ('LOG-900021', 'Kaz San Klasman', '21 rue des Essais', 9, NULL, NULL)) v (reference, nom, adresse, categorie, depuis, fin)
        WHERE h.numero = 'HEB-900020'";

async fn app() -> App {
    let app = App::new().await;
    for statement in OWN.split(';') {
        app.run_sql(statement).await;
    }
    app
}

/// What the stays of the lodgings above hold, in the order of their arrival.
async fn written(app: &App) -> String {
    app.one(
        "SELECT coalesce(string_agg(concat_ws(' ', l.reference, s.date_debut, s.nb_personnes, s.nb_mineurs, s.prix_nuit, s.montant_base), ', ' ORDER BY s.date_debut, s.id), '')
         FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference IN ('LOG-900020', 'LOG-900021')",
    )
    .await
}

async fn number(app: &App, sql: String) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a number")
}

/// The lines that wait for nothing more, with why: line, state, reason.
async fn lines(app: &App, id: i64, etat: &str) -> Vec<(i64, String)> {
    sqlx::query_as("SELECT ligne, coalesce(motif, '') FROM import_ligne WHERE import_id = $1 AND etat = $2 ORDER BY rang")
        .bind(id)
        .bind(etat)
        .fetch_all(app.pool())
        .await
        .expect("lines")
}

async fn told(app: &App, id: i64, code: &str) -> Vec<(i64, String)> {
    sqlx::query_as("SELECT ligne, message FROM import_anomalie WHERE import_id = $1 AND code = $2 ORDER BY rang, id")
        .bind(id)
        .bind(code)
        .fetch_all(app.pool())
        .await
        .expect("anomalies")
}

#[rocket::async_test]
async fn a_stay_that_another_file_wrote_meanwhile_is_not_written_twice() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let head = "logement;arrivée;départ;personnes\n";
    let shared = "LOG-900020;2026-03-05;2026-03-07;2\n";
    let first = checked(&app, &browser, ("sejours", "a.csv", &format!("{head}{shared}LOG-900020;2026-03-10;2026-03-12;2\n")), "completer").await;
    // The same line twice in one file is two rooms.
    let second = checked(&app, &browser, ("sejours", "b.csv", &format!("{head}{shared}{shared}")), "completer").await;
    assert_eq!((counts(&app, first).await, counts(&app, second).await), ((2, 0, 0, 0), (2, 0, 0, 0)));
    confirm(&app, &browser, second).await;
    assert_eq!(number(&app, format!("SELECT creees FROM import WHERE id = {second}")).await, 2, "what one file says twice is two stays");
    confirm(&app, &browser, first).await;
    assert_eq!(state(&app, first).await, "termine");
    let left = lines(&app, first, "depassee").await;
    assert!(left.len() == 1 && left[0].0 == 2 && left[0].1.contains("est déjà là") && left[0].1.contains(&format!("n°\u{a0}{second}")), "{left:?}");
    assert_eq!(told(&app, first, "ETA-02").await.len(), 1, "the report says so");
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference = 'LOG-900020'").await,
        3,
        "two of the second file, one of the first"
    );
    // Taken back, nothing is left of either.
    undone(&app, &browser, first).await;
    undone(&app, &browser, second).await;
    assert_eq!(written(&app).await, "");
}

#[rocket::async_test]
async fn hosts_and_lodgings_that_appeared_meanwhile_are_told_too() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let hosts =
        checked(&app, &browser, ("hebergeurs", "a.csv", "nom;commune;telephone\nHôte pareil;97113;0690 11 22 33\nHôte seul;97113;\n"), "completer")
            .await;
    let lodgings = checked(
        &app,
        &browser,
        (
            "logements",
            "a.csv",
            "hebergeur;nom;adresse;commune;nature;categorie;capacite\nHEB-900020;Kaz A;7 rue Pareille;97113;Meublé de tourisme;Sans classement;4\n",
        ),
        "completer",
    )
    .await;
    loaded(&app, &browser, ("hebergeurs", "b.csv", "nom;commune;telephone\nAutre nom;97113;0690 11 22 33\n"), "completer").await;
    app.run_sql(
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
        SELECT 'LOG-900029', id, '97113', 'Kaz B', '7 rue Pareille', 4, 9, 4 FROM hebergeur WHERE numero = 'HEB-900020'",
    )
    .await;
    confirm(&app, &browser, hosts).await;
    confirm(&app, &browser, lodgings).await;
    let (left, other) = (lines(&app, hosts, "depassee").await, lines(&app, lodgings, "depassee").await);
    assert!(left.len() == 1 && left[0].1.contains("Autre nom") && left[0].1.contains("le même téléphone"), "{left:?}");
    assert!(other.len() == 1 && other[0].1.contains("Kaz B") && other[0].1.contains("la même adresse"), "{other:?}");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom IN ('Hôte pareil', 'Hôte seul')").await, 1);
}

#[rocket::async_test]
async fn a_likely_double_waits_until_a_person_takes_it_back() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let head = "logement;arrivée;départ;personnes\n";
    let line = "LOG-900020;2026-03-05;2026-03-07;2\n";
    loaded(&app, &browser, ("sejours", "a.csv", &format!("{head}{line}")), "completer").await;
    let reference: String =
        app.one("SELECT s.reference FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference = 'LOG-900020'").await;
    let id = checked(&app, &browser, ("sejours", "b.csv", &format!("{head}{line}LOG-900020;2026-03-10;2026-03-12;2\n")), "completer").await;
    let aside = lines(&app, id, "exclue").await;
    assert!(
        aside.len() == 1 && aside[0].1.contains("mise de côté") && aside[0].1.matches(&reference).count() == 2,
        "its number, then where to give it: {aside:?}"
    );
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert_eq!(page.attributes("input[name=lignes]", "value"), ["1"], "only the other is to be written");
    assert!(page.text().contains("Mise de côté") && page.text().contains("1 ligne est mise de côté"), "{}", page.text());
    // Taken back, it is written: whoever looked decided.
    let answer = browser.post(&format!("/imports/{id}/exclusion"), &[("faire", "reprendre-mises-de-cote")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    confirm(&app, &browser, id).await;
    assert_eq!(number(&app, format!("SELECT creees * 10 + depassees FROM import WHERE id = {id}")).await, 20);
    // Two stays that each have their own reference are two: told, and written.
    let own = |reference: &str| format!("ref;{head}{reference};LOG-900020;2026-03-20;2026-03-22;2\n");
    loaded(&app, &browser, ("sejours", "r1.csv", &own("R-1")), "completer").await;
    let other = checked(&app, &browser, ("sejours", "r2.csv", &own("R-2")), "completer").await;
    assert_eq!((lines(&app, other, "exclue").await, told(&app, other, "DUP-05").await.len()), (Vec::new(), 1));
    // Those that are told are left out at once.
    let twice = format!("{head}LOG-900021;2026-04-05;2026-04-06;2\nLOG-900020;2026-04-05;2026-04-06;2\nLOG-900020;2026-04-05;2026-04-06;2\n");
    let id = checked(&app, &browser, ("sejours", "c.csv", &twice), "completer").await;
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert_eq!(page.attributes("button[value=exclure-doublons]", "value").len(), 1);
    browser.post(&format!("/imports/{id}/exclusion"), &[("faire", "exclure-doublons")]).await;
    assert_eq!(lines(&app, id, "exclue").await.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4]);
}

#[rocket::async_test]
async fn an_older_classification_is_not_written_over_a_newer_one() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "Référence;Classement;Date de classement\nLOG-900020;2 étoiles;2019-10-14\nLOG-900021;3 étoiles;2019-10-14\n";
    let id = checked(&app, &browser, ("classements", "a.csv", file), "remplacer").await;
    assert_eq!(counts(&app, id).await, (0, 2, 0, 0));
    let aside = lines(&app, id, "exclue").await;
    assert!(aside.len() == 1 && aside[0].1.contains("14/10/2019") && aside[0].1.contains("29/01/2026"), "{aside:?}");
    assert_eq!(told(&app, id, "ETA-05").await.len(), 1);
    let expired = told(&app, id, "COH-02").await;
    assert!(expired.iter().any(|(line, text)| *line == 3 && text.contains("expiré depuis le 14/10/2024")), "{expired:?}");
    confirm(&app, &browser, id).await;
    let held = async || -> String {
        app.one("SELECT string_agg(concat_ws(' ', categorie_id, classe_le), ', ' ORDER BY reference) FROM logement WHERE reference IN ('LOG-900020', 'LOG-900021')").await
    };
    assert_eq!(held().await, "4 2026-01-29, 4 2019-10-14");
    // The list of lodgings says it by its own columns; whoever takes the line back has it written.
    let file = "Référence;Classé le;Classé jusqu’au\nLOG-900020;2025-04-03;2030-04-03\n";
    let id = checked(&app, &browser, ("logements", "b.csv", file), "remplacer").await;
    assert_eq!(lines(&app, id, "exclue").await.len(), 1);
    let line: i64 = number(&app, format!("SELECT id FROM import_ligne WHERE import_id = {id}")).await;
    browser.post(&format!("/imports/{id}/exclusion"), &[("ligne", &line.to_string()), ("faire", "reprendre")]).await;
    confirm(&app, &browser, id).await;
    assert_eq!(held().await, "4 2025-04-03, 4 2019-10-14");
}

#[rocket::async_test]
async fn those_of_age_and_the_minors_are_all_who_stayed() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "Logement;Arrivée;Départ;Adultes;Enfants\n\
        LOG-900020;2026-03-01;2026-03-03;4;2\n\
        LOG-900020;2026-03-04;2026-03-05;2;\n\
        LOG-900020;2026-03-06;2026-03-07;0;0\n\
        LOG-900020;2026-03-08;2026-03-09;2;deux\n";
    let id = checked(&app, &browser, ("sejours", "registre.csv", file), "completer").await;
    assert_eq!(counts(&app, id).await, (2, 0, 0, 2));
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    let text = page.text().replace(['\u{a0}', '\u{202f}'], " ");
    assert!(text.contains("2 nuits, 6 personnes") && text.contains("3 nuits, 8 personnes"), "each line, and all of them: {text}");
    let tax: i64 = number(&app, format!("SELECT sum((valeurs->>'montant_base')::bigint + (valeurs->>'montant_departemental')::bigint)::bigint FROM import_ligne WHERE import_id = {id} AND verdict = 'nouvelle'")).await;
    assert!(text.contains(&format!("{},{:02} € de taxe", tax / 100, tax % 100)), "{tax}: {text}");
    assert!(!text.contains("Contrats saisonniers : 0"), "what is nothing is not told");
    confirm(&app, &browser, id).await;
    let tarif: i64 = app
        .one("SELECT t.valeur::bigint FROM tarif t JOIN deliberation d ON d.id = t.deliberation_id JOIN deliberation_commune c ON c.deliberation_id = d.id WHERE c.code_insee = '97113' AND d.annee = 2026 AND t.categorie_id = 4")
        .await;
    // Four who owe it for two nights; two for one.
    assert_eq!(written(&app).await, format!("LOG-900020 2026-03-01 6 2 {}, LOG-900020 2026-03-04 2 0 {}", tarif * 8, tarif * 2));
}

#[rocket::async_test]
async fn a_price_is_of_the_night_or_of_the_stay_and_never_guessed() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    // Said to be of the stay, or of the night: the same stay, the same tax.
    let file = "logement;arrivée;départ;personnes;Prix du séjour;Prix de la nuit\nLOG-900021;2026-03-01;2026-03-08;2;140,00;\nLOG-900021;2026-04-01;2026-04-08;2;;20,00\n";
    loaded(&app, &browser, ("sejours", "dit.csv", file), "completer").await;
    let both: Vec<(i64, i64)> = sqlx::query_as("SELECT s.prix_nuit, s.montant_base FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE l.reference = 'LOG-900021' ORDER BY s.date_debut")
        .fetch_all(app.pool())
        .await
        .expect("two stays");
    assert!(both.len() == 2 && both[0] == both[1] && both[0].0 == 2_000 && both[0].1 > 0, "{both:?}");
    // A bare « Prix »: the tax that goes with it proves of what it is; else it is asked where the tax rests on it.
    let tax = both[0].1;
    let declared = format!("{},{:02}", tax / 100, tax % 100);
    let file = format!(
        "logement;arrivée;départ;personnes;Prix;Taxe de séjour\n\
         LOG-900021;2026-05-01;2026-05-08;2;140,00;{declared}\n\
         LOG-900021;2026-05-11;2026-05-18;2;20,00;{declared}\n\
         LOG-900021;2026-05-21;2026-05-28;2;140,00;\n\
         LOG-900021;2026-06-01;2026-06-02;2;20,00;\n\
         LOG-900020;2026-06-05;2026-06-12;2;140,00;\n"
    );
    let id = checked(&app, &browser, ("sejours", "nu.csv", &file), "completer").await;
    let refused: Vec<(i64, String)> = sqlx::query_as("SELECT ligne, message FROM import_anomalie WHERE import_id = $1 AND gravite = 'refus'")
        .bind(id)
        .fetch_all(app.pool())
        .await
        .expect("refusals");
    assert!(refused.len() == 1 && refused[0].0 == 4 && refused[0].1.contains("celui de la nuit ou celui du séjour"), "{refused:?}");
    let prices: Vec<(i64, Option<String>)> =
        sqlx::query_as("SELECT ligne, valeurs->>'prix_nuit' FROM import_ligne WHERE import_id = $1 AND verdict = 'nouvelle' ORDER BY rang")
            .bind(id)
            .fetch_all(app.pool())
            .await
            .expect("lines");
    let expected = [(2, Some("2000")), (3, Some("2000")), (5, Some("2000")), (6, None)].map(|(line, price)| (line, price.map(str::to_string)));
    assert_eq!(prices, expected);
    assert_eq!(told(&app, id, "COH-04").await, [], "the declared tax is the computed one");
    assert_eq!(asked(&browser, id).await.status, Status::SeeOther);
}

#[rocket::async_test]
async fn months_and_signatures_are_no_rows_and_a_same_refusal_is_told_once() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let mut file = String::from("Arrivée;Départ;Logement;Personnes\nMARS;;;\n2026-03-01;2026-03-03;LOG-900020;2\n;;AVRIL 2026;\n");
    for day in 10..22 {
        file.push_str(&format!("2026-04-{day};2026-04-{};Kaz enkoni;2\n", day + 1));
    }
    file.push_str("Certifié exact, le 4 mai 2026. Signature\u{a0}: ;;;\n");
    let id = checked(&app, &browser, ("sejours", "registre.csv", &file), "completer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 12));
    assert_eq!(told(&app, id, "STR-06").await.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4, 17]);
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    let rows = page.texts("section[aria-labelledby=titre-dites] tbody tr");
    let text = rows.join(" / ").replace('\u{a0}', " ");
    assert_eq!(rows.len(), 2, "{text}");
    assert!(text.contains("12 lignes : 5, 6, 7, 8, 9, 10…") && text.contains("3 lignes : 2, 4, 17"), "{text}");
}

#[rocket::async_test]
async fn a_society_is_no_private_person() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "Nom;Commune;SIRET\nSCI Les Flamboyants;97113;\nDamas SARL;97113;35600000000048\nRose Seule;97113;13002526500013\n";
    let id = super::sent(&browser, "hebergeurs", "a.csv", file).await;
    super::read(&app, &browser, id, &[("constante-type", "particulier"), ("mode", "remplacer"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    let types: Vec<(String, Option<String>)> = sqlx::query_as("SELECT nom, valeurs->>'type' FROM import_ligne WHERE import_id = $1 ORDER BY rang")
        .bind(id)
        .fetch_all(app.pool())
        .await
        .expect("lines");
    let expected = [("SCI Les Flamboyants", "particulier"), ("Damas SARL", "professionnel"), ("Rose Seule", "particulier")];
    assert_eq!(types, expected.map(|(name, kind)| (name.to_string(), Some(kind.to_string()))));
    assert_eq!(told(&app, id, "COH-06").await.len(), 2);
    // One that exists keeps what it is, unless a column says otherwise.
    let (numero, name, ..) = super::host(&app, 3).await;
    app.run_sql(&format!("UPDATE hebergeur SET type = 'particulier' WHERE numero = '{numero}'")).await;
    let id =
        checked(&app, &browser, ("hebergeurs", "b.csv", &format!("Numéro;Nom;Commune;SIRET\n{numero};{name};97113;35600000000048\n")), "remplacer")
            .await;
    assert_eq!(number(&app, format!("SELECT count(*) FROM import_ligne WHERE import_id = {id} AND valeurs ? 'type'")).await, 0);
}

#[rocket::async_test]
async fn an_import_with_nothing_to_write_says_so_everywhere() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let nothing =
        checked(&app, &browser, ("sejours", "collage.txt", "logement;arrivée;départ;personnes\nLOG-999999;2026-03-01;2026-03-03;2\n"), "completer")
            .await;
    for (name, day) in [("sejours", "2026-03-05"), ("hebergeurs", "")] {
        let file = if day.is_empty() {
            "nom;commune\nHôte collé;97113\n".to_string()
        } else {
            format!("logement;arrivée;départ;personnes\nLOG-900020;{day};2026-03-06;2\n")
        };
        checked(&app, &browser, (name, "collage.txt", &file), "completer").await;
    }
    let list = browser.get("/imports").await.ok();
    assert!(list.text().contains("Rien à écrire") && browser.get(&format!("/imports/{nothing}")).await.ok().text().contains("Rien à écrire"));
    let text = browser.get("/accueil/suite").await.ok().text().to_string();
    assert!(text.contains("collage.txt (Séjours, ") && text.contains("collage.txt (Hébergeurs, "), "{text}");
}

#[rocket::async_test]
async fn a_booking_that_was_called_off_is_no_stay_and_a_platform_is_asked_for() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "Numéro de réservation;Nom du client;Arrivée;Départ;Statut;Personnes;Montant de la commission;Hébergement\n\
        B1;X;May 1, 2026;May 3, 2026;ok;2;1,00;LOG-900020\n\
        B2;Y;May 5, 2026;May 7, 2026;cancelled_by_guest;2;1,00;LOG-900020\n\
        B3;Z;May 8, 2026;May 9, 2026;Annulée par le voyageur;2;1,00;LOG-900020\n\
        B4;Z;May 10, 2026;May 11, 2026;No-show;2;1,00;LOG-900020\n";
    let id = super::sent(&browser, "sejours", "extranet.csv", file).await;
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(page.text().contains("Rien ne donne\u{a0}: Qui a collecté"), "{}", page.text());
    let answer = super::read(&app, &browser, id, &[("constante-collecteur", "booking"), ("faire", "verifier")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 3));
    assert_eq!(told(&app, id, "COH-07").await.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4, 5]);
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("étoile") && !page.text().contains("Catégorie\u{a0}: 4;"), "{}", page.text());
}
