//! Which encoding a text is in. A mark, zeros or strict UTF-8 leave no doubt; among the encodings of one byte a sign, what French
//! makes of each is weighed: letters where letters stand, no capital inside a word, no drawing of frames. `chardetng`, which
//! knows Windows-1252 alone of these, settles what weighs the same.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::encodage::{Encodage, simple};
use super::lecture::Essai;
use super::limites::{ACCENTS_LOIN, ECHANTILLON};
use super::nature::marque;

/// Bytes that are no ASCII, from which on the sample tells enough.
const ASSEZ: usize = 40;
/// Bytes kept on each side of a letter found far from the beginning.
const AUTOUR: usize = 48;

/// The encodings of one byte a sign, the most usual first.
const SIMPLES: [Encodage; 4] = [Encodage::Windows1252, Encodage::Iso8859_15, Encodage::MacRoman, Encodage::Cp850];

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arbitrage {
    pub encodage: Encodage,
    /// Another encoding reads it nearly as well.
    pub doute: bool,
    /// Valid UTF-8 but for some bytes.
    pub abime: bool,
}

/// The beginning of a file, and pieces around its letters where the beginning has none.
pub(super) struct Echantillon {
    pub tete: Vec<u8>,
    /// The head is the whole file.
    pub entier: bool,
    loin: Vec<u8>,
}

impl Echantillon {
    pub(super) fn lit(fichier: &mut File) -> io::Result<Self> {
        fichier.rewind()?;
        let mut tete = Vec::with_capacity(ECHANTILLON);
        fichier.by_ref().take(ECHANTILLON as u64).read_to_end(&mut tete)?;
        let entier = tete.len() < ECHANTILLON;
        let mut echantillon = Self { tete, entier, loin: Vec::new() };
        if !entier && marque(&echantillon.tete).is_none() && accents(&echantillon.tete) < ASSEZ {
            echantillon.plus_loin(fichier)?;
        }
        Ok(echantillon)
    }

    /// Looks for letters behind the head: most files of numbers have few.
    fn plus_loin(&mut self, fichier: &mut File) -> io::Result<()> {
        fichier.seek(SeekFrom::Start(self.tete.len() as u64))?;
        let (mut tampon, mut lus, mut trouves) = (vec![0; ECHANTILLON], 0, 0);
        while lus < ACCENTS_LOIN && trouves < ASSEZ {
            let pris = fichier.read(&mut tampon)?;
            if pris == 0 {
                break;
            }
            lus += pris as u64;
            if tampon[..pris].is_ascii() {
                continue;
            }
            let mut reste = &tampon[..pris];
            while let Some(place) = reste.iter().position(|octet| !octet.is_ascii()).filter(|_| trouves < ASSEZ) {
                // Whole words, so that no sign of UTF-8 is cut.
                let debut = reste[..place].iter().rposition(|octet| octet.is_ascii_whitespace() || *octet == b';').map_or(0, |place| place + 1);
                let fin = reste[place..].iter().take(AUTOUR).position(|octet| octet.is_ascii_whitespace() || *octet == b';');
                let Some(fin) = fin.map(|fin| place + fin) else {
                    reste = &reste[(place + AUTOUR).min(reste.len())..];
                    continue;
                };
                if place - debut < AUTOUR {
                    trouves += accents(&reste[debut..fin]);
                    self.loin.push(b'\n');
                    self.loin.extend_from_slice(&reste[debut..fin]);
                }
                reste = &reste[fin..];
            }
        }
        Ok(())
    }

    /// Every byte that was kept.
    fn octets(&self) -> Vec<u8> {
        [self.tete.as_slice(), &self.loin].concat()
    }

    /// Which encoding it is in.
    pub(super) fn arbitre(&self) -> Arbitrage {
        let sur = |encodage| Arbitrage { encodage, doute: false, abime: false };
        match marque(&self.tete) {
            Some(encodage) if encodage.seize() => sur(encodage),
            marque => {
                let octets = self.octets();
                let (bonnes, mauvaises) = sequences(&octets, self.entier);
                if mauvaises == 0 {
                    let texte = String::from_utf8_lossy(&octets);
                    return if est_double(&texte) { Arbitrage { doute: true, ..sur(Encodage::Utf8Double) } } else { sur(Encodage::Utf8) };
                }
                // Mostly UTF-8, with some bytes that are not.
                if marque.is_some() || bonnes > 10 * mauvaises {
                    return Arbitrage { abime: true, ..sur(Encodage::Utf8) };
                }
                pese(&octets)
            }
        }
    }

