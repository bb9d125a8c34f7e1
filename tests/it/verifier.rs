//! `gardel verifier`: a sound installation is said to be, each fault that is planted is found and told, and what could not be known is
//! neither. The program runs as an operator starts it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::imports;
use crate::support::App;
use crate::support::app::{LE_GOSIER, ROLES};
use crate::support::cluster::until;
use crate::support::program::{GARDEL, program, program_of};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";

/// What `gardel verifier` ends with, and says, its unbreakable spaces made plain.
fn verifier(app: &App, options: &[&str]) -> (i32, String) {
    run(program(GARDEL, app.folder.path(), &app.url).arg("verifier").args(options))
}

fn run(command: &mut Command) -> (i32, String) {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("the program runs");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).replace(['\u{a0}', '\u{202f}'], " ");
    (output.status.code().expect("an end"), said)
}

/// Changes the base in one transaction, in which no trigger keeps it right.
async fn plant(app: &App, sql: &str) {
    let sql = format!("BEGIN; SET LOCAL session_replication_role = replica; {sql}; COMMIT");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(app.pool()).await.expect("it is planted");
}

/// It ends with `code`, and says each of `words`.
fn says(app: &App, options: &[&str], code: i32, words: &[&str]) -> String {
    let (ended, said) = verifier(app, options);
    assert_eq!(ended, code, "{options:?}: {said}");
    for words in words {
        assert!(said.contains(words), "{options:?}: « {words} » is not said:\n{said}");
    }
    said
}

/// An application whose base names files of each kind: two exports with their manifests, an attached file, a file that was loaded.
async fn installation() -> App {
    let app = App::new().await;
    let agent = app.agent(LE_GOSIER).await;
    for format in ["csv_fr", "xlsx"] {
        agent.export("sejours", "", format).await;
        app.run_jobs().await;
    }
    let row = format!("/sejours/{}", app.one::<i64>("SELECT min(id) FROM sejour WHERE code_insee = '97113'").await);
    let sent = agent.send_files(&format!("{row}/pieces"), &[("jeton", "verifier----------------"), ("retour", &row)], &[("bail.pdf", PDF)]).await;
    assert_eq!(sent.header("Location"), Some(row));
    imports::sent(&agent, "hebergeurs", "h.csv", "nom;commune\nUn;97113\n").await;
    app
}

async fn place(app: &App, sql: &'static str) -> PathBuf {
    app.folder.path().join(app.one::<String>(sql).await)
}

const EXPORT: &str = "SELECT fichier FROM export ORDER BY id LIMIT 1";

