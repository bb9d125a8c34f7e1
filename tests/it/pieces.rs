//! Notes and attached files: who may, what is accepted, what is kept of it, and what comes back.

mod fichiers;
mod suite;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use gardel::travaux::Upkeep;
use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";

/// A row of Le Gosier in each list that has notes.
async fn rows(app: &App) -> [(&'static str, &'static str, i64); 3] {
    let host = "SELECT min(h.hebergeur_id) FROM hebergeur_commune h WHERE h.code_insee = '97113'
                AND NOT EXISTS (SELECT 1 FROM hebergeur_commune o WHERE o.hebergeur_id = h.hebergeur_id AND o.code_insee <> '97113')";
    [
        ("sejours", "séjour", app.one("SELECT min(id) FROM sejour WHERE code_insee = '97113'").await),
        ("logements", "logement", app.one("SELECT min(id) FROM logement WHERE code_insee = '97113'").await),
        ("hebergeurs", "hébergeur", app.one(host).await),
    ]
}

async fn stay(app: &App) -> String {
    format!("/sejours/{}", rows(app).await[0].2)
}

/// A token that no other form has.
fn token(name: &str) -> String {
    format!("{name:-<24}")
}

async fn write(browser: &Browser<'_>, row: &str, text: &str, name: &str) -> Page {
    browser.post(&format!("{row}/notes"), &[("texte", text), ("jeton", &token(name)), ("retour", row)]).await
}

async fn attach(browser: &Browser<'_>, row: &str, name: &str, files: &[(&str, &[u8])]) -> Page {
    browser.send_files(&format!("{row}/pieces"), &[("jeton", &token(name)), ("retour", row)], files).await
}

fn led(page: &Page, place: &str) {
    assert_eq!((page.status, page.header("Location").as_deref()), (Status::SeeOther, Some(place)), "{}", page.text());
}

/// The files of the store, under the folder of attached files.
fn stored(app: &App) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(days) = fs::read_dir(app.folder.path().join("pieces")) else { return found };
    for day in days.flatten() {
        found.extend(fs::read_dir(day.path()).expect("a day").flatten().map(|file| file.path()));
    }
    found
}

/// Makes a file just written `hours` older.
fn aged(file: &fs::File, hours: u64) {
    let written = file.metadata().and_then(|known| known.modified()).expect("an age");
    file.set_modified(written - Duration::from_secs(hours * 3_600)).expect("another age");
}

/// Runs the upkeep; gives the state of its job.
async fn upkeep_ends(app: &App) -> String {
    let mut write = app.context.db.write().await.expect("a transaction");
    gardel::platform::jobs::enqueue(&mut write, &Upkeep::default(), gardel::platform::jobs::Requester::default()).await.expect("a job");
    write.commit().await.expect("commits");
    app.run_jobs().await;
    app.one("SELECT state FROM job WHERE name = 'entretien' ORDER BY id DESC LIMIT 1").await
}

async fn upkeep(app: &App) {
    let state = upkeep_ends(app).await;
    assert_eq!(state, "done", "{:?}", app.one::<Option<String>>("SELECT max(error) FROM job").await);
}

/// Every list alike: written, attached, counted in the titles, told by the history and by the journal.
#[rocket::async_test]
async fn the_three_files_have_them() {
    let app = App::new().await;
    let (agent, colleague) = (app.agent(LE_GOSIER).await, app.agent(RIVIERA).await);
    for (list, object, id) in rows(&app).await {
        let row = format!("/{list}/{id}");
        let page = agent.get(&row).await.ok();
        assert!(page.texts("h2").contains(&"Notes".to_string()) && page.texts("h2").contains(&"Pièces jointes".to_string()), "{list}");
        led(&write(&agent, &row, "Rappeler lundi\r\n  avant midi", list).await, &row);
        led(&attach(&agent, &row, list, &[("bail.pdf", PDF), ("reçu été.pdf", PDF)]).await, &row);
        for browser in [&agent, &colleague] {
            let page = browser.get(&row).await.ok();
            let titles = page.texts("h2");
            assert!(titles.contains(&"Notes (1)".to_string()) && titles.contains(&"Pièces jointes (2)".to_string()), "{list}: {titles:?}");
            assert!(page.text().contains("Rappeler lundi\n  avant midi"), "{list}: the lines are kept");
            let told = page.texts(".historique li").join("\n");
            assert!(told.contains("Note écrite") && told.contains("Pièce jointe ajoutée : « bail.pdf »"), "{list}: {told}");
        }
        assert_eq!(colleague.get(&row).await.texts("#notes form[action$='suppression']").len(), 0, "{list}: not theirs");
        // As plain SQL tells it.
        let lines: i64 =
            sqlx::query_scalar("SELECT count(*) FROM journal WHERE objet = $1 AND objet_id = $2 AND acteur_id = $3 AND action = 'modification'")
                .bind(object)
                .bind(id.to_string())
                .bind(agent.user_id)
                .fetch_one(app.pool())
                .await
                .expect("lines");
        assert_eq!(lines, 3, "{list}");
    }
    let whole: i64 = app.one("SELECT count(*) FROM journal WHERE detail::text LIKE '%Rappeler%'").await;
    assert_eq!(whole, 0, "the journal says that a note was written, and not what it says");
    let chief = app.administrateur(LE_GOSIER).await;
    let journal = chief.get("/journal").await.ok().texts("#liste tbody tr").join("\n");
    assert!(journal.contains("Note : écrite") && journal.contains("Pièce jointe : ajoutée"), "{journal}");
}