    /// How each encoding reads the lines that tell them apart: three at most. One entry when they all read the same.
    pub(super) fn essais(&self, choisi: Encodage) -> Vec<Essai> {
        let octets = self.octets();
        let lignes: Vec<&[u8]> = octets.split(|octet| matches!(octet, b'\n' | b'\r')).filter(|ligne| !ligne.is_ascii()).take(3).collect();
        if choisi.seize() || lignes.is_empty() {
            return Vec::new();
        }
        let essai = |encodage: Encodage| Essai {
            encodage,
            lignes: lignes.iter().map(|ligne| encodage.decode(&ligne[..ligne.len().min(500)]).0.chars().take(200).collect()).collect(),
        };
        let mut essais = vec![essai(choisi)];
        for encodage in [Encodage::Utf8].into_iter().chain(SIMPLES).chain([Encodage::Utf8Double]) {
            let autre = essai(encodage);
            if essais.iter().all(|deja| deja.encodage != encodage && deja.lignes != autre.lignes) {
                essais.push(autre);
            }
        }
        essais
    }
}

fn accents(octets: &[u8]) -> usize {
    octets.iter().filter(|octet| !octet.is_ascii()).count()
}

/// Signs of several bytes that are UTF-8, and bytes that are not. The last sign of a head may be cut.
fn sequences(octets: &[u8], entier: bool) -> (usize, usize) {
    let (mut bonnes, mut mauvaises, mut reste) = (0, 0, octets);
    loop {
        match std::str::from_utf8(reste) {
            Ok(texte) => return (bonnes + texte.chars().filter(|signe| !signe.is_ascii()).count(), mauvaises),
            Err(error) => {
                let (bon, mauvais) = reste.split_at(error.valid_up_to());
                bonnes += String::from_utf8_lossy(bon).chars().filter(|signe| !signe.is_ascii()).count();
                let coupe = error.error_len().unwrap_or(mauvais.len()).max(1);
                if error.error_len().is_some() || entier {
                    mauvaises += 1;
                }
                reste = mauvais.get(coupe..).unwrap_or_default();
            }
        }
    }
}

/// Whether most of the words with letters beyond ASCII were encoded twice.
fn est_double(texte: &str) -> bool {
    let mots = texte.split(|signe: char| signe.is_ascii() && !signe.is_ascii_alphanumeric()).filter(|mot| !mot.is_ascii());
    let (mut tous, mut doubles) = (0, 0);
    for mot in mots {
        tous += 1;
        doubles += usize::from(simple(mot).is_some());
    }
    doubles > 0 && doubles * 2 > tous
}

/// The encoding of one byte a sign that makes the best French.
fn pese(octets: &[u8]) -> Arbitrage {
    let mut poids: Vec<(i64, Encodage, String)> = SIMPLES
        .iter()
        .map(|encodage| {
            let texte = encodage.decode(octets).0.into_owned();
            (valeur(&texte), *encodage, texte)
        })
        .collect();
    // What weighs the same keeps the order of use.
    poids.sort_by_key(|(valeur, ..)| std::cmp::Reverse(*valeur));
    let (premier, choisi, lu) = (poids[0].0, poids[0].1, &poids[0].2);
    // An encoding in which some bytes mean nothing is no rival of one in which all do.
    let sain = !choisi.decode(octets).1;
    let rival = poids[1..].iter().find(|(valeur, autre, texte)| texte != lu && *valeur * 10 >= premier * 8 && !(sain && autre.decode(octets).1));
    let mut encodage = choisi;
    if rival.is_some_and(|(valeur, ..)| *valeur == premier) {
        let mut detecteur = EncodingDetector::new(Iso2022JpDetection::Deny);
        detecteur.feed(octets, true);
        if detecteur.guess(Some(b"fr"), Utf8Detection::Deny) == encoding_rs::WINDOWS_1252
            && poids.iter().any(|un| un.0 == premier && un.1 == Encodage::Windows1252)
        {
            encodage = Encodage::Windows1252;
        }
    }
    Arbitrage { encodage, doute: rival.is_some() || premier <= 0, abime: false }
}

