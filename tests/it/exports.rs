//! Exports cannot lie: the file is what the list showed, whole, the same to the byte whatever
//! happened to the worker on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gardel::platform::jobs::RunnerSettings;
use gardel::platform::store::Files;
use gardel::worker;
use object_store::local::LocalFileSystem;
use rocket::http::Status;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::{App, Browser};

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn manifest(browser: &Browser<'_>, export: &str) -> Value {
    serde_json::from_slice(&browser.get(&format!("{export}/manifeste")).await.ok().body).expect("JSON")
}

#[rocket::async_test]
async fn a_file_holds_what_the_list_showed() {
    let app = App::new().await;
    let browser = app.administrateur(RIVIERA).await;
    let export = browser.export("sejours", "statut=valide&tri=-debut&colonnes=reference.debut.montant.commune.statut", "csv_fr").await;
    let waiting = browser.get(&export).await.ok();
    assert_eq!(waiting.texts("#suivi-titre"), ["En attente"]);
    assert!(waiting.text().contains("http-equiv=\"refresh\""), "followed without JavaScript");
    assert_eq!(browser.get(&format!("{export}/fichier")).await.status, Status::NotFound);
    assert_eq!(app.run_jobs().await, 1);

    let page = browser.get(&export).await.ok();
    assert_eq!(page.texts("#suivi-titre"), ["Votre fichier est prêt"]);
    assert!(!page.text().contains("http-equiv=\"refresh\"") && page.attributes("#suivi", "hx-trigger").is_empty(), "final");
    let file = browser.get(&format!("{export}/fichier")).await.ok();
    assert_eq!(file.header("Content-Type").as_deref(), Some("text/csv; charset=utf-8"));
    assert!(file.header("Content-Disposition").is_some_and(|name| name.contains("sejours-2026") && name.contains(".csv")));
    assert_eq!(&file.body[..3], b"\xef\xbb\xbf");

    // Independent of our own code: PostgreSQL writes the same rows.
    let expected: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT s.reference, to_char(s.date_debut, 'DD/MM/YYYY'), c.nom, replace(to_char(s.montant / 100.0, 'FM999999990.00'), '.', ',')
         FROM sejour s JOIN commune c USING (code_insee) WHERE statut = 'valide' AND code_insee IN ('97113','97125','97128','97110')
         ORDER BY s.date_debut DESC, s.id DESC",
    )
    .fetch_all(app.pool())
    .await
    .expect("rows");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(&file.body[3..]);
    assert_eq!(reader.headers().expect("a header").iter().collect::<Vec<_>>(), ["Référence", "Début", "Commune", "Taxe", "Statut"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), expected.len());
    for (row, (reference, day, commune, amount)) in rows.iter().zip(&expected) {
        // A code of digits would lose its zeros in a spreadsheet: it is written as a text of a formula.
        let digits = reference.bytes().all(|byte| byte.is_ascii_digit());
        let reference = if digits { &format!("=\"{reference}\"") } else { reference };
        assert_eq!(row.iter().collect::<Vec<_>>(), [reference, day, commune, amount, "Validé"]);
    }
    assert!(expected.iter().any(|(reference, ..)| reference.bytes().all(|byte| byte.is_ascii_digit())), "codes of digits");

    let manifest = manifest(&browser, &export).await;
    assert_eq!(manifest["lignes_prevues"], expected.len());
    assert_eq!(manifest["lignes_ecrites"], expected.len());
    assert_eq!(manifest["lignes_disparues"], 0);
    assert_eq!(manifest["sha256"], sha256(&file.body));
    assert_eq!(manifest["octets"], file.body.len());
    assert!(manifest["filtres"].as_str().is_some_and(|words| words.contains("Statut\u{a0}: Validé") && words.contains("décroissant")), "{manifest}");
    assert_eq!(manifest["demandeur"], "Personne administrateur");
    assert!(manifest["lu_le"].as_str().is_some());
    let beside = app
        .folder
        .path()
        .join(format!("exports/{}", manifest["export"]))
        .join(format!("{}.manifeste.json", manifest["fichier"].as_str().expect("a name")));
    assert!(beside.exists(), "the manifest stands beside the file");
    assert_eq!(std::fs::read_dir(beside.parent().expect("a folder").join("morceaux")).map(Iterator::count).unwrap_or(0), 0, "no piece is left");
}

