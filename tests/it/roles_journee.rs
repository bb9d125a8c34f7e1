//! A day of work in a base whose owner, server and worker are three roles: the pages as the role that serves, the jobs as
//! the role that works, real processes too, and what they leave compared with plain SQL of the owner.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use gardel::demo;
use gardel::platform::jobs::schedules;
use gardel::web::{LISTS, all_routes};
use gardel::worker;
use rocket::http::{Method, Status};

use crate::exports::{many_rows, sha256};
use crate::roles::World;
use crate::support::app::{LE_GOSIER, RIVIERA, instant};
use crate::support::program::{GARDEL, WORKER, program_of};
use crate::support::{App, Browser, Page};

const PASSWORD: &str = "colibri trempé sur la véranda";
/// Rows enough for a bulk action to be a job.
const MANY: i64 = 700;

fn place(page: &Page) -> String {
    assert_eq!(page.status, Status::SeeOther, "{}", page.text());
    page.header("Location").expect("an address")
}

async fn app(world: &World) -> App {
    let date = instant("2026-11-23T14:00:00Z").date_naive();
    let options = demo::Options { sejours: 600, ..demo::Options::new(date) };
    demo::charger(&world.owner, &options, |_, _, _| {}).await.expect("the owner loads what it wants");
    App::under(&world.name, [&world.names.serve, &world.names.work], |_| {}).await
}

/// Runs what is ready; nothing of it may fail, nor say that it was refused.
async fn work(app: &App) {
    assert!(app.run_jobs().await > 0, "nothing was asked");
    let failed: String =
        app.one("SELECT coalesce(string_agg(concat_ws(' ', name, state, error), '; '), '') FROM job WHERE state NOT IN ('done', 'cancelled')").await;
    assert_eq!(failed, "");
}

/// Every page there is, by each kind of person: none asks the base for more than its role may.
async fn every_page(app: &App) {
    let people = [app.agent(LE_GOSIER).await, app.everywhere().await, app.exploitant().await];
    let mut seen = 0;
    for browser in &people {
        for list in LISTS {
            for part in ["", "/compte", "/compte?exact=1", "/facettes", "?q=villa", "?selection=1", "?taille=200"] {
                let path = format!("/{}{part}", list.name);
                for page in [browser.get(&path).await, browser.fragment(&path).await] {
                    assert_ne!(page.status, Status::InternalServerError, "{path}: {}", page.text());
                    seen += usize::from(page.status == Status::Ok);
                }
            }
        }
        for route in all_routes().into_iter().filter(|route| route.method == Method::Get) {
            let path = route
                .uri
                .path()
                .replace("<liste>", "sejours")
                .replace("<genre>", "fermetures")
                .replace("<periode>", "1")
                .replace("<code>", "97113")
                .replace("<file>", "exports")
                .replace("<champ>", "statut")
                .replace("<field>", "logement_id");
            let path = path.replace("<id>", "1").replace("<jeton>", "x").replace("<name>", "x").replace("<_..>", "nulle-part");
            let page = browser.get(&path).await;
            assert_ne!(page.status, Status::InternalServerError, "{path}: {}", page.text());
            seen += usize::from(page.status == Status::Ok);
        }
    }
    assert!(seen > 150, "only {seen} pages opened");
}

