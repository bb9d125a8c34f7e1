//! Séjours as files bring them: their amounts are those of the form, their lodgings are found, each is there once.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rocket::http::Status;

use super::{asked, checked, confirm, counts, loaded, read, sent, state, undone};
use crate::saisie::{filled, open};
use crate::support::App;
use crate::support::app::LE_GOSIER;

/// Lodgings of Le Gosier: of category 4, its classification ending in the middle of March; without classification; one of Basse-Terre.
const OWN: &str = "
    INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900010', 'Hélène Zandronis', 'particulier', '2024-01-01');
    INSERT INTO logement (reference, numero_enregistrement, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, classe_le, classe_jusqu_au, capacite)
        SELECT v.reference, v.numero, h.id, v.code, v.nom, v.adresse, 4, v.categorie, v.depuis::date, v.fin::date, 4 FROM hebergeur h,
        (VALUES ('LOG-900010', '97113000010AB', '97113', 'Kaz Wobli', '1 rue des Flamboyants', 4, '2021-03-15', '2026-03-15'),
                ('LOG-900011', NULL, '97113', 'Kaz Zayann', '12 bis, chemin de l''Anse', 9, NULL, NULL),
                ('LOG-900012', '97105000012AB', '97105', 'Kaz Lwen', '3 cours Nolivos', 4, NULL, NULL)) v (reference, numero, code, nom, adresse, categorie, depuis, fin)
        WHERE h.numero = 'HEB-900010'";

async fn app() -> App {
    let app = App::new().await;
    for statement in OWN.split(';') {
        app.run_sql(statement).await;
    }
    app
}

/// Every stay whole, but for what says when and by whom.
async fn stays(app: &App) -> String {
    app.one(
        "SELECT md5(coalesce(string_agg(concat_ws('|', id, collecteur, reference, logement_id, code_insee, date_debut, date_fin, date_perception, nb_personnes, nb_mineurs,
             nb_saisonniers, nb_urgence, nb_loyer_modique, nature_id, categorie_id, prix_nuit, tarif, plafond, montant_base, montant_departemental, calcul, statut), ';'
             ORDER BY id), '')) FROM sejour",
    )
    .await
}

/// What is refused and told, in the order of the lines: line, code, sentence.
async fn told(app: &App, id: i64, gravite: &str) -> Vec<(i64, String, String)> {
    sqlx::query_as("SELECT ligne, code, message FROM import_anomalie WHERE import_id = $1 AND gravite = $2 ORDER BY rang, id")
        .bind(id)
        .bind(gravite)
        .fetch_all(app.pool())
        .await
        .expect("anomalies")
}

#[rocket::async_test]
async fn a_register_is_taxed_as_the_form_does() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let before = stays(&app).await;
    let mut dice = StdRng::seed_from_u64(11);
    let mut file = String::from("Référence;Logement;Arrivée;Départ;Personnes;Mineurs;Prix de la nuit\n");
    let mut forms = Vec::new();
    for number in 0..24 {
        let lodging = ["LOG-900010", "LOG-900011"][number % 2];
        let (from, nights): (u32, u32) = (dice.random_range(1..28), dice.random_range(1..40));
        let arrival = chrono::NaiveDate::from_ymd_opt(2026, dice.random_range(1..5), from).expect("a day");
        let departure = arrival + chrono::Days::new(nights.into());
        let persons = dice.random_range(1..5);
        let minors = dice.random_range(0..=persons);
        let price = format!("{},{:02}", dice.random_range(20..300), dice.random_range(0..100));
        let (from, to) = (arrival.format("%d/%m/%Y").to_string(), departure.format("%d/%m/%Y").to_string());
        file.push_str(&format!("F-{number};{lodging};{from};{to};{persons};{minors};{price}\n"));
        forms.push([format!("E-{number}"), lodging.into(), from, to, persons.to_string(), minors.to_string(), price]);
    }
    let id = loaded(&app, &browser, ("sejours", "registre.csv", &file), "completer").await;
    assert_eq!(counts(&app, id).await, (24, 0, 0, 0), "{:?}", told(&app, id, "refus").await);
    let held = open(&browser, "/sejours/nouveau").await;
    for form in &forms {
        let [reference, lodging, from, to, persons, minors, price] = form.each_ref().map(String::as_str);
        let changes = [
            ("reference", reference),
            ("logement_id", lodging),
            ("date_debut", from),
            ("date_fin", to),
            ("collecteur", "hote"),
            ("nb_personnes", persons),
            ("nb_mineurs", minors),
            ("prix_nuit", price),
            ("jeton", &format!("jeton-de-saisie-numero-{reference}")),
        ];
        // The same stay is there by the file: it is seen, and created all the same.
        let page = browser.post("/sejours/nouveau", &filled(&held, &changes)).await;
        assert_eq!(page.status, Status::Conflict, "{}", page.text());
        let like = page.attributes("input[name=vus]", "value").first().cloned().unwrap_or_default();
        let mut sure = filled(&held, &changes);
        sure.extend([("faire", "confirmer"), ("vus", like.as_str())]);
        let page = browser.post("/sejours/nouveau", &sure).await;
        assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    }
    let differ: i64 = app
        .one(
            "SELECT count(*) FROM generate_series(0, 23) n LEFT JOIN sejour f ON f.reference = 'F-' || n LEFT JOIN sejour e ON e.reference = 'E-' || n
             WHERE (f.logement_id, f.code_insee, f.date_debut, f.date_fin, f.nb_personnes, f.nb_mineurs, f.nature_id, f.categorie_id, f.prix_nuit, f.tarif,
                    f.plafond, f.montant_base, f.montant_departemental, f.calcul, f.saisi_par)
                IS DISTINCT FROM (e.logement_id, e.code_insee, e.date_debut, e.date_fin, e.nb_personnes, e.nb_mineurs, e.nature_id, e.categorie_id, e.prix_nuit, e.tarif,
                    e.plafond, e.montant_base, e.montant_departemental, e.calcul, e.saisi_par)",
        )
        .await;
    assert_eq!(differ, 0);
    assert!(app.one::<bool>("SELECT sum(montant_base) > 0 AND count(DISTINCT categorie_id) = 2 AND count(*) FILTER (WHERE source = 'import') = 24 FROM sejour WHERE reference ~ '^F-'").await);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE reference ~ '^E-' AND source = 'saisie'").await, 24);
    app.run_sql("DELETE FROM sejour WHERE reference ~ '^E-'").await;
    undone(&app, &browser, id).await;
    assert_eq!(stays(&app).await, before);
}

