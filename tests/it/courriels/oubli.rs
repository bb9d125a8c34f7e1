//! « Mot de passe oublié ? »: nothing is learnt of who exists, and a link renews a password and nothing else.

use rocket::http::Status;

use super::{Post, account, hold_brakes, last, rows_with, run_all};
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::jar::{Jar, PASSWORD};
use crate::support::{App, Page};

const NEW: &str = "sept mangues sur un toit rouge";

async fn ask(jar: &mut Jar<'_>, courriel: &str) -> Page {
    jar.post("/connexion/oubli", &[("courriel", courriel)]).await
}

fn location(page: &Page) -> String {
    page.header("Location").unwrap_or_default()
}

async fn choose(app: &App, link: &str) -> Page {
    app.anonymous().post(link, &[("mot_de_passe", NEW), ("confirmation", NEW)]).await
}

#[rocket::async_test]
async fn a_forgotten_password_is_renewed_and_told() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let elsewhere = app.signed_in(id).await;
    let mut jar = Jar::new(&app);
    assert_eq!(jar.get("/connexion").await.ok().attributes("a[href='/connexion/oubli']", "href").len(), 1);
    jar.get("/connexion/oubli").await.ok();
    let answer = ask(&mut jar, " M@Ville.gp ").await;
    assert_eq!((answer.status, location(&answer).as_str()), (Status::SeeOther, "/connexion?fin=oubli"));
    assert!(jar.get("/connexion?fin=oubli").await.ok().text().contains("Si cette adresse est celle d’un compte"));
    app.run_jobs().await;
    let link = post.taken().await[0].link();
    assert_eq!(rows_with(&app, link.rsplit('/').next().expect("a token")).await, 0, "it lies nowhere");
    let short: bool = app.one("SELECT expire_le <= now() + interval '1 hour' AND cree_par IS NULL AND motif = 'oubli' FROM invitation").await;
    assert!(short);
    // Nothing changes before it serves.
    assert_eq!(elsewhere.get("/compte").await.status, Status::Ok);
    assert_eq!(choose(&app, &link).await.status, Status::SeeOther);
    assert_eq!(elsewhere.get("/compte").await.status, Status::SeeOther, "other sessions end");
    app.anonymous().get(&link).await.refused(Status::Gone, "a déjà servi");
    run_all(&app).await;
    let taken = post.taken().await;
    assert_eq!((taken.len(), taken[1].a.as_slice()), (2, &["m@ville.gp".to_string()][..]));
    assert!(taken[1].text().contains("a été changé le") && !taken[1].text().contains("/invitation/"), "{}", taken[1].text());
    let person = app.signed_in(id).await;
    assert!(person.get("/avis").await.ok().text().contains("Un nouveau mot de passe a été choisi"));
    // Changed from one's account, it is told too.
    let changed = person.post("/compte/mot-de-passe", &[("actuel", NEW), ("mot_de_passe", PASSWORD), ("confirmation", PASSWORD)]).await;
    assert_eq!(changed.status, Status::SeeOther, "{}", changed.text());
    run_all(&app).await;
    assert_eq!(post.taken().await.len(), 3);
    assert_eq!(jar.password("m@ville.gp").await.status, Status::SeeOther);
}

#[rocket::async_test]
async fn the_second_factor_is_still_asked() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    app.run_sql(&format!("INSERT INTO second_facteur (utilisateur_id, cle, sel, pose_le) VALUES ({id}, decode(repeat('ab', 20), 'hex'), decode(repeat('cd', 16), 'hex'), now())")).await;
    let mut jar = Jar::new(&app);
    ask(&mut jar, "m@ville.gp").await;
    app.run_jobs().await;
    assert_eq!(choose(&app, &post.taken().await[0].link()).await.status, Status::SeeOther);
    let answer = jar.post("/connexion", &[("courriel", "m@ville.gp"), ("mot_de_passe", NEW)]).await;
    assert!(location(&answer).starts_with("/connexion/code"), "{}", location(&answer));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM session WHERE expire_le > now() AND cree_le > now() - interval '1 minute'").await, 0);
}

