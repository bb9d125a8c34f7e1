//! Guards: what a request says of itself.

use std::net::IpAddr;
use std::sync::OnceLock;

use rocket::http::Method;
use rocket::request::{FromRequest, Outcome, Request};

use super::address::path_of;
use crate::platform::config::Config;
use crate::platform::error::Denial;
use crate::platform::token;

/// A whole page, or the fragment that htmx will put into it. Only `HX-Request-Type` decides, so
/// only it is in `Vary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// The page with its frame.
    Page,
    /// The part that changed.
    Fragment,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Wants {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(match request.headers().get_one("HX-Request-Type") {
            Some("partial") => Self::Fragment,
            _ => Self::Page,
        })
    }
}

/// The address of the client: the connection's, or the one added by our own reverse proxies.
#[derive(Clone, Copy, Debug)]
pub struct ClientIp(pub Option<IpAddr>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ClientIp {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let proxies = request.rocket().state::<Config>().map_or(0, |config| config.mandataires);
        Outcome::Success(Self(client_ip(request, proxies)))
    }
}

/// With `proxies` trusted, the `proxies`-th address from the right of `X-Forwarded-For`: what stands
/// before it could have been written by anybody.
fn client_ip(request: &Request<'_>, proxies: usize) -> Option<IpAddr> {
    let direct = request.remote().map(|address| address.ip());
    if proxies == 0 {
        return direct;
    }
    let chain: Vec<&str> = request.headers().get("X-Forwarded-For").flat_map(|value| value.split(',')).map(str::trim).collect();
    chain.len().checked_sub(proxies).and_then(|place| chain.get(place)).and_then(|text| text.parse().ok()).or(direct)
}

/// Whether only the headers are asked for. Rocket answers a HEAD by the route of the GET, which it then takes it for.
struct Head(bool);

/// Whether `request` came as a HEAD.
pub fn is_head(request: &Request<'_>) -> bool {
    request.local_cache(|| Head(request.method() == Method::Head)).0
}

/// Path and raw query of a request, as the browser sent them.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Path, `/sejours`.
    pub path: String,
    /// Query without `?`, percent-encoded.
    pub query: String,
    /// Browser and version as it names itself, cut to 300 characters.
    pub agent: String,
    /// Number of the request.
    pub number: String,
    /// Scheme and host of this site: the setting `adresse_publique`, else what the browser used.
    pub origin: String,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Visit {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let agent = request.headers().get_one("User-Agent").unwrap_or_default();
        Outcome::Success(Self {
            path: request.uri().path().to_string(),
            query: request.uri().query().map(|query| query.to_string()).unwrap_or_default(),
            agent: agent.chars().filter(|c| !c.is_control()).take(300).collect(),
            number: request_number(request).to_string(),
            origin: origin(request),
        })
    }
}

/// Path and query of the page of this site that a request comes from, as its browser says.
#[derive(Clone, Debug, Default)]
pub struct Referrer(pub Option<String>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Referrer {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Self(request.headers().get_one("Referer").and_then(path_of)))
    }
}

/// Whether another site made a request, or something that is no page, as the browser says. Ours refuse unsafe ones at the edge; a page that begins
/// something asks too.
#[derive(Clone, Copy, Debug)]
pub struct FromElsewhere(pub bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for FromElsewhere {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let other = |name: &str, ours: &[&str]| request.headers().get_one(name).is_some_and(|said| !ours.contains(&said));
        let elsewhere = other("Sec-Fetch-Site", &["same-origin", "none"]) || other("Sec-Fetch-Dest", &["document"]);
        Outcome::Success(Self(elsewhere || is_head(request)))
    }
}

/// Scheme and host of this site, as addresses that leave it say them.
pub fn origin(request: &Request<'_>) -> String {
    let config = request.rocket().state::<Config>();
    if let Some(address) = config.and_then(|config| config.adresse_publique.clone()) {
        return address;
    }
    let plain = config.is_some_and(Config::plain_http);
    let host = request.host().map(ToString::to_string).unwrap_or_else(|| "localhost".into());
    format!("{}://{host}", if plain { "http" } else { "https" })
}

/// What rights said no to during this request.
#[derive(Default)]
struct Denied(OnceLock<Denial>);

/// Remembers that rights said no.
pub fn deny(request: &Request<'_>, denial: Denial) {
    // One answer a request: the first refusal is the one that is told.
    let _first = request.local_cache(Denied::default).0.set(denial);
}

/// Whether rights said no to `request`.
pub fn denied(request: &Request<'_>) -> Option<Denial> {
    request.local_cache(Denied::default).0.get().copied()
}

/// The number of the request: in the answer's `X-Request-Id`, on error pages, in logs and journal.
pub fn request_number<'r>(request: &'r Request<'_>) -> &'r str {
    request
        .local_cache(|| {
            // Without randomness a shared number is better than no answer.
            let mut number = token::random().unwrap_or_else(|_| "sans-numero".into());
            number.truncate(12);
            RequestNumber(number)
        })
        .0
        .as_str()
}

struct RequestNumber(String);
