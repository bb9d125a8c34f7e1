//! The place that is watched: a folder of the machine of the worker, or a part of the object store.

use std::collections::HashSet;
use std::path::PathBuf;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::depots::{Entree, Lu, Range, faute_de_nom};
use super::{OCTETS_MAX, VUS_MAX, disque};
use crate::context::Context;
use crate::imports::arrivee::Arrive;
use crate::pieces::cleaned;
use crate::platform::store::{Files, FilesError};
use crate::platform::token::hexadecimal;

/// What the settings say for the object store.
const DEPOT: &str = "depot";
/// Its part of the store.
const PREFIXE: &str = "deposes";
/// Bytes asked of the store at once.
const PART: u64 = 4 * 1024 * 1024;

/// The place.
#[derive(Clone)]
pub enum Lieu {
    /// A folder.
    Dossier(PathBuf),
    /// A part of the store.
    Depot(Files),
}

impl Lieu {
    /// The place of the settings, if they name one.
    pub fn of(context: &Context) -> Option<Self> {
        match context.config.deposes.as_deref()?.trim() {
            "" => None,
            DEPOT => Some(Self::Depot(context.files.clone())),
            path => Some(Self::Dossier(PathBuf::from(path))),
        }
    }

    /// Where `sous` is, for people.
    pub fn montre(&self, sous: &str) -> String {
        match self {
            Self::Dossier(root) => root.join(sous).display().to_string(),
            Self::Depot(_) => format!("{PREFIXE}/{sous} (dépôt de fichiers)"),
        }
    }

    /// The files right under `sous`: all those that are `known`, and as many others as a pass looks at. Those that wait for a person keep
    /// no other from its turn.
    ///
    /// # Errors
    /// A sentence: the place cannot be looked at.
    pub async fn liste(&self, sous: &str, known: HashSet<String>) -> Result<Vec<Entree>, String> {
        match self {
            Self::Dossier(root) => {
                let (root, sous) = (root.clone(), sous.to_string());
                tokio::task::spawn_blocking(move || disque::liste(&root, &sous, (VUS_MAX, &known))).await.map_err(|error| error.to_string())?
            }
            Self::Depot(files) => {
                let folder = format!("{PREFIXE}/{sous}");
                let seen = files.under(&folder, usize::MAX).await.map_err(|error| error.to_string())?;
                let mut new = 0;
                let mut looked_at = |nom: &str| {
                    let waits = known.contains(nom);
                    new += usize::from(!waits);
                    waits || new <= VUS_MAX
                };
                Ok(seen
                    .into_iter()
                    .filter_map(|one| {
                        let name = one.path.rsplit('/').next().unwrap_or_default().to_string();
                        (!name.is_empty() && looked_at(&name)).then(|| Entree {
                            faute: faute_de_nom(&name),
                            nom: name.clone(),
                            brut: name.into(),
                            octets: one.octets,
                            modifie: one.modifie.to_rfc3339(),
                        })
                    })
                    .collect())
            }
        }
    }

    /// Brings a file to the disk of the worker, with its digest.
    ///
    /// # Errors
    /// The store, or the disk of the worker, failed: it may work next time.
    pub async fn lit(&self, sous: &str, entree: &Entree) -> Result<Lu, String> {
        if entree.octets > OCTETS_MAX {
            return Ok(Lu::Illisible(format!("Il dépasse {} Gio. Coupez-le en plusieurs.", OCTETS_MAX / (1024 * 1024 * 1024))));
        }
        match self {
            Self::Dossier(root) => {
                let (root, sous, entree) = (root.clone(), sous.to_string(), entree.clone());
                tokio::task::spawn_blocking(move || disque::lit(&root, &sous, &entree)).await.map_err(|error| error.to_string())?
            }
            Self::Depot(files) => du_depot(files, sous, entree).await,
        }
    }

