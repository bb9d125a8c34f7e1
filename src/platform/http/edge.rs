//! The edge: one fairing for everything that all answers share.

use std::io::Cursor;
use std::sync::Arc;

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder};
use bytes::Bytes;
use moka::sync::Cache;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method, Status, uri::Origin};
use rocket::{Data, Request, Response};
use tokio::io::AsyncReadExt;

use super::guards::{is_head, request_number};
use super::measured::{Routes, journey};
use crate::platform::cache::{Digest, digest};
use crate::platform::instruments::Trail;

/// Only what we serve ourselves; nothing inline, no eval, no nonce.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
/// Smaller bodies are not worth compressing.
const COMPRESS_FROM_BYTES: usize = 1_024;
/// Larger bodies are streamed as they are.
const BODY_MAX_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a body written at once, at most.
const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// Compressed pages kept, in bytes: the same page asked for again is not compressed again.
const COMPRESSED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How long: as fragments are kept.
const KEPT: std::time::Duration = std::time::Duration::from_secs(600);
/// How hard pages are compressed: the fastest level leaves a fifth more bytes, for half a millisecond on a list of fifty
/// rows, which is then kept.
const LEVEL: async_compression::Level = async_compression::Level::Precise(3);
/// Where a refused cross-site request is sent: a route that answers 403.
pub const CROSS_SITE_ROUTE: &str = "/refus-origine";

/// Where what is asked of another host is sent: a route that answers 400.
pub const HOST_ROUTE: &str = "/refus-hote";
/// Where a form that claims another method is sent: a route that answers 400.
pub const METHOD_ROUTE: &str = "/refus-methode";
/// The field by which Rocket lets a form say which method it means.
const METHOD_FIELD: &[u8] = b"_method";
/// More bytes of a form than Rocket looks at for it.
const METHOD_PEEK_BYTES: usize = 64;

/// Whether a form begins with the field that claims a method: the first one that is not empty, as Rocket reads it.
async fn claims_method(data: &mut Data<'_>) -> bool {
    let start = data.peek(METHOD_PEEK_BYTES).await;
    let first = start.iter().position(|byte| *byte != b'&').unwrap_or(start.len());
    // By the letters, and by Rocket's own reading of names: « [_method] » and « ._method » are that field too.
    let read = String::from_utf8_lossy(start);
    start[first..].starts_with(METHOD_FIELD) || rocket::form::Form::values(&read).next().is_some_and(|field| field.name == "_method")
}

/// Request number, cross-site refusal, security headers, ETag, compression, log line and metrics.
pub struct Edge {
    /// Whether HTTPS is required (HSTS is sent).
    pub https: bool,
    /// Where requests are counted.
    pub routes: Arc<Routes>,
    /// The one host that is answered; `None` answers any.
    pub host: Option<String>,
    /// Beginnings of the paths of pages about people: no browser keeps them.
    pub personal: Vec<String>,
    compressed: Cache<(Digest, Coding), Bytes>,
}

impl Edge {
    /// The edge of a server; `https` when HTTPS is required, `host` when only one is answered, `personal` the paths of
    /// pages about people.
    pub fn new(https: bool, host: Option<String>, personal: Vec<String>, routes: Arc<Routes>) -> Self {
        let weight = |_: &(Digest, Coding), body: &Bytes| u32::try_from(body.len() + 64).unwrap_or(u32::MAX);
        Self {
            https,
            routes,
            host,
            personal,
            compressed: Cache::builder().max_capacity(COMPRESSED_BYTES_MAX).time_to_live(KEPT).weigher(weight).build(),
        }
    }
}