async fn a_field_is_changed_and_taken_back(app: &App, browser: &Browser<'_>) {
    for (list, field, value) in
        [("logements", "capacite", "77"), ("logements", "actif", "false"), ("hebergeurs", "courriel", "nouveau.courriel@ville.gp")]
    {
        let table = list.trim_end_matches('s');
        let id: i64 = app
            .one(if table == "logement" {
                "SELECT min(id) FROM logement WHERE code_insee = '97113'"
            } else {
                "SELECT min(hebergeur_id) FROM logement WHERE code_insee = '97113'"
            })
            .await;
        let path = format!("/{list}/{id}/champs/{field}");
        browser.fragment(&path).await.ok();
        let version = format!("SELECT version::text FROM {table} WHERE id = {id}");
        let version: String = sqlx::query_scalar(sqlx::AssertSqlSafe(version)).fetch_one(app.pool()).await.expect("a version");
        let saved = browser.post(&path, &[("valeur", value), ("version", &version)]).await;
        assert_eq!(saved.status, Status::SeeOther, "{path}: {}", saved.text());
        let sql = format!("SELECT {field}::text FROM {table} WHERE id = {id}");
        assert_eq!(sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("a value"), value);
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'modification'").await, 3);
}

async fn many_rows_are_changed_and_taken_back(app: &App, browser: &Browser<'_>) {
    many_rows(app, MANY).await;
    app.run_sql("UPDATE sejour SET statut = 'a_verifier' WHERE reference LIKE 'n%'").await;
    const PICTURE: &str = "SELECT md5(string_agg(id || statut, ',' ORDER BY id)) FROM sejour";
    let before: String = app.one(PICTURE).await;
    let form = [("requete", "statut=a_verifier&commune=97113"), ("action", "valider"), ("etendue", "filtre")];
    let token = browser.post("/sejours/actions", &form).await.ok().attributes("input[name=jeton]", "value").remove(0);
    let action = place(&browser.post("/actions", &[("jeton", &token)]).await);
    work(app).await;
    assert_eq!(browser.get(&action).await.ok().texts("#suivi-titre"), ["Appliquée"]);
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM sejour WHERE reference LIKE 'n%' AND statut = 'valide' AND version = 2").await,
        MANY,
        "each once"
    );
    place(&browser.post(&format!("{action}/annulation"), &[]).await);
    work(app).await;
    assert_eq!(app.one::<String>(PICTURE).await, before);
    // Few rows are changed in the request itself.
    let keys = app
        .one::<String>("SELECT string_agg(id::text, '.') FROM (SELECT id FROM logement WHERE code_insee = '97113' AND actif ORDER BY id LIMIT 3) t")
        .await;
    let form = [("requete", "commune=97113&actif=true"), ("action", "retirer"), ("etendue", "filtre"), ("cles", keys.as_str())];
    let page = browser.post("/logements/actions", &form).await;
    if let Some(token) = page.attributes("input[name=jeton]", "value").first() {
        place(&browser.post("/actions", &[("jeton", token)]).await);
    }
}

async fn files_are_made_and_read(app: &App, browser: &Browser<'_>) {
    for (list, format) in [("sejours", "csv_fr"), ("logements", "xlsx"), ("journal", "csv_rfc4180"), ("utilisateurs", "jsonl"), ("actions", "ods")] {
        let export = browser.export(list, "", format).await;
        work(app).await;
        let file = browser.get(&format!("{export}/fichier")).await.ok();
        let stored: String = app.one("SELECT sha256 FROM export ORDER BY id DESC LIMIT 1").await;
        assert_eq!(sha256(&file.body), stored, "{list}");
        browser.get(&export).await.ok();
    }
    let rows: i64 = app.one("SELECT lignes_ecrites FROM export WHERE liste = 'sejours'").await;
    assert_eq!(rows, app.one::<i64>("SELECT count(*) FROM sejour").await);
    place(&browser.post("/vues", &[("liste", "sejours"), ("etat", "statut=valide"), ("nom", "À exporter")]).await);
    let view = app.one::<i64>("SELECT max(id) FROM vue").await.to_string();
    place(&browser.post(&format!("/vues/{view}/defaut"), &[("defaut", "true")]).await);
    let form = [("vue", view.as_str()), ("format", "csv_fr"), ("quand", "s1"), ("heure", "6"), ("garder", "1")];
    place(&browser.post("/programmes", &form).await);
    // The schedules of the program too: upkeep, the control of the files, the watched folders.
    let (db, names) = (&app.work.db, worker::registry().names());
    schedules::declare(db, &worker::planned().expect("the expressions of the program"), &names).await.expect("declared");
    for _ in 0..2 {
        app.run_sql("UPDATE planification SET prochaine_le = now() - interval '1 second' WHERE active").await;
        assert_eq!(schedules::tick(db, &names).await.expect("a tick"), 5);
        work(app).await;
    }
    let done: String = app.one("SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM job WHERE state = 'done'").await;
    assert_eq!(done, "action_en_masse annulation controle_exports dossiers_surveilles entretien export export_programme suivi_campagnes");
    place(&browser.post(&format!("/vues/{view}/suppression"), &[("version", "1")]).await);
    place(&browser.post(&format!("/vues/{view}/retablissement"), &[("version", "2")]).await);
}

