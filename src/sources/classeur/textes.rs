//! The texts that the cells of a workbook share: kept in memory while they are few, in a temporary file beyond. Each is given by
//! its number.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;

use quick_xml::events::Event;

use super::valeur::deplie;
use crate::sources::balises::{Balises, ajoute};
use crate::sources::lecture::Refus;
use crate::sources::limites::{CELLULE_MAX, REGARD_TEXTES, REGARD_TEXTES_OCTETS};
use crate::sources::regard::{Regard, trop_long};

/// Bytes and texts kept in memory.
const MEMOIRE: usize = 4 * 1024 * 1024;
const MEMOIRE_TEXTES: usize = 128 * 1024;
/// Put behind a text that was cut: no text holds it.
const COUPE: u8 = 0xff;

/// Texts by their number.
pub(super) enum Textes {
    Memoire {
        octets: Vec<u8>,
        fins: Vec<u64>,
    },
    Disque {
        octets: File,
        fins: File,
        nombre: u64,
    },
    /// The first of them, for a look.
    Debut(Box<Textes>),
}

/// Texts on their way to the disk.
struct Depot {
    octets: BufWriter<File>,
    fins: BufWriter<File>,
    fin: u64,
    nombre: u64,
}

impl Depot {
    fn new() -> io::Result<Self> {
        let neuf = || Ok::<_, io::Error>(BufWriter::with_capacity(64 * 1024, tempfile::tempfile()?));
        Ok(Self { octets: neuf()?, fins: neuf()?, fin: 0, nombre: 0 })
    }

    fn ajoute(&mut self, texte: &[u8]) -> io::Result<()> {
        self.octets.write_all(texte)?;
        self.fin += texte.len() as u64;
        self.nombre += 1;
        self.fins.write_all(&self.fin.to_le_bytes())
    }
}

impl Textes {
    pub(super) fn aucun() -> Self {
        Self::Memoire { octets: Vec::new(), fins: Vec::new() }
    }

    /// Reads the part that holds them. What it says of their number is not believed: they are counted as they come.
    /// For a look, the first of them are enough.
    pub(super) fn lit(part: impl Read) -> Result<Self, Refus> {
        let most = if Regard::en_cours() { (REGARD_TEXTES, REGARD_TEXTES_OCTETS) } else { (usize::MAX, u64::MAX) };
        Self::avec(part, (MEMOIRE, MEMOIRE_TEXTES), most)
    }

    fn avec(part: impl Read, (memoire, textes): (usize, usize), (most, most_octets): (usize, u64)) -> Result<Self, Refus> {
        let mut balises = Balises::new(part);
        let (mut octets, mut fins, mut depot) = (Vec::new(), Vec::<u64>::new(), None::<Depot>);
        let (mut count, mut weight, mut coupe) = (0, 0, false);
        while let Some(texte) = suivant(&mut balises)? {
            (count, weight) = (count + 1, weight + texte.len() as u64);
            if count > most || weight > most_octets {
                coupe = true;
                break;
            }
            if let Some(depot) = &mut depot {
                depot.ajoute(&texte)?;
                continue;
            }
            octets.extend_from_slice(&texte);
            fins.push(octets.len() as u64);
            if octets.len() > memoire || fins.len() > textes {
                let mut neuf = Depot::new()?;
                let mut debut = 0;
                for fin in fins.drain(..) {
                    neuf.ajoute(&octets[debut..usize::try_from(fin).unwrap_or(debut)])?;
                    debut = usize::try_from(fin).unwrap_or(debut);
                }
                octets = Vec::new();
                depot = Some(neuf);
            }
        }
        let pose = |tampon: BufWriter<File>| tampon.into_inner().map_err(io::IntoInnerError::into_error);
        let lus = match depot {
            None => Self::Memoire { octets, fins },
            Some(depot) => Self::Disque { octets: pose(depot.octets)?, fins: pose(depot.fins)?, nombre: depot.nombre },
        };
        Ok(if coupe { Self::Debut(Box::new(lus)) } else { lus })
    }

    /// The text of a number, and whether it was cut.
    pub(super) fn texte(&self, numero: u64) -> Result<Option<(String, bool)>, Refus> {
        let lu = match self {
            Self::Debut(lus) => return lus.texte(numero)?.map(Some).ok_or_else(trop_long),
            Self::Memoire { octets, fins } => {
                let Some(fin) = usize::try_from(numero).ok().and_then(|numero| fins.get(numero)) else { return Ok(None) };
                let debut = usize::try_from(numero).ok().and_then(|numero| numero.checked_sub(1)).and_then(|avant| fins.get(avant)).unwrap_or(&0);
                let place = |octet: u64| usize::try_from(octet).unwrap_or(octets.len()).min(octets.len());
                octets[place(*debut)..place(*fin)].to_vec()
            }
            Self::Disque { nombre, .. } if numero >= *nombre => return Ok(None),
            Self::Disque { octets, fins, .. } => {
                let mut bornes = [0; 16];
                // The end of the text before, where there is one, and its own.
                if numero == 0 {
                    fins.read_exact_at(&mut bornes[8..], 0)?
                } else {
                    fins.read_exact_at(&mut bornes, (numero - 1) * 8)?
                }
                let borne = |place: usize| {
                    let mut huit = [0; 8];
                    huit.copy_from_slice(&bornes[place..place + 8]);
                    u64::from_le_bytes(huit)
                };
                let mut lu = vec![0; usize::try_from(borne(8).saturating_sub(borne(0))).unwrap_or(0).min(CELLULE_MAX * 4 + 1)];
                octets.read_exact_at(&mut lu, borne(0))?;
                lu
            }
        };
        let coupe = lu.last() == Some(&COUPE);
        let lu = if coupe { &lu[..lu.len() - 1] } else { &lu };
        Ok(Some((String::from_utf8_lossy(lu).into_owned(), coupe)))
    }
}

