//! Records of an XML, what is guessed of them, encodings, and what is refused.

use std::io::Write;

use super::*;
use crate::sources::{examiner, ouvrir};

const TARIFS: &str = "<?xml version='1.0' encoding='UTF-8'?><delta><natures><nature id=\"1\">Palaces</nature><nature id=\"2\">Hôtels</nature></natures>
<deliberations><deliberation><saisie><date>30/07/2025</date><collectivite siren='200018653'><nom>CAP &amp; CO</nom><code/></collectivite></saisie>
<communes><commune><code>97101</code></commune><commune><code>97103</code></commune></communes>
<periodes><periode><debut>01 janvier</debut><tarifs><tarif id='1'>4.10</tarif>
<tarif id='2'>3.00</tarif></tarifs></periode><periode><debut>01 juillet</debut><tarifs><tarif id='1'>5.00</tarif></tarifs></periode></periodes>
<abattement>50.00</abattement></deliberation>
<deliberation><saisie><date>28/12/2023</date></saisie><periodes><periode><debut>01 mars</debut><tarifs><tarif id='9'>1.00</tarif></tarifs></periode></periodes></deliberation>
</deliberations></delta>";

fn fichier(texte: &[u8]) -> tempfile::NamedTempFile {
    let mut fichier = tempfile::NamedTempFile::new().expect("a file");
    fichier.write_all(texte).expect("written");
    fichier
}

fn voulu(par: Option<&str>, colonnes: &[&str]) -> Voulu {
    let colonnes = Some(colonnes.iter().map(ToString::to_string).collect());
    Voulu { element: Some("deliberation".into()), par: par.map(String::from), colonnes, ..Voulu::default() }
}

#[test]
fn a_record_makes_as_many_rows_as_it_is_said() {
    let fichier = fichier(TARIFS.as_bytes());
    let par = "periodes/periode/tarifs/tarif";
    let champs = [
        par,
        "periodes/periode/tarifs/tarif/@id",
        "periodes/periode/debut",
        "saisie/collectivite/@siren",
        "saisie/collectivite/nom",
        "communes/commune/code",
        "abattement",
    ];
    let examen = examiner(fichier.path(), &voulu(Some(par), &champs), &|_| false).expect("read");
    let vus: Vec<(u64, String)> = examen.premieres.iter().map(|rang| (rang.ligne, rang.cellules.join(";"))).collect();
    let commun = "200018653;CAP & CO;97101 | 97103;50.00";
    let attendus = [
        (4, format!("4.10;1;01 janvier;{commun}")),
        (5, format!("3.00;2;01 janvier;{commun}")),
        (5, format!("5.00;1;01 juillet;{commun}")),
        (7, "1.00;9;01 mars;;;;".into()),
    ];
    assert_eq!(vus, attendus);
    for place in 0..=4 {
        let mut debut = ouvrir(fichier.path(), &examen.lecture, None).expect("opened");
        (0..place).for_each(|_| drop(debut.suivant().expect("read")));
        let mut suite = ouvrir(fichier.path(), &examen.lecture, Some(debut.ici())).expect("opened");
        let lus: Vec<Rang> = std::iter::from_fn(|| suite.suivant().expect("read")).collect();
        assert_eq!(lus, examen.premieres[place..]);
    }
}

#[test]
fn what_stands_outside_of_the_records_is_given_with_each() {
    let xml = TARIFS.replacen("<delta>", "<delta version='2.5'><vide/><date>01/01/<![CDATA[2026]]></date><tard>non</tard>", 1).replacen(
        "</deliberation>\n<deliberation>",
        "</deliberation><tard>oui</tard>\n<deliberation>",
        1,
    );
    let champs = ["/delta/date", "/delta/@version", "/delta/vide", "/delta/rien", "/delta/tard", "/delta/deliberations/tard"];
    let fichier = fichier(xml.as_bytes());
    let examen = examiner(fichier.path(), &voulu(None, &champs), &|_| false).expect("read");
    let vus: Vec<String> = examen.premieres.iter().map(|rang| rang.cellules.join(";")).collect();
    assert_eq!(vus, ["01/01/2026;2.5;;;non;", "01/01/2026;2.5;;;non;oui"]);
    let mut debut = ouvrir(fichier.path(), &examen.lecture, None).expect("opened");
    debut.suivant().expect("read");
    let mut suite = ouvrir(fichier.path(), &examen.lecture, Some(debut.ici())).expect("opened");
    assert_eq!(suite.suivant().expect("read"), Some(examen.premieres[1].clone()));
}

