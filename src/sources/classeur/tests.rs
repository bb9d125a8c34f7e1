//! Workbooks made by hand, with what strangers put in them; calamine is the oracle.

use std::io::Write;

use calamine::Reader;
use tempfile::NamedTempFile;

use crate::sources::{Examen, Nature, Rang, Reprise, Role, Sorte, Voulu, examiner, ouvrir};

/// A workbook of these parts.
fn paquet(parts: &[(&str, &str)]) -> NamedTempFile {
    let mut vers = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (nom, corps) in parts {
        vers.start_file(*nom, zip::write::SimpleFileOptions::default()).expect("a part");
        vers.write_all(corps.as_bytes()).expect("written");
    }
    fichier(&vers.finish().expect("a package").into_inner())
}

fn fichier(octets: &[u8]) -> NamedTempFile {
    let mut fichier = NamedTempFile::new().expect("a file");
    fichier.write_all(octets).expect("written");
    fichier
}

const TYPES: &str = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'><Default Extension='xml' ContentType='application/xml'/><Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/></Types>";
const RACINE: &str = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='r1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument' Target='xl/workbook.xml'/></Relationships>";
const LIENS: &str = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>
<Relationship Id='a' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet' Target='worksheets/autre.xml'/>
<Relationship Id='b' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet' Target='/xl/worksheets/sheet7.xml'/>
<Relationship Id='s' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings' Target='sharedStrings.xml'/>
<Relationship Id='t' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles' Target='styles.xml'/></Relationships>";
const STYLES: &str = "<styleSheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><numFmts count='6'><numFmt numFmtId='164' formatCode='dd/mm/yyyy\\ hh:mm'/><numFmt numFmtId='165' formatCode='00000'/><numFmt numFmtId='166' formatCode='000\\ 000\\ 000\\ 00000'/><numFmt numFmtId='167' formatCode='[$-40C]mmm\\-yy;@'/><numFmt numFmtId='168' formatCode='0.0\\ %'/><numFmt numFmtId='169' formatCode='00.00'/></numFmts>
<cellStyleXfs count='1'><xf numFmtId='14'/></cellStyleXfs><cellXfs count='9'><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='164'/><xf numFmtId='10'/><xf numFmtId='165'/><xf numFmtId='166'/><xf numFmtId='167'/><xf numFmtId='168'/><xf numFmtId='169'/></cellXfs></styleSheet>";
const TEXTES: &str = "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' count='4' uniqueCount='4'><si><t>Commune</t></si><si><t>Arrivée</t></si><si><t>Montant</t></si><si><r><t xml:space='preserve'>Les </t></r><r><t>Abymes</t></r></si></sst>";

fn feuille(rangs: &str) -> String {
    format!("<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>{rangs}</sheetData></worksheet>")
}

/// Two sheets, the hidden one first, whose parts are not called as usual.
fn xlsx(rangs: &str, epoque: &str) -> NamedTempFile {
    let classeur = format!(
        "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'><workbookPr date1904='{epoque}'/><sheets><sheet name='Cachée' sheetId='1' state='hidden' r:id='a'/><sheet name='Séjours &amp; taxe' sheetId='2' r:id='b'/></sheets></workbook>"
    );
    paquet(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RACINE),
        ("xl/workbook.xml", &classeur),
        ("xl/_rels/workbook.xml.rels", LIENS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", TEXTES),
        (
            "xl/worksheets/autre.xml",
            &feuille(
                "<row r='1'><c r='A1' t='inlineStr'><is><t>Commune</t></is></c><c r='B1' t='inlineStr'><is><t>Montant</t></is></c></row><row r='2'><c r='A2'><v>1</v></c></row>",
            ),
        ),
        ("xl/worksheets/sheet7.xml", &feuille(rangs)),
    ])
}

const ENTETE: &str = "<row r='3'><c r='A3' t='s'><v>0</v></c><c r='B3' t='s'><v>1</v></c><c r='C3' t='s'><v>2</v></c></row>";

fn examine(fichier: &NamedTempFile) -> Examen {
    examiner(fichier.path(), &Voulu::default(), &|titre| ["Commune", "Montant"].contains(&titre)).expect("a table")
}

