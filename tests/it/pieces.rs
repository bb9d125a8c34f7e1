//! Notes and attached files: who may, what is accepted, what is kept of it, and what comes back.

mod suite;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use gardel::travaux::Upkeep;
use rocket::http::{Header, Status};
use sha2::{Digest, Sha256};

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

/// By the bytes, never by the name; by the size; and the good ones of a send are kept when others are refused.
#[rocket::async_test]
async fn a_file_is_what_its_bytes_are() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    let mut huge = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x06\x00\x00\x00".to_vec();
    huge.extend([0; 64]);
    let large = [PDF, &vec![b' '; 20 * 1024 * 1024]].concat();
    let refused: &[(&str, &[u8], &str)] = &[
        ("facture.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff", "programme"),
        ("facture.pdf", b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00", "programme"),
        ("photo.jpg", b"<!DOCTYPE html><script>alert(1)</script>", "page web"),
        ("photo.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>", "page web"),
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n", "script"),
        ("notes.js", b"alert(1)", "script"),
        ("vide.pdf", b"", "vide"),
        ("plan.png", &huge, "65535 × 65535"),
        ("gros.pdf", &large, "20 Mio"),
        ("archive.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "archive"),
        ("quoi.pdf", b"\x00\x01\x02\x03", "n’est pas accepté"),
    ];
    for (place, (name, bytes, words)) in refused.iter().enumerate() {
        let page = attach(&agent, &row, &format!("refus{place}"), &[(name, bytes)]).await;
        page.refused(Status::UnprocessableEntity, words);
        assert!(page.text().contains(name), "{name} is named");
    }
    attach(&agent, &row, "rien", &[]).await.refused(Status::UnprocessableEntity, "au moins un fichier");
    attach(&agent, &row, "rien", &[("", b"")]).await.refused(Status::UnprocessableEntity, "au moins un fichier");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM piece_jointe").await, 0);
    led(&attach(&agent, &row, "melange", &[("bon.pdf", PDF), ("mauvais.pdf", b"MZ\x90\x00\x03\x00\x00\x00")]).await, &row);
    let told = agent.get(&row).await.ok().texts("#messages").join(" ");
    assert!(told.contains("Le fichier est joint") && told.contains("« mauvais.pdf »"), "{told}");
    assert_eq!(stored(&app).len(), 1);
}

/// A name is shown and sent as words: no header, no path and no eye is led elsewhere by it.
#[rocket::async_test]
async fn a_download_is_an_attachment_and_nothing_else() {
    let app = App::new().await;
    let (agent, colleague) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    let row = stay(&app).await;
    attach(&agent, &row, "noms", &[("..\\..\\été\u{202e}fdp.exe", PDF), ("a;b.csv", b"a;b\n1;\xe9\n")]).await;
    let names: Vec<(i64, String)> = sqlx::query_as("SELECT id, nom FROM piece_jointe ORDER BY id").fetch_all(app.pool()).await.expect("files");
    assert_eq!(names.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["étéfdp.exe.pdf", "a;b.csv"]);
    let page = colleague.get(&format!("{row}/pieces/{}", names[0].0)).await.ok();
    assert_eq!(page.body, PDF);
    for (name, value) in [
        ("Content-Type", "application/pdf"),
        ("Content-Disposition", "attachment; filename=\"_t_fdp.exe.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9fdp.exe.pdf"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, no-store"),
        ("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
    ] {
        assert_eq!(page.header(name).as_deref(), Some(value), "{name}");
    }
    let text = colleague.get(&format!("{row}/pieces/{}", names[1].0)).await.ok();
    assert_eq!(text.header("Content-Type").as_deref(), Some("text/csv; charset=windows-1252"));
    // The path is ours and says nothing; the digest is that of the bytes.
    let (path, digest): (String, String) =
        sqlx::query_as("SELECT chemin, sha256 FROM piece_jointe ORDER BY id LIMIT 1").fetch_one(app.pool()).await.expect("a file");
    assert!(!path.contains("fdp"), "{path}");
    assert_eq!(digest, Sha256::digest(PDF).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let noted: i64 =
        sqlx::query_scalar("SELECT count(*) FROM journal WHERE action = 'telechargement' AND acteur_id = $1 AND collectivite_id IS NOT NULL")
            .bind(colleague.user_id)
            .fetch_one(app.pool())
            .await
            .expect("lines");
    assert!(noted >= 2, "each download is noted at the places of the row");
    // A part, and what the store no longer has.
    let part = colleague.get_with(&format!("{row}/pieces/{}", names[0].0), &[("Range", "bytes=1-3")]).await;
    assert_eq!((part.status, part.body.as_slice()), (Status::PartialContent, &PDF[1..4]));
    fs::remove_file(app.folder.path().join(&path)).expect("removed");
    colleague.get(&format!("{row}/pieces/{}", names[0].0)).await.refused(Status::Gone, "plus dans le dépôt");
    assert!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'telechargement_echoue'").await >= 1);
}

/// More than a send may have is refused by what it says, without being read; or when it has been read as far as it may.
#[rocket::async_test]
async fn three_gigabytes_are_not_read() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    let request = app
        .client
        .post(format!("{row}/pieces"))
        .header(Header::new("Content-Type", "multipart/form-data; boundary=x"))
        .header(Header::new("Content-Length", (3_u64 << 30).to_string()))
        .header(Header::new("Host", "localhost"))
        .header(Header::new("Sec-Fetch-Site", "same-origin"));
    let page = Page::read(agent.signed(request).dispatch().await).await;
    page.refused(Status::PayloadTooLarge, "dépasse 60 Mio");
    let files: Vec<(&str, &[u8])> = Vec::from([("a.pdf", PDF)]);
    let whole = [PDF, &vec![b' '; 16 * 1024 * 1024]].concat();
    let many = [files, vec![("b.pdf", whole.as_slice()); 4]].concat();
    attach(&agent, &row, "soixante", &many).await.refused(Status::PayloadTooLarge, "dépasse 60 Mio");
    // Neither a form without files nor one that is cut.
    agent.post(&format!("{row}/pieces"), &[("jeton", &token("x"))]).await.refused(Status::BadRequest, "incomplet");
    assert_eq!((app.one::<i64>("SELECT count(*) FROM piece_jointe").await, stored(&app).len()), (0, 0));
}

/// So many for a row, and no more: notes, files, bytes, and what one person sends in a day.
#[rocket::async_test]
async fn a_row_has_so_many_and_no_more() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    let id = rows(&app).await[0].2;
    let note = "INSERT INTO note (liste, cle, texte, auteur_id, jeton) SELECT 'sejours', $1, 'Note ' || g, $2, rpad('plein' || g, 24, '-') FROM generate_series(1, 200) g";
    sqlx::query(note).bind(id).bind(agent.user_id).execute(app.pool()).await.expect("notes");
    let page = write(&agent, &row, "Une de trop", "trop").await;
    page.refused(Status::Conflict, "déjà 200 notes");
    assert_eq!(page.texts("textarea"), ["Une de trop"]);
    assert_eq!(agent.get(&row).await.ok().texts(".notes > li").len(), 10, "the last ones");
    assert_eq!(agent.get(&format!("{row}/notes")).await.ok().texts(".notes > li").len(), 200);
    // However many were removed since, those that are there are shown.
    app.run_sql("INSERT INTO note (liste, cle, texte, auteur_id, jeton, retire_le) SELECT liste, cle, 'Retirée', auteur_id, 'r' || g || jeton, now() FROM note, generate_series(1, 3) g").await;
    assert_eq!(agent.get(&format!("{row}/notes")).await.ok().texts(".notes > li").len(), 200);
    let file = "INSERT INTO piece_jointe (liste, cle, nom, nature, octets, sha256, chemin, auteur_id, jeton, rang, cree_le)
                SELECT 'sejours', $1, 'x.pdf', 'pdf', $4, repeat('0', 64), 'pieces/2026-11-23/' || rpad($5 || g, 24, '-'), $2, rpad($5 || g, 24, '-'), 0, now() - make_interval(days => $6)
                FROM generate_series(1, $3) g";
    let fill = async |count: i32, bytes: i64, name: &str, days: i32| {
        app.run_sql("DELETE FROM piece_jointe").await;
        let filling = sqlx::query(file).bind(id).bind(agent.user_id).bind(count).bind(bytes).bind(name).bind(days);
        filling.execute(app.pool()).await.expect("files");
    };
    fill(29, 1, "nombre", 2).await;
    attach(&agent, &row, "deux", &[("a.pdf", PDF), ("b.pdf", PDF)]).await.refused(Status::Conflict, "30 au plus");
    led(&attach(&agent, &row, "un", &[("a.pdf", PDF)]).await, &row);
    fill(10, 20 << 20, "taille", 2).await;
    attach(&agent, &row, "taille", &[("a.pdf", PDF)]).await.refused(Status::Conflict, "200 Mio");
    fill(1, 1 << 30, "jour", 0).await;
    app.run_sql("UPDATE piece_jointe SET cle = cle + 1").await;
    attach(&agent, &row, "jour", &[("a.pdf", PDF)]).await.refused(Status::Conflict, "en un jour");
    fill(1, 1 << 30, "hier", 2).await;
    app.run_sql("UPDATE piece_jointe SET cle = cle + 1").await;
    led(&attach(&agent, &row, "hier", &[("a.pdf", PDF)]).await, &row);
    let many: Vec<(&str, &[u8])> = vec![("m.pdf", PDF); 12];
    led(&attach(&agent, &row, "douze", &many).await, &row);
    assert!(agent.get(&row).await.ok().text().contains("10 fichiers au plus par envoi"));
}

/// A removed file goes with its bytes when its days are over; what no row names goes when it is old; the rest stays.
#[rocket::async_test]
async fn the_upkeep_takes_what_is_over_and_nobodys() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    write(&agent, &row, "Gardée", "a").await;
    write(&agent, &row, "Retirée", "b").await;
    attach(&agent, &row, "a", &[("garde.pdf", PDF), ("retire.pdf", PDF), ("recent.pdf", PDF)]).await;
    app.run_sql("UPDATE note SET retire_le = now() - interval '8 days' WHERE texte = 'Retirée'").await;
    app.run_sql("UPDATE piece_jointe SET retire_le = now() - interval '8 days' WHERE nom = 'retire.pdf'").await;
    app.run_sql("UPDATE piece_jointe SET retire_le = now() - interval '6 days' WHERE nom = 'recent.pdf'").await;
    // What a server that died between the store and the base leaves: an old one, and one that is being sent. And what the
    // library of the folder leaves beside the name when it is cut.
    let day = app.folder.path().join("pieces/2026-11-23");
    for (name, age) in
        [("ancien-orphelin-abcdefgh", 48), ("jeune-orphelin-abcdefgh", 1), ("coupe-orphelin-abcdefgh#1", 48), ("envoi-orphelin-abcdefgh#12", 1)]
    {
        let mut file = fs::File::create(day.join(name)).expect("a file");
        file.write_all(PDF).expect("written");
        file.flush().expect("written");
        aged(&file, age);
    }
    // Every file that has a row is old too: its row keeps it.
    for path in stored(&app) {
        if !path.display().to_string().contains("orphelin") {
            aged(&fs::File::options().write(true).open(&path).expect("a file"), 48);
        }
    }
    // Other files of the store are nobody's business here.
    fs::write(app.folder.path().join("autre"), b"x").expect("written");
    upkeep(&app).await;
    let mut left: Vec<String> = sqlx::query_scalar("SELECT nom FROM piece_jointe ORDER BY nom").fetch_all(app.pool()).await.expect("names");
    assert_eq!(left, ["garde.pdf", "recent.pdf"]);
    assert_eq!(app.one::<Vec<String>>("SELECT array_agg(texte) FROM note").await, ["Gardée"]);
    left = stored(&app)
        .iter()
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .filter(|name| name.contains("orphelin"))
        .collect();
    left.sort();
    assert_eq!(left, ["envoi-orphelin-abcdefgh#12", "jeune-orphelin-abcdefgh"]);
    assert_eq!(stored(&app).len(), 4);
    assert!(app.folder.path().join("autre").exists());
    for path in sqlx::query_scalar::<_, String>("SELECT chemin FROM piece_jointe").fetch_all(app.pool()).await.expect("paths") {
        assert!(app.folder.path().join(&path).exists(), "{path}");
    }
}

/// The store refuses: nothing is attached, and the person is told.
#[rocket::async_test]
async fn a_store_that_fails_attaches_nothing() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    // A file where the folder should be.
    fs::write(app.folder.path().join("pieces"), b"").expect("written");
    attach(&agent, &row, "panne", &[("a.pdf", PDF)]).await.refused(Status::ServiceUnavailable, "rien n’a été joint");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM piece_jointe").await, 0);
}

/// The base refuses after the store took: the bytes go at once.
#[rocket::async_test]
async fn what_the_base_refuses_leaves_nothing() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    app.run_sql("ALTER TABLE piece_jointe ADD CONSTRAINT refus CHECK (nom <> 'b.pdf')").await;
    let page = attach(&agent, &row, "refus", &[("a.pdf", PDF), ("b.pdf", PDF)]).await;
    assert_eq!(page.status, Status::InternalServerError);
    assert_eq!((app.one::<i64>("SELECT count(*) FROM piece_jointe").await, stored(&app).len()), (0, 0));
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