#[rocket::async_test]
async fn a_sound_installation_is_said_to_be() {
    let app = installation().await;
    let said = says(
        &app,
        &[],
        0,
        &["Schéma : celui de cette version", "Fichiers : 6 nommés par la base, tous dans le dépôt, relus en entier", "Tout est en ordre."],
    );
    let rows: i64 = app.one("SELECT count(*) FROM sejour").await;
    assert!(rows > 0 && !said.contains("Faute"), "{said}");
    for words in [
        "Clés étrangères : ",
        "Suites de numéros : ",
        "Journal : chaque ligne a son numéro.",
        "Manifestes : 2 sur 2 lus, tous vrais, lignes comptées.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let quick = says(&app, &["--rapide"], 0, &["avec leur taille", "Tout est en ordre."]);
    assert!(!quick.contains("Tables :"), "{quick}");
    let base = says(&app, &["--sans-fichiers"], 0, &["Tables : "]);
    assert!(!base.contains("Fichiers"), "{base}");
    // What no row names is told, and is no fault.
    fs::create_dir_all(app.folder.path().join("exports/999")).expect("a folder");
    fs::write(app.folder.path().join("exports/999/perdu.csv"), "x").expect("a file");
    says(&app, &["--rapide"], 0, &["Attention : 1 fichier(s) du dépôt", "exports/999/perdu.csv"]);
}

#[rocket::async_test]
async fn a_file_that_is_missing_cut_or_changed_is_told() {
    let app = installation().await;
    let tables = [
        EXPORT,
        "SELECT fichier || '.manifeste.json' FROM export ORDER BY id LIMIT 1",
        "SELECT chemin FROM piece_jointe",
        "SELECT chemin FROM import",
    ];
    for sql in tables {
        let path = place(&app, sql).await;
        let bytes = fs::read(&path).expect("it is there");
        fs::remove_file(&path).expect("it was there");
        for options in [&["--rapide"][..], &[]] {
            says(&app, options, 1, &["il n’est pas dans le dépôt", "Une faute a été trouvée."]);
        }
        fs::write(&path, &bytes).expect("put back");
        says(&app, &["--rapide"], 0, &[]);
    }
    for sql in [EXPORT, "SELECT chemin FROM piece_jointe", "SELECT chemin FROM import"] {
        let path = place(&app, sql).await;
        let bytes = fs::read(&path).expect("it is there");
        fs::write(&path, &bytes[..bytes.len() - 1]).expect("cut");
        says(&app, &["--rapide"], 1, &["octets au lieu de"]);
        let mut other = bytes.clone();
        other[bytes.len() / 2] ^= 1;
        fs::write(&path, other).expect("changed");
        says(&app, &["--rapide"], 0, &[]);
        says(&app, &[], 1, &["son contenu n’est plus le même"]);
        fs::write(&path, bytes).expect("put back");
    }
    says(&app, &[], 0, &[]);
}

#[rocket::async_test]
async fn a_manifest_that_says_what_is_not_is_told() {
    let app = installation().await;
    let path = place(&app, "SELECT fichier || '.manifeste.json' FROM export ORDER BY id LIMIT 1").await;
    let true_one = fs::read_to_string(&path).expect("a manifest");
    let rows: i64 = app.one("SELECT lignes_ecrites FROM export ORDER BY id LIMIT 1").await;
    let (said, more) = (format!("\"lignes_ecrites\": {rows}"), format!("\"lignes_ecrites\": {}", rows + 1));
    assert!(true_one.contains(&said), "{true_one}");
    fs::write(&path, true_one.replace(&said, &more)).expect("written");
    says(&app, &["--rapide"], 1, &["export n° ", "le manifeste dit lignes_ecrites = "]);
    // The row lies with it: the rows of the file are counted.
    plant(&app, "UPDATE export SET lignes_ecrites = lignes_ecrites + 1, manifeste = jsonb_set(manifeste, '{lignes_ecrites}', to_jsonb(lignes_ecrites + 1)) WHERE id = (SELECT min(id) FROM export)").await;
    says(&app, &["--rapide"], 0, &[]);
    says(&app, &[], 1, &[&format!("le fichier contient {rows} lignes, le manifeste en annonce {}", rows + 1)]);
    fs::write(&path, "{").expect("written");
    says(&app, &["--rapide"], 1, &["le manifeste du dépôt n’est pas du JSON"]);
    plant(&app, "UPDATE export SET lignes_ecrites = lignes_ecrites - 1, manifeste = jsonb_set(manifeste, '{lignes_ecrites}', to_jsonb(lignes_ecrites - 1)) WHERE id = (SELECT min(id) FROM export)").await;
    fs::write(&path, true_one.replace("\"filtres\": \"", "\"filtres\": \"autre ")).expect("written");
    says(&app, &["--rapide"], 1, &["n’est plus celui que la base a gardé"]);
    fs::write(&path, true_one).expect("written");
    says(&app, &[], 0, &[]);
}

#[rocket::async_test]
async fn a_schema_that_is_not_that_of_the_program_is_told() {
    let app = App::new().await;
    let last = "(SELECT max(version) FROM _sqlx_migrations)";
    plant(&app, &format!("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = {last}")).await;
    says(&app, &["--sans-fichiers"], 1, &["la migration", "n’est pas celle de cette version"]);
    plant(&app, &format!("UPDATE _sqlx_migrations SET success = false WHERE version = {last}")).await;
    says(&app, &["--sans-fichiers"], 1, &["n’est pas à niveau"]);
    let app = App::new().await;
    plant(&app, "DROP TABLE textes_legaux").await;
    says(&app, &[], 1, &["la table textes_legaux manque"]);
}

#[rocket::async_test]
async fn references_sequences_and_numbers_that_do_not_hold_are_told() {
    let app = App::new().await;
    plant(&app, "DELETE FROM categorie WHERE id = (SELECT min(categorie_id) FROM sejour)").await;
    says(&app, &["--sans-fichiers"], 1, &["mènent à des lignes de categorie qui n’existent pas"]);
    says(&app, &["--sans-fichiers", "--rapide"], 0, &[]);
    let app = App::new().await;
    plant(&app, "SELECT setval(pg_get_serial_sequence('sejour', 'id'), 1)").await;
    says(&app, &["--sans-fichiers", "--rapide"], 1, &["la suite sejour_id_seq a donné 1 pour dernier numéro, et sejour.id va jusqu’à"]);
    let app = App::new().await;
    let line = "INSERT INTO journal (id, moment, action) OVERRIDING SYSTEM VALUE SELECT 1, now() - make_interval(secs => n), 'connexion' FROM generate_series(1, 2) n";
    plant(&app, line).await;
    says(&app, &["--sans-fichiers"], 1, &["ligne(s) du journal ont un numéro qu’une autre a aussi"]);
}

#[rocket::async_test]
async fn an_index_that_does_not_serve_or_misses_a_row_is_told() {
    let app = App::new().await;
    says(&app, &["--sans-fichiers"], 0, &["non relus, faute d’amcheck"]);
    plant(&app, "CREATE EXTENSION amcheck").await;
    says(&app, &["--sans-fichiers"], 0, &["relus par amcheck"]);
    // A row that the index was not told of.
    let ready = |is: bool| format!("UPDATE pg_index SET indisready = {is} WHERE indexrelid = 'epci_pkey'::regclass");
    plant(&app, &ready(false)).await;
    plant(&app, "INSERT INTO epci SELECT '999999999', nom, type, population FROM epci LIMIT 1").await;
    plant(&app, &ready(true)).await;
    says(&app, &["--sans-fichiers"], 1, &["l’index epci_pkey est abîmé"]);
    says(&app, &["--sans-fichiers", "--rapide"], 0, &[]);
    plant(&app, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'epci_pkey'::regclass").await;
    says(&app, &["--sans-fichiers", "--rapide"], 1, &["l’index epci_pkey n’est pas valable"]);
}

/// Waits until no transaction of the server, of another test neither, is as old as the last line of the journal: a statement says of what they may
/// still write that it is not settled.
async fn settled(app: &App) {
    until("older transactions end", async || {
        app.one::<bool>("SELECT max(xmin::text::bigint) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM journal").await
    })
    .await;
}

/// Writes the statement of a base; gives its path.
fn statement(app: &App, name: &str) -> String {
    let path = app.folder.path().join(name).display().to_string();
    says(app, &["--releve", &path], 0, &["Relevé : "]);
    path
}

#[rocket::async_test]
async fn a_statement_is_that_of_its_rows_in_any_order() {
    let app = App::new().await;
    let held = statement(&app, "releve.json");
    let compare = ["--sans-fichiers", "--exact", "--compare", &held];
    says(&app, &compare, 0, &["toutes les mêmes", "Tout est en ordre."]);
    // The same rows, elsewhere in their table.
    plant(&app, "CREATE INDEX autrement ON sejour (date_fin, reference); CLUSTER sejour USING autrement; DROP INDEX autrement").await;
    says(&app, &compare, 0, &["toutes les mêmes"]);
    for (change, back, table) in [
        (
            "UPDATE commune SET nom = nom || 'x' WHERE code_insee = '97113'",
            "UPDATE commune SET nom = rtrim(nom, 'x') WHERE code_insee = '97113'",
            "commune",
        ),
        ("UPDATE nature SET libelle = libelle || ' ' WHERE id = 1", "UPDATE nature SET libelle = rtrim(libelle) WHERE id = 1", "nature"),
        ("INSERT INTO epci SELECT '999999999', nom, type, population FROM epci LIMIT 1", "DELETE FROM epci WHERE siren = '999999999'", "epci"),
    ] {
        plant(&app, change).await;
        says(&app, &compare, 1, &[&format!("la table {table} n’est pas celle du relevé")]);
        plant(&app, back).await;
        says(&app, &compare, 0, &[]);
    }
    plant(&app, "ALTER TABLE motif ADD COLUMN de_plus integer").await;
    says(&app, &compare, 1, &["la table motif n’a plus les colonnes du relevé"]);
    plant(&app, "ALTER TABLE motif DROP COLUMN de_plus; CREATE TABLE de_plus (id integer)").await;
    says(&app, &compare, 1, &["la table de_plus n’est pas au relevé"]);
}

#[rocket::async_test]
async fn a_base_that_went_on_is_held_to_what_nothing_touched() {
    let app = installation().await;
    settled(&app).await;
    let held = statement(&app, "releve.json");
    let compare = ["--sans-fichiers", "--compare", &held];
    app.agent(LE_GOSIER).await.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    plant(&app, "UPDATE sejour SET version = version + 1 WHERE id = (SELECT min(id) FROM sejour)").await;
    let said = says(&app, &compare, 0, &["écrites depuis", "Tout est en ordre."]);
    assert!(!said.contains(", 0 écrites depuis"), "{said}");
    says(&app, &["--sans-fichiers", "--exact", "--compare", &held], 1, &["la table sejour n’est pas celle du relevé"]);
    // A row that the base says is older than the statement, and is another.
    plant(&app, "CREATE EXTENSION pg_surgery; UPDATE nature SET libelle = libelle || ' ' WHERE id = 1").await;
    says(&app, &compare, 0, &[]);
    plant(&app, "SELECT heap_force_freeze('nature'::regclass, ARRAY(SELECT ctid FROM nature WHERE id = 1))").await;
    says(&app, &compare, 1, &["des lignes de nature que rien n’a écrites depuis le relevé n’y étaient pas ainsi"]);
    // Out of the chain that its index follows since it was frozen, it is found by reading the table.
    let by_reading = "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off";
    plant(&app, &format!("{by_reading}; UPDATE nature SET libelle = rtrim(libelle) WHERE id = 1")).await;
    says(&app, &compare, 0, &[]);
    // The journal is only added to.
    plant(&app, "DELETE FROM journal WHERE id = (SELECT min(id) FROM journal)").await;
    says(&app, &compare, 1, &["ou n’y sont plus"]);
}

#[rocket::async_test]
async fn a_sequence_that_went_back_is_told() {
    let app = App::new().await;
    plant(&app, "SELECT nextval('numero_sejour'), nextval('numero_sejour'), nextval('numero_sejour')").await;
    let held = statement(&app, "releve.json");
    plant(&app, "SELECT setval('numero_sejour', 1)").await;
    says(&app, &["--sans-fichiers", "--compare", &held], 1, &["la suite numero_sejour avait donné le numéro"]);
}

#[rocket::async_test]
async fn a_statement_is_of_the_instant_that_another_transaction_holds() {
    let app = App::new().await;
    let mut holding = app.pool().begin().await.expect("a transaction");
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *holding).await.expect("set");
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut *holding).await.expect("set");
    let name: String = sqlx::query_scalar("SELECT pg_export_snapshot()").fetch_one(&mut *holding).await.expect("a snapshot");
    plant(&app, "INSERT INTO epci SELECT '999999999', nom, type, population FROM epci LIMIT 1").await;
    let path = app.folder.path().join("releve.json").display().to_string();
    says(&app, &["--releve", &path, "--instantane", &name], 0, &[]);
    holding.rollback().await.expect("ended");
    says(&app, &["--sans-fichiers", "--exact", "--compare", &path], 1, &["la table epci n’est pas celle du relevé"]);
    plant(&app, "DELETE FROM epci WHERE siren = '999999999'").await;
    says(&app, &["--sans-fichiers", "--exact", "--compare", &path], 0, &[]);
    says(&app, &["--releve", &path, "--instantane", &name], 2, &["n’est pas tenu"]);
    says(&app, &["--releve", &path, "--instantane", "'; DROP TABLE avis"], 2, &["n’est pas tenu"]);
}

