//! The second factor: nothing opens between the password and the code, no code serves twice, what weighs is asked again,
//! and a lost device takes two people.

use chrono::{DateTime, Duration, Utc};
use gardel::platform::config::SecondFacteur;
use gardel::platform::password;
use hmac::{Hmac, KeyInit, Mac};
use rocket::http::Status;
use sha1::Sha1;

use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::jar::{Jar, PASSWORD};
use crate::support::{App, Browser, Page};

/// The code of RFC 6238 at an instant, written here apart from the library that checks it.
pub fn code_at(secret: &[u8], at: DateTime<Utc>) -> String {
    let step = u64::try_from(at.timestamp()).expect("after 1970") / 30;
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let four: [u8; 4] = digest[offset..offset + 4].try_into().expect("four bytes");
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

fn location(page: &Page) -> String {
    page.header("Location").unwrap_or_default()
}

async fn app() -> App {
    App::with(|config| config.mandataires = 1).await
}

/// Gives a person a password, under the e-mail `courriel`.
async fn with_password(app: &App, id: i64, courriel: &str) {
    let phc = password::hash_now(PASSWORD).expect("a hash");
    let set = sqlx::query("UPDATE utilisateur SET courriel = $2, mot_de_passe = $3 WHERE id = $1").bind(id).bind(courriel).bind(phc);
    set.execute(app.pool()).await.expect("a password");
}

pub async fn secret_of(app: &App, id: i64) -> Vec<u8> {
    sqlx::query_scalar("SELECT cle FROM second_facteur WHERE utilisateur_id = $1").bind(id).fetch_one(app.pool()).await.expect("a secret")
}

/// Puts a second factor in place by the pages; gives the recovery codes.
pub async fn install(app: &App, browser: &Browser<'_>) -> Vec<String> {
    assert_eq!(location(&browser.post("/compte/second-facteur/proposition", &[]).await), "/compte/second-facteur/installation");
    let secret = secret_of(app, browser.user_id).await;
    let shown = browser.get("/compte/second-facteur/installation").await.ok();
    assert_eq!(shown.texts(".cle code").len(), 1);
    let code = code_at(&secret, app.context.clock.now());
    let done = browser.post("/compte/second-facteur/installation", &[("code", &code)]).await.ok();
    let codes = done.texts(".codes-secours code");
    assert_eq!(codes.len(), 10);
    codes
}

/// An agent with a password and a second factor; the step of the first code is used up, so the clock goes on.
async fn owner(app: &App, courriel: &str) -> (i64, Vec<u8>, Vec<String>) {
    let browser = app.agent(LE_GOSIER).await;
    with_password(app, browser.user_id, courriel).await;
    let codes = install(app, &browser).await;
    next_step(app);
    (browser.user_id, secret_of(app, browser.user_id).await, codes)
}

fn next_step(app: &App) {
    let clock = &app.context.clock;
    clock.set(clock.now() + Duration::seconds(30));
}

#[rocket::async_test]
async fn a_password_alone_opens_nothing() {
    let app = app().await;
    let (id, secret, _) = owner(&app, "m@ville.gp").await;
    app.run_sql("DELETE FROM session").await;
    let mut jar = Jar::new(&app);
    let first = jar.password("m@ville.gp").await;
    assert_eq!(location(&first), "/connexion/code?retour=%2Fsejours%3Fstatut%3Dvalide");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM session").await, 0);
    // What the browser keeps meanwhile is no session, under its own name or another's.
    let waiting = jar.cookies["gardel-attente"].clone();
    for name in ["gardel", "gardel-attente", "gardel-navigateur"] {
        for path in ["/", "/sejours", "/compte", "/exports", "/connexion/code/x"] {
            let page = Jar::with(&app, &[(name, &waiting)]).get(path).await;
            assert!(location(&page).starts_with("/connexion") || page.status == Status::NotFound, "{name} {path} {}", page.status);
        }
    }
    jar.code("000000").await.refused(Status::UnprocessableEntity, "Ce code n’est pas le bon");
    let code = code_at(&secret, app.context.clock.now());
    // The code of another browser, without the password given there, is nothing.
    assert_eq!(location(&Jar::new(&app).code(&code).await), "/connexion?retour=%2Fsejours%3Fstatut%3Dvalide&fin=attente");
    let entered = jar.code(&code).await;
    assert_eq!((entered.status, location(&entered).as_str()), (Status::SeeOther, "/sejours?statut=valide"));
    jar.get("/sejours").await.ok();
    let told: Vec<String> = sqlx::query_scalar(
        "SELECT action || ' ' || objet || ' ' || detail::text FROM journal WHERE acteur_id = $1 AND action LIKE 'connexion%' ORDER BY id",
    )
    .bind(id)
    .fetch_all(app.pool())
    .await
    .expect("the journal");
    assert_eq!(told, ["connexion second facteur {}", "connexion_refusee second facteur {}", "connexion connexion {\"facteur\": \"application\"}"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM connexion_attente").await, 0, "the wait is over");
}

#[rocket::async_test]
async fn no_code_serves_twice() {
    let app = app().await;
    let (_, secret, codes) = owner(&app, "m@ville.gp").await;
    let now = app.context.clock.now();
    let code = code_at(&secret, now);
    // At once, from as many browsers: one enters.
    let mut jars: Vec<Jar<'_>> = (0..4).map(|_| Jar::new(&app)).collect();
    for jar in &mut jars {
        jar.password("m@ville.gp").await;
    }
    let entered = futures::future::join_all(jars.iter_mut().map(|jar| jar.code(&code))).await;
    assert_eq!(entered.iter().filter(|page| page.status == Status::SeeOther).count(), 1);
    // How many of them came after the one that entered is chance: the brake, which has tests of its own, forgets them.
    app.run_sql("DELETE FROM frein_connexion").await;
    // The one before it and the same again prove nothing any more; the one after does, for a clock a little ahead.
    let waiting = jars.iter_mut().find(|jar| !jar.cookies.contains_key("gardel")).expect("three wait");
    for code in [code_at(&secret, now - Duration::seconds(30)), code] {
        waiting.code(&code).await.refused(Status::UnprocessableEntity, "n’est pas le bon");
    }
    assert_eq!(waiting.code(&code_at(&secret, now + Duration::seconds(30))).await.status, Status::SeeOther);
    // Recovery codes, however they are copied, once each.
    for (typed, again) in [(codes[0].clone(), codes[0].to_uppercase()), (codes[1].replace('-', " "), codes[1].replace('-', ""))] {
        let mut jar = Jar::new(&app);
        jar.password("m@ville.gp").await;
        assert_eq!(jar.code(&typed).await.status, Status::SeeOther, "{typed}");
        let mut jar = Jar::new(&app);
        jar.password("m@ville.gp").await;
        jar.code(&again).await.refused(Status::UnprocessableEntity, "n’est pas le bon");
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM code_secours WHERE utilise_le IS NOT NULL").await, 2);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM avis WHERE texte LIKE 'Un code de secours%'").await, 2, "the person is told");
    let digests: Vec<Vec<u8>> = sqlx::query_scalar("SELECT empreinte FROM code_secours").fetch_all(app.pool()).await.expect("codes");
    assert!(digests.iter().all(|digest| !codes.iter().any(|code| digest == code.as_bytes())), "no code is kept as it is");
}

#[rocket::async_test]
async fn codes_are_not_guessed() {
    let app = app().await;
    let (_, secret, _) = owner(&app, "m@ville.gp").await;
    let mut known = Jar::new(&app);
    known.password("m@ville.gp").await;
    assert_eq!(known.code(&code_at(&secret, app.context.clock.now())).await.status, Status::SeeOther);
    next_step(&app);
    // Somebody who has the password guesses codes from elsewhere, one browser after the other.
    let mut looked_at = 0;
    for _ in 0..30 {
        let mut guesser = Jar { address: "198.51.100.7", ..Jar::new(&app) };
        if guesser.password("m@ville.gp").await.status != Status::SeeOther {
            break;
        }
        app.run_sql("UPDATE frein_connexion SET libre_le = libre_le + interval '10 minutes' WHERE libre_le > now() - interval '1 minute'").await;
        looked_at += i32::from(guesser.code("123456").await.status == Status::UnprocessableEntity);
    }
    assert!(looked_at <= 10, "{looked_at} guesses were looked at");
    // The owner, in a browser that is known, has a way of their own.
    let mut owner = Jar::with(&app, &[("gardel-navigateur", &known.cookies["gardel-navigateur"])]);
    owner.password("m@ville.gp").await;
    assert_eq!(owner.code(&code_at(&secret, app.context.clock.now())).await.status, Status::SeeOther);
    // Ten tries after one password, and it is asked again.
    let mut jar = Jar::with(&app, &[("gardel-navigateur", &known.cookies["gardel-navigateur"])]);
    jar.password("m@ville.gp").await;
    for _ in 0..10 {
        app.run_sql("DELETE FROM frein_connexion").await;
        jar.code("123456").await.refused(Status::UnprocessableEntity, "n’est pas le bon");
    }
    app.run_sql("DELETE FROM frein_connexion").await;
    assert!(location(&jar.code("123456").await).ends_with("fin=essais"));
    assert!(location(&jar.get("/connexion/code").await).ends_with("fin=attente"));
    let told: i64 = app.one("SELECT count(*) FROM avis WHERE texte LIKE 'Quelqu’un a donné votre mot de passe%'").await;
    assert!(told >= 1, "the owner is told");
}

#[rocket::async_test]
async fn a_wait_ends_with_its_reason() {
    let app = app().await;
    let (id, secret, _) = owner(&app, "m@ville.gp").await;
    for change in [
        "UPDATE connexion_attente SET cree_le = cree_le - interval '11 minutes'",
        "UPDATE utilisateur SET actif = false",
        "DELETE FROM second_facteur",
    ] {
        let mut jar = Jar::new(&app);
        jar.password("m@ville.gp").await;
        app.run_sql(change).await;
        let answer = jar.code(&code_at(&secret, app.context.clock.now())).await;
        assert!(!jar.cookies.contains_key("gardel"), "{change}: {} {}", answer.status, location(&answer));
        app.run_sql("UPDATE utilisateur SET actif = true").await;
        app.run_sql("DELETE FROM frein_connexion").await;
        if change.starts_with("UPDATE") {
            next_step(&app);
        }
    }
    // A password chosen meanwhile: whoever gave the one before starts again.
    let browser = app.signed_in(id).await;
    install(&app, &browser).await;
    let browser = app.signed_in(id).await;
    app.run_sql("UPDATE session SET facteur = 'application'").await;
    let mut jar = Jar::new(&app);
    jar.password("m@ville.gp").await;
    next_step(&app);
    let secret = secret_of(&app, id).await;
    let fresh = "manguier sous la pluie fine";
    let form = [("actuel", PASSWORD), ("mot_de_passe", fresh), ("confirmation", fresh)];
    browser.post("/compte/mot-de-passe", &form).await.refused(Status::UnprocessableEntity, "n’est pas le bon");
    let code = code_at(&secret, app.context.clock.now());
    let with_code = [&form[..], &[("code", code.as_str())]].concat();
    assert_eq!(browser.post("/compte/mot-de-passe", &with_code).await.status, Status::SeeOther);
    next_step(&app);
    assert!(location(&jar.code(&code_at(&secret, app.context.clock.now())).await).ends_with("fin=attente"));
}

#[rocket::async_test]
async fn putting_it_in_place_ends_the_other_sessions() {
    let app = app().await;
    let browser = app.agent(LE_GOSIER).await;
    let other = app.signed_in(browser.user_id).await;
    browser.post("/compte/second-facteur/proposition", &[]).await;
    let nothing_yet = app.one::<bool>("SELECT bool_and(pose_le IS NULL) FROM second_facteur").await;
    assert!(nothing_yet, "nothing is asked before a first code");
    let wrong = browser.post("/compte/second-facteur/installation", &[("code", "12")]).await;
    wrong.refused(Status::UnprocessableEntity, "Ce n’est pas le code que montre l’application");
    other.get("/sejours").await.ok();
    install(&app, &browser).await;
    assert!(location(&other.get("/sejours").await).starts_with("/connexion"));
    // The token that was in the browser before is worth nothing either.
    assert!(location(&browser.get("/sejours").await).starts_with("/connexion"), "the answer gave another token");
    let how: Vec<String> = sqlx::query_scalar("SELECT facteur FROM session WHERE utilisateur_id = $1")
        .bind(browser.user_id)
        .fetch_all(app.pool())
        .await
        .expect("sessions");
    assert_eq!(how, ["application"]);
    // A secret shown an hour ago is no longer confirmed.
    let late = app.agent(LE_GOSIER).await;
    late.post("/compte/second-facteur/proposition", &[]).await;
    app.run_sql("UPDATE second_facteur SET propose_le = propose_le - interval '2 hours' WHERE pose_le IS NULL").await;
    let code = code_at(&secret_of(&app, late.user_id).await, app.context.clock.now());
    assert_eq!(location(&late.post("/compte/second-facteur/installation", &[("code", &code)]).await), "/compte/second-facteur");
}

/// Required of a role: whoever has it is led to the installation from every page of every list, whatever their session.
#[rocket::async_test]
async fn whoever_must_have_one_does_nothing_before() {
    let app = App::with(|config| config.second_facteur = Some(SecondFacteur::Gestionnaires)).await;
    let (bare, agent) = (app.administrateur(RIVIERA).await, app.agent(LE_GOSIER).await);
    let lists = gardel::web::LISTS.iter().map(|list| format!("/{}", list.name));
    for path in ["/", "/compte", "/utilisateurs/nouveau", "/exports", "/journal", "/avis"].map(String::from).into_iter().chain(lists) {
        assert_eq!(location(&bare.get(&path).await), "/compte/second-facteur", "{path}");
        let part = bare.fragment(&path).await;
        assert_eq!((part.status, part.header("HX-Redirect").as_deref()), (Status::Unauthorized, Some("/compte/second-facteur")), "{path}");
    }
    let form = [("courriel", "n@ville.gp"), ("nom", "N"), ("role", "agent"), ("collectivites", "1")];
    assert_eq!(location(&bare.post("/utilisateurs", &form).await), "/compte/second-facteur");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM utilisateur WHERE courriel = 'n@ville.gp'").await, 0);
    agent.get("/sejours").await.ok();
    let page = bare.get("/compte/second-facteur").await.ok();
    assert!(page.texts("nav .menu a").is_empty() && page.text().contains("Votre rôle demande un second facteur"), "{}", page.text());
    // An agent made administrateur in the middle of a session is asked too.
    sqlx::query("UPDATE utilisateur SET role = 'administrateur' WHERE id = $1").bind(agent.user_id).execute(app.pool()).await.expect("a role");
    assert_eq!(location(&agent.get("/sejours").await), "/compte/second-facteur");
    install(&app, &bare).await;
    let after = app.signed_in(bare.user_id).await;
    // A session that does not rest on it, as an older version opens them: proved, not installed again.
    for path in ["/sejours", "/compte/second-facteur", "/utilisateurs/nouveau"] {
        assert_eq!(location(&after.get(path).await), format!("/compte/confirmation?retour={}", path.replace('/', "%2F")));
    }
    assert!(location(&after.post("/compte/second-facteur/retrait", &[]).await).starts_with("/compte/confirmation"));
    // What it typed meanwhile is kept for after the proof.
    assert!(location(&after.post("/utilisateurs", &form).await).starts_with("/compte/confirmation?retour=%2Freprise%2F"));
    next_step(&app);
    let code = code_at(&secret_of(&app, bare.user_id).await, app.context.clock.now());
    assert_eq!(location(&after.post("/compte/confirmation", &[("code", &code), ("retour", "/sejours")]).await), "/sejours");
    after.get("/sejours").await.ok();
}

/// What a password opens is decided under the lock of its account: what changes it meanwhile comes before or after, never
/// in the middle.
#[rocket::async_test]
async fn a_sign_in_under_way_ends_with_what_it_rests_on() {
    let app = app().await;
    let id = app.agent(LE_GOSIER).await.user_id;
    let factor = "INSERT INTO second_facteur (utilisateur_id, cle, sel, pose_le) VALUES ($1, decode(repeat('ab', 20), 'hex'), decode(repeat('cd', 16), 'hex'), now())";
    let changes = [
        ("UPDATE utilisateur SET mot_de_passe = 'autre' WHERE id = $1", Status::UnprocessableEntity, ""),
        ("UPDATE utilisateur SET actif = false WHERE id = $1", Status::UnprocessableEntity, ""),
        (factor, Status::SeeOther, "/connexion/code?retour=%2Fsejours%3Fstatut%3Dvalide"),
    ];
    for (change, status, place) in changes {
        app.run_sql("UPDATE utilisateur SET actif = true").await;
        app.run_sql("DELETE FROM session").await;
        with_password(&app, id, "m@ville.gp").await;
        let mut tx = app.pool().begin().await.expect("a transaction");
        sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR UPDATE").bind(id).execute(&mut *tx).await.expect("a lock");
        sqlx::query(change).bind(id).execute(&mut *tx).await.expect("a change");
        let mut jar = Jar::new(&app);
        // The password is found right, then the sign-in waits for the account.
        let committed = async {
            let waits = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
            while !app.one::<bool>(waits).await {
                rocket::tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            tx.commit().await.expect("committed");
        };
        let (answer, ()) = futures::join!(jar.password("m@ville.gp"), committed);
        assert_eq!((answer.status, location(&answer).as_str()), (status, place), "{change}");
        assert_eq!(app.one::<i64>("SELECT count(*) FROM session").await, 0, "{change}");
    }
}

/// Many posts of one right code leave connections to everybody else.
#[rocket::async_test]
async fn a_crowd_of_codes_takes_no_connection_it_waits_for() {
    let app = app().await;
    let (_, secret, _) = owner(&app, "m@ville.gp").await;
    let mut jar = Jar::new(&app);
    jar.password("m@ville.gp").await;
    let code = code_at(&secret, app.context.clock.now());
    let mut jars: Vec<Jar<'_>> = (0..12).map(|_| Jar { cookies: jar.cookies.clone(), ..Jar::new(&app) }).collect();
    let answers = futures::future::join_all(jars.iter_mut().map(|jar| jar.code(&code))).await;
    assert!(answers.iter().all(|page| page.status.code < 500), "{:?}", answers.iter().map(|page| page.status.code).collect::<Vec<_>>());
    assert_eq!(jars.iter().filter(|jar| jar.cookies.contains_key("gardel")).count(), 1);
}