/// How French a text is.
fn valeur(texte: &str) -> i64 {
    let signes: Vec<char> = texte.chars().collect();
    let autour = |place: Option<usize>| place.and_then(|place| signes.get(place)).copied().unwrap_or(' ');
    signes
        .iter()
        .enumerate()
        .filter(|(_, signe)| !signe.is_ascii())
        .map(|(place, signe)| signe_vaut(*signe, autour(place.checked_sub(1)), autour(Some(place + 1))))
        .sum()
}

/// Letters of French, small and large.
const PETITES: &str = "éèàçêôîûâùëïœü";
const GRANDES: &str = "ÉÈÀÇÊÔÎÛÂÙËÏŒÜ";
/// Letters of other languages that stand where another encoding has one of French.
const RARES: &str = "ƒıŠŽŸÿšžþðÞÐ";

/// What a sign is worth between two others.
fn signe_vaut(signe: char, avant: char, apres: char) -> i64 {
    let lettre = |signe: char| signe.is_alphabetic() && signe != 'ª' && signe != 'º';
    if lettre(signe) {
        return lettre_vaut(signe, avant, lettre(avant) || lettre(apres), apres);
    }
    let entre_lettres = lettre(avant) && lettre(apres);
    let si = |oui: bool, alors, sinon| if oui { alors } else { sinon };
    match signe {
        '\u{80}'..='\u{9f}' | '\u{fffd}' => -20,
        '’' | '‘' => si(entre_lettres, 4, 0),
        '°' => si(avant.is_ascii_digit() || matches!(avant, 'n' | 'N' | ' '), 3, -1),
        '€' => si(lettre(avant) || lettre(apres), -3, 3),
        '²' | '³' => si(avant == 'm', 4, -1),
        '«' | '»' | '–' | '—' | '…' | '“' | '”' | '•' | '\u{a0}' => si(entre_lettres, -4, 1),
        '\u{2500}'..='\u{25ff}' => -6,
        _ => si(entre_lettres, -5, -1),
    }
}

