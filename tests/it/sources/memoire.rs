//! Memory stays flat. `ESSAI_SOURCES_MO` reads a larger stream (`just mutations`).

use std::io::{BufWriter, Seek, SeekFrom, Write};

use gardel::sources::{Voulu, examiner, ouvrir};
use tempfile::NamedTempFile;

use crate::support::alloc;

/// Bytes that a reading may hold: its buffers, a record, what it makes of it.
const TEXTE_MAX: u64 = 3 * 1024 * 1024;
/// The same with what a package says of itself, and the texts that are kept in memory.
const CLASSEUR_MAX: u64 = 12 * 1024 * 1024;

fn mega() -> u64 {
    std::env::var("ESSAI_SOURCES_MO").ok().and_then(|mega| mega.parse().ok()).unwrap_or(24)
}

/// Rows read, those that are wrong, and the most bytes held by the reading and by the look before it.
fn lu(fichier: &NamedTempFile) -> (u64, u64, u64, u64) {
    let (examen, regard) =
        alloc::peak(|| examiner(fichier.path(), &Voulu::default(), &|titre| ["commune", "montant"].contains(&titre)).expect("a table"));
    let ((tous, mauvais), tenus) = alloc::peak(|| {
        let mut rangs = ouvrir(fichier.path(), &examen.lecture, None).expect("opened");
        let (mut tous, mut mauvais) = (0, 0);
        while let Some(rang) = rangs.suivant().expect("read") {
            tous += 1;
            mauvais += u64::from(rang.defaut.is_some());
        }
        (tous, mauvais)
    });
    (tous, mauvais, tenus, regard)
}

fn ecrit(fichier: &mut NamedTempFile, mega: u64, rang: impl Fn(u64) -> String) -> u64 {
    let mut vers = BufWriter::new(fichier.as_file_mut());
    let (mut octets, mut rangs) = (0, 0);
    while octets < mega * 1024 * 1024 {
        let texte = rang(rangs);
        vers.write_all(texte.as_bytes()).expect("written");
        octets += texte.len() as u64;
        rangs += 1;
    }
    vers.flush().expect("written");
    rangs
}

#[test]
fn a_text_is_never_held() {
    let mut fichier = NamedTempFile::new().expect("a file");
    fichier.write_all(b"commune;montant;note\n").expect("written");
    let rangs = ecrit(&mut fichier, mega(), |rang| {
        format!("Les Abymes;{rang},50;une note assez longue pour que le fichier grandisse, et des accents\u{a0}: éèà\r\n")
    });
    let (tous, mauvais, tenus, regard) = lu(&fichier);
    assert_eq!((tous, mauvais), (rangs, 0));
    assert!(tenus < TEXTE_MAX, "{tenus} bytes held");
    assert!(regard < 4 * TEXTE_MAX, "{regard} bytes held to look at it");
}

/// A quote that opens at every line, lines without end, and nothing but zeros: the worst that a text may ask for.
#[test]
fn nor_is_what_never_ends() {
    let mut fichier = NamedTempFile::new().expect("a file");
    fichier.write_all(b"commune;montant\n").expect("written");
    // Beyond what is looked at to guess that quotes stand around cells.
    ecrit(&mut fichier, 1, |rang| format!("\"Abymes\";\"{rang}\"\n"));
    ecrit(&mut fichier, 1, |rang| format!("Abymes;\"{rang}\n"));
    let debut = fichier.as_file_mut().seek(SeekFrom::End(0)).expect("its end");
    fichier.as_file().set_len(debut + mega() * 10 * 1024 * 1024 / 4).expect("a hole of zeros");
    let (_, mauvais, tenus, regard) = lu(&fichier);
    assert!(mauvais > 10_000, "{mauvais}");
    assert!(tenus < TEXTE_MAX && regard < 4 * TEXTE_MAX, "{tenus} bytes held, {regard} to look at it");
}

