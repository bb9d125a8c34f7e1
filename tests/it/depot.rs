//! The file store fails in every way that stores do: what people get is a page with the right status, before any
//! header says 200, in a bounded time; and neither an address, a bucket nor a word of English.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gardel::context::Context;
use gardel::platform::store::Files;
use object_store::ClientOptions;
use object_store::aws::AmazonS3Builder;
use rocket::http::Status;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::exports::many_rows;
use crate::support::app::{LE_GOSIER, client};
use crate::support::{App, Page};

/// How long people wait here: time enough for a store that answers, on a busy machine too.
const PATIENCE: Duration = Duration::from_millis(400);
/// What only the operator may read.
const SECRETS: [&str; 9] = ["127.0.0.1", "seau-secret", "http:", "exports/", "Generic", "error", "timeout", "denied", "object"];

/// What a store does when it is asked for anything.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Takes the connection, says nothing.
    Mute,
    /// Closes it.
    Cuts,
    /// « 403 », as with a wrong key.
    Forbids,
    /// « 404 ».
    Lost,
    /// « 500 », again and again.
    Breaks,
    /// Nobody listens.
    Away,
}

/// A store of that manner, over plain HTTP on this machine.
async fn s3(manner: Manner) -> Files {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    if !matches!(manner, Manner::Away) {
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut bytes = [0; 4096];
                    let _asked = connection.read(&mut bytes).await;
                    let status = match manner {
                        Manner::Mute => return std::future::pending().await,
                        Manner::Forbids => "403 Forbidden",
                        Manner::Lost => "404 Not Found",
                        Manner::Breaks => "500 Internal Server Error",
                        Manner::Cuts | Manner::Away => return,
                    };
                    let body = "<Error><Code>Denied</Code><Message>Generic error of seau-secret</Message></Error>";
                    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
                    let _answered = connection.write_all(answer.as_bytes()).await;
                });
            }
        });
    }
    gardel::platform::tls::install();
    let builder = AmazonS3Builder::new()
        .with_endpoint(format!("http://127.0.0.1:{port}"))
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .with_bucket_name("seau-secret")
        .with_region("nulle-part")
        .with_access_key_id("cle")
        .with_secret_access_key("secret");
    Files::from_store(Arc::new(builder.build().expect("a store"))).with_patience(PATIENCE)
}

/// Nothing of the store in a page.
fn assert_clean(page: &Page, told: &str) {
    let text = page.texts("main").join(" ");
    for secret in SECRETS {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{told}: « {secret} » in {text}");
    }
    assert!(page.header("Content-Disposition").is_none(), "{told}: an error page is no file");
}

async fn downloads(app: &App) -> (i64, i64) {
    (
        app.one("SELECT count(*) FROM journal WHERE action = 'telechargement'").await,
        app.one("SELECT count(*) FROM journal WHERE action = 'telechargement_echoue' AND detail->>'cause' <> ''").await,
    )
}

#[rocket::async_test]
async fn a_store_that_fails_answers_with_a_page_before_any_200() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    let path = format!("{export}/fichier");
    for (manner, status) in [
        (Manner::Mute, Status::ServiceUnavailable),
        (Manner::Cuts, Status::ServiceUnavailable),
        (Manner::Forbids, Status::ServiceUnavailable),
        (Manner::Lost, Status::Gone),
        (Manner::Breaks, Status::ServiceUnavailable),
        (Manner::Away, Status::ServiceUnavailable),
    ] {
        let client = client(&app.with_files(s3(manner).await)).await;
        for range in [None, Some("bytes=0-99"), Some("bytes=100-"), Some("bytes=-10")] {
            let before = downloads(&app).await;
            let headers: Vec<(&'static str, &str)> = range.map(|range| ("Range", range)).into_iter().collect();
            // The limit only ends a test whose answer is not bounded: that of the store's own client is three minutes.
            let page = tokio::time::timeout(Duration::from_secs(30), browser.get_from(&client, &path, &headers)).await.expect("bounded");
            assert_eq!(page.status, status, "{manner:?} {range:?}: {}", page.text());
            assert_clean(&page, &format!("{manner:?} {range:?}"));
            if status == Status::ServiceUnavailable {
                assert!(page.header("Retry-After").is_some(), "{manner:?}");
            }
            let after = downloads(&app).await;
            assert_eq!((after.0 - before.0, after.1 - before.1), (0, 1), "{manner:?} {range:?}: the failure, and no download");
        }
    }
    // The store itself still has the file: nothing was lost.
    let before = downloads(&app).await;
    browser.get(&path).await.ok();
    assert_eq!(downloads(&app).await, (before.0 + 1, before.1));
}

/// The file of the only export, on disk.
async fn file(app: &App) -> PathBuf {
    app.folder.path().join(app.one::<String>("SELECT fichier FROM export WHERE etat = 'pret'").await)
}

