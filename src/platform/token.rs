//! Secrets: random tokens, their hashes, and the key that signs cursors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

/// Bytes of a session or invitation token: 256 bits.
const TOKEN_BYTES: usize = 32;
/// Bytes of signature in a cursor: enough to refuse forgery, short enough for a URL.
const SIGNATURE_BYTES: usize = 12;

/// A fresh random token, as text for a cookie or a link.
///
/// # Errors
/// The system has no randomness to give.
pub fn random() -> Result<String, rand::rand_core::OsError> {
    let mut bytes = [0u8; TOKEN_BYTES];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a token: its SHA-256.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The key that signs what travels through a browser. One for the installation, kept in the
/// database, so that every web server accepts what another has signed.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads the key, making it the first time.
    ///
    /// # Errors
    /// The database or the system's randomness failed.
    pub async fn load(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let fresh = random().map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
        let key = sqlx::query_scalar(
            "WITH ajout AS (INSERT INTO secret (nom, valeur) VALUES ('signature', $1) ON CONFLICT DO NOTHING RETURNING valeur)
             SELECT valeur FROM ajout UNION ALL SELECT valeur FROM secret WHERE nom = 'signature' LIMIT 1",
        )
        .bind(fresh.as_bytes())
        .fetch_one(pool)
        .await?;
        Ok(Self(key))
    }

    /// A key for tests and tools.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// A name for this installation, that tells nothing of the key.
    pub fn installation(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(b"installation"))
    }

    /// `payload` and its signature, as text for a URL.
    pub fn sign(&self, payload: &[u8]) -> String {
        let mut signed = self.mac(payload);
        signed.extend_from_slice(payload);
        URL_SAFE_NO_PAD.encode(signed)
    }

    /// The payload of `text` when its signature is ours.
    pub fn verify(&self, text: &str) -> Option<Vec<u8>> {
        let signed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (signature, payload) = signed.split_at_checked(SIGNATURE_BYTES)?;
        let expected = self.mac(payload);
        bool::from(subtle::ConstantTimeEq::ct_eq(signature, expected.as_slice())).then(|| payload.to_vec())
    }

    fn mac(&self, payload: &[u8]) -> Vec<u8> {
        // HMAC takes keys of any length, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Vec::new() };
        mac.update(payload);
        mac.finalize().into_bytes()[..SIGNATURE_BYTES].to_vec()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_checked() {
        let key = SigningKey::from_bytes(b"k");
        let signed = key.sign(b"2026");
        assert_eq!(key.verify(&signed).as_deref(), Some(&b"2026"[..]));
        assert_eq!(SigningKey::from_bytes(b"other").verify(&signed), None);
        assert_eq!(key.verify("AAAA"), None);
        assert_eq!(key.verify("é"), None);
    }
}
