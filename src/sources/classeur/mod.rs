//! Workbooks as streams of rows: XLSX and ODS. Never opened with a library that reads them whole: one such aborts the process on
//! a file of two kilobytes that says that it has ten thousand million texts.

mod ods;
mod rangee;
mod textes;
pub(super) mod valeur;
mod xlsx;

#[cfg(test)]
mod tests;

use std::fs::File;

use self::rangee::Rangee;
use super::entete;
use super::lecture::{Avis, Examen, Lecture, Nature, Partie, Rang, Refus, Reprise, Role, Sorte, Voulu};
use super::limites::{MONTRE_MAX, PREMIERES};
use super::{Encodage, Rangs, poids, premieres, roles};

/// The sheet where the exports of Gardel say what was asked: it holds no row, and leaves no doubt about which sheet is read.
const SANS_DONNEES: &str = "Filtres";
/// Visible sheets looked at for the one that has the table.
const REGARDEES: usize = 12;

/// Rows as a sheet gives them.
trait Brut {
    fn suivante(&mut self) -> Result<Option<Rangee>, Refus>;
    /// Where the table begins: what is merged above it is no matter of its rows.
    fn sous(&mut self, _ligne: u64) {}
    fn bilan(&self) -> Vec<Avis>;
}

/// What is told of merged cells among the rows.
fn fusions(compte: u64) -> Option<Avis> {
    let phrase = match compte {
        0 => return None,
        1 => "Des cellules sont fusionnées dans le tableau\u{a0}: leur valeur n’est que dans la première.".to_string(),
        _ => format!("{compte} fusions de cellules dans le tableau\u{a0}: leur valeur n’est que dans la première cellule de chacune."),
    };
    Some(Avis::new("INF-FUSION", phrase))
}

/// A sheet, and where it is.
#[derive(Clone, Debug)]
struct Feuillet {
    nom: String,
    masquee: bool,
    part: String,
}

fn sans_feuille(nom: &str) -> Refus {
    Refus::new("FIC-FEUILLE", format!("Le classeur n’a pas de feuille «\u{a0}{nom}\u{a0}»."))
}

type Source = Box<dyn Brut + Send>;

/// Opens a sheet of a workbook, each time from its beginning.
struct Classeur {
    fichier: File,
    nature: Nature,
    feuilles: Vec<Feuillet>,
    toutes: bool,
    xlsx: Option<(xlsx::Xlsx, std::sync::Arc<textes::Textes>)>,
}

impl Classeur {
    fn ouvre(fichier: File, nature: Nature) -> Result<Self, Refus> {
        if nature == Nature::Xlsx {
            let xlsx = xlsx::Xlsx::ouvre(fichier.try_clone()?)?;
            let textes = xlsx.textes()?;
            return Ok(Self { fichier, nature, feuilles: xlsx.feuilles.clone(), toutes: true, xlsx: Some((xlsx, textes)) });
        }
        let (feuilles, toutes) = ods::feuilles(fichier.try_clone()?)?;
        Ok(Self { fichier, nature, feuilles, toutes, xlsx: None })
    }

    fn feuille(&self, feuillet: &Feuillet) -> Result<Source, Refus> {
        match &self.xlsx {
            Some((xlsx, textes)) => Ok(Box::new(xlsx.feuille(feuillet, std::sync::Arc::clone(textes))?)),
            None => Ok(Box::new(ods::Lignes::ouvre(self.fichier.try_clone()?, &feuillet.part)?)),
        }
    }

    /// The first rows of a sheet that have anything, with their numbers.
    fn debut(&self, feuillet: &Feuillet, passees: u64) -> Result<(Vec<Vec<String>>, Vec<u64>), Refus> {
        let mut source = self.feuille(feuillet)?;
        let (mut rangs, mut numeros, mut octets) = (Vec::new(), Vec::new(), 0);
        while rangs.len() < entete::REGARDES && octets < MONTRE_MAX {
            let Some(rangee) = source.suivante()? else { break };
            if !rangee.vide() && rangee.numero > passees {
                octets += poids(&rangee.cellules);
                numeros.push(rangee.numero);
                rangs.push(rangee.cellules);
            }
        }
        Ok((rangs, numeros))
    }

