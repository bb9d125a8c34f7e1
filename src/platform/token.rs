//! Secrets: random tokens, their hashes, and the key that signs cursors.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};

use super::vault::Vault;

/// Bytes of a session or invitation token: 256 bits.
const TOKEN_BYTES: usize = 32;
/// Bytes of a signature: the whole of HMAC-SHA-256.
const SIGNATURE_BYTES: usize = 32;
/// How often a server looks for new keys.
pub const REFRESH: Duration = Duration::from_secs(60);
/// Age at which a key begins to sign: every server has read it several times by then.
const ANNOUNCED: Duration = Duration::from_secs(600);

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

/// Bytes as people compare them, and as keys are made: hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

/// What a signature is for: that of one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A place in a list.
    Cursor,
    /// What a confirmation of an action on many rows says.
    Action,
    /// How far a copy is.
    Follow,
    /// The way back from a change.
    Undoing,
    /// A fragment that another server may have kept.
    Fragment,
    /// A sign-in that is under way at the identity provider.
    Elsewhere,
    /// What the identity provider told, before its person says yes.
    Identity,
}

impl Purpose {
    fn code(self) -> &'static [u8] {
        match self {
            Self::Cursor => b"curseur",
            Self::Action => b"action",
            Self::Follow => b"suivi",
            Self::Undoing => b"retour",
            Self::Fragment => b"fragment",
            Self::Elsewhere => b"ailleurs",
            Self::Identity => b"identite",
        }
    }
}

/// A key, by its number.
#[derive(Clone)]
struct Numbered {
    number: u8,
    bytes: Vec<u8>,
    /// Old enough for every server to know it.
    known: bool,
}

/// The keys that sign what travels through a browser. Those of the installation, kept in the database, so that every web
/// server accepts what another has signed. A new one signs once every server had the time to learn it; the one before it
/// still opens what it signed.
#[derive(Clone)]
pub struct SigningKey {
    keys: Arc<RwLock<Vec<Numbered>>>,
    installation: Arc<str>,
    /// What opens them when they are read again.
    vault: Vault,
}

/// Name of the secret that holds the key of a number.
fn secret_name(number: u8) -> String {
    if number == 0 { "signature".into() } else { format!("signature-{number}") }
}

