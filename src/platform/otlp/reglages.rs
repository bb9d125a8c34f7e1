//! The settings of traces, by the names that OpenTelemetry gives them: `OTEL_EXPORTER_OTLP_ENDPOINT`…, or the section `gardel.otel`.

use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer};

use super::adresse::Place;
use crate::platform::instruments::Sampler;

/// The variables of the environment that are read: `OTEL_X` is `gardel.otel.x`. Those of other programs that stand beside them are left alone.
pub const VARIABLES: [&str; 10] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
];
/// The one protocol that is spoken.
const PROTOCOL: &str = "http/protobuf";
/// The path of traces under the address of a collector.
const PATH: &str = "/v1/traces";
/// Spans that may wait, at most: some hundreds of bytes each.
const QUEUE_MAX: usize = 100_000;

/// Where traces go, and which of them. Without an address nothing is sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Otel {
    /// Address of a collector: traces go to `/v1/traces` under it.
    #[serde(deserialize_with = "text")]
    exporter_otlp_endpoint: Option<String>,
    /// The whole address for traces, before the other.
    #[serde(deserialize_with = "text")]
    exporter_otlp_traces_endpoint: Option<String>,
    /// What the collector asks of who sends.
    exporter_otlp_headers: Headers,
    /// `http/protobuf`.
    #[serde(deserialize_with = "text")]
    exporter_otlp_protocol: Option<String>,
    /// Milliseconds that the collector has to answer.
    exporter_otlp_timeout: Option<u64>,
    /// What this program is called there.
    #[serde(deserialize_with = "text")]
    service_name: Option<String>,
    /// A word of [`Sampler::read`].
    #[serde(deserialize_with = "text")]
    traces_sampler: Option<String>,
    /// Its ratio.
    #[serde(deserialize_with = "text")]
    traces_sampler_arg: Option<String>,
    /// Spans that may wait to be sent.
    bsp_max_queue_size: Option<usize>,
    /// Milliseconds that one waits for others.
    bsp_schedule_delay: Option<u64>,
}

/// Headers that go with what is sent: `name=value`, separated by commas. They open the collector: nothing shows them.
#[derive(Clone, Default)]
pub struct Headers(String);

impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "none" } else { "…" })
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(text(deserializer)?.unwrap_or_default()))
    }
}

impl Headers {
    fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Each name with its value. What is wrong is told without them.
    pub(super) fn pairs(&self) -> Result<Vec<(String, String)>, String> {
        let each = self.0.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        let read = each.map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (name.trim(), percent_decode_str(value.trim()).decode_utf8().ok()?);
            let is_name = !name.is_empty() && name.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&sign));
            let is_value = value.bytes().all(|sign| sign == b' ' || sign.is_ascii_graphic());
            (is_name && is_value).then(|| (name.to_string(), value.to_string()))
        });
        read.collect::<Option<_>>().ok_or_else(|| {
            "OTEL_EXPORTER_OTLP_HEADERS doit être fait de nom=valeur séparés par des virgules (une virgule dans une valeur s’écrit %2C).".into()
        })
    }
}

impl Otel {
    /// What may be shown of them, by the names of the environment. Addresses are as they were given, and headers do not show.
    pub(in crate::platform) fn told(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &self.exporter_otlp_endpoint),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &self.exporter_otlp_traces_endpoint),
            ("OTEL_SERVICE_NAME", &self.service_name),
            ("OTEL_TRACES_SAMPLER", &self.traces_sampler),
            ("OTEL_TRACES_SAMPLER_ARG", &self.traces_sampler_arg),
        ];
        texts.into_iter().filter_map(|(name, text)| Some((name, given(text)?.to_string()))).collect()
    }

    /// What opens the collector: never shown.
    pub(in crate::platform) fn keys(&self) -> Vec<String> {
        let whole = (!self.exporter_otlp_headers.is_empty()).then(|| self.exporter_otlp_headers.0.clone());
        let each = self.exporter_otlp_headers.pairs().unwrap_or_default().into_iter().map(|(_, value)| value);
        whole.into_iter().chain(each).collect()
    }

    /// What is wrong with them, in one sentence; nothing when no trace is asked for.
    pub(in crate::platform) fn fault(&self) -> Option<String> {
        self.checked().err()
    }

    fn checked(&self) -> Result<(), String> {
        let Some(place) = self.place() else { return Ok(()) };
        let (place, headers) = (place?, self.exporter_otlp_headers.pairs()?);
        if place.open && !headers.is_empty() {
            return Err("OTEL_EXPORTER_OTLP_HEADERS passerait en clair par le réseau : donnez une adresse en https://, ou un collecteur de cette \
                        machine."
                .into());
        }
        if let Some(other) = given(&self.exporter_otlp_protocol).filter(|protocol| *protocol != PROTOCOL) {
            return Err(format!(
                "OTEL_EXPORTER_OTLP_PROTOCOL (« {other} ») n’est pas pris en charge : donnez {PROTOCOL}, sur le port 4318 d’un collecteur."
            ));
        }
        self.sampler()?;
        if !(1..=QUEUE_MAX).contains(&self.queue()) {
            return Err(format!("OTEL_BSP_MAX_QUEUE_SIZE doit être compris entre 1 et {QUEUE_MAX}."));
        }
        let bounded = [(self.timeout(), "OTEL_EXPORTER_OTLP_TIMEOUT"), (self.delay(), "OTEL_BSP_SCHEDULE_DELAY")];
        match bounded.iter().find(|(time, _)| !(1..=60_000).contains(&time.as_millis())) {
            Some((_, name)) => Err(format!("{name} doit être compris entre 1 et 60000 millisecondes.")),
            None => Ok(()),
        }
    }

    /// Where traces go; nothing when nowhere.
    pub(super) fn place(&self) -> Option<Result<Place, String>> {
        let whole = given(&self.exporter_otlp_traces_endpoint).map(|address| Place::read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", address, ""));
        whole.or_else(|| Some(Place::read("OTEL_EXPORTER_OTLP_ENDPOINT", given(&self.exporter_otlp_endpoint)?, PATH)))
    }

    /// Which traces are sent.
    pub(super) fn sampler(&self) -> Result<Sampler, String> {
        Sampler::read(given(&self.traces_sampler), given(&self.traces_sampler_arg))
    }

    /// See [`Headers`].
    pub(super) fn headers(&self) -> &Headers {
        &self.exporter_otlp_headers
    }

    /// What this program is called.
    pub(super) fn service(&self) -> Option<&str> {
        given(&self.service_name)
    }

    /// Spans that may wait.
    pub(super) fn queue(&self) -> usize {
        self.bsp_max_queue_size.unwrap_or(2_048)
    }

    /// How long the collector has to answer.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.exporter_otlp_timeout.unwrap_or(10_000))
    }

    /// How long a span waits for others.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(self.bsp_schedule_delay.unwrap_or(5_000))
    }
}

