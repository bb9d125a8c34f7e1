//! Deliberations as people enter them: what the law refuses, what is put in force and by whom, what stays readable; the tariff of each night.

use rocket::http::Status;

use crate::saisie::{filled, open};
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

/// A deliberation of Le Gosier for 2027, alone from its EPCI. Limits of 2026: 3 stars from 0,50 to 1,70 €.
const TYPED: &[(&str, &str)] = &[
    ("reference", "2026-14"),
    ("date_deliberation", "12/05/2026"),
    ("applicable_du", "01/01/2027"),
    ("debut", "1er janvier"),
    ("fin", "31 décembre"),
    ("tarif_1", "4,00"),
    ("tarif_2", "3,00"),
    ("tarif_3", "2,30"),
    ("tarif_4", "1,60"),
    ("tarif_5", "0,90"),
    ("tarif_6", "0,80"),
    ("tarif_7", "0,55"),
    ("tarif_8", "0,20"),
    ("tarif_9", "5"),
];

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = TYPED.iter().copied().filter(|(name, _)| !changes.iter().any(|(known, _)| known == name));
    kept.chain(changes.iter().copied()).collect()
}

/// Creates a draft; its key.
async fn draft(browser: &Browser<'_>, changes: &[(&str, &str)]) -> i64 {
    let empty = open(browser, "/deliberations/nouveau").await;
    let page = browser.post("/deliberations/nouveau", &filled(&empty, &with(changes))).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.texts(".erreur-champ").join(" / "));
    page.header("Location").and_then(|place| place.rsplit('/').next()?.parse().ok()).expect("a key")
}

/// What a form is refused for.
async fn refused(browser: &Browser<'_>, changes: &[(&str, &str)]) -> String {
    let empty = open(browser, "/deliberations/nouveau").await;
    let page = browser.post("/deliberations/nouveau", &filled(&empty, &with(changes))).await;
    assert_eq!(page.status, Status::UnprocessableEntity, "{changes:?}");
    plain(&page.texts(".erreur-champ").join(" / "))
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ").replace('\'', "’")
}

/// Puts a draft in force, as its page asks.
async fn put(browser: &Browser<'_>, id: i64) -> Page {
    let path = format!("/deliberations/{id}/vigueur");
    let seen = browser.get(&path).await.ok().attributes("input[name=versions]", "value").concat();
    browser.post(&path, &[("versions", &seen)]).await
}

async fn lodging(app: &App, code: &str) {
    app.run_sql("INSERT INTO hebergeur (numero, nom, type, inscrit_le) VALUES ('HEB-900030', 'Hélène Zandronis', 'particulier', '2024-01-01')").await;
    app.run_sql(&format!(
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite)
         SELECT 'LOG-900030', id, '{code}', 'Kaz Wobli', '1 rue des Flamboyants', 4, 4, 4 FROM hebergeur WHERE numero = 'HEB-900030'"
    ))
    .await;
}

/// Enters a stay of two persons; its amount in cents.
async fn amount(app: &App, browser: &Browser<'_>, (from, to): (&str, &str)) -> i64 {
    let empty = open(browser, "/sejours/nouveau").await;
    let typed = [
        ("logement_id", "LOG-900030"),
        ("date_debut", from),
        ("date_fin", to),
        ("collecteur", "hote"),
        ("nb_personnes", "2"),
        ("faire", "confirmer"),
    ];
    let page = browser.post("/sejours/nouveau", &filled(&empty, &typed)).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.texts(".erreur-champ").join(" / "));
    app.one("SELECT montant FROM sejour ORDER BY id DESC LIMIT 1").await
}

