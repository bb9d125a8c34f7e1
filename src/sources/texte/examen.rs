//! The beginning of a text: encoding, signs, header, first rows.

use std::fs::File;
use std::io::Read;

use super::Texte;
use super::decoupe::{Decoupe, Forme};
use super::dialecte::{self, Decide, Dialecte};
use super::lignes::Lignes;
use super::transcodage::Utf16;
use crate::sources::arbitre::{Arbitrage, Echantillon};
use crate::sources::encodage::Encodage;
use crate::sources::entete::{self, Place};
use crate::sources::lecture::{Avis, Examen, Lecture, Nature, Rang, Refus, Voulu};
use crate::sources::limites::{COLONNES_MAX, ENREGISTREMENT_MAX, PREMIERES};
use crate::sources::{premieres, roles};

/// The first records of a text, and the line where each begins.
type Debut = (Vec<Vec<String>>, Vec<u64>);

/// Looks at the beginning of a text.
pub(in crate::sources) fn examine(mut fichier: File, voulu: &Voulu, dictionnaire: &dyn Fn(&str) -> bool) -> Result<Examen, Refus> {
    let echantillon = Echantillon::lit(&mut fichier)?;
    let arbitrage = voulu.encodage.map_or_else(|| echantillon.arbitre(), |encodage| Arbitrage { encodage, doute: false, abime: false });
    let encodage = arbitrage.encodage;
    let texte = lisible(&echantillon, encodage)?;
    let signe = |signe: char| u8::try_from(signe).ok().filter(u8::is_ascii);
    let refus = || Refus::new("FIC-SIGNE", "Le séparateur et le guillemet sont chacun un seul signe, sans accent.");
    let decide = Decide {
        separateur: voulu.separateur.map(|un| signe(un).ok_or_else(refus)).transpose()?,
        enveloppe: voulu.enveloppe,
        guillemet: voulu.guillemet.map(|un| un.map(|un| signe(un).ok_or_else(refus)).transpose()).transpose()?,
    };
    let dialecte = dialecte::devine(&texte, decide, encodage, dictionnaire);
    let passees = voulu.titre.unwrap_or(u32::from(dialecte.dit));
    let (rangs, lignes) = debut(&texte, &dialecte, encodage, passees)?;
    let place = match voulu.titre {
        Some(_) => entete::sous(&rangs, 0, dictionnaire, voulu.entete),
        None => entete::trouve(&rangs, dictionnaire, voulu.entete),
    };
    let titre = lignes.get(place.rang).map_or(passees, |ligne| u32::try_from(ligne - 1).unwrap_or(u32::MAX));
    let colonnes = entete::colonnes(&rangs, dessus(&texte, &dialecte, encodage, titre)?.as_ref(), place, false)?;
    let lecture = Lecture {
        nature: Nature::Texte,
        membre: None,
        encodage,
        separateur: char::from(dialecte.signes.separateur),
        guillemet: dialecte.signes.guillemet.map(char::from),
        enveloppe: dialecte.signes.enveloppe,
        titre,
        entete: place.entete,
        feuille: None,
        element: None,
        par: None,
        hors: None,
        colonnes,
    };
    let (lues, entier) = premieres(&mut Texte::ouvre(fichier, &lecture, None)?, PREMIERES)?;
    if lues.is_empty() {
        return Err(Refus::new("FIC-SANS-LIGNE", "Le fichier n’a aucune ligne sous son en-tête."));
    }
    let mut avertissements = avis(&arbitrage, &lecture, &lues);
    avertissements.extend(roles::avis(&lues));
    Ok(Examen {
        titres: rangs[..place.rang].iter().map(|rang| rang.join(" ").trim().to_string()).filter(|titre| !titre.is_empty()).collect(),
        premieres: lues,
        entier,
        feuilles: Vec::new(),
        membres: Vec::new(),
        essais: echantillon.essais(encodage),
        avertissements,
        doutes: doutes(&arbitrage, &dialecte, place, voulu),
        lecture,
    })
}

/// The sample as bytes whose signs are those of ASCII, without its mark, cut at a line end.
fn lisible(echantillon: &Echantillon, encodage: Encodage) -> Result<Vec<u8>, Refus> {
    let mut texte = Vec::new();
    if encodage.seize() {
        Utf16::new(echantillon.tete.as_slice(), encodage == Encodage::Utf16Le).read_to_end(&mut texte)?;
    } else {
        texte.extend_from_slice(&echantillon.tete);
    }
    if texte.starts_with(b"\xef\xbb\xbf") {
        texte.drain(..3);
    }
    if !echantillon.entier {
        let fin = texte.iter().rposition(|octet| matches!(octet, b'\n' | b'\r'));
        let fin = fin.ok_or_else(|| Refus::new("STR-04", "Le fichier n’est qu’une seule ligne, trop longue pour être un tableau."))?;
        texte.truncate(fin + 1);
    }
    Ok(texte)
}

