//! A watched folder of a disk, where anybody may leave anything and change anything at any time: each folder is opened step by step, no
//! step being a link, and what is done in it is done by what was opened, never again by its path. Nothing but a plain file is opened, and
//! what is read is what was looked at.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Gid, Mode, OFlags, RenameFlags, Stat};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::depots::{Entree, Lu, Range, faute_de_nom};
use super::{REFUSES, TRAITES};
use crate::imports::arrivee::Arrive;
use crate::pieces::cleaned;
use crate::platform::token::{hexadecimal, random};

const LIEN: &str = "C’est un lien\u{a0}: il n’est pas suivi. Déposez le fichier lui-même.";
const PAS_UN_FICHIER: &str = "Ce n’est pas un fichier ordinaire. Déposez le fichier lui-même.";
const NOM_ILLISIBLE: &str = "Son nom ne se lit pas (il n’est pas en UTF-8). Renommez-le, puis déposez-le de nouveau.";

/// When a file was last written, to the nanosecond.
fn modifie(known: &Stat) -> String {
    format!("{}.{:09}", known.st_mtime, known.st_mtime_nsec)
}

fn octets(known: &Stat) -> u64 {
    u64::try_from(known.st_size).unwrap_or(0)
}

fn genre(known: &Stat) -> FileType {
    FileType::from_raw_mode(known.st_mode)
}

/// What the system refuses, in words.
fn dit(path: &Path, error: &Error) -> String {
    let cause = match error.kind() {
        ErrorKind::NotFound => "il n’existe pas",
        ErrorKind::PermissionDenied => "l’ouvrier n’en a pas le droit",
        ErrorKind::StorageFull => "le disque est plein",
        ErrorKind::InvalidFilename => "son nom est trop long",
        _ => return format!("«\u{a0}{}\u{a0}»\u{a0}: {error}.", path.display()),
    };
    format!("«\u{a0}{}\u{a0}»\u{a0}: {cause}.", path.display())
}

/// Opens the folder `sous` of `root`, made when it is missing; none of its steps may be a link, now or later: what is opened stays itself.
fn dossier(root: &Path, sous: &str) -> Result<OwnedFd, String> {
    let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut here = rustix::fs::open(root, folder, Mode::empty()).map_err(|error| dit(root, &error.into()))?;
    let mut path = root.to_path_buf();
    for step in sous.split('/') {
        path.push(step);
        let open = || rustix::fs::openat(&here, step, folder | OFlags::NOFOLLOW, Mode::empty()).map_err(Error::from);
        let next = match open() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match rustix::fs::mkdirat(&here, step, Mode::from_raw_mode(0o700)).map_err(Error::from) {
                    // Another worker was first.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                    made => made.map_err(|error| dit(&path, &error))?,
                }
                open().inspect(|made| partage(&here, made, &path, true))
            }
            opened => opened,
        };
        here = match next {
            Ok(next) => next,
            // Linux answers ELOOP of a link that is asked for as such, ENOTDIR of anything else that is no folder.
            Err(error) if error.kind() == ErrorKind::NotADirectory || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Err(format!("«\u{a0}{}\u{a0}» n’est pas un dossier, ou est un lien.", path.display()));
            }
            Err(error) => return Err(dit(&path, &error)),
        };
    }
    Ok(here)
}