#[rocket::async_test]
async fn what_the_law_refuses_is_refused_with_its_article() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    for (changes, words) in [
        (&[("tarif_4", "1,71")][..], "dépasse le plafond de 2026, 1,70 € (CGCT, art. L2333-30)"),
        (
            &[("tarif_2", "0,60"), ("tarif_3", "0,60"), ("tarif_4", "0,60"), ("tarif_5", "0,60"), ("tarif_6", "0,60")][..],
            "est sous le plancher de 2026, 0,70 €",
        ),
        (&[("tarif_3", "2,30"), ("tarif_2", "2,20")][..], "catégorie supérieure de même nature (CGCT, art. L2333-30)"),
        (&[("tarif_9", "5,01")][..], "dépasse le plafond de 2026, 5 %"),
        (&[("tarif_9", "0,99")][..], "est sous le plancher de 2026, 1 %"),
        (&[("regime_10", "forfait")][..], "toujours au réel (CGCT, art. L2333-26, II)"),
        (&[("regime_9", "forfait"), ("abattements", "1 à 60 nuits : 5 %")][..], "n’est pas entre 10 % et 80 % (CGCT, art. L2333-41, III)"),
        (&[("regime_9", "forfait"), ("abattements", "beaucoup")][..], "ne se lit pas"),
        (&[("fin", "31 avril")][..], "donnez un jour et un mois"),
        (&[("communes", "97101")][..], "97101 n’est pas une commune de"),
        (&[("date_deliberation", "02/01/2027")][..], "avant d’être prise"),
    ] {
        let told = refused(&chief, changes).await;
        assert!(told.contains(words), "{changes:?}: {told}");
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM deliberation WHERE source = 'saisie'").await, 0);
    // What is told and stops nothing: a year whose limits are not published, a deliberation too late, days left out.
    let empty = open(&chief, "/deliberations/nouveau").await;
    let collectivite = empty.iter().find(|(name, _)| name == "collectivite_id").map(|(_, value)| value.clone()).expect("the only collectivité");
    let late =
        with(&[("date_deliberation", "01/07/2026"), ("debut", "15 décembre"), ("fin", "15 avril"), ("collectivite_id", collectivite.as_str())]);
    let told = plain(&chief.post("/deliberations/calcul", &late).await.ok().text());
    for words in ["barème légal de 2027 n’est pas encore saisi", "il fallait délibérer avant le 1er juillet 2026", "du 16 avril au 14 décembre"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[rocket::async_test]
async fn a_draft_weighs_nothing_until_a_person_puts_it_in_force() {
    let app = App::new().await;
    lodging(&app, "97113").await;
    let (chief, agent) = (app.administrateur(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let epci: i64 = app.one("SELECT tarif_4::bigint FROM deliberation WHERE siren = '200041507' AND annee = 2026").await;
    let id = draft(&agent, &[("applicable_du", "01/07/2026"), ("tarif_4", "1,10")]).await;
    assert_eq!(amount(&app, &agent, ("03/03/2026", "05/03/2026")).await, 2 * 2 * epci);
    // An agent enters, who manages decides.
    assert_eq!(put_refused(&agent, id).await, Status::Forbidden);
    let page = put(&chief, id).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    // The commune beats its EPCI, from the day of effect on: a stay over that day has both tariffs.
    assert_eq!(amount(&app, &agent, ("29/06/2026", "03/07/2026")).await, 2 * (2 * epci + 2 * 110));
    // Over New Year: what nothing ends goes on; the EPCI's, which is of 2026 alone, does not count.
    let next = draft(&chief, &[("applicable_du", "01/01/2027"), ("tarif_4", "1,30")]).await;
    assert_eq!(amount(&app, &agent, ("30/12/2026", "03/01/2027")).await, 2 * 4 * 110);
    put(&chief, next).await;
    assert_eq!(amount(&app, &agent, ("29/12/2026", "02/01/2027")).await, 2 * (3 * 110 + 130));
    let ends: Vec<Option<String>> = sqlx::query_scalar("SELECT valable_au::text FROM deliberation WHERE source = 'saisie' ORDER BY id")
        .fetch_all(app.pool())
        .await
        .expect("days");
    assert_eq!(ends, [Some("2026-12-31".to_string()), None]);
    // It is no draft any more: nothing of it is corrected, and it stays as it was.
    let form = open(&chief, &format!("/deliberations/{next}/modifier")).await;
    chief
        .post(&format!("/deliberations/{next}/modifier"), &filled(&form, &[("tarif_4", "1,40")]))
        .await
        .refused(Status::Conflict, "n’est plus un brouillon");
    let page = chief.get(&format!("/deliberations/{id}")).await.ok();
    assert!(page.text().contains("1,10") && page.text().contains("31 décembre 2026"), "{}", page.text());
}

async fn put_refused(browser: &Browser<'_>, id: i64) -> Status {
    assert_eq!(browser.get(&format!("/deliberations/{id}/vigueur")).await.status, Status::Forbidden);
    browser.post(&format!("/deliberations/{id}/vigueur"), &[("versions", "")]).await.status
}

#[rocket::async_test]
async fn two_periods_have_two_tariffs_and_the_days_left_out_owe_nothing() {
    let app = App::new().await;
    lodging(&app, "97113").await;
    let chief = app.administrateur(LE_GOSIER).await;
    let high =
        [("applicable_du", "01/01/2026"), ("date_deliberation", "12/05/2025"), ("debut", "15 décembre"), ("fin", "15 avril"), ("tarif_4", "1,60")];
    let low = [("applicable_du", "01/01/2026"), ("date_deliberation", "12/05/2025"), ("debut", "16 avril"), ("fin", "31 août"), ("tarif_4", "1,00")];
    let first = draft(&chief, &high).await;
    let second = draft(&chief, &low).await;
    // A third one would share days with the first.
    let told =
        refused(&chief, &[("applicable_du", "01/01/2026"), ("date_deliberation", "12/05/2025"), ("debut", "10 avril"), ("fin", "20 avril")]).await;
    assert!(told.contains("Une nuit n’a qu’un tarif"), "{told}");
    let page = plain(&chief.get(&format!("/deliberations/{first}")).await.ok().text());
    assert!(page.contains("du 1er septembre au 14 décembre"), "{page}");
    put(&chief, first).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM deliberation WHERE source = 'saisie' AND etat = 'en_vigueur'").await, 2, "both periods at once");
    assert!(chief.get(&format!("/deliberations/{second}")).await.ok().text().contains("En vigueur"));
    assert_eq!(amount(&app, &chief, ("14/04/2026", "18/04/2026")).await, 2 * (2 * 160 + 2 * 100));
}

#[rocket::async_test]
async fn what_is_replaced_stays_readable_and_is_never_written_over() {
    let app = App::new().await;
    let chief = app.administrateur(LE_GOSIER).await;
    let first = draft(&chief, &[]).await;
    put(&chief, first).await;
    let row = "SELECT concat_ws('|', siren, date_deliberation, applicable_du, debut, fin, communes, tarif_1, tarif_4, tarif_9) FROM deliberation WHERE id = ";
    let was: String = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("{row}{first}"))).fetch_one(app.pool()).await.expect("a row");
    // The form of a new version holds what this one says; it takes its place from the same day.
    let version = chief
        .get(&format!("/deliberations/{first}"))
        .await
        .ok()
        .attributes("a", "href")
        .into_iter()
        .find(|link| link.contains("nouveau?"))
        .expect("a link");
    let held = open(&chief, &version).await;
    let field = |name: &str| held.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default();
    assert_eq!([field("tarif_4"), field("debut"), field("applicable_du")], ["1,60", "1er janvier", "01/01/2028"]);
    let page = chief
        .post("/deliberations/nouveau", &filled(&held, &[("date_deliberation", "20/05/2026"), ("applicable_du", "01/01/2027"), ("tarif_4", "1,50")]))
        .await;
    let second: i64 = page.header("Location").and_then(|place| place.rsplit('/').next()?.parse().ok()).expect("a key");
    let shown = chief.get(&format!("/deliberations/{second}/vigueur")).await.ok();
    assert!(plain(&shown.text()).contains("1,60") && plain(&shown.text()).contains("1,50"), "{}", shown.text());
    // What was shown is not what is there any more: nothing is put in force.
    app.run_sql(&format!("UPDATE deliberation SET version = version + 1 WHERE id = {second}")).await;
    let seen = shown.attributes("input[name=versions]", "value").concat();
    chief.post(&format!("/deliberations/{second}/vigueur"), &[("versions", &seen)]).await;
    assert_eq!(app.one::<String>("SELECT string_agg(etat, ',' ORDER BY id) FROM deliberation WHERE source = 'saisie'").await, "en_vigueur,brouillon");
    put(&chief, second).await;
    assert_eq!(app.one::<String>("SELECT string_agg(etat, ',' ORDER BY id) FROM deliberation WHERE source = 'saisie'").await, "remplacee,en_vigueur");
    let kept: String = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("{row}{first}"))).fetch_one(app.pool()).await.expect("a row");
    assert_eq!(kept, was);
    let page = chief.get(&format!("/deliberations/{first}")).await.ok();
    assert!(page.text().contains("Remplacée") && page.text().contains("1,60"), "{}", page.text());
    // A file that changes what is in force keeps what it said.
    app.run_sql(&format!("UPDATE deliberation SET tarif_4 = 120 WHERE id = {second}")).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM deliberation WHERE source = 'saisie' AND etat = 'remplacee' AND tarif_4 = 150").await, 1);
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM deliberation_commune c JOIN deliberation d ON d.id = c.deliberation_id WHERE d.etat <> 'en_vigueur'")
            .await,
        0
    );
}

