//! What people do with an identity, and what a provider may do wrong.

use std::collections::BTreeMap;

use chrono::Duration;
use gardel::comptes;
use gardel::platform::clock::Clock;
use gardel::platform::config::Config;
use gardel::platform::oidc::{Oidc, Profil};
use rocket::http::Status;
use serde_json::json;

use super::{Directory, PLACE, account, linked, location, opens};
use crate::facteur::{code_at, secret_of};
use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::jar::Jar;

#[rocket::async_test]
async fn a_person_links_their_identity_and_signs_in_by_it() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    let (id, mut jar) = linked(&app, &directory, "agent", "m@ville.gp", "marie").await;
    assert!(jar.get("/compte/identite").await.ok().text().contains("marie@annuaire.example"));
    // Signed out: here, then there.
    let left = jar.post("/deconnexion", &[]).await.ok();
    let there = left.header("Refresh").expect("the way to the provider").replacen("0; url=", "", 1);
    assert!(there.starts_with(&format!("{}/session/end?id_token_hint=", directory.issuer)), "{there}");
    assert!(left.header("Clear-Site-Data").is_some() && !opens(&mut jar).await);
    let end = directory.http.get(&there).send().await.expect("the provider");
    assert_eq!(end.status(), 200, "the provider knows the token and the way back");
    assert_eq!(location(&jar.get("/connexion/externe/fin?state=x").await), "/connexion?fin=deconnexion");
    // And back, without the password, from a browser that never saw it.
    let mut other = Jar::new(&app);
    let entered = directory.sign_in(&app, &mut other, "marie").await;
    assert_eq!((entered.status, location(&entered).as_str()), (Status::SeeOther, "/sejours?statut=valide"), "{}", entered.text());
    other.get("/sejours").await.ok();
    let told: Vec<String> = sqlx::query_scalar(
        "SELECT action || ' ' || objet || ' ' || detail::text FROM journal WHERE acteur_id = $1 AND action IN ('connexion', 'modification') ORDER BY id",
    )
    .bind(id)
    .fetch_all(app.pool())
    .await
    .expect("the journal");
    assert_eq!(told, ["connexion connexion {}", "modification identité {\"identite\": \"reliée\"}", "connexion connexion {\"par\": \"identité\"}"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM avis WHERE texte LIKE 'Une identité AgentConnect a été reliée%'").await, 1, "the person is told");
    // Whoever gives linking up, there, stays signed in here and reads so in their own frame.
    let mut giving_up = Jar::new(&app);
    account(&app, "agent", LE_GOSIER, "n@ville.gp").await;
    giving_up.password("n@ville.gp").await;
    let back = directory.visit(&location(&giving_up.get("/compte/identite/depart").await), None).await;
    let page = giving_up.get(&back).await;
    assert!(
        page.status == Status::UnprocessableEntity && page.text().contains("abandonnée") && page.text().contains("/deconnexion"),
        "{}",
        page.text()
    );
    // Disabled, the account is closed to the identity too.
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {id}")).await;
    directory.sign_in(&app, &mut Jar::new(&app), "marie").await.refused(Status::Forbidden, "Aucun compte de Gardel n’est relié");
}

#[rocket::async_test]
async fn a_provider_that_fails_opens_nothing_and_says_so() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    directory.order("panne").await;
    let away = Jar::new(&app).get("/connexion/externe").await;
    away.refused(Status::ServiceUnavailable, "AgentConnect ne répond pas");
    assert!(app.context.provider.as_ref().expect("a provider").check().await.is_err());
    directory.order("bien").await;
    app.context.provider.as_ref().expect("a provider").check().await.expect("it is well");
    let (_, _) = linked(&app, &directory, "agent", "m@ville.gp", "marie").await;
    let mut jar = Jar::new(&app);
    for (order, status, words) in [
        ("panne", Status::ServiceUnavailable, "ne répond pas"),
        ("lent?ms=9000", Status::ServiceUnavailable, "ne répond pas"),
        ("faux", Status::BadGateway, "n’est pas celle qui est attendue"),
        ("horloge?s=300", Status::BadGateway, "L’heure de AgentConnect"),
        ("horloge?s=-300", Status::BadGateway, "L’heure de AgentConnect"),
    ] {
        let back = directory.visit(&location(&jar.get("/connexion/externe").await), Some("marie")).await;
        app.context.clock.set(Clock::System.now());
        directory.order(order).await;
        jar.get(&back).await.refused(status, words);
        assert!(!opens(&mut jar).await, "{order}");
        directory.order("bien").await;
    }
    // A key changed without a word is learnt; one that changes again at once waits a minute, as a forger would.
    let app = directory.app(json!({})).await;
    let (_, _) = linked(&app, &directory, "agent", "m@ville.gp", "marie").await;
    directory.order("tourne").await;
    assert_eq!(directory.sign_in(&app, &mut Jar::new(&app), "marie").await.status, Status::SeeOther);
    directory.order("tourne").await;
    directory.sign_in(&app, &mut Jar::new(&app), "marie").await.refused(Status::BadGateway, "n’est pas celle qui est attendue");
    // Somebody else under the same name.
    let settings = Oidc { emetteur: directory.issuer.replace("localhost", "127.0.0.1"), ..directory.settings(json!({})) };
    let change = |config: &mut Config| {
        config.adresse_publique = Some(PLACE.into());
        config.oidc = Some(settings);
    };
    let other = App::with(change).await;
    Jar::new(&other).get("/connexion/externe").await.refused(Status::BadGateway, "n’est pas celle qui est attendue");
}

