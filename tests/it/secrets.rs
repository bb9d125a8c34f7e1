//! Secrets of the base under a key that is not in it: the pages work the same, and a copy of the base opens nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gardel::platform::password;

use crate::facteur::code_at;
use crate::support::App;
use crate::support::app::LE_GOSIER;
use crate::support::jar::{Jar, PASSWORD};
use crate::support::program::{GARDEL, PRODUCTION, program_of, said};

/// As `openssl rand -base64 32` writes them.
const ONE: &str = "jqUzFRwjt8m5ZcRj1MqYX2vQ3d0n8o8cHq8w2nJkP1M=";
const OTHER: &str = "0mXcyIh5cWq0aYtKf2uY4Qb1m3bXc7q3vJb2k5qZ9hE=";

fn keys(path: &Path, lines: &[&str]) {
    std::fs::write(path, lines.join("\n")).expect("a file of keys");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("closed to others");
}

/// What a page shows of a secret, to be typed by hand: RFC 4648, read here apart from the library that wrote it.
fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut bytes) = (0u32, 0u64, Vec::new());
    for letter in text.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).expect("a letter of base 32");
        held = held << 5 | value as u64;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}

/// How many rows of the two tables hold `secret` as it is.
async fn in_clear(app: &App, secret: &[u8]) -> i64 {
    let sql =
        "SELECT (SELECT count(*) FROM second_facteur WHERE position($1 IN cle) > 0) + (SELECT count(*) FROM secret WHERE position($1 IN valeur) > 0)";
    sqlx::query_scalar(sql).bind(secret).fetch_one(app.pool()).await.expect("a count")
}

#[rocket::async_test]
async fn a_copy_of_the_base_opens_nothing_and_pages_work_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cles");
    keys(&file, &[ONE]);
    let app = App::with(|config| config.cle_secrets = Some(file.to_string_lossy().into_owned())).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM secret WHERE nom LIKE 'signature%' AND length(valeur) < 60").await, 0, "a key in clear");
    let person = app.agent(LE_GOSIER).await;
    let phc = password::hash_now(PASSWORD).expect("a hash");
    let set = sqlx::query("UPDATE utilisateur SET courriel = 'm@ville.gp', mot_de_passe = $2 WHERE id = $1").bind(person.user_id).bind(phc);
    set.execute(app.pool()).await.expect("a password");
    // Proposed, shown, put in place.
    person.post("/compte/second-facteur/proposition", &[]).await;
    let shown = person.get("/compte/second-facteur/installation").await.ok().texts(".cle code");
    let secret = base32(&shown[0]);
    assert_eq!(secret.len(), 20, "{shown:?}");
    assert_eq!(in_clear(&app, &secret).await, 0);
    person.post("/compte/second-facteur/installation", &[("code", &code_at(&secret, app.context.clock.now()))]).await.ok();
    assert_eq!(in_clear(&app, &secret).await, 0);
    // Then it opens: with the password, a code.
    app.run_sql("DELETE FROM session").await;
    app.context.clock.set(app.context.clock.now() + chrono::Duration::seconds(30));
    let mut jar = Jar::new(&app);
    jar.password("m@ville.gp").await;
    jar.code(&code_at(&secret, app.context.clock.now())).await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM session WHERE facteur = 'application'").await, 1);
    // The secret of one account in the place of another's is of no use.
    let other = app.agent(LE_GOSIER).await;
    let moved = sqlx::query("INSERT INTO second_facteur (utilisateur_id, cle, sel) SELECT $1, cle, sel FROM second_facteur").bind(other.user_id);
    moved.execute(app.pool()).await.expect("a row");
    assert_eq!(other.get("/compte/second-facteur/installation").await.status.code, 500);
}

#[rocket::async_test]
async fn secrets_are_put_under_the_key_and_move_to_the_next() {
    let app = App::new().await;
    let person = app.agent(LE_GOSIER).await;
    crate::facteur::install(&app, &person).await;
    let secret = crate::facteur::secret_of(&app, person.user_id).await;
    let signature: Vec<u8> = sqlx::query_scalar("SELECT valeur FROM secret WHERE nom = 'signature'").fetch_one(app.pool()).await.expect("a key");
    let file = app.folder.path().join("cles");
    let run = |with_file: bool, arguments: &[&str]| {
        let mut command = program_of(&app, GARDEL, "gardel_essai");
        command.env("DATABASE_URL", &app.url).args(arguments);
        if with_file {
            command.env("GARDEL_CLE_SECRETS", &file);
        }
        said(&mut command)
    };
    // Without a file of keys, with one that is none, with one that everybody reads: one sentence each.
    let (fine, told) = run(false, &["keys", "seal"]);
    assert!(!fine && told.contains("ne nomme aucun fichier de clés"), "{told}");
    let (fine, told) = run(true, &["keys", "seal"]);
    assert!(!fine && told.contains("ne peut pas être lu"), "{told}");
    keys(&file, &["mot de passe"]);
    let (fine, told) = run(true, &["keys", "seal"]);
    assert!(!fine && told.contains("la ligne 1"), "{told}");
    keys(&file, &[ONE]);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o646)).expect("open to others");
    let (fine, told) = run(true, &["keys", "seal"]);
    assert!(!fine && told.contains("chmod 640"), "{told}");

    keys(&file, &[ONE]);
    let (fine, told) = run(true, &["keys", "seal"]);
    assert!(fine && told.contains("1 clé(s) de signature, 1 second(s) facteur(s)"), "{told}");
    assert_eq!((in_clear(&app, &secret).await, in_clear(&app, &signature).await), (0, 0));
    let (fine, told) = run(true, &["keys", "seal"]);
    assert!(fine && told.contains("0 clé(s) de signature, 0 second(s) facteur(s)"), "{told}");
    // Whoever has not the key starts nothing, and is told why.
    for arguments in [["check"].as_slice(), &["serve"]] {
        let (fine, told) = run(false, arguments);
        assert!(!fine && told.contains("sous une clé que ce programme n’a pas"), "{arguments:?}: {told}");
    }
    let (_, told) = run(true, &["check"]);
    assert!(told.contains("sous la clé de cle_secrets (GARDEL_CLE_SECRETS)."), "{told}");

    // The next key, then the first one forgotten.
    keys(&file, &[OTHER, ONE]);
    let (_, told) = run(true, &["check"]);
    assert!(told.contains("2 ne sont pas sous la première clé"), "{told}");
    let (fine, told) = run(true, &["keys", "seal"]);
    assert!(fine && told.contains("1 clé(s) de signature, 1 second(s) facteur(s)"), "{told}");
    keys(&file, &[OTHER]);
    let (_, told) = run(true, &["check"]);
    assert!(told.contains("sous la clé de cle_secrets (GARDEL_CLE_SECRETS)."), "{told}");
    keys(&file, &[ONE]);
    let (fine, _) = run(true, &["check"]);
    assert!(!fine, "the key of before opens nothing any more");
    // In production, secrets in clear are told.
    let bare = App::new().await;
    let mut command = program_of(&bare, GARDEL, "gardel_essai");
    let (_, told) = said(command.env("DATABASE_URL", &bare.url).envs(PRODUCTION).arg("check"));
    assert!(told.contains("en clair"), "{told}");
}
