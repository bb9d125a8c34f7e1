//! Scheduled exports: one file per due time, with the rights of that time, kept so many times, and told.

use gardel::platform::jobs::schedules;
use gardel::worker;
use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::{App, Browser, Page};

fn place(page: &Page) -> String {
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    page.header("Location").expect("an address")
}

/// Saves a view of the séjours; returns its number.
async fn view(app: &App, browser: &Browser<'_>, state: &str) -> i64 {
    place(&browser.post("/vues", &[("liste", "sejours"), ("etat", state), ("nom", "À exporter")]).await);
    app.one("SELECT max(id) FROM vue").await
}

/// Schedules the export of a view; returns its address.
async fn program(browser: &Browser<'_>, view: i64, kept: &str) -> String {
    let form = [("vue", view.to_string()), ("format", "csv_fr".into()), ("quand", "s1".into()), ("heure", "6".into()), ("garder", kept.into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    place(&browser.post("/programmes", &form).await)
}

/// Makes every schedule due, serves them as two workers at once would, then works.
async fn due(app: &App) {
    app.run_sql("UPDATE planification SET prochaine_le = now() - interval '1 second' WHERE active").await;
    let (db, names) = (&app.work.db, worker::registry().names());
    let (one, two) = tokio::join!(schedules::tick(db, &names), schedules::tick(db, &names));
    one.expect("a tick");
    two.expect("a tick");
    app.run_jobs().await;
}

#[rocket::async_test]
async fn a_due_time_makes_one_file_and_says_so() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let address = program(&browser, view(&app, &browser, "statut=valide&colonnes=reference.debut").await, "4").await;
    let page = browser.get(&address).await.ok();
    assert!(page.text().contains("chaque lundi à 6 h") && page.text().contains("Rien encore"), "{}", page.text());
    let local: String =
        app.one("SELECT to_char(prochaine_le AT TIME ZONE 'America/Guadeloupe', 'ID HH24') FROM planification WHERE origine = 'personne'").await;
    assert_eq!(local, "1 06", "a Monday, between 6 and 6:10 in Guadeloupe");
    assert!(browser.get("/programmes").await.ok().text().contains("chaque lundi à 6 h"));

    due(&app).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, 1, "once, whatever the number of workers");
    let export: i64 = app.one("SELECT id FROM export WHERE etat = 'pret'").await;
    let rows: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'valide'").await;
    assert_eq!(app.one::<i64>("SELECT lignes_ecrites FROM export").await, rows);
    let page = browser.get(&address).await.ok();
    assert!(page.texts("tbody tr")[0].contains("Prêt"), "{:?}", page.texts("tbody tr"));
    assert_eq!(page.attributes("tbody a", "href"), [format!("/exports/{export}")]);
    browser.get(&format!("/exports/{export}/fichier")).await.ok();
    let line: i64 =
        app.one("SELECT count(*) FROM journal WHERE action = 'export' AND detail->>'programme' IS NOT NULL AND acteur_id IS NOT NULL").await;
    assert_eq!(line, 1);

    // The notice is counted on every page, until it is read.
    assert_eq!(browser.get("/").await.ok().texts(".nombre-avis"), ["1"]);
    let notices = browser.get("/avis").await.ok();
    assert!(notices.text().contains("est prêt"), "{}", notices.text());
    let open = notices.attributes("tbody form", "action").pop().expect("a notice");
    let other = app.agent(LE_GOSIER).await;
    assert_eq!(other.post(&open, &[]).await.status, Status::NotFound, "somebody else's");
    assert!(!other.get("/avis").await.ok().text().contains("est prêt"));
    assert_eq!(place(&browser.post(&open, &[]).await), format!("/exports/{export}"));
    assert!(browser.get("/").await.ok().texts(".nombre-avis").is_empty());
}

