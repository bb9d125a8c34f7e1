//! Routes of the exports.

use maud::Markup;
use rocket::http::ContentType;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;

use super::controle::AutoControle;
use super::remise::{demanded, finished, opened, unknown};
use super::{queries, views};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Format, Module, Niveau, Query};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Opened, Part, Wants};
use crate::platform::jobs::{self, Requester};
use crate::ui::layout;

/// Exports shown on the list of one's own.
const RECENT: i64 = 50;

/// Faulty files shown to those who answer for them.
const FAULTY_SHOWN: i64 = 20;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![create, list, check, file, download, manifest]
}

#[derive(FromForm)]
struct Posted<'r> {
    requete: &'r str,
    format: &'r str,
    /// The filter form as it stands beside the rows, from a browser with scripts.
    formulaire: Option<&'r str>,
}

#[post("/<liste>/exports", data = "<form>", rank = 5)]
async fn create(liste: &str, personne: Personne, form: Envoi<Posted<'_>>, context: &State<Context>) -> Result<Redirect> {
    let list = context.catalogue.exportable(liste).ok_or_else(|| Error::not_found("Cette liste n’existe pas ou ne s’exporte pas."))?;
    if !personne.reader.may(list.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès à cette liste."));
    }
    let format =
        Format::from_code(form.format).ok_or_else(|| Error::invalid("Ce format de fichier n’existe pas. Choisissez-en un dans la liste."))?;
    // Read like an address, so that what cannot be shown cannot be exported either; kept without its position.
    let query = Query::parse(list, form.requete, context.clock.today(), &context.key)?;
    if let Some(shown) = form.formulaire {
        crate::listing::agree(&query, shown, &context.key)?;
    }
    let id = demanded(context, &personne, &query, format).await?;
    Ok(Redirect::to(format!("/exports/{id}")))
}

#[get("/exports")]
async fn list(personne: Personne, context: &State<Context>) -> Result<Markup> {
    let exports = queries::recent(&context.db, &personne.reader, RECENT).await?;
    let control = match answers(&personne) {
        true => Some(queries::control(&context.db, &personne.reader, FAULTY_SHOWN).await?),
        false => None,
    };
    Ok(layout::page(&personne.frame, "Mes exports", &views::list(&exports, control.as_ref(), &context.catalogue)))
}

/// Those who answer for the exports of others.
fn answers(personne: &Personne) -> bool {
    personne.reader.exploitant || personne.reader.can(Module::Administration, Niveau::Lire)
}

#[post("/exports/controle")]
async fn check(personne: Personne, context: &State<Context>) -> Result<Flash<Redirect>> {
    if !personne.reader.exploitant && !personne.reader.can(Module::Administration, Niveau::Gerer) {
        return Err(Error::forbidden("Le contrôle des exports est réservé aux administrateurs et aux exploitants."));
    }
    let mut write = context.db.write().await?;
    let requester = Requester { user_id: Some(personne.reader.user_id), collectivite_id: personne.principale };
    let job = jobs::enqueue(&mut write, &AutoControle::default(), requester).await?;
    journal::note(&mut write.tx, &personne.actor, Action::Job, "travail", &job.to_string(), &json!({"action": "controle des exports"})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/travaux/{job}")), "Le contrôle des fichiers est demandé."))
}

#[get("/exports/<id>")]
async fn file(personne: Personne, id: i64, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let export = queries::followed(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let now = context.clock.now();
    Ok(match wants {
        Wants::Fragment => views::status(&export, &context.catalogue, now),
        Wants::Page => layout::page_with_head(
            &personne.frame,
            &views::title(&export, &context.catalogue),
            &views::head(&export),
            &views::file(&export, &context.catalogue, now),
        ),
    })
}

#[get("/exports/<id>/fichier")]
async fn download(personne: Personne, id: i64, part: Part, context: &State<Context>) -> Result<Opened> {
    opened(&personne, id, &part, context).await
}

#[get("/exports/<id>/manifeste")]
async fn manifest(personne: Personne, id: i64, context: &State<Context>) -> Result<(ContentType, String)> {
    let export = finished(&personne, id, context).await?;
    let manifest = export.manifeste.ok_or_else(unknown)?;
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((ContentType::JSON, text))
}
