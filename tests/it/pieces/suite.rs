//! What goes wrong on the way of a note or of a file: answers that are lost, rows that go elsewhere, a store that fails.

use std::fs;
use std::time::Duration;

use rocket::http::Status;

use super::{PDF, aged, attach, led, rows, stay, stored, token, upkeep_ends, write};
use crate::support::App;
use crate::support::app::LE_GOSIER;

/// A commit that fails may have been done: the bytes stay, and go with the upkeep when no row names them.
#[rocket::async_test]
async fn a_commit_without_an_answer_removes_no_file() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    app.run_sql("CREATE FUNCTION refus_tardif() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trop tard'; END $$").await;
    app.run_sql("CREATE CONSTRAINT TRIGGER refus_tardif AFTER INSERT ON piece_jointe DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refus_tardif()")
        .await;
    assert_eq!(attach(&agent, &row, "tard", &[("a.pdf", PDF)]).await.status, Status::InternalServerError);
    assert_eq!((app.one::<i64>("SELECT count(*) FROM piece_jointe").await, stored(&app).len()), (0, 1));
    aged(&fs::File::options().write(true).open(&stored(&app)[0]).expect("a file"), 48);
    assert_eq!((upkeep_ends(&app).await.as_str(), stored(&app).len()), ("done", 0));
}

/// A row that goes elsewhere while a form waits is given nothing.
#[rocket::async_test]
async fn a_row_that_goes_meanwhile_is_given_nothing() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    let id = rows(&app).await[0].2;
    // A stay is of the place of its lodging: it goes alone here.
    app.run_sql("ALTER TABLE sejour DROP CONSTRAINT sejour_logement_id_code_insee_fkey").await;
    let waits = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                 WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()";
    for files in [false, true] {
        let mut held = app.pool().begin().await.expect("a transaction");
        let lock = "SELECT pg_advisory_xact_lock(hashtext('pieces sejours'), hashtext($1::text))";
        sqlx::query(lock).bind(id).execute(&mut *held).await.expect("a lock");
        let sent =
            async { if files { attach(&agent, &row, "perdus", &[("a.pdf", PDF)]).await } else { write(&agent, &row, "Perdue", "perdue").await } };
        let away = async {
            while app.one::<i64>(waits).await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            sqlx::query("UPDATE sejour SET code_insee = '97105' WHERE id = $1").bind(id).execute(app.pool()).await.expect("moved");
            held.commit().await.expect("released");
        };
        let (page, ()) = tokio::join!(sent, away);
        assert_eq!(page.status, Status::NotFound, "{}", page.text());
        let counts = "SELECT (SELECT count(*) FROM note) + (SELECT count(*) FROM piece_jointe)";
        assert_eq!((app.one::<i64>(counts).await, stored(&app).len()), (0, 0));
        sqlx::query("UPDATE sejour SET code_insee = '97113' WHERE id = $1").bind(id).execute(app.pool()).await.expect("back");
    }
}

/// The store does not let a file go: the others go, and so does what the base must forget.
#[rocket::async_test]
async fn a_file_that_stays_keeps_nothing_else() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    led(&attach(&agent, &row, "menage", &[("a.pdf", PDF), ("b.pdf", PDF)]).await, &row);
    app.run_sql("UPDATE piece_jointe SET retire_le = now() - interval '8 days' - interval '1 minute' * (2 - rang)").await;
    let first: String = app.one("SELECT chemin FROM piece_jointe WHERE rang = 0").await;
    let place = app.folder.path().join(&first);
    fs::remove_file(&place).expect("removed");
    fs::create_dir(&place).expect("a folder that no file can be");
    fs::write(place.join("dedans"), b"x").expect("written");
    let future: String = app.one("SELECT 'journal_' || to_char(date_trunc('month', now()) + interval '1 month', 'YYYY_MM')").await;
    app.run_sql(&format!("DROP TABLE {future}")).await;
    assert_ne!(upkeep_ends(&app).await, "done", "it is told");
    assert_eq!(app.one::<Vec<String>>("SELECT array_agg(nom) FROM piece_jointe").await, ["a.pdf"]);
    let made: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&future).fetch_one(app.pool()).await.expect("an answer");
    assert!(made, "the journal was seen to");
}