/// Opens `made`, in the folder `parent`, to whoever may read that folder: those who leave files there read what became of them. Where the
/// system refuses, it stays the worker’s.
fn partage(parent: impl AsFd, made: impl AsFd, path: &Path, dossier: bool) {
    let Ok(parent) = rustix::fs::fstat(parent) else { return };
    let own = if dossier { 0o770 } else { 0o640 };
    // The group may do what it may in the folder, others may read.
    let mode = own & (0o700 | parent.st_mode & 0o070)
        | if parent.st_mode & 0o004 == 0 {
            0
        } else if dossier {
            0o005
        } else {
            0o004
        };
    let shared =
        rustix::fs::fchown(&made, None, Some(Gid::from_raw(parent.st_gid))).and_then(|()| rustix::fs::fchmod(&made, Mode::from_raw_mode(mode)));
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
    let failed = |error: rustix::io::Errno| dit(&root.join(sous), &error.into());
    let (mut seen, mut new) = (Vec::new(), 0);
    for entry in Dir::read_from(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes()).to_os_string();
        // What programs write before they give it its name, and the folder itself.
        if name.as_bytes().starts_with(b".") {
            continue;
        }
        let waits = name.to_str().is_some_and(|nom| known.contains(nom));
        if !waits && new == most {
            continue;
        }
        // One that went meanwhile is not there.
        let Ok(known) = rustix::fs::statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        if genre(&known) == FileType::Directory {
            continue;
        }
        let (nom, unread) = match name.to_str() {
            Some(nom) => (nom.to_string(), faute_de_nom(nom)),
            None => (name.to_string_lossy().into_owned(), Some(NOM_ILLISIBLE)),
        };
        let faute = match genre(&known) {
            FileType::Symlink => Some(LIEN),
            FileType::RegularFile => unread,
            _ => unread.or(Some(PAS_UN_FICHIER)),
        };
        seen.push(Entree { nom: nom.replace('\0', ""), brut: name, octets: octets(&known), modifie: modifie(&known), faute });
        new += usize::from(!waits);
    }
    seen.sort_by(|one, other| one.brut.cmp(&other.brut));
    Ok(seen)
}

/// See [`super::lieu::Lieu::lit`].
pub fn lit(root: &Path, sous: &str, entree: &Entree) -> Result<Lu, String> {
    let folder = dossier(root, sous)?;
    // What took its place meanwhile may be a link, or a pipe that waits for ever.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = match rustix::fs::openat(&folder, &entree.brut, flags, Mode::empty()).map_err(Error::from) {
        Ok(file) => File::from(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lu::Change),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Ok(Lu::Illisible("L’ouvrier n’a pas le droit de le lire. Donnez-lui ce droit, puis déposez-le de nouveau.".into()));
        }
        Err(error) => return Ok(Lu::Illisible(format!("Il ne se lit pas\u{a0}: {error}."))),
    };
    let same = |file: &File| {
        rustix::fs::fstat(file)
            .is_ok_and(|known| genre(&known) == FileType::RegularFile && octets(&known) == entree.octets && modifie(&known) == entree.modifie)
    };
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
pub fn range(root: &Path, sous: &str, brut: &OsStr, (vers, nom): (&str, &str)) -> Result<Range, String> {
    let (from, to) = (dossier(root, sous)?, dossier(root, &format!("{sous}/{vers}"))?);
    let failed = |error: &Error| dit(&root.join(sous).join(brut), error);
    match rustix::fs::renameat_with(&from, brut, &to, nom, RenameFlags::NOREPLACE).map_err(Error::from) {
        Ok(()) => Ok(Range::Fait),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Range::Parti),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Range::Occupe),
        // A disk that cannot refuse to replace is asked first.
        Err(error) if [ErrorKind::InvalidInput, ErrorKind::Unsupported].contains(&error.kind()) => {
            match rustix::fs::statat(&to, nom, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Ok(Range::Occupe),
                Err(_) => rustix::fs::renameat(&from, brut, &to, nom).map(|()| Range::Fait).map_err(|error| failed(&error.into())),
            }
        }
        Err(error) => Err(failed(&error)),
    }
}

/// See [`super::lieu::Lieu::pris`].
pub fn pris(root: &Path, sous: &str, nom: &str) -> bool {
    dossier(root, sous).is_ok_and(|folder| rustix::fs::statat(&folder, nom, AtFlags::SYMLINK_NOFOLLOW).is_ok())
}

