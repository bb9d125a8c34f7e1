//! The bad inputs of the domain dossier that concern reading, each with its verdict, its line and its column.

use gardel::sources::valeurs::{Dates, Decimales, Ordre, date, decimal};
use gardel::sources::{Encodage, Role};

use super::{examen, fichier, lus};

/// A row as it is expected: line, cells, and the code and the column of what is wrong with it.
type Attendu<'a> = (u64, &'a str, &'a str, Option<usize>);

/// Reads a file whose columns are `source`, `code` and `valeur`; the codes of what is told come first.
fn verifie(octets: &[u8], avis: &[&str], attendus: &[Attendu<'_>]) {
    let nom = String::from_utf8_lossy(&octets[..octets.len().min(80)]).into_owned();
    let fichier = fichier(octets);
    let examen = examen(&fichier, &["source", "code", "valeur"]).unwrap_or_else(|refus| panic!("{nom}: {refus}"));
    let dits: Vec<&str> = examen.avertissements.iter().chain(&examen.doutes).map(|avis| avis.code.as_str()).collect();
    assert_eq!(dits, avis, "{nom}");
    let lus = lus(&fichier, &examen.lecture, None).expect("read");
    let vus: Vec<(u64, String, String, Option<usize>)> = lus
        .iter()
        .map(|rang| {
            let (code, colonne) = rang.defaut.as_ref().map_or((String::new(), None), |defaut| (defaut.code.clone(), defaut.colonne));
            (rang.ligne, rang.cellules.join("|"), code, colonne)
        })
        .collect();
    let attendus: Vec<_> = attendus.iter().map(|un| (un.0, un.1.to_string(), un.2.to_string(), un.3)).collect();
    assert_eq!(vus, attendus, "{nom}");
    assert_eq!(examen.premieres, lus, "{nom}: what was shown is what is read");
}

fn refus(octets: &[u8]) -> String {
    examen(&fichier(octets), &["source", "code", "valeur"]).expect_err("refused").code.to_string()
}

fn seize(texte: &str, ordre: fn(u16) -> [u8; 2]) -> Vec<u8> {
    texte.encode_utf16().flat_map(ordre).collect()
}

/// 1 to 4: encodings.
#[test]
fn letters_are_read_whatever_wrote_them() {
    let attendus: &[Attendu<'_>] = &[(2, "Prélèvement|à vérifier|1,5 µg/L", "", None), (3, "Société|Mme Éliane|2", "", None)];
    let texte = "source;code;valeur\r\nPrélèvement;à vérifier;1,5 µg/L\r\nSociété;Mme Éliane;2\r\n";
    verifie(texte.as_bytes(), &[], attendus);
    verifie(&[b"\xef\xbb\xbf", texte.as_bytes()].concat(), &[], attendus);
    verifie(&[b"\xff\xfe".to_vec(), seize(texte, u16::to_le_bytes)].concat(), &[], attendus);
    verifie(&[b"\xfe\xff".to_vec(), seize(texte, u16::to_be_bytes)].concat(), &[], attendus);
    verifie(&seize(texte, u16::to_le_bytes), &[], attendus);
    verifie(b"source;code;valeur\r\nPr\xe9l\xe8vement;\xe0 v\xe9rifier;1,5 \xb5g/L\r\nSoci\xe9t\xe9;Mme \xc9liane;2\r\n", &[], attendus);
    verifie(b"source;code;valeur\r\nPr\x8el\x8fvement;\x88 v\x8erifier;1,5 \xb5g/L\r\nSoci\x8et\x8e;Mme \x83liane;2\r\n", &[], attendus);
    verifie(b"source;code;valeur\r\nPr\x82l\x8avement;\x85 v\x82rifier;1,5 \xe6g/L\r\nSoci\x82t\x82;Mme \x90liane;2\r\n", &[], attendus);
    let double: String = texte.bytes().map(|octet| encoding_rs::WINDOWS_1252.decode(&[octet]).0.into_owned()).collect();
    verifie(double.as_bytes(), &["ENC-03", "DOU-ENCODAGE"], attendus);
    // Bytes that mean nothing cost their row, and name their cell.
    let abime = [texte.as_bytes(), "été;été;été\r\n".repeat(10).as_bytes(), b"a;b\xe9;c\r\n"].concat();
    let fichier = fichier(&abime);
    let examen = examen(&fichier, &["source", "code"]).expect("read");
    assert_eq!((examen.lecture.encodage, examen.avertissements[0].code.as_str()), (Encodage::Utf8, "ENC-01"));
    let defaut = examen.premieres.last().and_then(|rang| rang.defaut.clone()).expect("the last row");
    assert_eq!((defaut.code.as_str(), defaut.colonne, examen.premieres.len()), ("ENC-01", Some(1), 13));
}

/// 5, 19, 20: separators, headers, line ends.
#[test]
fn tables_are_found_where_they_are() {
    let attendus: &[Attendu<'_>] = &[(2, "A|1|2,5", "", None), (3, "B|2|3,5", "", None)];
    verifie(b"source;code;valeur\nA;1;2,5\nB;2;3,5\n", &[], attendus);
    verifie(b"source\tcode\tvaleur\nA\t1\t2,5\nB\t2\t3,5\n", &[], attendus);
    verifie(b"source,code,valeur\nA,1,\"2,5\"\nB,2,\"3,5\"\n", &[], attendus);
    verifie(b"source|code|valeur\nA|1|2,5\nB|2|3,5", &[], attendus);
    verifie(b"SOURCE ; Code;valeur\nA;1;2,5\nB;2;3,5\n", &[], attendus);
    verifie(b"valeur;code;source\n2,5;1;A\n", &[], &[(2, "2,5|1|A", "", None)]);
    verifie(b"sep=;\r\nsource;code;valeur\r\nA;1;2,5\r\n", &["INF-TITRE"], &[(3, "A|1|2,5", "", None)]);
    verifie(b"\"source;code;valeur\"\r\n\"A;1;2,5\"\r\n", &["INF-ENVELOPPE"], &[(2, "A|1|2,5", "", None)]);
    verifie(b"source;code;source\nA;1;2\n", &["INF-DOUBLE"], &[(2, "A|1|2", "", None)]);
    // CR alone, mixed ends, blank lines, Ctrl-Z, the header once more, sums and a remark.
    verifie(b"source;code;valeur\rA;1;2\rB;2;3\r", &[], &[(2, "A|1|2", "", None), (3, "B|2|3", "", None)]);
    let tout = b"Export de mai\r\n\r\nsource;code;valeur\r\nA;1;2\n\r\n;;\r\nB;2;3\rsource;code;valeur\r\nTotal;;5\r\nSource : CTCS\r\n\x1a";
    let attendus: &[Attendu<'_>] = &[
        (4, "A|1|2", "", None),
        (7, "B|2|3", "", None),
        (8, "source|code|valeur", "", None),
        (9, "Total||5", "", None),
        (10, "Source : CTCS||", "", None),
    ];
    verifie(tout, &["INF-TITRE", "INF-HORS"], attendus);
    let roles: Vec<Role> = examen(&fichier(tout), &["source", "code"]).expect("read").premieres.iter().map(|rang| rang.role).collect();
    assert_eq!(roles, [Role::Donnee, Role::Donnee, Role::EnteteRepetee, Role::Total, Role::Note]);
}

/// 6, 7, 12, 21: values.
#[test]
fn values_are_read_one_way_or_not_at_all() {
    for texte in ["9,28", "9.28"] {
        assert_eq!(decimal(texte, Decimales::Mixte, 2), Ok(928));
    }
    for texte in ["1 234,5", "1\u{a0}234,5", "1\u{202f}234,5"] {
        assert_eq!(decimal(texte, Decimales::Mixte, 1), Ok(12_345));
    }
    for texte in ["1.234,5", "NaN", "inf", "1e3", "#N/A", "#REF!", "n.d.", "<LQ", "1,23E+05"] {
        assert_eq!(decimal(texte, Decimales::Mixte, 1).map_err(|faute| faute.code), Err("VAL-01"), "{texte}");
    }
    for texte in ["03/02/26", "31/02/2026", "45730", "12h35", "mars-25"] {
        assert_eq!(date(texte, Dates::default()).map_err(|faute| faute.code), Err("VAL-02"), "{texte}");
    }
    assert_eq!(date("2026-02-03", Dates::default()).map(|date| date.to_string()), Ok("2026-02-03".into()));
    assert_eq!(date("03/02/2026", Dates { ordre: Ordre::MoisJour, ..Dates::default() }).map(|date| date.to_string()), Ok("2026-03-02".into()));
    // Zeros before a number are letters of a code: they stay.
    verifie(b"source;code;valeur\nA;004217;1\n", &[], &[(2, "A|004217|1", "", None)]);
}

/// 13 to 18, 25: rows.
#[test]
fn a_bad_row_costs_itself() {
    verifie(b"source;code;valeur\nA;1;2\nCTCS;25-GAR-0042", &[], &[(2, "A|1|2", "", None), (3, "CTCS|25-GAR-0042", "STR-05", None)]);
    let ouvert = "source;code;valeur\r\nA;1;\"cannes brûlées\r\nB;2;3\r\nC;\"x\";4\r\n";
    verifie(ouvert.as_bytes(), &[], &[(2, "A|1|cannes brûlées", "STR-03", Some(2)), (3, "B|2|3", "", None), (4, "C|x|4", "", None)]);
    let sans_fin = format!("source;code;valeur\nA;1;\"x\n{}", "B;2;3\n".repeat(80));
    let mut attendus: Vec<Attendu<'_>> = vec![(2, "A|1|x", "STR-03", Some(2))];
    attendus.extend((3..83).map(|ligne| (ligne, "B|2|3", "", None)));
    verifie(sans_fin.as_bytes(), &[], &attendus);
    let guillemets = b"source;code;valeur\r\nA;5\" tuyau;1\r\nB;\"reprise apres \"\"debourrage\"\"\";2\r\nC;\"deux\r\nlignes\";3\r\nD;4;5\r\n";
    let attendus: &[Attendu<'_>] = &[
        (2, "A|5\" tuyau|1", "", None),
        (3, "B|reprise apres \"debourrage\"|2", "", None),
        (4, "C|deux\r\nlignes|3", "", None),
        (6, "D|4|5", "", None),
    ];
    verifie(guillemets, &[], attendus);
    let longue = format!("source;code;valeur\nA;1;{}\nB;2;3\n", "x".repeat(5_000_000));
    let fichier = fichier(longue.as_bytes());
    let examen = examen(&fichier, &["source", "code"]).expect("read");
    let vus: Vec<(u64, String)> =
        examen.premieres.iter().map(|rang| (rang.ligne, rang.defaut.as_ref().map_or(String::new(), |defaut| defaut.code.clone()))).collect();
    assert_eq!(vus, [(2, "STR-04".into()), (3, String::new())]);
    verifie(b"source;code;valeur\nA;x\0y;1\nB;2;3\n", &[], &[(2, "A|x\0y|1", "ENC-02", Some(1)), (3, "B|2|3", "", None)]);
    let bancal = b"source;code;valeur\nA;1;2;;;\nB;1\nC;1;2;3\nD;1;2\n";
    verifie(bancal, &[], &[(2, "A|1|2", "", None), (3, "B|1", "STR-02", None), (4, "C|1|2|3", "STR-02", None), (5, "D|1|2", "", None)]);
    verifie(b"source;code;valeur\n=HYPERLINK(\"x\");<script>;+cmd\n", &[], &[(2, "=HYPERLINK(\"x\")|<script>|+cmd", "", None)]);
}

/// 22: what is no table.
#[test]
fn wrong_files_are_refused_by_their_bytes() {
    let table: &[(&[u8], &str)] = &[
        (b"", "FIC-VIDE"),
        (b"\r\n\r\n", "FIC-VIDE"),
        (b"source;code;valeur\r\n", "FIC-SANS-LIGNE"),
        (b"%PDF-1.7 source;code;valeur", "FIC-PDF"),
        (b"<!DOCTYPE html><html><body>Connexion</body></html>", "FIC-HTML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0", "FIC-XLS"),
        (b"PK\x03\x04 and nothing", "FIC-ABIME"),
        (b"\x89PNG\r\n\x1a\n", "FIC-IMAGE"),
    ];
    for (octets, code) in table {
        assert_eq!(refus(octets), *code, "{octets:?}");
    }
    assert_eq!(refus(&vec![b'x'; 400_000]), "STR-04", "one line without end");
    assert_eq!(refus(format!("{}\n", "a;".repeat(1_000_000)).as_bytes()), "STR-04", "a million columns");
    assert_eq!(refus(format!("{}\n1;2\n", "a;".repeat(20_000)).as_bytes()), "STR-02", "more columns than any sheet");
}