/// A form that has added something says so of nothing else.
#[rocket::async_test]
async fn a_form_that_has_served_does_not_swallow_other_words() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    led(&write(&agent, &row, "Une", "forme").await, &row);
    led(&write(&agent, &row, "Une", "forme").await, &row);
    let page = write(&agent, &row, "Autre", "forme").await;
    page.refused(Status::Conflict, "déjà enregistré une autre note");
    assert_eq!(page.texts("textarea"), ["Autre"]);
    let jeton = page.attributes("#notes form input[name=jeton]", "value")[0].clone();
    assert_ne!(jeton, token("forme"));
    led(&agent.post(&format!("{row}/notes"), &[("texte", "Autre"), ("jeton", &jeton), ("retour", &row)]).await, &row);
    led(&attach(&agent, &row, "forme", &[("a.pdf", PDF)]).await, &row);
    led(&attach(&agent, &row, "forme", &[("autre nom.pdf", PDF)]).await, &row);
    let other = [PDF, b"\n"].concat();
    attach(&agent, &row, "forme", &[("a.pdf", &other)]).await.refused(Status::Conflict, "d’autres fichiers");
    let counts: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM note), (SELECT count(*) FROM piece_jointe)").fetch_one(app.pool()).await.expect("counts");
    assert_eq!((counts, stored(&app).len()), ((2, 1), 1));
}

/// What comes back is counted as what is new, and an old window says what is true.
#[rocket::async_test]
async fn what_comes_back_has_its_bounds_and_its_words() {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    let row = stay(&app).await;
    led(&write(&agent, &row, "Revenue", "retour").await, &row);
    let note: i64 = app.one("SELECT id FROM note").await;
    agent.post(&format!("{row}/notes/{note}/suppression"), &[("version", "1"), ("retour", &row)]).await;
    let undo = format!("#notes form[action='{row}/notes/{note}/retablissement'] input[name=jeton]");
    let jeton = agent.get(&row).await.ok().attributes(&undo, "value")[0].clone();
    app.run_sql("INSERT INTO note (liste, cle, texte, auteur_id, jeton) SELECT liste, cle, 'Autre', auteur_id, rpad('plein' || g, 24, '-') FROM note, generate_series(1, 200) g").await;
    led(&agent.post(&format!("{row}/notes/{note}/retablissement"), &[("jeton", &jeton), ("retour", &row)]).await, &row);
    assert!(agent.get(&row).await.ok().texts("#messages").concat().contains("déjà 200 notes"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM note WHERE retire_le IS NULL").await, 200);
    // Removed, brought back, and removed again from a window that knows of neither.
    led(&attach(&agent, &row, "retour", &[("a.pdf", PDF)]).await, &row);
    let piece = format!("{row}/pieces/{}", app.one::<i64>("SELECT id FROM piece_jointe").await);
    app.run_sql("UPDATE piece_jointe SET version = 3").await;
    led(&agent.post(&format!("{piece}/suppression"), &[("version", "1"), ("retour", &row)]).await, &row);
    let told = agent.get(&row).await.ok().texts("#messages").concat();
    assert!(told.contains("rétabli entre-temps") && !told.contains("déjà retiré"), "{told}");
    // A name of any length is told in a few words.
    let name = format!("{}.exe", "n".repeat(900));
    let page = attach(&agent, &row, "long", &[(&name, b"MZ\x90\x00\x03\x00\x00\x00")]).await;
    page.refused(Status::UnprocessableEntity, "programme");
    assert!(page.text().contains("n".repeat(120)) && !page.text().contains("n".repeat(121)));
}
