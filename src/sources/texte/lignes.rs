//! Physical lines, with their number and the byte where they begin: LF, CRLF or CR, mixed or not. A line too long is passed over
//! without being kept.

use std::io::{self, BufRead};

use crate::sources::limites::ENREGISTREMENT_MAX;

/// A line without its end.
#[derive(Debug, Default)]
pub(super) struct Ligne {
    pub octets: Vec<u8>,
    /// Its end: empty at the end of the file.
    pub fin: &'static [u8],
    /// From 1.
    pub numero: u64,
    /// Where it begins in the file.
    pub octet: u64,
    /// Longer than what is kept: `octets` is its beginning.
    pub longue: bool,
}

/// How many bytes of the file a piece of what is read stands for.
pub(super) type Poids = fn(&[u8]) -> u64;

/// Lines of a source whose separators and line ends are those of ASCII.
pub(super) struct Lignes<R> {
    source: R,
    poids: Poids,
    numero: u64,
    octet: u64,
}

impl<R: BufRead> Lignes<R> {
    /// `source` begins at the byte `octet` of the file, which is the first of the line `numero`.
    pub(super) fn new(source: R, poids: Poids, octet: u64, numero: u64) -> Self {
        Self { source, poids, numero, octet }
    }

    /// Byte and number of the line that comes next.
    pub(super) fn ici(&self) -> (u64, u64) {
        (self.octet, self.numero)
    }

    /// The next line.
    pub(super) fn suivante(&mut self) -> io::Result<Option<Ligne>> {
        let mut ligne = Ligne { numero: self.numero, octet: self.octet, ..Ligne::default() };
        let mut vue = false;
        loop {
            let tampon = self.source.fill_buf()?;
            if tampon.is_empty() {
                return Ok(vue.then_some(ligne));
            }
            vue = true;
            let fin = memchr::memchr2(b'\n', b'\r', tampon);
            let corps = &tampon[..fin.unwrap_or(tampon.len())];
            let place = ENREGISTREMENT_MAX.saturating_sub(ligne.octets.len());
            ligne.octets.extend_from_slice(&corps[..corps.len().min(place)]);
            ligne.longue |= corps.len() > place;
            let pris = corps.len() + usize::from(fin.is_some());
            let signe = fin.map(|place| tampon[place]);
            self.octet += (self.poids)(&tampon[..pris]);
            self.source.consume(pris);
            match signe {
                None => continue,
                Some(b'\n') => ligne.fin = b"\n",
                Some(_) => ligne.fin = self.apres_retour()?,
            }
            self.numero += 1;
            return Ok(Some(ligne));
        }
    }

    /// After a CR: its LF, if it has one, is of the same end.
    fn apres_retour(&mut self) -> io::Result<&'static [u8]> {
        if self.source.fill_buf()?.first() != Some(&b'\n') {
            return Ok(b"\r");
        }
        self.octet += (self.poids)(b"\n");
        self.source.consume(1);
        Ok(b"\r\n")
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lues(texte: &[u8], tampon: usize) -> Vec<(u64, u64, Vec<u8>, bool)> {
        let mut lignes = Lignes::new(BufReader::with_capacity(tampon, texte), |octets| octets.len() as u64, 0, 1);
        let mut lues = Vec::new();
        while let Some(ligne) = lignes.suivante().expect("a slice") {
            lues.push((ligne.numero, ligne.octet, ligne.octets, ligne.longue));
        }
        lues
    }

    #[test]
    fn every_line_end_counts_once() {
        for tampon in 1..9 {
            let lues: Vec<_> = lues(b"a\r\nb\rc\n\n\r\nd", tampon).into_iter().map(|ligne| (ligne.0, ligne.1, ligne.2)).collect();
            let attendues = [(1, 0, &b"a"[..]), (2, 3, b"b"), (3, 5, b"c"), (4, 7, b""), (5, 8, b""), (6, 10, b"d")];
            assert_eq!(lues, attendues.map(|(numero, octet, texte)| (numero, octet, texte.to_vec())));
        }
    }

    #[test]
    fn a_long_line_is_passed_over() {
        let mut texte = vec![b'x'; ENREGISTREMENT_MAX * 3];
        texte.extend(b"\nfin");
        let lues = lues(&texte, 1000);
        assert_eq!((lues[0].2.len(), lues[0].3), (ENREGISTREMENT_MAX, true));
        assert_eq!((lues[1].0, lues[1].1, lues[1].3), (2, ENREGISTREMENT_MAX as u64 * 3 + 1, false));
        texte.truncate(ENREGISTREMENT_MAX);
        assert!(!self::lues(&texte, 1000)[0].3, "just as long as may be");
    }
}
