//! Watched folders: what is taken, what is refused, what is put aside, with real folders; nothing twice, nothing lost.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rocket::http::Status;
use tempfile::TempDir;

use super::{confirm, state, undone};
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

pub(super) const FILE: &str = "nom;commune\nHôte déposé;97113\nSans commune;Atlantide\n";

/// An application whose settings name a folder, and that folder.
async fn app() -> (App, TempDir) {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().display().to_string();
    (App::with(move |config| config.deposes = Some(path)).await, place)
}

/// Watches the hosts of Le Gosier in the name of an agent; the folder.
async fn watched<'a>(app: &'a App, place: &TempDir) -> (Browser<'a>, PathBuf) {
    let agent = app.agent(LE_GOSIER).await;
    let chief = app.administrateur(RIVIERA).await;
    let page = declared(app, &chief, LE_GOSIER, "hebergeurs", agent.user_id).await;
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    let folder = place.path().join(LE_GOSIER).join("hebergeurs");
    fs::create_dir_all(&folder).expect("a folder");
    (agent, folder)
}

pub(super) async fn declared(app: &App, who: &Browser<'_>, siren: &str, genre: &str, account: i64) -> crate::support::Page {
    let place: i32 = sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(siren).fetch_one(app.pool()).await.expect("a place");
    let form = [("collectivite", place.to_string()), ("genre", genre.to_string()), ("compte", account.to_string())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    who.post("/imports/dossiers", &form).await
}

/// One pass, and the work that it asks for.
async fn pass(app: &App) {
    app.run_sql(
        "INSERT INTO job (queue, name, payload, title, priority, max_attempts) VALUES ('maintenance', 'dossiers_surveilles', '{}', 'x', 100, 1)",
    )
    .await;
    app.run_jobs().await;
}

/// The names in a folder, but for its folders.
fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .filter_map(Result::ok)
        .filter(|entry| !entry.path().is_dir() || entry.path().is_symlink())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    all.sort();
    all
}

fn report(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}.rapport.txt"))).expect("a report")
}

#[rocket::async_test]
async fn a_file_that_no_longer_changes_becomes_an_import_and_is_put_aside() {
    let (app, place) = app().await;
    let (agent, folder) = watched(&app, &place).await;
    fs::write(folder.join("hotes.csv"), "nom;comm").expect("a file");
    pass(&app).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0, "it may still be written");
    fs::write(folder.join("hotes.csv"), FILE).expect("a file");
    fs::write(folder.join(".encore.csv"), FILE).expect("a file");
    pass(&app).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0, "it has changed");
    pass(&app).await;
    let id: i64 = app.one("SELECT id FROM import").await;
    assert_eq!(state(&app, id).await, "a_confirmer", "its lines were checked by itself");
    pass(&app).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 1);
    let right: bool = sqlx::query_scalar(
        "SELECT i.demandeur_id = $1 AND i.collectivite_id = (SELECT id FROM collectivite WHERE siren = $2) AND i.nouvelles = 1 AND i.refusees = 1
             AND i.sha256 = encode(sha256($3::bytea), 'hex') FROM import i",
    )
    .bind(agent.user_id)
    .bind(LE_GOSIER)
    .bind(FILE.as_bytes())
    .fetch_one(app.pool())
    .await
    .expect("the import");
    assert!(right);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte déposé'").await, 0, "nothing is written by itself");
    assert_eq!(names(&folder), [".encore.csv", "hotes.csv"]);
    confirm(&app, &agent, id).await;
    pass(&app).await;
    let done = folder.join("traites");
    assert_eq!(names(&folder), [".encore.csv"]);
    assert_eq!(names(&done), ["hotes.csv", "hotes.csv.rapport.txt", "hotes.csv.refusees.csv"]);
    assert_eq!(fs::read_to_string(done.join("hotes.csv")).expect("the file"), FILE);
    let text = report(&done, "hotes.csv");
    assert!(text.contains("Fiches créées\u{a0}: 1") && text.contains("ligne 3") && text.contains(&format!("/imports/{id}")), "{text}");
    assert!(fs::read_to_string(done.join("hotes.csv.refusees.csv")).expect("lines").contains("Atlantide"));
    // The same bytes again, under another name: refused, with the number of the first.
    fs::write(folder.join("encore.csv"), FILE).expect("a file");
    pass(&app).await;
    pass(&app).await;
    assert_eq!(names(&folder.join("refuses")), ["encore.csv", "encore.csv.rapport.txt"]);
    assert!(report(&folder.join("refuses"), "encore.csv").contains(&format!("import n°\u{a0}{id}")));
    // Taken back, it may come again; its name is taken there.
    undone(&app, &agent, id).await;
    fs::write(folder.join("hotes.csv"), FILE).expect("a file");
    pass(&app).await;
    pass(&app).await;
    let again: i64 = app.one("SELECT max(id) FROM import").await;
    assert!(again > id);
    assert_eq!(agent.post(&format!("/imports/{again}/abandon"), &[]).await.status, Status::SeeOther);
    pass(&app).await;
    assert!(report(&folder.join("refuses"), "hotes.csv").contains("abandonné"));
    let chief = app.administrateur(RIVIERA).await;
    let page = chief.get("/imports/dossiers").await.ok();
    assert!(page.text().contains("hotes.csv") && page.text().contains("Traité") && page.text().contains("Refusé"), "{}", page.text());
}

