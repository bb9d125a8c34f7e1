//! A watched folder of a disk, where anybody may leave anything: no link is followed, nothing but a plain file is opened, and what is read
//! is what was looked at.

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, RenameFlags};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::depots::{Entree, Lu, Range, faute_de_nom};
use super::{REFUSES, TRAITES};
use crate::imports::arrivee::Arrive;
use crate::pieces::cleaned;
use crate::platform::token::hexadecimal;

const LIEN: &str = "C’est un lien\u{a0}: il n’est pas suivi. Déposez le fichier lui-même.";
const PAS_UN_FICHIER: &str = "Ce n’est pas un fichier ordinaire. Déposez le fichier lui-même.";
const NOM_ILLISIBLE: &str = "Son nom ne se lit pas (il n’est pas en UTF-8). Renommez-le, puis déposez-le de nouveau.";

/// When a file was last written, to the nanosecond.
fn modifie(known: &Metadata) -> String {
    format!("{}.{:09}", known.mtime(), known.mtime_nsec())
}

/// What the system refuses, in words.
fn dit(path: &Path, error: &std::io::Error) -> String {
    let cause = match error.kind() {
        ErrorKind::NotFound => "il n’existe pas",
        ErrorKind::PermissionDenied => "l’ouvrier n’en a pas le droit",
        ErrorKind::StorageFull => "le disque est plein",
        _ => return format!("«\u{a0}{}\u{a0}»\u{a0}: {error}.", path.display()),
    };
    format!("«\u{a0}{}\u{a0}»\u{a0}: {cause}.", path.display())
}

/// The folder `sous` of `root`, made when it is missing; none of its steps may be a link.
fn dossier(root: &Path, sous: &str) -> Result<PathBuf, String> {
    fs::metadata(root).map_err(|error| dit(root, &error))?;
    let mut path = root.to_path_buf();
    for step in sous.split('/') {
        path.push(step);
        match fs::symlink_metadata(&path) {
            Ok(known) if known.is_dir() => {}
            Ok(_) => return Err(format!("«\u{a0}{}\u{a0}» n’est pas un dossier, ou est un lien.", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir(&path).map_err(|error| dit(&path, &error))?;
                partage(&path, true);
            }
            Err(error) => return Err(dit(&path, &error)),
        }
    }
    Ok(path)
}

/// Opens what was made at `path` to whoever may read its folder: those who leave files there read what became of them. Where the
/// system refuses, it stays the worker’s.
fn partage(path: &Path, dossier: bool) {
    let Some(parent) = path.parent().and_then(|parent| fs::metadata(parent).ok()) else { return };
    let own = if dossier { 0o770 } else { 0o640 };
    // The group may do what it may in the folder, others may read.
    let mode = own & (0o700 | parent.mode() & 0o070)
        | if parent.mode() & 0o004 == 0 {
            0
        } else if dossier {
            0o005
        } else {
            0o004
        };
    let shared = std::os::unix::fs::chown(path, None, Some(parent.gid())).and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)));
    if let Err(error) = shared {
        tracing::warn!(%error, path = %path.display(), "what was put beside a file is not its depositor’s to read");
    }
}

/// See [`super::lieu::Lieu::liste`].
pub fn liste(root: &Path, sous: &str, (most, known): (usize, &HashSet<String>)) -> Result<Vec<Entree>, String> {
    for aside in [TRAITES, REFUSES] {
        dossier(root, &format!("{sous}/{aside}"))?;
    }
    let folder = dossier(root, sous)?;
    let (mut seen, mut new) = (Vec::new(), 0);
    for entry in fs::read_dir(&folder).map_err(|error| dit(&folder, &error))? {
        let entry = entry.map_err(|error| dit(&folder, &error))?;
        let waits = entry.file_name().to_str().is_some_and(|nom| known.contains(nom));
        if !waits && new == most {
            continue;
        }
        // One that went meanwhile is not there.
        let Ok(known) = fs::symlink_metadata(entry.path()) else { continue };
        let name = entry.file_name();
        // What programs write before they give it its name.
        if known.is_dir() || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let (nom, unread) = match name.to_str() {
            Some(nom) => (nom.to_string(), faute_de_nom(nom)),
            None => (name.to_string_lossy().into_owned(), Some(NOM_ILLISIBLE)),
        };
        let faute = if known.is_symlink() { Some(LIEN) } else { unread.or((!known.is_file()).then_some(PAS_UN_FICHIER)) };
        seen.push(Entree { nom: nom.replace('\0', ""), brut: name, octets: known.len(), modifie: modifie(&known), faute });
        new += usize::from(!waits);
    }
    seen.sort_by(|one, other| one.brut.cmp(&other.brut));
    Ok(seen)
}

