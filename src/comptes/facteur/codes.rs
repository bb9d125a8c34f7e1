//! The codes of the second factor: six digits that an application makes of a secret and the hour (RFC 6238), and
//! recovery codes, on paper. Pure: no clock, no base.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use rand::TryRngCore;
use totp_rs::{Builder, Secret, Totp};

use crate::platform::error::{Error, Result};

/// Bytes of the secret of an application: what RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
/// Bytes of the salt of recovery codes.
pub const SALT_BYTES: usize = 16;
/// Recovery codes of an account.
pub const RECOVERY_CODES: usize = 10;
/// Signs of a recovery code: 60 bits, which argon2id then makes slow to try.
const RECOVERY_SIGNS: usize = 12;
/// Signs of recovery codes: none is taken for another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Name of the account in the applications.
const ISSUER: &str = "Gardel";

/// What somebody typed where a code is asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// Six digits.
    Digits(String),
    /// A recovery code in its one form.
    Recovery(String),
    /// Neither.
    Unreadable,
}

/// Reads a code as people copy it: with spaces or dashes of any kind, in capitals, O for 0, I or L for 1.
pub fn read(typed: &str) -> Typed {
    let signs: String = typed.chars().filter(|c| c.is_alphanumeric()).take(RECOVERY_SIGNS + 1).flat_map(char::to_lowercase).collect();
    if signs.len() == 6 && signs.bytes().all(|byte| byte.is_ascii_digit()) {
        return Typed::Digits(signs);
    }
    let code: String = signs
        .chars()
        .map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    let whole = code.len() == RECOVERY_SIGNS && code.bytes().all(|byte| ALPHABET.contains(&byte));
    if whole { Typed::Recovery(code) } else { Typed::Unreadable }
}

/// Random bytes for a secret or a salt.
///
/// # Errors
/// The system has no randomness to give.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0u8; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(bytes)
}

/// Fresh recovery codes, in the form they are hashed.
///
/// # Errors
/// The system has no randomness to give.
pub fn fresh() -> Result<Vec<String>> {
    // 256 is a multiple of 32: each sign is as likely as another.
    let code = |bytes: [u8; RECOVERY_SIGNS]| bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    (0..RECOVERY_CODES).map(|_| Ok(code(random()?))).collect()
}

/// A recovery code as it is printed: `k7fw-92hd-m3xp`.
pub fn printed(code: &str) -> String {
    in_fours(code, "-")
}

fn in_fours(text: &str, between: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    signs.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}

/// The application of a secret: SHA-1, six digits, thirty seconds, which every application knows; one step before and
/// after is accepted, for clocks that are not quite right.
fn application(secret: &[u8], account: &str) -> Result<Totp> {
    Builder::new()
        .with_secret(Secret::new(secret.into()))
        // The only sign that the format keeps for itself.
        .with_account_name(account.replace(':', " "))
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|error| Error::Internal(error.to_string()))
}

/// The step of thirty seconds whose code `digits` is, around `now`; `None` when it is no code of now.
///
/// # Errors
/// The secret is not one.
pub fn step(secret: &[u8], digits: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Ok(application(secret, "")?.check(digits, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// What an application must know: the address that it reads in the drawing, and the secret for whoever types it.
pub struct Shown {
    /// The drawing of the address.
    pub drawing: Markup,
    /// The address, which a telephone opens by itself.
    pub address: String,
    /// The secret, in groups of four.
    pub secret: String,
}

/// What is shown to put `secret` into an application, under the name `account`.
///
/// # Errors
/// The secret is not one, or the account has a name too long to be drawn.
pub fn shown(secret: &[u8], account: &str) -> Result<Shown> {
    let application = application(secret, account)?;
    let address = application.to_url().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Shown { drawing: drawing(&address)?, secret: in_fours(&application.secret().to_base32(), " "), address })
}

/// A QR code as one path, dark on light in both themes: readers want it so.
fn drawing(text: &str) -> Result<Markup> {
    const MARGIN: usize = 4;
    let code = fast_qr::QRBuilder::new(text)
        .ecl(fast_qr::ECL::M)
        .build()
        .map_err(|_| Error::Internal("the address of an application is too long".into()))?;
    let side = code.size + 2 * MARGIN;
    let mut path = String::new();
    for row in 0..code.size {
        let dark = |column: usize| code[row][column] == true;
        for column in (0..code.size).filter(|column| dark(*column)) {
            path.push_str(&format!("M{} {}h1v1h-1z", column + MARGIN, row + MARGIN));
        }
    }
    Ok(html! {
        svg class="code-qr" viewBox={ "0 0 " (side) " " (side) } role="img" aria-label="Code à lire avec l’application" shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B, for SHA-1: eight digits there, the last six of which are ours.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let now = DateTime::from_timestamp(seconds, 0).expect("an instant");
            assert_eq!(step(secret, code, now).expect("a secret"), Some(seconds / 30), "{seconds}");
            let at = |moved: i64| step(secret, code, DateTime::from_timestamp(seconds + moved, 0).expect("an instant")).expect("a secret");
            assert_eq!((at(30), at(-30)), (Some(seconds / 30), Some(seconds / 30)), "a clock half a minute off");
            if seconds > 90 {
                assert_eq!((at(90), at(-90)), (None, None), "a minute and a half off");
            }
        }
    }

    #[test]
    fn codes_are_read_as_they_are_copied() {
        for typed in ["287082", " 287 082 ", "287\u{a0}082", "287-082"] {
            assert_eq!(read(typed), Typed::Digits("287082".into()), "{typed:?}");
        }
        for typed in ["k7fw-92hd-m3x0", "K7FW 92HD M3XO", "k7fw92hdm3xo", "k7fw\u{2013}92hd\u{2013}m3xo"] {
            assert_eq!(read(typed), Typed::Recovery("k7fw92hdm3x0".into()), "{typed:?}");
        }
        for typed in ["", "28708", "2870822", "k7fw-92hd-m3x", "k7fw-92hd-m3xp-9", "ééé ééé", "k7fw-92hd-m3xu", "٢٨٧٠٨٢"] {
            assert_eq!(read(typed), Typed::Unreadable, "{typed:?}");
        }
        let codes = fresh().expect("randomness");
        assert_eq!(codes.len(), RECOVERY_CODES);
        assert!(codes.iter().all(|code| read(&printed(code)) == Typed::Recovery(code.clone())), "{codes:?}");
    }

    #[test]
    fn an_application_is_told_all() {
        let shown = shown(b"12345678901234567890", "a:b@ville.gp").expect("a secret");
        assert_eq!(shown.secret, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(shown.address, "otpauth://totp/Gardel:a%20b%40ville.gp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gardel");
    }
}
