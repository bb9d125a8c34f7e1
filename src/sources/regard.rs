//! What one look at a file may cost: bytes unpacked, by whatever part of it. A look is one call on one thread, which holds its count.

use std::cell::Cell;

use super::lecture::Refus;
use super::limites::REGARD_MAX;

thread_local! {
    /// Bytes that the look of this thread may still unpack; nothing while it looks at none.
    static RESTE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A look under way on this thread.
pub(super) struct Regard(Option<u64>);

impl Regard {
    pub(super) fn commence() -> Self {
        Self(RESTE.replace(Some(REGARD_MAX)))
    }

    /// Whether one is.
    pub(super) fn en_cours() -> bool {
        RESTE.get().is_some()
    }

    /// Does what is not counted: bytes put on the disk whole, where a look at them begins.
    pub(super) fn hors<T>(fait: impl FnOnce() -> T) -> T {
        let left = RESTE.replace(None);
        let done = fait();
        RESTE.set(left);
        done
    }

    /// Bytes that were unpacked for it; the refusal of a file that asks for too many.
    pub(super) fn compte(octets: usize) -> Result<(), Refus> {
        let Some(left) = RESTE.get() else { return Ok(()) };
        let left = left.checked_sub(octets as u64).ok_or_else(trop_long)?;
        RESTE.set(Some(left));
        Ok(())
    }
}

impl Drop for Regard {
    fn drop(&mut self) {
        RESTE.set(self.0);
    }
}

/// Said of a file that cannot be looked at for what it costs.
pub(super) fn trop_long() -> Refus {
    Refus::new(
        "FIC-REGARD",
        "Ce fichier est trop long à examiner\u{a0}: ses premières lignes sont trop loin. Enregistrez-le en CSV, ou gardez-en une seule feuille.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_counted_and_what_is_read_without_one_is_not() {
        assert!(Regard::compte(usize::MAX).is_ok() && !Regard::en_cours());
        let look = Regard::commence();
        assert!(Regard::en_cours() && Regard::compte(1024).is_ok());
        assert_eq!(Regard::compte(usize::try_from(REGARD_MAX).expect("a size")).map_err(|refus| refus.code), Err("FIC-REGARD"));
        assert!(Regard::hors(|| Regard::compte(usize::MAX)).is_ok() && Regard::en_cours());
        drop(look);
        assert!(Regard::compte(usize::MAX).is_ok());
    }
}
