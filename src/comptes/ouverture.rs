//! Opening a session, once who it is has been proved, and the cookies that a browser keeps.

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::time::Duration;
use serde_json::json;
use sqlx::PgConnection;

use super::freins::{self, Origin};
use super::guard::cookie_name;
use super::sessions::{self, ENDED_DAYS};
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::platform::config::Config;
use crate::platform::error::{Error, Result};
use crate::platform::http::{ClientIp, Visit};
use crate::platform::token;

/// Days that a browser keeps its token: the longest that browsers allow.
const BROWSER_DAYS: i64 = 400;

/// An account that somebody signs in to.
pub(super) struct Account<'a> {
    pub id: i64,
    pub nom: &'a str,
    pub principale: Option<i32>,
}

/// A browser that somebody signs in from.
pub(super) struct Door<'a> {
    pub context: &'a Context,
    pub cookies: &'a CookieJar<'a>,
    pub ip: ClientIp,
    pub asked: &'a Visit,
}

/// By what somebody proved who they are.
#[derive(Clone, Copy, Default)]
pub(super) struct Means<'a> {
    /// What proved it beside the password.
    pub factor: Option<&'static str>,
    /// The identity that stood for the password, and the token of its provider.
    pub identity: Option<(i64, &'a str)>,
    /// How sure that provider was, when it stood for the second factor.
    pub level: Option<&'a str>,
}

/// What the browser gets, once the session is committed.
pub(super) struct Keys {
    session: String,
    browser: String,
}

impl Door<'_> {
    /// The token that this browser kept.
    pub(super) fn kept(&self) -> Option<String> {
        self.cookies.get(browser_cookie_name(&self.context.config)).map(|cookie| cookie.value().to_string())
    }

    /// Who acts, for the journal.
    pub(super) fn actor(&self, account: &Account<'_>) -> Actor {
        Actor {
            id: Some(account.id),
            name: account.nom.into(),
            collectivite_id: account.principale,
            ip: self.ip.0,
            request: self.asked.number.clone(),
        }
    }

    /// Opens a session of `account` in the transaction of `connection`, which `means` proved.
    pub(super) async fn enter(&self, connection: &mut PgConnection, account: &Account<'_>, origin: &Origin, means: Means<'_>) -> Result<Keys> {
        let session = new_token()?;
        // The session before this one ends: its token never serves the new sign-in.
        if let Some(old) = self.cookies.get(cookie_name(&self.context.config)) {
            sessions::close_session(&mut *connection, &token::hash(old.value())).await?;
        }
        let opened = sessions::Opened {
            user_id: account.id,
            hours: self.context.config.session_duree_heures,
            ip: self.ip.0.map(|ip| ip.to_string()),
            agent: &self.asked.agent,
            factor: means.factor,
            identity: means.identity,
            level: means.level,
        };
        sessions::open_session(&mut *connection, &token::hash(&session), opened).await?;
        let browser = browser_token(&mut *connection, account.id, self.kept()).await?;
        origin.remember(&mut *connection, account.id, &browser).await?;
        let mut detail = serde_json::Map::new();
        if means.identity.is_some() {
            detail.insert("par".into(), json!("identité"));
        }
        if let Some(factor) = means.factor {
            detail.insert("facteur".into(), json!(factor));
        }
        journal::note(connection, &self.actor(account), Action::SignIn, "connexion", "", &detail.into()).await?;
        Ok(Keys { session, browser })
    }

    /// Gives the browser what it keeps.
    pub(super) fn give(&self, keys: Keys) {
        self.cookies.add(session_cookie(self.context, keys.session));
        self.cookies.add(browser_cookie(self.context, keys.browser));
    }
}

/// What the browser keeps to be known: the token it had, if this account gave it, or a new one.
async fn browser_token(connection: &mut PgConnection, account: i64, kept: Option<String>) -> Result<String> {
    if let Some(kept) = kept
        && freins::is_known(connection, account, &kept).await?
    {
        return Ok(kept);
    }
    new_token()
}

/// A random token.
pub(super) fn new_token() -> Result<String> {
    token::random().map_err(|error| Error::Internal(error.to_string()))
}

/// After a password was chosen, every place that knew the account is forgotten but this one, whose browser gets a new
/// token.
pub(super) async fn only_here(connection: &mut PgConnection, account: (i64, &str), ip: ClientIp) -> Result<String> {
    let browser = new_token()?;
    freins::forget_places(&mut *connection, account.0).await?;
    Origin::new(account.1, ip.0, None).remember(connection, account.0, &browser).await?;
    Ok(browser)
}

/// Name of the cookie by which a browser is known.
fn browser_cookie_name(config: &Config) -> &'static str {
    if config.plain_http() { "gardel-navigateur" } else { "__Host-gardel-navigateur" }
}

/// It opens nothing: it only gives its accounts a way that nobody else's failures reach.
pub(super) fn browser_cookie(context: &Context, token: String) -> Cookie<'static> {
    cookie(context, browser_cookie_name(&context.config), token, Duration::days(BROWSER_DAYS))
}

pub(super) fn session_cookie(context: &Context, token: String) -> Cookie<'static> {
    // Longer than the session: what is sent after its end is kept for its person (`reprise`).
    let age = Duration::hours(i64::from(context.config.session_duree_heures)) + Duration::days(i64::from(ENDED_DAYS));
    cookie(context, cookie_name(&context.config), token, age)
}

/// A cookie that scripts do not read and other sites do not send.
pub(super) fn cookie(context: &Context, name: &'static str, token: String, age: Duration) -> Cookie<'static> {
    let secure = !context.config.plain_http();
    Cookie::build((name, token)).path("/").http_only(true).secure(secure).same_site(SameSite::Lax).max_age(age).build()
}
