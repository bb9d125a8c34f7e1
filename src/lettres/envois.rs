//! Letters that were asked for together: how far they are, what is printed, who has none and why, the day they left.

use rocket::http::{ContentType, Status};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;

use super::jobs::LettresEnNombre;
use super::list::LETTRES;
use super::model::Envoi;
use super::pages::unknown;
use super::{queries, vues};
use crate::champs::Saisie;
use crate::comptes::{Envoi as Formulaire, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Niveau;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Download, Flash, Opened, Part};
use crate::platform::jobs::{self, Requester};
use crate::platform::store::FilesError;
use crate::ui::reply::Reply;
use crate::ui::{format, layout};

/// Hosts without a letter that the page names.
const NOMMES: i64 = 100;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![volume, left, again]
}

/// The page of letters that were asked for.
///
/// # Errors
/// PostgreSQL failed.
pub async fn page(context: &Context, personne: &Personne, envoi: &Envoi) -> Result<Reply> {
    let volumes = queries::volumes(&context.db, envoi.id).await?;
    let without = queries::without(&context.db, envoi.id, NOMMES).await?;
    let head = if envoi.bouge() {
        layout::refreshing_head(3)
    } else {
        maud::html! {}
    };
    let level = personne.reader.level_of(LETTRES.access, &[format!("c:{}", envoi.collectivite_id)]);
    let body = vues::envoi(envoi, &volumes, &without, level, context.clock.today());
    Ok(Reply::Page((Status::Ok, layout::page_with_head(&personne.frame, &vues::titre(envoi), &head, &body))))
}

/// A preparation that was asked for, which the person may see at a level.
async fn asked(context: &Context, personne: &Personne, id: i64, niveau: Niveau) -> Result<(Personne, Envoi)> {
    let personne = personne.at(LETTRES.access, niveau)?;
    let envoi = queries::seen(context.db.statement(), &personne.reader, id).await?.filter(|envoi| !envoi.brouillon()).ok_or_else(unknown)?;
    Ok((personne, envoi))
}

/// What a person reads when the store does not give a file.
pub fn not_given(error: FilesError) -> Error {
    match error {
        FilesError::Missing => Error::Gone("Ce fichier n’est plus dans le dépôt. Prévenez l’exploitant.".into()),
        FilesError::Altered => Error::Conflict("Ce fichier n’est plus celui qui a été écrit. Prévenez l’exploitant.".into()),
        error => Error::StoreAway(error),
    }
}

/// A PDF of the store on its way to a browser, with its line in the journal.
pub async fn given(
    context: &Context,
    personne: &Personne,
    (path, name, bytes, digest): (String, String, i64, String),
    (object, id, place): (&str, i64, i32),
    part: &Part,
) -> Result<Opened> {
    let told = json!({"fichier": name, "sha256": digest});
    let file =
        Download { files: context.files.clone(), path, name, bytes: u64::try_from(bytes).unwrap_or(0), content_type: ContentType::PDF, digest };
    let number = personne.actor.request.clone();
    let cut = move |error: FilesError| tracing::error!(%error, request = number, "a letter was cut");
    let opened = file.open(part, Box::new(cut)).await.map_err(not_given)?;
    if opened.sent().is_some_and(|(start, _)| start == 0) {
        let mut write = context.db.write().await?;
        journal::note_at(&mut write.tx, &personne.actor, Action::Download, (object, &id.to_string()), &told, &[format!("c:{place}")]).await?;
        write.commit().await?;
    }
    Ok(opened)
}

/// A file to print.
#[get("/envois/<id>/impression/<rang>")]
async fn volume(id: i64, rang: i32, personne: Personne, part: Part, context: &State<Context>) -> Result<Opened> {
    let (personne, envoi) = asked(context, &personne, id, Niveau::Lire).await?;
    let volumes = queries::volumes(&context.db, id).await?;
    let volume = volumes.into_iter().find(|volume| volume.rang == rang).ok_or_else(unknown)?;
    let name = format!("lettres-{id}-{}.pdf", rang + 1);
    given(context, &personne, (volume.chemin, name, volume.octets, volume.sha256), ("envoi de lettres", id, envoi.collectivite_id), &part).await
}

#[derive(FromForm)]
struct Parties<'r> {
    fait: &'r str,
    jour: &'r str,
}

/// All of them were printed, or sent, on a day.
#[post("/envois/<id>/suivi", data = "<form>")]
async fn left(id: i64, personne: Personne, form: Formulaire<Parties<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (personne, envoi) = asked(context, &personne, id, Niveau::Saisir).await?;
    let jour = Saisie::JourPasse.check(form.jour, &[], context.clock.today()).map_err(|why| Error::invalid(format!("Jour\u{a0}: {why}")))?;
    let jour = jour.parse().map_err(|_| Error::invalid("Jour\u{a0}: écrivez-le comme 30/11/2026."))?;
    let sent = match form.fait {
        "imprimees" => false,
        "envoyees" => true,
        _ => return Err(Error::invalid("Dites si ces lettres ont été imprimées ou envoyées.")),
    };
    let mut write = context.db.write().await?;
    let count = queries::all_left(&mut write.tx, id, sent, jour, personne.reader.user_id).await?;
    let place = format!("c:{}", envoi.collectivite_id);
    let word = if sent { "envoyées" } else { "imprimées" };
    let detail = json!({"lettres": count, "suivi": word});
    journal::note_at(&mut write.tx, &personne.actor, Action::Change, ("envoi de lettres", &id.to_string()), &detail, std::slice::from_ref(&place))
        .await?;
    write.touch("lettres", &place);
    write.commit().await?;
    let text =
        format!("{} {word} le {}.", format::counted(i64::try_from(count).unwrap_or(0), "lettre marquée", "lettres marquées"), format::date(jour));
    Ok(Flash::success(Redirect::to(format!("/envois/{id}")), text))
}

/// Takes up again letters that stopped on their way.
#[post("/envois/<id>/reprise")]
async fn again(id: i64, personne: Personne, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (_, envoi) = asked(context, &personne, id, Niveau::Saisir).await?;
    if !["arretee", "echec"].contains(&envoi.etat.as_str()) {
        return Ok(Flash::warning(Redirect::to(format!("/envois/{id}")), "Ces lettres ne sont pas arrêtées en route."));
    }
    let titre = format!("Lettres\u{a0}: {}, {}", envoi.modele, format::counted(envoi.choisis, "hébergeur", "hébergeurs"));
    let mut write = context.db.write().await?;
    let requester = Requester { user_id: Some(envoi.demandeur_id), collectivite_id: Some(envoi.collectivite_id) };
    let job = jobs::enqueue(&mut write, &LettresEnNombre { envoi: id, titre }, requester).await?;
    queries::attach(&mut write.tx, id, job).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/envois/{id}")), "Les lettres qui manquent sont demandées\u{a0}: celles qui sont faites le restent."))
}
