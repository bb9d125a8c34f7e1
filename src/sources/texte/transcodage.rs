//! UTF-16 as a stream of UTF-8, in constant memory, such that each sign of the one is found again from those of the other: half a
//! sign comes out as three bytes that are no UTF-8, and is told with its row.

use std::io::{self, BufRead, Read};

/// A stream of UTF-16.
pub(super) struct Utf16<R> {
    source: R,
    petit: bool,
    /// The first half of a sign beyond the first 65,536.
    haut: Option<u16>,
    sortie: Vec<u8>,
    lus: usize,
}

impl<R: BufRead> Utf16<R> {
    pub(super) fn new(source: R, petit: bool) -> Self {
        Self { source, petit, haut: None, sortie: Vec::new(), lus: 0 }
    }

    fn unite(&mut self, unite: u16) {
        if let Some(haut) = self.haut.take() {
            match char::decode_utf16([haut, unite]).next() {
                Some(Ok(signe)) if unite & 0xFC00 == 0xDC00 => {
                    self.sortie.extend_from_slice(signe.encode_utf8(&mut [0; 4]).as_bytes());
                    return;
                }
                _ => self.moitie(haut),
            }
        }
        match unite & 0xFC00 {
            0xD800 => self.haut = Some(unite),
            0xDC00 => self.moitie(unite),
            _ => {
                let signe = char::from_u32(unite.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.sortie.extend_from_slice(signe.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }

    /// Half a sign, as three bytes that no UTF-8 has.
    fn moitie(&mut self, unite: u16) {
        let [haut, bas] = unite.to_be_bytes();
        self.sortie.extend([0xE0 | haut >> 4, 0x80 | (haut & 0x0F) << 2 | bas >> 6, 0x80 | bas & 0x3F]);
    }

    /// Fills what is given out; leaves it empty at the end.
    fn remplis(&mut self) -> io::Result<()> {
        self.sortie.clear();
        self.lus = 0;
        while self.sortie.is_empty() {
            let tampon = self.source.fill_buf()?;
            match tampon {
                [] => {
                    if let Some(haut) = self.haut.take() {
                        self.moitie(haut);
                    }
                    return Ok(());
                }
                [_] => {
                    // The other byte of a sign may be in the next piece, or the file is cut.
                    let mut deux = [0; 2];
                    let pris = read_two(&mut self.source, &mut deux)?;
                    if pris == 2 {
                        self.unite(if self.petit { u16::from_le_bytes(deux) } else { u16::from_be_bytes(deux) })
                    } else {
                        self.sortie.push(0xFF)
                    }
                }
                _ => {
                    let pris = tampon.len() & !1;
                    let lis = if self.petit { u16::from_le_bytes } else { u16::from_be_bytes };
                    let unites: Vec<u16> = tampon[..pris].chunks_exact(2).map(|deux| lis([deux[0], deux[1]])).collect();
                    self.source.consume(pris);
                    unites.into_iter().for_each(|unite| self.unite(unite));
                }
            }
        }
        Ok(())
    }
}

fn read_two(source: &mut impl Read, deux: &mut [u8; 2]) -> io::Result<usize> {
    let mut pris = 0;
    while pris < 2 {
        match source.read(&mut deux[pris..])? {
            0 => break,
            lus => pris += lus,
        }
    }
    Ok(pris)
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, vers: &mut [u8]) -> io::Result<usize> {
        let mut tampon = self.fill_buf()?;
        let lus = tampon.read(vers)?;
        self.consume(lus);
        Ok(lus)
    }
}

impl<R: BufRead> BufRead for Utf16<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.lus >= self.sortie.len() {
            self.remplis()?;
        }
        Ok(&self.sortie[self.lus..])
    }

    fn consume(&mut self, lus: usize) {
        self.lus += lus;
    }
}

/// How many bytes of UTF-16 a piece of what comes out stands for: two a sign, four beyond the first 65,536.
pub(super) fn poids(octets: &[u8]) -> u64 {
    octets
        .iter()
        .map(|octet| {
            if octet & 0xC0 == 0x80 {
                0
            } else if (0xF0..0xF8).contains(octet) {
                4
            } else {
                2
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lu(octets: &[u8], petit: bool, tampon: usize) -> Vec<u8> {
        let mut sortie = Vec::new();
        Utf16::new(BufReader::with_capacity(tampon, octets), petit).read_to_end(&mut sortie).expect("a slice");
        sortie
    }

    #[test]
    fn any_piece_gives_the_same_text() {
        let texte = "été €;\u{1F600}\r\nœ";
        let petit: Vec<u8> = texte.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let gros: Vec<u8> = texte.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for tampon in 1..20 {
            assert_eq!(lu(&petit, true, tampon), texte.as_bytes());
            assert_eq!(lu(&gros, false, tampon), texte.as_bytes());
        }
        assert_eq!(poids(texte.as_bytes()), petit.len() as u64);
    }

    #[test]
    fn half_a_sign_is_no_text() {
        for octets in [&b"a\x00\x3d\xd8b\x00"[..], b"a\x00\x00\xdeb\x00", b"a\x00\x3d\xd8"] {
            let lu = lu(octets, true, 3);
            assert!(std::str::from_utf8(&lu).is_err());
            assert_eq!(poids(&lu), octets.len() as u64);
        }
        assert!(std::str::from_utf8(&lu(b"a\x00b", true, 8)).is_err(), "a file cut in a sign");
    }
}
