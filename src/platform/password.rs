//! Passwords: argon2id off the async threads, at most a few at a time, and a rule that asks for
//! length instead of character classes.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// OWASP's setting: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Computations at once: each takes 19 MiB and a core for some 25 ms.
const AT_ONCE: usize = 2;
/// Shortest password (CNIL, délibération 2022-100: 14 characters need no character classes).
pub const LENGTH_MIN: usize = 14;
/// Longest password, to bound the work of hashing.
pub const LENGTH_MAX: usize = 200;

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// Hash of nothing: an unknown user costs the same time as a wrong password.
    decoy: Arc<str>,
}

/// Why a password is refused, for the person who chooses it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Weakness {
    /// Under [`LENGTH_MIN`].
    #[error("Choisissez au moins {LENGTH_MIN} caractères : une phrase de quelques mots convient très bien.")]
    Short,
    /// Over [`LENGTH_MAX`].
    #[error("Choisissez au plus {LENGTH_MAX} caractères.")]
    Long,
    /// In the lists of leaked and usual passwords, or derived from them.
    #[error("Ce mot de passe est trop facile à deviner (mots ou suites très courants, nom ou courriel). Ajoutez des mots sans lien entre eux.")]
    Common,
}

/// Says whether `password` may be chosen; `personal` are words to refuse (name, e-mail).
///
/// # Errors
/// The first [`Weakness`] found.
pub fn check(password: &str, personal: &[&str]) -> Result<(), Weakness> {
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Err(Weakness::Short);
    }
    if length > LENGTH_MAX {
        return Err(Weakness::Long);
    }
    let mut words: Vec<&str> = personal.iter().flat_map(|text| text.split([' ', '@', '.', '-'])).filter(|word| word.len() > 2).collect();
    words.extend(["gardel", "guadeloupe", "mairie", "commune", "sejour"]);
    // Score 4 is over 10^10 guesses: below it a leaked hash does not hold.
    if zxcvbn::zxcvbn(password, &words).score() < zxcvbn::Score::Four {
        return Err(Weakness::Common);
    }
    Ok(())
}

impl Passwords {
    /// Prepares the hasher.
    ///
    /// # Errors
    /// The system has no randomness for a salt.
    pub fn new() -> Result<Self, String> {
        let decoy = hash_now("il n'y a personne ici")?;
        Ok(Self { permits: Arc::new(Semaphore::new(AT_ONCE)), decoy: decoy.into() })
    }

    /// The PHC string of `password`.
    ///
    /// # Errors
    /// The machine is out of memory, threads or randomness.
    pub async fn hash(&self, password: String) -> Result<String, String> {
        let _permit = self.permits.acquire().await.map_err(|error| error.to_string())?;
        tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(|error| error.to_string())?
    }

    /// Whether `password` is the one of `stored`; without `stored`, false after the same work.
    ///
    /// # Errors
    /// The machine is out of threads.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, String> {
        let _permit = self.permits.acquire().await.map_err(|error| error.to_string())?;
        let (known, phc) = match stored {
            Some(phc) => (true, phc),
            None => (false, self.decoy.to_string()),
        };
        let matches = tokio::task::spawn_blocking(move || {
            argon2::PasswordHash::new(&phc).is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
        .map_err(|error| error.to_string())?;
        Ok(known && matches)
    }
}

/// Hashes on the calling thread: for command lines only.
///
/// # Errors
/// The system has no randomness for a salt.
pub fn hash_now(password: &str) -> Result<String, String> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| error.to_string())?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let phc = argon.hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        assert_eq!(check("court", &[]), Err(Weakness::Short));
        assert_eq!(check(&"x".repeat(201), &[]), Err(Weakness::Long));
        assert_eq!(check("passwordpassword", &[]), Err(Weakness::Common));
        assert_eq!(check("azertyuiopqsdf", &[]), Err(Weakness::Common));
        assert_eq!(check("marlenefessin2026", &["Marlène Fessin", "marlene.fessin@ville.gp"]), Err(Weakness::Common));
        assert_eq!(check("colibri trempé sur la véranda", &[]), Ok(()));
    }

    #[test]
    fn hashes_are_argon2id_with_the_owasp_setting() {
        let phc = hash_now("colibri trempé").expect("a test machine has randomness");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    }
}
