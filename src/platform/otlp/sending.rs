//! The task that sends spans by lots. What waits is bounded, so is what is tried again, and so is the time that it takes when the program ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Otel;
use super::collector::{Collector, Fate};
use super::wire::written;
use crate::platform::instruments::{Attributes, Span, note_failed, note_sent, open_outlet};

/// Spans of one message at most.
const LOT_MAX: usize = 512;
/// First and last wait before a lot is sent again; each is twice the one before.
const AGAIN_FIRST: Duration = Duration::from_secs(1);
const AGAIN_LAST: Duration = Duration::from_secs(4);
/// Time that the last lots have to leave when the program ends.
const PARTING: Duration = Duration::from_secs(5);

/// The traces of a process, where they are sent.
#[derive(Debug)]
pub struct Traces(Option<(Arc<Notify>, JoinHandle<()>)>);

impl Traces {
    /// Sends them from now on, under the name `service` unless the settings give another, as those of an `environment` (`production`…). Without a
    /// collector in the settings, nothing begins.
    ///
    /// # Errors
    /// What is wrong with the settings, in one sentence.
    pub fn start(settings: &Otel, service: &'static str, environment: &'static str) -> Result<Self, String> {
        let (Some(collector), sampler) = (Collector::new(settings)?, settings.sampler()?) else { return Ok(Self(None)) };
        let Some(spans) = open_outlet(sampler, settings.queue()) else { return Ok(Self(None)) };
        tracing::info!(collector = collector.host, "traces are sent");
        let resource = vec![
            ("service.name", settings.service().map_or_else(|| service.into(), |name| name.to_string().into())),
            ("service.version", env!("CARGO_PKG_VERSION").into()),
            ("service.instance.id", format!("{:032x}", rand::random::<u128>()).into()),
            ("deployment.environment.name", environment.into()),
            ("telemetry.sdk.name", "gardel".into()),
            ("telemetry.sdk.language", "rust".into()),
            ("telemetry.sdk.version", env!("CARGO_PKG_VERSION").into()),
        ];
        let stopping = Arc::new(Notify::new());
        let sending = Sending {
            collector,
            resource,
            spans,
            lot: Vec::new(),
            delay: settings.delay(),
            well: true,
            stopping: Arc::clone(&stopping),
            closing: false,
        };
        Ok(Self(Some((stopping, tokio::spawn(sending.run())))))
    }

    /// Sends what waits, as far as that takes no longer than five seconds.
    pub async fn stop(self) {
        let Some((stopping, mut task)) = self.0 else { return };
        stopping.notify_one();
        if timeout(PARTING, &mut task).await.is_err() {
            task.abort();
            tracing::warn!("the last spans stay behind: their collector takes too long");
        }
    }
}

/// Asks the collector of the settings to take nothing: whether there is one, and it answers.
///
/// # Errors
/// One sentence that says what to look at.
pub async fn check(settings: &Otel) -> Result<bool, String> {
    let Some(collector) = Collector::new(settings)? else { return Ok(false) };
    let host = &collector.host;
    match collector.post(Bytes::from(written(&[("service.name", "gardel".into())], &[]))).await {
        Fate::Taken(_) => Ok(true),
        Fate::Refused(status @ (401 | 403)) => Err(format!("le collecteur {host} refuse l’accès ({status}) : vérifiez OTEL_EXPORTER_OTLP_HEADERS.")),
        Fate::Refused(404) => {
            Err(format!("le collecteur {host} n’a pas cette adresse (404) : OTEL_EXPORTER_OTLP_ENDPOINT s’arrête avant /v1/traces."))
        }
        Fate::Refused(status) => Err(format!("le collecteur {host} répond {status}.")),
        Fate::Mute(_) => Err(format!("le collecteur {host} ne répond pas : vérifiez OTEL_EXPORTER_OTLP_ENDPOINT et le réseau.")),
    }
}

/// What the task holds.
struct Sending {
    collector: Collector,
    resource: Attributes,
    spans: Receiver<Span>,
    lot: Vec<Span>,
    delay: Duration,
    /// Whether the last lot was taken: the log tells what changes.
    well: bool,
    /// Told once, when the program ends: from then on nothing more comes, and nothing is sent a second time.
    stopping: Arc<Notify>,
    closing: bool,
}

impl Sending {
    async fn run(mut self) {
        loop {
            let more = tokio::select! {
                more = fill(&mut self.spans, &mut self.lot, self.delay) => more,
                () = self.stopping.notified(), if !self.closing => {
                    self.close();
                    continue;
                }
            };
            if !self.lot.is_empty() {
                self.send().await;
            }
            if !more {
                return;
            }
        }
    }

    /// Sends a lot, a few times when it may pass later.
    async fn send(&mut self) {
        let count = self.lot.len() as u64;
        let body = Bytes::from(written(&self.resource, &self.lot));
        self.lot.clear();
        let mut wait = AGAIN_FIRST;
        loop {
            let fate = self.collector.post(body.clone()).await;
            self.tell(&fate);
            match fate {
                Fate::Taken(refused) => {
                    let refused = refused.min(count);
                    note_sent(count - refused);
                    return note_failed(refused);
                }
                fate if fate.may_pass() && wait <= AGAIN_LAST && !self.closing => {
                    tokio::select! {
                        () = sleep(wait) => wait *= 2,
                        () = self.stopping.notified() => self.close(),
                    }
                }
                _ => return note_failed(count),
            }
        }
    }

    fn close(&mut self) {
        self.spans.close();
        self.closing = true;
    }

    /// Tells the log of a collector that answers no more, and of one that answers again.
    fn tell(&mut self, fate: &Fate) {
        let well = matches!(fate, Fate::Taken(0));
        match (self.well, well) {
            (true, false) => tracing::warn!(collector = self.collector.host, cause = fate.word(), "traces are not taken"),
            (false, true) => tracing::info!(collector = self.collector.host, "traces are taken again"),
            _ => {}
        }
        self.well = well;
    }
}

/// Waits for a first span, then for others to go with it; `false` once none will come.
async fn fill(spans: &mut Receiver<Span>, lot: &mut Vec<Span>, delay: Duration) -> bool {
    if lot.is_empty() && spans.recv_many(lot, LOT_MAX).await == 0 {
        return false;
    }
    let mut over = std::pin::pin!(sleep(delay));
    while lot.len() < LOT_MAX {
        tokio::select! {
            count = spans.recv_many(lot, LOT_MAX - lot.len()) => {
                if count == 0 {
                    return false;
                }
            }
            () = &mut over => break,
        }
    }
    true
}
