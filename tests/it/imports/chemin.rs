//! The path of a file, from its arrival to the way back.

use rocket::http::Status;

use super::{base, checked, confirm, counts, host, loaded, read, sent, state, undone};
use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::{App, Page};

#[rocket::async_test]
async fn a_file_is_looked_at_then_written_then_taken_back() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let before = base(&app).await;
    let (changed, name, ..) = host(&app, 0).await;
    let (same, other, mail, _) = host(&app, 1).await;
    let content = format!(
        "Numéro;Nom ou raison sociale;Courriel;Commune\n{changed};{name};nouveau@exemple.gp;Le Gosier\n{same};{other};{};97113\n;Hôtel des Essais;hotel@exemple.gp;Le Gosier\n;Sans courriel juste;pas un courriel;97113\n;Ailleurs;ailleurs@exemple.gp;97105\n",
        mail.unwrap_or_default()
    );
    let id = checked(&app, &browser, ("hebergeurs", "hotes.csv", &content), "remplacer").await;
    assert_eq!(counts(&app, id).await, (1, 1, 1, 2));
    assert_eq!(base(&app).await, before, "nothing is written before it is confirmed");
    let told: Vec<(i64, String, String, String)> =
        sqlx::query_as("SELECT ligne, code, colonne, contenu FROM import_anomalie WHERE gravite = 'refus' ORDER BY rang")
            .fetch_all(app.pool())
            .await
            .expect("anomalies");
    let expected = [(5, "VAL-06", "Courriel", "pas un courriel"), (6, "REF-03", "Commune où il loue", "97105")];
    assert_eq!(told, expected.map(|(line, code, column, value)| (line, code.to_string(), column.to_string(), value.to_string())));
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert!(
        page.text().contains("nouveau@exemple.gp") && page.text().contains("Hôtel des Essais") && page.text().contains("pas un courriel"),
        "{}",
        page.text()
    );

    confirm(&app, &browser, id).await;
    assert_eq!(state(&app, id).await, "termine");
    let written: (Option<String>, i32) =
        sqlx::query_as("SELECT courriel, version FROM hebergeur WHERE numero = $1").bind(&changed).fetch_one(app.pool()).await.expect("the host");
    assert_eq!(written.0.as_deref(), Some("nouveau@exemple.gp"));
    let created: (i64, String, String) = sqlx::query_as(
        "SELECT count(*), min(h.type), min(c.code_insee) FROM hebergeur h JOIN hebergeur_commune c ON c.hebergeur_id = h.id WHERE h.nom = 'Hôtel des Essais' AND h.courriel = 'hotel@exemple.gp'",
    )
    .fetch_one(app.pool())
    .await
    .expect("the new host");
    assert_eq!(created, (1, "particulier".into(), "97113".into()));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom IN ('Sans courriel juste', 'Ailleurs')").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'import' AND detail ? 'creees'").await, 1, "one line tells it");
    let key: i64 = app.one("SELECT id FROM hebergeur WHERE nom = 'Hôtel des Essais'").await;
    assert!(browser.get(&format!("/hebergeurs/{key}")).await.ok().text().contains("hotes.csv"), "its history says which file and line wrote it");

    undone(&app, &browser, id).await;
    assert_eq!(base(&app).await, before, "as it was");
    let again = sent(&browser, "hebergeurs", "hotes.csv", &content).await;
    assert_ne!(again, id, "what was taken back may be loaded again");
}