#[rocket::async_test]
async fn what_must_not_be_read_is_refused_with_its_sentence() {
    let (app, place) = app().await;
    let (_agent, folder) = watched(&app, &place).await;
    let secret = place.path().join("secret.csv");
    fs::write(&secret, FILE).expect("a file");
    symlink(&secret, folder.join("lien.csv")).expect("a link");
    symlink(place.path().join("nulle-part"), folder.join("casse.csv")).expect("a link");
    fs::write(folder.join("deux\nlignes.csv"), FILE).expect("a file");
    fs::write(folder.join(std::ffi::OsStr::from_bytes(b"h\xf4tes.csv")), FILE).expect("a file");
    rustix_fifo(&folder.join("tube.csv"));
    fs::write(folder.join("photo.csv"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").expect("a file");
    fs::write(folder.join("vide.csv"), b"").expect("a file");
    for _ in 0..2 {
        pass(&app).await;
    }
    let aside = folder.join("refuses");
    assert_eq!(names(&folder), Vec::<String>::new());
    for (name, words) in [
        ("lien.csv", "C’est un lien"),
        ("casse.csv", "C’est un lien"),
        ("deuxlignes.csv", "retour à la ligne"),
        ("h\u{fffd}tes.csv", "UTF-8"),
        ("tube.csv", "fichier ordinaire"),
        ("photo.csv", "photo.csv"),
        ("vide.csv", "vide"),
    ] {
        assert!(report(&aside, name).contains(words), "{name}: {}", report(&aside, name));
    }
    assert!(fs::symlink_metadata(aside.join("lien.csv")).expect("the link").is_symlink(), "moved, not followed");
    assert_eq!(fs::read_to_string(&secret).expect("what it leads to"), FILE);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0);
}

fn rustix_fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

#[rocket::async_test]
async fn a_worker_that_dies_anywhere_leaves_what_the_next_pass_goes_on_with() {
    let (app, place) = app().await;
    let (agent, folder) = watched(&app, &place).await;
    fs::write(folder.join("a.csv"), FILE).expect("a file");
    pass(&app).await;
    pass(&app).await;
    let id: i64 = app.one("SELECT id FROM import").await;
    // It died after the import was made and before its lines were asked to be checked.
    for table in ["import_anomalie", "import_ligne", "import_lot"] {
        app.run_sql(&format!("DELETE FROM {table}")).await;
    }
    app.run_sql("UPDATE import SET etat = 'lecture', job_id = NULL, reprise = NULL, lues = 0, nouvelles = 0, refusees = 0").await;
    pass(&app).await;
    assert_eq!((app.one::<i64>("SELECT count(*) FROM import").await, state(&app, id).await), (1, "a_confirmer".into()));
    confirm(&app, &agent, id).await;
    // It died after the file was put aside and before it said so: the report is written again, nothing else.
    pass(&app).await;
    app.run_sql("UPDATE fichier_depose SET range_le = NULL").await;
    pass(&app).await;
    assert_eq!(names(&folder.join("traites")), ["a.csv", "a.csv.rapport.txt", "a.csv.refusees.csv"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM fichier_depose WHERE range_le IS NOT NULL").await, 1);
    // A folder that cannot be written: it is said, and nothing is taken twice.
    fs::write(folder.join("b.csv"), "nom;commune\nAutre;97113\n").expect("a file");
    pass(&app).await;
    pass(&app).await;
    let other: i64 = app.one("SELECT max(id) FROM import").await;
    agent.post(&format!("/imports/{other}/abandon"), &[]).await;
    fs::remove_dir_all(folder.join("refuses")).expect("a folder");
    fs::write(folder.join("refuses"), "x").expect("a file in its place");
    pass(&app).await;
    let told: Option<String> = app.one("SELECT avis FROM dossier_surveille").await;
    assert!(told.is_some_and(|told| told.contains("n’est pas un dossier")));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 2);
}

#[rocket::async_test]
async fn a_folder_is_its_administrateurs_and_its_account_keeps_its_rights() {
    let (app, place) = app().await;
    let (agent, folder) = watched(&app, &place).await;
    assert_eq!(agent.get("/imports/dossiers").await.status, Status::Forbidden);
    let other = app.administrateur(GRAND_SUD).await;
    let south = app.agent(GRAND_SUD).await;
    assert!(!other.get("/imports/dossiers").await.ok().text().contains(format!("{LE_GOSIER}/hebergeurs")));
    let id: i64 = app.one("SELECT id FROM dossier_surveille").await;
    assert_eq!(other.post(&format!("/imports/dossiers/{id}/etat"), &[("actif", "false")]).await.status, Status::NotFound);
    // Neither the place of others, nor an account of others, nor one of another place.
    for (siren, account) in [(LE_GOSIER, south.user_id), (GRAND_SUD, agent.user_id), (LE_GOSIER, agent.user_id)] {
        let page = declared(&app, &other, siren, "hebergeurs", account).await;
        assert_eq!(page.status, Status::UnprocessableEntity, "{}", page.text());
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM dossier_surveille").await, 1);
    // The account loses its rights: nothing is taken, and it is told.
    fs::write(folder.join("a.csv"), FILE).expect("a file");
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", agent.user_id)).await;
    for _ in 0..3 {
        pass(&app).await;
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0);
    let chief = app.administrateur(RIVIERA).await;
    assert!(chief.get("/imports/dossiers").await.ok().text().contains("est désactivé"));
    // Stopped, nothing is looked at; watched again in the name of another, it goes on.
    let colleague = app.agent(LE_GOSIER).await;
    assert_eq!(chief.post(&format!("/imports/dossiers/{id}/etat"), &[("actif", "false")]).await.status, Status::SeeOther);
    pass(&app).await;
    assert_eq!(declared(&app, &chief, LE_GOSIER, "hebergeurs", colleague.user_id).await.status, Status::SeeOther);
    pass(&app).await;
    assert_eq!(app.one::<i64>("SELECT demandeur_id FROM import").await, colleague.user_id);
}

#[rocket::async_test]
async fn nothing_is_watched_where_no_place_is_set() {
    for place in [None, Some("  ".to_string())] {
        let app = App::with(|config| config.deposes = place).await;
        let agent = app.agent(LE_GOSIER).await;
        let chief = app.administrateur(RIVIERA).await;
        assert!(chief.get("/imports/dossiers").await.ok().attributes("select[name=genre]", "name").is_empty(), "no form");
        let page = declared(&app, &chief, LE_GOSIER, "hebergeurs", agent.user_id).await;
        page.refused(Status::UnprocessableEntity, "rien ne serait surveillé, et rien n’a été enregistré");
        assert_eq!(app.one::<i64>("SELECT count(*) FROM dossier_surveille").await, 0);
    }
}

#[rocket::async_test]
async fn the_object_store_is_watched_as_well() {
    let app = App::with(|config| config.deposes = Some("depot".into())).await;
    let agent = app.agent(LE_GOSIER).await;
    let chief = app.administrateur(RIVIERA).await;
    declared(&app, &chief, LE_GOSIER, "hebergeurs", agent.user_id).await;
    let folder = app.folder.path().join("deposes").join(LE_GOSIER).join("hebergeurs");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("a.csv"), FILE).expect("a file");
    fs::write(folder.join("photo.csv"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").expect("a file");
    for _ in 0..4 {
        pass(&app).await;
    }
    let id: i64 = app.one("SELECT id FROM import").await;
    confirm(&app, &agent, id).await;
    pass(&app).await;
    assert_eq!(names(&folder), Vec::<String>::new());
    assert_eq!(names(&folder.join("traites")), ["a.csv", "a.csv.rapport.txt", "a.csv.refusees.csv"]);
    assert_eq!(names(&folder.join("refuses")), ["photo.csv", "photo.csv.rapport.txt"]);
}

#[rocket::async_test]
async fn a_file_that_may_not_be_read_is_refused() {
    let (app, place) = app().await;
    let (_agent, folder) = watched(&app, &place).await;
    let path = folder.join("ferme.csv");
    fs::write(&path, FILE).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("its rights");
    if fs::read(&path).is_ok() {
        // Whoever may read everything is not kept from it.
        return;
    }
    pass(&app).await;
    pass(&app).await;
    assert!(report(&folder.join("refuses"), "ferme.csv").contains("n’a pas le droit"));
}

#[rocket::async_test]
async fn a_report_is_written_over_nothing_and_read_by_whoever_reads_the_folder() {
    let (app, place) = app().await;
    let (_, folder) = watched(&app, &place).await;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o2770)).expect("shared");
    for aside in ["refuses", "traites"] {
        fs::create_dir_all(folder.join(aside)).expect("a folder");
        fs::set_permissions(folder.join(aside), fs::Permissions::from_mode(0o2770)).expect("shared");
    }
    // Somebody's file has the name that a report would have.
    fs::write(folder.join("refuses/a.csv.rapport.txt"), "à moi").expect("a file");
    symlink("/etc/hostname", folder.join("a.csv")).expect("a link");
    pass(&app).await;
    pass(&app).await;
    assert_eq!(fs::read_to_string(folder.join("refuses/a.csv.rapport.txt")).expect("a file"), "à moi");
    let mut all = names(&folder.join("refuses"));
    all.retain(|name| name != "a.csv.rapport.txt");
    let [own, told] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(told, &format!("{own}.rapport.txt"));
    let mode = fs::metadata(folder.join("refuses").join(told)).expect("a report").permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "its group reads it");
    assert!(names(&folder).is_empty());
}
