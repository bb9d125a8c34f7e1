//! Speaking with the provider: discovery, keys, the exchange of a code, the profile.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use moka::sync::Cache;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::jetons::{self, IdClaims, Profile};
use super::{Identity, Oidc, Profil, Refusal, SecretPar, Sent};
use crate::platform::instruments::{Step, step};

/// How long the provider may take to answer, connection and body included.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer at most.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a token that are kept for the sign-out, which puts them in a header and an address.
const TOKEN_BYTES_MAX: usize = 2_000;
/// How long what it publishes is believed.
const KEPT: Duration = Duration::from_secs(3_600);
/// How long after an unknown key made them read again another one does not.
const KEYS_AT_REST: Duration = Duration::from_secs(60);

/// The provider asked, as traces tell it: by no address, which may hold a code.
const ASKED: Step = Step::asked("identity provider", &[("network.protocol.name", "http")]);

/// What the provider publishes of itself.
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
}

/// What is given for a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
}

/// What is said instead.
#[derive(Deserialize)]
struct Trouble {
    error: String,
}

/// The provider of the settings.
#[derive(Clone, Debug)]
pub struct Provider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Oidc,
    /// Where Gardel is opened.
    place: String,
    plain: bool,
    http: Client,
    metadata: Cache<(), Arc<Metadata>>,
    keys: Cache<(), Arc<Vec<Jwk>>>,
    /// Whether an unknown key made them read again less than [`KEYS_AT_REST`] ago.
    at_rest: Cache<(), ()>,
}

fn kept<T: Send + Sync + Clone + 'static>(time: Duration) -> Cache<(), T> {
    Cache::builder().max_capacity(1).time_to_live(time).build()
}

impl Provider {
    /// The provider of `settings`, which leads back to `place` (`https://gardel.ville.gp`).
    ///
    /// # Errors
    /// One sentence: the HTTP client cannot be made.
    pub fn new(settings: &Oidc, place: &str) -> Result<Self, String> {
        crate::platform::tls::install();
        let http = Client::builder()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .user_agent("gardel")
            .build()
            .map_err(|error| format!("oidc : le client HTTP ne se crée pas ({error})."))?;
        Ok(Self(Arc::new(Inner {
            settings: settings.clone(),
            place: place.to_string(),
            plain: place.starts_with("http://"),
            http,
            metadata: kept(KEPT),
            keys: kept(KEPT),
            at_rest: kept(KEYS_AT_REST),
        })))
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.0.settings.nom
    }

    /// Its issuer.
    pub fn issuer(&self) -> &str {
        &self.0.settings.emetteur
    }

    /// Whether it is as sure of the person as the second factor of Gardel would make us.
    pub fn is_strong(&self, identity: &Identity) -> bool {
        identity.niveau.as_ref().is_some_and(|level| self.0.settings.niveaux_forts.contains(level))
    }

