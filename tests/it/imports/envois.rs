//! Files that arrive in chunks: in any order, twice, cut, on two servers; the same file and the same import as by the form.

use gardel::platform::token::hexadecimal;
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::app::{GRAND_SUD, LE_GOSIER};
use crate::support::{App, Browser, Page};

const MORCEAU: usize = 4 * 1024 * 1024;

/// A CSV of some bytes more than `least`.
fn csv(least: usize) -> Vec<u8> {
    let mut text = String::from("nom;commune;courriel\n");
    let mut line = 0;
    while text.len() < least {
        text.push_str(&format!("Hôte {line};97113;hote{line}@exemple.gp\n"));
        line += 1;
    }
    text.into_bytes()
}

fn json(page: &Page) -> Value {
    serde_json::from_slice(&page.body).unwrap_or_else(|error| panic!("{error}: {}", page.text()))
}

fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

async fn announced(browser: &Browser<'_>, name: &str, size: usize) -> Page {
    browser.post("/imports/envois", &[("genre", "hebergeurs"), ("nom", name), ("octets", &size.to_string())]).await
}

/// Begins a file; its number.
async fn begun(browser: &Browser<'_>, name: &str, size: usize) -> i64 {
    let page = announced(browser, name, size).await;
    assert_eq!(page.status, Status::Created, "{}", page.text());
    json(&page)["id"].as_i64().expect("a number")
}

/// Sends bytes as what stands at `position`, by one of the servers.
async fn given(browser: &Browser<'_>, server: &Client, (id, position): (i64, usize), bytes: &[u8], sha256: &str) -> Page {
    let request = server
        .post(format!("/imports/envois/{id}/morceaux?position={position}&sha256={sha256}"))
        .header(Header::new("Content-Type", "application/octet-stream"))
        .header(Header::new("Host", "localhost"))
        .header(Header::new("Sec-Fetch-Site", "same-origin"))
        .body(bytes);
    Page::read(browser.signed(request).dispatch().await).await
}

/// The chunk of this place, sent as it is.
async fn chunk(app: &App, browser: &Browser<'_>, id: i64, whole: &[u8], rank: usize) -> Page {
    let bytes = &whole[rank * MORCEAU..whole.len().min((rank + 1) * MORCEAU)];
    given(browser, &app.client, (id, rank * MORCEAU), bytes, &digest(bytes)).await
}

async fn ended(browser: &Browser<'_>, id: i64) -> Page {
    browser.post(&format!("/imports/envois/{id}/fin"), &[]).await
}

/// What the store holds under `envois`.
fn left(app: &App) -> Vec<String> {
    let folder = app.folder.path().join("envois");
    let inside = |path: &std::path::Path| std::fs::read_dir(path).map(|all| all.filter_map(Result::ok).collect::<Vec<_>>()).unwrap_or_default();
    inside(&folder).iter().flat_map(|entry| inside(&entry.path())).map(|entry| entry.path().display().to_string()).collect()
}

#[rocket::async_test]
async fn chunks_in_any_order_on_two_servers_make_the_file_of_the_form() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let whole = csv(2 * MORCEAU + 1_000);
    let id = begun(&browser, "hotes.csv", whole.len()).await;
    assert_eq!(chunk(&app, &browser, id, &whole, 2).await.status, Status::Ok);
    assert_eq!(chunk(&app, &browser, id, &whole, 0).await.status, Status::Ok);
    // The same once more changes nothing.
    assert_eq!(chunk(&app, &browser, id, &whole, 0).await.status, Status::Ok);
    let early = ended(&browser, id).await;
    assert_eq!(early.status, Status::Conflict, "{}", early.text());
    assert!(json(&early)["phrase"].as_str().is_some_and(|text| text.contains("manque encore 1")), "{}", early.text());
    // The page is loaded again, and the same file chosen: it goes on where it was.
    let again = announced(&browser, "hotes.csv", whole.len()).await;
    let known = json(&again);
    assert_eq!((known["id"].as_i64(), known["recus"].as_i64()), (Some(id), i64::try_from(MORCEAU + whole.len() - 2 * MORCEAU).ok()));
    assert_eq!(known["morceaux"][0]["sha256"], Value::from(digest(&whole[..MORCEAU])));
    assert!(browser.get("/imports/nouveau").await.ok().text().contains("Envois interrompus"));
    // The rest by another server.
    let twin = app.twin().await;
    let bytes = &whole[MORCEAU..2 * MORCEAU];
    assert_eq!(given(&browser, &twin, (id, MORCEAU), bytes, &digest(bytes)).await.status, Status::Ok);
    let done = ended(&browser, id).await;
    assert_eq!(done.status, Status::Ok, "{}", done.text());
    let import = json(&done)["import"].as_i64().expect("an import");
    // Asked twice, the same answer; nothing is left of the chunks.
    assert_eq!(json(&ended(&browser, id).await)["import"].as_i64(), Some(import));
    assert_eq!(left(&app), Vec::<String>::new());
    // Another place sends the same file by the form.
    let other = app.agent(GRAND_SUD).await;
    let plain = other.send_files("/imports", &[("genre", "hebergeurs")], &[("hotes.csv", &whole)]).await;
    assert_eq!(plain.status, Status::SeeOther, "{}", plain.text());
    let same: bool = sqlx::query_scalar(
        "SELECT count(DISTINCT (nom, octets, sha256, chemin, examen, correspondance -> 'colonnes')) = 1 AND count(*) = 2 AND min(sha256) = $1 FROM import",
    )
    .bind(digest(&whole))
    .fetch_one(app.pool())
    .await
    .expect("imports");
    assert!(same, "the two imports are of one file, read the same way");
    assert_eq!(std::fs::read(app.folder.path().join("imports").join(digest(&whole))).expect("the file"), whole);
    let page = browser.get(&format!("/imports/{import}/lecture")).await.ok();
    assert!(page.text().contains("Ce que dit chaque colonne"), "{}", page.text());
}

