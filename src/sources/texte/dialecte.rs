//! Separator and quote of a text. Each candidate is tried on the sample: the rows that have the same number of cells, and the
//! names that the caller knows, speak for it; `csv-nose` has a voice among them, for it was measured wrong on files that are
//! separated by `:` and on columns of sentences.

use std::collections::BTreeMap;

use csv_nose::{SampleSize, Sniffer};

use super::decoupe::{Decoupe, Forme, Signes};
use super::lignes::Lignes;
use crate::sources::encodage::Encodage;
use crate::sources::entete::REGARDES;

/// Separators, with what each is worth beside the others, in hundredths: what is seldom a separator must be a better one.
const SEPARATEURS: &[(u8, u32)] = &[(b';', 100), (b'\t', 100), (b',', 95), (b'|', 95), (0x1f, 100), (b'~', 70), (b'^', 70), (b':', 60)];
/// Records of the sample that are compared.
const COMPARES: usize = 400;
/// Bytes of the sample that are given to `csv-nose`, which takes many times as much memory.
const NEZ: usize = 32 * 1024;
/// What a candidate must be worth to be one: two columns in two thirds of the rows.
const ASSEZ: u32 = 3_000;
/// The same for three columns in nearly all of them.
const TROIS: u32 = 6_300;

/// Signs of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialecte {
    pub signes: Signes,
    /// Whether the first line says the separator (`sep=;`).
    pub dit: bool,
    /// Another separator does nearly as well, or none does.
    pub doute: bool,
}

/// What a person decided.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Decide {
    pub separateur: Option<u8>,
    pub guillemet: Option<Option<u8>>,
    pub enveloppe: Option<bool>,
}

/// The separator of a first line `sep=;`, and where the next line begins.
pub(super) fn ligne_sep(texte: &[u8]) -> Option<(u8, usize)> {
    let fin = texte.iter().position(|octet| matches!(octet, b'\n' | b'\r'))?;
    let ligne = texte[..fin].strip_prefix(b"\"").map_or(&texte[..fin], |reste| reste.strip_suffix(b"\"").unwrap_or(reste));
    let signe = match ligne {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', signe] if signe.is_ascii() && !signe.is_ascii_alphanumeric() => *signe,
        _ => return None,
    };
    Some((signe, fin + if texte[fin..].starts_with(b"\r\n") { 2 } else { 1 }))
}

/// Separator and quote of a sample without its mark, cut at a line end.
pub(super) fn devine(texte: &[u8], decide: Decide, encodage: Encodage, dictionnaire: &dyn Fn(&str) -> bool) -> Dialecte {
    let dit = ligne_sep(texte);
    let corps = dit.map_or(texte, |(_, debut)| &texte[debut..]);
    let guillemet = decide.guillemet.unwrap_or_else(|| guillemet(corps));
    let voulu = decide.separateur.or(dit.map(|(signe, _)| signe));
    let enveloppe = decide.enveloppe.unwrap_or_else(|| enveloppe(corps, encodage, dictionnaire));
    let rendu = |separateur, guillemet, doute| Dialecte { signes: Signes { separateur, guillemet, enveloppe }, dit: dit.is_some(), doute };
    let signes = |guillemet| Signes { separateur: b';', guillemet, enveloppe };
    if let Some(separateur) = voulu {
        let choisi = decide.guillemet.unwrap_or_else(|| sans_defaut(corps, Signes { separateur, ..signes(guillemet) }));
        return rendu(separateur, choisi, false);
    }
    let mut essais = essais(corps, signes(guillemet), encodage, dictionnaire);
    let mut guillemet = guillemet;
    if essais[0].0 < ASSEZ && decide.guillemet.is_none() && guillemet.is_some_and(|signe| corps.contains(&signe)) {
        // Quotes that are letters: marks of inches, that are never closed.
        let sans = self::essais(corps, signes(None), encodage, dictionnaire);
        if sans[0].0 >= ASSEZ {
            (essais, guillemet) = (sans, None);
        }
    }
    let (meilleur, separateur) = essais[0];
    if meilleur < ASSEZ {
        if let Some(separateur) = irregulier(corps, signes(guillemet)) {
            return rendu(separateur, guillemet, true);
        }
        // One column: any separator that is nowhere would do.
        let absent = SEPARATEURS.iter().map(|(signe, _)| *signe).find(|signe| !corps.contains(signe)).unwrap_or(b';');
        let ailleurs = SEPARATEURS.iter().any(|(signe, _)| corps.contains(signe));
        return rendu(absent, guillemet, ailleurs);
    }
    let doute = essais[1].0 * 10 >= meilleur * 9;
    rendu(separateur, decide.guillemet.unwrap_or_else(|| sans_defaut(corps, Signes { separateur, ..signes(guillemet) })), doute)
}