    /// The sheet wanted; else, of those that are shown, the first whose header is known, else the first with rows.
    fn choisit(&self, voulu: Option<&str>, dictionnaire: &dyn Fn(&str) -> bool) -> Result<Feuillet, Refus> {
        if let Some(nom) = voulu {
            return self.feuilles.iter().find(|feuille| feuille.nom == nom).cloned().ok_or_else(|| sans_feuille(nom));
        }
        let mut pleine = None;
        for feuillet in self.feuilles.iter().filter(|feuillet| !feuillet.masquee).take(REGARDEES) {
            let (rangs, _) = self.debut(feuillet, 0)?;
            let connus = rangs.iter().map(|rang| rang.iter().filter(|cellule| !cellule.is_empty() && dictionnaire(cellule)).count()).max();
            if connus.is_some_and(|connus| connus >= 2) {
                return Ok(feuillet.clone());
            }
            if pleine.is_none() && rangs.len() > 1 {
                pleine = Some(feuillet.clone());
            }
        }
        pleine.ok_or_else(|| Refus::new("FIC-SANS-LIGNE", "Aucune feuille visible du classeur n’a de lignes."))
    }
}

/// Rows of a sheet, below its header.
pub(super) struct Feuille {
    source: Source,
    colonnes: Vec<String>,
    entete: bool,
    rangs: u64,
    numero: u64,
    masques: u64,
}

impl Feuille {
    pub(super) fn ouvre(fichier: File, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Self, Refus> {
        let nom = lecture.feuille.as_deref().unwrap_or_default();
        let source: Source = if lecture.nature == Nature::Ods {
            Box::new(ods::Lignes::ouvre(fichier, nom)?)
        } else {
            let classeur = Classeur::ouvre(fichier, lecture.nature)?;
            classeur.feuille(&classeur.choisit(Some(nom), &|_| false)?)?
        };
        let mut feuille = Self::sur(source, lecture)?;
        // Rows given before: sheets have no place to go on from.
        while feuille.rangs < depuis.map_or(0, |reprise| reprise.rangs) {
            if feuille.suivant()?.is_none() {
                break;
            }
        }
        Ok(feuille)
    }

    /// The rows of a sheet just opened.
    fn sur(source: Source, lecture: &Lecture) -> Result<Self, Refus> {
        let mut feuille = Self { source, colonnes: lecture.colonnes.clone(), entete: lecture.entete, rangs: 0, numero: 0, masques: 0 };
        feuille.source.sous(u64::from(lecture.titre) + u64::from(lecture.entete));
        feuille.passe(lecture)?;
        Ok(feuille)
    }

    /// Passes over what stands above the rows.
    fn passe(&mut self, lecture: &Lecture) -> Result<(), Refus> {
        let dernier = u64::from(lecture.titre) + u64::from(lecture.entete);
        while self.numero < dernier {
            let Some(rangee) = self.source.suivante()? else { break };
            self.numero = rangee.numero;
            if rangee.numero > dernier {
                // The header is not where it is said to be: nothing is lost.
                self.source = Box::new(Remise { premiere: Some(rangee), suite: std::mem::replace(&mut self.source, Box::new(Rien)) });
                break;
            }
        }
        Ok(())
    }

    fn rang(&mut self, mut rangee: Rangee) -> Rang {
        let largeur = self.colonnes.len();
        let role = roles::role(&rangee.cellules, if self.entete { &self.colonnes } else { &[] });
        if largeur > 0 {
            // A remark beside the table, far below what was looked at: no column reads it, and it stays with its row.
            let pleine = rangee.cellules.iter().rposition(|cellule| !cellule.trim().is_empty()).map_or(0, |place| place + 1);
            rangee.cellules.truncate(pleine.max(largeur));
            rangee.sortes.truncate(pleine.max(largeur));
            if rangee.cellules.len() < largeur {
                rangee.cellules.resize(largeur, String::new());
                rangee.sortes.resize(largeur, Sorte::Vide);
            }
        }
        self.masques += u64::from(rangee.masque);
        Rang {
            ligne: rangee.numero,
            cellules: rangee.cellules,
            sortes: rangee.sortes,
            role,
            masque: rangee.masque,
            defaut: rangee.defaut.filter(|_| role == Role::Donnee),
            ..Rang::default()
        }
    }
}

/// A row put back before those that follow.
struct Remise {
    premiere: Option<Rangee>,
    suite: Source,
}

impl Brut for Remise {
    fn suivante(&mut self) -> Result<Option<Rangee>, Refus> {
        self.premiere.take().map_or_else(|| self.suite.suivante(), |rangee| Ok(Some(rangee)))
    }

    fn bilan(&self) -> Vec<Avis> {
        self.suite.bilan()
    }
}

/// No row.
struct Rien;

impl Brut for Rien {
    fn suivante(&mut self) -> Result<Option<Rangee>, Refus> {
        Ok(None)
    }