#[rocket::async_test]
async fn a_draft_is_its_collectivite_s_and_what_is_in_force_is_everybody_s() {
    let app = App::new().await;
    let gosier = app.administrateur(LE_GOSIER).await;
    let id = draft(&gosier, &[]).await;
    let (epci, south, runs) = (app.administrateur(RIVIERA).await, app.administrateur(GRAND_SUD).await, app.exploitant().await);
    let path = format!("/deliberations/{id}");
    assert_eq!(epci.get(&path).await.status, Status::Ok, "an EPCI whose communes hold it");
    assert_eq!(south.get(&path).await.status, Status::NotFound);
    assert_eq!(runs.get(&path).await.status, Status::Forbidden);
    assert_eq!(runs.get("/deliberations").await.status, Status::Forbidden);
    for (browser, seen) in [(&gosier, 1), (&epci, 1), (&south, 0)] {
        for list in ["deliberations", "tarifs"] {
            let page = browser.get(&format!("/{list}?etat=brouillon&taille=200")).await.ok();
            assert_eq!(usize::from(page.text().contains(&path)), seen, "{list}");
        }
    }
    assert_eq!(put(&gosier, id).await.status, Status::SeeOther);
    let page = south.get(&path).await.ok();
    assert!(page.attributes("#f-corriger", "href").is_empty() && !page.text().contains("/abandon"));
    for (action, fields) in [("vigueur", [("versions", "")]), ("suivi", [("transmise_le", "01/07/2026")]), ("abandon", [("version", "1")])] {
        assert_eq!(south.post(&format!("{path}/{action}"), &fields).await.status, Status::Forbidden, "{action}");
    }
    assert_eq!(south.get(&format!("{path}/modifier")).await.status, Status::NotFound);
    // What is noted of it is noted for all to see, and in the journal.
    assert_eq!(gosier.post(&format!("{path}/suivi"), &[("transmise_le", "01/07/2026"), ("applicable_au", "")]).await.status, Status::SeeOther);
    assert!(plain(&south.get(&path).await.ok().text()).contains("1er juillet 2026"));
    let told: i64 =
        app.one("SELECT count(*) FROM journal WHERE objet = 'délibération' AND (detail ? 'mise_en_vigueur' OR detail ? 'transmise_le')").await;
    assert_eq!(told, 2);
}