/// A row of elsewhere has no notes and no files, whatever is asked of them.
#[rocket::async_test]
async fn a_row_of_elsewhere_does_not_exist() {
    let app = App::new().await;
    let (agent, other, exploitant) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await, app.exploitant().await);
    for (list, _, id) in rows(&app).await {
        let row = format!("/{list}/{id}");
        write(&agent, &row, "À nous", list).await;
        attach(&agent, &row, list, &[("bail.pdf", PDF)]).await;
        let note: i64 = app.one("SELECT max(id) FROM note").await;
        let piece: i64 = app.one("SELECT max(id) FROM piece_jointe").await;
        for (browser, status) in [(&other, Status::NotFound), (&exploitant, Status::Forbidden)] {
            for path in ["notes".to_string(), format!("notes/{note}"), "pieces".into(), format!("pieces/{piece}")] {
                assert_eq!(browser.get(&format!("{row}/{path}")).await.status, status, "{row}/{path}");
            }
            for path in [format!("notes/{note}"), format!("notes/{note}/suppression"), format!("pieces/{piece}/suppression")] {
                let form = [("texte", "Pris"), ("version", "1"), ("jeton", "x")];
                assert_eq!(browser.post(&format!("{row}/{path}"), &form).await.status, status, "{row}/{path}");
            }
            assert_eq!(write(browser, &row, "Pris", "pris").await.status, status);
            assert_eq!(attach(browser, &row, "pris", &[("x.pdf", PDF)]).await.status, status);
        }
        // Through a row of theirs, the note and the file of another one are not found either.
        let theirs: i64 = app.one("SELECT min(id) FROM sejour WHERE code_insee = '97105'").await;
        assert_eq!(other.get(&format!("/sejours/{theirs}/pieces/{piece}")).await.status, Status::NotFound);
        assert_eq!(other.post(&format!("/sejours/{theirs}/notes/{note}"), &[("texte", "x"), ("version", "1")]).await.status, Status::NotFound);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM note WHERE texte = 'À nous' AND version = 1 AND retire_le IS NULL").await, 3);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM note").await, 3);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM piece_jointe WHERE retire_le IS NULL").await, 3);
    assert_eq!(stored(&app).len(), 3, "what was refused left nothing in the store");
    // A list that has none.
    assert_eq!(agent.get("/communes/97113/notes").await.status, Status::NotFound);
}

#[rocket::async_test]
async fn what_is_typed_is_words() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    let typed = "<script>alert(1)</script> & \"x\" </textarea><b>";
    write(&agent, &row, typed, "mots").await;
    for path in [row.clone(), format!("{row}/notes"), format!("{row}/notes/{}", app.one::<i64>("SELECT id FROM note").await)] {
        let page = agent.get(&path).await.ok();
        assert!(!page.text().contains("<script>alert"), "{path}");
        assert!(page.texts("#notes .texte, textarea").iter().any(|text| text == typed), "{path}: {:?}", page.texts("#notes .texte, textarea"));
    }
    // Nothing, too much: what was typed stays in its field.
    write(&agent, &row, " \r\n ", "vide").await.refused(Status::UnprocessableEntity, "Écrivez quelque chose");
    let long = "é".repeat(4_001);
    let page = write(&agent, &row, &long, "long").await;
    page.refused(Status::UnprocessableEntity, "4 001 caractères");
    assert_eq!(page.texts("textarea"), [long.as_str()]);
    led(&write(&agent, &row, &"é".repeat(4_000), "juste").await, &row);
    // A form without its number loses nothing either.
    let page = agent.post(&format!("{row}/notes"), &[("texte", "Gardé"), ("jeton", "x")]).await;
    page.refused(Status::UnprocessableEntity, "perdu son numéro");
    assert_eq!(page.texts("textarea"), ["Gardé"]);
    assert_ne!(page.attributes("input[name=jeton]", "value")[0], "x", "the next try has a number");
}

