//! Signing in by a real identity provider (npm oidc-provider), with the faults that providers have: it is started here, and
//! people go there and back as a browser would.

mod attaques;
mod usage;

use std::collections::BTreeMap;

use gardel::platform::clock::Clock;
use gardel::platform::config::Config;
use gardel::platform::oidc::Oidc;
use gardel::platform::password;
use rocket::http::Status;
use serde_json::json;

use crate::support::app::LE_GOSIER;
use crate::support::jar::{Jar, PASSWORD};
use crate::support::node::Node;
use crate::support::{App, Page};

pub const PLACE: &str = "http://localhost";

/// The provider, and a browser's cookies there.
pub struct Directory {
    _process: Node,
    pub issuer: String,
    pub http: reqwest::Client,
}

impl Directory {
    pub fn open(arguments: &[&str]) -> Self {
        let back = format!("{PLACE}/connexion/externe/retour");
        let (process, issuer) = Node::start("fournisseur/fournisseur.mjs", &[&["--retour", back.as_str()], arguments].concat());
        gardel::platform::tls::install();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { _process: process, issuer: issuer.trim().to_string(), http }
    }

    pub async fn order(&self, order: &str) {
        self.http.post(format!("{}/essai/{order}", self.issuer)).send().await.expect("the provider of the tests");
    }

    pub fn settings(&self, more: serde_json::Value) -> Oidc {
        let mut settings = json!({"emetteur": self.issuer, "client": "gardel", "secret": "un secret: avec % des signes", "nom": "AgentConnect"});
        let settings = settings.as_object_mut().expect("an object");
        settings.extend(more.as_object().cloned().unwrap_or_default());
        serde_json::from_value(settings.clone().into()).expect("settings")
    }

    pub async fn app(&self, more: serde_json::Value) -> App {
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
    pub async fn visit(&self, address: &str, who: Option<&str>) -> String {
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
    pub async fn round(&self, app: &App, jar: &mut Jar<'_>, path: &str, who: &str) -> Page {
        app.context.clock.set(Clock::System.now());
        let left = jar.get(path).await;
        let back = self.visit(&location(&left), Some(who)).await;
        // Tokens are of the moment when they are made.
        app.context.clock.set(Clock::System.now());
        jar.get(&back).await
    }

    pub async fn sign_in(&self, app: &App, jar: &mut Jar<'_>, who: &str) -> Page {
        self.round(app, jar, "/connexion/externe?retour=/sejours?statut=valide", who).await
    }

    /// Links `who` to the account that `jar` is signed in to.
    pub async fn link(&self, app: &App, jar: &mut Jar<'_>, who: &str) -> Page {
        let page = self.round(app, jar, "/compte/identite/depart", who).await.ok();
        let sealed = page.attributes("input[name=identite]", "value").first().cloned().expect("a proposal");
        jar.post("/compte/identite", &[("identite", &sealed)]).await
    }
}

pub fn location(page: &Page) -> String {
    page.header("Location").unwrap_or_default()
}

pub async fn account(app: &App, role: &str, siren: &str, courriel: &str) -> i64 {
    let id = app.person(role, &[siren]).await.user_id;
    let phc = password::hash_now(PASSWORD).expect("a hash");
    let set = sqlx::query("UPDATE utilisateur SET courriel = $2, mot_de_passe = $3 WHERE id = $1").bind(id).bind(courriel).bind(phc);
    set.execute(app.pool()).await.expect("a password");
    sqlx::query("DELETE FROM session WHERE utilisateur_id = $1").bind(id).execute(app.pool()).await.expect("no session");
    id
}

/// An account linked to `who`, and the browser that did it.
pub async fn linked<'a>(app: &'a App, directory: &Directory, role: &str, courriel: &str, who: &str) -> (i64, Jar<'a>) {
    let id = account(app, role, LE_GOSIER, courriel).await;
    let mut jar = Jar::new(app);
    assert_eq!(jar.password(courriel).await.status, Status::SeeOther);
    let done = directory.link(app, &mut jar, who).await;
    assert_eq!((done.status, location(&done).as_str()), (Status::SeeOther, "/compte/identite"), "{}", done.text());
    (id, jar)
}

pub async fn opens(jar: &mut Jar<'_>) -> bool {
    jar.get("/compte").await.status == Status::Ok
}
