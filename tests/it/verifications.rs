//! `gardel check` looks at everything, says what to do, and one thing wrong hides none of the others.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;

use crate::courriels::Post;
use crate::support::App;
use crate::support::program::{GARDEL, PRODUCTION, program, said};

/// The command over the base of `app`, from a folder that holds the letters.
fn check(app: &App) -> Command {
    let mut command = program(GARDEL, app.folder.path(), &app.url);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("ROCKET_PORT", "0").arg("check");
    command
}

/// What it says as programs read it: whether it went well, and each line by its subject, its state and its sentence with what to do.
fn lines(command: &mut Command) -> (bool, Vec<(String, String, String)>) {
    let output = command.args(["--format", "json"]).stdout(std::process::Stdio::piped()).output().expect("it runs");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let lines = told["lignes"].as_array().expect("lines").iter();
    let lines: Vec<_> =
        lines.map(|line| (text(&line["sujet"]), text(&line["etat"]), format!("{} {}", text(&line["phrase"]), text(&line["quoi_faire"])))).collect();
    let worst = ["echec", "a_voir", "bien"].into_iter().find(|state| lines.iter().any(|(_, known, _)| known == state)).expect("a line");
    assert_eq!(text(&told["resultat"]), worst);
    assert_eq!(output.status.success(), worst != "echec");
    (output.status.success(), lines)
}

/// How `subject` stands, and what is said of it.
fn of<'a>(lines: &'a [(String, String, String)], subject: &str) -> (&'a str, &'a str) {
    lines
        .iter()
        .find(|(known, ..)| known == subject)
        .map_or_else(|| panic!("{subject}: {lines:?}"), |(_, state, words)| (state.as_str(), words.as_str()))
}

#[rocket::async_test]
async fn everything_is_looked_at_and_told_once() {
    let app = App::new().await;
    let (well, lines) = lines(&mut check(&app));
    assert!(well, "{lines:?}");
    for subject in [
        "Réglages",
        "Base de données",
        "Chemin vers la base",
        "PostgreSQL",
        "Encodage et classement",
        "Connexions",
        "Horloge",
        "Migrations",
        "Compte PostgreSQL",
        "Réplicas de lecture",
        "Second facteur",
        "Secrets de la base",
        "Courriels",
        "Dépôt de fichiers",
        "Disque du dépôt",
        "Cache",
        "Fichiers annoncés",
        "Port des pages",
        "Port de gestion",
        "Ouvriers",
    ] {
        of(&lines, subject);
    }
    assert!(lines.iter().all(|(_, state, words)| state == "bien" || words.trim_end().ends_with(['.', ')']) && words.len() > 20), "{lines:?}");
    // For people: the same, line by line, and the end.
    let (_, text) = said(&mut check(&app));
    assert!(
        text.contains("bien    Migrations\u{a0}: à jour.") && text.contains("à voir  Ouvriers") && text.contains("Le reste est en ordre"),
        "{text}"
    );
    assert!(!app.folder.path().join("essai/gardel-check").exists(), "what was written to try was taken away");
}

#[rocket::async_test]
async fn one_thing_wrong_hides_none_of_the_others() {
    let app = App::new().await;
    // Nothing answers, nowhere.
    let mut command = check(&app);
    command.env("DATABASE_URL", "postgres://gardel@127.0.0.1:1/gardel").env("STORAGE_URL", "/proc/gardel").env("REDIS_URL", "redis://127.0.0.1:1");
    command.envs([
        ("GARDEL_SMTP_URL", "smtp://127.0.0.1:1?tls=aucun"),
        ("GARDEL_SMTP_EXPEDITEUR", "x@ville.gp"),
        ("GARDEL_ADRESSE_PUBLIQUE", "http://localhost"),
    ]);
    let (well, lines) = lines(&mut command);
    assert!(!well);
    for (subject, state) in [
        ("Base de données", "echec"),
        ("Dépôt de fichiers", "echec"),
        ("Courriels", "echec"),
        ("Cache", "a_voir"),
        ("Réglages", "bien"),
        ("Port des pages", "bien"),
    ] {
        assert_eq!(of(&lines, subject).0, state, "{subject}: {lines:?}");
    }
    assert!(of(&lines, "Cache").1.contains("Démarrez Redis"));
    // Settings that cannot be read.
    let (well, text) = said(check(&app).env("GARDEL_CACHE_MIO", "beaucoup"));
    assert!(!well && text.contains("échec   Réglages") && text.contains("cache_mio"), "{text}");
    // Older tables than the program.
    app.run_sql("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)").await;
    let (well, text) = said(&mut check(&app));
    assert!(!well && text.contains("échec   Migrations") && text.contains("gardel migrate") && text.contains("bien    Dépôt"), "{text}");
}

