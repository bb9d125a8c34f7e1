//! The values of a column of a group, page after page: one page is held, and the dictionary of the column.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::hybride::{Hybride, bits};
use super::pied::{Colonne, Morceau};
use super::thrift::{STRUCTURE, Thrift};
use super::valeur::{Physique, Valeur};
use super::{abime, autrement};
use crate::sources::lecture::Refus;
use crate::sources::limites::PAGE_MAX;
use crate::sources::regard::Regard;

/// Bytes of the head of a page, which may quote its least and its greatest value.
const TETE_MAX: u64 = 64 * 1024;

/// Ways of writing values.
const PLAIN: i64 = 0;
const DICTIONNAIRE: i64 = 2;
const RLE: i64 = 3;
const RLE_DICTIONNAIRE: i64 = 8;

/// The head of a page.
#[derive(Default)]
struct Tete {
    genre: i64,
    deplie: i64,
    replie: i64,
    valeurs: i64,
    encodage: i64,
    /// How the marks of nothing are written, or how many bytes they take.
    niveaux: i64,
    repetitions: i64,
    /// Of the second kind of page: whether its values are compressed.
    telle: bool,
}

/// How the values of a page are laid.
#[derive(Clone, Debug)]
enum Pose {
    /// One after the other, from here on.
    Suite(usize),
    /// Truth values, bit after bit.
    Bits(u64),
    /// Places in the dictionary, or truth values.
    Numeros(Hybride),
}

#[derive(Debug)]
struct Page {
    octets: Vec<u8>,
    reste: u64,
    niveaux: Option<Hybride>,
    pose: Pose,
}

/// The values that a column has, each once.
#[derive(Debug)]
struct Dictionnaire {
    octets: Vec<u8>,
    /// Where each is, of values that do not all have as many bytes.
    places: Vec<u32>,
}

/// A column of a group while it is read.
pub(super) struct Pages {
    fichier: Arc<File>,
    colonne: Colonne,
    morceau: Morceau,
    position: u64,
    dictionnaire: Option<Dictionnaire>,
    page: Option<Page>,
}

impl Pages {
    pub(super) fn ouvre(fichier: Arc<File>, colonne: Colonne, morceau: Morceau) -> Self {
        Self { fichier, colonne, position: morceau.debut, morceau, dictionnaire: None, page: None }
    }

    /// Bytes that are held.
    pub(super) fn poids(&self) -> u64 {
        let dictionnaire = self.dictionnaire.as_ref().map_or(0, |lu| lu.octets.len() + lu.places.len() * size_of::<u32>());
        (dictionnaire + self.page.as_ref().map_or(0, |page| page.octets.len())) as u64
    }

    /// The next value.
    pub(super) fn suivante(&mut self) -> Result<Valeur<'_>, Refus> {
        while self.page.as_ref().is_none_or(|page| page.reste == 0) {
            self.charge()?;
        }
        let page = self.page.as_mut().ok_or_else(abime)?;
        page.reste -= 1;
        let presente = match &mut page.niveaux {
            Some(niveaux) => niveaux.suivant(&page.octets).ok_or_else(abime)? == 1,
            None => true,
        };
        if !presente {
            return Ok(Valeur::Rien);
        }
        let colonne = &self.colonne;
        let lue = match &mut page.pose {
            Pose::Suite(place) => {
                let lue = colonne.physique.lit(&page.octets, *place, colonne.longueur);
                *place = place.saturating_add(lue.as_ref().map_or(0, |(_, pris)| *pris));
                lue.map(|(valeur, _)| valeur)
            }
            Pose::Bits(bit) => {
                *bit += 1;
                bits(&page.octets, *bit - 1, 1).map(|lu| Valeur::Booleen(lu == 1))
            }
            Pose::Numeros(numeros) => match (numeros.suivant(&page.octets), &self.dictionnaire) {
                (Some(numero), None) if colonne.physique == Physique::Booleen => Some(Valeur::Booleen(numero == 1)),
                (Some(numero), Some(dictionnaire)) => dictionnaire.valeur(colonne, numero),
                _ => None,
            },
        };
        lue.ok_or_else(abime)
    }

    /// The next page with values, and the dictionary before it.
    fn charge(&mut self) -> Result<(), Refus> {
        self.page = None;
        let reste = self.morceau.fin.saturating_sub(self.position);
        let mut debut = vec![0; usize::try_from(reste.min(TETE_MAX)).map_err(|_| abime())?];
        self.fichier.read_exact_at(&mut debut, self.position)?;
        let mut lu = Thrift::sur(&debut);
        let tete = tete(&mut lu).ok_or_else(abime)?;
        let pris = (debut.len() - lu.reste()) as u64;
        let replie = u64::try_from(tete.replie).ok().filter(|replie| *replie <= reste - pris).ok_or_else(abime)?;
        let deplie = u64::try_from(tete.deplie).map_err(|_| abime())?;
        if deplie.max(replie) > PAGE_MAX {
            return Err(autrement("a des pages trop grandes"));
        }
        let place = self.position + pris;
        self.position = place + replie;
        if tete.genre == 1 {
            return Ok(());
        }
        Regard::compte(usize::try_from(deplie).unwrap_or(usize::MAX))?;
        let octets = self.octets(&tete, place, (replie, deplie))?;
        match tete.genre {
            2 if self.dictionnaire.is_none() => self.dictionnaire = Some(Dictionnaire::lit(octets, &tete, &self.colonne).ok_or_else(abime)?),
            0 | 3 => self.page = Some(self.pose(octets, &tete)?),
            _ => return Err(abime()),
        }
        Ok(())
    }

    /// The bytes of a page, unpacked.
    fn octets(&self, tete: &Tete, place: u64, (replie, deplie): (u64, u64)) -> Result<Vec<u8>, Refus> {
        let taille = |octets: u64| usize::try_from(octets).map_err(|_| abime());
        let mut lus = vec![0; taille(replie)?];
        self.fichier.read_exact_at(&mut lus, place)?;
        // The marks of nothing of the second kind of page stand before what is compressed.
        let clair = if tete.genre == 3 { usize::try_from(tete.niveaux).ok().filter(|clair| *clair <= lus.len()).ok_or_else(abime)? } else { 0 };
        if !self.morceau.snappy || tete.genre == 3 && tete.telle {
            return if replie == deplie { Ok(lus) } else { Err(abime()) };
        }
        let serre = lus.split_off(clair);
        let attendu = taille(deplie)?.checked_sub(clair).ok_or_else(abime)?;
        if serre.is_empty() && attendu == 0 {
            return Ok(lus);
        }
        if snap::raw::decompress_len(&serre).ok() != Some(attendu) {
            return Err(abime());
        }
        let ouvert = snap::raw::Decoder::new().decompress_vec(&serre).map_err(|_| abime())?;
        if clair == 0 {
            return Ok(ouvert);
        }
        lus.extend_from_slice(&ouvert);
        Ok(lus)
    }

    /// How the values of a page are laid in its bytes.
    fn pose(&self, octets: Vec<u8>, tete: &Tete) -> Result<Page, Refus> {
        let valeurs = u64::try_from(tete.valeurs).ok().filter(|valeurs| *valeurs <= self.morceau.valeurs).ok_or_else(abime)?;
        let mut place = 0;
        let mut niveaux = None;
        if tete.genre == 3 {
            place = usize::try_from(tete.niveaux).ok().filter(|fin| *fin <= octets.len() && tete.repetitions == 0).ok_or_else(abime)?;
            niveaux = self.colonne.facultative.then(|| Hybride::new(0, place, 1));
        } else if self.colonne.facultative {
            if tete.niveaux != RLE {
                return Err(autrement(ENCODE));
            }
            let fin = longueur(&octets, 0).ok_or_else(abime)?;
            niveaux = Some(Hybride::new(4, fin, 1));
            place = fin;
        }
        let booleen = self.colonne.physique == Physique::Booleen;
        let pose = match tete.encodage {
            PLAIN if booleen => Pose::Bits(place as u64 * 8),
            PLAIN => Pose::Suite(place),
            DICTIONNAIRE | RLE_DICTIONNAIRE if !booleen => {
                // A page of nothing but marks of nothing may have no byte more.
                let largeur = u32::from(octets.get(place).copied().unwrap_or(0));
                if largeur > 32 {
                    return Err(abime());
                }
                Pose::Numeros(Hybride::new(place + 1, octets.len(), largeur))
            }
            RLE if booleen => Pose::Numeros(Hybride::new(place + 4, longueur(&octets, place).ok_or_else(abime)?, 1)),
            _ => return Err(autrement(ENCODE)),
        };
        Ok(Page { octets, reste: valeurs, niveaux, pose })
    }
}

