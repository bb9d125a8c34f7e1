//! Signing keys turn, and nothing that was signed a moment ago is refused.

use gardel::platform::token::{Purpose, SigningKey};
use gardel::platform::vault::Vault;
use rocket::http::Status;

use crate::support::App;

#[rocket::async_test]
async fn a_place_in_a_list_outlives_a_new_key() {
    let app = App::new().await;
    let (pool, key, clear) = (app.pool(), &app.context.key, Vault::default());
    let browser = app.everywhere().await;
    let next = browser.get("/sejours").await.ok().pager("p-suivante").expect("a page after");
    let name = key.installation().to_string();
    let signed = key.sign(Purpose::Cursor, b"x");

    assert_eq!(SigningKey::rotate(pool, &clear).await.expect("a key"), Some(1));
    assert_eq!(SigningKey::rotate(pool, &clear).await.expect("no key"), None, "the last one is not known everywhere yet");
    // A server that has not read it yet, then one that has: both open what the other signs.
    let other = SigningKey::load(pool, &clear).await.expect("keys");
    assert_eq!(other.sign(Purpose::Cursor, b"x"), signed, "it does not sign before every server knows it");
    browser.get(&next).await.ok();
    app.run_sql("UPDATE secret SET cree_le = cree_le - interval '11 minutes'").await;
    other.refresh(pool).await.expect("keys");
    let fresh = other.sign(Purpose::Cursor, b"x");
    assert_ne!(fresh, signed);
    assert_eq!(key.verify(Purpose::Cursor, &fresh), None, "not read yet");
    key.refresh(pool).await.expect("keys");
    assert!(key.verify(Purpose::Cursor, &fresh).is_some() && key.verify(Purpose::Cursor, &signed).is_some());
    browser.get(&next).await.ok();
    assert_eq!(key.installation(), name, "the cache keeps its name");

    // Two more: the first key is gone, and what it signed with it.
    assert_eq!(SigningKey::rotate(pool, &clear).await.expect("a key"), Some(2));
    key.refresh(pool).await.expect("keys");
    assert_eq!(browser.get(&next).await.status, Status::BadRequest);
    assert!(key.verify(Purpose::Cursor, &fresh).is_some());
    // A program that starts brings no first key back.
    SigningKey::load(pool, &clear).await.expect("keys");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM secret WHERE nom LIKE 'signature%'").await, 2);
}

#[rocket::async_test]
async fn numbers_come_round() {
    let app = App::new().await;
    for _ in 0..258 {
        app.run_sql("UPDATE secret SET cree_le = cree_le - interval '11 minutes'").await;
        SigningKey::rotate(app.pool(), &Vault::default()).await.expect("a key").expect("the last one is known");
    }
    let names: Vec<String> =
        sqlx::query_scalar("SELECT nom FROM secret WHERE nom LIKE 'signature%' ORDER BY cree_le").fetch_all(app.pool()).await.expect("keys");
    assert_eq!(names, ["signature-2", "signature-3"], "numbers 1 to 255, and again");
}