fn lus(fichier: &NamedTempFile, examen: &Examen, depuis: Option<Reprise>) -> Vec<Rang> {
    let mut rangs = ouvrir(fichier.path(), &examen.lecture, depuis).expect("opened");
    let mut lus = Vec::new();
    while let Some(rang) = rangs.suivant().expect("read") {
        lus.push(rang);
    }
    lus
}

#[test]
fn a_sheet_of_excel() {
    let rangs = format!(
        "<row r='1'><c r='A1' t='inlineStr'><is><t>Export de mai</t></is></c></row>{ENTETE}
<row r='4'><c r='A4' t='s'><v>3</v></c><c r='B4' s='2'><v>45730.320833333331</v></c><c r='C4'><v>9.2799999999999994</v></c></row>
<row r='5' hidden='1'><c t='str'><f>A1</f><v>Moule</v></c><c s='1'><v>45730</v></c><c s='3'><v>0.055</v></c></row>
<row r='6'/><row r='8'><c r='A8' t='b'><v>1</v></c><c r='B8' t='e'><v>#N/A</v></c><c r='C8'><f>1+1</f></c></row>
<row r='9'><c r='A9' t='inlineStr'><is><t>Total</t></is></c><c r='C9'><v>1234.5</v></c></row>
<row r='10'><c r='A10' t='d'><v>2026-04-03T00:00:00</v></c><c r='E10'><v>1</v></c></row>"
    );
    let classeur = xlsx(&rangs, "0");
    let examen = examine(&classeur);
    assert_eq!((examen.lecture.nature, examen.lecture.feuille.as_deref(), examen.lecture.titre), (Nature::Xlsx, Some("Séjours & taxe"), 2));
    assert_eq!(
        (examen.lecture.colonnes.join("|").as_str(), examen.titres.as_slice()),
        ("Commune|Arrivée|Montant||", &["Export de mai".to_string()][..])
    );
    assert!(examen.feuilles[0].masquee && !examen.feuilles[1].masquee);
    let codes: Vec<&str> = examen.avertissements.iter().map(|avis| avis.code.as_str()).collect();
    assert_eq!(codes, ["INF-SANS-NOM", "INF-TITRE", "INF-MASQUE", "INF-FORMULE", "INF-HORS", "INF-FEUILLE-MASQUEE"]);
    let vus: Vec<(u64, String, Option<&str>)> =
        examen.premieres.iter().map(|rang| (rang.ligne, rang.cellules.join("|"), rang.defaut.as_ref().map(|defaut| defaut.code.as_str()))).collect();
    let attendus = [
        (4, "Les Abymes|2025-03-14 07:42:00|9.28||", None),
        (5, "Moule|2025-03-14|5.5\u{a0}%||", None),
        (8, "vrai|#N/A|||", Some("VAL-01")),
        (9, "Total||1234.5||", None),
        (10, "2026-04-03||||1", None),
    ];
    assert_eq!(vus, attendus.map(|(ligne, texte, code)| (ligne, texte.to_string(), code)));
    assert_eq!(examen.premieres[0].sortes, [Sorte::Texte, Sorte::Date, Sorte::Nombre, Sorte::Vide, Sorte::Vide]);
    assert_eq!(examen.premieres[2].sortes, [Sorte::Booleen, Sorte::Erreur, Sorte::Vide, Sorte::Vide, Sorte::Vide]);
    assert!(examen.premieres[1].masque && examen.premieres[3].role == Role::Total);
    let autre = xlsx(&rangs, "1");
    assert_eq!(examine(&autre).premieres[1].cellules[1], "2029-03-15", "four years and a day later");
    let cachee = Voulu { feuille: Some("Cachée".into()), ..Voulu::default() };
    assert_eq!(examiner(classeur.path(), &cachee, &|_| false).expect("read").premieres.len(), 1);
    let absente = Voulu { feuille: Some("Autre".into()), ..Voulu::default() };
    assert_eq!(examiner(classeur.path(), &absente, &|_| false).expect_err("no such sheet").code, "FIC-FEUILLE");
}

