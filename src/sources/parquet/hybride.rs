//! Small numbers as Parquet packs them: runs of one value, and groups of eight laid bit after bit.

/// Where a reading of such numbers is, in the bytes of its page.
#[derive(Clone, Debug, Default)]
pub(super) struct Hybride {
    /// The next run.
    place: usize,
    fin: usize,
    /// Bits of a number: 32 at most.
    largeur: u32,
    /// How often the value comes again.
    encore: u64,
    valeur: u32,
    /// Numbers of a group that are left, and the bit where the next one is.
    emballes: u64,
    bit: u64,
}

impl Hybride {
    pub(super) fn new(place: usize, fin: usize, largeur: u32) -> Self {
        Self { place, fin, largeur, ..Self::default() }
    }

    /// The next number; nothing when the page is not what it says.
    pub(super) fn suivant(&mut self, octets: &[u8]) -> Option<u32> {
        if self.encore == 0 && self.emballes == 0 {
            self.entame(octets.get(..self.fin)?)?;
        }
        if self.encore > 0 {
            self.encore -= 1;
            return Some(self.valeur);
        }
        self.emballes -= 1;
        let lu = bits(octets.get(..self.fin)?, self.bit, self.largeur)?;
        self.bit += u64::from(self.largeur);
        Some(lu)
    }

    /// Begins a run, which has one number at least.
    fn entame(&mut self, octets: &[u8]) -> Option<()> {
        let mut tete = 0_u64;
        for decalage in (0..35).step_by(7) {
            let octet = *octets.get(self.place)?;
            self.place += 1;
            tete |= u64::from(octet & 0x7f) << decalage;
            if octet < 0x80 {
                break;
            }
        }
        if tete & 1 == 1 {
            self.emballes = (tete >> 1) * 8;
            self.bit = u64::try_from(self.place).ok()? * 8;
            // The last group may be cut: its numbers are not all asked for.
            let pris = usize::try_from((tete >> 1) * u64::from(self.largeur)).ok()?;
            self.place = self.place.saturating_add(pris).min(self.fin);
            return (self.emballes > 0).then_some(());
        }
        let large = usize::try_from(self.largeur.div_ceil(8)).ok()?;
        let pris = octets.get(self.place..self.place + large)?;
        self.valeur = pris.iter().rev().fold(0, |lu, octet| lu << 8 | u32::from(*octet));
        self.place += large;
        self.encore = tete >> 1;
        (self.encore > 0).then_some(())
    }
}

/// `largeur` bits from a place on, the least first.
pub(super) fn bits(octets: &[u8], bit: u64, largeur: u32) -> Option<u32> {
    if largeur == 0 {
        return Some(0);
    }
    let premier = usize::try_from(bit / 8).ok()?;
    let decale = u32::try_from(bit % 8).ok()?;
    let pris = octets.get(premier..premier + usize::try_from((decale + largeur).div_ceil(8)).ok()?)?;
    let lu = pris.iter().rev().fold(0_u64, |lu, octet| lu << 8 | u64::from(*octet));
    u32::try_from(lu >> decale & ((1 << largeur) - 1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_groups_follow_each_other() {
        // Three times 5, then eight numbers of three bits: 0 to 7 (the example of the specification).
        let octets = [0x06, 0x05, 0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        let mut lus = Hybride::new(0, octets.len(), 3);
        let trouves: Vec<u32> = std::iter::from_fn(|| lus.suivant(&octets)).collect();
        assert_eq!(trouves, [5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7]);
        // Runs of nothing, and runs that are cut, end.
        for octets in [&[0x00, 0x00, 0x00][..], &[0x01, 0x01], &[0x06], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[]] {
            let mut lus = Hybride::new(0, octets.len(), 3);
            assert!((0..100).any(|_| lus.suivant(octets).is_none()), "{octets:?}");
        }
        assert_eq!(bits(&[0xff, 0xff, 0xff, 0xff, 0x01], 1, 32), Some(u32::MAX));
    }
}
