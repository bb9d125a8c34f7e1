//! Routes of the files: attached by whoever sees the row, downloaded by whoever sees it, removed by whoever attached them or by
//! an administrateur.

use rocket::http::{ContentType, Status};
use rocket::response::{self, Redirect, Responder};
use rocket::{Request, Route, State, get, post, routes as collect};
use serde_json::json;

use super::depot::{Accepted, Kept, keep};
use super::fiche::{Fiche, done};
use super::model::{Piece, is_token};
use super::nature::{self, Nature};
use super::noms;
use super::notes::{Retablie, Retiree};
use super::queries::Seen;
use super::reception::{ENVOI_FICHIERS_MAX, Envoye, FICHIER_MIO_MAX, Fichier, refusal};
use super::views::{self, Typed};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::Action;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Download, Manque, Opened, Part};
use crate::platform::store::FilesError;
use crate::ui::format;
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![all, join, download, remove, restore]
}

const GONE: &str = "Ce fichier n’existe plus, ou n’est pas dans votre périmètre.";
/// What goes with a file: whatever a program makes of it, nothing of it runs here.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Where the page of an answer to a send that was refused is asked again.
#[get("/<liste>/<id>/pieces", rank = 6)]
async fn all(liste: &str, id: i64, personne: Personne, context: &State<Context>) -> Result<Redirect> {
    let fiche = Fiche::open(context, &personne, (liste, id)).await?;
    Ok(Redirect::to(format!("{}/notes#pieces-jointes", fiche.address())))
}

/// Looks at each file, apart from the requests that wait: the disk is read. What is refused is told by its name.
async fn sorted(files: Vec<Fichier>) -> Result<(Vec<Accepted>, Vec<String>)> {
    let looking = tokio::task::spawn_blocking(move || {
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        for mut file in files {
            let why = match (file.octets, file.too_large()) {
                (0, _) => Err("il est vide.".to_string()),
                (_, true) => Err(format!(
                    "il pèse {}, et {FICHIER_MIO_MAX} Mio sont le plus. Réduisez-le ou découpez-le.",
                    format::bytes(i64::try_from(file.octets).unwrap_or(i64::MAX))
                )),
                _ => nature::examine(&mut file.contenu, &file.nom)?,
            };
            match why {
                Ok(nature) => accepted.push(Accepted { nom: noms::fitted(&file.nom, nature), nature, file }),
                Err(why) => refused.push(format!("« {} » : {why}", noms::told(&file.nom))),
            }
        }
        Ok::<_, std::io::Error>((accepted, refused))
    });
    let looked = looking.await.map_err(|error| Error::Internal(error.to_string()))?;
    looked.map_err(|error| Error::Internal(error.to_string()))
}

/// The sentences of what was refused, as one.
fn told(refused: &[String], en_trop: usize) -> String {
    let more = (en_trop > 0).then(|| format!("{ENVOI_FICHIERS_MAX} fichiers au plus par envoi : les autres n’ont pas été lus."));
    refused.iter().cloned().chain(more).collect::<Vec<_>>().join(" ")
}

