//! Passwords: argon2id off the async threads, at most a few at a time, and a rule that asks for
//! length instead of character classes.
//!
//! A passphrase is the same whatever the keyboard: « é » comes as one character or as two, a space as
//! one of a dozen. It is put in one form before it is counted, hashed or compared: the profile
//! OpaqueString of RFC 8265 (other spaces become a space, then NFC), a stable form as NIST SP 800-63B
//! asks for. A compatibility form (NFKC) would make one of « ½ » and « 1/2 », and take away from what
//! a person chose.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

use super::error::Error;

/// OWASP's setting: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Computations at once in each queue: each takes 19 MiB and a core for some 25 ms.
const AT_ONCE: usize = 1;
/// People who may wait in each queue: beyond, the wait would be longer than coming back.
const WAITING_MAX: usize = 16;
/// Shortest password (CNIL, délibération 2022-100: 14 characters need no character classes).
pub const LENGTH_MIN: usize = 14;
/// Longest password, to bound the work of hashing.
pub const LENGTH_MAX: usize = 200;
/// Characters of what is typed that are looked at: a letter may come with its accents apart.
const TYPED_MAX: usize = LENGTH_MAX * 4;

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    known: Arc<Queue>,
    strangers: Arc<Queue>,
    /// Hash of nothing: an unknown user costs the same time as a wrong password.
    decoy: Arc<str>,
}

/// Who waits for a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Somebody signed in, or whose browser signed in before.
    Known,
    /// Anybody: a wave of guesses fills this queue and no other.
    Stranger,
}

struct Queue {
    places: Arc<Semaphore>,
    permits: Semaphore,
}

/// A place in a queue, kept until it is dropped.
pub struct Place {
    queue: Arc<Queue>,
    _place: OwnedSemaphorePermit,
}

/// Why a computation was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The queue is full.
    #[error("trop de mots de passe à vérifier à la fois")]
    Busy,
    /// The machine is out of memory, threads or randomness.
    #[error("{0}")]
    Failed(String),
}

impl From<NotMade> for Error {
    fn from(cause: NotMade) -> Self {
        match cause {
            NotMade::Busy => Self::Busy,
            NotMade::Failed(text) => Self::Internal(text),
        }
    }
}

impl Queue {
    fn new() -> Arc<Self> {
        Arc::new(Self { places: Arc::new(Semaphore::new(AT_ONCE + WAITING_MAX)), permits: Semaphore::new(AT_ONCE) })
    }
}

/// Why a password is refused, for the person who chooses it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Weakness {
    /// Under [`LENGTH_MIN`].
    #[error("Choisissez au moins {LENGTH_MIN} caractères : une phrase de quelques mots convient très bien.")]
    Short,
    /// Over [`LENGTH_MAX`].
    #[error("Choisissez au plus {LENGTH_MAX} caractères.")]
    Long,
    /// In the lists of leaked and usual passwords, or derived from them.
    #[error("Ce mot de passe est trop facile à deviner (mots ou suites très courants, nom ou courriel). Ajoutez des mots sans lien entre eux.")]
    Common,
}

/// What a password is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another one, or of nobody.
    Wrong,
    /// The one.
    Right,
    /// The one, hashed in another form than [`settled`]: to be hashed again.
    RightOld,
}

/// The one form of a password.
fn settled(typed: &str) -> String {
    spaces_as_one(typed).take(TYPED_MAX).nfc().collect()
}

/// Whether two texts are the same password.
pub fn same(one: &str, other: &str) -> bool {
    settled(one) == settled(other)
}

/// Each space of another kind as a space (RFC 8265, 4.2.2).
fn spaces_as_one(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    })
}

/// What `typed` may have been when it was hashed: its one form, then the forms that keyboards gave
/// before there was one. The same number for the same text, whoever the account is.
fn forms(typed: &str) -> Vec<String> {
    let typed: String = typed.chars().take(TYPED_MAX).collect();
    let mut forms = vec![settled(&typed)];
    for old in [typed.clone(), typed.nfc().collect(), typed.nfd().collect()] {
        if !forms.contains(&old) {
            forms.push(old);
        }
    }
    forms
}