/// A code typed as a number is what its cell shows; so are a month, a share and an ordinary number.
#[test]
fn numbers_are_read_as_their_cells_show_them() {
    let rang = |numero: u32, cellules: &[(u32, &str)]| {
        let cellules: String = cellules.iter().map(|(style, valeur)| format!("<c s='{style}'><v>{valeur}</v></c>")).collect();
        format!("<row r='{numero}'>{cellules}</row>")
    };
    let rangs = [
        rang(4, &[(4, "1234"), (5, "1234567800017"), (6, "45730")]),
        rang(5, &[(4, "97110"), (5, "13002526500013"), (7, "0.055")]),
        rang(6, &[(4, "123456"), (4, "12.5"), (8, "7")]),
    ];
    let classeur = xlsx(&format!("{ENTETE}{}", rangs.concat()), "0");
    let vus: Vec<String> = examine(&classeur).premieres.iter().map(|rang| rang.cellules.join("|")).collect();
    assert_eq!(vus, ["01234|01234567800017|2025-03-14", "97110|13002526500013|5.5\u{a0}%", "123456|12.5|7"]);
    let nombre = |valeur: &str, texte: &str| {
        format!("<table:table-cell office:value-type='float' office:value='{valeur}'><text:p>{texte}</text:p></table:table-cell>")
    };
    let tables = format!(
        "<table:table table:name='A'><table:table-row>{}{}</table:table-row><table:table-row>{}{}</table:table-row><table:table-row>{}{}</table:table-row></table:table>",
        texte("Commune"),
        texte("Montant"),
        nombre("1234", "01234"),
        nombre("1234567800017", "012 345 678 00017"),
        nombre("1234.5", "1 234,50"),
        nombre("1000", "1 000"),
    );
    let vus: Vec<String> = examine(&ods(&tables)).premieres.iter().map(|rang| rang.cellules.join("|")).collect();
    assert_eq!(vus, ["01234|01234567800017", "1234.5|1000"]);
}

/// The cells of many rows, one by one, as calamine has them.
#[test]
fn calamine_reads_the_same() {
    let mut rangs = ENTETE.to_string();
    for numero in 4..700_u32 {
        let jour = 40_000 + numero * 7;
        rangs += &format!(
            "<row r='{numero}'><c r='A{numero}' t='s'><v>{}</v></c><c r='B{numero}' s='1'><v>{jour}</v></c><c r='C{numero}'><v>{}.{:02}</v></c></row>",
            numero % 4,
            numero * 13 % 997,
            numero % 100
        );
    }
    let classeur = xlsx(&rangs, "0");
    let examen = examine(&classeur);
    let lus = lus(&classeur, &examen, None);
    let mut temoin: calamine::Xlsx<_> = calamine::open_workbook(classeur.path()).expect("opened");
    let plage = temoin.worksheet_range("Séjours & taxe").expect("the sheet");
    assert_eq!(lus.len(), 696);
    for (rang, temoin) in lus.iter().zip(plage.rows().skip(1)) {
        let attendu: Vec<String> = temoin
            .iter()
            .map(|cellule| match cellule {
                calamine::Data::DateTime(date) => date.as_datetime().expect("a day").date().to_string(),
                autre => autre.to_string(),
            })
            .collect();
        assert_eq!(rang.cellules, attendu, "row {}", rang.ligne);
    }
    // Anywhere one goes on, the rest is the same.
    for place in [0, 1, 100, 695, 696] {
        let mut debut = ouvrir(classeur.path(), &examen.lecture, None).expect("opened");
        for _ in 0..place {
            debut.suivant().expect("read");
        }
        assert_eq!(self::lus(&classeur, &examen, Some(debut.ici())), lus[place..]);
    }
}