#[test]
fn what_repeats_is_guessed() {
    let examen = examiner(fichier(TARIFS.as_bytes()).path(), &Voulu::default(), &|_| false).expect("read");
    assert_eq!(examen.lecture.element.as_deref(), Some("delta/deliberations/deliberation"));
    assert_eq!(examen.lecture.colonnes[..4], ["saisie/date", "saisie/collectivite/@siren", "saisie/collectivite/nom", "saisie/collectivite/code"]);
    assert_eq!((examen.premieres.len(), examen.doutes[0].code.as_str()), (2, "DOU-ELEMENT"));
    let natures = Voulu { element: Some("natures/nature".into()), ..Voulu::default() };
    let examen = examiner(fichier(TARIFS.as_bytes()).path(), &natures, &|_| false).expect("read");
    assert_eq!((examen.lecture.colonnes.join("|"), examen.premieres[1].cellules.join("|")), ("@id|.".into(), "2|Hôtels".into()));
}

#[test]
fn the_declaration_says_the_encoding() {
    for (dit, octets) in [("ISO-8859-1", &b"\xe9t\xe9"[..]), ("iso-8859-15", b"\xe9t\xe9 \xbd"), ("windows-1252", b"\xe9t\xe9 \x9c")] {
        let texte = [format!("<?xml version=\"1.0\" encoding=\"{dit}\"?><a><b>").as_bytes(), octets, b"</b><b>x</b></a>"].concat();
        let examen = examiner(fichier(&texte).path(), &Voulu::default(), &|_| false).expect("read");
        assert!(examen.premieres[0].cellules[0].starts_with("été"), "{dit}");
        assert!(octets.len() < 4 || examen.premieres[0].cellules[0].ends_with('œ'), "{dit}");
    }
}

#[test]
fn what_is_broken_or_too_large_is_said() {
    let code = |texte: &[u8]| {
        examiner(fichier(texte).path(), &Voulu { element: Some("b".into()), ..Voulu::default() }, &|_| false)
            .map_err(|refus| refus.code)
            .map(|examen| examen.premieres[0].defaut.as_ref().map_or(String::new(), |defaut| defaut.code.clone()))
    };
    assert_eq!(code(b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a><b>1</b></a>"), Err("FIC-DOCTYPE"));
    assert_eq!(code(b"<?xml version='1.0'?><a><b>1</b>"), Err("FIC-ABIME"));
    assert_eq!(code(b"<?xml version='1.0'?><a><c>1</c></a>"), Err("FIC-SANS-LIGNE"));
    let gros = format!("<?xml version='1.0'?><a><b>{}</b></a>", format!("<c>{}</c>", "x".repeat(900_000)).repeat(6));
    assert_eq!(code(gros.as_bytes()), Ok("STR-04".into()));
    assert_eq!(code(b"<?xml version='1.0'?><a><b/></a>"), Ok(String::new()));
    // A few bytes that would make gigabytes: each of ten thousand rows with ten thousand values.
    let croise = format!("<?xml version='1.0'?><a><b>{}{}</b></a>", "<c>valeur</c>".repeat(10_000), "<d/>".repeat(10_000));
    let voulu = Voulu { element: Some("b".into()), par: Some("d".into()), colonnes: Some(vec!["c".into()]), ..Voulu::default() };
    let examen = examiner(fichier(croise.as_bytes()).path(), &voulu, &|_| false).expect("read");
    let vus: Vec<_> = examen.premieres.iter().map(|rang| rang.defaut.as_ref().map(|defaut| defaut.code.as_str())).collect();
    assert_eq!(vus, [Some("STR-04")]);
}
