//! Routes of a séjour.

use maud::Markup;
use rocket::form::Form;
use rocket::{FromForm, Route, State, get, post, routes};

use super::{queries, views};
use crate::champs::{self, Answer, Asked};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Role;
use crate::platform::error::{Error, Result};
use crate::taxe::modifications::STATUT;
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![file, set_statut]
}

#[derive(FromForm)]
struct NewStatut<'r> {
    statut: &'r str,
    version: i32,
}

fn unknown() -> Error {
    Error::not_found("Ce séjour n'existe pas ou n'est pas dans votre périmètre.")
}

/// Exploitants have no business in tax data.
pub(in crate::taxe) fn allowed(personne: &Personne) -> Result<()> {
    if personne.reader.role == Role::Exploitant {
        return Err(Error::forbidden("Votre rôle d'exploitant ne donne pas accès aux données de la taxe."));
    }
    Ok(())
}

#[get("/sejours/<id>")]
async fn file(personne: Personne, id: i64, context: &State<Context>) -> Result<Markup> {
    allowed(&personne)?;
    let sejour = queries::by_id(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    Ok(layout::page(&personne.frame, &format!("Séjour {}", sejour.reference), &views::file(&sejour)))
}

#[post("/sejours/<id>/statut", data = "<form>")]
async fn set_statut(personne: Personne, id: i64, asked: Asked, form: Form<NewStatut<'_>>, context: &State<Context>) -> Result<Answer> {
    allowed(&personne)?;
    champs::save(context, &personne, &asked, &STATUT, (id, form.version), form.statut, Some(&format!("/sejours/{id}"))).await
}
