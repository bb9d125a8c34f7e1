//! What a person meets who loads a file for the first time: it is recognised or said to be something else, all that is missing is asked at
//! once, and what was understood is shown before anything is checked.

use rocket::http::Status;

use super::{counts, read, sent, state};
use crate::support::App;
use crate::support::app::LE_GOSIER;

/// A lodging of Le Gosier that has a category.
async fn lodging(app: &App) -> String {
    app.one("SELECT min(reference) FROM logement WHERE code_insee = '97113' AND actif AND categorie_id <> 9").await
}

/// What is given to all lines of an import for a field.
async fn constant(app: &App, id: i64, field: &str) -> Option<String> {
    sqlx::query_scalar("SELECT correspondance->'constantes'->>$2 FROM import WHERE id = $1")
        .bind(id)
        .bind(field)
        .fetch_one(app.pool())
        .await
        .expect("the import")
}

#[rocket::async_test]
async fn the_revenue_of_a_platform_is_known_and_its_payouts_are_set_aside() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let lodging = lodging(&app).await;
    let file = format!(
        "Date,Date d'arrivée prévue,Type,Code de confirmation,Date de réservation,Date de début,Date de fin,Nuits,Voyageur,Logement,Devise,Montant,Versé,Taxes de séjour\n\
         05/14/2026,05/19/2026,Payout,,,,,,,,EUR,,812.25,\n\
         05/14/2026,,Réservation,HMAAAAAAA1,02/11/2026,05/13/2026,05/20/2026,7,Jean Dupont,{lodging},EUR,812.25,,25.20\n"
    );
    let id = sent(&browser, "sejours", "airbnb.csv", &file).await;
    assert_eq!(constant(&app, id, "collecteur").await.as_deref(), Some("airbnb"));
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(page.text().contains("13 mai 2026"), "what is understood stands beside what is written");
    assert!(!page.text().contains("Serait-ce «\u{a0}Ont séjourné"), "a name is no number of persons");
    read(&app, &browser, id, &[("constante-nb_personnes", "2"), ("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!((state(&app, id).await, counts(&app, id).await), ("a_confirmer".into(), (1, 0, 0, 0)));
    assert_eq!(app.one::<String>("SELECT string_agg(ligne || ' ' || code, ', ') FROM import_anomalie WHERE code = 'STR-06'").await, "2 STR-06");
    assert_eq!(app.one::<String>("SELECT valeurs->>'collecteur' FROM import_ligne").await, "airbnb");
}

#[rocket::async_test]
async fn who_collected_is_asked_of_the_file_of_a_platform_that_is_not_known() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let lodging = lodging(&app).await;
    let file = format!("Confirmation code;Service fee;Logement;Arrivée;Départ;Personnes\nX1;12,50;{lodging};13/05/2026;15/05/2026;2\n");
    let id = sent(&browser, "sejours", "plateforme.csv", &file).await;
    assert_eq!(constant(&app, id, "collecteur").await, None);
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(page.text().contains("Rien ne donne\u{a0}: Qui a collecté"), "{}", page.text());
    // The profile of a source is applied for what is there of it.
    let applied = browser.post(&format!("/imports/{id}/lecture"), &[("faire", "profil"), ("profil", "d:Airbnb (anglais)")]).await;
    assert_eq!(applied.status, Status::SeeOther, "{}", applied.text());
    assert_eq!(constant(&app, id, "collecteur").await.as_deref(), Some("airbnb"));
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(page.text().contains("n’a pas tous les titres de «\u{a0}Airbnb (anglais)"), "{}", page.text());
}

#[rocket::async_test]
async fn all_that_reads_two_ways_is_asked_at_once_unless_the_file_answers() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let lodging = lodging(&app).await;
    let id =
        sent(&browser, "sejours", "deux.csv", &format!("Logement;Arrivée;Départ;Personnes;Taxe\n{lodging};03/04/2026;05/04/2026;2;3.200\n")).await;
    let page = read(&app, &browser, id, &[("faire", "verifier")]).await;
    assert_eq!(page.status, Status::UnprocessableEntity);
    assert_eq!(page.texts(".erreur-champ").len(), 3, "{}", page.text());
    let answers = page.texts("#dates-1 option").join(" ");
    assert!(answers.contains("3 avril 2026") && answers.contains("4 mars 2026"), "{answers}");
    let answers = page.texts("#nombres-4 option").join(" ").replace(['\u{a0}', '\u{202f}'], " ");
    assert!(answers.contains("3,20") && answers.contains("3 200,00"), "{answers}");
    // A departure that can be read in one order alone says how the arrival is.
    let id = sent(&browser, "sejours", "prouve.csv", &format!("Logement;Arrivée;Départ;Personnes\n{lodging};11/05/2026;15/05/2026;2\n")).await;
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert_eq!(page.attributes("#dates-1 option[selected]", "value"), ["jour_mois"]);
    assert!(page.text().contains("D’après «\u{a0}Départ\u{a0}»"), "{}", page.text());
    assert_eq!(read(&app, &browser, id, &[("dates-1", "jour_mois"), ("faire", "verifier")]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT valeurs->>'date_debut' FROM import_ligne").await, "2026-05-11");
    assert!(app.one::<bool>("SELECT (correspondance->'formats'->'1'->>'deduit')::boolean FROM import ORDER BY id DESC LIMIT 1").await);
}

#[rocket::async_test]
async fn refused_lines_are_read_again_as_their_import_was() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let lodging = lodging(&app).await;
    let file = "Entre;Jusque;Combien\nMARS;;\n13/05/2026;15/05/2026;2\n20/05/2026;19/05/2026;2\nCertifié exact, le 3 juin;;\n";
    let id = sent(&browser, "sejours", "carnet.csv", file).await;
    let changes =
        [("colonne-0", "date_debut"), ("colonne-1", "date_fin"), ("colonne-2", "nb_personnes"), ("constante-logement_id", lodging.as_str())];
    read(&app, &browser, id, &[&changes[..], &[("mode", "remplacer"), ("faire", "verifier")]].concat()).await;
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 1), "a month and a signature are no lines");
    let refused = browser.get(&format!("/imports/{id}/refusees")).await.ok().text().replace("19/05/2026", "21/05/2026");
    assert!(refused.lines().next().is_some_and(|head| head.ends_with("_motif;_import")), "{refused}");
    let again = sent(&browser, "sejours", "corrigées par moi.csv", &refused).await;
    let page = browser.get(&format!("/imports/{again}/lecture")).await.ok();
    assert!(page.text().contains(format!("Ces lignes viennent de l’import n°\u{a0}{id}").as_str()), "{}", page.text());
    assert_eq!(page.attributes("#mode-remplacer", "checked").len(), 1);
    read(&app, &browser, again, &[("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!((state(&app, again).await, counts(&app, again).await), ("a_confirmer".into(), (1, 0, 0, 0)));
}

#[rocket::async_test]
async fn a_file_of_another_kind_is_said_to_be_and_changes_kind() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let lodging = lodging(&app).await;
    let nothing = browser.get("/imports/nouveau").await.ok();
    assert!(nothing.attributes("input[name=genre][checked]", "value").is_empty(), "no kind is chosen for the person");
    let file = format!("Logement;Arrivée;Départ;Personnes\n{lodging};13/05/2026;15/05/2026;2\n");
    let id = sent(&browser, "hebergeurs", "registre.csv", &file).await;
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(page.text().contains("Ce fichier ressemble à «\u{a0}Séjours"), "{}", page.text());
    assert_eq!(read(&app, &browser, id, &[("faire", "genre:sejours")]).await.status, Status::SeeOther);
    assert_eq!(app.one::<String>("SELECT genre FROM import").await, "sejours");
    read(&app, &browser, id, &[("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 0));
    // What the State says of deliberations is no register.
    let delta = "<delta><deliberations><deliberation><collectivite>X</collectivite><periodes><periode><debut>01/01</debut></periode></periodes></deliberation></deliberations></delta>";
    let answer = browser.send_files("/imports", &[("genre", "sejours")], &[("delta.xml", delta.as_bytes())]).await;
    answer.refused(Status::UnprocessableEntity, "que charge l’exploitant");
}

#[rocket::async_test]
async fn a_value_given_to_all_lines_is_checked_before_them() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "sejours", "sans.csv", "Arrivée;Départ\n13/05/2026;15/05/2026\n14/05/2026;16/05/2026\n").await;
    let wrong = [("constante-logement_id", "lodge inconnu"), ("constante-nb_personnes", "deux"), ("faire", "verifier")];
    let page = read(&app, &browser, id, &wrong).await;
    page.refused(Status::UnprocessableEntity, "lodge inconnu");
    assert_eq!((page.texts(".erreur-champ").len(), state(&app, id).await.as_str()), (2, "lecture"));
    let lodging = lodging(&app).await;
    let right = [("constante-logement_id", lodging.as_str()), ("constante-nb_personnes", "2"), ("faire", "verifier")];
    assert_eq!(read(&app, &browser, id, &right).await.status, Status::SeeOther);
}

#[rocket::async_test]
async fn the_other_files_of_an_archive_follow_once_the_first_is_written() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let lodging = lodging(&app).await;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (month, day) in [("janvier", "13/01/2026;15/01/2026"), ("fevrier", "13/02/2026;16/02/2026")] {
        use std::io::Write;
        archive.start_file(format!("{month}.csv"), zip::write::SimpleFileOptions::default()).expect("a file");
        write!(archive, "Logement;Arrivée;Départ;Personnes\n{lodging};{day};2\n").expect("written");
    }
    let bytes = archive.finish().expect("an archive").into_inner();
    let answer = browser.send_files("/imports", &[("genre", "sejours")], &[("deux.zip", &bytes)]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    let id: i64 = app.one("SELECT max(id) FROM import").await;
    read(&app, &browser, id, &[("faire", "verifier")]).await;
    app.run_jobs().await;
    super::confirm(&app, &browser, id).await;
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    let address = page.attributes("form[action*=membre]", "action").first().cloned().expect("the other file");
    let answer = browser.post(&address, &[]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    let other: i64 = app.one("SELECT max(id) FROM import").await;
    assert!(other > id);
    read(&app, &browser, other, &[("faire", "verifier")]).await;
    app.run_jobs().await;
    assert_eq!((state(&app, other).await, counts(&app, other).await), ("a_confirmer".into(), (1, 0, 0, 0)));
}
