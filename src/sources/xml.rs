//! XML as rows: an element is a record, its cells are named by their paths (`saisie/date`, `collectivite/@siren`). A record may
//! make several rows: one for each occurrence of a path inside it (`periodes/periode/tarifs/tarif`); what stands beside that path
//! is given with each of them, several values joined by « | ». A path from the root (`/delta/date`) is what was read there before
//! the record, outside of any.

mod dehors;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use quick_xml::events::{BytesStart, Event};

use self::dehors::Dehors;
use super::balises::{Balises, ajoute, attributs};
use super::encodage::Encodage;
use super::lecture::{Avis, Defaut, Examen, Lecture, Nature, Rang, Refus, Reprise, Voulu};
use super::limites::{COLONNES_MAX, MONTRE_MAX, PREMIERES, RANG_MAX};
use super::nature::marque;
use super::texte::{Lu, lecteur};
use super::{Rangs, poids, premieres};

/// Between the values of one cell.
const ENTRE: &str = " | ";
/// Elements of a record.
const NOEUDS_MAX: usize = 100_000;
/// Events and records looked at to guess what a record is.
const PARCOURUS: usize = 300_000;
const REGARDES: usize = 200;

/// An element with what is inside it.
#[derive(Debug, Default)]
struct Noeud {
    nom: String,
    attributs: Vec<(String, String)>,
    texte: String,
    enfants: Vec<Self>,
    ligne: u64,
}

impl Noeud {
    fn de(balise: &BytesStart<'_>, ligne: u64) -> Result<Self, Refus> {
        Ok(Self { nom: nom(balise), attributs: attributs(balise)?, ligne, ..Self::default() })
    }

    /// The values at a path, in the order of the file.
    fn valeurs<'a>(&'a self, chemin: &[&str], trouvees: &mut Vec<&'a str>) {
        match chemin {
            [] | ["."] => trouvees.extend(Some(self.texte.trim()).filter(|texte| !texte.is_empty())),
            [premier] if premier.starts_with('@') => {
                trouvees.extend(self.attributs.iter().filter(|(nom, _)| *nom == premier[1..]).map(|(_, valeur)| valeur.trim()));
            }
            [premier, reste @ ..] => {
                self.enfants.iter().filter(|enfant| enfant.nom == *premier).for_each(|enfant| enfant.valeurs(reste, trouvees));
            }
        }
    }

    /// The elements on the way to each occurrence of a path.
    fn chaines<'a>(&'a self, chemin: &[&str], avant: &[&'a Self], trouvees: &mut Vec<Vec<&'a Self>>) {
        let Some((premier, reste)) = chemin.split_first() else {
            trouvees.push(avant.to_vec());
            return;
        };
        for enfant in self.enfants.iter().filter(|enfant| enfant.nom == *premier) {
            enfant.chaines(reste, &[avant, &[enfant]].concat(), trouvees);
        }
    }

    /// The paths of what it holds.
    fn chemins(&self, avant: &str, vus: &mut HashSet<String>, noms: &mut Vec<String>) {
        let mut note = |chemin: String| {
            if noms.len() <= COLONNES_MAX && vus.insert(chemin.clone()) {
                noms.push(chemin);
            }
        };
        let sous = |nom: &str| if avant.is_empty() { nom.to_string() } else { format!("{avant}/{nom}") };
        self.attributs.iter().filter(|(nom, _)| !nom.starts_with("xmlns")).for_each(|(nom, _)| note(sous(&format!("@{nom}"))));
        if self.enfants.is_empty() || !self.texte.trim().is_empty() {
            note(if avant.is_empty() { ".".into() } else { avant.into() });
        }
        self.enfants.iter().for_each(|enfant| enfant.chemins(&sous(&enfant.nom), vus, noms));
    }
}

fn nom(balise: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(balise.local_name().as_ref()).into_owned()
}

