//! The brake of sign-ins: guesses wait, an owner does not, and nobody keeps anybody out.

use gardel::platform::password;
use rocket::http::{ContentType, Cookie, Header, Status};

use crate::support::app::LE_GOSIER;
use crate::support::{App, Page};

const PASSWORD: &str = "colibri trempé sur la véranda";
/// The browser of the owner keeps this cookie.
const BROWSER: &str = "gardel-navigateur";

async fn app() -> App {
    App::with(|config| config.mandataires = 1).await
}

async fn owner(app: &App, courriel: &str) {
    let id = app.agent(LE_GOSIER).await.user_id;
    let phc = password::hash_now(PASSWORD).expect("a hash");
    sqlx::query("UPDATE utilisateur SET courriel = $2, mot_de_passe = $3 WHERE id = $1")
        .bind(id)
        .bind(courriel)
        .bind(phc)
        .execute(app.pool())
        .await
        .expect("an owner");
}

/// A try from `address`, by a browser that keeps `known`.
async fn sign_in(app: &App, courriel: &str, typed: &str, address: &str, known: Option<&str>) -> Page {
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("courriel", courriel).append_pair("mot_de_passe", typed).finish();
    let mut request = app.client.post("/connexion").header(ContentType::Form).header(Header::new("X-Forwarded-For", address.to_string())).body(body);
    if let Some(token) = known {
        request = request.cookie(Cookie::new(BROWSER, token.to_string()));
    }
    Page::read(request.dispatch().await).await
}

fn kept(page: &Page) -> String {
    let cookie =
        page.headers.iter().find_map(|(name, value)| value.strip_prefix(&format!("{BROWSER}=")).filter(|_| name.eq_ignore_ascii_case("set-cookie")));
    let cookie = cookie.expect("the browser is known from now on");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    cookie.split(';').next().expect("a token").to_string()
}

/// Somebody guesses from many places, all the time, in front of every try of the owner: the owner gets in each time.
#[rocket::async_test]
async fn an_owner_gets_in_while_others_guess() {
    let app = app().await;
    owner(&app, "m@ville.gp").await;
    let first = sign_in(&app, "m@ville.gp", PASSWORD, "192.0.2.1", None).await;
    assert_eq!(first.status, Status::SeeOther);
    let token = kept(&first);
    let mut refused = 0;
    for round in 0..12 {
        let guesses =
            (0..10).map(async |place: i32| sign_in(&app, "m@ville.gp", "mauvais", &format!("198.51.100.{}", round * 10 + place), None).await.status);
        // From a network it was never on: the browser is enough.
        let address = format!("203.0.113.{round}");
        let right = sign_in(&app, "m@ville.gp", PASSWORD, &address, Some(&token));
        let (statuses, right) = futures::join!(futures::future::join_all(guesses), right);
        assert_eq!(right.status, Status::SeeOther, "round {round}");
        refused += statuses.iter().filter(|status| **status == Status::TooManyRequests).count();
    }
    assert!(refused > 30, "the guesses were slowed: {refused} of 120");
    // A browser that nobody knows, on the network of the owner, has a way too; elsewhere it waits with the others.
    assert_eq!(sign_in(&app, "m@ville.gp", PASSWORD, "192.0.2.1", None).await.status, Status::SeeOther);
    // A token that we never gave, or that of another account, opens no way.
    owner(&app, "autre@ville.gp").await;
    let mut ways = 0;
    for place in 0..40 {
        app.run_sql("UPDATE frein_connexion SET libre_le = now() + interval '5 minutes' WHERE libre_le > '-infinity'").await;
        for token in ["invente", token.as_str()] {
            let page = sign_in(&app, "autre@ville.gp", "mauvais", &format!("192.0.2.{}", 100 + place), Some(token)).await;
            ways += i32::from(page.status == Status::UnprocessableEntity);
        }
    }
    assert!(ways <= 8 * 7, "{ways} guesses of one account were looked at");
}

/// The token of a browser is that of one account: planted, or of a colleague on the same machine, it is replaced; and it
/// goes with the password. Whoever uses it up keeps nobody out.
#[rocket::async_test]
async fn the_token_of_a_browser_is_of_one_account_and_one_password() {
    let app = app().await;
    owner(&app, "un@ville.gp").await;
    owner(&app, "autre@ville.gp").await;
    let planted = kept(&sign_in(&app, "un@ville.gp", PASSWORD, "192.0.2.1", None).await);
    let own = kept(&sign_in(&app, "autre@ville.gp", PASSWORD, "192.0.2.2", Some(&planted)).await);
    assert_ne!(own, planted);
    assert_eq!(kept(&sign_in(&app, "autre@ville.gp", PASSWORD, "192.0.2.2", Some(&own)).await), own, "its own is kept");
    // Stolen and used up: the owner has the way of their network.
    for _ in 0..20 {
        app.run_sql("UPDATE frein_connexion SET libre_le = now() + interval '5 minutes' WHERE libre_le > '-infinity'").await;
        sign_in(&app, "autre@ville.gp", "mauvais", "198.51.100.1", Some(&own)).await;
    }
    assert_eq!(sign_in(&app, "autre@ville.gp", PASSWORD, "192.0.2.2", Some(&own)).await.status, Status::SeeOther);
    // Another password: nothing of before is known.
    let id: i64 = app.one("SELECT id FROM utilisateur WHERE courriel = 'autre@ville.gp'").await;
    let fresh = "trois mangues vertes au marché";
    let browser = app.signed_in(id).await;
    let changed = browser.post("/compte/mot-de-passe", &[("actuel", PASSWORD), ("mot_de_passe", fresh), ("confirmation", fresh)]).await;
    assert_ne!(kept(&changed), own);
    assert_eq!(
        app.one::<i64>("SELECT count(*) FROM connexion_connue k JOIN utilisateur u ON u.id = k.utilisateur_id WHERE u.courriel = 'autre@ville.gp'")
            .await,
        2
    );
}