#[rocket::async_test]
async fn every_list_is_exported_with_every_column() {
    let app = App::new().await;
    let browser = app.everywhere().await;
    for list in gardel::web::LISTS.iter().filter(|list| list.exportable) {
        let columns: Vec<&str> = list.columns.iter().map(|column| column.name).collect();
        let rows: i64 = {
            let count = browser.fragment(&format!("/{}/compte?exact=1", list.name)).await.ok().texts("#compte strong").join("");
            count.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
        };
        let export = browser.export(list.name, &format!("colonnes={}", columns.join(".")), "csv_rfc4180").await;
        app.run_jobs().await;
        let manifest = manifest(&browser, &export).await;
        // The journal grew by the lines of this very export: one for each of the six EPCI that it speaks of.
        let slack = if list.name == "journal" { 6 } else { 0 };
        let written = manifest["lignes_ecrites"].as_i64().expect("a count");
        assert!((rows..=rows + slack).contains(&written), "{}: {written} for {rows}", list.name);
        let file = browser.get(&format!("{export}/fichier")).await.ok();
        let mut reader = csv::Reader::from_reader(file.body.as_slice());
        assert_eq!(reader.headers().expect("a header").len(), list.columns.len(), "{}", list.name);
        assert_eq!(reader.records().filter(|row| row.is_ok()).count() as i64, written, "{}", list.name);
    }
}

#[rocket::async_test]
async fn an_empty_export_has_its_header() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "commune=97101", "csv_fr").await;
    app.run_jobs().await;
    let file = browser.get(&format!("{export}/fichier")).await.ok();
    let text = file.text();
    assert!(text.starts_with('\u{feff}') && text.lines().count() == 1 && text.ends_with("\r\n"), "{text}");
    let manifest = manifest(&browser, &export).await;
    assert_eq!((manifest["lignes_prevues"].as_i64(), manifest["lignes_ecrites"].as_i64()), (Some(0), Some(0)));
}

#[rocket::async_test]
async fn a_double_click_makes_one_export() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let form = [("requete", "statut=valide"), ("format", "csv_fr")];
    let (first, second) = rocket::tokio::join!(browser.post("/sejours/exports", &form), browser.post("/sejours/exports", &form));
    assert_eq!(first.header("Location"), second.header("Location"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job").await, 1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, 1);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'export'").await, 1);
    app.run_jobs().await;
    // Once it is done, asking again makes a new file.
    browser.export("sejours", "statut=valide", "csv_fr").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job").await, 2);
}

#[rocket::async_test]
async fn downloads_go_on_where_they_stopped() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    let path = format!("{export}/fichier");
    let whole = browser.get(&path).await.ok();
    let size = whole.body.len();
    let tag = whole.header("ETag").expect("a tag");
    let part = browser.get_with(&path, &[("Range", "bytes=100-199")]).await;
    assert_eq!((part.status, part.body.as_slice()), (Status::PartialContent, &whole.body[100..200]));
    assert_eq!(part.header("Content-Range"), Some(format!("bytes 100-199/{size}")));
    let end = browser.get_with(&path, &[("Range", "bytes=-50"), ("If-Range", &tag)]).await;
    assert_eq!(end.body, whole.body[size - 50..]);
    let changed = browser.get_with(&path, &[("Range", "bytes=100-"), ("If-Range", "\"autre\"")]).await;
    assert_eq!((changed.status, changed.body.len()), (Status::Ok, size));
    let outside = browser.get_with(&path, &[("Range", "bytes=99999999-")]).await;
    assert_eq!(outside.status, Status::RangeNotSatisfiable);
}

#[rocket::async_test]
async fn rights_are_those_of_the_run_and_of_the_download() {
    let app = App::new().await;
    let browser = app.person("agent", &[LE_GOSIER, "219711249"]).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    app.run_sql("DELETE FROM utilisateur_collectivite WHERE collectivite_id = (SELECT id FROM collectivite WHERE siren = '219711249')").await;
    app.run_jobs().await;
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert_eq!(manifest(&browser, &export).await["lignes_ecrites"], expected, "the rights of the run");

    app.run_sql("UPDATE utilisateur_collectivite SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '219711249')").await;
    for end in ["fichier", "manifeste"] {
        browser.get(&format!("{export}/{end}")).await.refused(Status::Forbidden, "droits ont changé");
    }
    let late = browser.export("sejours", "statut=valide", "csv_fr").await;
    app.run_sql("UPDATE utilisateur SET actif = false").await;
    app.run_jobs().await;
    let state: String = app.one("SELECT state FROM job ORDER BY id DESC LIMIT 1").await;
    assert_eq!(state, "cancelled", "{late}");
}

