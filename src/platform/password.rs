//! Passwords: argon2id off the async threads, at most a few at a time, and a rule that asks for
//! length instead of character classes.
//!
//! A passphrase is the same whatever the keyboard: « é » comes as one character or as two, a space as
//! one of a dozen. It is put in one form before it is counted, hashed or compared: the profile
//! OpaqueString of RFC 8265 (other spaces become a space, then NFC), a stable form as NIST SP 800-63B
//! asks for. A compatibility form (NFKC) would make one of « ½ » and « 1/2 », and take away from what
//! a person chose.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

use super::error::Error;

/// OWASP's setting: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// The passwords that French people choose most, which the dictionary of zxcvbn, mostly English, does not know.
static FRENCH: &str = include_str!("../../data/mots-de-passe.txt");
/// Signs that stand for letters.
const DISGUISES: &str = "0123456789@({[<!|$+%";
/// Kinds of them that are tried.
const DISGUISES_MAX: usize = 4;
/// Letters and digits that a password has at least, beside the words that anybody would try on its person.
const BESIDE_MIN: usize = 8;
/// Bytes of the digest of a code.
const DIGEST_BYTES: usize = 32;
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
    /// The one, hashed in another form than [`settled`] or with other settings than ours: to be hashed again.
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

/// Says whether what is `typed` may be chosen; `personal` are words to refuse (name, e-mail).
///
/// # Errors
/// The first [`Weakness`] found.
pub fn check(typed: &str, personal: &[&str]) -> Result<(), Weakness> {
    let password = settled(typed);
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Err(Weakness::Short);
    }
    if length > LENGTH_MAX || typed.chars().nth(TYPED_MAX).is_some() {
        return Err(Weakness::Long);
    }
    let mut words: Vec<&str> =
        personal.iter().flat_map(|text| text.split([' ', '@', '.', '-', ',', '\'', '’'])).filter(|word| word.len() > 2).collect();
    words.extend(["gardel", "guadeloupe", "mairie", "commune", "sejour", "taxe", "logement", "hebergeur"]);
    // Several words make a long estimate, even when anybody would try them first.
    if beside(&password, &words) < BESIDE_MIN {
        return Err(Weakness::Common);
    }
    if is_usual(&password) {
        return Err(Weakness::Common);
    }
    // Score 4 is over 10^10 guesses: below it a leaked hash does not hold.
    if zxcvbn::zxcvbn(&fewer_disguises(&password), &words).score() < zxcvbn::Score::Four {
        return Err(Weakness::Common);
    }
    Ok(())
}

/// One or two of the passwords that French people choose most, whatever digits and signs are put around them.
fn is_usual(password: &str) -> bool {
    static USUAL: LazyLock<HashSet<&str>> = LazyLock::new(|| FRENCH.lines().filter(|line| !line.starts_with('#')).collect());
    let lower = password.to_lowercase();
    let letters = lower.trim_matches(|c: char| !c.is_alphabetic());
    let parts = letters.char_indices().skip(1).map(|(place, _)| letters.split_at(place));
    USUAL.contains(letters)
        || parts.into_iter().any(|(one, other)| USUAL.contains(one) && USUAL.contains(other.trim_start_matches([' ', '-', '_', '.'])))
}

/// The same text with few kinds of the signs that stand for letters (`4` for `a`): zxcvbn tries every reading of them, which
/// takes seconds when there are twenty. What replaces the others stands for nothing.
fn fewer_disguises(password: &str) -> String {
    let mut kinds: Vec<char> = Vec::new();
    let mut kept = |c: char| {
        if !DISGUISES.contains(c) || kinds.contains(&c) {
            return c;
        }
        kinds.push(c);
        if kinds.len() > DISGUISES_MAX {
            kinds.pop();
            return '¤';
        }
        c
    };
    password.chars().map(&mut kept).collect()
}

