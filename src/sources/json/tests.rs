//! Arrays and lines of objects, broken ones, and a reading that goes on anywhere.

use std::io::Write;

use super::*;
use crate::sources::{examiner, ouvrir};

fn fichier(texte: &[u8]) -> tempfile::NamedTempFile {
    let mut fichier = tempfile::NamedTempFile::new().expect("a file");
    fichier.write_all(texte).expect("written");
    fichier
}

fn examen(texte: &[u8]) -> Result<Examen, &'static str> {
    examiner(fichier(texte).path(), &Voulu::default(), &|_| false).map_err(|refus| refus.code)
}

fn vus(examen: &Examen) -> Vec<(u64, String, Option<&str>)> {
    examen.premieres.iter().map(|rang| (rang.ligne, rang.cellules.join("|"), rang.defaut.as_ref().map(|defaut| defaut.code.as_str()))).collect()
}

#[test]
fn arrays_and_lines_give_rows() {
    let lu = examen("[\n {\"nom\": \"A]\\\"\", \"ou\": {\"commune\": \"é\", \"x\": {\"y\": 1}}},\n{\"nom\": null, \"nuits\": 12.50, \"ok\": true, \"l\": [1, 2]}\n]".as_bytes()).expect("an array");
    assert_eq!(lu.lecture.colonnes, ["nom", "ou.commune", "ou.x", "nuits", "ok", "l"]);
    assert_eq!(vus(&lu), [(2, "A]\"|é|{\"y\":1}|||".into(), None), (3, "|||12.50|vrai|[1,2]".into(), None)]);
    assert_eq!(lu.premieres[1].sortes[3..5], [Sorte::Nombre, Sorte::Booleen]);
    let lu = examen(b"{\"count\": 2, \"liens\": [1, [2]], \"data\": [{\"a\": 1}, {\"a\": 2}], \"next\": null}").expect("a field");
    assert_eq!((lu.lecture.element.as_deref(), vus(&lu).len()), (Some("data"), 2));
    let lu = examen(b"{\"a\": 1, \"b\": {\"c\": 2}}").expect("one object");
    assert_eq!((lu.lecture.element.as_deref(), vus(&lu)), (Some(""), vec![(1, "1|2".into(), None)]));
    let lu = examen(b"{\"a\": 1}\r\n\r\n{\"a\": x}\r\n{\"a\": 3}").expect("lines");
    assert_eq!(lu.lecture.nature, Nature::JsonLignes);
    assert_eq!(vus(&lu), [(1, "1".into(), None), (3, String::new(), Some("STR-02")), (4, "3".into(), None)]);
}

#[test]
fn what_is_broken_says_so() {
    assert_eq!(examen(b"[{\"a\": 1}, {\"a\":").map(|_| ()), Err("FIC-ABIME"));
    assert_eq!(examen(b"[{\"a\": 1}").map(|_| ()), Err("FIC-ABIME"));
    assert_eq!(examen(b"[]").map(|_| ()), Err("FIC-SANS-LIGNE"));
    // Deeper than any reader goes: the object is a bad row, and the one behind it is read.
    let profond = format!("[{{\"a\": {}1{}}}, {{\"a\": 2}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(vus(&examen(profond.as_bytes()).expect("rows")), [(1, String::new(), Some("STR-02")), (1, "2".into(), None)]);
    // A name of a hundred kilobytes before each of ten thousand others.
    let dedans: Vec<String> = (0..10_000).map(|numero| format!("\"{numero}\":1")).collect();
    let croise = format!("[{{\"a\":1}},{{\"{}\":{{{}}}}}]", "x".repeat(100_000), dedans.join(","));
    assert_eq!(vus(&examen(croise.as_bytes()).expect("rows"))[1].2, Some("STR-02"));
    let lu = examen(format!("[{{\"a\": 1}}, {{\"a\": \"{}\"}}, {{\"a\": 3, \"b\": 4}}]", "x".repeat(2 * EVENEMENT_MAX)).as_bytes()).expect("rows");
    assert_eq!(lu.premieres[1].defaut.as_ref().map(|defaut| defaut.code.as_str()), Some("STR-04"));
}

#[test]
fn one_goes_on_anywhere() {
    for texte in ["[{\"a\":1},\n{\"a\":2} , {\"a\":3}]", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n"] {
        let fichier = fichier(texte.as_bytes());
        let lecture = examiner(fichier.path(), &Voulu::default(), &|_| false).expect("read").lecture;
        let lus = |depuis| {
            let mut rangs = ouvrir(fichier.path(), &lecture, depuis).expect("opened");
            std::iter::from_fn(move || rangs.suivant().expect("read")).collect::<Vec<_>>()
        };
        let tous = lus(None);
        for place in 0..=3 {
            let mut debut = ouvrir(fichier.path(), &lecture, None).expect("opened");
            (0..place).for_each(|_| drop(debut.suivant().expect("read")));
            assert_eq!(lus(Some(debut.ici())), tous[place..]);
        }
    }
}