#[rocket::async_test]
async fn the_next_year_of_the_legal_scale_is_entered_once_published() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    assert_eq!(app.agent(RIVIERA).await.get("/bareme/2027").await.status, Status::Forbidden);
    for year in ["2026", "2028"] {
        assert_eq!(chief.get(&format!("/bareme/{year}")).await.status, Status::NotFound, "{year}");
    }
    let held = open(&chief, "/bareme/2027").await;
    assert_eq!(held.iter().find(|(name, _)| name == "plafond_1").map(|(_, value)| value.as_str()), Some("4,90"), "the year before, to begin with");
    let wrong = chief.post("/bareme/2027", &filled(&held, &[("plafond_4", "0,10"), ("source", "")])).await;
    assert_eq!(wrong.status, Status::UnprocessableEntity);
    assert!(wrong.text().contains("sous le plancher") && wrong.text().contains("dites le texte"), "{}", wrong.text());
    let page = chief.post("/bareme/2027", &filled(&held, &[("plafond_4", "1,80"), ("source", "Arrêté du 1er mars 2026")])).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.texts(".erreur-champ").join(" / "));
    assert_eq!(
        app.one::<i64>("SELECT sum(plafond - plancher)::bigint FROM bareme WHERE annee = 2027").await,
        420 + 290 + 190 + 130 + 70 + 60 + 40 + 400
    );
    // A migration leaves it; a deliberation of 2027 is checked against it.
    let mut connection = app.pool().acquire().await.expect("a connection");
    gardel::territoire::reference::charger(&mut connection).await.expect("reference data");
    drop(connection);
    assert_eq!(app.one::<i32>("SELECT plafond FROM bareme WHERE annee = 2027 AND categorie_id = 4").await, 180);
    let gosier = app.administrateur(LE_GOSIER).await;
    assert!(refused(&gosier, &[("tarif_4", "1,81")]).await.contains("dépasse le plafond de 2027, 1,80 €"));
    draft(&gosier, &[("tarif_4", "1,80")]).await;
}

