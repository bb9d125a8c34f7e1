//! Routes of the actions: the confirmation, the work, its page, its undoing.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};

use super::demand::{self, Outcome, Prepared};
use super::model::{BulkAction, Choix, Demand, NAMED_MAX, Row};
use super::{Ailleurs, queries, views};
use crate::champs::Saisie;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::listing::{Choice, Query, SIZE_MAX, Selection, TICKED_MAX, agree, chosen};
use crate::motifs::{self, Saisi};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Wants};
use crate::platform::token::Purpose;
use crate::ui::layout;
use crate::ui::message::Next;
use crate::ui::reply::Reply;

/// Days after the one of its question during which a confirmation may be sent.
const CONFIRM_DAYS: i64 = 1;

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
    /// Keys ticked on several pages, joined by points; what a browser with scripts sends.
    cles: Option<&'r str>,
    /// The filter form as it stands beside the rows; the same.
    formulaire: Option<&'r str>,
}

#[derive(FromForm)]
struct Confirmed<'r> {
    jeton: &'r str,
    motif: Option<&'r str>,
    precision: Option<&'r str>,
}

fn unknown() -> Error {
    Error::out_of_reach("Cette action n’existe pas, ou elle n’est pas de votre périmètre.")
}

async fn options(context: &Context, action: &BulkAction) -> Result<Vec<Choice>> {
    match &action.champ.saisie {
        Saisie::Reference(sql) => Ok(context.choices.of(&context.db, sql).await?.to_vec()),
        _ => Ok(Vec::new()),
    }
}

/// The rows that the form says.
fn chosen_rows(form: &Chosen<'_>) -> Result<Choix> {
    match (form.etendue, form.cles.filter(|keys| !keys.is_empty())) {
        ("page", Some(keys)) => {
            let unknown = || Error::invalid("Les lignes cochées n’ont pas pu être lues. Rouvrez la liste et cochez de nouveau.");
            let mut keys = keys.split('.').map(|key| key.parse::<i64>().map_err(|_| unknown())).collect::<Result<Vec<i64>>>()?;
            keys.sort_unstable();
            keys.dedup();
            if keys.len() > TICKED_MAX {
                return Err(Error::invalid(format!(
                    "{} lignes cochées au plus. Décochez-en, ou agissez sur le filtre.",
                    crate::ui::format::integer(i64::try_from(TICKED_MAX).unwrap_or(i64::MAX))
                )));
            }
            Ok(Choix::Lignes(keys))
        }
        ("page", None) => {
            let mut places = form.coche.clone();
            places.sort_unstable();
            places.dedup();
            if places.len() > SIZE_MAX {
                return Err(Error::invalid("Une page n’a pas tant de lignes. Rouvrez la liste et choisissez de nouveau."));
            }
            Ok(Choix::Page { page: form.page.unwrap_or_default().into(), places })
        }
        ("filtre", _) => Ok(Choix::Filtre),
        _ => Err(Error::invalid("Dites sur quelles lignes agir : celles qui sont cochées, ou toutes celles du filtre.")),
    }
}

/// What is about to be done, to be confirmed. Changes nothing.
#[post("/<liste>/actions", data = "<form>", rank = 5)]
async fn prepare(liste: &str, personne: Personne, form: Envoi<Chosen<'_>>, context: &State<Context>) -> Result<Reply> {
    if let Some(ailleurs) = Ailleurs::find(&context.catalogue, liste, form.action) {
        return elsewhere(context, &personne, ailleurs, &form).await;
    }
    let action = BulkAction::find(&context.catalogue, liste, form.action)
        .ok_or_else(|| Error::not_found("Cette action n’existe pas. Choisissez-en une au-dessus de la liste."))?;
    let query = Query::parse(action.champ.list, form.requete, context.clock.today(), &context.key)?;
    if let Some(shown) = form.formulaire {
        agree(&query, shown, &context.key)?;
    }
    let choix = chosen_rows(&form)?;
    if matches!(&choix, Choix::Page { places, .. } if places.is_empty()) {
        // Back to the rows, which stand as they were: nothing is lost.
        let text = "Aucune ligne n’est cochée. Cochez les lignes à changer, puis choisissez l’action.";
        let address = query.url_selecting(Selection::Open);
        return Ok(Reply::Done(Box::new(Flash::warning(Redirect::to(address), text))));
    }
    // A long reading, of a whole filter: one at a time for each person.
    let _turn = if matches!(choix, Choix::Filtre) { Some(context.gate.turn(personne.reader.user_id).await?) } else { None };
    let prepared = demand::prepare(context, &personne, action, form.requete, choix).await?;
    Ok(Reply::Page((Status::Ok, confirmation(context, &personne, action, &prepared, &Saisi::default(), None).await?)))
}

