//! What a Parquet says of itself at its end: its columns, its groups of rows, where each column of a group is. Read here and not by the
//! library of the exports, which believes what it reads: a crafted footer makes it take gigabytes, or the stack, and the process with
//! it. Everything is held against the size of the file before a row is read.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::thrift::{STRUCTURE, Thrift};
use super::valeur::{Physique, Sens};
use super::{abime, autrement};
use crate::sources::lecture::Refus;
use crate::sources::limites::{COLONNES_MAX, EXPANSION_LIBRE, EXPANSION_MAX, LIGNES_LIBRES, LIGNES_MAX_PARQUET, MONTRE_MAX, PIED_MAX, RAPPORT_MAX};
use crate::sources::paquet::{chiffre, trop_grand};

/// Groups, and columns of a group, that a file has at most: the exports of ten million rows have twenty thousand.
const MORCEAUX_MAX: usize = 200_000;
const MORCELE: &str = "est fait de trop de petits groupes de lignes";
/// What stands at both ends.
const MARQUE: &[u8; 4] = b"PAR1";

/// A column.
#[derive(Clone, Debug, Default)]
pub(super) struct Colonne {
    pub nom: String,
    pub physique: Physique,
    pub sens: Sens,
    /// Bytes of a value, of those that all have as many.
    pub longueur: usize,
    /// Whether some of its values may be nothing.
    pub facultative: bool,
}

/// A column of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Morceau {
    pub debut: u64,
    pub fin: u64,
    pub valeurs: u64,
    pub snappy: bool,
}

/// Rows that are together.
#[derive(Clone, Debug, Default)]
pub(super) struct Groupe {
    pub lignes: u64,
    pub morceaux: Vec<Morceau>,
}

/// The footer.
#[derive(Clone, Debug, Default)]
pub(super) struct Pied {
    pub colonnes: Vec<Colonne>,
    pub groupes: Vec<Groupe>,
}

/// An element of the schema, as it is written.
#[derive(Default)]
struct Element<'a> {
    nom: &'a str,
    physique: Option<i64>,
    longueur: i64,
    repetition: Option<i64>,
    enfants: i64,
    converti: Option<i64>,
    echelle: i64,
    logique: Option<Logique>,
}

/// A kind of value, as it is written.
#[derive(Clone, Copy, Default)]
pub(super) struct Logique {
    pub genre: i16,
    pub echelle: i64,
    /// Milliseconds, microseconds, nanoseconds.
    pub unite: i16,
    pub oui: bool,
}

/// A column of a group, as it is written.
#[derive(Default)]
struct Brut {
    ailleurs: bool,
    secret: bool,
    physique: i64,
    codec: i64,
    valeurs: i64,
    deplie: i64,
    replie: i64,
    donnees: i64,
    dictionnaire: Option<i64>,
}

/// What the footer says, as it is written.
#[derive(Default)]
struct Dit<'a> {
    elements: Vec<Element<'a>>,
    lignes: i64,
    groupes: Vec<(i64, Vec<Brut>)>,
}

/// The footer of a file.
pub(super) fn pied(fichier: &File) -> Result<Pied, Refus> {
    let taille = fichier.metadata()?.len();
    let fin = taille.checked_sub(8).filter(|fin| *fin >= 4).ok_or_else(abime)?;
    let mut queue = [0; 8];
    fichier.read_exact_at(&mut queue, fin)?;
    if &queue[4..] != MARQUE {
        return Err(abime());
    }
    let longueur = u64::from(u32::from_le_bytes([queue[0], queue[1], queue[2], queue[3]]));
    let debut = fin.checked_sub(longueur).filter(|debut| *debut >= 4).ok_or_else(abime)?;
    if longueur > PIED_MAX {
        return Err(autrement(MORCELE));
    }
    let mut octets = vec![0; usize::try_from(longueur).map_err(|_| abime())?];
    fichier.read_exact_at(&mut octets, debut)?;
    let dit = dit(&octets)?;
    let colonnes = colonnes(&dit.elements)?;
    let groupes = groupes(&dit, &colonnes, debut)?;
    Ok(Pied { colonnes, groupes })
}