#[rocket::async_test]
async fn files_end_after_their_time() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    let path: String = app.one("SELECT fichier FROM export").await;
    assert!(app.folder.path().join(&path).exists());
    // Its time is over before anybody sweeps.
    app.run_sql("UPDATE export SET expire_le = now() - interval '1 hour'").await;
    browser.get(&format!("{export}/fichier")).await.refused(Status::Gone, "Refaites l'export");
    app.run_sql("UPDATE export SET expire_le = '2026-11-01'").await;
    gardel::exports::expire(&app.work).await.expect("expires");
    assert!(!app.folder.path().join(&path).exists());
    browser.get(&format!("{export}/fichier")).await.refused(Status::Gone, "Refaites l'export");
    assert_eq!(browser.get(&export).await.ok().texts("#suivi-titre"), ["Fichier expiré"]);
}

/// A store that has no room left after so many writes.
#[derive(Debug)]
struct FullDisk {
    inner: LocalFileSystem,
    room: Arc<AtomicUsize>,
}

impl std::fmt::Display for FullDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a full disk")
    }
}

impl FullDisk {
    fn take(&self) -> object_store::Result<()> {
        match self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |room| room.checked_sub(1)) {
            Ok(_) => Ok(()),
            Err(_) => Err(object_store::Error::Generic { store: "disque", source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)) }),
        }
    }
}

#[rocket::async_trait]
impl object_store::ObjectStore for FullDisk {
    async fn put_opts(
        &self,
        location: &object_store::path::Path,
        payload: object_store::PutPayload,
        options: object_store::PutOptions,
    ) -> object_store::Result<object_store::PutResult> {
        self.take()?;
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &object_store::path::Path,
        options: object_store::PutMultipartOptions,
    ) -> object_store::Result<Box<dyn object_store::MultipartUpload>> {
        self.take()?;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(
        &self,
        location: &object_store::path::Path,
        options: object_store::GetOptions,
    ) -> object_store::Result<object_store::GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: futures::stream::BoxStream<'static, object_store::Result<object_store::path::Path>>,
    ) -> futures::stream::BoxStream<'static, object_store::Result<object_store::path::Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&object_store::path::Path>) -> futures::stream::BoxStream<'static, object_store::Result<object_store::ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&object_store::path::Path>) -> object_store::Result<object_store::ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &object_store::path::Path,
        to: &object_store::path::Path,
        options: object_store::CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// More rows than one piece holds.
pub async fn many_rows(app: &App, rows: i64) {
    // By small statements: each stays far from the time that a web request may take, on a busy machine too.
    for from in (1..=rows).step_by(5_000) {
        sqlx::query(
            "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, nb_personnes, nature_id, categorie_id, tarif, montant_base)
             SELECT 'hote', 'n' || g, l.id, l.code_insee, '2020-01-01'::date + (g % 2000)::int, '2020-01-02'::date + (g % 2000)::int, 1, 4, 4, 100, g % 977
             FROM generate_series($1, $2) g, (SELECT id, code_insee FROM logement WHERE code_insee = '97113' ORDER BY id LIMIT 1) l",
        )
        .bind(from)
        .bind((from + 4_999).min(rows))
        .execute(app.pool())
        .await
        .expect("rows");
    }
}