/// The encoding that an XML says.
pub(super) fn encodage(tete: &[u8]) -> Encodage {
    if let Some(encodage) = marque(tete) {
        return encodage;
    }
    let debut = String::from_utf8_lossy(&tete[..tete.len().min(200)]).to_ascii_lowercase();
    let declaration = debut.split_once("?>").map_or("", |(avant, _)| avant);
    let dit = declaration.split_once("encoding").map_or("", |(_, apres)| apres).trim_start_matches([' ', '=', '"', '\'']);
    match dit.split(['"', '\'']).next().unwrap_or_default() {
        "iso-8859-15" | "latin9" | "latin-9" => Encodage::Iso8859_15,
        "iso-8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252" => Encodage::Windows1252,
        "macintosh" => Encodage::MacRoman,
        "ibm850" | "cp850" => Encodage::Cp850,
        _ => Encodage::Utf8,
    }
}

/// The bytes of a file as UTF-8.
struct EnUtf8 {
    source: Box<dyn io::BufRead + Send>,
    encodage: Encodage,
    reste: io::Cursor<Vec<u8>>,
}

impl Read for EnUtf8 {
    fn read(&mut self, vers: &mut [u8]) -> io::Result<usize> {
        if matches!(self.encodage, Encodage::Utf8 | Encodage::Utf8Double | Encodage::Utf16Le | Encodage::Utf16Be) {
            return self.source.read(vers);
        }
        let lus = self.reste.read(vers)?;
        if lus > 0 {
            return Ok(lus);
        }
        let tampon = self.source.fill_buf()?;
        let (pris, texte) = (tampon.len(), self.encodage.decode(tampon).0.into_owned());
        self.source.consume(pris);
        self.reste = io::Cursor::new(texte.into_bytes());
        self.reste.read(vers)
    }
}

fn balises(mut fichier: File, encodage: Encodage) -> Result<Balises<EnUtf8>, Refus> {
    fichier.rewind()?;
    let Lu { source, .. } = lecteur(BufReader::with_capacity(64 * 1024, fichier), encodage, 0)?;
    Ok(Balises::new(EnUtf8 { source, encodage, reste: io::Cursor::default() }))
}

fn parties(chemin: &str) -> Vec<&str> {
    chemin.split('/').filter(|partie| !partie.is_empty()).collect()
}

/// Records of a file.
pub(super) struct Elements {
    balises: Balises<EnUtf8>,
    element: Vec<String>,
    par: Vec<String>,
    colonnes: Vec<String>,
    /// Names of the elements open.
    chemin: Vec<String>,
    /// What stands outside of the records, by its path from the root: those that a column names.
    dehors: Dehors,
    /// Rows of the record just read.
    attente: std::collections::VecDeque<Rang>,
    rangs: u64,
}

impl Elements {
    pub(super) fn ouvre(fichier: File, lecture: &Lecture, depuis: Option<Reprise>) -> Result<Self, Refus> {
        let en_parties = |chemin: &Option<String>| parties(chemin.as_deref().unwrap_or_default()).into_iter().map(String::from).collect();
        let mut elements = Self {
            balises: balises(fichier, lecture.encodage)?,
            element: en_parties(&lecture.element),
            par: en_parties(&lecture.par),
            colonnes: lecture.colonnes.clone(),
            chemin: Vec::new(),
            dehors: Dehors::of(&lecture.colonnes),
            attente: std::collections::VecDeque::new(),
            rangs: 0,
        };
        while elements.rangs < depuis.map_or(0, |reprise| reprise.rangs) {
            if elements.suivant()?.is_none() {
                break;
            }
        }
        Ok(elements)
    }

    /// The next record, and whether it was too large to be kept.
    fn noeud(&mut self) -> Result<Option<(Noeud, bool)>, Refus> {
        loop {
            match self.balises.suivant()? {
                Event::Eof => return Ok(None),
                Event::Start(balise) => {
                    self.chemin.push(nom(&balise));
                    self.dehors.commence(&self.chemin, &balise)?;
                    if !self.element.is_empty() && self.chemin.ends_with(&self.element) {
                        let lu = self.dedans(&balise)?;
                        self.chemin.pop();
                        return Ok(Some(lu));
                    }
                }
                Event::Empty(balise) => {
                    self.chemin.push(nom(&balise));
                    self.dehors.commence(&self.chemin, &balise)?;
                    let trouve = !self.element.is_empty() && self.chemin.ends_with(&self.element);
                    self.chemin.pop();
                    if trouve {
                        return Ok(Some((Noeud::de(&balise, self.balises.ligne())?, false)));
                    }
                }
                Event::End(_) => drop(self.chemin.pop()),
                texte => self.dehors.texte(&self.chemin, &texte)?,
            }
        }
    }