/// See [`super::lieu::Lieu::ecrit`]: whole, or not at all, and over nothing.
pub fn ecrit(root: &Path, sous: &str, nom: &str, contenu: &[u8]) -> Result<bool, String> {
    let (folder, path) = (dossier(root, sous)?, root.join(sous).join(nom));
    let Ok(token) = random() else {
        return Err("Le système n’a pas donné de nombre au hasard\u{a0}: le compte rendu sera écrit au prochain passage.".into());
    };
    let own = format!(".rapport-{token}");
    let written = || -> std::io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::openat(&folder, &own, flags, Mode::from_raw_mode(0o600))?);
        file.write_all(contenu)?;
        partage(&folder, &file, &path, false);
        // A second name is refused where there is one: nothing is ever replaced.
        rustix::fs::linkat(&folder, &own, &folder, nom, AtFlags::empty())?;
        Ok(())
    };
    let done = written();
    if let Err(error) = rustix::fs::unlinkat(&folder, &own, AtFlags::empty()).map_err(Error::from)
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "the first name of a report stays beside it");
    }
    match done {
        Ok(()) => Ok(true),
        // The same one, by a pass that was cut.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(identique(&folder, nom, contenu)),
        Err(error) => Err(dit(&path, &error)),
    }
}

/// Whether `nom` in `folder` is a file that holds `contenu`.
fn identique(folder: &OwnedFd, nom: &str, contenu: &[u8]) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = rustix::fs::openat(folder, nom, flags, Mode::empty()).map(File::from) else { return false };
    let mut held = Vec::new();
    rustix::fs::fstat(&file).is_ok_and(|known| genre(&known) == FileType::RegularFile && octets(&known) == contenu.len() as u64)
        && file.take(contenu.len() as u64 + 1).read_to_end(&mut held).is_ok()
        && held == contenu
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        let (root, at) = (place.path(), |name: &str| place.path().join("s").join(name));
        assert_eq!(ecrit(root, "s/v", "r", b"un"), Ok(true));
        assert_eq!(ecrit(root, "s/v", "r", b"un"), Ok(true), "the same, by a pass that was cut");
        assert_eq!(ecrit(root, "s/v", "r", b"deux"), Ok(false));
        fs::write(at("f"), "f").expect("a file");
        let moved = |to: &str| range(root, "s", OsStr::new("f"), ("v", to));
        assert_eq!((moved("r"), moved("g"), moved("h")), (Ok(Range::Occupe), Ok(Range::Fait), Ok(Range::Parti)));
        assert_eq!((fs::read(at("v/r")).expect("kept"), fs::read(at("v/g")).expect("moved")), (b"un".to_vec(), b"f".to_vec()));
        assert_eq!(fs::read_dir(at("v")).expect("read").count(), 2, "and no other name is left");
    }

    /// Whoever may write in a folder may put a link in the place of any part of it, at any time.
    #[test]
    fn a_link_in_the_place_of_a_folder_is_never_followed() {
        let place = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(place.path().join("s/g")).expect("a folder");
        fs::write(place.path().join("s/g/f"), "f").expect("a file");
        std::os::unix::fs::symlink(elsewhere.path(), place.path().join("s/g/refuses")).expect("a link");
        let root = place.path();
        assert!(range(root, "s/g", OsStr::new("f"), ("refuses", "f")).is_err_and(|why| why.contains("lien")));
        assert!(ecrit(root, "s/g/refuses", "r", b"r").is_err_and(|why| why.contains("lien")));
        assert!(!pris(root, "s/g/refuses", "r"));
        assert!(liste(root, "s/g", (10, &HashSet::new())).is_err());
        // Opened before the link took its place: what was opened is what is used.
        fs::remove_file(root.join("s/g/refuses")).expect("removed");
        let opened = dossier(root, "s/g/refuses").expect("made");
        fs::rename(root.join("s/g/refuses"), root.join("s/g/.r")).expect("moved");
        std::os::unix::fs::symlink(elsewhere.path(), root.join("s/g/refuses")).expect("a link");
        rustix::fs::mkdirat(&opened, "x", Mode::from_raw_mode(0o700)).expect("made");
        assert!(root.join("s/g/.r/x").exists());
        assert_eq!(fs::read_dir(elsewhere.path()).expect("read").count(), 0, "nothing went through the link");
        assert!(
            lit(root, "s/g", &Entree { nom: "l".into(), brut: "refuses".into(), octets: 0, modifie: String::new(), faute: None })
                .is_ok_and(|read| matches!(read, Lu::Illisible(_)))
        );
    }
}
