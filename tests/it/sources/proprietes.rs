//! Any text: the cells that the csv crate finds, and the same rows wherever one goes on.

use gardel::sources::{Encodage, Lecture, Nature, Rang};
use proptest::prelude::*;

use super::{fichier, lus};

fn lecture(separateur: char, encodage: Encodage, colonnes: usize) -> Lecture {
    Lecture {
        nature: Nature::Texte,
        membre: None,
        encodage,
        separateur,
        guillemet: Some('"'),
        enveloppe: false,
        titre: 0,
        entete: false,
        feuille: None,
        element: None,
        par: None,
        hors: None,
        colonnes: (0..colonnes).map(|numero| format!("c{numero}")).collect(),
    }
}

/// Rows of `n` cells, with all that needs quotes.
fn tables() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cellule = prop_oneof!["[a-zé ;,\"\r\n|x]{0,8}", "[a-z]{1,5}", Just(String::new())];
    (1..5_usize).prop_flat_map(move |largeur| prop::collection::vec(prop::collection::vec(cellule.clone(), largeur), 1..25))
}

fn ecris(table: &[Vec<String>], separateur: u8, fin: csv::Terminator) -> Vec<u8> {
    let mut vers = csv::WriterBuilder::new().delimiter(separateur).terminator(fin).flexible(true).from_writer(Vec::new());
    table.iter().for_each(|rang| vers.write_record(rang).expect("written"));
    vers.into_inner().expect("a buffer")
}

/// Rows that have anything: blank ones are passed over.
fn pleines(table: &[Vec<String>]) -> Vec<Vec<String>> {
    let blanche = |cellule: &String| cellule.bytes().all(|octet| octet.is_ascii_whitespace());
    table.iter().filter(|rang| !rang.iter().all(blanche)).cloned().collect()
}

/// The physical line of a byte, counted another way: ends of lines before it.
fn ligne_de(octets: &[u8], place: u64) -> u64 {
    let avant = String::from_utf8_lossy(&octets[..usize::try_from(place).expect("small")]).replace("\r\n", "\n").replace('\r', "\n");
    avant.matches('\n').count() as u64 + 1
}

proptest! {
    #[test]
    fn what_csv_writes_is_read(table in tables(), separateur in prop::sample::select(vec![b';', b',', b'\t', b'|']), crlf in any::<bool>()) {
        let octets = ecris(&table, separateur, if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') });
        let fichier = fichier(&octets);
        let rangs = lus(&fichier, &lecture(char::from(separateur), Encodage::Utf8, table[0].len()), None).expect("read");
        prop_assert!(rangs.iter().all(|rang| rang.defaut.is_none()), "{:?}", rangs);
        let cellules: Vec<Vec<String>> = rangs.iter().map(|rang| rang.cellules.clone()).collect();
        prop_assert_eq!(cellules, pleines(&table));
        for rang in &rangs {
            prop_assert_eq!(rang.ligne, ligne_de(&octets, rang.octet));
        }
    }

    #[test]
    fn the_csv_crate_finds_the_same_cells(octets in "[ab\";,\n]{0,60}") {
        let fichier = fichier(octets.as_bytes());
        let rangs = lus(&fichier, &lecture(';', Encodage::Utf8, 0), None).expect("read");
        // Where a quote is never closed, or is one that was not meant, the crate takes the rest for one cell: no comparison.
        prop_assume!(rangs.iter().all(|rang| rang.defaut.is_none()));
        let mut temoin = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).flexible(true).from_reader(octets.as_bytes());
        let attendues: Vec<Vec<String>> = temoin.records().map(|rang| rang.expect("UTF-8").iter().map(String::from).collect()).collect();
        let cellules: Vec<Vec<String>> = rangs.into_iter().map(|rang| rang.cellules).collect();
        prop_assert_eq!(cellules, pleines(&attendues));
    }

    #[test]
    fn any_cutting_gives_the_same_rows(
        octets in prop_oneof!["[ab\";\r\n\u{e9}\u{1F600}]{0,120}".prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..120)],
        encodage in prop::sample::select(vec![Encodage::Utf8, Encodage::Windows1252, Encodage::Utf16Le, Encodage::Utf16Be]),
        largeur in 0..4_usize,
    ) {
        let fichier = fichier(&octets);
        let lecture = lecture(';', encodage, largeur);
        let tous = lus(&fichier, &lecture, None).expect("read");
        let mut depuis = None;
        let mut par_un: Vec<Rang> = Vec::new();
        // One row at a time, each by a reading of its own that begins where the one before ended.
        for place in 0..=tous.len() {
            let mut rangs = gardel::sources::ouvrir(fichier.path(), &lecture, depuis).expect("opened");
            prop_assert_eq!(rangs.ici().rangs, place as u64);
            par_un.extend(rangs.suivant().expect("read"));
            depuis = Some(rangs.ici());
        }
        prop_assert_eq!(&par_un, &tous);
        prop_assert!(tous.windows(2).all(|deux| deux[0].octet < deux[1].octet && deux[0].ligne < deux[1].ligne));
    }
}