#[rocket::async_test]
async fn a_full_disk_loses_nothing() {
    let app = App::new().await;
    many_rows(&app, 25_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    let room = Arc::new(AtomicUsize::new(1));
    let inner = LocalFileSystem::new_with_prefix(app.folder.path()).expect("a folder");
    let full = app.work_with_files(Files::from_store(Arc::new(FullDisk { inner, room: room.clone() })));
    let runner = worker::runner(full, RunnerSettings::default());
    runner.run_until_idle().await.expect("runs");
    let page = browser.get(&export).await.ok();
    assert!(page.text().contains("disque du dépôt de fichiers est plein"), "{}", page.texts("#suivi").join(" "));
    assert_eq!(app.one::<String>("SELECT state FROM job").await, "ready", "it will try again");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export_morceau").await, 1, "the first piece is kept");

    // Room again: it goes on after the first piece.
    room.store(100, Ordering::SeqCst);
    app.run_sql("UPDATE job SET run_at = now()").await;
    runner.run_until_idle().await.expect("runs");
    let resumed = browser.get(&format!("{export}/fichier")).await.ok();
    let again = browser.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    assert_eq!(sha256(&resumed.body), sha256(&browser.get(&format!("{again}/fichier")).await.ok().body), "the same as in one go");
    assert_eq!(manifest(&browser, &export).await["lignes_disparues"], 0);
}

#[rocket::async_test]
async fn an_export_is_cancelled_before_and_during() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    let job: i64 = app.one("SELECT id FROM job").await;
    let answer = browser.post(&format!("/travaux/{job}/annulation"), &[("retour", &export)]).await;
    assert_eq!(answer.header("Location"), Some(export.clone()));
    assert_eq!(browser.get(&export).await.ok().texts("#suivi-titre"), ["Export annulé"]);
    assert_eq!(app.run_jobs().await, 0);
    browser.post(&format!("/travaux/{job}/annulation"), &[]).await.refused(Status::Conflict, "déjà terminé");

    // Called off by whoever asked for it, it is put back by nobody else: it would be made in their name. They ask for another.
    let chief = app.administrateur(RIVIERA).await;
    assert_eq!(chief.post(&format!("/travaux/{job}/reprise"), &[]).await.status, Status::Forbidden);
    assert_eq!(app.run_jobs().await, 0);
}

#[rocket::async_test]
async fn rows_that_vanish_are_told() {
    let app = App::new().await;
    many_rows(&app, 24_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "tri=-debut", "csv_fr").await;
    // The keys are put aside, the first piece is written, then the disk is full: time to delete rows.
    let inner = LocalFileSystem::new_with_prefix(app.folder.path()).expect("a folder");
    let full = app.work_with_files(Files::from_store(Arc::new(FullDisk { inner, room: Arc::new(AtomicUsize::new(1)) })));
    worker::runner(full, RunnerSettings::default()).run_until_idle().await.expect("runs");
    app.run_sql("DELETE FROM sejour WHERE id IN (SELECT id FROM sejour WHERE code_insee = '97113' ORDER BY date_debut, id LIMIT 7)").await;
    app.run_sql("UPDATE job SET run_at = now()").await;
    app.run_jobs().await;
    let manifest = manifest(&browser, &export).await;
    assert_eq!(manifest["lignes_disparues"], 7);
    assert!(browser.get(&export).await.ok().text().contains("lignes ont disparu"));
}

#[rocket::async_test]
async fn an_export_cancelled_while_it_runs_can_be_made_after_all() {
    use gardel::exports::Export;
    use gardel::platform::jobs::{GaveUp, Job};
    let app = App::new().await;
    many_rows(&app, 24_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    let inner = LocalFileSystem::new_with_prefix(app.folder.path()).expect("a folder");
    let full = app.work_with_files(Files::from_store(Arc::new(FullDisk { inner, room: Arc::new(AtomicUsize::new(1)) })));
    worker::runner(full, RunnerSettings::default()).run_until_idle().await.expect("runs");
    let id: i64 = app.one("SELECT id FROM export").await;
    let job = Export { export: id, titre: String::new(), cle: String::new() };
    job.gave_up(&app.work, GaveUp::Cancelled, "annulé").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export_lot").await, 0, "nothing is kept of a cancelled export");
    assert_eq!(std::fs::read_dir(app.folder.path().join(format!("exports/{id}/morceaux"))).map(Iterator::count).unwrap_or(0), 0);
    app.run_sql("UPDATE job SET run_at = now()").await;
    app.run_jobs().await;
    let expected: i64 = app.one("SELECT count(*) FROM sejour WHERE code_insee = '97113'").await;
    assert_eq!(manifest(&browser, &export).await["lignes_ecrites"], expected);
}
