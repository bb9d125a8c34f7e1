//! Secrets of the database under a key that is not in it: who reads the base, or a copy of it, signs nothing and makes no
//! code. The key is a file of the operator (`cle_secrets`); without one, secrets stay as they are.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use rand::TryRngCore;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

/// What a sealed secret begins with. Those in clear are shorter than the shortest sealed one, or are base64.
const MARK: &[u8] = b"\0GS1";
/// Bytes that say under which key a secret is.
const NUMBER_BYTES: usize = 4;
/// Bytes of a key: AES-256.
const KEY_BYTES: usize = 32;
/// Whoever else may write the file of keys, and everybody who may read it.
const OPEN_TO_OTHERS: u32 = 0o026;
/// Longest file of keys that is read.
const FILE_BYTES_MAX: u64 = 4096;

/// The keys of the operator: the first seals, all open.
#[derive(Clone, Default)]
pub struct Vault {
    keys: Arc<[Key]>,
}

struct Key {
    number: [u8; NUMBER_BYTES],
    key: LessSafeKey,
}

/// A secret cannot be opened, or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No key of the file opens it.
    #[error("un secret de la base est sous une clé que cle_secrets ne donne pas")]
    OtherKey,
    /// It is not what was sealed, or not for this use.
    #[error("un secret de la base a été altéré")]
    Altered,
    /// The system has no randomness to give, or the content is too long.
    #[error("le système n’a pas pu faire un secret")]
    Unmade,
}

impl From<VaultError> for sqlx::Error {
    fn from(error: VaultError) -> Self {
        Self::Decode(Box::new(error))
    }
}

impl Vault {
    /// The keys of the file `path`: one a line, each 32 bytes in base64, as `openssl rand -base64 32` writes them. No path, no
    /// key.
    ///
    /// # Errors
    /// One sentence: the file cannot be read, others may read it, or what it holds is no key.
    pub fn read(path: Option<&str>) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self::default()) };
        let unreadable = |error: std::io::Error| format!("cle_secrets : le fichier {path} ne peut pas être lu ({error}).");
        let found = std::fs::metadata(path).map_err(unreadable)?;
        if !found.is_file() {
            return Err(format!("cle_secrets : {path} n’est pas un fichier ordinaire."));
        }
        let size = found.len();
        if size > FILE_BYTES_MAX {
            return Err(format!("cle_secrets : le fichier {path} est trop grand pour n’être que des clés ({size} octets)."));
        }
        if found.permissions().mode() & OPEN_TO_OTHERS != 0 {
            return Err(format!(
                "cle_secrets : d’autres que son propriétaire peuvent écrire le fichier {path}, ou tout le monde le lire. Fermez-le : chmod 640 {path}"
            ));
        }
        let mut text = String::new();
        // Files that say that they are empty may hold more.
        let read = std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text));
        read.map_err(unreadable)?;
        Self::parse(&text).map_err(|line| {
            format!(
                "cle_secrets : la ligne {line} du fichier {path} n’est pas une clé de 32 octets en base64. « openssl rand -base64 32 » en fait une."
            )
        })
    }

    /// The keys of a text, or the number of the line that is none. A text without a key is refused: line 1.
    fn parse(text: &str) -> Result<Self, usize> {
        let mut keys = Vec::new();
        // What some editors put before a text.
        let text = text.trim_start_matches('\u{feff}');
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            keys.push(Key::new(line.trim()).ok_or(at + 1)?);
        }
        if keys.is_empty() { Err(1) } else { Ok(Self { keys: keys.into() }) }
    }

    /// Whether there is a key at all.
    pub fn has_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// `secret` under the first key, for one use only: `about` names it, and is asked for again to open. As it is without a
    /// key.
    ///
    /// # Errors
    /// [`VaultError::Unmade`].
    pub fn seal(&self, about: &str, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let Some(Key { number, key }) = self.keys.first() else { return Ok(secret.to_vec()) };
        let mut nonce = [0u8; NONCE_LEN];
        rand::rngs::OsRng.try_fill_bytes(&mut nonce).map_err(|_| VaultError::Unmade)?;
        let mut content = secret.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about), &mut content).map_err(|_| VaultError::Unmade)?;
        Ok([MARK, number, &nonce, &content].concat())
    }

    /// The secret that `kept` is; one in clear is itself.
    ///
    /// # Errors
    /// [`VaultError::OtherKey`], [`VaultError::Altered`].
    pub fn open(&self, about: &str, kept: &[u8]) -> Result<Vec<u8>, VaultError> {
        let Some(sealed) = sealed(kept) else { return Ok(kept.to_vec()) };
        let (number, rest) = sealed.split_at_checked(NUMBER_BYTES).ok_or(VaultError::Altered)?;
        let key = self.keys.iter().find(|key| key.number == number).ok_or(VaultError::OtherKey)?;
        let (nonce, content) = rest.split_at_checked(NONCE_LEN).ok_or(VaultError::Altered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Altered)?;
        let mut content = content.to_vec();
        let opened = key.key.open_in_place(nonce, Aad::from(about), &mut content).map_err(|_| VaultError::Altered)?;
        Ok(opened.to_vec())
    }

    /// Whether `kept` is under the first key, or need not be: there is none.
    pub fn is_current(&self, kept: &[u8]) -> bool {
        self.keys.first().is_none_or(|key| sealed(kept).is_some_and(|sealed| sealed.starts_with(&key.number)))
    }
}

