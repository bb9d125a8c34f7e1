//! What a person, or their program, decides of an import: the pages and the API come in by these doors.

use futures::TryStreamExt;
use serde_json::json;
use tempfile::NamedTempFile;

use super::acces::{acted, busy, lance, read, taken_back};
use super::etats::Etape;
use super::genre::Genre;
use super::inscription::{self, Recue};
use super::model::Import;
use super::{completude, depart, queries, refusees};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Niveau;
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Received;

/// Said of an import that cannot be taken back.
pub const NE_S_ANNULE_PAS: &str = "Cet import ne s’annule pas, ou plus\u{a0}: son état a changé.";

/// Writes what an import would, if that is still what was seen.
///
/// # Errors
/// It is not to be confirmed, or another one writes; PostgreSQL failed.
pub async fn confirme(context: &Context, personne: &Personne, id: i64, (revision, lignes, retirer): (i32, i64, bool)) -> Result<()> {
    let (import, genre) = acted(context, personne, id).await?;
    let seen = import.revision == revision;
    if seen && ["ecriture", "termine"].contains(&import.state()) {
        // The same click, twice.
        return Ok(());
    }
    if import.state() != "a_confirmer" {
        return Err(Error::Conflict("Cet import n’est pas à confirmer\u{a0}: rien n’a été fait. Rouvrez sa page.".into()));
    }
    if !seen || import.a_ecrire() != lignes || lignes == 0 && !retirer && import.proposees == 0 {
        return Err(Error::Conflict(
            "Ce que cet import écrirait a changé depuis que vous l’avez lu\u{a0}: rien n’a été fait. Rouvrez sa page, puis confirmez.".into(),
        ));
    }
    if retirer {
        let valide = personne.at(genre.record.list.access, Niveau::Valider)?;
        let places = completude::possibles(genre, &valide.reader);
        if !import.complet.iter().flatten().all(|code| places.contains(code)) {
            return Err(Error::forbidden(
                "Vous ne pouvez plus archiver dans toutes les communes pour lesquelles ce fichier est complet\u{a0}: rien n’a été fait.",
            ));
        }
    }
    // What it gives is given in the name of whoever loaded it: it is theirs to say.
    if genre.par_une_personne().is_some() && import.demandeur_id != personne.reader.user_id {
        return Err(Error::forbidden(format!(
            "Cet import donne des droits au nom de {}, et c’est à cette personne de le confirmer. Pour le faire en votre nom, abandonnez-le, puis rejouez-le.",
            import.demandeur
        )));
    }
    let mut write = context.db.write().await?;
    journal::within(context, &mut write.tx, &personne.actor, journal::Borne::Actions).await?;
    if !queries::confirm(&mut write.tx, id, revision).await? {
        write.rollback().await?;
        return Err(busy());
    }
    if retirer {
        completude::demandees(&mut write.tx, id).await?;
    }
    if let Some(ecrivain) = genre.ecrivain {
        ecrivain.accorde(context, &mut write, id).await?;
    }
    lance(&mut write, &import, genre, Etape::Ecriture, personne.reader.user_id).await?;
    note(&mut write, personne, &import, if retirer { "confirmé, avec les fiches à archiver" } else { "confirmé" }).await?;
    write.commit().await?;
    Ok(())
}

/// Writes down what a person decided of an import.
///
/// # Errors
/// PostgreSQL failed.
pub async fn note(write: &mut Write, personne: &Personne, import: &Import, geste: &str) -> Result<()> {
    let told = json!({"import": import.nom, "geste": geste});
    Ok(journal::note(&mut write.tx, &personne.actor, Action::Change, "import", &import.id.to_string(), &told).await?)
}

/// Takes an import back.
///
/// # Errors
/// It cannot be, or another one writes; PostgreSQL failed.
pub async fn annule(context: &Context, personne: &Personne, id: i64) -> Result<()> {
    let (import, genre) = taken_back(context, personne, id).await?;
    if !import.can_undo() {
        return Err(Error::Conflict(NE_S_ANNULE_PAS.into()));
    }
    let mut write = context.db.write().await?;
    if let Some(etape) = Etape::of(&import.etat) {
        queries::pass(&mut write.tx, id, etape.stop(), None).await?;
    }
    if !queries::begin_undo(&mut write.tx, id, personne.reader.user_id).await? {
        write.rollback().await?;
        return Err(busy());
    }
    lance(&mut write, &import, genre, Etape::Annulation, personne.reader.user_id).await?;
    note(&mut write, personne, &import, "annulation demandée").await?;
    write.commit().await?;
    Ok(())
}

/// Gives an import up, of which nothing is written.
///
/// # Errors
/// Something is, or it is over; PostgreSQL failed.
pub async fn abandonne(context: &Context, personne: &Personne, id: i64) -> Result<()> {
    let (import, _) = taken_back(context, personne, id).await?;
    let mut write = context.db.write().await?;
    if let Some(etape) = Etape::of(&import.etat).filter(|_| import.can_drop()) {
        queries::pass(&mut write.tx, id, etape.stop(), None).await?;
    }
    if !queries::give_up(&mut write.tx, id).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import ne s’abandonne plus\u{a0}: voyez sa page.".into()));
    }
    note(&mut write, personne, &import, "abandonné").await?;
    write.commit().await?;
    Ok(())
}

/// Takes a file that a program sent whole: kept as an import, whose lines are checked at once unless something is left for a person to
/// say, which is then told.
///
/// # Errors
/// It cannot be read, or is loaded already; the store or PostgreSQL failed.
pub async fn depose(
    context: &Context,
    personne: &Personne,
    genre: &'static Genre,
    arrive: &Received<NamedTempFile>,
) -> Result<std::result::Result<(i64, Option<String>), Refusee>> {
    let id = match inscription::recoit(context, personne, genre, arrive).await? {
        Recue::Gardee(id) => id,
        Recue::Deja(id, phrase) => return Ok(Err(Refusee::Deja(id, phrase))),
        Recue::Refusee(phrase) => return Ok(Err(Refusee::Illisible(phrase))),
    };
    let (import, genre) = acted(context, personne, id).await?;
    let doute = depart::verifie(context, &import, genre).await?;
    Ok(Ok((id, doute)))
}

/// Why a file is not taken.
pub enum Refusee {
    /// This import holds it.
    Deja(i64, String),
    /// It cannot be read.
    Illisible(String),
}

/// The lines that were refused, as a file that loads again; nothing beyond `most` bytes.
///
/// # Errors
/// It is not theirs, or PostgreSQL failed.
pub async fn lignes_refusees(context: &Context, personne: &Personne, id: i64, most: usize) -> Result<Option<Vec<u8>>> {
    let import = read(context, personne, id).await?;
    let mut write = context.db.write().await?;
    let told = json!({"fichier": format!("lignes refusées de {}", import.nom)});
    journal::note_at(&mut write.tx, &personne.actor, Action::Download, ("import", &id.to_string()), &told, &import.communes).await?;
    write.commit().await?;
    let mut pages = std::pin::pin!(refusees::fichier(context.db.clone(), &import));
    let mut all = Vec::new();
    while let Some(page) = pages.try_next().await? {
        if all.len() + page.len() > most {
            return Ok(None);
        }
        all.extend(page);
    }
    Ok(Some(all))
}
