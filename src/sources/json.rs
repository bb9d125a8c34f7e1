//! JSON as rows: the objects of an array, or one a line. Each is read by itself, bounded, and gives its fields by their names,
//! those of objects inside it as `adresse.commune`.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::classeur::valeur::nombre;
use super::encodage::Encodage;
use super::lecture::{Avis, Defaut, Examen, Lecture, Nature, Rang, Refus, Reprise, Sorte, Voulu};
use super::limites::{COLONNES_MAX, EVENEMENT_MAX, MONTRE_MAX, PREMIERES};
use super::texte::{Lu, lecteur};
use super::{Rangs, poids, premieres};

/// Objects looked at for the names of the columns.
const REGARDES: usize = 1_000;
/// Bytes of what stands before the array, and of what was looked at.
const AVANT_MAX: u64 = 16 * 1024 * 1024;

fn abime(ligne: u64) -> Refus {
    Refus::new("FIC-ABIME", format!("Le fichier JSON est abîmé ou coupé à la ligne {ligne}."))
}

/// Signs of a JSON, one after the other, with their place.
struct Signes {
    source: Box<dyn BufRead + Send>,
    poids: fn(&[u8]) -> u64,
    octet: u64,
    ligne: u64,
}

impl Signes {
    fn voit(&mut self) -> Result<Option<u8>, Refus> {
        Ok(self.source.fill_buf()?.first().copied())
    }

    fn avance(&mut self) -> Result<Option<u8>, Refus> {
        let Some(signe) = self.voit()? else { return Ok(None) };
        self.source.consume(1);
        self.octet += (self.poids)(&[signe]);
        self.ligne += u64::from(signe == b'\n');
        Ok(Some(signe))
    }

    /// Passes over spaces and `aussi`.
    fn passe(&mut self, aussi: &[u8]) -> Result<Option<u8>, Refus> {
        loop {
            match self.voit()? {
                Some(signe) if signe.is_ascii_whitespace() || aussi.contains(&signe) => self.avance()?,
                autre => return Ok(autre),
            };
        }
    }

    /// The value that begins here, as it is written; nothing kept beyond what an object may be, which is told.
    fn valeur(&mut self) -> Result<(Vec<u8>, bool), Refus> {
        let (mut lu, mut trop, mut profondeur, mut dans, mut echappe) = (Vec::new(), false, 0_usize, false, false);
        loop {
            let Some(signe) = self.voit()? else {
                return if profondeur == 0 && !dans && !lu.is_empty() { Ok((lu, trop)) } else { Err(abime(self.ligne)) };
            };
            if profondeur == 0 && !dans && !lu.is_empty() && (matches!(signe, b',' | b']' | b'}') || signe.is_ascii_whitespace()) {
                return Ok((lu, trop));
            }
            self.avance()?;
            if lu.len() < EVENEMENT_MAX {
                lu.push(signe)
            } else {
                trop = true
            }
            if dans {
                (dans, echappe) = (echappe || signe != b'"', !echappe && signe == b'\\');
                if !dans && profondeur == 0 {
                    return Ok((lu, trop));
                }
                continue;
            }
            match signe {
                b'"' => dans = true,
                b'{' | b'[' => profondeur += 1,
                b'}' | b']' => {
                    profondeur = profondeur.checked_sub(1).ok_or_else(|| abime(self.ligne))?;
                    if profondeur == 0 {
                        return Ok((lu, trop));
                    }
                }
                _ => {}
            }
        }
    }
}

/// An object as it is written: its byte, its line, its text, and whether it was too long to be kept.
type Brut = (u64, u64, Vec<u8>, bool);

/// Objects of a file.
pub(super) struct Objets {
    signes: Signes,
    nature: Nature,
    /// The place of each column.
    colonnes: HashMap<String, usize>,
    encodage: Encodage,
    rangs: u64,
    /// An object alone, which is the only row.
    seul: bool,
}

fn signes(mut fichier: File, encodage: Encodage, reprise: Reprise) -> Result<Signes, Refus> {
    fichier.seek(SeekFrom::Start(reprise.octet))?;
    let Lu { source, poids, octet } = lecteur(BufReader::with_capacity(64 * 1024, fichier), encodage, reprise.octet)?;
    Ok(Signes { source, poids, octet, ligne: reprise.ligne.max(1) })
}

