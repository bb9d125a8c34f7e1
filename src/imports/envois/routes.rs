//! Routes of the files that arrive in chunks: what a script of ours asks, and answers that it reads.

use std::time::Duration;

use rocket::http::{ContentType, Header, Status};
use rocket::response::{self, Redirect, Responder};
use rocket::{FromForm, Request, Response, Route, State, get, post, routes as collect};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::assemblage::assemble;
use super::morceau::Recu;
use super::queries::{self, EnCours};
use super::{EN_COURS_MAX, EN_COURS_MIO_MAX, ENVOI_MIO_MAX, FOLDER, chemin};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::imports::genre::Genre;
use crate::pieces::cleaned;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;

/// How long somebody waits for the chunks to be put end to end, before they ask again.
const ATTENTE: Duration = Duration::from_secs(20);

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![commence, etat, morceau, fin, abandonne]
}

/// What the script reads: a status and an object, whose `phrase` is for the person.
pub struct Dit(Status, Value);

impl<'r> Responder<'r, 'static> for Dit {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let body = self.1.to_string();
        let mut response = Response::build();
        response.status(self.0).header(ContentType::JSON).header(Header::new("Cache-Control", "no-store"));
        response.sized_body(body.len(), std::io::Cursor::new(body)).ok()
    }
}

fn phrase(status: Status, phrase: &str) -> Dit {
    Dit(status, json!({"phrase": phrase}))
}

fn unknown() -> Error {
    Error::out_of_reach("Cet envoi n’existe plus, ou n’est pas le vôtre. Choisissez de nouveau le fichier.")
}

/// A file of the person, and its kind, which they may still load.
async fn mine(context: &Context, personne: &Personne, id: i64) -> Result<(EnCours, &'static Genre)> {
    let envoi = queries::seen(&context.db, personne.reader.user_id, id).await?.ok_or_else(unknown)?;
    let genre = Genre::find(&context.catalogue, &envoi.genre).filter(|genre| genre.may(&personne.reader));
    genre.map(|genre| (envoi, genre)).ok_or_else(|| Error::forbidden("Vos droits ne permettent plus de charger ce fichier."))
}

/// Where a file stands, with the chunks that came: their places and digests.
async fn told(context: &Context, envoi: &EnCours, status: Status) -> Result<Dit> {
    let arrives = queries::arrives(&context.db, envoi.id).await?;
    let morceaux: Vec<Value> = arrives.iter().map(|one| json!({"rang": one.rang, "sha256": one.sha256})).collect();
    Ok(Dit(
        status,
        json!({"id": envoi.id, "nom": envoi.nom, "octets": envoi.octets, "morceau": envoi.morceau, "recus": envoi.recus, "morceaux": morceaux}),
    ))
}

#[derive(FromForm)]
struct Annonce<'r> {
    genre: &'r str,
    nom: &'r str,
    octets: i64,
}

#[post("/imports/envois", data = "<annonce>")]
async fn commence(personne: Personne, annonce: Envoi<Annonce<'_>>, context: &State<Context>) -> Result<Dit> {
    let Some(genre) = Genre::find(&context.catalogue, annonce.genre) else {
        return Ok(phrase(Status::UnprocessableEntity, "Dites ce que le fichier contient."));
    };
    if !genre.may(&personne.reader) {
        return Err(Error::forbidden("Vos droits ne permettent pas de charger ce fichier\u{a0}: il faut pouvoir saisir."));
    }
    let nom = cleaned(annonce.nom);
    let most = i64::try_from(ENVOI_MIO_MAX * 1024 * 1024).unwrap_or(i64::MAX);
    if annonce.octets < 1 {
        return Ok(phrase(Status::UnprocessableEntity, &format!("«\u{a0}{nom}\u{a0}» est vide.")));
    }
    if annonce.octets > most {
        return Ok(phrase(Status::PayloadTooLarge, &format!("«\u{a0}{nom}\u{a0}» dépasse {} Gio. Coupez-le en plusieurs.", ENVOI_MIO_MAX / 1024)));
    }
    let mut write = context.db.write().await?;
    let begun = queries::commence(&mut write.tx, personne.reader.user_id, (genre.nom, &nom, annonce.octets)).await?;
    write.commit().await?;
    let Some(id) = begun else {
        let why = format!(
            "Vous avez déjà trop de fichiers en route\u{a0}: {EN_COURS_MAX} fichiers et {} Gio au plus. Terminez ou abandonnez ceux qui attendent.",
            EN_COURS_MIO_MAX / 1024
        );
        return Ok(phrase(Status::Conflict, &why));
    };
    let envoi = queries::seen(&context.db, personne.reader.user_id, id).await?.ok_or_else(unknown)?;
    told(context, &envoi, Status::Created).await
}

// Its rank: « envois » is no number, and `/imports/<id>/fichier` is asked before.
#[get("/imports/envois/<id>", rank = 5)]
async fn etat(personne: Personne, id: i64, context: &State<Context>) -> Result<Dit> {
    let (envoi, _) = mine(context, &personne, id).await?;
    told(context, &envoi, Status::Ok).await
}