#[post("/<liste>/<id>/pieces", data = "<envoye>", rank = 6)]
async fn join(liste: &str, id: i64, personne: Personne, envoye: Envoye, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    let mut recu = match envoye.0 {
        Ok(recu) => recu,
        Err(why) => {
            if let Manque::Disque(cause) = &why {
                tracing::error!(cause, request = personne.actor.request, "files could not be received");
            }
            return match refusal(&why) {
                (Status::PayloadTooLarge, why) => Err(Error::TooLarge(why.into())),
                (status, why) => refused(&fiche, status, &[why]).await,
            };
        }
    };
    let mut said = |name: &str| recu.champs.remove(name).unwrap_or_default();
    let (jeton, retour) = (said("jeton"), said("retour"));
    let (fichiers, en_trop) = (std::mem::take(&mut recu.fichiers), recu.en_trop);
    if !is_token(&jeton) {
        return refused(&fiche, Status::UnprocessableEntity, &["Ce formulaire a perdu son numéro : choisissez de nouveau vos fichiers.".into()])
            .await;
    }
    if fichiers.is_empty() {
        return refused(&fiche, Status::UnprocessableEntity, &["Choisissez au moins un fichier.".into()]).await;
    }
    let (accepted, faults) = sorted(fichiers).await?;
    if accepted.is_empty() {
        return refused(&fiche, Status::UnprocessableEntity, &faults).await;
    }
    let back = fiche.back(&retour);
    let count = accepted.len();
    match keep(&fiche, accepted, &jeton).await? {
        Kept::Done if faults.is_empty() && en_trop == 0 => Ok(done(&back, "success", joined(count))),
        Kept::Done => Ok(done(&back, "warning", format!("{} Le reste est refusé\u{a0}: {}", joined(count), told(&faults, en_trop)))),
        Kept::Already => Ok(done(&back, "info", "Ces fichiers étaient déjà joints.")),
        Kept::Other => {
            let why = "Ce formulaire a déjà joint d’autres fichiers : choisissez de nouveau ceux-ci.";
            refused(&fiche, Status::Conflict, &[why.into()]).await
        }
        Kept::Full(why) => refused(&fiche, Status::Conflict, &[why]).await,
        Kept::Away(error) => {
            tracing::error!(%error, detail = error.detail(), request = personne.actor.request, "files could not be kept");
            let why = "Le dépôt de fichiers ne les a pas pris : rien n’a été joint. Réessayez dans quelques minutes, et prévenez l’exploitant si cela dure.";
            refused(&fiche, Status::ServiceUnavailable, &[why.into()]).await
        }
    }
}

fn joined(count: usize) -> String {
    if count == 1 { "Le fichier est joint.".into() } else { format!("{count} fichiers sont joints.") }
}

async fn refused(fiche: &Fiche<'_>, status: Status, why: &[String]) -> Result<Reply> {
    fiche.note_reading().await?;
    fiche.page(status, views::refused(why), &Typed::default()).await
}

/// A file on its way to a browser, which makes nothing run of it.
struct Confined(Opened);

impl<'r> Responder<'r, 'static> for Confined {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = self.0.respond_to(request)?;
        response.set_raw_header("Content-Security-Policy", SANDBOX);
        Ok(response)
    }
}

#[get("/<liste>/<id>/pieces/<piece>", rank = 6)]
#[allow(private_interfaces)] // a handler is called by Rocket alone
async fn download(liste: &str, id: i64, piece: i64, personne: Personne, part: Part, context: &State<Context>) -> Result<Confined> {
    let fiche = Fiche::open(context, &personne, (liste, id)).await?;
    let piece: Piece = fiche.one(piece, GONE).await?;
    if piece.retire_le.is_some() {
        return Err(Error::Gone("Ce fichier a été retiré. Rétablissez-le depuis la fiche pour le télécharger.".into()));
    }
    let kind = piece.nature().map_or("application/octet-stream", Nature::content_type);
    let content_type = kind.parse::<ContentType>().unwrap_or(ContentType::Binary);
    let bytes = u64::try_from(piece.octets).unwrap_or(0);
    let mut told = json!({"fichier": piece.nom, "sha256": piece.sha256});
    let file = Download { files: context.files.clone(), path: piece.chemin, name: piece.nom, bytes, content_type, digest: piece.sha256 };
    let number = personne.actor.request.clone();
    let cut = move |error: FilesError| tracing::error!(%error, request = number, "an attached file was cut");
    // The store first: no transaction waits for it.
    let opened = file.open(&part, Box::new(cut)).await;
    let mut write = context.db.write().await?;
    match opened {
        Ok(opened) => {
            if let Some((start, end)) = opened.sent() {
                if (start, end) != (0, opened.size()) {
                    told["partie"] = format!("octets {} à {end}, sur {}", start + 1, opened.size()).into();
                }
                fiche.note(&mut write, Action::Download, &told).await?;
            }
            write.commit().await?;
            Ok(Confined(opened))
        }
        Err(error) => {
            told["cause"] = error.to_string().into();
            fiche.note(&mut write, Action::DownloadFailed, &told).await?;
            write.commit().await?;
            Err(match error {
                FilesError::Missing => Error::Gone("Ce fichier n’est plus dans le dépôt. Prévenez l’exploitant.".into()),
                FilesError::Altered => Error::Conflict("Ce fichier n’est plus celui qui a été joint. Prévenez l’exploitant.".into()),
                error => Error::StoreAway(error),
            })
        }
    }
}