    /// Moves a file aside, under another name that nothing has.
    ///
    /// # Errors
    /// A sentence: the place does not let it.
    pub async fn range(&self, sous: &str, entree: &Entree, (vers, nom): (&str, &str)) -> Result<Range, String> {
        match self {
            Self::Dossier(root) => {
                let (root, sous, brut, vers, nom) = (root.clone(), sous.to_string(), entree.brut.clone(), vers.to_string(), nom.to_string());
                tokio::task::spawn_blocking(move || disque::range(&root, &sous, &brut, (&vers, &nom))).await.map_err(|error| error.to_string())?
            }
            Self::Depot(files) => {
                let from = format!("{PREFIXE}/{sous}/{}", entree.nom);
                let to = format!("{PREFIXE}/{sous}/{vers}/{nom}");
                if files.size(&to).await.is_ok() {
                    return Ok(Range::Occupe);
                }
                match files.rename(&from, &to).await {
                    Ok(()) => Ok(Range::Fait),
                    Err(FilesError::Missing) => Ok(Range::Parti),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    /// Whether something is called so there.
    pub async fn pris(&self, sous: &str, nom: &str) -> bool {
        match self {
            Self::Dossier(root) => {
                let (root, sous, nom) = (root.clone(), sous.to_string(), nom.to_string());
                // A name that could not be looked at is not given.
                tokio::task::spawn_blocking(move || disque::pris(&root, &sous, &nom)).await.unwrap_or(true)
            }
            Self::Depot(files) => files.size(&format!("{PREFIXE}/{sous}/{nom}")).await.is_ok(),
        }
    }

    /// Writes a report beside a file that was moved aside; false when another file has its name, which stays as it is.
    ///
    /// # Errors
    /// A sentence: the place does not let it.
    pub async fn ecrit(&self, sous: &str, nom: &str, contenu: Bytes) -> Result<bool, String> {
        match self {
            Self::Dossier(root) => {
                let (root, sous, nom) = (root.clone(), sous.to_string(), nom.to_string());
                tokio::task::spawn_blocking(move || disque::ecrit(&root, &sous, &nom, &contenu)).await.map_err(|error| error.to_string())?
            }
            Self::Depot(files) => {
                let path = format!("{PREFIXE}/{sous}/{nom}");
                match files.size(&path).await {
                    Ok(size) if size == contenu.len() as u64 => {
                        return files.get(&path).await.map(|held| held == contenu).map_err(|error| error.to_string());
                    }
                    Ok(_) => return Ok(false),
                    Err(FilesError::Missing) => {}
                    Err(error) => return Err(error.to_string()),
                }
                files.put(&path, contenu).await.map(|()| true).map_err(|error| error.to_string())
            }
        }
    }
}

async fn du_depot(files: &Files, sous: &str, entree: &Entree) -> Result<Lu, String> {
    let path = format!("{PREFIXE}/{sous}/{}", entree.nom);
    let contenu = NamedTempFile::new().map_err(|error| error.to_string())?;
    let mut disk = tokio::fs::File::from_std(contenu.as_file().try_clone().map_err(|error| error.to_string())?);
    let (mut at, mut digest) = (0, Sha256::new());
    while at < entree.octets {
        let part = match files.get_range(&path, at..(at + PART).min(entree.octets)).await {
            Ok(part) if part.is_empty() => return Ok(Lu::Change),
            Ok(part) => part,
            Err(FilesError::Missing) => return Ok(Lu::Change),
            Err(error) => return Err(error.to_string()),
        };
        digest.update(&part);
        at += part.len() as u64;
        disk.write_all(&part).await.map_err(|error| error.to_string())?;
    }
    disk.flush().await.map_err(|error| error.to_string())?;
    let folder = format!("{PREFIXE}/{sous}");
    let still = files.under(&folder, usize::MAX).await.map_err(|error| error.to_string())?;
    if !still.iter().any(|one| one.path == path && one.octets == entree.octets && one.modifie.to_rfc3339() == entree.modifie) {
        return Ok(Lu::Change);
    }
    Ok(Lu::Entier(Arrive { nom: cleaned(&entree.nom), contenu, octets: at, sha256: hexadecimal(&digest.finalize()) }))
}