#[rocket::async_test]
async fn redis_is_written_read_and_left_as_it_was() {
    let app = App::new().await;
    let Ok(url) = std::env::var("REDIS_URL") else { return };
    let (_, lines) = lines(check(&app).env("REDIS_URL", &url));
    let (state, words) = of(&lines, "Cache");
    assert!(state == "bien" && words.contains("écrit, relu et retiré"), "{words}");
}

#[rocket::async_test]
async fn a_port_is_free_or_ours_or_somebody_else_s() {
    let app = App::new().await;
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = other.local_addr().expect("an address").port().to_string();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().expect("it is asked");
        let mut asked = [0; 512];
        let _read = stream.read(&mut asked).expect("a question");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("an answer");
    });
    let (well, found) = lines(check(&app).env("ROCKET_PORT", &port));
    serving.join().expect("it answered");
    assert!(!well && of(&found, "Port des pages").1.contains("autre programme"), "{found:?}");
    let server = crate::support::running::Running::server(&app).await;
    let (_, found) = lines(check(&app).env("GARDEL_GESTION_PORT", server.management.to_string()).env("ROCKET_PORT", server.port.to_string()));
    for subject in ["Port de gestion", "Port des pages"] {
        assert!(of(&found, subject).1.contains("Gardel y répond"), "{found:?}");
    }
    server.stopped().await;
}

#[rocket::async_test]
async fn the_certificate_of_this_machine_is_judged() {
    let app = App::new().await;
    let post = Post::open(&["--tls"]);
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messagerie/autorite.pem");
    let certificate = |place: &str, trusted: bool| {
        let mut command = check(&app);
        command.envs(PRODUCTION).env("GARDEL_ADRESSE_PUBLIQUE", format!("https://{place}"));
        if trusted {
            command.env("SSL_CERT_FILE", authority);
        }
        let (state, words) = {
            let (_, found) = lines(&mut command);
            let (state, words) = of(&found, "Certificat");
            (state.to_string(), words.to_string())
        };
        (state, words)
    };
    let here = format!("localhost:{}", post.port);
    assert_eq!(certificate(&here, true).0, "bien", "{:?}", certificate(&here, true));
    let (state, words) = certificate(&here, false);
    assert!(state == "echec" && words.contains("autorité"), "{words}");
    let (state, words) = certificate("gardel.invalid", false);
    assert!(state == "bien" && words.contains("pas cette machine"), "{words}");
}

/// The rights of the role that connects: one that is missing is named.
#[rocket::async_test]
async fn a_right_that_is_missing_is_named() {
    let app = App::new().await;
    let url = app.context.config.database_url.clone();
    let named = "INSERT INTO role_base (sert, travaille) VALUES ('gardel_essai_sert', 'gardel_essai_travaille') ON CONFLICT DO NOTHING";
    app.run_sql(named).await;
    let (_, found) = lines(check(&app).env("DATABASE_URL", &url));
    assert_eq!(of(&found, "Droits du compte").0, "bien", "{found:?}");
    app.run_sql("REVOKE DELETE ON session FROM gardel_essai_sert").await;
    app.run_sql("REVOKE EXECUTE ON FUNCTION exploitation_vue() FROM gardel_essai_sert").await;
    let (well, found) = lines(check(&app).env("DATABASE_URL", &url));
    let (state, words) = of(&found, "Droits du compte");
    assert!(
        !well && state == "echec" && words.contains("DELETE sur session") && words.contains("exploitation_vue()") && words.contains("gardel roles"),
        "{words}"
    );
}