/// What a letter is worth: where French has it, or in a word that nobody writes.
fn lettre_vaut(lettre: char, avant: char, dans_un_mot: bool, apres: char) -> i64 {
    let sinon = |oui, alors| if dans_un_mot { oui } else { alors };
    match lettre {
        'µ' if avant.is_alphabetic() => -3,
        'µ' if matches!(apres, 'g' | 'm' | 'S' | 'L' | 'l') => 4,
        'µ' => 0,
        _ if PETITES.contains(lettre) && avant.is_uppercase() && apres.is_uppercase() => -2,
        _ if PETITES.contains(lettre) => sinon(4, 2),
        _ if RARES.contains(lettre) => sinon(-3, -1),
        _ if lettre.is_uppercase() && avant.is_lowercase() => -6,
        _ if GRANDES.contains(lettre) => sinon(3, 0),
        _ => sinon(1, -1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHRASES: &[&str] = &[
        "Hébergeur;Prénom;Société;Période\nMme Félicité;Éliane;Les Alizés;août\n",
        "Prélèvement;µg/L;N°\u{20}bon\nà vérifier;1,5 µg/L;N°\u{20}12\n",
        "CÔTE SOUS LE VENT;DÉSIRADE;BASSE-TERRE\nÎLET À CABRIT;ÉCOLE;FRANÇOIS\n",
        "nom\nGîte de l’Étang\ncœur d’île\nForêt\n",
        "commune;prix\nAnse-Bertrand;12\u{20}€\nGrand-Bourg;7\u{20}€\n",
        "hôtel classé;déclaré\nmaïs;Noël\nçà et là;dû\n",
    ];

    fn echantillon(octets: &[u8]) -> Echantillon {
        Echantillon { tete: octets.to_vec(), entier: true, loin: Vec::new() }
    }

    fn ecrit(texte: &str, encodage: Encodage) -> Option<Vec<u8>> {
        let inverse = |signe: char| (0..=255_u8).find(|octet| encodage.decode(&[*octet]).0.starts_with(signe) && !encodage.decode(&[*octet]).1);
        texte.chars().map(inverse).collect()
    }

    #[test]
    fn french_is_known_in_each_encoding() {
        let mut essayes = 0;
        for phrase in PHRASES {
            assert_eq!(echantillon(phrase.as_bytes()).arbitre(), Arbitrage { encodage: Encodage::Utf8, doute: false, abime: false });
            for encodage in SIMPLES {
                let Some(octets) = ecrit(phrase, encodage) else { continue };
                let trouve = echantillon(&octets).arbitre();
                assert_eq!(trouve.encodage.decode(&octets).0, *phrase, "{encodage:?} taken for {trouve:?}");
                essayes += 1;
            }
        }
        assert!(essayes >= 18, "{essayes}");
    }

    #[test]
    fn marks_and_zeros_decide() {
        let seize = |ordre: fn(u16) -> [u8; 2]| -> Vec<u8> { "nom;été\n".encode_utf16().flat_map(ordre).collect() };
        for (debut, ordre, attendu) in [
            (&b"\xff\xfe"[..], u16::to_le_bytes as fn(u16) -> [u8; 2], Encodage::Utf16Le),
            (b"\xfe\xff", u16::to_be_bytes, Encodage::Utf16Be),
            (b"", u16::to_le_bytes, Encodage::Utf16Le),
            (b"", u16::to_be_bytes, Encodage::Utf16Be),
        ] {
            assert_eq!(echantillon(&[debut, &seize(ordre)].concat()).arbitre().encodage, attendu);
        }
        assert_eq!(echantillon(b"\xef\xbb\xbfnom;1\n").arbitre().encodage, Encodage::Utf8);
    }

    #[test]
    fn utf8_read_twice_is_known() {
        let (double, _, _) = encoding_rs::UTF_8.decode("Sainte-AnnÃ©e;hÃ´tel;dÃ©jÃ\u{a0}\n".as_bytes());
        assert_eq!(echantillon(double.as_bytes()).arbitre(), Arbitrage { encodage: Encodage::Utf8Double, doute: true, abime: false });
        assert_eq!(echantillon("Ã‰cole;été;déjà;forêt\n".as_bytes()).arbitre().encodage, Encodage::Utf8, "one word of many");
    }

    #[test]
    fn a_cut_letter_and_a_few_bad_bytes_leave_utf8() {
        let mut octets = "été;".repeat(30).into_bytes();
        octets.push(0xe9);
        assert_eq!(echantillon(&octets).arbitre(), Arbitrage { encodage: Encodage::Utf8, doute: false, abime: true });
        let mut coupe = echantillon("été".as_bytes());
        coupe.tete.pop();
        coupe.entier = false;
        assert_eq!(coupe.arbitre(), Arbitrage { encodage: Encodage::Utf8, doute: false, abime: false });
    }

    #[test]
    fn letters_far_from_the_beginning_count() {
        use std::io::Write;
        for (loin, attendu) in [
            (&b"Pr\xe9l\xe8vement"[..], Encodage::Windows1252),
            ("Prélèvement".as_bytes(), Encodage::Utf8),
            (b"Pr\x8el\x8fvement", Encodage::MacRoman),
        ] {
            let mut fichier = tempfile::tempfile().expect("a file");
            for _ in 0..40_000 {
                fichier.write_all(b"1;2;3;4;5\n").expect("written");
            }
            fichier.write_all(&[b"x;", loin, b";y\n"].concat()).expect("written");
            let lu = Echantillon::lit(&mut fichier).expect("read");
            assert_eq!(lu.arbitre().encodage, attendu);
            let essais = lu.essais(attendu);
            assert!(essais[0].lignes[0].contains("Prélèvement"), "{essais:?}");
            assert!(essais.len() > 1);
        }
    }
}