#[rocket::async_test]
async fn the_same_form_sent_twice_adds_once() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    for _ in 0..2 {
        led(&write(&agent, &row, "Une fois", "double").await, &row);
        led(&attach(&agent, &row, "double", &[("a.pdf", PDF), ("b.pdf", PDF)]).await, &row);
    }
    let (one, two) = (attach(&agent, &row, "foule", &[("c.pdf", PDF)]), attach(&agent, &row, "foule", &[("c.pdf", PDF)]));
    let (one, two) = tokio::join!(one, two);
    led(&one, &row);
    led(&two, &row);
    let (one, two) = tokio::join!(write(&agent, &row, "Foule", "foule"), write(&agent, &row, "Foule", "foule"));
    led(&one, &row);
    led(&two, &row);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM note").await, 2);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM piece_jointe").await, 3);
    assert_eq!(stored(&app).len(), 3, "the second one left nothing in the store");
}

/// Corrected by its author alone; of two windows, the second one is shown both texts.
#[rocket::async_test]
async fn a_note_is_its_authors() {
    let app = App::new().await;
    let (agent, colleague, chief) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await);
    let row = stay(&app).await;
    write(&agent, &row, "Premier texte", "une").await;
    let note = format!("{row}/notes/{}", app.one::<i64>("SELECT id FROM note").await);
    for browser in [&colleague, &chief] {
        browser.get(&note).await.refused(Status::Forbidden, "Seul l'auteur");
        browser.post(&note, &[("texte", "Pris"), ("version", "1")]).await.refused(Status::Forbidden, "Seul l'auteur");
        browser.post(&format!("{note}/suppression"), &[("version", "1")]).await.refused(Status::Forbidden, "Seul l'auteur");
    }
    assert_eq!(agent.get(&note).await.ok().texts("textarea"), ["Premier texte"]);
    led(&agent.post(&note, &[("texte", "Deuxième texte"), ("version", "1"), ("retour", &row)]).await, &row);
    let page = agent.post(&note, &[("texte", "Autre fenêtre"), ("version", "1"), ("retour", &row)]).await;
    page.refused(Status::Conflict, "corrigée entre-temps");
    assert_eq!(page.texts(".versions dd"), ["Autre fenêtre", "Deuxième texte"]);
    assert_eq!((page.texts("textarea"), page.attributes("input[name=version]", "value")), (vec!["Autre fenêtre".into()], vec!["2".into()]));
    led(&agent.post(&note, &[("texte", "Autre fenêtre"), ("version", "2"), ("retour", &row)]).await, &row);
    assert_eq!(app.one::<String>("SELECT texte FROM note").await, "Autre fenêtre");
    // An old window removes nothing that it did not show.
    agent.post(&format!("{note}/suppression"), &[("version", "1")]).await;
    assert!(agent.get(&row).await.ok().text().contains("elle n’est pas retirée"));
    // Elsewhere than on the row, nothing leads.
    let out = agent.post(&note, &[("texte", "Ailleurs"), ("version", "3"), ("retour", "//ailleurs.example/sejours")]).await;
    led(&out, &row);
    // Removed in one window, corrected in the other: the words are not lost.
    agent.post(&format!("{note}/suppression"), &[("version", "4")]).await;
    let page = agent.post(&note, &[("texte", "Mes mots"), ("version", "4")]).await;
    page.refused(Status::Conflict, "retirée entre-temps");
    assert_eq!(page.texts("textarea"), ["Mes mots"]);
}

/// What is removed comes back with one click, by whoever could remove it.
#[rocket::async_test]
async fn what_is_removed_comes_back() {
    let app = App::new().await;
    let (agent, colleague, chief) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await, app.administrateur(LE_GOSIER).await);
    let row = stay(&app).await;
    write(&agent, &row, "À retirer", "une").await;
    attach(&agent, &row, "une", &[("bail.pdf", PDF)]).await;
    let note = format!("{row}/notes/{}", app.one::<i64>("SELECT id FROM note").await);
    let piece = format!("{row}/pieces/{}", app.one::<i64>("SELECT id FROM piece_jointe").await);
    colleague.post(&format!("{piece}/suppression"), &[("version", "1")]).await.refused(Status::Forbidden, "administrateurs");
    for (browser, thing) in [(&agent, &note), (&agent, &piece), (&chief, &piece)] {
        let version: i32 = match thing == &note {
            true => app.one("SELECT version FROM note").await,
            false => app.one("SELECT version FROM piece_jointe").await,
        };
        led(&browser.post(&format!("{thing}/suppression"), &[("version", &version.to_string()), ("retour", &row)]).await, &row);
        assert_ne!(colleague.get(thing).await.status, Status::Ok, "{thing}: nobody's to read");
        let page = browser.get(&row).await.ok();
        let undo = format!("#messages form[action='{thing}/retablissement'] input[name=jeton]");
        let token = page.attributes(&undo, "value").first().cloned().unwrap_or_else(|| panic!("{thing}: {}", page.texts("#messages").join(" ")));
        let folded = page.attributes(&format!(".ajouts form[action='{thing}/retablissement'] input[name=jeton]"), "value");
        assert_eq!(folded.len(), 1, "{thing}: it comes back later too");
        // The way back is its person's.
        assert!(colleague.post(&format!("{thing}/retablissement"), &[("jeton", &token)]).await.status.code >= 400);
        assert!(browser.post(&format!("{thing}/retablissement"), &[("jeton", "faux")]).await.status.code >= 400);
        led(&browser.post(&format!("{thing}/retablissement"), &[("jeton", &token), ("retour", &row)]).await, &row);
        browser.post(&format!("{thing}/retablissement"), &[("jeton", &token), ("retour", &row)]).await;
        assert!(browser.get(&row).await.ok().text().contains("Rien à rétablir"), "{thing}: once");
    }
    let page = colleague.get(&row).await.ok();
    assert!(page.text().contains("À retirer") && page.text().contains("bail.pdf"));
    assert_eq!(colleague.get(&piece).await.ok().body, PDF);
}