#[rocket::async_test]
async fn a_code_is_asked_after_the_identity_and_a_lost_device_leads_back() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({"niveaux": "eidas1,eidas1-mfa", "niveaux_forts": "eidas1-mfa"})).await;
    directory.order("niveau?acr=eidas1").await;
    let (id, jar) = linked(&app, &directory, "agent", "m@ville.gp", "marie").await;
    let browser = app.signed_in(id).await;
    crate::facteur::install(&app, &browser).await;
    let secret = secret_of(&app, id).await;
    drop(jar);
    let mut jar = Jar::new(&app);
    let asked = directory.sign_in(&app, &mut jar, "marie").await;
    assert_eq!(location(&asked), "/connexion/code?retour=%2Fsejours%3Fstatut%3Dvalide");
    assert!(!opens(&mut jar).await);
    jar.code("000000").await.refused(Status::UnprocessableEntity, "Ce code n’est pas le bon");
    app.context.clock.set(Clock::System.now() + Duration::seconds(60));
    let code = code_at(&secret, app.context.clock.now());
    assert_eq!(location(&jar.code(&code).await), "/sejours?statut=valide");
    assert!(opens(&mut jar).await);
    let session: (bool, Option<String>) = sqlx::query_as(
        "SELECT identite_id IS NOT NULL AND jeton_externe IS NOT NULL, facteur FROM session WHERE utilisateur_id = $1 ORDER BY id DESC LIMIT 1",
    )
    .bind(id)
    .fetch_one(app.pool())
    .await
    .expect("a session");
    assert_eq!(session, (true, Some("application".into())), "it is the provider's, and the factor's");
    // The device is lost: the factor is removed, and the identity opens again.
    let rights = comptes::Rights { without_factor: true, ..comptes::Rights::default() };
    let mut tx = app.pool().begin().await.expect("a transaction");
    assert_eq!(comptes::change(&mut tx, "m@ville.gp", &rights).await.expect("done"), comptes::Changed::Done);
    tx.commit().await.expect("done");
    assert!(!opens(&mut jar).await, "what the factor had opened is over");
    assert_eq!(location(&directory.sign_in(&app, &mut jar, "marie").await), "/sejours?statut=valide");
    // A level that stands for the factor asks for no code, even of who has one; one that was not agreed opens nothing.
    let browser = app.signed_in(id).await;
    crate::facteur::install(&app, &browser).await;
    directory.order("niveau?acr=eidas1-mfa").await;
    assert_eq!(location(&directory.sign_in(&app, &mut Jar::new(&app), "marie").await), "/sejours?statut=valide");
    directory.order("niveau?acr=eidas2").await;
    directory.sign_in(&app, &mut Jar::new(&app), "marie").await.refused(Status::Forbidden, "n’est pas assez sûr de vous");
    directory.order("niveau").await;
    directory.sign_in(&app, &mut Jar::new(&app), "marie").await.refused(Status::Forbidden, "n’est pas assez sûr de vous");
}

