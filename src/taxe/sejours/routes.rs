//! Routes of a séjour.

use maud::Markup;
use rocket::form::Form;
use rocket::response::{Flash, Redirect};
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;

use super::model::STATUTS;
use super::{queries, views};
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Role;
use crate::platform::error::{Error, Result};
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
async fn set_statut(personne: Personne, id: i64, form: Form<NewStatut<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    allowed(&personne)?;
    let (_, label, _) = STATUTS
        .iter()
        .find(|(code, ..)| *code == form.statut)
        .ok_or_else(|| Error::invalid("Ce statut n'existe pas. Choisissez-en un dans la liste."))?;
    let before = queries::by_id(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let mut write = context.db.write().await?;
    let Some(commune) = queries::set_statut(&mut write.tx, &personne.reader, id, form.version, form.statut).await? else {
        write.rollback().await?;
        let now = queries::by_id(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
        let current = STATUTS.iter().find(|(code, ..)| *code == now.statut).map_or("", |(_, label, _)| label);
        return Err(Error::Conflict(
            format!(
                "Ce séjour a été modifié entre-temps : son statut est maintenant « {current} », vous vouliez « {label} ». Rouvrez-le pour décider."
            )
            .into(),
        ));
    };
    let detail = json!({"statut": {"avant": before.statut, "apres": form.statut}});
    journal::note(&mut write.tx, &personne.actor, Action::Change, "séjour", &id.to_string(), &detail).await?;
    write.touch("sejours", &commune);
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/sejours/{id}")), format!("Statut enregistré : {label}.")))
}