/// Every separator with what it is worth, the best first.
fn essais(corps: &[u8], signes: Signes, encodage: Encodage, dictionnaire: &dyn Fn(&str) -> bool) -> Vec<(u32, u8)> {
    let nez = nez(corps).filter(|_| !signes.enveloppe);
    let mut essais: Vec<(u32, u8)> = SEPARATEURS
        .iter()
        .map(|(separateur, poids)| {
            let vaut = vaut(corps, Signes { separateur: *separateur, ..signes }, encodage, dictionnaire) * poids / 100;
            (vaut + if nez == Some(*separateur) && vaut > ASSEZ { 500 } else { 0 }, *separateur)
        })
        .collect();
    essais.sort_by_key(|(vaut, _)| std::cmp::Reverse(*vaut));
    essais
}

/// What a separator is worth on a sample, in ten thousandths.
fn vaut(corps: &[u8], signes: Signes, encodage: Encodage, dictionnaire: &dyn Fn(&str) -> bool) -> u32 {
    let mut decoupe = decoupe(corps, signes);
    let (mut largeurs, mut tous, mut connus) = (BTreeMap::<usize, u32>::new(), 0_u32, 0);
    while let Ok(Some(lu)) = decoupe.suivant() {
        if lu.len() == 0 || lu.cellules().all(<[u8]>::is_empty) {
            continue;
        }
        if (tous as usize) < REGARDES && lu.len() > 1 && lu.len() < 1_000 {
            let noms = lu.cellules().filter(|cellule| !cellule.is_empty() && dictionnaire(&encodage.decode(cellule).0)).count();
            connus = connus.max(noms);
        }
        tous += 1;
        *largeurs.entry(if lu.forme == Forme::Juste { lu.len() } else { 0 }).or_default() += 1;
        if tous as usize >= COMPARES {
            break;
        }
    }
    let usuelle = largeurs.iter().filter(|(largeur, _)| **largeur > 1).max_by_key(|(largeur, compte)| (**compte, **largeur));
    let Some((largeur, compte)) = usuelle else { return 0 };
    let largeur = u32::try_from(*largeur).unwrap_or(u32::MAX).min(1_000);
    let part = compte * 10_000 / tous.max(1);
    part * (largeur - 1) / largeur + if connus >= 2 { 10_000 } else { 0 }
}

/// The separator of a table whose rows have as many cells as they please: names without a space behind the separator, three at
/// least, and two cells in every row.
fn irregulier(corps: &[u8], signes: Signes) -> Option<u8> {
    SEPARATEURS.iter().map(|(separateur, _)| *separateur).find(|separateur| {
        let mut decoupe = decoupe(corps, Signes { separateur: *separateur, ..signes });
        let mut premiere = true;
        while let Ok(Some(lu)) = decoupe.suivant() {
            let nomme = lu.len() >= 3 && lu.cellules().all(|cellule| !cellule.starts_with(b" ") && cellule.len() < 60);
            if premiere && !nomme || lu.len() == 1 {
                return false;
            }
            premiere = false;
        }
        !premiere
    })
}

fn decoupe(corps: &[u8], signes: Signes) -> Decoupe<&[u8]> {
    Decoupe::new(Lignes::new(corps, |octets| octets.len() as u64, 0, 1), signes, None)
}

