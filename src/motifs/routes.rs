//! Routes of the reasons: the page of those that a collectivité adds.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};
use serde_json::json;

use super::model::{STATUTS, check_libelle};
use super::queries;
use super::views::{self, Nouveau};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Access, Module, Niveau};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;
use crate::ui::reply::OrForm;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![page, add, set_active]
}

/// The person where they set how the tax is worked on.
fn setter(personne: &Personne) -> Result<Personne> {
    personne.at(Access::Droit(Module::Taxe, Niveau::Gerer), Niveau::Gerer)
}

#[derive(FromForm)]
struct Posted<'r> {
    statut: &'r str,
    libelle: &'r str,
    collectivite: &'r str,
    #[field(default = false)]
    precision_exigee: bool,
}

#[derive(FromForm)]
struct Wanted {
    actif: bool,
}

async fn shown(context: &Context, personne: &Personne, form: &Nouveau<'_>, errors: &[(&str, String)]) -> Result<Markup> {
    let lines = queries::all(&context.db, &personne.reader).await?;
    let collectivites = queries::collectivites(&context.db, &personne.reader).await?;
    Ok(layout::page(&personne.frame, "Motifs", &views::page(&lines, &collectivites, form, errors)))
}

#[get("/motifs")]
async fn page(personne: Personne, context: &State<Context>) -> Result<Markup> {
    shown(context, &setter(&personne)?, &Nouveau { statut: STATUTS[1].0, ..Nouveau::default() }, &[]).await
}

#[post("/motifs", data = "<posted>")]
async fn add(personne: Personne, posted: Envoi<Posted<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let personne = &setter(&personne)?;
    let form =
        Nouveau { statut: posted.statut, libelle: posted.libelle, collectivite: posted.collectivite, precision_exigee: posted.precision_exigee };
    let refused = async |text: String| -> OrForm<Flash<Redirect>> {
        Ok(Err((Status::UnprocessableEntity, shown(context, personne, &form, &[("libelle", text)]).await?)))
    };
    let known = STATUTS.iter().any(|(code, _)| *code == posted.statut);
    let (true, Ok(collectivite)) = (known, posted.collectivite.parse::<i32>()) else {
        return Err(Error::invalid("Ce statut ou cette collectivité n’existe pas. Choisissez dans les listes."));
    };
    let label = match check_libelle(posted.libelle) {
        Ok(label) => label,
        Err(wrong) => return refused(wrong).await,
    };
    let mut write = context.db.write().await?;
    let Some(id) = queries::add(&mut write.tx, &personne.reader, (collectivite, posted.statut), &label, posted.precision_exigee).await? else {
        write.rollback().await?;
        return refused("Ce motif existe déjà pour ce statut, ou cette collectivité n’est pas l’une des vôtres. Choisissez un autre libellé.".into())
            .await;
    };
    let pour = STATUTS.iter().find(|(code, _)| *code == posted.statut).map(|(_, label)| label);
    let detail = json!({"libelle": label, "pour": pour});
    journal::note(&mut write.tx, &personne.actor.at(Some(collectivite)), Action::Create, "motif", &id.to_string(), &detail).await?;
    write.commit().await?;
    Ok(Ok(Flash::success(Redirect::to("/motifs"), format!("Motif ajouté\u{a0}: {label}."))))
}

#[post("/motifs/<id>/etat", data = "<wanted>")]
async fn set_active(personne: Personne, id: i32, wanted: Envoi<Wanted>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let personne = &setter(&personne)?;
    let mut write = context.db.write().await?;
    let Some((label, changed, place)) = queries::set_active(&mut write.tx, &personne.reader, id, wanted.actif).await? else {
        write.rollback().await?;
        return Err(Error::out_of_reach("Ce motif n’existe pas, est commun à toutes les collectivités, ou n’est pas de l’une des vôtres."));
    };
    if changed {
        let detail = json!({"libelle": label, "propose": {"avant": !wanted.actif, "apres": wanted.actif}});
        journal::note(&mut write.tx, &personne.actor.at(Some(place)), Action::Change, "motif", &id.to_string(), &detail).await?;
    }
    write.commit().await?;
    let done = if wanted.actif { "proposé de nouveau" } else { "retiré" };
    Ok(Flash::success(Redirect::to("/motifs"), format!("Motif {done}\u{a0}: {label}.")))
}