    /// All that is inside an element just begun.
    fn dedans(&mut self, balise: &BytesStart<'_>) -> Result<(Noeud, bool), Refus> {
        let dehors = self.balises.profondeur().saturating_sub(1);
        let mut ouverts = vec![Noeud::de(balise, self.balises.ligne())?];
        let (mut noeuds, mut octets, mut trop) = (1, 0, false);
        loop {
            let evenement = self.balises.suivant()?;
            if self.balises.profondeur() <= dehors || matches!(evenement, Event::Eof) {
                // Whatever is still open belongs to the record, which is the last one.
                let racine = ouverts.into_iter().next().unwrap_or_default();
                return Ok((racine, trop));
            }
            trop |= noeuds > NOEUDS_MAX || octets > RANG_MAX;
            if trop {
                continue;
            }
            match &evenement {
                Event::Start(balise) | Event::Empty(balise) => {
                    let neuf = Noeud::de(balise, self.balises.ligne())?;
                    noeuds += 1;
                    octets += neuf.attributs.iter().map(|(nom, valeur)| nom.len() + valeur.len()).sum::<usize>();
                    match ouverts.last_mut() {
                        Some(parent) if matches!(evenement, Event::Empty(_)) => parent.enfants.push(neuf),
                        _ => ouverts.push(neuf),
                    }
                }
                Event::End(_) => {
                    let fini = ouverts.pop().unwrap_or_default();
                    if let Some(parent) = ouverts.last_mut() {
                        parent.enfants.push(fini);
                    }
                }
                texte => {
                    if let Some(dernier) = ouverts.last_mut() {
                        let avant = dernier.texte.len();
                        ajoute(&mut dernier.texte, texte)?;
                        octets += dernier.texte.len() - avant;
                    }
                }
            }
        }
    }

    /// The only row of a record that is too large.
    fn trop(&self, noeud: &Noeud) -> Vec<Rang> {
        let defaut = Some(Defaut::new("STR-04", "Cet élément est trop grand pour être lu."));
        vec![Rang { ligne: noeud.ligne, cellules: vec![String::new(); self.colonnes.len()], defaut, ..Rang::default() }]
    }

    /// The rows of a record.
    fn rangs_de(&self, noeud: &Noeud, trop: bool) -> Vec<Rang> {
        if trop {
            return self.trop(noeud);
        }
        let par: Vec<&str> = self.par.iter().map(String::as_str).collect();
        let mut chaines = Vec::new();
        noeud.chaines(&par, &[], &mut chaines);
        let mut octets = 0;
        let mut rang = |chaine: &Vec<&Noeud>| {
            let cellule = |colonne: &String| {
                if let Some(valeur) = self.dehors.valeur(colonne) {
                    return valeur.to_string();
                }
                let chemin = parties(colonne);
                let commun = chemin.iter().zip(&par).take_while(|(un, autre)| un == autre).count();
                let base = commun.checked_sub(1).and_then(|place| chaine.get(place)).copied().unwrap_or(noeud);
                let mut trouvees = Vec::new();
                base.valeurs(&chemin[commun..], &mut trouvees);
                trouvees.join(ENTRE)
            };
            let mut cellules = Vec::with_capacity(self.colonnes.len());
            for colonne in &self.colonnes {
                let texte = cellule(colonne);
                octets += texte.len() + size_of::<String>();
                if octets > MONTRE_MAX {
                    return None;
                }
                cellules.push(texte);
            }
            let nul = cellules.iter().position(|cellule| cellule.contains('\0'));
            let defaut = nul.map(|place| Defaut::at("ENC-02", place, "Cette cellule contient un signe nul\u{a0}: le fichier est abîmé."));
            Some(Rang { ligne: chaine.last().map_or(noeud.ligne, |noeud| noeud.ligne), cellules, defaut, ..Rang::default() })
        };
        // A record that would make more rows than may be held makes one, which says so.
        chaines.iter().map(&mut rang).collect::<Option<Vec<Rang>>>().unwrap_or_else(|| self.trop(noeud))
    }
}

impl Rangs for Elements {
    fn suivant(&mut self) -> Result<Option<Rang>, Refus> {
        while self.attente.is_empty() {
            let Some((noeud, trop)) = self.noeud()? else { return Ok(None) };
            self.attente = self.rangs_de(&noeud, trop).into();
        }
        self.rangs += 1;
        Ok(self.attente.pop_front())
    }

