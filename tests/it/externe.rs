//! Signing in by a real identity provider (npm oidc-provider), with the faults that providers have. Nothing opens that a
//! person has not linked, nothing that this browser did not ask for, nothing when the provider is away, wrong or late.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use chrono::Duration;
use gardel::comptes;
use gardel::platform::clock::Clock;
use gardel::platform::config::Config;
use gardel::platform::oidc::{Oidc, Profil};
use gardel::platform::password;
use rocket::http::Status;
use serde_json::json;

use crate::facteur::{code_at, secret_of};
use crate::support::app::{LE_GOSIER, RIVIERA};
use crate::support::jar::{Jar, PASSWORD};
use crate::support::{App, Page};

const PLACE: &str = "http://localhost";

/// The provider, and a browser's cookies there.
struct Directory {
    process: Child,
    issuer: String,
    http: reqwest::Client,
}

impl Drop for Directory {
    fn drop(&mut self) {
        // It ends with its standard input; this is for a test that stops on the way.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Directory {
    fn open(arguments: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fournisseur/fournisseur.mjs");
        let back = format!("{PLACE}/connexion/externe/retour");
        let mut process = Command::new("node")
            .args([script, "--retour", &back])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node, which bin/setup --tests installs");
        let mut issuer = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut issuer).expect("a line");
        gardel::platform::tls::install();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { process, issuer: issuer.trim().to_string(), http }
    }

    async fn order(&self, order: &str) {
        self.http.post(format!("{}/essai/{order}", self.issuer)).send().await.expect("the provider of the tests");
    }

    fn settings(&self, more: serde_json::Value) -> Oidc {
        let mut settings = json!({"emetteur": self.issuer, "client": "gardel", "secret": "un secret: avec % des signes", "nom": "AgentConnect"});
        let settings = settings.as_object_mut().expect("an object");
        settings.extend(more.as_object().cloned().unwrap_or_default());
        serde_json::from_value(settings.clone().into()).expect("settings")
    }

    async fn app(&self, more: serde_json::Value) -> App {
        let settings = self.settings(more);
        let change = |config: &mut Config| {
            config.mandataires = 1;
            config.adresse_publique = Some(PLACE.into());
            config.oidc = Some(settings);
        };
        let app = App::with(change).await;
        app.context.clock.set(Clock::System.now());
        app
    }

    /// What a person does there: opens `address`, says that they are `who` (nobody: refuses), and is led back. Gives the way
    /// back, path and question.
    async fn visit(&self, address: &str, who: Option<&str>) -> String {
        let mut cookies = BTreeMap::new();
        let mut place = address.to_string();
        let mut form = None;
        for _ in 0..10 {
            let mut request = match form.take() {
                None => self.http.get(&place),
                Some(body) => self.http.post(&place).header("Content-Type", "application/x-www-form-urlencoded").body::<String>(body),
            };
            let kept: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("Cookie", kept.join("; "));
            let answer = request.send().await.expect("the provider answers");
            for cookie in answer.headers().get_all("set-cookie") {
                let (name, rest) = cookie.to_str().expect("text").split_once('=').expect("a cookie");
                cookies.insert(name.to_string(), rest.split(';').next().unwrap_or_default().to_string());
            }
            let Some(next) = answer.headers().get("location").map(|next| next.to_str().expect("text").to_string()) else {
                assert!(place.contains("/entree/"), "{place}: {}", answer.text().await.unwrap_or_default());
                form = Some(who.map_or_else(|| "refus=1".into(), |who| format!("nom={}", who.replace('@', "%40"))));
                continue;
            };
            if let Some(back) = next.strip_prefix(PLACE).filter(|back| back.starts_with("/connexion")) {
                return back.to_string();
            }
            place = if next.starts_with('/') { format!("{}{next}", self.issuer) } else { next };
        }
        panic!("the provider leads nowhere: {place}");
    }

    /// Leaves for the provider from `path`, comes back as `who`.
    async fn round(&self, app: &App, jar: &mut Jar<'_>, path: &str, who: &str) -> Page {
        app.context.clock.set(Clock::System.now());
        let left = jar.get(path).await;
        let back = self.visit(&location(&left), Some(who)).await;
        // Tokens are of the moment when they are made.
        app.context.clock.set(Clock::System.now());
        jar.get(&back).await
    }

    async fn sign_in(&self, app: &App, jar: &mut Jar<'_>, who: &str) -> Page {
        self.round(app, jar, "/connexion/externe?retour=/sejours?statut=valide", who).await
    }

    /// Links `who` to the account that `jar` is signed in to.
    async fn link(&self, app: &App, jar: &mut Jar<'_>, who: &str) -> Page {
        let page = self.round(app, jar, "/compte/identite/depart", who).await.ok();
        let sealed = page.attributes("input[name=identite]", "value").first().cloned().expect("a proposal");
        jar.post("/compte/identite", &[("identite", &sealed)]).await
    }
}

fn location(page: &Page) -> String {
    page.header("Location").unwrap_or_default()
}

async fn account(app: &App, role: &str, siren: &str, courriel: &str) -> i64 {
    let id = app.person(role, &[siren]).await.user_id;
    let phc = password::hash_now(PASSWORD).expect("a hash");
    let set = sqlx::query("UPDATE utilisateur SET courriel = $2, mot_de_passe = $3 WHERE id = $1").bind(id).bind(courriel).bind(phc);
    set.execute(app.pool()).await.expect("a password");
    sqlx::query("DELETE FROM session WHERE utilisateur_id = $1").bind(id).execute(app.pool()).await.expect("no session");
    id
}

/// An account linked to `who`, and the browser that did it.
async fn linked<'a>(app: &'a App, directory: &Directory, role: &str, courriel: &str, who: &str) -> (i64, Jar<'a>) {
    let id = account(app, role, LE_GOSIER, courriel).await;
    let mut jar = Jar::new(app);
    assert_eq!(jar.password(courriel).await.status, Status::SeeOther);
    let done = directory.link(app, &mut jar, who).await;
    assert_eq!((done.status, location(&done).as_str()), (Status::SeeOther, "/compte/identite"), "{}", done.text());
    (id, jar)
}

async fn opens(jar: &mut Jar<'_>) -> bool {
    jar.get("/compte").await.status == Status::Ok
}

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
    // Disabled, the account is closed to the identity too.
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {id}")).await;
    directory.sign_in(&app, &mut Jar::new(&app), "marie").await.refused(Status::Forbidden, "Aucun compte de Gardel n’est relié");
}

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
    assert_eq!(comptes::change(&mut tx, "m@ville.gp", &rights).await.expect("done"), Some(true));
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
    assert_eq!(comptes::change(&mut tx, "agent@ville.gp", &rights).await.expect("done"), Some(true));
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
    let rights = comptes::Rights { actif: Some(false), ..comptes::Rights::default() };
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
