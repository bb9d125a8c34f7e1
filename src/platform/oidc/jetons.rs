//! The tokens of the provider: their signature, checked by the cryptography that TLS uses already, and what they say.

use std::sync::Once;

use chrono::{DateTime, Utc};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey, Validation};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use signature::Verifier;

use super::{Algorithme, Refusal};

/// Seconds by which two clocks may differ.
const LEEWAY_SECONDS: i64 = 60;

/// Whether a token made at `iat` and worth something until `exp` is of now.
fn of_now(iat: i64, exp: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
    let now = now.timestamp();
    if iat > now.saturating_add(LEEWAY_SECONDS) || exp < now.saturating_sub(LEEWAY_SECONDS) {
        return Err(Refusal::Clock);
    }
    Ok(())
}

/// One value or several: `aud` may be either.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Several {
    One(String),
    Many(Vec<String>),
}

impl Several {
    fn is_only(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.len() == 1 && many[0] == name,
        }
    }

    fn holds(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// What the token of a sign-in says.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct IdClaims {
    iss: String,
    aud: Several,
    azp: Option<String>,
    pub(super) sub: String,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    pub(super) acr: Option<String>,
    pub(super) email: Option<String>,
    pub(super) siret: Option<String>,
    pub(super) idp_id: Option<String>,
}

impl IdClaims {
    /// Every check of OpenID Connect Core 1.0, §3.1.3.7, that is not the signature's.
    pub(super) fn check(&self, issuer: &str, client: &str, nonce: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let ours = self.aud.holds(client) && (self.aud.is_only(client) || self.azp.is_some());
        let asked = self.azp.as_deref().is_none_or(|azp| azp == client);
        let same = self.nonce.as_deref().is_some_and(|given| bool::from(subtle::ConstantTimeEq::ct_eq(given.as_bytes(), nonce.as_bytes())));
        if self.iss != issuer || !ours || !asked || !same || self.sub.is_empty() {
            return Err(Refusal::Wrong);
        }
        of_now(self.iat, self.exp, now)
    }
}

/// What the provider knows of the person.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Profile {
    pub(super) sub: String,
    pub(super) email: Option<String>,
    pub(super) siret: Option<String>,
    pub(super) idp_id: Option<String>,
    iss: Option<String>,
    aud: Option<Several>,
    exp: Option<i64>,
    iat: Option<i64>,
}

impl Profile {
    /// The checks of a profile that came signed: it is of this provider, for this client, and of now where it says so.
    pub(super) fn check_signed(&self, issuer: &str, client: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.iss.as_deref() != Some(issuer) || !self.aud.as_ref().is_some_and(|aud| aud.holds(client)) {
            return Err(Refusal::Wrong);
        }
        let moment = now.timestamp();
        of_now(self.iat.unwrap_or(moment), self.exp.unwrap_or(moment), now)
    }
}

/// The number of the key that a token says it was signed with.
pub(super) fn key_number(token: &str) -> Result<Option<String>, Refusal> {
    install();
    Ok(jsonwebtoken::decode_header(token).map_err(|_| Refusal::Wrong)?.kid)
}

/// The key of `keys` that a token was signed with: by its number, or the only one of its kind when it tells none.
pub(super) fn key_of<'a>(keys: &'a [Jwk], number: Option<&str>, algorithm: Algorithme) -> Option<&'a Jwk> {
    let mut fit = keys.iter().filter(|key| fits(key, algorithm));
    match number {
        Some(number) => fit.find(|key| key.common.key_id.as_deref() == Some(number)),
        None => fit.next().filter(|_| fit.next().is_none()),
    }
}

fn fits(key: &Jwk, algorithm: Algorithme) -> bool {
    let signs = key.common.public_key_use.as_ref().is_none_or(|usage| *usage == jsonwebtoken::jwk::PublicKeyUse::Signature);
    signs
        && match (&key.algorithm, algorithm) {
            (AlgorithmParameters::RSA(_), Algorithme::RS256) => true,
            (AlgorithmParameters::EllipticCurve(curve), Algorithme::ES256) => curve.curve == EllipticCurve::P256,
            _ => false,
        }
}

/// What a token says, once its signature by `key` was found right. The algorithm is the one of the settings: what the
/// token says of itself is compared with it, never followed.
pub(super) fn read<T: DeserializeOwned + Clone>(token: &str, key: &Jwk, algorithm: Algorithme) -> Result<T, Refusal> {
    install();
    let mut validation = Validation::new(match algorithm {
        Algorithme::RS256 => Algorithm::RS256,
        Algorithme::ES256 => Algorithm::ES256,
    });
    // What the token says is looked at by [`IdClaims::check`], by the clock of the program.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(key).map_err(|_| Refusal::Wrong)?;
    jsonwebtoken::decode::<T>(token, &key, &validation).map(|data| data.claims).map_err(|error| {
        tracing::warn!(%error, "a token of the identity provider is refused");
        Refusal::Wrong
    })
}

/// ring, which TLS and signatures of S3 use already, does the arithmetic.
fn install() {
    static ONCE: Once = Once::new();
    static PROVIDER: CryptoProvider =
        CryptoProvider { signer_factory: no_signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };
    ONCE.call_once(|| {
        // Nobody else installs one.
        let _done = PROVIDER.install_default();
    });
}

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>, JwtError> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, JwtError> {
    match algorithm {
        Algorithm::RS256 | Algorithm::ES256 => Ok(Box::new(ByRing(*algorithm, key.clone()))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct ByRing(Algorithm, DecodingKey);

impl Verifier<Vec<u8>> for ByRing {
    fn verify(&self, message: &[u8], given: &Vec<u8>) -> Result<(), signature::Error> {
        let right = match (self.0, self.1.kind()) {
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, given)
            }
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, given),
            _ => return Err(signature::Error::new()),
        };
        right.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for ByRing {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}
