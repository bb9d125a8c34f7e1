//! What a file is, by its bytes: its name says nothing. What Gardel does not read is refused with the way to make it readable.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::encodage::Encodage;
use super::lecture::{Nature, Refus};
use super::paquet::{Paquet, abime, chiffre};

/// Bytes looked at.
const TETE: usize = 8 * 1024;

/// First bytes of what is no table, and what it is.
const AUTRES: &[(&[u8], &str, &str)] = &[
    (b"%PDF", "FIC-PDF", "C’est un PDF, pas un tableau. Demandez le fichier en CSV ou en classeur (XLSX, ODS)."),
    (b"\x89PNG", "FIC-IMAGE", "C’est une image, pas un tableau. Demandez le fichier en CSV ou en classeur (XLSX, ODS)."),
    (b"\xff\xd8\xff", "FIC-IMAGE", "C’est une image, pas un tableau. Demandez le fichier en CSV ou en classeur (XLSX, ODS)."),
    (b"GIF8", "FIC-IMAGE", "C’est une image, pas un tableau. Demandez le fichier en CSV ou en classeur (XLSX, ODS)."),
    (b"II*\0", "FIC-IMAGE", "C’est une image, pas un tableau. Demandez le fichier en CSV ou en classeur (XLSX, ODS)."),
    (b"MM\0*", "FIC-IMAGE", "C’est une image, pas un tableau. Demandez le fichier en CSV ou en classeur (XLSX, ODS)."),
    (b"{\\rtf", "FIC-DOCUMENT", "C’est un document de traitement de texte, pas un tableau. Enregistrez le tableau en CSV ou en classeur."),
    (b"\x1f\x8b", "FIC-ARCHIVE", "C’est une archive GZIP. Décompressez-la, ou envoyez un ZIP."),
    (b"7z\xbc\xaf\x27\x1c", "FIC-ARCHIVE", "C’est une archive 7-Zip. Décompressez-la, ou envoyez un ZIP."),
    (b"Rar!", "FIC-ARCHIVE", "C’est une archive RAR. Décompressez-la, ou envoyez un ZIP."),
    (b"BZh", "FIC-ARCHIVE", "C’est une archive BZIP2. Décompressez-la, ou envoyez un ZIP."),
    (b"\xfd7zXZ", "FIC-ARCHIVE", "C’est une archive XZ. Décompressez-la, ou envoyez un ZIP."),
];

const ANCIEN: &str =
    "C’est un classeur dans l’ancien format d’Excel (.xls). Ouvrez-le dans Excel ou LibreOffice, enregistrez-le en .xlsx, puis renvoyez-le.";
const PAGE: &str = "C’est une page web, souvent une page de connexion ou d’erreur, quel que soit le nom du fichier. Si elle montre un tableau, ouvrez-la dans un tableur et enregistrez-la en .xlsx.";
const BINAIRE: &str = "Ce n’est pas un tableau\u{a0}: ni texte, ni classeur, ni XML, ni JSON. Envoyez un fichier CSV, XLSX ou ODS.";

/// What a file is.
pub(super) fn nature(fichier: &mut File) -> Result<Nature, Refus> {
    let tete = tete(fichier)?;
    if tete.is_empty() {
        return Err(Refus::new("FIC-VIDE", "Le fichier est vide."));
    }
    if let Some((_, code, phrase)) = AUTRES.iter().find(|(debut, ..)| tete.starts_with(debut)) {
        return Err(Refus::new(code, *phrase));
    }
    if tete.starts_with(b"PK\x05\x06") {
        return Err(Refus::new("FIC-VIDE", "L’archive ne contient rien."));
    }
    if tete.starts_with(b"PK\x03\x04") {
        return de_paquet(&Paquet::ouvre(fichier.try_clone()?)?);
    }
    if tete.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(if protege(fichier)? { chiffre() } else { Refus::new("FIC-XLS", ANCIEN) });
    }
    let biff = [0x00_u8, 0x02, 0x04, 0x08].iter().any(|version| tete.starts_with(&[0x09, *version]) && tete.get(3) == Some(&0));
    if biff {
        return Err(Refus::new("FIC-XLS", ANCIEN));
    }
    if tete.starts_with(b"PARE") && finit(fichier, b"PARE")? {
        return Err(chiffre());
    }
    // A text may begin so; a Parquet ends so too, or was cut.
    if tete.starts_with(b"PAR1") {
        return if finit(fichier, b"PAR1")? { Ok(Nature::Parquet) } else { de_texte(&tete).map_err(|_| abime()) };
    }
    if tete.starts_with(b"\xff\xfe\0\0") || tete.starts_with(b"\0\0\xfe\xff") {
        return Err(Refus::new("FIC-ENCODAGE", "Le fichier est en UTF-32, que Gardel ne lit pas. Enregistrez-le en UTF-8."));
    }
    de_texte(&tete)
}