/// Whether each line is between quotes as if it were one cell, which makes a table once they are taken off: of known names, or of
/// three columns at least.
fn enveloppe(corps: &[u8], encodage: Encodage, dictionnaire: &dyn Fn(&str) -> bool) -> bool {
    let lignes = corps.split(|octet| matches!(octet, b'\n' | b'\r')).filter(|ligne| !ligne.is_empty()).take(COMPARES);
    let entre = |ligne: &[u8]| ligne.len() > 1 && ligne.starts_with(b"\"") && ligne.ends_with(b"\"");
    let (mut tous, mut entiers) = (0, 0);
    for ligne in lignes {
        tous += 1;
        entiers += usize::from(entre(ligne));
    }
    if tous < 2 || entiers < tous {
        return false;
    }
    let signes = |separateur: u8, enveloppe| Signes { separateur, guillemet: Some(b'"'), enveloppe };
    let une = |separateur: u8| vaut(corps, signes(separateur, false), encodage, dictionnaire) == 0;
    let plusieurs = |separateur: u8| vaut(corps, signes(separateur, true), encodage, dictionnaire) > TROIS;
    SEPARATEURS.iter().all(|(separateur, _)| une(*separateur)) && SEPARATEURS.iter().any(|(separateur, _)| plusieurs(*separateur))
}

/// The quote that stands around cells: `"`, or `'` where it does so everywhere and `"` nowhere.
fn guillemet(corps: &[u8]) -> Option<u8> {
    let bords = |signe: u8| {
        let dehors =
            |octet: Option<&u8>| octet.is_none_or(|octet| SEPARATEURS.iter().any(|(signe, _)| signe == octet) || matches!(octet, b'\n' | b'\r'));
        let places = corps.iter().enumerate().filter(|(_, octet)| **octet == signe).map(|(place, _)| place);
        let (mut tous, mut bords) = (0, 0);
        for place in places {
            tous += 1;
            bords += usize::from(dehors(place.checked_sub(1).and_then(|place| corps.get(place))) || dehors(corps.get(place + 1)));
        }
        (tous, bords)
    };
    let (doubles, _) = bords(b'"');
    let (simples, bords) = bords(b'\'');
    if doubles == 0 && simples >= 4 && bords * 10 >= simples * 8 { Some(b'\'') } else { Some(b'"') }
}

/// The quote, unless it makes rows that are never closed where none of them would be wrong without it: marks of inches, seconds.
fn sans_defaut(corps: &[u8], signes: Signes) -> Option<u8> {
    let Signes { separateur, guillemet, .. } = signes;
    let compte = |guillemet: Option<u8>| {
        let mut decoupe = decoupe(corps, Signes { guillemet, ..signes });
        let (mut tous, mut ouverts, mut largeurs) = (0_usize, 0_usize, BTreeMap::<usize, usize>::new());
        while let Some(lu) = decoupe.suivant().ok().flatten().filter(|_| tous < COMPARES) {
            tous += 1;
            ouverts += usize::from(matches!(lu.forme, Forme::Ouvert(_)));
            *largeurs.entry(lu.len()).or_default() += 1;
        }
        (tous, ouverts, largeurs.into_values().max().unwrap_or(0))
    };
    let (tous, ouverts, _) = compte(guillemet);
    let Some(signe) = guillemet.filter(|_| ouverts >= 3 && ouverts * 10 > tous) else { return guillemet };
    // Cells that end with a quote were meant to have them.
    let fermes = corps.windows(2).filter(|deux| deux[0] == signe && (deux[1] == separateur || matches!(deux[1], b'\n' | b'\r'))).count();
    if fermes >= ouverts {
        return guillemet;
    }
    let (tous, _, usuelles) = compte(None);
    if usuelles * 10 >= tous * 9 { None } else { guillemet }
}

