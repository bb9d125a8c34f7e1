//! Sheets of LibreOffice, one row at a time. They follow one another in one part: those before the wanted one are walked through.
//! What is repeated without anything in it is counted, not made.

use std::collections::BTreeSet;
use std::fs::File;

use quick_xml::events::{BytesStart, Event};

use super::rangee::Rangee;
use super::valeur::{duree, iso, nombre};
use super::{Brut, Feuillet};
use crate::sources::balises::{Balises, ajoute, attribut};
use crate::sources::lecture::{Avis, Refus, Sorte};
use crate::sources::limites::{CELLULE_MAX, COLONNES_MAX, FEUILLES_MAX, RANGS_MAX};
use crate::sources::paquet::{Entree, Paquet, abime};

/// Elements whose texts are no cells: remarks, shapes, changes kept aside.
const A_COTE: &[&[u8]] = &[b"annotation", b"shapes", b"tracked-changes", b"frame", b"forms", b"content-validations"];
/// Events walked through to list the sheets: beyond, those further are not offered.
const PARCOURUS: u64 = 4_000_000;

/// The sheets of a workbook, and whether they are all of them.
pub(super) fn feuilles(fichier: File) -> Result<(Vec<Feuillet>, bool), Refus> {
    let paquet = Paquet::ouvre(fichier)?;
    let mut balises = Balises::new(paquet.lit("content.xml").ok_or_else(abime)?);
    let (mut feuilles, mut cachees, mut style) = (Vec::new(), BTreeSet::new(), String::new());
    for _ in 0..PARCOURUS {
        match balises.suivant()? {
            Event::Eof => return Ok((feuilles, true)),
            Event::Start(balise) | Event::Empty(balise) => match balise.name().as_ref() {
                b"style:style" => style = attribut(&balise, "name")?.unwrap_or_default(),
                b"style:table-properties" if cachees.len() < FEUILLES_MAX && attribut(&balise, "display")?.is_some_and(|oui| oui == "false") => {
                    cachees.insert(style.clone());
                }
                b"table:table" if feuilles.len() < FEUILLES_MAX => {
                    let nom = attribut(&balise, "name")?.unwrap_or_default();
                    let masquee = attribut(&balise, "style-name")?.is_some_and(|style| cachees.contains(&style));
                    feuilles.push(Feuillet { part: nom.clone(), nom, masquee });
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok((feuilles, false))
}

/// Rows of a sheet.
pub(super) struct Lignes {
    balises: Balises<Entree>,
    numero: u64,
    /// The row just read, while it is still to be given.
    repetee: Option<(Rangee, u64)>,
    /// Elements open at the sheet: it ends with it.
    dans: usize,
    fusions: u64,
    /// The row above the first one of the table.
    sous: u64,
}

impl Lignes {
    pub(super) fn ouvre(fichier: File, feuille: &str) -> Result<Self, Refus> {
        let paquet = Paquet::ouvre(fichier)?;
        let mut balises = Balises::new(paquet.lit("content.xml").ok_or_else(abime)?);
        loop {
            match balises.suivant()? {
                Event::Eof => return Err(super::sans_feuille(feuille)),
                Event::Start(balise) if balise.name().as_ref() == b"table:table" => {
                    if attribut(&balise, "name")?.unwrap_or_default() == feuille {
                        break;
                    }
                    balises.saute()?;
                }
                _ => {}
            }
        }
        let dans = balises.profondeur();
        Ok(Self { balises, numero: 0, repetee: None, dans, fusions: 0, sous: 0 })
    }

    /// The cells of a row, to its end.
    fn cellules(&mut self, rangee: &mut Rangee) -> Result<(), Refus> {
        let mut colonne = 0_usize;
        loop {
            let evenement = self.balises.suivant()?;
            let (balise, pleine) = match &evenement {
                Event::Eof => return Err(abime()),
                Event::End(balise) if balise.local_name().as_ref() == b"table-row" => return Ok(()),
                Event::Start(balise) => (balise, true),
                Event::Empty(balise) => (balise, false),
                _ => continue,
            };
            let couverte = match balise.local_name().as_ref() {
                b"table-cell" => false,
                b"covered-table-cell" => true,
                _ => {
                    if pleine {
                        self.balises.saute()?;
                    }
                    continue;
                }
            };
            let fois = attribut(balise, "number-columns-repeated")?.and_then(|fois| fois.parse::<usize>().ok()).unwrap_or(1).max(1);
            let fusion = attribut(balise, "number-columns-spanned")?.is_some_and(|large| large != "1")
                || attribut(balise, "number-rows-spanned")?.is_some_and(|haut| haut != "1");
            self.fusions += u64::from(fusion && rangee.numero > self.sous);
            let valeur = valeur(balise)?;
            let texte = if pleine { self.texte(rangee, colonne)? } else { String::new() };
            if !couverte {
                pose(rangee, colonne, fois, valeur, texte);
            }
            colonne = colonne.saturating_add(fois);
        }
    }

    /// The paragraphs of a cell, to its end.
    fn texte(&mut self, rangee: &mut Rangee, colonne: usize) -> Result<String, Refus> {
        let dehors = self.balises.profondeur().saturating_sub(1);
        let (mut texte, mut paragraphes, mut dans, mut trop) = (String::new(), 0, 0_usize, false);
        while self.balises.profondeur() > dehors {
            let evenement = self.balises.suivant()?;
            let vide = matches!(evenement, Event::Empty(_));
            match &evenement {
                Event::Eof => return Err(abime()),
                Event::Start(balise) | Event::Empty(balise) => match balise.local_name().as_ref() {
                    nom if (A_COTE.contains(&nom) || nom == b"table") && !vide => self.balises.saute()?,
                    b"p" => {
                        if paragraphes > 0 {
                            texte.push('\n');
                        }
                        paragraphes += 1;
                        dans += usize::from(!vide);
                    }
                    b"s" => {
                        let fois = attribut(balise, "c")?.and_then(|fois| fois.parse::<usize>().ok()).unwrap_or(1);
                        texte.extend(std::iter::repeat_n(' ', fois.min(CELLULE_MAX)));
                    }
                    b"tab" => texte.push('\t'),
                    b"line-break" => texte.push('\n'),
                    _ => {}
                },
                Event::End(balise) if balise.local_name().as_ref() == b"p" => dans = dans.saturating_sub(1),
                evenement if dans > 0 && !trop => ajoute(&mut texte, evenement)?,
                _ => {}
            }
            if texte.len() > CELLULE_MAX * 4 {
                texte.clear();
                trop = true;
            }
        }
        if trop {
            rangee.trop_long(colonne);
        }
        Ok(texte)
    }
}

/// The value that a cell says beside its text, as this room writes it.
fn valeur(balise: &BytesStart<'_>) -> Result<Option<(String, Sorte)>, Refus> {
    // The prefix tells the kind of OpenDocument from the one that LibreOffice adds (`calcext:value-type="error"`).
    let (mut genre, mut erreur) = (String::new(), false);
    for attribut in balise.attributes().with_checks(false) {
        let attribut = attribut.map_err(|_| abime())?;
        match attribut.key.as_ref() {
            b"office:value-type" => genre = String::from_utf8_lossy(&attribut.value).into_owned(),
            b"calcext:value-type" => erreur = attribut.value.as_ref() == b"error",
            _ => {}
        }
    }
    let dit = |nom| Ok::<_, Refus>(attribut(balise, nom)?.unwrap_or_default());
    Ok(match genre.as_str() {
        _ if erreur => Some((String::new(), Sorte::Erreur)),
        "float" | "currency" => dit("value").map(|ecrit| nombre(&ecrit).map(|nombre| (nombre, Sorte::Nombre)))?,
        "percentage" => super::valeur::affiche(&dit("value")?, super::valeur::Affichage::Pourcent, false).map(|(texte, _)| (texte, Sorte::Nombre)),
        "date" => Some((iso(&dit("date-value")?), Sorte::Date)),
        "time" => duree(&dit("time-value")?).map(|heure| (heure, Sorte::Date)),
        "boolean" => Some((if dit("boolean-value")? == "true" { "vrai" } else { "faux" }.into(), Sorte::Booleen)),
        _ => attribut(balise, "string-value")?.map(|texte| (texte, Sorte::Texte)),
    })
}

/// Puts a cell, as often as it is repeated; one without anything is not made.
fn pose(rangee: &mut Rangee, colonne: usize, fois: usize, valeur: Option<(String, Sorte)>, texte: String) {
    // Shown with zeros before it, a number is a code: a postal code, a SIRET.
    let code = |valeur: &str| {
        let chiffres: String = texte.chars().filter(|signe| !signe.is_whitespace()).collect();
        let meme = chiffres.bytes().all(|octet| octet.is_ascii_digit())
            && chiffres.strip_suffix(valeur).is_some_and(|zeros| zeros.bytes().all(|octet| octet == b'0'));
        Some(chiffres).filter(|_| meme)
    };
    let (texte, sorte) = match valeur {
        Some((valeur, Sorte::Nombre)) => (code(&valeur).unwrap_or(valeur), Sorte::Nombre),
        Some((valeur, sorte)) if !valeur.is_empty() => (valeur, sorte),
        Some((_, Sorte::Erreur)) => (texte, Sorte::Erreur),
        _ => (texte, Sorte::Texte),
    };
    if texte.is_empty() {
        return;
    }
    for place in 0..fois.min(COLONNES_MAX + 1) {
        rangee.pose(colonne.saturating_add(place), texte.clone(), sorte);
        if rangee.defaut.is_some() {
            break;
        }
    }
}

impl Brut for Lignes {
    fn suivante(&mut self) -> Result<Option<Rangee>, Refus> {
        if let Some((rangee, reste)) = self.repetee.take() {
            let mut copie = Rangee::new(rangee.numero + 1, rangee.masque);
            (copie.cellules, copie.sortes, copie.defaut) = (rangee.cellules.clone(), rangee.sortes.clone(), rangee.defaut.clone());
            if reste > 1 {
                let mut suite = rangee;
                suite.numero += 1;
                self.repetee = Some((suite, reste - 1));
            }
            return Ok(Some(copie));
        }
        while self.balises.profondeur() >= self.dans {
            let evenement = self.balises.suivant()?;
            let (balise, pleine) = match &evenement {
                Event::Eof => return Ok(None),
                Event::Start(balise) => (balise, true),
                Event::Empty(balise) => (balise, false),
                _ => continue,
            };
            if A_COTE.contains(&balise.local_name().as_ref()) && pleine {
                self.balises.saute()?;
                continue;
            }
            if balise.local_name().as_ref() != b"table-row" {
                continue;
            }
            let fois = attribut(balise, "number-rows-repeated")?.and_then(|fois| fois.parse::<u64>().ok()).unwrap_or(1).max(1);
            let masque = attribut(balise, "visibility")?.is_some_and(|visible| visible != "visible");
            let mut rangee = Rangee::new(self.numero + 1, masque);
            self.numero = self.numero.saturating_add(fois);
            if pleine {
                self.cellules(&mut rangee)?;
            }
            if rangee.vide() {
                continue;
            }
            if self.numero > RANGS_MAX {
                return Err(Refus::new("FIC-EXPANSION", format!("La feuille dépasse {RANGS_MAX} lignes, plus qu’un tableur n’en permet.")));
            }
            if fois > 1 {
                let mut suite = Rangee::new(rangee.numero, rangee.masque);
                (suite.cellules, suite.sortes, suite.defaut) = (rangee.cellules.clone(), rangee.sortes.clone(), rangee.defaut.clone());
                self.repetee = Some((suite, fois - 1));
            }
            return Ok(Some(rangee));
        }
        Ok(None)
    }

    fn sous(&mut self, ligne: u64) {
        self.sous = ligne;
    }

    fn bilan(&self) -> Vec<Avis> {
        super::fusions(self.fusions).into_iter().collect()
    }
}