#[rocket::async_test]
async fn a_lot_asks_the_base_as_often_for_many_lines_as_for_few() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let mut asked = Vec::new();
    for count in [10, 400] {
        let lines: String = (0..count)
            .map(|n| format!("{count}-{n};LOG-9000{};2026-0{}-01;2026-0{}-0{};2;80\n", 10 + n % 2, 1 + n % 9, 1 + n % 9, 2 + n % 7))
            .collect();
        let before = app.work.db.statements();
        let id =
            checked(&app, &browser, ("sejours", "registre.csv", &format!("ref;logement;debut;fin;personnes;prix de la nuit\n{lines}")), "completer")
                .await;
        assert_eq!(counts(&app, id).await, (count, 0, 0, 0), "{:?}", told(&app, id, "refus").await);
        asked.push(app.work.db.statements() - before);
    }
    assert!(asked[1] <= asked[0] + 4, "{asked:?}");
}

#[rocket::async_test]
async fn what_a_line_says_of_its_lodging_and_its_nights() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "Ref;N° d’enregistrement;Adresse du logement;Date d’arrivée;Nuits;Nuitées;Personnes;Prix de la nuit;Taxe de séjour\n\
        a;97113-000010-AB;;2026-02-01;3;;2;;\n\
        b;;12 BIS CHEMIN DE L'ANSE 97190 LE GOSIER;2026-02-01;;6;2;80;\n\
        c;97113999999ZZ;1 rue des flamboyants;2026-02-02;2;;1;;0,01\n\
        d;97113999999ZZ;9 rue inconnue;2026-02-02;2;;1;;\n\
        e;97105000012AB;;2026-02-02;2;;1;;\n\
        f;97113000010AB;;2026-02-02;;7;2;;\n\
        g;;12 bis chemin de l’Anse;2026-02-02;1;;1;;\n\
        h;97113000010AB;;2026-02-02;;;2;;\n\
        i;97113000010AB;;2026-02-02;4;;5001;;\n";
    let id = checked(&app, &browser, ("sejours", "plateforme.csv", file), "completer").await;
    let refused = told(&app, id, "refus").await;
    assert_eq!(refused.iter().map(|(line, ..)| *line).collect::<Vec<_>>(), [5, 6, 7, 8, 9, 10], "{refused:?}");
    assert!(refused[0].2.contains("97113999999ZZ · 9 rue inconnue") && refused[0].2.contains("Créez ce logement"), "{refused:?}");
    assert!(refused[2].2.contains("ne se partage pas"), "{refused:?}");
    assert_eq!(counts(&app, id).await, (3, 0, 0, 6));
    assert!(told(&app, id, "avertissement").await.iter().any(|(line, code, text)| *line == 4 && code == "COH-04" && text.contains("0,01")));
    confirm(&app, &browser, id).await;
    let written: String = app
        .one("SELECT string_agg(concat_ws(' ', s.reference, l.reference, s.date_fin, s.nb_nuits), ', ' ORDER BY s.reference) FROM sejour s JOIN logement l ON l.id = s.logement_id WHERE s.reference IN ('a', 'b', 'c')")
        .await;
    assert_eq!(written, "a LOG-900010 2026-02-04 3, b LOG-900011 2026-02-04 3, c LOG-900010 2026-02-04 2");
}