/// The next text of the part: the pieces that it is shown in, without how it is pronounced.
fn suivant<R: Read>(balises: &mut Balises<R>) -> Result<Option<Vec<u8>>, Refus> {
    let (mut texte, mut dans, mut trop) = (String::new(), false, false);
    loop {
        let evenement = balises.suivant()?;
        match &evenement {
            Event::Eof => return Ok(None),
            Event::Start(balise) => match balise.local_name().as_ref() {
                b"t" => dans = true,
                b"rPh" => balises.saute()?,
                _ => {}
            },
            Event::Empty(balise) if balise.local_name().as_ref() == b"si" => return Ok(Some(Vec::new())),
            Event::End(balise) => match balise.local_name().as_ref() {
                b"t" => dans = false,
                b"si" => break,
                _ => {}
            },
            evenement if dans && !trop => {
                ajoute(&mut texte, evenement)?;
                trop = texte.len() > CELLULE_MAX * 4;
            }
            _ => {}
        }
    }
    let (texte, coupe) = borne(deplie(&texte));
    let mut octets = texte.into_bytes();
    octets.extend((coupe || trop).then_some(COUPE));
    Ok(Some(octets))
}

/// A text as long as a cell may be, and whether it was cut.
pub(super) fn borne(mut texte: String) -> (String, bool) {
    match texte.char_indices().nth(CELLULE_MAX) {
        Some((place, _)) => {
            texte.truncate(place);
            (texte, true)
        }
        None => (texte, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_in_memory_and_on_disk() {
        let mut part = String::from("<sst count='9' uniqueCount='10000000000'>");
        for numero in 0..500 {
            part += &format!("<si><t>n{numero}</t></si>");
        }
        part += "<si><r><t xml:space='preserve'>a </t></r><r><t>b</t></r><rPh><t>x</t></rPh></si><si/><si><t>_x0041_&amp;</t></si></sst>";
        for (memoire, textes) in [(MEMOIRE, MEMOIRE_TEXTES), (100, 1000), (100_000, 3), (0, 0)] {
            let lus = Textes::avec(part.as_bytes(), (memoire, textes), (usize::MAX, u64::MAX)).expect("read");
            assert_eq!(matches!(lus, Textes::Disque { .. }), memoire != MEMOIRE);
            let texte = |numero| lus.texte(numero).expect("read").map(|(texte, _)| texte);
            for numero in [0, 1, 250, 499] {
                assert_eq!(texte(numero), Some(format!("n{numero}")));
            }
            assert_eq!((texte(500).as_deref(), texte(501).as_deref(), texte(502).as_deref()), (Some("a b"), Some(""), Some("A&")));
            assert_eq!((texte(503), texte(u64::MAX)), (None, None));
        }
    }

    #[test]
    fn a_look_reads_the_first_texts_alone() {
        let part = format!("<sst>{}</sst>", "<si><t>abcd</t></si>".repeat(50));
        for most in [(10, u64::MAX), (usize::MAX, 40)] {
            let lus = Textes::avec(part.as_bytes(), (MEMOIRE, MEMOIRE_TEXTES), most).expect("read");
            assert_eq!(lus.texte(9).expect("read").map(|(texte, _)| texte).as_deref(), Some("abcd"));
            assert_eq!(lus.texte(10).expect_err("too far").code, "FIC-REGARD");
        }
        let whole = Textes::avec(part.as_bytes(), (MEMOIRE, MEMOIRE_TEXTES), (50, 200)).expect("read");
        assert!(whole.texte(49).expect("read").is_some() && whole.texte(50).expect("read").is_none());
    }

    #[test]
    fn a_text_too_long_is_cut_and_says_so() {
        let part = format!("<sst><si><t>{}</t></si><si><t>b</t></si></sst>", "é".repeat(CELLULE_MAX + 1));
        for memoire in [MEMOIRE, 0] {
            let lus = Textes::avec(part.as_bytes(), (memoire, 10), (usize::MAX, u64::MAX)).expect("read");
            let (texte, coupe) = lus.texte(0).expect("read").expect("there");
            assert_eq!((texte.chars().count(), coupe), (CELLULE_MAX, true));
            assert_eq!(lus.texte(1).expect("read"), Some(("b".into(), false)));
        }
    }
}