/// Letters and digits of `password` that are left when `words` are taken out of it, whatever their accents and capitals.
fn beside(password: &str, words: &[&str]) -> usize {
    let plain = |text: &str| text.nfd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let mut words: Vec<String> = words.iter().map(|word| plain(word)).filter(|word| word.chars().count() > 2).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.iter().fold(plain(password), |left, word| left.replace(word.as_str(), "")).chars().count()
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
        // Nobody's: what is beyond the limit of a password is not left out to see whether the rest is right.
        let whole = password.chars().nth(TYPED_MAX).is_none();
        let (known, phc) = match stored.filter(|_| whole) {
            Some(phc) => (true, phc),
            None => (false, self.decoy.to_string()),
        };
        let current = phc.starts_with(&settings());
        let found = place
            .compute(move || {
                let parsed = argon2::PasswordHash::new(&phc).ok()?;
                forms.iter().position(|form| Argon2::default().verify_password(form.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(match found.filter(|_| known) {
            None => Verdict::Wrong,
            Some(0) if current => Verdict::Right,
            Some(_) => Verdict::RightOld,
        })
    }
}

impl Place {
    /// Whether `typed` may be chosen: see [`check`].
    ///
    /// # Errors
    /// The machine is out of threads.
    pub async fn check(&self, typed: &str, personal: &[&str]) -> Result<Result<(), Weakness>, NotMade> {
        let (typed, personal) = (typed.to_string(), personal.iter().map(ToString::to_string).collect::<Vec<_>>());
        self.compute(move || check(&typed, &personal.iter().map(String::as_str).collect::<Vec<_>>())).await
    }

    /// The PHC string of `password`.
    ///
    /// # Errors
    /// The machine is out of memory, threads or randomness.
    pub async fn hash(&self, password: &str) -> Result<String, NotMade> {
        let password = password.to_string();
        self.compute(move || hash_now(&password)).await?.map_err(NotMade::Failed)
    }

    /// The digests of codes too short for a plain hash (argon2id, the setting of passwords), under one salt: whoever types
    /// one is found among them by one computation.
    ///
    /// # Errors
    /// The machine is out of memory or threads.
    pub async fn derive(&self, texts: Vec<String>, salt: Vec<u8>) -> Result<Vec<Vec<u8>>, NotMade> {
        self.compute(move || texts.iter().map(|text| derive_now(text, &salt)).collect::<Result<Vec<_>, _>>()).await?.map_err(NotMade::Failed)
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, NotMade> {
        let _permit = self.queue.permits.acquire().await.map_err(|error| NotMade::Failed(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| NotMade::Failed(error.to_string()))
    }
}

/// How a hash of ours begins.
fn settings() -> String {
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$")
}

fn argon() -> Result<Argon2<'static>, String> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| error.to_string())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn derive_now(text: &str, salt: &[u8]) -> Result<Vec<u8>, String> {
    let mut digest = vec![0; DIGEST_BYTES];
    argon()?.hash_password_into(text.as_bytes(), salt, &mut digest).map_err(|error| error.to_string())?;
    Ok(digest)
}

/// Hashes on the calling thread: for command lines only.
///
/// # Errors
/// The system has no randomness for a salt.
pub fn hash_now(password: &str) -> Result<String, String> {
    let phc = argon()?.hash_password(settled(password).as_bytes()).map_err(|error| error.to_string())?;
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        assert_eq!(check("court", &[]), Err(Weakness::Short));
        assert_eq!(check(&"x".repeat(201), &[]), Err(Weakness::Long));
        assert_eq!(check(&format!("{}x", "e\u{301}\u{323}\u{302}".repeat(LENGTH_MAX)), &[]), Err(Weakness::Long));
        assert_eq!(check("passwordpassword", &[]), Err(Weakness::Common));
        assert_eq!(check("azertyuiopqsdf", &[]), Err(Weakness::Common));
        assert_eq!(check("marlenefessin2026", &["Marlène Fessin", "marlene.fessin@ville.gp"]), Err(Weakness::Common));
        for own in ["LeGosierTaxeSéjour", "Taxe de séjour 2026 !", "mairie.du.GOSIER.1234"] {
            assert_eq!(check(own, &["Le Gosier"]), Err(Weakness::Common), "{own}");
        }
        for usual in ["marseilledoudou", "jetaimechouchou", "loulou123456789"] {
            assert_eq!(check(usual, &[]), Err(Weakness::Common), "{usual}");
        }
        assert_eq!(check("colibri trempé sur la véranda", &["Le Gosier"]), Ok(()));
    }

    /// Counted in readings tried, not in seconds: what is given to zxcvbn has few kinds of disguises, and all of the rest.
    #[test]
    fn disguises_are_bounded() {
        let given = fewer_disguises("4@8({[<3691!|10$5+7%2 chocolat 44");
        let kinds: HashSet<char> = given.chars().filter(|c| DISGUISES.contains(*c)).collect();
        assert_eq!(kinds.len(), DISGUISES_MAX);
        assert!(given.ends_with(" chocolat 44") && given.chars().count() == 33, "{given}");
        assert_eq!(fewer_disguises("colibri trempé 2026"), "colibri trempé 2026");
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
        assert_eq!(settings(), "$argon2id$v=19$m=19456,t=2,p=1$");
    }
}
