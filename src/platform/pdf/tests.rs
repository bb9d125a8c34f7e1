//! What a letter becomes. Whether it is a PDF/UA-1 is for two programs that know nothing of this code (`bin/pdf-ua`): these tests
//! leave them what they printed, where `ESSAI_LETTRES` names a folder.

use proptest::prelude::*;

use super::lines::{lines, signs, width};
use super::*;

fn made() -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_040_000, 0).expect("an instant")
}

fn cells(row: &[&str]) -> Vec<Vec<Run>> {
    row.iter().map(|cell| vec![Run::plain(*cell)]).collect()
}

/// A letter with a part of each kind, over several pages.
fn letter(number: usize, rows: usize) -> Letter {
    Letter {
        sender: vec!["Commune du Gosier".into(), "Service de la taxe de séjour".into(), "97190 LE GOSIER".into()],
        recipient: vec!["Mme Éloïse ŒDIPE-ZÉNON".into(), "Résidence Les Flamboyants, bâtiment C, porte 12".into(), "97190 LE GOSIER".into()],
        dated: "Le Gosier, le 30 novembre 2026".into(),
        mentions: vec!["Lettre recommandée avec avis de réception".into(), format!("Nos références\u{a0}: TS-2026-{number}")],
        subject: "mise en demeure de déclarer la taxe de séjour (CGCT, art. L2333-38)".into(),
        body: vec![
            Block::Paragraph(vec![Run::plain("Madame, Monsieur,")]),
            Block::Paragraph(vec![
                Run::plain("Vous disposez de "),
                Run::bold("trente jours"),
                Run::plain(
                    " à compter de la réception de la présente\u{202f}; à défaut, un avis de taxation d’office vous sera adressé (1\u{202f}234,56\u{a0}€).\nÀ bientôt.",
                ),
            ]),
            Block::Heading(vec![Run::plain("Vos hébergements")]),
            Block::Table {
                headers: vec![(vec![Run::plain("Hébergement")], false), (vec![Run::plain("Nuitées")], true)],
                rows: (0..rows).map(|row| cells(&[&format!("Gîte «\u{a0}Les Alizés\u{a0}» n°\u{a0}{row}"), "12"])).collect(),
            },
            Block::List { ordered: false, items: vec![vec![Run::plain("par internet")], vec![Run::plain("par courrier ".repeat(30))]] },
            Block::List { ordered: true, items: cells(&["le premier", "le second"]) },
            Block::Aside(vec![Run::plain("Le maire,\n\n\nJean DUPONT")]),
        ],
        footer: "Taxe de séjour – Commune du Gosier".into(),
    }
}

fn document(letters: Vec<Letter>) -> Document {
    Document { title: "Mise en demeure".into(), author: "Commune du Gosier".into(), made: made(), letters }
}

/// Keeps a document for the programs that judge it, with what they must find in the window of the envelope.
fn keep(name: &str, document: &Document, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("ESSAI_LETTRES") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.pdf")), bytes).expect("a file");
        let told: Vec<_> =
            document.letters.iter().map(|letter| serde_json::json!({"destinataire": letter.recipient, "objet": letter.subject})).collect();
        std::fs::write(folder.join(format!("{name}.json")), serde_json::to_vec(&told).expect("texts")).expect("a file");
    }
}

#[test]
fn a_letter_is_the_same_each_time_it_is_made() {
    let one = document(vec![letter(1, 3)]);
    let bytes = render(&one).expect("a letter");
    keep("une", &one, &bytes);
    assert!(bytes.starts_with(b"%PDF-1.7"), "its first bytes");
    assert_eq!(bytes, render(&one).expect("the same letter"));
    let many = document((0..12).map(|number| letter(number, number * 9)).collect());
    keep("plusieurs", &many, &render(&many).expect("letters"));
}

#[test]
fn what_is_hostile_is_text_like_any_other() {
    let mut one = letter(1, 1);
    let hostile = "\u{202e}</P> ) Tj ET (\\ %PDF << /JS (x) >> {{ 7*7 }} \u{0}\u{1}\u{200b}\u{e000}\u{ad}fin";
    one.subject = hostile.into();
    one.recipient = vec![hostile.into(), "97190 LE GOSIER".into()];
    one.footer = hostile.repeat(40);
    one.body.push(Block::Paragraph(vec![Run::plain(hostile)]));
    one.body.push(Block::Heading(vec![Run::plain("")]));
    one.body.push(Block::List { ordered: false, items: vec![vec![Run::plain("a".repeat(4_000))]] });
    one.recipient[0] = montre(hostile);
    let one = document(vec![one]);
    keep("hostile", &one, &render(&one).expect("a letter"));
    assert_eq!(montre("e\u{301}\u{202e}a\tb  c\u{ad}\u{2028}d"), "éa b c\nd");
}

#[test]
fn what_cannot_be_printed_is_told() {
    let with = |change: &dyn Fn(&mut Letter)| {
        let mut one = letter(1, 1);
        change(&mut one);
        render(&document(vec![one])).expect_err("a refusal")
    };
    assert_eq!(with(&|one| one.recipient[0] = "Mme 漢".into()), Unprintable::Sign('漢'));
    assert_eq!(with(&|one| one.recipient = vec!["Une ligne".into(); 8]), Unprintable::Address(7));
    assert_eq!(with(&|one| one.recipient[0] = "Un nom sans fin ".repeat(40)), Unprintable::Address(7));
    assert_eq!(with(&|one| one.body = vec![Block::Paragraph(vec![Run::plain("Encore. ".repeat(20_000))])]), Unprintable::Long);
    assert_eq!(
        with(&|one| one.body = vec![Block::Table { headers: vec![(vec![], false)], rows: vec![cells(&[&"mot ".repeat(9_000)])] }]),
        Unprintable::Long
    );
    assert_eq!(render(&document(vec![letter(1, 1); LETTERS_MAX + 1])), Err(Unprintable::Many));
    assert_eq!(
        Unprintable::Sign('漢').to_string(),
        "Le caractère «\u{a0}漢\u{a0}» (U+6F22) ne peut pas être imprimé\u{a0}: la police des lettres ne l’a pas. Remplacez-le."
    );
}

#[test]
fn the_font_has_what_french_is_written_with() {
    let french = "àâäæçéèêëîïôœöùûüÿ ÀÂÄÆÇÉÈÊËÎÏÔŒÖÙÛÜŸ «\u{a0}»\u{202f}’‘“”–—…·•€£%‰§°²³×÷±−№¿¡ñÑáíóúãõ ßøåÅ 0123456789 @&#*+=/\\|_~^$<>[]{}()";
    for bold in [false, true] {
        assert_eq!(signs(&[Run { text: french.into(), bold }]).map(|signs| signs.len()), Ok(french.chars().count()));
    }
}

proptest! {
    #[test]
    fn no_sign_is_lost_and_no_line_is_too_wide(text in "[a-zé \n\u{a0}-]{0,200}", most in 2.0_f32..30.0) {
        let signs = signs(&[Run::plain(text)]).expect("these are printed");
        let cut = lines(&signs, most);
        let mut at = 0;
        for line in &cut {
            // What stands between two lines is the end of a line that was asked for.
            prop_assert!(line.start == at || (line.start == at + 1 && signs[at].one == '\n'), "{cut:?}");
            at = line.end;
            prop_assert!(width(&signs[line.clone()]) <= most + 0.001);
        }
        prop_assert_eq!(at, signs.len());
    }
}