/// What a request leaves and costs: statements, rows, and the answer without what differs from one request to the next.
async fn trace(app: &App, courriel: &str) -> (u16, Vec<(String, String)>, Vec<u8>, u64, Vec<i64>) {
    let rows = async || {
        let mut counts = Vec::new();
        for sql in
            ["SELECT count(*) FROM job", "SELECT count(*) FROM courriel_envoi", "SELECT count(*) FROM journal", "SELECT count(*) FROM invitation"]
        {
            counts.push(app.one::<i64>(sql).await);
        }
        counts
    };
    let (before, statements) = (rows().await, app.context.db.statements());
    let answer = ask(&mut Jar::new(app), courriel).await;
    let cost = app.context.db.statements() - statements;
    let left = rows().await.iter().zip(before).map(|(after, before)| after - before).collect();
    let moving = ["date", "x-request-id", "server-timing"];
    let mut headers: Vec<_> = answer.headers.iter().filter(|(name, _)| !moving.contains(&name.to_lowercase().as_str())).cloned().collect();
    headers.sort();
    (answer.status.code, headers, answer.body, cost, left)
}

#[rocket::async_test]
async fn nothing_is_learnt_of_who_exists() {
    let post = Post::open(&[]);
    let app = post.app().await;
    for (courriel, role) in [("m@ville.gp", "agent"), ("x@ville.gp", "exploitant"), ("d@ville.gp", "agent"), ("s@ville.gp", "agent")] {
        account(&app, role, RIVIERA, courriel).await;
    }
    app.run_sql("UPDATE utilisateur SET actif = false WHERE courriel = 'd@ville.gp'").await;
    app.run_sql("UPDATE utilisateur SET mot_de_passe = NULL WHERE courriel = 's@ville.gp'").await;
    let known = trace(&app, "m@ville.gp").await;
    assert_eq!((known.0, known.4.as_slice()), (303, &[1, 1, 1, 0][..]));
    assert!(known.3 >= 3, "statements are counted: {}", known.3);
    for other in ["z@ville.gp", "d@ville.gp", "x@ville.gp", "s@ville.gp"] {
        let found = trace(&app, other).await;
        assert_eq!(found, known, "{other}");
    }
    // Nothing of what was typed is kept when it opens no account, and jobs look alike.
    assert_eq!(rows_with(&app, "z@ville.gp").await, 0);
    let titles: i64 = app
        .one("SELECT count(DISTINCT (title, queue, priority, max_attempts, requested_by, collectivite_id)) FROM job WHERE name = 'courriel'")
        .await;
    assert_eq!(titles, 1);
    app.run_jobs().await;
    let mut to: Vec<String> = post.taken().await.into_iter().flat_map(|one| one.a).collect();
    to.sort();
    assert_eq!(to, ["m@ville.gp", "s@ville.gp", "x@ville.gp"], "disabled and unknown get nothing");
    // What is no address is told so, whoever exists.
    ask(&mut Jar::new(&app), "pas une adresse").await.refused(Status::UnprocessableEntity, "Donnez un courriel complet");
}

#[rocket::async_test]
async fn demands_are_braked_by_address_and_by_network_alike_for_all() {
    let post = Post::open(&[]);
    let app = post.app().await;
    account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let mut statuses = Vec::new();
    for courriel in ["m@ville.gp", "z@ville.gp"] {
        let mut jar = Jar::new(&app);
        let mut seen = Vec::new();
        for _ in 0..5 {
            let answer = ask(&mut jar, courriel).await;
            hold_brakes(&app).await;
            if answer.status == Status::TooManyRequests {
                assert!(answer.header("Retry-After").is_some_and(|wait| wait.parse::<u64>().is_ok_and(|wait| wait > 0)));
                assert_eq!(answer.attributes("#courriel", "value"), [courriel], "what was typed is kept");
            }
            seen.push(answer.status.code);
        }
        statuses.push(seen);
    }
    assert_eq!(statuses[0], statuses[1]);
    assert_eq!(statuses[0], [303, 303, 303, 429, 429]);
    // From other networks, the same address: a few more, no flood; its owner has as many good links.
    let mut passed = 0;
    for place in 0..8 {
        let address: &'static str = Box::leak(format!("198.51.100.{place}").into_boxed_str());
        let mut jar = Jar { address, ..Jar::new(&app) };
        passed += i32::from(ask(&mut jar, "m@ville.gp").await.status == Status::SeeOther);
        hold_brakes(&app).await;
    }
    assert_eq!(passed, 3);
    // One network, many addresses.
    let mut jar = Jar { address: "203.0.113.9", ..Jar::new(&app) };
    let mut codes = Vec::new();
    for number in 0..25 {
        codes.push(ask(&mut jar, &format!("inconnu{number}@ville.gp")).await.status.code);
        hold_brakes(&app).await;
    }
    assert!(codes[..20].iter().all(|code| *code == 303) && codes[20..].iter().all(|code| *code == 429), "{codes:?}");
    app.run_jobs().await;
    assert_eq!(post.taken().await.len(), 6);
    assert!(app.one::<i64>("SELECT count(*) FROM journal WHERE action = 'connexion_freinee' AND objet = 'mot de passe'").await >= 1);
}