#[rocket::async_test]
async fn the_three_modes_leave_fill_or_replace() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (numero, ..) = host(&app, 0).await;
    app.run_sql(&format!("UPDATE hebergeur SET courriel = 'ancien@exemple.gp', telephone = NULL WHERE numero = '{numero}'")).await;
    for (mode, mail, phone) in [
        ("ajouter", "ancien@exemple.gp", None),
        ("completer", "ancien@exemple.gp", Some("06 90 12 34 56")),
        ("remplacer", "neuf@exemple.gp", Some("06 90 12 34 56")),
    ] {
        let content = format!("numero;courriel;telephone;ville\n{numero};neuf@exemple.gp;0690123456;\n");
        let id = checked(&app, &browser, ("hebergeurs", "modes.csv", &content), mode).await;
        if mode == "ajouter" {
            assert_eq!(counts(&app, id).await, (0, 0, 1, 0));
            assert_eq!(browser.post(&format!("/imports/{id}/abandon"), &[]).await.status, Status::SeeOther);
        } else {
            confirm(&app, &browser, id).await;
        }
        let found: (Option<String>, Option<String>, String) = sqlx::query_as("SELECT courriel, telephone, ville FROM hebergeur WHERE numero = $1")
            .bind(&numero)
            .fetch_one(app.pool())
            .await
            .expect("the host");
        assert_eq!((found.0.as_deref(), found.1.as_deref()), (Some(mail), phone), "{mode}");
        assert!(!found.2.is_empty(), "an empty cell wipes nothing");
        if mode == "completer" {
            undone(&app, &browser, id).await;
        }
    }
}

#[rocket::async_test]
async fn the_same_file_twice_is_refused_with_a_link_to_the_first() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let content = "nom;commune\nUn hôte;97113\n";
    let id = loaded(&app, &browser, ("hebergeurs", "a.csv", content), "completer").await;
    let again = browser.send_files("/imports", &[("genre", "hebergeurs")], &[("autre-nom.csv", content.as_bytes())]).await;
    assert_eq!(again.status, Status::Conflict);
    assert!(again.attributes("main a", "href").contains(&format!("/imports/{id}")), "{}", again.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 1);
    undone(&app, &browser, id).await;
    let loaded_again = loaded(&app, &browser, ("hebergeurs", "a.csv", content), "completer").await;
    assert_eq!(counts(&app, loaded_again).await, (1, 0, 0, 0));
}

#[rocket::async_test]
async fn refused_lines_load_again_once_they_are_corrected() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let content =
        "nom,commune,courriel,remarque\n\"Dupont; fils\",Le Gosier,d@exemple.gp,ras\nDurand,Le Gosier,durand chez exemple,\"a \"\"b\"\"\"\n";
    let id = loaded(&app, &browser, ("hebergeurs", "refus.csv", content), "completer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 1));
    let file = browser.get(&format!("/imports/{id}/refusees")).await.ok();
    let text = String::from_utf8(file.body.clone()).expect("text");
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    assert_eq!(lines.next(), Some("nom;commune;courriel;remarque;_ligne;_code;_colonne;_motif;_import"));
    let refused = lines.next().expect("the refused line");
    assert!(refused.starts_with("Durand;Le Gosier;durand chez exemple;\"a \"\"b\"\"\";3;VAL-06;Courriel;"), "{refused}");
    assert_eq!(lines.next(), None);

    let corrected = text.replace("durand chez exemple", "durand@exemple.gp");
    let second = loaded(&app, &browser, ("hebergeurs", "refus-corriges.csv", &corrected), "completer").await;
    assert_eq!(counts(&app, second).await, (1, 0, 0, 0));
    assert_eq!(app.one::<Option<String>>("SELECT courriel FROM hebergeur WHERE nom = 'Durand'").await.as_deref(), Some("durand@exemple.gp"));
}

