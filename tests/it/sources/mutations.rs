//! Bytes put anywhere, again and again: no reader falls, none gives more than the file could hold, and what it gives does not depend
//! on where one goes on. The seed is fixed; `ESSAI_MUTATIONS` says how many times each kind of file is changed (`just mutations`),
//! `ESSAI_MUTATIONS_GRAINE` from which seed on.

use std::io::{Cursor, Read, Write};

use gardel::sources::{examiner, ouvrir, valeurs};

use super::{examen, fichier, lus};

/// Marsaglia's generator: enough to choose a place and a byte.
struct Hasard(u64);

impl Hasard {
    fn suivant(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn jusqu_a(&mut self, borne: usize) -> usize {
        usize::try_from(self.suivant() % (borne.max(1) as u64)).expect("below a size")
    }
}

fn reglage(nom: &str, sinon: u64) -> u64 {
    std::env::var(nom).ok().and_then(|valeur| valeur.parse().ok()).unwrap_or(sinon)
}

/// What breaks readers: separators, quotes, ends, markup, numbers that do not fit.
const MORCEAUX: &[&[u8]] = &[
    b"\"",
    b";",
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"<",
    b">",
    b"</",
    b"&",
    b"&#x0;",
    b"&#99999999;",
    b"<![CDATA[",
    b"<!DOCTYPE a>",
    b"<a>",
    b"</a>",
    b"99999999999999999999",
    b"-1",
    b"4294967295",
    b"1e308",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\",
    b"\\ud800",
    b"sep=",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"t=\"s\"",
    b"r=\"ZZZZZZZZ9\"",
];

fn change(octets: &mut Vec<u8>, hasard: &mut Hasard) {
    for _ in 0..=hasard.jusqu_a(4) {
        let place = hasard.jusqu_a(octets.len() + 1);
        match hasard.jusqu_a(6) {
            0 if place < octets.len() => octets[place] = u8::try_from(hasard.jusqu_a(256)).expect("a byte"),
            1 => octets.truncate(place),
            2 => drop(octets.splice(place..place, MORCEAUX[hasard.jusqu_a(MORCEAUX.len())].iter().copied())),
            3 => {
                let fin = (place + hasard.jusqu_a(30)).min(octets.len());
                octets.drain(place..fin);
            }
            4 => {
                let fin = (place + hasard.jusqu_a(60)).min(octets.len());
                let morceau = octets[place..fin].to_vec();
                octets.splice(place..place, morceau.repeat(hasard.jusqu_a(5)));
            }
            _ => {
                let autre = hasard.jusqu_a(octets.len());
                if place < octets.len() {
                    octets.swap(place, autre);
                }
            }
        }
    }
}

fn paquet(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut vers = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (nom, corps) in parts {
        vers.start_file(*nom, zip::write::SimpleFileOptions::default()).expect("a part");
        vers.write_all(corps).expect("written");
    }
    vers.finish().expect("a package").into_inner()
}

/// Reads all that may be read of it.
fn eprouve(octets: &[u8]) -> bool {
    let fichier = fichier(octets);
    let Ok(examen) = examen(&fichier, &["commune", "montant"]) else { return false };
    assert!(!examen.premieres.is_empty() && examen.premieres.len() <= 100);
    // What was guessed, once decided, is read the same.
    let decide = examiner(fichier.path(), &examen.lecture.voulu(), &|_| false).expect("as it was read");
    assert_eq!((&decide.lecture, &decide.premieres), (&examen.lecture, &examen.premieres));
    let Ok(tous) = lus(&fichier, &examen.lecture, None) else { return false };
    assert_eq!(tous[..examen.premieres.len()], examen.premieres);
    let _ = valeurs::colonnes(&tous);
    let place = tous.len() / 2;
    let mut debut = ouvrir(fichier.path(), &examen.lecture, None).expect("opened before");
    (0..place).for_each(|_| drop(debut.suivant().expect("read before")));
    assert_eq!(lus(&fichier, &examen.lecture, Some(debut.ici())).expect("read before"), tous[place..]);
    true
}

fn essaie(nom: &str, parts: &[(&str, &str)], fois: u64) {
    essaie_octets(nom, &parts.iter().map(|(nom, corps)| (*nom, corps.as_bytes())).collect::<Vec<_>>(), fois);
}

fn essaie_octets(nom: &str, parts: &[(&str, &[u8])], fois: u64) {
    let mut hasard = Hasard(reglage("ESSAI_MUTATIONS_GRAINE", 971) * 2 + 1);
    let mut lisibles = 0;
    for tour in 0..reglage("ESSAI_MUTATIONS", fois) {
        let mut change_en: Vec<(&str, Vec<u8>)> = parts.iter().map(|(nom, corps)| (*nom, corps.to_vec())).collect();
        let octets = match change_en.as_mut_slice() {
            [("", corps)] => {
                change(corps, &mut hasard);
                corps.clone()
            }
            _ => {
                // Inside a part most often, or anywhere in the package.
                if tour % 4 > 0 {
                    let part = hasard.jusqu_a(change_en.len());
                    change(&mut change_en[part].1, &mut hasard);
                }
                let mut octets = paquet(&change_en);
                if tour % 4 == 0 {
                    change(&mut octets, &mut hasard);
                }
                octets
            }
        };
        let lu = std::panic::catch_unwind(|| eprouve(&octets));
        let Ok(lu) = lu else {
            let garde = std::env::temp_dir().join(format!("gardel-mutation-{nom}-{tour}"));
            std::fs::write(&garde, &octets).expect("kept");
            panic!("{nom}, round {tour}: the file is kept in {}", garde.display());
        };
        lisibles += u64::from(lu);
    }
    assert!(lisibles > 0, "{nom}: everything was refused, nothing was tried");
}

const CSV: &str =
    "Export de mai\r\n\r\ncommune;montant;note\r\nLes Abymes;1 234,50;\"une note;\r\nde deux lignes\"\r\nMoule;12,5;été\r\nTotal;1247;\r\n";

#[test]
fn texts() {
    essaie("csv", &[("", CSV)], 400);
    essaie("enveloppe", &[("", "\"commune;montant;note\"\n\"Abymes;1,5;\"\"x;y\"\"\"\n\"Moule;2,5;z\"\n")], 200);
    let mut seize = Vec::new();
    CSV.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>().as_slice().read_to_end(&mut seize).expect("a slice");
    let mut hasard = Hasard(972);
    for _ in 0..reglage("ESSAI_MUTATIONS", 200) {
        let mut octets = [b"\xff\xfe", seize.as_slice()].concat();
        change(&mut octets, &mut hasard);
        eprouve(&octets);
    }
}

#[test]
fn json_and_xml() {
    essaie(
        "json",
        &[(
            "",
            "{\"count\": 2, \"data\": [{\"commune\": \"Abymes\", \"montant\": 12.5, \"x\": {\"y\": [1]}},\n {\"commune\": \"Moule\", \"montant\": null}]}",
        )],
        300,
    );
    essaie(
        "ndjson",
        &[("", "{\"commune\": \"Abymes\", \"montant\": 12.5}\n{\"commune\": \"Moule\", \"montant\": true}\n{\"commune\": \"\\u00e9\"}\n")],
        300,
    );
    essaie(
        "xml",
        &[(
            "",
            "<?xml version='1.0' encoding='UTF-8'?><a><b id='1'><commune>Abymes &amp; co</commune><montant>12.5</montant></b>\n<b id='2'><commune>Moule</commune><t><u>1</u><u>2</u></t></b></a>",
        )],
        300,
    );
}

#[test]
fn workbooks_and_archives() {
    essaie(
        "xlsx",
        &[
            ("[Content_Types].xml", "<Types/>"),
            ("xl/workbook.xml", "<workbook xmlns:r='r'><workbookPr date1904='0'/><sheets><sheet name='A' r:id='a'/></sheets></workbook>"),
            (
                "xl/_rels/workbook.xml.rels",
                "<Relationships><Relationship Id='a' Type='x/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='s' Type='x/sharedStrings' Target='sharedStrings.xml'/><Relationship Id='t' Type='x/styles' Target='styles.xml'/></Relationships>",
            ),
            (
                "xl/sharedStrings.xml",
                "<sst count='3' uniqueCount='3'><si><t>commune</t></si><si><t>montant</t></si><si><r><t>Les </t></r><r><t>Abymes_x0041_</t></r></si></sst>",
            ),
            (
                "xl/styles.xml",
                "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='dd/mm/yyyy'/></numFmts><cellXfs><xf numFmtId='0'/><xf numFmtId='164'/></cellXfs></styleSheet>",
            ),
            (
                "xl/worksheets/sheet1.xml",
                "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row><row r='2'><c r='A2' t='s'><v>2</v></c><c r='B2' s='1'><v>45730</v></c></row><row r='4' hidden='1'><c t='inlineStr'><is><t>Moule</t></is></c><c><f>1+1</f><v>2</v></c></row></sheetData><mergeCells><mergeCell ref='A1:B1'/></mergeCells></worksheet>",
            ),
        ],
        200,
    );
    essaie(
        "ods",
        &[
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            (
                "content.xml",
                "<office:document-content><office:body><office:spreadsheet><table:table table:name='A'><table:table-row><table:table-cell office:value-type='string'><text:p>commune</text:p></table:table-cell><table:table-cell office:value-type='string'><text:p>montant</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated='2'><table:table-cell office:value-type='string'><text:p>Abymes<text:s text:c='2'/></text:p></table:table-cell><table:table-cell office:value-type='float' office:value='12.5'/></table:table-row><table:table-row table:number-rows-repeated='1048000'><table:table-cell table:number-columns-repeated='16384'/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>",
            ),
        ],
        200,
    );
    essaie("zip", &[("a.csv", CSV), ("b.json", "[{\"commune\": \"Abymes\"}]")], 150);
}

/// A table as the exports write it: two groups, with a dictionary and without.
fn parquet() -> Vec<u8> {
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    let schema = parquet::schema::parser::parse_message_type(
        "message m { optional binary commune (UTF8); required int64 montant (DECIMAL(18, 2)); required int64 rang; }",
    );
    let options = parquet::file::properties::WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .set_column_dictionary_enabled("rang".into(), false);
    let mut vers =
        parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema.expect("a schema").into(), options.build().into()).expect("begun");
    for debut in [0, 200] {
        let rangs: Vec<i64> = (debut..debut + 200).collect();
        let presentes: Vec<i16> = rangs.iter().map(|rang| i16::from(rang % 9 > 0)).collect();
        let communes: Vec<ByteArray> = rangs.iter().filter(|rang| *rang % 9 > 0).map(|rang| format!("Abymes {}", rang % 4).as_str().into()).collect();
        let mut groupe = vers.next_row_group().expect("a group");
        let mut colonne = groupe.next_column().expect("one").expect("a column");
        colonne.typed::<ByteArrayType>().write_batch(&communes, Some(&presentes), None).expect("written");
        colonne.close().expect("closed");
        for valeurs in [vec![1_250; 200], rangs] {
            let mut colonne = groupe.next_column().expect("one").expect("a column");
            colonne.typed::<Int64Type>().write_batch(&valeurs, None, None).expect("written");
            colonne.close().expect("closed");
        }
        groupe.close().expect("closed");
    }
    vers.into_inner().expect("written")
}

#[test]
fn tables_of_columns() {
    essaie_octets("parquet", &[("", &parquet()[..])], 400);
}