#[rocket::async_test]
async fn only_its_person_sees_it() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let chief = app.administrateur(LE_GOSIER).await;
    let address = program(&browser, view(&app, &browser, "").await, "4").await;
    assert_eq!(chief.get(&address).await.status, Status::NotFound);
    for (path, form) in [
        ("", vec![("vue", "1"), ("format", ""), ("quand", ""), ("heure", ""), ("garder", "")]),
        ("/lancement", vec![]),
        ("/pause", vec![("suspendre", "true")]),
        ("/suppression", vec![("confirme", "true")]),
    ] {
        assert_eq!(chief.post(&format!("{address}{path}"), &form).await.status, Status::NotFound, "{path}");
    }
    // Somebody else's personal view cannot be scheduled.
    let mine: i64 = app.one("SELECT id FROM vue").await;
    let refused =
        chief.post("/programmes", &[("vue", &mine.to_string()), ("format", "csv_fr"), ("quand", "q"), ("heure", "6"), ("garder", "4")]).await;
    refused.refused(Status::UnprocessableEntity, "une de vos vues");
    let refused =
        browser.post("/programmes", &[("vue", &mine.to_string()), ("format", "xls"), ("quand", "m31"), ("heure", "25"), ("garder", "40")]).await;
    refused.refused(Status::UnprocessableEntity, "Choisissez un format");
    assert!(refused.text().contains("de 1 à 12") && refused.text().contains("un jour et une heure"));
    browser.post(&format!("{address}/suppression"), &[]).await.refused(Status::BadRequest, "Je confirme");
}

#[rocket::async_test]
async fn lost_rights_pause_it_with_the_reason() {
    let app = App::new().await;
    let person = app.person("agent", &[LE_GOSIER, GRAND_SUD]).await;
    let id = view(&app, &person, "statut=valide").await;
    let address = program(&person, id, "4").await;
    // Rights are those of the run: a narrower perimeter makes a narrower file.
    app.run_sql(&format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {} AND collectivite_id IN (SELECT id FROM collectivite WHERE siren = '{GRAND_SUD}')", person.user_id)).await;
    due(&app).await;
    let rows: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113' AND statut = 'valide'").await;
    assert_eq!(app.one::<i64>("SELECT lignes_ecrites FROM export").await, rows);

    let resume = async || place(&person.post(&format!("{address}/pause"), &[("suspendre", "false")]).await);
    let reason = async || -> String { app.one("SELECT coalesce(pause_motif, '') FROM export_programme").await };
    let cases = [
        (
            format!("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {}", person.user_id),
            format!("INSERT INTO utilisateur_collectivite SELECT {}, id FROM collectivite WHERE siren = '{LE_GOSIER}'", person.user_id),
            "aucune commune",
        ),
        (
            format!("UPDATE utilisateur SET actif = false WHERE id = {}", person.user_id),
            format!("UPDATE utilisateur SET actif = true WHERE id = {}", person.user_id),
            "désactivé",
        ),
        (
            format!("UPDATE utilisateur SET role = 'exploitant' WHERE id = {}", person.user_id),
            format!("UPDATE utilisateur SET role = 'agent' WHERE id = {}", person.user_id),
            "n’ouvrent plus sa liste",
        ),
        ("UPDATE vue SET supprime_le = now()".into(), "UPDATE vue SET supprime_le = NULL".into(), "La vue n’existe plus"),
        (
            "UPDATE vue SET requete = requete || '&couleur=bleu'".into(),
            "UPDATE vue SET requete = replace(requete, '&couleur=bleu', '')".into(),
            "filtre « couleur »",
        ),
        ("UPDATE export_programme SET format = 'disparu'".into(), "UPDATE export_programme SET format = 'csv_fr'".into(), "format"),
    ];
    let mut exports = 1;
    for (lose, give_back, words) in cases {
        app.run_sql(&lose).await;
        due(&app).await;
        assert!(plain(&reason().await).contains(&plain(words)), "{words}: {}", reason().await);
        assert_eq!(app.one::<i64>("SELECT count(*) FROM planification WHERE origine = 'personne' AND active").await, 0, "{words}: paused");
        assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, exports, "{words}: no file");
        app.run_sql(&give_back).await;
        let page = person.get(&address).await.ok();
        assert!(page.texts(".message").join(" ").contains(&plain(words)), "{words}: shown");
        assert!(person.get("/avis").await.ok().text().contains("suspendu"), "{words}: told");
        resume().await;
        assert_eq!(reason().await, "");
        due(&app).await;
        exports += 1;
        assert_eq!(app.one::<i64>("SELECT count(*) FROM export WHERE etat = 'pret'").await, exports, "{words}: it goes on");
    }
}

#[rocket::async_test]
async fn older_files_give_way() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let address = program(&browser, view(&app, &browser, "statut=conteste").await, "2").await;
    for _ in 0..4 {
        due(&app).await;
    }
    let kept: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM export WHERE expire_le > now() ORDER BY id").fetch_all(app.pool()).await.expect("exports");
    assert_eq!(kept, [3, 4], "the two last");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export WHERE expire_le <= now()").await, 2);
    // Two weeks and one more: longer than an ordinary export, and bounded.
    assert_eq!(app.one::<i32>("SELECT round(extract(epoch FROM max(expire_le) - max(lu_le)) / 86400)::int FROM export").await, 21);
    assert_eq!(browser.get(&address).await.ok().texts("tbody tr").len(), 4);
    place(&browser.post(&format!("{address}/suppression"), &[("confirme", "true")]).await);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM planification WHERE origine = 'personne'").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, 4, "its files stay until their time");
}