/// The beginning of a file.
pub(super) fn tete(fichier: &mut File) -> io::Result<Vec<u8>> {
    fichier.rewind()?;
    let mut tete = Vec::with_capacity(TETE);
    fichier.by_ref().take(TETE as u64).read_to_end(&mut tete)?;
    fichier.rewind()?;
    Ok(tete)
}

/// Whether a file that begins so ends with these four bytes too.
fn finit(fichier: &mut File, fin: &[u8; 4]) -> io::Result<bool> {
    let mut lus = [0; 4];
    let assez = fichier.seek(SeekFrom::End(0))? >= 8;
    if assez {
        fichier.seek(SeekFrom::End(-4))?;
        fichier.read_exact(&mut lus)?;
    }
    fichier.rewind()?;
    Ok(assez && lus == *fin)
}

/// Whether a document in the container of old Office files is an encrypted one: the list of what it holds says so.
fn protege(fichier: &mut File) -> io::Result<bool> {
    let mut entete = [0; 52];
    fichier.rewind()?;
    if fichier.read_exact(&mut entete).is_err() {
        return Ok(false);
    }
    let secteur = u64::from(u32::from_le_bytes([entete[48], entete[49], entete[50], entete[51]]));
    let octets = 1_u64 << u32::from(entete[30]).min(12);
    fichier.seek(SeekFrom::Start((secteur + 1).saturating_mul(octets)))?;
    let mut liste = Vec::new();
    fichier.by_ref().take(8 * 1024).read_to_end(&mut liste)?;
    let nom: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(liste.windows(nom.len()).any(|fenetre| fenetre == nom))
}

/// What an archive is: a workbook, another document, or files.
fn de_paquet(paquet: &Paquet) -> Result<Nature, Refus> {
    let document = || Refus::new("FIC-DOCUMENT", "C’est un document, pas un tableau. Enregistrez le tableau en CSV ou en classeur (XLSX, ODS).");
    if paquet.contient("[Content_Types].xml") {
        let noms: Vec<&str> = paquet.noms().map(|(nom, _)| nom).collect();
        if noms.iter().any(|nom| nom.ends_with("workbook.bin")) {
            return Err(Refus::new("FIC-XLS", "C’est un classeur binaire d’Excel (.xlsb). Enregistrez-le en .xlsx, puis renvoyez-le."));
        }
        let classeur = noms.iter().any(|nom| nom.to_ascii_lowercase().ends_with("workbook.xml") || nom.starts_with("xl/"));
        return if classeur { Ok(Nature::Xlsx) } else { Err(document()) };
    }
    let mut genre = String::new();
    if let Some(entree) = paquet.lit("mimetype") {
        entree.take(100).read_to_string(&mut genre).map_err(|_| document())?;
    }
    if genre.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
        let mut manifeste = String::new();
        if let Some(entree) = paquet.lit("META-INF/manifest.xml") {
            // What is no text tells nothing.
            let _lus = entree.take(1024 * 1024).read_to_string(&mut manifeste);
        }
        return if manifeste.contains("encryption-data") { Err(chiffre()) } else { Ok(Nature::Ods) };
    }
    if !genre.is_empty() || paquet.noms().any(|(nom, _)| nom.ends_with(".iwa")) {
        return Err(document());
    }
    Ok(Nature::Zip)
}

/// The encoding that the first bytes say: by their mark, or by zeros in every other byte.
pub(super) fn marque(tete: &[u8]) -> Option<Encodage> {
    if tete.starts_with(b"\xef\xbb\xbf") {
        return Some(Encodage::Utf8);
    }
    if tete.starts_with(b"\xff\xfe") {
        return Some(Encodage::Utf16Le);
    }
    if tete.starts_with(b"\xfe\xff") {
        return Some(Encodage::Utf16Be);
    }
    let debut = &tete[..tete.len().min(4096) & !1];
    let nuls = |reste: usize| debut.iter().skip(reste).step_by(2).filter(|octet| **octet == 0).count();
    let (paires, impaires, moitie) = (nuls(0), nuls(1), debut.len() / 2);
    if moitie >= 2 && impaires * 5 >= moitie * 2 && paires * 20 <= moitie {
        return Some(Encodage::Utf16Le);
    }
    (moitie >= 2 && paires * 5 >= moitie * 2 && impaires * 20 <= moitie).then_some(Encodage::Utf16Be)
}

/// The first signs of a text, as far as ASCII says them.
fn signes(tete: &[u8]) -> String {
    let pris: Vec<u8> = match marque(tete) {
        Some(Encodage::Utf16Le) => tete.iter().step_by(2).copied().collect(),
        Some(Encodage::Utf16Be) => tete.iter().skip(1).step_by(2).copied().collect(),
        _ => tete.to_vec(),
    };
    String::from_utf8_lossy(&pris).trim_start_matches(|signe: char| signe.is_whitespace() || signe == '\u{feff}' || !signe.is_ascii()).to_string()
}

