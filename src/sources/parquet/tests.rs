//! Files made by the library of the exports, which is the oracle, then changed by hand.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, Encoding};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type, Int96, Int96Type};
use ::parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use tempfile::NamedTempFile;

use super::*;
use crate::sources::{Voulu, examiner, ouvrir};

type Groupe<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

fn fichier(octets: &[u8]) -> NamedTempFile {
    let mut fichier = NamedTempFile::new().expect("a file");
    fichier.write_all(octets).expect("written");
    fichier
}

/// A file of as many groups as asked, each filled by `emplit`.
fn ecrit(schema: &str, comment: WriterPropertiesBuilder, groupes: usize, emplit: impl Fn(usize, &mut Groupe<'_>)) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let mut vers = SerializedFileWriter::new(Vec::new(), schema, Arc::new(comment.build())).expect("begun");
    for numero in 0..groupes {
        let mut groupe = vers.next_row_group().expect("a group");
        emplit(numero, &mut groupe);
        groupe.close().expect("closed");
    }
    vers.into_inner().expect("written")
}

fn colonne<T: DataType>(groupe: &mut Groupe<'_>, valeurs: &[T::T], presentes: Option<&[i16]>) {
    let mut colonne = groupe.next_column().expect("one more").expect("a column");
    colonne.typed::<T>().write_batch(valeurs, presentes, None).expect("written");
    colonne.close().expect("closed");
}

fn textes(textes: &[&str]) -> Vec<ByteArray> {
    textes.iter().map(|texte| ByteArray::from(*texte)).collect()
}

fn lus(octets: &[u8], depuis: Option<Reprise>) -> Result<Vec<Rang>, Refus> {
    let fichier = fichier(octets);
    let examen = examiner(fichier.path(), &Voulu::default(), &|_| false)?;
    let mut rangs = ouvrir(fichier.path(), &examen.lecture, depuis)?;
    let mut tous = Vec::new();
    while let Some(rang) = rangs.suivant()? {
        tous.push(rang);
    }
    Ok(tous)
}

/// The ways in which programs write: with and without compression, of the first and of the second kind of page.
fn facons() -> Vec<WriterPropertiesBuilder> {
    let version = |version| WriterProperties::builder().set_writer_version(version).set_encoding(Encoding::PLAIN);
    [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0]
        .into_iter()
        .flat_map(|une| [Compression::SNAPPY, Compression::UNCOMPRESSED].map(|serre| version(une).set_compression(serre)))
        .flat_map(|facon| [facon.clone(), facon.set_dictionary_enabled(false)])
        .collect()
}

const TYPES: &str = "message m {
    required binary nom (UTF8); optional int64 montant (DECIMAL(18, 2)); optional int32 jour (DATE); optional int64 lu (TIMESTAMP_MICROS);
    optional boolean actif; optional int32 nombre; optional double prix; optional int96 vieux; optional fixed_len_byte_array(3) gros (DECIMAL(6, 3));
    required int32 petit (UINT_8); optional binary brut; }";