/// Texts shared by the cells that do not fit in memory, and rows without end.
#[test]
fn nor_is_a_workbook() {
    let (textes, rangs) = (150_000_u64 * mega() / 24, 12_000 * mega() / 24);
    let mut vers = zip::ZipWriter::new(NamedTempFile::new().expect("a file"));
    let option = zip::write::SimpleFileOptions::default().compression_level(Some(1));
    let mut part = |nom: &str, ecrit: &mut dyn FnMut(&mut dyn Write)| {
        vers.start_file(nom, option).expect("a part");
        let mut tampon = BufWriter::new(&mut vers);
        ecrit(&mut tampon);
        tampon.flush().expect("written");
    };
    let mut tel = |nom: &str, texte: &str| part(nom, &mut |vers| vers.write_all(texte.as_bytes()).expect("written"));
    tel("[Content_Types].xml", "<Types/>");
    tel("xl/workbook.xml", "<workbook xmlns:r='r'><sheets><sheet name='A' r:id='a'/></sheets></workbook>");
    tel(
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id='a' Type='x/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='s' Type='x/sharedStrings' Target='sharedStrings.xml'/></Relationships>",
    );
    part("xl/sharedStrings.xml", &mut |vers| {
        write!(vers, "<sst><si><t>commune</t></si><si><t>montant</t></si>").expect("written");
        (0..textes).for_each(|numero| write!(vers, "<si><t>commune qui a le numéro {numero} parmi d’autres</t></si>").expect("written"));
        write!(vers, "</sst>").expect("written");
    });
    part("xl/worksheets/sheet1.xml", &mut |vers| {
        write!(vers, "<worksheet><sheetData><row r='1'><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>").expect("written");
        (0..rangs).for_each(|numero| {
            write!(vers, "<row><c t='s'><v>{}</v></c><c><v>{numero}.5</v></c></row>", 2 + numero * 7919 % textes).expect("written")
        });
        write!(vers, "</sheetData></worksheet>").expect("written");
    });
    let fichier = vers.finish().expect("a package");
    let (tous, mauvais, tenus, regard) = lu(&fichier);
    assert_eq!((tous, mauvais), (rangs, 0));
    assert!(tenus < CLASSEUR_MAX && regard < CLASSEUR_MAX, "{tenus} bytes held, {regard} to look at it");
}

/// Groups of rows by the dozen, each with its pages and its dictionary.
#[test]
fn nor_is_a_table_of_columns() {
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    let (groupes, dans) = (i64::try_from(mega()).expect("a size"), 10_000_i64);
    let schema =
        parquet::schema::parser::parse_message_type("message m { required binary commune (UTF8); required int64 montant (DECIMAL(18, 2)); }");
    let options = parquet::file::properties::WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build();
    let sortie = NamedTempFile::new().expect("a file");
    let vers = BufWriter::new(sortie.reopen().expect("the same"));
    let mut vers = parquet::file::writer::SerializedFileWriter::new(vers, schema.expect("a schema").into(), options.into()).expect("begun");
    for groupe in 0..groupes {
        let rangs: Vec<i64> = (groupe * dans..(groupe + 1) * dans).collect();
        let communes: Vec<ByteArray> =
            rangs.iter().map(|rang| format!("une commune qui a le numéro {} parmi d’autres", rang * 7_919 % 1_000_003).as_str().into()).collect();
        let mut un = vers.next_row_group().expect("a group");
        let mut colonne = un.next_column().expect("one").expect("a column");
        colonne.typed::<ByteArrayType>().write_batch(&communes, None, None).expect("written");
        colonne.close().expect("closed");
        let mut colonne = un.next_column().expect("one").expect("a column");
        colonne.typed::<Int64Type>().write_batch(&rangs, None, None).expect("written");
        colonne.close().expect("closed");
        un.close().expect("closed");
    }
    vers.into_inner().expect("written").flush().expect("written");
    let (tous, mauvais, tenus, regard) = lu(&sortie);
    assert_eq!((tous, mauvais), (u64::try_from(groupes * dans).expect("a count"), 0));
    assert!(tenus < CLASSEUR_MAX && regard < CLASSEUR_MAX, "{tenus} bytes held, {regard} to look at it");
}
