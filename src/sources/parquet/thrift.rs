//! Just enough of the compact protocol of Thrift to read what a Parquet says of itself. Every count is held against the bytes that are
//! left before anything is made of it, and what is inside is followed to a depth and no further.

/// Kinds of a value, as the protocol numbers them.
pub(super) const VRAI: u8 = 1;
const FAUX: u8 = 2;
const OCTET: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINAIRE: u8 = 8;
const LISTE: u8 = 9;
const ENSEMBLE: u8 = 10;
const TABLE: u8 = 11;
pub(super) const STRUCTURE: u8 = 12;
const UUID: u8 = 13;

/// Values inside each other.
const PROFONDEUR: u8 = 16;

/// Bytes that are walked over. Nothing is given of what is not as the protocol says.
pub(super) struct Thrift<'a>(&'a [u8]);

/// What is done of a field, by its number and its kind; false when it is to be passed over.
type Champ<'f, 'a> = &'f mut dyn FnMut(&mut Thrift<'a>, i16, u8) -> Option<bool>;

impl<'a> Thrift<'a> {
    pub(super) fn sur(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Bytes that are left.
    pub(super) fn reste(&self) -> usize {
        self.0.len()
    }

    fn octet(&mut self) -> Option<u8> {
        let (premier, suite) = self.0.split_first()?;
        self.0 = suite;
        Some(*premier)
    }

    fn prend(&mut self, combien: u64) -> Option<&'a [u8]> {
        let (pris, suite) = self.0.split_at_checked(usize::try_from(combien).ok()?)?;
        self.0 = suite;
        Some(pris)
    }

    fn naturel(&mut self) -> Option<u64> {
        let mut lu = 0_u64;
        for decalage in (0..70).step_by(7) {
            let octet = self.octet()?;
            lu |= u64::from(octet & 0x7f).checked_shl(decalage)?;
            if octet < 0x80 {
                return Some(lu);
            }
        }
        None
    }

    fn relatif(&mut self) -> Option<i64> {
        let lu = self.naturel()?;
        let moitie = i64::try_from(lu >> 1).ok()?;
        Some(if lu & 1 == 1 { !moitie } else { moitie })
    }

    /// A whole number of that kind.
    pub(super) fn entier(&mut self, genre: u8) -> Option<i64> {
        match genre {
            OCTET => self.octet().map(|octet| i64::from(octet.cast_signed())),
            I16 | I32 | I64 => self.relatif(),
            _ => None,
        }
    }

    /// A truth value: its kind says it.
    pub(super) fn booleen(genre: u8) -> Option<bool> {
        [VRAI, FAUX].contains(&genre).then_some(genre == VRAI)
    }

    /// A text.
    pub(super) fn texte(&mut self, genre: u8) -> Option<&'a str> {
        if genre != BINAIRE {
            return None;
        }
        let longueur = self.naturel()?;
        std::str::from_utf8(self.prend(longueur)?).ok()
    }

    /// How many elements of the kind `voulu` a list has: each takes a byte at least.
    pub(super) fn liste(&mut self, genre: u8, voulu: u8) -> Option<usize> {
        let (element, combien) = if genre == LISTE { self.tete()? } else { return None };
        (combien == 0 || element == voulu).then_some(combien)
    }

    fn tete(&mut self) -> Option<(u8, usize)> {
        let tete = self.octet()?;
        let combien = if tete >> 4 == 15 { self.naturel()? } else { u64::from(tete >> 4) };
        let combien = usize::try_from(combien).ok().filter(|combien| *combien <= self.reste())?;
        Some((tete & 0x0f, combien))
    }

    /// The fields of a structure, one after the other.
    pub(super) fn structure(&mut self, lu: Champ<'_, 'a>) -> Option<()> {
        let mut dernier = 0_i16;
        loop {
            let tete = self.octet()?;
            let genre = tete & 0x0f;
            if genre == 0 {
                return Some(());
            }
            dernier = if tete >> 4 == 0 { i16::try_from(self.relatif()?).ok()? } else { dernier.checked_add(i16::from(tete >> 4))? };
            if !lu(self, dernier, genre)? {
                self.saute(genre, PROFONDEUR)?;
            }
        }
    }

    fn saute(&mut self, genre: u8, profondeur: u8) -> Option<()> {
        let dedans = profondeur.checked_sub(1)?;
        match genre {
            VRAI | FAUX => Some(()),
            OCTET => self.octet().map(drop),
            I16 | I32 | I64 => self.naturel().map(drop),
            DOUBLE => self.prend(8).map(drop),
            UUID => self.prend(16).map(drop),
            BINAIRE => {
                let longueur = self.naturel()?;
                self.prend(longueur).map(drop)
            }
            LISTE | ENSEMBLE => {
                let (element, combien) = self.tete()?;
                (0..combien).try_for_each(|_| self.element(element, dedans))
            }
            TABLE => {
                let combien = usize::try_from(self.naturel()?).ok().filter(|combien| *combien <= self.reste())?;
                let genres = if combien > 0 { self.octet()? } else { 0 };
                (0..combien).try_for_each(|_| {
                    self.element(genres >> 4, dedans)?;
                    self.element(genres & 0x0f, dedans)
                })
            }
            STRUCTURE => loop {
                let tete = self.octet()?;
                if tete & 0x0f == 0 {
                    return Some(());
                }
                if tete >> 4 == 0 {
                    self.relatif()?;
                }
                self.saute(tete & 0x0f, dedans)?;
            },
            _ => None,
        }
    }

    /// An element of a list: a truth value takes a byte there.
    fn element(&mut self, genre: u8, profondeur: u8) -> Option<()> {
        if [VRAI, FAUX].contains(&genre) { self.octet().map(drop) } else { self.saute(genre, profondeur) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crafted_file_counts_is_not_believed() {
        let saute = |octets: &[u8], genre| Thrift::sur(octets).saute(genre, PROFONDEUR);
        assert_eq!(saute(&[0x15, 0x02, 0x00], STRUCTURE), Some(()));
        // Two thousand million truth values, or structures, in six bytes.
        for element in [VRAI, FAUX, STRUCTURE, BINAIRE] {
            assert_eq!(saute(&[0xf0 | element, 0xff, 0xff, 0xff, 0xff, 0x07], LISTE), None);
        }
        assert_eq!(saute(&[0xff, 0xff, 0xff, 0xff, 0x07, 0x11], TABLE), None);
        assert_eq!(saute(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0x00], BINAIRE), None);
        // A list in a list in a list…
        assert_eq!(saute(&[0x19; 100_000], LISTE), None);
        assert_eq!(saute(&[0x1c; 100_000], STRUCTURE), None);
        assert_eq!(Thrift::sur(&[0xff; 11]).naturel(), None);
        assert_eq!(Thrift::sur(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).relatif(), Some(i64::MIN));
        assert_eq!((Thrift::sur(&[3]).relatif(), Thrift::sur(&[4]).relatif()), (Some(-2), Some(2)));
    }
}