#[rocket::async_test]
async fn one_link_ends_the_others_and_a_demand_of_anybody_ends_none() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let chief = app.administrateur(RIVIERA).await;
    let id = account(&app, "agent", LE_GOSIER, "m@ville.gp").await;
    let sheet = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let paper = sheet.attributes("a.lien-invitation", "href")[0].replace("http://localhost", "");
    let mut jar = Jar::new(&app);
    ask(&mut jar, "m@ville.gp").await;
    ask(&mut jar, "m@ville.gp").await;
    app.run_jobs().await;
    let links: Vec<String> = post.taken().await.iter().map(super::Taken::link).collect();
    for link in links.iter().chain([&paper]) {
        app.anonymous().get(link).await.ok();
    }
    assert_eq!(choose(&app, &links[0]).await.status, Status::SeeOther);
    app.anonymous().get(&links[1]).await.refused(Status::Gone, "a déjà servi");
    app.anonymous().get(&paper).await.refused(Status::Gone, "a déjà servi");
    // A demand that waited more than an hour for a server leaves no link.
    app.run_sql("DELETE FROM frein_connexion").await;
    ask(&mut jar, "m@ville.gp").await;
    app.run_sql("UPDATE courriel_envoi SET demande_le = demande_le - interval '61 minutes' WHERE etat = 'en_attente' AND genre = 'oubli'").await;
    let before: i64 = app.one("SELECT count(*) FROM invitation").await;
    run_all(&app).await;
    assert_eq!(last(&app).await.0, "sans_objet");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM invitation").await, before);
}

#[rocket::async_test]
async fn who_has_no_password_to_renew_is_told_so() {
    let post = Post::open(&[]);
    let provider = serde_json::json!({"emetteur": "http://127.0.0.1:9", "client": "a", "secret": "b", "nom": "Annuaire"});
    let app = super::app_of(&post.plain(), |config| config.oidc = Some(serde_json::from_value(provider).expect("settings"))).await;
    let linked = account(&app, "agent", LE_GOSIER, "lie@ville.gp").await;
    account(&app, "exploitant", RIVIERA, "exploitant@ville.gp").await;
    let link = format!("INSERT INTO identite (utilisateur_id, emetteur, fournisseur, sujet) VALUES ({linked}, 'http://127.0.0.1:9', '', 'sujet')");
    app.run_sql(&link).await;
    app.run_sql(&format!("UPDATE collectivite SET identite_exigee = true WHERE siren = '{LE_GOSIER}'")).await;
    let mut jar = Jar::new(&app);
    ask(&mut jar, "lie@ville.gp").await;
    ask(&mut jar, "exploitant@ville.gp").await;
    app.run_jobs().await;
    let taken = post.taken().await;
    assert_eq!(taken.len(), 2);
    for (one, words) in taken.iter().zip(["Annuaire", "gardel user link"]) {
        assert!(one.text().contains(words) && !one.text().contains("/invitation/"), "{}", one.text());
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM invitation").await, 0);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM identite").await, 1, "its identity stays");
}

/// Where an identity is required, whatever the settings of whoever makes the link or reads it.
#[rocket::async_test]
async fn a_required_identity_is_asked_by_every_process_and_until_the_link_serves() {
    let post = Post::open(&[]);
    let app = post.app().await;
    let id = account(&app, "agent", LE_GOSIER, "lie@ville.gp").await;
    let mut jar = Jar::new(&app);
    ask(&mut jar, "lie@ville.gp").await;
    app.run_jobs().await;
    let link = post.taken().await[0].link();
    app.anonymous().get(&link).await.ok();
    app.run_sql(&format!("INSERT INTO identite (utilisateur_id, emetteur, fournisseur, sujet) VALUES ({id}, 'http://127.0.0.1:9', '', 'sujet')"))
        .await;
    app.anonymous().get(&link).await.ok();
    app.run_sql(&format!("UPDATE collectivite SET identite_exigee = true WHERE siren = '{LE_GOSIER}'")).await;
    app.anonymous().get(&link).await.refused(Status::Gone, "n’est plus valable");
    assert_eq!(choose(&app, &link).await.status, Status::Gone);
    // This worker has no provider in its settings.
    ask(&mut jar, "lie@ville.gp").await;
    run_all(&app).await;
    let taken = post.taken().await;
    assert!(taken.len() == 2 && !taken[1].text().contains("/invitation/"), "{}", taken[1].text());
    assert_eq!(app.one::<i64>("SELECT count(*) FROM identite").await, 1, "its identity stays");
}