/// The first records that have anything, and their lines.
fn debut(texte: &[u8], dialecte: &Dialecte, encodage: Encodage, passees: u32) -> Result<Debut, Refus> {
    let mut decoupe = Decoupe::new(Lignes::new(texte, |octets| octets.len() as u64, 0, 1), dialecte.signes, None);
    for _ in 0..passees {
        decoupe.ligne()?;
    }
    let (mut rangs, mut lignes) = (Vec::new(), Vec::new());
    while rangs.len() < entete::REGARDES {
        let Some(lu) = decoupe.suivant()? else { break };
        if lu.forme == Forme::Long && rangs.is_empty() {
            return Err(Refus::new("STR-04", format!("La première ligne dépasse {} Kio\u{a0}: ce n’est pas un tableau.", ENREGISTREMENT_MAX / 1024)));
        }
        if lu.len() > COLONNES_MAX && rangs.is_empty() {
            return Err(Refus::new("STR-02", format!("La première ligne a {} colonnes\u{a0}: un tableau en a {COLONNES_MAX} au plus.", lu.len())));
        }
        let rang: Vec<String> = lu.cellules().take(COLONNES_MAX).map(|octets| encodage.decode(octets).0.into_owned()).collect();
        if lu.forme != Forme::Long && rang.iter().any(|cellule| !cellule.trim().is_empty()) {
            rangs.push(rang);
            lignes.push(lu.numero);
        }
    }
    Ok((rangs, lignes))
}

/// The record that is the line just above the table, read from the beginning: it may name some of the columns.
fn dessus(texte: &[u8], dialecte: &Dialecte, encodage: Encodage, titre: u32) -> Result<Option<Vec<String>>, Refus> {
    let mut decoupe = Decoupe::new(Lignes::new(texte, |octets| octets.len() as u64, 0, 1), dialecte.signes, None);
    while let Some(lu) = decoupe.suivant()?.filter(|lu| lu.numero <= u64::from(titre)) {
        if lu.numero == u64::from(titre) && lu.forme == Forme::Juste {
            return Ok(Some(lu.cellules().take(COLONNES_MAX).map(|octets| encodage.decode(octets).0.into_owned()).collect()));
        }
    }
    Ok(None)
}

/// What is told of how a text was read.
fn avis(arbitrage: &Arbitrage, lecture: &Lecture, lues: &[Rang]) -> Vec<Avis> {
    let mut avis = Vec::new();
    if arbitrage.encodage == Encodage::Utf8Double {
        avis.push(Avis::new(
            "ENC-03",
            "Les accents ont été encodés deux fois («\u{a0}Ã©\u{a0}» au lieu de «\u{a0}é\u{a0}»)\u{a0}: ils sont lus comme ils auraient dû l’être.",
        ));
    }
    if arbitrage.abime {
        avis.push(Avis::new("ENC-01", "Le fichier est en UTF-8, mais des octets n’y veulent rien dire\u{a0}: leurs lignes seront refusées."));
    }
    if lecture.enveloppe {
        avis.push(Avis::new("INF-ENVELOPPE", "Chaque ligne était entre guillemets, comme une seule cellule\u{a0}: elles sont lues sans eux."));
    }
    avis.extend(entete::avis(lecture, lues));
    avis
}

/// What a person is asked to look at; what they decided is not asked again.
fn doutes(arbitrage: &Arbitrage, dialecte: &Dialecte, place: Place, voulu: &Voulu) -> Vec<Avis> {
    let mut doutes = Vec::new();
    if arbitrage.doute {
        let phrase = format!("L’encodage {} est le plus vraisemblable, sans certitude. Regardez les accents.", arbitrage.encodage.libelle());
        doutes.push(Avis::new("DOU-ENCODAGE", phrase));
    }
    if dialecte.doute {
        doutes.push(Avis::new("DOU-SEPARATEUR", "Le séparateur des colonnes n’est pas certain. Regardez si les colonnes sont bien coupées."));
    }
    doutes.extend(entete::doutes(place, voulu));
    doutes
}