#[test]
fn every_kind_of_value_is_a_cell() {
    for facon in facons() {
        let octets = ecrit(TYPES, facon, 1, |_, groupe| {
            colonne::<ByteArrayType>(groupe, &textes(&["L’Anse", "", "a;\"b\"\n"]), None);
            colonne::<Int64Type>(groupe, &[-5, 123_456], Some(&[1, 1, 0]));
            colonne::<Int32Type>(groupe, &[20_546, -1], Some(&[1, 0, 1]));
            colonne::<Int64Type>(groupe, &[1_795_492_799_999_999], Some(&[0, 1, 0]));
            colonne::<BoolType>(groupe, &[true, false], Some(&[1, 1, 0]));
            colonne::<Int32Type>(groupe, &[i32::MIN, 0], Some(&[1, 1, 0]));
            colonne::<DoubleType>(groupe, &[0.1 + 0.2, 1e-3], Some(&[1, 0, 1]));
            let mut vieux = Int96::new();
            // 07:42 of 2 January 1970.
            vieux.set_data(0x10c0_d000, 0x1936, 2_440_589);
            colonne::<Int96Type>(groupe, &[vieux], Some(&[0, 0, 1]));
            colonne::<FixedLenByteArrayType>(groupe, &[ByteArray::from(vec![0xff, 0xfb, 0x2e]).into()], Some(&[1, 0, 0]));
            colonne::<Int32Type>(groupe, &[0, 255, 7], None);
            colonne::<ByteArrayType>(groupe, &[], Some(&[0, 0, 0]));
        });
        let rangs = lus(&octets, None).expect("read");
        let vus: Vec<String> = rangs.iter().map(|rang| rang.cellules.join("|")).collect();
        assert_eq!(
            vus,
            [
                "L’Anse|-0.05|2026-04-03||vrai|-2147483648|0.3||-1.234|0|",
                "|1234.56||2026-11-24T03:59:59.999999Z|faux|0||||255|",
                "a;\"b\"\n||1969-12-31||||0.001|1970-01-02 07:42:00||7|",
            ]
        );
        assert_eq!(rangs.iter().map(|rang| rang.ligne).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(rangs.iter().all(|rang| rang.defaut.is_none() && rang.sortes.len() == 11));
        assert_eq!(rangs[0].sortes[..5], [Sorte::Texte, Sorte::Nombre, Sorte::Date, Sorte::Vide, Sorte::Booleen]);
    }
}

const NOMBRES: &str = "message m { optional binary nom (UTF8); required int64 rang; optional boolean pair; }";

/// Some thousands of rows in several groups, in many pages.
fn beaucoup(facon: WriterPropertiesBuilder) -> Vec<u8> {
    ecrit(NOMBRES, facon.set_data_page_row_count_limit(100).set_write_batch_size(50), 3, |numero, groupe| {
        let rangs: Vec<i64> = (0..1_500).map(|rang| i64::try_from(numero).expect("few") * 1_500 + rang).collect();
        let presentes: Vec<i16> = rangs.iter().map(|rang| i16::from(rang % 7 != 3)).collect();
        let noms: Vec<ByteArray> =
            rangs.iter().filter(|rang| *rang % 7 != 3).map(|rang| ByteArray::from(format!("nom {}", rang % 400).as_str())).collect();
        colonne::<ByteArrayType>(groupe, &noms, Some(&presentes));
        colonne::<Int64Type>(groupe, &rangs, None);
        let pairs: Vec<bool> = rangs.iter().filter(|rang| *rang % 5 != 0).map(|rang| rang % 2 == 0).collect();
        colonne::<BoolType>(groupe, &pairs, Some(&rangs.iter().map(|rang| i16::from(rang % 5 != 0)).collect::<Vec<_>>()));
    })
}

#[test]
fn the_library_reads_the_same_and_one_may_go_on_anywhere() {
    for facon in facons() {
        let octets = beaucoup(facon);
        let rangs = lus(&octets, None).expect("read");
        let oracle = SerializedFileReader::new(bytes::Bytes::from(octets.clone())).expect("a file");
        let vus: Vec<Vec<String>> = oracle
            .get_row_iter(None)
            .expect("rows")
            .map(|rang| {
                let mot = |champ: &::parquet::record::Field| match champ.to_string().as_str() {
                    "null" => String::new(),
                    "true" => "vrai".into(),
                    "false" => "faux".into(),
                    texte => texte.trim_matches('"').to_string(),
                };
                rang.expect("a row").get_column_iter().map(|(_, champ)| mot(champ)).collect()
            })
            .collect();
        assert_eq!(rangs.iter().map(|rang| rang.cellules.clone()).collect::<Vec<_>>(), vus);
        for passees in [0, 1, 99, 1_499, 1_500, 1_501, 3_000, 4_499, 4_500, 5_000] {
            let suite = lus(&octets, Some(Reprise { octet: 0, ligne: 0, rangs: passees })).expect("read");
            assert_eq!(suite, rangs[rangs.len().min(usize::try_from(passees).expect("few"))..]);
        }
    }
}

#[test]
fn what_is_no_table_or_is_crafted_is_a_sentence() {
    let code = |octets: &[u8]| lus(octets, None).map_err(|refus| refus.code).map(|rangs| rangs.len());
    let simple = || WriterProperties::builder();
    let un = |_: usize, groupe: &mut Groupe<'_>| colonne::<Int32Type>(groupe, &[1, 2], None);
    let bon = ecrit("message m { required int32 a; }", simple(), 1, un);
    assert_eq!(code(&bon), Ok(2));
    assert_eq!(code(&ecrit("message m { required int32 a; }", simple(), 0, un)), Err("FIC-SANS-LIGNE"));
    let liste = ecrit("message m { repeated int32 a; }", simple(), 1, |_, groupe| {
        let mut colonne = groupe.next_column().expect("one").expect("a column");
        colonne.typed::<Int32Type>().write_batch(&[1, 2], Some(&[1, 1]), Some(&[0, 1])).expect("written");
        colonne.close().expect("closed");
    });
    assert_eq!(code(&liste), Err("FIC-PARQUET"));
    let dedans = ecrit("message m { required group g { required int32 a; } }", simple(), 1, un);
    assert_eq!(code(&dedans), Err("FIC-PARQUET"));
    // The end is cut, or says that it begins before the file, or is longer than any.
    assert_eq!(code(&bon[..bon.len() - 1]), Err("FIC-ABIME"));
    for longueur in [u32::MAX, 0, 4_000_000, u32::try_from(bon.len()).expect("small")] {
        let mut autre = bon.clone();
        let place = autre.len() - 8;
        autre[place..place + 4].copy_from_slice(&longueur.to_le_bytes());
        assert_eq!(code(&autre), Err("FIC-ABIME"), "{longueur}");
    }
    // A page that says it unpacks to two gigabytes: its head is the first thing of the file.
    let mut bombe = bon.clone();
    let place = bombe.windows(2).position(|deux| deux == [0x15, 0x10]).expect("the size of the page");
    bombe.splice(place + 1..place + 2, [0xfe, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(code(&bombe), Err("FIC-PARQUET"));
}

/// Bytes put anywhere: in debug, a sum that does not fit is a panic too.
#[test]
fn no_byte_makes_it_fall() {
    let seeds: Vec<Vec<u8>> = facons().into_iter().map(beaucoup).collect();
    let mut graine = 971_u64;
    let mut hasard = |borne: usize| {
        graine ^= graine << 13;
        graine ^= graine >> 7;
        graine ^= graine << 17;
        usize::try_from(graine % (borne.max(1) as u64)).expect("below a size")
    };
    let mut refuses = 0;
    for tour in 0..200 {
        let mut octets = seeds[tour % seeds.len()].clone();
        let pied = u32::from_le_bytes(octets[octets.len() - 8..octets.len() - 4].try_into().expect("four bytes")) as usize;
        for _ in 0..=hasard(3) {
            // The footer as often as what is before it.
            let place = if hasard(2) == 0 { octets.len() - 8 - hasard(pied) } else { 4 + hasard(octets.len() - 12) };
            octets[place] = u8::try_from(hasard(256)).expect("a byte");
        }
        refuses += u32::from(lus(&octets, None).is_err());
    }
    assert!(refuses > 50, "{refuses}");
}