/// A variable that is empty is not set (OpenTelemetry, « Environment Variable Specification »).
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// A text, that of a number too: the environment does not tell them apart.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Text(String),
        Whole(i64),
        Real(f64),
        Switch(bool),
    }
    Ok(Option::<Scalar>::deserialize(deserializer)?.map(|scalar| match scalar {
        Scalar::Text(text) => text,
        Scalar::Whole(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
        Scalar::Switch(on) => on.to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(settings: serde_json::Value) -> Otel {
        serde_json::from_value(settings).expect("settings")
    }

    #[test]
    fn without_an_address_nothing_is_looked_at() {
        for settings in [serde_json::json!({}), serde_json::json!({"exporter_otlp_endpoint": " ", "traces_sampler": "parfois", "service_name": 12})] {
            let otel = of(settings);
            assert!(otel.place().is_none() && otel.fault().is_none());
        }
    }

    #[test]
    fn faults_are_told_in_one_sentence_without_the_secret() {
        let here = "http://127.0.0.1:4318";
        for (settings, words) in [
            (serde_json::json!({"exporter_otlp_endpoint": "collecteur:4318"}), "OTEL_EXPORTER_OTLP_ENDPOINT doit commencer"),
            (serde_json::json!({"exporter_otlp_traces_endpoint": "x", "exporter_otlp_endpoint": here}), "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "exporter_otlp_headers": "motsecret"}), "nom=valeur"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "exporter_otlp_headers": "a b=motsecret"}), "nom=valeur"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "exporter_otlp_headers": "a=mot%0asecret"}), "nom=valeur"),
            (serde_json::json!({"exporter_otlp_endpoint": "http://collecteur", "exporter_otlp_headers": "a=motsecret"}), "passerait en clair"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "exporter_otlp_protocol": "grpc"}), "http/protobuf"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "traces_sampler": "parfois"}), "OTEL_TRACES_SAMPLER"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "traces_sampler": "traceidratio", "traces_sampler_arg": 2}), "entre 0 et 1"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "bsp_max_queue_size": 0}), "OTEL_BSP_MAX_QUEUE_SIZE"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "bsp_schedule_delay": 0}), "OTEL_BSP_SCHEDULE_DELAY"),
            (serde_json::json!({"exporter_otlp_endpoint": here, "exporter_otlp_timeout": 3_600_000}), "OTEL_EXPORTER_OTLP_TIMEOUT"),
        ] {
            let sentence = of(settings.clone()).fault().unwrap_or_else(|| panic!("{settings}"));
            assert!(sentence.contains(words) && !sentence.contains("secret") && sentence.lines().count() == 1, "{settings}: {sentence}");
        }
    }

    #[test]
    fn what_opens_the_collector_is_not_shown() {
        let otel = of(serde_json::json!({
            "exporter_otlp_endpoint": "https://traces.ville.gp", "exporter_otlp_headers": "Authorization=Bearer%20motsecret, x-cle = a%2Cb",
            "traces_sampler": "parentbased_traceidratio", "traces_sampler_arg": 0.25, "exporter_otlp_protocol": "http/protobuf",
        }));
        assert_eq!(otel.fault(), None);
        let pairs = otel.headers().pairs().expect("pairs");
        assert_eq!(pairs, [("Authorization".into(), "Bearer motsecret".into()), ("x-cle".into(), "a,b".into())]);
        assert!(!format!("{otel:?}").contains("secret"), "{otel:?}");
        assert_eq!(otel.place().expect("an address").expect("right").url, "https://traces.ville.gp/v1/traces");
    }
}