#[rocket::async_test]
async fn a_collectivite_may_require_it() {
    let directory = Directory::open(&[]);
    let app = directory.app(json!({})).await;
    let place: i32 = app.one("SELECT id FROM collectivite WHERE siren = '219711132'").await;
    let form = |required: &'static str| vec![("collectivite".to_string(), place.to_string()), ("exigee".to_string(), required.to_string())];
    let require = async |jar: &mut Jar<'_>, required| {
        let form = form(required);
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        jar.post("/compte/identite/exigence", &pairs).await
    };
    // Whoever did not come by it does not require it of others; nor does whoever manages another place.
    account(&app, "administrateur", LE_GOSIER, "chef@ville.gp").await;
    let mut chief = Jar::new(&app);
    chief.password("chef@ville.gp").await;
    require(&mut chief, "true").await.refused(Status::Conflict, "Connectez-vous d’abord par AgentConnect");
    directory.link(&app, &mut chief, "chef").await;
    account(&app, "administrateur", RIVIERA, "loin@ville.gp").await;
    account(&app, "agent", LE_GOSIER, "agent@ville.gp").await;
    let (mut far, mut agent) = (Jar::new(&app), Jar::new(&app));
    agent.password("agent@ville.gp").await;
    assert_eq!(require(&mut agent, "true").await.status, Status::Forbidden);
    far.password("loin@ville.gp").await;
    let others: bool = app.one("SELECT EXISTS (SELECT 1 FROM collectivite_commune WHERE collectivite_id = 1)").await;
    assert!(others);
    assert_eq!(require(&mut chief, "true").await.status, Status::SeeOther);
    // At once, for sessions that are open too; what is sent is not done.
    for path in ["/", "/sejours", "/exports", "/compte"] {
        assert_eq!(location(&agent.get(path).await), "/compte/identite", "{path}");
    }
    let posted = agent.post("/sejours/exports", &[("requete", ""), ("format", "csv_fr")]).await;
    assert_eq!((posted.status, location(&posted).as_str()), (Status::SeeOther, "/compte/identite"));
    assert_eq!(app.one::<i64>("SELECT count(*) FROM export").await, 0);
    far.get("/sejours").await.ok();
    chief.get("/sejours").await.ok();
    // Signing in by the password leads to the link; once linked, the password opens nothing.
    let mut fresh = Jar::new(&app);
    assert_eq!(fresh.password("agent@ville.gp").await.status, Status::SeeOther);
    assert!(fresh.get("/compte/identite").await.ok().text().contains("Votre collectivité demande de se connecter par AgentConnect"));
    directory.link(&app, &mut fresh, "agent").await;
    fresh.get("/sejours").await.ok();
    Jar::new(&app).password("agent@ville.gp").await.refused(Status::Forbidden, "Votre collectivité demande de passer par AgentConnect");
    assert_eq!(location(&directory.sign_in(&app, &mut Jar::new(&app), "agent").await), "/sejours?statut=valide");
    // The session that was open before still comes from the password.
    assert_eq!(location(&agent.get("/sejours").await), "/compte/identite");
    // A provider that is gone: the command line opens the passwords again, and takes an identity away.
    let mut tx = app.pool().begin().await.expect("a transaction");
    assert!(comptes::require_identity(&mut tx, LE_GOSIER, false).await.expect("done"));
    assert!(!comptes::require_identity(&mut tx, "000000000", false).await.expect("done"));
    let rights = comptes::Rights { without_identity: true, ..comptes::Rights::default() };
    assert_eq!(comptes::change(&mut tx, "agent@ville.gp", &rights).await.expect("done"), comptes::Changed::Done);
    tx.commit().await.expect("done");
    assert_eq!(Jar::new(&app).password("agent@ville.gp").await.status, Status::SeeOther);
    assert!(!opens(&mut fresh).await, "the session that the identity had opened is over");
    directory.sign_in(&app, &mut Jar::new(&app), "agent").await.refused(Status::Forbidden, "Aucun compte de Gardel n’est relié");
    let told: Vec<String> = sqlx::query_scalar("SELECT detail::text FROM journal WHERE objet = 'collectivité' AND collectivite_id = $1 ORDER BY id")
        .bind(place)
        .fetch_all(app.pool())
        .await
        .expect("the journal");
    assert_eq!(told, ["{\"identite_exigee\": true}", "{\"identite_exigee\": false}"]);
}

