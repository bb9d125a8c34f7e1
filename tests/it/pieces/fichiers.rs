//! Attached files: what is accepted by its bytes, how it is given back, how many there may be, and what leaves the store.

use std::fs;
use std::io::Write;

use rocket::http::{Header, Status};
use sha2::{Digest, Sha256};

use super::{PDF, aged, attach, led, rows, stay, stored, token, upkeep, write};
use crate::support::app::LE_GOSIER;
use crate::support::{App, Page};

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