    fn ici(&self) -> Reprise {
        Reprise { octet: 0, ligne: self.balises.ligne(), rangs: self.rangs }
    }

    fn bilan(&self) -> Vec<Avis> {
        Vec::new()
    }
}

/// The element that repeats itself and holds the most; the root when none does.
fn devine(fichier: File, encodage: Encodage) -> Result<String, Refus> {
    let mut balises = balises(fichier, encodage)?;
    let (mut chemin, mut comptes) = (Vec::<String>::new(), BTreeMap::<Vec<String>, (usize, usize)>::new());
    for _ in 0..PARCOURUS {
        let evenement = balises.suivant()?;
        match &evenement {
            Event::Eof => break,
            Event::Start(balise) | Event::Empty(balise) => {
                chemin.push(nom(balise));
                if comptes.len() < 2_000 {
                    comptes.entry(chemin.clone()).or_default().0 += 1;
                }
                for fin in 1..=chemin.len() {
                    if let Some(compte) = comptes.get_mut(&chemin[..fin]) {
                        compte.1 += 1;
                    }
                }
                if matches!(evenement, Event::Empty(_)) {
                    chemin.pop();
                }
            }
            Event::End(_) => drop(chemin.pop()),
            _ => {}
        }
    }
    let repete = |chemin: &[String]| comptes.get(chemin).is_some_and(|(compte, _)| *compte > 1);
    let seul = |chemin: &[String]| (1..chemin.len()).all(|fin| !repete(&chemin[..fin]));
    let trouve = comptes.iter().filter(|(chemin, _)| chemin.len() > 1 && repete(chemin) && seul(chemin)).max_by_key(|(_, (_, dedans))| *dedans);
    let trouve = trouve.map(|(chemin, _)| chemin).or_else(|| comptes.keys().min_by_key(|chemin| chemin.len()));
    Ok(trouve.map(|chemin| chemin.join("/")).unwrap_or_default())
}

/// Looks at the beginning of an XML.
pub(super) fn examine(fichier: File, tete: &[u8], voulu: &Voulu) -> Result<Examen, Refus> {
    let encodage = voulu.encodage.unwrap_or_else(|| encodage(tete));
    let element = match &voulu.element {
        Some(element) => element.clone(),
        None => devine(fichier.try_clone()?, encodage)?,
    };
    let mut lecture = Lecture {
        nature: Nature::Xml,
        membre: None,
        encodage,
        separateur: ';',
        guillemet: None,
        enveloppe: false,
        titre: 0,
        entete: true,
        feuille: None,
        element: Some(element.clone()),
        par: voulu.par.clone(),
        hors: None,
        colonnes: Vec::new(),
    };
    lecture.colonnes = match &voulu.colonnes {
        Some(colonnes) => colonnes.clone(),
        None => {
            let (mut elements, mut vus, mut noms) = (Elements::ouvre(fichier.try_clone()?, &lecture, None)?, HashSet::new(), Vec::new());
            for _ in 0..REGARDES {
                let Some((noeud, _)) = elements.noeud()? else { break };
                noeud.chemins("", &mut vus, &mut noms);
                if poids(&noms) > MONTRE_MAX {
                    return Err(Refus::new("STR-02", "Les champs des éléments ont des noms démesurés."));
                }
            }
            noms
        }
    };
    if lecture.colonnes.len() > COLONNES_MAX {
        return Err(Refus::new("STR-02", format!("Les éléments ont plus de {COLONNES_MAX} champs différents.")));
    }
    let (lues, entier) = premieres(&mut Elements::ouvre(fichier, &lecture, None)?, PREMIERES)?;
    if lues.is_empty() {
        return Err(Refus::new("FIC-SANS-LIGNE", format!("Le fichier XML ne contient aucun élément «\u{a0}{element}\u{a0}».")));
    }
    let mut examen = Examen::simple(lecture, lues, entier);
    if voulu.element.is_none() {
        examen.doutes.push(Avis::new("DOU-ELEMENT", format!("Chaque élément «\u{a0}{element}\u{a0}» est pris pour une ligne, sans certitude.")));
    }
    Ok(examen)
}