    /// Where a browser is sent to sign in.
    ///
    /// # Errors
    /// The provider does not answer, or says it is somebody else.
    pub async fn start(&self, sent: &Sent) -> Result<String, Refusal> {
        let metadata = self.metadata().await?;
        let settings = &self.0.settings;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client)
            .append_pair("redirect_uri", &self.way_back())
            .append_pair("scope", &settings.portee)
            .append_pair("state", &sent.state)
            .append_pair("nonce", &sent.nonce);
        if !settings.niveaux.is_empty() {
            query.append_pair("acr_values", &settings.niveaux.join(" "));
        }
        if settings.pkce {
            query.append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(sent.verifier.as_bytes())));
            query.append_pair("code_challenge_method", "S256");
        }
        Ok(join(&metadata.authorization_endpoint, &query.finish()))
    }

    /// Whom `code` speaks of.
    ///
    /// # Errors
    /// Why nothing opens.
    pub async fn finish(&self, code: &str, sent: &Sent, now: DateTime<Utc>) -> Result<Identity, Refusal> {
        let metadata = self.metadata().await?;
        let settings = &self.0.settings;
        let tokens = self.exchange(&metadata, code, sent).await?;
        let claims: IdClaims = self.signed(&metadata, &tokens.id_token).await?;
        claims.check(&settings.emetteur, &settings.client, &sent.nonce, now)?;
        if !settings.niveaux.is_empty() && !claims.acr.as_ref().is_some_and(|level| settings.niveaux.contains(level)) {
            return Err(Refusal::Level);
        }
        let profile = self.profile(&metadata, &tokens.access_token, now).await?;
        // Another person's profile under a right token (OpenID Connect Core 1.0, §5.3.2).
        if profile.as_ref().is_some_and(|profile| profile.sub != claims.sub) {
            return Err(Refusal::Wrong);
        }
        let profile = profile.unwrap_or_default();
        let fournisseur = profile.idp_id.or(claims.idp_id).unwrap_or_default();
        if !is_name(&claims.sub) || !(fournisseur.is_empty() || is_name(&fournisseur)) {
            tracing::warn!("the identity provider names somebody by more than 255 signs, or by signs that are none");
            return Err(Refusal::Wrong);
        }
        Ok(Identity {
            fournisseur,
            sujet: claims.sub,
            courriel: profile.email.or(claims.email).filter(|text| is_name(text)),
            siret: profile.siret.or(claims.siret).filter(|text| is_name(text)),
            niveau: claims.acr,
            jeton: Some(tokens.id_token).filter(|token| token.len() <= TOKEN_BYTES_MAX).unwrap_or_default(),
        })
    }

    /// Where a browser is sent to sign out there too.
    pub async fn end_of_session(&self, token: &str) -> Option<String> {
        let metadata = self.metadata().await.ok()?;
        let end = metadata.end_session_endpoint.as_ref()?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !token.is_empty() {
            query.append_pair("id_token_hint", token);
        }
        query
            .append_pair("client_id", &self.0.settings.client)
            .append_pair("post_logout_redirect_uri", &format!("{}/connexion/externe/fin", self.0.place))
            .append_pair("state", &URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes())));
        Some(join(end, &query.finish()))
    }

    /// Whether it answers, is who it says it is, and has keys of the right kind: for `gardel check`.
    ///
    /// # Errors
    /// One sentence that says what to look at.
    pub async fn check(&self) -> Result<(), String> {
        let Ok(metadata) = self.metadata().await else {
            return Err(format!(
                "le fournisseur d’identité ne répond pas à {}/.well-known/openid-configuration, ou ne s’y nomme pas ainsi : vérifiez oidc.emetteur et le réseau.",
                self.issuer()
            ));
        };
        let keys = self.keys(&metadata).await.map_err(|_| "le fournisseur d’identité ne donne pas ses clés.".to_string())?;
        if !keys.iter().any(|key| jetons::key_of(std::slice::from_ref(key), None, self.0.settings.algorithme).is_some()) {
            return Err("aucune clé du fournisseur d’identité ne sert à l’algorithme réglé (oidc.algorithme).".into());
        }
        if self.0.settings.profil != Profil::Aucun && metadata.userinfo_endpoint.is_none() {
            return Err("le fournisseur d’identité n’a pas de profil à lire : donnez oidc.profil = \"aucun\".".into());
        }
        Ok(())
    }

    fn way_back(&self) -> String {
        format!("{}/connexion/externe/retour", self.0.place)
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, Refusal> {
        if let Some(metadata) = self.0.metadata.get(&()) {
            return Ok(metadata);
        }
        let place = format!("{}/.well-known/openid-configuration", self.issuer().trim_end_matches('/'));
        let metadata: Metadata = json(&self.published(place).await?)?;
        let addresses = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            Some(&metadata.jwks_uri),
            metadata.userinfo_endpoint.as_ref(),
            metadata.end_session_endpoint.as_ref(),
        ];
        let safe = |address: &String| address.starts_with("https://") || (self.0.plain && address.starts_with("http://"));
        if metadata.issuer != self.issuer() || !addresses.into_iter().flatten().all(safe) {
            tracing::warn!(issuer = cut(&metadata.issuer), "the identity provider names itself otherwise than the settings do, or without TLS");
            return Err(Refusal::Wrong);
        }
        let metadata = Arc::new(metadata);
        self.0.metadata.insert((), metadata.clone());
        Ok(metadata)
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Arc<Vec<Jwk>>, Refusal> {
        let answer = self.published(metadata.jwks_uri.clone()).await?;
        // A key of a kind that nobody here knows does not hide the others.
        let set: serde_json::Value = json(&answer)?;
        let known = set["keys"].as_array().into_iter().flatten().filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok());
        let keys = Arc::new(JwkSet { keys: known.collect() }.keys);
        self.0.keys.insert((), keys.clone());
        Ok(keys)
    }

    /// What the provider publishes at an address.
    async fn published(&self, place: String) -> Result<Vec<u8>, Refusal> {
        match self.answer(self.0.http.get(place)).await? {
            (true, body) => Ok(body),
            (false, _) => Err(Refusal::Away),
        }
    }

    /// What a signed token says. A key that is not known makes the keys read again, once a minute at most: providers
    /// change them without a word.
    async fn signed<T: serde::de::DeserializeOwned + Clone>(&self, metadata: &Metadata, token: &str) -> Result<T, Refusal> {
        let number = jetons::key_number(token)?;
        let algorithm = self.0.settings.algorithme;
        if let Some(keys) = self.0.keys.get(&()) {
            let read = jetons::key_of(&keys, number.as_deref(), algorithm).map(|key| jetons::read(token, key, algorithm));
            // A key may have changed under its number, or have none.
            if let Some(Ok(read)) = read {
                return Ok(read);
            }
            if self.0.at_rest.contains_key(&()) {
                return Err(Refusal::Wrong);
            }
            self.0.at_rest.insert((), ());
        }
        let keys = self.keys(metadata).await?;
        jetons::read(token, jetons::key_of(&keys, number.as_deref(), algorithm).ok_or(Refusal::Wrong)?, algorithm)
    }

    fn exchange_request(&self, metadata: &Metadata, code: &str, sent: &Sent) -> RequestBuilder {
        let settings = &self.0.settings;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code").append_pair("code", code).append_pair("redirect_uri", &self.way_back());
        if settings.pkce {
            form.append_pair("code_verifier", &sent.verifier);
        }
        let mut request = self.0.http.post(&metadata.token_endpoint).header("Accept", "application/json");
        match settings.secret_par {
            SecretPar::Corps => {
                form.append_pair("client_id", &settings.client).append_pair("client_secret", &settings.secret);
            }
            SecretPar::Entete => {
                // Each is encoded before the two are joined (RFC 6749, §2.3.1).
                let coded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                let pair = STANDARD.encode(format!("{}:{}", coded(&settings.client), coded(&settings.secret)));
                request = request.header("Authorization", format!("Basic {pair}"));
            }
        }
        request.header("Content-Type", "application/x-www-form-urlencoded").body(form.finish())
    }

    async fn exchange(&self, metadata: &Metadata, code: &str, sent: &Sent) -> Result<Tokens, Refusal> {
        let request = self.exchange_request(metadata, code, sent);
        let (right, body) = self.answer(request).await?;
        if right {
            return json(&body);
        }
        let trouble = json::<Trouble>(&body).map_or_else(|_| "?".to_string(), |trouble| trouble.error);
        tracing::warn!(error = cut(&trouble), "the identity provider refuses a code");
        Err(if trouble == "invalid_grant" { Refusal::Stale } else { Refusal::Wrong })
    }

    async fn profile(&self, metadata: &Metadata, access: &str, now: DateTime<Utc>) -> Result<Option<Profile>, Refusal> {
        let settings = &self.0.settings;
        if settings.profil == Profil::Aucun {
            return Ok(None);
        }
        let place = metadata.userinfo_endpoint.as_ref().ok_or(Refusal::Wrong)?;
        let (right, body) = self.answer(self.0.http.get(place).bearer_auth(access)).await?;
        if !right {
            return Err(Refusal::Wrong);
        }
        if settings.profil == Profil::Json {
            return json(&body).map(Some);
        }
        let token = std::str::from_utf8(&body).map_err(|_| Refusal::Wrong)?.trim();
        let profile: Profile = self.signed(metadata, token).await?;
        profile.check_signed(&settings.emetteur, &settings.client, now)?;
        Ok(Some(profile))
    }

    /// Whether an answer is a success, and its body. The provider is away when it is mute, slow, broken or endless.
    async fn answer(&self, request: RequestBuilder) -> Result<(bool, Vec<u8>), Refusal> {
        let away = |error: reqwest::Error| {
            tracing::warn!(error = %error.without_url(), "the identity provider does not answer");
            Refusal::Away
        };
        let mut response = step(ASKED, Result::is_err, request.send()).await.map_err(away)?;
        if response.status().is_server_error() {
            tracing::warn!(status = response.status().as_u16(), "the identity provider is broken");
            return Err(Refusal::Away);
        }
        let right = response.status().is_success();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(away)? {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(Refusal::Wrong);
            }
            body.extend_from_slice(&part);
        }
        Ok((right, body))
    }
}

/// Whether a text of the provider may be kept and shown: OpenID Connect gives names 255 signs.
fn is_name(text: &str) -> bool {
    // Marks of direction would show another text than the one that is kept.
    let hidden = |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !text.is_empty() && text.chars().count() <= 255 && !text.chars().any(hidden)
}

/// The beginning of what the provider says of its trouble, for the log.
fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

fn join(address: &str, query: &str) -> String {
    format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' })
}

fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        tracing::warn!(%error, "the identity provider answers something else");
        Refusal::Wrong
    })
}
