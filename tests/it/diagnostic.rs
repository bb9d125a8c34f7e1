//! `gardel diagnostic`: what helps is in it; no secret of the settings and nothing of anybody, whatever the base holds.

use std::os::unix::fs::PermissionsExt;

use sqlx::Connection;

use crate::support::App;
use crate::support::cluster::until;
use crate::support::program::{GARDEL, program, said};

/// Stands in every secret and in every name that is planted.
const PLANTED: &str = "zzplante";
const KEY: &str = "jqUzFRwjt8m5ZcRj1MqYX2vQ3d0n8o8cHq8w2nJkP1M=";

/// Plants a name wherever the base holds one, and in what it is doing.
async fn plant(app: &App) {
    for sql in [
        "UPDATE hebergeur SET nom = 'Zzplante ' || id, courriel = 'zzplante' || id || '@ville.gp', adresse = 'rue Zzplante'",
        "UPDATE logement SET nom = 'Villa Zzplante ' || id",
        "INSERT INTO utilisateur (courriel, nom, role) VALUES ('zzplante@ville.gp', 'Zzplante', 'agent')",
        "INSERT INTO job (queue, name, title, state, error, cause, finished_at) VALUES ('exports', 'export', 'Export de Zzplante', 'failed', 'Zzplante', 'Zzplante', now())",
        "INSERT INTO journal (action, objet, acteur, detail) VALUES ('connexion', 'essai', 'Zzplante', '{\"nom\": \"Zzplante\"}')",
        "INSERT INTO incident (genre, programme, machine, version, lieu, code, demande) VALUES ('defaut', 'serveur', 'm', '0.1.0', 'GET /sejours/<id>', '42P01', 'numero-12345')",
        "CREATE STATISTICS zzautre ON nom, type FROM hebergeur",
        "ANALYZE hebergeur",
    ] {
        app.run_sql(sql).await;
    }
}

#[rocket::async_test]
async fn no_secret_and_nobody_is_in_a_diagnostic() {
    let app = App::new().await;
    plant(&app).await;
    let mut holder = sqlx::PgConnection::connect(&app.url).await.expect("a connection");
    sqlx::raw_sql("SET application_name = 'psql de Zzplante'; BEGIN; LOCK TABLE commune_ancienne IN ACCESS EXCLUSIVE MODE; SELECT 'Zzplante'")
        .execute(&mut holder)
        .await
        .expect("held");
    let mut waiter = sqlx::PgConnection::connect(&app.url).await.expect("a connection");
    let asking = rocket::tokio::spawn(async move {
        let _answer = sqlx::raw_sql("SELECT 'Zzplante' FROM commune_ancienne").execute(&mut waiter).await;
    });
    until("it waits", async || {
        app.one::<bool>("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'commune_ancienne'::regclass AND NOT granted)").await
    })
    .await;
    let keys = app.folder.path().join("cles");
    std::fs::write(&keys, KEY).expect("a file of keys");
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).expect("closed to others");
    let url = app.url.replacen("gardel@", "gardel:ZzplanteBase@", 1);
    assert_ne!(url, app.url, "a password in the address");
    let run = |arguments: &[&str]| {
        let mut command = program(GARDEL, app.folder.path(), &url);
        command.arg("diagnostic").args(arguments).env("REDIS_URL", "redis://:ZzplanteRedis@127.0.0.1:1").env("GARDEL_CLE_SECRETS", &keys);
        command.envs([
            ("GARDEL_ADRESSE_PUBLIQUE", "http://localhost"),
            ("GARDEL_SMTP_URL", "smtp://zzplante.nom:ZzplanteSmtp@127.0.0.1:1?tls=aucun"),
            ("GARDEL_SMTP_EXPEDITEUR", "Gardel <zzplante.nom@ville.gp>"),
            ("GARDEL_OIDC_EMETTEUR", "http://127.0.0.1:1"),
            ("GARDEL_OIDC_CLIENT", "gardel"),
            ("GARDEL_OIDC_SECRET", "ZzplanteOidc"),
            ("GARDEL_OIDC_NOM", "Identité"),
            ("AWS_SECRET_ACCESS_KEY", "ZzplanteAws"),
            ("DATABASE_REPLICA_URL", "postgres://gardel:ZzplanteReplica@127.0.0.1:1/gardel"),
        ]);
        said(&mut command)
    };
    let (well, text) = run(&[]);
    assert!(well, "{text}");
    assert!(!text.to_lowercase().contains(PLANTED) && !text.contains(KEY), "{text}");
    for wanted in [
        "# Diagnostic de Gardel",
        "échec   Courriels",
        "redis://••••@127.0.0.1:1",
        "DATABASE_URL\u{a0}: postgres://gardel:••••@",
        "GARDEL_OIDC_SECRET\u{a0}: ••••",
        "max_connections = ",
        "\nsejour ",
        "numero-12345",
        "GET /sejours/<id>",
        "42P01",
        "attend commune_ancienne",
        "autre programme",
        "\nexport\u{a0}: 1\n",
        "maintenance\u{a0}: ",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let file = app.folder.path().join("diagnostic.txt");
    let (well, told) = run(&["--sortie", file.to_str().expect("a path")]);
    assert!(well && told.contains("Relisez-le"), "{told}");
    let written = std::fs::read_to_string(&file).expect("the file");
    assert!(written.starts_with("# Diagnostic") && !written.to_lowercase().contains(PLANTED), "{written}");
    assert_eq!(std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.expect("let go");
    asking.await.expect("it ended");
}

#[rocket::async_test]
async fn it_is_made_without_a_base_and_without_settings() {
    let app = App::new().await;
    let (well, text) = said(program(GARDEL, app.folder.path(), "postgres://gardel:ZzplanteBase@127.0.0.1:1/gardel").arg("diagnostic"));
    assert!(
        well && text.contains("échec   Base de données") && text.contains("GARDEL_CACHE_MIO") && !text.to_lowercase().contains(PLANTED),
        "{text}"
    );
    let (well, text) = said(program(GARDEL, app.folder.path(), &app.url).arg("diagnostic").env("GARDEL_CACHE_MIO", "zzplante"));
    assert!(well && text.contains("GARDEL_CACHE_MIO") && text.contains("database_url") && !text.contains(PLANTED), "{text}");
}