#[rocket::async_test]
async fn it_can_be_run_paused_and_changed() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = view(&app, &browser, "").await.to_string();
    let address = program(&browser, id.parse().expect("a number"), "4").await;
    place(&browser.post(&format!("{address}/lancement"), &[]).await);
    browser.post(&format!("{address}/lancement"), &[]).await.refused(Status::Conflict, "pas encore parti");
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export WHERE etat = 'pret'").await, 1);
    place(&browser.post(&format!("{address}/pause"), &[("suspendre", "true")]).await);
    due(&app).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, 1, "paused");
    assert!(
        browser.get(&address).await.ok().text().contains("aucun tant qu'il est suspendu")
            || browser.get(&address).await.ok().text().contains("aucun tant qu&#39;il est suspendu")
    );

    let typed = |version: &'static str| {
        [("vue", id.as_str()), ("format", "csv_rfc4180"), ("quand", "m0"), ("heure", "22"), ("garder", "12"), ("version", version)]
            .map(|(a, b)| (a, b.to_string()))
    };
    let send = async |version: &'static str| {
        let form = typed(version);
        let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (*a, b.as_str())).collect();
        browser.post(&address, &form).await
    };
    let late = send("1").await;
    late.refused(Status::Conflict, "chaque lundi");
    assert_eq!(late.attributes("#quand option[selected]", "value"), ["m0"], "what was chosen stays");
    place(&send("2").await);
    assert_eq!(app.one::<String>("SELECT expression FROM planification WHERE origine = 'personne'").await, "0 22 L * *");
    place(&browser.post(&format!("{address}/pause"), &[("suspendre", "false")]).await);
    let local: i32 = app.one("SELECT extract(day FROM (prochaine_le AT TIME ZONE 'America/Guadeloupe') + interval '1 day')::int FROM planification WHERE origine = 'personne'").await;
    assert_eq!(local, 1, "the last day of a month");
    let lines: i64 = app.one("SELECT count(*) FROM journal WHERE objet = 'export programmé'").await;
    assert_eq!(lines, 5, "created, run, paused, changed, resumed");
}

#[rocket::async_test]
async fn a_failure_is_told_once_and_a_killed_run_asks_once() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let address = program(&browser, view(&app, &browser, "").await, "4").await;
    place(&browser.post(&format!("{address}/lancement"), &[]).await);
    app.run_jobs().await;
    // The job comes back as if its worker had died right after its commit.
    app.run_sql("UPDATE job SET state = 'ready', finished_at = NULL, attempts = 0 WHERE name = 'export_programme'").await;
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, 1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM avis").await, 1);

    // An export that cannot be read any more: its attempts are used up.
    place(&browser.post(&format!("{address}/lancement"), &[]).await);
    app.run_sql("UPDATE job SET max_attempts = 1").await;
    app.run_sql("CREATE FUNCTION echoue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full' USING ERRCODE = '53100'; END $$").await;
    app.run_sql("CREATE TRIGGER echoue BEFORE INSERT ON export_lot FOR EACH ROW EXECUTE FUNCTION echoue()").await;
    app.run_sql("CREATE FUNCTION un_essai() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.max_attempts := 1; RETURN NEW; END $$").await;
    app.run_sql("CREATE TRIGGER un_essai BEFORE INSERT ON job FOR EACH ROW EXECUTE FUNCTION un_essai()").await;
    app.run_jobs().await;
    assert_eq!(app.one::<String>("SELECT issue FROM export_programme_fois ORDER BY id DESC LIMIT 1").await, "echec");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM avis WHERE ton = 'erreur'").await, 1);
    assert!(browser.get(&address).await.ok().texts("tbody tr")[0].contains("plus de place"), "the cause is shown, in French");
    // All read at once.
    let last: i64 = app.one("SELECT max(id) FROM avis").await;
    place(&browser.post("/avis", &[("dernier", &last.to_string())]).await);
    assert!(browser.get("/").await.ok().texts(".nombre-avis").is_empty());
}

/// A sentence with plain spaces and apostrophes, as texts of a page are read.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ").replace('’', "'")
}