/// What `csv-nose` says.
fn nez(corps: &[u8]) -> Option<u8> {
    let pris = &corps[..corps.len().min(NEZ)];
    let fin = pris.iter().rposition(|octet| *octet == b'\n').map_or(pris.len(), |place| place + 1);
    let mut sniffer = Sniffer::new();
    sniffer.sample_size(SampleSize::Records(200));
    // A stranger's text is given to somebody else's program: what it cannot bear is no answer.
    let dit = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sniffer.sniff_bytes(&pris[..fin])));
    dit.ok()?.ok().map(|dit| dit.dialect.delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devine(texte: &str) -> Dialecte {
        super::devine(texte.as_bytes(), Decide::default(), Encodage::Utf8, &|titre| ["ville", "région"].contains(&titre))
    }

    #[test]
    fn separators_are_found() {
        let table: &[(&str, u8)] = &[
            ("a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n", b';'),
            ("a,b,c\n1.5,2.5,3.5\n", b','),
            ("a\tb\n1\t2\n", b'\t'),
            ("nom;adresse\nA;12, rue Haute, Abymes\nB;3, rue Basse\n", b';'),
            ("nom,adresse\nA,\"12; rue Haute; Abymes\"\nB,\"3; rue Basse\"\n", b','),
            ("city:region:country\nA:MA:USA\nB:MO:USA\n", b':'),
            ("heure;fin;x\n07:42;08:12;1\n09:00;09:30;2\n", b';'),
            ("Titre du fichier\n\na|b|c\n1|2|3\n4|5|6\n7|8|9\n", b'|'),
            ("\"a;b\",\"c;d\"\n\"1;2\",\"3;4\"\n", b','),
            ("ville,région\n", b','),
            ("x;ville;région\n1,2;3,4;5,6\n", b';'),
            ("sep=\t\na;b\tc\n1;2\t3\n", b'\t'),
            ("id,name,age\n1101,John\n1102,Julie,26,Potatoes\n", b','),
            ("sep=,\r\na;b,c\r\n", b','),
        ];
        for (texte, separateur) in table {
            let trouve = devine(texte);
            assert_eq!(char::from(trouve.signes.separateur), char::from(*separateur), "{texte}");
            assert_eq!(trouve.dit, texte.starts_with("sep="));
        }
    }

    #[test]
    fn one_column_is_not_cut() {
        for texte in ["avis\nTrès bien, vraiment\nLe bruit, la chaleur, le prix\nRien\nBon accueil\n", "nom\nA\nB\n", "01\n002\n"] {
            let trouve = devine(texte);
            let mut decoupe = decoupe(texte.as_bytes(), trouve.signes);
            while let Ok(Some(lu)) = decoupe.suivant() {
                assert_eq!(lu.len(), 1, "{texte}");
            }
        }
    }

    #[test]
    fn lines_between_quotes_are_opened() {
        for (texte, enveloppe) in [
            ("\"a;b;c\"\n\"1;2;\"\"3;4\"\"\"\n", true),
            ("\"x;ville;région\"\n\"1;2;3\"\n", true),
            ("\"ville,région\"\n\"A,B\"\n", true),
            ("\"Bien, vraiment\"\n\"Moyen, sans plus\"\n", false),
            ("\"a\";\"b\";\"c\"\n\"1\";\"2\";\"3\"\n", false),
            ("\"a\"\n\"1\"\n", false),
        ] {
            assert_eq!(devine(texte).signes.enveloppe, enveloppe, "{texte}");
        }
        let mut decoupe = decoupe(b"\"1;2;\"\"3;4\"\"\"\n", Signes { separateur: b';', guillemet: Some(b'"'), enveloppe: true });
        let lu = decoupe.suivant().expect("a slice").expect("a record");
        assert_eq!(lu.cellules().collect::<Vec<_>>(), [&b"1"[..], b"2", b"3;4"]);
    }

    #[test]
    fn quotes_are_found() {
        assert_eq!(devine("a;b\n\"1\";2\n").signes.guillemet, Some(b'"'));
        assert_eq!(devine("'a';'b'\n'1;2';'l'île'\n").signes.guillemet, Some(b'\''));
        assert_eq!(devine("a;b\nl'île;d'en haut\n").signes.guillemet, Some(b'"'));
        let pouces: String = (0..30).map(|place| format!("{place};\"{place} pouces;x\n")).collect();
        assert_eq!(devine(&pouces).signes.guillemet, None);
    }
}