#[rocket::async_test]
async fn a_file_removed_cut_or_unreadable_is_told_as_such() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "xlsx").await;
    app.run_jobs().await;
    let (path, file) = (format!("{export}/fichier"), file(&app).await);
    let body = std::fs::read(&file).expect("the file");
    for range in [None, Some("bytes=10-")] {
        let headers: Vec<(&'static str, &str)> = range.map(|range| ("Range", range)).into_iter().collect();
        std::fs::remove_file(&file).expect("removed");
        let page = browser.get_with(&path, &headers).await;
        page.refused(Status::Gone, "n’est plus dans le dépôt");
        assert_clean(&page, "removed");
        std::fs::write(&file, &body[..body.len() / 2]).expect("cut");
        let page = browser.get_with(&path, &headers).await;
        page.refused(Status::Conflict, "n’est plus celui");
        assert_clean(&page, "cut");
        std::fs::write(&file, &body).expect("whole");
        // Root reads everything: a folder under the name of the file cannot be read by anybody.
        if std::fs::metadata("/proc/self").is_ok_and(|_| !is_root()) {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).expect("closed");
            let page = browser.get_with(&path, &headers).await;
            page.refused(Status::ServiceUnavailable, "refuse l’accès");
            assert_clean(&page, "unreadable");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("open");
        }
        assert!(browser.get_with(&path, &headers).await.body.len() > 10);
    }
    assert_eq!(downloads(&app).await.0, 1, "ranges further on are no new download");
}

fn is_root() -> bool {
    std::process::Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"))
}

/// A store that dies after the first bytes: the download is cut, and the journal tells it apart from those that went through.
#[rocket::async_test]
async fn a_download_that_is_cut_is_noted_as_such() {
    let app = App::new().await;
    many_rows(&app, 40_000).await;
    let browser = app.agent(LE_GOSIER).await;
    let export = browser.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    let path = format!("{export}/fichier");
    let file = file(&app).await;
    let size = std::fs::metadata(&file).expect("the file").len();
    assert!(size > 2 * 1024 * 1024, "more than one block: {size}");
    let whole = browser.get(&path).await.ok();
    assert_eq!(whole.body.len() as u64, size);
    let body = std::fs::read(&file).expect("the file");
    // The first block is asked for with the size; the rest is gone when it is asked for.
    let mut request = app.client.get(path.clone());
    request = browser.signed(request);
    let mut response = request.dispatch().await;
    assert_eq!(response.status(), Status::Ok);
    std::fs::remove_file(&file).expect("removed");
    let mut got = Vec::new();
    let read = response.read_to_end(&mut got).await;
    assert!(read.is_err() || got.len() < body.len(), "cut: {}", got.len());
    crate::interruptions::until(
        &app,
        "the cut in the journal",
        "SELECT EXISTS (SELECT 1 FROM journal WHERE action = 'telechargement_echoue' AND detail->>'interrompu' = 'true')",
    )
    .await;
    assert_eq!(downloads(&app).await, (2, 1));
}

/// What an export says of a store that fails while it is made: on its page, in French.
#[rocket::async_test]
async fn an_export_waits_for_its_store_in_clean_words() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    for manner in [Manner::Forbids, Manner::Lost] {
        app.run_sql("DELETE FROM export").await;
        app.run_sql("DELETE FROM job").await;
        let export = browser.export("sejours", "", "csv_fr").await;
        let context: Context = app.work_with_files(s3(manner).await);
        let runner = gardel::worker::runner(context, gardel::platform::jobs::RunnerSettings::default());
        runner.run_until_idle().await.expect("the queue answers");
        let job: i64 = app.one("SELECT id FROM job WHERE name = 'export'").await;
        for page in [browser.get(&export).await.ok(), browser.get(&format!("/travaux/{job}")).await.ok()] {
            assert!(page.text().contains("dépôt"), "{manner:?}: {}", page.texts("main").join(" "));
            assert_clean(&page, &format!("{manner:?}"));
        }
    }
}

#[rocket::async_test]
async fn the_check_of_the_operator_tells_what_is_missing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    browser.export("sejours", "", "csv_fr").await;
    app.run_jobs().await;
    let context = &app.context;
    assert!(gardel::exports::absent(context).await.expect("asked").is_empty());
    context.files.probe().await.expect("a store that serves");
    std::fs::remove_file(file(&app).await).expect("removed");
    assert_eq!(gardel::exports::absent(context).await.expect("asked").len(), 1);
    for manner in [Manner::Mute, Manner::Forbids, Manner::Away] {
        let files = s3(manner).await;
        assert!(files.probe().await.is_err(), "{manner:?}");
        assert!(gardel::exports::absent(&app.with_files(files)).await.map_or(true, |absent| !absent.is_empty()), "{manner:?}");
    }
}
