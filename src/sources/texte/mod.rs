//! CSV and its cousins, as a stream of rows.

mod decoupe;
mod dialecte;
mod examen;
mod lignes;
mod protegee;
mod transcodage;

pub(super) use self::examen::examine;

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};

use self::decoupe::{Decoupe, Enregistrement, Forme, Signes};
use self::lignes::Lignes;
use self::protegee::rendue;
use super::Rangs;
use super::encodage::Encodage;
use super::lecture::{Avis, Defaut, Lecture, Rang, Refus, Reprise, Role};
use super::limites::{COLONNES_MAX, ENREGISTREMENT_MAX, LIGNES_MAX};
use super::roles;

type Source = Box<dyn BufRead + Send>;

/// Rows of a text.
pub(super) struct Texte {
    decoupe: Decoupe<Source>,
    encodage: Encodage,
    colonnes: Vec<String>,
    entete: bool,
    rangs: u64,
}

/// A source whose separators are those of ASCII.
pub(super) struct Lu {
    pub source: Source,
    /// How many bytes of the file a piece of it stands for.
    pub poids: fn(&[u8]) -> u64,
    /// Its first byte in the file.
    pub octet: u64,
}

/// The bytes of a file from one of them, its mark passed over.
pub(super) fn lecteur(mut tampon: BufReader<File>, encodage: Encodage, mut octet: u64) -> Result<Lu, Refus> {
    if octet == 0 {
        let debut = tampon.fill_buf()?;
        let marque = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].into_iter().find(|marque| debut.starts_with(marque));
        let marque = marque.filter(|marque| encodage.seize() == (marque.len() == 2)).map_or(0, <[u8]>::len);
        tampon.consume(marque);
        octet = marque as u64;
    }
    Ok(if encodage.seize() {
        Lu { source: Box::new(transcodage::Utf16::new(tampon, encodage == Encodage::Utf16Le)), poids: transcodage::poids, octet }
    } else {
        Lu { source: Box::new(tampon), poids: |octets| octets.len() as u64, octet }
    })
}

/// The lines of a text from one of its bytes.
fn source(mut fichier: File, encodage: Encodage, reprise: Reprise) -> Result<Lignes<Source>, Refus> {
    fichier.seek(SeekFrom::Start(reprise.octet))?;
    let Lu { source, poids, octet } = lecteur(BufReader::with_capacity(64 * 1024, fichier), encodage, reprise.octet)?;
    Ok(Lignes::new(source, poids, octet, reprise.ligne.max(1)))
}