impl Objets {
    pub(super) fn ouvre(fichier: File, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Self, Refus> {
        let signes = signes(fichier, lecture.encodage, depuis.unwrap_or_default())?;
        let mut objets = Self {
            signes,
            nature: lecture.nature,
            colonnes: lecture.colonnes.iter().enumerate().map(|(place, nom)| (nom.clone(), place)).collect(),
            encodage: lecture.encodage,
            rangs: depuis.map_or(0, |reprise| reprise.rangs),
            seul: lecture.nature == Nature::Json && lecture.element.as_deref() == Some(""),
        };
        if depuis.is_none() && lecture.nature == Nature::Json && !objets.seul {
            objets.entre(lecture.element.as_deref())?;
        }
        Ok(objets)
    }

    /// Goes to the first object of the array: the whole value, or the field of that name; without one, the first that is an array
    /// of objects. Gives the name.
    fn entre(&mut self, nom: Option<&str>) -> Result<Option<String>, Refus> {
        match self.signes.passe(&[])? {
            Some(b'[') => {
                self.signes.avance()?;
                return Ok(None);
            }
            Some(b'{') => self.signes.avance()?,
            _ => return Err(abime(self.signes.ligne)),
        };
        let debut = self.signes.octet;
        loop {
            if self.signes.passe(b",")? != Some(b'"') || self.signes.octet - debut > AVANT_MAX {
                return Err(Refus::new("FIC-SANS-LIGNE", "Le fichier JSON ne contient pas de tableau d’objets."));
            }
            let cle: String = serde_json::from_slice(&self.signes.valeur()?.0).map_err(|_| abime(self.signes.ligne))?;
            self.signes.passe(b":")?;
            if self.signes.voit()? == Some(b'[') && nom.is_none_or(|nom| nom == cle) {
                self.signes.avance()?;
                if nom.is_some() || self.signes.passe(&[])? == Some(b'{') {
                    return Ok(Some(cle));
                }
                // An array of something else: the rest of it is passed over.
                while let Some(signe) = self.signes.passe(b",")? {
                    if signe == b']' {
                        self.signes.avance()?;
                        break;
                    }
                    self.signes.valeur()?;
                }
                continue;
            }
            self.signes.valeur()?;
        }
    }

    /// The next object as it is written, with its place; nothing at the end.
    fn brut(&mut self) -> Result<Option<Brut>, Refus> {
        if self.seul && self.rangs > 0 {
            return Ok(None);
        }
        let suivant = self.signes.passe(b",")?;
        let (octet, ligne) = (self.signes.octet, self.signes.ligne);
        match suivant {
            None if self.nature == Nature::Json && !self.seul => Err(abime(ligne)),
            None => Ok(None),
            Some(b']') if self.nature == Nature::Json => Ok(None),
            Some(_) => {
                let (lu, trop) = if self.nature == Nature::JsonLignes { self.ligne()? } else { self.signes.valeur()? };
                Ok(Some((octet, ligne, lu, trop)))
            }
        }
    }

    /// A line, whatever it holds: a bad one costs itself alone.
    fn ligne(&mut self) -> Result<(Vec<u8>, bool), Refus> {
        let (mut lu, mut trop) = (Vec::new(), false);
        while let Some(signe) = self.signes.avance()? {
            if matches!(signe, b'\n' | b'\r') {
                break;
            }
            if lu.len() < EVENEMENT_MAX { lu.push(signe) } else { trop = true }
        }
        Ok((lu, trop))
    }

    fn rang(&self, octet: u64, ligne: u64, lu: &[u8], trop: bool) -> Rang {
        let mut rang = Rang { ligne, octet, ..Rang::default() };
        let largeur = self.colonnes.len();
        rang.cellules.resize(largeur, String::new());
        rang.sortes.resize(largeur, Sorte::Vide);
        if trop {
            rang.defaut = Some(Defaut::new("STR-04", format!("Cet objet dépasse {} Kio\u{a0}: il n’est pas lu.", EVENEMENT_MAX / 1024)));
            return rang;
        }
        let (texte, faute) = self.encodage.decode(lu);
        if faute {
            rang.defaut = Some(Defaut::new("ENC-01", format!("Des octets de cet objet ne veulent rien dire en {}.", self.encodage.libelle())));
        }
        let Some(champs) = champs(&texte) else {
            rang.defaut.get_or_insert(Defaut::new("STR-02", "Cette ligne n’est pas un objet JSON."));
            return rang;
        };
        for (nom, texte, sorte) in champs {
            if let Some(place) = self.colonnes.get(&nom).copied() {
                if texte.contains('\0') {
                    rang.defaut = Some(Defaut::at("ENC-02", place, "Cette cellule contient un signe nul\u{a0}: le fichier est abîmé."));
                }
                (rang.cellules[place], rang.sortes[place]) = (texte, sorte);
            } else if !texte.is_empty() && largeur > 0 {
                rang.defaut
                    .get_or_insert(Defaut::new("STR-02", format!("Le champ «\u{a0}{nom}\u{a0}» n’est pas dans les premiers objets du fichier.")));
            }
        }
        rang
    }
}

/// The fields of an object, in the order of the file.
struct Objet(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Objet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Champs;
        impl<'de> Visitor<'de> for Champs {
            type Value = Objet;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut champs: A) -> Result<Objet, A::Error> {
                let mut lus = Vec::new();
                while let Some(champ) = champs.next_entry()? {
                    lus.push(champ);
                }
                Ok(Objet(lus))
            }
        }
        deserializer.deserialize_map(Champs)
    }
}