impl SigningKey {
    /// Reads the keys, making the first one when there is none. A server whose role may only read them finds those that
    /// `gardel migrate` made.
    ///
    /// # Errors
    /// The database or the system's randomness failed, or `vault` opens none of them.
    pub async fn load(pool: &PgPool, vault: &Vault) -> Result<Self, sqlx::Error> {
        let there: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM secret WHERE nom LIKE 'signature%') AND EXISTS (SELECT 1 FROM secret WHERE nom = 'installation')",
        )
        .fetch_one(pool)
        .await?;
        if !there {
            Self::begin(pool, vault).await?;
        }
        let installation: Vec<u8> = sqlx::query_scalar("SELECT valeur FROM secret WHERE nom = 'installation'").fetch_one(pool).await?;
        let key = Self { keys: Arc::default(), installation: named(&installation), vault: vault.clone() };
        key.refresh(pool).await?;
        Ok(key)
    }

    /// The keys of a process that signs and opens nothing: a worker has no right to read them.
    pub fn none() -> Self {
        Self { keys: Arc::default(), installation: named(b""), vault: Vault::default() }
    }

    async fn begin(pool: &PgPool, vault: &Vault) -> Result<(), sqlx::Error> {
        let fresh = || random().map_err(|error| sqlx::Error::Configuration(Box::new(error)));
        // The first key of all only: after two new ones it is gone, and does not come back.
        sqlx::query(
            "INSERT INTO secret (nom, valeur) SELECT 'signature', $1 WHERE NOT EXISTS (SELECT 1 FROM secret WHERE nom LIKE 'signature%')
             UNION ALL SELECT 'installation', $2 ON CONFLICT DO NOTHING",
        )
        .bind(vault.seal(&secret_name(0), fresh()?.as_bytes())?)
        .bind(fresh()?.as_bytes())
        .execute(pool)
        .await?;
        Ok(())
    }

    /// Learns the keys that were made since. Called every [`REFRESH`] by whoever serves.
    ///
    /// # Errors
    /// The database failed, or a key cannot be opened: those that were known stay.
    pub async fn refresh(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let rows: Vec<(String, Vec<u8>, bool)> = sqlx::query_as(
            "SELECT nom, valeur, cree_le < now() - make_interval(secs => $1) FROM secret WHERE nom LIKE 'signature%' ORDER BY cree_le, nom",
        )
        .bind(ANNOUNCED.as_secs_f64())
        .fetch_all(pool)
        .await?;
        let number = |name: &str| name.strip_prefix("signature").map(|rest| rest.trim_start_matches('-').parse().unwrap_or(0));
        let mut keys = Vec::with_capacity(rows.len());
        for (name, kept, known) in rows {
            let Some(number) = number(&name) else { continue };
            keys.push(Numbered { number, bytes: self.vault.open(&name, &kept)?, known });
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Makes a new key, and forgets those before the last one: what they signed opens nothing any more. Gives its number;
    /// `None` while the last one is not known everywhere yet: a server could still sign with the one that would go.
    ///
    /// # Errors
    /// The database or the system's randomness failed.
    pub async fn rotate(pool: &PgPool, vault: &Vault) -> Result<Option<u8>, sqlx::Error> {
        let fresh = random().map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
        let mut tx = pool.begin().await?;
        sqlx::query("LOCK TABLE secret IN SHARE ROW EXCLUSIVE MODE").execute(&mut *tx).await?;
        let young: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM secret WHERE nom LIKE 'signature%' AND cree_le >= now() - make_interval(secs => $1))")
                .bind(ANNOUNCED.as_secs_f64())
                .fetch_one(&mut *tx)
                .await?;
        if young {
            return Ok(None);
        }
        let names: Vec<String> =
            sqlx::query_scalar("SELECT nom FROM secret WHERE nom LIKE 'signature%' ORDER BY cree_le DESC, nom DESC").fetch_all(&mut *tx).await?;
        let taken = |number: &u8| names.contains(&secret_name(*number));
        let last: u8 = names.first().map_or(0, |name| name.trim_start_matches("signature").trim_start_matches('-').parse().unwrap_or(0));
        // Numbers come round again: two keys are kept at most, so that one is always free.
        let number = (1..=u8::MAX).map(|step| last.wrapping_add(step)).find(|number| *number != 0 && !taken(number)).unwrap_or(1);
        sqlx::query("DELETE FROM secret WHERE nom LIKE 'signature%' AND nom <> ALL($1)").bind(&names[..names.len().min(1)]).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO secret (nom, valeur, cree_le) VALUES ($1, $2, clock_timestamp())")
            .bind(secret_name(number))
            .bind(vault.seal(&secret_name(number), fresh.as_bytes())?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Some(number))
    }

    /// Puts every key that is in clear, or under an older key of the operator, under the first one of `vault`. Gives how many
    /// were.
    ///
    /// # Errors
    /// The database failed, or a key cannot be opened: nothing was changed.
    pub async fn seal_again(connection: &mut PgConnection, vault: &Vault) -> Result<u64, sqlx::Error> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as("SELECT nom, valeur FROM secret WHERE nom LIKE 'signature%' ORDER BY nom FOR UPDATE").fetch_all(&mut *connection).await?;
        let mut sealed = 0;
        for (name, kept) in rows.into_iter().filter(|(_, kept)| !vault.is_current(kept)) {
            let fresh = vault.seal(&name, &vault.open(&name, &kept)?)?;
            sqlx::query("UPDATE secret SET valeur = $2 WHERE nom = $1").bind(&name).bind(fresh).execute(&mut *connection).await?;
            sealed += 1;
        }
        Ok(sealed)
    }

    /// A key for tests and tools.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let key = Numbered { number: 0, bytes: bytes.to_vec(), known: true };
        Self { keys: Arc::new(RwLock::new(vec![key])), installation: named(bytes), vault: Vault::default() }
    }

    /// A name for this installation, that tells nothing of its secrets and does not follow the keys.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// `payload` and its signature, as text for a URL.
    pub fn sign(&self, purpose: Purpose, payload: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.seal(purpose, b"", payload))
    }

    /// The payload of `text` when its signature is ours, for this purpose.
    pub fn verify(&self, purpose: Purpose, text: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        self.open(purpose, b"", &sealed).map(<[u8]>::to_vec)
    }

    /// The number of a key, the signature of `payload` under the name `about`, then `payload`.
    pub fn seal(&self, purpose: Purpose, about: &[u8], payload: &[u8]) -> Vec<u8> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        // The newest that every server knows; of an installation that has just begun, the only one.
        let Some(key) = keys.iter().rev().find(|key| key.known).or(keys.first()) else { return Vec::new() };
        let mut sealed = Vec::with_capacity(1 + SIGNATURE_BYTES + payload.len());
        sealed.push(key.number);
        sealed.extend_from_slice(&mac(&key.bytes, purpose, about, payload));
        sealed.extend_from_slice(payload);
        sealed
    }

    /// What was sealed for this purpose under this name; `None` when it was not.
    pub fn open<'a>(&self, purpose: Purpose, about: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
        let (number, rest) = sealed.split_first()?;
        let (signature, payload) = rest.split_at_checked(SIGNATURE_BYTES)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.iter().find(|key| key.number == *number)?;
        let expected = mac(&key.bytes, purpose, about, payload);
        bool::from(subtle::ConstantTimeEq::ct_eq(signature, expected.as_slice())).then_some(payload)
    }
}

