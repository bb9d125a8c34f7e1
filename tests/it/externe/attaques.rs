//! Nothing opens that a person has not linked, nothing that this browser did not ask for, nothing that was taken away.

use chrono::Duration;
use gardel::comptes;
use gardel::platform::clock::Clock;
use gardel::platform::config::Config;
use rocket::http::Status;
use serde_json::json;

use super::{Directory, PLACE, account, linked, location, opens};
use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::jar::Jar;

#[rocket::async_test]
async fn no_email_links_anything_and_no_identity_opens_two_accounts() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    account(&app, "administrateur", RIVIERA, "chef@ville.gp").await;
    // The provider says that this is the e-mail of an account.
    let mut jar = Jar::new(&app);
    directory.sign_in(&app, &mut jar, "chef@ville.gp").await.refused(Status::Forbidden, "Aucun compte de Gardel n’est relié");
    assert!(!opens(&mut jar).await);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM session").await, 0);
    let kept: String = app.one("SELECT string_agg(acteur || detail::text, ' ') FROM journal WHERE action = 'connexion_refusee'").await;
    assert_eq!(kept, "Identité inconnue{}", "nothing of a person who has no account is kept");
    // One identity, two accounts that take it at the same moment.
    let mut jars = Vec::new();
    for courriel in ["a@ville.gp", "b@ville.gp"] {
        account(&app, "agent", LE_GOSIER, courriel).await;
        let mut jar = Jar::new(&app);
        jar.password(courriel).await;
        let page = directory.round(&app, &mut jar, "/compte/identite/depart", "marie").await.ok();
        let sealed = page.attributes("input[name=identite]", "value").first().cloned().expect("a proposal");
        jars.push((jar, sealed));
    }
    // What was proposed to one session is nothing in another.
    let stolen = jars[1].1.clone();
    jars[0].0.post("/compte/identite", &[("identite", &stolen)]).await.refused(Status::UnprocessableEntity, "n’est pas de votre session");
    let done = futures::future::join_all(jars.iter_mut().map(|(jar, sealed)| jar.send_owned("/compte/identite", "identite", sealed.clone()))).await;
    let mut statuses: Vec<u16> = done.iter().map(|page| page.status.code).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM identite").await, 1);
}

#[rocket::async_test]
async fn what_this_browser_did_not_ask_for_opens_nothing() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    let (_, _) = linked(&app, &directory, "agent", "m@ville.gp", "marie").await;
    let mut jar = Jar::new(&app);
    let left = location(&jar.get("/connexion/externe").await);
    let kept = jar.cookies["gardel-externe"].clone();
    let back = directory.visit(&left, Some("marie")).await;
    app.context.clock.set(Clock::System.now());
    // A link that somebody else sends: their code, in a browser that asked for nothing or for something else.
    let mut victim = Jar::new(&app);
    victim.get(&back).await.refused(Status::UnprocessableEntity, "n’a pas commencé dans ce navigateur");
    victim.get("/connexion/externe").await;
    victim.get(&back).await.refused(Status::UnprocessableEntity, "n’est pas celle de la connexion commencée");
    // The code of this browser in the answer of another: bound to the one who asked (PKCE, nonce).
    let code = back.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code").to_string();
    let mut thief = Jar::new(&app);
    let own = directory.visit(&location(&thief.get("/connexion/externe").await), Some("voleur")).await;
    let own_code = own.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code").to_string();
    let mixed = own.replace(&own_code, &code);
    thief.get(&mixed).await.refused(Status::UnprocessableEntity, "Recommencez");
    assert!(!opens(&mut thief).await && !opens(&mut victim).await);
    // It still opens to whoever asked for it.
    assert_eq!(jar.get(&back).await.status, Status::SeeOther);
    // In order, it opens; the same address again, with the cookie that a thief would have copied, does not.
    let left = location(&jar.get("/connexion/externe").await);
    let copied = jar.cookies["gardel-externe"].clone();
    assert_ne!(copied, kept);
    let back = directory.visit(&left, Some("marie")).await;
    // Another issuer in the answer (RFC 9207).
    let wrong = back.replace(&form_urlencoded::byte_serialize(directory.issuer.as_bytes()).collect::<String>(), "https%3A%2F%2Failleurs.example");
    assert_ne!(wrong, back);
    let mut other = Jar::with(&app, &[("gardel-externe", &copied)]);
    other.get(&wrong).await.refused(Status::UnprocessableEntity, "n’est pas celle de la connexion commencée");
    assert_eq!(jar.get(&back).await.status, Status::SeeOther);
    assert!(opens(&mut jar).await);
    let mut again = Jar::with(&app, &[("gardel-externe", &copied)]);
    again.get(&back).await.refused(Status::UnprocessableEntity, "a déjà servi");
    assert!(!opens(&mut again).await);
    // Ten minutes.
    let mut late = Jar::new(&app);
    let back = directory.visit(&location(&late.get("/connexion/externe").await), Some("marie")).await;
    app.context.clock.set(Clock::System.now() + Duration::minutes(11));
    late.get(&back).await.refused(Status::UnprocessableEntity, "plus de dix minutes");
    // A refusal there, and words that nobody sent.
    app.context.clock.set(Clock::System.now());
    let back = directory.visit(&location(&late.get("/connexion/externe").await), None).await;
    late.get(&back).await.refused(Status::UnprocessableEntity, "La connexion par AgentConnect a été abandonnée");
    late.get("/connexion/externe/retour").await.refused(Status::UnprocessableEntity, "n’a pas commencé");
    assert!(!opens(&mut late).await);
}

