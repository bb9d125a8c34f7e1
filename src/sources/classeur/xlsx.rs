//! Sheets of Excel, one row at a time. The parts of the package are found by its relations, never by their usual names alone.

use std::fs::File;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::rangee::Rangee;
use super::textes::Textes;
use super::valeur::{Affichage, affiche, deplie, iso, nombre};
use super::{Brut, Feuillet};
use crate::sources::balises::{Balises, ajoute, attribut};
use crate::sources::lecture::{Avis, Defaut, Refus, Sorte};
use crate::sources::limites::{CELLULE_MAX, FEUILLES_MAX, RANGS_MAX};
use crate::sources::paquet::{Entree, Paquet, abime};

/// Styles at most.
const STYLES_MAX: usize = 100_000;

/// What a workbook says before its rows.
pub(super) struct Xlsx {
    paquet: Paquet,
    pub feuilles: Vec<Feuillet>,
    epoque_1904: bool,
    textes: Option<String>,
    styles: Option<String>,
}

/// The relations of a part: their names, kinds and targets.
fn relations(paquet: &Paquet, part: &str) -> Result<Vec<(String, String, String)>, Refus> {
    let (dossier, nom) = part.rsplit_once('/').unwrap_or(("", part));
    let chemin = if dossier.is_empty() { format!("_rels/{nom}.rels") } else { format!("{dossier}/_rels/{nom}.rels") };
    let Some(entree) = paquet.lit(&chemin) else { return Ok(Vec::new()) };
    let (mut balises, mut lues) = (Balises::new(entree), Vec::new());
    loop {
        match balises.suivant()? {
            Event::Eof => return Ok(lues),
            Event::Start(balise) | Event::Empty(balise) if balise.local_name().as_ref() == b"Relationship" && lues.len() < FEUILLES_MAX => {
                let lu = |nom| Ok::<_, Refus>(attribut(&balise, nom)?.unwrap_or_default());
                lues.push((lu("Id")?, lu("Type")?, cible(dossier, &lu("Target")?)));
            }
            _ => {}
        }
    }
}

/// A target from the folder of its part, or from the root.
fn cible(dossier: &str, cible: &str) -> String {
    if let Some(absolue) = cible.strip_prefix('/') {
        return absolue.to_string();
    }
    let mut parties: Vec<&str> = dossier.split('/').filter(|partie| !partie.is_empty()).collect();
    for partie in cible.split('/') {
        match partie {
            "" | "." => {}
            ".." => drop(parties.pop()),
            autre => parties.push(autre),
        }
    }
    parties.join("/")
}

