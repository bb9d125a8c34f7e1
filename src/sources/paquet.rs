//! Archives from strangers: their list of entries is bounded before it is read, what they unpack to as it is declared and as it
//! comes. An entry is a stream of its own.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::lecture::Refus;
use super::limites::{ENTREES_MAX, EXPANSION_LIBRE, EXPANSION_MAX, LISTE_MAX, RAPPORT_MAX};
use super::regard::Regard;

/// Bytes at the end of an archive where the end of its list of entries is looked for; a comment of 64 KiB may follow it.
const FIN: u64 = 64 * 1024 + 26;
/// Bytes of that end, without its comment.
const FIN_OCTETS: usize = 22;

pub(super) fn abime() -> Refus {
    Refus::new("FIC-ABIME", "Le fichier est abîmé ou incomplet\u{a0}: il ne s’ouvre pas. Enregistrez-le à nouveau, puis renvoyez-le.")
}

pub(super) fn chiffre() -> Refus {
    Refus::new("FIC-CHIFFRE", "Le fichier est protégé par un mot de passe. Enregistrez-le sans protection, puis renvoyez-le.")
}

pub(super) fn trop_grand() -> Refus {
    Refus::new("FIC-EXPANSION", "Le fichier, une fois décompressé, serait démesuré. Découpez-le, ou envoyez-le en CSV.")
}

/// One entry, as the list says it.
struct Piece {
    nom: String,
    debut: u64,
    compresse: u64,
    taille: u64,
    deflate: bool,
    crc: u32,
}

/// An archive.
pub(super) struct Paquet {
    fichier: Arc<File>,
    pieces: Vec<Piece>,
    /// Bytes of an entry that are unpacked whatever they were compressed to.
    libre: u64,
}

impl Paquet {
    pub(super) fn ouvre(mut fichier: File) -> Result<Self, Refus> {
        borne(&mut fichier)?;
        fichier.rewind()?;
        let mut archive = ZipArchive::new(BufReader::new(fichier)).map_err(|_| abime())?;
        if archive.len() > usize::from(ENTREES_MAX) {
            return Err(trop_d_entrees());
        }
        if archive.has_overlapping_entries().map_err(|_| abime())? {
            return Err(abime());
        }
        let (mut pieces, mut total) = (Vec::with_capacity(archive.len()), 0_u64);
        for numero in 0..archive.len() {
            let piece = archive.by_index_raw(numero).map_err(|_| abime())?;
            if piece.is_dir() {
                continue;
            }
            if piece.encrypted() {
                return Err(chiffre());
            }
            let (compresse, taille) = (piece.compressed_size(), piece.size());
            total = total.saturating_add(taille);
            if total > EXPANSION_MAX || excessif(taille, compresse, EXPANSION_LIBRE) {
                return Err(trop_grand());
            }
            let deflate = match piece.compression() {
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                _ => return Err(Refus::new("FIC-ABIME", "Le fichier est compressé d’une manière que Gardel ne lit pas. Utilisez un ZIP ordinaire.")),
            };
            let nom = piece.name().map_err(|_| abime())?.replace('\\', "/");
            let debut = piece.data_start().ok_or_else(abime)?;
            pieces.push(Piece { nom, debut, compresse, taille, deflate, crc: piece.crc32() });
        }
        Ok(Self { fichier: Arc::new(archive.into_inner().into_inner()), pieces, libre: EXPANSION_LIBRE })
    }

    /// Names of the entries, and bytes of each.
    pub(super) fn noms(&self) -> impl Iterator<Item = (&str, u64)> {
        self.pieces.iter().map(|piece| (piece.nom.as_str(), piece.taille))
    }

    pub(super) fn contient(&self, nom: &str) -> bool {
        self.piece(nom).is_some()
    }

    fn piece(&self, nom: &str) -> Option<&Piece> {
        let nom = nom.trim_start_matches('/');
        self.pieces.iter().find(|piece| piece.nom == nom).or_else(|| self.pieces.iter().find(|piece| piece.nom.eq_ignore_ascii_case(nom)))
    }