fn de_texte(tete: &[u8]) -> Result<Nature, Refus> {
    let seize = marque(tete).is_some_and(Encodage::seize);
    let nuls = tete.iter().filter(|octet| **octet == 0).count();
    let controles = tete.iter().filter(|octet| (1..32).contains(*octet) && !matches!(octet, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a..=0x1f)).count();
    if !seize && nuls == tete.len() {
        return Err(Refus::new("FIC-VIDE", "Le fichier ne contient que des octets nuls\u{a0}: il a été mal enregistré ou mal copié."));
    }
    if !seize && (nuls * 20 > tete.len() || controles * 50 > tete.len()) {
        return Err(Refus::new("FIC-BINAIRE", BINAIRE));
    }
    let signes = signes(tete);
    if signes.is_empty() && tete.len() < TETE {
        return Err(Refus::new("FIC-VIDE", "Le fichier ne contient que des espaces ou des lignes vides."));
    }
    if let Some(reste) = signes.strip_prefix('<') {
        return balise(&signes.to_ascii_lowercase(), reste);
    }
    let suite = |signe: char| signes.strip_prefix(signe).map(|reste| reste.trim_start().chars().next().unwrap_or('\0'));
    match (suite('['), suite('{')) {
        (Some('{' | ']'), _) => Ok(Nature::Json),
        (_, Some('"' | '}')) => Ok(if par_lignes(&signes) { Nature::JsonLignes } else { Nature::Json }),
        _ => Ok(Nature::Texte),
    }
}

fn balise(signes: &str, reste: &str) -> Result<Nature, Refus> {
    if signes.contains("urn:schemas-microsoft-com:office:spreadsheet") {
        return Err(Refus::new("FIC-XLS", "C’est un classeur XML d’Excel 2003. Ouvrez-le, enregistrez-le en .xlsx, puis renvoyez-le."));
    }
    let pages = ["<!doctype html", "<html", "<head", "<meta", "<body", "<table", "<script", "<div"];
    let debut: String = signes.chars().take(2000).collect();
    if pages.iter().any(|page| debut.starts_with(page)) || debut.contains("<!doctype html") || debut.contains("<html") {
        return Err(Refus::new("FIC-HTML", PAGE));
    }
    if debut.contains("<svg") {
        return Err(Refus::new("FIC-IMAGE", "C’est une image, pas un tableau. Demandez le fichier en CSV ou en classeur (XLSX, ODS)."));
    }
    let nomme = reste.starts_with(|signe: char| signe.is_alphabetic() || matches!(signe, '_' | '!'));
    // A title between these signs, before a separator.
    let cellule = reste.split_once('>').is_some_and(|(_, apres)| apres.starts_with([';', ',', '\t', '|']));
    let nomme = nomme && !cellule;
    if reste.starts_with("?xml") || nomme && signes.contains('>') { Ok(Nature::Xml) } else { Ok(Nature::Texte) }
}