#[rocket::async_test]
async fn a_chunk_that_is_not_right_is_refused() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let whole = csv(MORCEAU + 500);
    let id = begun(&browser, "a.csv", whole.len()).await;
    let first = &whole[..MORCEAU];
    for (position, bytes, sha256, status) in [
        (0, first, digest(b"autre"), Status::UnprocessableEntity),
        (0, &first[1..], digest(&first[1..]), Status::BadRequest),
        (1, first, digest(first), Status::BadRequest),
        (2 * MORCEAU, first, digest(first), Status::BadRequest),
        (MORCEAU, first, digest(first), Status::BadRequest),
        (0, &whole[..=MORCEAU], digest(&whole[..=MORCEAU]), Status::PayloadTooLarge),
    ] {
        let page = given(&browser, &app.client, (id, position), bytes, &sha256).await;
        assert_eq!(page.status, status, "{position}: {}", page.text());
        assert!(json(&page)["phrase"].is_string());
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import_envoi_morceau").await, 0);
    assert_eq!(chunk(&app, &browser, id, &whole, 0).await.status, Status::Ok);
    // Another content of a place that is taken.
    let other = vec![b'x'; MORCEAU];
    assert_eq!(given(&browser, &app.client, (id, 0), &other, &digest(&other)).await.status, Status::Conflict);
    // Somebody else, of the same place.
    let colleague = app.agent(LE_GOSIER).await;
    assert_eq!(chunk(&app, &colleague, id, &whole, 1).await.status, Status::NotFound);
    assert_eq!(colleague.get(&format!("/imports/envois/{id}")).await.status, Status::NotFound);
    for act in ["fin", "abandon"] {
        assert_eq!(colleague.post(&format!("/imports/envois/{id}/{act}"), &[]).await.status, Status::NotFound, "{act}");
    }
    // Who loses the right in the middle goes no further.
    app.run_sql(&format!("UPDATE utilisateur SET role = 'sur_mesure' WHERE id = {}", browser.user_id)).await;
    app.run_sql(&format!("DELETE FROM droit WHERE utilisateur_id = {}", browser.user_id)).await;
    assert_eq!(chunk(&app, &browser, id, &whole, 1).await.status, Status::Forbidden);
}

#[rocket::async_test]
async fn a_file_on_its_way_is_bounded_and_forgotten() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    for (name, size, genre, status) in [
        ("vide.csv", 0, "hebergeurs", Status::UnprocessableEntity),
        ("grand.csv", 2 * 1024 * 1024 * 1024_u64 + 1, "hebergeurs", Status::PayloadTooLarge),
        ("a.csv", 10, "planetes", Status::UnprocessableEntity),
    ] {
        let page = browser.post("/imports/envois", &[("genre", genre), ("nom", name), ("octets", &size.to_string())]).await;
        assert_eq!(page.status, status, "{name}: {}", page.text());
    }
    let whole = csv(100);
    let id = begun(&browser, "a.csv", whole.len()).await;
    assert_eq!(chunk(&app, &browser, id, &whole, 0).await.status, Status::Ok);
    for number in 1..20 {
        begun(&browser, &format!("{number}.csv"), 10).await;
    }
    let more = announced(&browser, "encore.csv", 10).await;
    assert_eq!(more.status, Status::Conflict, "{}", more.text());
    // Given up, there is room again; and for all of a size.
    let page = browser.post(&format!("/imports/envois/{id}/abandon"), &[]).await;
    assert_eq!(page.status, Status::SeeOther);
    assert_eq!(left(&app), Vec::<String>::new());
    begun(&browser, "encore.csv", 10).await;
    app.run_sql("DELETE FROM import_envoi").await;
    for number in 0..4 {
        begun(&browser, &format!("{number}.csv"), 2 * 1024 * 1024 * 1024).await;
    }
    assert_eq!(announced(&browser, "un.csv", 1).await.status, Status::Conflict);
    // A day without a chunk: the upkeep takes it away, and what nothing names.
    app.run_sql("DELETE FROM import_envoi").await;
    let kept = begun(&browser, "b.csv", whole.len()).await;
    let old = begun(&browser, "a.csv", whole.len()).await;
    for id in [kept, old] {
        assert_eq!(chunk(&app, &browser, id, &whole, 0).await.status, Status::Ok);
    }
    app.run_sql(&format!("UPDATE import_envoi SET touche_le = now() - interval '25 hours' WHERE id = {old}")).await;
    let stray = app.folder.path().join("envois/999999");
    std::fs::create_dir_all(&stray).expect("a folder");
    std::fs::write(stray.join("0-ab"), b"x").expect("a chunk");
    gardel::imports::sweep(&app.work_with_files(app.context.files.clone())).await.expect("the upkeep");
    assert_eq!(left(&app).len(), 1, "{:?}", left(&app));
    assert_eq!(app.one::<i64>("SELECT min(id) FROM import_envoi").await, kept);
    let late = chunk(&app, &browser, old, &whole, 0).await;
    assert_eq!(late.status, Status::NotFound, "{}", late.text());
}