    /// An entry, from its beginning.
    pub(super) fn lit(&self, nom: &str) -> Option<Entree> {
        let piece = self.piece(nom)?;
        let tranche = Tranche { fichier: Arc::clone(&self.fichier), position: piece.debut, fin: piece.debut.saturating_add(piece.compresse) };
        let corps = if piece.deflate { Corps::Deflate(Box::new(DeflateDecoder::new(tranche))) } else { Corps::Tel(tranche) };
        Some(Entree { corps, libre: self.libre, compresse: piece.compresse, sortis: 0, crc: Crc::new(), attendu: piece.crc, fini: false })
    }
}

/// Whether so many bytes are too many for what they were compressed to.
fn excessif(taille: u64, compresse: u64, libre: u64) -> bool {
    taille > libre && taille / RAPPORT_MAX > compresse
}

fn trop_d_entrees() -> Refus {
    Refus::new("FIC-EXPANSION", format!("L’archive contient trop de fichiers ({ENTREES_MAX} au plus)."))
}

/// Refuses an archive whose list, as its end says it, is not one to be read. The kind made for more than four gigabytes (ZIP64)
/// says it elsewhere, and is refused.
fn borne(fichier: &mut File) -> Result<(), Refus> {
    let taille = fichier.seek(SeekFrom::End(0))?;
    fichier.seek(SeekFrom::Start(taille.saturating_sub(FIN)))?;
    let mut fin = Vec::new();
    fichier.by_ref().take(FIN).read_to_end(&mut fin)?;
    let mut vues = 0;
    // Each of them, whichever the library takes for the end.
    for record in fin.windows(FIN_OCTETS).filter(|record| record.starts_with(b"PK\x05\x06")) {
        let deux = |place: usize| u16::from_le_bytes([record[place], record[place + 1]]);
        let quatre = |place: usize| u32::from_le_bytes([record[place], record[place + 1], record[place + 2], record[place + 3]]);
        if deux(8).max(deux(10)) > ENTREES_MAX || quatre(12) > LISTE_MAX || quatre(16) == u32::MAX {
            return Err(trop_d_entrees());
        }
        vues += 1;
    }
    if vues == 0 { Err(abime()) } else { Ok(()) }
}

/// The compressed bytes of an entry, read without moving the place of anybody else.
struct Tranche {
    fichier: Arc<File>,
    position: u64,
    fin: u64,
}

impl Read for Tranche {
    fn read(&mut self, vers: &mut [u8]) -> io::Result<usize> {
        let reste = usize::try_from(self.fin.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let place = vers.len().min(reste);
        let lus = self.fichier.read_at(&mut vers[..place], self.position)?;
        self.position += lus as u64;
        Ok(lus)
    }
}

enum Corps {
    Tel(Tranche),
    Deflate(Box<DeflateDecoder<Tranche>>),
}

/// An entry being read: what comes is counted, and compared with its checksum at its end.
pub(super) struct Entree {
    corps: Corps,
    libre: u64,
    compresse: u64,
    sortis: u64,
    crc: Crc,
    attendu: u32,
    fini: bool,
}

impl Read for Entree {
    fn read(&mut self, vers: &mut [u8]) -> io::Result<usize> {
        if self.fini || vers.is_empty() {
            return Ok(0);
        }
        let lus = match &mut self.corps {
            Corps::Tel(tranche) => tranche.read(vers),
            Corps::Deflate(deflate) => deflate.read(vers),
        };
        let lus = lus.map_err(|error| if error.kind() == io::ErrorKind::Interrupted { error } else { abime().into() })?;
        if lus == 0 {
            self.fini = true;
            return if self.crc.sum() == self.attendu { Ok(0) } else { Err(abime().into()) };
        }
        self.crc.update(&vers[..lus]);
        self.sortis += lus as u64;
        Regard::compte(lus).map_err(io::Error::from)?;
        if self.sortis > EXPANSION_MAX || excessif(self.sortis, self.compresse, self.libre) {
            return Err(trop_grand().into());
        }
        Ok(lus)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entrees: &[(&str, &[u8])]) -> Vec<u8> {
        let mut vers = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (nom, corps) in entrees {
            vers.start_file(*nom, SimpleFileOptions::default()).expect("an entry");
            vers.write_all(corps).expect("written");
        }
        vers.finish().expect("an archive").into_inner()
    }

