//! This program was compiled without an HTTP client: nobody signs in elsewhere.

use chrono::{DateTime, Utc};

use super::{Identity, Oidc, Refusal, Sent};

/// No provider.
#[derive(Clone, Debug)]
pub struct Provider;

impl Provider {
    /// Refused: there is nothing to speak with.
    ///
    /// # Errors
    /// One sentence that says what to do.
    pub fn new(_: &Oidc, _: &str) -> Result<Self, String> {
        Err("oidc : ce programme a été compilé sans la fonction « oidc », comme celui de la démonstration. Compilez-le avec elle, ou retirez ces réglages.".into())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        ""
    }

    /// Its issuer.
    pub fn issuer(&self) -> &str {
        ""
    }

    /// Never.
    pub fn is_strong(&self, _: &Identity) -> bool {
        false
    }

    /// Never.
    ///
    /// # Errors
    /// Always.
    pub async fn start(&self, _: &Sent) -> Result<String, Refusal> {
        Err(Refusal::Away)
    }

    /// Never.
    ///
    /// # Errors
    /// Always.
    pub async fn finish(&self, _: &str, _: &Sent, _: DateTime<Utc>) -> Result<Identity, Refusal> {
        Err(Refusal::Away)
    }

    /// Never.
    pub async fn end_of_session(&self, _: &str) -> Option<String> {
        None
    }

    /// Never.
    ///
    /// # Errors
    /// Always.
    pub async fn check(&self) -> Result<(), String> {
        Err(String::new())
    }
}