#[test]
fn a_workbook_that_lies_costs_nothing() {
    let menteur = TEXTES.replace("uniqueCount='4'", "uniqueCount='10000000000'");
    let parts = |textes: &str, feuille: &str| {
        paquet(&[
            ("[Content_Types].xml", TYPES),
            ("xl/workbook.xml", "<workbook xmlns:r='x'><sheets><sheet name='A' sheetId='1' r:id='a'/></sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", &LIENS.replace("autre.xml", "sheet1.xml")),
            ("xl/sharedStrings.xml", textes),
            ("xl/worksheets/sheet1.xml", feuille),
        ])
    };
    let lu = examine(&parts(&menteur, &feuille(&format!("{ENTETE}<row><c t='s'><v>3</v></c></row>"))));
    assert_eq!(lu.premieres[0].cellules[0], "Les Abymes");
    let refus = |rangs: &str| examiner(parts(TEXTES, rangs).path(), &Voulu::default(), &|_| false).expect_err("broken").code;
    assert_eq!(refus(&feuille("<row><c t='s'><v>99999999999</v></c></row>")), "FIC-ABIME");
    assert_eq!(refus("<worksheet><sheetData><row><c><v>1</v>"), "FIC-ABIME");
    assert_eq!(refus("<!DOCTYPE x><worksheet/>"), "FIC-DOCTYPE");
    assert_eq!(refus(&feuille("")), "FIC-SANS-LIGNE");
    // A million columns, a row without end, a cell of ten million signs.
    let large = examine(&parts(TEXTES, &feuille(&format!("{ENTETE}<row r='4'><c r='A4'><v>1</v></c><c r='ZZZZZZ4'><v>1</v></c></row>"))));
    assert_eq!(large.premieres[0].defaut.as_ref().map(|defaut| defaut.code.as_str()), Some("STR-02"));
    assert_eq!(refus(&feuille(&format!("{ENTETE}<row r='99999999'/><row><c><v>1</v></c></row>"))), "FIC-EXPANSION");
    let longue = format!("{ENTETE}<row r='4'><c t='inlineStr'><is>{}</is></c></row>", format!("<t>{}</t>", "x".repeat(900_000)).repeat(11));
    assert_eq!(examine(&parts(TEXTES, &feuille(&longue))).premieres[0].defaut.as_ref().map(|defaut| defaut.code.as_str()), Some("STR-04"));
}

fn ods(tables: &str) -> NamedTempFile {
    let contenu = format!(
        "<?xml version='1.0' encoding='UTF-8'?><office:document-content xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' xmlns:calcext='x'>
<office:automatic-styles><style:style style:name='ta2' style:family='table'><style:table-properties table:display='false'/></style:style></office:automatic-styles>
<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    paquet(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &contenu), ("META-INF/manifest.xml", "<manifest/>")])
}

fn texte(texte: &str) -> String {
    format!("<table:table-cell office:value-type='string'><text:p>{texte}</text:p></table:table-cell>")
}

#[test]
fn a_sheet_of_libreoffice() {
    let vide = "<table:table-cell table:number-columns-repeated='16384'/>";
    let tables = format!(
        "<table:table table:name='Notes' table:style-name='ta2'><table:table-row>{}</table:table-row></table:table>
<table:table table:name='Séjours'><table:shapes><text:p>x</text:p></table:shapes>
<table:table-row><table:table-cell office:value-type='string' table:number-columns-spanned='3'><text:p>Export</text:p></table:table-cell><table:covered-table-cell table:number-columns-repeated='2'/></table:table-row>
<table:table-row table:number-rows-repeated='3'>{vide}</table:table-row>
<table:table-header-rows><table:table-row>{}{}{}{vide}</table:table-row></table:table-header-rows>
<table:table-row><table:table-cell office:value-type='string'><office:annotation><text:p>remarque</text:p></office:annotation><text:p>Les<text:s text:c='2'/>Abymes</text:p><text:p>Guadeloupe &amp; <text:span>îles</text:span></text:p></table:table-cell><table:table-cell office:value-type='date' office:date-value='2026-04-03'><text:p>3 avril</text:p></table:table-cell><table:table-cell office:value-type='currency' office:value='1234.5'><text:p>1234,50</text:p></table:table-cell></table:table-row>
<table:table-row table:visibility='filter' table:number-rows-repeated='2'><table:table-cell/><table:table-cell office:value-type='time' office:time-value='PT07H42M00S'/><table:table-cell office:value-type='percentage' office:value='0.055'/></table:table-row>
<table:table-row><table:table-cell office:value-type='boolean' office:boolean-value='true'/><table:table-cell office:value-type='string' calcext:value-type='error'><text:p>#N/A</text:p></table:table-cell><table:table-cell office:value-type='float' office:value='7' table:number-columns-repeated='2'/></table:table-row>
<table:table-row table:number-rows-repeated='1048560'>{vide}</table:table-row></table:table>",
        texte("a"),
        texte("Commune"),
        texte("Arrivée"),
        texte("Montant"),
    );
    let classeur = ods(&tables);
    let examen = examine(&classeur);
    assert_eq!((examen.lecture.nature, examen.lecture.feuille.as_deref(), examen.lecture.titre), (Nature::Ods, Some("Séjours"), 4));
    let vus: Vec<(u64, String, Option<&str>)> =
        examen.premieres.iter().map(|rang| (rang.ligne, rang.cellules.join("|"), rang.defaut.as_ref().map(|defaut| defaut.code.as_str()))).collect();
    let attendus = [
        (6, "Les  Abymes\nGuadeloupe & îles|2026-04-03|1234.5|", None),
        (7, "|07:42:00|5.5\u{a0}%|", None),
        (8, "|07:42:00|5.5\u{a0}%|", None),
        (9, "vrai|#N/A|7|7", None),
    ];
    assert_eq!(vus, attendus.map(|(ligne, texte, code)| (ligne, texte.to_string(), code)));
    assert!(examen.premieres[1].masque && examen.premieres[2].masque && examen.entier);
    assert_eq!(examen.premieres[3].sortes, [Sorte::Booleen, Sorte::Erreur, Sorte::Nombre, Sorte::Nombre]);
    assert!(examen.feuilles[0].masquee);
    let codes: Vec<&str> = examen.avertissements.iter().map(|avis| avis.code.as_str()).collect();
    assert_eq!(codes, ["INF-SANS-NOM", "INF-TITRE", "INF-MASQUE", "INF-FEUILLE-MASQUEE"]);
    let tous = lus(&classeur, &examen, None);
    for place in 0..=4 {
        let mut debut = ouvrir(classeur.path(), &examen.lecture, None).expect("opened");
        for _ in 0..place {
            debut.suivant().expect("read");
        }
        assert_eq!(lus(&classeur, &examen, Some(debut.ici())), tous[place..]);
    }
}