async fn people_come_and_go(app: &App, chief: &Browser<'_>) {
    let nobody = app.anonymous();
    let town = app.one::<i32>("SELECT id FROM collectivite WHERE siren = '219711132'").await.to_string();
    let form = [("courriel", "nouvelle@ville.gp"), ("nom", "Nouvelle"), ("role", "agent"), ("collectivites", town.as_str())];
    let link = chief.post("/utilisateurs", &form).await.ok().attributes(".lettre a", "href").remove(0);
    let path = link.split_once("localhost").map_or(link.as_str(), |(_, path)| path);
    nobody.get(path).await.ok();
    place(&nobody.post(path, &[("mot_de_passe", PASSWORD), ("confirmation", PASSWORD)]).await);
    let wrong = nobody.post("/connexion", &[("courriel", "nouvelle@ville.gp"), ("mot_de_passe", "rien de tout cela")]).await;
    assert_eq!(wrong.status, Status::UnprocessableEntity, "{}", wrong.text());
    place(&nobody.post("/connexion", &[("courriel", "nouvelle@ville.gp"), ("mot_de_passe", PASSWORD)]).await);
    let id: i64 = app.one("SELECT id FROM utilisateur WHERE courriel = 'nouvelle@ville.gp'").await;
    assert!(app.one::<bool>("SELECT connecte_le IS NOT NULL FROM utilisateur WHERE courriel = 'nouvelle@ville.gp'").await);
    chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let version = app.one::<i32>("SELECT version FROM utilisateur WHERE courriel = 'nouvelle@ville.gp'").await.to_string();
    let form = [("nom", "Nouvelle"), ("role", "administrateur"), ("actif", "true"), ("collectivites", town.as_str()), ("version", &version)];
    place(&chief.post(&format!("/utilisateurs/{id}"), &form).await);
    let version = app.one::<i32>("SELECT version FROM utilisateur WHERE courriel = 'nouvelle@ville.gp'").await.to_string();
    let form = [("nom", "Nouvelle Venue"), ("courriel", "nouvelle@ville.gp"), ("version", &version)];
    place(&chief.post(&format!("/utilisateurs/{id}/modifier"), &form).await);
    // Their own account.
    let person = app.signed_in(id).await;
    place(&person.post("/compte/second-facteur/proposition", &[]).await);
    person.get("/compte/second-facteur/installation").await.ok();
    person.post("/compte/second-facteur/installation", &[("code", "000000")]).await;
    let other = "un tout autre ouragan de mangues";
    const STORED: &str = "SELECT mot_de_passe FROM utilisateur WHERE courriel = 'nouvelle@ville.gp'";
    let before: String = app.one(STORED).await;
    let form = [("actuel", PASSWORD), ("mot_de_passe", other), ("confirmation", other)];
    place(&person.post("/compte/mot-de-passe", &form).await);
    assert_ne!(app.one::<String>(STORED).await, before);
    place(&person.post("/deconnexion", &[]).await);
    // Texts and reasons of the town.
    place(&chief.post(&format!("/textes/{town}"), &[("version", "0"), ("directeur", "Mme la maire")]).await);
    place(&chief.post("/motifs", &[("statut", "rejete"), ("libelle", "Hors territoire"), ("collectivite", &town)]).await);
}