impl Texte {
    pub(super) fn ouvre(fichier: File, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Self, Refus> {
        let ascii = |signe: char| u8::try_from(signe).ok().filter(|octet| octet.is_ascii() && !matches!(octet, b'\n' | b'\r'));
        let refus = || Refus::new("FIC-SIGNE", "Le séparateur et le guillemet sont chacun un seul signe, sans accent.");
        let separateur = ascii(lecture.separateur).ok_or_else(refus)?;
        let guillemet = lecture.guillemet.map(|signe| ascii(signe).ok_or_else(refus)).transpose()?;
        let lignes = source(fichier, lecture.encodage, depuis.unwrap_or_default())?;
        let largeur = Some(lecture.colonnes.len()).filter(|largeur| *largeur > 0);
        let mut texte = Self {
            decoupe: Decoupe::new(lignes, Signes { separateur, guillemet, enveloppe: lecture.enveloppe }, largeur),
            encodage: lecture.encodage,
            colonnes: lecture.colonnes.clone(),
            entete: lecture.entete,
            rangs: depuis.map_or(0, |reprise| reprise.rangs),
        };
        if depuis.is_none() {
            for _ in 0..lecture.titre {
                texte.decoupe.ligne()?;
            }
            if lecture.entete {
                texte.decoupe.suivant()?;
            }
        }
        Ok(texte)
    }

    fn rang(&self, lu: &Enregistrement) -> Rang {
        let mut defaut = None;
        let mut cellules = Vec::with_capacity(lu.len());
        for (place, octets) in lu.cellules().enumerate().take(COLONNES_MAX) {
            let (texte, faute) = self.encodage.decode(octets);
            if memchr::memchr(0, octets).is_some() {
                defaut = Some(Defaut::at("ENC-02", place, "Cette cellule contient un octet nul\u{a0}: le fichier est abîmé."));
            } else if faute && defaut.is_none() {
                let phrase = format!("Des octets de cette cellule ne veulent rien dire en {}.", self.encodage.libelle());
                defaut = Some(Defaut::at("ENC-01", place, phrase));
            }
            cellules.push(rendue(texte.into_owned()));
        }
        let role = if lu.forme == Forme::Juste { roles::role(&cellules, if self.entete { &self.colonnes } else { &[] }) } else { Role::Donnee };
        let defaut = self.forme(lu, &mut cellules, role).or(defaut);
        Rang { ligne: lu.numero, octet: lu.octet, cellules, role, defaut: defaut.filter(|_| role == Role::Donnee), ..Rang::default() }
    }

    /// What is wrong with the shape of a record. Empty cells too many are taken off, those that a row of sums lacks are added.
    fn forme(&self, lu: &Enregistrement, cellules: &mut Vec<String>, role: Role) -> Option<Defaut> {
        let largeur = self.colonnes.len();
        match lu.forme {
            Forme::Ouvert(place) => {
                let phrase = format!("Le guillemet ouvert dans cette cellule n’est jamais refermé ({LIGNES_MAX} lignes au plus).");
                return Some(Defaut::at("STR-03", place, phrase));
            }
            Forme::Long => {
                return Some(Defaut::new("STR-04", format!("Cette ligne dépasse {} Kio\u{a0}: elle n’est pas lue.", ENREGISTREMENT_MAX / 1024)));
            }
            Forme::Juste => {}
        }
        if lu.len() > COLONNES_MAX {
            return Some(Defaut::new("STR-02", format!("Cette ligne a {} colonnes, plus que tout tableur.", lu.len())));
        }
        if largeur == 0 {
            return None;
        }
        while cellules.len() > largeur && cellules.last().is_some_and(|derniere| derniere.trim().is_empty()) {
            cellules.pop();
        }
        if cellules.len() < largeur && role != Role::Donnee {
            cellules.resize(largeur, String::new());
        }
        if cellules.len() == largeur {
            return None;
        }
        if lu.coupe && cellules.len() < largeur {
            let phrase = format!("La dernière ligne s’arrête à la colonne {} sur {largeur}\u{a0}: le fichier est coupé.", cellules.len());
            return Some(Defaut::new("STR-05", phrase));
        }
        let combien = format!("Cette ligne a {} colonnes au lieu de {largeur}", cellules.len());
        let Some(trop) = cellules.get(largeur) else { return Some(Defaut::new("STR-02", format!("{combien}."))) };
        let trop: String = trop.trim().chars().take(40).collect();
        let phrase =
            format!("{combien}\u{a0}: «\u{a0}{trop}\u{a0}» est au-delà des titres. Retirez ce qui est en trop, ou donnez un titre à cette colonne.");
        Some(Defaut::new("STR-02", phrase))
    }
}

impl Rangs for Texte {
    fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
        while let Some(lu) = self.decoupe.suivant()? {
            let vide = |octets: &[u8]| octets.iter().all(|octet| octet.is_ascii_whitespace() || *octet == 0x1a);
            if lu.forme == Forme::Juste && lu.cellules().all(vide) {
                // A blank line, or the mark that DOS put at the end of files.
                continue;
            }
            self.rangs += 1;
            return Ok(Some(self.rang(&lu)));
        }
        Ok(None)
    }

    fn ici(&self) -> Reprise {
        let (octet, ligne) = self.decoupe.ici();
        Reprise { octet, ligne, rangs: self.rangs }
    }

    fn bilan(&self) -> Vec<Avis> {
        Vec::new()
    }
}