/// Neither the status nor the wait tells whether an e-mail has an account, from a network where its owner works.
#[rocket::async_test]
async fn nothing_tells_who_has_an_account() {
    let app = app().await;
    owner(&app, "m@ville.gp").await;
    owner(&app, "jamais@ville.gp").await;
    assert_eq!(sign_in(&app, "m@ville.gp", PASSWORD, "192.0.2.1", None).await.status, Status::SeeOther);
    for network in ["192.0.2.1", "198.51.100.1"] {
        let mut seen = Vec::new();
        for courriel in ["m@ville.gp", "jamais@ville.gp", "inconnu@ville.gp"] {
            // Every way that strangers share is used up.
            for place in 0..60 {
                sign_in(&app, courriel, "mauvais", &format!("203.0.113.{place}"), None).await;
            }
            app.run_sql("UPDATE frein_connexion SET libre_le = now() + interval '5 minutes' WHERE libre_le > '-infinity'").await;
            seen.push(sign_in(&app, courriel, "mauvais", network, None).await.status);
        }
        assert!(seen.iter().all(|status| *status == seen[0]), "{network}: {seen:?}");
        app.run_sql("DELETE FROM frein_connexion").await;
    }
}

/// The known way is slowed too: a browser that was stolen guesses no faster.
#[rocket::async_test]
async fn a_known_browser_is_slowed_as_well() {
    let app = app().await;
    owner(&app, "m@ville.gp").await;
    let token = kept(&sign_in(&app, "m@ville.gp", PASSWORD, "192.0.2.1", None).await);
    let mut looked_at = 0;
    for _ in 0..20 {
        app.run_sql("UPDATE frein_connexion SET libre_le = now() + interval '5 minutes' WHERE libre_le > '-infinity'").await;
        looked_at += i32::from(sign_in(&app, "m@ville.gp", "mauvais", "192.0.2.1", Some(&token)).await.status == Status::UnprocessableEntity);
    }
    // Its own ten, then the five of its network.
    assert!((15..=17).contains(&looked_at), "{looked_at}");
}

/// One subscriber of IPv6 has billions of addresses: they are one place, and the site around it another.
#[rocket::async_test]
async fn all_addresses_of_a_subscriber_are_one() {
    let app = app().await;
    let mut looked_at = 0;
    for place in 0..150 {
        app.run_sql("UPDATE frein_connexion SET libre_le = now() + interval '5 minutes' WHERE libre_le > '-infinity'").await;
        let page = sign_in(&app, &format!("inconnu{place}@ville.gp"), "mauvais", &format!("2001:db8:1:2::{place:x}"), None).await;
        looked_at += i32::from(page.status == Status::UnprocessableEntity);
    }
    assert!((60..=61).contains(&looked_at), "{looked_at}");
    assert_eq!(
        sign_in(&app, "inconnu@ville.gp", "mauvais", "2001:db8:1:3::1", None).await.status,
        Status::UnprocessableEntity,
        "the neighbour is not slowed yet"
    );
}

/// A wave of guesses waits in its own queue, and what does not fit is told to come back.
#[rocket::async_test]
async fn a_wave_of_guesses_makes_nobody_else_wait() {
    let app = app().await;
    owner(&app, "m@ville.gp").await;
    let token = kept(&sign_in(&app, "m@ville.gp", PASSWORD, "192.0.2.1", None).await);
    let guesses = (0..60).map(async |place: i32| sign_in(&app, &format!("x{place}@ville.gp"), "mauvais", &format!("198.51.100.{place}"), None).await);
    let right = sign_in(&app, "m@ville.gp", PASSWORD, "192.0.2.1", Some(&token));
    let (guesses, right) = futures::join!(futures::future::join_all(guesses), right);
    assert_eq!(right.status, Status::SeeOther);
    for page in guesses.iter().filter(|page| page.status != Status::UnprocessableEntity) {
        page.refused(Status::ServiceUnavailable, "au même moment");
        assert!(page.header("Retry-After").is_some());
    }
    assert!(guesses.iter().any(|page| page.status == Status::UnprocessableEntity), "some were looked at");
}

/// Whoever chose a password by a link gets in from that browser, though strangers have used up every way.
#[rocket::async_test]
async fn a_link_gives_its_browser_a_way() {
    let app = app().await;
    let chief = app.administrateur(LE_GOSIER).await;
    owner(&app, "m@ville.gp").await;
    let id: i64 = app.one("SELECT id FROM utilisateur WHERE courriel = 'm@ville.gp'").await;
    let sheet = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let link = sheet.attributes(".lettre a", "href")[0].clone();
    let path = link.split_once("localhost").map_or(link.as_str(), |(_, path)| path).to_string();
    let fresh = "trois mangues vertes au marché";
    let chosen = app.anonymous().post(&path, &[("mot_de_passe", fresh), ("confirmation", fresh)]).await;
    assert_eq!(chosen.header("Location").as_deref(), Some("/connexion?fin=choisi"));
    assert!(app.anonymous().get("/connexion?fin=choisi").await.ok().text().contains("Votre mot de passe est enregistré"));
    let token = kept(&chosen);
    for place in 0..80 {
        sign_in(&app, "m@ville.gp", "mauvais", &format!("198.51.100.{place}"), None).await;
    }
    app.run_sql("UPDATE frein_connexion SET libre_le = now() + interval '5 minutes' WHERE libre_le > '-infinity'").await;
    assert_eq!(sign_in(&app, "m@ville.gp", fresh, "203.0.113.9", Some(&token)).await.status, Status::SeeOther);
}