/// A file that the person may remove or bring back.
async fn removable(fiche: &Fiche<'_>, id: i64) -> Result<Piece> {
    let piece: Piece = fiche.one(id, GONE).await?;
    if !piece.may_remove(&fiche.personne.reader, &fiche.row.communes) {
        return Err(Error::forbidden("Seules la personne qui a joint un fichier et les administrateurs le retirent."));
    }
    Ok(piece)
}

#[post("/<liste>/<id>/pieces/<piece>/suppression", data = "<form>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn remove(liste: &str, id: i64, piece: i64, personne: Personne, form: Envoi<Retiree<'_>>, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    let before = removable(&fiche, piece).await?;
    let back = fiche.back(form.retour.unwrap_or_default());
    let seen = Seen { id: piece, version: form.version };
    let mut write = context.db.write().await?;
    if !fiche.place().mark::<Piece>(&mut write.tx, seen, true).await? {
        write.rollback().await?;
        let now: Piece = fiche.one(piece, GONE).await?;
        return Ok(match now.retire_le {
            Some(_) => done(&back, "info", format!("« {} » était déjà retiré.", now.nom)),
            None => done(
                &back,
                "warning",
                format!(
                    "« {} » a été retiré puis rétabli entre-temps : il n’est pas retiré. Retirez-le de nouveau si vous le voulez encore.",
                    now.nom
                ),
            ),
        });
    }
    fiche.note(&mut write, Action::Change, &json!({"piece": "retrait", "fichier": before.nom, "sha256": before.sha256})).await?;
    write.commit().await?;
    let next = fiche.undo::<Piece>("pieces", Seen { version: form.version.saturating_add(1), ..seen }, &back);
    Ok(done(&back, "success", next.after(&format!("« {} » est retiré.", before.nom))))
}

#[post("/<liste>/<id>/pieces/<piece>/retablissement", data = "<form>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn restore(liste: &str, id: i64, piece: i64, personne: Personne, form: Envoi<Retablie<'_>>, context: &State<Context>) -> Result<Reply> {
    let fiche = Fiche::to_write(context, &personne, (liste, id)).await?;
    let before = removable(&fiche, piece).await?;
    let seen = fiche.undone::<Piece>(form.jeton, piece)?;
    let back = fiche.back(form.retour.unwrap_or_default());
    let mut write = context.db.write().await?;
    let row = fiche.adding(&mut write).await?;
    if !fiche.place().mark::<Piece>(&mut write.tx, seen, false).await? {
        write.rollback().await?;
        return Ok(done(&back, "info", format!("Rien à rétablir : « {} » n’est plus retiré.", before.nom)));
    }
    // Counted after it is back: what others attached meanwhile may have taken its room.
    if let Some(why) = fiche.place().room(&mut write.tx, (0, 0)).await? {
        write.rollback().await?;
        return Ok(done(&back, "warning", why));
    }
    fiche.note_of(&row, &mut write, Action::Change, &json!({"piece": "retablissement", "fichier": before.nom, "sha256": before.sha256})).await?;
    write.commit().await?;
    Ok(done(&back, "success", format!("« {} » est rétabli.", before.nom)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_is_told_in_one_sentence_each() {
        let faults = ["« a » : il est vide.".to_string(), "« b » : il est vide.".to_string()];
        assert_eq!(told(&faults, 0), "« a » : il est vide. « b » : il est vide.");
        assert!(told(&[], 2).contains("les autres"));
    }
}