/// Whether the first line is an object by itself.
fn par_lignes(signes: &str) -> bool {
    let mut lignes = signes.split(['\n', '\r']).map(str::trim).filter(|ligne| !ligne.is_empty());
    let entier = |ligne: &str| serde_json::from_str::<serde::de::IgnoredAny>(ligne).is_ok();
    let Some(premiere) = lignes.next() else { return false };
    // The second line may be cut by the end of what was looked at. One object alone is read as an array of one.
    let suite = lignes.next();
    entier(premiere) && suite.is_some_and(|ligne| ligne.starts_with('{')) || suite.is_none() && premiere.contains("}{")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn lue(octets: &[u8]) -> Result<Nature, &'static str> {
        let mut fichier = tempfile::tempfile().expect("a file");
        fichier.write_all(octets).expect("written");
        nature(&mut fichier).map_err(|refus| refus.code)
    }

    fn archive(entrees: &[(&str, &str)]) -> Vec<u8> {
        let mut vers = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (nom, corps) in entrees {
            vers.start_file(*nom, zip::write::SimpleFileOptions::default()).expect("an entry");
            vers.write_all(corps.as_bytes()).expect("written");
        }
        vers.finish().expect("an archive").into_inner()
    }

    #[test]
    fn bytes_decide() {
        let table: &[(&[u8], Result<Nature, &str>)] = &[
            (b"a;b\n1;2\n", Ok(Nature::Texte)),
            (b"MZ;b\n1;2\n", Ok(Nature::Texte)),
            (b"\xef\xbb\xbfa;b\n", Ok(Nature::Texte)),
            (b"\xff\xfea\0;\0b\0", Ok(Nature::Texte)),
            (b"a\0;\0b\0\n\0", Ok(Nature::Texte)),
            (b"Pr\xe9l\xe8vement;\xb5g/L\n", Ok(Nature::Texte)),
            (b"PAR1;b\n1;2\n", Ok(Nature::Texte)),
            (b"PAR1\0\0\0\0PAR1", Ok(Nature::Parquet)),
            (b"PAR1\0\0\x15\x02\0\0\x01\0", Err("FIC-ABIME")),
            (b"PARE\0\0\0\0PARE", Err("FIC-CHIFFRE")),
            (b"a;x\0y\n1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", Ok(Nature::Texte)),
            (b"<20;b\n", Ok(Nature::Texte)),
            (b"<nom>;b\n", Ok(Nature::Texte)),
            (b"[a];b\n", Ok(Nature::Texte)),
            (b"{a};b\n", Ok(Nature::Texte)),
            (b"<?xml version='1.0'?><delta/>", Ok(Nature::Xml)),
            (b"  <delta><a/></delta>", Ok(Nature::Xml)),
            (b"[ {\"a\": 1} ]", Ok(Nature::Json)),
            (b"[]", Ok(Nature::Json)),
            (b"{\"count\": 1,\n \"data\": [{}]}", Ok(Nature::Json)),
            (b"{\"a\": 1}", Ok(Nature::Json)),
            (b"{\"a\": 1}\r\n{\"a\": 2}\r\n", Ok(Nature::JsonLignes)),
            (b"", Err("FIC-VIDE")),
            (b"\r\n  \n", Err("FIC-VIDE")),
            (b"\xef\xbb\xbf", Err("FIC-VIDE")),
            (&[0; 300], Err("FIC-VIDE")),
            (b"%PDF-1.7\n", Err("FIC-PDF")),
            (b"\x89PNG\r\n\x1a\n", Err("FIC-IMAGE")),
            (b"<svg xmlns='x'/>", Err("FIC-IMAGE")),
            (b"<!DOCTYPE html><html><table>", Err("FIC-HTML")),
            (b"\xef\xbb\xbf<html xmlns:o=\"urn:schemas-microsoft-com:office:office\">", Err("FIC-HTML")),
            (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", Err("FIC-HTML")),
            (b"<table><tr><td>1</td></tr></table>", Err("FIC-HTML")),
            (b"<?xml version='1.0'?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">", Err("FIC-XLS")),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", Err("FIC-XLS")),
            (b"\x09\x08\x10\x00\x00\x06\x05\x00", Err("FIC-XLS")),
            (b"\x1f\x8b\x08\0", Err("FIC-ARCHIVE")),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", Err("FIC-BINAIRE")),
            (b"\xff\xfe\0\0a\0\0\0", Err("FIC-ENCODAGE")),
            (b"PK\x05\x06\0\0", Err("FIC-VIDE")),
            (b"PK\x03\x04 cut", Err("FIC-ABIME")),
        ];
        for (octets, attendue) in table {
            assert_eq!(lue(octets), *attendue, "{:?}", String::from_utf8_lossy(octets));
        }
    }

    #[test]
    fn archives_are_what_they_hold() {
        let ods = ("mimetype", "application/vnd.oasis.opendocument.spreadsheet");
        assert_eq!(lue(&archive(&[("[Content_Types].xml", ""), ("xl/workbook.xml", "")])), Ok(Nature::Xlsx));
        assert_eq!(lue(&archive(&[("[Content_Types].xml", ""), ("xl/workbook.bin", "")])), Err("FIC-XLS"));
        assert_eq!(lue(&archive(&[("[Content_Types].xml", ""), ("word/document.xml", "")])), Err("FIC-DOCUMENT"));
        assert_eq!(lue(&archive(&[ods, ("content.xml", "")])), Ok(Nature::Ods));
        assert_eq!(lue(&archive(&[ods, ("META-INF/manifest.xml", "<manifest:encryption-data/>")])), Err("FIC-CHIFFRE"));
        assert_eq!(lue(&archive(&[("mimetype", "application/vnd.oasis.opendocument.text")])), Err("FIC-DOCUMENT"));
        assert_eq!(lue(&archive(&[("a.csv", ""), ("b.csv", "")])), Ok(Nature::Zip));
    }

    #[test]
    fn a_protected_workbook_is_told_from_an_old_one() {
        let mut conteneur = vec![0; 512 * 3];
        conteneur[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
        conteneur[30] = 9;
        conteneur[48] = 1;
        assert_eq!(lue(&conteneur), Err("FIC-XLS"));
        let nom: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        conteneur[1024..1024 + nom.len()].copy_from_slice(&nom);
        assert_eq!(lue(&conteneur), Err("FIC-CHIFFRE"));
    }
}