#[rocket::async_trait]
impl Fairing for Edge {
    fn info(&self) -> Info {
        Info { name: "edge", kind: Kind::Request | Kind::Response }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        journey(request);
        self.routes.began();
        is_head(request);
        if self.host.as_deref().is_some_and(|host| request.headers().get_one("Host").is_none_or(|asked| !asked.eq_ignore_ascii_case(host))) {
            tracing::warn!(request = request_number(request), host = ?request.headers().get_one("Host"), "another host refused");
            request.set_method(Method::Get);
            request.set_uri(Origin::const_new(HOST_ROUTE, None));
            return;
        }
        // Rocket has taken the form at its word by now: a HEAD whose body waits would cut the connection, and a GET would
        // pass for harmless below.
        if request.content_type().is_some_and(|kind| kind.is_form()) && claims_method(data).await {
            tracing::warn!(request = request_number(request), method = request.method().as_str(), "a form that claims a method refused");
            request.set_method(Method::Get);
            request.set_uri(Origin::const_new(METHOD_ROUTE, None));
            return;
        }
        if is_cross_site(request) {
            tracing::warn!(request = request_number(request), origin = ?request.headers().get_one("Origin"), "cross-site request refused");
            request.set_method(Method::Get);
            request.set_uri(Origin::const_new(CROSS_SITE_ROUTE, None));
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        self.headers(request, response);
        if is_settled_here(request, response) {
            self.settle_body(request, response).await;
        }
        let journey = journey(request);
        let (time, status) = (journey.started.elapsed(), response.status().code);
        self.routes.answered(journey, status, time);
        self.routes.trace(journey, request.method().as_str(), status);
        if let Some(told) = journey.told(time) {
            response.set_raw_header("Server-Timing", told);
        }
        // The path without its query: a search may hold a name.
        tracing::info!(
            request = request_number(request),
            trace = journey.spent.trail().map(Trail::trace),
            method = request.method().as_str(),
            path = told(request.uri().path().as_str()),
            route = self.routes.pattern(journey),
            status,
            us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    }
}

/// A path as logs may tell it: a one-time link opens an account, its token is told to nobody; nor is that of a program, which
/// somebody put where it must not be.
fn told(path: &str) -> &str {
    match path.find("gardel_") {
        _ if path.starts_with("/invitation/") => "/invitation/…",
        Some(place) => &path[..place],
        None => path,
    }
}

impl Edge {
    fn headers(&self, request: &Request<'_>, response: &mut Response<'_>) {
        response.set_raw_header("X-Request-Id", request_number(request).to_string());
        // A file that somebody attached brings a stricter one.
        if !response.headers().contains("Content-Security-Policy") {
            response.set_raw_header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        }
        response.set_raw_header("X-Content-Type-Options", "nosniff");
        response.set_raw_header("Referrer-Policy", "same-origin");
        response.set_raw_header("Cross-Origin-Opener-Policy", "same-origin");
        response.set_raw_header("Cross-Origin-Resource-Policy", "same-origin");
        response.set_raw_header("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
        response.set_raw_header("X-Frame-Options", "DENY");
        if !response.headers().contains("Vary") {
            response.set_raw_header("Vary", "HX-Request-Type, Accept-Encoding");
        }
        if self.https {
            response.set_raw_header("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
        }
        if !response.headers().contains("Cache-Control") {
            let path = request.uri().path();
            let personal =
                self.personal.iter().any(|start| path.as_str().strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
            // Kept by the person's own browser only, and asked again each time (304 when unchanged); what is about people
            // is not kept at all: whoever comes after them finds nothing by « Back ».
            response.set_raw_header("Cache-Control", if personal { "private, no-store" } else { "private, no-cache" });
        }
    }
}

/// An unsafe request that another site made: told by `Sec-Fetch-Site`, else by `Origin`. Programs
/// that send neither are no browsers, and carry no cookie of ours.
fn is_cross_site(request: &Request<'_>) -> bool {
    if matches!(request.method(), Method::Get | Method::Head | Method::Options) {
        return false;
    }
    match request.headers().get_one("Sec-Fetch-Site") {
        Some("same-origin" | "none") => false,
        Some(_) => true,
        None => match request.headers().get_one("Origin") {
            None => false,
            Some(origin) => {
                let host = request.headers().get_one("Host").unwrap_or_default();
                origin.split_once("://").map(|(_, place)| place) != Some(host)
            }
        },
    }
}

/// Whether the ETag and the compression of an answer are made here: pages, and what programs read but for the files that they
/// download.
fn is_settled_here(request: &Request<'_>, response: &Response<'_>) -> bool {
    let to_program = request.uri().path().starts_with("/api/") && !response.headers().contains("Content-Disposition");
    let text = to_program || response.content_type().is_some_and(|kind| kind.is_html() || kind.is_json());
    let preset = response.body().preset_size();
    text && preset.is_some_and(|size| size > 0 && size <= BODY_MAX_BYTES)
}

impl Edge {
    /// Gives a page its ETag, answers 304 when the browser has it, compresses it otherwise. A fragment of
    /// the cache brings its ETag: when the browser or the compressed pages have it, its body is not read.
    async fn settle_body<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let brought = response.headers().get_one("ETag").map(str::to_string);
        let (digest, body) = match brought.as_deref().and_then(read_etag) {
            Some(digest) => (digest, None),
            None => match response.body_mut().to_bytes().await {
                Ok(body) => (digest(&body), Some(body)),
                Err(_) => return response.set_status(Status::InternalServerError),
            },
        };
        if response.status() == Status::Ok && matches!(request.method(), Method::Get | Method::Head) {
            // One that says a version of a row stays as it is.
            let tag = brought.unwrap_or_else(|| etag(&digest));
            if request.headers().get("If-None-Match").flat_map(|value| value.split(',')).any(|known| known.trim() == tag || known.trim() == "*") {
                response.set_status(Status::NotModified);
                response.set_raw_header("ETag", tag);
                response.set_sized_body(0, Cursor::new(Vec::new()));
                return;
            }
            response.set_raw_header("ETag", tag);
        }
        let size = body.as_ref().map(Vec::len).or(response.body().preset_size()).unwrap_or(0);
        let coding = Coding::of(request).filter(|_| size >= COMPRESS_FROM_BYTES);
        let Some(coding) = coding else {
            if let Some(body) = body {
                response.set_sized_body(body.len(), Cursor::new(body));
            }
            in_one_piece(response, size);
            return;
        };
        let known = self.compressed.get(&(digest, coding));
        let small = match (known, body) {
            (Some(known), _) => known,
            (None, body) => {
                let body = match body {
                    Some(body) => body,
                    None => match response.body_mut().to_bytes().await {
                        Ok(body) => body,
                        Err(_) => return response.set_status(Status::InternalServerError),
                    },
                };
                match self.compress((digest, coding), &body).await {
                    Some(small) => small,
                    None => {
                        response.set_sized_body(body.len(), Cursor::new(body));
                        return;
                    }
                }
            }
        };
        response.set_header(Header::new("Content-Encoding", coding.name()));
        let size = small.len();
        response.set_sized_body(size, Cursor::new(small));
        in_one_piece(response, size);
    }

    async fn compress(&self, (digest, coding): (Digest, Coding), body: &[u8]) -> Option<Bytes> {
        let mut small = Vec::with_capacity(body.len() / 4);
        match coding {
            Coding::Brotli => BrotliEncoder::with_quality(Cursor::new(body), LEVEL).read_to_end(&mut small).await.ok()?,
            Coding::Gzip => GzipEncoder::with_quality(Cursor::new(body), LEVEL).read_to_end(&mut small).await.ok()?,
        };
        small.shrink_to_fit();
        let small = Bytes::from(small);
        self.compressed.insert((digest, coding), small.clone());
        Some(small)
    }
}

/// How a body is made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// The smaller of those that are accepted: named, and not refused by a weight of nought. Brotli is for programs: it takes more
    /// memory and time than it saves a person.
    fn of(request: &Request<'_>) -> Option<Self> {
        let accepts = |coding: Self| {
            let mut asked = request.headers().get("Accept-Encoding").flat_map(|value| value.split(','));
            asked.any(|one| {
                let mut parts = one.split(';').map(str::trim);
                let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding.name()));
                named && !parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32)))
            })
        };
        let to_program = request.uri().path().starts_with("/api/");
        [Self::Brotli, Self::Gzip].into_iter().find(|coding| (to_program || *coding == Self::Gzip) && accepts(*coding))
    }

    /// As headers say it.
    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// Hands a body over in as few writes as its size allows, instead of one every 4 KiB.
fn in_one_piece(response: &mut Response<'_>, size: usize) {
    response.set_max_chunk_size(size.clamp(1, CHUNK_BYTES_MAX));
}

/// The digest in an ETag of [`etag`]; nothing in any other.
fn read_etag(tag: &str) -> Option<Digest> {
    let digits = tag.strip_prefix("W/\"")?.strip_suffix('"').filter(|digits| digits.len() == 32)?;
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

/// Weak, since the same page may go out compressed or not.
pub fn etag(digest: &Digest) -> String {
    format!("W/\"{:032x}\"", u128::from_be_bytes(*digest))
}
