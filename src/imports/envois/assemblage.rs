//! Chunks put end to end: from the store to the store, under the digest of the whole, in the memory of one of them.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::time::timeout;

use super::queries::{self, Arrive, EnCours};
use super::{FOLDER, chemin};
use crate::comptes::Personne;
use crate::context::Context;
use crate::imports::depot::{self, DEBUT};
use crate::imports::genre::Genre;
use crate::imports::inscription::{self, Depose, Origine, Recue};
use crate::platform::error::{Error, Result};
use crate::platform::store::Upload;
use crate::platform::token::{self, hexadecimal};

/// Between two signs of life, whatever is being done: a look may be long.
const SIGNE: Duration = Duration::from_secs(15);

/// What was put together.
struct Entier {
    sha256: String,
    chemin: String,
    debut: NamedTempFile,
}

fn away(error: impl ToString) -> Error {
    Error::Internal(error.to_string())
}

/// One chunk more: its digest, that of the whole so far, and the beginning of the file.
struct Suite {
    digest: Sha256,
    debut: NamedTempFile,
    garde: u64,
}

impl Suite {
    /// `octets` are next; false when they are not those that came.
    fn ajoute(mut self, octets: &Bytes, sha256: &str) -> std::io::Result<Option<Self>> {
        if hexadecimal(&Sha256::digest(octets)) != sha256 {
            return Ok(None);
        }
        self.digest.update(octets);
        let room = usize::try_from(DEBUT.saturating_sub(self.garde)).unwrap_or(usize::MAX).min(octets.len());
        self.debut.write_all(&octets[..room])?;
        self.garde += room as u64;
        Ok(Some(self))
    }
}

/// Sends the chunks to `upload`, in order.
async fn verse(context: &Context, envoi: &EnCours, arrives: &[Arrive], upload: &mut Upload) -> Result<std::result::Result<Suite, String>> {
    let mut suite = Suite { digest: Sha256::new(), debut: NamedTempFile::new().map_err(|error| depot::disque(&error))?, garde: 0 };
    for arrive in arrives {
        let octets = context.files.get(&chemin(envoi.id, arrive.rang, &arrive.sha256)).await.map_err(Error::StoreAway)?;
        let (read, sha256) = (octets.clone(), arrive.sha256.clone());
        let added = tokio::task::spawn_blocking(move || suite.ajoute(&read, &sha256)).await.map_err(away)?.map_err(|error| depot::disque(&error))?;
        let Some(next) = added else {
            return Ok(Err("Un morceau du dépôt n’est plus celui qui est arrivé. Prévenez l’exploitant, et envoyez le fichier de nouveau.".into()));
        };
        suite = next;
        upload.push(octets).await.map_err(Error::StoreAway)?;
    }
    Ok(Ok(suite))
}

async fn entier(context: &Context, envoi: &EnCours, arrives: &[Arrive]) -> Result<std::result::Result<Entier, String>> {
    let random = token::random().map_err(away)?;
    let place = format!("{FOLDER}/{}/entier-{random}", envoi.id);
    let mut upload = context.files.begin(&place).await.map_err(Error::StoreAway)?;
    let suite = match verse(context, envoi, arrives, &mut upload).await {
        Ok(Ok(suite)) => suite,
        Ok(Err(why)) => {
            upload.abort().await;
            return Ok(Err(why));
        }
        Err(error) => {
            upload.abort().await;
            return Err(error);
        }
    };
    upload.finish().await.map_err(Error::StoreAway)?;
    let sha256 = hexadecimal(&suite.digest.finalize());
    let chemin = depot::chemin(&sha256);
    context.files.rename(&place, &chemin).await.map_err(Error::StoreAway)?;
    Ok(Ok(Entier { sha256, chemin, debut: suite.debut }))
}

/// Puts a file together and keeps it as an import; what became of it is noted, whoever waits for it.
///
/// # Errors
/// The store, the disk or PostgreSQL failed: it may work next time.
pub async fn assemble(context: Context, personne: Personne, genre: &'static Genre, envoi: EnCours) -> Result<()> {
    let done = {
        let mut work = std::pin::pin!(assembled(&context, &personne, genre, &envoi));
        loop {
            match timeout(SIGNE, &mut work).await {
                Ok(done) => break done,
                // Given up: what is left of it goes with the upkeep.
                Err(_) if !queries::signe(&context.db, envoi.id, false).await? => return Ok(()),
                Err(_) => {}
            }
        }
    };
    if done.is_err() {
        // The next one that asks goes on at once.
        queries::signe(&context.db, envoi.id, true).await?;
    }
    done?;
    // The chunks serve no more: what is left of them goes with the upkeep.
    if let Err(error) = context.files.delete_folder(&format!("{FOLDER}/{}", envoi.id)).await {
        tracing::warn!(%error, envoi = envoi.id, "the chunks of a file wait for the upkeep");
    }
    Ok(())
}

async fn assembled(context: &Context, personne: &Personne, genre: &'static Genre, envoi: &EnCours) -> Result<()> {
    let arrives = queries::arrives(&context.db, envoi.id).await?;
    let entier = match entier(context, envoi, &arrives).await? {
        Ok(entier) => entier,
        Err(why) => return Ok(queries::refuse(&context.db, envoi.id, &why, None).await?),
    };
    let octets = u64::try_from(envoi.octets).unwrap_or(0);
    let depose = Depose { nom: &envoi.nom, octets, sha256: &entier.sha256, chemin: &entier.chemin, origine: Origine::Envoi(envoi.id) };
    match inscription::inscrit(context, personne, genre, &depose, entier.debut.path()).await? {
        Recue::Gardee(_) => Ok(()),
        Recue::Deja(first, why) => Ok(queries::refuse(&context.db, envoi.id, &why, Some(first)).await?),
        Recue::Refusee(why) => Ok(queries::refuse(&context.db, envoi.id, &why, None).await?),
    }
}