#[rocket::async_test]
async fn a_stay_is_there_once_under_its_reference() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let head = "ref;collecteur;logement;debut;fin;personnes\n";
    let first = format!(
        "{head}R1;Airbnb;LOG-900010;2026-02-01;2026-02-03;2\nR1;Booking.com;LOG-900010;2026-02-05;2026-02-06;2\n;hote;LOG-900010;2026-02-07;2026-02-08;2\n;hote;LOG-900010;2026-02-07;2026-02-08;2\n"
    );
    let id = loaded(&app, &browser, ("sejours", "a.csv", &first), "completer").await;
    // The same line twice without a reference: two stays, told.
    assert_eq!(counts(&app, id).await, (4, 0, 0, 0), "{:?}", told(&app, id, "refus").await);
    assert!(told(&app, id, "avertissement").await.iter().any(|(line, code, _)| *line == 5 && code == "DUP-06"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE reference = 'R1'").await, 2);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE reference ~ '^SAI-' AND source = 'import'").await, 2);
    // Again: those of a reference are recognised, the others look like one.
    let again = format!(
        "{head}R1;Airbnb;LOG-900010;2026-02-01;2026-02-03;2\nR1;Booking.com;LOG-900010;2026-02-05;2026-02-06;3\n;hote;LOG-900010;2026-02-07;2026-02-08;2\n"
    );
    let id = checked(&app, &browser, ("sejours", "b.csv", &again), "remplacer").await;
    assert_eq!(counts(&app, id).await, (1, 1, 1, 0));
    assert!(told(&app, id, "avertissement").await.iter().any(|(line, code, _)| *line == 4 && code == "DUP-05"));
    let before = stays(&app).await;
    confirm(&app, &browser, id).await;
    // One person more for one night, in category 4.
    let tarif: i64 = app
        .one("SELECT t.valeur::bigint FROM tarif t JOIN deliberation d ON d.id = t.deliberation_id JOIN deliberation_commune c ON c.deliberation_id = d.id WHERE c.code_insee = '97113' AND d.annee = 2026 AND t.categorie_id = 4")
        .await;
    assert_eq!(app.one::<i64>("SELECT montant_base FROM sejour WHERE reference = 'R1' AND collecteur = 'booking'").await, tarif * 3);
    undone(&app, &browser, id).await;
    assert_eq!(stays(&app).await, before);
    // What somebody else holds elsewhere is taken, and nothing of it is told.
    app.run_sql("INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
        SELECT 'airbnb', 'AILLEURS', id, code_insee, '2026-01-01', '2026-01-02', 1, 4, 4, 100, 100 FROM logement WHERE reference = 'LOG-900012'").await;
    let id = checked(&app, &browser, ("sejours", "c.csv", &format!("{head}AILLEURS;airbnb;LOG-900010;2026-02-01;2026-02-03;2\n")), "completer").await;
    assert_eq!(counts(&app, id).await, (0, 0, 0, 1));
    assert_eq!(told(&app, id, "refus").await[0].1, "DUP-03");
}

#[rocket::async_test]
async fn a_stay_waits_for_its_lodging() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    // Numbers that Gardel would give next, given by the file itself.
    let next: i64 = app.one("SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM numero_sejour").await;
    let file = format!(
        "ref;logement;debut;fin;personnes;prix\n;LOG-900011;2026-02-01;2026-02-02;1;80\nSAI-{next:07};LOG-900011;2026-02-03;2026-02-04;1;80\n;LOG-900010;2026-02-05;2026-02-06;1;\n"
    );
    let id = checked(&app, &browser, ("sejours", "a.csv", &file), "completer").await;
    app.run_sql("UPDATE logement SET categorie_id = 5, modifie_le = now() + interval '1 second' WHERE reference = 'LOG-900010'").await;
    assert_eq!(asked(&browser, id).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(state(&app, id).await, "termine");
    assert_eq!(app.one::<i64>("SELECT creees * 10 + depassees FROM import").await, 21);
    assert_eq!(app.one::<i64>("SELECT count(DISTINCT reference) FROM sejour WHERE source = 'import' AND date_debut IN ('2026-02-01', '2026-02-03') AND collecteur = 'hote' AND logement_id = (SELECT id FROM logement WHERE reference = 'LOG-900011')").await, 2);
}

