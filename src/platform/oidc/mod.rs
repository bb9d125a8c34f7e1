//! An identity provider that speaks OpenID Connect (ProConnect, or any other): its settings, what it publishes, the
//! exchange of a code, and the checks that a token must pass.
//!
//! Nothing here knows accounts: the room `comptes` decides whom an identity opens. What is published is read over TLS, kept
//! an hour, and never believed beyond the settings: the issuer, the algorithm of the signatures and what is asked are
//! those that the operator wrote.

#[cfg(feature = "oidc")]
mod client;
#[cfg(feature = "oidc")]
mod jetons;
mod reglages;

#[cfg(feature = "oidc")]
pub use client::Provider;
#[cfg(not(feature = "oidc"))]
mod absent;
#[cfg(not(feature = "oidc"))]
pub use absent::Provider;
pub use reglages::{Algorithme, Oidc, Profil, SecretPar};

use serde::{Deserialize, Serialize};

/// What a sign-in that was sent to the provider is compared with when it comes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sent {
    /// The word that comes back in the address.
    pub state: String,
    /// The word that comes back in the token.
    pub nonce: String,
    /// What proves that the code was asked for from here (PKCE, RFC 7636).
    pub verifier: String,
}

/// Whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The directory behind the provider, when it tells (`idp_id` of ProConnect): `sub` is one of its names.
    pub fournisseur: String,
    /// The name of the person at the provider, which never changes and is never given again.
    pub sujet: String,
    /// Their e-mail there; shown, never a proof.
    pub courriel: Option<String>,
    /// The SIRET of their employer there.
    pub siret: Option<String>,
    /// How sure the provider is of them (`acr`).
    pub niveau: Option<String>,
    /// The token itself, which the provider asks back at sign-out.
    pub jeton: String,
}

/// Why a sign-in at the provider does not open anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The provider does not answer, or not in time.
    Away,
    /// What it answers is not what was agreed: another issuer, another key, another algorithm, something missing.
    Wrong,
    /// The code has served, or waited too long.
    Stale,
    /// Its clock or ours is wrong by more than a minute.
    Clock,
    /// It is not sure enough of the person.
    Level,
}