async fn the_house_is_kept(app: &App) {
    let operator = app.exploitant().await;
    place(&operator.post("/travaux/files/exports/pause", &[]).await);
    place(&operator.post("/travaux/files/exports/reprise", &[]).await);
    place(&operator.post("/travaux/files/exports/limites", &[("globale", "3"), ("par_personne", "2")]).await);
    let upkeep: i64 = app.one("SELECT id FROM planification WHERE nom = 'entretien'").await;
    for what in ["pause", "reprise", "lancement"] {
        place(&operator.post(&format!("/travaux/planifications/{upkeep}/{what}"), &[]).await);
    }
    // What is over its time goes, under the rights of the worker.
    app.run_sql("UPDATE session SET expire_le = now() - interval '30 days' WHERE utilisateur_id = (SELECT min(utilisateur_id) FROM session)").await;
    app.run_sql("INSERT INTO journal (moment, action) VALUES (now() - interval '20 months', 'ancien')").await;
    app.run_sql("UPDATE job SET finished_at = now() - interval '60 days' WHERE name = 'annulation'").await;
    let sessions: i64 = app.one("SELECT count(*) FROM session").await;
    work(app).await;
    assert!(app.one::<i64>("SELECT count(*) FROM session").await < sessions);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'ancien'").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM job WHERE name = 'annulation'").await, 0);
}

#[rocket::async_test]
async fn a_whole_day_under_three_roles() {
    let world = World::new("jour").await;
    let app = app(&world).await;
    let (agent, chief, everywhere) = (app.agent(LE_GOSIER).await, app.administrateur(RIVIERA).await, app.everywhere().await);
    every_page(&app).await;
    a_field_is_changed_and_taken_back(&app, &agent).await;
    many_rows_are_changed_and_taken_back(&app, &agent).await;
    files_are_made_and_read(&app, &everywhere).await;
    people_come_and_go(&app, &chief).await;
    the_house_is_kept(&app).await;
    every_page(&app).await;
}

/// A program of the project, ended with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Starts a program in the folder of the project, whose templates it needs.
fn start(app: &App, path: &str, role: &str, arguments: &[&str], port: u16) -> Process {
    // Under a mask that closes nothing: what is closed is closed by the program.
    let child = program_of(app, "sh", role)
        .args(["-c", "umask 0; exec \"$0\" \"$@\"", path])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("ROCKET_ADDRESS", "127.0.0.1")
        .env("ROCKET_PORT", port.to_string())
        .spawn()
        .expect("the program starts");
    Process(child)
}

fn answer(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(b"GET /connexion HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok().map(|_| text)
}

/// What a program writes is for its user and its group, whatever mask it was started with; how many there are.
fn closed_to_others(folder: &Path) -> usize {
    let mut entries = 0;
    // What is there a moment goes while it is looked at.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(known) = entry.metadata() else { continue };
        assert_eq!(known.permissions().mode() & 0o007, 0, "{}", entry.path().display());
        entries += 1 + if known.is_dir() { closed_to_others(&entry.path()) } else { 0 };
    }
    entries
}

#[rocket::async_test]
async fn both_programs_start_under_their_role_and_say_what_is_missing_under_another() {
    let world = World::new("demarre").await;
    let app = app(&world).await;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|door| door.local_addr()).expect("a free port").port();
    let _server = start(&app, GARDEL, &world.names.serve, &["serve"], port);
    let _worker = start(&app, WORKER, &world.names.work, &["--nom", "restreint"], port);
    let export = app.everywhere().await.export("sejours", "", "csv_fr").await;
    crate::interruptions::until(&app, "the file", "SELECT EXISTS (SELECT 1 FROM export WHERE etat = 'pret')").await;
    assert!(export.starts_with("/exports/"));
    assert!(closed_to_others(app.folder.path()) > 1, "its file and its folder");
    let mut page = None;
    for _ in 0..300 {
        page = answer(port);
        if page.is_some() {
            break;
        }
        rocket::tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(page.is_some_and(|page| page.starts_with("HTTP/1.1 200")), "the server answers");

    // A base whose keys nobody has made: the server may not make them, and says who does.
    app.run_sql("DELETE FROM secret").await;
    let output = program_of(&app, GARDEL, &world.names.serve)
        .arg("serve")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("ROCKET_PORT", "0")
        .stderr(Stdio::piped())
        .output()
        .expect("gardel runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("gardel migrate"), "{told}");
}