/// A session that ends while one writes loses no note; of files it says that they are to be chosen again.
#[rocket::async_test]
async fn a_session_that_ends_loses_no_note() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    app.run_sql("UPDATE session SET vue_le = now() - interval '5 hours'").await;
    let sent = write(&agent, &row, "Première ligne\r\nseconde", "fin").await;
    let place = sent.header("Location").expect("the sign-in page");
    assert!(place.starts_with("/connexion?retour=%2Freprise%2F") && place.ends_with("fin=gardee"), "{place}");
    let files = attach(&agent, &row, "fin", &[("a.pdf", PDF)]).await;
    let door = files.header("Location").expect("the sign-in page");
    assert!(door.ends_with("fin=perdue"), "{door}");
    let told = app.anonymous().get(&door).await.ok();
    assert!(told.text().contains("n’a pas été enregistrée") && told.text().contains("choisissez-les de nouveau"), "{}", told.texts("main").join(" "));
    assert_eq!((app.one::<i64>("SELECT count(*) FROM note").await, stored(&app).len()), (0, 0));
    let agent = app.signed_in(agent.user_id).await;
    let kept: i64 = app.one("SELECT max(id) FROM saisie_gardee").await;
    let led_to = agent.get(&format!("/reprise/{kept}")).await.header("Location").expect("its own form");
    assert_eq!(led_to, format!("{row}/notes?reprise={kept}"));
    let page = agent.get(&led_to).await.ok();
    assert!(page.text().replace("\r\n", "\n").contains("Première ligne\nseconde"), "the lines are kept");
    let jeton = page.attributes("#notes form input[name=jeton]", "value")[0].clone();
    assert_eq!(jeton, token("fin"), "the same form");
    led(&agent.post(&format!("{row}/notes"), &[("texte", "Première ligne\r\nseconde"), ("jeton", &jeton), ("retour", &row)]).await, &row);
    assert_eq!(app.one::<String>("SELECT texte FROM note").await, "Première ligne\nseconde");
    // A correction comes back over the version that was on the screen.
    let note: i64 = app.one("SELECT id FROM note").await;
    app.run_sql("UPDATE session SET vue_le = now() - interval '5 hours'").await;
    agent.post(&format!("{row}/notes/{note}"), &[("texte", "Corrigée"), ("version", "1")]).await;
    app.run_sql("UPDATE note SET texte = 'Entre-temps', version = 2").await;
    let agent = app.signed_in(agent.user_id).await;
    let kept: i64 = app.one("SELECT max(id) FROM saisie_gardee").await;
    let page = agent.get(&agent.get(&format!("/reprise/{kept}")).await.header("Location").expect("its own form")).await.ok();
    assert_eq!((page.texts("textarea"), page.attributes("input[name=version]", "value")), (vec!["Corrigée".into()], vec!["1".into()]));
    let version = page.attributes("input[name=version]", "value")[0].clone();
    agent.post(&format!("{row}/notes/{note}"), &[("texte", "Corrigée"), ("version", &version)]).await.refused(Status::Conflict, "entre-temps");
}

/// What opens the notes of a host opens a file of a person: it is noted as the host's own page is.
#[rocket::async_test]
async fn the_notes_of_a_host_are_read_as_its_file() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let host = rows(&app).await[2].2;
    let read = "SELECT count(*) FROM journal WHERE action = 'consultation' AND objet = 'hébergeur'";
    let before: i64 = app.one(read).await;
    agent.get(&format!("/hebergeurs/{host}/notes")).await.ok();
    assert_eq!(app.one::<i64>(read).await - before, 1);
}