    fn ouvert(octets: &[u8]) -> Result<Paquet, Refus> {
        let mut fichier = tempfile::tempfile().expect("a file");
        fichier.write_all(octets).expect("written");
        Paquet::ouvre(fichier)
    }

    fn code(octets: &[u8]) -> &'static str {
        ouvert(octets).err().map_or("", |refus| refus.code)
    }

    #[test]
    fn entries_are_read_beside_each_other() {
        let paquet = ouvert(&archive(&[("a.csv", b"a;b"), ("D/B.csv", &[b'x'; 70_000])])).expect("an archive");
        let (mut un, mut deux) = (paquet.lit("a.csv").expect("a"), paquet.lit("/d/b.csv").expect("b"));
        let mut lus = (Vec::new(), Vec::new());
        deux.by_ref().take(100).read_to_end(&mut lus.1).expect("some");
        un.read_to_end(&mut lus.0).expect("all");
        deux.read_to_end(&mut lus.1).expect("the rest");
        assert_eq!((lus.0.as_slice(), lus.1.len()), (&b"a;b"[..], 70_000));
        assert!(paquet.lit("c.csv").is_none() && !paquet.contient("c.csv"));
    }

    #[test]
    fn what_is_broken_says_so() {
        let bonne = archive(&[("a.csv", &[b'x'; 3_000])]);
        assert_eq!(code(&bonne[..bonne.len() - 30]), "FIC-ABIME");
        assert_eq!(code(b"PK\x03\x04"), "FIC-ABIME");
        // A byte of the data: the checksum does not agree, or it does not unpack.
        let mut autre = bonne.clone();
        autre[40] ^= 0xff;
        let lu = ouvert(&autre).map(|paquet| paquet.lit("a.csv").expect("listed").read_to_end(&mut Vec::new()));
        assert!(lu.is_err() || lu.is_ok_and(|lu| lu.is_err()));
    }

    /// Refused by what it declares, and by what comes when that is a lie.
    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut bombe = archive(&[("a.csv", &vec![0; 3 * 1024 * 1024])]);
        assert!(bombe.len() < 10_000);
        // The list of entries says how large each is: bytes 24 to 28 of its only record.
        let place = bombe.windows(4).rposition(|quatre| quatre == b"PK\x01\x02").expect("the list");
        bombe[place + 24..place + 28].copy_from_slice(&2_000_000_000_u32.to_le_bytes());
        assert_eq!(code(&bombe), "FIC-EXPANSION");
        bombe[place + 24..place + 28].copy_from_slice(&1000_u32.to_le_bytes());
        let mut paquet = ouvert(&bombe).expect("nothing shows");
        paquet.libre = 1024 * 1024;
        let mut lus = Vec::new();
        let erreur = paquet.lit("a.csv").expect("listed").read_to_end(&mut lus).expect_err("too much");
        assert_eq!(Refus::from(erreur).code, "FIC-EXPANSION");
        assert!(lus.len() < 1024 * 1024 + 64 * 1024);
    }

    #[test]
    fn too_many_entries_are_not_listed() {
        let mut un = archive(&[("a", b"")]);
        let fin = un.len() - FIN_OCTETS;
        un[fin + 10..fin + 12].copy_from_slice(&20_000_u16.to_le_bytes());
        assert_eq!(code(&un), "FIC-EXPANSION");
    }
}
