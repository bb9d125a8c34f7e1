//! A file that arrived, whatever it came by: in the store before anything is read of it, then an import.

use std::path::Path;

use serde_json::json;
use tempfile::NamedTempFile;

use super::arrivee::Arrive;
use super::depot;
use super::examen::{examine, panne};
use super::genre::Genre;
use super::lecture::seule;
use super::profils::{self, Lue};
use super::queries::{self, Nouveau};
use super::{autre_genre, origine};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Niveau;
use crate::platform::error::Result;
use crate::sources::{Examen, Nature, Refus, Voulu};

/// What became of a file.
pub enum Recue {
    /// It is kept, as this import.
    Gardee(i64),
    /// The same one is held by this import, and the sentence that says so.
    Deja(i64, String),
    /// It cannot be, and why.
    Refusee(String),
}

/// A file that lies in the store.
pub struct Depose<'a> {
    /// Its name.
    pub nom: &'a str,
    /// Its size.
    pub octets: u64,
    /// Its digest.
    pub sha256: &'a str,
    /// Its place there.
    pub chemin: &'a str,
    /// What it came by.
    pub origine: Origine,
}

/// What a file came by, told in the transaction that makes an import of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origine {
    /// One form, or one call.
    Entiere,
    /// Chunks.
    Envoi(i64),
    /// A watched folder.
    Depose(i64),
}

/// Keeps a file: in the store before anything is read of it, then as an import.
///
/// # Errors
/// The store, the disk or PostgreSQL failed.
pub async fn recoit(context: &Context, personne: &Personne, genre: &'static Genre, arrive: &Arrive) -> Result<Recue> {
    let chemin = depot::garde(context, arrive.contenu.as_file(), arrive.octets, &arrive.sha256).await.map_err(panne)?;
    let depose = Depose { nom: &arrive.nom, octets: arrive.octets, sha256: &arrive.sha256, chemin: &chemin, origine: Origine::Entiere };
    inscrit(context, personne, genre, &depose, arrive.contenu.path()).await
}

/// What a look found, and the whole file when more than its beginning was needed.
type Regardee = std::result::Result<(Examen, Option<NamedTempFile>), Refus>;

/// Looks at a file that lies in the store; `debut` is all of it, or what is enough of a text.
async fn regarde(context: &Context, genre: &'static Genre, depose: &Depose<'_>, debut: &Path) -> Result<Regardee> {
    let seen = examine(debut.to_path_buf(), Voulu::default(), genre).await?;
    let text = seen.as_ref().is_ok_and(|examen| examen.lecture.nature == Nature::Texte && examen.membres.is_empty());
    if depose.octets <= depot::DEBUT || text || tokio::fs::metadata(debut).await.is_ok_and(|known| known.len() == depose.octets) {
        return Ok(seen.map(|examen| (examen, None)));
    }
    let whole = depot::debut(context, depose.chemin, true).await.map_err(panne)?;
    let seen = examine(whole.path().to_path_buf(), Voulu::default(), genre).await?;
    Ok(seen.map(|examen| (examen, Some(whole))))
}

/// Makes an import of a file that lies in the store.
///
/// # Errors
/// The store, the disk or PostgreSQL failed.
pub async fn inscrit(context: &Context, personne: &Personne, genre: &'static Genre, depose: &Depose<'_>, debut: &Path) -> Result<Recue> {
    let (examen, whole) = match regarde(context, genre, depose, debut).await? {
        Ok(seen) => seen,
        Err(refus) => return Ok(Recue::Refusee(format!("«\u{a0}{}\u{a0}»\u{a0}: {}", depose.nom, minuscule(&refus.message)))),
    };
    let path = whole.as_ref().map_or(debut, NamedTempFile::path);
    let own = personne.at(genre.record.list.access, Niveau::Saisir)?;
    let seule = seule(&own, genre);
    if let Some(other) = autre_genre::d_un_autre(context, personne, genre, &examen) {
        return Ok(Recue::Refusee(format!("«\u{a0}{}\u{a0}»\u{a0}: {other}", depose.nom)));
    }
    let lue = match origine::relue(context, personne, genre, &examen).await {
        Some(lue) => lue,
        None => match profils::reconnu(context, &personne.reader, (genre, seule), path, &examen).await? {
            Some(lue) => lue,
            None => Lue::proposee(genre, examen, seule),
        },
    };
    let mut write = context.db.write().await?;
    let nouveau = Nouveau {
        genre: genre.nom,
        personne: personne.reader.user_id,
        jeton: personne.token(),
        lieu: personne.principale,
        nom: depose.nom,
        octets: i64::try_from(depose.octets).unwrap_or(i64::MAX),
        sha256: depose.sha256,
        chemin: depose.chemin,
        examen: &lue.examen,
        correspondance: &lue.correspondance,
        voulu: &lue.voulu,
        mode: lue.mode,
        profil: (lue.profil, lue.nom.as_deref()),
    };
    match queries::insert(&mut write.tx, &nouveau).await? {
        Ok(id) => {
            let told = json!({"import": depose.nom, "liste": genre.record.list.name, "sha256": depose.sha256});
            journal::note(&mut write.tx, &personne.actor, Action::Create, "import", &id.to_string(), &told).await?;
            match depose.origine {
                Origine::Entiere => {}
                Origine::Depose(fichier) => queries::vient_d_un_dossier(&mut write.tx, fichier, id).await?,
                Origine::Envoi(envoi) => {
                    if !queries::vient_d_un_envoi(&mut write.tx, envoi, id).await? {
                        write.rollback().await?;
                        return Ok(Recue::Refusee(format!("L’envoi de «\u{a0}{}\u{a0}» est abandonné, ou déjà fini.", depose.nom)));
                    }
                }
            }
            write.commit().await?;
            Ok(Recue::Gardee(id))
        }
        Err(first) => {
            write.rollback().await?;
            // The same file may be held by an import of somebody whose imports they do not see.
            let Some(held) = queries::seen(&context.db, &personne.reader, first).await? else {
                return Ok(Recue::Refusee(format!(
                    "«\u{a0}{}\u{a0}» a déjà été chargé par une autre personne, dont vous ne voyez pas les imports. Demandez à un administrateur de l’annuler ou de l’abandonner, puis chargez-le de nouveau.",
                    depose.nom
                )));
            };
            Ok(Recue::Deja(
                first,
                format!(
                    "«\u{a0}{}\u{a0}» a déjà été chargé\u{a0}: c’est l’import n°\u{a0}{first}{}. Annulez-le ou abandonnez-le pour charger ce fichier de nouveau.",
                    depose.nom,
                    if held.demandeur_id == personne.reader.user_id { String::new() } else { format!(", de {}", held.demandeur) }
                ),
            ))
        }
    }
}

/// A sentence after a colon: its first letter small, unless it begins with a name in capitals.
fn minuscule(sentence: &str) -> String {
    let mut signs = sentence.chars();
    match (signs.next(), signs.clone().next()) {
        (Some(first), Some(next)) if !next.is_uppercase() => first.to_lowercase().chain(signs).collect(),
        _ => sentence.into(),
    }
}