#[rocket::async_test]
async fn what_is_taken_away_opens_nothing_any_more() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    let (id, mut jar) = linked(&app, &directory, "agent", "m@ville.gp", "marie").await;
    let mut elsewhere = Jar::new(&app);
    directory.sign_in(&app, &mut elsewhere, "marie").await;
    assert!(opens(&mut elsewhere).await);
    // By its person: their other sessions that it opened end, this one stays.
    assert_eq!(jar.post("/compte/identite/retrait", &[]).await.status, Status::SeeOther);
    assert!(opens(&mut jar).await && !opens(&mut elsewhere).await);
    directory.sign_in(&app, &mut elsewhere, "marie").await.refused(Status::Forbidden, "Aucun compte de Gardel n’est relié");
    // By their administrateur, and by nobody else's.
    directory.link(&app, &mut jar, "marie").await;
    let path = format!("/utilisateurs/{id}/identite/retrait");
    assert_eq!(app.administrateur(crate::support::app::GRAND_SUD).await.post(&path, &[]).await.status, Status::NotFound);
    assert_eq!(app.agent(LE_GOSIER).await.post(&path, &[]).await.status, Status::Forbidden);
    let chief = app.administrateur(LE_GOSIER).await;
    assert!(chief.get(&format!("/utilisateurs/{id}")).await.ok().text().contains("Une identité est reliée"));
    assert_eq!(chief.post(&path, &[]).await.status, Status::SeeOther);
    assert!(!opens(&mut jar).await);
    // By a new password from a one-time link: whoever got into the account may have linked theirs.
    jar.password("m@ville.gp").await;
    directory.link(&app, &mut jar, "voleur").await;
    let sheet = chief.post(&format!("/utilisateurs/{id}/liens"), &[]).await.ok();
    let link = sheet.attributes(".lettre a", "href")[0].replacen(PLACE, "", 1);
    let chosen = "mangrove douce au petit matin";
    let done = Jar::new(&app).post(&link, &[("mot_de_passe", chosen), ("confirmation", chosen)]).await;
    assert_eq!(location(&done), "/connexion?fin=choisi", "{}", done.text());
    directory.sign_in(&app, &mut Jar::new(&app), "voleur").await.refused(Status::Forbidden, "Aucun compte de Gardel n’est relié");
    assert!(!opens(&mut jar).await);
}