#[post("/imports/envois/<id>/morceaux?<position>&<sha256>", data = "<recu>")]
async fn morceau(personne: Personne, id: i64, position: i64, sha256: &str, recu: Recu, context: &State<Context>) -> Result<Dit> {
    let (envoi, _) = mine(context, &personne, id).await?;
    let morceau = match recu.0 {
        Ok(morceau) => morceau,
        Err((status, why)) => return Ok(phrase(status, why)),
    };
    let size = i64::from(envoi.morceau);
    let rang = position / size;
    let (true, Ok(place)) = (position >= 0 && position % size == 0 && position < envoi.octets, i32::try_from(rang)) else {
        return Ok(phrase(Status::BadRequest, "Ce morceau n’a pas de place dans ce fichier."));
    };
    if morceau.octets.len() as u64 != u64::try_from(envoi.attendus(rang)).unwrap_or(0) {
        return Ok(phrase(Status::BadRequest, "Ce morceau n’a pas la taille de sa place. Il va être envoyé de nouveau."));
    }
    if morceau.sha256 != sha256 {
        return Ok(phrase(Status::UnprocessableEntity, "Ce morceau est arrivé abîmé. Il va être envoyé de nouveau."));
    }
    let other = || Ok(phrase(Status::Conflict, "Ce fichier n’est plus celui dont l’envoi avait commencé. Abandonnez cet envoi, puis recommencez."));
    match queries::connu(&context.db, id, place).await? {
        Some(known) if known != morceau.sha256 => return other(),
        Some(_) => return Ok(Dit(Status::Ok, json!({"recus": envoi.recus}))),
        None => {}
    }
    context.files.put(&chemin(id, place, &morceau.sha256), morceau.octets.clone()).await.map_err(Error::StoreAway)?;
    let mut write = context.db.write().await?;
    let octets = i64::try_from(morceau.octets.len()).unwrap_or(i64::MAX);
    let noted = queries::note(&mut write.tx, (id, place), octets, &morceau.sha256).await?;
    write.commit().await?;
    match noted {
        Some(known) if known == morceau.sha256 => Ok(Dit(Status::Ok, json!({"recus": envoi.recus + octets}))),
        Some(_) => other(),
        None => Ok(phrase(Status::Conflict, "Cet envoi est terminé, ou oublié. Choisissez de nouveau le fichier.")),
    }
}

/// What became of a file that is over.
fn issue(envoi: &EnCours) -> Option<Dit> {
    match (envoi.import_id, &envoi.refus) {
        (Some(import), None) => Some(Dit(Status::Ok, json!({"import": import, "adresse": format!("/imports/{import}/lecture")}))),
        // The same file is there already.
        (Some(premier), Some(why)) => {
            Some(Dit(Status::UnprocessableEntity, json!({"phrase": why, "premier": premier, "adresse": format!("/imports/{premier}")})))
        }
        (None, Some(why)) => Some(phrase(Status::UnprocessableEntity, why)),
        (None, None) => None,
    }
}

#[post("/imports/envois/<id>/fin")]
async fn fin(personne: Personne, id: i64, context: &State<Context>) -> Result<Dit> {
    let (envoi, genre) = mine(context, &personne, id).await?;
    if let Some(issue) = issue(&envoi) {
        return Ok(issue);
    }
    let missing = envoi.morceaux() - i64::try_from(queries::arrives(&context.db, id).await?.len()).unwrap_or(i64::MAX);
    if missing > 0 {
        return Ok(phrase(Status::Conflict, &format!("Il manque encore {missing} morceaux de ce fichier.")));
    }
    if queries::prend(&context.db, id).await? {
        // It goes on if whoever asked leaves.
        let work = tokio::spawn(assemble(Context::clone(context), personne.clone(), genre, envoi));
        match timeout(ATTENTE, work).await {
            // Given up meanwhile, its chunks with it: the answer says so.
            Ok(Ok(Err(_))) if queries::seen(&context.db, personne.reader.user_id, id).await?.is_none() => return Err(unknown()),
            Ok(Ok(done)) => done?,
            Ok(Err(error)) => return Err(Error::Internal(error.to_string())),
            Err(_) => {}
        }
    }
    let (envoi, _) = mine(context, &personne, id).await?;
    Ok(issue(&envoi).unwrap_or_else(|| phrase(Status::Accepted, "Le fichier est mis bout à bout.")))
}

#[post("/imports/envois/<id>/abandon")]
async fn abandonne(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let envoi = queries::seen(&context.db, personne.reader.user_id, id).await?.ok_or_else(unknown)?;
    if !queries::oublie(&context.db, personne.reader.user_id, id).await? {
        let made = queries::seen(&context.db, personne.reader.user_id, id).await?.and_then(|envoi| envoi.import_id).ok_or_else(unknown)?;
        let said = format!("«\u{a0}{}\u{a0}» est déjà arrivé\u{a0}: c’est cet import. Abandonnez-le ici s’il ne sert pas.", envoi.nom);
        return Ok(Flash::warning(Redirect::to(format!("/imports/{made}/lecture")), said));
    }
    if let Err(error) = context.files.delete_folder(&format!("{FOLDER}/{id}")).await {
        tracing::warn!(%error, envoi = id, "the chunks of a file wait for the upkeep");
    }
    Ok(Flash::success(Redirect::to("/imports/nouveau"), format!("L’envoi de «\u{a0}{}\u{a0}» est abandonné.", envoi.nom)))
}