/// HMAC-SHA-256, whole, of the purpose, the name and the content, each with its length.
fn mac(key: &[u8], purpose: Purpose, about: &[u8], payload: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in [purpose.code(), about] {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.update(payload);
    mac.finalize().into_bytes().to_vec()
}

fn named(secret: &[u8]) -> Arc<str> {
    let digest = Sha256::digest([b"installation".as_slice(), secret].concat());
    URL_SAFE_NO_PAD.encode(&digest[..12]).into()
}

/// Signing keys that are not under the first key of `vault`.
///
/// # Errors
/// The database failed.
pub async fn secrets_elsewhere(pool: &PgPool, vault: &Vault) -> Result<usize, sqlx::Error> {
    let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT valeur FROM secret WHERE nom LIKE 'signature%'").fetch_all(pool).await?;
    Ok(kept.iter().filter(|kept| !vault.is_current(kept)).count())
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
        let signed = key.sign(Purpose::Cursor, b"2026");
        assert_eq!(key.verify(Purpose::Cursor, &signed).as_deref(), Some(&b"2026"[..]));
        for other in [Purpose::Action, Purpose::Undoing, Purpose::Fragment] {
            assert_eq!(key.verify(other, &signed), None, "{other:?}");
        }
        assert_eq!(SigningKey::from_bytes(b"other").verify(Purpose::Cursor, &signed), None);
        for wrong in ["", "AAAA", "é", &signed[..signed.len() - 1], &format!("{signed}A")] {
            assert_eq!(key.verify(Purpose::Cursor, wrong), None, "{wrong}");
        }
        let sealed = key.seal(Purpose::Fragment, b"sejours:1", b"<p>");
        assert_eq!(key.open(Purpose::Fragment, b"sejours:1", &sealed), Some(&b"<p>"[..]));
        assert_eq!(key.open(Purpose::Fragment, b"sejours:2", &sealed), None, "of another key of the cache");
    }

    #[test]
    fn a_key_signs_once_it_is_known_and_the_one_before_still_opens() {
        let keys = |known| {
            let key = |number, bytes: &[u8], known| Numbered { number, bytes: bytes.to_vec(), known };
            let keys = vec![key(3, b"old", true), key(4, b"new", known)];
            SigningKey { keys: Arc::new(RwLock::new(keys)), installation: named(b""), vault: Vault::default() }
        };
        let (announced, known) = (keys(false), keys(true));
        let (before, after) = (announced.sign(Purpose::Cursor, b"x"), known.sign(Purpose::Cursor, b"x"));
        assert_ne!(before, after);
        for key in [&announced, &known] {
            assert!(key.verify(Purpose::Cursor, &before).is_some() && key.verify(Purpose::Cursor, &after).is_some());
        }
    }
}
