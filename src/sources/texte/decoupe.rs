//! Records of a text: cells between separators, of which some stand between quotes and may hold separators and line ends. A quote
//! never closed costs its own line, not the rest of the file: the lines after it are read again.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::lignes::{Ligne, Lignes};
use crate::sources::limites::{ENREGISTREMENT_MAX, LIGNES_MAX};

/// Signs of the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signes {
    pub separateur: u8,
    pub guillemet: Option<u8>,
    /// Each line stands between quotes that are taken off first.
    pub enveloppe: bool,
}

/// What is wrong with a record by its shape alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forme {
    Juste,
    /// A quote opened in this cell is never closed.
    Ouvert(usize),
    Long,
}

/// A record: cells one after the other, and where each ends.
#[derive(Debug)]
pub(super) struct Enregistrement {
    pub numero: u64,
    pub octet: u64,
    octets: Vec<u8>,
    fins: Vec<usize>,
    pub forme: Forme,
    /// The file ends right behind it, without a line end.
    pub coupe: bool,
}

impl Enregistrement {
    pub(super) fn len(&self) -> usize {
        self.fins.len()
    }

    pub(super) fn cellules(&self) -> impl Iterator<Item = &[u8]> {
        let debuts = std::iter::once(0).chain(self.fins.iter().copied());
        debuts.zip(&self.fins).map(|(debut, fin)| &self.octets[debut..*fin])
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Etat {
    /// Before the first sign of a cell.
    Debut,
    /// In a cell without quotes, or behind those of one that has more.
    Nu,
    Entre,
    /// Behind a quote that closes the cell, unless another one follows.
    Ferme,
}

/// Cells as they are found.
struct Analyse {
    signes: Signes,
    etat: Etat,
    octets: Vec<u8>,
    fins: Vec<usize>,
    /// Whether the cell being read began on a line before.
    suite: bool,
    /// Something stands behind the closing quote of a cell of several lines: no such cell was meant.
    faux: bool,
}

impl Analyse {
    fn ligne(&mut self, mut reste: &[u8]) {
        while let Some((&premier, apres)) = reste.split_first() {
            let guillemet = self.signes.guillemet;
            match self.etat {
                Etat::Debut if Some(premier) == guillemet => {
                    self.etat = Etat::Entre;
                    reste = apres;
                }
                Etat::Debut | Etat::Nu => {
                    self.etat = Etat::Nu;
                    let fin = memchr::memchr(self.signes.separateur, reste);
                    let corps = fin.unwrap_or(reste.len());
                    self.octets.extend_from_slice(&reste[..corps]);
                    reste = &reste[corps..];
                    if fin.is_some() {
                        reste = &reste[1..];
                        self.cellule();
                    }
                }
                Etat::Entre => {
                    let fin = guillemet.and_then(|signe| memchr::memchr(signe, reste));
                    let corps = fin.unwrap_or(reste.len());
                    self.octets.extend_from_slice(&reste[..corps]);
                    reste = &reste[corps..];
                    if fin.is_some() {
                        reste = &reste[1..];
                        self.etat = Etat::Ferme;
                    }
                }
                Etat::Ferme if Some(premier) == guillemet => {
                    self.octets.push(premier);
                    self.etat = Etat::Entre;
                    reste = apres;
                }
                Etat::Ferme if premier == self.signes.separateur => {
                    self.cellule();
                    reste = apres;
                }
                Etat::Ferme => {
                    self.faux |= self.suite;
                    self.etat = Etat::Nu;
                }
            }
        }
    }

    fn cellule(&mut self) {
        self.fins.push(self.octets.len());
        self.etat = Etat::Debut;
        self.suite = false;
    }
}

/// A line without the quotes around all of it.
fn ouvre(mut ligne: Ligne) -> Ligne {
    let Some(dedans) = ligne.octets.strip_prefix(b"\"").and_then(|reste| reste.strip_suffix(b"\"")) else { return ligne };
    let mut seul = false;
    let garde = |octet: &u8| {
        seul = *octet == b'"' && !seul;
        *octet != b'"' || seul
    };
    ligne.octets = dedans.iter().copied().filter(garde).collect();
    ligne
}

/// Records of a source.
pub(super) struct Decoupe<R> {
    lignes: Lignes<R>,
    /// Lines read behind a quote that was never closed.
    attente: VecDeque<Ligne>,
    signes: Signes,
    /// Cells of a record, where it is known: one of several lines with more is a quote never closed.
    largeur: Option<usize>,
}

impl<R: BufRead> Decoupe<R> {
    pub(super) fn new(lignes: Lignes<R>, signes: Signes, largeur: Option<usize>) -> Self {
        Self { lignes, attente: VecDeque::new(), signes, largeur }
    }

    /// Byte and line of the record that comes next.
    pub(super) fn ici(&self) -> (u64, u64) {
        self.attente.front().map_or_else(|| self.lignes.ici(), |ligne| (ligne.octet, ligne.numero))
    }

    /// A physical line, as it is.
    pub(super) fn ligne(&mut self) -> io::Result<Option<Ligne>> {
        match self.attente.pop_front() {
            Some(ligne) => Ok(Some(ligne)),
            None => Ok(self.lignes.suivante()?.map(|ligne| if self.signes.enveloppe { ouvre(ligne) } else { ligne })),
        }
    }

    /// The next record; a blank line is one without cells.
    pub(super) fn suivant(&mut self) -> io::Result<Option<Enregistrement>> {
        let Some(premiere) = self.ligne()? else { return Ok(None) };
        let (numero, octet) = (premiere.numero, premiere.octet);
        let mut lu = Analyse {
            signes: self.signes,
            etat: Etat::Debut,
            octets: Vec::with_capacity(premiere.octets.len()),
            fins: Vec::new(),
            suite: false,
            faux: false,
        };
        lu.ligne(&premiere.octets);
        let rendu = |lu: Analyse, forme, coupe| Enregistrement { numero, octet, octets: lu.octets, fins: lu.fins, forme, coupe };
        if premiere.longue {
            lu.fins.push(lu.octets.len());
            return Ok(Some(rendu(lu, Forme::Long, false)));
        }
        let mut coupe = premiere.fin.is_empty();
        if lu.etat == Etat::Entre {
            let garde = (lu.octets.len(), lu.fins.len());
            match self.suite(&mut lu, premiere)? {
                Some(fin_de_fichier) => coupe = fin_de_fichier,
                None => {
                    lu.octets.truncate(garde.0);
                    lu.fins.truncate(garde.1);
                    lu.fins.push(garde.0);
                    return Ok(Some(rendu(lu, Forme::Ouvert(garde.1), coupe && self.attente.is_empty())));
                }
            }
        }
        // The last cell; a line without any sign has none.
        if lu.etat != Etat::Debut || !lu.fins.is_empty() {
            lu.cellule();
        }
        Ok(Some(rendu(lu, Forme::Juste, coupe)))
    }

    /// The lines that go on with a cell left open; whether the file ends behind them. Nothing when it is never closed: they are
    /// put back.
    fn suite(&mut self, lu: &mut Analyse, premiere: Ligne) -> io::Result<Option<bool>> {
        let (mut suivantes, mut fin, mut octets) = (Vec::new(), premiere.fin, premiere.octets.len());
        while lu.etat == Etat::Entre {
            let Some(ligne) = self.ligne()? else { break };
            lu.octets.extend_from_slice(fin);
            fin = ligne.fin;
            octets += ligne.octets.len() + fin.len();
            let trop = ligne.longue || octets > ENREGISTREMENT_MAX || suivantes.len() + 2 > LIGNES_MAX;
            lu.suite = true;
            if !trop {
                lu.ligne(&ligne.octets);
            }
            suivantes.push(ligne);
            if trop {
                lu.etat = Etat::Entre;
                break;
            }
        }
        let large = self.largeur.is_some_and(|largeur| lu.fins.len() + 1 > largeur);
        if lu.etat == Etat::Entre || lu.faux || large {
            for ligne in suivantes.into_iter().rev() {
                self.attente.push_front(ligne);
            }
            return Ok(None);
        }
        Ok(Some(fin.is_empty()))
    }
}