/// The simulator against plain SQL, night by night: each night of the year, its period, its tariff.
#[rocket::async_test]
async fn the_simulator_counts_as_plain_sql_does_night_by_night() {
    let app = App::new().await;
    let chief = app.administrateur(RIVIERA).await;
    let epci: String = app.one("SELECT id::text FROM collectivite WHERE siren = '200041507'").await;
    let year = [("applicable_du", "01/01/2027"), ("date_deliberation", "12/05/2026"), ("collectivite_id", epci.as_str())];
    let high: Vec<(&str, &str)> =
        year.iter().copied().chain([("debut", "15 décembre"), ("fin", "15 avril"), ("tarif_4", "1,70"), ("tarif_1", "4,90")]).collect();
    let low: Vec<(&str, &str)> = year
        .iter()
        .copied()
        .chain([("debut", "16 avril"), ("fin", "30 novembre"), ("tarif_4", "1,05"), ("tarif_1", "3,10"), ("tarif_9", "3")])
        .collect();
    let id = draft(&chief, &high).await;
    draft(&chief, &low).await;
    let now: i64 = app.one("SELECT id::bigint FROM deliberation WHERE siren = '200041507' AND annee = 2026 AND etat = 'en_vigueur'").await;
    let page = chief.get(&format!("/deliberations/simulateur?annee=2025&grille={now}&grille={id}")).await.ok();
    let shown: Vec<String> = page.texts("dl.fiche dd strong").iter().map(|text| plain(text)).collect();
    // Every night of 2025, one by one; the price of the night shared between all, a part of it, never more than the highest fixed tariff.
    let expected = |which: &str| {
        format!(
            "SELECT coalesce(sum(s.nb_assujettis * CASE WHEN s.categorie_id = 9 THEN least(round(s.prix_nuit::numeric / s.nb_personnes * r.valeur / 10000), p.valeur) ELSE t.valeur END), 0)::bigint
             FROM sejour s CROSS JOIN generate_series(s.date_debut, s.date_fin - 1, interval '1 day') n (jour)
             JOIN deliberation d ON {which} AND CASE WHEN d.debut <= d.fin THEN to_char(n.jour, 'MM-DD') BETWEEN d.debut AND d.fin
                 ELSE to_char(n.jour, 'MM-DD') >= d.debut OR to_char(n.jour, 'MM-DD') <= d.fin END
             LEFT JOIN tarif t ON t.deliberation_id = d.id AND t.categorie_id = s.categorie_id
             LEFT JOIN tarif r ON r.deliberation_id = d.id AND r.categorie_id = 9
             CROSS JOIN LATERAL (SELECT max(valeur) AS valeur FROM tarif x WHERE x.deliberation_id = d.id AND x.categorie_id < 9) p
             WHERE s.statut <> 'rejete' AND extract(year FROM n.jour) = 2025 AND s.code_insee = ANY (string_to_array(d.communes, ' '))"
        )
    };
    for (place, which) in [(0, format!("d.id = {now}")), (1, "d.etat = 'brouillon' AND d.siren = '200041507'".to_string())] {
        let sum: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(expected(&which))).fetch_one(app.pool()).await.expect("a sum");
        assert!(sum > 0, "there are nights in 2025");
        let euros: String = sum.to_string();
        assert_eq!(shown[place].chars().filter(char::is_ascii_digit).collect::<String>(), euros, "{shown:?}");
    }
    // Nobody simulates what is not theirs, nor reads nights of elsewhere.
    let south = app.administrateur(GRAND_SUD).await;
    assert_eq!(south.get(&format!("/deliberations/simulateur?annee=2025&grille={id}")).await.status, Status::NotFound);
    let foreign = south.get(&format!("/deliberations/simulateur?annee=2025&grille={now}")).await.ok();
    assert_eq!(foreign.texts("dl.fiche dd strong").iter().map(|text| plain(text)).collect::<Vec<_>>(), ["0,00 €"]);
    assert!(plain(&foreign.text()).contains("pas dans votre périmètre"));
    for wrong in ["annee=1999", "grille=999999", "grille=1&grille=1&grille=1&grille=1&grille=1&grille=1&grille=1"] {
        assert!(chief.get(&format!("/deliberations/simulateur?{wrong}")).await.status.code >= 400, "{wrong}");
    }
    // The annex says the periods, the grid and its limits; the calendar, where the collectivité stands.
    let annex = plain(&chief.get(&format!("/deliberations/{id}/annexe")).await.ok().text());
    assert!(annex.contains("Projet") && annex.contains("du 15 décembre au 15 avril") && annex.contains("du 1er décembre au 14 décembre"), "{annex}");
    let calendar = plain(&chief.get("/deliberations/calendrier?annee=2027").await.ok().text());
    for words in ["1er juillet 2026", "15 septembre 2026", "CGCT, art. R2333-43", "Ouvrir"] {
        assert!(calendar.contains(words), "{words}: {calendar}");
    }
}