/// As ProConnect speaks: the secret in the form, no PKCE, a profile that is a signed token, one name in several directories.
#[rocket::async_test]
async fn it_speaks_as_proconnect_does() {
    let directory = Directory::open(&["--proconnect"]);
    let more = json!({"pkce": false, "secret_par": "corps", "profil": "signe", "portee": "openid email siret idp_id"});
    let app = directory.app(more).await;
    assert_eq!(app.context.config.oidc.as_ref().map(|oidc| oidc.profil), Some(Profil::Signe));
    let left = location(&Jar::new(&app).get("/connexion/externe").await);
    let asked: BTreeMap<String, String> = form_urlencoded::parse(left.split_once('?').expect("a question").1.as_bytes()).into_owned().collect();
    let names: Vec<&str> = asked.keys().map(String::as_str).collect();
    assert_eq!(names, ["client_id", "nonce", "redirect_uri", "response_type", "scope", "state"], "nothing that it refuses");
    assert!(asked["state"].len() >= 32 && asked["nonce"].len() >= 32);
    let (id, _) = linked(&app, &directory, "agent", "m@ville.gp", "marie").await;
    let kept: (String, Option<String>) =
        sqlx::query_as("SELECT fournisseur, siret FROM identite WHERE utilisateur_id = $1").bind(id).fetch_one(app.pool()).await.expect("one");
    assert_eq!(kept, ("annuaire-1".into(), Some("21971113200014".into())));
    assert_eq!(directory.sign_in(&app, &mut Jar::new(&app), "marie").await.status, Status::SeeOther);
    // The same name in another directory is somebody else.
    directory.order("annuaire?idp=annuaire-2").await;
    directory.sign_in(&app, &mut Jar::new(&app), "marie").await.refused(Status::Forbidden, "Aucun compte de Gardel n’est relié");
}

#[rocket::async_test]
async fn without_a_provider_there_is_nothing_of_it() {
    let app = App::new().await;
    let page = app.anonymous().get("/connexion").await.ok();
    assert!(!page.text().contains("/connexion/externe"));
    for path in ["/connexion/externe", "/connexion/externe/retour?code=a&state=b"] {
        assert_eq!(app.anonymous().get(path).await.status, Status::NotFound, "{path}");
    }
    assert_eq!(app.agent(LE_GOSIER).await.get("/compte/identite").await.status, Status::NotFound);
    // What a collectivité requires while no provider is set keeps nobody out: `gardel check` says it.
    app.run_sql("UPDATE collectivite SET identite_exigee = true").await;
    app.agent(LE_GOSIER).await.get("/sejours").await.ok();
    assert_eq!(comptes::identity_required_somewhere(app.pool()).await.expect("a count"), app.one::<i64>("SELECT count(*) FROM collectivite").await);
}
