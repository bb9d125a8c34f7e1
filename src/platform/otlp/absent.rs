//! This program was compiled without an HTTP client: traces stay here.

use super::Otel;

/// No traces.
#[derive(Debug)]
pub struct Traces;

impl Traces {
    /// Refused where traces are asked for: there is nothing to send them with.
    ///
    /// # Errors
    /// One sentence that says what to do.
    pub fn start(settings: &Otel, _: &'static str, _: &'static str) -> Result<Self, String> {
        match settings.place() {
            None => Ok(Self),
            Some(_) => {
                Err("OTEL_EXPORTER_OTLP_ENDPOINT : ce programme a été compilé sans client HTTP, comme celui de la démonstration. Compilez-le \
                            avec la fonction « s3 » ou « oidc », ou retirez ces réglages."
                    .into())
            }
        }
    }

    /// Nothing to end.
    pub async fn stop(self) {}
}

/// Nobody to ask.
///
/// # Errors
/// See [`Traces::start`].
pub async fn check(settings: &Otel) -> Result<bool, String> {
    Traces::start(settings, "", "").map(|_| false)
}