/// A field whose name, value and kind are those of a cell.
type Champ = (String, String, Sorte);

/// The fields of an object; those of the objects inside it under both names; what is further inside, and arrays, as it is written.
fn champs(texte: &str) -> Option<Vec<Champ>> {
    let (mut lus, mut octets) = (Vec::new(), 0);
    for (nom, valeur) in serde_json::from_str::<Objet>(texte).ok()?.0 {
        let dedans = Some(valeur.get()).filter(|texte| texte.starts_with('{')).and_then(|texte| serde_json::from_str::<Objet>(texte).ok());
        match dedans {
            Some(objet) => {
                for (sous, valeur) in objet.0 {
                    octets += nom.len() + sous.len() + size_of::<Champ>();
                    if octets > MONTRE_MAX {
                        return None;
                    }
                    let (texte, sorte) = cellule(valeur.get())?;
                    lus.push((format!("{nom}.{sous}"), texte, sorte));
                }
            }
            None => {
                let (texte, sorte) = cellule(valeur.get())?;
                lus.push((nom, texte, sorte));
            }
        }
    }
    Some(lus)
}

/// A value as a cell.
fn cellule(ecrite: &str) -> Option<(String, Sorte)> {
    Some(match serde_json::from_str::<Value>(ecrite).ok()? {
        Value::Null => (String::new(), Sorte::Vide),
        Value::Bool(oui) => (if oui { "vrai" } else { "faux" }.to_string(), Sorte::Booleen),
        // As it is written: its digits are not those that a computer would give back.
        Value::Number(_) if !ecrite.contains(['e', 'E']) => (ecrite.to_string(), Sorte::Nombre),
        Value::Number(_) => (nombre(ecrite)?, Sorte::Nombre),
        Value::String(texte) => (texte, Sorte::Texte),
        autre => (autre.to_string(), Sorte::Texte),
    })
}

impl Rangs for Objets {
    fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
        let Some((octet, ligne, lu, trop)) = self.brut()? else { return Ok(None) };
        self.rangs += 1;
        Ok(Some(self.rang(octet, ligne, &lu, trop)))
    }

    fn ici(&self) -> Reprise {
        Reprise { octet: self.signes.octet, ligne: self.signes.ligne, rangs: self.rangs }
    }

    fn bilan(&self) -> Vec<Avis> {
        Vec::new()
    }
}

/// Looks at the beginning of a JSON.
pub(super) fn examine(fichier: File, nature: Nature, encodage: Encodage, voulu: &Voulu) -> Result<Examen, Refus> {
    let mut lecture = Lecture {
        nature,
        membre: None,
        encodage: voulu.encodage.unwrap_or(encodage),
        separateur: ';',
        guillemet: None,
        enveloppe: false,
        titre: 0,
        entete: true,
        feuille: None,
        element: voulu.element.clone(),
        par: None,
        hors: None,
        colonnes: Vec::new(),
    };
    if nature == Nature::Json && lecture.element.is_none() {
        let mut objets = Objets::ouvre(fichier.try_clone()?, &Lecture { nature: Nature::JsonLignes, ..lecture.clone() }, None)?;
        lecture.element = match objets.entre(None) {
            Ok(nom) => nom,
            // One object without an array inside is one row.
            Err(refus) if refus.code == "FIC-SANS-LIGNE" => Some(String::new()),
            Err(refus) => return Err(refus),
        };
    }
    lecture.colonnes = match &voulu.colonnes {
        Some(colonnes) => colonnes.clone(),
        None => noms(&mut Objets::ouvre(fichier.try_clone()?, &lecture, None)?)?,
    };
    let (lues, entier) = premieres(&mut Objets::ouvre(fichier, &lecture, None)?, PREMIERES)?;
    if lues.is_empty() || lecture.colonnes.is_empty() {
        return Err(Refus::new("FIC-SANS-LIGNE", "Le fichier JSON ne contient aucun objet."));
    }
    Ok(Examen::simple(lecture, lues, entier))
}

/// The names of the fields of the first objects, in the order in which they come.
fn noms(objets: &mut Objets) -> Result<Vec<String>, Refus> {
    let mut noms = Vec::<String>::new();
    let mut connus = std::collections::HashSet::new();
    let mut octets = 0;
    for _ in 0..REGARDES {
        let Some((_, _, lu, trop)) = objets.brut()? else { break };
        objets.rangs += 1;
        let Some(champs) = champs(&objets.encodage.decode(&lu).0).filter(|_| !trop) else { continue };
        let deja = noms.len();
        noms.extend(champs.into_iter().map(|(nom, ..)| nom).filter(|nom| connus.insert(nom.clone())));
        octets += poids(&noms[deja..]);
        if noms.len() > COLONNES_MAX || octets > MONTRE_MAX {
            return Err(Refus::new("STR-02", format!("Les objets ont plus de {COLONNES_MAX} champs différents.")));
        }
        if objets.signes.octet > AVANT_MAX {
            break;
        }
    }
    Ok(noms)
}