#[rocket::async_test]
async fn what_somebody_touched_meanwhile_is_theirs() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let ((one, ..), (two, ..), (three, ..)) = (host(&app, 0).await, host(&app, 1).await, host(&app, 2).await);
    let content = format!("numero;courriel\n{one};un@exemple.gp\n{two};deux@exemple.gp\n{three};trois@exemple.gp\n");
    let id = checked(&app, &browser, ("hebergeurs", "touches.csv", &content), "remplacer").await;
    app.run_sql(&format!("UPDATE hebergeur SET courriel = 'autre@exemple.gp', version = version + 1 WHERE numero = '{one}'")).await;
    confirm(&app, &browser, id).await;
    let mails = "SELECT string_agg(courriel, ' ' ORDER BY courriel) FROM hebergeur WHERE courriel LIKE '%@exemple.gp' AND courriel ~ '^(un|deux|trois|autre)@'";
    assert_eq!(app.one::<String>(mails).await, "autre@exemple.gp deux@exemple.gp trois@exemple.gp");
    assert_eq!(app.one::<i64>("SELECT depassees FROM import").await, 1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import_anomalie WHERE code = 'ETA-02'").await, 1, "it is told");

    app.run_sql(&format!("UPDATE hebergeur SET courriel = 'main@exemple.gp', version = version + 1 WHERE numero = '{two}'")).await;
    undone(&app, &browser, id).await;
    assert_eq!(app.one::<(i64, i64)>("SELECT (defaites, gardees) FROM import").await, (1, 1));
    assert_eq!(
        app.one::<Option<String>>(Box::leak(format!("SELECT courriel FROM hebergeur WHERE numero = '{two}'").into_boxed_str())).await.as_deref(),
        Some("main@exemple.gp")
    );
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    assert!(page.text().contains("Gardée"), "{}", page.text());
}

#[rocket::async_test]
async fn a_new_row_that_others_rest_on_is_kept_by_the_undoing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = loaded(&app, &browser, ("hebergeurs", "hote.csv", "nom;commune\nHôte tenu;97113\nHôte libre;97113\n"), "completer").await;
    let lodging = "UPDATE logement SET hebergeur_id = (SELECT id FROM hebergeur WHERE nom = 'Hôte tenu') WHERE id = (SELECT min(id) FROM logement WHERE code_insee = '97113')";
    app.run_sql(lodging).await;
    undone(&app, &browser, id).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte tenu'").await, 1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte libre'").await, 0);
}

#[rocket::async_test]
async fn a_line_left_out_writes_nothing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = checked(&app, &browser, ("hebergeurs", "exclus.csv", "nom;commune\nGardé;97113\nExclu;97113\n"), "completer").await;
    let line: i64 = app.one("SELECT id FROM import_ligne WHERE nom = 'Exclu'").await;
    browser.post(&format!("/imports/{id}/exclusion"), &[("ligne", &line.to_string()), ("faire", "exclure")]).await;
    let stale = browser.post(&format!("/imports/{id}/ecriture"), &[("lignes", "2"), ("revision", "0")]).await;
    assert_eq!(stale.status, Status::Conflict, "what was read is not what it is any more");
    confirm(&app, &browser, id).await;
    assert_eq!(app.one::<String>("SELECT string_agg(nom::text, ' ') FROM hebergeur WHERE nom IN ('Gardé', 'Exclu')").await, "Gardé");
}

#[rocket::async_test]
async fn lines_of_one_file_about_the_same_row() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (numero, ..) = host(&app, 0).await;
    let content = format!(
        "numero;nom;siret;commune;ville\n;Même chose;13002526500013;97113;\n;Même chose;130 025 265 00013;Le Gosier;\n{numero};;;;Ici\n{numero};;;;Là\n;Autre chose;35600000000048;97113;A\n;Autre chose;35600000000048;97113;B\n"
    );
    let id = checked(&app, &browser, ("hebergeurs", "doubles.csv", &content), "remplacer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 1, 4));
    let told: Vec<(i64, String)> =
        sqlx::query_as("SELECT ligne, code FROM import_anomalie WHERE code LIKE 'DUP-0%' AND code <> 'DUP-05' ORDER BY ligne")
            .fetch_all(app.pool())
            .await
            .expect("anomalies");
    assert_eq!(told, [(3, "DUP-01"), (4, "DUP-02"), (5, "DUP-02"), (6, "DUP-02"), (7, "DUP-02")].map(|(line, code)| (line, code.to_string())));
}