/// See [`super::lieu::Lieu::lit`].
pub fn lit(root: &Path, sous: &str, entree: &Entree) -> Result<Lu, String> {
    let path = dossier(root, sous)?.join(&entree.brut);
    // What took its place meanwhile may be a link, or a pipe that waits for ever.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(i32::try_from(flags.bits()).unwrap_or(0)).open(&path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lu::Change),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Ok(Lu::Illisible("L’ouvrier n’a pas le droit de le lire. Donnez-lui ce droit, puis déposez-le de nouveau.".into()));
        }
        Err(error) => return Ok(Lu::Illisible(format!("Il ne se lit pas\u{a0}: {error}."))),
    };
    let same = |file: &File| file.metadata().is_ok_and(|known| known.is_file() && known.len() == entree.octets && modifie(&known) == entree.modifie);
    if !same(&file) {
        return Ok(Lu::Change);
    }
    let mut contenu = NamedTempFile::new().map_err(|error| error.to_string())?;
    let (mut digest, mut octets, mut part) = (Sha256::new(), 0, vec![0; 256 * 1024]);
    loop {
        let count = match file.read(&mut part) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Lu::Illisible(format!("Il ne se lit pas jusqu’au bout\u{a0}: {error}."))),
        };
        octets += count as u64;
        if octets > entree.octets {
            return Ok(Lu::Change);
        }
        digest.update(&part[..count]);
        contenu.write_all(&part[..count]).map_err(|error| format!("Le disque de l’ouvrier a failli\u{a0}: {error}."))?;
    }
    if octets != entree.octets || !same(&file) {
        return Ok(Lu::Change);
    }
    Ok(Lu::Entier(Arrive { nom: cleaned(&entree.nom), contenu, octets, sha256: hexadecimal(&digest.finalize()) }))
}

/// See [`super::lieu::Lieu::range`]: a link is moved, not followed.
pub fn range(from: &Path, to: &Path) -> Result<Range, String> {
    match rustix::fs::renameat_with(rustix::fs::CWD, from, rustix::fs::CWD, to, RenameFlags::NOREPLACE).map_err(std::io::Error::from) {
        Ok(()) => Ok(Range::Fait),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Range::Parti),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Range::Occupe),
        // A disk that cannot refuse to replace is asked first.
        Err(error) if [ErrorKind::InvalidInput, ErrorKind::Unsupported].contains(&error.kind()) => match fs::symlink_metadata(to) {
            Ok(_) => Ok(Range::Occupe),
            Err(_) => fs::rename(from, to).map(|()| Range::Fait).map_err(|error| dit(from, &error)),
        },
        Err(error) => Err(dit(from, &error)),
    }
}

/// See [`super::lieu::Lieu::ecrit`]: whole, or not at all, and over nothing.
pub fn ecrit(path: &Path, contenu: &[u8]) -> Result<bool, String> {
    let folder = path.parent().unwrap_or(path);
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".rapport-").tempfile_in(folder)?;
        file.write_all(contenu)?;
        partage(file.path(), false);
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok(())
    };
    match written() {
        Ok(()) => Ok(true),
        // The same one, by a pass that was cut.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(identique(path, contenu)),
        Err(error) => Err(dit(path, &error)),
    }
}

/// Whether what stands at `path` is a file that holds `contenu`.
fn identique(path: &Path, contenu: &[u8]) -> bool {
    fs::symlink_metadata(path).is_ok_and(|known| known.is_file() && known.len() == contenu.len() as u64)
        && fs::read(path).is_ok_and(|held| held == contenu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_wait_keep_no_other_from_its_turn() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("s/g");
        fs::create_dir_all(&folder).expect("a folder");
        for number in 0..6 {
            fs::write(folder.join(format!("attend{number}.csv")), "x").expect("a file");
        }
        let known: HashSet<String> = (0..6).map(|number| format!("attend{number}.csv")).collect();
        let seen = |known: &HashSet<String>| liste(place.path(), "s/g", (2, known)).expect("looked at").len();
        assert_eq!((seen(&known), seen(&HashSet::new())), (6, 2));
        fs::write(folder.join("z.csv"), "x").expect("a file");
        assert_eq!(seen(&known), 7, "those that wait, and the one that came");
    }

    #[test]
    fn nothing_is_written_over() {
        let place = tempfile::tempdir().expect("a folder");
        let at = |name: &str| place.path().join(name);
        assert_eq!(ecrit(&at("r"), b"un"), Ok(true));
        assert_eq!(ecrit(&at("r"), b"un"), Ok(true), "the same, by a pass that was cut");
        assert_eq!(ecrit(&at("r"), b"deux"), Ok(false));
        fs::write(at("f"), "f").expect("a file");
        assert_eq!(range(&at("f"), &at("r")), Ok(Range::Occupe));
        assert_eq!(range(&at("f"), &at("g")), Ok(Range::Fait));
        assert_eq!(range(&at("f"), &at("h")), Ok(Range::Parti));
        assert_eq!((fs::read(at("r")).expect("kept"), fs::read(at("g")).expect("moved")), (b"un".to_vec(), b"f".to_vec()));
    }
}