#[rocket::async_test]
async fn what_cannot_be_known_is_no_answer() {
    let app = App::new().await;
    says(&app, &["--compare", "/absent/releve.json"], 2, &["ne se lit pas"]);
    let held = statement(&app, "releve.json");
    let text = fs::read_to_string(&held).expect("a statement");
    let xmax = text.split("\"xmax\":").nth(1).and_then(|rest| rest.split(',').next()).expect("its next transaction");
    fs::write(&held, text.replace(&format!("\"xmax\":{xmax}"), "\"xmax\":9000000000000")).expect("written");
    says(&app, &["--sans-fichiers", "--compare", &held], 2, &["comparez-la à celui d’une copie plus ancienne"]);
    fs::write(&held, "{}").expect("written");
    says(&app, &["--sans-fichiers", "--compare", &held], 2, &["ne se lit pas"]);
    let mut command = program(GARDEL, app.folder.path(), "postgres://gardel@localhost/gardel?host=/absent");
    assert_eq!(command.arg("verifier").status().expect("it runs").code(), Some(2));
    says(&app, &["--rapide", "--releve", "x"], 2, &[]);
    // A role that serves reads neither what opens a session nor the journal.
    let (ended, said) = run(program_of(&app, GARDEL, ROLES[1]).args(["verifier", "--sans-fichiers"]));
    assert!(ended == 2 && said.contains("vérifiez sous celui qui possède les tables"), "{ended}: {said}");
}