const ENCODE: &str = "est encodé autrement que Gardel ne le lit";

/// Where a block that says its length ends.
fn longueur(octets: &[u8], place: usize) -> Option<usize> {
    let dit: [u8; 4] = octets.get(place..place + 4)?.try_into().ok()?;
    let fin = (place + 4).checked_add(usize::try_from(u32::from_le_bytes(dit)).ok()?)?;
    (fin <= octets.len()).then_some(fin)
}

impl Dictionnaire {
    fn lit(octets: Vec<u8>, tete: &Tete, colonne: &Colonne) -> Option<Self> {
        let combien = usize::try_from(tete.valeurs).ok()?;
        if ![PLAIN, DICTIONNAIRE].contains(&tete.encodage) || colonne.physique == Physique::Booleen {
            return None;
        }
        if colonne.physique != Physique::Octets {
            return (combien.checked_mul(colonne.longueur)? <= octets.len()).then_some(Self { octets, places: Vec::new() });
        }
        if combien.checked_mul(4)? > octets.len() {
            return None;
        }
        let (mut places, mut place) = (Vec::with_capacity(combien), 0);
        for _ in 0..combien {
            places.push(u32::try_from(place).ok()?);
            place = longueur(&octets, place)?;
        }
        Some(Self { octets, places })
    }

    fn valeur(&self, colonne: &Colonne, numero: u32) -> Option<Valeur<'_>> {
        let numero = usize::try_from(numero).ok()?;
        let place = if colonne.physique == Physique::Octets {
            usize::try_from(*self.places.get(numero)?).ok()?
        } else {
            numero.checked_mul(colonne.longueur)?
        };
        colonne.physique.lit(&self.octets, place, colonne.longueur).map(|(valeur, _)| valeur)
    }
}

fn tete(lu: &mut Thrift<'_>) -> Option<Tete> {
    let mut tete = Tete::default();
    lu.structure(&mut |lu, numero, genre| {
        match numero {
            1 => tete.genre = lu.entier(genre)?,
            2 => tete.deplie = lu.entier(genre)?,
            3 => tete.replie = lu.entier(genre)?,
            5 | 7 | 8 if genre == STRUCTURE => lu.structure(&mut |lu, champ, genre| {
                match (numero, champ) {
                    (_, 1) => tete.valeurs = lu.entier(genre)?,
                    (5 | 7, 2) | (8, 4) => tete.encodage = lu.entier(genre)?,
                    (5, 3) | (8, 5) => tete.niveaux = lu.entier(genre)?,
                    (8, 6) => tete.repetitions = lu.entier(genre)?,
                    (8, 7) => tete.telle = !Thrift::booleen(genre)?,
                    _ => return Some(false),
                }
                Some(true)
            })?,
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some(tete)
}
