//! The collector: what is sent to it over HTTP, and what it says of that.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;

use super::Otel;
use super::wire::refused;

/// Longest wait for its door to open.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The statuses that may pass later (OTLP, « OTLP/HTTP Response »).
const LATER: [u16; 4] = [429, 502, 503, 504];

/// What became of what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was taken, but for so many spans.
    Taken(u64),
    /// It was refused with that status.
    Refused(u16),
    /// Nobody answered, or not in time.
    Mute(String),
}

impl Fate {
    /// Whether the same may be taken later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Taken(_) => false,
            Self::Refused(status) => LATER.contains(status),
            Self::Mute(_) => true,
        }
    }

    /// It in a word, for the log.
    pub fn word(&self) -> String {
        match self {
            Self::Taken(refused) => format!("taken but for {refused}"),
            Self::Refused(status) => format!("status {status}"),
            Self::Mute(cause) => cause.clone(),
        }
    }
}

/// The collector of the settings.
#[derive(Debug)]
pub(super) struct Collector {
    http: Client,
    url: String,
    /// Its machine: what messages may name.
    pub host: String,
}

impl Collector {
    /// The one that the settings name; nothing when they name none.
    pub fn new(settings: &Otel) -> Result<Option<Self>, String> {
        let Some(place) = settings.place().transpose()? else { return Ok(None) };
        crate::platform::tls::install();
        let mut headers = HeaderMap::new();
        for (name, value) in settings.headers().pairs()? {
            let wrong = || format!("OTEL_EXPORTER_OTLP_HEADERS : l’en-tête « {name} » n’en est pas un.");
            let mut value = HeaderValue::from_str(&value).map_err(|_| wrong())?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let http = Client::builder()
            // What opens the collector goes to it and to nobody else.
            .redirect(Policy::none())
            .connect_timeout(CONNECTION_TIMEOUT)
            .timeout(settings.timeout())
            .user_agent(concat!("gardel/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .build()
            .map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT : le client HTTP ne se crée pas ({error})."))?;
        Ok(Some(Self { http, url: place.url, host: place.host }))
    }

    /// Sends a message.
    pub async fn post(&self, body: Bytes) -> Fate {
        let mute = |error: reqwest::Error| Fate::Mute(error.without_url().to_string());
        let mut answer = match self.http.post(&self.url).body(body).send().await {
            Ok(answer) => answer,
            Err(error) => return mute(error),
        };
        if !answer.status().is_success() {
            return Fate::Refused(answer.status().as_u16());
        }
        let mut read = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(part)) if read.len() + part.len() <= ANSWER_BYTES_MAX => read.extend_from_slice(&part),
                // It was taken: what is said beyond is not waited for.
                Ok(_) | Err(_) => return Fate::Taken(refused(&read)),
            }
        }
    }
}