#[test]
fn calamine_reads_the_same_ods() {
    let rangs: String = (0..300_u32)
        .map(|numero| {
            let nombre = format!("<table:table-cell office:value-type='float' office:value='{}.{:02}'/>", numero * 37 % 991, numero % 100);
            format!(
                "<table:table-row>{}<table:table-cell table:number-columns-repeated='2'/>{nombre}</table:table-row>",
                texte(&format!("n {numero} &lt;é&gt;"))
            )
        })
        .collect();
    let classeur = ods(&format!(
        "<table:table table:name='A'><table:table-row>{}{}{}{}</table:table-row>{rangs}</table:table>",
        texte("Commune"),
        texte("x"),
        texte("y"),
        texte("Montant")
    ));
    let lus = lus(&classeur, &examine(&classeur), None);
    let mut temoin: calamine::Ods<_> = calamine::open_workbook(classeur.path()).expect("opened");
    let plage = temoin.worksheet_range("A").expect("the sheet");
    let attendus: Vec<Vec<String>> = plage.rows().skip(1).map(|rang| rang.iter().map(ToString::to_string).collect()).collect();
    assert_eq!((lus.len(), lus.into_iter().map(|rang| rang.cellules).collect::<Vec<_>>()), (300, attendus));
}

#[test]
fn what_is_repeated_is_bounded() {
    let large = ods(&format!(
        "<table:table table:name='A'><table:table-row>{}{}</table:table-row><table:table-row><table:table-cell office:value-type='float' office:value='1' table:number-columns-repeated='4000000000'/></table:table-row></table:table>",
        texte("Commune"),
        texte("Montant")
    ));
    assert_eq!(examine(&large).premieres[0].defaut.as_ref().map(|defaut| defaut.code.as_str()), Some("STR-02"));
    let haut = ods(&format!(
        "<table:table table:name='A'><table:table-row>{}{}</table:table-row><table:table-row table:number-rows-repeated='4000000000'>{}</table:table-row></table:table>",
        texte("Commune"),
        texte("Montant"),
        texte("x")
    ));
    assert_eq!(examiner(haut.path(), &Voulu::default(), &|_| false).expect_err("too many rows").code, "FIC-EXPANSION");
    let coupe = ods("<table:table table:name='A'><table:table-row>");
    assert_eq!(examiner(coupe.path(), &Voulu::default(), &|_| false).expect_err("cut").code, "FIC-ABIME");
}