impl Xlsx {
    pub(super) fn ouvre(fichier: File) -> Result<Self, Refus> {
        let paquet = Paquet::ouvre(fichier)?;
        let racine = relations(&paquet, "")?.into_iter().find(|(_, genre, _)| genre.ends_with("/officeDocument")).map(|(.., cible)| cible);
        let classeur = racine.filter(|part| paquet.contient(part)).unwrap_or_else(|| "xl/workbook.xml".into());
        let liens = relations(&paquet, &classeur)?;
        let genre = |fin: &str| liens.iter().find(|(_, genre, _)| genre.ends_with(fin)).map(|(.., cible)| cible.clone());
        let mut xlsx = Self { feuilles: Vec::new(), epoque_1904: false, textes: genre("/sharedStrings"), styles: genre("/styles"), paquet };
        let mut balises = Balises::new(xlsx.paquet.lit(&classeur).ok_or_else(abime)?);
        loop {
            match balises.suivant()? {
                Event::Eof => break,
                Event::Start(balise) | Event::Empty(balise) => match balise.local_name().as_ref() {
                    b"workbookPr" => xlsx.epoque_1904 = attribut(&balise, "date1904")?.is_some_and(|oui| oui == "1" || oui == "true"),
                    b"sheet" if xlsx.feuilles.len() < FEUILLES_MAX => {
                        let id = attribut(&balise, "id")?.unwrap_or_default();
                        // Charts are sheets without cells.
                        let part = liens.iter().find(|(nom, genre, _)| *nom == id && genre.ends_with("/worksheet")).map(|(.., cible)| cible.clone());
                        let numero = xlsx.feuilles.len() + 1;
                        let part = part.or_else(|| liens.is_empty().then(|| format!("xl/worksheets/sheet{numero}.xml")));
                        let nom = attribut(&balise, "name")?.unwrap_or_default();
                        let masquee = attribut(&balise, "state")?.is_some_and(|etat| etat != "visible");
                        xlsx.feuilles.extend(part.map(|part| Feuillet { nom, masquee, part }));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(xlsx)
    }

    /// The texts that the cells share.
    pub(super) fn textes(&self) -> Result<Arc<Textes>, Refus> {
        let part = self.textes.as_ref().and_then(|part| self.paquet.lit(part));
        Ok(Arc::new(part.map_or_else(|| Ok(Textes::aucun()), Textes::lit)?))
    }

    /// The rows of a sheet.
    pub(super) fn feuille(&self, feuillet: &Feuillet, textes: Arc<Textes>) -> Result<Lignes, Refus> {
        let styles = self.styles.as_ref().and_then(|part| self.paquet.lit(part)).map_or_else(|| Ok(Vec::new()), styles)?;
        let balises = Balises::new(self.paquet.lit(&feuillet.part).ok_or_else(abime)?);
        Ok(Lignes { balises, textes, styles, epoque_1904: self.epoque_1904, numero: 0, fusions: 0, sous: 0, sans_resultat: 0 })
    }
}

/// How the numbers of each style are shown.
fn styles(part: Entree) -> Result<Vec<Affichage>, Refus> {
    let (mut balises, mut styles, mut dans) = (Balises::new(part), Vec::new(), false);
    let mut codes = std::collections::HashMap::new();
    loop {
        let evenement = balises.suivant()?;
        match &evenement {
            Event::Eof => return Ok(styles),
            Event::Start(balise) | Event::Empty(balise) => match balise.local_name().as_ref() {
                b"numFmt" if codes.len() < STYLES_MAX => {
                    let numero = attribut(balise, "numFmtId")?.and_then(|numero| numero.parse::<u32>().ok());
                    codes.extend(numero.zip(attribut(balise, "formatCode")?.map(|code| Affichage::du_code(&code))));
                }
                b"cellXfs" => dans = matches!(evenement, Event::Start(_)),
                b"xf" if dans && styles.len() < STYLES_MAX => {
                    let numero = attribut(balise, "numFmtId")?.and_then(|numero| numero.parse::<u32>().ok()).unwrap_or(0);
                    styles.push(codes.get(&numero).copied().or_else(|| Affichage::connu(numero)).unwrap_or_default());
                }
                _ => {}
            },
            Event::End(balise) if balise.local_name().as_ref() == b"cellXfs" => dans = false,
            _ => {}
        }
    }
}

/// A cell while its parts come.
#[derive(Default)]
struct Cellule {
    colonne: usize,
    genre: String,
    affichage: Affichage,
    valeur: String,
    formule: bool,
    trop: bool,
}

/// Rows of a sheet.
pub(super) struct Lignes {
    balises: Balises<Entree>,
    textes: Arc<Textes>,
    styles: Vec<Affichage>,
    epoque_1904: bool,
    numero: u64,
    fusions: u64,
    /// The row above the first one of the table.
    sous: u64,
    sans_resultat: u64,
}

impl Lignes {
    fn ligne(&mut self, balise: &BytesStart<'_>) -> Result<Rangee, Refus> {
        let dit = attribut(balise, "r")?.and_then(|numero| numero.parse::<u64>().ok());
        self.numero = dit.unwrap_or(self.numero + 1).max(self.numero + 1);
        if self.numero > RANGS_MAX {
            return Err(Refus::new("FIC-EXPANSION", format!("La feuille dépasse {RANGS_MAX} lignes, plus qu’un tableur n’en permet.")));
        }
        let masque = attribut(balise, "hidden")?.is_some_and(|oui| oui == "1" || oui == "true");
        Ok(Rangee::new(self.numero, masque))
    }

    /// The cells of a row, to its end.
    fn cellules(&mut self, rangee: &mut Rangee) -> Result<(), Refus> {
        let mut suivante = 0;
        loop {
            match self.balises.suivant()? {
                Event::Eof => return Err(abime()),
                Event::End(balise) if balise.local_name().as_ref() == b"row" => return Ok(()),
                Event::Start(balise) if balise.local_name().as_ref() == b"c" => {
                    let mut cellule = self.debut(&balise, suivante)?;
                    suivante = cellule.colonne.saturating_add(1);
                    self.contenu(&mut cellule)?;
                    self.pose(rangee, cellule)?;
                }
                Event::Empty(balise) if balise.local_name().as_ref() == b"c" => {
                    suivante = self.debut(&balise, suivante)?.colonne.saturating_add(1);
                }
                _ => {}
            }
        }
    }

    fn debut(&self, balise: &BytesStart<'_>, suivante: usize) -> Result<Cellule, Refus> {
        let colonne = match attribut(balise, "r")? {
            Some(reference) => colonne_de(&reference).ok_or_else(abime)?,
            None => suivante,
        };
        let style = attribut(balise, "s")?.and_then(|style| style.parse::<usize>().ok());
        let affichage = style.and_then(|style| self.styles.get(style)).copied().unwrap_or_default();
        Ok(Cellule { colonne, genre: attribut(balise, "t")?.unwrap_or_else(|| "n".into()), affichage, ..Cellule::default() })
    }

    /// What is inside a cell: its value, its text, a formula that is not read.
    fn contenu(&mut self, cellule: &mut Cellule) -> Result<(), Refus> {
        let mut dans = false;
        loop {
            let evenement = self.balises.suivant()?;
            match &evenement {
                Event::Eof => return Err(abime()),
                Event::Start(balise) => match balise.local_name().as_ref() {
                    b"v" | b"t" => dans = true,
                    b"f" => {
                        cellule.formule = true;
                        self.balises.saute()?;
                    }
                    b"rPh" => self.balises.saute()?,
                    _ => {}
                },
                Event::Empty(balise) if balise.local_name().as_ref() == b"f" => cellule.formule = true,
                Event::End(balise) => match balise.local_name().as_ref() {
                    b"c" => return Ok(()),
                    b"v" | b"t" => dans = false,
                    _ => {}
                },
                evenement if dans && !cellule.trop => {
                    ajoute(&mut cellule.valeur, evenement)?;
                    cellule.trop = cellule.valeur.len() > CELLULE_MAX * 4;
                }
                _ => {}
            }
        }
    }

    fn pose(&mut self, rangee: &mut Rangee, cellule: Cellule) -> Result<(), Refus> {
        let Cellule { colonne, genre, affichage, valeur, formule, trop } = cellule;
        if trop {
            rangee.trop_long(colonne);
        }
        if valeur.is_empty() {
            if formule && genre != "str" {
                self.sans_resultat += 1;
                rangee.faute(Defaut::at(
                    "VAL-01",
                    colonne,
                    "La formule de cette cellule n’a pas de résultat. Ouvrez le classeur dans un tableur et enregistrez-le.",
                ));
            }
            return Ok(());
        }
        match genre.as_str() {
            "s" => {
                let numero = valeur.trim().parse().map_err(|_| abime())?;
                let (texte, coupe) = self.textes.texte(numero)?.ok_or_else(abime)?;
                if coupe {
                    rangee.trop_long(colonne);
                }
                rangee.pose(colonne, texte, Sorte::Texte);
            }
            "str" | "inlineStr" => rangee.pose(colonne, deplie(&valeur), Sorte::Texte),
            "b" => rangee.pose(colonne, if valeur.trim() == "1" || valeur.trim() == "true" { "vrai" } else { "faux" }.into(), Sorte::Booleen),
            "e" => rangee.pose(colonne, valeur, Sorte::Erreur),
            "d" => rangee.pose(colonne, iso(&valeur), Sorte::Date),
            _ => match affiche(&valeur, affichage, self.epoque_1904) {
                Some((texte, date)) => rangee.pose(colonne, texte, if date { Sorte::Date } else { Sorte::Nombre }),
                None => {
                    debug_assert!(nombre(&valeur).is_none(), "a number is always shown");
                    rangee.faute(Defaut::at("VAL-01", colonne, "Cette cellule devrait contenir un nombre, qui ne se lit pas."));
                    rangee.pose(colonne, valeur, Sorte::Erreur);
                }
            },
        }
        Ok(())
    }
}

impl Brut for Lignes {
    fn suivante(&mut self) -> Result<Option<Rangee>, Refus> {
        loop {
            match self.balises.suivant()? {
                Event::Eof => return Ok(None),
                Event::Start(balise) if balise.local_name().as_ref() == b"row" => {
                    let mut rangee = self.ligne(&balise)?;
                    self.cellules(&mut rangee)?;
                    return Ok(Some(rangee));
                }
                Event::Empty(balise) => match balise.local_name().as_ref() {
                    b"row" => drop(self.ligne(&balise)?),
                    b"mergeCell" => {
                        let dit = attribut(&balise, "ref")?;
                        let ligne = dit.as_deref().and_then(ligne_de);
                        self.fusions += u64::from(ligne.is_none_or(|ligne| ligne > self.sous));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn sous(&mut self, ligne: u64) {
        self.sous = ligne;
    }

    fn bilan(&self) -> Vec<Avis> {
        let mut avis: Vec<Avis> = super::fusions(self.fusions).into_iter().collect();
        if self.sans_resultat > 0 {
            avis.push(Avis::new(
                "INF-FORMULE",
                match self.sans_resultat {
                    1 => "Une formule n’a pas de résultat enregistré.".into(),
                    count => format!("{count} formules n’ont pas de résultat enregistré."),
                },
            ));
        }
        avis
    }
}

/// `C12` is row 12, and so is `C12:D14`.
fn ligne_de(reference: &str) -> Option<u64> {
    let chiffres = reference.trim_start_matches(|signe: char| signe.is_ascii_alphabetic() || signe == '$');
    chiffres.split(|signe: char| !signe.is_ascii_digit()).next()?.parse().ok()
}

/// `C12` is column 2.
fn colonne_de(reference: &str) -> Option<usize> {
    let lettres = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let numero =
        lettres.fold(0_usize, |numero, lettre| numero.saturating_mul(26).saturating_add(usize::from(lettre.to_ascii_uppercase() - b'A') + 1));
    numero.checked_sub(1)
}
