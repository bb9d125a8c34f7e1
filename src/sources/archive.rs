//! Archives of one or several files: what they hold, and each of them unpacked beside, within the limits of what may be.

use std::fs::File;
use std::io::{self, Seek};

use super::lecture::{Partie, Refus};
use super::paquet::Paquet;
use super::regard::Regard;

/// What computers put into archives by themselves.
fn parasite(nom: &str) -> bool {
    let dernier = nom.rsplit('/').next().unwrap_or_default();
    nom.starts_with("__MACOSX/") || dernier.starts_with('.') || dernier.is_empty() || dernier.eq_ignore_ascii_case("thumbs.db")
}

/// The files of an archive.
pub(super) fn membres(fichier: File) -> Result<Vec<Partie>, Refus> {
    let paquet = Paquet::ouvre(fichier)?;
    let membres: Vec<Partie> =
        paquet.noms().filter(|(nom, taille)| !parasite(nom) && *taille > 0).map(|(nom, _)| Partie { nom: nom.to_string(), masquee: false }).collect();
    if membres.is_empty() {
        return Err(Refus::new("FIC-VIDE", "L’archive ne contient aucun fichier."));
    }
    Ok(membres)
}

/// One of them, unpacked into a temporary file.
pub(super) fn membre(fichier: File, nom: &str) -> Result<File, Refus> {
    let paquet = Paquet::ouvre(fichier)?;
    let mut entree = paquet.lit(nom).ok_or_else(|| Refus::new("FIC-MEMBRE", format!("L’archive ne contient pas «\u{a0}{nom}\u{a0}».")))?;
    let mut vers = tempfile::tempfile()?;
    Regard::hors(|| io::copy(&mut entree, &mut vers))?;
    vers.rewind()?;
    Ok(vers)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::{Nature, Voulu, examiner, ouvrir};

    fn archive(entrees: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let mut vers = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (nom, corps) in entrees {
            vers.start_file(*nom, zip::write::SimpleFileOptions::default()).expect("an entry");
            vers.write_all(corps).expect("written");
        }
        let mut fichier = tempfile::NamedTempFile::new().expect("a file");
        fichier.write_all(&vers.finish().expect("an archive").into_inner()).expect("written");
        fichier
    }

    #[test]
    fn the_files_of_an_archive_are_read_where_they_are() {
        let seul = archive(&[("__MACOSX/._a.csv", b"x"), ("d/a.csv", b"commune;nuits\nAbymes;3\n"), (".DS_Store", b"x")]);
        let examen = examiner(seul.path(), &Voulu::default(), &|_| false).expect("read");
        assert_eq!((examen.lecture.nature, examen.lecture.membre.as_deref(), examen.membres.len()), (Nature::Texte, Some("d/a.csv"), 1));
        assert!(examen.doutes.is_empty());
        let mut rangs = ouvrir(seul.path(), &examen.lecture, None).expect("opened");
        assert_eq!(rangs.suivant().expect("read").expect("a row").cellules, ["Abymes", "3"]);

        let deux = archive(&[("a.pdf", b"%PDF-1.7"), ("b.csv", b"commune;nuits\nMoule;3\n"), ("c.json", b"[{\"a\": 1}]")]);
        let examen = examiner(deux.path(), &Voulu::default(), &|_| false).expect("read");
        assert_eq!((examen.lecture.membre.as_deref(), examen.membres.len(), examen.doutes[0].code.as_str()), (Some("b.csv"), 3, "DOU-MEMBRE"));
        let voulu = Voulu { membre: Some("c.json".into()), ..Voulu::default() };
        let examen = examiner(deux.path(), &voulu, &|_| false).expect("read");
        assert_eq!((examen.lecture.nature, examen.doutes.len()), (Nature::Json, 0));
        let absent = Voulu { membre: Some("d.csv".into()), ..Voulu::default() };
        assert_eq!(examiner(deux.path(), &absent, &|_| false).expect_err("none").code, "FIC-MEMBRE");
    }

    #[test]
    fn archives_in_archives_are_refused() {
        let dedans = archive(&[("a.csv", b"a;b\n1;2\n")]);
        let octets = std::fs::read(dedans.path()).expect("read");
        assert_eq!(examiner(archive(&[("b.zip", &octets)]).path(), &Voulu::default(), &|_| false).expect_err("nested").code, "FIC-ARCHIVE");
        assert_eq!(examiner(archive(&[(".x", b"x")]).path(), &Voulu::default(), &|_| false).expect_err("nothing").code, "FIC-VIDE");
    }
}