#[rocket::async_test]
async fn a_reading_is_corrected_with_its_effect() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "hebergeurs", "colle.csv", "Appellation|Commune\nLe Relais|Le Gosier\n").await;
    let page = read(&app, &browser, id, &[("separateur", "|"), ("faire", "voir")]).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    let shown = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(shown.text().contains("Appellation") && shown.text().contains("Le Relais"), "{}", shown.text());
    assert!(shown.text().contains("Rien ne donne"), "the name has no column yet");
    let twice = read(&app, &browser, id, &[("colonne-0", "nom"), ("colonne-1", "nom"), ("faire", "verifier")]).await;
    assert_eq!(twice.status, Status::UnprocessableEntity);
    let done = read(&app, &browser, id, &[("colonne-0", "nom"), ("faire", "verifier")]).await;
    assert_eq!(done.status, Status::SeeOther, "{}", done.text());
    app.run_jobs().await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 0));
}

#[rocket::async_test]
async fn lodgings_name_their_host_by_number_or_siret() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let before = base(&app).await;
    let (numero, ..) = host(&app, 0).await;
    let content = format!(
        "Hébergeur;Nom;Adresse;Commune;Capacité;Nature;Catégorie\n{numero};Gîte neuf;1 rue des Essais;Le Gosier;4;Meublé de tourisme;Sans classement\nHEB-000000;Gîte perdu;2 rue des Essais;Le Gosier;4;Meublé de tourisme;Sans classement\n{numero};Gîte trop grand;3 rue des Essais;Le Gosier;beaucoup;Meublé de tourisme;Sans classement\n"
    );
    let id = loaded(&app, &browser, ("logements", "logements.csv", &content), "completer").await;
    assert_eq!(counts(&app, id).await, (1, 0, 0, 2));
    let host_of: String =
        app.one("SELECT h.numero FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id WHERE l.nom = 'Gîte neuf' AND l.capacite = 4").await;
    assert_eq!(host_of, numero);
    undone(&app, &browser, id).await;
    assert_eq!(base(&app).await, before);
}

#[rocket::async_test]
async fn a_date_that_reads_two_ways_is_asked() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "hebergeurs", "dates.csv", "nom;commune;date d'inscription\nHôte daté;97113;03/04/2025\n").await;
    let asked = read(&app, &browser, id, &[("faire", "verifier")]).await;
    asked.refused(Status::UnprocessableEntity, "se lit de deux façons");
    assert_eq!(state(&app, id).await, "lecture");
    let answered = read(&app, &browser, id, &[("dates-2", "mois_jour"), ("faire", "verifier")]).await;
    assert_eq!(answered.status, Status::SeeOther, "{}", answer_of(&answered));
    app.run_jobs().await;
    confirm(&app, &browser, id).await;
    assert_eq!(app.one::<String>("SELECT inscrit_le::text FROM hebergeur WHERE nom = 'Hôte daté'").await, "2025-03-04");
}

fn answer_of(page: &Page) -> String {
    page.texts("main").join(" ")
}

#[rocket::async_test]
async fn lines_and_anomalies_are_lists_like_any_other() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let content = "nom;commune;courriel\nBon;97113;\nMauvais;97113;@\nPire;97113;@@\n";
    let id = checked(&app, &browser, ("hebergeurs", "listes.csv", content), "completer").await;
    let refused = browser.get(&format!("/lignes?import={id}&verdict=refusee")).await.ok();
    assert_eq!(refused.rows().len(), 2, "{}", refused.text());
    let told = browser.get(&format!("/anomalies?import={id}&gravite=refus")).await.ok();
    assert_eq!(told.rows().len(), 2, "{}", told.text());
    let other = app.agent(GRAND_SUD).await;
    for list in ["lignes", "anomalies", "imports"] {
        assert!(other.get(&format!("/{list}")).await.ok().rows().is_empty(), "{list} of somebody else");
    }
    let export = browser.export("anomalies", &format!("import={id}"), "csv_fr").await;
    app.run_jobs().await;
    let file = browser.get(&format!("{export}/fichier")).await.ok();
    assert_eq!(file.text().lines().count(), 3, "{}", file.text());
}