#[rocket::async_test]
async fn what_cannot_be_read_says_so_at_the_end() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    let id = begun(&browser, "photo.csv", image.len()).await;
    chunk(&app, &browser, id, &image, 0).await;
    for _ in 0..2 {
        let page = ended(&browser, id).await;
        assert_eq!(page.status, Status::UnprocessableEntity, "{}", page.text());
        assert!(json(&page)["phrase"].as_str().is_some_and(|text| text.contains("photo.csv")), "{}", page.text());
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0);
    // The same file again is another send: the refusal was of that one.
    assert_ne!(begun(&browser, "photo.csv", image.len()).await, id);
    // What is loaded already is told, with its number.
    let whole = csv(100);
    for expected in [Status::Ok, Status::UnprocessableEntity] {
        let id = begun(&browser, "a.csv", whole.len()).await;
        chunk(&app, &browser, id, &whole, 0).await;
        let page = ended(&browser, id).await;
        assert_eq!(page.status, expected, "{}", page.text());
        let first: i64 = app.one("SELECT max(id) FROM import").await;
        let place = if expected == Status::Ok { format!("/imports/{first}/lecture") } else { format!("/imports/{first}") };
        assert_eq!(json(&page)["adresse"], place);
    }
    // A chunk that is no longer what came.
    let id = begun(&browser, "c.csv", whole.len()).await;
    chunk(&app, &browser, id, &whole, 0).await;
    std::fs::write(left(&app).pop().expect("a chunk"), vec![b'x'; whole.len()]).expect("a chunk");
    let page = ended(&browser, id).await;
    page_says(&page, Status::UnprocessableEntity, "n’est plus celui qui est arrivé");
}

fn page_says(page: &Page, status: Status, words: &str) {
    assert_eq!(page.status, status, "{}", page.text());
    assert!(json(page)["phrase"].as_str().is_some_and(|text| text.contains(words)), "{}", page.text());
}

#[rocket::async_test]
async fn a_large_file_that_is_no_text_is_looked_at_whole() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let mut lines = String::new();
    let mut line = 0;
    while lines.len() < 2 * MORCEAU + MORCEAU / 2 {
        lines.push_str(&format!("{{\"nom\": \"Hôte {line}\", \"commune\": \"97113\", \"adresse\": \"{}\"}}\n", "x".repeat(200)));
        line += 1;
    }
    let whole = lines.into_bytes();
    let id = begun(&browser, "hotes.ndjson", whole.len()).await;
    for rank in 0..3 {
        assert_eq!(chunk(&app, &browser, id, &whole, rank).await.status, Status::Ok);
    }
    let done = ended(&browser, id).await;
    assert_eq!(done.status, Status::Ok, "{}", done.text());
    let read: String = app.one("SELECT examen -> 'lecture' ->> 'nature' FROM import").await;
    assert!(read.contains("json"), "{read}");
}

#[rocket::async_test]
async fn a_send_given_up_while_it_is_put_together_makes_no_import() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let whole = csv(1_000);
    let id = begun(&browser, "hotes.csv", whole.len()).await;
    assert_eq!(chunk(&app, &browser, id, &whole, 0).await.status, Status::Ok);
    // It is about to become an import.
    let mut other = app.pool().begin().await.expect("a transaction");
    // Held for as long as the test takes, on any machine.
    sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut *other).await.expect("set");
    sqlx::query("LOCK TABLE import IN EXCLUSIVE MODE").execute(&mut *other).await.expect("held");
    let given_up = async {
        let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()";
        while app.one::<i64>(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
        let answer = browser.post(&format!("/imports/envois/{id}/abandon"), &[]).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
        other.commit().await.expect("free");
    };
    let (answer, ()) = tokio::join!(ended(&browser, id), given_up);
    assert_eq!(answer.status, Status::NotFound, "{}", answer.text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import_envoi").await, 0);
    // One that became an import is said to be one.
    let id = begun(&browser, "hotes.csv", whole.len()).await;
    assert_eq!(chunk(&app, &browser, id, &whole, 0).await.status, Status::Ok);
    assert_eq!(ended(&browser, id).await.status, Status::Ok);
    let late = browser.post(&format!("/imports/envois/{id}/abandon"), &[]).await;
    let import: i64 = app.one("SELECT id FROM import").await;
    assert_eq!(late.header("Location"), Some(format!("/imports/{import}/lecture")));
}