/// Hands the rows that were chosen to the room that carries the action out.
async fn elsewhere(context: &Context, personne: &Personne, ailleurs: &Ailleurs, form: &Chosen<'_>) -> Result<Reply> {
    let list = context.catalogue.named(ailleurs.liste).ok_or_else(unknown)?;
    let personne = personne.at(list.access, ailleurs.niveau)?;
    let query = Query::parse(list, form.requete, context.clock.today(), &context.key)?;
    if let Some(shown) = form.formulaire {
        agree(&query, shown, &context.key)?;
    }
    let keys = match chosen_rows(form)? {
        Choix::Page { page, places } => Some(chosen(&context.db, &context.choices, &query, &personne.reader, &page, &places).await?),
        Choix::Lignes(keys) => Some(keys),
        Choix::Filtre => None,
    };
    if keys.as_ref().is_some_and(Vec::is_empty) {
        let text = "Aucune ligne n’est cochée. Cochez les lignes, puis choisissez l’action.";
        return Ok(Reply::Done(Box::new(Flash::warning(Redirect::to(query.url_selecting(Selection::Open)), text))));
    }
    let _turn = if keys.is_none() { Some(context.gate.turn(personne.reader.user_id).await?) } else { None };
    let (address, said) = ailleurs.suite.prend(context, &personne, &query, keys.as_deref()).await?;
    Ok(Reply::Done(Box::new(Flash::success(Redirect::to(address), said))))
}

async fn confirmation(
    context: &Context,
    personne: &Personne,
    action: &'static BulkAction,
    prepared: &Prepared,
    saisi: &Saisi,
    wrong: Option<&(&'static str, String)>,
) -> Result<Markup> {
    // A struct of texts and numbers always serialises.
    let token = context.key.sign(Purpose::Action, &serde_json::to_vec(&prepared.demand).unwrap_or_default());
    let options = options(context, action).await?;
    let offered = if action.needs_reason() { motifs::offered(&context.db, &personne.reader).await? } else { Vec::new() };
    let asked = views::ConfirmForm { options: &options, offered: &offered, saisi, wrong, token: &token };
    Ok(layout::page(&personne.frame, &views::confirmation_title(action, prepared), &views::confirmation(action, prepared, &asked)))
}

#[post("/actions", data = "<form>")]
async fn confirm(personne: Personne, form: Envoi<Confirmed<'_>>, context: &State<Context>) -> Result<Reply> {
    let stale = || Error::invalid("Cette confirmation n’est pas valable. Rouvrez la liste et choisissez de nouveau : rien n’a été modifié.");
    let content = context.key.verify(Purpose::Action, form.jeton).ok_or_else(stale)?;
    let demand: Demand = serde_json::from_slice(&content).map_err(|_| stale())?;
    if demand.personne != personne.reader.user_id {
        return Err(stale());
    }
    if (context.clock.today() - demand.jour).num_days() > CONFIRM_DAYS {
        return Err(Error::Conflict("Cette confirmation date de plus d’un jour : rien n’a été changé. Recommencez depuis la liste.".into()));
    }
    let action = BulkAction::find(&context.catalogue, &demand.liste, &demand.nom).ok_or_else(stale)?;
    let mut motif = None;
    if action.needs_reason() {
        let saisi = Saisi::of(form.motif, form.precision);
        match saisi.check(action.value, &motifs::offered(&context.db, &personne.reader).await?) {
            Ok(given) => motif = Some(given),
            Err(wrong) => {
                let prepared = demand::prepare_again(context, &personne, action, &demand).await?;
                let page = confirmation(context, &personne, action, &prepared, &saisi, Some(&wrong)).await?;
                return Ok(Reply::Page((Status::UnprocessableEntity, page)));
            }
        }
    }
    Ok(Reply::Done(Box::new(match demand::confirm(context, &personne, action, &demand, motif.as_ref()).await? {
        Outcome::Done(row, back) => {
            let link = Next::Link(format!("/actions/{}", row.id), "Voir cette action ou l’annuler".into());
            Flash::success(Redirect::to(back), link.after(&views::summary(action, &row)))
        }
        Outcome::Follow(id) => Flash::success(Redirect::to(format!("/actions/{id}")), "L’action est enregistrée."),
    })))
}

async fn seen(context: &Context, personne: &Personne, id: i64) -> Result<(Row, &'static BulkAction)> {
    if !personne.reader.may(super::list::ACTIONS.access) {
        return Err(Error::forbidden("Vos droits ne donnent pas accès aux actions sur les données de la taxe."));
    }
    let row = queries::seen(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let action = BulkAction::find(&context.catalogue, &row.liste, &row.nom).ok_or_else(unknown)?;
    Ok((row, action))
}

#[get("/actions/<id>")]
async fn file(personne: Personne, id: i64, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let (row, action) = seen(context, &personne, id).await?;
    if wants == Wants::Fragment {
        return Ok(views::status(action, &row));
    }
    let counts = queries::left_counts(&context.db, id).await?;
    let named = queries::left_aside(&context.db, action, &personne.reader, id, NAMED_MAX).await?;
    let title = views::title(&row);
    Ok(layout::page_with_head(&personne.frame, &title, &views::head(&row), &views::file(action, &row, &counts, &named)))
}

#[post("/actions/<id>/annulation")]
async fn undo(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (_, action) = seen(context, &personne, id).await?;
    let row = demand::undo(context, &personne, action, id).await?;
    let text = if row.etat == "annulee" { views::undone(action, &row) } else { "L’annulation est demandée.".to_string() };
    Ok(Flash::success(Redirect::to(format!("/actions/{id}")), text))
}