#[rocket::async_test]
async fn the_files_of_platforms_are_recognised() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let files = [
        (
            "airbnb",
            "date,type,code de confirmation,début,nuits,devise,montant,frais d'hôte,détails\n2026-03-01,Réservation,HMAAA1,2026-02-10,3,EUR,\"300,00\",\"9,00\",Kaz\n".to_string(),
        ),
        (
            "airbnb",
            "date,type,confirmation code,start date,nights,currency,amount,host fee,details\n2026-03-01,Reservation,HMAAA2,2026-02-14,2,EUR,300.00,9.00,Kaz\n".to_string(),
        ),
        (
            "booking",
            "type,date du paiement,numéro de référence,devise,montant,commission,coûts de transaction,taxe de séjour,date d'arrivée,date de départ\nRéservation,2026-03-02,4001,EUR,120,18,2,2,2026-02-20,2026-02-22\n".to_string(),
        ),
        (
            "booking",
            "type,payout date,reference number,currency,amount,commission,payment charge,city tax,check-in,checkout\nReservation,2026-03-02,4002,EUR,120,18,2,2,2026-02-23,2026-02-25\n".to_string(),
        ),
        (
            "abritel",
            "statut de réservation;date de paiement;n° de réservation;arrivée;nuitées;devise de paiement;montant brut de la réservation\nPayée;2026-03-03;HA-1;2026-02-26;2;EUR;200\n".to_string(),
        ),
    ];
    for (place, (code, file)) in files.iter().enumerate() {
        let id = sent(&browser, "sejours", &format!("{place}.csv"), file).await;
        // Whoever collects is known of the headers; which lodging, and how many persons, no platform says.
        let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
        assert_eq!(page.attributes("select[name=constante-collecteur] option[selected]", "value"), [*code]);
        assert!(page.text().contains("Logement, Ont séjourné"), "{}", page.texts(".message").join(" "));
        let answer =
            read(&app, &browser, id, &[("constante-logement_id", "LOG-900010"), ("constante-nb_personnes", "2"), ("faire", "verifier")]).await;
        assert_eq!(answer.status, Status::SeeOther, "{code}: {}", answer.texts(".message, .erreur").join(" "));
        app.run_jobs().await;
        assert_eq!(counts(&app, id).await, (1, 0, 0, 0), "{code}: {:?}", told(&app, id, "refus").await);
        confirm(&app, &browser, id).await;
    }
    let written: String = app
        .one("SELECT string_agg(concat_ws(' ', collecteur, reference, date_debut, date_fin, date_perception), ', ' ORDER BY date_debut) FROM sejour WHERE source = 'import' AND logement_id = (SELECT id FROM logement WHERE reference = 'LOG-900010')")
        .await;
    assert_eq!(
        written,
        "airbnb HMAAA1 2026-02-10 2026-02-13 2026-03-01, airbnb HMAAA2 2026-02-14 2026-02-16 2026-03-01, booking 4001 2026-02-20 2026-02-22 2026-03-02, \
         booking 4002 2026-02-23 2026-02-25 2026-03-02, abritel HA-1 2026-02-26 2026-02-28 2026-03-03"
    );
    // A title above, as concierges have one; the content of the law, as FARITAS says it.
    let concierge = "État du paiement des taxes;;;;\nLogement;Arrivée;Départ;Voyageurs;Plateforme\nKaz Wobli;2026-05-01;2026-05-02;2;Autre\n";
    let id = checked(&app, &browser, ("sejours", "conciergerie.csv", concierge), "completer").await;
    assert_eq!(counts(&app, id).await, (0, 0, 0, 1));
    let refused = told(&app, id, "refus").await;
    assert!(refused[0].0 == 3 && refused[0].2.contains("sans classement"), "classified until the middle of March: {refused:?}");
}

#[rocket::async_test]
async fn what_the_state_passes_on_is_a_stay_of_its_platform() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "Plateforme;Date de début du séjour;Date de fin du séjour;Date de la perception;Adresse de l’hébergement;Nombre de personnes;Nombre de nuitées;Prix de la nuitée;Montant de la taxe;Numéro d’enregistrement;Identifiant\n\
        Airbnb Ireland UC;2026-02-01;2026-02-03;2026-02-01;1 RUE DES FLAMBOYANTS 97190 LE GOSIER;2;4;;1,00;;F1\n\
        Guestadom;2026-02-01;2026-02-03;2026-02-01;1 RUE DES FLAMBOYANTS 97190 LE GOSIER;2;4;;1,00;;F2\n";
    let id = loaded(&app, &browser, ("faritas", "faritas.csv", file), "completer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 1));
    assert!(told(&app, id, "refus").await[0].2.contains("Valeurs connues"));
    assert_eq!(
        app.one::<String>("SELECT concat_ws(' ', collecteur, reference, source, nuitees) FROM sejour WHERE source = 'faritas' AND reference = 'F1'")
            .await,
        "airbnb F1 faritas 4"
    );
    undone(&app, &browser, id).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM sejour WHERE reference = 'F1'").await, 0);
}
