//! Routes of the actions: the confirmation, the work, its page, its undoing.

use maud::Markup;
use rocket::form::Form;
use rocket::response::{Flash, Redirect};
use rocket::{FromForm, Route, State, get, post, routes};

use super::demand::{self, Outcome};
use super::model::{Actions, BulkAction, Demand, Etendue, NAMED_MAX, Row};
use super::{queries, views};
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Choice, SIZE_MAX};
use crate::platform::error::{Error, Result};
use crate::platform::http::Wants;
use crate::ui::layout;
use crate::ui::message::Next;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![prepare, confirm, file, undo]
}

#[derive(FromForm)]
struct Chosen<'r> {
    requete: &'r str,
    action: &'r str,
    etendue: &'r str,
    page: Option<&'r str>,
    coche: Vec<usize>,
}

#[derive(FromForm)]
struct Confirmed<'r> {
    jeton: &'r str,
}

fn unknown() -> Error {
    Error::not_found("Cette action n'existe pas, ou elle n'est pas de votre périmètre.")
}

async fn options(context: &Context, action: &BulkAction) -> Result<Vec<Choice>> {
    match &action.champ.saisie {
        Saisie::Reference(sql) => Ok(context.choices.of(&context.db, sql).await?.to_vec()),
        _ => Ok(Vec::new()),
    }
}

/// What is about to be done, to be confirmed. Changes nothing.
#[post("/<liste>/actions", data = "<form>", rank = 5)]
async fn prepare(liste: &str, personne: Personne, form: Form<Chosen<'_>>, actions: &State<Actions>, context: &State<Context>) -> Result<Markup> {
    let action =
        actions.find(liste, form.action).ok_or_else(|| Error::not_found("Cette action n'existe pas. Choisissez-en une au-dessus de la liste."))?;
    let etendue = match form.etendue {
        "page" => {
            let mut places = form.coche.clone();
            places.sort_unstable();
            places.dedup();
            if places.len() > SIZE_MAX {
                return Err(Error::invalid("Une page n'a pas tant de lignes. Rouvrez la liste et choisissez de nouveau."));
            }
            Etendue::Page { page: form.page.unwrap_or_default().into(), places }
        }
        "filtre" => Etendue::Filtre,
        _ => return Err(Error::invalid("Dites sur quelles lignes agir : celles qui sont cochées, ou toutes celles du filtre.")),
    };
    let prepared = demand::prepare(context, &personne, action, form.requete, etendue).await?;
    // A struct of texts and numbers always serialises.
    let token = context.key.sign(&serde_json::to_vec(&prepared.demand).unwrap_or_default());
    let options = options(context, action).await?;
    let body = views::confirmation(action, &prepared, &options, &token);
    Ok(layout::page(&personne.frame, &views::confirmation_title(action, prepared.demand.total), &body))
}

#[post("/actions", data = "<form>")]
async fn confirm(personne: Personne, form: Form<Confirmed<'_>>, actions: &State<Actions>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let stale = || Error::invalid("Cette confirmation n'est pas valable. Rouvrez la liste et choisissez de nouveau : rien n'a été modifié.");
    let content = context.key.verify(form.jeton).ok_or_else(stale)?;
    let demand: Demand = serde_json::from_slice(&content).map_err(|_| stale())?;
    if demand.personne != personne.reader.user_id {
        return Err(stale());
    }
    let action = actions.find(&demand.liste, &demand.nom).ok_or_else(stale)?;
    Ok(match demand::confirm(context, &personne, action, &demand).await? {
        Outcome::Done(row, back) => {
            let link = Next::Link(format!("/actions/{}", row.id), "Voir cette action ou l'annuler".into());
            Flash::success(Redirect::to(back), link.after(&views::summary(action, &row)))
        }
        Outcome::Follow(id) => Flash::success(Redirect::to(format!("/actions/{id}")), "L'action est enregistrée."),
    })
}

async fn seen(context: &Context, personne: &Personne, actions: &Actions, id: i64) -> Result<(Row, &'static BulkAction)> {
    if !super::list::ACTIONS.roles.contains(&personne.reader.role) {
        return Err(Error::forbidden("Votre rôle ne donne pas accès aux actions sur les données de la taxe."));
    }
    let row = queries::seen(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let action = actions.find(&row.liste, &row.nom).ok_or_else(unknown)?;
    Ok((row, action))
}

#[get("/actions/<id>")]
async fn file(personne: Personne, id: i64, wants: Wants, actions: &State<Actions>, context: &State<Context>) -> Result<Markup> {
    let (row, action) = seen(context, &personne, actions, id).await?;
    if wants == Wants::Fragment {
        return Ok(views::status(action, &row));
    }
    let counts = queries::left_counts(&context.db, id).await?;
    let named = queries::left_aside(&context.db, action, &personne.reader, id, NAMED_MAX).await?;
    let title = views::title(&row);
    Ok(layout::page_with_head(&personne.frame, &title, &views::head(&row), &views::file(action, &row, &counts, &named)))
}

#[post("/actions/<id>/annulation")]
async fn undo(personne: Personne, id: i64, actions: &State<Actions>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (_, action) = seen(context, &personne, actions, id).await?;
    let row = demand::undo(context, &personne, action, id).await?;
    let text = if row.etat == "annulee" { views::undone(action, &row) } else { "L'annulation est demandée.".to_string() };
    Ok(Flash::success(Redirect::to(format!("/actions/{id}")), text))
}