impl Key {
    fn new(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok().filter(|bytes| bytes.len() == KEY_BYTES)?;
        let mut number = [0; NUMBER_BYTES];
        number.copy_from_slice(&Sha256::digest([b"gardel cle_secrets".as_slice(), &bytes].concat())[..NUMBER_BYTES]);
        Some(Self { number, key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?) })
    }
}

/// What follows the mark of a sealed secret; `None` when `kept` is in clear.
fn sealed(kept: &[u8]) -> Option<&[u8]> {
    let rest = kept.strip_prefix(MARK)?;
    (rest.len() > NUMBER_BYTES + NONCE_LEN + AES_256_GCM.tag_len()).then_some(rest)
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault of {} keys", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(fill: &[u8]) -> Vault {
        let text = fill.iter().map(|byte| STANDARD.encode([*byte; KEY_BYTES])).collect::<Vec<_>>().join("\n");
        Vault::parse(&text).expect("keys")
    }

    #[test]
    fn a_secret_opens_with_its_key_and_for_its_use_only() {
        let one = vault(&[1]);
        let kept = one.seal("signature", b"secret").expect("sealed");
        assert!(!kept.windows(6).any(|part| part == b"secret"), "in clear");
        assert_ne!(kept, one.seal("signature", b"secret").expect("sealed"), "twice the same");
        assert_eq!(one.open("signature", &kept).as_deref(), Ok(&b"secret"[..]));
        assert_eq!(one.open("signature-2", &kept), Err(VaultError::Altered));
        assert_eq!(vault(&[2]).open("signature", &kept), Err(VaultError::OtherKey));
        assert_eq!(Vault::default().open("signature", &kept), Err(VaultError::OtherKey));
        for at in 0..kept.len() {
            let mut altered = kept.clone();
            altered[at] ^= 1;
            assert_ne!(one.open("signature", &altered).as_deref(), Ok(&b"secret"[..]), "byte {at}");
        }
    }

    #[test]
    fn an_older_key_opens_and_seals_nothing_more() {
        let kept = vault(&[1]).seal("a", b"secret").expect("sealed");
        let both = vault(&[2, 1]);
        assert_eq!(both.open("a", &kept).as_deref(), Ok(&b"secret"[..]));
        assert!(!both.is_current(&kept) && vault(&[1]).is_current(&kept));
        let again = both.seal("a", b"secret").expect("sealed");
        assert!(both.is_current(&again));
        assert_eq!(vault(&[2]).open("a", &again).as_deref(), Ok(&b"secret"[..]));
    }

    #[test]
    fn without_a_key_secrets_stay_as_they_are() {
        let none = Vault::default();
        assert_eq!(none.seal("a", b"secret").as_deref(), Ok(&b"secret"[..]));
        assert_eq!(none.open("a", b"secret").as_deref(), Ok(&b"secret"[..]));
        assert_eq!(vault(&[1]).open("a", b"secret").as_deref(), Ok(&b"secret"[..]), "those of before");
        assert!(none.is_current(b"secret") && !vault(&[1]).is_current(b"secret"));
    }

    #[test]
    fn what_is_no_key_is_told_by_its_line() {
        let key = STANDARD.encode([7; KEY_BYTES]);
        assert_eq!(Vault::parse("").map(|_| ()), Err(1));
        assert_eq!(Vault::parse("\n  \n").map(|_| ()), Err(1));
        assert_eq!(Vault::parse(&format!("{key}\n\nmot de passe\n")).map(|_| ()), Err(3));
        assert_eq!(Vault::parse(&STANDARD.encode([7; 31])).map(|_| ()), Err(1));
        assert!(Vault::parse(&format!("  {key}  \r\n\r\n")).is_ok());
    }
}