/// Says whether `password` may be chosen; `personal` are words to refuse (name, e-mail).
///
/// # Errors
/// The first [`Weakness`] found.
pub fn check(password: &str, personal: &[&str]) -> Result<(), Weakness> {
    let password = settled(password);
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
    if zxcvbn::zxcvbn(&password, &words).score() < zxcvbn::Score::Four {
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
        let decoy = hash_now("il n’y a personne ici")?;
        Ok(Self { known: Queue::new(), strangers: Queue::new(), decoy: decoy.into() })
    }

    /// Takes a place in a queue, at once.
    ///
    /// # Errors
    /// [`NotMade::Busy`]: as many people as may wait are waiting.
    pub fn place(&self, line: Line) -> Result<Place, NotMade> {
        let queue = match line {
            Line::Known => &self.known,
            Line::Stranger => &self.strangers,
        };
        let place = Arc::clone(&queue.places).try_acquire_owned().map_err(|_| NotMade::Busy)?;
        Ok(Place { queue: Arc::clone(queue), _place: place })
    }

    /// Whether `password` is the one of `stored`; without `stored`, [`Verdict::Wrong`] after the same work.
    ///
    /// # Errors
    /// The machine is out of threads.
    pub async fn verify(&self, place: &Place, password: &str, stored: Option<String>) -> Result<Verdict, NotMade> {
        let forms = forms(password);
        let (known, phc) = match stored {
            Some(phc) => (true, phc),
            None => (false, self.decoy.to_string()),
        };
        let found = place
            .compute(move || {
                let parsed = argon2::PasswordHash::new(&phc).ok()?;
                forms.iter().position(|form| Argon2::default().verify_password(form.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(match found.filter(|_| known) {
            None => Verdict::Wrong,
            Some(0) => Verdict::Right,
            Some(_) => Verdict::RightOld,
        })
    }
}

impl Place {
    /// The PHC string of `password`.
    ///
    /// # Errors
    /// The machine is out of memory, threads or randomness.
    pub async fn hash(&self, password: &str) -> Result<String, NotMade> {
        let password = password.to_string();
        self.compute(move || hash_now(&password)).await?.map_err(NotMade::Failed)
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, NotMade> {
        let _permit = self.queue.permits.acquire().await.map_err(|error| NotMade::Failed(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| NotMade::Failed(error.to_string()))
    }
}

/// Hashes on the calling thread: for command lines only.
///
/// # Errors
/// The system has no randomness for a salt.
pub fn hash_now(password: &str) -> Result<String, String> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| error.to_string())?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let phc = argon.hash_password(settled(password).as_bytes()).map_err(|error| error.to_string())?;
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
    fn a_full_queue_refuses_at_once_and_leaves_the_other_free() {
        let passwords = Passwords::new().expect("a test machine has randomness");
        let taken: Vec<Place> = (0..AT_ONCE + WAITING_MAX).map(|_| passwords.place(Line::Stranger).expect("a place")).collect();
        assert!(matches!(passwords.place(Line::Stranger), Err(NotMade::Busy)));
        assert!(passwords.place(Line::Known).is_ok());
        drop(taken);
        assert!(passwords.place(Line::Stranger).is_ok());
    }

    #[test]
    fn every_keyboard_gives_the_same_form() {
        // « été », by one character a letter, then by two; with the spaces of phones and word processors.
        for typed in ["\u{e9}t\u{e9} 1", "e\u{301}te\u{301} 1", "\u{e9}te\u{301}\u{a0}1", "\u{e9}t\u{e9}\u{202f}1", "\u{e9}t\u{e9}\u{3000}1"] {
            assert_eq!(settled(typed), "\u{e9}t\u{e9} 1", "{typed:?}");
        }
        // What looks alike and is not the same stays apart, as do capitals and spaces at the ends.
        for other in ["\u{bd}", "1/2", "\u{fb01}", "fi", "A", "a", " a"] {
            assert_eq!(settled(other), other);
        }
        assert_eq!(forms("plain"), ["plain"], "one form, one computation");
        assert_eq!(forms("\u{e9}"), ["\u{e9}", "e\u{301}"]);
        assert_eq!(forms("e\u{301}\u{a0}"), ["\u{e9} ", "e\u{301}\u{a0}", "\u{e9}\u{a0}"]);
    }

    #[test]
    fn letters_are_counted_once_whatever_their_form() {
        let accents = "e\u{301}".repeat(LENGTH_MAX);
        assert_ne!(check(&accents, &[]), Err(Weakness::Long));
        assert_eq!(check(&"e\u{301}".repeat(LENGTH_MIN - 1), &[]), Err(Weakness::Short));
    }

    #[test]
    fn hashes_are_argon2id_with_the_owasp_setting() {
        let phc = hash_now("colibri trempé").expect("a test machine has randomness");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    }
}