/// What a hostile tester found: each is one of its kind.
#[rocket::async_test]
async fn whoever_is_held_back_undoes_nothing_and_goes_round_in_no_circle() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    let place: String = app.one::<i32>("SELECT id FROM collectivite WHERE siren = '219711132'").await.to_string();
    let (id, _) = linked(&app, &directory, "administrateur", "chef@ville.gp", "chef").await;
    let mut held = Jar::new(&app);
    held.password("chef@ville.gp").await;
    app.run_sql("UPDATE collectivite SET identite_exigee = true WHERE siren = '219711132'").await;
    // By the password alone: neither the requirement nor the identity of the account changes.
    held.post("/compte/identite/exigence", &[("collectivite", &place), ("exigee", "false")])
        .await
        .refused(Status::Conflict, "Connectez-vous d’abord");
    held.post("/compte/identite/retrait", &[]).await.refused(Status::Forbidden, "Votre collectivité exige cette identité");
    assert_eq!(location(&held.get("/compte/identite/depart").await), "/compte/identite", "no other identity beside it");
    assert!(!held.get("/compte/identite").await.ok().text().contains("/compte/identite/exigence"));
    assert!(app.one::<bool>("SELECT bool_or(identite_exigee) FROM collectivite").await);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM identite").await, 1);
    // An exploitant's identity is no administrateur's to take away.
    let operator = app.person("exploitant", &[LE_GOSIER]).await.user_id;
    let chief = app.administrateur(LE_GOSIER).await;
    app.run_sql("UPDATE collectivite SET identite_exigee = false").await;
    assert_eq!(chief.post(&format!("/utilisateurs/{operator}/identite/retrait"), &[]).await.status, Status::Forbidden);
    // What the provider may have opened without a word is no proof of a moment ago.
    let mut silent = Jar::new(&app);
    directory.sign_in(&app, &mut silent, "chef").await;
    let asked = silent.post("/compte/identite/retrait", &[]).await;
    assert!(location(&asked).starts_with("/compte/confirmation"), "{}", location(&asked));
    // Disabled while a code is awaited, then active again: the wait is over.
    let browser = app.signed_in(id).await;
    crate::facteur::install(&app, &browser).await;
    directory.sign_in(&app, &mut Jar::new(&app), "chef").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM connexion_attente").await, 1);
    let rights = comptes::Rights { actif: Some(false), even_last: true, ..comptes::Rights::default() };
    let mut tx = app.pool().begin().await.expect("a transaction");
    comptes::change(&mut tx, "chef@ville.gp", &rights).await.expect("done");
    tx.commit().await.expect("done");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM connexion_attente").await, 0);
}

/// The identity first, the second factor after: whoever has neither is led to one page, not from each to the other.
#[rocket::async_test]
async fn whoever_must_link_and_install_does_one_after_the_other() {
    let directory = Directory::open(&[]);
    let settings = directory.settings(json!({}));
    let change = |config: &mut Config| {
        config.mandataires = 1;
        config.adresse_publique = Some(PLACE.into());
        config.oidc = Some(settings);
        config.second_facteur = Some(gardel::platform::config::SecondFacteur::Tous);
    };
    let app = App::with(change).await;
    app.context.clock.set(Clock::System.now());
    account(&app, "administrateur", LE_GOSIER, "chef@ville.gp").await;
    app.run_sql("UPDATE collectivite SET identite_exigee = true WHERE siren = '219711132'").await;
    let mut jar = Jar::new(&app);
    jar.password("chef@ville.gp").await;
    assert_eq!(location(&jar.get("/").await), "/compte/identite");
    jar.get("/compte/identite").await.ok();
    directory.link(&app, &mut jar, "chef").await;
    assert_eq!(location(&jar.get("/").await), "/compte/second-facteur");
    jar.get("/compte/second-facteur").await.ok();
}

/// A picture on somebody's site leaves nobody out and ends nobody's session; returns without end are slowed.
#[rocket::async_test]
async fn another_site_begins_nothing_and_returns_are_counted() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "image")] {
        for _ in 0..70 {
            let page = app.anonymous().get_with("/connexion/externe", &[(name, value)]).await;
            assert_eq!(page.status, Status::Ok);
            assert!(page.header("Set-Cookie").is_none());
        }
    }
    assert_eq!(app.one::<i64>("SELECT count(*) FROM frein_connexion").await, 0);
    let mut jar = Jar::new(&app);
    let left = location(&jar.get("/connexion/externe?retour=/sejours").await);
    let kept = jar.cookies["gardel-externe"].clone();
    let state = left.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state").to_string();
    let mut last = Status::Ok;
    for number in 0..65 {
        let mut thief = Jar::with(&app, &[("gardel-externe", &kept)]);
        last = thief.get(&format!("/connexion/externe/retour?code=x{number}&state={state}")).await.status;
    }
    assert_eq!(last, Status::TooManyRequests);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM journal WHERE objet = 'identité' AND action = 'connexion_refusee'").await, 1);
    // However long the way to go after, the cookie stays one that a browser keeps.
    let long = format!("/connexion/externe?retour=/sejours?q={}", "a".repeat(6_000));
    Jar::new(&app).get(&long).await;
    assert!(jar.cookies.values().all(|cookie| cookie.len() < 3_900));
}