fn dit(octets: &[u8]) -> Result<Dit<'_>, Refus> {
    let (mut dit, mut place) = (Dit::default(), MORCEAUX_MAX);
    let lu = Thrift::sur(octets).structure(&mut |lu, numero, genre| {
        match numero {
            2 => {
                for _ in 0..lu.liste(genre, STRUCTURE)? {
                    let lu = element(lu)?;
                    // One too many is enough to know.
                    if dit.elements.len() < COLONNES_MAX + 2 {
                        dit.elements.push(lu);
                    }
                }
            }
            3 => dit.lignes = lu.entier(genre)?,
            4 => {
                for _ in 0..lu.liste(genre, STRUCTURE)? {
                    dit.groupes.push(groupe(lu, &mut place)?);
                }
            }
            _ => return Some(false),
        }
        Some(true)
    });
    match lu {
        Some(()) => Ok(dit),
        None if place == 0 => Err(autrement(MORCELE)),
        None => Err(abime()),
    }
}

fn element<'a>(lu: &mut Thrift<'a>) -> Option<Element<'a>> {
    let mut element = Element::default();
    lu.structure(&mut |lu, numero, genre| {
        match numero {
            1 => element.physique = Some(lu.entier(genre)?),
            2 => element.longueur = lu.entier(genre)?,
            3 => element.repetition = Some(lu.entier(genre)?),
            4 => element.nom = lu.texte(genre)?,
            5 => element.enfants = lu.entier(genre)?,
            6 => element.converti = Some(lu.entier(genre)?),
            7 => element.echelle = lu.entier(genre)?,
            10 if genre == STRUCTURE => element.logique = Some(logique(lu)?),
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some(element)
}

/// A union: the number of its only field is the kind.
fn logique(lu: &mut Thrift<'_>) -> Option<Logique> {
    let mut logique = Logique::default();
    lu.structure(&mut |lu, numero, genre| {
        if genre != STRUCTURE {
            return None;
        }
        logique.genre = numero;
        lu.structure(&mut |lu, numero, genre| {
            match (logique.genre, numero) {
                (5 | 10, 1) => logique.echelle = lu.entier(genre)?,
                (7 | 8, 1) | (10, 2) => logique.oui = Thrift::booleen(genre)?,
                (7 | 8, 2) if genre == STRUCTURE => lu.structure(&mut |_, numero, _| {
                    logique.unite = numero;
                    Some(false)
                })?,
                _ => return Some(false),
            }
            Some(true)
        })?;
        Some(true)
    })?;
    Some(logique)
}

/// A group, when there is a place for it and for its columns.
fn groupe(lu: &mut Thrift<'_>, place: &mut usize) -> Option<(i64, Vec<Brut>)> {
    let (mut lignes, mut morceaux) = (-1, Vec::new());
    *place = place.checked_sub(1)?;
    lu.structure(&mut |lu, numero, genre| {
        match numero {
            1 => {
                for _ in 0..lu.liste(genre, STRUCTURE)? {
                    *place = place.checked_sub(1)?;
                    morceaux.push(brut(lu)?);
                }
            }
            3 => lignes = lu.entier(genre)?,
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some((lignes, morceaux))
}

fn brut(lu: &mut Thrift<'_>) -> Option<Brut> {
    let mut brut = Brut::default();
    lu.structure(&mut |lu, numero, genre| {
        match numero {
            1 => brut.ailleurs = !lu.texte(genre)?.is_empty(),
            3 if genre == STRUCTURE => lu.structure(&mut |lu, numero, genre| {
                match numero {
                    1 => brut.physique = lu.entier(genre)?,
                    4 => brut.codec = lu.entier(genre)?,
                    5 => brut.valeurs = lu.entier(genre)?,
                    6 => brut.deplie = lu.entier(genre)?,
                    7 => brut.replie = lu.entier(genre)?,
                    9 => brut.donnees = lu.entier(genre)?,
                    11 => brut.dictionnaire = Some(lu.entier(genre)?),
                    _ => return Some(false),
                }
                Some(true)
            })?,
            8 => {
                brut.secret = true;
                return Some(false);
            }
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some(brut)
}

/// The columns of a table: a file of lists, or of groups of columns, is none.
fn colonnes(elements: &[Element<'_>]) -> Result<Vec<Colonne>, Refus> {
    let Some((racine, feuilles)) = elements.split_first() else { return Err(abime()) };
    let plat = feuilles.iter().all(|feuille| feuille.enfants == 0 && feuille.physique.is_some() && matches!(feuille.repetition, Some(0 | 1)));
    if feuilles.len() > COLONNES_MAX || feuilles.iter().map(|feuille| feuille.nom.len()).sum::<usize>() > MONTRE_MAX {
        return Err(Refus::new("STR-02", format!("Le fichier a plus de {COLONNES_MAX} colonnes.")));
    }
    if usize::try_from(racine.enfants) != Ok(feuilles.len()) || !plat {
        return Err(autrement("contient des listes ou des colonnes dans des colonnes"));
    }
    if feuilles.is_empty() {
        return Err(Refus::new("FIC-SANS-LIGNE", "Le fichier Parquet n’a aucune colonne."));
    }
    feuilles.iter().map(colonne).collect()
}

fn colonne(feuille: &Element<'_>) -> Result<Colonne, Refus> {
    let physique = feuille.physique.and_then(Physique::of).ok_or_else(abime)?;
    let longueur = physique.longueur().or_else(|| usize::try_from(feuille.longueur).ok()).unwrap_or(0);
    if physique == Physique::Fixe && !(1..=64 * 1024).contains(&longueur) {
        return Err(abime());
    }
    Ok(Colonne {
        nom: feuille.nom.trim().to_string(),
        physique,
        sens: Sens::of(physique, feuille.logique, feuille.converti, feuille.echelle),
        longueur,
        facultative: feuille.repetition == Some(1),
    })
}

fn groupes(dit: &Dit<'_>, colonnes: &[Colonne], fin: u64) -> Result<Vec<Groupe>, Refus> {
    let mut groupes = Vec::with_capacity(dit.groupes.len());
    let (mut lignes, mut deplie) = (0_u64, 0_u64);
    for (compte, bruts) in &dit.groupes {
        if bruts.len() != colonnes.len() {
            return Err(abime());
        }
        let mut groupe = Groupe { lignes: u64::try_from(*compte).map_err(|_| abime())?, morceaux: Vec::with_capacity(bruts.len()) };
        for (brut, colonne) in bruts.iter().zip(colonnes) {
            deplie = deplie.saturating_add(u64::try_from(brut.deplie).map_err(|_| abime())?);
            groupe.morceaux.push(morceau(brut, colonne, groupe.lignes, fin)?);
        }
        lignes = lignes.saturating_add(groupe.lignes);
        groupes.push(groupe);
    }
    if u64::try_from(dit.lignes) != Ok(lignes) {
        return Err(abime());
    }
    let demesure = |combien: u64, libre: u64| combien > libre && combien / RAPPORT_MAX > fin;
    if lignes > LIGNES_MAX_PARQUET || deplie > EXPANSION_MAX || demesure(lignes, LIGNES_LIBRES) || demesure(deplie, EXPANSION_LIBRE) {
        return Err(trop_grand());
    }
    Ok(groupes)
}

fn morceau(brut: &Brut, colonne: &Colonne, lignes: u64, fin: u64) -> Result<Morceau, Refus> {
    if brut.secret {
        return Err(chiffre());
    }
    if brut.ailleurs {
        return Err(autrement("renvoie à d’autres fichiers"));
    }
    let snappy = match brut.codec {
        0 => false,
        1 => true,
        _ => return Err(autrement("est compressé autrement qu’en Snappy")),
    };
    let debut = brut.dictionnaire.filter(|place| *place > 0).map_or(brut.donnees, |place| place.min(brut.donnees));
    let debut = u64::try_from(debut).ok().filter(|debut| *debut >= 4).ok_or_else(abime)?;
    let apres = u64::try_from(brut.replie).ok().and_then(|octets| debut.checked_add(octets)).filter(|apres| *apres <= fin).ok_or_else(abime)?;
    // Of a flat table each row has a value, or the mark of none.
    if Physique::of(brut.physique) != Some(colonne.physique) || u64::try_from(brut.valeurs) != Ok(lignes) {
        return Err(abime());
    }
    Ok(Morceau { debut, fin: apres, valeurs: lignes, snappy })
}