    fn bilan(&self) -> Vec<Avis> {
        Vec::new()
    }
}

impl Rangs for Feuille {
    fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
        while let Some(rangee) = self.source.suivante()? {
            self.numero = rangee.numero;
            if !rangee.vide() {
                self.rangs += 1;
                return Ok(Some(self.rang(rangee)));
            }
        }
        Ok(None)
    }

    fn ici(&self) -> Reprise {
        Reprise { octet: 0, ligne: self.numero + 1, rangs: self.rangs }
    }

    fn bilan(&self) -> Vec<Avis> {
        let masques = (self.masques > 0).then(|| {
            Avis::new(
                "INF-MASQUE",
                match self.masques {
                    1 => "Une ligne est masquée ou filtrée dans la feuille\u{a0}: elle est lue comme les autres.".into(),
                    count => format!("{count} lignes sont masquées ou filtrées dans la feuille\u{a0}: elles sont lues comme les autres."),
                },
            )
        });
        masques.into_iter().chain(self.source.bilan()).collect()
    }
}

/// Looks at the beginning of a workbook.
pub(super) fn examine(fichier: File, nature: Nature, voulu: &Voulu, dictionnaire: &dyn Fn(&str) -> bool) -> Result<Examen, Refus> {
    let classeur = Classeur::ouvre(fichier, nature)?;
    let feuillet = classeur.choisit(voulu.feuille.as_deref(), dictionnaire)?;
    let (rangs, numeros) = classeur.debut(&feuillet, voulu.titre.unwrap_or(0).saturating_sub(1).into())?;
    let place = match voulu.titre {
        Some(titre) => {
            let debut = numeros.iter().position(|numero| *numero > u64::from(titre)).unwrap_or(numeros.len());
            entete::sous(&rangs, debut, dictionnaire, voulu.entete)
        }
        None => entete::trouve(&rangs, dictionnaire, voulu.entete),
    };
    let titre = numeros.get(place.rang).map_or(0, |numero| u32::try_from(numero - 1).unwrap_or(u32::MAX));
    let dessus = numeros.iter().position(|numero| *numero == u64::from(titre)).and_then(|place| rangs.get(place));
    let colonnes = entete::colonnes(&rangs, dessus, place, true)?;
    let lecture = Lecture {
        nature: classeur.nature,
        membre: None,
        encodage: Encodage::Utf8,
        separateur: ';',
        guillemet: None,
        enveloppe: false,
        titre,
        entete: place.entete,
        feuille: Some(feuillet.nom.clone()),
        element: None,
        par: None,
        hors: None,
        colonnes,
    };
    let mut feuille = Feuille::sur(classeur.feuille(&feuillet)?, &lecture)?;
    let (lues, entier) = premieres(&mut feuille, PREMIERES)?;
    if lues.is_empty() {
        return Err(Refus::new("FIC-SANS-LIGNE", format!("La feuille «\u{a0}{}\u{a0}» n’a aucune ligne sous son en-tête.", feuillet.nom)));
    }
    let mut avertissements = entete::avis(&lecture, &lues);
    avertissements.extend(feuille.bilan());
    avertissements.extend(roles::avis(&lues));
    let masquees: Vec<&str> = classeur.feuilles.iter().filter(|feuille| feuille.masquee).map(|feuille| feuille.nom.as_str()).collect();
    if !masquees.is_empty() {
        avertissements.push(Avis::new("INF-FEUILLE-MASQUEE", format!("Des feuilles sont masquées dans le classeur\u{a0}: {}.", masquees.join(", "))));
    }
    if !classeur.toutes {
        avertissements.push(Avis::new("INF-FEUILLES", "Le classeur est si grand que ses dernières feuilles ne sont pas proposées."));
    }
    let mut doutes = entete::doutes(place, voulu);
    let others = classeur.feuilles.iter().filter(|feuille| !feuille.masquee && feuille.nom != SANS_DONNEES);
    if voulu.feuille.is_none() && others.count() > 1 {
        doutes.push(Avis::new("DOU-FEUILLE", format!("Le classeur a plusieurs feuilles\u{a0}: c’est «\u{a0}{}\u{a0}» qui est lue.", feuillet.nom)));
    }
    Ok(Examen {
        titres: rangs[..place.rang].iter().map(|rang| rang.join(" ").trim().to_string()).filter(|titre| !titre.is_empty()).collect(),
        premieres: lues,
        entier,
        feuilles: classeur.feuilles.iter().map(|feuille| Partie { nom: feuille.nom.clone(), masquee: feuille.masquee }).collect(),
        membres: Vec::new(),
        essais: Vec::new(),
        avertissements,
        doutes,
        lecture,
    })
}
